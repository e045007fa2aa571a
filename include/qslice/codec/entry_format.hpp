/// @file
/// How a message and its metadata become the bytes and the time stamp of an entry: the
/// concept, and the formats of Mailman 2.1 and Mailman 3.
/// The switchboard writes and reads entries through it.
#pragma once

#include <qslice/codec/detail/message_check.hpp>
#include <qslice/codec/detail/pickle_machine.hpp>
#include <qslice/codec/detail/pickle_nodes.hpp>
#include <qslice/codec/detail/text_pickle.hpp>
#include <qslice/codec/item_format.hpp>
#include <qslice/codec/mail_objects.hpp>
#include <qslice/codec/mailman_keys.hpp>
#include <qslice/codec/message_text.hpp>
#include <qslice/codec/metadata.hpp>
#include <qslice/codec/pickle_dialect.hpp>
#include <qslice/codec/pickle_reader.hpp>
#include <qslice/codec/pickle_writer.hpp>
#include <qslice/core/detail/type_list.hpp>
#include <qslice/core/result.hpp>
#include <qslice/core/shared_bytes.hpp>
#include <qslice/core/timestamp.hpp>
#include <qslice/core/unicode.hpp>
#include <qslice/message/flatten.hpp>
#include <qslice/message/headers.hpp>

#include <concepts>
#include <cstddef>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace qslice {

/// A message as a queue holds it: its text, headers first, and what is known about it.
struct queued_message {
    message_text text;
    metadata data;

    friend bool operator==(const queued_message&, const queued_message&) = default;
};

/// What an entry shows about its message without reading the message.
struct entry_metadata {
    std::size_t message_size = 0;  ///< the entry's leading bytes, which represent the message
    metadata data;
};

/// A format of mail: an item_format whose items are queued messages, which knows where their list,
/// recipients and times are (metadata_keys). Runners and handlers of mail require it.
/// - `prepare(data, now, form)`: completes the metadata for storage beside a message of that form
/// - `sender_of(text)`, `thread_of(text)`: for hash policies that use them; optional
template <class F>
concept entry_format = item_format<F> && metadata_keys<F> &&
    requires(std::string_view bytes, metadata& data, timestamp now, message_form form) {
    { F::read(bytes) } -> std::same_as<result<queued_message>>;
    { F::read_metadata(bytes) } -> std::same_as<result<entry_metadata>>;
    { F::prepare(data, now, form) } -> std::same_as<timestamp>;
};

namespace detail {

/// The common part of both Mailmans: two consecutive pickles. They are written in protocol 0 and
/// read in all protocols.
template <pickle_dialect Dialect>
struct pickled_format {
    /// The version of the metadata's schema that Mailman 2.1.3 and later and Mailman 3 write.
    static constexpr int schema_version = 3;

    static constexpr pickle_dialect dialect = Dialect;

    /// @param room  for so many bytes that are to follow
    static std::string message_bytes(std::string_view text, std::size_t room = 0) {
        return pickle_writer::write_text(text, Dialect, room);
    }

    template <stored_message M>
    static std::string message_bytes(const M& message, std::size_t room = 0) {
        if (!message.stored().empty()) {
            std::string bytes;
            bytes.reserve(message.stored().size() + room);
            bytes = message.stored();
            return bytes;
        }
        // Mailman's parsers remove a line "From ..." from before the header fields. What Mailman
        // 3's LMTP runner keeps there is a bare address, which they would take for the body's first
        // line; that address is also in X-MailFrom.
        if (!message.unix_from() || !message.unix_from()->starts_with("From ")) {
            return message_bytes(std::string_view(message), room);
        }
        return message_bytes(std::string_view(*message.unix_from() + '\n' + message.str()), room);
    }

    static std::string metadata_bytes(const metadata& data) {
        pickle_writer writer(Dialect);
        writer.begin_dictionary();
        for (const auto& [key, item] : data.items()) {
            writer.put_key(key);
            writer.put(item);
            writer.end_item();
        }
        return std::move(writer).finish();
    }

