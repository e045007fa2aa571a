// Layouts with places, their conversion, group commit and watched queues: on this machine's files
// and in the simulated world, with a crash at each storage call.
#include "sim/world/file_system.hpp"
#include "sim/world/sim_world.hpp"
#include "support/temporary_directory.hpp"
#include "support/test_world.hpp"

#include <qslice/codec/entry_format.hpp>
#include <qslice/partition/equal_ranges.hpp>
#include <qslice/spool/convert_layout.hpp>
#include <qslice/spool/watching_switchboard.hpp>
#include <qslice/world/posix_world.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

using namespace qslice;

namespace {

template <class Layout>
using traits =
    spool_traits<mailman21_format, mailman21_policy, equal_ranges<>, strict_order, Layout>;
using placed = traits<prefix_layout<1>>;

template <class Board, class World>
Board open_queue(World w, const std::string& root, std::uint64_t slices = 1, slice_index k = 0) {
    return {std::move(w),
            {root + "/in",
             root + "/bad",
             {equal_ranges<>::make(slices).value(), k},
             durability::file_and_directory}};
}

template <class World>
void make_queue(World& w, const std::string& root) {
    REQUIRE(w.make_directory(root + "/in", directory_permissions));
    REQUIRE(w.make_directory(root + "/bad", directory_permissions));
}

std::vector<queued_message> posts(int count) {
    std::vector<queued_message> made;
    for (int i = 0; i < count; ++i) {
        made.push_back({"Subject: " + std::to_string(i) + "\n\nbody\n", {{"listname", "users"}}});
    }
    return made;
}

template <class Board>
std::vector<std::string> bases_in(Board& board) {
    const auto taken = board.files();
    REQUIRE(taken);
    CHECK(taken->malformed().empty());
    std::vector<std::string> bases;
    for (std::size_t i = 0; i < taken->size(); ++i) bases.emplace_back(taken->base_name(i));
    return bases;
}

void touch(const std::string& path) { REQUIRE(std::ofstream(path)); }

/// Takes and finishes all waiting entries.
template <class Board>
std::vector<std::string> texts_in(Board& board) {
    std::vector<std::string> texts;
    for (const auto& base : bases_in(board)) {
        const auto message = board.dequeue(base);
        REQUIRE(message);
        texts.push_back(message->text);
        REQUIRE(board.finish(base));
    }
    return texts;
}

}  // namespace

TEST_CASE("the runners of a layout with places find each entry, once, in its own place") {
    test::temporary_directory directory;
    posix_world w;
    make_queue(w, directory.path());
    auto writer = open_queue<switchboard<posix_world, placed>>(w, directory.path());
    std::set<std::string> written;
    for (const auto& done : writer.enqueue_batch(posts(100))) written.insert(done.value());
    REQUIRE(written.size() == 100);
    for (const auto& base : written) {
        const auto hash = parse_entry_name(detail::split_place(base).base)->hash;
        CHECK(detail::split_place(base).place == hash.hex().substr(0, 1));
    }
    for (const std::uint64_t slices : {1u, 3u, 16u}) {
        std::multiset<std::string> found;
        for (slice_index k = 0; k < slices; ++k) {
            auto board =
                open_queue<switchboard<posix_world, placed>>(w, directory.path(), slices, k);
            for (auto& base : bases_in(board)) found.insert(base);
        }
        CHECK(std::equal(found.begin(), found.end(), written.begin(), written.end()));
    }
}

TEST_CASE("an entry in a place is taken, preserved and recovered there") {
    test::temporary_directory directory;
    posix_world w;
    make_queue(w, directory.path());
    auto board = open_queue<switchboard<posix_world, placed>>(w, directory.path());
    for (const auto& done : board.enqueue_batch(posts(2))) REQUIRE(done);
    const auto bases = bases_in(board);
    REQUIRE(board.dequeue(bases[0]));
    REQUIRE(board.finish(bases[0], finish_as::preserved));
    CHECK(std::filesystem::exists(directory.path() + "/bad/" +
                                  std::string(detail::split_place(bases[0]).base) + ".psv"));
    REQUIRE(board.dequeue(bases[1]));
    CHECK(bases_in(board).empty());
    CHECK(board.recover()->requeued == 1);
    CHECK(bases_in(board) == std::vector{bases[1]});
}

TEST_CASE("an entry in a place where its runner does not look is reported") {
    test::temporary_directory directory;
    posix_world w;
    make_queue(w, directory.path());
    std::filesystem::create_directories(directory.path() + "/in/3");
    const std::string base = "1400972196.5+" + std::string(40, 'f');
    touch(directory.path() + "/in/3/" + base + ".pck");
    auto board = open_queue<switchboard<posix_world, placed>>(w, directory.path(), 2, 0);
    const auto taken = board.files();
    REQUIRE(taken);
    CHECK(taken->empty());
    REQUIRE(taken->malformed().size() == 1);
    CHECK(taken->malformed()[0].where == directory.path() + "/in/3/" + base);
}

