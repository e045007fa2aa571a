#include "sim/check/measures.hpp"

#include "check/record_builder.hpp"
#include "sim/check/check_run.hpp"
#include "sim/record/built_site.hpp"
#include "support/mentions.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <string_view>

using namespace qslice::sim;

namespace {

run_results some_run() {
    record_builder b;
    for (int i = 0; i < 30; ++i) b.pass(i, static_cast<std::uint32_t>(i % 3));
    b.pass({40, 45, 50, 0, 0, 0, 0, 0});
    b.pass({41, 42, 43, 1, 1, 0, 0, 0});
    b.run.own_effects.push_back({"charged", {}});
    return check_run(b.run);
}

}  // namespace

TEST_CASE("every measure of a run is of a known kind, and no name comes twice") {
    std::set<std::string> names;
    std::set<std::string_view> kinds;
    for (const measure& m : some_run().measures) {
        INFO(m.name);
        const measure_info* const kind = find_measure(m.name);
        REQUIRE(kind);
        CHECK(m.unit == kind->unit);
        CHECK(names.insert(m.name).second);
        kinds.insert(kind->pattern);
    }
    for (const measure_info& kind : known_measures()) {
        INFO(kind.pattern);
        CHECK(kinds.count(kind.pattern) == 1);
        CHECK_FALSE(kind.description.empty());
    }
}

TEST_CASE("every name that is suggested is known") {
    const auto names = measure_names();
    CHECK(names.size() > 300);
    for (const std::string& name : names) {
        INFO(name);
        CHECK(find_measure(name));
    }
}

TEST_CASE(
    "in a simulator of one site a measure names that site's queues, whatever these are called") {
    built_site site;
    site.queues = {"thumbs", "thumbs.small", "ocr text", "Out"};
    set_own_built_site(&site);
    const auto pattern_of = [](std::string_view name) {
        const measure_info* const found = find_measure(name);
        return found == nullptr ? std::string_view() : found->pattern;
    };
    CHECK(pattern_of("wait.thumbs.small.p99") == "wait.QUEUE.FIGURE");
    CHECK(pattern_of("wait.thumbs.p99") == "wait.QUEUE.FIGURE");
    CHECK(pattern_of("balance.ocr text.cv") == "balance.QUEUE.cv");
    CHECK(pattern_of("fifo.thumbs.small.slice.inversions") == "fifo.STAGE.SCOPE.inversions");
    CHECK(pattern_of("fifo.Charged twice.list.seconds") == "fifo.STAGE.SCOPE.seconds");
    CHECK(pattern_of("fifo.list.seconds") == "fifo.SCOPE.seconds");
    CHECK(pattern_of("effects.Charged twice.count") == "effects.EFFECT.count");
    CHECK(pattern_of("backlog.Out.max") == "backlog.QUEUE.max");
    CHECK(pattern_of("backlog.out.max").empty());
    CHECK(pattern_of("wait.thumbs.large.p99").empty());
    const auto names = measure_names();
    CHECK(std::find(names.begin(), names.end(), "wait.ocr text.mean") != names.end());
    CHECK(std::find(names.begin(), names.end(), "wait.virgin.mean") == names.end());
    set_own_built_site(nullptr);
}

TEST_CASE("unknown measures are reported") {
    for (const char* name : {"", "fifo", "fifo.list", "fifo.lists.inversions", "latency.p98",
                             "latency.", "balance.out.p_value.x", "balance..p_value",
                             "guarantee.order", "FIGURE", "latency.FIGURE"}) {
        INFO(name);
        CHECK_FALSE(find_measure(name));
    }
    CHECK(find_measure("balance.my-queue.p_value"));
}

TEST_CASE("measures have the values of the results that they name") {
    const run_results r = some_run();
    CHECK(r.value_of("conservation.accepted") == 32);
    CHECK(r.value_of("conservation.lost") == 0);
    CHECK(r.value_of("deliveries.duplicates") == 0);
    CHECK(r.value_of("fifo.list.inversions") == 1);
    CHECK(r.value_of("fifo.global.overtaken_share") == Approx(1.0 / 32));
    CHECK(r.value_of("fifo.list.seconds") == Approx(1));
    CHECK(r.value_of("fifo.slice.inversions") == 0);
    CHECK(r.value_of("fifo.in.queue.inversions") == 1);
    CHECK(r.value_of("fifo.archiving.list.inversions") == 1);
    CHECK(r.value_of("latency.max") == Approx(10));
    CHECK(r.value_of("latency.p50") == Approx(0.6));
    CHECK(r.value_of("wait.in.max") == Approx(5));
    CHECK(r.value_of("balance.out.p_value") > 0.5);
    CHECK(r.value_of("utilisation.max") > 0);
    CHECK(r.value_of("guarantee.list_order") == 0);
    CHECK(r.value_of("guarantee.no_orphan") == 1);
    CHECK(std::isnan(r.value_of("wait.virgin.p50")));
    CHECK(std::isnan(r.value_of("no.such.measure")));
}

TEST_CASE("requirements compare as written") {
    const std::vector<measure> measures{{"latency.p99", 12, "s"}, {"wait.in.p50", NAN, "s"}};
    const auto met = [&](requirement::relation is, double value) {
        return check_requirement({"latency.p99", is, value, ""}, measures).met;
    };
    using relation = requirement::relation;
    CHECK(met(relation::equal, 12));
    CHECK_FALSE(met(relation::equal, 13));
    CHECK(met(relation::not_equal, 13));
    CHECK_FALSE(met(relation::not_equal, 12));
    CHECK(met(relation::less, 13));
    CHECK_FALSE(met(relation::less, 12));
    CHECK(met(relation::at_most, 12));
    CHECK_FALSE(met(relation::at_most, 11));
    CHECK(met(relation::more, 11));
    CHECK_FALSE(met(relation::more, 12));
    CHECK(met(relation::at_least, 12));
    CHECK_FALSE(met(relation::at_least, 13));

    const auto late =
        check_requirement({"latency.p99", relation::less, 10, "latency.p99 < 10s"}, measures);
    CHECK(late.because == "latency.p99 < 10s is not met: found 12 s.");
    CHECK(late.found == 12);
}

TEST_CASE("a requirement on what was not measured is not met, whatever the relation") {
    const std::vector<measure> measures{{"wait.in.p50", NAN, "s"}};
    const auto empty =
        check_requirement({"wait.in.p50", requirement::relation::not_equal, 1, ""}, measures);
    CHECK_FALSE(empty.met);
    CHECK(mentions(empty.because, "wait.in.p50 != 1 is not met: nothing was measured"));
    const auto absent = check_requirement({"x.y", requirement::relation::equal, 0, ""}, measures);
    CHECK_FALSE(absent.met);
    CHECK(mentions(absent.because, "no measure 'x.y'"));
}
