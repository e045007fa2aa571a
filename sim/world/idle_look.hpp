/// @file
/// The looks of a process that finds nothing: it lists a directory, sleeps, and lists it again.
/// While the names stay the same, the engine plays none of them; they are made up for afterwards,
/// with the same durations, so that a year without work costs next to nothing.
#pragma once

#include "sim/record/virtual_time.hpp"
#include "sim/world/names_watcher.hpp"

#include <boost/intrusive/list_hook.hpp>

#include <cstdint>
#include <optional>

namespace qslice::sim {

namespace detail {

struct process_state;

struct of_machine;
using idle_hook =
    boost::intrusive::list_base_hook<boost::intrusive::tag<of_machine>,
                                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

}  // namespace detail

/// The sleep of a process that has done nothing since its last sleep but look at one directory.
///
/// It ends when the directory's names change, when the process is asked to stop, or by interrupt().
/// Until then the process would have slept and looked again and again, always with the same result;
/// what that takes of its random stream, and the number of calls and events, is made up for by
/// catch_up(). The process goes on exactly where it would be: in its sleep, or in a look that has
/// begun. Where a look ends in the same nanosecond as the change, it comes first.
/// @safety lives on the stack of its process; for use by one engine
class idle_look final : public names_watcher, public detail::idle_hook {
public:
    /// Whether the process may pass its next sleep in this way: its observer allows it, the storage
    /// makes progress, and its only call since its last sleep, which was as long, was a look at a
    /// directory that has not changed since.
    static bool fits(const detail::process_state& process, duration sleep);

    /// @pre fits()
    idle_look(detail::process_state& process, duration sleep);
    idle_look(const idle_look&) = delete;
    idle_look& operator=(const idle_look&) = delete;
    ~idle_look();

    /// From inside the process: returns at the end of the sleep before the look that may find
    /// something.
    void wait();

    /// Counts the looks that have ended by now.
    /// @complexity constant if all calls of a kind take the same time, otherwise linear in the
    ///             number of looks
    void catch_up();

    /// Lets the process go on by itself, before something changes how long its calls take.
    void interrupt();

private:
    void names_will_change() override { interrupt(); }

    detail::process_state& process_;
    duration sleep_;
    virtual_time wakes_;             ///< when the present sleep ends
    std::optional<duration> begun_;  ///< how long the look after it takes, once it has begun
};

using idle_looks = boost::intrusive::list<idle_look, boost::intrusive::base_hook<detail::idle_hook>,
                                          boost::intrusive::constant_time_size<false>>;

}  // namespace qslice::sim
