/// @file
/// The classes that Mailman queues, as data: messages, header fields in several charsets, and
/// others that an entry may contain. The entry formats read message objects through it.
#pragma once

#include <qslice/codec/pickle_dialect.hpp>
#include <qslice/codec/value.hpp>
#include <qslice/core/result.hpp>
#include <qslice/core/unicode.hpp>
#include <qslice/message/message_object.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice {

namespace detail {

/// Messages and parts of either Mailman, with the names that Python 2's email package had before.
inline constexpr std::array message_classes = std::to_array<std::string_view>({
    "Mailman.Message.Message",
    "Mailman.Message.UserNotification",
    "Mailman.Message.OwnerNotification",
    "mailman.email.message.Message",
    "mailman.email.message.MultipartDigestMessage",
    "mailman.email.message.UserNotification",
    "mailman.email.message.OwnerNotification",
    "email.message.Message",
    "email.mime.application.MIMEApplication",
    "email.mime.audio.MIMEAudio",
    "email.mime.base.MIMEBase",
    "email.mime.image.MIMEImage",
    "email.mime.message.MIMEMessage",
    "email.mime.multipart.MIMEMultipart",
    "email.mime.nonmultipart.MIMENonMultipart",
    "email.mime.text.MIMEText",
    "email.Message.Message",
    "email.MIMEAudio.MIMEAudio",
    "email.MIMEBase.MIMEBase",
    "email.MIMEImage.MIMEImage",
    "email.MIMEMessage.MIMEMessage",
    "email.MIMEMultipart.MIMEMultipart",
    "email.MIMENonMultipart.MIMENonMultipart",
    "email.MIMEText.MIMEText",
    // The posts in a digest of Mailman 3, as it reads them from the list's mailbox.
    "mailbox.MMDFMessage",
    "mailbox.mboxMessage",
});

inline constexpr std::array header_classes =
    std::to_array<std::string_view>({"email.header.Header", "email.Header.Header"});

inline constexpr std::array charset_classes =
    std::to_array<std::string_view>({"email.charset.Charset", "email.Charset.Charset"});

/// Other classes that an entry may contain: their meaning is irrelevant, they are passed on.
inline constexpr std::array other_classes = std::to_array<std::string_view>({
    "email._policybase.Compat32",
    "datetime.date",
    "datetime.datetime",
    "datetime.time",
    "datetime.timedelta",
    "datetime.timezone",
    "__builtin__.frozenset",
    "builtins.frozenset",
    "uuid.UUID",
});

/// Defects that a parser noted, and the enumerations of Mailman 3.
inline constexpr std::array class_prefixes =
    std::to_array<std::string_view>({"email.errors.", "email.Errors.", "mailman.interfaces."});

inline bool is_one_of(std::span<const std::string_view> names, std::string_view name) noexcept {
    return std::find(names.begin(), names.end(), name) != names.end();
}

inline bool is_known_class(std::string_view name) noexcept {
    return is_one_of(message_classes, name) || is_one_of(header_classes, name) ||
           is_one_of(charset_classes, name) || is_one_of(other_classes, name) ||
           std::any_of(class_prefixes.begin(), class_prefixes.end(),
                       [&](std::string_view prefix) { return name.starts_with(prefix); });
}

/// The value of a string key in a dictionary, or null.
inline const value* find_item(const value_dictionary& dictionary, std::string_view key) noexcept {
    for (const auto& [name, item] : dictionary.items) {
        const std::string* text = name.text();
        if (text != nullptr && *text == key) return &item;
    }
    return nullptr;
}

/// The attributes of an object, or null if it has no state.
inline const value_dictionary* attributes_of(const value_object& object) noexcept {
    return object.state.empty() ? nullptr : object.state.front().get_if<value_dictionary>();
}

inline std::optional<std::string> text_attribute(const value_dictionary& attributes,
                                                 std::string_view name) {
    const value* item = find_item(attributes, name);
    const std::string* text = item == nullptr ? nullptr : item->text();
    return text == nullptr ? std::nullopt : std::optional(*text);
}

inline std::optional<int> integer_attribute(const value_dictionary& attributes,
                                            std::string_view name) noexcept {
    const value* item = find_item(attributes, name);
    const auto* number = item == nullptr ? nullptr : item->get_if<std::int64_t>();
    constexpr std::int64_t most = 1'000'000;
    if (number == nullptr || *number < -most || *number > most) return std::nullopt;
    return static_cast<int>(*number);
}

inline mail_charset to_charset(const value& v) {
    mail_charset charset;
    const auto* object = v.get_if<value_object>();
    const auto* attributes = object == nullptr ? nullptr : attributes_of(*object);
    if (attributes == nullptr) return charset;
    charset.input_charset = text_attribute(*attributes, "input_charset").value_or("us-ascii");
    charset.output_charset = text_attribute(*attributes, "output_charset").value_or("");
    charset.input_codec = text_attribute(*attributes, "input_codec").value_or("");
    charset.output_codec = text_attribute(*attributes, "output_codec").value_or("");
    switch (integer_attribute(*attributes, "header_encoding").value_or(0)) {
        case 1: charset.encoding = header_encoding::quoted; break;
        case 2: charset.encoding = header_encoding::base64; break;
        case 3: charset.encoding = header_encoding::shortest; break;
        default: break;
    }
    return charset;
}

}  // namespace detail

