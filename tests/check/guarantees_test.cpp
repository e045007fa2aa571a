#include "sim/check/guarantees.hpp"

#include "check/record_builder.hpp"
#include "sim/check/check_run.hpp"
#include "sim/check/conditions.hpp"
#include "support/mentions.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <string_view>

using namespace qslice::sim;

namespace {

guarantee_result check(const record_builder& b, std::string_view name) {
    for (const auto& g : check_run(b.run).guarantees) {
        if (g.name == name) return g;
    }
    FAIL("no such guarantee");
    return {};
}

record_builder orderly() {
    record_builder b;
    for (int i = 0; i < 9; ++i) b.pass(i, static_cast<std::uint32_t>(i % 3));
    return b;
}

/// The second post overtakes the first, within one slice of in/.
record_builder disorderly(double stamp_s) {
    record_builder b;
    b.pass({10, 30, 31, 0, 0, 0, 0, 0});
    const auto root = b.run.stream.arrivals[0].message_id;
    b.pass({20, 25, 26, 0, 0, 0, 0, root});
    b.run.entries[b.entry_of("in", 1)].name.time.seconds = record_builder::start_s + stamp_s;
    return b;
}

void add_fault(record_builder& b, fault::kind kind) {
    fault f;
    f.what = kind;
    b.run.setting.faults.push_back(f);
    fault_record struck;
    struck.time = b.at(5);
    struck.machine = "m1";
    struck.what = "a fault";
    struck.kind = kind;
    struck.index = static_cast<std::uint32_t>(b.run.setting.faults.size() - 1);
    b.run.faults.push_back(struck);
}

}  // namespace

TEST_CASE("an orderly run keeps every guarantee") {
    const auto results = check_run(orderly().run);
    REQUIRE(results.guarantees.size() == known_guarantees().size());
    for (std::size_t g = 0; g < results.guarantees.size(); ++g) {
        INFO(results.guarantees[g].name << ": " << results.guarantees[g].because);
        CHECK(results.guarantees[g].name == known_guarantees()[g].name);
        CHECK(results.guarantees[g].statement == known_guarantees()[g].statement);
        // Slices have owners only where the scenario says so.
        const bool applies = results.guarantees[g].name != "owned";
        CHECK(results.guarantees[g].verdict ==
              (applies ? guarantee_verdict::holds : guarantee_verdict::not_applicable));
        CHECK(results.guarantees[g].statement_true);
        CHECK_FALSE(results.guarantees[g].problem);
        CHECK_FALSE(results.guarantees[g].counterexample);
    }
}

TEST_CASE("a lost post breaks conservation, at-least-once and exactly-once") {
    auto b = orderly();
    b.run.deliveries.erase(b.run.deliveries.begin());
    for (const char* name : {"conservation", "at_least_once", "exactly_once"}) {
        const auto g = check(b, name);
        INFO(name);
        CHECK(g.verdict == guarantee_verdict::broken);
        REQUIRE(g.problem);
        CHECK(g.problem->post == 0);
        CHECK(g.problem->what == problem_kind::lost);
    }
    CHECK(check(b, "no_orphan").verdict == guarantee_verdict::holds);
}

TEST_CASE("conservation does not apply to a power loss without synced directories") {
    auto b = orderly();
    b.run.deliveries.erase(b.run.deliveries.begin());
    add_fault(b, fault::kind::power_loss);
    CHECK(check(b, "conservation").verdict == guarantee_verdict::broken);
    b.run.setting.policy.durable = qslice::durability::file;
    const auto g = check(b, "conservation");
    CHECK(g.verdict == guarantee_verdict::not_applicable);
    CHECK_FALSE(g.statement_true);
    CHECK(mentions(g.because, "directories are not synced"));
}

TEST_CASE("a shunted post is conserved and not delivered at least once") {
    auto b = orderly();
    b.run.deliveries.erase(b.run.deliveries.begin());
    b.enqueue("shunt", 0, 1);
    CHECK(check(b, "conservation").verdict == guarantee_verdict::holds);
    CHECK(check(b, "at_least_once").verdict == guarantee_verdict::not_applicable);
    CHECK_FALSE(check(b, "at_least_once").statement_true);
}

TEST_CASE("a second delivery violates exactly-once, which is broken only if there was no crash") {
    auto b = orderly();
    b.deliver(4, 50);
    auto g = check(b, "exactly_once");
    CHECK(g.verdict == guarantee_verdict::broken);
    REQUIRE(g.problem);
    CHECK(g.problem->what == problem_kind::delivered_twice);
    CHECK(check(b, "at_least_once").verdict == guarantee_verdict::holds);
    add_fault(b, fault::kind::crash_process);
    g = check(b, "exactly_once");
    CHECK(g.verdict == guarantee_verdict::not_applicable);
    CHECK_FALSE(g.statement_true);
    CHECK(g.problem);
}

