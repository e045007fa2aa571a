/// @file
/// Whole files, read and written by name.
#pragma once

#include <qslice/core/result.hpp>

#include <string>
#include <string_view>

namespace qslice::sim {

/// Reads a whole file.
/// @param path  "-": standard input
/// @returns the content; `not_found`, `denied` or `io` with the path
[[nodiscard]] result<std::string> read_text_file(const std::string& path);

/// Writes a file, replacing its contents.
/// @returns the first failure: `not_found`, `denied`, `no_space` or `io` with the path
[[nodiscard]] result<void> write_text_file(const std::string& path, std::string_view content);

}  // namespace qslice::sim
