// A scenario's TOML: what is read is written as a file that reads the same.
#include "fuzz/harness.hpp"
#include "sim/scenario/scenario_file.hpp"

using qslice::test::keep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto read = qslice::sim::parse_scenario(qslice::test::text_of(data, size), "input.toml");
    if (!read) return 0;
    const auto again =
        qslice::sim::parse_scenario(qslice::sim::write_scenario(*read), "again.toml");
    keep(again && *again == *read, "a scenario reads as it was written");
    return 0;
}
