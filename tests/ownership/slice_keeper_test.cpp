#include "ownership/keeper_site.hpp"

#include <qslice/ownership/lease_content.hpp>
#include <qslice/ownership/lease_files.hpp>
#include <qslice/ownership/lease_name.hpp>
#include <qslice/ownership/leased_world.hpp>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <optional>
#include <string>

using namespace qslice;
using test::keeper_site;

namespace {

bool mentions(const std::vector<std::string>& lines, std::string_view text) {
    return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
        return line.find(text) != std::string::npos;
    });
}

}  // namespace

TEST_CASE("the name of a lease is read back, and no other name is one") {
    CHECK(rc::check([] {
        lease_name l;
        l.of.epoch = *rc::gen::inRange<std::uint64_t>(0, 1U << 20);
        l.of.slices = *rc::gen::inRange<std::uint64_t>(1, 1U << 20);
        l.of.slice = *rc::gen::inRange<std::uint64_t>(0, l.of.slices);
        l.number = *rc::gen::inRange<std::uint64_t>(1, 1U << 20);
        l.given_back = *rc::gen::arbitrary<bool>();
        RC_ASSERT(parse_lease_name(to_string(l)) == l);
    }));
    for (const char* text : {"", "1.0-of-3", "1.3-of-3.1", "1.0-of-3.0", "1.0-of-3.1.want",
                             "claim.mx1", "1.0-of-3.1 ", "x.0-of-3.1"}) {
        CHECK_FALSE(parse_lease_name(text));
    }
}

TEST_CASE("what a lease says is read back, and half of it is not") {
    lease_content c;
    c.terms = {{3, 1400972196.25, "mx1/IncomingRunner", "took over from mx2, silent for 6 s"},
               {2, 1400972100, "mx2/IncomingRunner", "its own"}};
    const std::string text = to_text(c);
    CHECK(parse_lease(text) == c);
    for (std::size_t n = 0; n < text.size(); ++n) {
        const auto part = parse_lease(std::string_view(text).substr(0, n));
        CHECK((!part || *part == c || part->terms.size() == 1));
    }
}

TEST_CASE("a slice is taken by its own machine at once, and by no other") {
    keeper_site t(2);
    t.pass(1, {0, 1});
    CHECK(t.all[0].serves(0));
    CHECK(t.all[1].serves(1));
    t.pass(60, {0, 1});
    CHECK(t.all[0].host.running.size() == 1);
    CHECK(t.all[1].host.running.size() == 1);
    CHECK(test::names_in(t.leases()).size() == 4);
    CHECK(test::names_in(t.leases()).contains("1.0-of-2.1"));
    CHECK(test::names_in(t.leases()).contains("1.1-of-2.1"));
}

TEST_CASE("the slice of a machine that is gone has another owner within ten seconds") {
    keeper_site t(2);
    t.pass(20, {0, 1});
    double waited = 0;
    while (!t.all[1].serves(0) && waited < 30) {
        t.pass(0.25, {1});
        waited += 0.25;
    }
    CHECK(waited > lease_times{}.sure_s());
    CHECK(waited <= lease_times{}.takeover_s);
    CHECK(mentions(t.all[1].said(), "took over from mx1/IncomingRunner, silent for"));
    lease_files<test::test_world> files(t.all[1].world, t.queue(), "reader");
    const auto said = files.read({{1, 0, 2}, 2, false});
    REQUIRE(said);
    CHECK(said->owner() == "mx2/IncomingRunner");
    CHECK(said->terms.at(1).owner == "mx1/IncomingRunner");
}

TEST_CASE("the slices of one machine go to different others") {
    keeper_site t(6, 3);
    t.pass(20, {0, 1, 2});
    CHECK(t.all[0].host.running.size() == 2);
    t.pass(12, {1, 2});
    CHECK(t.all[1].serves(0) + t.all[1].serves(3) == 1);
    CHECK(t.all[2].serves(0) + t.all[2].serves(3) == 1);
}

