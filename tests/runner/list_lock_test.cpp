#include "support/temporary_directory.hpp"
#include "support/test_site.hpp"
#include "support/test_world.hpp"

#include <qslice/runner/left_claims.hpp>
#include <qslice/runner/list_lock.hpp>
#include <qslice/runner/list_work.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <vector>

using namespace qslice;
using test::test_world;
using lock_type = list_lock<test_world>;

namespace {

struct locks {
    test::temporary_directory directory;
    test_world world;

    locks() {
        world.control().stop_at_sleep = 1000;
        // Files get their times from the real clock.
        const auto real = posix_world().now().seconds;
        world.control().now = real;
    }

    auto acquire(std::string_view identity, lock_times times = {}) {
        return lock_type::acquire(world, directory.path(), "users", identity, times);
    }

    /// Leaves the lock and its claim behind, as a process that dies does.
    void die_with_lock(std::string_view identity) {
        auto lock = acquire(identity);
        REQUIRE(lock);
        world.control().fail = [](std::string_view call, const std::string&) {
            return call == "remove" ? std::optional(error_code::io) : std::nullopt;
        };
        lock->release();
        world.control().fail = nullptr;
    }

    [[nodiscard]] std::string path() const { return directory.path() + "/users.lock"; }
};

}  // namespace

TEST_CASE("a lock is a file with its owner's name while it is held") {
    locks l;
    {
        auto lock = l.acquire("mx1/a");
        REQUIRE(lock);
        CHECK(test::read_file(l.path()).starts_with("mx1/a "));
        // The claim stays, as Mailman's programs expect, and the file's time is the expiry.
        const auto there = l.world.information(l.path()).value();
        CHECK(there.links == 2);
        CHECK(std::abs(there.modified_s - (l.world.control().now + 5 * 3600 + 10)) < 0.1);
    }
    CHECK(test::names_in(l.directory.path()).empty());
    auto lock = l.acquire("mx1/a");
    REQUIRE(lock);
    lock->release();
    CHECK(test::names_in(l.directory.path()).empty());
}

TEST_CASE("a process waits for a held lock for Mailman's ten seconds") {
    locks l;
    auto held = l.acquire("mx1/a");
    REQUIRE(held);
    const auto refused = l.acquire("mx2/b");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == error_code::timed_out);
    CHECK(l.world.control().slept == Approx(10.0));
    CHECK(test::read_file(l.path()).starts_with("mx1/a "));
}

TEST_CASE("Mailman's programs wait from 0.01 to 2.01 s for a lock, at random, 1 s on average") {
    locks l;
    auto held = l.acquire("mx1/a");
    REQUIRE(held);
    std::vector<double> first;
    for (const char* identity : {"mx2/b", "mx3/c"}) {
        l.world.control().sleeps.clear();
        const double began = l.world.control().now;
        CHECK(l.acquire(identity, mailman_lock_times).error().code == error_code::timed_out);
        CHECK(l.world.control().now - began >= 10);
        CHECK(l.world.control().now - began < 12.01);
        for (const double s : l.world.control().sleeps) CHECK((s >= 0.01 && s < 2.01));
        first.push_back(l.world.control().sleeps.front());
    }
    CHECK(first[0] != first[1]);

    lock_times patient = mailman_lock_times;
    patient.wait_s = 2000;
    l.world.control().sleeps.clear();
    l.world.control().stop_at_sleep = 100'000;
    CHECK_FALSE(l.acquire("mx2/b", patient));
    const auto& sleeps = l.world.control().sleeps;
    const double mean =
        std::accumulate(sleeps.begin(), sleeps.end(), 0.0) / static_cast<double>(sleeps.size());
    CHECK(mean == Approx(1.01).margin(0.05));
}

TEST_CASE("a waiting process gets the lock when it is released") {
    locks l;
    auto held = l.acquire("mx1/a");
    REQUIRE(held);
    l.world.control().fail = [&](std::string_view call, const std::string&) {
        if (call == "open" && l.world.control().slept >= 2) held->release();
        return std::optional<error_code>();
    };
    CHECK(l.acquire("mx2/b"));
    CHECK(l.world.control().slept == Approx(2.25));
}

TEST_CASE("a restarted process takes over the lock that it left") {
    locks l;
    test::write_file(l.path(), "mx1/a\n");
    CHECK(l.acquire("mx1/a"));
    CHECK(l.world.control().slept == 0);
}

