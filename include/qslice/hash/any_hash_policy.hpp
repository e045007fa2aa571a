/// @file
/// A hash policy that is chosen by its name at run time, such as "mailman21" or
/// "list_affinity/sha256". For tools and scenarios; a deployment names its policy's type instead.
#pragma once

#include <qslice/core/detail/type_list.hpp>
#include <qslice/core/result.hpp>
#include <qslice/hash/hash_policy.hpp>

#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace qslice {

/// Any hash policy, the library's or a user's. Mailman 2.1's by default.
/// @safety one object serves one thread; a copy is independent
class any_hash_policy {
public:
    /// Not known at compile time; writers ask the policy.
    static constexpr bool uses_sender = true;
    static constexpr bool uses_thread = true;
    [[nodiscard]] bool needs_sender() const noexcept { return held_->needs_sender(); }
    [[nodiscard]] bool needs_thread() const noexcept { return held_->needs_thread(); }

    [[nodiscard]] affinity_kind keeps_together() const noexcept { return held_->keeps_together(); }
    [[nodiscard]] bool uses_list_id() const noexcept { return held_->uses_list_id(); }

    any_hash_policy() : any_hash_policy(mailman21_policy{}) {}

    template <class P>
    requires(!std::same_as<P, any_hash_policy>) && hash_policy<P> explicit any_hash_policy(P policy)
        : held_(std::make_unique<holder<P>>(std::move(policy))) {}

    any_hash_policy(const any_hash_policy& other) : held_(other.held_->copy()) {}
    any_hash_policy(any_hash_policy&&) noexcept = default;
    any_hash_policy& operator=(const any_hash_policy& other) {
        held_ = other.held_->copy();
        return *this;
    }
    any_hash_policy& operator=(any_hash_policy&&) noexcept = default;

    [[nodiscard]] std::string name() const { return held_->name(); }
    hash_value operator()(const hash_input& input) { return held_->hash(input); }

private:
    struct base {
        virtual ~base() = default;
        [[nodiscard]] virtual std::string name() const = 0;
        [[nodiscard]] virtual bool needs_sender() const noexcept = 0;
        [[nodiscard]] virtual bool needs_thread() const noexcept = 0;
        [[nodiscard]] virtual affinity_kind keeps_together() const noexcept = 0;
        [[nodiscard]] virtual bool uses_list_id() const noexcept = 0;
        virtual hash_value hash(const hash_input& input) = 0;
        [[nodiscard]] virtual std::unique_ptr<base> copy() const = 0;
    };

    template <class P>
    struct holder final : base {
        explicit holder(P p) : policy(std::move(p)) {}
        [[nodiscard]] std::string name() const override { return policy.name(); }
        [[nodiscard]] bool needs_sender() const noexcept override {
            return detail::needs_sender(policy);
        }
        [[nodiscard]] bool needs_thread() const noexcept override {
            return detail::needs_thread(policy);
        }
        [[nodiscard]] affinity_kind keeps_together() const noexcept override {
            return affinity_of(policy);
        }
        [[nodiscard]] bool uses_list_id() const noexcept override {
            return detail::uses_list_id(policy);
        }
        hash_value hash(const hash_input& input) override { return policy(input); }
        [[nodiscard]] std::unique_ptr<base> copy() const override {
            return std::make_unique<holder>(policy);
        }

        P policy;
    };

    std::unique_ptr<base> held_;
};

static_assert(hash_policy<any_hash_policy>);

namespace detail {

using named_keys =
    type_list<message_list_time, message_list_id_time, message_list_second, message_list_id_second,
              list_affinity, sender_affinity, thread_affinity>;
using named_functions = type_list<sha1, sha256, blake2b>;

/// A key's present name; "mission" is the former one of `mailman21_second`.
constexpr std::string_view present_key_name(std::string_view name) noexcept {
    return name == "mission" ? message_list_second::name : name;
}

}  // namespace detail

/// Makes a policy from its name: KEY, which is hashed with SHA-1, or KEY/FUNCTION.
/// @returns the policy; `malformed`, with the known names, for an unknown name
inline result<any_hash_policy> make_hash_policy(std::string_view name) {
    const std::size_t slash = name.find('/');
    const std::string_view key = detail::present_key_name(name.substr(0, slash));
    const std::string_view function =
        slash == std::string_view::npos ? sha1::name : name.substr(slash + 1);

    any_hash_policy policy;
    bool function_known = false;
    const bool key_known = detail::with_named(detail::named_keys{}, key, [&]<class Key>() {
        function_known =
            detail::with_named(detail::named_functions{}, function, [&]<class Function>() {
                policy = any_hash_policy(basic_hash_policy<Key, Function>{});
            });
    });
    if (!key_known) {
        return failure(error_code::malformed, std::string(name),
                       "expected a hash policy, KEY or KEY/FUNCTION, where KEY is " +
                           detail::names_of(detail::named_keys{}) + "; found '" + std::string(key) +
                           "'");
    }
    if (!function_known) {
        return failure(error_code::malformed, std::string(name),
                       "expected a hash function after the slash: " +
                           detail::names_of(detail::named_functions{}) + "; found '" +
                           std::string(function) + "'");
    }
    return policy;
}

}  // namespace qslice
