// The JSON of a run or a sweep, altered: a page, or an error that names the member.
#include "fuzz/harness.hpp"
#include "sim/report/html.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto json =
        nlohmann::ordered_json::parse(qslice::test::text_of(data, size), nullptr, false);
    if (!json.is_discarded()) (void)qslice::sim::report_page(json, "input.json");
    return 0;
}
