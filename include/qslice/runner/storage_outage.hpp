/// @file
/// What a runner does while storage fails: it says so once, waits longer and longer, and goes on.
/// The runner loop keeps one.
#pragma once

#include <qslice/core/result.hpp>

#include <algorithm>
#include <cstddef>
#include <set>

namespace qslice {

/// The faults of one runner's storage, from the first to the end of the first pass without any.
///
/// A fault of storage says nothing about the message that was in hand: its entry stays in its
/// queue.
/// @safety one object serves one thread
class storage_outage {
public:
    static constexpr double longest_pause_s = 60;

    void begin_pass() noexcept {
        in_pass_ = in_row_ = 0;
        succeeded_ = false;
    }

    /// Notes a fault.
    /// @returns whether it is the first of its kind in this outage, to be reported
    bool add(error_code code) {
        ++in_pass_;
        ++in_row_;
        return kinds_.insert(code).second;
    }

    /// Notes an entry that was dealt with.
    void add_success() noexcept {
        in_row_ = 0;
        succeeded_ = true;
    }

    /// Whether the rest of the pass is to be left for later. After one fault the next entry is
    /// tried, so that an entry that alone meets a fault does not hold up the others.
    [[nodiscard]] bool ends_pass() const noexcept { return in_row_ >= 2; }

    /// @returns whether an outage is over now
    bool end_pass() noexcept {
        if (in_pass_ > 0) {
            passes_ = succeeded_ ? 1 : passes_ + 1;
            return false;
        }
        passes_ = 0;
        const bool was_on = !kinds_.empty();
        kinds_.clear();
        return was_on;
    }

    /// How long to wait before the next pass: twice as long after each in which nothing went well,
    /// up to a minute.
    /// @param idle_s  the usual sleep
    [[nodiscard]] double pause_s(double idle_s) const noexcept {
        double pause = idle_s;
        for (std::size_t i = 1; i < passes_ && pause < longest_pause_s; ++i) pause *= 2;
        return std::max(idle_s, std::min(pause, longest_pause_s));
    }

private:
    std::set<error_code> kinds_;
    std::size_t in_pass_ = 0;
    std::size_t in_row_ = 0;
    bool succeeded_ = false;  ///< in this pass
    std::size_t passes_ = 0;  ///< with a fault, in a row and since the last success
};

}  // namespace qslice
