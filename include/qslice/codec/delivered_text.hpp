/// @file
/// The text of a message as Mailman passes it to the mail server, which may differ from the text in
/// the queue. Services that deliver beside Mailman's own runners send it.
#pragma once

#include <qslice/codec/mail_objects.hpp>
#include <qslice/codec/message_text.hpp>
#include <qslice/codec/pickle_reader.hpp>
#include <qslice/core/result.hpp>
#include <qslice/core/unicode.hpp>
#include <qslice/message/flatten.hpp>
#include <qslice/message/headers.hpp>
#include <qslice/message/message_object.hpp>

#include <algorithm>
#include <string>
#include <string_view>

namespace qslice {

namespace detail {

/// The header fields of a text, as Python's parser takes them, and nothing below them.
/// @source CPython Lib/email/_policybase.py, Compat32.header_source_parse
inline message_object head_of(std::string_view text, pickle_dialect dialect) {
    message_object head;
    head.payload = std::string();
    for_each_header(text, [&](const header_field& field) {
        std::string_view value = text.substr(field.begin + field.name.size() + 1,
                                             field.end - field.begin - field.name.size() - 1);
        value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
        while (value.ends_with('\n') || value.ends_with('\r')) value.remove_suffix(1);
        head.headers.push_back({std::string(field.name), dialect == pickle_dialect::python3
                                                             ? escape_bytes(value)
                                                             : std::string(value)});
    });
    return head;
}

constexpr flatten_options sent_by(pickle_dialect dialect) {
    return dialect == pickle_dialect::python3 ? flatten_options::mailman3_sent()
                                              : flatten_options::mailman21();
}

/// A text as it is sent once Mailman has parsed it.
inline result<std::string> sent_text(std::string_view text, pickle_dialect dialect) {
    auto sent = flatten(head_of(text, dialect), sent_by(dialect));
    if (!sent) return sent;
    std::string body(text.substr(body_offset(text)));
    if (dialect == pickle_dialect::python3) body = with_single_ends(with_marked_from(body));
    return *sent += body;
}

}  // namespace detail

/// What Mailman hands to the mail server for the message of an entry. Mailman 3 folds long header
/// fields at 78 characters, writes ">From " at the start of a line of the body, and leaves out Bcc;
/// Mailman 2.1 folds. The line ends are single newlines.
///
/// Of a message in the text form, which Mailman would parse first, the header fields of attached
/// parts stay as they are, and so do malformed multiparts.
/// @param entry  begins with the message's pickle
/// @returns the text; `malformed` for what is no message, or one that Mailman's generator cannot
///          write
/// @source CPython Lib/smtplib.py, send_message; Mailman 2.1 Handlers/SMTPDirect.py
inline result<std::string> delivered_text(std::string_view entry, pickle_dialect dialect) {
    const auto pickle = read_pickle(entry, dialect);
    if (!pickle) return failure(pickle.error());
    if (const std::string* text = pickle->data.text()) {
        const std::string mail =
            dialect == pickle_dialect::python3 ? detail::unescape_bytes(*text) : *text;
        return detail::sent_text(std::string_view(mail).substr(detail::head_offset(mail)), dialect);
    }
    const auto object = to_message_object(pickle->data, dialect);
    if (!object) return failure(object.error());
    return flatten(*object, detail::sent_by(dialect));
}

/// The same for a message that was read from a queue, and perhaps changed.
/// @tparam Format  the entry format of the queue
template <class Format>
result<std::string> delivered_text(const message_text& message) {
    if (message.form() == message_form::text) {
        return detail::sent_text(message, Format::dialect);
    }
    // Mailman 2.1 sends what its generator writes.
    if constexpr (Format::dialect == pickle_dialect::python2) return message.str();
    return delivered_text(message.stored(), Format::dialect);
}

}  // namespace qslice
