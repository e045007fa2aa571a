#include "sim/site/inspection.hpp"

#include "finding_of.hpp"
#include "made_site.hpp"
#include "sim/site/age_table.hpp"
#include "sim/site/growth.hpp"
#include "sim/site/inspection_report.hpp"
#include "sim/site/log_evidence.hpp"
#include "sim/site/log_files.hpp"
#include "sim/site/openmetrics.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

using namespace qslice;
using namespace qslice::sim::diagnosis;
using Catch::Matchers::Contains;

namespace {

/// Changes of a file's name and inode have the real clock's time, so the tests' now is the real
/// one.
double real_now() { return std::floor(static_cast<double>(std::time(nullptr))); }

inspection_options options_at(double now) {
    inspection_options options;
    options.survey.now_s = now;
    return options;
}

inspection inspect(const made_site& site, const inspection_options& options) {
    auto seen = inspect_queues(site.path(), options);
    INFO((seen ? std::string() : seen.error().to_string()));
    REQUIRE(seen);
    return std::move(*seen);
}

const queue_survey& queue(const inspection& seen, std::string_view name) {
    const auto at = std::find_if(seen.queues.begin(), seen.queues.end(),
                                 [&](const queue_survey& q) { return q.queue == name; });
    REQUIRE(at != seen.queues.end());
    return *at;
}

/// The lowest hash of slice k of n.
hash_value in_slice(std::uint64_t k, std::uint64_t n, std::uint32_t more = 0) {
    const hash_value lower = hash_value::fraction(k, n);
    return {lower.high() + 1, 7, more};
}

}  // namespace

TEST_CASE("a second master that runs every slice twice is told once") {
    const made_site site;
    const double now = real_now();
    site.queues({"qfiles/in", "qfiles/out", "qfiles/virgin", "qfiles/shunt", "qfiles/bad"});
    inspection_options options = options_at(now);
    options.plan.running = parse_runners(
                               "IncomingRunner:0:2,IncomingRunner:1:2,OutgoingRunner:0:1,"
                               "VirginRunner:0:1,IncomingRunner:0:2,IncomingRunner:1:2,"
                               "OutgoingRunner:0:1,VirginRunner:0:1")
                               .value();
    const inspection seen = inspect(site, options);
    const auto twice = std::count_if(seen.findings.begin(), seen.findings.end(),
                                     [](const finding& f) { return f.kind == "slice-run-twice"; });
    CHECK(twice == 1);
    const finding* found = finding_of(seen, "slice-run-twice", "in/, out/, virgin/");
    REQUIRE(found != nullptr);
    CHECK_THAT(found->what, Contains("in/ 1/2, 2/2, out/ 1/1, virgin/ 1/1"));
    CHECK_THAT(found->to_do.front().text, Contains("second master"));
}

TEST_CASE("late entries of a queue whose runner runs are not put down to a missing one") {
    const made_site site;
    const double now = real_now();
    site.queues({"qfiles/in", "qfiles/out", "qfiles/shunt", "qfiles/bad"});
    for (std::uint64_t i = 0; i < 10; ++i) {
        site.entry("qfiles/out", now - 7200 + static_cast<double>(i), numbered_hash(i), now - 7200);
    }
    inspection_options options = options_at(now);
    options.plan.running = parse_runners("IncomingRunner:0:1,OutgoingRunner:0:1").value();
    const inspection seen = inspect(site, options);
    const finding* late = finding_of(seen, "late", "out/");
    REQUIRE(late != nullptr);
    CHECK_THAT(late->what, Contains("its runner runs"));
    CHECK_THAT(late->to_do.front().text, !Contains("Check whether"));
}

TEST_CASE("a partial or preserved file with an odd name stops no runner") {
    const made_site site;
    const double now = real_now();
    site.queues({"qfiles/in", "qfiles/out", "qfiles/shunt", "qfiles/bad"});
    site.file("qfiles/in/hello.pck.tmp", "x", now);
    site.file("qfiles/bad/hello.psv", "x", now);
    const inspection seen = inspect(site, options_at(now));
    CHECK(finding_of(seen, "malformed") == nullptr);
    CHECK(queue(seen, "in").foreign.count == 1);
    CHECK(queue(seen, "in").malformed.count == 0);
    CHECK(queue(seen, "bad").malformed.count == 0);
}

TEST_CASE("a site whose queues are empty or served has nothing to do") {
    const made_site site;
    const double now = real_now();
    site.queues({"qfiles/in", "qfiles/out", "qfiles/commands", "qfiles/shunt", "qfiles/bad"});
    site.entry("qfiles/in", now - 3, numbered_hash(1), now - 3);
    const inspection seen = inspect(site, options_at(now));
    CHECK(seen.version == mailman_version::v21);
    CHECK(seen.root == site.path("qfiles"));
    CHECK(seen.findings.empty());
    CHECK(queue(seen, "in").waiting == 1);
    CHECK_THAT(to_text(seen), Contains("Nothing to do."));
}

