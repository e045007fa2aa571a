/// @file
/// XXH3-128 as a hash function of the library, to see what a non-cryptographic hash would gain.
/// Also an example of a user's own hash function: basic_hash_policy<message_list_time, xxh3>.
#pragma once

#include <qslice/core/hash_value.hpp>
#include <qslice/hash/hash_function.hpp>

#include <memory>
#include <new>
#include <string_view>

#include <xxhash.h>

namespace qslice::bench {

/// 128 bits of hash and 32 of zeros.
/// @safety one object serves one thread; a copy has its own state, and has not started
class xxh3 {
public:
    static constexpr std::string_view name = "xxh3";

    xxh3() : state_(XXH3_createState()) {
        if (!state_) throw std::bad_alloc();
    }
    xxh3(const xxh3&) : xxh3() {}
    xxh3(xxh3&&) noexcept = default;
    xxh3& operator=(const xxh3& other) {
        if (this != &other) *this = xxh3(other);
        return *this;
    }
    xxh3& operator=(xxh3&&) noexcept = default;
    ~xxh3() = default;

    void start() noexcept { XXH3_128bits_reset(state_.get()); }
    void update(std::string_view bytes) noexcept {
        XXH3_128bits_update(state_.get(), bytes.data(), bytes.size());
    }
    hash_value finish() noexcept {
        const XXH128_hash_t hash = XXH3_128bits_digest(state_.get());
        return {hash.high64, hash.low64, 0};
    }

private:
    struct free_state {
        void operator()(XXH3_state_t* state) const noexcept { XXH3_freeState(state); }
    };
    std::unique_ptr<XXH3_state_t, free_state> state_;
};

static_assert(hash_function<xxh3>);

}  // namespace qslice::bench
