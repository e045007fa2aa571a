/// @file
/// The state of the runners that one process runs in threads, and what it tells its service
/// manager. Part of run.hpp.
#pragma once

#include <qslice/core/result.hpp>
#include <qslice/runner/runner_state.hpp>
#include <qslice/world/service_manager.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace qslice::detail {

/// Notes what each thread does; one thread watches.
/// @safety all member functions may be called from any thread, watch() from one
class supervisor {
public:
    explicit supervisor(std::size_t threads) : threads_(threads), running_(threads) {}

    /// A runner's state. Takes no lock while it works.
    void note(std::size_t thread, runner_state state) {
        one& own = threads_[thread];
        own.busy_since = state == runner_state::resting ? resting : now_ns();
        if (state == runner_state::recovering || std::exchange(own.has_recovered, true)) return;
        const std::lock_guard lock(mutex_);
        ++recovered_;
        changed_.notify_one();
    }

    /// A thread has ended, or was never started.
    void end(std::size_t thread, const result<void>& how) {
        threads_[thread].busy_since = resting;
        const std::lock_guard lock(mutex_);
        --running_;
        if (!how && !first_failure_) first_failure_ = how.error();
        changed_.notify_one();
    }

    /// Waits until all threads have ended.
    /// @param stop  asks all to stop; called once, when one has failed
    /// @returns the first failure
    template <class Stop>
    result<void> watch(const service_manager& manager, Stop&& stop) {
        using seconds = std::chrono::duration<double>;
        std::unique_lock lock(mutex_);
        const double period_s = manager.watchdog_s();
        bool ready = false;
        bool stopping = false;
        bool stopped = false;
        while (true) {
            result<void> told;
            if (recovered_ == threads_.size() && !std::exchange(ready, true)) {
                told = manager.ready();
            }
            if (running_ < threads_.size() && told && !std::exchange(stopping, true)) {
                told = manager.stopping();
            }
            if (running_ == 0) break;
            if (told && ready && period_s > 0 && all_alive(period_s)) told = manager.alive();
            if (!told && !first_failure_) first_failure_ = told.error();
            if (first_failure_ && !std::exchange(stopped, true)) stop();
            if (period_s > 0) {
                changed_.wait_for(lock, seconds(period_s / 2));
            } else {
                changed_.wait(lock);
            }
        }
        if (first_failure_) return failure(*first_failure_);
        return {};
    }

private:
    struct one {
        std::atomic<std::int64_t> busy_since = resting;  ///< ns by the steady clock
        bool has_recovered = false;                      ///< of its own thread
    };
    static constexpr std::int64_t resting = -1;

    static std::int64_t now_ns() noexcept {
        return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
    }

    /// Whether no runner has been at one entry, or one look, for that long.
    [[nodiscard]] bool all_alive(double limit_s) const noexcept {
        const std::int64_t now = now_ns();
        for (const one& thread : threads_) {
            const std::int64_t since = thread.busy_since;
            if (since != resting && static_cast<double>(now - since) >= limit_s * 1e9) return false;
        }
        return true;
    }

    std::vector<one> threads_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t recovered_ = 0;
    std::size_t running_;
    std::optional<error> first_failure_;
};

}  // namespace qslice::detail
