#include "sim/forecast/forecast.hpp"

#include "sim/forecast/forecast_report.hpp"

#include "site/made_site.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

using namespace qslice;
using namespace qslice::sim;
using diagnosis::made_site;
using diagnosis::numbered_hash;

namespace {

constexpr double now_s = 1'790'000'000;

void fill(const made_site& site, const std::string& queue, std::uint64_t first,
          std::uint64_t count) {
    for (std::uint64_t i = first; i < first + count; ++i) {
        site.entry(queue, now_s - 600 + 0.5 * static_cast<double>(i), numbered_hash(i), now_s);
    }
}

made_site& mailman3(made_site& site) {
    site.queues({"queue/in", "queue/pipeline", "queue/archive", "queue/out", "queue/virgin",
                 "queue/retry", "queue/digest", "queue/command", "queue/shunt"});
    return site;
}

forecast of(const made_site& site, forecast_options options) {
    options.now_s = now_s;
    auto found = make_forecast(site.path(), options);
    if (!found) FAIL(found.error().to_string());
    return *found;
}

const forecast_case& find(const forecast& f, forecast_case::kind what) {
    const auto found = std::find_if(f.cases.begin(), f.cases.end(),
                                    [&](const forecast_case& c) { return c.what == what; });
    REQUIRE(found != f.cases.end());
    return *found;
}

std::vector<runner_choice> parsed(const std::string& text) {
    return *diagnosis::parse_runners(text);
}

}  // namespace

TEST_CASE("a backlog ends when its slowest slice has done its entries at the stated pace") {
    made_site site;
    fill(mailman3(site), "queue/out", 0, 200);
    forecast_options options;
    options.plan.slices = "out=2";
    options.paces = {{"out", 0.5}};
    const forecast f = of(site, options);
    const forecast_case& c = find(f, forecast_case::kind::as_it_is);
    CHECK(c.stuck.empty());
    CHECK(c.done == 200);
    CHECK(c.limit == "out");
    CHECK(c.source == pace_source::stated);
    // About half of 200 entries each.
    CHECK(c.ends_s > 0.5 * 90);
    CHECK(c.ends_s < 0.5 * 130);
    // Twice as many slices, about half the time.
    const forecast_case& four = find(f, forecast_case::kind::other_slices);
    CHECK(four.slices == 4);
    CHECK(four.ends_s < 0.7 * c.ends_s);
}

TEST_CASE("entries of a slice without a runner never end, and end with the runner started") {
    made_site site;
    fill(mailman3(site), "queue/out", 0, 100);
    forecast_options options;
    options.plan.slices = "out=2";
    options.plan.running = parsed("in,pipeline,archive,out:0:2,virgin,retry,digest,lmtp,command");
    const forecast f = of(site, options);
    const forecast_case& now = find(f, forecast_case::kind::as_it_is);
    REQUIRE(now.stuck.size() == 1);
    CHECK(now.stuck[0].queue == "out");
    CHECK(now.stuck[0].slice == 1);
    CHECK(now.stuck[0].slices == 2);
    CHECK(now.stuck[0].entries + now.done == 100);
    CHECK(now.ends_s > 0);
    const forecast_case& started = find(f, forecast_case::kind::missing_started);
    REQUIRE(started.runners.size() == 1);
    CHECK(to_string(started.runners[0]) == "OutgoingRunner:1:2");
    CHECK(started.stuck.empty());
    CHECK(started.done == 100);
    CHECK(forecast_text(f).find("never ends") != std::string::npos);
}

TEST_CASE("without a runner at all, nothing of a backlog is ever done") {
    made_site site;
    fill(mailman3(site), "queue/in", 0, 20);
    forecast_options options;
    options.plan.running.emplace();
    const forecast_case c = find(of(site, options), forecast_case::kind::as_it_is);
    REQUIRE(c.stuck.size() == 1);
    CHECK(c.stuck[0].queue == "in");
    CHECK(c.stuck[0].entries == 20);
    CHECK(c.done == 0);
}

TEST_CASE("a lost machine's entries wait, whichever runners it had") {
    made_site site;
    site.queues({"qfiles/in", "qfiles/archive", "qfiles/out", "qfiles/commands"});
    fill(site, "qfiles/out", 0, 90);
    forecast_options options;
    options.plan.slices = "3";
    const forecast_case fullest = find(of(site, options), forecast_case::kind::machine_lost);
    REQUIRE(fullest.stuck.size() == 1);
    CHECK(fullest.stuck[0].entries >= 30);
    options.lost = parsed("OutgoingRunner:1:3,OutgoingRunner:2:3");
    const forecast_case two = find(of(site, options), forecast_case::kind::machine_lost);
    CHECK(two.runners == options.lost);
    CHECK(two.stuck.size() == 2);
}

TEST_CASE("posts in in/ pass through every queue before the backlog ends") {
    made_site site;
    fill(mailman3(site), "queue/in", 0, 50);
    forecast_options options;
    options.paces = {{"in", 0.01}, {"pipeline", 0.01}, {"archive", 1.0}, {"out", 0.01}};
    const forecast_case c = find(of(site, options), forecast_case::kind::as_it_is);
    CHECK(c.limit == "archive");
    CHECK(c.ends_s > 30);
    CHECK(c.done == 50);
}

TEST_CASE("what the simulation has no runner for is left out, and said to be") {
    made_site site;
    fill(mailman3(site), "queue/command", 0, 3);
    fill(site, "queue/shunt", 10, 4);
    const forecast f = of(site, {});
    REQUIRE(f.left_out.size() == 2);
    CHECK(find(f, forecast_case::kind::as_it_is).done == 0);
    CHECK(forecast_text(f).find("3 entries of command/ are left out") != std::string::npos);
}

TEST_CASE("an entry in hand is counted once, under whichever name it is listed") {
    made_site site;
    mailman3(site);
    const std::string base = site.entry("queue/out", now_s - 5, numbered_hash(1), now_s, ".bak");
    site.entry("queue/out", now_s - 4, numbered_hash(2), now_s);
    site.file("queue/out/" + base + ".pck", "x", now_s);
    const forecast f = of(site, {});
    const auto out = std::find_if(f.queues.begin(), f.queues.end(),
                                  [](const forecast_queue& q) { return q.queue == "out"; });
    REQUIRE(out != f.queues.end());
    CHECK(out->entries == 2);
    CHECK(out->in_hand == 1);
}

TEST_CASE("a pace for a queue without a simulated runner is refused") {
    made_site site;
    mailman3(site);
    forecast_options options;
    options.paces = {{"command", 1.0}};
    const auto found = make_forecast(site.path(), options);
    REQUIRE(!found);
    CHECK(found.error().where == "--pace");
}
