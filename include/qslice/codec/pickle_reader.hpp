/// @file
/// Reads Python pickles of protocols 0 to 5 as plain data and never executes anything.
/// Objects become inert descriptions; the codecs decide what they accept.
#pragma once

#include <qslice/codec/detail/pickle_machine.hpp>
#include <qslice/codec/detail/pickle_skip.hpp>
#include <qslice/codec/pickle_dialect.hpp>
#include <qslice/codec/value.hpp>
#include <qslice/core/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace qslice {

/// One parsed pickle, and where the next one starts.
struct unpickled {
    value data;
    std::size_t size_bytes = 0;  ///< length of this pickle in bytes
};

/// Reads the pickle at the start of `bytes`.
///
/// Strings of the dialect's own kind (Python 2: S, T, U; Python 3: V, X and their short and long
/// forms) become std::string, the other kind foreign_string. Classes and calls become value_class
/// and value_object, except the calls with which Python writes bytes, sets and datetimes, which
/// become those values. References to a shared value are copied; a value that contains itself, or
/// is nested deeper than `detail::most_nesting`, is refused.
/// @returns the value; `malformed` with the byte offset and what was expected there
/// @complexity linear in the input
/// @safety reads only `bytes`; safe on hostile input, of which it builds at most 16 bytes for
///         each byte read and 1 MB
/// @source CPython Lib/pickletools.py (opcodes), PEP 307, PEP 3154, PEP 574
inline result<unpickled> read_pickle(std::string_view bytes, pickle_dialect dialect) {
    detail::pickle_machine machine(bytes, dialect);
    auto data = machine.run();
    if (!data) return failure(data.error());
    return unpickled{std::move(*data), machine.position()};
}

/// The length of the pickle at the start of `bytes`, found without building values.
/// @returns `malformed` if it has no end; its contents are not checked
/// @complexity linear in the pickle, no memory
inline result<std::size_t> pickle_size(std::string_view bytes) {
    detail::pickle_input in(bytes);
    while (!in.failed()) {
        const char opcode = in.byte();
        if (opcode == '.' && !in.failed()) return in.position();
        detail::skip_argument(in, opcode);
    }
    return failure(in.error());
}

}  // namespace qslice
