#include "sim/check/conservation.hpp"

#include "check/record_builder.hpp"
#include "support/mentions.hpp"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <string>

using namespace qslice::sim;

namespace {

conservation_result check(const record_builder& b) { return check_conservation(run_index(b.run)); }

/// A post whose entry in out/ has this fate and that was never delivered.
record_builder stopped_in_out(entry_fate fate) {
    record_builder b;
    b.pass(1);
    const auto p = b.pass(2);
    b.run.deliveries.pop_back();
    entry_record& entry = b.run.entries[b.entry_of("out", p)];
    entry.fate = fate;
    entry.finished = never;
    return b;
}

}  // namespace

TEST_CASE("a run without posts conserves them all") {
    const conservation_result c = check_conservation(run_index(run_record{}));
    CHECK(c.balanced());
    CHECK(c.accepted == 0);
}

TEST_CASE("posts that were delivered and archived are completed") {
    record_builder b;
    for (int i = 0; i < 5; ++i) b.pass(i);
    const auto c = check(b);
    CHECK(c.accepted == 5);
    CHECK(c.completed == 5);
    CHECK(c.delivered == 5);
    CHECK(c.archived == 5);
    CHECK(c.recipients_reached == 15);
    CHECK(c.balanced());
    CHECK(c.problems.empty());
}

TEST_CASE("a post whose entry a crash undid is lost, and the explanation says where") {
    const auto c = check(stopped_in_out(entry_fate::lost));
    CHECK(c.lost == 1);
    CHECK(c.lost_deliveries == 1);
    CHECK(c.lost_archivings == 0);
    CHECK(c.completed == 1);
    CHECK(c.balanced());
    REQUIRE(c.problems.size() == 1);
    CHECK(c.problems[0].post == 1);
    CHECK(c.problems[0].what == problem_kind::lost);
    CHECK(mentions(c.problems[0].story, "Post 1 to dev from anne@example.com was accepted at 2"));
    CHECK(mentions(c.problems[0].story, "queued in out/, slice 0"));
    CHECK(mentions(c.problems[0].story, "a crash undid it"));
    CHECK(mentions(c.problems[0].story, "never delivered"));
}

TEST_CASE("a post whose entry its runner finished without a delivery is lost") {
    CHECK(check(stopped_in_out(entry_fate::finished)).lost == 1);
}

TEST_CASE("a post that still has an entry is where that entry is") {
    CHECK(check(stopped_in_out(entry_fate::waiting)).queued == 1);
    CHECK(check(stopped_in_out(entry_fate::in_hand)).queued == 1);
    CHECK(check(stopped_in_out(entry_fate::in_hand)).entries_in_hand == 1);
    CHECK(check(stopped_in_out(entry_fate::orphaned)).orphaned == 1);
    CHECK(check(stopped_in_out(entry_fate::orphaned)).problems.at(0).what ==
          problem_kind::orphaned);
    CHECK(check(stopped_in_out(entry_fate::preserved)).preserved == 1);
    record_builder shunted = stopped_in_out(entry_fate::finished);
    shunted.enqueue("shunt", 1, 3);
    CHECK(check(shunted).shunted == 1);
    CHECK(check(shunted).lost == 0);
    CHECK(check(shunted).balanced());
}

TEST_CASE("an entry in archive/ does not count as a delivery, nor one in out/ as an archiving") {
    record_builder delivery = stopped_in_out(entry_fate::finished);
    delivery.run.entries[delivery.entry_of("archive", 1)].fate = entry_fate::waiting;
    CHECK(check(delivery).lost_deliveries == 1);

    record_builder archiving;
    const auto p = archiving.pass(1);
    archiving.run.archivings.clear();
    archiving.run.entries[archiving.entry_of("out", p)].fate = entry_fate::waiting;
    CHECK(check(archiving).lost_archivings == 1);
    CHECK(check(archiving).problems.at(0).what == problem_kind::not_archived);
    archiving.run.posts[p].wants_archive = false;
    CHECK(check(archiving).completed == 1);
}

