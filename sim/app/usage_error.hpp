/// @file
/// Turns CLI11's errors about the command line into the form and words of the program's other
/// errors.
#pragma once

#include <qslice/core/result.hpp>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace qslice::sim {

/// What is wrong with the command line, located at the option.
[[nodiscard]] error usage_error(const CLI::App& program, const CLI::ParseError& problem);

}  // namespace qslice::sim
