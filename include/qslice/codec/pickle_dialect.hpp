/// @file
/// The dialect of pickles: the two Pythons differ in their ordinary string type. The pickle reader,
/// the pickle writer and the codecs take it as a parameter.
#pragma once

namespace qslice {

/// The Python whose `str` is an ordinary string of a value.
enum class pickle_dialect {
    python2,  ///< Mailman 2.1: str is bytes; unicode is the other kind
    python3,  ///< Mailman 3: str is text, kept as UTF-8; bytes is the other kind
};

}  // namespace qslice
