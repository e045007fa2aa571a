#include "support/test_site.hpp"

#include <qslice/spool/switchboard.hpp>

#include <catch2/catch.hpp>

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace qslice;
using test::test_site;

namespace {

/// A test site's queue with three slices, as seen by the runner of one.
auto third(test_site& t, slice_index k) {
    return t.site.open_queue("in", {equal_ranges<>::make(3).value(), k});
}

const std::string low = "1400972196.0+" + std::string(40, '0');
const std::string high = "1400972196.0+" + std::string(40, 'f');

}  // namespace

TEST_CASE("when enqueue returns, the complete entry is there under its final name") {
    test_site t;
    const std::string base = t.enqueue("in");
    CHECK(base.starts_with("1400972196.25+"));
    CHECK(t.names("in") == std::set<std::string>{base + ".pck"});
    CHECK(t.waiting("in")[0].text == "Subject: hello\n\nbody\n");
    CHECK(t.waiting("in")[0].data.number("received_time") == 1400972196.25);
}

TEST_CASE("an enqueue that fails leaves no file behind and says which file it was") {
    test_site t;
    t.world.control().fail = [](std::string_view call, const std::string& path) {
        return call == "write" && path.ends_with(".tmp") ? std::optional(error_code::no_space)
                                                         : std::nullopt;
    };
    const auto failed = t.site.enqueue("in", "text", {});
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == error_code::no_space);
    CHECK(failed.error().where.find("qfiles/in/") != std::string::npos);
    CHECK(t.names("in").empty());
}

TEST_CASE("the directory is made durable only if the site requires it") {
    test_site t;
    t.world.control().synced_directories.clear();
    t.enqueue("in");
    CHECK(t.world.control().synced_directories == std::vector<std::string>{t.directory_of("in")});

    t.world.control().synced_directories.clear();
    test_site::site_type mailmans(t.world, t.services,
                                  {t.directory.path() + "/var", "x", durability::file});
    REQUIRE(mailmans.enqueue("in", "text", {}));
    CHECK(t.world.control().synced_directories.empty());
}

TEST_CASE("a runner sees the entries of its own slice, both ends of the range included") {
    test_site t;
    const auto ranges = equal_ranges<>::make(3).value();
    for (slice_index k = 0; k < 3; ++k) {
        t.place("in", "1.0+" + ranges.range_of(k).lower.hex() + ".pck");
        t.place("in", "2.0+" + ranges.range_of(k).upper.hex() + ".pck");
    }
    for (slice_index k = 0; k < 3; ++k) {
        auto board = third(t, k);
        const auto found = board.files().value();
        REQUIRE(found.size() == 2);
        CHECK(found.hash(found[0]) == ranges.range_of(k).lower);
        CHECK(found.hash(found[1]) == ranges.range_of(k).upper);
    }
}

TEST_CASE("files() ignores other extensions and reports malformed names") {
    test_site t;
    t.place("in", low + ".pck");
    t.place("in", low + ".bak");
    t.place("in", low + ".pck.tmp");
    t.place("in", "README");
    t.place("in", "junk.pck");
    t.place("in", "1.0+xyz.pck");
    auto board = third(t, 0);
    const auto found = board.files().value();
    REQUIRE(found.size() == 1);
    CHECK(found.base_name(0) == low);
    std::set<std::string> reported;
    for (const error& e : found.malformed()) reported.insert(e.where);
    CHECK(reported ==
          std::set<std::string>{t.directory_of("in") + "/junk", t.directory_of("in") + "/1.0+xyz"});
    CHECK(t.names("in").size() == 6);
}

TEST_CASE("an entry in hand is a .bak, and finishing it removes it") {
    test_site t;
    const std::string base = t.enqueue("in");
    auto board = t.site.open_queue("in", {});
    REQUIRE(board.dequeue(base));
    CHECK(t.names("in") == std::set<std::string>{base + ".bak"});
    CHECK(board.files()->empty());
    REQUIRE(board.finish(base));
    CHECK(t.names("in").empty());
}

TEST_CASE("an entry can be taken only once") {
    test_site t;
    const std::string base = t.enqueue("in");
    auto first = t.site.open_queue("in", {});
    auto second = t.site.open_queue("in", {});
    REQUIRE(first.dequeue(base));
    CHECK(second.dequeue(base).error().code == error_code::not_found);
}

