#include "support/test_site.hpp"

#include <qslice/runner/runner_loop.hpp>

#include <catch2/catch.hpp>

#include <array>
#include <filesystem>
#include <functional>
#include <stdexcept>

#include <sys/stat.h>

using namespace qslice;
using test::test_site;

namespace {

/// A runner of in/ that does what a test specifies.
struct told_runner {
    static constexpr std::string_view class_name = "ToldRunner";
    static constexpr std::string_view queue = "in";
    static constexpr std::array<std::string_view, 0> flows_to{};

    std::function<result<disposition>(queued_message&)> act = [](queued_message&) {
        return disposition::done;
    };

    template <class Site>
    result<disposition> dispose(Site&, queued_message& message) {
        return act(message);
    }
};

auto loop_of(test_site& t, std::function<result<disposition>(queued_message&)> act) {
    return runner_loop<told_runner, test_site::site_type>(t.site, {}, {std::move(act)});
}

const std::string some_hash(40, 'a');

bool contains(const std::vector<std::string>& lines, std::string_view text) {
    return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
        return line.find(text) != std::string::npos;
    });
}

}  // namespace

TEST_CASE("a runner takes and finishes waiting entries in order, and sleeps when there are none") {
    test_site t;
    for (const char* text : {"Subject: 1\n\n", "Subject: 2\n\n", "Subject: 3\n\n"}) {
        t.enqueue("in", text);
        t.world.control().now += 1;
    }
    std::string seen;
    auto loop = loop_of(t, [&](queued_message& m) {
        seen += m.text.str()[9];
        return disposition::done;
    });
    loop.run();
    CHECK(seen == "123");
    CHECK(t.names("in").empty());
    CHECK(t.world.control().sleeps == std::vector<double>{1.0});
    CHECK(t.world.lines("qrunner") ==
          std::vector<std::string>{"ToldRunner qrunner started.", "ToldRunner qrunner exiting."});
}

TEST_CASE("entries that arrive during a pass wait for the next one") {
    test_site t;
    t.enqueue("in");
    int passes = 0;
    auto loop = loop_of(t, [&](queued_message&) {
        // Older than all others, and yet after them.
        if (++passes == 1) {
            t.enqueue("in", "Subject: old\n\n", {{"listname", "users"}, {"received_time", 1.0}});
        }
        return disposition::done;
    });
    CHECK(loop.one_pass() == 1);
    CHECK(t.names("in").size() == 1);
    CHECK(loop.one_pass() == 1);
}

TEST_CASE("a runner that is asked to stop leaves the rest of its pass in the queue") {
    test_site t;
    t.enqueue("in", "Subject: 1\n\n");
    t.enqueue("in", "Subject: 2\n\n");
    auto loop = loop_of(t, [&](queued_message&) {
        t.world.request_stop();
        return disposition::done;
    });
    loop.run();
    CHECK(t.names("in").size() == 1);
    CHECK(t.names("in").begin()->ends_with(".pck"));
}

TEST_CASE("a malformed name is reported once and left in place, and the queue continues") {
    test_site t;
    test::write_file(t.directory_of("in") + "/junk.pck", "x");
    t.enqueue("in", "Subject: 1\n\n");
    int handled = 0;
    t.world.control().stop_at_sleep = 3;
    auto loop = loop_of(t, [&](queued_message&) {
        if (++handled == 1) t.enqueue("in", "Subject: 2\n\n");
        return disposition::done;
    });
    loop.run();
    CHECK(handled == 2);
    CHECK(t.names("in") == std::set<std::string>{"junk.pck"});
    CHECK(t.world.lines("error") ==
          std::vector<std::string>{t.directory_of("in") +
                                   "/junk: expected TIME+HASH, found no '+' (malformed)"});
}

TEST_CASE("an entry that cannot be parsed is preserved, and the queue continues") {
    test_site t;
    const std::string bad = "1.0+" + some_hash;
    test::write_file(t.directory_of("in") + "/" + bad + ".pck", "S'text only'\n.");
    t.enqueue("in");
    auto loop = loop_of(t, [](queued_message&) { return disposition::done; });
    CHECK(loop.one_pass() == 2);
    CHECK(t.names("in").empty());
    CHECK(t.names("bad") == std::set<std::string>{bad + ".psv"});
    CHECK(contains(t.world.lines("error"), "Skipping and preserving unparseable message: " + bad));
}

