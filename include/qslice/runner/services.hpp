/// @file
/// What a site provides to its runners in addition to the spool: lists, mail server, archive.
/// A concept; a deployment implements it, and so does the simulator.
#pragma once

#include <qslice/codec/entry_format.hpp>
#include <qslice/core/result.hpp>
#include <qslice/runner/mailing_list.hpp>

#include <concepts>
#include <string>
#include <string_view>
#include <vector>

namespace qslice {

/// The recipients that a delivery did not reach. All others have the message.
struct delivery_report {
    std::vector<std::string> failed_for_now;   ///< temporary failures, to be retried
    std::vector<std::string> failed_for_good;  ///< permanent failures, to be noted as bounces
};

/// The environment of a site.
/// - `find_list(name)`: the list, or null; the pointer stays valid while the runner lives
/// - `deliver(list, message, recipients)`: hands a message to the mail server; an error means that
/// no
///   recipient was reached (no connection) and that the whole delivery is to be retried
/// - `archive(list, message)`: adds the message to the list's archive
/// - `note_bounce(list, message, addresses)`: these addresses do not take mail
template <class S>
concept site_services = requires(S& s, std::string_view name, const mailing_list& list,
                                 const queued_message& message,
                                 const std::vector<std::string>& addresses) {
    { s.find_list(name) } -> std::same_as<const mailing_list*>;
    { s.deliver(list, message, addresses) } -> std::same_as<result<delivery_report>>;
    { s.archive(list, message) } -> std::same_as<result<void>>;
    { s.note_bounce(list, message, addresses) } -> std::same_as<result<void>>;
};

}  // namespace qslice
