/// @file
/// A value on the heap that is copied with its owner. `<memory>` would do the same with a stream
/// library behind it, in every file that includes result.hpp.
#pragma once

#include <utility>

namespace qslice::detail {

/// Owns one T, or nothing.
/// @safety as thread-safe as T; copying is deep
template <class T>
class owned {
public:
    owned() noexcept = default;
    explicit owned(T v) : held_(new T(std::move(v))) {}
    owned(const owned& other) : held_(other.held_ == nullptr ? nullptr : new T(*other.held_)) {}
    owned(owned&& other) noexcept : held_(std::exchange(other.held_, nullptr)) {}
    owned& operator=(owned other) noexcept {
        std::swap(held_, other.held_);
        return *this;
    }
    ~owned() { delete held_; }

    [[nodiscard]] T* get() const noexcept { return held_; }
    [[nodiscard]] T& operator*() const noexcept { return *held_; }
    [[nodiscard]] T* operator->() const noexcept { return held_; }

    friend bool operator==(const owned& a, const owned& b) {
        if (a.held_ == nullptr || b.held_ == nullptr) return a.held_ == b.held_;
        return *a.held_ == *b.held_;
    }

private:
    T* held_ = nullptr;
};

}  // namespace qslice::detail
