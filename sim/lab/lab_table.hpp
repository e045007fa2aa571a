/// @file
/// The tables of `lab`, one for each number of slices, and their columns. The reports on the
/// library's policies and on a site's own choose from these.
#pragma once

#include "sim/lab/measure_policies.hpp"
#include "sim/text/text_table.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace qslice::sim {

struct lab_column {
    std::string_view name;
    std::string (*cell)(const lab_row& row);
    text_table::align align = text_table::align::right;
};

/// The columns that both reports have.
namespace lab_columns {
extern const lab_column policy;
extern const lab_column p;
extern const lab_column max_over_mean;
extern const lab_column least;
extern const lab_column cv;
extern const lab_column bytes;
extern const lab_column one_more;
extern const lab_column one_fewer;
}  // namespace lab_columns

/// The policies with that number of slices, which of them do not divide into it, and advice.
[[nodiscard]] std::string lab_table(const lab_results& results, std::uint64_t slices,
                                    std::span<const lab_column> columns);

}  // namespace qslice::sim
