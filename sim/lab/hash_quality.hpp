/// @file
/// Tests a hash function on typical input of queue writers: avalanche, independence of bits,
/// collisions and evenness over ranges, each with a p-value, in the manner of SMHasher.
#pragma once

#include <qslice/core/hash_value.hpp>
#include <qslice/core/result.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

/// A function of bytes.
using bytes_hash = std::function<hash_value(std::string_view)>;

/// The sample sizes.
struct quality_choice {
    std::uint64_t flips = 4096;     ///< inputs with one bit flipped, per part of an entry
    std::uint64_t names = 100'000;  ///< inputs whose hashes are compared
    std::uint64_t seed = 1;
};

/// One property, compared with a random function.
struct quality_test {
    std::string name;  ///< "avalanche of the message", "collisions of the leading 24 bits"
    double found = 0;  ///< in the unit of `what`
    double expected = 0;
    std::string what;  ///< "output bits that change, mean"
    double worst_z =
        0;  ///< the largest deviation of a single bit, in standard deviations; 0 if there is none
    std::uint32_t worst_bit =
        0;               ///< index of the output bit, from the highest; for a pair, of the first
    double p_value = 1;  ///< probability by chance of a deviation at least this large, two-sided
};

/// All tests of a function.
struct hash_quality {
    std::string function;
    std::vector<quality_test> tests;
    double alpha = 1e-3;  ///< a random function fails with at most this probability

    /// The p-value below which a single test counts as failed: alpha over their number.
    [[nodiscard]] double limit() const { return alpha / static_cast<double>(tests.size()); }
    [[nodiscard]] bool passed() const {
        for (const quality_test& t : tests) {
            if (!(t.p_value >= limit())) return false;
        }
        return true;
    }
};

/// Tests a function on entries as Mailman 2.1 hashes them: message, list name, repr of the time.
///
/// - avalanche: a bit of the message, of the list's name or of the time (a step of its last bits)
///   is flipped; each of the 160 output bits should change in half of the cases. For each part the
///   sum of the bits' squared deviations (chi-square with 160 degrees of freedom), and the worst
///   bit (with the correction for 160 of them).
/// - independence: no two output bits change together more often than by chance, over all 12,720
///   pairs.
/// - collisions: pairs of equal hashes among numbered messages of the same second, when cut to
///   their leading, middle and trailing 24 and 32 bits (Poisson).
/// - ranges: the counts in 3, 16 and 256 equal ranges (chi-square; too even also fails).
/// @complexity 6 * flips + names hashes, and 12,720 * flips / 64 steps for the pairs
[[nodiscard]] hash_quality test_hash(std::string name, const bytes_hash& hash,
                                     const quality_choice& choice = {});

/// The same for a hash function of the library: "sha1", "sha256" or "blake2b".
/// @returns `malformed` with the known names
[[nodiscard]] result<hash_quality> test_named_hash(const std::string& function,
                                                   const quality_choice& choice = {});

}  // namespace qslice::sim
