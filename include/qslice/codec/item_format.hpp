/// @file
/// What a queue's format has to provide: the bytes of an item and its metadata, and back.
/// The spool writes and reads entries through it; plain_format.hpp has one for anything,
/// entry_format.hpp Mailman's.
#pragma once

#include <qslice/core/result.hpp>
#include <qslice/core/timestamp.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace qslice {

/// Metadata of an item, by key. `text(key)` and `number(key)` are empty for a key that is absent or
/// holds something else; `set(key, number)` adds or replaces one.
template <class D>
concept item_metadata = std::movable<D> && std::copyable<D> &&
    requires(D& data, const D& stored, std::string_view key, std::int64_t number) {
    { stored.text(key) } -> std::same_as<std::optional<std::string_view>>;
    { stored.number(key) } -> std::same_as<std::optional<double>>;
    data.set(key, number);
};

/// The item that a format reads: an object with the members `text`, its bytes, and `data`, its
/// metadata.
template <class Format>
using item_of =
    typename std::remove_cvref_t<decltype(Format::read(std::string_view()))>::value_type;

template <class Format>
using text_of = std::remove_cvref_t<decltype(std::declval<item_of<Format>&>().text)>;

template <class Format>
using data_of = std::remove_cvref_t<decltype(std::declval<item_of<Format>&>().data)>;

/// The bytes and the stamp of entries.
/// - `message_bytes(text)`: the serialized text; hash policies see the same bytes. For an item that
///   was read and not changed they are as they were read.
/// - `metadata_bytes(data)`: what follows the text in the file
/// - `read(bytes)`: both, or `malformed`; further bytes in the file are ignored
/// - `read_metadata(bytes)`: the metadata alone, as `data`, and the number of leading bytes that
///   are the text, as `message_size`
/// - `prepare(data, now)`: completes the metadata for storage and returns the entry's stamp. It
///   drops what must not be stored, and it keeps every other key.
///
/// The laws that types cannot show are checked by check_format() whenever a runner starts: what is
/// written reads as it was; `_bak_count`, by which an entry that kills its runner is recognized,
/// survives metadata_bytes(); bytes behind an entry are ignored.
///
/// Optional:
/// - `keeps_first_stamp`: whether an entry is stamped with the time at which its item first entered
///   the system. Default: with the time at which it is queued.
/// - `prepare(data, now, form)`, if the text has a `form()`
/// - `list_name(data)`, `sender_of(text)`, `thread_of(text)`: for hash policies that use them
template <class F>
concept item_format = item_metadata<data_of<F>> &&
    requires(std::string_view bytes, const text_of<F>& text, data_of<F>& data,
             const data_of<F>& stored, timestamp now) {
    { F::name } -> std::convertible_to<std::string_view>;
    { F::message_bytes(bytes) } -> std::convertible_to<std::string>;
    { F::message_bytes(text) } -> std::convertible_to<std::string>;
    { F::metadata_bytes(stored) } -> std::convertible_to<std::string>;
    { F::read(bytes) } -> std::same_as<result<item_of<F>>>;
    { F::read_metadata(bytes)->message_size } -> std::convertible_to<std::size_t>;
    { F::read_metadata(bytes)->data } -> std::convertible_to<data_of<F>>;
    { F::prepare(data, now) } -> std::same_as<timestamp>;
};

/// Whether a format keeps its promises, tried with one small item.
/// @returns `rejected`, saying which law it breaks and what follows from that
/// @complexity a few microseconds
template <item_format F>
result<void> check_format() {
    const auto breaks = [](const char* law) {
        return failure(error_code::rejected, "format " + std::string(F::name), law);
    };
    constexpr std::string_view text = "A: b\n\nc\n";
    constexpr std::int64_t count = 2;
    data_of<F> data;
    data.set("qslice_check", std::int64_t{7});
    data.set("_bak_count", count);
    const std::string body = F::message_bytes(text);
    const std::string bytes = body + F::metadata_bytes(data);
    const auto stored = F::read_metadata(bytes);
    if (!stored) return breaks("it cannot read the metadata that it writes");
    if (stored->message_size != body.size()) {
        return breaks("read_metadata() finds another size of the text than message_bytes() wrote");
    }
    if (stored->data.number("_bak_count") != static_cast<double>(count)) {
        return breaks(
            "metadata_bytes() or read_metadata() drops the key _bak_count: an entry that kills its "
            "runner would be taken again without end");
    }
    if (stored->data.number("qslice_check") != 7.0) {
        return breaks("metadata_bytes() or read_metadata() drops keys that it does not know");
    }
    const auto whole = F::read(std::string_view(bytes));
    if (!whole || std::string_view(whole->text) != text) {
        return breaks("read() does not return the text that was written");
    }
    if (F::message_bytes(whole->text) != body) {
        return breaks("message_bytes() changes a text that was read and not changed");
    }
    if (const auto more = F::read(std::string_view(bytes + "\n#\n")); !more) {
        return breaks(
            "read() does not ignore bytes behind the entry: recovery notes a reading "
            "there");
    }
    return {};
}

namespace detail {

/// Completes metadata for storage beside a text.
template <class Format, class Text, class Data>
timestamp prepare_entry(const Text& text, Data& data, timestamp now) {
    if constexpr (requires { Format::prepare(data, now, text.form()); }) {
        return Format::prepare(data, now, text.form());
    } else {
        return Format::prepare(data, now);
    }
}

}  // namespace detail

}  // namespace qslice