TEST_CASE("a moderator's decision ends a post's processing") {
    record_builder b;
    b.take(b.enqueue("in", b.post(1), 1), 2);
    b.take(b.enqueue("in", b.post(2), 2), 3);
    b.run.posts[0].held = true;
    b.run.posts[1].discarded = true;
    const auto c = check(b);
    CHECK(c.held == 1);
    CHECK(c.discarded == 1);
    CHECK(c.lost == 0);
    CHECK(c.balanced());
}

TEST_CASE("a held post whose entry in held/ a crash undid is lost") {
    record_builder b;
    b.run.queues.push_back("held");
    b.run.queue_slices.push_back(0);
    b.take(b.enqueue("in", b.post(1), 1), 2);
    b.run.posts[0].held = true;
    b.enqueue("held", 0, 2);
    CHECK(check(b).held == 1);
    b.run.entries.back().fate = entry_fate::lost;
    CHECK(check(b).held == 0);
    CHECK(check(b).lost == 1);
    CHECK(check(b).balanced());
}

TEST_CASE("a post that the mail server could not queue is not accepted and not lost") {
    record_builder b;
    b.run.posts[b.post(1)].accepted = never;
    const auto c = check(b);
    CHECK(c.arrived == 1);
    CHECK(c.accepted == 0);
    CHECK(c.lost == 0);
}

TEST_CASE("recipients reached again and posts archived again are counted") {
    record_builder b;
    const auto p = b.pass(1);
    b.deliver(p, 5);
    b.archive(p, 5);
    b.archive(p, 6);
    const auto c = check(b);
    CHECK(c.duplicate_deliveries == 3);
    CHECK(c.duplicate_archivings == 2);
    CHECK(c.posts_duplicated == 1);
    CHECK(c.completed == 1);
    CHECK(c.problems.at(0).what == problem_kind::delivered_twice);
}

TEST_CASE("recipients reached at the second attempt are counted once") {
    record_builder b;
    const auto p = b.pass(1);
    b.run.deliveries[0].recipients = 1;
    CHECK(check(b).lost == 1);
    b.enqueue("retry", p, 2);
    CHECK(check(b).queued == 1);
    b.take(1 + b.entry_of("out", p), 3);
    b.deliver(p, 4, 0, 2);
    CHECK(check(b).completed == 1);
    CHECK(check(b).duplicate_deliveries == 0);
}

TEST_CASE("an entry of bounces/ settles those recipients that were noted by it, and no others") {
    record_builder b;
    const auto p = b.pass(1);
    b.run.deliveries[0].recipients = 1;
    const auto bounce = b.enqueue("bounces", p, 2);
    CHECK(check(b).queued == 1);
    b.take(bounce, 3);
    CHECK(check(b).lost == 1);
    b.run.posts[p].bounced = 1;
    CHECK(check(b).lost == 1);
    b.run.posts[p].bounced = 2;
    CHECK(check(b).completed == 1);
}

TEST_CASE(
    "where recipients are only counted, an entry of bounces/ stands for all that are missing") {
    record_builder b;
    b.run.real = true;
    const auto p = b.pass(1);
    b.run.deliveries[0].recipients = 2;
    b.take(b.enqueue("bounces", p, 2), 3);
    CHECK(check(b).completed == 1);
}

TEST_CASE("an entry that is left is none for those recipients that it does not name") {
    record_builder b;
    const auto p = b.pass(1);
    b.run.deliveries[0].recipients = 1;
    b.enqueue("retry", p, 2);
    CHECK(check(b).queued == 1);
    b.run.posts[p].unaccounted = 1;
    CHECK(check(b).lost == 1);
    CHECK(check(b).queued == 0);
}

