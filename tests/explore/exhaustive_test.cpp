#include "sim/explore/exhaustive.hpp"

#include "sim/engine/choices.hpp"
#include "sim/explore/trial.hpp"
#include "sim/model/guided_course.hpp"
#include "sim/scenario/builtin_scenarios.hpp"
#include "sim/scenario/scenario_file.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

using namespace qslice::sim;

namespace {

scenario two_machines(std::size_t posts) {
    const builtin_scenario* known = find_builtin_scenario("two-machines");
    REQUIRE(known != nullptr);
    auto s = parse_scenario(known->text, known->name);
    if (!s) FAIL(s.error().to_string());
    s->stream.listed.resize(posts);
    return *std::move(s);
}

walk_result walked(const scenario& s, const walk_settings& how) {
    auto done = walk_all(s, how);
    if (!done) FAIL(done.error().to_string());
    return *std::move(done);
}

/// Everything on which a guarantee about order depends.
struct outcome {
    std::vector<std::uint32_t> accepted;   // posts, in their order
    std::vector<std::uint32_t> delivered;  // the same
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<std::string>> came;  // by slice
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<std::string>> taken;
    std::set<std::string> broken;

    friend auto operator<=>(const outcome&, const outcome&) = default;
};

template <class Times>
std::vector<std::uint32_t> by_time(std::size_t count, const Times& time_of) {
    std::vector<std::uint32_t> numbers;
    for (std::uint32_t i = 0; i < count; ++i) {
        if (time_of(i) != never) numbers.push_back(i);
    }
    std::stable_sort(numbers.begin(), numbers.end(),
                     [&](auto a, auto b) { return time_of(a) < time_of(b); });
    return numbers;
}

outcome outcome_of(const trial& run) {
    const run_record& r = run.record;
    outcome o;
    o.accepted = by_time(r.posts.size(), [&](auto i) { return r.posts[i].accepted; });
    for (const effect_record& d : r.deliveries) o.delivered.push_back(d.post);
    for (const entry_record& e : r.entries) {
        o.came[{e.queue, e.slice}].push_back(to_base_name(e.name));
    }
    for (const std::uint32_t i :
         by_time(r.entries.size(), [&](auto e) { return r.entries[e].taken; })) {
        const entry_record& e = r.entries[i];
        o.taken[{e.queue, e.slice}].push_back(to_base_name(e.name));
    }
    for (const guarantee_result& g : run.guarantees) {
        if (!g.statement_true) o.broken.insert(g.name);
    }
    return o;
}

/// Mostly the usual step, and sometimes any other.
class strays final : public choice_source {
public:
    strays(std::uint64_t seed, double share) : stream_(seed, "strays"), share_(share) {}
    std::size_t choose(std::size_t n) override {
        return stream_.uniform() < share_ ? static_cast<std::size_t>(stream_.below(n)) : 0;
    }

private:
    random_stream stream_;
    double share_;
};

/// What a course decides after which nothing that was not durable is left: not what had been queued
/// or taken before.
outcome lasting(outcome o) {
    o.came.clear();
    o.taken.clear();
    o.broken.erase("slice_order");
    return o;
}

/// A scenario as an unbounded walk runs it.
scenario as_walked(scenario s, std::uint64_t crashes, crash_scope crash = crash_scope::process) {
    s.course = {true, 0, crashes, crash, {}};
    s.start_within_s = s.restart_after_s = 0;
    return s;
}

/// The outcomes of the runs of a walk.
struct ends {
    std::set<std::string> broken;                 // guarantees whose statement was untrue
    std::set<std::vector<std::uint32_t>> orders;  // of deliveries
    std::uint64_t runs = 0;
    std::uint64_t unseen = 0;
};

ends ends_of(const scenario& s, walk_settings how) {
    ends all;
    how.goal.guarantee = "conservation";  // which is not broken, so that the walk continues
    how.on_run = [&](const trial& run, bool cut) {
        if (cut) return;
        std::vector<std::uint32_t> order;
        for (const effect_record& d : run.record.deliveries) order.push_back(d.post);
        all.orders.insert(order);
        for (const guarantee_result& g : run.guarantees) {
            if (!g.statement_true) all.broken.insert(g.name);
        }
    };
    const walk_result done = walked(s, how);
    CHECK(done.complete);
    all.runs = done.runs;
    all.unseen = done.unseen;
    return all;
}

}  // namespace

TEST_CASE("every crash of a runner at every storage call of three posts loses nothing") {
    walk_settings how;
    how.delays = 0;
    const walk_result done = walked(two_machines(3), how);
    if (done.found) FAIL(done.found->story);
    CHECK(done.complete);
    CHECK(done.crash_points > 100);
    CHECK(done.runs > done.crash_points);
}

