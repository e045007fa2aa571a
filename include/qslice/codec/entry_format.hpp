/// @file
/// How a message and its metadata become the bytes and the time stamp of an entry: the
/// concept, and the formats of Mailman 2.1 and Mailman 3 for messages kept as text.
/// The switchboard writes and reads entries through it.
#pragma once

#include <qslice/codec/mailman_keys.hpp>
#include <qslice/codec/metadata.hpp>
#include <qslice/codec/pickle_dialect.hpp>
#include <qslice/codec/pickle_reader.hpp>
#include <qslice/codec/pickle_writer.hpp>
#include <qslice/core/result.hpp>
#include <qslice/core/timestamp.hpp>

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace qslice {

/// A message as a queue holds it: its text, headers first, and what is known about it.
struct queued_message {
    std::string text;
    metadata data;

    friend bool operator==(const queued_message&, const queued_message&) = default;
};

/// The bytes and the stamp of entries.
/// - `message_bytes(text)`: the serialized message; the hash policy reads the same bytes
/// - `metadata_bytes(data)`: what follows it in the file
/// - `read(bytes)`: both back, or `malformed`
/// - `prepare(data, now)`: completes the metadata for storage and returns the entry's stamp
/// - the names and forms of its metadata_keys
template <class F>
concept entry_format = metadata_keys<F> && requires(std::string_view bytes, metadata& data, const metadata& stored,
                                timestamp now) {
    { F::name } -> std::convertible_to<std::string_view>;
    { F::message_bytes(bytes) } -> std::same_as<std::string>;
    { F::metadata_bytes(stored) } -> std::same_as<std::string>;
    { F::read(bytes) } -> std::same_as<result<queued_message>>;
    { F::prepare(data, now) } -> std::same_as<timestamp>;
};

namespace detail {

/// What both Mailmans share: two pickles of protocol 0, one behind the other.
template <pickle_dialect Dialect>
struct plaintext_format {
    /// The version of the metadata's schema that Mailman 2.1.3 and later and Mailman 3 write.
    static constexpr int schema_version = 3;

    static std::string message_bytes(std::string_view text) {
        return pickle_writer::write_text(text, Dialect);
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

    static result<queued_message> read(std::string_view bytes) {
        auto message = read_pickle(bytes, Dialect);
        if (!message) return failure(message.error());
        queued_message entry;
        if (auto* text = std::get_if<std::string>(&message->data.data)) {
            entry.text = std::move(*text);
        } else {
            return failure(error_code::malformed, "message",
                           "expected a message stored as text, found " + kind_of(message->data));
        }
        auto data = read_pickle(bytes.substr(message->size_bytes), Dialect);
        if (!data) return failure(data.error());
        auto* dictionary = std::get_if<value_dictionary>(&data->data.data);
        if (dictionary == nullptr) {
            return failure(error_code::malformed, "metadata",
                           "expected a dictionary, found " + kind_of(data->data));
        }
        entry.data.reserve(dictionary->items.size());
        for (auto& [key, item] : dictionary->items) {
            auto* name = std::get_if<std::string>(&key.data);
            if (name == nullptr) {
                return failure(error_code::malformed, "metadata",
                               "expected keys that are strings, found " + kind_of(key));
            }
            entry.data.append(std::move(*name), std::move(item));
        }
        return entry;
    }

protected:
    static void complete(metadata& data) {
        data.set("version", schema_version);
        data.erase_volatile();
        data.set("_parsemsg", true);
    }
};

}  // namespace detail

/// Mailman 2.1: an entry keeps the time at which its message first entered the system.
///
/// Mailman 2.1 writes the metadata in the order of a Python 2 dict, here it is the order in
/// which the keys were set; every reader of pickles takes either.
/// @source Mailman 2.1 Switchboard.enqueue with `_plaintext`
struct mailman21_format : detail::plaintext_format<pickle_dialect::python2>, mailman21_keys {
    static constexpr std::string_view name = "mailman21";

    static timestamp prepare(metadata& data, timestamp now) {
        const timestamp received = time(data, "received_time").value_or(now);
        set_time(data, "received_time", received);
        complete(data);
        return received;
    }
};

/// Mailman 3: an entry is stamped with the time at which it is queued, again and again.
/// @source Mailman 3.3.8 core/switchboard.py with `_plaintext`
struct mailman3_format : detail::plaintext_format<pickle_dialect::python3>, mailman3_keys {
    static constexpr std::string_view name = "mailman3";

    static timestamp prepare(metadata& data, timestamp now) {
        complete(data);
        return now;
    }
};

static_assert(entry_format<mailman21_format> && entry_format<mailman3_format>);

}  // namespace qslice
