/// @file
/// A mixer of 64-bit numbers. What is drawn from a number and has to be the same everywhere is made
/// by it: positions of slices, waits for a lock, hashes of states.
#pragma once

#include <cstdint>

namespace qslice::detail {

/// A bijection of 64-bit numbers in which each bit of the argument flips about half of the bits of
/// the result.
/// @source D. Stafford's 13th variant of MurmurHash3's finalizer, as in SplitMix64
constexpr std::uint64_t mix64(std::uint64_t x) noexcept {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

}  // namespace qslice::detail