TEST_CASE("an entry that is taken between another's open and rename is not found") {
    test_site t;
    const std::string base = t.enqueue("in");
    auto slow = t.site.open_queue("in", {});
    bool taken = false;
    t.world.control().fail = [&](std::string_view call, const std::string& path) {
        if (call == "rename" && !taken) {
            taken = true;
            std::filesystem::rename(path, path + ".elsewhere");
        }
        return std::optional<error_code>();
    };
    CHECK(slow.dequeue(base).error().code == error_code::not_found);
}

TEST_CASE("an entry that cannot be read temporarily stays in the queue") {
    test_site t;
    const std::string base = t.enqueue("in");
    auto board = t.site.open_queue("in", {});
    t.world.control().fail = [](std::string_view call, const std::string&) {
        return call == "read" ? std::optional(error_code::io) : std::nullopt;
    };
    CHECK(board.dequeue(base).error().code == error_code::io);
    CHECK(t.names("in") == std::set<std::string>{base + ".pck"});
    t.world.control().fail = nullptr;
    CHECK(board.dequeue(base));
}

TEST_CASE("an entry whose file cannot be closed is not queued: its content may not be there") {
    test_site t;
    t.world.control().fail = [](std::string_view call, const std::string& path) {
        return call == "close" && path.ends_with(".tmp") ? std::optional(error_code::no_space)
                                                         : std::nullopt;
    };
    auto board = t.site.open_queue("in", {});
    CHECK(board.enqueue("A: b\n\nc\n", {{"listname", "users"}}).error().code ==
          error_code::no_space);
    CHECK(t.names("in").empty());
}

TEST_CASE("an entry that cannot be parsed is named, and can be preserved") {
    test_site t;
    test::write_file(t.directory_of("in") + "/" + low + ".pck", "cos\nsystem\n(S'x'\ntR.");
    auto board = t.site.open_queue("in", {});
    const auto read = board.dequeue(low);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == error_code::malformed);
    CHECK(read.error().where.find(low) != std::string::npos);
    t.world.control().synced_directories.clear();
    REQUIRE(board.finish(low, finish_as::preserved));
    // The name in bad/ is durable before the queue's loss of the entry is.
    CHECK(t.world.control().synced_directories ==
          std::vector<std::string>{t.directory_of("bad"), t.directory_of("in")});
    CHECK(t.names("in").empty());
    CHECK(t.names("bad") == std::set<std::string>{low + ".psv"});
}

TEST_CASE("an entry that a crash left in hand is queued again twice and preserved the third time") {
    test_site t;
    const std::string base = t.enqueue("in");
    auto board = t.site.open_queue("in", {});
    for (std::int64_t count = 1; count <= 2; ++count) {
        REQUIRE(board.dequeue(base));
        const auto recovered = board.recover().value();
        CHECK(recovered.requeued == 1);
        CHECK(recovered.problems.empty());
        CHECK(t.waiting("in")[0].data.number("_bak_count") == static_cast<double>(count));
    }
    REQUIRE(board.dequeue(base));
    const auto recovered = board.recover().value();
    CHECK(recovered.requeued == 0);
    CHECK(recovered.preserved == 1);
    REQUIRE(recovered.problems.size() == 1);
    CHECK(recovered.problems[0].what.find("recovered 3 times") != std::string::npos);
    CHECK(t.names("in").empty());
    CHECK(t.names("bad") == std::set<std::string>{base + ".psv"});
}

TEST_CASE("recover touches only its own slice") {
    test_site t;
    t.place("in", low + ".bak");
    t.place("in", high + ".bak");
    auto first = third(t, 0);
    CHECK(first.recover()->requeued == 1);
    CHECK(t.names("in") == std::set<std::string>{low + ".pck", high + ".bak"});
}

TEST_CASE("an unreadable .bak is preserved at once, one with a malformed name is reported") {
    test_site t;
    test::write_file(t.directory_of("in") + "/" + low + ".bak", "torn");
    t.place("in", "odd.bak");
    auto board = t.site.open_queue("in", {});
    const auto recovered = board.recover().value();
    CHECK(recovered.preserved == 1);
    CHECK(recovered.problems.size() == 2);
    CHECK(t.names("in") == std::set<std::string>{"odd.bak"});
    CHECK(t.names("bad") == std::set<std::string>{low + ".psv"});
}

TEST_CASE("a crash while an entry is recovered finds the old count or the new one") {
    test_site t;
    const std::string base = t.enqueue("in");
    auto board = t.site.open_queue("in", {});
    REQUIRE(board.dequeue(base));
    t.world.control().fail = [](std::string_view call, const std::string& path) {
        return call == "write" && path.ends_with(".bak.tmp") ? std::optional(error_code::no_space)
                                                             : std::nullopt;
    };
    CHECK(board.recover()->problems[0].code == error_code::no_space);
    CHECK(t.names("in") == std::set<std::string>{base + ".bak"});
    t.world.control().fail = nullptr;
    CHECK(board.recover()->requeued == 1);
    CHECK(t.waiting("in")[0].data.number("_bak_count") == 1);
}

