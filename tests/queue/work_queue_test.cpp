#include "support/temporary_directory.hpp"
#include "support/test_world.hpp"

#include <qslice/queue/work_in_threads.hpp>
#include <qslice/queue/work_queue.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

using namespace qslice;

namespace {

using queue_type = basic_work_queue<test::test_world>;

queue_type open(test::test_world& w, const std::string& directory, std::uint64_t workers = 1,
                slice_index worker = 0) {
    return *queue_type::open(w, {directory, workers, worker, durability::file_and_directory});
}

/// Takes and finishes all that is waiting.
std::vector<std::string> drain(queue_type& queue) {
    std::vector<std::string> texts;
    while (true) {
        auto next = queue.take();
        REQUIRE(next);
        if (!*next) return texts;
        texts.push_back((*next)->item.text);
        REQUIRE(queue.finish(**next));
    }
}

}  // namespace

TEST_CASE("what is put is taken once, with its bytes and its metadata") {
    const test::temporary_directory place;
    test::test_world world;
    auto queue = open(world, place.path() + "/jobs");
    const std::string bytes("any\0thing\n\xff", 11);
    REQUIRE(queue.put(bytes, {{"key", "a"}, {"tries", 3}, {"odd", "x\n1 1\n"}, {"_dropped", 1}}));
    auto next = queue.take();
    REQUIRE(next);
    REQUIRE(*next);
    CHECK((*next)->item.text == bytes);
    CHECK((*next)->item.data == attributes{{"key", "a"}, {"tries", 3}, {"odd", "x\n1 1\n"}});
    CHECK_FALSE(*queue.take());
    REQUIRE(queue.finish(**next));
    CHECK(test::names_in(place.path() + "/jobs").empty());
}

TEST_CASE("a queue needs one directory and no other") {
    const test::temporary_directory place;
    test::test_world world;
    auto queue = open(world, place.path() + "/jobs");
    REQUIRE(queue.put("a"));
    CHECK(test::names_in(place.path()) == std::set<std::string>{"jobs"});
}

TEST_CASE("of several workers each item has one, and equal keys have the same, in order") {
    const test::temporary_directory place;
    test::test_world world;
    constexpr std::uint64_t workers = 5;
    auto entrance = open(world, place.path());
    for (int i = 0; i < 200; ++i) {
        REQUIRE(entrance.put(std::to_string(i), {{"key", "tenant " + std::to_string(i % 7)}}));
    }
    std::map<int, std::size_t> worker_of;
    std::map<int, std::vector<int>> order_of;
    for (slice_index k = 0; k < workers; ++k) {
        auto queue = open(world, place.path(), workers, k);
        for (const std::string& text : drain(queue)) {
            const int number = std::stoi(text);
            const auto [at, is_first] = worker_of.try_emplace(number % 7, k);
            CHECK((is_first || at->second == k));
            order_of[number % 7].push_back(number);
        }
    }
    std::size_t taken = 0;
    for (const auto& [tenant, numbers] : order_of) {
        CHECK(std::is_sorted(numbers.begin(), numbers.end()));
        taken += numbers.size();
    }
    CHECK(taken == 200);
}

TEST_CASE("an item that is put back keeps its place before later items of its key") {
    const test::temporary_directory place;
    test::test_world world;
    auto queue = open(world, place.path());
    for (const char* text : {"1", "2", "3"}) REQUIRE(queue.put(text, {{"key", "a"}}));
    REQUIRE(queue.put("other", {{"key", "b"}}));
    auto first = queue.take();
    REQUIRE(*first);
    (*first)->item.data.set("tries", 1);
    REQUIRE(queue.put_back(**first));
    auto next = queue.take();
    REQUIRE(*next);
    CHECK((*next)->item.text == "other");
    REQUIRE(queue.finish(**next));
    auto again = queue.take();
    REQUIRE(*again);
    CHECK((*again)->item.text == "1");
    CHECK((*again)->item.data.number("tries") == 1.0);
    REQUIRE(queue.finish(**again));
    CHECK(drain(queue) == std::vector<std::string>{"2", "3"});
}

TEST_CASE("what a crash left in hand is taken again, and set aside the third time") {
    const test::temporary_directory place;
    test::test_world world;
    REQUIRE(open(world, place.path()).put("deadly", {{"key", "a"}}));
    for (int life = 0; life < 3; ++life) {
        auto queue = open(world, place.path());
        const auto recovered = queue.recover();
        REQUIRE(recovered);
        CHECK(recovered->requeued == (life == 0 ? 0 : 1));
        REQUIRE(*queue.take());  // and dies
    }
    auto queue = open(world, place.path());
    CHECK(queue.recover()->preserved == 1);
    CHECK_FALSE(*queue.take());
    const auto names = test::names_in(place.path());
    REQUIRE(names.size() == 1);
    CHECK(names.begin()->ends_with(".psv"));
}

