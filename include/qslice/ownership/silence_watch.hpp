/// @file
/// Since when another process's beat has not changed, as seen from here: by this process's own
/// steady clock, so that no two clocks are compared. slice_keeper.hpp has one for each slice that
/// it does not hold.
#pragma once

#include <optional>

namespace qslice {

/// @tparam Beat  what changes as long as the other is alive
template <class Beat>
class silence_watch {
public:
    /// @returns whether it has changed since an earlier look; false at the first
    bool has_changed(const Beat& beat, double now_s) {
        if (last_ == beat) return false;
        const bool is_first = !last_;
        last_ = beat;
        since_s_ = now_s;
        return !is_first;
    }

    /// When the present beat was first seen.
    [[nodiscard]] double since_s() const noexcept { return since_s_; }
    [[nodiscard]] const std::optional<Beat>& last() const noexcept { return last_; }

private:
    std::optional<Beat> last_;
    double since_s_ = 0;
};

}  // namespace qslice