TEST_CASE("a queue converts into places and back, and nothing is lost or changed") {
    test::temporary_directory directory;
    posix_world w;
    make_queue(w, directory.path());
    auto flat = open_queue<switchboard<posix_world, traits<flat_layout>>>(w, directory.path());
    for (const auto& done : flat.enqueue_batch(posts(40))) REQUIRE(done);
    const auto before = bases_in(flat);
    touch(directory.path() + "/in/junk.pck");

    const auto there = convert_layout<prefix_layout<1>>(w, directory.path() + "/in");
    REQUIRE(there);
    CHECK(there->moved == 40);
    REQUIRE(there->problems.size() == 1);
    CHECK(there->problems[0].where == directory.path() + "/in/junk.pck");
    CHECK(convert_layout<prefix_layout<1>>(w, directory.path() + "/in")->in_place == 40);
    CHECK(convert_layout<prefix_layout<2>>(w, directory.path() + "/in")->moved == 40);

    // One entry is in hand when the runners of the places are stopped.
    auto wide = open_queue<switchboard<posix_world, traits<prefix_layout<2>>>>(w, directory.path());
    REQUIRE(wide.dequeue(wide.files()->base_name(0)));
    std::filesystem::remove(directory.path() + "/in/junk.pck");
    const auto back = convert_layout<flat_layout>(w, directory.path() + "/in");
    REQUIRE(back);
    CHECK(back->moved == 40);
    CHECK(back->problems.empty());
    CHECK(flat.recover()->requeued == 1);
    CHECK(bases_in(flat) == before);
}

TEST_CASE("a conversion makes an entry's new place durable before the loss of its old one") {
    test::temporary_directory directory;
    test::test_world w;
    make_queue(w, directory.path());
    auto flat = open_queue<switchboard<test::test_world, traits<flat_layout>>>(w, directory.path());
    const std::string base = flat.enqueue_batch(posts(1)).at(0).value();
    w.control().synced_directories.clear();
    REQUIRE(convert_layout<prefix_layout<1>>(w, directory.path() + "/in"));
    const std::string in = directory.path() + "/in";
    CHECK(w.control().synced_directories ==
          std::vector<std::string>{in, in + '/' + base[base.find('+') + 1], in});
}

TEST_CASE("equal messages in a batch become separate entries, with one directory sync") {
    sim::engine e({.start = sim::to_virtual_time(1400972196)});
    sim::file_system disk;
    sim::machine host(e, disk, {.name = "mx1"});
    auto outside = host.outside();
    make_queue(outside, "qfiles");
    host.run("writer", [&](sim::sim_world w) {
        auto board = open_queue<switchboard<sim::sim_world, traits<flat_layout>>>(w, "qfiles");
        const std::vector<queued_message> same(5, posts(1).front());
        std::set<std::string> bases;
        for (const auto& done : board.enqueue_batch(same)) bases.insert(done.value());
        CHECK(bases.size() == 5);
        CHECK(texts_in(board).size() == 5);
    });
    e.run();
}

namespace {

/// Crashes the machine at one storage call.
struct striker final : sim::world_observer {
    std::uint64_t at_call = 0;
    bool struck = false;
    sim::injected_fault before_call(const sim::world_call& c) override {
        if (struck || c.process_name != "victim" || c.count != at_call) return {};
        struck = true;
        return {sim::injected_fault::kind::crash_machine};
    }
};

/// Runs `work` with a power loss at each of its storage calls in turn, then checks.
template <class Prepare, class Work, class Check>
int at_each_crash(Prepare&& prepare, Work&& work, Check&& check) {
    for (int call = 1;; ++call) {
        sim::engine e({.start = sim::to_virtual_time(1400972196)});
        sim::file_system disk;
        striker observer;
        observer.at_call = static_cast<std::uint64_t>(call);
        sim::machine host(
            e, disk,
            {.name = "mx1", .observer = &observer, .seed = static_cast<std::uint64_t>(call)});
        auto outside = host.outside();
        make_queue(outside, "qfiles");
        prepare(outside);
        host.run("victim", work);
        e.run();
        if (!observer.struck) return call - 1;
        host.boot();
        INFO("power lost at call " << call);
        host.run("after", check);
        e.run();
    }
}

}  // namespace

TEST_CASE("an acknowledged batch survives a power loss at any call, complete") {
    std::size_t acknowledged = 0;
    const int calls =
        at_each_crash([&](sim::sim_world&) { acknowledged = 0; },
                      [&](sim::sim_world w) {
                          auto board = open_queue<switchboard<sim::sim_world, placed>>(w, "qfiles");
                          for (int i = 0; i < 2; ++i) {
                              for (const auto& done : board.enqueue_batch(posts(3)))
                                  acknowledged += done ? 1 : 0;
                          }
                      },
                      [&](sim::sim_world w) {
                          auto board = open_queue<switchboard<sim::sim_world, placed>>(w, "qfiles");
                          const auto texts = texts_in(board);
                          CHECK(texts.size() >= acknowledged);
                          CHECK(texts.size() <= 6);
                          for (const auto& text : texts) CHECK(text.ends_with("\n\nbody\n"));
                      });
    CHECK(calls > 30);
}