TEST_CASE("queues are found below the directory of either Mailman, or are the one named") {
    const made_site site;
    SECTION("Mailman 3 below var/queue") {
        site.queues({"var/queue/in", "var/queue/pipeline", "var/queue/out"});
        const auto tree = find_queues(site.path());
        REQUIRE(tree);
        CHECK(tree->version == mailman_version::v3);
        CHECK(tree->root == site.path("var/queue"));
        REQUIRE(tree->queues.size() == 3);
        CHECK(tree->queues[0].queue == "in");
        CHECK(tree->queues[1].queue == "pipeline");
        CHECK(tree->queues[2].queue == "out");
    }
    SECTION("a queue of the site's own among Mailman's comes last") {
        site.queues({"alpha", "out", "in"});
        const auto tree = find_queues(site.path() + "//");
        REQUIRE(tree);
        REQUIRE(tree->queues.size() == 3);
        CHECK(tree->queues[2].queue == "alpha");
        CHECK(tree->version == mailman_version::unknown);
    }
    SECTION("one queue's directory") {
        site.queues({"qfiles/out"});
        const auto tree = find_queues(site.path("qfiles/out"));
        REQUIRE(tree);
        CHECK(tree->single);
        CHECK(tree->version == mailman_version::v21);
        REQUIRE(tree->queues.size() == 1);
        CHECK(tree->queues[0].queue == "out");
    }
    SECTION("a directory of any name that holds entries") {
        site.queues({"spare"});
        site.entry("spare", 1400972196.5, numbered_hash(1), 1400972196);
        const auto tree = find_queues(site.path("spare"));
        REQUIRE(tree);
        CHECK(tree->single);
    }
}

TEST_CASE("a directory without queues is an error that says what was expected") {
    const made_site site;
    site.directory("empty");
    site.file("plain", "text", 1);
    const auto problem = [&](std::string_view below) {
        const auto tree = find_queues(site.path(below));
        REQUIRE_FALSE(tree);
        CHECK_THAT(tree.error().where, Contains(site.path(below)));
        return tree.error().to_string();
    };
    CHECK_THAT(problem("empty"), Contains("found neither queues nor entries"));
    CHECK_THAT(problem("plain"), Contains("found a file"));
    CHECK_THAT(problem("nowhere"), Contains("found nothing with that name"));
}

TEST_CASE("entries are counted in the slices of their hashes") {
    const made_site site;
    const double now = real_now();
    site.queues({"in", "out"});
    for (std::uint32_t i = 0; i < 9; ++i) {
        site.entry("in", now - i, in_slice(i % 3, 3, i), now - i);
    }
    site.entry("in", now - 20, hash_value::max(), now - 20);
    site.entry("out", now, hash_value::fraction(1, 2), now);
    inspection_options options = options_at(now);
    options.plan.slices = "in=3,out=2";
    const inspection seen = inspect(site, options);
    const queue_survey& in = queue(seen, "in");
    REQUIRE(in.slices.size() == 3);
    CHECK(in.slices[0].waiting == 3);
    CHECK(in.slices[1].waiting == 3);
    CHECK(in.slices[2].waiting == 4);
    CHECK(*in.slices[2].oldest->stamp_s == now - 20);
    CHECK(in.expected_shares[1] == Approx(1.0 / 3));
    CHECK(queue(seen, "out").slices[1].waiting == 1);
    CHECK(in.ages.count == 10);
    CHECK(in.ages.most == 20);
    CHECK(in.sizes.count == 10);
    CHECK(in.sizes.sum == 1000);
}

TEST_CASE("every kind of leftover is found, counted and explained") {
    const made_site site;
    const double now = real_now();
    site.queues({"qfiles/in", "qfiles/out", "qfiles/shunt", "qfiles/bad", "qfiles/commands"});
    const auto name = site.entry("qfiles/out", now - 9000, numbered_hash(5), now - 9000, ".bak");
    site.entry("qfiles/in", now - 9000, numbered_hash(6), now - 9000, ".pck.tmp");
    site.entry("qfiles/in", now - 9000, numbered_hash(7), now - 9000, ".psv");
    site.entry("qfiles/shunt", now - 8000, numbered_hash(8), now - 8000);
    site.file("qfiles/in/1400972196.5+zz.pck", "", now);
    site.file("qfiles/in/noise.pck", "", now);
    site.file("qfiles/in/README\n\x1b[31m", "", now);
    inspection_options options = options_at(now + 7230);  // the files were changed just now
    const inspection seen = inspect(site, options);
    const queue_survey& in = queue(seen, "in");
    CHECK(in.names == 5);
    CHECK(in.partial_count == 1);
    CHECK(in.preserved.count == 1);
    CHECK(in.malformed.count == 2);
    CHECK(in.foreign.count == 1);
    CHECK(in.waiting == 0);

    const finding* stuck = finding_of(seen, "stuck-bak", "out/");
    REQUIRE(stuck);
    CHECK(stuck->weight == severity::attention);
    CHECK_THAT(stuck->what, Contains(name + ".bak") && Contains("2 h"));
    REQUIRE(stuck->to_do.size() == 2);
    CHECK(stuck->to_do[1].command == "bin/mailmanctl stop; sleep 30; bin/mailmanctl start");
    CHECK_THAT(stuck->to_do[1].text, Contains("sent again"));

    const finding* malformed = finding_of(seen, "malformed-name", "in/");
    REQUIRE(malformed);
    CHECK_THAT(malformed->what, Contains("2 files") && Contains("40 hex digits"));
    CHECK_THAT(malformed->to_do[0].command, Contains("1400972196.5+zz.pck"));
    CHECK(finding_of(seen, "left-over-tmp", "in/"));
    CHECK(finding_of(seen, "preserved", "in/"));
    const finding* shunted = finding_of(seen, "shunted", "shunt/");
    REQUIRE(shunted);
    CHECK(shunted->to_do.back().command == "bin/unshunt");
    CHECK_THAT(shunted->to_do[1].text, Contains("they get it again"));
    REQUIRE(finding_of(seen, "foreign-files", "in/"));
    CHECK(finding_of(seen, "foreign-files")->weight == severity::note);

    const std::string text = to_text(seen);
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK_THAT(text, Contains("README\\x0a\\x1b[31m"));
    CHECK(needs_attention(seen.findings));
}

