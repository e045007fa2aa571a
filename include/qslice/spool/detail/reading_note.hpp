/// @file
/// The notes behind an entry in hand that say how often it was about to be read.
/// The switchboard's recovery counts by them, since nothing within the entry can be counted
/// without reading it.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

namespace qslice::detail {

/// One line behind the entry's two pickles. Mailman's readers stop at a pickle's end and its own
/// recovery cuts the file off there, so that they never see it; nor does a reader of ours.
/// @see docs/decisions/counted-before-read.md
inline constexpr std::string_view reading_note = "\n#qslice reads this entry\n";

/// What follows when the entry was read and something else then failed, a full disk for example:
/// the notes before it do not count.
inline constexpr std::string_view was_read_note = "\n#qslice has read it\n";

/// An entry's file without its notes, and how often nobody lived to say that it was read.
inline std::pair<std::string_view, std::int64_t> split_readings(std::string_view content) noexcept {
    std::int64_t readings = 0;
    bool counts = true;
    while (true) {
        if (content.ends_with(reading_note)) {
            content.remove_suffix(reading_note.size());
            readings += counts ? 1 : 0;
        } else if (content.ends_with(was_read_note)) {
            content.remove_suffix(was_read_note.size());
            counts = false;
        } else {
            return {content, readings};
        }
    }
}

}  // namespace qslice::detail
