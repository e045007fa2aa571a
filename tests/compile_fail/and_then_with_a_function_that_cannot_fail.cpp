// expect: and_then() takes a function that returns a result
#include <qslice/core/result.hpp>

auto next(const qslice::result<int>& number) {
    return number.and_then([](int n) { return n + 1; });
}
