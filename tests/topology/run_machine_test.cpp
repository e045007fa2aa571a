#include "support/notified_socket.hpp"
#include "support/temporary_directory.hpp"

#include <qslice/codec/plain_format.hpp>
#include <qslice/hash/hash_policy.hpp>
#include <qslice/hash/metadata_key.hpp>
#include <qslice/partition/equal_ranges.hpp>
#include <qslice/queue/work_queue.hpp>
#include <qslice/runner/site.hpp>
#include <qslice/topology/run.hpp>
#include <qslice/topology/topology.hpp>
#include <qslice/world/posix_world.hpp>

#include <catch2/catch.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

using namespace qslice;
using test::notified_socket;

namespace {

/// What the runners of a test do.
struct orders {
    std::function<void(const std::string&)> work = [](const std::string&) {};
    std::function<void(std::string_view)> log = [](std::string_view) {};
};

template <char Name>
struct ordered_runner {
    static constexpr double sleep_s = 0.05;
    static constexpr std::array<char, 7> letters{Name, 'R', 'u', 'n', 'n', 'e', 'r'};
    static constexpr std::string_view class_name{letters.data(), letters.size()};
    static constexpr std::string_view queue = class_name;
    static constexpr std::array<std::string_view, 0> flows_to{};

    template <class Site>
    result<disposition> dispose(Site& s, plain_item& item) {
        s.services().work(item.text);
        return disposition::done;
    }
};

/// A world whose listing of AQueue can fail as no storage does.
class breaking_world : public posix_world {
public:
    using posix_world::posix_world;
    std::function<void()> breaks = [] {};

    template <class Visit>
    result<void> list(const std::string& path, Visit&& visit) {
        breaks();
        return posix_world::list(path, visit);
    }
};

using two_runners =
    topology<keyed_spool<>, runners<sliced<ordered_runner<'A'>, 2>, sliced<ordered_runner<'B'>, 1>>,
             machines<machine_runs<"mx1", everything>>>;

using ordered_site = site<breaking_world, keyed_spool<>, orders>;

struct machine {
    test::temporary_directory place;
    orders told;
    std::vector<std::string> lines;
    breaking_world world{[this](std::string_view, std::string_view line) {
        lines.emplace_back(line);
        told.log(line);
    }};

    machine() { REQUIRE(make({"test"}).make_directories(two_runners::queues)); }
    ordered_site make(const runner_slice& process) {
        return ordered_site(world, told, {place.path(), to_string(process)});
    }
    result<void> run(const service_manager& manager = {}) {
        return qslice::run_machine<two_runners>(
            "mx1", [this](const runner_slice& process) { return make(process); }, manager);
    }
    [[nodiscard]] bool logged(std::string_view text) const {
        return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
            return line.find(text) != std::string::npos;
        });
    }
};

}  // namespace

TEST_CASE("if the making of a site throws, no runner starts and the error names the site") {
    machine m;
    int made = 0;
    const auto run = [&](auto problem) {
        made = 0;
        return run_machine<two_runners>("mx1", [&](const runner_slice& process) {
            if (++made == 3) throw problem;
            return m.make(process);
        });
    };
    CHECK(run(std::runtime_error("no licence")).error().to_string() ==
          "the site of BRunner:0:1: no licence (rejected)");
    CHECK(run(7).error().to_string() ==
          "the site of BRunner:0:1: threw what is no std::exception (rejected)");
    CHECK(m.lines.empty());
}

TEST_CASE("a runner that fails is named, and the machine's other runners stop") {
    machine m;
    std::atomic<int> looks = 0;
    m.world.breaks = [&] {
        if (++looks == 5) throw std::bad_alloc();
    };
    const auto ran = m.run();
    REQUIRE_FALSE(ran);
    CHECK(ran.error().where.find("Runner:") == 1);
    CHECK(ran.error().what == "std::bad_alloc");
    CHECK(m.logged("std::bad_alloc (rejected); the machine's other runners are asked to stop"));
    CHECK(m.world.stop_requested());
}

TEST_CASE("a service manager is told that a machine is ready, alive and stopping") {
    machine m;
    notified_socket socket("@qslice-run-" + std::to_string(::getpid()));
    REQUIRE(socket.bound());
    std::jthread stopper([&] {
        std::vector<std::string> told;
        while (told.empty() || told.back() != "WATCHDOG=1") told.push_back(socket.next(20'000));
        CHECK(std::find(told.begin(), told.end(), "READY=1") != told.end());
        m.world.request_stop();
    });
    CHECK(m.run({socket.name(), 0.2}));
    stopper.join();
    const auto last = socket.received();
    CHECK(std::find(last.begin(), last.end(), "STOPPING=1") != last.end());
}

TEST_CASE("a machine with a runner that hangs gives no more signs of life") {
    machine m;
    notified_socket socket("@qslice-hang-" + std::to_string(::getpid()));
    REQUIRE(socket.bound());
    std::atomic<bool> hangs = false;
    std::atomic<bool> goes_on = false;
    m.told.work = [&](const std::string&) {
        hangs = true;
        while (!goes_on) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    };
    std::jthread observer([&] {
        while (socket.next(20'000) != "READY=1") {
        }
        REQUIRE(m.make({"test"}).enqueue("BRunner", "work", {}));
        while (!hangs) std::this_thread::sleep_for(std::chrono::milliseconds(10));
        std::this_thread::sleep_for(std::chrono::milliseconds(1500));
        socket.received();
        CHECK(socket.next(1500).empty());
        goes_on = true;
        CHECK(socket.next(20'000) == "WATCHDOG=1");
        m.world.request_stop();
    });
    CHECK(m.run({socket.name(), 1}));
}

TEST_CASE("a machine whose service manager cannot be told of it stops and says so") {
    machine m;
    CHECK(m.run({"/nowhere/notify", 0}).error().to_string() ==
          "/nowhere/notify: sendto: No such file or directory (not found)");
}
