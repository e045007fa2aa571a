#include "ownership/keeper_site.hpp"

#include <qslice/ownership/leased_world.hpp>
#include <qslice/runner/list_lock.hpp>
#include <qslice/runner/site.hpp>
#include <qslice/spool/standard_spools.hpp>

#include <catch2/catch.hpp>

#include <filesystem>
#include <string>

using namespace qslice;
using test::keeper_site;

namespace {

using runner_world = leased_world<test::test_world>;

/// The world of the runner of a machine's first slice.
runner_world world_of(const keeper_site::keeper_machine& m) {
    return {m.world, m.host.running.begin()->second.fence};
}

}  // namespace

TEST_CASE("a runner's identity has its lease") {
    keeper_site t(1);
    t.pass(1, {0, 1});
    site<runner_world, mailman21_spool> s(world_of(t.all[0]),
                                          {t.directory.path(), "mx1/IncomingRunner:0:1"});
    CHECK(s.settings().identity == "mx1/IncomingRunner:0:1@in/1.0-of-1.1");
}

TEST_CASE("a list that a dead owner had locked is free as soon as its slice is taken over") {
    keeper_site t(1);
    t.pass(1, {0, 1});
    const std::string locks = t.directory.path() + "/locks";
    std::filesystem::create_directories(locks);
    {
        runner_world dead = world_of(t.all[0]);
        auto lock = list_lock<runner_world>::acquire(
            dead, locks, "users", "mx1/IncomingRunner:0:1" + dead.identity_mark());
        REQUIRE(lock);
        // It dies here: nothing that it does reaches the storage any more.
        t.pass(lease_times{}.takeover_s, {1});
    }
    REQUIRE(t.all[1].serves(0));
    CHECK(test::names_in(locks).contains("users.lock"));
    runner_world next = world_of(t.all[1]);
    auto lock = list_lock<runner_world>::acquire(
        next, locks, "users", "mx2/IncomingRunner:0:1" + next.identity_mark(), {.wait_s = 0});
    CHECK(lock);
}

TEST_CASE("a list that an owner has locked stays locked while it has its slice") {
    keeper_site t(2);
    t.pass(1, {0, 1});
    const std::string locks = t.directory.path() + "/locks";
    std::filesystem::create_directories(locks);
    runner_world owner = world_of(t.all[0]);
    auto lock = list_lock<runner_world>::acquire(owner, locks, "users",
                                                 "mx1/IncomingRunner:0:2" + owner.identity_mark());
    REQUIRE(lock);
    t.pass(30, {0, 1});
    runner_world other = world_of(t.all[1]);
    const auto refused = list_lock<runner_world>::acquire(
        other, locks, "users", "mx2/IncomingRunner:1:2" + other.identity_mark(), {.wait_s = 0});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == error_code::timed_out);
}

TEST_CASE("an identity without a lease, or with half of one, says nothing about leases") {
    keeper_site t(1);
    t.pass(1, {0, 1});
    runner_world w = world_of(t.all[0]);
    for (const char* identity :
         {"", "mx1/IncomingRunner:0:1", "mx1/x@in", "@", "@in/", "mx1@host/IncomingRunner:0:3",
          "mx1/x@in/1.0-of-1", "mx1/x@in/1.0-of-1.1"}) {
        CHECK_FALSE(w.has_lost_lease(identity));
    }
    CHECK(w.has_lost_lease("mx1/x@in/1.0-of-1.9"));
}
