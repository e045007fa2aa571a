#include <qslice/core/result.hpp>

#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

using qslice::error;
using qslice::error_code;
using qslice::failure;
using qslice::result;

namespace {

failure missing() { return {error_code::not_found, "file", "not there"}; }

result<int> half(int n) {
    if (n % 2 == 0) return n / 2;
    return failure(error_code::malformed, std::to_string(n), "expected an even number");
}

result<void> needs_positive(int n) {
    if (n > 0) return {};
    return failure(error_code::rejected, std::to_string(n), "expected a number above 0");
}

/// For a function that must not be called.
struct must_not_be_called {
    template <class... Arguments>
    result<int> operator()(Arguments&&...) const {
        FAIL("called");
        return 0;
    }
};

}  // namespace

TEST_CASE("and_then goes on with the value, and stops at the first failure") {
    CHECK(half(12).and_then(half).value() == 3);
    const auto stopped = half(6).and_then(half).and_then(must_not_be_called{});
    REQUIRE_FALSE(stopped);
    CHECK(stopped.error().to_string() == "3: expected an even number (malformed)");
}

TEST_CASE("and_then changes the type: from a value to success alone and back") {
    const auto checked = half(8).and_then(needs_positive);
    static_assert(std::is_same_v<decltype(checked), const result<void>>);
    CHECK(checked);
    const auto text = checked.and_then([] { return result<std::string>("fine"); });
    static_assert(std::is_same_v<decltype(text), const result<std::string>>);
    CHECK(*text == "fine");
    const auto refused = half(-2).and_then(needs_positive).and_then(must_not_be_called{});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == error_code::rejected);
}

TEST_CASE("transform wraps what the function returns, and void becomes success") {
    const auto text = half(4).transform([](int n) { return std::to_string(n); });
    static_assert(std::is_same_v<decltype(text), const result<std::string>>);
    CHECK(*text == "2");
    int seen = 0;
    const auto noted = half(10).transform([&](int n) { seen = n; });
    static_assert(std::is_same_v<decltype(noted), const result<void>>);
    CHECK(noted);
    CHECK(seen == 5);
    CHECK(result<void>().transform([] { return 7; }).value() == 7);
    CHECK(result<void>(missing()).transform([] { return 7; }).error() == missing().reason);
    CHECK(half(3).transform([](int) { return 1; }).error().code == error_code::malformed);
}

TEST_CASE("or_else tries something else after a failure, and only then") {
    CHECK(half(3).or_else([](const error&) { return result<int>(-1); }).value() == -1);
    CHECK(half(4).or_else(must_not_be_called{}).value() == 2);
    const auto forgiven = [](const error& e) -> result<void> {
        if (e.code == error_code::not_found) return {};
        return failure(e);
    };
    CHECK(result<void>(missing()).or_else(forgiven));
    CHECK_FALSE(needs_positive(0).or_else(forgiven));
}

TEST_CASE("transform_error says more about a failure and leaves success alone") {
    const auto in_file = [](error e) {
        e.where = "numbers.txt, " + e.where;
        return e;
    };
    CHECK(half(3).transform_error(in_file).error().where == "numbers.txt, 3");
    CHECK(half(4).transform_error(in_file).value() == 2);
    CHECK(needs_positive(-1).transform_error(in_file).error().where == "numbers.txt, -1");
    CHECK(needs_positive(1).transform_error(in_file));
}

TEST_CASE("value_or gives the value, or the other after a failure") {
    CHECK(half(4).value_or(9) == 2);
    CHECK(half(5).value_or(9) == 9);
    const result<std::string> kept("text");
    CHECK(kept.value_or("other") == "text");
    CHECK(*kept == "text");
}

TEST_CASE("a result that is moved from gives its value away without a copy") {
    const auto made = [] { return result<std::unique_ptr<int>>(std::make_unique<int>(5)); };
    CHECK(*made().value_or(nullptr) == 5);
    const auto taken = made().transform([](std::unique_ptr<int> p) { return *p + 1; });
    CHECK(*taken == 6);
    const auto passed = made().and_then(
        [](std::unique_ptr<int> p) { return result<std::unique_ptr<int>>(std::move(p)); });
    CHECK(**passed == 5);
    const auto same =
        made().or_else([](const error& e) -> result<std::unique_ptr<int>> { return failure(e); });
    CHECK(**same == 5);
}

TEST_CASE("a function may change the value of a result that has a name") {
    result<int> number = 4;
    const auto before = number.transform([](int& n) { return std::exchange(n, 9); });
    CHECK(*before == 4);
    CHECK(*number == 9);
}

namespace {

/// Counts how many of it live, and on how many of its objects a member was called that did not.
struct counted {
    static inline int living = 0;
    static inline int misused = 0;

    explicit counted(int n) : number(n), self(this) { ++living; }
    counted(const counted& other) : number(other.number), self(this) {
        check(other);
        ++living;
    }
    counted(counted&& other) noexcept : number(other.number), self(this) {
        check(other);
        ++living;
    }
    counted& operator=(const counted&) = delete;
    ~counted() {
        check(*this);
        self = nullptr;
        --living;
    }
    static void check(const counted& c) noexcept { misused += c.self == &c ? 0 : 1; }

    int number;
    const counted* self;
};

}  // namespace

TEST_CASE("a result constructs and destroys its value once, whatever is assigned to it") {
    counted::living = 0;
    counted::misused = 0;
    {
        result<counted> one = counted(1);
        result<counted> failed = missing();
        result<counted> copy = one;
        CHECK(copy->number == 1);
        copy = failed;
        CHECK(copy.error().where == "file");
        CHECK(counted::living == 1);
        copy = result<counted>(counted(2));
        CHECK(copy->number == 2);
        copy = one;
        CHECK(copy->number == 1);
        copy = std::as_const(copy);
        CHECK(copy->number == 1);
        failed = std::move(copy);
        CHECK(failed->number == 1);
        const result<counted> again = missing();
        failed = again;
        CHECK(again.error() == failed.error());
        const auto moved = std::move(failed);
        CHECK(moved.error().where == "file");
        CHECK_FALSE(failed);
    }
    CHECK(counted::living == 0);
    CHECK(counted::misused == 0);
}

TEST_CASE("a result is copied if its value is, and moved without exceptions if its value is") {
    static_assert(std::is_copy_constructible_v<result<std::string>>);
    static_assert(std::is_nothrow_move_constructible_v<result<std::string>>);
    static_assert(!std::is_copy_constructible_v<result<std::unique_ptr<int>>>);
    static_assert(!std::is_copy_assignable_v<result<std::unique_ptr<int>>>);
    static_assert(std::is_nothrow_move_assignable_v<result<std::unique_ptr<int>>>);
    result<std::unique_ptr<int>> held = missing();
    held = std::make_unique<int>(3);
    CHECK(**held == 3);
}
