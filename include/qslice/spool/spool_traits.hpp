/// @file
/// The compile-time choices of a spool, and the small types that switchboards and runners share.
/// Switchboards, sites and topologies take them as parameters.
#pragma once

#include <qslice/codec/item_format.hpp>
#include <qslice/core/hash_value.hpp>
#include <qslice/core/result.hpp>
#include <qslice/hash/hash_policy.hpp>
#include <qslice/partition/partition.hpp>
#include <qslice/spool/entry_order.hpp>
#include <qslice/spool/entry_stamp.hpp>
#include <qslice/spool/layout.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace qslice {

struct mailman_order;  // spool/mailman_order.hpp

/// What happens to an entry that a runner has in hand.
enum class finish_as {
    done,       ///< its file is removed
    preserved,  ///< its file is kept as .psv for a person to inspect
};

/// After so many recoveries an entry is preserved, since it may be what kills its runner; one that
/// was restored, after as many more.
inline constexpr std::int64_t recoveries_until_preserved = 3;

/// The age from which recovery removes a file that its writer never renamed. No writing takes so
/// long, however much storage hangs, and a person has the time to look at it before.
inline constexpr double partial_safe_age_s = 86400;

/// The metadata key of the queue that an entry was preserved from. As all keys that begin so, it is
/// not stored with a new entry, so that it never tells of an earlier queue.
inline constexpr std::string_view preserved_from_key = "_preserved_from";

/// The compile-time choices of a spool: the format of entries, what their names hash, who owns
/// which part of the hash space, the order in which they are taken, the subdirectory in which they
/// lie and the time of a new entry. The default order, Mailman's, is in spool/mailman_order.hpp,
/// which sites and topologies include.
template <class Format, class HashPolicy, class Partition, class Order = mailman_order,
          class Layout = flat_layout, class Stamps = clock_stamps>
struct spool_traits {
    static_assert(item_format<Format>,
                  "not a format of queue entries: see the members that item_format requires");
    static_assert(
        hash_policy<HashPolicy>,
        "not a hash policy: see the members that hash_policy requires; a hash key becomes "
        "one by basic_hash_policy<KEY>");
    static_assert(partition<Partition>, "not a partition: see the members that partition requires");
    static_assert(entry_order<Order>, "not an order of entries: see entry_order");
    static_assert(queue_layout<Layout>, "not a layout: see the members that queue_layout requires");
    static_assert(stamp_policy<Stamps>, "not a stamp policy: see stamp_policy");

    using format = Format;
    using hash_policy_type = HashPolicy;
    using partition_type = Partition;
    using order = Order;
    using layout = Layout;
    using stamps = Stamps;
};

namespace detail {

/// Whether a spool's items are mail, whose runners need lists, locks and Mailman's directories.
template <class Traits>
inline constexpr bool carries_mail = requires(const data_of<typename Traits::format>& data) {
    Traits::format::list_name(data);
};

}  // namespace detail

/// Whether the parts of a spool keep the promises that their types cannot show. Runners and queues
/// try it when they start.
/// @returns `rejected`, saying which part breaks what
template <class Traits>
result<void> check_spool() {
    using layout = typename Traits::layout;
    if (auto kept = check_format<typename Traits::format>(); !kept) return kept;
    const std::string place = layout::place_of(hash_value::max());
    if (place.empty() == layout::has_places) {
        return failure(error_code::rejected, "layout " + std::string(layout::name),
                       "has_places and place_of() disagree on whether entries lie in places");
    }
    if (layout::has_places && !detail::is_place_of<layout>(place)) {
        return failure(error_code::rejected, "layout " + std::string(layout::name),
                       "is_place() does not recognize the place " + place +
                           ": a new place would not be watched");
    }
    return {};
}

/// The part of a queue that one runner serves.
template <partition Partition>
struct owned_slice {
    Partition ranges;
    slice_index slice = 0;
};

/// The outcome of recover().
struct recovery {
    std::size_t requeued = 0;     ///< .bak entries renamed back to .pck
    std::size_t preserved = 0;    ///< .bak entries kept as .psv: unreadable, or at the third time
    std::size_t cleared = 0;      ///< files removed that writers left unfinished long ago
    std::vector<error> problems;  ///< one per preserved, malformed or stuck file
};

}  // namespace qslice
