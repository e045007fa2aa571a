#include "simulated_site.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

using namespace qslice;
using namespace qslice::sim;
using namespace std::chrono_literals;

namespace {

bool write_file(sim_world& w, const std::string& path, std::string_view bytes) {
    auto f = w.open(path, open_mode::truncate, entry_permissions);
    return f && w.write(*f, bytes) && w.sync(*f) && w.close(*f);
}

}  // namespace

TEST_CASE("a process sees its machine's clock") {
    machine_settings settings = simulated_site::quick();
    settings.clock = {.offset = 10s, .drift = 0.5};
    simulated_site s(settings);
    double before = 0;
    double after = 0;
    s.host.run("p", [&](sim_world w) {
        before = w.now().seconds;
        w.sleep_for(3.0);  // by its own clock: 2 s of true time
        after = w.now().seconds;
    });
    s.e.run();
    CHECK(before == 1400972206);
    CHECK(after == 1400972209);
    CHECK(s.e.now() == mission_day + 2s);
}

TEST_CASE("each call takes its latency, plus time for bytes and names, times the slowness") {
    machine_settings settings = simulated_site::quick();
    using k = call_kind;
    settings.latency[k::open] = 10ms;
    settings.latency[k::write] = 1ms;
    settings.latency[k::read] = 2ms;
    settings.latency[k::list] = 4ms;
    settings.latency.per_kibibyte = 2ms;
    settings.latency.per_name = 3ms;
    simulated_site s(settings);
    std::vector<duration> took;
    const auto body = [&](sim_world w) {
        virtual_time last = s.e.now();
        const auto lap = [&] { took.push_back(s.e.now() - std::exchange(last, s.e.now())); };
        auto f = w.open("f", open_mode::truncate, entry_permissions);
        lap();
        CHECK(w.write(*f, std::string(512, 'x')));
        lap();
        auto r = w.open("f", open_mode::read, entry_permissions);
        lap();
        CHECK(w.read(*r));
        lap();
        CHECK(w.list("/", [](std::string_view) {}));
        lap();
    };
    s.host.run("p", body);
    s.e.run();
    CHECK(took == std::vector<duration>{10ms, 2ms, 10ms, 3ms, 7ms});

    took.clear();
    s.host.set_slowness(3);
    s.host.run("p", body);
    s.e.run();
    CHECK(took == std::vector<duration>{30ms, 6ms, 30ms, 9ms, 21ms});
}

TEST_CASE("spread latencies lie between 1 and 1 + spread times the latency, the same for a seed") {
    const auto end_of_run = [](std::uint64_t seed) {
        machine_settings settings = simulated_site::quick();
        settings.latency[call_kind::information] = 1ms;
        settings.latency.spread = 0.5;
        settings.seed = seed;
        simulated_site s(settings);
        s.host.run("p", [&](sim_world w) {
            for (int i = 0; i < 100; ++i) {
                const virtual_time begin = s.e.now();
                CHECK(w.information("/"));
                CHECK(s.e.now() - begin >= 1ms);
                CHECK(s.e.now() - begin <= 1500us);
            }
        });
        s.e.run();
        return s.e.now();
    };
    CHECK(end_of_run(1) == end_of_run(1));
    CHECK(end_of_run(1) != end_of_run(2));
    CHECK(end_of_run(1) > mission_day + 110ms);
}

TEST_CASE("a call waits while its storage stalls") {
    simulated_site s;
    s.disk.stall_until(mission_day + 5s);
    s.host.run("p", [&](sim_world w) {
        CHECK(w.information("/"));
        CHECK(s.e.now() == mission_day + 5s);
    });
    s.e.run();
}

