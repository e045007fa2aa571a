/// @file
/// How much memory the reading of a pickle may take, in proportion to what it has read so far.
/// Part of the pickle machine: a few bytes of a hostile pickle could describe any amount of data.
#pragma once

#include <cstddef>

namespace qslice::detail {

/// What a step of the machine makes grow, in bytes, with the room that a vector leaves to grow.
struct pickle_cost {
    static constexpr std::size_t node = 40;   ///< with its place on the stack
    static constexpr std::size_t again = 24;  ///< one more place of a node on the stack
    static constexpr std::size_t mark = 24;
    static constexpr std::size_t place = 8;  ///< in a memo or a container
    static constexpr std::size_t far_memo = 64;
    static constexpr std::size_t container = 48;
    static constexpr std::size_t string = 48;
};

/// Counts what is built. The limit grows with the position in the input and not with the input's
/// size, so that a long input of one-byte values is refused near its start.
///
/// Entries that Mailman wrote take at most some ten bytes for each of theirs.
class pickle_budget {
public:
    static constexpr std::size_t base_bytes = std::size_t{1} << 20;
    static constexpr std::size_t bytes_per_input_byte = 16;

    /// @param position  how much of the input has been read
    /// @returns false when too much has been built
    [[nodiscard]] bool take(std::size_t bytes, std::size_t position) noexcept {
        spent_ += bytes;
        return spent_ <= base_bytes + bytes_per_input_byte * position;
    }

    static constexpr const char* exceeded =
        "expected values of at most 16 bytes of memory for each byte of the pickle, and 1 MB";

private:
    std::size_t spent_ = 0;
};

}  // namespace qslice::detail
