/// @file
/// The text of a message as Mailman passes it to the mail server, which may differ from the text in
/// the queue. Services that deliver beside Mailman's own runners send it.
#pragma once

#include <qslice/codec/mail_objects.hpp>
#include <qslice/codec/message_text.hpp>
#include <qslice/codec/pickle_reader.hpp>
#include <qslice/core/result.hpp>
#include <qslice/message/flatten.hpp>

#include <string>

namespace qslice {

/// What Mailman would send for a message that it queued as an object: Mailman 3 folds long header
/// fields, writes ">From " at the start of a line of the body, and leaves out Bcc. The line ends
/// are single newlines. A message in the text form is sent as it is.
/// @tparam Format  the entry format of the queue
/// @returns the text; `malformed` for a message that Mailman's generator cannot write
/// @source CPython Lib/smtplib.py, send_message; Mailman 2.1 Handlers/SMTPDirect.py
template <class Format>
result<std::string> delivered_text(const message_text& message) {
    if constexpr (Format::dialect == pickle_dialect::python3) {
        if (message.form() == message_form::object) {
            const auto pickle = read_pickle(message.stored(), Format::dialect);
            if (!pickle) return failure(pickle.error());
            const auto object = to_message_object(pickle->data, Format::dialect);
            if (!object) return failure(object.error());
            return flatten(*object, flatten_options::mailman3_sent());
        }
    }
    return message.str();
}

}  // namespace qslice
