#include "sim/scenario/scenario_file.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace qslice::sim;

namespace {

/// A scenario with one machine with all runners.
std::string on_machine(const std::string& text) {
    return "machine = [{ name = \"a\", runners = [\"*:0:1\"] }]\n" + text;
}

}  // namespace

TEST_CASE("a key that another one leaves without effect is an error at its line") {
    struct pair {
        std::string text;   ///< after the machine, from line 2 on
        std::string where;  ///< line and column
        std::string what;
    };
    const auto c = GENERATE(values<pair>({
        {"[stream]\nposts = 100\ntimes = [0, 5]", "3:9",
         "posts: has no effect here: 'times' says when each post arrives"},
        // Its default, too, would be ignored.
        {"[stream]\nposts = 10000\ntimes = [0, 5]", "3:9", "posts: has no effect here"},
        {"[stream]\ntimes = [0, 5]\nposts_per_hour = 60", "4:18",
         "posts_per_hour: has no effect here"},
        {"[stream]\nactivity_spread = 0\ntimes = [0, 5]", "3:19",
         "activity_spread: has no effect here"},
        {"[stream]\nactivity_spread = 0\nactivity_posts = 5", "4:18",
         "activity_posts: has no effect here: activity_spread = 0"},
        {"[stream]\nseries_share = 0\nseries_length = 5", "4:17",
         "series_length: has no effect here: series_share = 0"},
        {"[stream]\nseries_gap = 5\nseries_share = 0", "3:14", "series_gap: has no effect here"},
        {"[stream]\nkind = \"listed\"\nposts = 2\n[[stream.post]]", "4:9",
         "posts: has no effect here: the stream lists its posts"},
        {"restart_limit = 0\nrestart_after = 5", "3:17",
         "restart_after: has no effect here: restart_limit = 0"},
        {"[policy]\nformat = \"mailman3\"\nlist_locks = \"qslice\"", "4:14",
         "list_locks: has no effect here"},
        {"[[machine]]\nname = \"b\"\nfrom = 5", "",
         "from: has no effect here: this machine has no"},
        {"[storage]\nattribute_cache = 1", "3:19",
         "attribute_cache: has no effect here: it needs nfs = true"},
        {"[storage]\nlost_reply_share = 0.1\nnfs = false", "3:20",
         "lost_reply_share: has no effect here"},
        {"[lists]\nhold_all = true\nheld_share = 0.1", "4:14", "held_share: has no effect here"},
        {"[services]\ndelivery = { mean = 1, sigma = 2 }", "3:32",
         "sigma: has no effect here: it needs shape = \"lognormal\""},
        {"[[fault]]\nkind = \"crash_process\"\nuntil = 5", "4:9",
         "until: has no effect here: it needs 'call' or 'probability'"},
        {"[[fault]]\nkind = \"crash_machine\"\nprocess = \"OutgoingRunner\"", "4:11",
         "process: has no effect here"},
        {"[[fault]]\nkind = \"power_loss\"\nprocess = \"OutgoingRunner\"", "4:11",
         "process: has no effect here"},
        {"[[fault]]\nkind = \"crash_process\"\nafter_call = true", "4:14",
         "after_call: has no effect here"},
        {"[[fault]]\nkind = \"crash_process\"\nprobability = 0.1\nafter_call = true", "5:14",
         "after_call: has no effect here: with 'probability' chance decides"},
        {"[[fault]]\nkind = \"fail_calls\"\ncall = \"sync\"\nafter_call = true", "5:1",
         "unknown key 'after_call' in [[fault]]"},
        {"[course]\nany_order = true\ndelays = 2", "4:10", "delays: has no effect here"},
        {"[course]\ncrash = \"power\"", "3:9", "crash: has no effect here: crashes = 0"},
    }));
    CAPTURE(c.text);
    const bool is_machine = c.where.empty();
    const auto s = parse_scenario(is_machine ? c.text : on_machine(c.text), "test.toml");
    REQUIRE_FALSE(s);
    CHECK(s.error().where == "test.toml:" + (is_machine ? "3:8" : c.where));
    CHECK_THAT(s.error().what, Catch::StartsWith(c.what));
}

TEST_CASE("keys of which each has its effect are accepted together") {
    const auto* const text = GENERATE(
        "[stream]\ntimes = [0, 5]\nlists = 2\nsenders = 3\nseries_share = 0.5\nspeedup = 2",
        "[stream]\nposts = 5\nactivity_spread = 1\nactivity_posts = 5",
        "[storage]\nnfs = true\nattribute_cache = 1\nlost_reply_share = 0.1",
        "[[fault]]\nkind = \"crash_process\"\nprocess = \"OutgoingRunner\"\nat = 5",
        "[[fault]]\nkind = \"crash_machine\"\ncall = \"sync\"\nuntil = 5\nafter_call = true",
        "[[list]]\nname = \"list8\"\nmembers = 2");
    CAPTURE(text);
    const auto s = parse_scenario(on_machine(text), "test.toml");
    if (!s) FAIL(s.error().to_string());
    SUCCEED();
}

TEST_CASE("a key without effect is not written, so that the file can be read") {
    auto s = parse_scenario(on_machine("[stream]\ntimes = [0, 5]"), "test.toml");
    REQUIRE(s);
    s->stream.posts = 77;
    s->storage.lost_reply_share = 0.5;
    s->course.crash = crash_scope::power;
    const std::string text = write_scenario(*s);
    CAPTURE(text);
    CHECK(text.find("77") == std::string::npos);
    const auto again = parse_scenario(text, "test.toml");
    REQUIRE(again);
    CHECK(again->stream.times_s == s->stream.times_s);
}
