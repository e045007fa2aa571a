/// @file
/// result<T>: the one way in which qslice reports a failure at run time.
/// Every layer above returns it; nothing in the library throws across its interface.
#pragma once

#include <qslice/core/detail/chained_result.hpp>
#include <qslice/core/platform.hpp>

#include <cassert>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

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

    result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    result(failure f) : state_(std::in_place_index<1>, std::move(f.reason)) {}

    [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
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
        return *std::get_if<1>(&state_);
    }
    [[nodiscard]] qslice::error&& error() && {
        assert(!has_value() && "result: error() of a result that holds a value");
        return std::move(*std::get_if<1>(&state_));
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
        return std::get_if<0>(&state_);
    }
    const T* get() const {
        assert(has_value() && "result: value() of a result that holds an error");
        return std::get_if<0>(&state_);
    }

    std::variant<T, qslice::error> state_;
};

/// Success without a value, or an error.
/// @safety a plain value
template <>
class [[nodiscard]] result<void> : public detail::chained_result<result<void>> {
public:
    using value_type = void;
    using error_type = qslice::error;

    result() = default;
    result(failure f) : failed_(true), error_(std::move(f.reason)) {}

    [[nodiscard]] bool has_value() const noexcept { return !failed_; }
    explicit operator bool() const noexcept { return has_value(); }

    [[nodiscard]] const qslice::error& error() const& {
        assert(failed_ && "result: error() of a result that succeeded");
        return error_;
    }
    [[nodiscard]] qslice::error&& error() && {
        assert(failed_ && "result: error() of a result that succeeded");
        return std::move(error_);
    }

private:
    bool failed_ = false;
    qslice::error error_;
};

}  // namespace qslice
