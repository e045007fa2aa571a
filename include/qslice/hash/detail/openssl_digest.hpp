/// @file
/// An OpenSSL hash algorithm, fetched once, with the functions of its provider.
/// The hash functions build on it.
#pragma once

#include <cstddef>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>

#include <openssl/core_dispatch.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

namespace qslice::detail {

/// An algorithm's functions, as its provider offers them to the EVP interface.
///
/// EVP itself would add about 50 ns per message, a third of the SHA-1 of 256 bytes; the one-shot
/// calls, which fetch the algorithm each time, add 200 ns.
/// @throws std::runtime_error from the constructor, with the algorithm's name, if OpenSSL does not
///         have it; std::bad_alloc if no memory is left
/// @safety immutable
/// @source OpenSSL 3, EVP_MD_fetch(3), OSSL_PROVIDER_query_operation(3), provider-digest(7)
class openssl_digest {
public:
    explicit openssl_digest(const char* algorithm)
        : fetched_(EVP_MD_fetch(nullptr, algorithm, nullptr)) {
        if (fetched_ == nullptr) {
            throw std::runtime_error("OpenSSL offers no hash algorithm " + std::string(algorithm));
        }
        const OSSL_PROVIDER* const provider = EVP_MD_get0_provider(fetched_);
        provider_context_ = OSSL_PROVIDER_get0_provider_ctx(provider);
        int not_to_be_kept = 0;
        const OSSL_ALGORITHM* const offered =
            OSSL_PROVIDER_query_operation(provider, OSSL_OP_DIGEST, &not_to_be_kept);
        for (auto a = offered; a != nullptr && a->algorithm_names != nullptr; ++a) {
            const std::string_view names = a->algorithm_names;
            const std::string first(names.substr(0, names.find(':')));
            if (EVP_MD_is_a(fetched_, first.c_str()) == 1) {
                take(a->implementation);
                break;
            }
        }
        OSSL_PROVIDER_unquery_operation(provider, OSSL_OP_DIGEST, offered);
        if (new_context == nullptr || free_context == nullptr || init == nullptr ||
            update == nullptr || final == nullptr) {
            EVP_MD_free(fetched_);
            throw std::bad_alloc();
        }
    }
    openssl_digest(const openssl_digest&) = delete;
    openssl_digest& operator=(const openssl_digest&) = delete;
    ~openssl_digest() { EVP_MD_free(fetched_); }

    /// A new context, to be freed by free_context.
    [[nodiscard]] void* make_context() const {
        void* const context = new_context(provider_context_);
        if (context == nullptr) throw std::bad_alloc();
        return context;
    }

    OSSL_FUNC_digest_newctx_fn* new_context = nullptr;
    OSSL_FUNC_digest_freectx_fn* free_context = nullptr;
    OSSL_FUNC_digest_dupctx_fn* copy_context = nullptr;  ///< null: the provider cannot
    OSSL_FUNC_digest_init_fn* init = nullptr;
    OSSL_FUNC_digest_update_fn* update = nullptr;
    OSSL_FUNC_digest_final_fn* final = nullptr;

private:
    void take(const OSSL_DISPATCH* functions) {
        for (auto f = functions; f->function_id != 0; ++f) {
            switch (f->function_id) {
                case OSSL_FUNC_DIGEST_NEWCTX: new_context = OSSL_FUNC_digest_newctx(f); break;
                case OSSL_FUNC_DIGEST_FREECTX: free_context = OSSL_FUNC_digest_freectx(f); break;
                case OSSL_FUNC_DIGEST_DUPCTX: copy_context = OSSL_FUNC_digest_dupctx(f); break;
                case OSSL_FUNC_DIGEST_INIT: init = OSSL_FUNC_digest_init(f); break;
                case OSSL_FUNC_DIGEST_UPDATE: update = OSSL_FUNC_digest_update(f); break;
                case OSSL_FUNC_DIGEST_FINAL: final = OSSL_FUNC_digest_final(f); break;
                default: break;
            }
        }
    }

    EVP_MD* fetched_;  // keeps the provider loaded
    void* provider_context_ = nullptr;
};

}  // namespace qslice::detail
