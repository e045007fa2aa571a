/// @file
/// The names in a topology's compile errors, as types.
/// Its checks fail with them as template arguments, which compilers print.
#pragma once

#include <qslice/core/fixed_name.hpp>

#include <cstddef>

namespace qslice {

namespace detail {

/// Names that are part of an error: compilers print them with the failing check.
template <fixed_name Name>
struct queue {};
template <fixed_name Name>
struct machine_named {};
template <std::size_t Number>
struct slice_number {};
template <std::size_t Count>
struct of_slices {};

/// The i-th queue that a runner type writes to, as a type.
template <class Runner, std::size_t I>
using queue_flowed_to = queue<fixed_name<Runner::flows_to[I].size() + 1>(Runner::flows_to[I])>;

}  // namespace detail

}  // namespace qslice
