/// @file
/// The name of a queued entry, `tttt+hhhhhhhh.pck`: parsing, formatting, and the extensions that an
/// entry has during its life. The switchboard builds every path from it.
#pragma once

#include <qslice/core/hash_value.hpp>
#include <qslice/core/timestamp.hpp>

#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace qslice {

/// The state of an entry's file, given by the extension of its name.
enum class entry_state {
    queued,     ///< .pck: waiting for its runner
    in_hand,    ///< .bak: taken by a runner and not yet finished
    preserved,  ///< .psv: kept for a person to inspect
    partial,    ///< .tmp: being written, never read
};

/// ".pck", ".bak", ".psv" or ".tmp".
constexpr std::string_view extension(entry_state state) noexcept {
    switch (state) {
        case entry_state::queued: return ".pck";
        case entry_state::in_hand: return ".bak";
        case entry_state::preserved: return ".psv";
        case entry_state::partial: return ".tmp";
    }
    return "";
}

/// A file name split at its last dot, as Python's os.path.splitext does: leading dots belong to the
/// base, so ".pck" is a base without an extension.
struct split_file_name {
    std::string_view base;
    std::string_view extension;  ///< with its dot; empty if there is none
};

constexpr split_file_name split_extension(std::string_view file_name) noexcept {
    const std::size_t point = file_name.rfind('.');
    const std::size_t first = file_name.find_first_not_of('.');
    if (point == std::string_view::npos || first == std::string_view::npos || point < first) {
        return {file_name, {}};
    }
    return {file_name.substr(0, point), file_name.substr(point)};
}

/// The state that a file's extension denotes; nothing for a foreign file.
constexpr std::optional<entry_state> state_of(std::string_view extension_text) noexcept {
    for (const auto state : {entry_state::queued, entry_state::in_hand, entry_state::preserved,
                             entry_state::partial}) {
        if (extension_text == extension(state)) return state;
    }
    return std::nullopt;
}

/// The content of an entry's name: when it came, and where in the hash space it lies.
struct entry_name {
    timestamp time;
    hash_value hash;

    friend constexpr auto operator<=>(const entry_name&, const entry_name&) = default;
};

/// The two halves of a base name, not yet parsed.
struct entry_name_parts {
    std::string_view time;
    std::string_view hash;
};

/// Splits a base name at its last '+'; a time stamp can contain one in its exponent ("1e+16").
/// @returns nothing if there is no '+'
/// @source Mailman 2.1 splits at every '+' and fails on such a stamp; Mailman 3 splits at the
///         first and fails as well; only a split at the last reads what both write
constexpr std::optional<entry_name_parts> split_entry_name(std::string_view base) noexcept {
    const std::size_t plus = base.rfind('+');
    if (plus == std::string_view::npos) return std::nullopt;
    return entry_name_parts{base.substr(0, plus), base.substr(plus + 1)};
}

namespace detail {

/// The position of the '+' in a base name with a hash of 40 characters; 0 if there is none.
constexpr std::size_t usual_plus(std::string_view base) noexcept {
    // No hex digit is a '+', so the one before them is the last.
    if (base.size() <= hash_value::size_hex) return 0;
    const std::size_t plus = base.size() - hash_value::size_hex - 1;
    return base[plus] == '+' ? plus : 0;
}

}  // namespace detail

/// Parses a base name whose hash is 40 hex digits, without constructing an error; for loops over
/// many names.
/// @returns false for any other name; parse_entry_name says why
inline bool try_parse_entry_name(std::string_view base, entry_name& name) noexcept {
    const std::size_t plus = detail::usual_plus(base);
    return plus != 0 && hash_value::try_parse(base.substr(plus + 1), name.hash) &&
           try_parse_timestamp(base.substr(0, plus), name.time);
}

/// The same for the time alone, in half of the time.
inline bool try_parse_entry_time(std::string_view base, timestamp& time) noexcept {
    const std::size_t plus = detail::usual_plus(base);
    return plus != 0 && hash_value::is_hex(base.substr(plus + 1)) &&
           try_parse_timestamp(base.substr(0, plus), time);
}

/// Parses a base name (without its extension).
/// @returns the entry's name; `malformed`, saying which half is wrong and what was expected
inline result<entry_name> parse_entry_name(std::string_view base) {
    const auto parts = split_entry_name(base);
    if (!parts) {
        return failure(error_code::malformed, std::string(base),
                       "expected TIME+HASH, found no '+'");
    }
    entry_name name;
    if (!try_parse_timestamp(parts->time, name.time)) {
        return failure(error_code::malformed, std::string(base),
                       "expected a time stamp in seconds before the '+', found '" +
                           std::string(parts->time) + "'");
    }
    if (!hash_value::try_parse(parts->hash, name.hash)) {
        return failure(
            error_code::malformed, std::string(base),
            "expected 40 hex digits after the '+', found '" + std::string(parts->hash) + "'");
    }
    return name;
}

/// The base name "tttt+hhhhhhhh".
/// Law: parse_entry_name(to_base_name(n)) == n for every finite time.
inline std::string to_base_name(const entry_name& name) {
    std::string text = to_repr(name.time);
    text += '+';
    const std::size_t at = text.size();
    text.resize(at + hash_value::size_hex);
    name.hash.write_hex(text.data() + at);
    return text;
}

}  // namespace qslice
