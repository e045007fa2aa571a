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

/// `find_list(name)`: the list, or null; the pointer stays valid while the runner lives.
template <class S>
concept finds_lists = requires(S& s, std::string_view name) {
    { s.find_list(name) } -> std::same_as<const mailing_list*>;
};

/// `deliver(list, message, recipients)`: hands a message to the mail server; an error means that no
/// recipient was reached (no connection) and that the whole delivery is to be retried.
template <class S>
concept delivers_mail = finds_lists<S> &&
    requires(S& s, const mailing_list& list, const queued_message& message,
             const std::vector<std::string>& addresses) {
    { s.deliver(list, message, addresses) } -> std::same_as<result<delivery_report>>;
};

/// `archive(list, message)`: adds the message to the list's archive.
template <class S>
concept archives_mail = finds_lists<S> &&
    requires(S& s, const mailing_list& list, const queued_message& message) {
    { s.archive(list, message) } -> std::same_as<result<void>>;
};

/// `note_bounce(list, message, addresses)`: these addresses do not take mail.
template <class S>
concept notes_bounces = finds_lists<S> &&
    requires(S& s, const mailing_list& list, const queued_message& message,
             const std::vector<std::string>& addresses) {
    { s.note_bounce(list, message, addresses) } -> std::same_as<result<void>>;
};

/// What all of the library's runners of mail need. Each of them requires only its own part.
template <class S>
concept site_services = finds_lists<S> && delivers_mail<S> && archives_mail<S> && notes_bounces<S>;

}  // namespace qslice
