// What a power loss may leave: exactly the documented states, found by walking all choices.
#include "sim/engine/random_stream.hpp"
#include "sim/world/file_system.hpp"

#include <catch2/catch.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace qslice;
using namespace qslice::sim;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

using tree = std::map<std::string, std::string>;

// One machine's calls on a disk, each of which must succeed.
struct user {
    file_system& disk;
    caller by;

    open_file open(const std::string& path, open_mode mode = open_mode::truncate) {
        auto f = disk.open(by, path, mode, entry_permissions);
        REQUIRE(f);
        return *f;
    }
    void write(const std::string& path, std::string_view bytes, bool and_sync,
               open_mode mode = open_mode::truncate) {
        open_file f = open(path, mode);
        REQUIRE(disk.write(by, f, bytes));
        if (and_sync) REQUIRE(disk.sync(by, f));
        REQUIRE(disk.close(by, f));
    }
    void rename(const std::string& from, const std::string& to) {
        REQUIRE(disk.rename(by, from, to));
    }
    void remove(const std::string& path) { REQUIRE(disk.remove(by, path)); }
    void sync_directory(const std::string& path = "/") { REQUIRE(disk.sync_directory(by, path)); }
    void make_directory(const std::string& path) {
        REQUIRE(disk.make_directory(by, path, directory_permissions));
    }
};

file_system_settings with_rules(crash_rules rules) {
    file_system_settings s;
    s.rules = rules;
    return s;
}

using history = std::function<void(user&)>;

// All trees that a power loss after the history can leave.
std::set<tree> states_after(crash_rules rules, const history& happens) {
    std::set<tree> states;
    exhaustive_choices all;
    do {
        file_system disk(with_rules(rules));
        user u{disk, {disk.attach(), {}, 0, {}}};
        happens(u);
        disk.power_loss({}, all);
        states.insert(disk.content());
        REQUIRE(disk.not_durable({}) == 0);
    } while (all.next());
    return states;
}

std::set<tree> states_after(const history& happens) {
    return states_after(crash_rules::unordered, happens);
}

}  // namespace

TEST_CASE("what is decided when it is looked for is what would have been decided at once") {
    const std::vector<history> histories{
        [](user& u) {
            u.open("f");
            u.sync_directory();
            u.write("f", "ab", false);
        },
        [](user& u) {
            u.make_directory("d");
            u.sync_directory();
            u.write("d/x.tmp", "text", true);
            u.rename("d/x.tmp", "d/x");
            u.write("d/y", "1", false);
            u.rename("d/x", "z");
            u.remove("d/y");
        },
    };
    for (const history& happens : histories) {
        const std::set<tree> at_once = states_after(happens);
        std::set<tree> late;
        std::size_t runs = 0;
        exhaustive_choices all;
        do {
            file_system disk(with_rules(crash_rules::unordered));
            disk.decide_late(all);
            user u{disk, {disk.attach(), {}, 0, {}}};
            happens(u);
            disk.power_loss({}, all);
            disk.decide_below("/", true);
            late.insert(disk.content());
            CHECK(disk.undecided().empty());
        } while (all.next());
        CHECK(late == at_once);
        // Nobody looks: there is nothing to decide.
        exhaustive_choices none;
        do {
            file_system disk(with_rules(crash_rules::unordered));
            disk.decide_late(none);
            user u{disk, {disk.attach(), {}, 0, {}}};
            happens(u);
            disk.power_loss({}, none);
            ++runs;
        } while (none.next());
        CHECK(runs == 1);
    }
}

TEST_CASE("unsynced bytes may be kept, lost, cut short or replaced by zeros, and nothing else") {
    const auto states = states_after([](user& u) {
        u.open("f");
        u.sync_directory();
        u.write("f", "ab", false);
    });
    CHECK(states == std::set<tree>{{{"f", "ab"}},
                                   {{"f", ""}},
                                   {{"f", "a"}},
                                   {{"f", "\0b"s}},
                                   {{"f", "a\0"s}},
                                   {{"f", "\0\0"s}}});
}

