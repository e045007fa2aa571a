// A trace of posts, plain or compressed.
#include "sim/stream/trace.hpp"
#include "fuzz/harness.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const qslice::test::memory_file file(qslice::test::text_of(data, size));
    (void)qslice::sim::read_trace(file.path());
    return 0;
}
