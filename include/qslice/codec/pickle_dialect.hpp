/// @file
/// Whose pickles are read and written: the two Pythons differ in what an ordinary string is.
/// The pickle reader, the pickle writer and the codecs take it.
#pragma once

namespace qslice {

/// The Python whose `str` is an ordinary string of a value.
enum class pickle_dialect {
    python2,  ///< Mailman 2.1: str is bytes; unicode is the foreign kind
    python3,  ///< Mailman 3: str is text, kept as UTF-8; bytes is the foreign kind
};

}  // namespace qslice
