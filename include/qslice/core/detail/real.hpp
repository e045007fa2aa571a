/// @file
/// The few functions of real numbers that headers need. `<cmath>` has them too, together with all
/// special functions of C++17, which take a tenth of the generic queue's compile time.
#pragma once

namespace qslice::detail {

inline double floor(double x) noexcept { return __builtin_floor(x); }
inline double ceil(double x) noexcept { return __builtin_ceil(x); }
/// To the nearest integer, halves to the even one.
inline double nearest(double x) noexcept { return __builtin_nearbyint(x); }
/// The next double above.
inline double next_up(double x) noexcept { return __builtin_nextafter(x, __builtin_inf()); }
/// x times 2 to the power of `exponent`.
inline double scaled(double x, int exponent) noexcept { return __builtin_ldexp(x, exponent); }
constexpr bool is_nan(double x) noexcept { return __builtin_isnan(x); }
constexpr bool is_infinite(double x) noexcept { return __builtin_isinf(x); }
constexpr bool is_finite(double x) noexcept { return __builtin_isfinite(x); }
/// Also of zero and NaN.
inline bool is_negative(double x) noexcept { return __builtin_signbit(x) != 0; }

}  // namespace qslice::detail
