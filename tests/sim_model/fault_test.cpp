#include "sim/model/spool_recorder.hpp"
#include "sim_model/small_site.hpp"

using namespace qslice::sim::test;
using namespace qslice::sim;

namespace {

fault at_time(fault::kind what, double at_s, double until_s = 0) {
    fault f;
    f.what = what;
    f.at_s = at_s;
    f.until_s = until_s;
    return f;
}

fault at_call(fault::kind what, std::string process, call_kind call, std::uint64_t count,
              bool after) {
    fault f;
    f.what = what;
    f.process = std::move(process);
    f.call = call;
    f.count = count;
    f.after_call = after;
    return f;
}

// Whether an entry of the post waits for a person to inspect it.
bool is_kept(const run_record& r, std::size_t post) {
    return std::any_of(r.entries.begin(), r.entries.end(), [&](const entry_record& e) {
        return e.post == post && (e.fate == entry_fate::preserved ||
                                  e.fate == entry_fate::in_hand || r.queues[e.queue] == "shunt");
    });
}

}  // namespace

TEST_CASE("a crash between delivery and finish delivers twice and loses nothing") {
    scenario s = small_site(1);
    s.faults = {at_call(fault::kind::crash_process, "OutgoingRunner", call_kind::remove, 3, false)};
    const run_record r = played(s, steady_stream(10));
    const auto delivered = times(r, r.deliveries);
    CHECK(none_is(delivered, 0));
    CHECK(std::count(delivered.begin(), delivered.end(), 2) == 1);
    REQUIRE(r.faults.size() == 1);
    CHECK(r.faults[0].what.find("right before remove var/qfiles/out/") != std::string::npos);
    CHECK(logged(r, "Master qrunner detected subprocess exit"));
    CHECK(logged(r, "class: OutgoingRunner, slice: 1/1) [restarting]"));
}

TEST_CASE("a crash at each storage call of a runner loses no post") {
    for (const char* runner : {"IncomingRunner", "ArchRunner", "OutgoingRunner"}) {
        for (const bool after : {false, true}) {
            for (std::uint64_t count = 1;; ++count) {
                scenario s = small_site(1);
                fault f = at_time(fault::kind::crash_process, 0);
                f.process = runner;
                f.after_call = after;
                f.call = static_cast<call_kind>(count % call_kinds);
                f.count = count / call_kinds + 1;
                if (f.count > 4) break;
                s.faults = {f};
                const run_record r = played(s, steady_stream(3, 0.2));
                INFO(runner << " " << to_string(*f.call) << " " << f.count << " " << after);
                CHECK(none_is(times(r, r.deliveries), 0));
                CHECK(none_is(times(r, r.archivings), 0));
            }
        }
    }
}

TEST_CASE("the work of a machine that loses power is recovered when it boots again") {
    scenario s = small_site();
    fault f = at_time(fault::kind::crash_machine, 10);
    f.machine = "machine2";
    f.down_s = 30;
    s.faults = {f};
    const run_record r = played(s, steady_stream(60));
    CHECK(none_is(times(r, r.deliveries), 0));
    CHECK(none_is(times(r, r.archivings), 0));
    CHECK(with_fate(r, entry_fate::lost) == 0);
    for (const process_record& p : r.processes) {
        if (p.machine == "machine2" && p.started < add(r.started, to_duration(9)) &&
            p.name != "post") {
            CHECK(p.crashed);
            CHECK(p.ended == add(r.started, to_duration(10)));
        }
    }
}

TEST_CASE(
    "a run goes on until a machine that lost its power is back and has looked at its queues") {
    scenario s = small_site(2);
    s.machines[0].slowness = 100;  // it is still working when the other is done
    for (const char* runner : {"IncomingRunner", "ArchRunner", "OutgoingRunner"}) {
        // The entry that it removed last may be back, since the removal was not durable.
        fault f = at_call(fault::kind::crash_machine, runner, call_kind::remove, 0, true);
        f.machine = "machine2";
        f.down_s = 60;
        std::size_t struck = 1;
        for (f.count = 1; struck > 0; ++f.count) {
            s.faults = {f};
            const run_record r = played(s, steady_stream(6, 0.2));
            INFO(runner << " " << f.count);
            struck = r.faults.size();
            if (struck > 0) CHECK(r.ended > add(r.faults[0].time, to_duration(f.down_s)));
            CHECK(with_fate(r, entry_fate::orphaned) == 0);
            CHECK(with_fate(r, entry_fate::in_hand) == 0);
        }
    }
}

