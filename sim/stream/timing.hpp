/// @file
/// Changes a stream's times as a whole: order within a second, speed, start and length.
/// The makers of streams use it.
#pragma once

#include "sim/record/message_stream.hpp"

#include <cstdint>

namespace qslice::sim {

/// Sorts the posts by time, keeping the order of equal times.
void sort_by_time(message_stream& stream);

/// Gives the posts of one second times of their own.
///
/// Mail servers and traces write whole seconds. What happened within one is not known but for
/// the order of the file, so the k posts of second s are put at s, s + 1/k, s + 2/k, ...: evenly,
/// and in the order of the file. A lone post keeps its whole second.
/// @pre the stream is sorted and its times are whole seconds
void spread_within_seconds(message_stream& stream);

/// Cuts the stream to its first `posts` posts; its lists and senders stay.
/// @param posts  0: all
void keep_first(message_stream& stream, std::uint64_t posts);

/// Cuts the stream to the stretch of that length with most posts, the first of several.
/// @param length_s  above 0
/// @complexity linear
void keep_busiest(message_stream& stream, double length_s);

/// Lets posts follow one another `speedup` times as fast, the first at start_s.
/// @param speedup  above 0
/// @param start_s  seconds since the epoch; 0: the first post keeps its time
void retime(message_stream& stream, double speedup, double start_s);

}  // namespace qslice::sim
