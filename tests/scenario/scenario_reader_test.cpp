#include "sim/scenario/scenario_file.hpp"
#include "sim/scenario/standard_runner_names.hpp"
#include "support/run_program.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace qslice::sim;
using qslice::test::scratch_directory;

namespace {

constexpr const char* every_key = R"(
name = "everything"
summary = "Each key once"
seed = 42
drain = "2h"
start_within = "2s"
restart_limit = 3
restart_after = "250ms"

[policy]
format = "mailman3"
hash = "list_affinity/sha256"
partition = "weighted:2,1"
order = "strict"
durability = "file"

[[machine]]
name = "a"
runners = ["*:0:2"]
clock = { offset = "-20ms", drift = 1e-5, resolution = 1 }
slowness = 2.5
accepts_posts = false
from = "1min"
until = "1h"

[[machine]]
name = "b"
runners = ["IncomingRunner:1:2", "OutgoingRunner:1:2"]

[storage]
kind = "network"
latency_spread = 0.5
crash_rules = "journaled"
capacity_bytes = 1_000_000
nfs = true
attribute_cache = "5s"
lost_reply_share = 0.01

[lists]
members = 7
digest_members = 2
subject_prefix = "[X] "
archive = false
held_share = 0.25
discarded_share = 0.125
refused_types = ["image/", "text/html"]
digest_threshold_kib = 12

[[list]]
name = "list2"
members = 1000
hold_all = true

[stream]
kind = "synthetic"
posts = 99
speedup = 3
start = 2014-05-25T00:56:36+02:00
lists = 3
senders = 30
posts_per_hour = 120
list_popularity = 0.5
sender_activity = 0.25
series_share = 0.125
series_length = 6
series_gap = "1.5s"
reply_share = 0.75
size_median_bytes = 3000
size_sigma = 0.5
size_least_bytes = 1000
size_most_bytes = 100000
activity_spread = 1.5
activity_posts = 20

[services]
list_load = "15ms"
archive = { mean = "40ms", shape = "lognormal", sigma = 1.5 }
delivery = { mean = 1.25, shape = "constant" }
delivery_per_recipient = "1ms"
fails_for_now = 0.02
fails_for_good = 0.01

[digests]
period = "12h"

[[fault]]
kind = "fail_calls"
at = "10min"
until = "20min"
machine = "b"
process = "OutgoingRunner"
call = "sync_directory"
count = 5
error = "no_space"

[[fault]]
kind = "crash_machine"
probability = 0.001
down = "2min"

[[fault]]
kind = "slow_machine"
factor = 10

[[fault]]
kind = "clock_step"
step = "-5s"

[[fault]]
kind = "clock_drift"
drift = 1e-4

[[fault]]
kind = "foreign_files"
queue = "out"
files = 12

[[fault]]
kind = "crash_process"
call = "rename"
after_call = true

[[require]]
fifo.list.inversions = 0
latency.archiving.p99 = "< 30s"
)";

scenario parsed(const std::string& text) {
    const auto s = parse_scenario(text, "test.toml");
    INFO((s ? std::string() : s.error().to_string()));
    REQUIRE(s);
    return *s;
}

/// A valid scenario, to which a test adds an error. The addition begins in line 2.
std::string with_machine(const std::string& text) {
    return "machine = [{ name = \"a\", runners = [\"*:0:1\"] }]\n" + text;
}

}  // namespace

