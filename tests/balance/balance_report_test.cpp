#include "sim/balance/balance_report.hpp"

#include <qslice/partition/any_partition.hpp>
#include <qslice/partition/slice_shares.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

using namespace qslice::sim;

namespace {

struct report {
    balance_choice choice;
    balance_result measured;
    queue_balance balance;
};

report of_counts(const std::string& partition, std::vector<std::uint64_t> counts,
                 const std::string& hash = "mailman21") {
    report r;
    r.choice.partition = partition;
    r.choice.hash = hash;
    for (const std::uint64_t count : counts) r.measured.messages += count;
    r.choice.messages = r.measured.messages;
    r.measured.counts = std::move(counts);
    r.measured.threads = 2;
    r.measured.wall_s = 0.5;
    r.balance = assess_balance(terms_of(r.choice), r.measured);
    return r;
}

}  // namespace

TEST_CASE("an even split is called even, with the figures that say so") {
    const report r = of_counts("equal:3", {33'310, 33'390, 33'300});
    CHECK(r.balance.total == 100'000);
    CHECK(r.balance.test.p_value > 0.5);
    CHECK(r.balance.max_over_mean == Approx(1.0017));
    CHECK(r.balance.max_over_mean_expected > 1);
    CHECK(r.balance.max_over_mean_allowed > r.balance.max_over_mean_expected);
    const std::string text = balance_text(terms_of(r.choice), r.measured, r.balance, {});
    CHECK_THAT(text, Catch::Contains("100,000 synthetic messages") &&
                         Catch::Contains("33,390  33.3900%  33.3333%") &&
                         Catch::Contains("The spread of the messages is consistent with chance"));
}

TEST_CASE("a split that chance does not explain is reported as such") {
    const report r = of_counts("weighted:1,1", {60'000, 40'000});
    CHECK(r.balance.test.p_value < 1e-6);
    CHECK_THAT(balance_text(terms_of(r.choice), r.measured, r.balance, {}),
               Catch::Contains("is not consistent with chance for these shares"));
}

TEST_CASE("a weighted partition is measured against its weights") {
    const report r = of_counts("weighted:3,1", {75'000, 25'000});
    CHECK(r.balance.slices[0].expected_share == Approx(0.75));
    CHECK(r.balance.max_over_mean == Approx(1));
    CHECK(r.balance.test.statistic == Approx(0).margin(1e-9));
}

TEST_CASE("a policy that keeps messages together is not reported for it") {
    const report r = of_counts("equal:2", {90'000, 10'000}, "list_affinity/sha256");
    CHECK_FALSE(r.balance.independent);
    CHECK_THAT(balance_text(terms_of(r.choice), r.measured, r.balance, {}),
               Catch::Contains("The policy keeps messages together") &&
                   Catch::Contains("1.80 times its share"));
}

TEST_CASE("the load of a ring is measured against equal slices, the test against its own shares") {
    const std::vector<double> own = qslice::shares_of(qslice::make_partition("ring:3").value());
    std::vector<std::uint64_t> counts;
    for (const double share : own) {
        counts.push_back(static_cast<std::uint64_t>(std::llround(1e6 * share)));
    }
    const double fullest = 3 * *std::max_element(own.begin(), own.end());
    REQUIRE(fullest > 1.02);
    const report r = of_counts("ring:3", counts);
    CHECK(r.balance.max_over_mean == Approx(fullest).epsilon(1e-4));
    CHECK(r.balance.test.p_value > 0.99);
    // By chance of these shares, that is what comes out.
    CHECK(r.balance.max_over_mean_expected == Approx(fullest).epsilon(0.002));
    CHECK(r.balance.max_over_mean_allowed > fullest);
    CHECK(r.balance.max_over_mean_allowed < fullest * 1.01);
}

TEST_CASE("a ring with weights is measured against them") {
    const report r = of_counts("ring:3,1", {75'000, 25'000});
    CHECK(r.balance.slices[0].wanted_share == Approx(0.75));
    CHECK(r.balance.slices[0].expected_share != Approx(0.75).epsilon(1e-4));
    CHECK(r.balance.max_over_mean == Approx(1));
    CHECK(r.balance.cv == Approx(0).margin(1e-9));
}

TEST_CASE("with a policy that keeps messages together nothing is said of chance") {
    report r = of_counts("equal:2", {90'000, 10'000}, "list_affinity/sha256");
    r.measured.largest_key = "dev";
    r.measured.largest_key_messages = 80'000;
    const std::string text = balance_text(terms_of(r.choice), r.measured, r.balance, {});
    INFO(text);
    for (const char* word : {"chi-square", "p =", "of 100 runs", "by chance"}) {
        CAPTURE(word);
        CHECK(text.find(word) == std::string::npos);
    }
    CHECK_THAT(text, Catch::Contains("'dev', has 80.0% of all messages, which alone forces the "
                                     "fullest slice to 1.60 times its share"));
    const auto json = balance_json(terms_of(r.choice), r.measured, r.balance, {});
    CHECK(json["test"]["p_value"].is_null());
    CHECK(json["max_over_mean_allowed"].is_null());
    CHECK(json["slices"][0]["band_low"].is_null());

    r.measured.largest_key_messages = 20'000;
    CHECK_THAT(
        balance_text(terms_of(r.choice), r.measured, r.balance, {}),
        Catch::Contains("forces nothing above the mean; at most 5 equal slices can be even"));
}

TEST_CASE("of many slices the fullest and the emptiest are shown") {
    std::vector<std::uint64_t> counts(1000, 100);
    counts[700] = 180;
    counts[3] = 20;
    const report r = of_counts("equal:1000", counts);
    const std::string text = balance_text(terms_of(r.choice), r.measured, r.balance, {});
    CHECK_THAT(text, Catch::Contains("  700       180") &&
                         Catch::Contains("the fullest and the emptiest of 1,000 slices"));
    CHECK(std::count(text.begin(), text.end(), '\n') < 30);
}

TEST_CASE("figures that differ from run to run can be left out") {
    const report r = of_counts("equal:2", {500, 500});
    balance_report_options options;
    CHECK_THAT(balance_text(terms_of(r.choice), r.measured, r.balance, options),
               Catch::Contains("2 threads"));
    CHECK(balance_json(terms_of(r.choice), r.measured, r.balance, options).contains("time"));
    options.times = false;
    report other = r;
    other.measured.wall_s = 99;
    other.measured.threads = 7;
    CHECK(balance_text(terms_of(other.choice), other.measured, other.balance, options) ==
          balance_text(terms_of(r.choice), r.measured, r.balance, options));
    CHECK(balance_json(terms_of(other.choice), other.measured, other.balance, options) ==
          balance_json(terms_of(r.choice), r.measured, r.balance, options));
}

TEST_CASE("the JSON report has the counts and the statistics, null if not measured") {
    report r = of_counts("equal:2", {490, 510});
    r.balance.max_over_mean_expected = not_measured;
    const auto json = balance_json(terms_of(r.choice), r.measured, r.balance, {});
    CHECK(json["slices"][1]["messages"] == 510);
    CHECK(json["slices"][0]["expected_share"] == 0.5);
    CHECK(json["messages"] == 1000);
    CHECK(json["partition"] == "equal:2");
    CHECK(json["test"]["p_value"].is_number());
    CHECK(json["max_over_mean_expected"].is_null());
}