TEST_CASE("an owner that was paused is refused every call, and gives up when it polls") {
    keeper_site t(2);
    t.pass(20, {0, 1});
    const auto fence = t.all[0].host.running.begin()->second.fence;
    leased_world<test::test_world> runner(t.all[0].world, fence);
    CHECK(runner.rename(t.queue() + "/a", t.queue() + "/b").error().code == error_code::not_found);
    t.pass(lease_times{}.sure_s() + 0.1, {1});
    CHECK(runner.stop_requested());
    const auto refused = runner.rename(t.queue() + "/a", t.queue() + "/b");
    CHECK(refused.error().to_string() ==
          t.queue() +
              ", slice 0 of 2: its lease has ended: another process may have the slice by now "
              "(timed out)");
    CHECK(runner.open(t.queue() + "/a", open_mode::read, {}).error().code == error_code::timed_out);
    t.pass(10, {1});
    CHECK(t.all[1].serves(0));
    t.pass(0.1, {0, 1});
    CHECK(t.all[0].host.running.empty());
    CHECK(mentions(t.all[0].said(), "lost: "));
}

TEST_CASE("a slice is given back when its own machine is there again, and not while it is away") {
    keeper_site t(2);
    t.pass(20, {0, 1});
    t.pass(12, {1});
    REQUIRE(t.all[1].serves(0));
    t.start(0);
    t.pass(6, {0, 1});
    CHECK(t.all[0].serves(0));
    CHECK_FALSE(t.all[1].serves(0));
    CHECK(mentions(t.all[1].said(), "given back, as its own owner is there again"));
    t.pass(60, {0, 1});
    CHECK(t.all[0].serves(0));
    CHECK(t.all[1].serves(1));
}

TEST_CASE("a machine that says that it wants its slice and dies at once does not get it") {
    keeper_site t(2);
    t.pass(20, {0, 1});
    t.pass(12, {1});
    t.start(0);
    t.all[0].keeper->poll(t.all[0].host);
    CHECK(test::names_in(t.leases()).contains("1.0-of-2.1.want.1"));
    t.pass(30, {1});
    CHECK(t.all[1].serves(0));
}

TEST_CASE("a process that crashed has its slice again as soon as it is restarted") {
    keeper_site t(2);
    t.pass(20, {0, 1});
    t.start(0);
    t.pass(0.5, {0, 1});
    CHECK(t.all[0].serves(0));
    CHECK(mentions(t.all[0].said(), "its own, from before a crash"));
}

TEST_CASE("a process that stops gives its slices back, after what it has in hand") {
    keeper_site t(2);
    t.pass(5, {0, 1});
    t.all[0].host.busy = true;
    CHECK_FALSE(t.all[0].keeper->stop(t.all[0].host));
    CHECK(test::names_in(t.leases()).contains("1.0-of-2.1"));
    t.all[0].host.busy = false;
    CHECK(t.all[0].keeper->stop(t.all[0].host));
    CHECK(test::names_in(t.leases()).contains("1.0-of-2.1.free"));
}

TEST_CASE("a slice that is given back is soon served by a machine that stands by") {
    keeper_site t(2);
    t.pass(20, {0, 1});
    CHECK(t.all[0].keeper->stop(t.all[0].host));
    double waited = 0;
    while (!t.all[1].serves(0) && waited < 10) {
        t.pass(0.25, {1});
        waited += 0.25;
    }
    CHECK(waited <= 0.25 * lease_times{}.takeover_s);
    CHECK(mentions(t.all[1].said(), "took over, as its owner does not take it"));
}

