/// @file
/// Waiting entries by list (or by sender's domain) and age, as Postfix's qshape prints them: it
/// shows whether a backlog is one list's. `inspect --by` prints it.
#pragma once

#include "sim/site/inspection.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim::diagnosis {

/// By what the rows differ.
enum class age_rows {
    list,    ///< of the entry's metadata
    domain,  ///< of the message's From
};

/// The upper ends of the ages' classes in minutes; older ones are in a last class.
inline constexpr std::array<std::uint64_t, 9> age_classes_min{5,   10,  20,  40,  80,
                                                              160, 320, 640, 1280};

/// The entries of a queue by row and age.
struct age_table {
    std::string queue;
    struct row {
        std::string name;  ///< "?" for entries that could not be read
        std::uint64_t total = 0;
        std::array<std::uint64_t, age_classes_min.size() + 1> by_age{};
    };
    std::vector<row> rows;     ///< those with the most entries first
    std::uint64_t opened = 0;  ///< entries
    std::uint64_t waiting = 0;
};

/// Opens the waiting entries of each queue, at most 20,000 of each.
/// @complexity reads every entry opened
std::vector<age_table> tabulate_ages(const inspection& seen, age_rows rows);

std::string to_text(const std::vector<age_table>& tables);
nlohmann::ordered_json to_json(const std::vector<age_table>& tables);

}  // namespace qslice::sim::diagnosis
