/// @file
/// Hash functions of OpenSSL as streams: SHA-1 (Mailman's), SHA-256 and BLAKE2b, cut to 160 bits.
/// Hash policies combine one of them with a key.
#pragma once

#include <qslice/core/digest.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <utility>

#include <openssl/evp.h>

namespace qslice {

/// A hash function that is fed in pieces: `start()`, `update(bytes)` any number of times,
/// `finish()` for the digest. After finish() it can be started again.
template <class F>
concept hash_function =
    std::default_initializable<F> && std::copyable<F> && requires(F& f, std::string_view bytes) {
        { F::name } -> std::convertible_to<std::string_view>;
        { f.start() } -> std::same_as<void>;
        { f.update(bytes) } -> std::same_as<void>;
        { f.finish() } -> std::same_as<digest>;
    };

namespace detail {

struct free_evp {
    void operator()(EVP_MD* m) const noexcept { EVP_MD_free(m); }
    void operator()(EVP_MD_CTX* c) const noexcept { EVP_MD_CTX_free(c); }
};

/// A compile-time string, so that OpenSSL's name of an algorithm is a template argument.
template <std::size_t Size>
struct algorithm_name {
    char text[Size]{};
    constexpr algorithm_name(const char (&name)[Size]) {
        for (std::size_t i = 0; i < Size; ++i) text[i] = name[i];
    }
};

}  // namespace detail

/// A message digest of OpenSSL; the leading 160 bits of its result are the digest.
///
/// The algorithm is fetched once for the process and the context is used again: the fetch
/// costs more than hashing a small message.
/// @throws std::bad_alloc from the constructor when OpenSSL does not have the algorithm or
///         no memory is left
/// @safety one object serves one thread; a copy has a context of its own
/// @source OpenSSL 3, EVP_DigestInit(3), "Performance"; FIPS 180-4; RFC 7693
template <detail::algorithm_name Algorithm, detail::algorithm_name Name>
class openssl_hash {
public:
    static constexpr std::string_view name = Name.text;

    openssl_hash() : context_(EVP_MD_CTX_new()) {
        if (!context_ || EVP_DigestInit_ex2(context_.get(), algorithm(), nullptr) != 1) {
            throw std::bad_alloc();
        }
    }
    openssl_hash(const openssl_hash&) : openssl_hash() {}
    openssl_hash(openssl_hash&&) noexcept = default;
    openssl_hash& operator=(const openssl_hash& other) {
        if (this != &other) *this = openssl_hash(other);
        return *this;
    }
    openssl_hash& operator=(openssl_hash&&) noexcept = default;

    void start() noexcept { EVP_DigestInit_ex2(context_.get(), nullptr, nullptr); }

    void update(std::string_view bytes) noexcept {
        EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
    }

    digest finish() noexcept {
        std::array<std::uint8_t, EVP_MAX_MD_SIZE> bytes;
        EVP_DigestFinal_ex(context_.get(), bytes.data(), nullptr);
        return digest::from_bytes(std::span(bytes).template first<digest::size_bytes>());
    }

private:
    static const EVP_MD* algorithm() {
        static const std::unique_ptr<EVP_MD, detail::free_evp> fetched(
            EVP_MD_fetch(nullptr, Algorithm.text, nullptr));
        if (!fetched) throw std::bad_alloc();
        return fetched.get();
    }

    std::unique_ptr<EVP_MD_CTX, detail::free_evp> context_;
};

/// Mailman's hash.
using sha1 = openssl_hash<"SHA1", "sha1">;
/// SHA-256, its leading 160 bits.
using sha256 = openssl_hash<"SHA256", "sha256">;
/// BLAKE2b-512, its leading 160 bits.
using blake2b = openssl_hash<"BLAKE2B-512", "blake2b">;

static_assert(hash_function<sha1> && hash_function<sha256> && hash_function<blake2b>);

}  // namespace qslice