TEST_CASE("an entry that is in hand or partial only briefly is not a leftover") {
    const made_site site;
    const double now = real_now();
    site.queues({"in", "out"});
    site.entry("out", now - 9000, numbered_hash(5), now - 9000, ".bak");
    site.entry("in", now, numbered_hash(6), now, ".pck.tmp");
    const inspection seen = inspect(site, options_at(now));
    CHECK(queue(seen, "out").in_hand_count == 1);
    CHECK(queue(seen, "in").partial_count == 1);
    CHECK_FALSE(needs_attention(seen.findings));
}

TEST_CASE("an entry that waits too long is distinguished from one that came back from retry") {
    const made_site site;
    const double now = real_now();
    site.queues({"in", "out", "retry"});
    site.entry("in", now - 7000, in_slice(1, 3), now - 7000);
    site.entry("in", now - 1, in_slice(0, 3), now - 1);
    site.entry("out", now - 7000, in_slice(1, 3), now - 2);
    site.entry("retry", now - 7000, in_slice(1, 3), now - 800);
    inspection_options options = options_at(now);
    options.plan.slices = "3";
    const inspection seen = inspect(site, options);
    const finding* late = finding_of(seen, "late", "in/");
    REQUIRE(late);
    CHECK_THAT(late->what, Contains("1 h 56 min") && Contains("Only slice 2/3 is late"));
    CHECK_FALSE(finding_of(seen, "late", "out/"));
    REQUIRE(finding_of(seen, "old-stamps", "out/"));
    CHECK_FALSE(finding_of(seen, "late", "retry/"));
}

TEST_CASE("a slice that nobody runs is named, with the entries that wait in it") {
    const made_site site;
    const double now = real_now();
    site.queues({"qfiles/in", "qfiles/commands"});
    site.entry("qfiles/in", now - 1, in_slice(0, 3), now);
    const auto lost = site.entry("qfiles/in", now - 2, in_slice(2, 3), now);
    inspection_options options = options_at(now);
    options.plan.running = parse_runners("IncomingRunner:0:3,IncomingRunner:1:3").value();
    const inspection seen = inspect(site, options);
    const queue_survey& in = queue(seen, "in");
    CHECK(in.division == "equal:3");
    CHECK(in.orphans.count == 1);
    CHECK(in.orphans.examples[0].name == lost + ".pck");
    const finding* f = finding_of(seen, "slice-not-run", "in/");
    REQUIRE(f);
    CHECK_THAT(f->what, Contains("slice 3/3") && Contains("1 entry"));
    CHECK(f->to_do[1].command == "bin/qrunner --runner=IncomingRunner:2:3");
    CHECK_FALSE(finding_of(seen, "orphans", "in/"));  // the same fact
    CHECK_FALSE(finding_of(seen, "no-runner", "commands/"));
}

TEST_CASE("a backlog that is nearly all in one slice is reported, an even one is not") {
    const made_site site;
    const double now = real_now();
    site.queues({"qfiles/in", "qfiles/out", "qfiles/shunt"});
    for (std::uint32_t i = 0; i < 60; ++i) {
        site.entry("qfiles/in", now - 5, in_slice(i % 3, 3, i), now - 5);
        site.entry("qfiles/out", now - 5, in_slice(i < 50 ? 1 : i % 3, 3, i), now - 5);
        site.entry("qfiles/shunt", now - 5, in_slice(0, 3, i), now - 5);
    }
    auto options = options_at(now);
    options.plan.slices = "in=3,out=3,shunt=3";
    const inspection seen = inspect(site, options);
    const finding* uneven = finding_of(seen, "uneven-backlog", "out/");
    REQUIRE(uneven != nullptr);
    CHECK(uneven->weight == severity::attention);
    CHECK_THAT(uneven->what, Contains("Slice 2/3 holds 5") && Contains("of 60 waiting entries") &&
                                 Contains("33.3% would be its share"));
    CHECK_THAT(uneven->to_do.back().text, Contains("More slices do not help"));
    CHECK(finding_of(seen, "uneven-backlog", "in/") == nullptr);
    CHECK(finding_of(seen, "uneven-backlog", "shunt/") == nullptr);

    // Of many slices the probability is drawn, and known to be small only.
    options.plan.slices = "in=3,out=64,shunt=3";
    const inspection many = inspect(site, options);
    REQUIRE(finding_of(many, "uneven-backlog", "out/") != nullptr);
    CHECK_THAT(finding_of(many, "uneven-backlog", "out/")->what,
               Contains("by chance is at most 5e-05"));
}

