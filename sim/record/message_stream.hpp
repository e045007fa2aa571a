/// @file
/// A stream of posts: when each reaches the site, for which list, from whom, how large.
/// Traces, mbox files and the synthetic generator make one; the simulation plays it.
#pragma once

#include "sim/record/virtual_time.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace qslice::sim {

/// One post of a stream.
struct arrival {
    virtual_time time{};
    std::uint32_t list = 0;         ///< index of message_stream::lists
    std::uint32_t sender = 0;       ///< index of message_stream::senders
    std::uint32_t size_bytes = 0;   ///< of the whole message, including its header
    std::uint64_t message_id = 0;   ///< the same for the copies of one post to several lists
    std::uint64_t in_reply_to = 0;  ///< another post's message_id; 0: starts a thread
    /// The message_id of its thread's first post, its own if it starts one; 0: unknown.
    std::uint64_t thread = 0;

    friend bool operator==(const arrival&, const arrival&) = default;
};

/// Posts sorted by arrival time; equal times in the order of the source.
/// @safety a plain value
struct message_stream {
    std::vector<std::string> lists;    ///< names
    std::vector<std::string> senders;  ///< addresses
    std::vector<arrival> arrivals;
    std::vector<std::string> texts;  ///< for an mbox, one message each; otherwise empty
};

}  // namespace qslice::sim