TEST_CASE("a message whose processing fails is shunted with the directory of its queue") {
    test_site t;
    const std::string base = t.enqueue("in");
    auto loop = loop_of(t, [](queued_message& m) -> result<disposition> {
        m.data.set("note", "as far as it came");
        return failure(error_code::rejected, "step", "does not like it");
    });
    CHECK(loop.one_pass() == 1);
    CHECK(t.names("in").empty());
    const auto shunted = t.waiting("shunt");
    REQUIRE(shunted.size() == 1);
    CHECK(shunted[0].data.text("whichq") == t.directory_of("in"));
    CHECK(shunted[0].data.text("note") == "as far as it came");
    CHECK(shunted[0].text == "Subject: hello\n\nbody\n");
    CHECK(t.world.lines("error")[0] ==
          "Uncaught runner exception: step: does not like it (rejected)");
    CHECK(t.world.lines("error")[1].starts_with("SHUNTING: 1400972196.25+"));
}

TEST_CASE("an exception shunts a message just as an error does") {
    test_site t;
    t.enqueue("in");
    auto loop = loop_of(t, [](queued_message&) -> result<disposition> {
        throw std::runtime_error("out of patience");
    });
    CHECK(loop.one_pass() == 1);
    CHECK(t.waiting("shunt").size() == 1);
    CHECK(contains(t.world.lines("error"), "ToldRunner: out of patience"));
}

TEST_CASE("a message that can neither be handled nor shunted stays until it can be shunted") {
    test_site t;
    const std::string base = t.enqueue("in");
    t.world.control().fail = [](std::string_view call, const std::string& path) {
        return call == "open" && path.find("/shunt/") != std::string::npos
                   ? std::optional(error_code::no_space)
                   : std::nullopt;
    };
    auto loop = loop_of(t, [](queued_message&) -> result<disposition> {
        return failure(error_code::rejected, "step", "no");
    });
    CHECK(loop.one_pass() == 0);
    CHECK(t.names("in") == std::set<std::string>{base + ".pck"});
    CHECK(t.names("bad").empty());
    t.world.control().fail = nullptr;
    CHECK(loop.one_pass() == 1);
    CHECK(t.waiting("shunt").size() == 1);
}

TEST_CASE("Mailman's runner preserves a message that can neither be handled nor shunted") {
    test_site t;
    site_settings settings{t.site.settings().root, "mx2/test"};
    settings.untaken = untaken_entry::preserve;
    test_site::site_type mailmans(t.world, t.services, settings);
    const std::string base = t.enqueue("in");
    t.world.control().fail = [](std::string_view call, const std::string& path) {
        return call == "open" && path.find("/shunt/") != std::string::npos
                   ? std::optional(error_code::no_space)
                   : std::nullopt;
    };
    runner_loop<told_runner, test_site::site_type> loop(
        mailmans, {}, {[](queued_message&) -> result<disposition> {
            return failure(error_code::rejected, "step", "no");
        }});
    loop.one_pass();
    CHECK(t.names("in").empty());
    CHECK(t.names("bad") == std::set<std::string>{base + ".psv"});
    CHECK(contains(t.world.lines("error"), "SHUNTING FAILED, preserving original entry: " + base));
}

TEST_CASE("a message that is kept queued gets a new entry and keeps its time") {
    test_site t;
    const std::string base = t.enqueue("in");
    t.world.control().now += 5;
    auto loop = loop_of(t, [](queued_message&) { return disposition::keep_queued; });
    CHECK(loop.one_pass() == 1);
    REQUIRE(t.names("in").size() == 1);
    CHECK(*t.names("in").begin() != base + ".pck");
    CHECK(t.names("in").begin()->starts_with("1400972196.25+"));
}

TEST_CASE("a message that cannot be queued again stays where it is") {
    test_site t;
    const std::string base = t.enqueue("in");
    auto loop = loop_of(t, [&](queued_message&) {
        t.world.control().fail = [](std::string_view call, const std::string&) {
            return call == "write" ? std::optional(error_code::no_space) : std::nullopt;
        };
        return disposition::keep_queued;
    });
    loop.one_pass();
    CHECK(t.names("in") == std::set<std::string>{base + ".pck"});
    CHECK(t.names("bad").empty());
}

