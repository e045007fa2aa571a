#include "sim/lab/measure_policies.hpp"

#include "sim/lab/frontier_plot.hpp"
#include "sim/lab/lab_advice.hpp"
#include "sim/lab/lab_report.hpp"
#include "sim/stream/make_stream.hpp"

#include <qslice/partition/any_partition.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>

using namespace qslice::sim;

namespace {

message_stream posts(std::uint64_t count) {
    stream_choice choice;
    choice.posts = count;
    choice.size_median_bytes = 5000;
    return make_stream(choice, 1).value();
}

lab_choice choice_of(std::initializer_list<const char*> policies, std::uint64_t slices) {
    lab_choice choice;
    choice.policies.clear();
    for (const char* text : policies) choice.policies.push_back(make_lab_policy(text).value());
    choice.slices = {slices};
    choice.simulated_posts = 0;
    choice.times = false;
    return choice;
}

lab_results measured(const lab_choice& choice, const message_stream& stream) {
    auto results = measure_policies(choice, stream, 2);
    if (!results) FAIL(results.error().to_string());
    return *std::move(results);
}

lab_row row_with(double balance, double disorder) {
    lab_row row;
    row.policy = std::to_string(balance);
    row.slices = 3;
    row.measured = row.simulated = true;
    row.messages.max_over_mean = balance;
    row.list.overtaken_share = disorder;
    return row;
}

}  // namespace

TEST_CASE("a hash of message and time spreads posts at random, affinity as unevenly as lists") {
    const message_stream stream = posts(4000);
    const auto rows = measured(choice_of({"mailman21", "list_affinity"}, 4), stream).rows;
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].independent);
    CHECK(rows[0].p_value > 1e-3);
    CHECK(rows[0].keys == 4000);
    CHECK(rows[0].unavoidable == 1);
    CHECK(rows[0].messages.max_over_mean < 1.1);
    CHECK_FALSE(rows[1].independent);
    CHECK(rows[1].keys == stream.lists.size());
    CHECK(rows[1].messages.max_over_mean > rows[0].messages.max_over_mean);
    CHECK(rows[1].messages.max_over_mean >= rows[1].unavoidable);

    std::vector<double> of_list(stream.lists.size());
    for (const arrival& a : stream.arrivals) of_list[a.list] += 1;
    const double largest = *std::max_element(of_list.begin(), of_list.end());
    CHECK(rows[1].unavoidable == Approx(std::max(1.0, 4 * largest / 4000)));
}

TEST_CASE(
    "the share that moves to one slice more or fewer is as each partition's theory predicts") {
    const message_stream stream = posts(4000);
    const auto results = measured(
        choice_of({"mailman21", "mailman21+modulo", "mailman21+jump", "mailman21+rendezvous"}, 4),
        stream);
    const auto& rows = results.rows;
    const auto share = [&](std::size_t row, std::size_t change) {
        return rows[row].movements[change].messages;
    };
    for (const lab_row& row : rows) {
        REQUIRE(row.movements.size() == 2);
        CHECK(row.movements[0].slices == 5);
        CHECK(row.movements[0].least == Approx(1.0 / 5));
        CHECK(row.movements[1].slices == 3);
        CHECK(row.movements[1].least == Approx(1.0 / 4));
        // If messages are spread individually, they are the keys.
        CHECK(row.movements[0].keys == row.movements[0].messages);
    }
    CHECK(share(0, 0) == Approx(0.5).margin(0.03));  // equal ranges: (1 + 2 + 3 + 4) / 20
    CHECK(share(1, 0) == Approx(0.8).margin(0.03));  // modulo: all but 4 of 20 residues
    CHECK(share(2, 0) == Approx(0.2).margin(0.03));  // jump: the minimum
    CHECK(share(2, 1) == Approx(0.25).margin(0.03));
    CHECK(share(3, 0) == Approx(0.2).margin(0.03));  // rendezvous: the minimum
    CHECK(share(3, 1) == Approx(0.25).margin(0.03));
}

