#include "sim/check/explain.hpp"

#include "sim/check/split_statistics.hpp"
#include "support/mentions.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

using namespace qslice::sim;
using qslice::make_partition;

namespace {

using counts_t = std::vector<std::uint64_t>;

const std::string base_name = "1400972196.0+5555555555555555555555555555555555555555";

}  // namespace

TEST_CASE("seven messages on two of three machines do not indicate a problem, with the numbers") {
    const auto e = explain_split(counts_t{4, 3, 0}, 3).value();
    CHECK(e.total == 7);
    CHECK(e.chance);
    CHECK(e.unused == 1);
    CHECK(e.p_unused == Approx(0.1742112483));
    CHECK(e.test.p_value == Approx(381 / 2187.0));
    CHECK(e.use_all_by == 20);
    CHECK(mentions(e.text, "7 messages on 3 machines: 4, 3 and 0."));
    CHECK(mentions(e.text, "0.17, about 1 in 6"));
    CHECK(mentions(e.text, "does not indicate a problem"));
    CHECK(e.against_chance == evidence::missing);
    CHECK(e.settled_by == 21);
    CHECK(mentions(e.text, "21 messages in total (14 more) would be strong evidence"));
}

TEST_CASE("a hundred messages that leave out one of three machines are a problem") {
    const auto e = explain_split(counts_t{50, 50}, 3).value();
    CHECK_FALSE(e.chance);
    CHECK(e.seen == counts_t{50, 50, 0});
    CHECK(e.test.p_value < 1e-9);
    CHECK(e.settled_by == 100);
    CHECK(e.against_chance == evidence::beyond_doubt);
    CHECK(mentions(e.text, "That is beyond doubt not due to chance"));
    CHECK(mentions(e.text, "if each message is hashed by itself"));
    CHECK(mentions(e.text, "keeps a list or another key together"));
    CHECK_FALSE(mentions(e.text, "does not indicate a problem"));
}

TEST_CASE("if a split's proportions last, the stated number of messages settles it") {
    const counts_t seen{14, 10, 6};
    const auto e = explain_split(seen, 3).value();
    CHECK(e.chance);
    REQUIRE(e.settled_by > 30);
    const auto scaled = [&](std::uint64_t total) {
        return counts_t{14 * total / 30, 10 * total / 30, 6 * total / 30};
    };
    const std::uint64_t round = (e.settled_by + 29) / 30 * 30;
    CHECK(test_split(scaled(round + 30), equal_shares(3)).p_value < surprise_alpha);
    CHECK(test_split(scaled(round - 60), equal_shares(3)).p_value > surprise_alpha);
}

TEST_CASE("an even split needs no more messages") {
    const auto e = explain_split(counts_t{5, 5, 5}, 3).value();
    CHECK(e.settled_by == 0);
    CHECK(e.test.p_value == Approx(1));
    CHECK(mentions(e.text, "The split is as even as possible"));
}

TEST_CASE("unequal shares are taken into account") {
    const std::vector<double> shares{0.5, 0.25, 0.25};
    CHECK(explain_split(counts_t{50, 25, 25}, shares).value().test.p_value == Approx(1));
    CHECK_FALSE(explain_split(counts_t{25, 25, 50}, shares).value().chance);
    CHECK(mentions(explain_split(counts_t{50, 25, 25}, shares).value().text, "equal to its share"));
}

TEST_CASE("one machine and no messages can be explained too") {
    CHECK(mentions(explain_split(counts_t{5}, 1).value().text, "there is no split"));
    CHECK(mentions(explain_split(counts_t{}, 3).value().text, "There are no messages yet"));
}

TEST_CASE("counts and shares that do not fit are errors that say what was expected") {
    CHECK(explain_split(counts_t{1, 2}, std::size_t{0}).error().what ==
          "expected at least 1 machine, found 0");
    CHECK(explain_split(counts_t{1, 2, 3, 4}, 3).error().what ==
          "expected at most 3 counts, one per machine, found 4");
    CHECK(explain_split(counts_t{1, 2}, std::vector<double>{1}).error().where == "shares");
    CHECK(mentions(explain_split(counts_t{1, 2}, std::vector<double>{0.5, 0.6}).error().what,
                   "found sum 1.1"));
    CHECK_FALSE(explain_split(counts_t{1, 2}, std::vector<double>{-0.5, 1.5}));
}

