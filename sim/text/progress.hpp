/// @file
/// A progress bar with rate and time left, for work that takes longer than a moment. It is drawn on
/// standard error, and only if that is a terminal.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace qslice::sim {

/// "1.2 million", "45,300" or "12": a count that is easy to read.
[[nodiscard]] std::string short_count(double count);

/// One line that is redrawn in place, at most ten times a second.
///
/// The wall clock affects only what is drawn.
/// @safety advance() and expect() may be called from any thread
class progress {
public:
    /// @param unit   "posts", "seeds": what is counted
    /// @param total  0: unknown, and no remaining time is shown
    /// @param shown  false: draws nothing (--quiet, --json, or standard error is no terminal)
    progress(std::string label, std::string unit, std::uint64_t total, bool shown);
    progress(const progress&) = delete;
    progress& operator=(const progress&) = delete;

    /// Erases the line.
    ~progress();

    void advance(std::uint64_t more = 1) {
        const std::uint64_t now = done_.fetch_add(more, std::memory_order_relaxed) + more;
        if (shown_) maybe_draw(now);
    }

    /// How much there will be, as far as is known now.
    void expect(std::uint64_t total) { total_.store(total, std::memory_order_relaxed); }

    /// Whether anything may be drawn; if not, counting is unnecessary.
    [[nodiscard]] bool shown() const { return shown_; }

    [[nodiscard]] std::uint64_t done() const { return done_.load(std::memory_order_relaxed); }

    /// The line as it would be drawn after this many seconds.
    [[nodiscard]] std::string line(std::uint64_t done, double seconds, unsigned columns) const;

private:
    using clock = std::chrono::steady_clock;

    void maybe_draw(std::uint64_t done);

    std::string label_;
    std::string unit_;
    std::atomic<std::uint64_t> total_;
    bool shown_;
    bool utf8_;
    clock::time_point started_ = clock::now();
    std::atomic<std::uint64_t> done_{0};
    std::atomic<std::int64_t> next_draw_ms_{300};  ///< nothing is drawn for short work
    std::mutex drawing_;
    bool drawn_ = false;
};

}  // namespace qslice::sim
