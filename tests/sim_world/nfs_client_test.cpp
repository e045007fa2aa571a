// Two machines that share a directory through NFS clients.
#include "sim/world/nfs_client.hpp"
#include "shared_directory.hpp"
#include "spool_in_simulation.hpp"

#include <qslice/codec/entry_format.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <optional>

using namespace qslice;
using namespace qslice::sim;
using namespace std::chrono_literals;

namespace {

void write_file(sim_world& w, const std::string& path, std::string_view bytes) {
    auto f = w.open(path, open_mode::truncate, entry_permissions);
    REQUIRE(f);
    REQUIRE(w.write(*f, bytes));
    REQUIRE(w.close(*f));
}

std::optional<std::string> read_file(sim_world& w, const std::string& path) {
    auto f = w.open(path, open_mode::read, entry_permissions);
    if (!f) return std::nullopt;
    auto bytes = w.read(*f);
    REQUIRE(bytes);
    return *bytes;
}

std::vector<std::string> names_in(sim_world& w, const std::string& path) {
    std::vector<std::string> names;
    REQUIRE(w.list(path, [&](std::string_view name) { names.emplace_back(name); }));
    std::sort(names.begin(), names.end());
    return names;
}

using names = std::vector<std::string>;

}  // namespace

TEST_CASE("data that one client closed the other reads at its next open") {
    shared_directory s;
    s.at(0, s.a, [](sim_world& w) { write_file(w, "f", "one"); });
    s.at(0.1, s.b, [](sim_world& w) { CHECK(read_file(w, "f") == "one"); });
    s.at(0.2, s.a, [](sim_world& w) { write_file(w, "f", "two"); });
    s.at(0.3, s.b, [](sim_world& w) { CHECK(read_file(w, "f") == "two"); });
    s.e.run();
}

TEST_CASE("data that is not yet closed or synced is seen only on its own machine") {
    shared_directory s;
    s.at(0, s.a, [](sim_world& w) {
        auto f = w.open("f", open_mode::truncate, entry_permissions);
        CHECK(w.write(*f, "text"));
        CHECK(read_file(w, "f") == "text");
        CHECK(w.information("f")->size_bytes == 4);
        w.sleep_for(1);
        CHECK(w.sync(*f));
        w.sleep_for(1);
    });
    s.at(0.5, s.b, [](sim_world& w) { CHECK(read_file(w, "f") == ""); });
    s.at(1.5, s.b, [](sim_world& w) { CHECK(read_file(w, "f") == "text"); });
    s.e.run();
}

TEST_CASE("listings, attributes and missing names are as old as the attribute cache allows") {
    shared_directory s;
    s.at(0, s.b, [](sim_world& w) {
        CHECK(names_in(w, "/").empty());
        CHECK_FALSE(w.information("f"));
    });
    s.at(1, s.a, [](sim_world& w) {
        write_file(w, "f", "text");
        CHECK(names_in(w, "/") == names{"f"});  // its own change at once
    });
    s.at(2, s.b, [](sim_world& w) {
        CHECK(names_in(w, "/").empty());
        CHECK_FALSE(w.information("f"));
        CHECK_FALSE(w.open("f", open_mode::read, entry_permissions));
    });
    s.at(3, s.b, [](sim_world& w) {
        CHECK(names_in(w, "/") == names{"f"});
        CHECK(w.information("f")->size_bytes == 4);
    });
    s.at(4, s.a, [](sim_world& w) { write_file(w, "f", "longer text"); });
    s.at(5, s.b, [](sim_world& w) { CHECK(w.information("f")->size_bytes == 4); });
    s.at(6.5, s.b, [](sim_world& w) { CHECK(w.information("f")->size_bytes == 11); });
    s.e.run();
}

TEST_CASE("without an attribute cache every change is seen at once") {
    shared_directory s({.attribute_cache = 0s});
    s.at(0, s.b, [](sim_world& w) { CHECK(names_in(w, "/").empty()); });
    s.at(0.1, s.a, [](sim_world& w) { write_file(w, "f", "text"); });
    s.at(0.2, s.b, [](sim_world& w) {
        CHECK(names_in(w, "/") == names{"f"});
        CHECK(w.information("f")->size_bytes == 4);
    });
    s.e.run();
}

TEST_CASE("if two machines take the same entry, the server gives it to one") {
    shared_directory s;
    sim_world setup = s.a.outside();
    write_file(setup, "x.pck", "text");
    s.at(0, s.b, [](sim_world& w) { CHECK(names_in(w, "/") == names{"x.pck"}); });
    s.at(0, s.b, [](sim_world& w) { CHECK(read_file(w, "x.pck") == "text"); });
    s.at(1, s.a, [](sim_world& w) { CHECK(w.rename("x.pck", "x.bak")); });
    s.at(2, s.b, [](sim_world& w) {
        CHECK(names_in(w, "/") == names{"x.pck"});  // stale
        CHECK(read_file(w, "x.pck") == "text");     // by its cached handle, which is valid
        const auto taken = w.rename("x.pck", "x.bak");
        REQUIRE_FALSE(taken);
        CHECK(taken.error().code == error_code::not_found);
        CHECK(names_in(w, "/") == names{"x.bak"});
    });
    s.e.run();
}

