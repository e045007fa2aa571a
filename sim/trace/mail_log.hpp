/// @file
/// Posts in the logs of Mailman, Postfix and Exim: who posted to which list when, and how large. A
/// trace is made of them.
#pragma once

#include "sim/record/virtual_time.hpp"
#include "sim/site/time_zone.hpp"

#include <qslice/core/result.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice::sim {

/// What a source of posts is.
enum class post_source { mailman, postfix, exim, mbox };

inline constexpr std::array<std::pair<std::string_view, post_source>, 4> post_sources{{
    {"mailman", post_source::mailman},
    {"postfix", post_source::postfix},
    {"exim", post_source::exim},
    {"mbox", post_source::mbox},
}};

/// A post as a log tells of it.
struct logged_post {
    virtual_time time{};
    std::string list;
    std::string sender;
    std::string message_id;   ///< without "<>"; empty: the log names none
    std::string in_reply_to;  ///< empty: none, or unknown
    std::uint64_t size_bytes = 0;
};

/// What a log does not tell.
struct mail_log_options {
    diagnosis::time_zone zone;            ///< of stamps without an offset
    std::optional<int> year;              ///< of the first stamp without a year
    std::optional<post_source> source{};  ///< empty: detected by the lines
};

/// The posts of a log.
struct mail_log {
    post_source source = post_source::mailman;
    std::vector<logged_post> posts;  ///< in the order in which the log completes them
    std::uint64_t lines = 0;
    std::uint64_t repeated = 0;  ///< further deliveries of the same message to the same list
};

/// Reads a log, plain or compressed by gzip.
///
/// - mailman: "post to LIST from SENDER" of 2.1's log `post` and 3's smtp.log, at the time of the
///   delivery; not what Mailman itself sends
/// - postfix: messages that a delivery agent gave to a list (by a command with "mailman post", by
///   LMTP to port 8024, or by a relay named mailman), at the time when they were queued
/// - exim: main log; messages that a router or transport whose name contains "mailman" delivered,
///   at the time of their arrival
///
/// Addresses of a list's robots (LIST-request, LIST-bounces, ...) are no lists.
/// @param path  "-": standard input
/// @returns `malformed`, with the file, for one of which no line tells of a post to a list, and
/// with
///          the line for a stamp without a year if none was given
/// @source Mailman 2.1 SMTPDirect.py, Mailman 3.3.8 mta/deliver.py; Postfix 3.7 cleanup, qmgr,
/// pipe,
///         local and lmtp; Exim 4.96 spec.txt, "Log files"
[[nodiscard]] result<mail_log> read_mail_log(const std::string& path,
                                             const mail_log_options& options);

}  // namespace qslice::sim
