/// @file
/// What identifies the items of a topology that is not about mail, in the records that its
/// processes keep; recording_world writes these, and the command `check` of the site's simulator
/// reads them.
#pragma once

#include <qslice/world/posix_world.hpp>
#include <qslice/world/recording_world.hpp>

#include <concepts>
#include <string>
#include <string_view>

namespace qslice {

/// An item as records name it. A topology has the member
///
/// @code
/// static recorded_item recorded(const attributes& data) {
///     return {std::string(data.text("number").value_or("")),
///             std::string(data.text("tenant").value_or("")), ""};
/// }
/// @endcode
///
/// The metadata is that of its format. The id has to stay the same on the item's whole way, and no
/// other item of the same group may have it.
struct recorded_item {
    std::string id;
    std::string list;  ///< its group: a tenant, an account
    std::string sender;
};

/// Recognizes the items of a topology by their metadata; see recording_world.
template <class Topology>
struct item_marks {
    using format = typename Topology::spool::format;

    /// @returns empty strings for bytes that the format cannot read
    static recorded_item of(std::string_view bytes) {
        const auto stored = format::read_metadata(bytes);
        if (!stored) return {};
        static_assert(
            requires {
                { Topology::recorded(stored->data) } -> std::convertible_to<recorded_item>;
            },
            "the topology does not say what identifies its items in records: give it a member "
            "'static recorded_item recorded(const METADATA&)'");
        return Topology::recorded(stored->data);
    }
};

/// The recording world of a topology's processes.
template <class Topology, class Base = posix_world>
using recording_world_of = recording_world<Base, item_marks<Topology>>;

}  // namespace qslice
