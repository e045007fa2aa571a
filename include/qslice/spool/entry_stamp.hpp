/// @file
/// The time that a queue writer gives a new entry: the clock's, as in Mailman, or one that always
/// increases. The spool traits choose one; order from end to end requires the second.
#pragma once

#include <qslice/core/detail/real.hpp>
#include <qslice/core/detail/type_list.hpp>
#include <qslice/core/timestamp.hpp>

#include <algorithm>
#include <concepts>
#include <limits>
#include <string_view>

namespace qslice {

/// Turns the clock's time into the time of the next entry. Each queue writer has its own stamp
/// policy and asks it once per entry.
///
/// `keeps_order` says that runners must keep the order of stamps: an entry that has to wait stays
/// in its place, and entries that share its affinity are held back until it is done. It is static,
/// or a member of stamps that are known only at run time.
template <class S>
concept stamp_policy = std::default_initializable<S> && std::copyable<S> &&
    requires(S& stamps, timestamp now) {
    { S::name } -> std::convertible_to<std::string_view>;
    { S::keeps_order } -> std::convertible_to<bool>;
    { stamps.next(now) } -> std::same_as<timestamp>;
};

/// The clock's time unchanged, as in Mailman: entries written at the same time tie, and a clock
/// that is set back puts later entries before earlier ones.
struct clock_stamps {
    static constexpr std::string_view name = "clock";
    static constexpr bool keeps_order = false;

    [[nodiscard]] static timestamp next(timestamp now) noexcept { return now; }
};

/// The clock's time, but always later than the previous stamp: the stamps of one writer never tie
/// and never go back, even if the clock stands still, is coarse or is set back.
///
/// The smallest step is to the next double, 0.24 microseconds in the year 2026, so a writer is
/// ahead of a running clock by at most that much per entry written meanwhile.
/// @safety a plain value that belongs to one writer
class increasing_stamps {
public:
    static constexpr std::string_view name = "increasing";
    static constexpr bool keeps_order = true;

    [[nodiscard]] timestamp next(timestamp now) noexcept {
        last_.seconds = std::max(now.seconds, detail::next_up(last_.seconds));
        return last_;
    }

private:
    static constexpr double infinity = std::numeric_limits<double>::infinity();

    timestamp last_{-infinity};
};

static_assert(stamp_policy<clock_stamps> && stamp_policy<increasing_stamps>);

namespace detail {

/// Those that a scenario can name.
using named_stamps = type_list<clock_stamps, increasing_stamps>;

}  // namespace detail

}  // namespace qslice