TEST_CASE("while storage fails nothing leaves its queue, and it is said once") {
    const auto code = GENERATE(error_code::no_space, error_code::denied, error_code::io);
    // All of storage that writes, each call alone, and what the work itself needs.
    const auto where =
        GENERATE("write", "open", "rename", "sync_directory", "list", "read", "work");
    INFO(where << ", " << to_string(code));
    test_site t;
    std::set<std::string> entries;
    for (int i = 0; i < 8; ++i) {
        entries.insert(t.enqueue("in", "Subject: " + std::to_string(i) + "\n\n") + ".pck");
        t.world.control().now += 1;
    }
    std::size_t handled = 0;
    bool fails = true;
    t.world.control().fail = [&](std::string_view call, const std::string& path) {
        const bool hit = fails && call == where && path.find("/bad") == std::string::npos;
        return hit ? std::optional(code) : std::nullopt;
    };
    auto loop = loop_of(t, [&](queued_message& m) -> result<disposition> {
        if (fails && where == std::string_view("work")) return failure(code, "out/x", "write");
        const auto queued = t.site.enqueue("out", m.text, m.data);
        if (!queued) return failure(queued.error());
        ++handled;
        return disposition::done;
    });
    for (int pass = 0; pass < 9; ++pass) loop.one_pass();
    const std::size_t left = t.names("in").size();
    CHECK(left + handled >= 8);  // finished, or in place
    for (const std::string& name : t.names("in")) CHECK(entries.count(name) == 1);
    CHECK(t.names("bad").empty());
    CHECK(t.names("shunt").empty());
    CHECK(t.world.lines("error").size() == 1);
    fails = false;
    CHECK(loop.one_pass() == left);
    CHECK(t.names("in").empty());
    CHECK(t.names("bad").empty());
    CHECK(t.waiting("out").size() >= 8);
}

TEST_CASE("while storage fails the pauses grow, and they are short again after it") {
    test_site t;
    t.enqueue("in");
    t.world.control().stop_at_sleep = 11;
    auto loop = loop_of(t, [&](queued_message&) -> result<disposition> {
        if (t.world.control().sleeps.size() < 8) return failure(error_code::io, "out/", "write");
        return disposition::done;
    });
    loop.run();
    // Then the queue is empty.
    CHECK(t.world.control().sleeps == std::vector<double>{1, 2, 4, 8, 16, 32, 60, 60, 1, 1, 1});
    CHECK(t.world.lines("error").size() == 1);
    CHECK(contains(t.world.lines("qrunner"), "storage works again"));
}

TEST_CASE("after a storage fault a message goes on at the handler that met it") {
    test_site t;
    t.enqueue("in");
    bool fails = true;
    // Whether or not the progress can be written.
    const bool written = GENERATE(true, false);
    t.world.control().fail = [&](std::string_view call, const std::string& path) {
        return fails && !written && call == "write" && path.ends_with(".bak.tmp")
                   ? std::optional(error_code::no_space)
                   : std::nullopt;
    };
    int archived = 0;
    int sent = 0;
    auto loop = loop_of(t, [&](queued_message& m) -> result<disposition> {
        if (!m.data.flag("archived")) ++archived;
        m.data.set("archived", true);
        if (fails) return failure(error_code::no_space, "out/", "write");
        ++sent;
        return disposition::done;
    });
    for (int i = 0; i < 5; ++i) CHECK(loop.one_pass() == 0);
    fails = false;
    CHECK(loop.one_pass() == 1);
    CHECK(archived == 1);
    CHECK(sent == 1);
}

TEST_CASE("a message that alone meets a storage fault does not hold up the others") {
    test_site t;
    for (const char* text : {"Subject: 1\n\n", "Subject: 2\n\n", "Subject: 3\n\n"}) {
        t.enqueue("in", text);
        t.world.control().now += 1;
    }
    auto loop = loop_of(t, [&](queued_message& m) -> result<disposition> {
        if (m.text.str()[9] == '1') return failure(error_code::io, "archive", "read");
        return disposition::done;
    });
    CHECK(loop.one_pass() == 2);
    CHECK(loop.one_pass() == 0);
    CHECK(t.names("in").size() == 1);
    CHECK(t.world.lines("error").size() == 1);
}

