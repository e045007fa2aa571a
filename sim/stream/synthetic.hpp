/// @file
/// A synthetic stream of posts with the statistics of busy public mailing lists. The default stream
/// of scenarios; traces and mbox files provide real ones.
#pragma once

#include "sim/record/message_stream.hpp"
#include "sim/record/scenario.hpp"

#include <qslice/core/result.hpp>

#include <cstdint>

namespace qslice::sim {

/// The earliest time of a synthetic stream's first post: 2014-05-24 22:56:36 UTC, the day of the
/// mail that led to qslice.
inline constexpr double synthetic_start_s = 1400972196;

/// Makes `choice.posts` posts.
///
/// - Single posts and beginnings of series are a Poisson process whose rate is redrawn from a gamma
///   distribution for each interval in which `activity_posts` posts arrive on average.
/// - The posts of a series have one sender and one list, and answer its first post. Each series has
///   its own pace, like senders' tools, so some arrive within a second.
/// - Lists and senders are chosen by Zipf's law: "list1" and "sender1@qslice.example" are the
///   most frequent.
/// - As many further posts answer an earlier one of their list as `reply_share` requires; the
///   number of posts of the list between them is log-normal (median 9).
/// - Sizes are `size_least_bytes` (a header as mail servers produce it) plus a log-normal
///   remainder.
///
/// With posts_per_hour = 3.3 the defaults match the statistics of eight lists in 2022 and 2023
/// (57,377 posts): 4.8% in the same second as the previous post, index of dispersion per hour 9.3,
/// 78% answers, sizes 5,091 / 7,457 / 16,528 / 66,512 bytes at 10 / 50 / 90 / 99%. The variation of
/// the rate is relative, so a faster stream varies on a shorter time scale.
///
/// `speedup`, `start_s` and `path` are ignored here; make_stream() handles them.
/// @returns the stream, a function of choice and seed; `malformed` for an impossible value, with
///          its name in the scenario
/// @complexity O(posts log k), where k is the number of simultaneous series
[[nodiscard]] result<message_stream> make_synthetic(const stream_choice& choice,
                                                    std::uint64_t seed);

}  // namespace qslice::sim
