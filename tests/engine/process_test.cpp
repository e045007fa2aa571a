#include "sim/engine/engine.hpp"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <stdexcept>
#include <string>
#include <vector>

using namespace qslice::sim;
using namespace std::chrono_literals;

namespace {

virtual_time at(duration d) { return virtual_time(d); }

// Notes that a stack was unwound.
struct unwound {
    std::string& notes;
    char letter;
    ~unwound() { notes += letter; }
};

}  // namespace

TEST_CASE("processes sleep in virtual time and resume in its order") {
    engine e;
    std::string order;
    const auto body = [&](char name, duration period) {
        return [&, name, period] {
            for (int i = 0; i < 3; ++i) {
                e.sleep_for(period);
                order += name;
            }
        };
    };
    e.spawn("a", body('a', 2s));
    e.spawn("b", body('b', 3s));
    e.run();
    CHECK(order == "ababab");  // at 6 s b was scheduled first: it went to sleep at 3, a at 4
    CHECK(e.now() == at(9s));
    CHECK(e.process_count() == 0);
}

TEST_CASE("processes and callbacks at equal times run in the order of scheduling") {
    CHECK(rc::check([] {
        const auto plan = *rc::gen::container<std::vector<std::pair<int, bool>>>(
            rc::gen::pair(rc::gen::inRange(0, 5), rc::gen::arbitrary<bool>()));
        const auto happened = [&](bool with_processes) {
            engine e;
            std::vector<std::size_t> order;
            for (std::size_t i = 0; i < plan.size(); ++i) {
                const auto [time, is_process] = plan[i];
                if (is_process && with_processes) {
                    e.spawn("p", [&, i, t = time] {
                        e.sleep_until(at(duration(t)));
                        order.push_back(i);
                    });
                } else {
                    e.schedule_at(at({}), [&, i, t = time] {
                        e.schedule_at(at(duration(t)), [&, i] { order.push_back(i); });
                    });
                }
            }
            e.run();
            return order;
        };
        RC_ASSERT(happened(true) == happened(false));
    }));
}

TEST_CASE("a suspended process waits for wake, and wake cuts a sleep short") {
    engine e;
    std::vector<std::pair<std::string, duration>> notes;
    const auto note = [&](std::string text) {
        notes.emplace_back(text, e.now().time_since_epoch());
    };
    const process_id waits = e.spawn("waits", [&] {
        e.suspend();
        note("woken");
        note(e.sleep_for(10s) ? "slept" : "cut short");
        note(e.sleep_for(10s) ? "slept" : "cut short");
    });
    e.schedule_in(1s, [&] { CHECK(e.wake(waits)); });
    e.schedule_in(3s, [&] { CHECK(e.wake(waits)); });
    e.run();
    CHECK(notes == std::vector<std::pair<std::string, duration>>{
                       {"woken", 1s}, {"cut short", 3s}, {"slept", 13s}});
    CHECK_FALSE(e.wake(waits));
}

TEST_CASE("run ends if all processes wait without an event, and the engine unwinds them") {
    std::string notes;
    {
        engine e;
        for (const char c : {'a', 'b'}) {
            e.spawn("waits", [&, c] {
                unwound guard{notes, c};
                e.suspend();
            });
        }
        e.run();
        CHECK(e.process_count() == 2);
        CHECK(notes.empty());
    }
    CHECK(notes == "ab");
}

TEST_CASE("kill unwinds the stack of a sleeping process at once and at no cost of time") {
    engine e;
    std::string notes;
    const process_id victim = e.spawn("victim", [&] {
        unwound outer{notes, 'o'};
        [&] {
            unwound inner{notes, 'i'};
            e.sleep_for(1h);
        }();
        notes += "never";
    });
    end_reason reason = end_reason::ended;
    e.on_end(victim, [&](const process_end& end) { reason = end.reason; });
    e.schedule_in(1s, [&] {
        CHECK(e.kill(victim));
        CHECK(notes == "io");
        CHECK_FALSE(e.alive(victim));
        CHECK_FALSE(e.kill(victim));
    });
    e.run();
    CHECK(reason == end_reason::killed);
    CHECK(e.now() == at(1s));
}

