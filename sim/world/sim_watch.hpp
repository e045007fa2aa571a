/// @file
/// The names that appear in directories which a simulated process watches, as inotify reports them:
/// in order, from a queue of limited length, and without what other machines do. Part of sim_world.
#pragma once

#include <qslice/core/result.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace qslice::sim {

class sim_world;

namespace detail {
struct process_state;
}

/// A process's watch; see watching_world.
///
/// To add a directory and to collect names takes no time, and none is a point of a crash: neither
/// changes what is stored.
/// @safety for its process; movable
/// @source inotify(7): a name that repeats the last one queued is not queued again; once the queue
///         is full, names are dropped, and the reader is told that some were
class sim_watch {
public:
    /// Makes nothing watched yet.
    /// @param queue_limit  the number of names that it holds, at least 1
    sim_watch(std::shared_ptr<detail::process_state> owner, std::size_t queue_limit);
    sim_watch(sim_watch&&) noexcept;
    sim_watch& operator=(sim_watch&&) noexcept;
    ~sim_watch();

    /// From now on sees names that appear in the directory; does nothing if it does already.
    result<void> add(const std::string& path);

    /// Calls visit(directory, name) for each name since the last call, in order.
    /// @returns false if some names are missing
    template <class Visit>
    result<bool> collect(Visit&& visit) {
        return collect_names(std::ref(visit));
    }

    /// Waits until a name appears or the process is asked to stop.
    /// @param seconds  by the machine's clock
    /// @returns false if none appeared in that time
    [[nodiscard]] bool wait_for(double seconds);

private:
    struct events;

    result<bool> collect_names(
        const std::function<void(std::string_view directory, std::string_view name)>& visit);

    std::unique_ptr<events> events_;
};

}  // namespace qslice::sim
