/// @file
/// OpenSSL's hash functions as streams: SHA-1 (Mailman's), SHA-256 and BLAKE2b, truncated to 160
/// bits.
/// Hash policies combine one of them with a key.
#pragma once

#include <qslice/core/hash_value.hpp>
#include <qslice/hash/detail/openssl_digest.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string_view>

#include <openssl/evp.h>

namespace qslice {

/// A hash function that takes its input in pieces: `start()`, `update(bytes)` any number of times,
/// `finish()` for the hash. After finish() it can be started again.
template <class F>
concept hash_function = std::default_initializable<F> && std::copyable<F> &&
    requires(F& f, std::string_view bytes) {
    { F::name } -> std::convertible_to<std::string_view>;
    { f.start() } -> std::same_as<void>;
    { f.update(bytes) } -> std::same_as<void>;
    { f.finish() } -> std::same_as<hash_value>;
};

namespace detail {

/// A compile-time string, so that OpenSSL's name of an algorithm is a template argument.
template <std::size_t Size>
struct algorithm_name {
    char text[Size]{};
    constexpr algorithm_name(const char (&name)[Size]) {
        for (std::size_t i = 0; i < Size; ++i) text[i] = name[i];
    }
};

}  // namespace detail

/// An OpenSSL hash algorithm; the leading 160 bits of its result are the hash.
///
/// The algorithm is fetched once per process and the context is reused: the fetch costs more than
/// hashing a small message.
/// @throws std::runtime_error from the constructor, with the algorithm's name, if OpenSSL does not
///         have it; std::bad_alloc if no memory is left
/// @safety one object serves one thread; a copy has its own context, and has not started
/// @source FIPS 180-4; RFC 7693
template <detail::algorithm_name Algorithm, detail::algorithm_name Name>
class openssl_hash {
public:
    static constexpr std::string_view name = Name.text;

    openssl_hash() : context_(algorithm().make_context(), free_context{&algorithm()}) {}
    openssl_hash(const openssl_hash&) : openssl_hash() {}
    openssl_hash(openssl_hash&&) noexcept = default;
    openssl_hash& operator=(const openssl_hash& other) {
        if (this != &other) *this = openssl_hash(other);
        return *this;
    }
    openssl_hash& operator=(openssl_hash&&) noexcept = default;

    void start() noexcept { check(functions().init(context_.get(), nullptr)); }

    void update(std::string_view bytes) noexcept {
        check(functions().update(
            context_.get(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
    }

    hash_value finish() noexcept {
        std::array<std::uint8_t, EVP_MAX_MD_SIZE> bytes;
        std::size_t size = 0;
        check(functions().final(context_.get(), bytes.data(), &size, bytes.size()));
        return hash_value::from_bytes(std::span(bytes).template first<hash_value::size_bytes>());
    }

private:
    static const detail::openssl_digest& algorithm() {
        static const detail::openssl_digest fetched(Algorithm.text);
        return fetched;
    }

    // Hashing in memory fails only if OpenSSL itself is broken or shut down. An entry would then
    // get a wrong name, so the process must not continue.
    static void check(int done) noexcept {
        if (done != 1) [[unlikely]] {
            std::abort();
        }
    }

    struct free_context {
        const detail::openssl_digest* functions;
        void operator()(void* context) const noexcept { functions->free_context(context); }
    };
    const detail::openssl_digest& functions() const noexcept {
        return *context_.get_deleter().functions;
    }

    std::unique_ptr<void, free_context> context_;
};

/// Mailman's hash.
using sha1 = openssl_hash<"SHA1", "sha1">;
/// SHA-256, its leading 160 bits.
using sha256 = openssl_hash<"SHA256", "sha256">;
/// BLAKE2b-512, its leading 160 bits.
using blake2b = openssl_hash<"BLAKE2B-512", "blake2b">;

static_assert(hash_function<sha1> && hash_function<sha256> && hash_function<blake2b>);

}  // namespace qslice
