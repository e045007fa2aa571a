/// @file
/// A partition that is chosen at run time by a string, such as "equal:3" or "weighted:3,2,1".
/// For tools and scenarios; a deployment names its partition's type instead.
#pragma once

#include <qslice/core/detail/whole_number.hpp>
#include <qslice/core/hash_value.hpp>
#include <qslice/core/result.hpp>
#include <qslice/partition/bounded_loads.hpp>
#include <qslice/partition/equal_ranges.hpp>
#include <qslice/partition/hash_ring.hpp>
#include <qslice/partition/jump.hpp>
#include <qslice/partition/mailman3_ranges.hpp>
#include <qslice/partition/modulo.hpp>
#include <qslice/partition/partition.hpp>
#include <qslice/partition/rendezvous.hpp>
#include <qslice/partition/slice_shares.hpp>
#include <qslice/partition/weighted_ranges.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace qslice {

/// Any of the library's partitions. "equal:1" by default.
/// @safety a plain value
class any_partition {
public:
    any_partition() = default;

    /// @param weights  those in the text; empty: all 1
    template <class P>
    requires(!std::same_as<P, any_partition>)
        any_partition(P chosen, std::string text, std::vector<std::uint32_t> weights = {})
        : chosen_(std::move(chosen)), text_(std::move(text)), weights_(std::move(weights)) {}

    /// The string from which make_partition makes this partition.
    [[nodiscard]] const std::string& text() const noexcept { return text_; }

    /// The text without its numbers: "equal".
    [[nodiscard]] std::string_view kind() const noexcept {
        return std::string_view(text_).substr(0, text_.find(':'));
    }

    [[nodiscard]] std::uint64_t slice_count() const {
        return std::visit([](const auto& p) -> std::uint64_t { return p.slice_count(); }, chosen_);
    }
    [[nodiscard]] slice_index slice_of(const hash_value& d) const {
        return std::visit([&](const auto& p) { return p.slice_of(d); }, chosen_);
    }
    [[nodiscard]] bool owns(slice_index slice, const hash_value& d) const {
        return std::visit([&](const auto& p) { return p.owns(slice, d); }, chosen_);
    }

    /// Whether two slices may own the same hash.
    [[nodiscard]] bool overlaps() const {
        return std::visit([](const auto& p) { return slices_overlap(p); }, chosen_);
    }

    /// See shares_of.
    [[nodiscard]] std::vector<double> shares() const {
        return std::visit([](const auto& p) { return shares_of(p); }, chosen_);
    }

    /// See wanted_shares_of.
    [[nodiscard]] std::vector<double> wanted_shares() const {
        return std::visit([](const auto& p) { return wanted_shares_of(p); }, chosen_);
    }

    /// Whole numbers, one per slice, to which the shares are exactly proportional; nothing for a
    /// ring, whose shares are so only on average.
    [[nodiscard]] std::optional<std::vector<std::uint32_t>> weights() const {
        if (std::holds_alternative<hash_ring>(chosen_) ||
            std::holds_alternative<bounded_loads>(chosen_)) {
            return std::nullopt;
        }
        return weights_.empty() ? std::vector<std::uint32_t>(slice_count(), 1) : weights_;
    }

    /// The memory that the chosen partition takes, including its tables, in bytes.
    [[nodiscard]] std::size_t memory_bytes() const {
        return std::visit(
            []<class P>(const P& p) {
                if constexpr (requires { p.memory_bytes(); }) return p.memory_bytes();
                return sizeof(P);
            },
            chosen_);
    }

    /// The range of a slice; nothing if the partition does not consist of ranges.
    /// @param slice  below slice_count()
    [[nodiscard]] std::optional<hash_range> range_of(slice_index slice) const {
        return std::visit(
            [&]<class P>(const P& p) -> std::optional<hash_range> {
                if constexpr (range_partition<P>) return p.range_of(slice);
                return std::nullopt;
            },
            chosen_);
    }

private:
    std::variant<equal_ranges<>, mailman3_ranges<>, weighted_ranges<>, modulo<>, jump<>,
                 rendezvous<>, hash_ring, bounded_loads>
        chosen_;
    std::string text_ = "equal:1";
    std::vector<std::uint32_t> weights_;
};

static_assert(partition<any_partition>);

