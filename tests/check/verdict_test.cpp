#include "check/record_builder.hpp"
#include "sim/check/check_run.hpp"
#include "support/mentions.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <string>
#include <utility>

using namespace qslice::sim;

namespace {

record_builder with_deliveries(std::uint32_t first, std::uint32_t second, std::uint32_t third) {
    record_builder b;
    double s = 0;
    for (const auto& [slice, count] : {std::pair{0u, first}, {1u, second}, {2u, third}}) {
        for (std::uint32_t i = 0; i < count; ++i) b.pass(s += 1, slice);
    }
    return b;
}

bool remarked(const run_results& r, const std::string& part) {
    for (const std::string& remark : r.remarks) {
        if (mentions(remark, part)) return true;
    }
    return false;
}

}  // namespace

TEST_CASE("seven posts on two of three machines are no problem, and the verdict gives the reason") {
    const auto r = check_run(with_deliveries(4, 3, 0).run);
    CHECK_FALSE(r.fault);
    CHECK(r.verdict.starts_with(
        "No problem found: all 7 accepted posts are accounted for, 7 delivered"));
    CHECK(mentions(r.verdict, "4, 3 and 0 from m1, m2 and m3"));
    CHECK(remarked(r, "leave at least one machine without any is 0.17"));
    CHECK(remarked(r, "a list's members are not divided among the machines"));
}

TEST_CASE("a hundred posts of which one machine of three delivers none are a problem") {
    const auto r = check_run(with_deliveries(50, 50, 0).run);
    CHECK(r.fault);
    CHECK(r.verdict.starts_with("PROBLEM: 1 of 3 machines that serve out/ delivered nothing"));
}

TEST_CASE(
    "a split that is not due to chance is a problem, unless the policy keeps messages together") {
    auto b = with_deliveries(200, 100, 100);
    CHECK(check_run(b.run).verdict.starts_with("PROBLEM: the slices of"));
    b.run.policy.keeps_together = qslice::affinity_kind::list;
    const auto r = check_run(b.run);
    CHECK_FALSE(r.fault);
    CHECK(mentions(r.verdict, "by a policy that keeps messages together"));
}

TEST_CASE("problems are named by severity: lost, orphaned, twice") {
    auto b = with_deliveries(4, 4, 4);
    b.deliver(3, 50);
    CHECK(check_run(b.run).verdict ==
          "PROBLEM: 1 post delivered or archived more than once, with 3 recipients reached again, "
          "although nothing crashed.");
    b.enqueue("in", b.post(60), 60, 1);
    b.run.entries.back().fate = entry_fate::orphaned;
    CHECK(check_run(b.run).verdict ==
          "PROBLEM: 1 queue entry is in slices that no running runner serves, the first in slice 1 "
          "of in/; 1 post waits there forever.");
    b.take(b.enqueue("in", b.post(61), 61, 1), 62);
    CHECK(check_run(b.run).verdict ==
          "PROBLEM: 1 of 14 accepted posts is lost: 1 not delivered, 1 not archived.");
}

TEST_CASE("a post delivered twice after a crash is reported, but is not a problem") {
    auto b = with_deliveries(4, 4, 4);
    b.deliver(3, 50);
    b.run.processes[0].crashed = true;
    const auto r = check_run(b.run);
    CHECK_FALSE(r.fault);
    CHECK(mentions(r.verdict,
                   "1 post delivered or archived more than once, with 3 recipients reached again, "
                   "which can happen after a crash"));
}

TEST_CASE("posts that are shunted and preserved are a problem, and the verdict says how many") {
    auto b = with_deliveries(1, 0, 0);
    for (int i = 0; i < 11; ++i) b.enqueue("shunt", b.post(60 + i), 60 + i);
    for (int i = 0; i < 8; ++i) {
        b.enqueue("in", b.post(80 + i), 80 + i);
        b.run.entries.back().fate = entry_fate::preserved;
    }
    const auto r = check_run(b.run);
    CHECK(r.fault);
    CHECK(r.verdict ==
          "PROBLEM: 11 posts are shunted and 8 are preserved, waiting for a person; of 20 accepted "
          "posts 1 is done.");
    b.enqueue("in", b.post(90), 90);
    CHECK(mentions(check_run(b.run).verdict, "posts 1 is done and 1 is still queued."));
}

TEST_CASE("posts that are still queued at the end are a problem, after all others") {
    auto b = with_deliveries(4, 4, 4);
    b.enqueue("in", b.post(60), 60);
    CHECK(check_run(b.run).verdict ==
          "PROBLEM: 1 post is still queued; of 13 accepted posts 12 are done.");
    b.run.setting.requirements = {
        {"conservation.queued", requirement::relation::equal, 0, "conservation.queued = 0"}};
    CHECK(mentions(check_run(b.run).verdict, "the requirement conservation.queued = 0 is not met"));
}