TEST_CASE("an entry that storage does not let go is finished later, and not handled again") {
    test_site t;
    t.enqueue("in");
    int handled = 0;
    auto loop = loop_of(t, [&](queued_message&) {
        ++handled;
        return disposition::done;
    });
    bool fails = true;
    t.world.control().fail = [&](std::string_view call, const std::string&) {
        return fails && call == "remove" ? std::optional(error_code::denied) : std::nullopt;
    };
    loop.one_pass();
    loop.one_pass();
    CHECK(t.names("in").size() == 1);
    fails = false;
    loop.one_pass();
    CHECK(t.names("in").empty());
    CHECK(handled == 1);
}

TEST_CASE("entries in hand that storage does not let recover are recovered when it does") {
    test_site t;
    const std::string base = t.enqueue("in");
    REQUIRE(t.site.open_queue("in", {}).dequeue(base));
    bool fails = true;
    t.world.control().fail = [&](std::string_view call, const std::string& path) {
        return fails && call == "write" && path.ends_with(".tmp")
                   ? std::optional(error_code::no_space)
                   : std::nullopt;
    };
    int handled = 0;
    auto loop = loop_of(t, [&](queued_message&) {
        ++handled;
        return disposition::done;
    });
    loop.recover();
    loop.one_pass();
    CHECK(handled == 0);
    fails = false;
    loop.one_pass();
    CHECK(handled == 1);
    CHECK(t.names("in").empty());
}

TEST_CASE("two runners of one slice say so in two lines a pass") {
    test_site t;
    for (int i = 0; i < 50; ++i) t.enqueue("in", "Subject: " + std::to_string(i) + "\n\n");
    // Another runner is always faster.
    t.world.control().fail = [&](std::string_view call, const std::string& path) {
        return call == "open" && path.ends_with(".pck") ? std::optional(error_code::not_found)
                                                        : std::nullopt;
    };
    auto loop = loop_of(t, [](queued_message&) { return disposition::done; });
    CHECK(loop.one_pass() == 50);
    CHECK(t.world.lines("error").size() == 2);
    CHECK(contains(t.world.lines("error"), "50 entries of this look were taken by another"));
}

TEST_CASE("an entry that a crash left in hand is processed again when the runner starts") {
    test_site t;
    const std::string base = t.enqueue("in");
    REQUIRE(t.site.open_queue("in", {}).dequeue(base));
    int handled = 0;
    auto loop = loop_of(t, [&](queued_message& m) {
        ++handled;
        CHECK(m.data.number("_bak_count") == 1);
        return disposition::done;
    });
    loop.run();
    CHECK(handled == 1);
    CHECK(t.names("in").empty());
}

TEST_CASE("a queue that cannot be listed is reported once per outage") {
    test_site t;
    t.world.control().stop_at_sleep = 6;
    t.world.control().fail = [&](std::string_view call, const std::string&) {
        const bool works = t.world.control().sleeps.size() == 3;
        return call == "list" && !works ? std::optional(error_code::io) : std::nullopt;
    };
    auto loop = loop_of(t, [](queued_message&) { return disposition::done; });
    loop.run();
    CHECK(t.world.lines("error").size() == 2);
    CHECK(t.world.control().sleeps == std::vector<double>{1, 2, 4, 1, 1, 2});
}

TEST_CASE("an entry that another runner took first is left to it, and the look was not empty") {
    test_site t;
    const std::string base = t.enqueue("in");
    // The other runner's rename comes between this one's look and its own.
    t.world.control().fail = [&](std::string_view call, const std::string& path) {
        if (call != "rename" || !path.ends_with(".pck")) return std::optional<error_code>();
        t.world.control().fail = nullptr;
        REQUIRE(t.site.open_queue("in", {}).dequeue(base));
        return std::optional(error_code::not_found);
    };
    auto loop = loop_of(t, [](queued_message&) { return disposition::done; });
    CHECK(loop.one_pass() == 1);
    CHECK(t.names("in") == std::set<std::string>{base + ".bak"});
    CHECK(t.names("bad").empty());
}