TEST_CASE("a lost reply makes rename and remove find their own work done") {
    shared_directory s({.lost_reply_share = 1});
    s.at(0, s.a, [&](sim_world& w) {
        write_file(w, "f", "text");
        const virtual_time before = s.e.now();
        const auto renamed = w.rename("f", "g");
        REQUIRE_FALSE(renamed);
        CHECK(renamed.error().code == error_code::not_found);
        CHECK(s.e.now() - before == 1s);
        CHECK(s.server.content() == tree{{"g", "text"}});
        const auto removed = w.remove("g");
        REQUIRE_FALSE(removed);
        CHECK(removed.error().code == error_code::not_found);
        CHECK(s.server.content().empty());
        const auto made = w.open("h", open_mode::create_exclusive, entry_permissions);
        REQUIRE_FALSE(made);
        CHECK(made.error().code == error_code::exists);
        CHECK(s.server.content() == tree{{"h", ""}});
        CHECK(w.make_directory("d/e", directory_permissions));
    });
    s.e.run();
}

TEST_CASE("a file removed while open lives on as .nfsXXXX until its own machine closes it") {
    shared_directory s;
    s.at(0, s.a, [](sim_world& w) {
        write_file(w, "f", "text");
        auto f = w.open("f", open_mode::read, entry_permissions);
        REQUIRE(f);
        CHECK(w.remove("f"));
        const names left = names_in(w, "/");
        REQUIRE(left.size() == 1);
        CHECK(left[0].starts_with(".nfs"));
        CHECK(w.read(*f).value() == "text");
        CHECK_FALSE(w.information("f"));
        CHECK(w.close(*f));
        CHECK(names_in(w, "/").empty());
    });
    s.e.run();
    CHECK(s.server.content().empty());
    CHECK(s.server.used_bytes() == 0);
}

TEST_CASE("a file replaced while open is kept under a .nfs name, and a crash leaves it there") {
    shared_directory s;
    s.at(0, s.a, [](sim_world& w) {
        write_file(w, "f", "old");
        write_file(w, "g", "new");
        auto f = w.open("f", open_mode::read, entry_permissions);
        CHECK(w.rename("g", "f"));
        CHECK(w.read(*f).value() == "old");
        w.sleep_for(100);
    });
    s.e.schedule_in(1s, [&] { s.a.crash(); });
    s.e.run();
    const tree left = s.server.content();
    REQUIRE(left.size() == 2);
    CHECK(left.begin()->first.starts_with(".nfs"));
    CHECK(left.begin()->second == "old");
    CHECK(left.at("f") == "new");
}

TEST_CASE("a file that another machine removed is stale") {
    shared_directory s;
    s.at(0, s.a, [](sim_world& w) {
        write_file(w, "f", "text");
        auto f = w.open("f", open_mode::append, entry_permissions);
        auto r = w.open("f", open_mode::read, entry_permissions);
        w.sleep_for(2);
        CHECK(w.write(*f, "more"));
        const auto synced = w.sync(*f);
        REQUIRE_FALSE(synced);
        CHECK(synced.error().code == error_code::io);
        CHECK_FALSE(w.read(*r));
    });
    s.at(1, s.b, [](sim_world& w) { CHECK(w.remove("f")); });
    s.e.run();
    CHECK(s.server.content().empty());
}

TEST_CASE("a crash of the client loses only what it did not flush") {
    std::set<tree> states;
    exhaustive_choices all;
    do {
        shared_directory s;
        s.at(0, s.a, [](sim_world& w) {
            write_file(w, "closed", "text");
            auto f = w.open("open", open_mode::truncate, entry_permissions);
            CHECK(w.write(*f, "synced"));
            CHECK(w.sync(*f));
            CHECK(w.write(*f, "+1"));
            CHECK(w.write(*f, "+2"));
            w.sleep_for(100);
        });
        s.e.schedule_in(1s, [&] { s.a.crash(all); });
        s.e.run();
        states.insert(s.server.content());
        // The server itself had all this on its disk.
        fixed_choices all_lost(fixed_choices::way::last);
        const tree before = s.server.content();
        s.server.power_loss(s.e.now(), all_lost);
        CHECK(s.server.content() == before);
    } while (all.next());
    CHECK(states == std::set<tree>{{{"closed", "text"}, {"open", "synced"}},
                                   {{"closed", "text"}, {"open", "synced+1"}},
                                   {{"closed", "text"}, {"open", "synced+1+2"}}});
}