TEST_CASE("every key of a scenario file is read") {
    const scenario s = parsed(every_key);
    CHECK(s.name == "everything");
    CHECK(s.summary == "Each key once");
    CHECK(s.seed == 42);
    CHECK(s.drain_s == 7200);
    CHECK(s.start_within_s == 2);
    CHECK(s.restart_limit == 3);
    CHECK(s.restart_after_s == 0.25);

    CHECK(s.policy == policy_choice{"mailman3", "list_affinity/sha256", "weighted:2,1", "strict",
                                    qslice::durability::file});

    REQUIRE(s.machines.size() == 2);
    CHECK(s.machines[0].name == "a");
    REQUIRE(s.machines[0].runners.size() == standard_runner_names("mailman3").size());
    CHECK(s.machines[0].runners[1] == runner_choice{"PipelineRunner", 0, 2});
    CHECK(s.machines[0].runners[0] == runner_choice{"IncomingRunner", 0, 2});
    CHECK(s.machines[0].clock.offset == std::chrono::milliseconds(-20));
    CHECK(s.machines[0].clock.drift == 1e-5);
    CHECK(s.machines[0].clock.resolution == std::chrono::seconds(1));
    CHECK(s.machines[0].slowness == 2.5);
    CHECK_FALSE(s.machines[0].accepts_posts);
    CHECK(s.machines[0].from_s == 60);
    CHECK(s.machines[0].until_s == 3600);
    CHECK(s.machines[1].runners ==
          std::vector<runner_choice>{{"IncomingRunner", 1, 2}, {"OutgoingRunner", 1, 2}});
    CHECK(s.machines[1].accepts_posts);

    CHECK(s.storage == storage_choice{.kind = "network",
                                      .latency_spread = 0.5,
                                      .rules = crash_rules::journaled,
                                      .capacity_bytes = 1'000'000,
                                      .nfs = true,
                                      .attribute_cache_s = 5,
                                      .lost_reply_share = 0.01});

    const list_choice defaults{"", 7, 2, "[X] ", false, false, 0.25, 0.125, {"image/", "text/html"},
                               12};
    CHECK(s.list_defaults == defaults);
    REQUIRE(s.lists.size() == 1);
    list_choice busy = defaults;
    busy.name = "list2";
    busy.members = 1000;
    busy.hold_all = true;
    CHECK(s.lists[0] == busy);

    CHECK(s.stream.what == stream_choice::kind::synthetic);
    CHECK(s.stream.posts == 99);
    CHECK(s.stream.times_s.empty());
    CHECK(s.stream.speedup == 3);
    CHECK(s.stream.start_s == 1400972196);
    CHECK(s.stream.lists == 3);
    CHECK(s.stream.senders == 30);
    CHECK(s.stream.posts_per_hour == 120);
    CHECK(s.stream.list_popularity == 0.5);
    CHECK(s.stream.sender_activity == 0.25);
    CHECK(s.stream.series_share == 0.125);
    CHECK(s.stream.series_length == 6);
    CHECK(s.stream.series_gap_s == 1.5);
    CHECK(s.stream.reply_share == 0.75);
    CHECK(s.stream.size_median_bytes == 3000);
    CHECK(s.stream.size_sigma == 0.5);
    CHECK(s.stream.size_least_bytes == 1000);
    CHECK(s.stream.size_most_bytes == 100000);
    CHECK(s.stream.activity_spread == 1.5);
    CHECK(s.stream.activity_posts == 20);

    using shape = service_time::shape;
    CHECK(s.services.list_load == service_time{shape::exponential, 0.015, 1});
    CHECK(s.services.archive == service_time{shape::lognormal, 0.04, 1.5});
    CHECK(s.services.delivery == service_time{shape::constant, 1.25, 1});
    CHECK(s.services.delivery_per_recipient_s == 0.001);
    CHECK(s.services.fails_for_now == 0.02);
    CHECK(s.services.fails_for_good == 0.01);
    CHECK(s.digests.period_s == 43200);

    REQUIRE(s.faults.size() == 7);
    CHECK(s.faults[0].what == fault::kind::fail_calls);
    CHECK(s.faults[0].at_s == 600);
    CHECK(s.faults[0].until_s == 1200);
    CHECK(s.faults[0].machine == "b");
    CHECK(s.faults[0].process == "OutgoingRunner");
    CHECK(s.faults[0].call == call_kind::sync_directory);
    CHECK(s.faults[0].count == 5);
    CHECK(s.faults[0].code == qslice::error_code::no_space);
    CHECK(s.faults[1].probability == 0.001);
    CHECK(s.faults[1].down_s == 120);
    CHECK(s.faults[2].amount == 10);
    CHECK(s.faults[3].amount == -5);
    CHECK(s.faults[4].amount == 1e-4);
    CHECK(s.faults[5].queue == "out");
    CHECK(s.faults[5].files == 12);
    CHECK(s.faults[6].call == call_kind::rename);
    CHECK(s.faults[6].after_call);

    REQUIRE(s.requirements.size() == 2);
    CHECK(s.requirements[0].text == "fifo.list.inversions = 0");
    CHECK(s.requirements[1].text == "latency.archiving.p99 < 30s");
    CHECK(s.requirements[1].value == 30);
}

TEST_CASE("a written scenario reads back to the same scenario") {
    const scenario s = parsed(every_key);
    const std::string text = write_scenario(s);
    CAPTURE(text);
    CHECK(parsed(text) == s);
    CHECK(write_scenario(parsed(text)) == text);
}

TEST_CASE("a written scenario contains only what differs from the defaults") {
    const scenario s = parsed(with_machine(""));
    CHECK(s.name == "test");
    CHECK(write_scenario(s) ==
          "name = \"test\"\n\n[[machine]]\nname = \"a\"\nrunners = [\"*:0:1\"]\n");
}