namespace detail {

inline std::optional<std::vector<std::uint32_t>> whole_numbers(std::string_view text) {
    std::vector<std::uint32_t> numbers;
    for (;;) {
        const std::size_t comma = text.find(',');
        const auto number = whole_number<std::uint32_t>(text.substr(0, comma));
        if (!number) return std::nullopt;
        numbers.push_back(*number);
        if (comma == std::string_view::npos) return numbers;
        text.remove_prefix(comma + 1);
    }
}

/// What make(), a set of functions that take a number of slices, weights or both, makes from the
/// numbers after the colon.
template <class Make>
result<any_partition> make_partition_by(std::string_view text, std::string_view numbers,
                                        Make&& make) {
    const auto finish = [&](auto made,
                            std::vector<std::uint32_t> weights) -> result<any_partition> {
        if (!made) return failure(made.error().code, std::string(text), made.error().what);
        return any_partition(std::move(*made), std::string(text), std::move(weights));
    };
    constexpr bool counts = requires { make(std::uint64_t{}); };
    constexpr bool weighs = requires { make(std::vector<std::uint32_t>{}); };
    if constexpr (counts) {
        if (const auto count = whole_number<std::uint64_t>(numbers)) {
            return finish(make(*count), {});
        }
    }
    if constexpr (weighs) {
        if (const auto weights = whole_numbers(numbers)) {
            return finish(make(*weights), *weights);
        }
    }
    return failure(
        error_code::malformed, std::string(text),
        "expected " +
            std::string(counts && weighs ? "a number of slices or their weights (whole numbers)"
                        : counts         ? "a number of slices"
                                         : "the slices' weights (whole numbers)") +
            " after the colon, found '" + std::string(numbers) + "'");
}

/// @param table  what follows the name in brackets, with them; a partition of numbers alone has
/// none
template <class P>
result<any_partition> make_partition_of(std::string_view text, std::string_view table,
                                        std::string_view numbers) {
    if (!table.empty()) {
        return failure(error_code::malformed, std::string(text),
                       "expected a colon after the name, found '" + std::string(table) + "'");
    }
    return make_partition_by(
        text, numbers,
        [](const auto& number) requires requires { P::make(number); } { return P::make(number); });
}

/// KEY=LOAD,KEY=LOAD,..., or nothing.
inline std::optional<std::vector<key_load>> key_loads(std::string_view text) {
    constexpr int key_digits = 16;
    std::vector<key_load> keys;
    while (!text.empty()) {
        const std::string_view item = text.substr(0, text.find(','));
        key_load key;
        if (item.size() <= key_digits + 1 || item[key_digits] != '=' ||
            !parse_hex(item.data(), key_digits, key.leading)) {
            return std::nullopt;
        }
        const char* const end = item.data() + item.size();
        const auto [stopped, problem] = std::from_chars(&item[key_digits + 1], end, key.load);
        if (problem != std::errc{} || stopped != end) return std::nullopt;
        keys.push_back(key);
        text.remove_prefix(std::min(item.size() + 1, text.size()));
    }
    return keys;
}

/// @param table  "[KEY=LOAD,...]", or nothing
inline result<any_partition> make_bounded_loads(std::string_view text, std::string_view table,
                                                std::string_view numbers) {
    if (!table.empty() && table.back() != ']') {
        return failure(error_code::malformed, std::string(text),
                       "expected bounded[KEY=LOAD,...], found 'bounded" + std::string(table) + "'");
    }
    const auto keys =
        key_loads(table.empty() ? std::string_view() : table.substr(1, table.size() - 2));
    if (!keys) {
        return failure(error_code::malformed, std::string(text),
                       "expected KEY=LOAD,..., each key of 16 hex digits, between the brackets, "
                       "found '" +
                           std::string(table) + "'");
    }
    return make_partition_by(
        text, numbers, [&](const auto& number) { return bounded_loads::make(number, *keys); });
}

}  // namespace detail

/// A partition that a text can name.
struct partition_kind {
    std::string_view name;
    /// The texts that make it: W is a weight, one per slice; KEY the leading 16 hex digits
    /// of the hash of what is kept together.
    std::string_view forms;
    /// Whether only the number of slices has to be added to its name, as for "equal".
    bool takes_count = false;
    result<any_partition> (*make)(std::string_view text, std::string_view table,
                                  std::string_view numbers) = nullptr;
};

/// All of them.
inline constexpr std::array<partition_kind, 8> partition_kinds{{
    {equal_ranges<>::name, "equal:N", true, detail::make_partition_of<equal_ranges<>>},
    {mailman3_ranges<>::name, "mailman3:N", true, detail::make_partition_of<mailman3_ranges<>>},
    {weighted_ranges<>::name, "weighted:W,W,...", false,
     detail::make_partition_of<weighted_ranges<>>},
    {modulo<>::name, "modulo:N", true, detail::make_partition_of<modulo<>>},
    {jump<>::name, "jump:N", true, detail::make_partition_of<jump<>>},
    {rendezvous<>::name, "rendezvous:N, rendezvous:W,W,...", true,
     detail::make_partition_of<rendezvous<>>},
    {hash_ring::name, "ring:N, ring:W,W,...", true, detail::make_partition_of<hash_ring>},
    {bounded_loads::name, "bounded[KEY=LOAD,...]:N, bounded[KEY=LOAD,...]:W,W,...", false,
     detail::make_bounded_loads},
}};

/// The texts that make_partition reads: "equal:N, mailman3:N, ...".
inline std::string partition_forms() {
    std::string forms;
    for (const partition_kind& p : partition_kinds) {
        forms.append(forms.empty() ? "" : ", ").append(p.forms);
    }
    return forms;
}

/// Those that take a number of slices alone: "equal, mailman3, ... or ring".
inline std::string partition_counts() {
    std::string names;
    std::string_view last;
    for (const partition_kind& p : partition_kinds) {
        if (!p.takes_count) continue;
        if (!last.empty()) names.append(names.empty() ? "" : ", ").append(last);
        last = p.name;
    }
    return names.append(" or ").append(last);
}

/// Parses a partition.
/// @param text  one of partition_forms()
/// @returns the partition; `malformed`, with the text and what was expected, for any other
inline result<any_partition> make_partition(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon != std::string_view::npos) {
        const std::string_view kind = text.substr(0, colon);
        const std::size_t bracket = std::min(kind.find('['), kind.size());
        for (const partition_kind& p : partition_kinds) {
            if (p.name != kind.substr(0, bracket)) continue;
            return p.make(text, kind.substr(bracket), text.substr(colon + 1));
        }
    }
    return failure(error_code::malformed, std::string(text),
                   "expected a partition: " + partition_forms());
}

}  // namespace qslice
