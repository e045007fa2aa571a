/// @file
/// What the values of a scenario's keys may be: ranges of numbers, names, and checks of strings,
/// with their descriptions. scenario_keys.hpp says which key has which.
#pragma once

#include "sim/record/closed_set.hpp"
#include "sim/record/key_form.hpp"
#include "sim/record/scenario.hpp"

#include <qslice/hash/any_hash_policy.hpp>
#include <qslice/partition/named_partition.hpp>

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

namespace qslice::sim {

using namespace limits;

/// " from 0 to 1", " above 0", " of at least 1", or nothing.
inline std::string range_in_words(const number_range& range) {
    const bool low = std::isfinite(range.least);
    const bool high = std::isfinite(range.most);
    if (low && high) {
        return range.above ? fmt::format(" above {} and up to {}", range.least, range.most)
                           : fmt::format(" from {} to {}", range.least, range.most);
    }
    if (low) return fmt::format("{} {}", range.above ? " above" : " of at least", range.least);
    return {};
}

/// The same for integers.
inline std::string range_in_words(std::uint64_t least, std::uint64_t most) {
    return most == most_whole ? fmt::format(" of at least {}", least)
                              : fmt::format(" from {} to {}", least, most);
}

inline constexpr named_values<untaken_entry, 2> untaken_names{
    {{"leave", untaken_entry::leave}, {"preserve", untaken_entry::preserve}}};
static_assert(is_whole<untaken_names>);
inline constexpr named_values<durability, 2> durability_names{
    {{"file", durability::file}, {"file_and_directory", durability::file_and_directory}}};
static_assert(is_whole<durability_names>);

inline constexpr named_values<crash_rules, 2> crash_rules_names{
    {{"unordered", crash_rules::unordered}, {"journaled", crash_rules::journaled}}};
static_assert(is_whole<crash_rules_names>);

inline constexpr named_values<intake_choice::kind, 2> intake_names{
    {{"program", intake_choice::kind::program}, {"server", intake_choice::kind::server}}};
static_assert(is_whole<intake_names>);

inline constexpr named_values<intake_choice::route, 3> route_names{
    {{"turns", intake_choice::route::turns},
     {"list", intake_choice::route::list},
     {"sender", intake_choice::route::sender}}};
static_assert(is_whole<route_names>);

inline constexpr named_values<stream_choice::kind, 4> stream_names{
    {{"synthetic", stream_choice::kind::synthetic},
     {"trace", stream_choice::kind::trace},
     {"mbox", stream_choice::kind::mbox},
     {"listed", stream_choice::kind::listed}}};
static_assert(is_whole<stream_names>);

inline constexpr named_values<service_time::shape, 3> shape_names{
    {{"constant", service_time::shape::constant},
     {"exponential", service_time::shape::exponential},
     {"lognormal", service_time::shape::lognormal}}};
static_assert(is_whole<shape_names>);

namespace detail {

inline std::string check_hash_policy(std::string_view text) {
    const auto made = make_hash_policy(text);
    return made ? std::string() : made.error().what;
}

/// "weighted:3,2,1", or "equal" alone, with the runners' number of slices.
inline std::string check_partition(std::string_view text) {
    const named_partition partition{std::string(text)};
    if (partition.has_own_numbers()) {
        const auto made = make_partition(text);
        return made ? std::string() : made.error().what;
    }
    for (const partition_kind& p : partition_kinds) {
        if (p.takes_count && p.name == text) return {};
    }
    return "expected a partition: " + partition_counts() + ", or with its numbers, " +
           partition_forms() + "; found '" + std::string(text) + "'";
}

inline std::string hash_policies() {
    return qslice::detail::names_of(qslice::detail::named_keys{}) + "; followed by /FUNCTION: " +
           qslice::detail::names_of(qslice::detail::named_functions{});
}

inline std::string partitions() { return partition_counts() + "; or " + partition_forms(); }

}  // namespace detail

inline constexpr text_check hash_policy_text{detail::hash_policies, detail::check_hash_policy};
inline constexpr text_check partition_text{detail::partitions, detail::check_partition};

}  // namespace qslice::sim