TEST_CASE("two runners on one slice and different numbers of slices are reported") {
    const made_site site;
    const double now = real_now();
    site.queues({"in", "out", "virgin"});
    site.entry("in", now, in_slice(0, 3), now);
    // Of 6 equal parts, the second belongs to 1/3 and 1/2, the fourth to 2/3 and to nobody else.
    site.entry("out", now, in_slice(1, 6), now);
    site.entry("out", now, in_slice(3, 6), now);
    site.entry("out", now, in_slice(5, 6), now);
    site.entry("virgin", now, in_slice(5, 6), now);
    inspection_options options = options_at(now);
    options.plan.running =
        parse_runners(
            "IncomingRunner:0:3 IncomingRunner:0:3 IncomingRunner:1:3 IncomingRunner:2:3 "
            "OutgoingRunner:0:3,OutgoingRunner:1:3,OutgoingRunner:0:2")
            .value();
    const inspection seen = inspect(site, options);
    const finding* twice = finding_of(seen, "slice-run-twice", "in/");
    REQUIRE(twice);
    CHECK_THAT(twice->what, Contains("2 runners serve slice 1/3"));
    CHECK(queue(seen, "in").doubly_owned.count == 1);
    const finding* different = finding_of(seen, "different-numbers", "out/");
    REQUIRE(different);
    CHECK_THAT(different->what, Contains("2 and 3"));
    CHECK(queue(seen, "out").doubly_owned.count == 1);
    CHECK(queue(seen, "out").orphans.count == 1);
    const finding* none = finding_of(seen, "no-runner", "virgin/");
    REQUIRE(none);
    CHECK_THAT(none->what, Contains("1 entry waits"));
}

TEST_CASE("a bound of Mailman 3 has two owners") {
    const made_site site;
    const double now = real_now();
    site.queues({"queue/in", "queue/pipeline"});
    site.entry("queue/in", now, hash_value::fraction(1, 2), now);
    inspection_options options = options_at(now);
    options.plan.partition = "mailman3";
    options.plan.running = parse_runners("in:0:2,in:1:2").value();
    const inspection seen = inspect(site, options);
    CHECK(queue(seen, "in").doubly_owned.count == 1);
    CHECK(finding_of(seen, "two-owners", "in/"));
}

TEST_CASE("runners with different numbers of slices are one finding") {
    const made_site site;
    const double now = real_now();
    site.queues({"qfiles/in", "qfiles/out", "qfiles/commands"});
    for (std::uint64_t i = 0; i < 8; ++i) {
        site.entry("qfiles/in", now - 5, hash_value::fraction(i, 8), now - 5);
    }
    inspection_options options = options_at(now);
    options.plan.running = parse_runners("IncomingRunner:0:3,IncomingRunner:0:2").value();
    const inspection seen = inspect(site, options);
    const finding* f = finding_of(seen, "different-numbers", "in/");
    REQUIRE(f);
    CHECK_THAT(f->what, Contains("have no runner, for example") && Contains("have several"));
    // Mailman's own restart keeps the numbers.
    CHECK(f->to_do[0].command == "bin/mailmanctl stop; sleep 30; bin/mailmanctl start");
    CHECK_FALSE(finding_of(seen, "two-owners", "in/"));
    CHECK_FALSE(finding_of(seen, "orphans", "in/"));
}

TEST_CASE("a partial file without a whole message is not to be renamed to .pck") {
    const made_site site;
    const double now = real_now();
    site.queues({"qfiles/in", "qfiles/out", "qfiles/commands"});
    site.file("qfiles/in/" + to_base_name({{now - 7200}, numbered_hash(1)}) + ".pck.tmp", "",
              now - 7200);
    const inspection seen = inspect(site, options_at(now));
    const finding* f = finding_of(seen, "left-over-tmp", "in/");
    REQUIRE(f);
    CHECK_THAT(f->to_do[0].text, Contains("Do not rename"));
}

TEST_CASE("entries with equal stamps are counted among many others") {
    const made_site site;
    const double now = real_now();
    site.queues({"qfiles/in", "qfiles/out", "qfiles/commands"});
    std::map<double, std::uint64_t> entries;
    for (std::uint64_t i = 0; i < 400; ++i) {
        const double stamp = now - 10 - static_cast<double>(i * i % 331);
        ++entries[stamp];
        site.entry("qfiles/in", stamp, numbered_hash(i), now);
    }
    std::uint64_t equal = 0;
    std::uint64_t largest = 0;
    for (const auto& [stamp, count] : entries) {
        equal += count > 1 ? count : 0;
        largest = std::max(largest, count);
    }
    const inspection seen = inspect(site, options_at(now));
    const queue_survey& in = queue(seen, "in");
    CHECK(in.equal_times == equal);
    CHECK(in.largest_equal_group == largest);
    CHECK(in.oldest_s.value() == Approx(entries.begin()->first));
    CHECK(in.newest_s.value() == Approx(entries.rbegin()->first));
}

TEST_CASE("stamps in the future reveal a clock that is ahead") {
    const made_site site;
    const double now = real_now();
    site.queues({"in", "out"});
    site.entry("in", now + 90, numbered_hash(1), now);
    site.entry("out", now + 0.5, numbered_hash(2), now);
    const inspection seen = inspect(site, options_at(now));
    const finding* ahead = finding_of(seen, "future-stamps", "in/");
    REQUIRE(ahead);
    CHECK(ahead->weight == severity::attention);
    CHECK_THAT(ahead->what, Contains("90 s"));
    REQUIRE(finding_of(seen, "future-stamps", "out/"));
    CHECK(finding_of(seen, "future-stamps", "out/")->weight == severity::note);
}

TEST_CASE("equal stamps and the entries that Mailman's bump moves back are counted per slice") {
    const made_site site;
    const double now = real_now();
    site.queues({"in"});
    // Three at one time: the second is moved to +0.1 ms, the third to +0.2 ms, past the one that
    // came 0.05 ms later.
    for (std::uint32_t i = 0; i < 3; ++i) site.entry("in", now - 1, in_slice(0, 2, i), now);
    site.entry("in", now - 1 + 0.00005, in_slice(0, 2, 9), now);
    site.entry("in", now - 1, in_slice(1, 2), now);
    inspection_options options = options_at(now);
    options.plan.slices = "2";
    const inspection seen = inspect(site, options);
    const queue_survey& in = queue(seen, "in");
    CHECK(in.equal_times == 3);
    CHECK(in.largest_equal_group == 3);
    CHECK(in.slices[0].overtaken == 2);
    CHECK(in.slices[1].equal_times == 0);
    const finding* bump = finding_of(seen, "order-bump", "in/");
    REQUIRE(bump);
    CHECK(bump->weight == severity::note);
    CHECK_THAT(bump->what, Contains("3 entries have the same stamp") && Contains("so 2 entries"));
}