TEST_CASE("a process can kill another, and itself") {
    engine e;
    std::string notes;
    const process_id other = e.spawn("other", [&] {
        unwound guard{notes, 'o'};
        e.suspend();
    });
    e.spawn("self", [&] {
        unwound guard{notes, 's'};
        e.sleep_for(1s);
        e.kill(other);
        notes += '-';
        e.kill(e.current());
        notes += "never";
    });
    e.run();
    CHECK(notes == "o-s");
}

TEST_CASE("a process that is killed before its first moment never runs") {
    engine e;
    bool ran = false;
    auto owned = std::make_shared<int>(0);
    const process_id p = e.spawn("p", [&ran, owned] { ran = true; });
    CHECK(e.kill(p));
    e.run();
    CHECK_FALSE(ran);
    CHECK(owned.use_count() == 1);
    CHECK(e.process_count() == 0);
}

TEST_CASE("code that catches everything cannot keep a killed process alive") {
    engine e;
    int caught = 0;
    const process_id stubborn = e.spawn("stubborn", [&] {
        while (true) {
            try {
                e.sleep_for(1s);
            } catch (const std::exception&) {
                FAIL("the kill is no std::exception");
            } catch (...) {
                ++caught;
                e.sleep_for(1s);
            }
        }
    });
    e.schedule_in(500ms, [&] { e.kill(stubborn); });
    e.run();
    CHECK(caught == 1);
    CHECK_FALSE(e.alive(stubborn));
}

TEST_CASE("a destructor of a killed process may call the engine and does not wait") {
    engine e;
    struct sleeper {
        engine& e;
        bool& unwinding;
        ~sleeper() {
            unwinding = e.unwinding();
            e.sleep_for(1h);
        }
    };
    bool unwinding = false;
    const process_id p = e.spawn("p", [&] {
        sleeper s{e, unwinding};
        e.suspend();
    });
    e.schedule_in(1s, [&] { e.kill(p); });
    e.run();
    CHECK(unwinding);
    CHECK(e.now() == at(1s));
}

TEST_CASE("a process that is killed while another exception unwinds it ends silently") {
    engine e;
    struct sleeper {
        engine& e;
        ~sleeper() { e.sleep_for(2s); }
    };
    std::string notes;
    const process_id p = e.spawn("p", [&] {
        try {
            sleeper s{e};
            throw std::runtime_error("first");
        } catch (const std::runtime_error&) {
            notes += "caught";
            e.sleep_for(1s);
            notes += "never";
        }
    });
    e.schedule_in(1s, [&] { e.kill(p); });
    e.run();
    CHECK(notes == "caught");
    CHECK(e.now() == at(1s));
}

TEST_CASE("two processes that kill each other's killer both end") {
    engine e;
    process_id a;
    process_id b;
    struct avenger {
        engine& e;
        const process_id& other;
        ~avenger() { e.kill(other); }
    };
    std::string notes;
    a = e.spawn("a", [&] {
        unwound guard{notes, 'a'};
        e.sleep_for(1s);
        e.kill(b);
        notes += "never";
    });
    b = e.spawn("b", [&] {
        unwound guard{notes, 'b'};
        avenger last{e, a};
        e.suspend();
    });
    e.run();
    CHECK(notes == "ba");
    CHECK(e.process_count() == 0);
}