TEST_CASE("a digest is delivered once each of its recipients has it") {
    record_builder b;
    b.run.posts[b.pass(1)].digested = 1;
    b.run.digest_mbox.emplace();
    b.run.digests.push_back({0, b.at(5), {0}});
    b.run.digests[0].recipients = 10;
    b.run.deliveries.push_back({none, 0, b.runner("out", 0), b.at(6), 7});
    auto c = check(b);
    CHECK(c.digests_delivered == 0);
    CHECK(c.digests_lost == 1);
    CHECK(c.digested_lost == 0);
    CHECK(mentions(c.problems.at(0).story, "It reached 7 of its 10 recipients."));

    SECTION("an entry for the rest keeps it") {
        b.run.entries[b.enqueue("retry", none, 7)].digest = 0;
        CHECK(check(b).digests_queued == 1);
        CHECK(check(b).digests_lost == 0);
        b.run.digests[0].unaccounted = 1;
        CHECK(check(b).digests_lost == 1);
    }
    SECTION("recipients that take no mail are not missing") {
        b.run.digests[0].bounced = 3;
        CHECK(check(b).digests_delivered == 1);
        CHECK(check(b).digests_lost == 0);
    }
    SECTION("recipients that it reached again are no others") {
        b.run.deliveries.push_back({none, 0, b.runner("out", 0), b.at(8), 3, 3});
        c = check(b);
        CHECK(c.digests_delivered == 0);
        CHECK(c.digests_duplicated == 1);
        CHECK(c.digest_recipients_again == 3);
        CHECK(c.posts_duplicated == 0);
        CHECK(mentions(c.problems.at(0).story, "Therefore it reached 3 recipients again."));
    }
}

TEST_CASE("the story of a damaged entry says that bytes of it are gone") {
    record_builder b;
    b.enqueue("in", b.post(1), 1);
    b.run.entries[0].fate = entry_fate::lost;
    b.run.entries[0].damaged = true;
    CHECK(mentions(check(b).problems.at(0).story, "a power loss took bytes of its file"));
}

TEST_CASE("a repeated delivery does not hide that other recipients were never reached") {
    record_builder b;
    const auto p = b.pass(1);
    b.run.deliveries[0].recipients = 2;
    b.run.posts[p].bounced = 0;
    b.deliver(p, 2, 0, 2);
    b.run.deliveries[1].again = 2;
    auto c = check(b);
    CHECK(c.lost == 1);
    CHECK(c.duplicate_deliveries == 2);
    CHECK(c.posts_duplicated == 1);
    b.run.deliveries[1].again = 1;
    CHECK(check(b).completed == 1);
    CHECK(check(b).duplicate_deliveries == 1);
}

TEST_CASE("each post collected for a digest is in a digest or in digest.mbox") {
    record_builder b;
    for (int i = 0; i < 3; ++i) b.run.posts[b.pass(i)].digested = 1;
    b.run.digests.push_back({0, b.at(5), {0}});
    b.run.digest_mbox = {{1}};
    auto c = check(b);
    CHECK(c.digested == 3);
    CHECK(c.in_digests == 1);
    CHECK(c.in_digest_mbox == 1);
    CHECK(c.digested_lost == 1);
    CHECK(c.problems.at(0).what == problem_kind::lost_from_digest);
    CHECK(c.problems.at(0).post == 2);

    SECTION("a digest without an entry or a delivery is lost") {
        CHECK(c.digests_lost == 1);
        CHECK(c.problems.at(1).digest == 0);
        b.run.deliveries.push_back({none, 0, b.runner("out", 0), b.at(6), 10});
        CHECK(check(b).digests_lost == 0);
        CHECK(check(b).digests_delivered == 1);
    }
    SECTION("a post in two digests is there twice") {
        b.run.digests.push_back({0, b.at(7), {0, 2}});
        for (const std::uint32_t digest : {0U, 1U}) {
            b.run.deliveries.push_back({none, digest, b.runner("out", 0), b.at(8), 10});
        }
        CHECK(check(b).digested_twice == 1);
        CHECK(check(b).digested_lost == 0);
    }
    SECTION("where nobody looked into digest.mbox, what is in no digest is taken to be there") {
        b.run.digest_mbox.reset();
        CHECK(check(b).digested_lost == 0);
        CHECK(check(b).in_digest_mbox == 2);
    }
}

