/// @file
/// Bars and sparklines of block characters, with plain characters where there is no UTF-8.
/// The console reports draw shares and many slices at once with them.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace qslice::sim {

/// A bar of at most `columns` columns, in eighths of a column: "████▌".
/// @param share  of the columns; below 0 and above 1 are cut off
[[nodiscard]] std::string bar_text(double share, std::size_t columns, bool utf8);

/// One column for each value, as high as the value is of the largest: "▅▆▇█▆".
[[nodiscard]] std::string sparkline(std::span<const double> values, bool utf8);

}  // namespace qslice::sim