TEST_CASE("a digest that could not be queued was not made, and its posts are in the next") {
    scenario s = small_site(1);
    s.list_defaults.digest_threshold_kib = 5;
    std::size_t struck = 0;
    for (const call_kind call : {call_kind::write, call_kind::rename}) {
        fault f = at_call(fault::kind::fail_calls, "IncomingRunner", call, 0, false);
        for (f.count = 1; f.count <= 24; ++f.count) {
            s.faults = {f};
            const run_record r = played(s, steady_stream(8));
            INFO(to_string(call) << " " << f.count);
            struck += r.faults.size();
            std::vector<bool> queued(r.digests.size(), false);
            for (const entry_record& e : r.entries) {
                if (e.digest != none) queued.at(e.digest) = true;
            }
            CHECK(std::count(queued.begin(), queued.end(), false) == 0);
        }
    }
    CHECK(struck > 40);
}

TEST_CASE("an entry that a power loss undid has its time") {
    scenario s = small_site(1);
    s.policy.durable = qslice::durability::file;  // and not the directory
    std::size_t lost = 0;
    for (std::uint64_t seed = 1; seed <= 20 && lost == 0; ++seed) {
        s.seed = seed;
        s.faults = {at_time(fault::kind::power_loss, 2.5), at_time(fault::kind::power_loss, 8.5)};
        for (fault& f : s.faults) f.down_s = 2;
        const run_record r = played(s, steady_stream(60, 0.1));
        for (const entry_record& e : r.entries) {
            if (e.fate != entry_fate::lost) continue;
            ++lost;
            const double at = to_seconds(e.finished - r.started);
            CHECK((at == 2.5 || at == 8.5));
            CHECK(e.finished >= e.enqueued);
            CHECK(e.finished < r.ended);
        }
    }
    CHECK(lost > 0);
}

TEST_CASE("an entry of which a power loss took bytes is lost, wherever it lies, and is said so") {
    const auto fate_with = [](const std::string& place, const std::string& bytes, bool damaged) {
        run_record r;
        r.queues = {"in", "bad"};
        r.posts.resize(1);
        spool_recorder recorder(r, "var");
        recorder.set_clock([] { return virtual_time{}; });
        recorder.set_slice_of([](std::uint32_t, const qslice::hash_value&) { return 0U; });
        const qslice::entry_name name{{1400972196.5}, qslice::hash_value::fraction(1, 3)};
        recorder.stands("in", name, 0);
        const std::string path = "var/qfiles/" + place + qslice::to_base_name(name);
        const std::string whole = path + (place == "bad/" ? ".psv" : ".pck");
        recorder.finish({{whole, bytes}},
                        damaged ? std::set<std::string>{whole} : std::set<std::string>{});
        CHECK(r.entries.at(0).damaged == damaged);
        return r.entries.at(0).fate;
    };
    CHECK(fate_with("in/", "(dp1", false) == entry_fate::waiting);
    CHECK(fate_with("in/", "(dp1", true) == entry_fate::lost);
    CHECK(fate_with("in/", "", true) == entry_fate::lost);
    CHECK(fate_with("bad/", "(dp1", false) == entry_fate::preserved);
    CHECK(fate_with("bad/", "(dp1", true) == entry_fate::lost);
    // Records of real processes have no bytes, and no loss of power.
    CHECK(fate_with("in/", "", false) == entry_fate::waiting);
}

