// Sites of one's own whose slices have owners: their number changes while they run, where their
// types allow it. And sites whose runners watch their queues.
#include "played.hpp"
#include "sim/check/check_run.hpp"
#include "sim/own_site/own_simulation.hpp"
#include "sim/record/run_record.hpp"
#include "sim/record/scenario.hpp"
#include "sim/scenario/own_scenarios.hpp"

#include <qslice/partition/equal_ranges.hpp>
#include <qslice/queue/work_queue.hpp>
#include <qslice/spool/watching_switchboard.hpp>
#include <qslice/topology/standby.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice::sim {
namespace {

struct scan_runner {
    static constexpr std::string_view class_name = "ScanRunner";
    static constexpr std::string_view queue = "scan";
    static constexpr std::array<std::string_view, 1> flows_to{"done"};

    template <class Site>
    result<disposition> dispose(Site& s, plain_item& order) {
        auto queued = s.enqueue("done", order.text, order.data);
        if (!queued) return failure(queued.error());
        return disposition::done;
    }
};

template <class Spool, class Scan = sliced<scan_runner, 2>>
struct scans : topology<Spool, runners<Scan>,
                        machines<machine_runs<"first", slice_of_each<0>>,
                                 machine_runs<"second", slice_of_each<1>>>,
                        ends_at<"done">, enters<"scan">> {
    static plain_item arriving(const arriving_item& item) {
        return {item.text, {{"customer", item.group}}};
    }
};

using usual_spool = keyed_spool<"customer">;

struct owned_scans : scans<usual_spool> {
    using stands_by = standby<>;
};
struct watched_scans : scans<watching<usual_spool>> {};

struct preferring_scans : topology<usual_spool, runners<sliced<scan_runner, 3>>,
                                   machines<machine_runs<"first", slice_of_each<0>>,
                                            machine_runs<"second", slice_of_each<1>>,
                                            machine_runs<"third", slice_of_each<2>>>,
                                   ends_at<"done">, enters<"scan">> {
    using stands_by = standby<"third", "second">;

    static plain_item arriving(const arriving_item& item) {
        return {item.text, {{"customer", item.group}}};
    }
};
struct spared_scans
    : topology<usual_spool, runners<sliced<scan_runner, 2>>,
               machines<machine_runs<"first", slice_of_each<0>>,
                        machine_runs<"second", slice_of_each<1>>, machine_runs<"spare">>,
               ends_at<"done">, enters<"scan">> {
    using stands_by = standby<"spare">;

    static plain_item arriving(const arriving_item& item) {
        return {item.text, {{"customer", item.group}}};
    }
};

/// The machines that run a slice of a queue, in the order in which they begin, if the first machine
/// dies for good.
template <class Topology>
std::vector<std::string> serving_first_slice_of_a_dead_machine() {
    scenario s = detail::scenario_of<Topology>("scans");
    s.stream.posts = 100;
    fault& dead = s.faults.emplace_back();
    dead.what = fault::kind::crash_machine;
    dead.machine = "first";
    dead.at_s = 30;
    dead.down_s = 100'000;
    const run_record run = played<Topology>(s);
    CHECK(check_run(run).conservation.completed == 100);
    std::vector<std::string> served;
    for (const process_record& p : run.processes) {
        if (p.slice == 0 && p.name.starts_with("ScanRunner:0:")) served.push_back(p.machine);
    }
    return served;
}

using two_ranges = spool_traits<plain_format, basic_hash_policy<metadata_key<"customer">>,
                                equal_ranges<2>, strict_order, flat_layout, increasing_stamps>;
struct fixed_scans : scans<two_ranges> {
    using stands_by = standby<>;
};

const own_scenario* find(const own_scenarios& made, std::string_view name) {
    return made.find(name);
}

}  // namespace

TEST_CASE(
    "a site of one's own gets another number of slices while it runs, and its old one again") {
    scenario s = detail::scenario_of<owned_scans>("scans");
    CHECK(s.deployment.standby);
    s.stream.posts = 100;
    s.deployment.changes = {{30, "scan", 3}, {60, "", 2}};
    const run_results found = check_run(played<owned_scans>(s));
    CHECK(found.conservation.completed == 100);
    CHECK(found.conservation.duplicate_deliveries == 0);
    CHECK_THAT(found.verdict, Catch::StartsWith("No problem found"));
}

