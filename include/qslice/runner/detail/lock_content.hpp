/// @file
/// What the lock file of a list says: who took it, which acquisition it is, and when it expires.
/// Part of list_lock.
#pragma once

#include <qslice/core/timestamp.hpp>

#include <bit>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

namespace qslice::detail {

/// The lock of one acquisition: "mx1/IncomingRunner:0:3 41d6...41f2... 1795815462.25\n".
struct lock_content {
    std::string identity;
    std::string number;  ///< of no other acquisition
    timestamp expires;

    [[nodiscard]] std::string to_string() const {
        return identity + ' ' + number + ' ' + to_repr(expires) + '\n';
    }

    /// @returns nothing for Mailman's lock, an incomplete one or that of an earlier version
    static std::optional<lock_content> parse(std::string_view text) {
        if (!text.ends_with('\n') || text.find('\0') != std::string_view::npos) return {};
        text.remove_suffix(1);
        const std::size_t last = text.rfind(' ');
        if (last == std::string_view::npos || last == 0) return {};
        const std::size_t middle = text.rfind(' ', last - 1);
        if (middle == std::string_view::npos) return {};
        const auto expires = parse_timestamp(text.substr(last + 1));
        if (!expires) return {};
        return lock_content{std::string(text.substr(0, middle)),
                            std::string(text.substr(middle + 1, last - middle - 1)), *expires};
    }
};

/// A number for an acquisition: no process takes two at the same moment of both its clocks.
inline std::string lock_number(timestamp now, double steady_s) {
    char digits[40];
    std::snprintf(digits, sizeof digits, "%016llx%016llx",
                  static_cast<unsigned long long>(std::bit_cast<std::uint64_t>(now.seconds)),
                  static_cast<unsigned long long>(std::bit_cast<std::uint64_t>(steady_s)));
    return digits;
}

}  // namespace qslice::detail
