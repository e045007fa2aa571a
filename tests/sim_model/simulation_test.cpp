#include "sim_model/small_site.hpp"

#include <qslice/core/hash_value.hpp>

#include <set>
#include <string>
#include <vector>

using namespace qslice::sim::test;
using namespace qslice::sim;

TEST_CASE("without faults every post is archived and delivered exactly once") {
    const run_record r = played(small_site(), steady_stream(60));
    CHECK(all_are(times(r, r.deliveries), 1));
    CHECK(all_are(times(r, r.archivings), 1));
    CHECK(with_fate(r, entry_fate::finished) == r.entries.size());
    for (const post_record& p : r.posts) {
        CHECK(p.accepted != never);
        CHECK(p.attempts == 1);
        CHECK(p.digested == 1);
    }
}

TEST_CASE("a post goes through in/, archive/ and out/, with a different hash in each") {
    const run_record r = played(small_site(), steady_stream(1));
    REQUIRE(r.entries.size() == 3);
    CHECK(r.queues[r.entries[0].queue] == "in");
    CHECK(r.queues[r.entries[1].queue] == "archive");
    CHECK(r.queues[r.entries[2].queue] == "out");
    CHECK(r.entries[0].name.hash != r.entries[2].name.hash);
    // Mailman 2.1 keeps the time at which the message first came.
    CHECK(r.entries[0].name.time.seconds == r.entries[2].name.time.seconds);
    for (const entry_record& e : r.entries) {
        CHECK(e.post == 0);
        CHECK(e.slice == e.name.hash.scaled(3, 0));
        REQUIRE(e.taken_by != none);
        CHECK(r.processes[e.taken_by].slice == e.slice);
        CHECK(r.processes[e.taken_by].machine == "machine" + std::to_string(e.slice + 1));
        CHECK(e.enqueued <= e.taken);
        CHECK(e.taken < e.finished);
    }
}

TEST_CASE("one machine delivers a post to all its recipients") {
    const run_record r = played(small_site(), steady_stream(7));
    for (const effect_record& e : r.deliveries) CHECK(e.recipients == (e.post == none ? 1 : 3));
}

TEST_CASE("the same seed gives the same run, a different seed a different one") {
    scenario s = small_site();
    const auto fingerprint = [&] {
        const run_record r = played(s, steady_stream(40));
        std::string text;
        for (const entry_record& e : r.entries) {
            text += qslice::to_base_name(e.name) +
                    std::to_string(e.finished.time_since_epoch().count());
        }
        return text;
    };
    const std::string first = fingerprint();
    CHECK(fingerprint() == first);
    s.seed = 2;
    CHECK(fingerprint() != first);
}

TEST_CASE("posts that a list holds or discards go no further, and both can be seen") {
    scenario s = small_site();
    list_choice cats = s.list_defaults;
    cats.name = "cats";
    cats.hold_all = true;
    list_choice dogs = s.list_defaults;
    dogs.name = "dogs";
    dogs.discarded_share = 1;
    s.lists = {cats, dogs};
    const run_record r = played(s, steady_stream(6));
    for (std::size_t p = 0; p < 6; ++p) {
        CHECK(r.posts[p].held == (p % 2 == 0));
        CHECK(r.posts[p].discarded == (p % 2 == 1));
    }
    CHECK(r.deliveries.empty());
}

TEST_CASE("digests reach out/ through virgin/ once they reach their threshold") {
    scenario s = small_site();
    s.list_defaults.digest_threshold_kib = 5;  // two or three of these posts
    const run_record r = played(s, steady_stream(20));
    REQUIRE(r.digests.size() >= 6);
    std::size_t delivered = 0;
    for (const effect_record& e : r.deliveries) {
        if (e.digest != none) ++delivered;
    }
    CHECK(delivered == r.digests.size());
    std::vector<int> in_digests(r.posts.size(), 0);
    for (const digest_record& d : r.digests) {
        for (const std::uint32_t post : d.posts) ++in_digests[post];
    }
    CHECK(*std::max_element(in_digests.begin(), in_digests.end()) == 1);
    REQUIRE(r.digest_mbox);
    for (const std::uint32_t post : *r.digest_mbox) ++in_digests[post];
    CHECK(all_are(in_digests, 1));
}

TEST_CASE("the daily job sends digests that have not reached their threshold") {
    scenario s = small_site();
    s.list_defaults.digest_threshold_kib = 0;
    s.digests.period_s = 15;
    const run_record r = played(s, steady_stream(20));
    CHECK(r.digests.size() == 2);
    CHECK(r.digests[0].posts.size() >= 6);
}

