/// @file
/// What the names in a queue's directory of leases say: who holds which slice, as far as names
/// tell. lease_files.hpp and inspections list the directory and add each name.
#pragma once

#include <qslice/core/detail/whole_number.hpp>
#include <qslice/ownership/deployment_text.hpp>
#include <qslice/ownership/lease_name.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

namespace qslice {

/// A slice's lease as one look found it.
struct seen_lease {
    lease_name name;
    std::uint64_t beat = 0;  ///< incremented by each renewal

    friend constexpr bool operator==(const seen_lease&, const seen_lease&) = default;
};

namespace detail {

/// What stands between the name of a lease and its beat; likewise for the wants of a slice, which
/// are named as the beats of a lease of number 1.
inline constexpr std::string_view beat_mark = ".beat.";
inline constexpr std::string_view want_mark = ".want.";

inline std::optional<seen_lease> parse_marked(std::string_view name, std::string_view mark) {
    const std::size_t at = name.find(mark);
    if (at == std::string_view::npos) return std::nullopt;
    const auto lease = parse_lease_name(name.substr(0, at));
    const auto beat = whole_number<std::uint64_t>(name.substr(at + mark.size()));
    if (!lease || !beat) return std::nullopt;
    return seen_lease{*lease, *beat};
}
inline std::optional<seen_lease> parse_beat(std::string_view name) {
    return parse_marked(name, beat_mark);
}

}  // namespace detail

/// What one look at the leases of a queue found.
struct lease_survey {
    std::map<leased_slice, seen_lease> highest;  ///< of each slice the one with the highest number
    std::map<leased_slice, std::uint64_t> wanted;  ///< by their own owners, which are there again

    [[nodiscard]] const seen_lease* find(const leased_slice& s) const {
        const auto at = highest.find(s);
        return at == highest.end() ? nullptr : &at->second;
    }

    /// Adds a file's name; one that is no lease's is ignored.
    void add(std::string_view name) {
        if (const auto want = detail::parse_marked(name, detail::want_mark)) {
            std::uint64_t& beat = wanted[want->name.of];
            beat = std::max(beat, want->beat);
            return;
        }
        const auto beat = detail::parse_beat(name);
        const auto lease = beat ? std::optional(beat->name) : parse_lease_name(name);
        if (!lease) return;
        // A lease's beat may be listed before it.
        seen_lease& best = highest.try_emplace(lease->of, seen_lease{*lease, 0}).first->second;
        if (best.name.number < lease->number) best = {*lease, 0};
        if (best.name.number > lease->number) return;
        best.name.given_back |= lease->given_back;
        if (beat) best.beat = std::max(best.beat, beat->beat);
    }
};

}  // namespace qslice
