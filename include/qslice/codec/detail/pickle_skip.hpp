/// @file
/// Passes over the arguments of a pickle's opcodes, so that its end is found without reading it.
/// Only pickle_reader.hpp includes it.
#pragma once

#include <qslice/codec/detail/pickle_input.hpp>

namespace qslice::detail {

/// Moves behind the argument of an opcode.
/// @source CPython Lib/pickletools.py
inline void skip_argument(pickle_input& in, char opcode) {
    switch (static_cast<unsigned char>(opcode)) {
        // lines
        case 'i':
        case 'c': in.line(); [[fallthrough]];
        case 'F':
        case 'I':
        case 'L':
        case 'P':
        case 'S':
        case 'V':
        case 'g':
        case 'p': in.line(); break;
        // fixed sizes
        case 0x80:
        case 0x82:
        case 'K':
        case 'h':
        case 'q': in.take(1); break;
        case 0x83:
        case 'M': in.take(2); break;
        case 0x84:
        case 'J':
        case 'j':
        case 'r': in.take(4); break;
        case 0x95:
        case 'G': in.take(8); break;
        // a size, and so many bytes
        case 0x8a:
        case 0x8c:
        case 'C':
        case 'U': in.take(in.little_endian(1)); break;
        case 0x8b:
        case 'B':
        case 'T':
        case 'X': in.take(in.little_endian(4)); break;
        case 0x8d:
        case 0x8e:
        case 0x96: in.take(in.little_endian(8)); break;
        // none
        case '(':
        case ')':
        case '0':
        case '1':
        case '2':
        case 'N':
        case 'Q':
        case 'R':
        case ']':
        case 'a':
        case 'b':
        case 'd':
        case 'e':
        case 'l':
        case 'o':
        case 's':
        case 't':
        case 'u':
        case '}':
        case 0x81:
        case 0x85:
        case 0x86:
        case 0x87:
        case 0x88:
        case 0x89:
        case 0x8f:
        case 0x90:
        case 0x91:
        case 0x92:
        case 0x93:
        case 0x94:
        case 0x97:
        case 0x98: break;
        default: in.fail_at_opcode("an opcode of a pickle", opcode);
    }
}

}  // namespace qslice::detail