TEST_CASE("strings with quotes, blanks and control characters survive being written") {
    scenario s = parsed(with_machine(""));
    s.summary = "a \"quoted\" \\ text\n\twith a bell \a and an é";
    CHECK(parsed(write_scenario(s)).summary == s.summary);
}

TEST_CASE("requirements may be strings in an array, tables, or both") {
    const scenario s = parsed(with_machine(
        R"(require = ["fifo.list.inversions = 0", { latency.archiving.p99 = "<= 30s" }])"));
    REQUIRE(s.requirements.size() == 2);
    CHECK(s.requirements[0].is == requirement::relation::equal);
    CHECK(s.requirements[1].text == "latency.archiving.p99 <= 30s");
}

TEST_CASE("a stream's file is relative to the scenario that names it") {
    const scratch_directory scratch;
    const std::string path =
        scratch.file("s.toml", with_machine("stream = { kind = \"trace\", path = \"t.csv\" }\n"));
    const auto s = read_scenario(path);
    REQUIRE(s);
    CHECK(s->stream.path == (scratch.path() / "t.csv").string());
}

TEST_CASE("a scenario file that cannot be read is an error that names it") {
    const scratch_directory scratch;
    const std::string missing = (scratch.path() / "none.toml").string();
    CHECK(read_scenario(missing).error().where == missing);
    CHECK(read_scenario(missing).error().what == "cannot be read: No such file or directory");
    CHECK(read_scenario(scratch.path().string()).error().what == "cannot be read: Is a directory");
}