TEST_CASE("a guarantee that the policy makes and the run broke is a problem") {
    auto b = with_deliveries(4, 4, 4);
    b.add_runner(b.run.queue_index("in"), 0, "m2");
    const auto r = check_run(b.run);
    CHECK(r.verdict ==
          "PROBLEM: the guarantee one_owner is broken: 4 of 36 entries were in the slices of two "
          "running runners.");
    CHECK(r.fault);
}

TEST_CASE("digests that reached nobody are a problem, wherever they are") {
    auto b = with_deliveries(4, 4, 4);
    for (std::uint32_t digest = 0; digest < 3; ++digest) {
        b.run.posts[digest].digested = 1;
        b.run.digests.push_back({0, b.at(70), {digest}});
        b.enqueue("virgin", none, 70 + digest);
        b.run.entries.back().digest = digest;
    }
    auto r = check_run(b.run);
    CHECK(r.conservation.digests_queued == 3);
    CHECK(r.verdict == "PROBLEM: 3 digests are still queued; of 12 accepted posts 12 are done.");
    b.run.entries.back().fate = entry_fate::preserved;
    r = check_run(b.run);
    CHECK(r.conservation.digests_queued == 2);
    CHECK(r.conservation.digests_preserved == 1);
    CHECK(r.verdict.starts_with(
        "PROBLEM: 1 digest is preserved, waiting for a person; of 12 accepted posts 12 are done"));
    b.run.entries.back().fate = entry_fate::waiting;
    for (std::uint32_t digest = 0; digest < 3; ++digest) {
        b.run.deliveries.push_back({none, digest, b.runner("out", 0), b.at(90), 10});
    }
    CHECK_FALSE(check_run(b.run).fault);
}

TEST_CASE("posts that the site never accepted are a problem") {
    auto b = with_deliveries(2, 2, 2);
    b.run.posts[b.post(50)].accepted = never;
    auto r = check_run(b.run);
    CHECK(r.fault);
    CHECK(r.verdict == "PROBLEM: 1 of 7 posts could not be accepted by the end.");
    b.enqueue("in", b.post(60), 60, 1);
    CHECK(check_run(b.run).verdict ==
          "PROBLEM: 1 post is still queued; of 7 accepted posts 6 are done, and 1 of 8 posts could "
          "not be accepted by the end.");
}

TEST_CASE("a post without recipients is done, but not said to be delivered") {
    auto b = with_deliveries(2, 2, 0);
    b.run.posts[0].recipients = 0;
    b.run.deliveries.erase(b.run.deliveries.begin());
    CHECK(check_run(b.run).verdict.starts_with(
        "No problem found: all 4 accepted posts are accounted for, 3 delivered, 1 done without "
        "reaching a recipient"));
}

TEST_CASE("posts that are held or discarded on purpose are no problem") {
    auto b = with_deliveries(4, 4, 4);
    b.run.posts[b.post(60)].held = true;
    b.run.posts[b.post(61)].discarded = true;
    const auto r = check_run(b.run);
    CHECK_FALSE(r.fault);
    CHECK(mentions(r.verdict, "12 delivered, 1 held, 1 discarded"));
}

TEST_CASE("an unmet requirement is a problem") {
    auto b = with_deliveries(4, 4, 4);
    requirement wanted{"latency.p99", requirement::relation::less, 0.1, "latency.p99 < 0.1s"};
    b.run.setting.requirements = {wanted};
    auto r = check_run(b.run);
    CHECK_FALSE(r.requirements_met);
    CHECK(r.fault);
    CHECK(r.verdict == "PROBLEM: the requirement latency.p99 < 0.1s is not met: found 0.6 s.");
    CHECK(remarked(r, "Entries waited longest in "));
    b.run.setting.requirements[0].value = 1;
    r = check_run(b.run);
    CHECK(r.requirements_met);
    CHECK_FALSE(r.fault);
}

TEST_CASE("remarks mention lost order, and what is left in hand or with the mail server") {
    record_builder b;
    b.pass({1, 5, 9, 0, 0, 0, 0, 0});
    b.pass({2, 3, 4, 1, 1, 0, 0, 0});
    b.enqueue("in", b.post(10), 10);
    b.run.entries.back().fate = entry_fate::in_hand;
    b.run.posts[b.post(11)].accepted = never;
    const auto r = check_run(b.run);
    CHECK(r.fault);
    CHECK(remarked(
        r, "1 of 2 delivered posts (50.0%) was overtaken by a later post of the same list"));
    CHECK(remarked(r, "1 entry is still being processed (.bak)"));
    CHECK(remarked(r, "1 post could not be accepted"));
    CHECK(mentions(r.verdict, "1 post is still queued"));
}

