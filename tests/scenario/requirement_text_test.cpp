#include "sim/scenario/requirement_text.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace qslice::sim;
using relation = requirement::relation;

TEST_CASE("a requirement is a measure, a relation and a value") {
    struct right {
        std::string text;
        std::string measure;
        relation is;
        double value;
    };
    const auto c = GENERATE(values<right>({
        {"fifo.list.inversions = 0", "fifo.list.inversions", relation::equal, 0},
        {"fifo.list.inversions==0", "fifo.list.inversions", relation::equal, 0},
        {"balance.out.p_value > 0.001", "balance.out.p_value", relation::more, 0.001},
        {"latency.p99 < 30s", "latency.p99", relation::less, 30},
        {"latency.p99<=5min", "latency.p99", relation::at_most, 300},
        {"conservation.completed >= 9_9", "", relation::equal, 0},
        {"delivered.share >= 99%", "delivered.share", relation::at_least, 0.99},
        {"faults != 0", "faults", relation::not_equal, 0},
    }));
    CAPTURE(c.text);
    const auto parsed = parse_requirement(c.text);
    if (c.measure.empty()) {
        CHECK_FALSE(parsed);
        return;
    }
    REQUIRE(parsed);
    CHECK(parsed->measure == c.measure);
    CHECK(parsed->is == c.is);
    CHECK(parsed->value == c.value);
    CHECK(parsed->text == c.text);
}

TEST_CASE("an invalid requirement is an error that says what is missing") {
    CHECK_THAT(parse_requirement("latency.p99").error().what,
               Catch::Contains("expected MEASURE RELATION VALUE"));
    CHECK_THAT(parse_requirement("< 3").error().what, Catch::Contains("the measure is missing"));
    CHECK_THAT(parse_requirement("latency.p99 < soon").error().what,
               Catch::Contains("after '<', found 'soon'"));
    CHECK_THAT(parse_requirement("latency.p99 <").error().what,
               Catch::Contains("after '<', found ''"));
    CHECK_THAT(parse_requirement("latency.p99 ! 3").error().what,
               Catch::Contains("expected one of = != < <= > >="));
}

TEST_CASE("each relation is written as it is read") {
    for (const relation_row& row : relation_table) {
        const auto parsed = parse_requirement("m " + std::string(row.name) + " 1");
        REQUIRE(parsed);
        CHECK(parsed->is == row.value);
    }
}

TEST_CASE("a requirement's value has the unit of its measure") {
    const auto problem = [](const char* text) {
        const auto parsed = parse_requirement(text);
        return parsed ? std::string() : parsed.error().what;
    };
    CHECK_THAT(
        problem("conservation.lost < 30s"),
        Catch::Contains("expected a number of posts after 'conservation.lost <', found '30s'"));
    CHECK_THAT(problem("latency.p99 < 300%"), Catch::Contains("expected a time such as 30s"));
    CHECK_THAT(problem("balance.in.p_value > 1min"),
               Catch::Contains("expected a number or a share such as 99%"));
    CHECK_THAT(problem("throughput > 10%"), Catch::Contains("expected a number per second"));
    for (const char* right : {"latency.p99 < 30", "latency.p99 < 2min", "utilisation.max < 80%",
                              "fifo.list.overtaken_share < 0.01", "conservation.lost = 0"}) {
        CHECK(problem(right).empty());
    }
}