TEST_CASE(
    "bounded loads spread lists that the ring piles up, and keep their order as the ring does") {
    const auto stream = posts(4000);
    const auto ring = measured(choice_of({"list_affinity+ring"}, 4), stream).rows.front();
    auto choice = choice_of({"list_affinity+bounded"}, 4);
    choice.simulated_posts = 400;
    const auto results = measured(choice, stream);
    const lab_row& bounded = results.rows.front();
    CHECK(bounded.simulated);
    CHECK(bounded.policy == "list_affinity+bounded");
    CHECK(bounded.partition == "bounded");
    const auto as_set = qslice::make_partition(bounded.setting);
    REQUIRE(as_set);
    CHECK(as_set->slice_count() == 4);
    CHECK(bounded.setting.starts_with("bounded["));
    CHECK(ring.setting == "ring");
    CHECK(bounded.keys == ring.keys);
    CHECK(bounded.messages.max_over_mean < ring.messages.max_over_mean);
    // The loads are those of the first half, and the remaining room is a tenth.
    CHECK(bounded.messages.max_over_mean < std::max(1.15, 1.05 * bounded.unavoidable));
    CHECK(bounded.list.overtaken == 0);
    CHECK(make_lab_policy("mailman21+bounded").error().what.find("expected an affinity") == 0);
}

TEST_CASE("Mailman 3 is left out for counts that it does not support, and so are its neighbours") {
    const message_stream stream = posts(200);
    const auto three = measured(choice_of({"mailman3"}, 3), stream);
    CHECK_FALSE(three.rows[0].measured);
    CHECK(lab_text(choice_of({"mailman3"}, 3), three, "x").find("left out") != std::string::npos);
    const auto four = measured(choice_of({"mailman3"}, 4), stream);
    CHECK(four.rows[0].measured);
    CHECK(four.rows[0].movements.empty());
}

TEST_CASE("affinity keeps list order on a busy site, Mailman's policy does not") {
    lab_choice choice = choice_of({"mailman21", "list_affinity", "sender_affinity"}, 3);
    choice.simulated_posts = 400;
    const auto results = measured(choice, posts(600));
    CHECK(results.simulated_posts == 400);
    CHECK(results.rows[0].list.overtaken > 10);
    CHECK(results.rows[1].list.inversions == 0);
    CHECK(results.rows[2].sender.inversions == 0);
    CHECK(results.rows[2].list.inversions > 0);
    CHECK(results.rows[1].pareto);
    CHECK_FALSE(std::isnan(results.rows[0].delivery_p99_s));
}

TEST_CASE("the lab's figures are the same on one thread and on three") {
    lab_choice choice = choice_of({"mailman21", "list_affinity"}, 2);
    choice.simulated_posts = 100;
    const message_stream stream = posts(100);
    const auto one = measure_policies(choice, stream, 1).value();
    const auto three = measure_policies(choice, stream, 3).value();
    CHECK(lab_json(choice, one, "x") == lab_json(choice, three, "x"));
    CHECK(frontier_svg(one, 2) == frontier_svg(three, 2));
}

TEST_CASE("times and memory are measured on request") {
    lab_choice choice = choice_of({"mailman21", "mailman21+ring"}, 16);
    choice.times = true;
    const auto rows = measured(choice, posts(50)).rows;
    for (const lab_row& row : rows) {
        CHECK(row.message_ns > 100);
        CHECK(row.partition_ns > 0);
        CHECK(row.partition_ns < row.message_ns);
        CHECK(row.memory_bytes > 0);
    }
    CHECK(rows[0].memory_bytes < 64);
    CHECK(rows[1].memory_bytes > 16 * 128 * 12);  // 128 points per slice
}

