/// @file
/// The spools of Mailman 2.1 and Mailman 3, each as one type for sites and topologies.
/// A site with other needs defines its own spool_traits.
#pragma once

#include <qslice/codec/entry_format.hpp>
#include <qslice/hash/hash_policy.hpp>
#include <qslice/partition/equal_ranges.hpp>
#include <qslice/partition/mailman3_ranges.hpp>
#include <qslice/spool/mailman_order.hpp>
#include <qslice/spool/switchboard.hpp>

namespace qslice {

/// Mailman 2.1: exact equal ranges for any number of slices; a message keeps its stamp.
using mailman21_spool = spool_traits<mailman21_format, mailman21_policy, equal_ranges<>>;

/// Mailman 3: a power of two of slices with shared ends; a new stamp in each queue.
using mailman3_spool = spool_traits<mailman3_format, mailman3_policy, mailman3_ranges<>>;

}  // namespace qslice