TEST_CASE("a changed number of slices is served when every overlapping old slice is let go") {
    keeper_site t(2);
    t.pass(5, {0, 1});
    t.all[0].host.busy = true;
    t.state(2, 3);
    t.pass(3, {0, 1});
    // Slice 0 of 2, in which something is in hand, overlaps slices 0 and 1 of 3.
    CHECK(t.all[0].host.running.size() == 1);
    CHECK(t.all[0].host.running.begin()->first == leased_slice{1, 0, 2});
    CHECK(t.all[1].host.running.empty());
    t.all[0].host.busy = false;
    t.pass(1.5, {0, 1});
    CHECK(t.all[0].serves(0));
    CHECK(t.all[0].serves(2));
    CHECK(t.all[1].serves(1));
    for (const auto& m : t.all) {
        for (const auto& [of, held] : m.host.running) CHECK(of.epoch == 2);
    }
}

TEST_CASE("a changed number of slices is served although an owner died with the old one") {
    keeper_site t(2);
    t.pass(5, {0, 1});
    t.state(2, 3);
    t.pass(lease_times{}.takeover_s, {1});
    CHECK(t.all[1].serves(1));
    t.pass(lease_times{}.takeover_s, {1});
    for (std::uint64_t k = 0; k < 3; ++k) CHECK(t.all[1].serves(k));
}

TEST_CASE("two changes of the number of slices in a row end with the second") {
    keeper_site t(2);
    t.pass(5, {0, 1});
    t.all[0].host.busy = true;
    t.state(2, 3);
    t.pass(2, {0, 1});
    t.state(3, 1);
    t.pass(2, {0, 1});
    CHECK(t.all[1].host.running.empty());
    t.all[0].host.busy = false;
    t.pass(2, {0, 1});
    CHECK(t.all[0].serves(0));
    CHECK(t.all[0].host.running.size() == 1);
    CHECK(t.all[0].host.running.begin()->first == leased_slice{3, 0, 1});
    CHECK(t.all[1].host.running.empty());
}

TEST_CASE("of an owner that renews late and one that takes over, at most one goes on") {
    for (int at = 0; at < 25; ++at) {
        CAPTURE(at);
        keeper_site t(2);
        t.pass(20, {0, 1});
        // The owner's renewal is held up at the n-th call until the other has taken over.
        t.all[0].world.control().now += 2;
        int calls = 0;
        t.all[0].world.control().fail = [&](std::string_view,
                                            const std::string&) -> std::optional<error_code> {
            if (++calls == at) {
                t.all[0].world.control().fail = nullptr;
                t.pass(9, {1});
            }
            return std::nullopt;
        };
        t.all[0].keeper->poll(t.all[0].host);
        t.all[0].world.control().fail = nullptr;
        CHECK_FALSE((t.all[0].serves(0) && t.all[1].serves(0)));
        t.pass(lease_times{}.takeover_s * 2, {0, 1});
        CHECK(t.all[0].serves(0));
        CHECK_FALSE(t.all[1].serves(0));
    }
}

TEST_CASE("of two that take over at once, one does, at every pair of moments") {
    for (int at = 1; at < 30; ++at) {
        CAPTURE(at);
        keeper_site t(1, 3);
        t.pass(20, {0, 1, 2});
        // mx3 is held up in the middle of its attempt, and mx2 makes its own meanwhile.
        t.pass(lease_times{}.silent_s() - 1, {2});
        int calls = 0;
        t.all[2].world.control().fail = [&](std::string_view call,
                                            const std::string& path) -> std::optional<error_code> {
            if (path.find("claim.mx3") == std::string::npos && call != "list") return std::nullopt;
            if (++calls == at) {
                t.all[2].world.control().fail = nullptr;
                t.pass(1.5, {1});
            }
            return std::nullopt;
        };
        t.pass(4, {2});
        t.all[2].world.control().fail = nullptr;
        t.pass(1, {1, 2});
        CHECK(t.all[1].serves(0) + t.all[2].serves(0) <= 1);
        t.pass(10, {1, 2});
        CHECK(t.all[1].serves(0) + t.all[2].serves(0) == 1);
    }
}

