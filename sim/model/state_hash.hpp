/// @file
/// Hashes of what a simulation's state consists of, the same on all platforms. For walks, which
/// recognise a state that they have visited.
#pragma once

#include <qslice/core/detail/mix.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace qslice::sim {

/// A good 64-bit mixer.
/// @source Steele, Lea and Flood's SplitMix64
constexpr std::uint64_t mix(std::uint64_t x) noexcept {
    return qslice::detail::mix64(x + 0x9e3779b97f4a7c15);
}
constexpr std::uint64_t mix(std::uint64_t hash, std::uint64_t value) noexcept {
    return mix(hash ^ mix(value));
}
inline std::uint64_t mix(std::uint64_t hash, std::string_view text) noexcept {
    hash = mix(hash, text.size());
    while (text.size() >= 8) {
        std::uint64_t word = 0;
        for (std::size_t i = 8; i-- > 0;) word = word << 8 | static_cast<unsigned char>(text[i]);
        hash = (hash ^ word) * 0x9fb21c651e98df25;
        hash ^= hash >> 29;
        text.remove_prefix(8);
    }
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return mix(hash);
}

}  // namespace qslice::sim