/// The first class of an object in a value that no Mailman queues; empty if there is none. Classes
/// that are only named do not count.
inline std::optional<std::string> unknown_class_in(const value& v) {
    const auto in_all = [](const std::vector<value>& items) -> std::optional<std::string> {
        for (const value& item : items) {
            if (auto found = unknown_class_in(item)) return found;
        }
        return std::nullopt;
    };
    if (const auto* list = v.get_if<value_list>()) return in_all(list->items);
    if (const auto* tuple = v.get_if<value_tuple>()) return in_all(tuple->items);
    if (const auto* set = v.get_if<value_set>()) return in_all(set->items);
    if (const auto* dictionary = v.get_if<value_dictionary>()) {
        for (const auto& [key, item] : dictionary->items) {
            if (auto found = unknown_class_in(key)) return found;
            if (auto found = unknown_class_in(item)) return found;
        }
    }
    if (const auto* object = v.get_if<value_object>()) {
        if (!detail::is_known_class(object->class_name)) return object->class_name;
        if (auto found = in_all(object->arguments)) return found;
        return in_all(object->state);
    }
    return std::nullopt;
}

/// A value that holds an email.header.Header, in the form that flatten() and words_of() take; empty
/// for any other value.
inline std::optional<encoded_header> to_encoded_header(const value& v) {
    const auto* object = v.get_if<value_object>();
    if (object == nullptr || !detail::is_one_of(detail::header_classes, object->class_name)) {
        return std::nullopt;
    }
    const auto* attributes = detail::attributes_of(*object);
    if (attributes == nullptr) return std::nullopt;
    encoded_header header;
    const value* chunks = detail::find_item(*attributes, "_chunks");
    const auto* list = chunks == nullptr ? nullptr : chunks->get_if<value_list>();
    if (list == nullptr) return std::nullopt;
    for (const value& item : list->items) {
        const auto* pair = item.get_if<value_tuple>();
        const std::string* text =
            pair == nullptr || pair->items.size() != 2 ? nullptr : pair->items[0].text();
        if (text == nullptr) return std::nullopt;
        header.chunks.push_back({*text, detail::to_charset(pair->items[1])});
    }
    header.continuation = detail::text_attribute(*attributes, "_continuation_ws").value_or(" ");
    header.first_line = detail::integer_attribute(*attributes, "_firstlinelen").value_or(76);
    header.later_lines = detail::integer_attribute(*attributes, "_maxlinelen").value_or(75);
    header.name_size = detail::integer_attribute(*attributes, "_headerlen").value_or(0);
    return header;
}

namespace detail {

inline failure bad_message(std::string what) {
    return failure(error_code::malformed, "message", std::move(what));
}

inline result<object_header> to_object_header(const value& v, pickle_dialect dialect) {
    const auto* pair = v.get_if<value_tuple>();
    const std::string* name =
        pair == nullptr || pair->items.size() != 2 ? nullptr : pair->items[0].text();
    if (name == nullptr) {
        return bad_message("expected header fields of a name and a value, found " + kind_of(v));
    }
    const value& content = pair->items[1];
    if (auto header = to_encoded_header(content)) return object_header{*name, *std::move(header)};
    const std::string* text = content.text();
    if (text == nullptr) {
        return bad_message("expected a string as the header field '" + name->substr(0, 80) +
                           "', found " + kind_of(content));
    }
    // Python 2's generator makes a unicode value a Header in UTF-8.
    if (dialect == pickle_dialect::python2 && content.get_if<foreign_string>() &&
        !is_ascii(*text)) {
        encoded_header header;
        header.chunks.push_back({*text, mail_charset::utf8()});
        header.later_lines = 77;
        header.first_line = 78 - static_cast<int>(std::min<std::size_t>(name->size(), 1000)) - 2;
        return object_header{*name, std::move(header)};
    }
    return object_header{*name, *text};
}

}  // namespace detail

/// The message that a value describes.
/// @returns `malformed`, with the class named, if it contains an object of a class that no Mailman
///          queues
/// @complexity linear
inline result<message_object> to_message_object(const value& v, pickle_dialect dialect) {
    const auto* object = v.get_if<value_object>();
    if (object == nullptr || !detail::is_one_of(detail::message_classes, object->class_name)) {
        return detail::bad_message("expected a message of a class that Mailman queues, found " +
                                   kind_of(v));
    }
    const auto* attributes = detail::attributes_of(*object);
    if (attributes == nullptr) {
        return detail::bad_message("expected attributes of " + kind_of(v) + ", found none");
    }
    message_object message;
    message.class_name = object->class_name;
    const value* headers = detail::find_item(*attributes, "_headers");
    const auto* fields = headers == nullptr ? nullptr : headers->get_if<value_list>();
    if (fields == nullptr) {
        return detail::bad_message("expected the header fields of " + kind_of(v) + " as a list");
    }
    for (const value& item : fields->items) {
        auto field = detail::to_object_header(item, dialect);
        if (!field) return failure(field.error());
        message.headers.push_back(*std::move(field));
    }
    message.unix_from = detail::text_attribute(*attributes, "_unixfrom");
    message.preamble = detail::text_attribute(*attributes, "preamble");
    message.epilogue = detail::text_attribute(*attributes, "epilogue");
    message.default_type =
        detail::text_attribute(*attributes, "_default_type").value_or("text/plain");
    const value* payload = detail::find_item(*attributes, "_payload");
    if (payload == nullptr || payload->get_if<none>()) return message;
    if (const std::string* text = payload->text()) {
        message.payload.emplace<std::string>(*text);
        return message;
    }
    const auto* items = payload->get_if<value_list>();
    if (items == nullptr) {
        return detail::bad_message("expected a string or parts as the payload, found " +
                                   kind_of(*payload));
    }
    std::vector<message_object> parts;
    for (const value& item : items->items) {
        auto part = to_message_object(item, dialect);
        if (!part) return part;
        parts.push_back(*std::move(part));
    }
    message.payload.emplace<std::vector<message_object>>(std::move(parts));
    return message;
}

}  // namespace qslice