TEST_CASE("a stop request wakes a sleeper and is seen by a busy process") {
    simulated_site s;
    std::vector<duration> ended;
    const auto asleep = s.host.run("asleep", [&](sim_world w) {
        w.sleep_for(1000);
        CHECK(w.stop_requested());
        w.sleep_for(1000);  // the second time it does not even begin
        ended.push_back(s.e.now() - mission_day);
    });
    s.host.latency()[call_kind::information] = 300ms;
    s.host.run("busy", [&](sim_world w) {
        while (!w.stop_requested()) CHECK(w.information("/"));
        ended.push_back(s.e.now() - mission_day);
    });
    s.e.schedule_in(1s, [&] { s.host.request_stop(asleep); });
    s.e.schedule_in(2s, [&] { s.host.request_stop(); });
    s.e.run();
    CHECK(ended == std::vector<duration>{1s, 2100ms});  // a storage call is not interrupted
}

TEST_CASE("a process may ask itself to stop") {
    simulated_site s;
    s.host.run("p", [&](sim_world w) {
        w.request_stop();
        w.sleep_for(1000);
    });
    s.e.run();
    CHECK(s.e.now() == mission_day);
}

TEST_CASE("a log line has its machine, process and log") {
    simulated_site s;
    s.host.run("IncomingRunner:0:3", [](sim_world w) { w.log("error", "what happened"); });
    s.e.run();
    CHECK(s.observer.lines ==
          std::vector<std::string>{"mx1 IncomingRunner:0:3 error: what happened"});
}

TEST_CASE("a call that fails before its effect has none, one that fails after it has it") {
    simulated_site s;
    const injected_fault io{injected_fault::kind::fail, error_code::io};
    s.observer.before = [&](const world_call& c) { return c.path == "a" ? io : injected_fault{}; };
    s.observer.after = [&](const world_call& c) { return c.path == "b" ? io : injected_fault{}; };
    s.host.run("p", [&](sim_world w) {
        for (const char* name : {"a", "b"}) {
            const auto made = w.make_directory(name, directory_permissions);
            REQUIRE_FALSE(made);
            CHECK(made.error().code == error_code::io);
            CHECK(made.error().where == name);
        }
    });
    s.e.run();
    CHECK(s.disk.content() == tree{{"b/", ""}});
}

TEST_CASE("setup code outside all processes takes no time, is durable and is not observed") {
    machine_settings settings;
    simulated_site s(settings);
    sim_world setup = s.host.outside();
    CHECK(setup.make_directory("qfiles/in", directory_permissions));
    CHECK(write_file(setup, "qfiles/in/a", "text"));
    CHECK(setup.rename("qfiles/in/a", "qfiles/in/b"));
    CHECK(s.e.now() == mission_day);
    CHECK(s.observer.calls.empty());
    fixed_choices all_lost(fixed_choices::way::last);
    s.disk.power_loss(s.e.now(), all_lost);
    CHECK(s.disk.content() == tree{{"qfiles/", ""}, {"qfiles/in/", ""}, {"qfiles/in/b", "text"}});
}

TEST_CASE("changes from outside survive a crash that undoes what a process did before") {
    for (const auto rules : {crash_rules::unordered, crash_rules::journaled}) {
        file_system_settings files;
        files.rules = rules;
        simulated_site s(simulated_site::quick(), files);
        s.host.run("p", [&](sim_world w) {
            CHECK(write_file(w, "x", "old"));
            CHECK(w.remove("x"));
        });
        s.e.run();
        sim_world setup = s.host.outside();
        CHECK(write_file(setup, "x", "new"));
        fixed_choices all_lost(fixed_choices::way::last);
        s.disk.power_loss(s.e.now(), all_lost);
        CHECK(s.disk.content() == tree{{"x", "new"}});
    }
}

TEST_CASE("a file that goes out of scope is closed, and a closed one cannot be used") {
    simulated_site s;
    s.host.run("p", [&](sim_world w) {
        auto f = w.open("f", open_mode::truncate, entry_permissions);
        CHECK(w.write(*f, "abc"));
        CHECK(w.remove("f"));
        CHECK(s.disk.used_bytes() == 3);  // the open file still has its bytes
        CHECK(w.close(*f));
        CHECK(s.disk.used_bytes() == 0);
        for (const auto& outcome : {w.write(*f, "x"), w.sync(*f), w.close(*f)}) {
            REQUIRE_FALSE(outcome);
            CHECK(outcome.error().code == error_code::io);
        }
        CHECK_FALSE(w.read(*f));
        {
            auto g = w.open("g", open_mode::truncate, entry_permissions);
            CHECK(w.write(*g, "abc"));
            CHECK(w.remove("g"));
            auto moved = std::move(*g);
            CHECK(s.disk.used_bytes() == 3);
        }
        CHECK(s.disk.used_bytes() == 0);
    });
    s.e.run();
}

