/// @file
/// A runner's process as mailmanctl starts it: which runner type, which slice, on which machine.
/// Topologies list theirs; tools parse them from text.
#pragma once

#include <qslice/core/result.hpp>
#include <qslice/partition/partition.hpp>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

namespace qslice {

/// A slice of a runner type, as in qrunner's option --runner.
struct runner_slice {
    std::string_view class_name;  ///< "IncomingRunner"
    slice_index slice = 0;
    std::uint64_t slice_count = 1;

    friend constexpr bool operator==(const runner_slice&, const runner_slice&) = default;
};

/// A runner_slice and the machine that runs it.
struct runner_process {
    std::string_view machine;
    runner_slice runs;

    friend constexpr bool operator==(const runner_process&, const runner_process&) = default;
};

/// "IncomingRunner:0:3"
/// @source Mailman 2.1 and 3, option --runner of qrunner
inline std::string to_string(const runner_slice& r) {
    return std::string(r.class_name) + ':' + std::to_string(r.slice) + ':' +
           std::to_string(r.slice_count);
}

/// Parses "IncomingRunner:0:3"; "IncomingRunner" alone means its only slice.
/// @returns the slice, whose class_name is a view into `text`; `malformed` if a number is invalid
///          or the slice is not below the count
inline result<runner_slice> parse_runner_slice(std::string_view text) {
    const auto wrong = [&](std::string what) {
        return failure(error_code::malformed, std::string(text),
                       "expected RUNNER:SLICE:SLICES, such as IncomingRunner:0:3; " + what);
    };
    const std::size_t colon = text.find(':');
    runner_slice found{text.substr(0, colon), 0, 1};
    if (found.class_name.empty()) return wrong("found no runner");
    if (colon == std::string_view::npos) return found;

    const char* const end = text.data() + text.size();
    const auto [slice_end, bad_slice] = std::from_chars(text.data() + colon + 1, end, found.slice);
    if (bad_slice != std::errc{} || slice_end == end || *slice_end != ':') {
        return wrong("found no slice number between two colons");
    }
    const auto [count_end, bad_count] = std::from_chars(slice_end + 1, end, found.slice_count);
    if (bad_count != std::errc{} || count_end != end)
        return wrong("found no number of slices at the end");
    if (found.slice_count == 0) return wrong("found 0 slices");
    if (found.slice >= found.slice_count) {
        return wrong("slices count from 0, so the last of " + std::to_string(found.slice_count) +
                     " is " + std::to_string(found.slice_count - 1));
    }
    return found;
}

}  // namespace qslice
