#include "sim/engine/stack_pool.hpp"

#include "sim/engine/sanitizer.hpp"

#include <algorithm>
#include <new>

#include <sys/mman.h>
#include <unistd.h>

namespace qslice::sim {

namespace {

constexpr std::size_t smallest_mapping = std::size_t{1} << 20;
constexpr std::size_t largest_mapping = std::size_t{64} << 20;
constexpr std::size_t huge_page = std::size_t{2} << 20;

std::size_t page_size() {
    static const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    return size;
}

std::size_t round_up(std::size_t n, std::size_t unit) { return (n + unit - 1) / unit * unit; }

}  // namespace

stack_pool::stack_pool(stack_settings settings) : guard_page_(settings.guard_page) {
    const std::size_t page = page_size();
    const std::size_t wanted = settings.size_bytes * (address_sanitizer ? 4 : 1);
    size_bytes_ = round_up(std::max(wanted, page), page);
    stride_bytes_ = size_bytes_ + (guard_page_ ? page : 0);
    // An odd number of pages; the additional one, if any, also makes room for the stagger.
    if (stride_bytes_ / page % 2 == 0) stride_bytes_ += page;
}

stack_pool::~stack_pool() {
    for (const mapping& m : mappings_) ::munmap(m.start, m.size_bytes);
}

stack stack_pool::take() {
    if (free_.empty()) grow();
    const stack s = free_.back();
    free_.pop_back();
    return s;
}

void stack_pool::give_back(stack s) noexcept {
#ifdef QSLICE_SIM_ASAN
    // Frames that were left by a jump never unpoisoned the memory around their variables.
    __asan_unpoison_memory_region(s.bottom, s.size());
#endif
    free_.push_back(s);  // within the capacity that grow() reserved
}

void stack_pool::grow() {
    const std::size_t page = page_size();
    const std::size_t count = std::max<std::size_t>(
        1, std::clamp(made_ * stride_bytes_, smallest_mapping, largest_mapping) / stride_bytes_);
    const std::size_t size = round_up(count * stride_bytes_, page);
    mappings_.reserve(mappings_.size() + 1);
    free_.reserve(made_ + count);
    void* start = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (start == MAP_FAILED) throw std::bad_alloc();
    mappings_.push_back({start, size});
    if (!guard_page_ && size >= huge_page) ::madvise(start, size, MADV_HUGEPAGE);

    auto* const base = static_cast<std::byte*>(start);
    for (std::size_t i = count; i-- > 0;) {
        std::byte* const lowest = base + i * stride_bytes_;
        if (guard_page_ && ::mprotect(lowest, page, PROT_NONE) != 0) throw std::bad_alloc();
        // Steps of 5 lines, the usual need of a sleeping process, up to half a page.
        constexpr std::size_t step = 5 * 64;
        const std::size_t stagger = made_ * step % (page / 2) / 64 * 64;
        std::byte* const top = lowest + stride_bytes_ - stagger;
        free_.push_back({lowest + (guard_page_ ? page : 0), top});
        ++made_;
    }
}

}  // namespace qslice::sim