    static std::string_view sender_of(std::string_view text) { return sender_address(text); }
    static std::string_view thread_of(std::string_view text) { return thread_root(text); }

    static result<queued_message> read(std::string_view bytes) {
        return read_from(bytes, [&](std::size_t size) {
            return shared_bytes(std::string(bytes.substr(0, size)));
        });
    }

    /// The same for bytes that are no longer needed: they become those of the message.
    template <std::same_as<std::string> Bytes>
    static result<queued_message> read(Bytes&& bytes) {
        return read_from(std::string_view(bytes), [&](std::size_t size) {
            bytes.resize(size);
            return shared_bytes(std::move(bytes));
        });
    }

    /// The same for bytes that the message will have a share in.
    template <std::same_as<shared_bytes> Bytes>
    static result<queued_message> read(Bytes&& bytes) {
        return read_from(std::string_view(bytes),
                         [&](std::size_t size) { return std::move(bytes).first(size); });
    }

    static result<entry_metadata> read_metadata(std::string_view bytes) {
        const auto size = pickle_size(bytes);
        if (!size) return failure(size.error());
        auto data = read_dictionary(bytes.substr(*size));
        if (!data) return failure(data.error());
        return entry_metadata{*size, *std::move(data)};
    }

protected:
    static void complete(metadata& data, message_form form) {
        data.set("version", schema_version);
        data.erase_volatile();
        data.set("_parsemsg", form == message_form::text);
    }

private:
    static constexpr flatten_options generator = Dialect == pickle_dialect::python2
                                                     ? flatten_options::mailman21()
                                                     : flatten_options::mailman3();

    using content = message_text::content;

    struct read_message {
        std::size_t size = 0;  ///< the leading bytes that represent it
        message_form form = message_form::text;
        std::optional<content> text;                    ///< nothing: to be read from these bytes
        message_text::content_reader reader = nullptr;  ///< for that
    };

    /// @param keep  keep(size): the leading bytes, which represent the message; called last
    template <class Keep>
    static result<queued_message> read_from(std::string_view bytes, Keep&& keep) {
        auto message = read_first(bytes);
        if (!message) return failure(message.error());
        auto data = read_dictionary(bytes.substr(message->size));
        if (!data) return failure(data.error());
        if (!message->text) {
            return queued_message{message_text(keep(message->size), message->form, message->reader),
                                  *std::move(data)};
        }
        return queued_message{
            message_text(std::move(message->text->text), std::move(message->text->unix_from),
                         keep(message->size), message->form),
            *std::move(data)};
    }

    static result<read_message> read_first(std::string_view bytes) {
        if constexpr (Dialect == pickle_dialect::python2) {
            if (const std::size_t size = text_pickle_size(bytes)) {
                return read_message{size, message_form::text, std::nullopt, read_text};
            }
        }
        detail::pickle_machine machine(bytes, Dialect);
        const auto top = machine.run_graph();
        if (!top) return failure(top.error());
        const std::size_t size = machine.position();
        if (machine.nodes().kind_of(*top) == node_kind::text) {
            return read_message{size, message_form::text,
                                from_text(machine.nodes().take_string(*top))};
        }
        if (machine.nodes().kind_of(*top) == node_kind::text_view) {
            return read_message{size, message_form::text,
                                from_text(std::string(machine.nodes().bytes_of(*top)))};
        }
        message_check check(machine.nodes(), machine.budget(), size, Dialect, generator);
        if (check.is_sound(*top)) {
            return read_message{size, message_form::object, std::nullopt, read_object};
        }
        // To say what is wrong, or because the look was not sure.
        auto text = try_read_object(bytes);
        if (!text) return failure(text.error());
        return read_message{size, message_form::object, *std::move(text)};
    }

