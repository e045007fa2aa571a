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
#include <qslice/message/parse.hpp>

#include <string>
#include <string_view>

namespace qslice {

namespace detail {

constexpr flatten_options sent_by(pickle_dialect dialect) {
    return dialect == pickle_dialect::python3 ? flatten_options::mailman3_sent()
                                              : flatten_options::mailman21();
}

/// A text as it is sent once Mailman has parsed it.
inline result<std::string> sent_text(std::string_view text, pickle_dialect dialect) {
    const auto message = parse_message(text, dialect == pickle_dialect::python3);
    if (!message) return failure(message.error());
    return flatten(*message, sent_by(dialect));
}

}  // namespace detail

/// What Mailman hands to the mail server for the message of an entry. Mailman 3 folds long header
/// fields at 78 characters, writes ">From " at the start of a line of the body, and leaves out Bcc;
/// Mailman 2.1 folds. The line ends are single newlines.
///
/// A message in the text form is parsed first, as Mailman does: so a multipart that is not closed
/// gets its end.
/// @param entry  begins with the message's pickle
/// @returns the text; `malformed` for what is no message, or one that Mailman's generator cannot
///          write
/// @source CPython Lib/smtplib.py, send_message; Mailman 2.1 Handlers/SMTPDirect.py
inline result<std::string> delivered_text(std::string_view entry, pickle_dialect dialect) {
    const auto pickle = read_pickle(entry, dialect);
    if (!pickle) return failure(pickle.error());
    if (const std::string* text = pickle->data.text()) {
        return detail::sent_text(
            dialect == pickle_dialect::python3 ? detail::unescape_bytes(*text) : *text, dialect);
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
        // The parser takes a line "From ..." before the header, and only one.
        const auto& line = message.unix_from();
        const bool is_line = line && line->starts_with("From ");
        return detail::sent_text(is_line ? *line + '\n' + message.str() : message.str(),
                                 Format::dialect);
    }
    // Mailman 2.1 sends what its generator writes.
    if constexpr (Format::dialect == pickle_dialect::python2) return message.str();
    return delivered_text(message.stored(), Format::dialect);
}

}  // namespace qslice
