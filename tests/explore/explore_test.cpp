#include "sim/explore/explore.hpp"

#include "sim/check/guarantees.hpp"
#include "sim/explore/trial.hpp"
#include "sim/scenario/scenario_file.hpp"
#include "sim/stream/make_stream.hpp"
#include "sim_model/small_site.hpp"

#include <map>
#include <set>

using namespace qslice::sim::test;
using namespace qslice::sim;

namespace {

scenario site(std::uint64_t machines) {
    scenario s = small_site(machines);
    s.stream.posts = 200;
    s.stream.lists = 3;
    s.stream.senders = 5;
    return s;
}

search_settings looking_for(std::string guarantee, std::vector<variation> vary) {
    search_settings how;
    how.goal.guarantee = std::move(guarantee);
    how.bounds.vary = std::move(vary);
    how.seeds = 2'000;
    how.jobs = 2;
    return how;
}

counterexample found_by(const scenario& base, const search_settings& how) {
    auto done = explore(base, how);
    if (!done) FAIL(done.error().to_string());
    REQUIRE(done->found);
    INFO(done->found->story);
    CHECK(done->found->broken.name == how.goal.guarantee);
    CHECK_FALSE(done->found->broken.statement_true);
    // The written file replays the same violation.
    const std::string text = write_scenario(done->found->setting);
    const auto again = parse_scenario(text, "counterexample.toml");
    if (!again) FAIL(again.error().to_string() + "\n" + text);
    CHECK(*again == done->found->setting);
    CHECK(broken_by(*again, how.goal));
    return *std::move(done->found);
}

}  // namespace

TEST_CASE("a search looks for every guarantee that a policy promises, unless told for which") {
    scenario s = site(2);
    const auto played = play(s);
    REQUIRE(played);
    const run_record& run = played->record;
    for (const guarantee_info& g : known_guarantees()) {
        CAPTURE(g.name);
        const bool promised = !g.name.ends_with("_order") && g.name != "owned";
        CHECK(promises(run, g.name) == promised);
        guarantee_result broken;
        broken.name = g.name;
        broken.verdict = guarantee_verdict::broken;
        CHECK(find_broken(run, {broken}, {}).has_value() == g.promised_by(run));
    }
    CHECK_FALSE(promises(run, "no_such_guarantee"));
    s.policy.partition = "mailman3";
    const auto overlapping = play(s);
    REQUIRE(overlapping);
    CHECK_FALSE(promises(overlapping->record, "one_owner"));
    CHECK(promises(overlapping->record, "no_orphan"));
}

TEST_CASE("a search strikes at every kind of storage call, and oftener where something changes") {
    const scenario base = site(2);
    const auto stream = make_stream(base.stream, base.seed);
    REQUIRE(stream);
    search_bounds bounds;
    bounds.vary = {variation::crashes};
    std::map<call_kind, int> struck;
    int faults = 0;
    for (std::uint64_t seed = 1; seed <= 2'000; ++seed) {
        for (const fault& f : vary(base, *stream, bounds, seed).faults) {
            REQUIRE(f.call);
            ++struck[*f.call];
            ++faults;
        }
    }
    int weights = 0;
    for (const call_row& row : call_table) weights += row.changes ? 2 : 1;
    for (const call_row& row : call_table) {
        CAPTURE(row.name);
        const double expected = faults * (row.changes ? 2.0 : 1.0) / weights;
        CHECK(struck[row.value] > 0.7 * expected);
        CHECK(struck[row.value] < 1.3 * expected);
    }
}

TEST_CASE("a search of a site that takes no posts says that none was accepted") {
    scenario s = site(1);
    search_settings how;
    how.seeds = 2;
    how.bounds.most_posts = 3;
    how.bounds.vary = {variation::times};
    const auto usual = explore(s, how);
    REQUIRE(usual);
    CHECK(usual->accepted == usual->posts);
    s.storage.capacity_bytes = 10;
    const auto full = explore(s, how);
    REQUIRE(full);
    CHECK_FALSE(full->found);
    CHECK(full->posts > 0);
    CHECK(full->accepted == 0);
}

TEST_CASE("the search finds that equal times break the order of a slice") {
    auto how = looking_for("slice_order", {variation::times});
    how.goal.cause = overtaking_cause::equal_times;
    const auto example = found_by(site(1), how);
    CHECK(example.setting.stream.listed.size() <= 3);
    CHECK(example.setting.faults.empty());
}

TEST_CASE("the search finds that the 0.1 ms bump breaks the order of a slice") {
    auto how = looking_for("slice_order", {variation::times});
    how.goal.cause = overtaking_cause::bump;
    const auto example = found_by(site(2), how);
    CHECK(example.setting.stream.listed.size() <= 5);
}

TEST_CASE("the search finds that clocks that disagree break the order of a list") {
    auto how = looking_for("slice_order", {variation::clocks});
    how.goal.cause = overtaking_cause::clock_skew;
    const auto example = found_by(site(2), how);
    CHECK(example.setting.machines.size() == 2);
    CHECK(example.setting.stream.listed.size() <= 3);
}

TEST_CASE("the search finds that a crash can deliver a post twice") {
    const auto example = found_by(site(3), looking_for("exactly_once", {variation::crashes}));
    CHECK(example.setting.stream.listed.size() == 1);
    CHECK(example.setting.faults.size() == 1);
    CHECK(example.setting.machines.size() == 1);
    CHECK(example.story.find("crash of the process right") != std::string::npos);
}