TEST_CASE("appended bytes may be lost without harm to those that were synced before") {
    const auto states = states_after([](user& u) {
        u.write("f", "old", true);
        u.sync_directory();
        u.write("f", "+n", false, open_mode::append);
    });
    CHECK(states.contains({{"f", "old"}}));
    CHECK(states.contains({{"f", "old+n"}}));
    for (const tree& t : states) CHECK(t.at("f").starts_with("old"));
    CHECK(states.size() == 6);
}

TEST_CASE("a file that was truncated and rewritten may be old, empty, torn or new") {
    const auto states = states_after([](user& u) {
        u.write("f", "OLD", true);
        u.sync_directory();
        u.write("f", "ne", false);
    });
    CHECK(states == std::set<tree>{{{"f", "OLD"}},
                                   {{"f", ""}},
                                   {{"f", "n"}},
                                   {{"f", "ne"}},
                                   {{"f", "\0e"s}},
                                   {{"f", "n\0"s}},
                                   {{"f", "\0\0"s}}});
    CHECK(states_after([](user& u) {
              u.write("f", "OLD", true);
              u.sync_directory();
              u.open("f");
          }) == std::set<tree>{{{"f", "OLD"}}, {{"f", ""}}});
}

TEST_CASE("large writes tear between sectors and in no more than eight pieces") {
    const std::string bytes(64 * 1024, 'x');
    const auto states = states_after([&](user& u) {
        u.open("f");
        u.sync_directory();
        u.write("f", bytes, false);
    });
    CHECK(states.size() == 1 + 1 + 7 + 36);  // whole, none, cut short, a run of zeros
    for (const tree& t : states) {
        const std::string& left = t.at("f");
        CHECK(left.size() % 512 == 0);
        CHECK(std::count(left.begin(), left.end(), '\0') % 512 == 0);
    }
}

TEST_CASE("fsync keeps a file's bytes but not its name") {
    CHECK(states_after([](user& u) { u.write("f", "text", true); }) ==
          std::set<tree>{{}, {{"f", "text"}}});
    CHECK(states_after([](user& u) {
              u.write("f", "text", true);
              u.sync_directory();
          }) == std::set<tree>{{{"f", "text"}}});
}

TEST_CASE("a synced name without synced bytes may have any part of them") {
    const auto states = states_after([](user& u) {
        u.write("f", "ab", false);
        u.sync_directory();
    });
    CHECK(states.size() == 6);
    for (const tree& t : states) CHECK(t.contains("f"));
}

TEST_CASE("names in one directory are lost independently, but each in its order") {
    const history two_files = [](user& u) {
        u.open("a");
        u.open("b");
    };
    CHECK(states_after(two_files) ==
          std::set<tree>{{}, {{"a", ""}}, {{"b", ""}}, {{"a", ""}, {"b", ""}}});
    CHECK(states_after(crash_rules::journaled, two_files) ==
          std::set<tree>{{}, {{"a", ""}}, {{"a", ""}, {"b", ""}}});
}

TEST_CASE("Mailman's enqueue leaves no entry, the partial file or the entry, never both") {
    const history enqueue = [](user& u) {
        u.write("x.pck.tmp", "text", true);
        u.rename("x.pck.tmp", "x.pck");
    };
    const std::set<tree> states{{}, {{"x.pck.tmp", "text"}}, {{"x.pck", "text"}}};
    CHECK(states_after(enqueue) == states);
    // A journal makes the creation durable with the file's own fsync.
    CHECK(states_after(crash_rules::journaled, enqueue) ==
          std::set<tree>{{{"x.pck.tmp", "text"}}, {{"x.pck", "text"}}});
    for (const auto rules : {crash_rules::unordered, crash_rules::journaled}) {
        CHECK(states_after(rules, [&](user& u) {
                  enqueue(u);
                  u.sync_directory();
              }) == std::set<tree>{{{"x.pck", "text"}}});
    }
}