TEST_CASE("a lock older than its lifetime is broken") {
    locks l;
    l.die_with_lock("mx1/a");
    CHECK(l.acquire("mx2/b").error().code == error_code::timed_out);
    l.world.control().now += 5 * 3600 + 21;
    CHECK(l.acquire("mx2/b"));
}

TEST_CASE("a lock whose content was lost in a power loss is broken at once") {
    for (const std::string& left : {std::string(), std::string("mx2"), std::string(6, '\0')}) {
        locks l;
        test::write_file(l.path(), left);
        CHECK(l.acquire("mx1/a"));
        CHECK(l.world.control().slept == 0);
    }
}

TEST_CASE("an owner that is late leaves the next owner's lock alone") {
    locks l;
    auto late = l.acquire("mx1/a");
    REQUIRE(late);
    l.world.control().now += 5 * 3600 + 30;
    auto next = l.acquire("mx2/b");
    REQUIRE(next);
    late->release();
    CHECK(test::read_file(l.path()).starts_with("mx2/b "));
    CHECK(l.acquire("mx3/c").error().code == error_code::timed_out);
    next->release();
    CHECK(test::names_in(l.directory.path()).empty());
}

TEST_CASE("a lock whose removal fails is removed as soon as storage works again") {
    locks l;
    auto lock = l.acquire("mx1/a");
    REQUIRE(lock);
    l.world.control().fail = [&](std::string_view call, const std::string&) {
        return call == "remove" && l.world.control().slept < 3 ? std::optional(error_code::io)
                                                               : std::nullopt;
    };
    lock->release();
    CHECK(l.world.control().slept == Approx(3));
    CHECK(test::names_in(l.directory.path()).empty());
}

TEST_CASE("an owner that is late and alone removes its lock") {
    locks l;
    auto late = l.acquire("mx1/a");
    REQUIRE(late);
    l.world.control().now += 4 * 3600;
    late->release();
    CHECK(test::names_in(l.directory.path()).empty());
}

TEST_CASE("a lock of an earlier version is broken after its lifetime and not before") {
    locks l;
    test::write_file(l.path(), "mx1/a\n");
    CHECK(l.acquire("mx2/b").error().code == error_code::timed_out);
    l.world.control().now += 5 * 3600 + 1;
    CHECK(l.acquire("mx2/b"));
}

TEST_CASE("a claim that a crash left linked to the lock is not written over") {
    locks l;
    l.die_with_lock("mx1/a");
    REQUIRE(test::names_in(l.directory.path()).size() == 2);
    const std::string before = test::read_file(l.path());
    l.world.control().now += 1;
    // Until the lock is taken anew it stays whole.
    l.world.control().fail = [&](std::string_view call, const std::string& path) {
        if (call == "link" && path.find(".end.") == std::string::npos &&
            std::filesystem::exists(l.path())) {
            CHECK(test::read_file(l.path()) == before);
        }
        return std::optional<error_code>();
    };
    CHECK(l.acquire("mx1/a"));
    CHECK(test::names_in(l.directory.path()).empty());
}

TEST_CASE(
    "what a process leaves that dies while it ends a lock does not stop the others for good") {
    locks l;
    const std::string dead = "mx9/dead 0123 " + to_repr({l.world.control().now - 100}) + "\n";
    test::write_file(l.path(), dead);
    // It died right after it had linked its claim, with time left or with none.
    const bool expired = GENERATE(true, false);
    const double until = l.world.control().now + (expired ? -100 : 1000);
    test::write_file(l.path() + ".end.0123", "mx8/ender 77 " + to_repr({until}) + "\n");
    CHECK(l.acquire("mx2/b").has_value() == expired);
    if (expired) return;
    CHECK(l.acquire("mx8/ender"));  // itself, restarted
    CHECK(l.acquire("mx2/b"));
    CHECK(test::names_in(l.directory.path()).empty());
}

TEST_CASE("a clock that is set does not change how long a process waits") {
    locks l;
    auto held = l.acquire("mx1/a");
    REQUIRE(held);
    const auto real = posix_world().steady_s();
    posix_world w;
    lock_times soon;
    soon.wait_s = 0.05;
    soon.between_attempts_s = 0.01;
    CHECK(list_lock<posix_world>::acquire(w, l.directory.path(), "users", "mx2/b", soon)
              .error()
              .code == error_code::timed_out);
    CHECK(posix_world().steady_s() - real >= 0.05);
}