TEST_CASE("a crash of the process strikes right before or right after a call's effect") {
    for (const bool after : {false, true}) {
        simulated_site s;
        const auto strike = [](const world_call& c) {
            return c.kind == call_kind::rename
                       ? injected_fault{injected_fault::kind::crash_process, {}}
                       : injected_fault{};
        };
        (after ? s.observer.after : s.observer.before) = strike;
        bool went_on = false;
        const auto id = s.host.run("p", [&](sim_world w) {
            auto f = w.open("a", open_mode::truncate, entry_permissions);
            (void)w.rename("a", "b");
            went_on = true;
        });
        end_reason reason = end_reason::ended;
        s.e.on_end(id, [&](const process_end& end) { reason = end.reason; });
        s.e.run();
        CHECK_FALSE(went_on);
        CHECK(reason == end_reason::killed);
        CHECK(s.disk.content() == tree{{after ? "b" : "a", ""}});
        CHECK(s.host.is_up());
    }
}

TEST_CASE("a process that is unwound does not touch its storage and logs nothing") {
    simulated_site s;
    struct tidy {
        sim_world& w;
        ~tidy() {
            const auto removed = w.remove("a");
            CHECK_FALSE(removed);
            CHECK(removed.error().code == error_code::stopped);
            w.log("error", "never");
            w.sleep_for(10);
        }
    };
    const auto id = s.host.run("p", [&](sim_world w) {
        CHECK(write_file(w, "a", "x"));
        const tidy guard{w};
        w.sleep_for(100);
    });
    s.e.schedule_in(1s, [&] { s.e.kill(id); });
    s.e.run();
    CHECK(s.disk.content() == tree{{"a", "x"}});
    CHECK(s.observer.lines.empty());
    CHECK(s.e.now() == mission_day + 1s);
}

TEST_CASE("a crash of the machine ends all its processes, and boot makes it run again") {
    simulated_site s;
    s.host.latency()[call_kind::information] = 1s;
    int at_work = 0;
    for (int i = 0; i < 3; ++i) {
        s.host.run("p", [&](sim_world w) {
            struct count {
                int& n;
                explicit count(int& c) : n(c) { ++n; }
                ~count() { --n; }
            } guard(at_work);
            while (true) (void)w.information("/");
        });
    }
    s.e.schedule_in(1500ms, [&] {
        CHECK(at_work == 3);
        s.host.crash();
        CHECK(at_work == 0);
        CHECK_FALSE(s.host.is_up());
        CHECK_FALSE(s.host.run("too early", [](sim_world) {}));
        s.host.boot();
        CHECK(s.host.run("again", [&](sim_world w) { CHECK(w.information("/")); }));
    });
    s.e.run();
    CHECK(s.e.now() == mission_day + 2500ms);
}

TEST_CASE("a process whose call crashes its machine is unwound with the others") {
    simulated_site s;
    s.observer.before = [](const world_call& c) {
        return c.process_name == "a" && c.count == 2
                   ? injected_fault{injected_fault::kind::crash_machine, {}}
                   : injected_fault{};
    };
    std::string ended;
    for (const char name : {'a', 'b'}) {
        s.host.run(std::string(1, name), [&, name](sim_world w) {
            struct note {
                std::string& notes;
                char letter;
                ~note() { notes += letter; }
            } guard{ended, name};
            while (true) {
                (void)w.information("/");
                w.sleep_for(1);
            }
        });
    }
    s.e.run();
    CHECK(ended == "ba");
    CHECK_FALSE(s.host.is_up());
}

