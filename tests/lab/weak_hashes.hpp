/// @file
/// Hash functions that a test of hash functions has to reject.
#pragma once

#include <qslice/core/hash_value.hpp>
#include <qslice/hash/hash_function.hpp>

#include <boost/crc.hpp>

#include <cstdint>
#include <string_view>

namespace qslice::sim::test {

/// CRC-32, five times over so that it fills a hash.
inline hash_value crc32(std::string_view bytes) {
    boost::crc_32_type crc;
    crc.process_bytes(bytes.data(), bytes.size());
    const std::uint64_t word = crc.checksum();
    return {word << 32 | word, word << 32 | word, crc.checksum()};
}

/// FNV-1a with 64 bits, followed by its halves again.
inline hash_value fnv1a(std::string_view bytes) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : bytes) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    }
    return {hash, hash << 32 | hash >> 32, static_cast<std::uint32_t>(hash)};
}

inline hash_value good(std::string_view bytes) {
    sha1 function;
    function.start();
    function.update(bytes);
    return function.finish();
}

/// SHA-1 of all but the last 8 bytes: as if the time were left out.
inline hash_value forgetful(std::string_view bytes) {
    return good(bytes.substr(0, bytes.size() - 8));
}

/// SHA-1 with one wrong bit, far from the bits that collisions and ranges depend on: it repeats
/// another.
inline hash_value repeating(std::string_view bytes) {
    const hash_value d = good(bytes);
    const std::uint64_t bit = d.middle() >> 60 & 1;
    const std::uint64_t cleared = d.middle() & ~(std::uint64_t{1} << 62);
    return {d.high(), cleared | bit << 62, d.low()};
}

/// SHA-1 whose highest bit is set in 5 of 8 cases.
inline hash_value lopsided(std::string_view bytes) {
    const hash_value d = good(bytes);
    const bool more = (d.low() & 3) == 0;
    return {more ? d.high() | std::uint64_t{1} << 63 : d.high(), d.middle(), d.low()};
}

/// SHA-1 truncated to 20 bits, which are repeated to fill the rest.
inline hash_value truncated(std::string_view bytes) {
    const std::uint64_t kept = good(bytes).high() >> 44;
    const std::uint64_t word = kept << 44 | kept << 24 | kept << 4 | kept >> 16;
    return {word, word, static_cast<std::uint32_t>(word >> 32)};
}

}  // namespace qslice::sim::test
