#include "support/temporary_directory.hpp"
#include "support/test_world.hpp"

#include <qslice/runner/list_lock.hpp>

#include <catch2/catch.hpp>

#include <chrono>
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
    [[nodiscard]] std::string path() const { return directory.path() + "/users.lock"; }
};

}  // namespace

TEST_CASE("a lock is a file with its owner's name while it is held") {
    locks l;
    {
        auto lock = l.acquire("mx1/a");
        REQUIRE(lock);
        CHECK(test::read_file(l.path()) == "mx1/a\n");
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
    CHECK(test::read_file(l.path()) == "mx1/a\n");
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
    CHECK(l.world.control().slept == Approx(2.0));
}

TEST_CASE("a restarted process takes over the lock that it left") {
    locks l;
    test::write_file(l.path(), "mx1/a\n");
    CHECK(l.acquire("mx1/a"));
    CHECK(l.world.control().slept == 0);
}

TEST_CASE("a lock older than its lifetime is broken") {
    locks l;
    test::write_file(l.path(), "mx1/a\n");
    l.world.control().now += 5 * 3600 + 1;
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
