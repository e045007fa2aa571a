/// @file
/// Small stacks for simulated processes, cut from large mappings and reused. The engine gives one
/// to each process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace qslice::sim {

/// How large stacks are and how they are protected.
struct stack_settings {
    /// Rounded up to whole pages; four times as large under the address sanitizer, whose frames are
    /// larger. Only touched pages use memory.
    std::size_t size_bytes = 128 * 1024;

    /// An inaccessible page below each stack turns an overflow into an immediate crash. Without it
    /// an overflow corrupts the neighbouring stack, but stacks may share huge pages, and their
    /// number is not limited by the system's maximum number of mappings (65,530 on Linux).
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

/// Allocates and frees stacks.
///
/// Stacks are an odd number of pages apart and start at staggered offsets in their first page, so
/// that the stack tops of thousands of sleeping processes are spread over all cache sets.
/// @complexity O(1) per stack; mappings grow by 1 to 64 MiB at a time
/// @safety for use by one thread
class stack_pool {
public:
    explicit stack_pool(stack_settings settings);
    stack_pool(const stack_pool&) = delete;
    stack_pool& operator=(const stack_pool&) = delete;
    ~stack_pool();

    /// @throws std::bad_alloc if the system has no memory for more
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