TEST_CASE("an entry at the start of the second third is in slice 1 of 3, with the reason") {
    const auto e = explain_entry(base_name + ".pck", make_partition("equal:3").value()).value();
    CHECK(e.base == base_name);
    CHECK(e.slice == 1);
    CHECK(e.slices == 3);
    CHECK(e.place == Approx(1.0 / 3));
    REQUIRE(e.range);
    CHECK(e.range->lower.hex() == "5555555555555555555555555555555555555555");
    CHECK(e.range->upper.hex() == "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa9");
    CHECK(mentions(e.text, "slice 1 of 3, counted from 0 (2/3 in Mailman's log)"));
    CHECK(mentions(e.text, "from 5555555555555555555555555555555555555555 to "));
    CHECK(mentions(e.text, "33.3333%"));
}

TEST_CASE("an entry is recognised with its directory, in any state, or by its bare name") {
    const auto partition = make_partition("equal:3").value();
    CHECK(explain_entry("/var/lib/mailman/qfiles/in/" + base_name + ".bak", partition)->base ==
          base_name);
    CHECK(explain_entry(base_name, partition)->base == base_name);
    CHECK(explain_entry(base_name + ".psv", partition)->slice == 1);
}

TEST_CASE("a hash that two of Mailman 3's slices share has two owners") {
    const auto e = explain_entry("1.5+4000000000000000000000000000000000000000.pck",
                                 make_partition("mailman3:4").value())
                       .value();
    CHECK(e.owners == std::vector<qslice::slice_index>{0, 1});
    CHECK(mentions(e.text, "Slice 1 also takes it"));
}

TEST_CASE("a partition without ranges is named, and one slice takes all") {
    const auto jump = explain_entry(base_name, make_partition("jump:3").value()).value();
    CHECK_FALSE(jump.range);
    CHECK(mentions(jump.text, "by the partition 'jump:3'"));
    CHECK(mentions(explain_entry(base_name, make_partition("equal:1").value())->text,
                   "one slice, which takes every entry"));
}

TEST_CASE("a name that is not an entry's is an error that says what was expected") {
    const auto partition = make_partition("equal:3").value();
    CHECK(explain_entry("hello.pck", partition).error().what == "expected TIME+HASH, found no '+'");
    CHECK(mentions(explain_entry("1.5+12.pck", partition).error().what, "expected 40 hex digits"));
    CHECK(mentions(explain_entry(base_name + ".txt", partition).error().what,
                   "expected 40 hex digits"));
}

TEST_CASE("counts and probabilities are written for people") {
    CHECK(in_words(counts_t{7}) == "7");
    CHECK(in_words(counts_t{4, 3, 0}) == "4, 3 and 0");
    CHECK(probability_in_words(0) == "0");
    CHECK(probability_in_words(0.1742) == "0.17, about 1 in 6");
    CHECK(probability_in_words(0.29) == "0.29, about 3 in 10");
    CHECK(probability_in_words(0.7) == "0.70, about 7 in 10");
    CHECK(probability_in_words(0.0012) == "0.0012, about 1 in 833");
    CHECK(probability_in_words(1.2e-9) == "1e-09");
    CHECK(probability_in_words(1) == "1.00, nearly certain");
}

