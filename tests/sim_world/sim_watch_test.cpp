// What a simulated process hears of the names that appear in directories, and what a switchboard
// that watches its queue makes of it.
#include "sim/world/sim_watch.hpp"
#include "shared_directory.hpp"

#include <qslice/codec/entry_format.hpp>
#include <qslice/hash/hash_policy.hpp>
#include <qslice/partition/equal_ranges.hpp>
#include <qslice/spool/mailman_order.hpp>
#include <qslice/spool/spool_traits.hpp>
#include <qslice/spool/switchboard.hpp>
#include <qslice/spool/watching_switchboard.hpp>

#include <catch2/catch.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace qslice;
using namespace qslice::sim;

namespace {

static_assert(watching_world<sim_world>);

using one_slice = spool_traits<mailman21_format, mailman21_policy, equal_ranges<1>>;
using plain_queue = switchboard<sim_world, one_slice>;
using watched_queue = watching_switchboard<sim_world, watching<one_slice>>;

/// Two machines with one file server, whose kernels hold so many names.
struct two_machines : shared_directory {
    explicit two_machines(std::uint64_t watch_queue = 16'384)
        : shared_directory({}, {}, watch_queue) {
        sim_world w = a.outside();
        REQUIRE(w.make_directory("in", directory_permissions));
    }
};

void make_file(sim_world& w, const std::string& path) {
    auto f = w.open(path, open_mode::truncate, entry_permissions);
    REQUIRE(f);
    REQUIRE(w.close(*f));
}

void put(sim_world& w, const std::string& text) {
    plain_queue queue(w, {"in", "", {}});
    REQUIRE(queue.enqueue("Subject: " + text + "\n\n", metadata{{"listname", std::string("dev")}}));
}

struct heard {
    std::vector<std::string> names;
    bool complete = false;
};

heard collect(sim_watch& watch) {
    heard found;
    const auto complete = watch.collect([&](std::string_view directory, std::string_view name) {
        found.names.push_back(std::string(directory) + ' ' + std::string(name));
    });
    found.complete = complete.value();
    return found;
}

using names = std::vector<std::string>;

}  // namespace

TEST_CASE("a watch hears of names that are created, linked and renamed, in order") {
    simulated_site s;
    s.host.run("p", [](sim_world w) {
        REQUIRE(w.make_directory("in", directory_permissions));
        make_file(w, "in/before");
        auto watch = w.watch().value();
        REQUIRE(watch.add("in"));
        REQUIRE(watch.add("in"));
        CHECK(watch.add("out").error().code == error_code::not_found);
        make_file(w, "in/a.tmp");
        REQUIRE(w.rename("in/a.tmp", "in/a"));
        REQUIRE(w.link("in/a", "in/b"));
        make_file(w, "in/b");
        REQUIRE(w.remove("in/a"));
        const heard found = collect(watch);
        CHECK(found.names == names{"in a.tmp", "in a", "in b"});
        CHECK(found.complete);
        CHECK(collect(watch).names.empty());
    });
    s.e.run();
}

TEST_CASE("a name that repeats the last one is reported once, and one past the queue's end never") {
    two_machines s(2);
    s.at(0, s.a, [](sim_world& w) {
        auto watch = w.watch().value();
        REQUIRE(watch.add("in"));
        for (const char* name : {"in/a", "in/a", "in/b", "in/c", "in/d"}) {
            make_file(w, name);
            if (std::string_view(name) == "in/a") REQUIRE(w.remove(name));
        }
        const heard found = collect(watch);
        CHECK(found.names == names{"in a", "in b"});
        CHECK_FALSE(found.complete);
        make_file(w, "in/e");
        CHECK(collect(watch).names == names{"in e"});
        CHECK(collect(watch).complete);
    });
    s.e.run();
}

TEST_CASE("waiting for names ends with one, with a stop, or after its time") {
    simulated_site s;
    std::vector<double> woken;
    s.host.run("watcher", [&](sim_world w) {
        const double begun = w.steady_s();
        REQUIRE(w.make_directory("in", directory_permissions));
        auto watch = w.watch().value();
        REQUIRE(watch.add("in"));
        CHECK(watch.wait_for(60));
        woken.push_back(w.steady_s() - begun);
        CHECK(watch.wait_for(60));  // it was not collected
        CHECK(collect(watch).names == names{"in a"});
        CHECK_FALSE(watch.wait_for(60));
        woken.push_back(w.steady_s() - begun);
        CHECK_FALSE(watch.wait_for(60));
        CHECK(w.stop_requested());
        woken.push_back(w.steady_s() - begun);
    });
    s.e.schedule_at(add(mission_day, to_duration(5)),
                    [&] { s.host.run("maker", [](sim_world w) { make_file(w, "in/a"); }); });
    s.e.schedule_at(add(mission_day, to_duration(70)), [&] { s.host.request_stop(); });
    s.e.run();
    REQUIRE(woken.size() == 3);
    CHECK(woken[0] == Approx(5));
    CHECK(woken[1] == Approx(65));
    CHECK(woken[2] == Approx(70));
}

TEST_CASE("a watch on a shared file system hears nothing of what other machines do") {
    two_machines s;
    s.at(0, s.a, [](sim_world& w) {
        auto watch = w.watch().value();
        REQUIRE(watch.add("in"));
        CHECK(watch.wait_for(10));
        CHECK(collect(watch).names == names{"in own"});
    });
    s.at(2, s.b, [](sim_world& w) { make_file(w, "in/remote"); });
    s.at(4, s.a, [](sim_world& w) { make_file(w, "in/own"); });
    s.e.run();
}

TEST_CASE("an entry of another machine is found by the next timed look, and one's own at once") {
    two_machines s;
    std::vector<std::size_t> found;
    s.at(0, s.a, [&](sim_world& w) {
        watched_queue queue(w, {"in", "", {}});
        const auto look_at = [&](double at_s) {
            w.sleep_for(at_s - (w.steady_s() - to_seconds(mission_day.time_since_epoch())));
            found.push_back(queue.files().value().size());
        };
        look_at(0);
        look_at(2);  // the other machine's is there since second 1
        look_at(4);  // this machine's since second 3
        look_at(29);
        look_at(31);  // 30 s after the last listing
    });
    s.at(1, s.b, [](sim_world& w) { put(w, "remote"); });
    s.at(3, s.a, [](sim_world& w) { put(w, "own"); });
    s.e.run();
    CHECK(found == std::vector<std::size_t>{0, 0, 1, 1, 2});
}

TEST_CASE("an entry that is put while the watch's queue is full is still taken") {
    two_machines s(1);
    std::vector<std::size_t> found;
    s.at(0, s.a, [&](sim_world& w) {
        watched_queue queue(w, {"in", "", {}});
        found.push_back(queue.files().value().size());
        w.sleep_for(5);
        found.push_back(queue.files().value().size());
    });
    s.at(1, s.a, [](sim_world& w) {
        for (const char* text : {"one", "two", "three"}) put(w, text);
    });
    s.e.run();
    CHECK(found == std::vector<std::size_t>{0, 3});
}

TEST_CASE("where nothing can be watched, the queue is listed instead") {
    two_machines s(0);
    s.at(0, s.a, [](sim_world& w) {
        CHECK(w.watch().error().code == error_code::rejected);
        watched_queue queue(w, {"in", "", {}});
        CHECK(queue.files().value().empty());
        put(w, "one");
        CHECK(queue.files().value().size() == 1);
    });
    s.e.run();
}