TEST_CASE("every power loss during a post, with every state it can leave, loses nothing",
          "[slow][unsanitized]") {
    walk_settings how;
    how.delays = 0;
    how.crash = crash_scope::power;
    const walk_result done = walked(two_machines(1), how);
    if (done.found) FAIL(done.found->story);
    CHECK(done.complete);
    CHECK(done.crash_runs > done.crash_points);
}

TEST_CASE("with files synced and directories not, the walk finds the state that loses a post") {
    scenario s = two_machines(1);
    s.policy.durable = qslice::durability::file;
    walk_settings how;
    how.delays = 0;
    how.crash = crash_scope::power;
    how.goal.guarantee = "conservation";
    const walk_result done = walked(s, how);
    REQUIRE(done.found);
    CHECK(done.found->broken.name == "conservation");
    CHECK_FALSE(done.found->setting.course.answers.empty());
    const auto again = parse_scenario(write_scenario(done.found->setting), "again");
    if (!again) FAIL(again.error().to_string());
    CHECK(*again == done.found->setting);
    CHECK(broken_by(*again, how.goal));
}

TEST_CASE("the walk finds the crash that delivers a post twice") {
    walk_settings how;
    how.delays = 0;
    how.goal.guarantee = "exactly_once";
    const walk_result done = walked(two_machines(1), how);
    REQUIRE(done.found);
    CHECK(done.found->story.find("crash of the process") != std::string::npos);
    CHECK(done.found->setting.course.answers.size() == 1);
}

TEST_CASE("a delay of one step gives new orders, and each state is explored once") {
    walk_settings how;
    how.crashes = 0;
    how.delays = 2;
    const walk_result done = walked(two_machines(2), how);
    CHECK(done.complete);
    CHECK(done.cut > 0);
    CHECK(done.runs > 10);
}

TEST_CASE("a walk finds the same without orders of steps that no other process can see",
          "[slow][unsanitized]") {
    struct bounds {
        const char* hash;
        std::size_t posts;
        std::uint64_t delays;
        std::uint64_t crashes;
    };
    for (const bounds& b : {bounds{"mailman21", 3, 1, 0}, bounds{"list_affinity", 2, 2, 0},
                            bounds{"mailman21", 1, 1, 1}}) {
        scenario s = two_machines(b.posts);
        s.policy.hash = b.hash;
        walk_settings how;
        how.delays = b.delays;
        how.crashes = b.crashes;
        const ends reduced = ends_of(s, how);
        how.every_step = true;
        const ends full = ends_of(s, how);
        INFO(b.hash << ": " << b.posts << " posts, " << b.delays << " delays, " << b.crashes
                    << " crashes");
        CHECK_FALSE(full.broken.empty());
        CHECK(reduced.broken == full.broken);
        CHECK(reduced.orders == full.orders);
        CHECK(reduced.runs < full.runs);
        CHECK(reduced.unseen > 0);
        CHECK(full.unseen == 0);
    }
}

TEST_CASE("a walk of all orders and crashes breaks nothing, and covers what random courses reach",
          "[slow][unsanitized]") {
    for (const auto& [hash, posts, crashes] :
         {std::tuple("mailman21", std::size_t{2}, std::uint64_t{0}),
          std::tuple("list_affinity", std::size_t{2}, std::uint64_t{0}),
          std::tuple("mailman21", std::size_t{1}, std::uint64_t{1})}) {
        INFO(hash << ": " << posts << " posts, " << crashes << " crashes");
        scenario s = two_machines(posts);
        s.policy.hash = hash;
        // All courses take place within one hour, so that stamps and hashes are the same in all.
        for (machine_choice& m : s.machines) m.clock.resolution = to_duration(3600);
        std::set<outcome> all;
        walk_settings how;
        how.crashes = crashes;
        how.on_run = [&](const trial& run, bool cut) {
            if (!cut) all.insert(outcome_of(run));
        };
        const walk_result done = walked(s, how);
        if (done.found) FAIL(done.found->story);
        CHECK(done.complete);
        CHECK(done.crash_points >= crashes * posts * 20);

        const scenario random = as_walked(s, crashes);
        std::set<outcome> met;
        for (std::uint64_t seed = 1; seed <= 400; ++seed) {
            strays choices(seed, seed % 3 == 0 ? 0.5 : seed % 3 == 1 ? 0.1 : 0.02);
            guided_course course(random.course, choices);
            const auto run = play(random, course.hooks());
            if (!run) FAIL(run.error().to_string());
            met.insert(outcome_of(*run));
        }
        CHECK(met.size() > 2);
        CHECK(std::includes(all.begin(), all.end(), met.begin(), met.end()));
    }
}