TEST_CASE(
    "a conversion interrupted by a power loss at any call loses nothing, and can be completed") {
    const auto fill = [](sim::sim_world& w) {
        auto flat = open_queue<switchboard<sim::sim_world, traits<flat_layout>>>(w, "qfiles");
        for (const auto& done : flat.enqueue_batch(posts(4))) REQUIRE(done);
    };
    const auto distinct = [](const std::vector<std::string>& texts) {
        return std::set<std::string>(texts.begin(), texts.end()).size();
    };
    const int there = at_each_crash(
        fill, [](sim::sim_world w) { (void)convert_layout<prefix_layout<1>>(w, "qfiles/in"); },
        [&](sim::sim_world w) {
            const auto again = convert_layout<prefix_layout<1>>(w, "qfiles/in");
            REQUIRE(again);
            CHECK(again->problems.empty());
            auto board = open_queue<switchboard<sim::sim_world, placed>>(w, "qfiles");
            const auto texts = texts_in(board);
            CHECK(texts.size() == 4);
            CHECK(distinct(texts) == 4);
        });
    CHECK(there > 12);
    const int back = at_each_crash(
        [&](sim::sim_world& w) {
            fill(w);
            REQUIRE(convert_layout<prefix_layout<1>>(w, "qfiles/in"));
        },
        [](sim::sim_world w) { (void)convert_layout<flat_layout>(w, "qfiles/in"); },
        [&](sim::sim_world w) {
            REQUIRE(convert_layout<flat_layout>(w, "qfiles/in"));
            auto flat = open_queue<switchboard<sim::sim_world, traits<flat_layout>>>(w, "qfiles");
            const auto texts = texts_in(flat);
            CHECK(texts.size() == 4);
            CHECK(distinct(texts) == 4);
        });
    CHECK(back > 12);
}

namespace {

template <class Layout>
void watch_as_a_listing_finds() {
    test::temporary_directory directory;
    posix_world w;
    make_queue(w, directory.path());
    using watched_type = watching_switchboard<posix_world, watching<traits<Layout>>>;
    auto writer = open_queue<switchboard<posix_world, traits<Layout>>>(w, directory.path());
    for (const auto& done : writer.enqueue_batch(posts(10))) REQUIRE(done);
    auto watched = open_queue<watched_type>(w, directory.path(), 2, 1);
    auto listed = open_queue<switchboard<posix_world, traits<Layout>>>(w, directory.path(), 2, 1);
    for (int round = 0; round < 5; ++round) {
        const auto bases = bases_in(watched);
        CHECK(bases == bases_in(listed));
        if (!bases.empty()) {
            REQUIRE(watched.dequeue(bases.front()));
            if (round % 2 == 0) {
                REQUIRE(watched.finish(bases.front()));
            } else {
                CHECK(watched.recover()->requeued == 1);
            }
        }
        CHECK(bases_in(watched) == bases_in(listed));
        for (const auto& done : writer.enqueue_batch(posts(7 * round))) REQUIRE(done);
    }
    // An entry that another process took is gone for good once it was tried.
    const auto bases = bases_in(watched);
    REQUIRE_FALSE(bases.empty());
    REQUIRE(listed.dequeue(bases.front()));
    CHECK(watched.dequeue(bases.front()).error().code == error_code::not_found);
    CHECK(bases_in(watched) == bases_in(listed));
}

}  // namespace

TEST_CASE("a watched queue has the entries that a listing would find") {
    watch_as_a_listing_finds<flat_layout>();
    watch_as_a_listing_finds<prefix_layout<1>>();
}

TEST_CASE("a runner that waits for entries is woken when one arrives") {
    test::temporary_directory directory;
    posix_world w;
    make_queue(w, directory.path());
    using watched_type = watching_switchboard<posix_world, watching<traits<flat_layout>>>;
    auto watched = open_queue<watched_type>(w, directory.path());
    CHECK(bases_in(watched).empty());
    for (const auto& done : watched.enqueue_batch(posts(1))) REQUIRE(done);
    const double begin = w.now().seconds;
    watched.wait_for_entries(20);
    CHECK(w.now().seconds - begin < 10);
    CHECK(texts_in(watched).size() == 1);
}

TEST_CASE("in a world that cannot watch, a watching runner lists") {
    sim::engine e({.start = sim::to_virtual_time(1400972196)});
    sim::file_system disk;
    sim::machine host(e, disk, {.name = "mx1"});
    auto outside = host.outside();
    make_queue(outside, "qfiles");
    host.run("runner", [&](sim::sim_world w) {
        auto board = open_queue<switchboard_for<sim::sim_world, watching<placed>>>(w, "qfiles");
        for (const auto& done : board.enqueue_batch(posts(3))) REQUIRE(done);
        CHECK(texts_in(board).size() == 3);
        board.wait_for_entries(1);
        CHECK(bases_in(board).empty());
    });
    e.run();
}
