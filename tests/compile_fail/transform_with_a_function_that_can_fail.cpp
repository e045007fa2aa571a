// expect: transform() takes a function that returns a value
#include <qslice/core/result.hpp>

auto next(const qslice::result<int>& number) {
    return number.transform([](int n) { return qslice::result<int>(n + 1); });
}
