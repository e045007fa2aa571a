/// @file
/// OpenSSL's SHA1_Init, SHA1_Update, SHA1_Final: the bare hash, with which ours are compared.
#pragma once

#include <array>
#include <string_view>

#include <openssl/evp.h>
#include <openssl/sha.h>

namespace qslice::bench {

using hash_bytes = std::array<unsigned char, EVP_MAX_MD_SIZE>;

// OpenSSL 3 deprecates them in favour of EVP, whose extra cost is what is measured.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
inline void low_level_sha1(std::string_view bytes, hash_bytes& out) {
    SHA_CTX context;
    SHA1_Init(&context);
    SHA1_Update(&context, bytes.data(), bytes.size());
    SHA1_Final(out.data(), &context);
}
#pragma GCC diagnostic pop

}  // namespace qslice::bench
