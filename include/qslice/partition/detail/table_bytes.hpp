/// @file
/// The memory that partitions' tables take, in bytes.
#pragma once

#include <cstddef>
#include <vector>

namespace qslice::detail {

template <class... T>
std::size_t table_bytes(const std::vector<T>&... tables) noexcept {
    return (std::size_t{0} + ... + (tables.capacity() * sizeof(T)));
}

}  // namespace qslice::detail