TEST_CASE("looking leaves no trace: names, contents and all times stay as they are") {
    const made_site site;
    const double now = real_now();
    site.queues({"in", "shunt"});
    for (std::uint64_t i = 0; i < 20; ++i) {
        site.entry("in", now - 1e6, numbered_hash(i), now - 1e6, i % 3 == 0 ? ".bak" : ".pck");
    }
    const auto everything = [&] {
        std::set<std::string> lines;
        const auto add = [&](const std::filesystem::path& path) {
            struct stat s {};
            REQUIRE(::lstat(path.c_str(), &s) == 0);
            // Only the owner can read without changing the access time.
            const bool own = s.st_uid == ::geteuid() || ::geteuid() == 0;
            lines.insert(path.string() + ' ' + std::to_string(s.st_size) + ' ' +
                         std::to_string(s.st_mtim.tv_sec) + ' ' + std::to_string(s.st_ctim.tv_sec) +
                         ' ' + std::to_string(s.st_ctim.tv_nsec) + ' ' +
                         (own ? std::to_string(s.st_atim.tv_nsec + s.st_atim.tv_sec) : ""));
        };
        add(site.path("in"));
        add(site.path("shunt"));
        for (const auto& e : std::filesystem::directory_iterator(site.path("in"))) add(e.path());
        return lines;
    };
    // The listing for the comparison itself changes the directories' access times, so it comes
    // first.
    everything();
    const auto before = everything();
    inspection_options options = options_at(now);
    options.survey.all_sizes = true;
    inspect(site, options);
    CHECK(everything() == before);
}

TEST_CASE("of a hundred thousand entries each is counted once") {
    const made_site site;
    const double now = real_now();
    site.queues({"in"});
    constexpr std::uint64_t count = 100'000;
    const std::string first = site.path("in/first");
    site.file("in/first", "", now);
    for (std::uint64_t i = 0; i < count; ++i) {
        // Links make names without making files.
        const std::string name =
            to_base_name({{now - 100 + static_cast<double>(i) * 1e-3}, numbered_hash(i)}) + ".pck";
        const std::string path = site.path("in/" + name);
        // Some file systems limit the number of links to a file.
        if (::link(first.c_str(), path.c_str()) != 0) std::ofstream{path};
    }
    inspection_options options = options_at(now);
    options.plan.slices = "3";
    const inspection seen = inspect(site, options);
    const queue_survey& in = queue(seen, "in");
    CHECK(in.waiting == count);
    CHECK(in.foreign.count == 1);
    CHECK(in.slices[0].waiting + in.slices[1].waiting + in.slices[2].waiting == count);
    CHECK(in.sizes.count == options.survey.sample);
}

TEST_CASE("an unreadable queue is reported and does not stop the others") {
    if (::geteuid() == 0) {
        WARN("skipped: the superuser may read everything");
        return;
    }
    const made_site site;
    const double now = real_now();
    site.queues({"in", "out"});
    REQUIRE(::chmod(site.path("in").c_str(), 0) == 0);
    const inspection seen = inspect(site, options_at(now));
    REQUIRE(::chmod(site.path("in").c_str(), 0700) == 0);
    CHECK(finding_of(seen, "unreadable", "in/"));
    CHECK(seen.queues.size() == 2);
}

TEST_CASE("the JSON of an inspection agrees with the survey") {
    const made_site site;
    const double now = real_now();
    site.queues({"in", "out"});
    site.entry("in", now - 5, in_slice(1, 2), now, ".pck", 1234);
    site.file(
        "in/b\xff"
        "d.pck",
        "", now);
    inspection_options options = options_at(now);
    options.plan.slices = "2";
    const auto j = nlohmann::json::parse(to_json(inspect(site, options)).dump());
    CHECK(j["needs_attention"] == true);
    CHECK(j["queues"][0]["queue"] == "in");
    CHECK(j["queues"][0]["waiting"] == 1);
    CHECK(j["queues"][0]["slices"][1]["waiting"] == 1);
    CHECK(j["queues"][0]["size_bytes"]["most"] == 1234);
    CHECK(j["queues"][0]["malformed"]["examples"][0]["name"] == "b\\xffd.pck");
    CHECK(j["findings"][0]["kind"] == "malformed-name");
}

TEST_CASE("an entry back from retry does not hide those that have waited for long") {
    const made_site site;
    const double now = real_now();
    site.queues({"qfiles/out", "qfiles/commands"});
    site.entry("qfiles/out", now - 90000, numbered_hash(0), now - 2);
    for (std::uint64_t i = 1; i <= 50; ++i) {
        site.entry("qfiles/out", now - 4200, numbered_hash(i), now - 4200);
    }
    const inspection seen = inspect(site, options_at(now));
    const finding* late = finding_of(seen, "late", "out/");
    REQUIRE(late);
    CHECK_THAT(late->what, Contains("50 entries have waited") && Contains("1 h 10 min"));
    CHECK_FALSE(finding_of(seen, "old-stamps"));
}

