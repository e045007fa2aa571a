#include "sim/lab/hash_quality.hpp"

#include "lab/weak_hashes.hpp"
#include "sim/lab/lab_report.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

using namespace qslice::sim;
using namespace qslice::sim::test;

namespace {

constexpr quality_choice quick{2048, 50'000, 1};

/// The names of the tests that a function fails, one per line.
std::string failures(const bytes_hash& hash) {
    const hash_quality quality = test_hash("f", hash, quick);
    std::string names;
    for (const quality_test& t : quality.tests) {
        if (!(t.p_value >= quality.limit())) names += t.name + '\n';
    }
    CHECK(names.empty() == quality.passed());
    return names;
}

}  // namespace

TEST_CASE("the library's hash functions show no fault on entries, whatever the seed",
          "[unsanitized]") {
    for (const char* function : {"sha1", "sha256", "blake2b"}) {
        for (std::uint64_t seed = 1; seed <= 3; ++seed) {
            quality_choice choice = quick;
            choice.seed = seed;
            const auto quality = test_named_hash(function, choice);
            REQUIRE(quality);
            INFO(quality_text({*quality}));
            CHECK(quality->passed());
            CHECK(quality->tests.size() == 17);
        }
    }
    const auto unknown = test_named_hash("md5");
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().to_string().find("sha1, sha256 or blake2b") != std::string::npos);
}

TEST_CASE("CRC-32 and FNV-1a fail") {
    const std::string crc = failures(crc32);
    CHECK(crc.find("independence of bits") != std::string::npos);
    CHECK(crc.find("collisions of the middle 32 bits") == std::string::npos);
    const std::string fnv = failures(fnv1a);
    CHECK(fnv.find("avalanche of the time") != std::string::npos);
    CHECK(fnv.find("independence of bits") != std::string::npos);
}

TEST_CASE("each kind of defect is found by the test for it") {
    CHECK(failures(forgetful).find("avalanche of the time") != std::string::npos);
    CHECK(failures(repeating) ==
          "independence of bits, all pairs\nindependence of bits, worst pair\n");
    CHECK(failures(lopsided).find("evenness over 16 ranges") != std::string::npos);
    CHECK(failures(truncated).find("collisions of the leading 24 bits") != std::string::npos);
}

TEST_CASE("a function that never changes fails everything that looks at changes") {
    const std::string names =
        failures([](std::string_view) { return qslice::hash_value(1, 2, 3); });
    for (const char* part : {"the message", "the list's name", "the time"}) {
        CHECK(names.find(std::string("avalanche of ") + part) != std::string::npos);
    }
    CHECK(names.find("evenness over 3 ranges") != std::string::npos);
}

TEST_CASE("p-values of a good function are uniform") {
    std::vector<double> p;
    for (std::uint64_t seed = 100; seed < 112; ++seed) {
        quality_choice choice{512, 4000, seed};
        for (const quality_test& t : test_hash("sha1", good, choice).tests) {
            if (t.name.starts_with("avalanche") || t.name.starts_with("independence")) {
                p.push_back(t.p_value);
            }
        }
    }
    const auto below = [&](double limit) {
        return static_cast<double>(
                   std::count_if(p.begin(), p.end(), [&](double x) { return x < limit; })) /
               static_cast<double>(p.size());
    };
    CHECK(p.size() == 96);
    CHECK(below(0.1) < 0.25);
    CHECK(below(0.5) > 0.3);
    CHECK(below(0.5) < 0.7);
}

TEST_CASE("the tests are a function of function, choice and seed") {
    const auto report = [](std::uint64_t seed) {
        return quality_json({test_hash("sha1", good, {512, 2000, seed})}).dump();
    };
    CHECK(report(1) == report(1));
    CHECK(report(1) != report(2));
}

TEST_CASE("another seed changes the input of every kind of test") {
    const hash_quality one = test_hash("sha1", good, {512, 20'000, 1});
    const hash_quality two = test_hash("sha1", good, {512, 20'000, 2});
    for (std::size_t t = 0; t < one.tests.size(); ++t) {
        // Collisions of 32 bits are so rare that both may have none.
        if (one.tests[t].name.find("32 bits") != std::string::npos) continue;
        CAPTURE(one.tests[t].name);
        CHECK(one.tests[t].found != two.tests[t].found);
    }
}