TEST_CASE("a removed file may come back, a replaced one may be the old or the new one") {
    CHECK(states_after([](user& u) {
              u.write("f", "text", true);
              u.sync_directory();
              u.remove("f");
          }) == std::set<tree>{{}, {{"f", "text"}}});
    CHECK(states_after([](user& u) {
              u.write("f", "old", true);
              u.write("g", "new", true);
              u.sync_directory();
              u.rename("g", "f");
          }) == std::set<tree>{{{"f", "old"}, {"g", "new"}}, {{"f", "new"}}});
}

TEST_CASE("a rename between directories may leave both names, never none") {
    const history move = [](user& u) {
        u.make_directory("a");
        u.make_directory("b");
        u.write("a/f", "text", true);
        u.sync_directory("a");
        u.sync_directory();
        u.rename("a/f", "b/f");
    };
    const tree old{{"a/", ""}, {"b/", ""}, {"a/f", "text"}};
    const tree both{{"a/", ""}, {"b/", ""}, {"a/f", "text"}, {"b/f", "text"}};
    const tree moved{{"a/", ""}, {"b/", ""}, {"b/f", "text"}};
    CHECK(states_after(move) == std::set<tree>{old, both, moved});
    CHECK(states_after(crash_rules::journaled, move) == std::set<tree>{old, moved});
    const auto and_sync = [&](const std::string& directory) {
        return states_after([&](user& u) {
            move(u);
            u.sync_directory(directory);
        });
    };
    CHECK(and_sync("b") == std::set<tree>{both, moved});
    CHECK(and_sync("a") == std::set<tree>{moved});  // the loss of the old name needs the new
}

TEST_CASE("a directory that was not synced in its parent may be lost with its contents") {
    const auto states = states_after([](user& u) {
        u.make_directory("d");
        u.write("d/f", "text", true);
        u.sync_directory("d");
    });
    CHECK(states == std::set<tree>{{}, {{"d/", ""}, {"d/f", "text"}}});
}

TEST_CASE("data older than the write-back time is on the disk without any fsync") {
    file_system disk;
    user u{disk, {disk.attach(), {}, 0, {}}};
    u.write("old", "text", false);
    u.by.now = virtual_time(20s);
    u.write("new", "text", false);
    CHECK(disk.not_durable(virtual_time(30s)) == 4);
    CHECK(disk.not_durable(virtual_time(31s)) == 2);
    fixed_choices all_lost(fixed_choices::way::last);
    disk.power_loss(virtual_time(31s), all_lost);
    CHECK(disk.content() == tree{{"old", "text"}});
}

TEST_CASE("the crash of one machine spares the changes of others and what they depend on") {
    file_system disk;
    user a{disk, {disk.attach(), {}, 0, {}}};
    user b{disk, {disk.attach(), {}, 0, {}}};
    a.write("of-a", "1", false);
    b.write("of-b", "2", false);
    a.write("x", "3", true);
    b.rename("x", "y");
    fixed_choices all_lost(fixed_choices::way::last);
    disk.machine_crashed(a.by.machine, {}, all_lost);
    CHECK(disk.content() == tree{{"of-b", "2"}, {"y", "3"}});
    disk.power_loss({}, all_lost);
    CHECK(disk.content().empty());
}

TEST_CASE("used space is correct after every crash") {
    exhaustive_choices all;
    do {
        file_system disk;
        user u{disk, {disk.attach(), {}, 0, {}}};
        u.write("f", "12345", true);
        u.sync_directory();
        u.write("g", "123", false);
        u.rename("g", "f");
        u.write("h", "1", true);
        u.remove("h");
        disk.power_loss({}, all);
        std::size_t bytes = 0;
        for (const auto& [path, content] : disk.content()) bytes += content.size();
        CHECK(disk.used_bytes() == bytes);
    } while (all.next());
}

