/// @file
/// A hash policy: what is hashed, and with which function. The queue writer uses it to give an
/// entry its hash; any_hash_policy.hpp chooses one by name at run time.
#pragma once

#include <qslice/core/hash_value.hpp>
#include <qslice/hash/affinity_kind.hpp>
#include <qslice/hash/hash_function.hpp>
#include <qslice/hash/hash_input.hpp>
#include <qslice/hash/hash_key.hpp>

#include <any>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace qslice {

/// Gives a message its hash. `uses_sender` and `uses_thread` say whether these fields of the input
/// can matter, since filling them in requires parsing the message's header.
///
/// Optional, for a policy that is known only at run time: `needs_sender()` and `needs_thread()`,
/// which say whether they do matter.
///
/// Also optional: `keeps_together`, a static affinity_kind, or a function of that name for a policy
/// known only at run time; without it a policy keeps nothing together (see affinity_of). And
/// `uses_list_id`, a constant or a function, for policies that hash Mailman 3's list id.
template <class P>
concept hash_policy = std::copyable<P> && requires(P& p, const P& c, const hash_input& input) {
    { p(input) } -> std::same_as<hash_value>;
    { c.name() } -> std::convertible_to<std::string>;
    { P::uses_sender } -> std::convertible_to<bool>;
    { P::uses_thread } -> std::convertible_to<bool>;
};

namespace detail {

/// Whether what a policy uses is known only at run time.
template <class P>
concept chooses_at_run_time = requires(const P& policy) {
    policy.needs_sender();
};

template <hash_policy P>
constexpr bool needs_sender(const P& policy) noexcept {
    if constexpr (requires { policy.needs_sender(); }) return policy.needs_sender();
    return P::uses_sender;
}

template <hash_policy P>
constexpr bool needs_thread(const P& policy) noexcept {
    if constexpr (requires { policy.needs_thread(); }) return policy.needs_thread();
    return P::uses_thread;
}

template <hash_policy P>
constexpr bool uses_list_id(const P& policy) noexcept {
    if constexpr (requires {
                      { policy.uses_list_id() } -> std::convertible_to<bool>;
                  }) {
        return policy.uses_list_id();
    } else if constexpr (requires {
                             { P::uses_list_id } -> std::convertible_to<bool>;
                         }) {
        return P::uses_list_id;
    } else {
        return false;
    }
}

/// How far a hash function has got: unlike the function's own, a copy has got as far.
template <goes_on Function>
struct begun_hash {
    explicit begun_hash(const Function& begun) { (void)function.go_on_from(begun); }
    begun_hash(const begun_hash& other) : begun_hash(other.function) {}
    begun_hash& operator=(const begun_hash&) = delete;
    ~begun_hash() = default;

    Function function;  ///< not started where OpenSSL's provider cannot copy a state
};

template <hash_key Key>
constexpr affinity_kind affinity_of_key() noexcept {
    if constexpr (requires {
                      { Key::keeps_together } -> std::convertible_to<affinity_kind>;
                  }) {
        return Key::keeps_together;
    } else {
        return affinity_key<Key> ? affinity_kind::other : affinity_kind::none;
    }
}

}  // namespace detail

/// What a hash policy keeps together, whatever its name.
template <hash_policy P>
constexpr affinity_kind affinity_of(const P& policy) noexcept {
    if constexpr (requires {
                      { policy.keeps_together() } -> std::convertible_to<affinity_kind>;
                  }) {
        return policy.keeps_together();
    } else if constexpr (requires {
                             { P::keeps_together } -> std::convertible_to<affinity_kind>;
                         }) {
        return P::keeps_together;
    } else {
        return affinity_kind::none;
    }
}

/// A key hashed by a function.
///
/// With an affinity key the leading 64 bits of the hash are those of the affinity's hash
/// alone, so that equal affinities are adjacent in the hash space and in one slice; the other 96
/// bits come from the whole key, which keeps names unique. (The end of a range splits an affinity
/// with a probability of at most n / 2^64, see the partition concept.)
/// @safety one object serves one thread; a copy is independent
template <hash_key Key, hash_function Function = sha1>
class basic_hash_policy {
public:
    static constexpr bool uses_sender = requires { Key::uses_sender; };
    static constexpr bool uses_thread = requires { Key::uses_thread; };
    static constexpr bool uses_list_id = requires { Key::uses_list_id; };
    static constexpr affinity_kind keeps_together = detail::affinity_of_key<Key>();

    /// "KEY/FUNCTION", for example "mailman21/sha1".
    [[nodiscard]] static std::string name() {
        return std::string(Key::name) + "/" + std::string(Function::name);
    }

    /// @complexity one pass over the message
    hash_value operator()(const hash_input& input) {
        hash_input rest = input;
        if (begin(input)) {
            rest.message = {};
        } else {
            function_.start();
        }
        Key::feed(rest, [&](std::string_view bytes) { function_.update(bytes); });
        const hash_value whole = function_.finish();
        if constexpr (affinity_key<Key>) {
            return {leading_bits(Key::affinity(input)), whole.middle(), whole.low()};
        } else {
            return whole;
        }
    }

    /// The leading 64 bits of every hash with this affinity, such as a list's name.
    std::uint64_t leading_bits(std::string_view affinity) requires affinity_key<Key> {
        function_.start();
        function_.update(affinity);
        return function_.finish().high();
    }

private:
    /// Hashes the message, or goes on behind it.
    /// @returns false if that is left to the key
    bool begin(const hash_input& input) {
        if constexpr (goes_on<Function> && detail::begins_with_message<Key>()) {
            using state = detail::begun_hash<Function>;
            if (input.begun == nullptr) return false;
            if (const auto* kept = std::any_cast<state>(input.begun)) {
                return function_.go_on_from(kept->function);
            }
            function_.start();
            function_.update(input.message);
            *input.begun = state(function_);
            return true;
        }
        return false;
    }

    Function function_;
};

using mailman21_policy = basic_hash_policy<message_list_time>;
using mailman3_policy = basic_hash_policy<message_list_id_time>;
using mailman21_second_policy = basic_hash_policy<message_list_second>;
using mailman3_second_policy = basic_hash_policy<message_list_id_second>;
using list_affinity_policy = basic_hash_policy<list_affinity>;
using sender_affinity_policy = basic_hash_policy<sender_affinity>;
using thread_affinity_policy = basic_hash_policy<thread_affinity>;

static_assert(hash_policy<mailman21_policy> && hash_policy<thread_affinity_policy>);
static_assert(mailman21_policy::keeps_together == affinity_kind::none &&
              list_affinity_policy::keeps_together == affinity_kind::list);

}  // namespace qslice