TEST_CASE("a probability that was not found exactly is said as a bound") {
    const auto tiny = explain_split(counts_t{1'000'000'000'000, 1}, 2).value();
    CHECK(mentions(tiny.text, "at least this unlikely is less than 2e-308 (chi-square test)"));
    CHECK(mentions(explain_split(counts_t{3}, 65'536)->text,
                   "at least this unlikely is at most 5e-05 (Monte Carlo"));
    CHECK(mentions(explain_split(counts_t{1, 1}, std::vector<double>{1, 0})->text,
                   "at least this unlikely is 0 ("));
}

TEST_CASE("one message is not called messages") {
    CHECK(explain_split(counts_t{1, 0}, 2)->text.starts_with("1 message on 2 machines: 1 and 0."));
    CHECK(mentions(explain_split(counts_t{1, 0}, 2)->text, "that 1 message leaves at least one"));
}

TEST_CASE("how strong the evidence is is said in words, by the test of the verdict") {
    struct row {
        counts_t seen;
        double p;
        evidence found;
    };
    // Exact, by rationals: the outcomes at most as likely as the observed one.
    const row rows[] = {{{4, 3, 0}, 381 / 2187.0, evidence::missing},
                        {{7, 0, 0}, 3 / 2187.0, evidence::weak},
                        {{0, 10}, 2 / 1024.0, evidence::weak},
                        {{0, 11}, 2 / 2048.0, evidence::strong},
                        {{0, 20}, 2 / 1048576.0, evidence::strong},
                        {{0, 21}, 2 / 2097152.0, evidence::beyond_doubt}};
    for (const row& r : rows) {
        const auto e = explain_split(r.seen, r.seen.size()).value();
        INFO(e.text);
        CHECK(e.test.p_value == Approx(r.p));
        CHECK(e.against_chance == r.found);
        CHECK(e.chance == !is_problem(r.found));
        CHECK(mentions(e.text, "weak evidence") == (r.found == evidence::weak));
    }
}

TEST_CASE("no sentence of an explanation calls what another calls a problem none") {
    for (const counts_t& seen : {counts_t{11, 9, 0}, {10, 10, 0}, {12, 8, 0}, {13, 7, 0}}) {
        const auto e = explain_split(seen, 3).value();
        INFO(e.text);
        CHECK(e.test.p_value < 0.05);
        CHECK_FALSE(mentions(e.text, "does not indicate a problem"));
        CHECK_FALSE(mentions(e.text, "(0 more)"));
        if (e.chance) CHECK(e.settled_by > e.total);
    }
}

TEST_CASE("the number of messages that would settle it is that from which on the test does") {
    // By Python's fractions: 35 and 12 of 47 have p = 0.00109, 36 and 12 of 48 have 0.00072.
    CHECK(explain_split(counts_t{3, 1}, 2).value().settled_by == 48);
    CHECK(test_split(counts_t{35, 12}, equal_shares(2)).p_value > surprise_alpha);
    CHECK(test_split(counts_t{36, 12}, equal_shares(2)).p_value < surprise_alpha);
    CHECK(explain_split(counts_t{0, 10}, 2).value().settled_by == 11);
    for (const counts_t& seen : {counts_t{4, 3, 0}, {2, 5, 0}, {3, 1}, {11, 9, 0}}) {
        const auto e = explain_split(seen, seen.size()).value();
        CAPTURE(seen, e.settled_by);
        REQUIRE(e.settled_by > e.total);
        const std::uint64_t times = (e.settled_by + e.total - 1) / e.total;
        counts_t whole;
        counts_t before;
        for (const std::uint64_t count : seen) {
            whole.push_back(count * times);
            before.push_back(count * ((e.settled_by - 1) / e.total));
        }
        CHECK(test_split(whole, e.shares).p_value < surprise_alpha);
        CHECK(test_split(before, e.shares).p_value >= surprise_alpha);
    }
}

TEST_CASE("of very many machines the first counts are listed, and the range of the others") {
    counts_t seen(65'536, 0);
    seen[0] = 7;
    seen[40] = 2;
    const std::string text = in_words(seen);
    CHECK(mentions(text, "7, 0, 0, "));
    CHECK(mentions(text, " and 65,516 more, of 0 to 2"));
    CHECK(text.size() < 200);
    CHECK(mentions(in_words(counts_t(101, 3)), "3 and 81 more, each 3"));
    CHECK(mentions(in_words(counts_t(100, 3)), "3, 3 and 3"));
}

TEST_CASE("a machine of hardly any share, and very many machines, are explained at once") {
    const std::vector<std::uint64_t> seen{0, 5, 6};
    const std::vector<double> shares{5e-21, 0.5, 0.5};
    const auto hardly = explain_split(seen, shares);
    REQUIRE(hardly);
    CHECK(hardly->chance);
    CHECK(hardly->use_all_by == std::numeric_limits<std::uint64_t>::max());

    const std::vector<std::uint64_t> all_in_one{10};
    const auto one = explain_split(all_in_one, 65'536);
    REQUIRE(one);
    CHECK_FALSE(one->chance);
    // Ten messages on as many machines: two share one in 0.07% of runs.
    const std::vector<std::uint64_t> apart(10, 1);
    const auto ten = explain_split(apart, 65'536);
    REQUIRE(ten);
    CHECK(ten->test.p_value == Approx(1));
}