// Random histories in two directories; what must survive is recorded along with the calls.
TEST_CASE("durable data is never lost, in any crash state of any history") {
    for (std::uint64_t seed = 0; seed < 3000; ++seed) {
        const auto rules = seed % 2 == 0 ? crash_rules::unordered : crash_rules::journaled;
        random_stream draw(seed, "history");
        file_system disk(with_rules(rules));
        user u{disk, {disk.attach(), {}, 0, {}}};
        caller setup;
        for (const char* d : {"a", "b"}) {
            REQUIRE(disk.make_directory(setup, d, directory_permissions));
        }
        std::map<std::string, std::string> lasting;  // synced content of a synced name
        std::set<tree> passed;                       // trees since the last fsync
        std::map<std::string, bool> synced_bytes;
        const auto path = [&] {
            return std::string(draw.below(2) == 0 ? "a/" : "b/") +
                   static_cast<char>('p' + draw.below(3));
        };
        const auto exists = [&](const std::string& p) { return disk.content().contains(p); };
        const auto names_only = [&] {
            tree names = disk.content();
            for (auto& [name, content] : names) content.clear();
            return names;
        };
        passed.insert(names_only());
        const std::uint64_t steps = 1 + draw.below(25);
        for (std::uint64_t i = 0; i < steps; ++i) {
            const std::string p = path();
            const std::string q = path();
            bool synced = false;
            switch (draw.below(5)) {
                case 0: {
                    const bool sync = draw.below(2) == 0;
                    lasting.erase(p);
                    u.write(p, std::to_string(i), sync);
                    synced_bytes[p] = sync;
                    synced = sync;
                    break;
                }
                case 1:
                    if (!exists(p) || p == q) break;
                    lasting.erase(p);
                    lasting.erase(q);
                    u.rename(p, q);
                    synced_bytes[q] = synced_bytes[p];
                    break;
                case 2:
                    if (!exists(p)) break;
                    lasting.erase(p);
                    u.remove(p);
                    break;
                default: {
                    const std::string directory = p.substr(0, 1);
                    u.sync_directory(directory);
                    for (const auto& [name, content] : disk.content()) {
                        if (name[0] == directory[0] && !name.ends_with('/') && synced_bytes[name]) {
                            lasting[name] = content;
                        }
                    }
                    synced = true;
                }
            }
            if (synced && rules == crash_rules::journaled) passed.clear();
            passed.insert(names_only());
        }
        random_choices choices{random_stream(seed, "crash")};
        disk.power_loss({}, choices);
        INFO("seed " << seed);
        const tree left = disk.content();
        for (const auto& [name, content] : lasting) {
            REQUIRE(left.contains(name));
            REQUIRE(left.at(name) == content);
        }
        if (rules == crash_rules::journaled) REQUIRE(passed.contains(names_only()));
    }
}

TEST_CASE(
    "a file that a power loss left with other bytes than were written is known to be damaged") {
    exhaustive_choices all;
    std::size_t damaged = 0;
    std::size_t whole = 0;
    do {
        file_system disk(with_rules(crash_rules::unordered));
        user u{disk, {disk.attach(), {}, 0, {}}};
        u.write("durable", "abcd", true);
        u.write("not", "abcd", false);
        u.sync_directory();
        disk.power_loss({}, all);
        const tree left = disk.content();
        const bool differs = left.contains("not") && left.at("not") != "abcd";
        CHECK(disk.damaged_files() ==
              (differs ? std::set<std::string>{"not"} : std::set<std::string>{}));
        ++(differs ? damaged : whole);
        if (!left.contains("not")) continue;
        u.write("not", "efgh", false);
        CHECK(disk.damaged_files().empty());
    } while (all.next());
    CHECK(damaged > 0);
    CHECK(whole > 0);
}
