/// @file
/// Passes over a pickle that is one quoted string, as Python 2 writes a message's text, so that the
/// text can be made when it is needed. Part of the entry formats.
#pragma once

#include <qslice/codec/detail/pickle_input.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace qslice::detail {

/// Whether all escapes of a quoted line are those of Python's repr.
inline bool has_sound_escapes(std::string_view quoted) {
    while (true) {
        const std::size_t at = quoted.find('\\');
        if (at == std::string_view::npos) return true;
        quoted.remove_prefix(at);
        const std::size_t size = pickle_input::escape_at(quoted).size;
        if (size == 0) return false;
        quoted.remove_prefix(size);
    }
}

/// The length of the pickle at the start of `bytes` if it is well formed, one quoted string and at
/// most a note to remember it; 0 for any other, which the pickle machine reads.
/// @complexity linear in the pickle, no memory
inline std::size_t text_pickle_size(std::string_view bytes) {
    if (!bytes.starts_with('S')) return 0;
    pickle_input in(bytes.substr(1));
    const std::string_view quoted = in.quoted_line();
    char opcode = in.byte();
    if (opcode == 'p') {
        in.decimal_index();
        opcode = in.byte();
    }
    if (in.failed() || opcode != '.' || !has_sound_escapes(quoted)) return 0;
    return 1 + in.position();
}

/// The string of a pickle for which text_pickle_size() is not 0.
inline std::string text_of_pickle(std::string_view bytes) {
    pickle_input in(bytes.substr(1));
    return in.unescaped(in.quoted_line());
}

}  // namespace qslice::detail