TEST_CASE(
    "a row is Pareto-optimal if none is better in balance or order without being worse in the "
    "other") {
    std::vector<lab_row> rows{row_with(1.0, 0.3), row_with(1.5, 0.0), row_with(1.2, 0.2),
                              row_with(1.3, 0.2), row_with(1.5, 0.0), row_with(1.6, 0.1)};
    rows.push_back(row_with(0.9, 0.0));
    rows.back().simulated = false;
    rows.push_back(row_with(0.9, 0.0));
    rows.back().slices = 4;
    mark_pareto(rows);
    std::string marks;
    for (const lab_row& row : rows) marks += row.pareto ? '*' : '.';
    CHECK(marks == "***.*..*");
}

TEST_CASE("the plot names every policy with its figures and marks the frontier") {
    lab_results results;
    results.rows = {row_with(1.0, 0.3), row_with(1.5, 0.0), row_with(1.6, 0.1)};
    results.rows[0].policy = "a<b&c";
    mark_pareto(results.rows);
    const std::string svg = frontier_svg(results, 3);
    CHECK(svg.starts_with("<svg "));
    CHECK(svg.ends_with("</svg>\n"));
    CHECK(svg.find("a<b") == std::string::npos);
    CHECK(svg.find("a&lt;b&amp;c") != std::string::npos);
    CHECK(svg.find("1.600") != std::string::npos);
    CHECK(svg.find("30.00%") != std::string::npos);
    const auto count = [&](std::string_view what) {
        std::size_t found = 0;
        for (auto at = svg.find(what); at != std::string::npos; at = svg.find(what, at + 1)) {
            ++found;
        }
        return found;
    };
    CHECK(count("class=\"best\"") == 2);
    CHECK(count("class=\"other\"") == 1);
    CHECK(svg.find("nan") == std::string::npos);
    CHECK(frontier_svg(results, 7).find("No policy was simulated") != std::string::npos);
}

TEST_CASE("a wrong policy, stream or number of slices is an error that says so") {
    CHECK(make_lab_policy("md5").error().what.find("expected a hash policy") != std::string::npos);
    CHECK(make_lab_policy("mailman21+sieve").error().what.find("expected a partition") !=
          std::string::npos);
    CHECK_FALSE(measure_policies(choice_of({"mailman21"}, 3), {}, 1));
    CHECK_FALSE(measure_policies(choice_of({"mailman21"}, 0), posts(5), 1));
}

TEST_CASE("on a month of real lists affinity keeps order, at the price of the largest list",
          "[slow][unsanitized]") {
    const std::string trace = "../shared/traces/lists8-2023-03.csv";
    std::string path;
    for (std::string up : {"", "../", "../../", "../../../", "../../../../"}) {
        if (std::filesystem::exists(up + trace)) path = up + trace;
    }
    if (path.empty()) {
        WARN("skipped: " + trace + " is not there");
        return;
    }
    stream_choice from;
    from.what = stream_choice::kind::trace;
    from.path = path;
    from.posts = 1000;
    lab_choice choice = choice_of({"mailman21", "list_affinity"}, 3);
    choice.simulated_posts = 1000;
    const auto rows = measured(choice, make_stream(from, 1).value()).rows;
    CHECK(rows[0].list.overtaken_share > 0.05);
    CHECK(rows[1].list.inversions == 0);
    CHECK(rows[1].messages.max_over_mean >= rows[1].unavoidable);
}

TEST_CASE("a ring is as uneven as its slices are unequal, and is not recommended for even ones") {
    const auto results = measured(choice_of({"mailman21+ring", "mailman21"}, 16), posts(20'000));
    const lab_row& ring = results.rows[0];
    CHECK(ring.p_value > 0.001);  // of its own shares
    CHECK(ring.even_p_value < 1e-6);
    CHECK(ring.messages.max_over_mean > 1.1);
    CHECK(results.rows[1].messages.max_over_mean < 1.1);
    CHECK(advice_of(results, 16).front().policy == "mailman21");
}