TEST_CASE("recipients that fail temporarily are retried, those that fail permanently are noted") {
    scenario s = small_site();
    s.services.fails_for_now = 0.3;
    s.services.fails_for_good = 0.1;
    s.drain_s = 4 * 3600;
    const run_record r = played(s, steady_stream(30));
    const auto of_queue = [&](std::string_view queue) {
        return std::count_if(r.entries.begin(), r.entries.end(),
                             [&](const entry_record& e) { return r.queues[e.queue] == queue; });
    };
    CHECK(of_queue("retry") > 5);
    CHECK(of_queue("bounces") > 2);
    CHECK(with_fate(r, entry_fate::finished) == r.entries.size());
    CHECK(none_is(times(r, r.deliveries), 0));
}

TEST_CASE("an attempt that reaches nobody is no delivery") {
    scenario s = small_site(1);
    s.services.fails_for_now = 1;
    s.drain_s = 60;
    const run_record r = played(s, steady_stream(3));
    CHECK(r.deliveries.empty());
}

TEST_CASE("each recipient of a post or digest is accounted for by one outcome") {
    scenario s = small_site(1);
    s.services.fails_for_now = 0.3;
    s.services.fails_for_good = 0.3;
    s.list_defaults.digest_threshold_kib = 5;
    s.list_defaults.digest_members = 4;
    s.drain_s = 60;  // so that what failed for now still waits in retry/
    const auto waits = [](const run_record& r, std::uint32_t post, std::uint32_t digest) {
        return std::any_of(r.entries.begin(), r.entries.end(), [&](const entry_record& e) {
            return e.post == post && e.digest == digest && r.queues[e.queue] == "retry" &&
                   e.fate == entry_fate::waiting;
        });
    };
    for (const bool drained : {false, true}) {
        if (drained) s.drain_s = 6 * 3600;
        const run_record r = played(s, steady_stream(12));
        std::vector<std::uint32_t> posts(r.posts.size(), 0);
        std::vector<std::uint32_t> digests(r.digests.size(), 0);
        for (const effect_record& e : r.deliveries) {
            (e.post == none ? digests.at(e.digest) : posts.at(e.post)) += e.recipients;
        }
        REQUIRE(!digests.empty());
        for (std::uint32_t p = 0; p < posts.size(); ++p) {
            CHECK(r.posts[p].unaccounted == 0);
            const bool all = posts[p] + r.posts[p].bounced == r.posts[p].recipients;
            CHECK((all || (!drained && waits(r, p, none))));
        }
        for (std::uint32_t d = 0; d < digests.size(); ++d) {
            CHECK(r.digests[d].unaccounted == 0);
            CHECK(r.digests[d].recipients == s.list_defaults.digest_members);
            const bool all = digests[d] + r.digests[d].bounced == r.digests[d].recipients;
            CHECK((all || (!drained && waits(r, none, d))));
        }
    }
}

TEST_CASE("a slice that nobody runs leaves its entries behind as orphans") {
    scenario s = small_site();
    auto& runners = s.machines[2].runners;
    std::erase_if(runners, [](const runner_choice& c) { return c.runner == "OutgoingRunner"; });
    const run_record r = played(s, steady_stream(60));
    const std::size_t orphans = with_fate(r, entry_fate::orphaned);
    CHECK(orphans > 5);
    const auto delivered = times(r, r.deliveries);
    for (const entry_record& e : r.entries) {
        if (e.fate != entry_fate::orphaned) continue;
        CHECK(r.queues[e.queue] == "out");
        CHECK(e.slice == 2);
        if (e.post != none) CHECK(delivered[e.post] == 0);
    }
}

TEST_CASE("two machines on one slice race for entries and lose none") {
    scenario s = small_site();
    for (machine_choice& m : s.machines) {
        for (runner_choice& c : m.runners) c = {c.runner, 0, 1};
    }
    const run_record r = played(s, steady_stream(60, 0.05));
    CHECK(none_is(times(r, r.deliveries), 0));
    CHECK(with_fate(r, entry_fate::finished) == r.entries.size());
}

TEST_CASE("two machines on one slice put delivered messages into bad/ as Mailman's runners do") {
    scenario s = small_site();
    s.policy.untaken = qslice::untaken_entry::preserve;
    for (machine_choice& m : s.machines) {
        for (runner_choice& c : m.runners) c = {c.runner, 0, 1};
    }
    const run_record r = played(s, steady_stream(60, 0.05));
    CHECK(with_fate(r, entry_fate::preserved) > 0);
    CHECK(with_fate(r, entry_fate::finished) + with_fate(r, entry_fate::preserved) ==
          r.entries.size());
}

TEST_CASE("Mailman's way of waiting for list locks delays posts and loses none") {
    scenario s = small_site();
    const run_record mailmans = played(s, steady_stream(60, 0.05));
    s.policy.list_locks = "qslice";
    const run_record ours = played(s, steady_stream(60, 0.05));
    CHECK(with_fate(mailmans, entry_fate::finished) == mailmans.entries.size());
    CHECK(mailmans.deliveries.back().time > ours.deliveries.back().time);
}