TEST_CASE("a walk of all losses of power, in any order, covers what random courses reach",
          "[slow][unsanitized]") {
    for (const auto durable : {qslice::durability::file_and_directory, qslice::durability::file}) {
        scenario s = two_machines(1);
        s.machines.resize(1);
        for (runner_choice& r : s.machines.front().runners) r.slices = 1;
        s.policy.durable = durable;
        for (machine_choice& m : s.machines) m.clock.resolution = to_duration(3600);
        std::set<outcome> all;
        walk_settings how;
        how.crash = crash_scope::power;
        how.goal.guarantee = "no_starvation";  // which is not broken, so that the walk continues
        how.jobs = 2;
        how.on_run = [&](const trial& run, bool cut) {
            if (!cut) all.insert(lasting(outcome_of(run)));
        };
        const walk_result done = walked(s, how);
        CHECK(done.complete);
        const bool loses = std::any_of(all.begin(), all.end(), [](const outcome& o) {
            return o.broken.contains("conservation");
        });
        CHECK(loses == (durable == qslice::durability::file));

        const scenario random = as_walked(s, 1, crash_scope::power);
        std::set<outcome> met;
        for (std::uint64_t seed = 1; seed <= 200; ++seed) {
            strays choices(seed, seed % 3 == 0 ? 0.5 : seed % 3 == 1 ? 0.1 : 0.02);
            guided_course course(random.course, choices);
            const auto run = play(random, course.hooks());
            if (!run) FAIL(run.error().to_string());
            met.insert(lasting(outcome_of(*run)));
        }
        CHECK(met.size() > 1);
        CHECK(std::includes(all.begin(), all.end(), met.begin(), met.end()));
    }
}

TEST_CASE("a walk does not tell apart when a sleeping runner wakes up", "[unsanitized]") {
    // The figures of docs/guarantees.md. When each wake-up is a step that others see, they are 393
    // and 236.
    const walk_result done = walked(two_machines(1), {});
    CHECK(done.complete);
    CHECK(done.runs == 42);
    CHECK(done.states == 41);
    CHECK(done.crash_points == 23);
}

TEST_CASE("a walk is the same on any number of threads", "[unsanitized]") {
    walk_settings how;
    how.crashes = 0;
    const walk_result alone = walked(two_machines(2), how);
    how.crashes = 1;
    const walk_result crashing = walked(two_machines(1), how);
    how.goal.guarantee = "exactly_once";
    const walk_result found = walked(two_machines(1), how);
    REQUIRE(found.found);
    for (const unsigned jobs : {2U, 5U}) {
        walk_settings shared;
        shared.jobs = jobs;
        shared.crashes = 0;
        const walk_result same = walked(two_machines(2), shared);
        CHECK(same.complete);
        CHECK(std::tie(same.runs, same.states, same.questions, same.cut) ==
              std::tie(alone.runs, alone.states, alone.questions, alone.cut));
        shared.crashes = 1;
        const walk_result crashes = walked(two_machines(1), shared);
        CHECK(std::tie(crashes.runs, crashes.states, crashes.crash_points) ==
              std::tie(crashing.runs, crashing.states, crashing.crash_points));
        shared.goal.guarantee = "exactly_once";
        const walk_result also = walked(two_machines(1), shared);
        REQUIRE(also.found);
        CHECK(also.runs == found.runs);
        CHECK(also.found->story == found.found->story);
        CHECK(also.found->setting == found.found->setting);
    }
}

TEST_CASE("a course that breaks order without a bound on delays is replayed from its file") {
    walk_settings how;
    how.crashes = 0;
    how.goal.guarantee = "list_order";
    const walk_result done = walked(two_machines(2), how);
    REQUIRE(done.found);
    const auto again = parse_scenario(write_scenario(done.found->setting), "again");
    if (!again) FAIL(again.error().to_string());
    CHECK(*again == done.found->setting);
    CHECK(again->course.any_order);
    CHECK(broken_by(*again, how.goal));
}

TEST_CASE("if other processes can see every step, each may be postponed", "[slow][unsanitized]") {
    scenario s = two_machines(1);
    walk_settings how;
    how.delays = 1;
    how.crashes = 0;
    CHECK(ends_of(s, how).unseen > 0);
    scenario twice = s;
    for (runner_choice& r : twice.machines[1].runners) r.slice = 0;
    CHECK(ends_of(twice, how).unseen == 0);
    scenario exact = s;
    for (machine_choice& m : exact.machines) m.clock.resolution = to_duration(0.001);
    CHECK(ends_of(exact, how).unseen == 0);
    s.storage.nfs = true;
    CHECK(ends_of(s, how).unseen == 0);
}

TEST_CASE("a walk that reaches its limit says that it is not complete") {
    walk_settings how;
    how.most_runs = 10;
    const walk_result done = walked(two_machines(3), how);
    CHECK_FALSE(done.complete);
    CHECK(done.runs == 10);
}
