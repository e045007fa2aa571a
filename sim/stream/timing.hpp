/// @file
/// Changes all times of a stream: order within a second, speed, start and length. The makers of
/// streams use it.
#pragma once

#include "sim/record/message_stream.hpp"

#include <cstdint>

namespace qslice::sim {

/// Sorts the posts by time, keeping the order of equal times.
void sort_by_time(message_stream& stream);

/// Gives the posts of the same second distinct times.
///
/// Mail servers and traces write whole seconds. Within a second only the file order is known, so
/// the k posts of second s get the times s, s + 1/k, s + 2/k, ... in file order. A single post
/// keeps its whole second.
/// @pre the stream is sorted and its times are whole seconds
void spread_within_seconds(message_stream& stream);

/// Truncates the stream to its first `posts` posts; its lists and senders stay.
/// @param posts  0: all
void keep_first(message_stream& stream, std::uint64_t posts);

/// Reduces the stream to the interval of that length with the most posts; of several, the first.
/// @param length_s  above 0
/// @complexity linear
void keep_busiest(message_stream& stream, double length_s);

/// Speeds up arrivals by the factor `speedup`; the first post arrives at start_s.
/// @param speedup  above 0
/// @param start_s  seconds since the epoch; 0: the first post keeps its time
void retime(message_stream& stream, double speedup, double start_s);

}  // namespace qslice::sim
