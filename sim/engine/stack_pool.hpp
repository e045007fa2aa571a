/// @file
/// Small stacks for simulated processes, taken from large mappings and used again.
/// The engine gives one to each process it starts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace qslice::sim {

/// How large stacks are and how they are protected.
struct stack_settings {
    /// Rounded up to whole pages; under the address sanitizer four times as much is taken,
    /// since its frames are larger. Only pages that are touched take memory.
    std::size_t size_bytes = 128 * 1024;

    /// A page without access below each stack turns an overflow into a crash where it happens.
    /// Without it an overflow corrupts the neighbour, but stacks may share huge pages, and the
    /// system's limit on the number of mappings (65,530 on Linux) does not bound their number.
    bool guard_page = true;
};

/// A stack; it grows down from `top`.
struct stack {
    std::byte* bottom = nullptr;
    std::byte* top = nullptr;

    [[nodiscard]] std::size_t size() const noexcept {
        return static_cast<std::size_t>(top - bottom);
    }
};

/// Hands out stacks and takes them back.
///
/// Stacks lie an odd number of pages apart and start at staggered offsets in their first page,
/// so that what thousands of sleeping processes keep at the tops of their stacks spreads over
/// all sets of the caches.
/// @complexity O(1) a stack; mappings grow by 1 to 64 MiB at a time
/// @safety serves one thread
class stack_pool {
public:
    explicit stack_pool(stack_settings settings);
    stack_pool(const stack_pool&) = delete;
    stack_pool& operator=(const stack_pool&) = delete;
    ~stack_pool();

    /// @throws std::bad_alloc when the system has no room for more
    stack take();
    void give_back(stack s) noexcept;

private:
    struct mapping {
        void* start;
        std::size_t size_bytes;
    };

    void grow();

    std::size_t size_bytes_;
    std::size_t stride_bytes_;
    bool guard_page_;
    std::size_t made_ = 0;
    std::vector<stack> free_;
    std::vector<mapping> mappings_;
};

}  // namespace qslice::sim
