#include "sim/lab/lab_report.hpp"

#include "sim/lab/lab_advice.hpp"
#include "sim/lab/lab_table.hpp"
#include "sim/text/plain_words.hpp"
#include "sim/text/text_table.hpp"

#include <fmt/format.h>

#include <cmath>
#include <string>
#include <vector>

namespace qslice::sim {

namespace {

using json = nlohmann::ordered_json;

json number(double value) { return std::isfinite(value) ? json(value) : json(nullptr); }

std::string percent(double share) {
    return std::isfinite(share) ? fmt::format("{:.2f}%", 100 * share) : std::string("-");
}

std::vector<lab_column> columns_of(const lab_choice& choice) {
    using namespace lab_columns;
    std::vector<lab_column> columns{
        {"", [](const lab_row& row) { return std::string(row.pareto ? "*" : ""); },
         text_table::align::left},
        policy,
        p,
        max_over_mean,
        least,
        cv,
        bytes,
        {"list", [](const lab_row& row) { return percent(row.list.overtaken_share); }},
        {"sender", [](const lab_row& row) { return percent(row.sender.overtaken_share); }},
        {"thread", [](const lab_row& row) { return percent(row.thread.overtaken_share); }},
        {"p99 s",
         [](const lab_row& row) {
             return row.simulated ? fmt::format("{:.1f}", row.delivery_p99_s) : std::string("-");
         }},
        one_more,
        one_fewer};
    if (choice.times) {
        columns.push_back(
            {"ns", [](const lab_row& row) { return fmt::format("{:.0f}", row.message_ns); }});
        columns.push_back({"slice ns", [](const lab_row& row) {
                               return fmt::format("{:.1f}", row.partition_ns);
                           }});
        columns.push_back({"memory", [](const lab_row& row) {
                               return size_text(static_cast<double>(row.memory_bytes));
                           }});
    }
    return columns;
}

json order_json(const lab_order& order) {
    return {{"inversions", order.inversions},
            {"overtaken", order.overtaken},
            {"overtaken_share", number(order.overtaken_share)}};
}

json spread_json(const lab_spread& spread) {
    return {{"max_over_mean", number(spread.max_over_mean)}, {"cv", number(spread.cv)}};
}

json row_json(const lab_choice& choice, const lab_row& row) {
    json out = {{"policy", row.policy},
                {"partition", row.partition},
                {"setting", row.setting},
                {"slices", row.slices},
                {"measured", row.measured}};
    if (!row.measured) return out;
    out["keys"] = row.keys;
    out["independent"] = row.independent;
    out["p_value"] = number(row.p_value);
    out["even_p_value"] = number(row.even_p_value);
    out["messages"] = spread_json(row.messages);
    out["bytes"] = spread_json(row.bytes);
    out["unavoidable_max_over_mean"] = number(row.unavoidable);
    json movements = json::array();
    for (const lab_movement& m : row.movements) {
        movements.push_back({{"slices", m.slices},
                             {"messages", number(m.messages)},
                             {"keys", number(m.keys)},
                             {"least", number(m.least)}});
    }
    out["movements"] = std::move(movements);
    if (row.simulated) {
        out["order"] = {{"list", order_json(row.list)},
                        {"sender", order_json(row.sender)},
                        {"thread", order_json(row.thread)}};
        out["delivery_p99_s"] = number(row.delivery_p99_s);
        out["pareto"] = row.pareto;
    }
    if (choice.times) {
        out["time"] = {{"message_ns", number(row.message_ns)},
                       {"partition_ns", number(row.partition_ns)}};
        out["memory_bytes"] = row.memory_bytes;
    }
    return out;
}

constexpr std::string_view table_legend =
    "*         on the frontier: none is better in max/mean and in list order\n"
    "p         of chi-square against the partition's own shares, if messages are spread\n"
    "          independently; a ring's own shares are not equal\n"
    "max/mean  load of the fullest slice over an equal one, in messages and in bytes; least:\n"
    "          minimum for any assignment of whole lists (senders, threads)\n"
    "list, sender, thread\n"
    "          share of posts overtaken by a later one of their list (...) before delivery\n"
    "p99 s     99% of posts are delivered within this many seconds after acceptance\n"
    "n+1, n-1  share of messages that change their slice with one slice more, one fewer\n";
constexpr std::string_view times_legend =
    "ns        hash and slice of a message; slice ns: of that, the slice of a hash\n"
    "memory    of the partition, with its tables\n";

}  // namespace

std::string lab_text(const lab_choice& choice, const lab_results& results,
                     const std::string& source) {
    std::string text = fmt::format(
        "{} of {}, {}, from {} to {}\n", counted(results.messages, "post", "posts"), source,
        size_text(static_cast<double>(results.bytes)),
        counted(results.senders, "sender", "senders"), counted(results.lists, "list", "lists"));
    if (results.simulated_posts > 0) {
        text += fmt::format(
            "order: {} played on as many machines as slices, {:.0f}% busy, seed {}\n",
            counted(results.simulated_posts, "post", "posts"), 100 * choice.load, choice.seed);
    }
    const std::vector<lab_column> columns = columns_of(choice);
    for (const std::uint64_t slices : choice.slices) {
        text += '\n' + lab_table(results, slices, columns);
    }
    text += '\n';
    text += table_legend;
    if (choice.times) text += times_legend;
    return text;
}

json lab_json(const lab_choice& choice, const lab_results& results, const std::string& source) {
    json rows = json::array();
    for (const lab_row& row : results.rows) rows.push_back(row_json(choice, row));
    json advice = json::array();
    for (const std::uint64_t slices : choice.slices) {
        for (const lab_advice& a : advice_of(results, slices)) {
            advice.push_back({{"slices", slices},
                              {"wanted", a.wanted},
                              {"policy", a.policy},
                              {"because", a.because}});
        }
    }
    return {{"source", source},           {"messages", results.messages},
            {"bytes", results.bytes},     {"lists", results.lists},
            {"senders", results.senders}, {"simulated_posts", results.simulated_posts},
            {"load", choice.load},        {"seed", choice.seed},
            {"rows", std::move(rows)},    {"advice", std::move(advice)}};
}

std::string quality_text(const std::vector<hash_quality>& functions) {
    using align = text_table::align;
    std::string text;
    for (const hash_quality& quality : functions) {
        text_table table({{"test", align::left},
                          {"found", align::right},
                          {"expected", align::right},
                          {"", align::left},
                          {"worst z", align::right},
                          {"p", align::right},
                          {"", align::left}});
        for (const quality_test& t : quality.tests) {
            table.add({t.name, fmt::format("{:.5g}", t.found), fmt::format("{:.5g}", t.expected),
                       t.what, t.worst_z == 0 ? "" : fmt::format("{:+.2f}", t.worst_z),
                       fmt::format("{:.3g}", t.p_value),
                       t.p_value >= quality.limit() ? "" : "fails"});
        }
        text += quality.function + "\n" + table.to_text();
        text += fmt::format(
            "  {}: for a random function p is below {:.2g} in any of these {} tests once in {:.0f} "
            "times.\n"
            "\n",
            quality.passed() ? "Passes" : "FAILS", quality.limit(), quality.tests.size(),
            1 / quality.alpha);
    }
    return text;
}

json quality_json(const std::vector<hash_quality>& functions) {
    json out = json::array();
    for (const hash_quality& quality : functions) {
        json tests = json::array();
        for (const quality_test& t : quality.tests) {
            tests.push_back({{"name", t.name},
                             {"found", number(t.found)},
                             {"expected", number(t.expected)},
                             {"what", t.what},
                             {"worst_z", number(t.worst_z)},
                             {"worst_bit", t.worst_bit},
                             {"p_value", number(t.p_value)},
                             {"passed", t.p_value >= quality.limit()}});
        }
        out.push_back({{"function", quality.function},
                       {"passed", quality.passed()},
                       {"alpha", quality.alpha},
                       {"tests", std::move(tests)}});
    }
    return out;
}

}  // namespace qslice::sim
