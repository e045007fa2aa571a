#include "support/temporary_directory.hpp"
#include "support/test_site.hpp"

#include <qslice/codec/entry_format.hpp>
#include <qslice/spool/switchboard.hpp>

#include <catch2/catch.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>

using namespace qslice;
using test::test_site;

namespace {

/// A reader with a fault: some metadata end its process.
struct faulty_format : mailman21_format {
    static bool kills(std::string_view bytes) {
        return bytes.find("deadly") != std::string_view::npos;
    }
    static result<queued_message> read(std::string_view bytes) {
        if (kills(bytes)) std::abort();
        return mailman21_format::read(bytes);
    }
    static result<entry_metadata> read_metadata(std::string_view bytes) {
        if (kills(bytes)) std::abort();
        return mailman21_format::read_metadata(bytes);
    }
};
static_assert(entry_format<faulty_format>);

using faulty_spool = spool_traits<faulty_format, mailman21_policy, equal_ranges<>>;
using faulty_board = switchboard<posix_world, faulty_spool>;

/// A runner's life: recovers, then takes every entry. Returns whether it lived to its end.
bool lives(test_site& t) {
    const pid_t child = fork();
    if (child == 0) {
        // The expected abort is no failure of this program's.
        std::signal(SIGABRT, SIG_DFL);
        faulty_board board(posix_world(), {t.directory_of("in"), t.directory_of("bad"), {}});
        if (!board.recover()) _exit(2);
        const auto found = board.files();
        if (!found) _exit(2);
        for (std::size_t i = 0; i < found->size(); ++i) {
            if (board.dequeue(found->base_name(i)) && !board.finish(found->base_name(i))) _exit(2);
        }
        _exit(0);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    if (WIFEXITED(status)) {
        REQUIRE(WEXITSTATUS(status) == 0);
        return true;
    }
    REQUIRE(WTERMSIG(status) == SIGABRT);
    return false;
}

}  // namespace

TEST_CASE("an entry that kills its reader three times is preserved unread, and the queue goes on") {
    test_site t;
    const std::string bad = t.enqueue("in", "Subject: a\n\n", {{"deadly", 1}});
    t.enqueue("in", "Subject: b\n\n", {});
    const std::string before = test::read_file(t.directory_of("in") + "/" + bad + ".pck");
    CHECK_FALSE(lives(t));  // when it is taken
    CHECK_FALSE(lives(t));  // when it is recovered
    CHECK_FALSE(lives(t));
    CHECK(t.names("bad").empty());
    CHECK(lives(t));
    CHECK(t.names("in").empty());
    CHECK(t.names("bad") == std::set<std::string>{bad + ".psv"});
    CHECK(test::read_file(t.directory_of("bad") + "/" + bad + ".psv") == before);
}

TEST_CASE("recovery leaves no note in an entry that it could read") {
    test_site t;
    const std::string base = t.enqueue("in");
    auto board = t.site.open_queue("in", {});
    REQUIRE(board.dequeue(base));
    CHECK(board.recover()->requeued == 1);
    CHECK(test::read_file(t.directory_of("in") + "/" + base + ".pck").find('#') ==
          std::string::npos);
}

TEST_CASE("a disk that is full again and again does not count as the death of a reader") {
    test_site t;
    const std::string base = t.enqueue("in");
    auto board = t.site.open_queue("in", {});
    REQUIRE(board.dequeue(base));
    t.world.control().fail = [](std::string_view call, const std::string& path) {
        return call == "write" && path.ends_with(".bak.tmp") ? std::optional(error_code::no_space)
                                                             : std::nullopt;
    };
    for (int i = 0; i < 5; ++i) CHECK(board.recover()->problems[0].code == error_code::no_space);
    t.world.control().fail = nullptr;
    CHECK(board.recover()->requeued == 1);
    CHECK(t.waiting("in")[0].data.number("_bak_count") == 1);
}

TEST_CASE("recovery copies the message's bytes, whatever they hold") {
    test_site t;
    // No Mailman has this class, and its state is no dictionary.
    const std::string message =
        "\x80\x02"
        "cother.module\nThing\n)\x81K\x05"
        "b.";
    t.place("in", "1.5+" + std::string(40, 'a') + ".bak", {{"_parsemsg", false}}, message);
    auto board = t.site.open_queue("in", {});
    CHECK(board.recover()->requeued == 1);
    const std::string path = t.directory_of("in") + "/1.5+" + std::string(40, 'a') + ".pck";
    const std::string bytes = test::read_file(path);
    CHECK(bytes.starts_with(message));
    const auto entry = mailman21_format::read_metadata(bytes);
    REQUIRE(entry);
    CHECK(entry->message_size == message.size());
    CHECK(entry->data == metadata{{"_parsemsg", false}, {"_bak_count", 1}});
}

TEST_CASE("a recovery count that no recovery wrote counts as none or as too many") {
    const auto outcome_of = [](value count) {
        test_site t;
        auto board = t.site.open_queue("in", {});
        metadata data{{"listname", "users"}};
        const auto base = board.enqueue("A: b\n\nc\n", data);
        REQUIRE(board.dequeue(*base));
        data.set("_bak_count", std::move(count));
        test::write_file(t.directory_of("in") + "/" + *base + ".bak",
                         mailman21_format::message_bytes(std::string_view("A: b\n\nc\n")) +
                             mailman21_format::metadata_bytes(data));
        return *t.site.open_queue("in", {}).recover();
    };
    CHECK(outcome_of(1e300).preserved == 1);
    CHECK(outcome_of(std::int64_t{INT64_MAX}).preserved == 1);
    CHECK(outcome_of(-1e300).requeued == 1);
    CHECK(outcome_of(std::numeric_limits<double>::quiet_NaN()).requeued == 1);
}

namespace {

/// Writes a file that its writer left in in/ before a time.
void leave_partial(test_site& t, const std::string& name, double written_s) {
    const std::string path = t.directory_of("in") + "/" + name;
    test::write_file(path, "half of an entry");
    REQUIRE(posix_world().set_modified(path, written_s));
}

}  // namespace

TEST_CASE(
    "recovery clears what a writer of its slice left unfinished a day ago, and nothing else") {
    test_site t;
    const double now = t.world.control().now;
    const auto stamp = [&](double age) { return to_repr({now - age}); };
    const double day = 86400;
    const std::string low = "+0" + std::string(39, '0');
    const std::string high = "+f" + std::string(39, '0');
    leave_partial(t, stamp(3 * day) + low + ".pck.tmp", now - 2 * day);
    leave_partial(t, stamp(4 * day) + low + ".bak.tmp", now - 2 * day);
    const std::set<std::string> stay{
        stamp(5 * day) + low + ".pck.tmp",   // an old stamp, written an hour ago
        stamp(3600) + low + ".pck.tmp",      // new
        stamp(3 * day) + high + ".pck.tmp",  // another slice's
        "notes.tmp",                         // no entry
        "odd.pck.tmp",
    };
    for (const std::string& name : stay) {
        const bool new_file = name.starts_with(stamp(5 * day)) || name.starts_with(stamp(3600));
        leave_partial(t, name, new_file ? now - 3600 : now - 2 * day);
    }
    const auto halves = mailman21_spool::partition_type::make(2).value();
    auto board = t.site.open_queue("in", {halves, 0});
    const auto done = board.recover().value();
    CHECK(done.cleared == 2);
    CHECK(done.problems.empty());
    CHECK(t.names("in") == stay);
    CHECK(t.site.open_queue("in", {halves, 1}).recover()->cleared == 1);
}

TEST_CASE("what cannot be cleared is reported, and the entries are recovered") {
    test_site t;
    const double now = t.world.control().now;
    leave_partial(t, to_repr({now - 3e5}) + "+" + std::string(40, 'a') + ".pck.tmp", now - 2e5);
    const std::string base = t.enqueue("in");
    auto board = t.site.open_queue("in", {});
    REQUIRE(board.dequeue(base));
    t.world.control().fail = [](std::string_view call, const std::string&) {
        return call == "remove" ? std::optional(error_code::denied) : std::nullopt;
    };
    const auto done = board.recover().value();
    CHECK(done.cleared == 0);
    CHECK(done.requeued == 1);
    REQUIRE(done.problems.size() == 1);
    CHECK(done.problems[0].code == error_code::denied);
}
