/// @file
/// A move-only callable without arguments that keeps small closures inside itself. The engine
/// stores the actions of events and processes in it.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace qslice::sim {

/// Like C++23's std::move_only_function<void()>, with 32 bytes of inline storage.
///
/// Closures that are larger, or that may throw when moved, go to the heap.
/// @safety a plain object; calling an empty action is a programming error
class action {
public:
    static constexpr std::size_t room = 32;

    action() = default;

    template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, action>) explicit action(F&& f) {
        emplace(std::forward<F>(f));
    }

    action(action&& other) noexcept { take(other); }
    action& operator=(action&& other) noexcept {
        if (this != &other) {
            reset();
            take(other);
        }
        return *this;
    }
    ~action() { reset(); }

    /// Stores a callable in an empty action.
    template <class F>
    void emplace(F&& f) {
        using callable = std::decay_t<F>;
        if constexpr (sizeof(callable) <= room && alignof(callable) <= alignof(void*) &&
                      std::is_nothrow_move_constructible_v<callable>) {
            ::new (static_cast<void*>(storage_)) callable(std::forward<F>(f));
            call_ = [](void* p) { (*static_cast<callable*>(p))(); };
            if constexpr (!std::is_trivially_copyable_v<callable>) {
                move_or_destroy_ = [](void* from, void* to) noexcept {
                    auto* source = static_cast<callable*>(from);
                    if (to != nullptr) ::new (to) callable(std::move(*source));
                    source->~callable();
                };
            }
        } else {
            emplace([owned = std::make_unique<callable>(std::forward<F>(f))] { (*owned)(); });
        }
    }

    void operator()() { call_(storage_); }

    void reset() noexcept {
        if (move_or_destroy_ != nullptr) move_or_destroy_(storage_, nullptr);
        move_or_destroy_ = nullptr;
        call_ = nullptr;
    }

    explicit operator bool() const noexcept { return call_ != nullptr; }

private:
    void take(action& other) noexcept {
        call_ = std::exchange(other.call_, nullptr);
        move_or_destroy_ = std::exchange(other.move_or_destroy_, nullptr);
        if (move_or_destroy_ != nullptr) {
            move_or_destroy_(other.storage_, storage_);
        } else if (call_ != nullptr) {
            std::memcpy(storage_, other.storage_, room);
        }
    }

    alignas(void*) std::byte storage_[room];
    void (*call_)(void*) = nullptr;
    void (*move_or_destroy_)(void* from, void* to) noexcept = nullptr;
};

}  // namespace qslice::sim
