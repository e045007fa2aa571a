#include "support/test_site.hpp"

#include <qslice/runner/runner_loop.hpp>
#include <qslice/spool/standard_spools.hpp>
#include <qslice/spool/watching_switchboard.hpp>

#include <catch2/catch.hpp>

#include <array>
#include <chrono>
#include <functional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <poll.h>

using namespace qslice;
using test::test_site;

namespace {

struct stepping_runner {
    static constexpr std::string_view class_name = "SteppingRunner";
    static constexpr std::string_view queue = "in";
    static constexpr std::array<std::string_view, 0> flows_to{};

    std::function<result<disposition>()> act = [] { return disposition::done; };
    std::function<void()> between = [] {};

    template <class Site>
    result<disposition> dispose(Site&, queued_message&) {
        return act();
    }
    template <class Site>
    void periodic(Site&) {
        between();
    }
};

struct patient_runner : stepping_runner {
    static constexpr double sleep_s = 600;
};

using stepping_loop = runner_loop<stepping_runner, test_site::site_type>;

void enqueue(test_site& t, int entries) {
    for (int i = 0; i < entries; ++i) {
        t.enqueue("in", "Subject: " + std::to_string(i) + "\n\n");
        t.world.control().now += 1;
    }
}

bool readable(int descriptor) {
    pollfd one{descriptor, POLLIN, 0};
    return ::poll(&one, 1, 0) == 1;
}

}  // namespace

TEST_CASE("a program with a loop of its own steps from entry to entry") {
    test_site t;
    enqueue(t, 3);
    stepping_loop loop(t.site, {});
    loop.recover();
    for (const std::size_t left : {2u, 1u, 0u}) {
        CHECK(loop.step());
        CHECK(t.names("in").size() == left);
    }
    CHECK_FALSE(loop.step());
    CHECK(loop.pause_s() == 0);  // entries may have come since the look that found these three
    CHECK_FALSE(loop.step());
    CHECK(loop.pause_s() == 1);
    enqueue(t, 1);
    CHECK(loop.step());
    CHECK(t.names("in").empty());
}

TEST_CASE("a call ends at its limit of entries or seconds") {
    test_site t;
    enqueue(t, 10);
    stepping_loop loop(t.site, {}, {[&] {
                           t.world.control().now += 2;
                           return disposition::done;
                       }});
    CHECK(loop.serve({.entries = 0}) == 0);
    CHECK(loop.serve({.entries = 4}) == 4);
    CHECK(loop.serve({.seconds = 3}) == 2);
    CHECK(loop.serve({.seconds = 0}) == 0);
    CHECK(loop.serve({}) == 4);
    CHECK(t.names("in").empty());
}

TEST_CASE("an entry that was taken when a stop was requested goes back with its name") {
    test_site t;
    const std::string base = t.enqueue("in");
    int handled = 0;
    stepping_loop loop(t.site, {}, {[&] {
                           ++handled;
                           return disposition::done;
                       }});
    t.world.control().fail = [&](std::string_view call, const std::string&) {
        if (call == "read") t.world.request_stop();
        return std::optional<error_code>();
    };
    loop.run();
    CHECK(handled == 0);
    CHECK(t.names("in") == std::set<std::string>{base + ".pck"});
}

TEST_CASE("recovering ends when a stop is requested, and the rest is left for the next start") {
    test_site t;
    enqueue(t, 3);
    auto queue = t.site.open_queue("in", {});
    const auto found = queue.files().value();
    for (std::size_t i = 0; i < 3; ++i) REQUIRE(queue.dequeue(found.base_name(i)));
    t.world.control().fail = [&](std::string_view call, const std::string&) {
        if (call == "read") t.world.request_stop();
        return std::optional<error_code>();
    };
    stepping_loop(t.site, {}).run();
    std::size_t in_hand = 0;
    for (const std::string& name : t.names("in")) in_hand += name.ends_with(".bak") ? 1 : 0;
    CHECK(in_hand == 2);
    CHECK(t.names("in").size() == 3);
}

TEST_CASE("an exception of any type shunts its message, and the runner goes on") {
    test_site t;
    enqueue(t, 2);
    stepping_loop loop(t.site, {}, {[]() -> result<disposition> { throw 7; }});
    CHECK(loop.one_pass() == 2);
    CHECK(t.names("in").empty());
    CHECK(t.names("shunt").size() == 2);
    CHECK(t.world.lines("error").front() ==
          "Uncaught runner exception: SteppingRunner: threw what is no std::exception (rejected)");
}

TEST_CASE(
    "an exception of a runner's work between entries is reported once, and the runner goes on") {
    test_site t;
    enqueue(t, 2);
    stepping_loop loop(t.site, {}, {.between = [] { throw std::runtime_error("no tape"); }});
    CHECK(loop.one_pass() == 2);
    CHECK(loop.one_pass() == 0);
    CHECK(t.world.lines("error") ==
          std::vector<std::string>{"SteppingRunner, periodic: no tape (rejected)"});
}

TEST_CASE("an exception that ends the process is passed on") {
    test_site t;
    enqueue(t, 1);
    struct killed : ends_process {};
    stepping_loop loop(t.site, {}, {[]() -> result<disposition> { throw killed{}; }});
    CHECK_THROWS_AS(loop.step(), killed);
}

TEST_CASE("a program polls a queue's descriptor, which an arriving entry makes readable") {
    using watched_site = test::basic_test_site<watching<mailman21_spool>>;
    watched_site t;
    runner_loop<stepping_runner, watched_site::site_type> loop(t.site, {});
    CHECK(loop.wake_descriptor() == -1);
    CHECK_FALSE(loop.step());
    REQUIRE(loop.wake_descriptor() >= 0);
    CHECK_FALSE(readable(loop.wake_descriptor()));
    t.enqueue("in");
    CHECK(readable(loop.wake_descriptor()));
    CHECK(loop.step());
    while (loop.step() || loop.pause_s() == 0) {
    }
    CHECK_FALSE(readable(loop.wake_descriptor()));
}

TEST_CASE("a runner that waits for entries is stopped at once") {
    using real_site = site<posix_world, watching<mailman21_spool>, test::recording_services>;
    const test::temporary_directory place;
    test::recording_services services;
    posix_world world([](std::string_view, std::string_view) {});
    real_site s(world, services, {place.path(), "mx1/test"});
    REQUIRE(s.make_directories(test::all_queues));
    const auto begun = std::chrono::steady_clock::now();
    std::jthread stopper([world]() mutable {
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        world.request_stop();
    });
    runner_loop<patient_runner, real_site>(s, {}).run();
    CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(20));
}