TEST_CASE("an entry whose preservation a power loss undid is in its queue again, not lost") {
    std::size_t back = 0;
    for (std::uint32_t size = 1000; size < 1020; ++size) {
        scenario s = small_site(1);
        s.seed = size;
        s.list_defaults.archive = false;
        s.list_defaults.digest_members = 0;
        // The last of three posts has its runner killed three times, each time with its list
        // locked.
        for (std::uint64_t death = 3; death <= 5; ++death) {
            s.faults.push_back(at_call(fault::kind::crash_process, "IncomingRunner",
                                       call_kind::link, death, true));
        }
        // Two posts are taken and passed on; the third is taken, rewritten and put back twice, and
        // then taken, rewritten and moved to bad/.
        s.faults.push_back(
            at_call(fault::kind::crash_machine, "IncomingRunner", call_kind::rename, 13, true));
        message_stream stream = steady_stream(3);
        stream.arrivals[2].size_bytes = size;  // and so a name of its own
        const run_record r = played(s, std::move(stream));
        REQUIRE(r.faults.size() == 4);
        CHECK(r.faults[3].what.find("to var/qfiles/bad/") != std::string::npos);
        CHECK(with_fate(r, entry_fate::lost) == 0);
        back += with_fate(r, entry_fate::waiting);
    }
    CHECK(back > 0);
}

TEST_CASE("random crashes lose nothing if directories are made durable") {
    scenario s = small_site();
    fault crashes = at_time(fault::kind::crash_process, 0);
    crashes.probability = 0.002;
    fault losses = at_time(fault::kind::crash_machine, 0, 40);
    losses.probability = 0.0005;
    losses.down_s = 5;
    s.faults = {crashes, losses};
    s.restart_limit = 1000;
    s.list_defaults.digest_threshold_kib = 6;
    std::size_t struck = 0;
    for (s.seed = 1; s.seed <= 5; ++s.seed) {
        const run_record r = played(s, steady_stream(40, 0.5));
        INFO("seed " << s.seed);
        struck += r.faults.size();
        const auto delivered = times(r, r.deliveries);
        const auto archived = times(r, r.archivings);
        for (std::size_t p = 0; p < r.posts.size(); ++p) {
            CHECK((delivered[p] > 0 || is_kept(r, p)));
            CHECK((archived[p] > 0 || is_kept(r, p)));
        }
    }
    CHECK(struck > 20);
}

TEST_CASE("a runner that keeps crashing is given up after its restart limit") {
    scenario s = small_site(1);
    fault f = at_time(fault::kind::crash_process, 0);
    f.process = "ArchRunner";
    f.call = call_kind::list;
    f.count = 0;  // every time
    s.faults = {f};
    s.restart_limit = 4;
    s.drain_s = 60;
    const run_record r = played(s, steady_stream(5));
    CHECK(logged(r, "Qrunner ArchRunner reached maximum restart limit of 4, not restarting."));
    CHECK(r.faults.size() == 5);
    CHECK(r.archivings.empty());
    CHECK(all_are(times(r, r.deliveries), 1));
    CHECK(with_fate(r, entry_fate::orphaned) == 5);
}

TEST_CASE("malformed names are reported once and left in place, and the queue continues") {
    scenario s = small_site();
    fault f = at_time(fault::kind::foreign_files, 2);
    f.queue = "out";
    f.files = 5;
    s.faults = {f};
    const run_record r = played(s, steady_stream(20));
    CHECK(all_are(times(r, r.deliveries), 1));
    CHECK(logged(r, "yesterday+da39a3ee5e6b4b0d3255bfef95601890afd80709"));
    CHECK(r.foreign_files.size() == 5);
    const auto reports = std::count_if(r.logs.begin(), r.logs.end(), [](const log_record& l) {
        return l.line.find("yesterday") != std::string::npos;
    });
    CHECK(reports == 3);  // one from each OutgoingRunner
}

TEST_CASE("while the disk is full, posts wait at the mail server and none is lost") {
    scenario s = small_site();
    s.faults = {at_time(fault::kind::disk_full, 5, 30)};
    const run_record r = played(s, steady_stream(20));
    const auto delivered = times(r, r.deliveries);
    for (std::size_t p = 0; p < r.posts.size(); ++p) CHECK((delivered[p] == 1 || is_kept(r, p)));
    CHECK(std::any_of(r.posts.begin(), r.posts.end(),
                      [](const post_record& p) { return p.attempts > 1; }));
}