TEST_CASE("an error in a scenario has line, column and what was expected") {
    struct wrong {
        std::string text;   ///< after the machine, from line 2 on
        std::string where;  ///< line and column
        std::string what;
    };
    const auto c = GENERATE(values<wrong>({
        // Not TOML.
        {"name = ", "2:8", "invalid TOML: "},
        {"[policy\nhash = 1", "2:8", "invalid TOML: "},
        {"seed = 1\nseed = 2", "3:8", "invalid TOML: "},
        // Unknown keys.
        {"sed = 1", "2:1", "unknown key 'sed' in a scenario; did you mean 'seed'?"},
        {"[polcy]", "2:2", "unknown key 'polcy' in a scenario; did you mean 'policy'?"},
        {"[policy]\nhsah = \"mailman21\"", "3:1",
         "unknown key 'hsah' in [policy]; did you mean 'hash'?"},
        {"[digests]\nevery = 5", "3:1", "unknown key 'every' in [digests]; expected 'period'"},
        {"[[list]]\nname = \"x\"\nmembres = 5", "4:1",
         "unknown key 'membres' in [[list]]; did you mean 'members'?"},
        {"[[fault]]\nkind = \"disk_full\"\nfactor = 3", "4:1", "unknown key 'factor' in [[fault]]"},
        {"[stream]\nkind = \"trace\"\npath = \"x\"\nlists = 3", "5:1",
         "unknown key 'lists' in [stream]"},
        // Wrong types.
        {"seed = \"one\"", "2:8",
         "seed: expected a whole number of at least 0, found the string 'one'"},
        {"name = 3", "2:8", "name: expected a string, found the number 3"},
        {"policy = 3", "2:10", "policy: expected a table, [policy], found the number 3"},
        {"list = 3", "2:8", "list: expected tables, [[list]], found the number 3"},
        {"[lists]\narchive = 1", "3:11", "archive: expected true or false, found the number 1"},
        {"[lists]\nrefused_types = \"image/\"", "3:17",
         "refused_types: expected an array of strings, found the string 'image/'"},
        {"drain = true", "2:9", "drain: expected a time: a number of seconds, or a string such as"},
        {"[stream]\nstart = 2014-05-25", "3:9", "start: expected seconds since the epoch"},
        {"require = 1", "2:11", "require: expected [[require]] tables, or an array"},
        {"require = [1]", "2:12", "require: expected a requirement such as"},
        // Impossible values.
        {"seed = -1", "2:8", "seed: expected a whole number of at least 0, found the number -1"},
        {"drain = \"5m\"", "2:9", "drain: unknown unit 'm'; expected ns, us, ms, s, min, h or d"},
        {"drain = -5", "2:9", "drain: expected a time of at least 0 seconds, found the number -5"},
        {"[policy]\nhash = \"md5\"", "3:8", "hash: expected a hash policy, KEY or KEY/FUNCTION"},
        {"[policy]\npartition = \"equals\"", "3:13", "partition: expected a partition: equal,"},
        {"[policy]\npartition = \"weighted:3,x\"", "3:13",
         "partition: expected the slices' weights"},
        {"[policy]\norder = \"strickt\"", "3:9",
         "order: expected 'mailman', 'strict' or 'fair_by_key', found 'strickt'; did you mean "
         "'strict'?"},
        {"[lists]\nheld_share = 1.5", "3:14",
         "held_share: expected a number from 0 to 1, found the number 1.5"},
        {"[lists]\nheld_share = nan", "3:14", "held_share: expected a number from 0 to 1"},
        {"[stream]\nspeedup = 0", "3:11",
         "speedup: expected a number from 1e-06 to 1000000000000, found the number 0"},
        {"[storage]\nkind = \"tape\"", "3:8",
         "kind: expected 'memory', 'disk' or 'network', found 'tape'"},
        {"[[fault]]\nat = 5", "2:1", "missing 'kind' in [[fault]]; expected 'crash_process', "},
        {"require = [\"latency.archiving.p99 < soon\"]", "2:12",
         "require: expected a number, a time"},
        // Values that contradict each other.
        {"[policy]\npartition = \"weighted:2,1\"", "1:37",
         "runners: the number of slices of IncomingRunner:0:1 is 1, but the partition "
         "'weighted:2,1' has 2"},
        {"[lists]\nheld_share = 0.6\ndiscarded_share = 0.5", "4:19",
         "discarded_share: 0.6 of senders held plus 0.5 discarded exceed 1"},
        {"[[list]]\nmembers = 5", "2:1", "missing name of this list; expected name = \"...\""},
        {"[[list]]\nname = \"list1\"\n[[list]]\nname = \"list1\"", "5:8",
         "name: duplicate list 'list1'"},
        {"[[list]]\nname = \"dev\"", "3:8",
         "name: no post is to list 'dev'; the lists of this stream are list1 to list8"},
        {"[[list]]\nname = \"list9\"", "3:8", "name: no post is to list 'list9'"},
        {"[[list]]\nname = \"dev\"\n[stream]\nkind = \"listed\"\n[[stream.post]]", "3:8",
         "name: no post of this stream is to list 'dev'"},
        {"[stream]\ntimes = [0, 5, 3]", "3:16", "times: expected ascending times"},
        {"[stream]\ntimes = [1, 2]", "3:9", "times: expected 0 first"},
        {"[[require]]\nlatency.p9 = 3", "3:14",
         "require: unknown measure 'latency.p9'; did you mean 'latency.p9"},
        {"[stream]\nsize_median_bytes = 100", "3:21",
         "size_median_bytes: expected more than size_least_bytes (4450) and at most"},
        {"[stream]\nposts = 0", "3:9", "posts: expected at least one post"},
        {"[stream]\nkind = \"mbox\"", "2:1", "missing path of a stream from a file"},
        {"[services]\nfails_for_now = 0.7\nfails_for_good = 0.7", "4:18",
         "fails_for_good: together with fails_for_now exceeds 1"},
        {"[[fault]]\nkind = \"slow_machine\"\nfactor = 2\nmachine = \"aa\"", "5:11",
         "machine: unknown machine 'aa'"},
        {"[[fault]]\nkind = \"slow_machine\"", "2:1", "slow_machine needs a factor"},
        {"[[fault]]\nkind = \"clock_step\"", "2:1", "clock_step needs a step"},
        {"[[fault]]\nkind = \"fail_calls\"", "2:1", "fail_calls needs a choice of calls"},
        {"[[fault]]\nkind = \"crash_process\"\nprocess = \"ArchiveRunner\"", "4:11",
         "process: no machine runs 'ArchiveRunner'; did you mean 'ArchRunner'?"},
        {"[[fault]]\nkind = \"storage_stall\"\nat = 5\nuntil = 4", "5:9",
         "until: expected a time after 'at'"},
        {"[[fault]]\nkind = \"crash_process\"\ncount = 4", "4:9",
         "count: expected 'call' as well, since count is the index among calls of a kind"},
    }));
    CAPTURE(c.text);
    const auto s = parse_scenario(with_machine(c.text), "test.toml");
    REQUIRE_FALSE(s);
    CHECK(s.error().where == "test.toml:" + c.where);
    CHECK_THAT(s.error().what, Catch::StartsWith(c.what));
}

