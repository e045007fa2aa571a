/// @file
/// The topology's checks for processes that are known only at run time.
/// For tools that read a deployment from a file; a deployment as a type needs no such check.
#pragma once

#include <qslice/core/result.hpp>
#include <qslice/topology/process.hpp>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace qslice {

/// Whether the processes agree on each runner's number of slices and run each slice once.
/// @returns `malformed`, naming machine and runner, for the first process that disagrees or runs
///          the same slice as another; otherwise for the first slice that nobody runs
/// @complexity O(m log m)
inline result<void> check_processes(std::span<const runner_process> processes) {
    std::map<std::string_view, const runner_process*> first_of;
    std::map<std::pair<std::string_view, slice_index>, std::string_view> machine_of;
    for (const runner_process& process : processes) {
        const auto& [class_name, slice, count] = process.runs;
        const std::string where = std::string(process.machine) + ", " + to_string(process.runs);
        if (slice >= count) {
            return failure(error_code::malformed, where,
                           "no such slice: slices are counted from 0 to one less than their count");
        }
        const runner_process& first = *first_of.try_emplace(class_name, &process).first->second;
        if (first.runs.slice_count != count) {
            return failure(error_code::malformed, where,
                           "a different number of slices than " + to_string(first.runs) + " on " +
                               std::string(first.machine) +
                               ": an entry could have two owners or none");
        }
        const auto [owner, is_first] = machine_of.try_emplace({class_name, slice}, process.machine);
        if (!is_first) {
            return failure(error_code::malformed, where,
                           "a slice that " + std::string(owner->second) +
                               " runs as well: they would race for each of its messages");
        }
    }
    for (const auto& [class_name, first] : first_of) {
        for (std::uint64_t k = 0; k < first->runs.slice_count; ++k) {
            const auto slice = static_cast<slice_index>(k);
            if (machine_of.contains({class_name, slice})) continue;
            return failure(error_code::malformed,
                           to_string(runner_slice{class_name, slice, first->runs.slice_count}),
                           "a slice that no machine runs: its messages would wait forever");
        }
    }
    return {};
}

}  // namespace qslice
