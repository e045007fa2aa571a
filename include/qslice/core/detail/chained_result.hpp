/// @file
/// Chaining of results with functions: and_then, transform, or_else and transform_error.
/// Base of result<T> and result<void>; the same operations as in C++23's std::expected.
#pragma once

#include <type_traits>
#include <utility>

namespace qslice {

template <class T>
class result;
struct error;
struct failure;

namespace detail {

template <class T>
inline constexpr bool is_result = false;
template <class T>
inline constexpr bool is_result<result<T>> = true;

/// Calls a function with a result's value, or without arguments if the result has none.
template <class Function, class Result>
decltype(auto) call_with_value(Function&& f, Result&& r) {
    if constexpr (std::is_void_v<typename std::remove_cvref_t<Result>::value_type>) {
        return std::forward<Function>(f)();
    } else {
        return std::forward<Function>(f)(*std::forward<Result>(r));
    }
}

template <class Function, class Result>
using called_with_value = std::remove_cvref_t<decltype(call_with_value(std::declval<Function>(),
                                                                       std::declval<Result>()))>;

template <class Result, class Function>
auto and_then(Result&& r, Function&& f) {
    using next = called_with_value<Function, Result>;
    static_assert(is_result<next>,
                  "and_then() takes a function that returns a result; for one that cannot fail "
                  "there is transform()");
    if (!r.has_value()) return next(failure(std::forward<Result>(r).error()));
    return next(call_with_value(std::forward<Function>(f), std::forward<Result>(r)));
}

template <class Result, class Function>
auto transform(Result&& r, Function&& f) {
    using value = called_with_value<Function, Result>;
    static_assert(!is_result<value>,
                  "transform() takes a function that returns a value; for one that can fail there "
                  "is and_then()");
    if (!r.has_value()) return result<value>(failure(std::forward<Result>(r).error()));
    if constexpr (std::is_void_v<value>) {
        call_with_value(std::forward<Function>(f), std::forward<Result>(r));
        return result<value>();
    } else {
        return result<value>(call_with_value(std::forward<Function>(f), std::forward<Result>(r)));
    }
}

template <class Result, class Function>
auto or_else(Result&& r, Function&& f) {
    using same = std::remove_cvref_t<Result>;
    using next =
        std::remove_cvref_t<decltype(std::declval<Function>()(std::declval<Result>().error()))>;
    static_assert(std::is_same_v<next, same>,
                  "or_else() takes a function that returns a result of the same type");
    if (r.has_value()) return same(std::forward<Result>(r));
    return next(std::forward<Function>(f)(std::forward<Result>(r).error()));
}

template <class Result, class Function>
auto transform_error(Result&& r, Function&& f) {
    using same = std::remove_cvref_t<Result>;
    static_assert(
        std::is_same_v<
            std::remove_cvref_t<decltype(std::declval<Function>()(std::declval<Result>().error()))>,
            error>,
        "transform_error() takes a function that returns an error");
    if (r.has_value()) return same(std::forward<Result>(r));
    return same(failure(std::forward<Function>(f)(std::forward<Result>(r).error())));
}

/// The member functions, for an lvalue, a const lvalue and an rvalue. An rvalue's value and error
/// are moved into the function.
///
/// Each calls its function at most once, or passes on the value or error without a call.
/// @tparam Result  the class that derives from this
/// @complexity one call and one move
/// @source ISO C++23, [expected.object.monadic]
template <class Result>
class chained_result {
public:
    /// Continues with a function that can itself fail: (value) -> result<U>; for result<void>,
    /// () -> result<U>.
    /// @returns what the function returns, or this result's error
    template <class F>
    auto and_then(F&& f) & {
        return detail::and_then(self(), std::forward<F>(f));
    }
    template <class F>
    auto and_then(F&& f) const& {
        return detail::and_then(self(), std::forward<F>(f));
    }
    template <class F>
    auto and_then(F&& f) && {
        return detail::and_then(std::move(self()), std::forward<F>(f));
    }

    /// Continues with a function that cannot fail: (value) -> U, which may be void; for
    /// result<void>, () -> U.
    /// @returns result<U>: what the function returns, or this result's error
    template <class F>
    auto transform(F&& f) & {
        return detail::transform(self(), std::forward<F>(f));
    }
    template <class F>
    auto transform(F&& f) const& {
        return detail::transform(self(), std::forward<F>(f));
    }
    template <class F>
    auto transform(F&& f) && {
        return detail::transform(std::move(self()), std::forward<F>(f));
    }

    /// Tries something else after a failure: (error) -> a result of the same type.
    /// @returns this result if it succeeded, otherwise what the function returns
    template <class F>
    auto or_else(F&& f) & {
        return detail::or_else(self(), std::forward<F>(f));
    }
    template <class F>
    auto or_else(F&& f) const& {
        return detail::or_else(self(), std::forward<F>(f));
    }
    template <class F>
    auto or_else(F&& f) && {
        return detail::or_else(std::move(self()), std::forward<F>(f));
    }

    /// Adds to a failure, such as where it occurred: (error) -> error.
    /// @returns this result if it succeeded, otherwise the new error
    template <class F>
    auto transform_error(F&& f) & {
        return detail::transform_error(self(), std::forward<F>(f));
    }
    template <class F>
    auto transform_error(F&& f) const& {
        return detail::transform_error(self(), std::forward<F>(f));
    }
    template <class F>
    auto transform_error(F&& f) && {
        return detail::transform_error(std::move(self()), std::forward<F>(f));
    }

private:
    Result& self() { return static_cast<Result&>(*this); }
    const Result& self() const { return static_cast<const Result&>(*this); }
};

}  // namespace detail

}  // namespace qslice
