#include "sim/check/fifo.hpp"

#include "check/record_builder.hpp"
#include "sim/check/check_run.hpp"
#include "sim/check/overtaking.hpp"
#include "support/mentions.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

using namespace qslice::sim;

namespace {

fifo_result find(const record_builder& b, std::string_view stage, std::string_view scope) {
    for (const auto& f : check_fifo(run_index(b.run))) {
        if (f.stage == stage && to_string(f.scope) == scope) return f;
    }
    FAIL("no such stage and scope");
    return {};
}

overtaking at_delivery(const record_builder& b) {
    const auto f = find(b, "delivery", "global");
    REQUIRE(f.earliest);
    return *f.earliest;
}

overtaking in_queue(const record_builder& b, std::string_view queue = "in") {
    const auto f = find(b, queue, "queue");
    REQUIRE(f.earliest);
    return *f.earliest;
}

/// Two entries of in/, of which the second is taken first.
record_builder two_in(double second_enqueued, double second_stamp, double first_stamp = 10) {
    record_builder b;
    b.take(b.enqueue("in", b.post(10), 10, 0, first_stamp), 30);
    b.take(b.enqueue("in", b.post(second_enqueued), second_enqueued, 0, second_stamp), 20);
    return b;
}

}  // namespace

TEST_CASE("posts that went one after another are in order in every scope") {
    record_builder b;
    for (int i = 0; i < 6; ++i) b.pass(i, static_cast<std::uint32_t>(i % 3));
    for (const auto& f : check_fifo(run_index(b.run))) {
        INFO(f.stage << " " << to_string(f.scope));
        CHECK(f.inversions == 0);
        CHECK_FALSE(f.earliest);
    }
    CHECK(find(b, "delivery", "global").items == 6);
    CHECK(find(b, "delivery", "global").pairs == 15);
    CHECK(find(b, "out", "slice").groups == 3);
    CHECK(find(b, "out", "slice").pairs == 3);
}

TEST_CASE("a post that another slice delivers sooner overtakes, in the scopes that both share") {
    record_builder b;
    record_builder::way slow{1, 5, 9, 0, 0, 0, 0, 0};
    record_builder::way fast{2, 3, 4, 1, 1, 0, 1, 0};
    b.pass(slow);
    b.pass(fast);
    for (const char* scope : {"global", "list"}) {
        const auto f = find(b, "delivery", scope);
        CHECK(f.inversions == 1);
        CHECK(f.overtaken == 1);
        CHECK(f.overtaken_share == 0.5);
        CHECK(f.most_places == 1);
        CHECK(f.most_seconds == Approx(1));
    }
    CHECK(find(b, "delivery", "sender").inversions == 0);
    CHECK(find(b, "delivery", "sender").groups == 2);
    CHECK(find(b, "delivery", "thread").inversions == 0);
    CHECK(find(b, "in", "queue").inversions == 1);
    CHECK(find(b, "in", "slice").inversions == 0);
    CHECK(find(b, "archiving", "list").inversions == 1);

    const overtaking o = at_delivery(b);
    CHECK(o.earlier == 0);
    CHECK(o.later == 1);
    CHECK(o.queue == "in");
    CHECK(o.cause == overtaking_cause::other_slice);
    CHECK(mentions(o.story, "Post 0 to dev from anne@example.com was accepted at 1.000000 s"));
    CHECK(mentions(o.story, "Runner-out:1:3 on m2"));
    CHECK(mentions(o.story, "slice 0 (Runner-in:0:3 on m1)"));
}

TEST_CASE("an effect that a site calls delivery is not taken for the delivery") {
    record_builder b;
    b.pass({1, 5, 9, 0, 0, 0, 0, 0});
    b.pass({2, 3, 4, 1, 1, 0, 1, 0});
    b.run.own_effects.push_back({"delivery", {}});
    const overtaking o = at_delivery(b);
    CHECK(o.queue == "in");
    CHECK(mentions(o.story, "But the other was delivered first, at"));
    const run_results r = check_run(b.run);
    CHECK(std::count_if(r.measures.begin(), r.measures.end(),
                        [](const measure& m) { return m.name == "fifo.global.inversions"; }) == 1);
}

TEST_CASE("a thread is one order across lists and senders") {
    record_builder b;
    const auto root = b.run.stream.arrivals[b.pass(1)].message_id;
    b.deliver(b.post(2, 1, 1, root), 9);
    b.deliver(b.post(3, 1, 0, root), 8);
    b.deliver(b.post(4, 1, 0), 5);
    const auto f = find(b, "delivery", "thread");
    CHECK(f.groups == 2);
    CHECK(f.inversions == 1);
    CHECK(find(b, "delivery", "list").inversions == 3);
}

TEST_CASE("posts that were never delivered are not overtaken") {
    record_builder b;
    b.post(1);
    b.pass(2);
    CHECK(find(b, "delivery", "global").items == 1);
    CHECK(find(b, "delivery", "global").inversions == 0);
    record_builder none_at_all;
    CHECK(std::isnan(find(none_at_all, "delivery", "global").overtaken_share));
}

