/// @file
/// Hash policies, partitions, orders and stamps that are chosen by name at run time.
/// For tools that read a site's policy from a file; a deployment as a type needs none of them.
#pragma once

#include <qslice/hash/any_hash_policy.hpp>
#include <qslice/ownership/any_terms.hpp>
#include <qslice/partition/any_partition.hpp>
#include <qslice/partition/named_partition.hpp>
#include <qslice/spool/any_order.hpp>
#include <qslice/spool/any_stamps.hpp>