TEST_CASE("Mailman's runner moves the entry that another took first into bad/") {
    test_site t;
    site_settings settings{t.site.settings().root, "mx2/test"};
    settings.untaken = untaken_entry::preserve;
    test_site::site_type mailmans(t.world, t.services, settings);
    const std::string base = t.enqueue("in");
    // The other runner's rename comes between this one's look and its own.
    t.world.control().fail = [&](std::string_view call, const std::string& path) {
        if (call != "rename" || !path.ends_with(".pck")) return std::optional<error_code>();
        t.world.control().fail = nullptr;
        REQUIRE(t.site.open_queue("in", {}).dequeue(base));
        return std::optional(error_code::not_found);
    };
    runner_loop<told_runner, test_site::site_type> loop(mailmans, {});
    CHECK(loop.one_pass() == 1);
    CHECK(t.names("in").empty());
    CHECK(t.names("bad") == std::set<std::string>{base + ".psv"});
    CHECK(contains(t.world.lines("error"), "Uncaught runner exception: "));
    CHECK(contains(t.world.lines("error"), "Skipping and preserving unparseable message: " + base));

    // The winner has nothing left to finish.
    CHECK(t.site.open_queue("in", {}).finish(base).error().code == error_code::not_found);
}

TEST_CASE("an entry that cannot be read temporarily is retried, and the others continue") {
    test_site t;
    const std::string stuck = t.enqueue("in", "Subject: 1\n\n");
    t.world.control().now += 1;
    t.enqueue("in", "Subject: 2\n\n");
    t.world.control().fail = [&](std::string_view call, const std::string& path) {
        return call == "read" && path.find(stuck) != std::string::npos
                   ? std::optional(error_code::io)
                   : std::nullopt;
    };
    auto loop = loop_of(t, [](queued_message&) { return disposition::done; });
    CHECK(loop.one_pass() == 1);
    CHECK(t.names("in") == std::set<std::string>{stuck + ".pck"});
    t.world.control().fail = nullptr;
    CHECK(loop.one_pass() == 1);
    CHECK(t.names("in").empty());
}

TEST_CASE("what is no file and is named like an entry is reported once, and the others continue") {
    test_site t;
    const std::string in = t.directory_of("in") + "/";
    const std::string fifo = "1.0+" + some_hash + ".pck";
    const std::string directory = "2.0+" + some_hash + ".pck";
    const std::string link = "3.0+" + some_hash + ".pck";
    const std::string dangling = "4.0+" + some_hash + ".pck";
    const std::string circular = "5.0+" + some_hash + ".pck";
    REQUIRE(::mkfifo((in + fifo).c_str(), 0600) == 0);
    REQUIRE(::mkdir((in + directory).c_str(), 0700) == 0);
    t.place("bad", "1.0+" + some_hash + ".psv");
    std::filesystem::create_symlink(t.directory_of("bad") + "/1.0+" + some_hash + ".psv",
                                    in + link);
    std::filesystem::create_symlink("nowhere", in + dangling);
    std::filesystem::create_symlink(circular, in + circular);
    t.enqueue("in");
    int disposed = 0;
    auto loop = loop_of(t, [&](queued_message&) {
        ++disposed;
        return disposition::done;
    });
    CHECK(loop.one_pass() == 1);
    CHECK(loop.one_pass() == 0);
    CHECK(disposed == 1);
    CHECK(t.names("in") == std::set<std::string>{fifo, directory, link, dangling, circular});
    CHECK(t.names("bad").size() == 1);
    CHECK(t.world.lines("error").size() == 5);
}

TEST_CASE("a symbolic link named like an entry in hand is reported at recovery and stays") {
    test_site t;
    const std::string in = t.directory_of("in") + "/";
    const std::string link = "1.0+" + some_hash + ".bak";
    std::filesystem::create_symlink("nowhere", in + link);
    auto loop = loop_of(t, [](queued_message&) { return disposition::done; });
    loop.recover();
    CHECK(contains(t.world.lines("error"), "expected a file, found a directory, symbolic link"));
    CHECK(t.names("in") == std::set<std::string>{link});
    CHECK(t.names("bad").empty());
}
