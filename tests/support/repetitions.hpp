#pragma once

/// @file
/// How often a test repeats what it does with other seeds. The optimised build counts on the
/// number; the sanitizers look at the code itself, which the first few runs have all walked.

#include <cstdint>

/// The number of `wanted` repetitions that this build makes: all, or a tenth under sanitizers.
constexpr std::uint64_t repetitions(std::uint64_t wanted) {
#if defined(QSLICE_SANITIZED)
    return (wanted + 9) / 10;
#else
    return wanted;
#endif
}