TEST_CASE("a process waits for Mailman's lock until it expires") {
    locks l;
    test::write_file(l.path(), l.path() + ".mx1.11520.0");
    const auto ends = std::filesystem::last_write_time(l.path()) + std::chrono::hours(5);
    std::filesystem::last_write_time(l.path(), ends);
    CHECK(l.acquire("mx2/b").error().code == error_code::timed_out);
    CHECK(test::read_file(l.path()) == l.path() + ".mx1.11520.0");
    l.world.control().now += 5 * 3600;
    CHECK(l.acquire("mx2/b"));
}

TEST_CASE(
    "a crash at any call while a lock is taken leaves no lock that the restarted process waits "
    "for") {
    for (const char* call : {"open", "write", "close", "link", "remove"}) {
        locks l;
        l.world.control().fail = [&](std::string_view made, const std::string&) {
            return made == call ? std::optional(error_code::io) : std::nullopt;
        };
        {
            auto lock = l.acquire("mx1/a");
            if (lock) (void)lock->release();
        }
        l.world.control().fail = nullptr;
        INFO(call);
        l.world.control().slept = 0;
        CHECK(l.acquire("mx1/a"));
        CHECK(l.world.control().slept == 0);
    }
}

TEST_CASE("a missing lock directory is an error that names it") {
    locks l;
    std::filesystem::remove_all(l.directory.path());
    const auto lock = l.acquire("mx1/a");
    REQUIRE_FALSE(lock);
    CHECK(lock.error().code == error_code::not_found);
    CHECK(lock.error().where.starts_with(l.path()));
}

TEST_CASE("a process that is asked to stop stops waiting") {
    locks l;
    auto held = l.acquire("mx1/a");
    REQUIRE(held);
    l.world.control().stop_at_sleep = 1;
    CHECK(l.acquire("mx2/b").error().code == error_code::timed_out);
    CHECK(l.world.control().slept < 1);
}

TEST_CASE("a process clears the claims that an earlier one with its identity left") {
    locks l;
    const auto file = [&](const std::string& name) { return l.directory.path() + "/" + name; };
    l.die_with_lock("mx1/a");  // of users, which the next process may never want
    test::write_file(file("staff.lock.mx1@a"), "mx1/a 1 5\n");
    test::write_file(file("staff.lock.mx2@a"), "mx2/a 1 5\n");
    const double now = l.world.control().now;
    const auto mark = [&](const char* name, const char* identity, double expires) {
        test::write_file(file(name), std::string(identity) + " 2 " + to_repr({expires}) + "\n");
    };
    mark("staff.lock.end.1", "mx1/a", now - 2 * 86400);
    mark("staff.lock.end.2", "mx1/a", now - 3600);
    mark("staff.lock.end.3", "mx2/a", now - 2 * 86400);
    CHECK(clear_left_claims(l.world, l.directory.path(), "mx1/a").value() == 3);
    CHECK(test::names_in(l.directory.path()) ==
          std::set<std::string>{"staff.lock.mx2@a", "staff.lock.end.2", "staff.lock.end.3"});
    CHECK(l.acquire("mx2/b", {.wait_s = 0}));
}

TEST_CASE("a lock that expired within the clocks' slop is not broken yet") {
    locks l;
    l.die_with_lock("mx1/a");
    const double expired = l.world.information(l.path())->modified_s;
    l.world.control().now = expired + 5;
    const auto refused = l.acquire("mx2/b", {.wait_s = 0});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == error_code::timed_out);
    l.world.control().now = expired + 11;
    CHECK(l.acquire("mx2/b", {.wait_s = 0}));
}

TEST_CASE("the list's lock is held while the work under it is done, and released behind it") {
    test::test_site t;
    queued_message message{"Subject: x\n\ny\n", t.for_users()};
    const std::string lock = t.site.lock_directory() + "/users.lock";
    bool was_held = false;
    const auto done = with_locked_list(t.site, message, [&](const mailing_list&) {
        was_held = test::read_file(lock).starts_with("mx1/test ");
        return result<disposition>(disposition::done);
    });
    CHECK(done);
    CHECK(was_held);
    CHECK(test::names_in(t.site.lock_directory()).empty());
}
