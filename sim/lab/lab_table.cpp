#include "sim/lab/lab_table.hpp"

#include "sim/lab/lab_advice.hpp"
#include "sim/text/plain_words.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace qslice::sim {

namespace {

/// "28.1%": messages that change their slice with one slice more or fewer.
std::string moved(const lab_row& row, bool up) {
    for (const lab_movement& m : row.movements) {
        if ((m.slices > row.slices) == up) return fmt::format("{:.1f}%", 100 * m.messages);
    }
    return "-";
}

std::string three_digits(double value) { return fmt::format("{:.3f}", value); }

std::string advice_text(const lab_results& results, std::uint64_t slices) {
    text_table table({{"priority"}, {"take"}, {""}});
    for (const lab_advice& a : advice_of(results, slices)) {
        table.add({a.wanted, a.policy, a.because});
    }
    return table.empty() ? "" : '\n' + table.to_text();
}

}  // namespace

namespace lab_columns {

const lab_column policy{"policy", [](const lab_row& row) { return row.policy; },
                        text_table::align::left};
const lab_column p{"p", [](const lab_row& row) {
                       return row.independent ? fmt::format("{:.3g}", row.p_value)
                                              : std::string("-");
                   }};
const lab_column max_over_mean{
    "max/mean", [](const lab_row& row) { return three_digits(row.messages.max_over_mean); }};
const lab_column least{"least", [](const lab_row& row) { return three_digits(row.unavoidable); }};
const lab_column cv{"CV", [](const lab_row& row) { return three_digits(row.messages.cv); }};
const lab_column bytes{"bytes max/mean",
                       [](const lab_row& row) { return three_digits(row.bytes.max_over_mean); }};
const lab_column one_more{"n+1", [](const lab_row& row) { return moved(row, true); }};
const lab_column one_fewer{"n-1", [](const lab_row& row) { return moved(row, false); }};

}  // namespace lab_columns

std::string lab_table(const lab_results& results, std::uint64_t slices,
                      std::span<const lab_column> columns) {
    std::vector<text_table::column> heads;
    for (const lab_column& c : columns) heads.push_back({std::string(c.name), c.align});
    text_table table(std::move(heads));
    std::string left_out;
    for (const lab_row& row : results.rows) {
        if (row.slices != slices) continue;
        if (!row.measured) {
            left_out += (left_out.empty() ? "" : ", ") + row.policy;
            continue;
        }
        std::vector<std::string> cells;
        for (const lab_column& c : columns) cells.push_back(c.cell(row));
        table.add(std::move(cells));
    }
    std::string text =
        fmt::format("{}; minimum that must move: {:.1f}% to n+1, {:.1f}% to n-1\n",
                    counted(slices, "slice", "slices"), 100.0 / static_cast<double>(slices + 1),
                    100.0 / static_cast<double>(slices));
    text += table.to_text();
    if (!left_out.empty()) {
        text +=
            fmt::format("  (left out, since they do not divide into {}: {})\n", slices, left_out);
    }
    return text + advice_text(results, slices);
}

}  // namespace qslice::sim
