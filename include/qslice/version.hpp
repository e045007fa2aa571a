/// @file
/// The version of the library; the build system reads it from here.
#pragma once

#include <string_view>

namespace qslice {

inline constexpr std::string_view version_text = "0.1.0";

}  // namespace qslice
