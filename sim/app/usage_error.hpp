/// @file
/// What CLI11 says of a wrong command line, in the form and words of the program's other errors.
#pragma once

#include <qslice/core/result.hpp>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace qslice::sim {

/// What was wrong with the command line, with the option as its place.
[[nodiscard]] error usage_error(const CLI::App& program, const CLI::ParseError& problem);

}  // namespace qslice::sim