TEST_CASE("an error in a machine or its runners has line and column") {
    struct wrong {
        std::string text;
        std::string where;
        std::string what;
    };
    const auto c = GENERATE(values<wrong>({
        {"seed = 1", "1:1", "no machine; expected at least one [[machine]]"},
        {"[[machine]]\nrunner = []", "2:1",
         "unknown key 'runner' in [[machine]]; did you mean 'runners'?"},
        {"[[machine]]\nrunners = [\"*:0:1\"]", "1:1",
         "missing name of this machine; expected name = \"...\""},
        {"[[machine]]\nname = \"\"", "2:8", "name: expected a non-empty string"},
        {"[[machine]]\nname = \"a\"\n[[machine]]\nname = \"a\"", "4:8",
         "name: duplicate machine 'a'"},
        {"[[machine]]\nname = \"a\"\nrunners = \"*:0:1\"", "3:11",
         "runners: expected an array such as [\"*:0:3\"], found the string '*:0:1'"},
        {"[[machine]]\nname = \"a\"\nrunners = [\"*:0\"]", "3:12",
         "runners: expected RUNNER:SLICE:SLICES, such as IncomingRunner:0:3; found no slice number "
         "between two colons"},
        {"[[machine]]\nname = \"a\"\nrunners = [\"*:0:1\", \"*:3:3\"]", "3:21",
         "runners: expected RUNNER:SLICE:SLICES, such as IncomingRunner:0:3; slices count from 0, "
         "so the last of 3 is 2"},
        {"[[machine]]\nname = \"a\"\nrunners = [\"*:0:0\"]", "3:12",
         "runners: expected RUNNER:SLICE:SLICES, such as IncomingRunner:0:3; found 0 slices"},
        {"[[machine]]\nname = \"a\"\nrunners = [\"IncomminRunner:0:1\"]", "3:12",
         "runners: unknown runner 'IncomminRunner'; did you mean 'IncomingRunner'?"},
        {"policy = { format = \"mailman3\" }\n[[machine]]\nname = \"a\"\n"
         "runners = [\"BounceRunner:0:1\"]",
         "4:12",
         "runners: unknown runner 'BounceRunner'; those of format mailman3 are IncomingRunner, "
         "PipelineRunner, ArchiveRunner, "},
        {"[[machine]]\nname = \"a\"\nrunners = [\"*:0:1\", \"ArchRunner:0:1\"]", "3:21",
         "runners: duplicate ArchRunner:0:1 on this machine"},
        {"[[machine]]\nname = \"a\"\naccepts_posts = false", "1:1", "no machine accepts posts"},
        {"[[machine]]\nname = \"a\"\nclock = { ofset = 1 }", "3:11",
         "unknown key 'ofset' in [clock]; did you mean 'offset'?"},
        {"[[machine]]\nname = \"a\"\nclock = { drift = -1 }", "3:19",
         "drift: expected a number above -1 and up to 1, found the number -1"},
        {"policy = { partition = \"mailman3\" }\n[[machine]]\nname = \"a\"\nrunners = [\"*:0:3\"]",
         "4:12", "runners: the partition 'mailman3' cannot have 3 slices: "},
    }));
    CAPTURE(c.text);
    const auto s = parse_scenario(c.text, "test.toml");
    REQUIRE_FALSE(s);
    CHECK(s.error().where == "test.toml:" + c.where);
    CHECK_THAT(s.error().what, Catch::StartsWith(c.what));
}

TEST_CASE("of several problems the first in the file is reported") {
    const auto s = parse_scenario("seed = -1\nname = 3\nunknown = 2", "test.toml");
    CHECK(s.error().where == "test.toml:1:8");
}

TEST_CASE("in a scenario without a file errors name the keys' paths") {
    scenario s;
    s.name = "shrunk";
    CHECK(check_scenario(s).error().where == "shrunk: ");
    s.machines = {{"a", {{"IncomingRunner", 0, 1}}, {}, 1, true, 0, 0}};
    CHECK(check_scenario(s));
    s.faults.push_back({});
    s.faults.back().machine = "b";
    CHECK(check_scenario(s).error().where == "shrunk: fault[0].machine");
}

TEST_CASE("keys and values nested without end are errors that say where") {
    const auto repeated = [](std::string_view text) {
        std::string all;
        for (int i = 0; i < 200'000; ++i) all += text;
        return all;
    };
    for (const std::string& text :
         {"[" + repeated("a.") + "a]", repeated("a.") + "a = 1", repeated("'a' . ") + "a = 1",
          "a = {" + repeated("a.") + "a = 1}", "a = " + repeated("["), "a = " + repeated("{a=")}) {
        const auto read = parse_scenario("seed = 1\n" + text + "\n", "deep.toml");
        REQUIRE_FALSE(read);
        INFO(read.error().to_string().substr(0, 200));
        CHECK(read.error().to_string().starts_with("deep.toml:2:"));
    }
}