TEST_CASE("an item whose bytes were damaged is preserved, and the next one is taken") {
    const test::temporary_directory place;
    test::test_world world;
    auto queue = open(world, place.path());
    const auto damaged = queue.put("first", {{"key", "a"}});
    REQUIRE(queue.put("second", {{"key", "a"}}));
    test::write_file(place.path() + "/" + *damaged + ".pck", "qslice1 99\nfirst");
    CHECK(drain(queue) == std::vector<std::string>{"second"});
    CHECK(test::names_in(place.path()) == std::set<std::string>{*damaged + ".psv"});
}

TEST_CASE("many items are put at once, and come in the order in which they were given") {
    const test::temporary_directory place;
    test::test_world world;
    auto queue = open(world, place.path());
    std::vector<plain_item> items;
    std::vector<std::string> texts;
    for (int i = 0; i < 50; ++i) {
        texts.push_back(std::to_string(i));
        items.push_back({texts.back(), {{"key", "a"}}});
    }
    for (const auto& put : queue.put_all(items)) REQUIRE(put);
    CHECK(drain(queue) == texts);
}

TEST_CASE("workers in threads finish all items but those whose handler fails") {
    const test::temporary_directory place;
    posix_world world([](std::string_view, std::string_view) {});
    auto entrance = work_queue::open(world, {.directory = place.path()});
    REQUIRE(entrance);
    for (int i = 0; i < 40; ++i) REQUIRE(entrance->put(std::to_string(i)));
    std::mutex lock;
    std::set<std::string> seen;
    const auto done = work_in_threads(
        world, {.directory = place.path(), .workers = 4},
        [&](plain_item& item) -> result<void> {
            if (item.text == "7") throw std::runtime_error("seven");
            if (item.text == "8") throw 8;
            if (item.text == "9") return failure(error_code::rejected, "handler", "nine");
            const std::lock_guard held(lock);
            seen.insert(item.text);
            return {};
        },
        0);
    REQUIRE(done);
    CHECK(*done == 37);
    CHECK(seen.size() == 37);
    const auto left = test::names_in(place.path());
    CHECK(left.size() == 3);
    CHECK(std::all_of(left.begin(), left.end(), [](const auto& n) { return n.ends_with(".psv"); }));
}

TEST_CASE("a worker's number must be below the number of workers") {
    const test::temporary_directory place;
    test::test_world world;
    CHECK_FALSE(queue_type::open(world, {place.path(), 3, 3, durability::file}));
    CHECK_FALSE(queue_type::open(world, {place.path(), 0, 0, durability::file}));
}

namespace {

/// A format that forgets what it does not know.
struct forgetful_format : plain_format {
    static constexpr std::string_view name = "forgetful";
    static std::string metadata_bytes(const attributes& data) {
        attributes kept;
        kept.set("key", data.text("key").value_or(""));
        return plain_format::metadata_bytes(kept);
    }
};

struct layout_by_letter {
    static constexpr std::string_view name = "by letter";
    static constexpr bool has_places = true;
    static std::string place_of(const hash_value& hash) {
        return std::string(1, static_cast<char>('q' + hash.high() % 2));
    }
    template <class Partition, class Visit>
    static void for_each_place(const Partition&, slice_index, Visit&& visit) {
        visit(std::string_view("q"));
        visit(std::string_view("r"));
    }
};

struct known_layout_by_letter : layout_by_letter {
    static bool is_place(std::string_view n) { return n == "q" || n == "r"; }
};

template <class Format, class Layout = flat_layout>
using spool_with = spool_traits<Format, basic_hash_policy<metadata_key<"key">>, equal_ranges<>,
                                strict_order, Layout, increasing_stamps>;

}  // namespace

TEST_CASE("a format that drops metadata is rejected, since a deadly entry would have no end") {
    const test::temporary_directory place;
    test::test_world world;
    const auto opened = basic_work_queue<test::test_world, spool_with<forgetful_format>>::open(
        world, {.directory = place.path()});
    REQUIRE_FALSE(opened);
    CHECK(opened.error().where == "format forgetful");
    CHECK(opened.error().what.find("_bak_count") != std::string::npos);
}

TEST_CASE("a layout whose places are not recognized is rejected, with is_place it works") {
    const test::temporary_directory place;
    test::test_world world;
    CHECK_FALSE(
        basic_work_queue<test::test_world, spool_with<plain_format, layout_by_letter>>::open(
            world, {.directory = place.path()}));
    auto queue =
        basic_work_queue<test::test_world, spool_with<plain_format, known_layout_by_letter>>::open(
            world, {.directory = place.path()});
    REQUIRE(queue);
    for (int i = 0; i < 20; ++i) REQUIRE(queue->put(std::to_string(i)));
    std::size_t taken = 0;
    while (true) {
        const auto next = queue->take();
        REQUIRE(next);
        if (!*next) break;
        REQUIRE(queue->finish(**next));
        ++taken;
    }
    CHECK(taken == 20);
}
