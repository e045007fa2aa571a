#include "support/temporary_directory.hpp"
#include "support/test_site.hpp"

#include <qslice/codec/entry_format.hpp>
#include <qslice/spool/restore.hpp>

#include <catch2/catch.hpp>

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

using namespace qslice;
using test::test_site;

namespace {

using format = mailman21_format;

/// What bad/ holds.
auto preserved(test_site& t) {
    return preserved_in<format>(t.world, t.directory_of("bad")).value();
}

/// Ends a runner's life this often while it has the entry in hand.
recovery die(test_site& t, std::string_view queue, const std::string& base, int deaths) {
    recovery last;
    for (int i = 0; i < deaths; ++i) {
        auto board = t.site.open_queue(queue, {});
        REQUIRE(board.dequeue(base));
        last = board.recover().value();
    }
    return last;
}

}  // namespace

TEST_CASE("an entry that its runner died on says from which queue, and goes back there unchanged") {
    test_site t;
    const std::string base = t.enqueue("out", "Subject: a\n\nb\n");
    CHECK(die(t, "out", base, 3).preserved == 1);
    const auto found = preserved(t);
    REQUIRE(found.size() == 1);
    CHECK(found[0].base == base);
    CHECK(found[0].why == preserved_because::counted);
    CHECK(found[0].recoveries == 3);
    CHECK(found[0].from == "out");
    CHECK_FALSE(found[0].problem);
    const std::string bytes = test::read_file(found[0].path());
    CHECK(restore<format>(t.world, found[0], t.directory_of("out")).value() == base);
    CHECK(t.names("bad").empty());
    CHECK(test::read_file(t.directory_of("out") + "/" + base + ".pck") == bytes);
}

TEST_CASE("a restored entry is preserved again after three more deaths, not at the next") {
    test_site t;
    const std::string base = t.enqueue("in");
    CHECK(die(t, "in", base, 3).preserved == 1);
    REQUIRE(restore<format>(t.world, preserved(t).at(0), t.directory_of("in")));
    CHECK(die(t, "in", base, 2).requeued == 1);
    CHECK(t.names("bad").empty());
    CHECK(die(t, "in", base, 1).preserved == 1);
    CHECK(preserved(t).at(0).recoveries == 6);
}

TEST_CASE("a message that goes on to another queue does not take along where it was preserved") {
    test_site t;
    const std::string base = t.enqueue("in");
    CHECK(die(t, "in", base, 3).preserved == 1);
    REQUIRE(restore<format>(t.world, preserved(t).at(0), t.directory_of("in")));
    auto board = t.site.open_queue("in", {});
    const auto message = board.dequeue(base).value();
    const std::string next = t.site.enqueue("out", message.text, message.data).value();
    REQUIRE(board.finish(base));
    const auto stored =
        format::read_metadata(test::read_file(t.directory_of("out") + "/" + next + ".pck"));
    CHECK_FALSE(stored->data.contains(preserved_from_key));
}

TEST_CASE("what cannot be read stays in bad/, with the reason") {
    test_site t;
    const std::string base = "1400972196.5+" + std::string(40, 'a');
    test::write_file(t.directory_of("bad") + "/" + base + ".psv", "no pickle");
    const auto found = preserved(t);
    REQUIRE(found.size() == 1);
    CHECK(found[0].why == preserved_because::unreadable);
    REQUIRE(found[0].problem);
    CHECK(found[0].problem->where.starts_with(found[0].path()));
    CHECK_FALSE(restore<format>(t.world, found[0], t.directory_of("in")));
    CHECK(t.names("in").empty());
    CHECK(t.names("bad") == std::set<std::string>{base + ".psv"});
}

TEST_CASE("an entry whose name is no entry's stays in bad/: no runner would take it") {
    test_site t;
    t.place("bad", "odd.psv");
    const auto found = preserved(t);
    REQUIRE(found.size() == 1);
    CHECK(restore<format>(t.world, found[0], t.directory_of("in")).error().code ==
          error_code::malformed);
    CHECK(t.names("bad") == std::set<std::string>{"odd.psv"});
}

TEST_CASE("a readable entry that was never counted is not said to be undelivered or bad") {
    test_site t;
    t.place("bad", "1400972196.5+" + std::string(40, 'a') + ".psv");
    const auto found = preserved(t);
    REQUIRE(found.size() == 1);
    CHECK(found[0].why == preserved_because::unknown);
    CHECK(found[0].from.empty());
    CHECK_FALSE(found[0].problem);
}

TEST_CASE("restoring replaces no entry that has the name") {
    test_site t;
    const std::string name = "1400972196.5+" + std::string(40, 'a');
    t.place("bad", name + ".psv", test_site::for_users({"ada@example.org"}));
    t.place("in", name + ".pck");
    const std::string there = test::read_file(t.directory_of("in") + "/" + name + ".pck");
    const auto restored = restore<format>(t.world, preserved(t).at(0), t.directory_of("in"));
    REQUIRE(restored);
    CHECK(*restored != name);
    CHECK(test::read_file(t.directory_of("in") + "/" + name + ".pck") == there);
    CHECK(t.names("in").size() == 2);
    CHECK(t.names("bad").empty());
}

TEST_CASE("of two who restore one entry, one does") {
    test_site t;
    t.place("bad", "1400972196.5+" + std::string(40, 'a') + ".psv");
    const auto seen = preserved(t).at(0);
    CHECK(restore<format>(t.world, seen, t.directory_of("in")));
    CHECK(restore<format>(t.world, seen, t.directory_of("in")).error().code ==
          error_code::not_found);
    CHECK(t.names("in").size() == 1);
}

TEST_CASE("restoring makes both directories durable, the queue first") {
    test_site t;
    t.place("bad", "1400972196.5+" + std::string(40, 'a') + ".psv");
    t.world.control().synced_directories.clear();
    REQUIRE(restore<format>(t.world, preserved(t).at(0), t.directory_of("in")));
    CHECK(t.world.control().synced_directories ==
          std::vector<std::string>{t.directory_of("in"), t.directory_of("bad")});
}

TEST_CASE("two queues' entries of one name are both preserved") {
    test_site t;
    const std::string name = "1400972196.5+" + std::string(40, 'a');
    for (const std::string_view queue : {"in", "out"}) {
        t.place(queue, name + ".pck");
        auto board = t.site.open_queue(queue, {});
        REQUIRE(board.dequeue(name));
        REQUIRE(board.finish(name, finish_as::preserved));
    }
    CHECK(t.names("bad").size() == 2);
}