TEST_CASE("an entry that no runner serves breaks no-orphan and at-least-once") {
    auto b = orderly();
    b.enqueue("in", b.post(20), 20, 2);
    CHECK(check(b, "no_orphan").verdict == guarantee_verdict::holds);
    b.run.entries.back().fate = entry_fate::orphaned;
    const auto g = check(b, "no_orphan");
    CHECK(g.verdict == guarantee_verdict::broken);
    REQUIRE(g.problem);
    CHECK(mentions(g.problem->story, "queued in in/ at 20.000000 s, in slice 2"));
    CHECK(check(b, "at_least_once").verdict == guarantee_verdict::broken);
}

TEST_CASE("an entry that two running runners would take breaks one-owner") {
    auto b = orderly();
    SECTION("two machines on one slice") {
        b.add_runner(0, 1, "m3");
        const auto g = check(b, "one_owner");
        CHECK(g.verdict == guarantee_verdict::broken);
        REQUIRE(g.problem);
        CHECK(g.problem->post == 1);
        CHECK(mentions(g.problem->story, "Runner-in:1:3 on m2 and Runner-in:1:3 on m3"));
    }
    SECTION("not where the one ended before the other began") {
        const auto old = b.runner("in", 1);
        b.run.processes[old].ended = b.at(0.5);
        b.run.processes[b.add_runner(0, 1, "m3")].started = b.at(0.5);
        CHECK(check(b, "one_owner").verdict == guarantee_verdict::holds);
    }
    SECTION("two divisions of one queue") {
        const auto other = b.add_runner(0, 0, "m4");
        b.run.processes[other].slices = 2;
        b.run.processes[other].name = "Runner-in:0:2";
        b.also_divide(0, qslice::make_partition("equal:2").value());
        CHECK(check(b, "one_owner").verdict == guarantee_verdict::broken);
    }
    SECTION("an end that Mailman 3's neighbours share") {
        record_builder m3(4);
        m3.divide(qslice::make_partition("mailman3:4").value());
        m3.pass(1, 1);
        m3.state_owners();
        CHECK(check(m3, "one_owner").verdict == guarantee_verdict::holds);
        m3.run.entries[0].name.hash = qslice::hash_value::fraction(1, 4);
        m3.state_owners();
        CHECK(check(m3, "one_owner").verdict == guarantee_verdict::broken);
        m3.divide(qslice::make_partition("equal:4").value());
        m3.state_owners();
        CHECK(check(m3, "one_owner").verdict == guarantee_verdict::holds);
    }
}

