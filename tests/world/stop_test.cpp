#include "support/temporary_directory.hpp"

#include <qslice/world/posix_world.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <csignal>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <poll.h>
#include <unistd.h>

using namespace qslice;

namespace {

bool readable(int descriptor) {
    pollfd one{descriptor, POLLIN, 0};
    return ::poll(&one, 1, 0) == 1;
}

posix_world* signalled = nullptr;

}  // namespace

TEST_CASE("a request to stop makes the stop descriptor of every copy readable") {
    posix_world world;
    const posix_world copy = world;
    CHECK_FALSE(readable(copy.stop_descriptor()));
    world.request_stop();
    world.request_stop();
    CHECK(readable(copy.stop_descriptor()));
    CHECK(copy.stop_requested());
}

TEST_CASE("a signal handler's request to stop ends a long sleep at once") {
    posix_world world;
    signalled = &world;
    const auto before = std::signal(SIGALRM, [](int) { signalled->request_stop(); });
    ::ualarm(100'000, 0);
    const auto begun = std::chrono::steady_clock::now();
    world.sleep_for(600);
    std::signal(SIGALRM, before);
    CHECK(world.stop_requested());
    CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(20));
}

TEST_CASE("a sleep that nobody ends takes its time") {
    posix_world world;
    const auto begun = std::chrono::steady_clock::now();
    world.sleep_for(0.25);
    CHECK(std::chrono::steady_clock::now() - begun >= std::chrono::milliseconds(249));
    world.sleep_for(-1);
}

TEST_CASE("a process that was forked may stop without ending the sleep of the other") {
    posix_world world;
    const pid_t child = ::fork();
    if (child == 0) {
        world.request_stop();
        ::_exit(world.stop_requested() ? 0 : 1);
    }
    const auto begun = std::chrono::steady_clock::now();
    world.sleep_for(0.5);
    CHECK(std::chrono::steady_clock::now() - begun >= std::chrono::milliseconds(499));
    CHECK_FALSE(world.stop_requested());
}

TEST_CASE("lines of many threads reach a world's log one after the other") {
    std::vector<std::string> lines;  // which no lock of its own protects
    {
        const posix_world world(
            [&](std::string_view, std::string_view line) { lines.emplace_back(line); });
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([copy = world]() mutable {
                for (int i = 0; i < 1000; ++i) copy.log("qrunner", "a line");
            });
        }
    }
    CHECK(lines == std::vector<std::string>(4000, "a line"));
}

TEST_CASE("a log sink that throws loses its line and nothing else") {
    posix_world world([](std::string_view, std::string_view line) {
        if (line == "1") throw std::runtime_error("disk full");
        throw 2;
    });
    CHECK_NOTHROW(world.log("error", "1"));
    CHECK_NOTHROW(world.log("error", "2"));
}
