/// @file
/// Streams of random numbers that are the same on every platform and independent of each other.
/// Each purpose in a simulation (a list's arrivals, service times, crash states) has its own
/// stream.
#pragma once

#include <Random123/philox.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace qslice::sim {

/// A UniformRandomBitGenerator for (seed, purpose, index), for use with the distributions of
/// Boost.Random, whose results do not depend on the standard library.
///
/// Counter-based: the n-th number depends only on seed, purpose, index and n, so the draws of one
/// part of a simulation never affect those of another. Streams with different indices never share a
/// block; streams with different purposes have different keys, unless the 64-bit hashes of their
/// names collide.
/// @complexity constant time and 80 bytes of state
/// @source Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (Philox4x64-10)
class random_stream {
public:
    using result_type = std::uint64_t;

    explicit random_stream(std::uint64_t seed, std::string_view purpose, std::uint64_t index = 0)
        : key_{{seed, hash_of(purpose)}}, counter_{{0, index, 0, 0}} {}

    static constexpr result_type min() noexcept { return 0; }
    static constexpr result_type max() noexcept { return std::numeric_limits<result_type>::max(); }

    result_type operator()() {
        if (used_ == block_size) refill();
        return block_.v[used_++];
    }

    /// A number in [0, 1), a multiple of 2^-53.
    double uniform() { return static_cast<double>((*this)() >> 11) * 0x1p-53; }

    /// A number in [0, n), each equally likely.
    /// @param n  at least 1
    /// @source Lemire, "Fast random integer generation in an interval": widening multiplication,
    ///         and rejection of the few products that would cause bias
    std::uint64_t below(std::uint64_t n) {
        const std::uint64_t rejected = (0 - n) % n;
        while (true) {
            const wide product = static_cast<wide>((*this)()) * n;
            if (static_cast<std::uint64_t>(product) >= rejected) {
                return static_cast<std::uint64_t>(product >> 64);
            }
        }
    }

private:
    __extension__ using wide = unsigned __int128;
    using generator = r123::Philox4x64;
    static constexpr std::size_t block_size = 4;

    /// FNV-1a: short and identical on all platforms.
    static constexpr std::uint64_t hash_of(std::string_view text) noexcept {
        std::uint64_t hash = 0xcbf29ce484222325;
        for (const char c : text) {
            hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
        }
        return hash;
    }

    void refill() {
        block_ = generator{}(counter_, key_);
        ++counter_.v[0];
        used_ = 0;
    }

    generator::key_type key_;
    generator::ctr_type counter_;
    generator::ctr_type block_{};
    std::size_t used_ = block_size;
};

}  // namespace qslice::sim