TEST_CASE("join waits for the end and reports how the process ended") {
    engine e;
    std::vector<std::string> notes;
    const auto ends = e.spawn("ends", [&] { e.sleep_for(1s); });
    const auto throws = e.spawn("throws", [&] {
        e.sleep_for(2s);
        throw std::runtime_error("gone wrong");
    });
    const auto killed = e.spawn("killed", [&] { e.suspend(); });
    e.schedule_in(3s, [&] { e.kill(killed); });
    e.spawn("joins", [&] {
        for (const process_id p : {ends, throws, killed}) {
            const process_end end = e.join(p);
            CHECK(end.id == p);
            std::string text = end.reason == end_reason::ended    ? "ended"
                               : end.reason == end_reason::killed ? "killed"
                                                                  : "threw ";
            try {
                if (end.exception) std::rethrow_exception(end.exception);
            } catch (const std::exception& thrown) {
                text += thrown.what();
            }
            notes.push_back(text + " " + std::to_string(to_seconds(e.now())));
        }
        CHECK(e.join(ends).id == ends);
    });
    e.run();
    CHECK(notes == std::vector<std::string>{"ended 1.000000", "threw gone wrong 2.000000",
                                            "killed 3.000000"});
}

TEST_CASE("a process may be killed while it waits in join") {
    engine e;
    const auto worker = e.spawn("worker", [&] { e.sleep_for(2s); });
    const auto joiner = e.spawn("joiner", [&] { (void)e.join(worker); });
    e.schedule_in(1s, [&] { e.kill(joiner); });
    e.run();
    CHECK(e.now() == at(2s));
}

TEST_CASE(
    "an exception that nobody waits for propagates from run and leaves other processes intact") {
    engine e;
    bool went_on = false;
    e.spawn("throws", [&] {
        e.sleep_for(1s);
        throw std::runtime_error("unheard");
    });
    e.spawn("other", [&] {
        e.sleep_for(2s);
        went_on = true;
    });
    CHECK_THROWS_WITH(e.run(), "unheard");
    e.run();
    CHECK(went_on);
}

TEST_CASE("processes suspended inside catch blocks keep their own exceptions") {
    engine e;
    std::vector<std::string> rethrown;
    for (int i = 0; i < 4; ++i) {
        e.spawn("p", [&, i] {
            try {
                throw std::runtime_error(std::to_string(i));
            } catch (...) {
                // They leave their handlers in a different order from that in which they entered.
                e.sleep_for(duration(1 + (i * 3) % 4));
                CHECK(std::uncaught_exceptions() == 0);
                try {
                    throw;
                } catch (const std::runtime_error& mine) {
                    rethrown.emplace_back(mine.what());
                    CHECK(mine.what() == std::to_string(i));
                }
            }
        });
    }
    e.run();
    CHECK(rethrown.size() == 4);
}

TEST_CASE("the chooser sees which process an event resumes") {
    engine e;
    std::vector<process_id> chosen;
    const auto a = e.spawn("a", [&] { e.sleep_for(1s); });
    const auto b = e.spawn("b", [&] { e.sleep_for(1s); });
    e.schedule_in(0s, [] {});
    e.set_chooser(choose_among::all, [&](std::span<const enabled_event> enabled) {
        chosen.push_back(enabled.back().process);
        return enabled.size() - 1;
    });
    e.run();
    CHECK(chosen == std::vector<process_id>{{}, b, b, a, a});
}

TEST_CASE("waiting outside a process is an error that says so") {
    engine e;
    CHECK_THROWS_WITH(e.sleep_for(1s), Catch::Contains("outside a process"));
    CHECK_THROWS_WITH(e.suspend(), Catch::Contains("outside a process"));
    e.schedule_in(1s, [&] { e.run(); });
    CHECK_THROWS_WITH(e.run(), Catch::Contains("inside run()"));
}

TEST_CASE("thousands of processes come and go on few stacks") {
    engine e({.stacks = {.size_bytes = 16 * 1024, .guard_page = false}});
    std::uint64_t done = 0;
    for (int i = 0; i < 2000; ++i) {
        e.spawn("starter", [&, i] {
            e.sleep_for(duration(i % 7));
            e.spawn("child", [&] {
                e.sleep_for(duration(3));
                ++done;
            });
            ++done;
        });
    }
    e.run();
    CHECK(done == 4000);
    CHECK(e.process_count() == 0);
}