TEST_CASE("an entry in hand can be put back as it was") {
    test_site t;
    const std::string base = t.enqueue("in");
    auto board = t.site.open_queue("in", {});
    REQUIRE(board.dequeue(base));
    REQUIRE(board.put_back(base));
    CHECK(t.names("in") == std::set<std::string>{base + ".pck"});
    CHECK_FALSE(t.waiting("in")[0].data.contains("_bak_count"));
}

TEST_CASE("a missing queue directory is an error that names it") {
    test_site t;
    auto board = t.site.open_queue("nowhere", {});
    CHECK(board.files().error().code == error_code::not_found);
    CHECK(board.files().error().where == t.directory_of("nowhere"));
    CHECK(board.recover().error().code == error_code::not_found);
}

namespace {

/// A digest that does not depend on the time: equal keys give equal names within one clock tick.
struct key_of_everything {
    static constexpr std::string_view name = "everything";
    template <class Feed>
    static void feed(const hash_input&, Feed&& feed) {
        feed("the same");
    }
};

template <class World>
auto colliding_writer(World w, const std::string& directory) {
    return queue_writer<World, mailman21_format, basic_hash_policy<key_of_everything>>(
        std::move(w), directory, durability::file, {});
}

/// A world whose file system has no rename that replaces nothing, as NFS.
class linking_world : public test::test_world {
public:
    using test_world::test_world;
    result<void> rename_new(const std::string&, const std::string&) = delete;
};

}  // namespace

TEMPLATE_TEST_CASE("entries whose names collide are all kept", "", test::test_world,
                   linking_world) {
    test_site t;
    TestType w;
    const std::string directory = t.directory_of("in");
    std::set<std::string> names;
    std::set<std::string> texts;
    for (int i = 0; i < 20; ++i) {
        // Each by a process of its own.
        auto writer = colliding_writer(w, directory);
        const auto made = writer.enqueue("Subject: " + std::to_string(i) + "\n\n", {});
        REQUIRE(made);
        names.insert(*made + ".pck");
    }
    CHECK(names.size() == 20);
    CHECK(t.names("in") == names);
    for (const auto& entry : t.waiting("in")) texts.insert(std::string(entry.text));
    CHECK(texts.size() == 20);
}

TEST_CASE("a batch keeps all entries whose names collide, also with those that are there") {
    test_site t;
    test::test_world w;
    auto writer = colliding_writer(w, t.directory_of("in"));
    metadata received{{"received_time", 1400972196.25}};
    REQUIRE(writer.enqueue("Subject: first\n\n", received));
    std::vector<queued_message> messages;
    for (int i = 0; i < 5; ++i) {
        messages.push_back({"Subject: " + std::to_string(i) + "\n\n", received});
    }
    for (const auto& made : writer.enqueue_batch(messages)) CHECK(made);
    CHECK(t.names("in").size() == 6);
    for (const auto& entry : t.waiting("in")) {
        // The stamp in the metadata, which is the message's, stays.
        CHECK(entry.data.number("received_time") == 1400972196.25);
    }
}

TEST_CASE("a name that another process is writing is left to it") {
    test_site t;
    const std::string directory = t.directory_of("in");
    test::test_world w;
    const auto first = colliding_writer(w, directory).enqueue("Subject: x\n\n", {});
    REQUIRE(first);
    const std::string path = directory + "/" + *first + ".pck";
    std::filesystem::rename(path, path + ".tmp");
    const auto second = colliding_writer(w, directory).enqueue("Subject: y\n\n", {});
    REQUIRE(second);
    CHECK(t.names("in") == std::set<std::string>{*first + ".pck.tmp", *second + ".pck"});
}

TEST_CASE("an entry that is put back does not replace one that got its name meanwhile") {
    test_site t;
    auto queue = third(t, 0);
    t.place("in", low + ".pck");
    REQUIRE(queue.dequeue(low));
    t.place("in", low + ".pck");
    REQUIRE(queue.put_back(low));
    const auto names = t.names("in");
    CHECK(names.size() == 2);
    CHECK(names.contains(low + ".pck"));
    // The same hash, and so the same slice, a moment later.
    CHECK(names.contains("1400972196.0000002+" + std::string(40, '0') + ".pck"));
}
