/// @file
/// Independent tasks on several threads, with results that do not depend on the number of threads.
/// Searches and studies run their simulations through it.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <limits>
#include <mutex>
#include <thread>
#include <vector>

namespace qslice::sim {

/// Calls f(i) for i = 0, 1, ..., count - 1 until one of them returns true, on `jobs` threads.
///
/// Indices are started in order. Once some f(i) is true, greater indices are no longer started and
/// smaller ones are all finished, so that the lowest is found.
/// @param f  may be called by several threads at once; its exceptions are rethrown; of several, the
///           one with the lowest index
/// @returns the lowest i for which f(i) is true; `count` if there is none
template <class F>
std::uint64_t lowest_index(std::uint64_t count, unsigned jobs, F&& f) {
    std::atomic<std::uint64_t> next{0};
    std::atomic<std::uint64_t> lowest{count};
    std::mutex failing;
    std::exception_ptr failure;
    std::uint64_t failed_at = std::numeric_limits<std::uint64_t>::max();
    const auto end_at = [&](std::uint64_t i) {
        std::uint64_t known = lowest.load();
        while (i < known && !lowest.compare_exchange_weak(known, i)) {
        }
    };
    const auto work = [&] {
        for (std::uint64_t i; (i = next.fetch_add(1)) < lowest.load();) {
            try {
                if (f(i)) end_at(i);
            } catch (...) {
                const std::lock_guard lock(failing);
                if (i < failed_at) {
                    failed_at = i;
                    failure = std::current_exception();
                }
                end_at(i);
            }
        }
    };
    {
        std::vector<std::jthread> others;
        const std::uint64_t wanted = std::min<std::uint64_t>(std::max(jobs, 1U), count);
        for (std::uint64_t t = 1; t < wanted; ++t) others.emplace_back(work);
        work();
    }
    const std::uint64_t found = lowest.load();
    if (failure && failed_at == found) std::rethrow_exception(failure);
    return found;
}

/// Calls f(i) for every i below count, on `jobs` threads.
template <class F>
void for_each_index(std::uint64_t count, unsigned jobs, F&& f) {
    lowest_index(count, jobs, [&](std::uint64_t i) {
        f(i);
        return false;
    });
}

}  // namespace qslice::sim
