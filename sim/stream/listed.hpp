/// @file
/// A stream whose posts are listed one by one in the scenario: for small, exact streams. The search
/// for broken guarantees writes its counterexamples in this form.
#pragma once

#include "sim/record/message_stream.hpp"
#include "sim/record/scenario.hpp"

#include <qslice/core/result.hpp>

#include <vector>

namespace qslice::sim {

/// The listed posts; lists and senders in order of first appearance.
///
/// The stream starts at the same time as synthetic streams; post k has message_id k.
/// @returns `malformed` if times decrease or a post answers a later one
[[nodiscard]] result<message_stream> make_listed(const std::vector<post_choice>& posts);

/// The inverse: a stream's posts as a list, from which make_listed() makes the same posts except
/// for their message_ids. Answers to posts outside the stream start threads.
[[nodiscard]] std::vector<post_choice> list_posts(const message_stream& stream);

}  // namespace qslice::sim