TEST_CASE("an empty list of runners says that Mailman is down, once") {
    const made_site site;
    const double now = real_now();
    site.queues({"qfiles/in", "qfiles/out", "qfiles/commands"});
    site.entry("qfiles/in", now - 1, numbered_hash(1), now);
    inspection_options options = options_at(now);
    options.plan.running = parse_runners("").value();
    const inspection seen = inspect(site, options);
    REQUIRE(seen.findings.size() == 1);
    CHECK(seen.findings[0].kind == "nothing-runs");
    CHECK_THAT(seen.findings[0].what, Contains("1 entry waits (in/)"));
    CHECK_THAT(seen.findings[0].to_do[0].command, Contains("mailmanctl start"));
}

TEST_CASE("Mailman 3's runners without a queue are healthy") {
    const made_site site;
    const double now = real_now();
    site.queues({"var/queue/in", "var/queue/out", "var/queue/pipeline"});
    inspection_options options = options_at(now);
    options.plan.running =
        parse_runners("in:0:1 out:0:1 pipeline:0:1 lmtp:0:1 rest:0:1 task:0:1").value();
    CHECK(inspect(site, options).findings.empty());
    options.plan.slices = "3";
    CHECK_THAT(inspect_queues(site.path(), options).error().to_string(),
               Contains("--slices") && Contains("power of two"));
}

TEST_CASE("runners of queues that a copy left out are one note") {
    const made_site site;
    site.queues({"queue/shunt", "queue/out"});
    auto options = options_at(real_now());
    options.plan.running = parse_runners("in:0:2 in:1:2 archive:0:1 out:0:1").value();
    const inspection seen = inspect(site, options);
    REQUIRE(seen.findings.size() == 1);
    CHECK(seen.findings[0].kind == "missing-queues");
    CHECK_FALSE(needs_attention(seen.findings));
    CHECK_THAT(seen.findings[0].what, Contains("in/, archive/"));
}

TEST_CASE("more entries in hand than runners are found at once") {
    const made_site site;
    const double now = real_now();
    site.queues({"qfiles/out", "qfiles/in", "qfiles/commands"});
    site.entry("qfiles/out", now - 5, numbered_hash(1), now - 5, ".bak");
    site.entry("qfiles/out", now - 4, numbered_hash(2), now - 4, ".bak");
    site.entry("qfiles/in", now - 4, numbered_hash(3), now - 4, ".bak");
    const inspection seen = inspect(site, options_at(now));
    REQUIRE(finding_of(seen, "stuck-bak", "out/"));
    CHECK_THAT(finding_of(seen, "stuck-bak", "out/")->what, Contains("more than runners"));
    CHECK_FALSE(finding_of(seen, "stuck-bak", "in/"));
    inspection_options options = options_at(now);
    options.plan.running = parse_runners("OutgoingRunner:0:1").value();
    CHECK(finding_of(inspect(site, options), "no-runner", "in/"));
}

TEST_CASE("entries without content, and those that Mailman's user cannot read, are found at once") {
    const made_site site;
    const double now = real_now();
    site.queues({"qfiles/in", "qfiles/commands"});
    site.entry("qfiles/in", now - 1, numbered_hash(1), now, ".pck", 0);
    const auto own = site.entry("qfiles/in", now - 1, numbered_hash(2), now);
    REQUIRE(::chmod(site.path("qfiles/in/" + own + ".pck").c_str(), 0) == 0);
    const inspection seen = inspect(site, options_at(now));
    REQUIRE(finding_of(seen, "empty-files", "in/"));
    CHECK_THAT(finding_of(seen, "empty-files", "in/")->what, Contains("1 entry has no content"));
    // The superuser's own directory may be read by the superuser.
    CHECK((::geteuid() == 0) == (finding_of(seen, "unreadable-files", "in/") == nullptr));
}

TEST_CASE("a backlog above the user's limit is reported") {
    const made_site site;
    const double now = real_now();
    site.queues({"qfiles/in", "qfiles/out", "qfiles/commands"});
    for (std::uint64_t i = 0; i < 5; ++i) {
        site.entry("qfiles/in", now - 1, numbered_hash(i), now);
        site.entry("qfiles/out", now - 1, numbered_hash(i), now);
    }
    inspection_options options = options_at(now);
    options.limits = {{"in", 4}, {"", 5}};
    const inspection seen = inspect(site, options);
    REQUIRE(finding_of(seen, "limit", "in/"));
    CHECK_THAT(finding_of(seen, "limit", "in/")->what,
               Contains("5 entries wait") && Contains("limit of 4"));
    CHECK_FALSE(finding_of(seen, "limit", "out/"));
}

TEST_CASE("late entries of one list are told with the lock of that list") {
    const made_site site;
    const double now = real_now();
    site.queues({"qfiles/in", "qfiles/out", "qfiles/commands", "qfiles/shunt", "locks"});
    for (std::uint64_t i = 0; i < 10; ++i) {
        const std::string name =
            to_base_name({{now - 7200 + static_cast<double>(i)}, numbered_hash(i)});
        site.file("qfiles/in/" + name + ".pck",
                  "S'Subject: x\\n\\nhello\\n'\n.(dp0\nS'listname'\nS'staff'\ns.", now - 7200);
    }
    site.file("locks/other.lock", "/var/lib/mailman/locks/other.lock.mx9.77.0", now + 3600);
    const inspection before = inspect(site, options_at(now));
    REQUIRE(finding_of(before, "late", "in/") != nullptr);
    CHECK_THAT(finding_of(before, "late", "in/")->what, !Contains("locked"));
    site.file("locks/staff.lock", "/var/lib/mailman/locks/staff.lock.mx9.78.0", now + 3600);
    const inspection seen = inspect(site, options_at(now));
    const finding* late = finding_of(seen, "late", "in/");
    REQUIRE(late != nullptr);
    CHECK_THAT(late->what, Contains("of the list 'staff'") && Contains("locks/staff.lock"));
}