TEST_CASE("what keeps a list's order is named with all that is missing of it") {
    record_builder b;
    b.pass({1, 5, 9, 0, 0, 0, 0, 0});
    b.pass({2, 3, 4, 1, 1, 0, 0, 0});
    // A list affinity alone does not keep order.
    b.run.policy.keeps_together = qslice::affinity_kind::list;
    CHECK(
        remarked(check_run(b.run),
                 "missing here: order = \"strict\", stamps = \"increasing\", intake.kind = "
                 "\"server\", intake.route = \"list\" (or one machine that accepts posts); all of "
                 "it is needed."));
    b.run.policy.strict_order = b.run.policy.increasing_stamps = true;
    b.run.setting.intake = {intake_choice::kind::server, intake_choice::route::list};
    CHECK(remarked(check_run(b.run), "although the policy keeps that order under the assumptions"));
}

TEST_CASE("a run without posts has nothing to report") {
    CHECK(check_run(run_record{}).verdict == "No problem found: no post was accepted.");
}

TEST_CASE("an entry that stays in hand although its post is done will repeat it: a problem") {
    auto b = with_deliveries(4, 4, 4);
    b.run.entries[b.entry_of("out", 5)].fate = entry_fate::in_hand;
    const auto r = check_run(b.run);
    CHECK(r.conservation.completed == 12);
    CHECK(r.conservation.entries_done_in_hand == 1);
    CHECK(r.verdict ==
          "PROBLEM: 1 queue entry is still in hand (.bak) although what it was for is done, and "
          "will be done again when its runner restarts.");
}

TEST_CASE("a digest that reached a recipient twice is a problem where nothing crashed") {
    auto b = with_deliveries(4, 4, 4);
    b.run.posts[0].digested = 1;
    b.run.digests.push_back({0, b.at(70), {0}});
    b.run.digests[0].recipients = 3;
    b.run.deliveries.push_back({none, 0, b.runner("out", 0), b.at(71), 3});
    CHECK_FALSE(check_run(b.run).fault);
    b.run.deliveries.push_back({none, 0, b.runner("out", 1), b.at(72), 2, 2});
    CHECK(check_run(b.run).verdict ==
          "PROBLEM: 1 digest was delivered more than once, with 2 recipients reached again.");
}

TEST_CASE("a runner that its spool's deployment file did not let run is a problem") {
    auto b = with_deliveries(4, 4, 4);
    b.run.setting.deployment.file = true;
    CHECK_FALSE(check_run(b.run).fault);
    const auto refused = b.add_runner(0, 1, "m2");
    b.run.processes[refused].ended = b.run.processes[refused].started;
    CHECK(mentions(check_run(b.run).verdict,
                   "1 runner did not run, since the spool's deployment file divides the queue "
                   "otherwise; the first is Runner-in:1:3 on m2"));
    b.run.setting.machines[1].until_s = 0.001;
    b.run.processes[refused].ended = b.at(0.001);
    CHECK_FALSE(mentions(check_run(b.run).verdict, "did not run"));
}

TEST_CASE("a fault that never struck is remarked: the run does not show what it does") {
    auto b = with_deliveries(4, 4, 4);
    b.run.setting.faults.resize(2);
    b.run.setting.faults[1].what = fault::kind::power_loss;
    fault_record struck;
    struck.time = b.at(3);
    struck.kind = fault::kind::crash_process;
    struck.index = 0;
    b.run.faults.push_back(struck);
    CHECK(remarked(check_run(b.run),
                   "1 of the scenario's 2 faults never struck, the first of them "
                   "number 2, power_loss: this run does not show what it does."));
    struck.index = 1;
    b.run.faults.push_back(struck);
    CHECK_FALSE(remarked(check_run(b.run), "never struck"));
}

TEST_CASE("a requirement can be about the verdict itself") {
    auto b = with_deliveries(4, 4, 4);
    requirement calm{"verdict.problem", requirement::relation::equal, 0, "verdict.problem = 0"};
    b.run.setting.requirements = {calm};
    CHECK(check_run(b.run).requirements_met);
    b.run.posts[b.post(90)].accepted = never;
    const auto r = check_run(b.run);
    CHECK_FALSE(r.requirements_met);
    CHECK(r.verdict == "PROBLEM: 1 of 13 posts could not be accepted by the end.");
}
