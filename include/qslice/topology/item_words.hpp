/// @file
/// What a site calls the items in its queues: "job" and "tenant", say. A topology may have them;
/// its simulator's texts use them.
#pragma once

#include <string_view>

namespace qslice {

/// Words for items and for what they are grouped by: by default those of a site that is not about
/// mail. A simulator's stream gives each item a group (see arriving_item).
///
/// @code
/// struct my_farm : topology<...> {
///     static constexpr item_words words{"job", "jobs", "tenant", "tenants"};
/// };
/// @endcode
struct item_words {
    std::string_view item = "item";
    std::string_view items = "items";
    std::string_view group = "key";
    std::string_view groups = "keys";
};

}  // namespace qslice
