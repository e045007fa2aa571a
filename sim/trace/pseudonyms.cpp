#include "sim/trace/pseudonyms.hpp"

#include <qslice/hash/hash_function.hpp>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>

namespace qslice::sim {

std::uint64_t pseudonyms::of(std::string_view kind, std::string_view name) const {
    std::string text(kind);
    text.append(1, ':').append(name);
    std::uint64_t id = 0;
    if (secret_.empty()) {
        sha1 hash;
        hash.start();
        hash.update(text);
        id = hash.finish().high();
    } else {
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        unsigned size = 0;
        const std::basic_string<unsigned char> bytes(text.begin(), text.end());
        HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()), bytes.data(),
             bytes.size(), digest.data(), &size);
        for (std::size_t i = 0; i < sizeof id; ++i) id = id << 8 | digest[i];
    }
    return std::max<std::uint64_t>(id, 1);  // 0 stands for none
}

}  // namespace qslice::sim