    static result<content> try_read_object(std::string_view bytes) {
        const auto message = read_pickle(bytes, Dialect);
        if (!message) return failure(message.error());
        if (auto problem = refused(message->data, "message")) return *std::move(problem);
        const auto object = to_message_object(message->data, Dialect);
        if (!object) return failure(object.error());
        auto text = flatten(*object, generator);
        if (!text) return failure(text.error());
        return content{*std::move(text), object->unix_from};
    }

    /// Of bytes that message_check has found sound. If it were wrong, the entry would have to
    /// stay in hand: an empty message must not be sent in its place.
    static content read_object(std::string_view bytes) {
        auto text = try_read_object(bytes);
        if (!text) std::abort();
        return *std::move(text);
    }

    /// Of bytes that text_pickle_size() has passed over.
    static content read_text(std::string_view bytes) { return from_text(text_of_pickle(bytes)); }

    static content from_text(std::string text) {
        if (Dialect == pickle_dialect::python3 && !is_ascii(text)) text = unescape_bytes(text);
        content read{std::move(text)};
        if (const std::size_t head = head_offset(read.text); head != 0) {
            const bool ends_line = read.text[head - 1] == '\n';
            read.unix_from = read.text.substr(0, head - (ends_line ? 1 : 0));
            read.text.erase(0, head);
        }
        return read;
    }

    static result<metadata> read_dictionary(std::string_view bytes) {
        auto read = read_pickle(bytes, Dialect);
        if (!read) return failure(read.error());
        auto* dictionary = read->data.template get_if<value_dictionary>();
        if (dictionary == nullptr) {
            return failure(error_code::malformed, "metadata",
                           "expected a dictionary, found " + kind_of(read->data));
        }
        metadata data;
        data.reserve(dictionary->items.size());
        for (auto& [key, item] : dictionary->items) {
            auto* name = key.template get_if<std::string>();
            if (name == nullptr) {
                return failure(error_code::malformed, "metadata",
                               "expected keys that are strings, found " + kind_of(key));
            }
            if (auto problem = refused(item, "metadata '" + *name + "'")) {
                return *std::move(problem);
            }
            data.append(std::move(*name), std::move(item));
        }
        return data;
    }

    static std::optional<failure> refused(const value& v, std::string where) {
        const auto unknown = unknown_class_in(v);
        if (!unknown) return std::nullopt;
        return failure(error_code::malformed, std::move(where),
                       "expected classes that Mailman queues, found an object of " + *unknown);
    }
};

}  // namespace detail

/// Mailman 2.1: an entry keeps the time at which its message first entered the system.
///
/// Mailman 2.1 writes the metadata in the order of a Python 2 dict, this writes them in the order
/// in which the keys were set; readers of pickles accept any order.
/// @source Mailman 2.1 Switchboard.enqueue and dequeue
struct mailman21_format : detail::pickled_format<pickle_dialect::python2>, mailman21_keys {
    static constexpr std::string_view name = "mailman21";
    static constexpr bool keeps_first_stamp = true;

    static timestamp prepare(metadata& data, timestamp now,
                             message_form form = message_form::text) {
        const timestamp received = time(data, "received_time").value_or(now);
        set_time(data, "received_time", received);
        complete(data, form);
        return received;
    }
};

/// Mailman 3: an entry is stamped with the time of each enqueue.
/// @source Mailman 3.3.8 core/switchboard.py
struct mailman3_format : detail::pickled_format<pickle_dialect::python3>, mailman3_keys {
    static constexpr std::string_view name = "mailman3";

    static timestamp prepare(metadata& data, timestamp now,
                             message_form form = message_form::text) {
        complete(data, form);
        return now;
    }
};

static_assert(entry_format<mailman21_format> && entry_format<mailman3_format>);

namespace detail {

/// The formats that a scenario can name.
using named_formats = type_list<mailman21_format, mailman3_format>;

}  // namespace detail

}  // namespace qslice
