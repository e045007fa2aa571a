// The spool over storage that is full, fails or is forbidden: an entry is enqueued, or the
// caller is told that it is not.
#include "spool_in_simulation.hpp"

#include <qslice/codec/entry_format.hpp>

#include <catch2/catch.hpp>

#include <algorithm>

using namespace qslice;
using namespace qslice::sim;
using namespace std::chrono_literals;

namespace {

// Everything that was reported as enqueued is handled once the fault is over, and nothing else
// except what was tried.
void check_accounts(const told& t) {
    for (const std::string& text : t.enqueued) CHECK(t.seen.contains(text));
    for (const auto& [text, times] : t.seen) CHECK(t.tried.contains(text));
}

std::string numbered_text(int i) { return "Subject: " + std::to_string(i) + "\n\nBody.\n"; }

}  // namespace

TEST_CASE("a full disk rejects entries, keeps those it has, and later has room again") {
    simulated_site s;
    make_queues(s.host);
    s.disk.set_capacity(2000);
    told t;
    s.host.run("p", [&](sim_world w) {
        simulated_queue queue = open_queue(std::move(w));
        for (int i = 0; i < 50; ++i) enqueue_text(queue, t, numbered_text(i));
        CHECK(t.enqueued.size() > 2);
        CHECK(t.enqueued.size() < 50);
        CHECK(t.enqueued.size() + t.problems.size() == 50);
        for (const error& e : t.problems) CHECK(e.code == error_code::no_space);
        for (const auto& [path, content] : s.disk.content()) CHECK_FALSE(path.ends_with(".tmp"));
        handle_all(queue, t);
        check_accounts(t);
        const std::size_t before = t.enqueued.size();
        enqueue_text(queue, t, numbered_text(100));
        CHECK(t.enqueued.size() == before + 1);
    });
    s.e.run();
    CHECK(t.seen.size() == t.finished.size());
}

TEST_CASE("a write that does not fit is truncated, as on a real disk") {
    simulated_site s;
    s.disk.set_capacity(5);
    s.host.run("p", [&](sim_world w) {
        auto f = w.open("f", open_mode::truncate, entry_permissions);
        CHECK(w.write(*f, "abc"));
        const auto refused = w.write(*f, "defg");
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == error_code::no_space);
        CHECK(s.disk.content().at("f") == "abcde");
        CHECK(s.disk.used_bytes() == 5);
        CHECK(w.remove("f"));
        CHECK(s.disk.used_bytes() == 5);
        CHECK(w.close(*f));
        CHECK(s.disk.used_bytes() == 0);
    });
    s.e.run();
}

TEST_CASE("each kind of fault fails the calls concerned, only below its directory") {
    const auto codes = [](error_code fault) {
        simulated_site s;
        make_queues(s.host);
        std::string told;
        s.host.run("p", [&](sim_world w) {
            auto reading = w.open("qfiles/in/f", open_mode::truncate, entry_permissions);
            auto f = w.open("qfiles/in/f", open_mode::append, entry_permissions);
            s.disk.fail_under("qfiles/in", fault);
            const auto note = [&](const auto& r) {
                told += r ? '+' : r.error().code == fault ? '!' : '?';
            };
            note(w.open("qfiles/in/f", open_mode::read, entry_permissions));
            note(w.open("qfiles/in/g", open_mode::truncate, entry_permissions));
            note(w.write(*f, "x"));
            note(w.sync(*f));
            note(w.information("qfiles/in/f"));
            note(w.list("qfiles/in", [](std::string_view) {}));
            note(w.rename("qfiles/in/f", "qfiles/in/h"));
            note(w.rename("qfiles/in/f", "qfiles/bad/f"));
            s.disk.stop_failing("qfiles/in");
            (void)w.rename("qfiles/bad/f", "qfiles/in/f");
            s.disk.fail_under("qfiles/in", fault);
            note(w.remove("qfiles/in/f"));
            note(w.make_directory("qfiles/in/d", directory_permissions));
            note(w.sync_directory("qfiles/in"));
            note(w.close(*f));
            told += ' ';
            note(w.information("qfiles"));
            note(w.open("qfiles/bad/f", open_mode::truncate, entry_permissions));
        });
        s.e.run();
        return told;
    };
    CHECK(codes(error_code::io) == "!!!!!!!!!!!! ++");
    CHECK(codes(error_code::denied) == "!!++!!!!!!!+ ++");
    CHECK(codes(error_code::no_space) == "+!!+++!++!++ ++");
}

TEST_CASE("the spool under a fault that comes and goes at any call loses nothing") {
    for (const auto fault : {error_code::io, error_code::denied, error_code::no_space}) {
        for (std::uint64_t from = 1; from <= 22; ++from) {
            for (const std::uint64_t length : {1U, 2U, 5U}) {
                simulated_site s;
                make_queues(s.host);
                s.observer.before = [&](const world_call& c) {
                    if (c.process_name == "first" && c.count == from) {
                        s.disk.fail_under("qfiles/in", fault);
                    }
                    if (c.process_name == "first" && c.count == from + length) {
                        s.disk.stop_failing("qfiles/in");
                    }
                    return injected_fault{};
                };
                told t;
                s.host.run("first", [&](sim_world w) {
                    simulated_queue queue = open_queue(std::move(w));
                    work(queue, t);
                });
                s.e.run();
                s.disk.stop_failing("qfiles/in");
                const std::size_t reported = t.problems.size();
                s.host.run("second", [&](sim_world w) {
                    simulated_queue queue = open_queue(std::move(w));
                    handle_all(queue, t);
                });
                s.e.run();
                INFO("fault " << to_string(fault) << " from call " << from << " for " << length);
                check_accounts(t);
                if (t.enqueued.size() < 2) CHECK(reported > 0);
            }
        }
    }
}

TEST_CASE("single calls that fail at random lose nothing") {
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        simulated_site s;
        make_queues(s.host);
        random_stream draw(seed, "faults");
        s.observer.before = [&](const world_call& c) {
            return c.process_name == "first" && draw.uniform() < 0.1
                       ? injected_fault{injected_fault::kind::fail, error_code::io}
                       : injected_fault{};
        };
        told t;
        s.host.run("first", [&](sim_world w) {
            simulated_queue queue = open_queue(std::move(w));
            for (int i = 0; i < 5; ++i) enqueue_text(queue, t, numbered_text(i));
            handle_all(queue, t);
        });
        s.e.run();
        CHECK(t.enqueued.size() <= t.tried.size());
        s.host.run("second", [&](sim_world w) {
            simulated_queue queue = open_queue(std::move(w));
            handle_all(queue, t);
        });
        s.e.run();
        INFO("seed " << seed);
        check_accounts(t);
    }
}
