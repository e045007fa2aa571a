// The library's switchboard, unchanged, in the simulated world, with a crash at each call.
#include "spool_in_simulation.hpp"

#include <qslice/codec/entry_format.hpp>
#include <qslice/world/posix_world.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <optional>

using namespace qslice;
using namespace qslice::sim;
using namespace std::chrono_literals;

namespace {

enum class moment { before, after };

// Works until the given call, where `strike` happens, then a second process takes over.
// @returns nothing if the work had fewer calls
template <class Strike>
std::optional<told> work_with_a_crash(std::uint64_t at_call, moment when, durability durable,
                                      Strike&& strike) {
    simulated_site s;
    make_queues(s.host);
    s.host.latency()[call_kind::rename] = 1ms;
    bool struck = false;
    const auto observe = [&](const world_call& c) {
        if (!struck && c.count == at_call) {
            struck = true;
            strike(s);
        }
        return injected_fault{};
    };
    (when == moment::before ? s.observer.before : s.observer.after) = observe;
    told t;
    s.host.run("first", [&](sim_world w) {
        simulated_queue queue = open_queue(std::move(w), durable);
        work(queue, t);
    });
    s.e.run();
    if (!struck) return std::nullopt;

    s.host.boot();
    s.host.run("second", [&](sim_world w) {
        simulated_queue queue = open_queue(std::move(w), durable);
        handle_all(queue, t);
    });
    s.e.run();
    for (const auto& [path, content] : s.disk.content()) {
        INFO(path);
        CHECK((path.ends_with('/') || path.ends_with(".tmp")));
    }
    return t;
}

// No entry is invented or torn, and every enqueued one is handled.
void check_nothing_lost(const told& t) {
    for (const std::string& text : t.enqueued) CHECK(t.seen.contains(text));
    for (const auto& [text, times] : t.seen) {
        CHECK(t.tried.contains(text));
        CHECK(times <= 2);
    }
    CHECK(t.preserved == 0);
}

}  // namespace

TEST_CASE("the switchboard makes the same files in the simulation as in reality") {
    simulated_site s;
    make_queues(s.host);
    std::vector<std::string> bases;
    s.host.run("p", [&](sim_world w) {
        simulated_queue queue = open_queue(w);
        told t;
        enqueue_text(queue, t, first_text);
        w.sleep_for(1);
        enqueue_text(queue, t, second_text);
        CHECK(t.problems.empty());
        const auto waiting = queue.files();
        REQUIRE(waiting);
        for (std::size_t i = 0; i < waiting->size(); ++i) {
            bases.emplace_back(waiting->base_name(i));
        }
        CHECK(queue.dequeue(bases.at(0))->text == first_text);
        CHECK(queue.finish(bases.at(0)));
        CHECK(queue.dequeue(bases.at(1))->text == second_text);
        CHECK(queue.finish(bases.at(1), finish_as::preserved));
    });
    s.e.run();
    REQUIRE(bases.size() == 2);
    CHECK(bases[0].starts_with("1400972196.0+"));
    CHECK(bases[1].starts_with("1400972197.0+"));
    const tree left = s.disk.content();
    CHECK(left.size() == 4);
    CHECK(left.contains("qfiles/bad/" + bases[1] + ".psv"));
    // Durability depends on the order of the calls.
    const std::vector<std::string> begin(s.observer.calls.begin(), s.observer.calls.begin() + 6);
    const std::string entry = "qfiles/in/" + bases[0] + ".pck";
    CHECK(begin == std::vector<std::string>{"open " + entry + ".tmp", "write " + entry + ".tmp",
                                            "sync " + entry + ".tmp", "close " + entry + ".tmp",
                                            "rename " + entry + ".tmp",
                                            "sync_directory qfiles/in"});
}

TEST_CASE("a crash of the runner at any call loses nothing and repeats only what it had in hand") {
    std::uint64_t calls = 0;
    for (const auto when : {moment::before, moment::after}) {
        for (std::uint64_t call = 1;; ++call) {
            const auto t = work_with_a_crash(call, when, durability::file,
                                             [](simulated_site& s) { s.e.kill(s.e.current()); });
            if (!t) break;
            INFO("call " << call << (when == moment::before ? ", before" : ", after"));
            check_nothing_lost(*t);
            for (const std::string& text : t->finished) CHECK(t->seen.at(text) <= 2);
            calls = std::max(calls, call);
        }
    }
    CHECK(calls == 22);
}

TEST_CASE("a crash of the machine at any call leaves no state in which the spool loses an entry") {
    std::uint64_t states = 0;
    for (const auto when : {moment::before, moment::after}) {
        bool more = true;
        for (std::uint64_t call = 1; more; ++call) {
            exhaustive_choices all;
            do {
                const auto t = work_with_a_crash(call, when, durability::file_and_directory,
                                                 [&](simulated_site& s) { s.host.crash(all); });
                more = t.has_value();
                if (!more) break;
                ++states;
                INFO("call " << call << (when == moment::before ? ", before" : ", after"));
                check_nothing_lost(*t);
            } while (all.next());
        }
    }
    CHECK(states > 100);
}

TEST_CASE("with fsync of files only, as in Mailman, a crash state that loses an entry is found") {
    bool lost = false;
    bool more = true;
    for (std::uint64_t call = 1; more; ++call) {
        exhaustive_choices all;
        do {
            const auto t = work_with_a_crash(call, moment::after, durability::file,
                                             [&](simulated_site& s) { s.host.crash(all); });
            more = t.has_value();
            if (!more) break;
            for (const std::string& text : t->enqueued) {
                if (!t->seen.contains(text)) lost = true;
            }
        } while (all.next());
    }
    CHECK(lost);
}

TEST_CASE("an entry whose runner crashes each time is preserved at the third recovery") {
    simulated_site s;
    make_queues(s.host);
    told t;
    s.host.run("writer", [&](sim_world w) {
        simulated_queue queue = open_queue(std::move(w));
        enqueue_text(queue, t, first_text);
    });
    s.e.run();
    s.observer.before = [](const world_call& c) {
        return c.kind == call_kind::remove ? injected_fault{injected_fault::kind::crash_process, {}}
                                           : injected_fault{};
    };
    for (int i = 0; i < 4; ++i) {
        s.host.run("runner", [&](sim_world w) {
            simulated_queue queue = open_queue(std::move(w));
            handle_all(queue, t);
        });
        s.e.run();
    }
    CHECK(t.seen == std::map<std::string, int>{{first_text, 3}});
    CHECK(t.preserved == 1);
    const tree left = s.disk.content();
    CHECK(std::count_if(left.begin(), left.end(), [](const auto& e) {
              return e.first.starts_with("qfiles/bad/") && e.first.ends_with(".psv");
          }) == 1);
}