TEST_CASE("a runner that does nothing for very long loses its slice") {
    keeper_site t(2);
    t.pass(5, {0, 1});
    const auto fence = t.all[0].host.running.begin()->second.fence;
    t.all[0].host.busy = true;
    const double idle_s = lease_times{}.longest_work_s;
    for (double passed = 0; passed < idle_s - 30; passed += 5) {
        t.pass(5, {0, 1});
        t.all[1].host.running.begin()->second.fence->last_call_s = t.all[1].world.now().seconds;
    }
    CHECK(t.all[0].serves(0));
    t.pass(60, {0, 1});
    CHECK_FALSE(t.all[0].serves(0));
    CHECK(t.all[1].serves(0));
}

TEST_CASE("slices keep their owners while storage fails for less than a lease lasts") {
    keeper_site t(2);
    t.pass(5, {0, 1});
    t.all[0].world.control().fail = [](std::string_view, const std::string&) {
        return std::optional(error_code::io);
    };
    t.pass(1.5, {0, 1});
    t.all[0].world.control().fail = nullptr;
    t.pass(30, {0, 1});
    CHECK(t.all[0].serves(0));
    CHECK(test::names_in(t.leases()).contains("1.0-of-2.1"));
}

TEST_CASE("a machine without a deployment file owns nothing and says why, once") {
    keeper_site t(2);
    std::filesystem::remove(t.directory.path() + "/deployment.1");
    t.pass(10, {0, 1});
    CHECK(t.all[0].host.running.empty());
    const auto lines = t.all[0].world.lines("error");
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].find("expected a deployment file") != std::string::npos);
}

TEST_CASE("slices are served although a machine died and the number of slices changes every 3 s") {
    keeper_site t(3, 3);
    t.pass(10, {0, 1, 2});
    double served_s = 0;
    for (std::uint64_t epoch = 2; epoch < 12; ++epoch) {
        t.state(epoch, 2 + epoch % 3);
        for (int i = 0; i < 30; ++i) {
            t.pass(0.1, {1, 2});
            bool all = true;
            for (std::uint64_t k = 0; k < 2 + epoch % 3; ++k) {
                all = all && (t.all[1].serves(k) || t.all[2].serves(k));
            }
            if (all) served_s += 0.1;
        }
    }
    CHECK(served_s > 3);
}

TEST_CASE("who takes over gives way to an owner that has renewed its lease after all") {
    keeper_site t(1);
    t.pass(20, {0, 1});
    lease_files<test::test_world> files(t.all[1].world, t.queue(), "mx9/IncomingRunner");
    const seen_lease now = files.look()->highest.at({1, 0, 1});
    const lease_content content{{{2, 0, "mx9/IncomingRunner", "took over"}}};
    const auto late = files.take({now.name.of, 2, false}, content, {{now.name, now.beat - 1}});
    REQUIRE_FALSE(late);
    CHECK(late.error().code == error_code::exists);
    CHECK(files.look()->highest.at({1, 0, 1}) == now);
    CHECK(files.take({now.name.of, 2, false}, content, now));
}

TEST_CASE(
    "an owner gives up as soon as it sees that another has its slice, whatever its clock says") {
    keeper_site t(1);
    t.pass(20, {0, 1});
    lease_files<test::test_world> files(t.all[1].world, t.queue(), "mx9/IncomingRunner");
    seen_lease other{{{1, 0, 1}, 2, false}, 0};
    REQUIRE(files.take(other.name, {{{2, 0, "mx9/IncomingRunner", "took over"}}}, std::nullopt));
    for (; other.beat < 100; ++other.beat) REQUIRE(files.renew(other));
    CHECK(t.all[0].serves(0));
    t.pass(lease_times{}.look_s() + 0.1, {0});
    CHECK_FALSE(t.all[0].serves(0));
    CHECK(mentions(t.all[0].said(), "lost: another process has taken it"));
}