TEST_CASE("the cause is equal times if both stamps are the same") {
    const auto o = in_queue(two_in(11, 10));
    CHECK(o.cause == overtaking_cause::equal_times);
    CHECK(mentions(o.story, "the time stamp 1400000010.0"));
}

TEST_CASE("the cause is the bump if a third entry has the first one's stamp") {
    record_builder b = two_in(10.00005, 10.00005);
    CHECK(in_queue(b).cause == overtaking_cause::snapshot);
    b.take(b.enqueue("in", b.post(9), 9, 0, 10), 19);
    CHECK(in_queue(b).cause == overtaking_cause::bump);
    b.run.policy.bump_s = 0;
    CHECK(in_queue(b).cause == overtaking_cause::snapshot);
}

TEST_CASE("the cause is a clock that is behind if different machines wrote the stamps") {
    record_builder b = two_in(11, 8);
    b.run.entries[1].enqueued_by = b.runner("in", 1);
    const auto o = in_queue(b);
    CHECK(o.cause == overtaking_cause::clock_skew);
    CHECK(mentions(o.story, "m2 wrote the other with a clock that was behind that of m1"));
}

TEST_CASE("the cause is the time of a write if one machine wrote both stamps") {
    CHECK(in_queue(two_in(11, 9.9)).cause == overtaking_cause::write_time);
}

TEST_CASE("the cause is an older stamp if Mailman 2.1 keeps the received time") {
    record_builder b;
    b.take(b.enqueue("out", b.post(5), 10, 0, 5), 30);
    b.take(b.enqueue("out", b.post(4), 11, 0, 4), 20);
    CHECK(in_queue(b, "out").cause == overtaking_cause::older_stamp);
    b.run.policy.first_stamps = false;
    CHECK(in_queue(b, "out").cause == overtaking_cause::write_time);
}

TEST_CASE("the cause is another machine if two serve one slice") {
    record_builder b = two_in(11, 11);
    b.run.entries[1].taken_by = b.add_runner(0, 0, "m2");
    CHECK(in_queue(b).cause == overtaking_cause::other_machine);
}

TEST_CASE("the cause is what delayed the first post after it was taken") {
    record_builder b;
    record_builder::way first{1, 2, 9, 0, 0, 0, 0, 0};
    record_builder::way second{3, 4, 5, 0, 0, 0, 0, 0};
    const auto p = b.pass(first);
    b.pass(second);
    entry_record& out = b.run.entries[b.entry_of("out", p)];
    SECTION("a recovery") {
        out.taken = b.at(2.5);
        out.times_taken = 2;
        CHECK(at_delivery(b).cause == overtaking_cause::recovery);
        CHECK(at_delivery(b).queue == "out");
    }
    SECTION("retry") {
        out.taken = b.at(2.5);
        b.take(b.enqueue("retry", p, 3), 6);
        CHECK(at_delivery(b).cause == overtaking_cause::retry);
    }
    SECTION("the mail server that did not answer") {
        out.taken = b.at(2.5);
        b.take(b.enqueue("out", p, 3), 9);
        CHECK(at_delivery(b).cause == overtaking_cause::keep_queued);
    }
    SECTION("a locked list") {
        out.enqueued = b.at(7);
        b.take(b.enqueue("in", p, 2), 7);
        CHECK(at_delivery(b).cause == overtaking_cause::keep_queued);
        CHECK(at_delivery(b).queue == "in");
    }
    SECTION("a shunt") {
        out.enqueued = b.at(7);
        b.take(b.enqueue("shunt", p, 2), 6);
        CHECK(at_delivery(b).cause == overtaking_cause::shunted);
    }
    SECTION("its own slice of out/") {
        out.slice = 1;
        CHECK(at_delivery(b).cause == overtaking_cause::other_slice);
        CHECK(at_delivery(b).queue == "out");
    }
}

TEST_CASE("a record without entries gives an order without a cause") {
    record_builder b;
    b.deliver(b.post(1), 5);
    b.deliver(b.post(2), 4);
    const auto o = at_delivery(b);
    CHECK(o.cause == overtaking_cause::unknown);
    CHECK(mentions(o.story, "The record does not show where that happened."));
}

TEST_CASE("the chart of the order has the ranks in and out, thinned evenly") {
    record_builder b;
    for (int i = 0; i < 10; ++i) b.deliver(b.post(i), 30 - i);
    const auto all = order_picture(run_index(b.run));
    REQUIRE(all.size() == 10);
    CHECK(all[0].rank_in == 0);
    CHECK(all[0].rank_out == 9);
    CHECK(all[0].overtaken);
    CHECK_FALSE(all[9].overtaken);
    const auto some = order_picture(run_index(b.run), 5);
    REQUIRE(some.size() == 5);
    CHECK(some[2].rank_in == 4);
}
