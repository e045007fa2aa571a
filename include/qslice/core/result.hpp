/// @file
/// result<T>: the one way in which qslice reports a failure at run time.
/// Every layer above returns it; nothing in the library throws across its interface.
#pragma once

#include <qslice/core/detail/chained_result.hpp>
#include <qslice/core/detail/owned.hpp>
#include <qslice/core/platform.hpp>

#include <cassert>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace qslice {

/// What kind of thing went wrong, for code that has to decide what to do next.
enum class error_code {
    malformed,  ///< text or bytes that are not in the expected form
    not_found,  ///< a file, directory, list or queue that does not exist (any more)
    exists,     ///< something that already exists and should not
    no_space,   ///< the disk or the quota is full
    denied,     ///< the operating system does not allow it
    io,         ///< any other storage failure
    rejected,   ///< a step of the pipeline refused the message
    timed_out,  ///< a lock that was not acquired or a peer that did not answer in time
    stopped,    ///< the process was asked to stop
};

/// The name of an error code as it appears in messages, for example "not found".
constexpr std::string_view to_string(error_code code) noexcept {
    switch (code) {
        case error_code::malformed: return "malformed";
        case error_code::not_found: return "not found";
        case error_code::exists: return "already exists";
        case error_code::no_space: return "no space";
        case error_code::denied: return "permission denied";
        case error_code::io: return "input/output error";
        case error_code::rejected: return "rejected";
        case error_code::timed_out: return "timed out";
        case error_code::stopped: return "stopped";
    }
    return "unknown";
}

/// Whether a failure says something about storage at the moment, and nothing about the message in
/// hand: the same call may succeed later.
constexpr bool is_storage_fault(error_code code) noexcept {
    return code == error_code::no_space || code == error_code::denied || code == error_code::io ||
           code == error_code::timed_out;
}

/// A failure: its kind, where it occurred, and what was found and expected there.
struct error {
    error_code code = error_code::io;
    std::string where;  ///< the file, entry name, option or list concerned
    std::string what;   ///< one sentence: what was found, what was expected

    /// The failure as one line for people: "WHERE: WHAT (CODE)".
    [[nodiscard]] std::string to_string() const {
        return where + ": " + what + " (" + std::string(qslice::to_string(code)) + ")";
    }

    friend bool operator==(const error&, const error&) = default;
};

/// Marks a value as the failure of a result, like std::unexpected.
struct failure {
    error reason;

    failure(error_code code, std::string where, std::string what)
        : reason{code, std::move(where), std::move(what)} {}
    explicit failure(error e) : reason(std::move(e)) {}
};

/// A value or an error, with std::expected's interface: C++20 has no std::expected.
///
/// Reading the value of a failed result is a programming error (checked by assert), and so is
/// reading the error of one that succeeded. and_then(), transform(), or_else() and
/// transform_error() continue with a function; see detail::chained_result.
/// @safety a plain value: as thread-safe as T
template <class T>
class [[nodiscard]] result : public detail::chained_result<result<T>> {
public:
    using value_type = T;
    using error_type = qslice::error;

    result(T value) : has_value_(true), value_(std::move(value)) {}
    result(failure f) : has_value_(false), error_(std::move(f.reason)) {}

    result(const result& other) requires std::is_copy_constructible_v<T>
        : has_value_(other.has_value_), error_(other.error_) {
        if (has_value_) ::new (&value_) T(other.value_);
    }
    result(result&& other) noexcept(std::is_nothrow_move_constructible_v<T>)
        : has_value_(other.has_value_), error_(std::move(other.error_)) {
        if (has_value_) ::new (&value_) T(std::move(other.value_));
    }
    result& operator=(result other) noexcept(std::is_nothrow_move_constructible_v<T>) {
        if (std::exchange(has_value_, false)) value_.~T();
        error_ = std::move(other.error_);
        if (other.has_value_) {
            ::new (&value_) T(std::move(other.value_));
            has_value_ = true;
        }
        return *this;
    }
    ~result() {
        if (has_value_) value_.~T();
    }

    [[nodiscard]] bool has_value() const noexcept { return has_value_; }
    explicit operator bool() const noexcept { return has_value(); }

    [[nodiscard]] T& value() & { return *get(); }
    [[nodiscard]] const T& value() const& { return *get(); }
    [[nodiscard]] T&& value() && { return std::move(*get()); }
    T& operator*() & { return *get(); }
    const T& operator*() const& { return *get(); }
    T&& operator*() && { return std::move(*get()); }
    T* operator->() { return get(); }
    const T* operator->() const { return get(); }

    [[nodiscard]] const qslice::error& error() const& {
        assert(!has_value() && "result: error() of a result that holds a value");
        return *error_.get();
    }
    [[nodiscard]] qslice::error&& error() && {
        assert(!has_value() && "result: error() of a result that holds a value");
        return std::move(*error_.get());
    }

    /// The value, or `other` after a failure.
    template <class U>
    [[nodiscard]] T value_or(U&& other) const& {
        return has_value() ? *get() : static_cast<T>(std::forward<U>(other));
    }
    template <class U>
    [[nodiscard]] T value_or(U&& other) && {
        return has_value() ? std::move(*get()) : static_cast<T>(std::forward<U>(other));
    }

private:
    T* get() {
        assert(has_value() && "result: value() of a result that holds an error");
        return &value_;
    }
    const T* get() const {
        assert(has_value() && "result: value() of a result that holds an error");
        return &value_;
    }

    bool has_value_;
    /// In a union instead of std::optional, which takes several times as long to compile for each
    /// T.
    union {
        T value_;
    };
    /// On the heap, so that a success carries one null pointer.
    detail::owned<qslice::error> error_;
};

/// Success without a value, or an error.
/// @safety a plain value
template <>
class [[nodiscard]] result<void> : public detail::chained_result<result<void>> {
public:
    using value_type = void;
    using error_type = qslice::error;

    result() = default;
    result(failure f) : error_(std::move(f.reason)) {}

    [[nodiscard]] bool has_value() const noexcept { return error_.get() == nullptr; }
    explicit operator bool() const noexcept { return has_value(); }

    [[nodiscard]] const qslice::error& error() const& {
        assert(!has_value() && "result: error() of a result that succeeded");
        return *error_.get();
    }
    [[nodiscard]] qslice::error&& error() && {
        assert(!has_value() && "result: error() of a result that succeeded");
        return std::move(*error_.get());
    }

private:
    detail::owned<qslice::error> error_;
};

}  // namespace qslice
