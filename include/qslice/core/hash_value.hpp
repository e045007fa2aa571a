/// @file
/// The 160-bit hash in an entry's name, and the exact arithmetic on it that slices need.
/// The lowest layer above result.hpp: entry names, hash policies and partitions build on it.
#pragma once

#include <qslice/core/detail/digit_words.hpp>
#include <qslice/core/result.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace qslice {

namespace detail {

__extension__ using uint128 = unsigned __int128;

inline constexpr std::string_view hex_digits = "0123456789abcdef";

constexpr void format_hex(std::uint64_t value, int count, char* out) noexcept {
    for (int i = count - 1; i >= 0; --i) {
        out[i] = hex_digits[value & 15u];
        value >>= 4;
    }
}

}  // namespace detail

/// A 160-bit unsigned number: the SHA-1 (or another hash truncated to 160 bits) in an entry's name.
///
/// Ordered as a number, which is also the order of its 40 hex digits.
/// @safety a plain value
/// @source Mailman 2.1 and 3 Switchboard: `long(hexdigest, 16)`
class hash_value {
public:
    static constexpr std::size_t size_bytes = 20;
    static constexpr std::size_t size_hex = 40;

    constexpr hash_value() = default;

    /// The number high * 2^96 + middle * 2^32 + low.
    constexpr hash_value(std::uint64_t high, std::uint64_t middle, std::uint32_t low) noexcept
        : high_(high), middle_(middle), low_(low) {}

    /// The hash whose big-endian bytes these are.
    static constexpr hash_value from_bytes(
        std::span<const std::uint8_t, size_bytes> bytes) noexcept {
        // Written out so that compilers load and swap a whole word at once.
        const auto word = [&](std::size_t at) {
            return std::uint32_t{bytes[at]} << 24 | std::uint32_t{bytes[at + 1]} << 16 |
                   std::uint32_t{bytes[at + 2]} << 8 | bytes[at + 3];
        };
        return {std::uint64_t{word(0)} << 32 | word(4), std::uint64_t{word(8)} << 32 | word(12),
                word(16)};
    }

    /// Parses exactly 40 hex digits of either case.
    /// @returns the hash; `malformed` if the length or a digit is wrong
    static result<hash_value> parse(std::string_view hex) {
        hash_value d;
        if (!try_parse(hex, d)) {
            return failure(error_code::malformed, std::string(hex),
                           "expected 40 hex digits, found " + std::to_string(hex.size()) +
                               " characters" + (hex.size() == size_hex ? ", not all hex" : ""));
        }
        return d;
    }

    /// The same without constructing an error; for loops over many names.
    static constexpr bool try_parse(std::string_view hex, hash_value& d) noexcept {
        using detail::hex_value;
        if (!is_hex(hex)) return false;
        const auto word = [&](std::size_t i) { return detail::load_word(hex.data() + 8 * i); };
        d = {hex_value(word(0)) << 32 | hex_value(word(1)),
             hex_value(word(2)) << 32 | hex_value(word(3)),
             static_cast<std::uint32_t>(hex_value(word(4)))};
        return true;
    }

    /// Whether parse() would accept this text.
    static constexpr bool is_hex(std::string_view hex) noexcept {
        if (hex.size() != size_hex) return false;
        const auto word = [&](std::size_t i) { return detail::load_word(hex.data() + 8 * i); };
        return detail::all_hex(word(0), word(1), word(2), word(3), word(4));
    }

    /// 40 lower-case hex digits.
    [[nodiscard]] std::string hex() const {
        std::string text(size_hex, '0');
        write_hex(text.data());
        return text;
    }

    /// Writes the 40 digits to `out`, without a terminating zero.
    constexpr void write_hex(char* out) const noexcept {
        detail::format_hex(high_, 16, out);
        detail::format_hex(middle_, 16, out + 16);
        detail::format_hex(low_, 8, out + 32);
    }

    static constexpr hash_value min() noexcept { return {}; }
    static constexpr hash_value max() noexcept { return {~0ull, ~0ull, ~0u}; }

    /// Bits 159..96, 95..32 and 31..0.
    [[nodiscard]] constexpr std::uint64_t high() const noexcept { return high_; }
    [[nodiscard]] constexpr std::uint64_t middle() const noexcept { return middle_; }
    [[nodiscard]] constexpr std::uint32_t low() const noexcept { return low_; }

    /// The next and the previous number; max() and min() wrap around.
    [[nodiscard]] constexpr hash_value next() const noexcept {
        const std::uint32_t low = low_ + 1;
        const std::uint64_t middle = middle_ + (low == 0 ? 1 : 0);
        return {high_ + (low == 0 && middle == 0 ? 1 : 0), middle, low};
    }
    [[nodiscard]] constexpr hash_value previous() const noexcept {
        const std::uint64_t middle = middle_ - (low_ == 0 ? 1 : 0);
        return {high_ - (low_ == 0 && middle_ == 0 ? 1 : 0), middle, low_ - 1};
    }

    /// floor((this * factor + addend) / 2^160), exact.
    /// @param factor  up to 2^32
    /// @param addend  up to 2^32
    /// @complexity three multiplications, no division
    [[nodiscard]] constexpr std::uint64_t scaled(std::uint64_t factor,
                                                 std::uint64_t addend) const noexcept {
        const detail::uint128 low = detail::uint128(low_) * factor + addend;
        const detail::uint128 middle = detail::uint128(middle_) * factor + (low >> 32);
        const detail::uint128 high = detail::uint128(high_) * factor + (middle >> 64);
        return static_cast<std::uint64_t>(high >> 64);
    }

    /// floor(2^160 * numerator / denominator), exact, for numerator < denominator.
    /// @complexity three long divisions; meant for bounds, not for loops over entries
    static constexpr hash_value fraction(std::uint64_t numerator,
                                         std::uint64_t denominator) noexcept {
        detail::uint128 remainder = numerator;
        const auto next_digits = [&](int bits) {
            remainder <<= bits;
            const auto digits = static_cast<std::uint64_t>(remainder / denominator);
            remainder %= denominator;
            return digits;
        };
        const std::uint64_t high = next_digits(64);
        const std::uint64_t middle = next_digits(64);
        return {high, middle, static_cast<std::uint32_t>(next_digits(32))};
    }

    friend constexpr auto operator<=>(const hash_value&, const hash_value&) = default;

private:
    std::uint64_t high_ = 0;
    std::uint64_t middle_ = 0;
    std::uint32_t low_ = 0;
};

static_assert(hash_value::fraction(1, 2) == hash_value(1ull << 63, 0, 0));
static_assert(hash_value::fraction(1, 3) ==
              hash_value(0x5555555555555555, 0x5555555555555555, 0x55555555));
static_assert(hash_value::max().next() == hash_value::min() &&
              hash_value::min().previous() == hash_value::max());
static_assert(hash_value::max().scaled(7, 0) == 6);

}  // namespace qslice