TEST_CASE("affinity to a list keeps its posts in one slice of each queue") {
    scenario s = small_site();
    s.policy.hash = "list_affinity";
    const run_record r = played(s, steady_stream(30));
    std::vector<std::uint32_t> slice_of_list(2, none);
    for (const entry_record& e : r.entries) {
        if (e.post == none) continue;
        auto& slice = slice_of_list[r.stream.arrivals[e.post].list];
        if (slice == none) slice = e.slice;
        CHECK(e.slice == slice);
    }
}

TEST_CASE("the hash policies of Mailman 2.1 and 3 differ in any format, by the list's name or id") {
    scenario s = small_site(2);
    const auto hashes = [&](const char* policy) {
        s.policy.hash = policy;
        std::vector<std::string> all;
        for (const entry_record& e : played(s, steady_stream(6)).entries) {
            all.push_back(to_base_name(e.name));
        }
        return all;
    };
    CHECK(hashes("mailman21").front() != hashes("mailman3").front());
    CHECK(hashes("mailman21_second").front() != hashes("mailman3_second").front());
}

TEST_CASE("posts to a site of Mailman 3 pass through in/, pipeline/, archive/ and out/") {
    scenario s = small_site(2);
    s.policy = {"mailman3", "mailman3", "mailman3", "strict", qslice::durability::file};
    use_mailman3(s);
    const run_record r = played(s, steady_stream(20));
    CHECK(all_are(times(r, r.deliveries), 1));
    CHECK(all_are(times(r, r.archivings), 1));
    CHECK(r.entries[0].name.time.seconds < r.entries[2].name.time.seconds);
    std::vector<std::string> passed;
    for (const entry_record& e : r.entries) {
        if (e.post == 0) passed.push_back(r.queues[e.queue]);
    }
    CHECK(passed == std::vector<std::string>{"in", "pipeline", "archive", "out"});
}

TEST_CASE("a site of Mailman 3 sends digests through digest/ and virgin/") {
    scenario s = small_site(2);
    use_mailman3(s);
    s.digests.period_s = 15;
    const run_record r = played(s, steady_stream(40));
    std::set<std::string> queues;
    for (const entry_record& e : r.entries) {
        if (e.post == none) queues.insert(r.queues[e.queue]);
    }
    CHECK(queues == std::set<std::string>{"digest", "virgin", "out"});
    CHECK(r.digests.size() >= 2);
    std::size_t in_digests = 0;
    for (const digest_record& d : r.digests) in_digests += d.posts.size();
    REQUIRE(r.digest_mbox);
    CHECK(in_digests + r.digest_mbox->size() == 40);
}

TEST_CASE("recipients that Mailman 3 notes as bouncing are accounted for") {
    scenario s = small_site(2);
    use_mailman3(s);
    s.services.fails_for_good = 0.5;
    const run_record r = played(s, steady_stream(20));
    std::uint32_t reached = 0;
    std::uint32_t bounced = 0;
    for (const effect_record& e : r.deliveries) {
        if (e.post != none) reached += e.recipients;
    }
    for (const post_record& p : r.posts) bounced += p.bounced;
    CHECK(bounced > 0);
    CHECK(reached + bounced == 20 * 3);
}

TEST_CASE("a scenario that cannot be simulated is an error that says what is wrong") {
    const auto why = [](const scenario& s) {
        const auto record = simulate(s, steady_stream(1));
        REQUIRE_FALSE(record);
        return record.error().to_string();
    };
    scenario s = small_site();
    s.machines[1].runners[0] = {"IncommingRunner", 0, 3};
    CHECK_THAT(why(s), Catch::Contains("machine2: no runner 'IncommingRunner'") &&
                           Catch::Contains("IncomingRunner"));
    s = small_site();
    s.machines[1].runners[0] = {"IncomingRunner", 3, 3};
    CHECK_THAT(why(s), Catch::Contains("machine2, IncomingRunner:3:3") &&
                           Catch::Contains("slice less than 3"));
    s = small_site();
    s.policy.partition = "weighted:3,2";
    CHECK_THAT(why(s), Catch::Contains("IncomingRunner:0:3"));
    s = small_site();
    s.policy.partition = "equals";
    CHECK_THAT(why(s), Catch::Contains("expected a partition"));
    s = small_site();
    s.policy.hash = "md5";
    CHECK_THAT(why(s), Catch::Contains("expected a hash policy"));
    s = small_site();
    s.policy.order = "random";
    CHECK_THAT(why(s), Catch::Contains("policy.order"));
    s = small_site();
    s.machines.clear();
    CHECK_THAT(why(s), Catch::Contains("at least one machine"));
}
