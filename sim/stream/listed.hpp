/// @file
/// A stream whose posts the scenario lists one by one: for small streams that have to be exact.
/// The search for broken guarantees writes its counterexamples so.
#pragma once

#include "sim/record/message_stream.hpp"
#include "sim/record/scenario.hpp"

#include <qslice/core/result.hpp>

#include <vector>

namespace qslice::sim {

/// The posts as they are listed; lists and senders in the order in which they first appear.
///
/// The stream starts at the moment that synthetic streams start at; post k has message_id k.
/// @returns `malformed` when times go back or a post answers a later one
[[nodiscard]] result<message_stream> make_listed(const std::vector<post_choice>& posts);

/// The other way: a stream's posts as a list, which make_listed() turns into the same posts but
/// for their message_ids. Answers to posts outside the stream start threads.
[[nodiscard]] std::vector<post_choice> list_posts(const message_stream& stream);

}  // namespace qslice::sim