TEST_CASE("the search finds an entry in a slice that nobody serves") {
    const auto example = found_by(site(3), looking_for("no_orphan", {variation::configuration}));
    CHECK(example.setting.stream.listed.size() == 1);
}

TEST_CASE("the search finds the hash that two of Mailman 3's slices own") {
    scenario s = site(2);
    use_mailman3(s);
    s.policy.hash = "mailman3";
    s.policy.partition = "mailman3";
    const auto example = found_by(s, looking_for("one_owner", {variation::crafted}));
    CHECK(example.setting.faults.size() == 1);
    CHECK(example.setting.faults[0].hash == "8000000000000000000000000000000000000000");
}

TEST_CASE("equal ranges give every crafted hash one owner", "[slow][unsanitized]") {
    auto how = looking_for("one_owner", {variation::crafted});
    how.seeds = 200;
    const auto done = explore(site(3), how);
    REQUIRE(done);
    CHECK(done->faults > 100);
    CHECK_FALSE(done->found);
}

TEST_CASE("with Mailman's own durability the search finds a post lost in a power loss", "[slow]") {
    scenario s = site(2);
    s.policy.durable = qslice::durability::file;
    const auto example = found_by(s, looking_for("conservation", {variation::power}));
    CHECK(example.setting.stream.listed.size() <= 5);
    CHECK(example.setting.faults.size() == 1);
}

TEST_CASE("with synced directories the search finds no broken guarantee", "[slow][unsanitized]") {
    search_settings how;
    how.seeds = 400;
    how.jobs = 2;
    const auto done = explore(site(2), how);
    REQUIRE(done);
    if (done->found) FAIL(done->found->story + write_scenario(done->found->setting));
    CHECK(done->runs == 400);
    CHECK(done->crashes > 40);
}

TEST_CASE("a digest that is made again after a loss of power is told apart from the first") {
    // The power fails while the lock of the list is taken, when the first digest is on its way
    // and the end of its digest.mbox is not durable.
    const auto s = parse_scenario(R"(
        seed = 5
        drain = "1min"
        storage.latency_spread = 0
        policy.list_locks = "qslice"
        lists = { members = 1, digest_members = 1, archive = false }
        stream.kind = "listed"
        stream.post = [
            { size = 8000 }, { size = 8000 }, { size = 6303 }, { size = 5812 },
            { at = "68.950618ms", size = 5612 }, { at = "68.950618ms", size = 8000 },
        ]
        [[machine]]
        name = "machine1"
        runners = ["IncomingRunner:0:2", "ArchRunner:0:2", "VirginRunner:0:2", "RetryRunner:0:2"]
        [[machine]]
        name = "machine2"
        runners = ["IncomingRunner:1:2", "ArchRunner:1:2", "VirginRunner:1:2", "RetryRunner:1:2"]
        [[fault]]
        kind = "power_loss"
        process = "IncomingRunner"
        call = "link"
        count = 7
        down = "9s")",
                                  "digest.toml");
    if (!s) FAIL(s.error().to_string());
    const auto played = play(*s);
    REQUIRE(played);
    REQUIRE(played->record.digests.size() == 2);
    CHECK(played->record.digests[0].posts.front() == played->record.digests[1].posts.front());
    std::set<std::uint32_t> in_out;
    for (const entry_record& e : played->record.entries) {
        if (played->record.queues[e.queue] == "out" && e.digest != none) in_out.insert(e.digest);
    }
    CHECK(in_out == std::set<std::uint32_t>{0, 1});
    CHECK(played->guarantees[0].verdict == guarantee_verdict::holds);
}

TEST_CASE("a search finds the same on one thread and on several", "[slow][unsanitized]") {
    auto how = looking_for("exactly_once", {variation::crashes, variation::times});
    how.most_shrink_runs = 200;
    std::vector<search_result> results;
    for (const unsigned jobs : {1U, 2U, 5U}) {
        how.jobs = jobs;
        auto done = explore(site(3), how);
        REQUIRE(done);
        REQUIRE(done->found);
        results.push_back(*std::move(done));
    }
    for (const search_result& r : results) {
        CHECK(r.runs == results[0].runs);
        CHECK(r.storage_calls == results[0].storage_calls);
        CHECK(r.found->seed == results[0].found->seed);
        CHECK(r.found->story == results[0].found->story);
        CHECK(write_scenario(r.found->setting) == write_scenario(results[0].found->setting));
    }
}

TEST_CASE("random faults are replaced by the storage calls at which they struck") {
    scenario s = site(2);
    s.stream.what = stream_choice::kind::listed;
    for (int i = 0; i < 5; ++i) s.stream.listed.push_back({static_cast<double>(i)});
    fault f;
    f.what = fault::kind::crash_process;
    f.probability = 0.05;
    s.faults = {f};
    const auto named = with_named_faults(s);
    REQUIRE(named);
    const auto random = play(s);
    const auto again = play(*named);
    REQUIRE(random);
    REQUIRE(again);
    REQUIRE_FALSE(random->record.faults.empty());
    REQUIRE(again->record.faults.size() == random->record.faults.size());
    for (std::size_t i = 0; i < again->record.faults.size(); ++i) {
        CHECK(again->record.faults[i].time == random->record.faults[i].time);
        CHECK(again->record.faults[i].what == random->record.faults[i].what);
    }
    CHECK(again->record.storage_calls == random->record.storage_calls);
}
