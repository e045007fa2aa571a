/// @file
/// Where an entry lies in a queue's directory: beside all others, as in Mailman, or in a
/// subdirectory for the leading digits of its hash, so that a runner lists only its own part.
/// Writers and switchboards take one as a parameter.
#pragma once

#include <qslice/core/entry_name.hpp>
#include <qslice/core/hash_value.hpp>
#include <qslice/partition/partition.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace qslice {

/// The subdirectories of a queue, its *places*, and which entry belongs in which.
/// - `place_of(hash)`: the place of an entry, "" for the queue's directory itself
/// - `for_each_place(partition, slice, visit)`: calls visit(std::string_view) for each place
///   except "" that may contain entries of the slice
/// - `has_places`: whether there is any place but ""
/// - `is_place(name)`: whether a subdirectory of that name is a place, needed if places are not
///   named by one to three hex digits: watching and conversion recognize a new place by it
///
/// check_spool() tries whether the places that place_of() names are recognized.
///
/// In every layout runners also look at the queue's directory itself, so that they find what
/// Mailman or another foreign writer puts there. The base name of an entry in a place starts with
/// the place: "a7/1400972196.5+a7...". All renames of a runner stay within one place.
template <class L>
concept queue_layout = requires(const hash_value& hash, std::string_view name) {
    { L::name } -> std::convertible_to<std::string_view>;
    { L::place_of(hash) } -> std::same_as<std::string>;
    { L::has_places } -> std::convertible_to<bool>;
};

/// All entries side by side: Mailman's layout.
struct flat_layout {
    static constexpr std::string_view name = "flat";
    static constexpr bool has_places = false;

    static std::string place_of(const hash_value&) { return {}; }
    template <class Partition, class Visit>
    static void for_each_place(const Partition&, slice_index, Visit&&) {}
};

/// A subdirectory for each value of the hash's leading hex digits: "0" to "f", or "00" to "ff".
///
/// It does not depend on the number of slices, so that changing their number moves no file. A
/// runner of one of n equal slices lists 1/n of the places, and up to two more that it shares; with
/// a partition that does not consist of ranges it lists them all.
/// @tparam Digits  1 to 3: 16, 256 or 4096 places
template <int Digits = 2>
struct prefix_layout {
    static_assert(Digits >= 1 && Digits <= 3, "a place is named by one to three hex digits");
    static constexpr std::string_view name = Digits == 1   ? "prefix1"
                                             : Digits == 2 ? "prefix2"
                                                           : "prefix3";
    static constexpr bool has_places = true;

    static std::string place_of(const hash_value& hash) { return place(number_of(hash)); }

    template <class Partition, class Visit>
    static void for_each_place(const Partition& ranges, slice_index slice, Visit&& visit) {
        const auto range = range_of(ranges, slice);
        for (std::uint64_t n = number_of(range.lower); n <= number_of(range.upper); ++n) {
            visit(std::string_view(place(n)));
        }
    }

private:
    static std::uint64_t number_of(const hash_value& hash) {
        return hash.high() >> (64 - 4 * Digits);
    }

    static std::string place(std::uint64_t number) {
        std::string text(Digits, '0');
        detail::format_hex(number, Digits, text.data());
        return text;
    }

    template <class Partition>
    static hash_range range_of(const Partition& ranges, slice_index slice) {
        constexpr hash_range everything{hash_value::min(), hash_value::max()};
        if constexpr (range_partition<Partition>) {
            return ranges.range_of(slice);
        } else if constexpr (requires { *ranges.range_of(slice); }) {
            return ranges.range_of(slice).value_or(everything);
        } else {
            return everything;
        }
    }
};

static_assert(queue_layout<flat_layout> && queue_layout<prefix_layout<>>);

namespace detail {

/// A base name split into its place, "" if it has none, and the rest.
struct placed_name {
    std::string_view place;
    std::string_view base;
};

inline placed_name split_place(std::string_view placed) {
    const std::size_t slash = placed.find('/');
    if (slash == std::string_view::npos) return {{}, placed};
    return {placed.substr(0, slash), placed.substr(slash + 1)};
}

/// Whether a directory with this name can be a place of some prefix_layout.
inline bool is_place(std::string_view name) {
    return !name.empty() && name.size() <= 3 && std::all_of(name.begin(), name.end(), [](char c) {
        return hex_digits.find(c) != std::string_view::npos;
    });
}

/// Whether a directory with this name is a place of a layout.
template <queue_layout Layout>
bool is_place_of(std::string_view name) {
    if constexpr (requires { Layout::is_place(name); }) {
        return Layout::is_place(name);
    } else {
        return Layout::has_places && is_place(name);
    }
}

/// DIRECTORY, or DIRECTORY/PLACE.
inline std::string place_path(std::string_view directory, std::string_view place) {
    std::string path(directory);
    if (!place.empty()) path.append("/").append(place);
    return path;
}

/// BASE, or PLACE/BASE.
inline std::string placed_base(std::string_view place, std::string_view base) {
    std::string placed(place);
    if (!place.empty()) placed += '/';
    placed += base;
    return placed;
}

}  // namespace detail

}  // namespace qslice
