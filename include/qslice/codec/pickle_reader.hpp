/// @file
/// Reads Python pickles of protocols 0 to 5 as plain data and never executes anything.
/// Objects become inert descriptions; the codecs decide what they accept.
#pragma once

#include <qslice/codec/detail/pickle_machine.hpp>
#include <qslice/codec/pickle_dialect.hpp>
#include <qslice/codec/value.hpp>
#include <qslice/core/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace qslice {

/// One pickle read, and where the next one starts.
struct unpickled {
    value data;
    std::size_t size_bytes = 0;  ///< bytes of the input that this pickle takes
};

/// Reads the pickle at the start of `bytes`.
///
/// Strings of the dialect's own kind (Python 2: S, T, U; Python 3: V, X and their short and
/// long forms) become std::string, the other kind foreign_string. Classes and calls become
/// value_object. References to a shared value are copied; a value that contains itself, one
/// that grows past `detail::most_values` by such copies, or one nested deeper than
/// `detail::most_nesting` is refused.
/// @returns the value; `malformed` with the byte offset and what was expected there
/// @complexity linear in the input and in the values it describes
/// @safety reads only `bytes`; safe on hostile input
/// @source CPython Lib/pickletools.py (opcodes), PEP 307, PEP 3154, PEP 574
inline result<unpickled> read_pickle(std::string_view bytes, pickle_dialect dialect) {
    detail::pickle_machine machine(bytes, dialect);
    auto data = machine.run();
    if (!data) return failure(data.error());
    return unpickled{std::move(*data), machine.position()};
}

}  // namespace qslice
