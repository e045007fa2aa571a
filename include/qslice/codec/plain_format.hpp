/// @file
/// The plain format: any bytes and a few strings by key, readable with `head` and by any language.
/// For queues of anything; Mailman's pickles are in entry_format.hpp.
#pragma once

#include <qslice/codec/attributes.hpp>
#include <qslice/codec/item_format.hpp>
#include <qslice/core/result.hpp>
#include <qslice/core/timestamp.hpp>

#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace qslice {

/// An item of a queue of anything.
struct plain_item {
    std::string text;  ///< its bytes, any
    attributes data;

    friend bool operator==(const plain_item&, const plain_item&) = default;
};

/// An entry's file: a line "qslice1 SIZE" and that many bytes, the item's own; then its metadata, a
/// line "COUNT" and for each key a line "KEYSIZE VALUESIZE", the key, the value and a line end.
///
/// Sizes are decimal numbers of bytes, so keys and values may contain anything.
/// @safety stateless
/// @source the library's own; docs/compatibility.md describes it
struct plain_format {
    static constexpr std::string_view name = "plain";

    static std::string message_bytes(std::string_view text) {
        std::string bytes(magic);
        bytes.append(std::to_string(text.size())).append("\n").append(text);
        return bytes;
    }

    static std::string metadata_bytes(const attributes& data) {
        std::string bytes = std::to_string(data.items().size());
        bytes += '\n';
        for (const auto& [key, value] : data.items()) {
            bytes.append(std::to_string(key.size())).append(" ");
            bytes.append(std::to_string(value.size())).append("\n");
            bytes.append(key).append(value).append("\n");
        }
        return bytes;
    }

    static result<plain_item> read(std::string_view bytes) {
        auto text = read_text(bytes);
        if (!text) return failure(text.error());
        auto data = read_attributes(bytes);
        if (!data) return failure(data.error());
        return plain_item{std::string(*text), *std::move(data)};
    }

    struct stored_metadata {
        std::size_t message_size = 0;
        attributes data;
    };

    static result<stored_metadata> read_metadata(std::string_view bytes) {
        const std::size_t whole = bytes.size();
        if (const auto text = read_text(bytes); !text) return failure(text.error());
        const std::size_t size = whole - bytes.size();
        auto data = read_attributes(bytes);
        if (!data) return failure(data.error());
        return stored_metadata{size, *std::move(data)};
    }

    static timestamp prepare(attributes& data, timestamp now) {
        data.erase_volatile();
        return now;
    }

private:
    static constexpr std::string_view magic = "qslice1 ";

    static failure wrong(const char* where, const char* expected) {
        return {error_code::malformed, where, expected};
    }

    /// Removes a number and the character behind it from the front.
    static bool take_number(std::string_view& bytes, char behind, std::size_t& number) {
        const char* const end = bytes.data() + bytes.size();
        const auto [at, problem] = std::from_chars(bytes.data(), end, number);
        if (problem != std::errc{} || at == end || *at != behind) return false;
        bytes.remove_prefix(static_cast<std::size_t>(at - bytes.data()) + 1);
        return true;
    }

    static std::string_view take(std::string_view& bytes, std::size_t size) {
        const std::string_view taken = bytes.substr(0, size);
        bytes.remove_prefix(size);
        return taken;
    }

    static result<std::string_view> read_text(std::string_view& bytes) {
        std::size_t size = 0;
        if (!bytes.starts_with(magic)) return wrong("item", "expected a line 'qslice1 SIZE'");
        bytes.remove_prefix(magic.size());
        if (!take_number(bytes, '\n', size)) return wrong("item", "expected its size in bytes");
        if (size > bytes.size()) return wrong("item", "it ends before its size");
        return take(bytes, size);
    }

    static result<attributes> read_attributes(std::string_view& bytes) {
        std::size_t count = 0;
        if (!take_number(bytes, '\n', count))
            return wrong("metadata", "expected the number of keys");
        attributes data;
        for (std::size_t i = 0; i < count; ++i) {
            std::size_t key_size = 0;
            std::size_t value_size = 0;
            if (!take_number(bytes, ' ', key_size) || !take_number(bytes, '\n', value_size)) {
                return wrong("metadata", "expected a line 'KEYSIZE VALUESIZE'");
            }
            // Compared one by one, since the sum of two sizes can be too large for its type.
            if (key_size >= bytes.size() || value_size >= bytes.size() - key_size) {
                return wrong("metadata", "it ends before its size");
            }
            const std::string_view key = take(bytes, key_size);
            const std::string_view value = take(bytes, value_size);
            if (take(bytes, 1) != "\n")
                return wrong("metadata", "expected a line end after a value");
            data.set(key, value);
        }
        return data;
    }
};

static_assert(item_format<plain_format>);

}  // namespace qslice