TEST_CASE("while storage stalls nothing happens, and afterwards everything continues") {
    scenario s = small_site();
    s.faults = {at_time(fault::kind::storage_stall, 5, 65)};
    const run_record r = played(s, steady_stream(10));
    CHECK(all_are(times(r, r.deliveries), 1));
    for (const effect_record& e : r.deliveries) {
        const double at = to_seconds(e.time - r.started);
        CHECK((at < 5.6 || at > 65));
    }
}

TEST_CASE("failing calls delay messages but lose none") {
    scenario s = small_site();
    fault f = at_time(fault::kind::fail_calls, 0, 30);
    f.probability = 0.05;
    s.faults = {f};
    const run_record r = played(s, steady_stream(30));
    CHECK(r.faults.size() > 20);
    const auto delivered = times(r, r.deliveries);
    for (std::size_t p = 0; p < r.posts.size(); ++p) {
        const bool visible = std::any_of(r.entries.begin(), r.entries.end(), [&](const auto& e) {
            return e.post == p && (e.fate == entry_fate::preserved ||
                                   e.fate == entry_fate::in_hand || r.queues[e.queue] == "shunt");
        });
        CHECK((delivered[p] > 0 || visible));
    }
}

TEST_CASE("calls that fail with a probability of 1 all fail") {
    scenario s = small_site();
    fault f = at_call(fault::kind::fail_calls, "OutgoingRunner", call_kind::remove, 0, false);
    f.until_s = 30;
    f.probability = 1;
    s.faults = {f};
    const run_record r = played(s, steady_stream(30, 0.2));
    REQUIRE(!r.faults.empty());
    const std::uint32_t out = r.queue_index("out");
    std::size_t finished = 0;
    for (const entry_record& e : r.entries) {
        if (e.queue != out || e.finished == never) continue;
        ++finished;
        CHECK(to_seconds(e.finished - r.started) >= f.until_s);
    }
    CHECK(finished >= 30);
}

TEST_CASE("crashes with a probability of 1 strike at each call, on either side of its effect") {
    scenario s = small_site();
    fault f = at_call(fault::kind::crash_process, "OutgoingRunner", call_kind::remove, 0, false);
    f.probability = 1;
    s.faults = {f};
    const run_record r = played(s, steady_stream(30, 0.2));
    std::ptrdiff_t after = std::count_if(r.faults.begin(), r.faults.end(),
                                         [](const fault_record& one) { return one.after_call; });
    CHECK(after > 0);
    CHECK(after < std::ssize(r.faults));
    // An entry goes only at a removal after which its runner crashed.
    const std::uint32_t out = r.queue_index("out");
    CHECK(std::count_if(r.entries.begin(), r.entries.end(), [&](const entry_record& e) {
              return e.queue == out && e.fate == entry_fate::finished;
          }) == after);
}

TEST_CASE("a mail server that does not answer delays deliveries until it does") {
    scenario s = small_site();
    s.faults = {at_time(fault::kind::delivery_outage, 0, 40)};
    const run_record r = played(s, steady_stream(10));
    CHECK(all_are(times(r, r.deliveries), 1));
    for (const effect_record& e : r.deliveries) CHECK(to_seconds(e.time - r.started) >= 40);
}

TEST_CASE("machines that share their spool over NFS lose no post when replies are lost") {
    scenario s = small_site();
    s.storage.nfs = true;
    s.storage.kind = "network";
    s.storage.lost_reply_share = 0.01;
    const run_record r = played(s, steady_stream(60));
    const auto delivered = times(r, r.deliveries);
    for (std::size_t p = 0; p < r.posts.size(); ++p) CHECK((delivered[p] > 0 || is_kept(r, p)));
}

TEST_CASE("an entry whose removal was done but not answered is finished, not lost") {
    scenario s = small_site();
    s.storage.nfs = true;
    s.storage.kind = "network";
    s.storage.lost_reply_share = 0.02;
    const run_record r = played(s, steady_stream(200));
    CHECK(with_fate(r, entry_fate::lost) == 0);
    CHECK(with_fate(r, entry_fate::finished) >= 590);
    // Such a reply also leaves entries in hand that their runner does not know of.
    CHECK(with_fate(r, entry_fate::in_hand) > 0);
}