TEST_CASE("a lock that has expired keeps nothing from going on") {
    const made_site site;
    const double now = real_now();
    site.queues({"qfiles/in", "qfiles/commands", "locks"});
    char host[256] = {};
    REQUIRE(::gethostname(host, sizeof host - 1) == 0);
    for (const std::string name : {"announce.lock", "master-qrunner"}) {
        site.file(
            "locks/" + name,
            "/var/lib/mailman/locks/" + name + '.' + host + '.' + std::to_string(0x7ffffff0) + ".0",
            now - 10);
    }
    const inspection seen = inspect(site, options_at(now));
    const finding* list = finding_of(seen, "stale-lock", "locks/announce.lock");
    REQUIRE(list);
    CHECK(list->weight == severity::note);
    CHECK_THAT(list->what, Contains("breaks it") && !Contains("waits for it"));
    const finding* master = finding_of(seen, "stale-lock", "locks/master-qrunner");
    REQUIRE(master);
    CHECK_THAT(master->what, !Contains("refuses to start"));
}

TEST_CASE("locks are told with their owner, and those of dead processes are findings") {
    const made_site site;
    const double now = real_now();
    site.queues({"qfiles/in", "qfiles/commands", "locks"});
    char host[256] = {};
    REQUIRE(::gethostname(host, sizeof host - 1) == 0);
    const std::string dead = std::to_string(0x7ffffff0);
    const auto lock = [&](const std::string& name, const std::string& pid, const std::string& on) {
        const std::string claim = name + '.' + on + '.' + pid + ".0";
        site.file("locks/" + name, "/var/lib/mailman/locks/" + claim, now + 3600);
        std::filesystem::create_hard_link(site.path("locks/" + name), site.path("locks/" + claim));
    };
    lock("announce.lock", dead, host);
    lock("master-qrunner", dead, host);
    lock("users.lock", std::to_string(::getpid()), host);
    lock("other.lock", "77", "mx9.example.org");
    const inspection seen = inspect(site, options_at(now));
    REQUIRE(seen.locks.size() == 4);
    const finding* stale = finding_of(seen, "stale-lock", "locks/announce.lock");
    REQUIRE(stale);
    CHECK_THAT(stale->what, Contains("the list 'announce'") && Contains("does not run"));
    const finding* master = finding_of(seen, "stale-lock", "locks/master-qrunner");
    REQUIRE(master);
    CHECK(master->to_do[0].command == "mailmanctl -s start");
    CHECK_FALSE(finding_of(seen, "stale-lock", "locks/users.lock"));
    CHECK_FALSE(finding_of(seen, "stale-lock", "locks/other.lock"));
    CHECK_THAT(to_text(seen), Contains("77 on mx9.example.org") && Contains("not known here"));
    const auto owner = read_lock_owner("/l/a.lock|mx1.example.org|4711|12345", "a.lock");
    REQUIRE(owner);
    CHECK(owner->host == "mx1.example.org");
    CHECK(owner->pid == 4711);
    // mailmanctl of 2.1 hands its lock over to the master that it starts.
    const auto handed = read_lock_owner("/l/master-qrunner.mx1.example.org.4711", "master-qrunner");
    REQUIRE(handed);
    CHECK(handed->host == "mx1.example.org");
    CHECK(handed->pid == 4711);
    const auto list = read_lock_owner("/l/a.lock.mx1.example.org.4711.0", "a.lock");
    REQUIRE(list);
    CHECK(list->host == "mx1.example.org");
    CHECK(list->pid == 4711);
    CHECK_FALSE(read_lock_owner("garbage", "a.lock"));
}

TEST_CASE("the slice that keeps growing between two looks is found, even growth is not") {
    const made_site site;
    const double now = real_now();
    site.queues({"qfiles/in", "qfiles/out", "qfiles/commands"});
    inspection_options options = options_at(now);
    options.plan.slices = "3";
    const auto before = parse_look(to_json(inspect(site, options)).dump());
    REQUIRE(before);
    for (std::uint32_t i = 0; i < 30; ++i) {
        site.entry("qfiles/in", now + 50, in_slice(2, 3, i), now);
        site.entry("qfiles/out", now + 50, in_slice(i % 3, 3, i), now);
    }
    options.survey.now_s = now + 60;
    inspection seen = inspect(site, options);
    REQUIRE(compare(seen, *before));
    CHECK(queue(seen, "in").slices[2].growth == 30);
    const finding* growing = finding_of(seen, "growing-slice", "in/");
    REQUIRE(growing);
    CHECK_THAT(growing->what, Contains("Slice 3/3 grew by 30 of 30 entries within 60 s"));
    CHECK_FALSE(finding_of(seen, "growing-slice", "out/"));
    CHECK_THAT(to_text(seen), Contains("growth") && Contains("+30"));
    CHECK_FALSE(compare(seen, look_of(seen)));
    for (const char* text : {"", "[]", "{}", "{\"now\": 1}", "{\"now\": 1, \"queues\": [1]}"}) {
        INFO(text);
        CHECK_FALSE(parse_look(text));
    }
}

