/// @file
/// Bars and sparklines of block characters, or of ASCII characters without UTF-8. The console
/// reports use them for shares and for many slices at once.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace qslice::sim {

/// A bar of at most `columns` columns, in eighths of a column: "████▌".
/// @param share  fraction of the columns, clamped to 0 to 1
[[nodiscard]] std::string bar_text(double share, std::size_t columns, bool utf8);

/// One column per value, its height relative to the largest: "▅▆▇█▆".
[[nodiscard]] std::string sparkline(std::span<const double> values, bool utf8);

}  // namespace qslice::sim