TEST_CASE("a digest that a crash undid is not a loss while its posts are kept elsewhere") {
    record_builder b;
    for (int i = 0; i < 2; ++i) b.run.posts[b.pass(i)].digested = 1;
    b.run.digests.push_back({0, b.at(5), {0, 1}});
    b.run.digest_mbox = {{0, 1}};
    CHECK(check(b).digests_lost == 0);
    CHECK(check(b).in_digest_mbox == 2);
    CHECK(check(b).digested_twice == 0);

    b.run.digest_mbox = {{1}};
    CHECK(check(b).digests_lost == 1);

    b.run.digests.push_back({0, b.at(6), {0}});
    b.run.deliveries.push_back({none, 1, b.runner("out", 0), b.at(7), 10});
    CHECK(check(b).digests_lost == 0);
    CHECK(check(b).in_digests == 1);
    CHECK(check(b).in_digest_mbox == 1);
    CHECK(check(b).digested_lost == 0);
}

TEST_CASE("each accepted post is counted once, whatever happened") {
    CHECK(rc::check([] {
        record_builder b;
        const auto posts = *rc::gen::inRange(0, 8);
        for (int i = 0; i < posts; ++i) {
            const auto p = b.pass(i);
            post_record& post = b.run.posts[p];
            post.held = *rc::gen::inRange(0, 5) == 0;
            post.discarded = *rc::gen::inRange(0, 5) == 0;
            post.wants_archive = *rc::gen::inRange(0, 5) != 0;
            if (*rc::gen::inRange(0, 3) == 0) b.run.deliveries.pop_back();
            if (*rc::gen::inRange(0, 3) == 0) b.run.archivings.pop_back();
            if (*rc::gen::inRange(0, 9) == 0) post.accepted = never;
            if (*rc::gen::inRange(0, 5) == 0) b.deliver(p, i + 5);
        }
        for (entry_record& entry : b.run.entries) {
            entry.fate =
                *rc::gen::element(entry_fate::waiting, entry_fate::orphaned, entry_fate::in_hand,
                                  entry_fate::finished, entry_fate::finished, entry_fate::preserved,
                                  entry_fate::lost);
        }
        const auto c = check(b);
        RC_ASSERT(c.balanced());
        RC_ASSERT(c.arrived == b.run.posts.size());
        RC_ASSERT(c.accepted <= c.arrived);
        RC_ASSERT(c.lost <= c.lost_deliveries + c.lost_archivings);
        RC_ASSERT((c.lost == 0) == (c.lost_deliveries + c.lost_archivings == 0));
    }));
}

TEST_CASE("problems are counted by kind, and the first ones of each kind have their story") {
    record_builder b;
    for (int i = 0; i < 30; ++i) b.deliver(b.pass(1 + i), 50 + i);
    b.archive(0, 90);
    for (int i = 0; i < 3; ++i) {
        b.enqueue("in", b.post(200 + i), 200 + i);
        b.run.entries.back().fate = entry_fate::lost;
    }
    const auto c = check(b);
    CHECK(c.posts_duplicated == 30);
    const auto count = [&](problem_kind kind) {
        return c.problem_counts[static_cast<std::size_t>(kind)];
    };
    CHECK(count(problem_kind::delivered_twice) == 30);
    CHECK(count(problem_kind::lost) == 3);
    CHECK(count(problem_kind::orphaned) == 0);
    CHECK(c.problems.size() == 20 + 3);
    CHECK(mentions(c.problems[0].story,
                   "Therefore it was delivered to its 3 recipients 6 times in all, 3 of them again "
                   "and was archived 2 "
                   "times."));
    CHECK(mentions(
        c.problems[1].story,
        "Therefore it was delivered to its 3 recipients 6 times in all, 3 of them again."));
}

TEST_CASE("a post for nobody is done once its last queue has let it go, and not before") {
    record_builder b;
    const auto p = b.post(1);
    b.run.posts[p].recipients = 0;
    b.run.posts[p].wants_archive = false;
    const auto in = b.enqueue("in", p, 1);
    CHECK(check(b).queued == 1);
    b.run.entries[in].fate = entry_fate::lost;
    CHECK(check(b).lost == 1);
    b.run.entries[in].fate = entry_fate::finished;
    const auto out = b.enqueue("out", p, 2);
    CHECK(check(b).queued == 1);
    b.run.entries[out].fate = entry_fate::orphaned;
    CHECK(check(b).orphaned == 1);
    b.run.entries[out].fate = entry_fate::finished;
    CHECK(check(b).completed == 1);
}