TEST_CASE("an inspection is valid OpenMetrics text") {
    const made_site site;
    const double now = real_now();
    site.queues({"qfiles/in", "qfiles/commands", "qfiles/a\"b"});
    site.entry("qfiles/in", now - 30, in_slice(1, 2), now);
    inspection_options options = options_at(now);
    options.plan.running = parse_runners("IncomingRunner:0:2,IncomingRunner:1:2").value();
    const std::string text = to_openmetrics(inspect(site, options));
    CHECK_THAT(text,
               Contains("# TYPE qslice_queue_entries gauge\n") &&
                   Contains("qslice_queue_entries{queue=\"in\",slice=\"2/2\"} 1\n") &&
                   Contains("qslice_queue_oldest_age_seconds{queue=\"in\",slice=\"2/2\"} 30\n") &&
                   Contains("qslice_queue_runners{queue=\"in\",slice=\"1/2\"} 1\n") &&
                   Contains("queue=\"a\\\"b\""));
    CHECK(text.ends_with("# EOF\n"));
    // Each family stands together, its metadata first; each sample belongs to the family above it.
    std::string family;
    std::set<std::string> families;
    std::size_t line = 0;
    while (line < text.size()) {
        const std::size_t end = text.find('\n', line);
        const std::string one = text.substr(line, end - line);
        line = end + 1;
        if (one.starts_with("# TYPE ")) {
            family = one.substr(7, one.find(' ', 7) - 7);
            CHECK(families.insert(family).second);
            CHECK(one.ends_with(" gauge"));
        } else if (one.starts_with("# ")) {
            CHECK((one == "# EOF" || one.find(family) != std::string::npos));
        } else {
            CHECK(one.starts_with(family));
            const std::string value = one.substr(one.rfind(' ') + 1);
            std::size_t used = 0;
            CHECK(std::stod(value, &used) == std::stod(value));
            CHECK(used == value.size());
        }
    }
}

TEST_CASE("the exception stands beside each message set aside, and what was sent is named") {
    const made_site site;
    const double now = real_now();
    site.queues({"qfiles/shunt", "qfiles/out", "qfiles/commands", "logs"});
    const auto entry = [&](std::string_view queue, std::uint64_t number,
                           std::string_view extension) {
        std::string base = to_base_name({{1400972196.5}, numbered_hash(number)});
        const std::string id = "<" + std::to_string(number) + "@x>";
        site.file(std::string(queue) + '/' + base + std::string(extension),
                  "S'From: a@b\\nMessage-ID: " + id +
                      "\\n\\nhello\\n'\n.(dp0\nS'listname'\nS'users'\n"
                      "sS'whichq'\nS'/q/out'\ns.",
                  now);
        return base;
    };
    const std::string shunted = entry("qfiles/shunt", 1, ".pck");
    entry("qfiles/out", 2, ".bak");
    site.file("logs/error",
              "May 24 15:23:34 2014 (7) Uncaught runner exception: boom\n"
              "May 24 15:23:34 2014 (7) SHUNTING: " +
                  shunted + "\n",
              now);
    site.file(
        "logs/smtp",
        "May 24 15:23:30 2014 (7) <2@x> smtp to users for 3 recips, completed in 0.1 seconds\n",
        now);
    const inspection seen = inspect(site, options_at(now));
    history_builder builder;
    REQUIRE(read_logs(builder, parse_log_source(site.path("logs")).value(), {}));
    const auto evidence = look_up(seen, builder.finish());
    REQUIRE(evidence.size() == 2);
    CHECK(evidence[1].queue == "shunt");
    CHECK(evidence[1].cause == "boom");
    CHECK(evidence[1].from == "out");
    CHECK(evidence[1].list == "users");
    CHECK(evidence[1].sent == 0);
    CHECK(evidence[0].message_id == "<2@x>");
    CHECK(evidence[0].sent == 1);
    const auto findings = evidence_findings(evidence);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].where == "out/");
    CHECK_THAT(findings[0].to_do[0].text, Contains("sent twice"));
    CHECK_THAT(to_text(evidence), Contains("boom"));
}

TEST_CASE("ages are tabulated by list and by the sender's domain") {
    const made_site site;
    const double now = real_now();
    site.queues({"qfiles/in", "qfiles/out", "qfiles/commands"});
    const auto entry = [&](double age, std::uint64_t number, const std::string& list) {
        site.file("qfiles/in/" + to_base_name({{now - age}, numbered_hash(number)}) + ".pck",
                  "S'From: A <a@" + list + ".example.org>\\n\\nhello\\n'\n.(dp0\nS'listname'\nS'" +
                      list + "'\ns.",
                  now);
    };
    for (std::uint64_t i = 0; i < 3; ++i) entry(60, i, "users");
    entry(100'000, 7, "users");
    entry(700, 8, "dev");
    const inspection seen = inspect(site, options_at(now));
    const auto lists = tabulate_ages(seen, age_rows::list);
    REQUIRE(lists.size() == 1);
    REQUIRE(lists[0].rows.size() == 2);
    CHECK(lists[0].rows[0].name == "users");
    CHECK(lists[0].rows[0].total == 4);
    CHECK(lists[0].rows[0].by_age[0] == 3);
    CHECK(lists[0].rows[0].by_age[9] == 1);
    CHECK(lists[0].rows[1].by_age[2] == 1);
    CHECK(tabulate_ages(seen, age_rows::domain)[0].rows[1].name == "dev.example.org");
    CHECK_THAT(to_text(lists), Contains("users      4   3"));
}
