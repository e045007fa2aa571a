// Runs a machine's runners and a queue's workers as threads of one process, which share a world,
// its log and a request to stop. The thread sanitizer ends the program with a report if they race.
#include "support/temporary_directory.hpp"

#include <qslice/codec/plain_format.hpp>
#include <qslice/queue/work_in_threads.hpp>
#include <qslice/queue/work_queue.hpp>
#include <qslice/runner/site.hpp>
#include <qslice/topology/run.hpp>
#include <qslice/topology/topology.hpp>
#include <qslice/world/posix_world.hpp>

#include <array>
#include <atomic>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace qslice;

constexpr int items = 60;

struct counting {
    std::atomic<int>* done;
    posix_world* world;
};

struct count_runner {
    static constexpr std::string_view class_name = "CountRunner";
    static constexpr std::string_view queue = "count";
    static constexpr std::array<std::string_view, 0> flows_to{};
    static constexpr double sleep_s = 0.02;

    template <class Site>
    result<disposition> dispose(Site& s, plain_item&) {
        s.log("count", "one more");
        if (++*s.services().done == items) s.services().world->request_stop();
        return disposition::done;
    }
};

using spool = watching<keyed_spool<>>;
using counters =
    topology<spool, runners<sliced<count_runner, 4>>, machines<machine_runs<"mx1", everything>>>;

bool run_machine_in_threads() {
    const test::temporary_directory place;
    std::vector<std::string> lines;
    posix_world world([&](std::string_view, std::string_view line) { lines.emplace_back(line); });
    std::atomic<int> done = 0;
    counting services{&done, &world};
    const auto make_site = [&](const runner_slice& process) {
        return site<posix_world, spool, counting>(world, services,
                                                  {place.path(), to_string(process)});
    };
    auto outside = make_site({"outside", 0, 1});
    if (!outside.make_directories(counters::queues)) return false;
    for (int i = 0; i < items; ++i) {
        if (!outside.enqueue("count", "x", {{"key", std::to_string(i)}})) return false;
    }
    return run_machine<counters>("mx1", make_site) && done == items &&
           lines.size() == std::size_t{items} + 2 * 4;
}

bool run_workers() {
    const test::temporary_directory place;
    std::vector<std::string> lines;
    posix_world world([&](std::string_view, std::string_view line) { lines.emplace_back(line); });
    auto jobs = work_queue::open(world, {.directory = place.path()});
    if (!jobs) return false;
    for (int i = 0; i < items; ++i) {
        if (!jobs->put("x", {{"key", std::to_string(i)}})) return false;
    }
    std::atomic<int> done = 0;
    const auto finished = work_in_threads(
        world, {.directory = place.path(), .workers = 4},
        [&](plain_item&) -> result<void> {
            world.log("count", "one more");
            if (++done == items) world.request_stop();
            return {};
        },
        0.02);
    return finished && *finished == items && lines.size() == items;
}

}  // namespace

int main() {
    if (!run_machine_in_threads()) return std::puts("a machine's runners did not do their work"), 1;
    if (!run_workers()) return std::puts("a queue's workers did not do their work"), 1;
    return 0;
}
