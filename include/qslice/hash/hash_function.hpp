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
#include <new>
#include <span>
#include <string_view>
#include <utility>

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

/// A hash function that can go on where another object of it has got to: `go_on_from(begun)`, false
/// if it cannot after all. Optional.
template <class F>
concept goes_on = hash_function<F> && requires(F& f, const F& begun) {
    { f.go_on_from(begun) } -> std::same_as<bool>;
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

    openssl_hash() : functions_(&algorithm()), context_(functions_->make_context()) {}
    openssl_hash(const openssl_hash&) : openssl_hash() {}
    openssl_hash(openssl_hash&& other) noexcept
        : functions_(other.functions_), context_(std::exchange(other.context_, nullptr)) {}
    openssl_hash& operator=(openssl_hash other) noexcept {
        std::swap(context_, other.context_);
        return *this;
    }
    ~openssl_hash() {
        if (context_ != nullptr) functions_->free_context(context_);
    }

    void start() noexcept { check(functions_->init(context_, nullptr)); }

    void update(std::string_view bytes) noexcept {
        check(functions_->update(context_, reinterpret_cast<const unsigned char*>(bytes.data()),
                                 bytes.size()));
    }

    /// Goes on where another has got to, which has started and has not finished.
    /// @returns false if OpenSSL's provider of the algorithm cannot copy its state
    [[nodiscard]] bool go_on_from(const openssl_hash& begun) {
        if (functions_->copy_context == nullptr) return false;
        void* const copied = functions_->copy_context(begun.context_);
        if (copied == nullptr) throw std::bad_alloc();
        if (context_ != nullptr) functions_->free_context(context_);
        context_ = copied;
        return true;
    }

    hash_value finish() noexcept {
        std::array<std::uint8_t, EVP_MAX_MD_SIZE> bytes;
        std::size_t size = 0;
        check(functions_->final(context_, bytes.data(), &size, bytes.size()));
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

    const detail::openssl_digest* functions_;
    void* context_;
};

/// Mailman's hash.
using sha1 = openssl_hash<"SHA1", "sha1">;
/// SHA-256, its leading 160 bits.
using sha256 = openssl_hash<"SHA256", "sha256">;
/// BLAKE2b-512, its leading 160 bits.
using blake2b = openssl_hash<"BLAKE2B-512", "blake2b">;

static_assert(hash_function<sha1> && hash_function<sha256> && hash_function<blake2b>);

}  // namespace qslice