TEST_CASE("the machines that standby names take over in its order, and no others") {
    CHECK(serving_first_slice_of_a_dead_machine<preferring_scans>() ==
          std::vector<std::string>{"first", "third"});
    CHECK(serving_first_slice_of_a_dead_machine<spared_scans>() ==
          std::vector<std::string>{"first", "spare"});
    const own_scenarios spared = scenarios_for(detail::site_of<spared_scans>("scans"));
    const auto dead = find(spared, "dead-machine");
    REQUIRE(dead != nullptr);
    CHECK(dead->setting.faults.front().down_s > 86'400);
}

TEST_CASE("whether the number of slices can change follows from a site's types") {
    CHECK(detail::can_change_to<owned_scans, scan_runner>(7));
    const auto fixed = detail::can_change_to<fixed_scans, scan_runner>(3);
    REQUIRE_FALSE(fixed);
    CHECK_THAT(fixed.error().what,
               Catch::Contains("by its type") && Catch::Contains("equal_ranges<>"));
}

TEST_CASE("a site's types decide which scenarios there are for it") {
    const own_scenarios owned = scenarios_for(detail::site_of<owned_scans>("scans"));
    CHECK(find(owned, "as-built") == &owned.all.front());
    const own_scenario* const reslice = find(owned, "reslice");
    REQUIRE(reslice != nullptr);
    REQUIRE(reslice->setting.deployment.changes.size() == 2);
    CHECK(reslice->setting.deployment.changes[0].slices == 3);
    CHECK(reslice->setting.deployment.changes[1].slices == 2);
    CHECK(find(owned, "full-watch") == nullptr);
    const auto dead = find(owned, "dead-machine");
    REQUIRE(dead != nullptr);
    CHECK(dead->setting.faults.front().down_s > 86'400);

    const own_scenarios fixed = scenarios_for(detail::site_of<fixed_scans>("scans"));
    CHECK(find(fixed, "reslice") == nullptr);
    CHECK(std::any_of(fixed.left_out.begin(), fixed.left_out.end(), [](const auto& l) {
        return l.name == "reslice" && l.reason.find("by its type") != std::string::npos;
    }));

    const own_scenarios watched = scenarios_for(detail::site_of<watched_scans>("scans"));
    REQUIRE(find(watched, "full-watch") != nullptr);
    CHECK(find(watched, "reslice") == nullptr);
}

TEST_CASE(
    "runners of one machine that watch their queues keep all promises, if names are dropped too") {
    scenario s = detail::scenario_of<watched_scans>("scans");
    s.stream.posts = 60;
    s.storage.watch_queue = GENERATE(1U, 16'384U);
    s.machines.resize(1);
    s.machines[0].runners = {{"ScanRunner", 0, 2}, {"ScanRunner", 1, 2}};
    const run_results found = check_run(played<watched_scans>(s));
    CHECK(found.conservation.completed == 60);
    CHECK_THAT(found.verdict, Catch::StartsWith("No problem found"));
}

TEST_CASE("runners that watch shared queues take other machines' items late, but take them all") {
    scenario s = detail::scenario_of<watched_scans>("scans");
    s.stream.posts = 60;
    s.storage.nfs = GENERATE(false, true);
    const run_results found = check_run(played<watched_scans>(s));
    CHECK(found.conservation.completed == 60);
    CHECK(found.conservation.lost == 0);
    // Each machine accepts half of the items, and its kernel reports nothing of the other's.
    const auto delivery =
        std::find_if(found.times.begin(), found.times.end(),
                     [](const time_distribution& t) { return t.name == "delivery"; });
    REQUIRE(delivery != found.times.end());
    CHECK(delivery->most > 10);
    CHECK(delivery->most < 40);
    CHECK(delivery->least < 2);
    CHECK_THAT(found.verdict, Catch::Contains("an entry was overtaken by one queued"));
}

}  // namespace qslice::sim
