#include "sim/site/queue_listing.hpp"
#include "sim/site/inspection.hpp"

#include "finding_of.hpp"
#include "made_site.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

using namespace qslice;
using namespace qslice::sim::diagnosis;
using Catch::Matchers::Contains;

namespace {

constexpr double stamp_s = 1752314470.25;  // July 12 2025, 10:01:10
constexpr double now_s = stamp_s + 5000;

std::string name(int number, std::string_view extension = ".pck") {
    return to_base_name({{stamp_s}, numbered_hash(static_cast<std::uint64_t>(number))}) +
           std::string(extension);
}

queue_listing read(std::string_view text, std::string_view file = "listing") {
    const made_site site;
    site.file(file, text, now_s);
    auto listing = read_listing(site.path(file));
    REQUIRE(listing);
    REQUIRE(*listing);
    return std::move(**listing);
}

inspection inspect(const queue_listing& listing, std::string_view slices = "") {
    inspection_options options;
    options.survey.now_s = now_s;
    options.plan.slices = slices;
    auto seen = inspect_listing("listing", listing, options);
    REQUIRE(seen);
    return std::move(*seen);
}

}  // namespace

TEST_CASE("a listing is read in each form in which people send one") {
    const std::string mode = "-rw-rw---- 1 list list 2345 ";
    const auto [text, timed, sized] = GENERATE_COPY(
        std::tuple("total 8\n" + mode + "Jul 12 10:01 " + name(1) + "\n", false, true),
        std::tuple(mode + "2025-07-12 10:01 " + name(1) + "\n", false, true),
        std::tuple(mode + "2025-07-12 12:01:40.500000000 +0200 " + name(1) + "\n", true, true),
        std::tuple(std::string("9971 4 ") + mode + "Jul 12 10:01 " + name(1) + "\n", false, true),
        std::tuple("1752314500.5000000000 2345 " + name(1) + "\n", true, true),
        std::tuple(name(1) + " 2345 1752314500.5\n", true, true),
        std::tuple("  File: " + name(1) +
                       "\n  Size: 2345      \tBlocks: 8\n"
                       "Modify: 2025-07-12 10:01:40.500000000 +0000\n",
                   true, true),
        std::tuple(".\n..\n" + name(1) + "\n", false, false));
    INFO(text);
    const queue_listing listing = read(text, "in.txt");
    REQUIRE(listing.files == 1);
    REQUIRE(listing.queues.size() == 1);
    CHECK(listing.queues[0].queue == "in");
    const listed_file& file = listing.queues[0].files[0];
    CHECK(file.name == name(1));
    CHECK(file.written_s.has_value() == timed);
    if (timed) CHECK(*file.written_s == 1752314500.5);
    CHECK(file.size_bytes.has_value() == sized);
    if (sized) CHECK(*file.size_bytes == 2345);
}

TEST_CASE("a listing's directories are its queues, empty ones too") {
    const queue_listing listing =
        read("qfiles:\ntotal 2\ndrwxrws--- 2 list list 4096 Jul 12 10:01 in\n\nqfiles/in:\n" +
             name(1) + "\n" + name(2) + "\n\nqfiles/out:\ntotal 0\n\nqfiles/commands:\n");
    REQUIRE(listing.queues.size() == 3);
    CHECK(listing.version == mailman_version::v21);
    CHECK(listing.queues[0].queue == "in");
    CHECK(listing.queues[0].files.size() == 2);
    CHECK(listing.queues[1].queue == "out");
    CHECK(listing.queues[1].files.empty());
    const queue_listing paths = read("/var/spool/mailman/in/" + name(1) + "\n'/var/spool/mailman/" +
                                     "out/" + name(2, ".bak") + "'\n");
    REQUIRE(paths.queues.size() == 2);
    CHECK(paths.queues[1].directory == "/var/spool/mailman/out");
    CHECK(read("$ ls -l /var/spool/mailman/out\n" + name(1)).queues[0].queue == "out");
}

TEST_CASE("a listing is judged as a live queue is, by what it has") {
    std::string text = "qfiles/in:\n";
    int in_slice = 0;
    for (int i = 0; in_slice < 30; ++i) {
        if (numbered_hash(static_cast<std::uint64_t>(i)).high() >> 62U != 2) continue;
        text += name(i) + '\n';
        ++in_slice;
    }
    SECTION("one slice's entries are late") {
        const inspection seen = inspect(read(text), "in=4");
        REQUIRE(seen.queues.size() == 1);
        CHECK(seen.queues[0].slices[2].waiting == 30);
        std::string all;
        for (const finding& f : seen.findings) all += f.kind + ": " + f.what + '\n';
        CHECK_THAT(all, Contains("3/4"));
        CHECK(needs_attention(seen.findings));
    }
    SECTION("what it leaves out is said") {
        const inspection seen = inspect(read(text), "in=4");
        REQUIRE(finding_of(seen, "listing"));
        CHECK_THAT(finding_of(seen, "listing")->what, Contains("no times of files"));
        CHECK(seen.queues[0].stays.count == 0);
    }
    SECTION("a time shows that an old stamp came back from retry/") {
        const inspection seen = inspect(read(
            "qfiles/out:\n-rw-rw---- 1 list list 2345 2025-07-12 11:24:00.0 +0000 " + name(1)));
        CHECK_FALSE(finding_of(seen, "late"));
        CHECK_FALSE(needs_attention(seen.findings));
    }
    SECTION("an entry without a byte") {
        const inspection seen = inspect(
            read("qfiles/out:\n-rw-rw---- 1 list list 0 2025-07-12 11:24:00.0 +0000 " + name(1)));
        CHECK(finding_of(seen, "empty-files"));
    }
    SECTION("one of no directory, of which the numbers of slices tell the queue") {
        const inspection seen = inspect(read(text.substr(text.find('\n') + 1)), "in=4");
        CHECK(seen.queues[0].queue == "in");
        CHECK_THAT(finding_of(inspect(read(name(1))), "listing")->what, Contains("in.txt"));
    }
    SECTION("a listing pasted twice counts once") {
        CHECK(inspect(read(text + text), "in=4").queues[0].waiting == 30);
    }
}

TEST_CASE("what is no listing is none") {
    const made_site site;
    site.file("a", "no entry here\n", now_s);
    site.file("b", std::string("\0\x80\n", 3) + name(1), now_s);
    for (const std::string_view file : {"a", "b"}) {
        const auto listing = read_listing(site.path(file));
        REQUIRE(listing);
        CHECK_FALSE(*listing);
    }
    CHECK_FALSE(read_listing(site.path("missing")));
}
