/// @file
/// Choices by Zipf's law: lists and senders of synthetic streams.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace qslice::sim {

/// 0 .. n-1, where k has a probability proportional to 1 / (k + 1)^exponent.
/// @complexity constant time and one random number per choice; 16 n bytes
/// @source Vose, "A linear algorithm for generating random numbers with a given distribution"
class zipf {
public:
    /// @param n  1 to 2^32
    /// @param exponent  0: uniform
    zipf(std::uint64_t n, double exponent) : columns_(n) {
        std::vector<double> height(n);
        double sum = 0;
        for (std::uint64_t k = 0; k < n; ++k) {
            height[k] = std::pow(static_cast<double>(k + 1), -exponent);
            sum += height[k];
        }
        std::vector<std::uint32_t> low, high;
        for (std::uint64_t k = 0; k < n; ++k) {
            height[k] *= static_cast<double>(n) / sum;
            (height[k] < 1 ? low : high).push_back(static_cast<std::uint32_t>(k));
            columns_[k] = {whole, static_cast<std::uint32_t>(k)};
        }
        // Each column has height 1: a low column is filled up from a high one.
        while (!low.empty() && !high.empty()) {
            const std::uint32_t filled = low.back();
            const std::uint32_t giver = high.back();
            low.pop_back();
            columns_[filled] = {static_cast<std::uint64_t>(height[filled] * 0x1p64), giver};
            height[giver] -= 1 - height[filled];
            if (height[giver] < 1) {
                high.pop_back();
                low.push_back(giver);
            }
        }
    }

    /// @param random  any 64-bit number
    std::uint32_t operator()(std::uint64_t random) const noexcept {
        const wide product = static_cast<wide>(random) * columns_.size();
        const auto at = static_cast<std::uint32_t>(product >> 64);
        const column& c = columns_[at];
        return static_cast<std::uint64_t>(product) < c.own_below ? at : c.other;
    }

private:
    __extension__ using wide = unsigned __int128;
    static constexpr std::uint64_t whole = std::numeric_limits<std::uint64_t>::max();

    struct column {
        std::uint64_t own_below = whole;
        std::uint32_t other = 0;
    };
    std::vector<column> columns_;
};

}  // namespace qslice::sim