TEST_CASE("a slow machine works slowly, and the others do not") {
    scenario s = small_site();
    fault f = at_time(fault::kind::slow_machine, 0);
    f.machine = "machine3";
    f.amount = 20;
    s.faults = {f};
    s.services.delivery = {service_time::shape::constant, 0.1, 1};
    const run_record r = played(s, steady_stream(60));
    for (const process_record& p : r.processes) {
        if (!p.name.starts_with("OutgoingRunner") || p.handled == 0) continue;
        const double mean_s = to_seconds(p.working) / p.handled;
        CHECK(mean_s > (p.machine == "machine3" ? 2 : 0.1));
        CHECK(mean_s < (p.machine == "machine3" ? 3 : 0.2));
    }
}

TEST_CASE("a clock that was set back stamps entries with the past") {
    scenario s = small_site(1);
    fault f = at_time(fault::kind::clock_step, 5.5);
    f.amount = -100;
    s.faults = {f};
    const run_record r = played(s, steady_stream(10));
    const auto stamp = [&](std::uint32_t post) {
        for (const entry_record& e : r.entries) {
            if (e.post == post) return e.name.time.seconds;
        }
        return 0.0;
    };
    CHECK(stamp(6) < stamp(5) - 90);
    CHECK(stamp(9) < stamp(0));
}

TEST_CASE("a crash at a time is recorded with how many processes it struck, or not at all") {
    scenario s = small_site(2);
    fault at_all = at_time(fault::kind::crash_process, 5.5);
    fault at_one = at_all;
    at_one.process = "OutgoingRunner:1:2";
    fault at_class = at_all;
    at_class.process = "ArchRunner";
    fault at_nobody = at_all;
    at_nobody.process = "OutgoingRunner:1:3";
    fault too_early = at_one;
    too_early.at_s = 0;  // no runner has started
    const auto recorded = [&](const fault& f) {
        s.faults = {f};
        const run_record r = played(s, steady_stream(10));
        const auto crashed = std::count_if(r.processes.begin(), r.processes.end(),
                                           [](const process_record& p) { return p.crashed; });
        CHECK(all_are(times(r, r.archivings), 1));
        return std::pair(r.faults.empty() ? "" : r.faults[0].what, crashed);
    };
    CHECK(recorded(at_all) == std::pair<std::string, long>("crash of 12 processes", 12));
    CHECK(recorded(at_class) == std::pair<std::string, long>("crash of 2 processes", 2));
    CHECK(recorded(at_one) == std::pair<std::string, long>("crash of the process", 1));
    CHECK(recorded(at_nobody) == std::pair<std::string, long>("", 0));
    CHECK(recorded(too_early) == std::pair<std::string, long>("", 0));
}

TEST_CASE("a crash at a time strikes the mail server's process as one at a call does") {
    scenario s = small_site(1);
    s.intake.what = intake_choice::kind::server;
    fault f = at_time(fault::kind::crash_process, 5.5);
    f.process = "post";
    s.faults = {f};
    const run_record r = played(s, steady_stream(10));
    REQUIRE(r.faults.size() == 1);
    CHECK(r.faults[0].what == "crash of the process");
    CHECK(all_are(times(r, r.deliveries), 1));
}

TEST_CASE("a machine that is down cannot lose its power once more") {
    scenario s = small_site(2);
    fault f = at_time(fault::kind::crash_machine, 5);
    f.machine = "machine2";
    f.down_s = 30;
    fault again = f;
    again.at_s = 10;
    again.down_s = 1;
    s.faults = {f, again};
    const run_record r = played(s, steady_stream(20));
    CHECK(r.faults.size() == 1);
    for (const process_record& p : r.processes) {
        const bool early = p.started > add(r.started, to_duration(5)) &&
                           p.started < add(r.started, to_duration(35));
        if (p.machine == "machine2" && p.queue != none) CHECK_FALSE(early);
    }
    CHECK(none_is(times(r, r.deliveries), 0));
}