TEST_CASE("an entry that is passed over for hours is starved") {
    record_builder b;
    b.run.ended = b.at(20'000);
    const auto starved = b.enqueue("in", b.post(1), 1);
    b.take(b.enqueue("in", b.post(2), 2), 3);
    b.take(b.enqueue("in", b.post(4), 4), 5000);
    CHECK(check(b, "no_starvation").verdict == guarantee_verdict::broken);
    CHECK(mentions(check(b, "no_starvation").problem->story, "taken at never"));
    SECTION("not when it is taken within the limit") {
        b.take(starved, 3000);
        CHECK(check(b, "no_starvation").verdict == guarantee_verdict::holds);
    }
    SECTION("not when its slice takes nothing else") {
        b.run.entries[1].slice = b.run.entries[2].slice = 1;
        CHECK(check(b, "no_starvation").verdict == guarantee_verdict::holds);
    }
    SECTION("not for the time after the last later entry was taken, until the run ends") {
        b.run.entries[2].taken = b.at(6);
        CHECK(check(b, "no_starvation").verdict == guarantee_verdict::holds);
    }
}

TEST_CASE("an overtaking within a slice breaks every order that the posts share") {
    const auto b = disorderly(10);
    for (const char* name : {"slice_order", "list_order", "sender_order", "thread_order"}) {
        const auto g = check(b, name);
        INFO(name);
        CHECK(g.verdict == guarantee_verdict::broken);
        REQUIRE(g.counterexample);
        CHECK(g.counterexample->earlier == 0);
        CHECK(g.counterexample->later == 1);
        CHECK(g.counterexample->cause == overtaking_cause::equal_times);
    }
}

TEST_CASE("order is not guaranteed if clocks differ, a runner crashed or something was retried") {
    auto b = disorderly(10);
    SECTION("clocks") {
        b.run.setting.machines[0].clock.offset = to_duration(2);
        CHECK(mentions(check(b, "list_order").because, "clocks may be 2 s apart"));
    }
    SECTION("crash") { add_fault(b, fault::kind::crash_machine); }
    SECTION("retry") { b.take(b.enqueue("retry", 0, 40), 41); }
    SECTION("put back") { b.take(b.enqueue("in", 0, 30), 31); }
    const auto g = check(b, "list_order");
    CHECK(g.verdict == guarantee_verdict::not_applicable);
    CHECK_FALSE(g.statement_true);
    CHECK(g.counterexample);
}

TEST_CASE("a fault that struck nobody switches no guarantee off, whatever else struck") {
    auto b = disorderly(10);
    add_fault(b, fault::kind::slow_machine);
    for (const fault::kind kind : {fault::kind::crash_process, fault::kind::crash_machine,
                                   fault::kind::power_loss, fault::kind::fail_calls}) {
        b.run.setting.faults.emplace_back().what = kind;
    }
    const auto met = conditions_of(b.run);
    CHECK(met.faults);
    CHECK_FALSE(met.crashed);
    CHECK_FALSE(met.power_lost);
    CHECK_FALSE(met.storage_failed);
    CHECK(check(b, "list_order").verdict == guarantee_verdict::broken);
}

TEST_CASE("what a search let strike counts as what the scenario names") {
    record_builder b;
    fault_record struck;
    struck.kind = fault::kind::fail_calls;
    b.run.faults.push_back(struck);
    CHECK(conditions_of(b.run).storage_failed);
    b.run.faults[0].kind = fault::kind::power_loss;
    CHECK(conditions_of(b.run).power_lost);
    CHECK(conditions_of(b.run).crashed);
}

TEST_CASE("without a delivery there is no order to keep") {
    CHECK(check(record_builder(), "list_order").verdict == guarantee_verdict::not_applicable);
    CHECK(check(record_builder(), "slice_order").verdict == guarantee_verdict::not_applicable);
}

TEST_CASE("an entry may be overtaken by those within the clocks' bound, and no later ones") {
    auto b = disorderly(9);
    CHECK(check(b, "bounded_displacement").verdict == guarantee_verdict::broken);
    CHECK(check(b, "bounded_displacement").counterexample);
    b.run.setting.machines[0].clock.offset = to_duration(6);
    b.run.setting.machines[1].clock.offset = to_duration(-2);
    CHECK(check(b, "bounded_displacement").verdict == guarantee_verdict::broken);
    b.run.setting.machines[2].clock.offset = to_duration(-3.5);
    CHECK(check(b, "bounded_displacement").verdict == guarantee_verdict::holds);
}

TEST_CASE("the maximum difference of clocks grows with drift, resolution and steps") {
    record_builder b;
    CHECK(conditions_of(b.run).clock_spread_s == 0);
    b.run.setting.machines[0].clock.drift = 1e-3;
    CHECK(conditions_of(b.run).clock_spread_s == Approx(1));
    b.run.setting.machines[1].clock.resolution = to_duration(0.5);
    CHECK(conditions_of(b.run).clock_spread_s == Approx(1.5));
    fault step;
    step.what = fault::kind::clock_step;
    step.amount = -3;
    b.run.setting.faults.push_back(step);
    CHECK(conditions_of(b.run).clock_spread_s == Approx(4.5));
}

TEST_CASE("order is promised only by a policy with all that keeps it") {
    record_builder b;
    b.pass({1, 5, 9, 0, 0, 0, 0, 0});
    b.pass({2, 3, 4, 1, 1, 0, 0, 0});
    const auto promised = [&](std::string_view name) {
        const auto r = check_run(b.run);
        const auto g = std::find_if(r.guarantees.begin(), r.guarantees.end(),
                                    [&](const auto& one) { return one.name == name; });
        return g->promised;
    };
    CHECK(promised("conservation"));
    CHECK_FALSE(promised("slice_order"));
    CHECK_FALSE(promised("list_order"));
    b.run.policy.keeps_together = qslice::affinity_kind::list;
    CHECK_FALSE(promised("list_order"));
    b.run.policy.strict_order = b.run.policy.increasing_stamps = true;
    b.run.setting.intake = {intake_choice::kind::server, intake_choice::route::list};
    CHECK(promised("list_order"));
    CHECK_FALSE(promised("sender_order"));
}

TEST_CASE("an entry that waits without a running owner for longer than the bound breaks owned") {
    record_builder b = orderly();
    b.run.setting.deployment.standby = true;
    CHECK(check(b, "owned").verdict == guarantee_verdict::holds);
    for (process_record& p : b.run.processes) {
        if (p.queue != none) p.started = b.at(40);
    }
    for (entry_record& e : b.run.entries) {
        e.taken = b.at(41);
        e.finished = b.at(42);
    }
    b.run.ended = b.at(60);
    const auto broken = check(b, "owned");
    CHECK(broken.verdict == guarantee_verdict::broken);
    REQUIRE(broken.problem);
    CHECK(mentions(broken.problem->story, "no running runner owned its slice"));
    b.run.setting.deployment.takeover_s = 60;
    CHECK(check(b, "owned").verdict == guarantee_verdict::holds);
}