TEST_CASE("errors of buffered writes are reported by sync and close") {
    file_system_settings files;
    files.capacity_bytes = 3;
    shared_directory s({}, files);
    s.at(0, s.a, [](sim_world& w) {
        auto f = w.open("f", open_mode::truncate, entry_permissions);
        CHECK(w.write(*f, "text"));
        const auto closed = w.close(*f);
        REQUIRE_FALSE(closed);
        CHECK(closed.error().code == error_code::no_space);
    });
    s.e.run();
}

TEST_CASE("two machines that append at the same time overwrite each other") {
    shared_directory s;
    for (machine* m : {&s.a, &s.b}) {
        s.at(0, *m, [m](sim_world& w) {
            auto f = w.open("log", open_mode::append, entry_permissions);
            CHECK(w.write(*f, "line of " + m->name() + "\n"));
            w.sleep_for(1);
        });
    }
    s.e.run();
    CHECK(s.server.content() == tree{{"log", "line of b\n"}});
}

TEST_CASE("while the server stalls, its clients wait") {
    shared_directory s;
    s.server.stall_until(mission_day + 7s);
    s.at(1, s.b, [&](sim_world& w) {
        CHECK(names_in(w, "/").empty());
        CHECK(s.e.now() == mission_day + 7s);
    });
    s.e.run();
}

TEST_CASE("a single client behaves like the file system itself, whatever it caches") {
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        const auto story = [&](bool through_nfs) {
            engine e;
            file_system disk;
            nfs_client client(disk, {});
            storage& files = through_nfs ? static_cast<storage&>(client) : disk;
            machine m(e, files, simulated_site::quick());
            random_stream draw(seed, "one client");
            std::string told;
            m.run("p", [&](sim_world w) {
                for (int i = 0; i < 80; ++i) {
                    const std::string p(1, static_cast<char>('a' + draw.below(4)));
                    const std::string q(1, static_cast<char>('a' + draw.below(4)));
                    switch (draw.below(6)) {
                        case 0: write_file(w, p, std::to_string(i)); break;
                        case 1: told += w.rename(p, q) ? 'r' : 'R'; break;
                        case 2: told += w.remove(p) ? 'd' : 'D'; break;
                        case 3: told += read_file(w, p).value_or("-"); break;
                        case 4: {
                            const auto found = w.information(p);
                            told += found ? std::to_string(found->size_bytes) : "?";
                            break;
                        }
                        case 5:
                            for (const auto& name : names_in(w, "/")) told += name;
                            break;
                    }
                    told += ' ';
                    w.sleep_for(draw.uniform());
                }
            });
            e.run();
            return std::pair(told, disk.content());
        };
        INFO("seed " << seed);
        CHECK(story(true) == story(false));
    }
}

TEST_CASE("the spool over NFS with lost replies and crashes loses nothing that it accepted") {
    std::size_t lost_replies_seen = 0;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        nfs_settings mount;
        mount.lost_reply_share = 0.1;
        mount.seed = seed;
        shared_directory s(mount);
        make_queues(s.a);
        told t;
        // a writes; b handles, crashes at a random time and handles again.
        s.a.latency()[call_kind::write] = 100ms;
        s.a.run("writer", [&](sim_world w) {
            simulated_queue queue = open_queue(std::move(w));
            for (int i = 0; i < 10; ++i) {
                enqueue_text(queue, t, "Subject: " + std::to_string(i) + "\n\nBody.\n");
            }
        });
        random_stream draw(seed, "crash");
        s.e.schedule_in(to_duration(draw.uniform() * 4), [&] {
            s.b.crash();
            s.b.boot();
        });
        s.b.latency()[call_kind::read] = 50ms;
        const auto handle = [&] {
            s.b.run("runner", [&](sim_world w) {
                simulated_queue queue = open_queue(std::move(w));
                handle_all(queue, t);
            });
        };
        // After more than the three recoveries of an entry some would be preserved.
        for (const int second : {0, 2, 60}) s.e.schedule_in(std::chrono::seconds(second), handle);
        s.e.run();
        lost_replies_seen += t.problems.size();
        sim_world look = s.b.outside();
        std::size_t waiting = 0;
        REQUIRE(look.list("qfiles/in", [&](std::string_view name) {
            if (!name.starts_with(".nfs")) ++waiting;
        }));
        INFO("seed " << seed);
        // An entry that a lost reply left in hand waits for the next recovery; nothing is lost.
        std::size_t unseen = 0;
        for (const std::string& text : t.enqueued) unseen += t.seen.contains(text) ? 0 : 1;
        CHECK(unseen <= waiting + t.preserved);
        for (const auto& [text, times] : t.seen) CHECK(t.tried.contains(text));
    }
    CHECK(lost_replies_seen > 0);
}
