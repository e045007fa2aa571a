// A log of Mailman's: read, diagnosed, and shown without a control character of its own. The same
// bytes as a listing of queues.
#include "fuzz/harness.hpp"
#include "sim/site/log_files.hpp"
#include "sim/site/logs_diagnosis.hpp"
#include "sim/site/logs_report.hpp"
#include "sim/site/queue_listing.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

using namespace qslice::sim::diagnosis;
using qslice::test::keep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const qslice::test::memory_file file(qslice::test::text_of(data, size));
    if (const auto listing = read_listing(file.path()); listing && *listing) {
        std::uint64_t files = 0;
        for (const listed_queue& queue : (*listing)->queues) files += queue.files.size();
        keep(files == (*listing)->files, "each file of a listing is in one queue");
    }
    history_builder builder;
    if (!read_logs(builder, {"machine", file.path(), true}, {})) return 0;
    const logs_options options;
    const auto found = diagnose_logs(std::move(builder).finish(), options);
    if (!found) return 0;
    const std::string text = to_text(*found, options, false, {});
    keep(std::none_of(text.begin(), text.end(), [](char c) { return c == '\x1b' || c == '\x07'; }),
         "no escape reaches a terminal");
    (void)to_json(*found, options).dump();
    return 0;
}
