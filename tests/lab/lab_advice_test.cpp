#include "sim/lab/lab_advice.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

namespace qslice::sim {
namespace {

lab_row row_of(std::string policy, double load, double overtaken, double p99_s) {
    lab_row row;
    row.policy = std::move(policy);
    row.slices = 3;
    row.measured = row.simulated = true;
    row.independent = false;
    row.messages.max_over_mean = load;
    row.unavoidable = 1;
    row.list.overtaken_share = overtaken;
    row.list.overtaken = overtaken > 0 ? 7 : 0;
    row.sender = row.thread = row.list;
    row.delivery_p99_s = p99_s;
    row.movements = {{4, 0.5, 0.5, 0.25}, {2, 0.5, 0.5, 0.33}};
    return row;
}

lab_row spread_row(std::string policy, double p_value, double moved) {
    lab_row row = row_of(std::move(policy), 1.01, 0.4, 3);
    row.independent = true;
    row.p_value = p_value;
    row.even_p_value = p_value;
    row.movements = {{4, moved, moved, 0.25}, {2, moved, moved, 0.33}};
    return row;
}

const lab_advice& advice_for(const std::vector<lab_advice>& all, const std::string& wanted) {
    for (const lab_advice& a : all) {
        if (a.wanted == wanted) return a;
    }
    FAIL("no advice for " + wanted);
    return all.front();
}

}  // namespace

TEST_CASE(
    "of the policies that keep lists in order the most even is recommended, then the fastest") {
    lab_results results;
    results.rows = {row_of("uneven", 1.8, 0, 5), row_of("slow", 1.2, 0, 20),
                    row_of("quick", 1.2, 0, 9), row_of("disorderly", 1.0, 0.2, 1)};
    const lab_advice found = advice_for(advice_of(results, 3), "lists in order");
    CHECK(found.policy == "quick");
    CHECK(found.because == "max/mean 1.200, 99% within 9.0 s");
}

TEST_CASE("if no policy keeps an order, the advice says how much of it is lost") {
    lab_results results;
    results.rows = {row_of("some", 1.5, 0.25, 5), row_of("more", 1.0, 0.5, 5)};
    const lab_advice found = advice_for(advice_of(results, 3), "threads in order");
    CHECK(found.policy == "some");
    CHECK(found.because.find("but 25.00% are overtaken") != std::string::npos);
}

TEST_CASE("if one list is too large for the number of slices, the advice is to use fewer") {
    lab_results results;
    results.rows = {row_of("only", 4.7, 0, 5)};
    results.rows[0].unavoidable = 4.69;
    CHECK(advice_for(advice_of(results, 3), "lists in order")
              .because.find("the largest list alone fills 4.7 slices: take fewer") !=
          std::string::npos);
}

TEST_CASE("among policies that spread at random evenness is chance, so the first is recommended") {
    lab_results results;
    results.rows = {spread_row("bad", 1e-9, 0.1), spread_row("first", 0.2, 0.5),
                    spread_row("still", 0.9, 0.25)};
    const auto advice = advice_of(results, 3);
    CHECK(advice_for(advice, "even slices").policy == "first");
    CHECK(advice_for(advice, "even slices").because ==
          "max/mean 1.010, as even as by chance; so is another");
    CHECK(advice_for(advice, "little movement").policy == "bad");
    CHECK(advice_for(advice, "little movement").because == "10.0% to 4 slices, 10.0% to 2 slices");
}

TEST_CASE("the advice ignores other numbers of slices, and order that was not simulated") {
    lab_results results;
    results.rows = {spread_row("spread", 0.5, 0.5)};
    results.rows[0].simulated = false;
    CHECK(advice_of(results, 4).empty());
    const auto advice = advice_of(results, 3);
    REQUIRE(advice.size() == 1);
    CHECK(advice[0].wanted == "even slices");
}

}  // namespace qslice::sim