TEST_CASE("a removed file that was open when its machine crashed takes no space any more") {
    simulated_site s;
    s.host.run("p", [&](sim_world w) {
        auto f = w.open("f", open_mode::truncate, entry_permissions);
        CHECK(w.write(*f, "abc"));
        CHECK(w.sync(*f));
        CHECK(w.remove("f"));
        CHECK(w.sync_directory("/"));
        w.sleep_for(100);
    });
    s.e.schedule_in(1s, [&] { s.host.crash(); });
    s.e.run();
    CHECK(s.disk.content().empty());
    CHECK(s.disk.used_bytes() == 0);
}

TEST_CASE("a machine's end kills its processes") {
    engine e;
    file_system disk;
    int ended = 0;
    {
        machine host(e, disk, {});
        host.run("p", [&](sim_world w) {
            struct note {
                int& n;
                ~note() { ++n; }
            } guard{ended};
            w.sleep_for(100);
        });
        e.run_until(virtual_time(1s));
    }
    CHECK(ended == 1);
    e.run();
}

TEST_CASE("what was read stays as it was when the file changes, and so does what was written") {
    simulated_site s;
    const std::string long_text(1000, 'a');
    sim_world w = s.host.outside();
    std::string given = long_text;
    auto f = w.open("f", open_mode::truncate, entry_permissions);
    REQUIRE(w.write_owned(*f, std::move(given)));
    REQUIRE(w.write_owned(*f, "tail"));
    REQUIRE(w.close(*f));
    auto reader = w.open("f", open_mode::read, entry_permissions);
    const auto before = w.read_shared(*reader);
    auto writer = w.open("f", open_mode::append, entry_permissions);
    REQUIRE(w.write(*writer, "more"));
    const auto after = w.read_shared(*reader);
    REQUIRE(w.open("f", open_mode::truncate, entry_permissions));
    CHECK(std::string_view(*before) == long_text + "tail");
    CHECK(std::string_view(*after) == long_text + "tailmore");
    CHECK(w.read(*reader).value().empty());
    CHECK(s.disk.used_bytes() == 0);
}

TEST_CASE("a write of owned bytes that do not fit keeps what fits, and leaves the bytes") {
    file_system disk;
    disk.set_capacity(100);
    caller by{disk.attach(), {}, 0, {}};
    auto f = disk.open(by, "f", open_mode::truncate, entry_permissions);
    REQUIRE(f);
    std::string bytes(300, 'x');
    CHECK(disk.write_owned(by, *f, std::move(bytes)).error().code == error_code::no_space);
    CHECK(bytes == std::string(300, 'x'));
    CHECK(disk.content().at("f") == std::string(100, 'x'));
}

TEST_CASE("a path leads where it leads after directories have changed") {
    file_system disk;
    caller by{disk.attach(), {}, 0, {}};
    const auto makes = [&](const std::string& path) {
        auto f = disk.open(by, path, open_mode::create_exclusive, entry_permissions);
        return f && disk.close(by, *f);
    };
    REQUIRE(disk.make_directory(by, "a/b", directory_permissions));
    CHECK(makes("a/b/x"));
    CHECK(makes("a/b/y"));
    REQUIRE(disk.rename(by, "a/b", "a/c"));
    CHECK_FALSE(makes("a/b/z"));
    REQUIRE(disk.make_directory(by, "a/b", directory_permissions));
    CHECK(makes("a/b/z"));
    CHECK(makes("a/c/../c/z"));
    CHECK(disk.information(by, "a/b/").value().is_directory);
    CHECK_FALSE(makes("a/b/z/"));
    CHECK(disk.content() == std::map<std::string, std::string>{{"a/", ""},
                                                               {"a/b/", ""},
                                                               {"a/b/z", ""},
                                                               {"a/c/", ""},
                                                               {"a/c/x", ""},
                                                               {"a/c/y", ""},
                                                               {"a/c/z", ""}});
}
