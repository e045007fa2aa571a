/// @file
/// The loop of every runner: look, take, dispose, finish, and sleep when idle.
/// It turns a runner type (what to do with one message) into a process that serves a slice.
#pragma once

#include <qslice/partition/partition.hpp>
#include <qslice/runner/detail/entry_work.hpp>
#include <qslice/runner/runner_on.hpp>
#include <qslice/runner/runner_state.hpp>
#include <qslice/runner/site.hpp>
#include <qslice/spool/snapshot.hpp>
#include <qslice/world/world.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace qslice {

/// What one call of runner_loop::serve may do. It ends between two entries: the work on one is
/// never cut short, so that a call takes as much longer.
struct serve_limits {
    std::size_t entries = std::numeric_limits<std::size_t>::max();
    double seconds = std::numeric_limits<double>::infinity();  ///< by the world's clock
};

/// Serves one slice of one queue until the world asks it to stop.
///
/// If the spool's stamps keep order, an entry that has to wait keeps its name, and later entries of
/// the same affinity (the leading 64 bits of the hash) are left alone until the next look, so that
/// they cannot overtake it.
///
/// Where storage fails (is_storage_fault), the entry in hand stays in its queue, with its name; the
/// fault is reported once, and the runner waits longer and longer until it is over. What a handler
/// had done before stays noted, so that it is not done twice.
///
/// Optional members of a runner type: `periodic(site)`, called after each message and each
/// look; `static constexpr double sleep_s` (default 1) and `static constexpr bool
/// always_sleeps` (default: false, sleep only if there was nothing to do); `template <class
/// Services> static constexpr bool works_with`: whether services have what the runner needs.
/// @safety one object, one process
/// @source Mailman 2.1 Queue/Runner.py, Mailman 3.3 core/runner.py
template <class Runner, class Site>
requires runner_on<Runner, Site>
class runner_loop {
    static_assert(detail::services_fit<Runner, typename Site::services_type>(),
                  "the site's services lack what this runner type needs: see the concept that its "
                  "member works_with names");

public:
    using item_type = typename Site::item_type;
    using own_type = owned_slice<typename Site::traits::partition_type>;

    runner_loop(Site& s, own_type own, Runner runner = {})
        : work_(s, s.open_queue(Runner::queue, std::move(own)), std::move(runner)) {}

    /// Recovers entries that a crash left in hand, then works until asked to stop.
    void run() {
        run([](runner_state) {});
    }

    /// The same for a supervisor.
    /// @param tell  tell(runner_state) before each look or entry, and before a sleep
    template <class Tell>
    void run(Tell&& tell) {
        run(tell, [] { return true; });
    }

    /// The same as long as it may.
    /// @param may_go_on  callable: () -> bool, asked before each look; ends the work with false
    template <class Tell, class MayGoOn>
    void run(Tell&& tell, MayGoOn&& may_go_on) {
        site().log("qrunner", std::string(Runner::class_name) + " qrunner started.");
        tell(runner_state::recovering);
        recover();
        while (!stop_requested() && (look_ || may_go_on())) {
            tell(runner_state::working);
            if (step()) continue;
            if (stop_requested()) break;
            tell(runner_state::resting);
            if (rests_after_look_) rest();
        }
        site().log("qrunner", std::string(Runner::class_name) + " qrunner exiting.");
    }

    /// Puts the slice's entries that a crash left in hand back into the queue; call it once, before
    /// anything else. run() does. What storage does not allow now is tried again at the next look.
    void recover() { work_.recover(); }

    /// Works on at most one entry: the next of the last look, or the first of a new one. For
    /// programs that have a loop of their own, and call recover() before it.
    /// @returns false if no entry has had its turn: then wait for pause_s(), for wake_descriptor(),
    ///          or for a request to stop
    /// @complexity one entry's work; at the begin of a look also a listing of the queue
    bool step() {
        if (!look_ && !begin_look()) return false;
        while (next_ < look_->size() && !ends_look()) {
            const std::size_t i = next_++;
            if (is_held_back(i)) continue;
            take_turn(i);
            return true;
        }
        end_look();
        return false;
    }

    /// Steps until the limits are reached, nothing is left to do or a stop is requested.
    /// @returns the number of entries that had their turn
    std::size_t serve(const serve_limits& most) {
        const double until = now_s() + most.seconds;
        std::size_t served = 0;
        while (served < most.entries && !stop_requested() && !(now_s() >= until)) {
            if (!step()) break;
            ++served;
        }
        return served;
    }

    /// One look at the queue and the work on each entry found, or on the rest of those that step()
    /// has found; entries that arrive meanwhile wait for the next look.
    /// @returns the number of entries found that are no longer in the queue
    std::size_t one_pass() {
        while (step()) {
        }
        return handled_;
    }

    /// How long to wait after step() has returned false, in seconds: 0 to look again at once.
    [[nodiscard]] double pause_s() const noexcept {
        return rests_after_look_ ? work_.outage().pause_s(idle_sleep_s<Runner>()) : 0.0;
    }

    /// For poll(2), while step() returns false: can be read from when an entry has arrived; never
    /// read from it. -1 before the first look, and where the spool does not watch its queues.
    [[nodiscard]] int wake_descriptor() const noexcept {
        if constexpr (requires { work_.queue().wake_descriptor(); }) {
            return work_.queue().wake_descriptor();
        } else {
            return -1;
        }
    }

private:
    using after = detail::entry_after;

    Site& site() noexcept { return work_.site(); }
    bool stop_requested() { return site().world().stop_requested(); }

    double now_s() {
        if constexpr (has_steady_clock<typename Site::world_type>) {
            return site().world().steady_s();
        } else {
            return site().world().now().seconds;
        }
    }

    bool begin_look() {
        handled_ = 0;
        held_back_.clear();
        work_.begin();
        auto found = work_.queue().files();
        if constexpr (requires { requires Site::world_type::owns_alone; }) {
            // Whoever has entries in hand is no longer the slice's owner.
            if (found && found->in_hand() > 0 && work_.is_settled()) {
                work_.recover();
                found = work_.queue().files();
            }
        }
        if (!found) {
            work_.fault(found.error());
            work_.end(false);
            rests_after_look_ = true;
            return false;
        }
        for (const error& problem : found->malformed()) work_.report_once(problem);
        look_ = *std::move(found);
        next_ = 0;
        return true;
    }

    void take_turn(std::size_t i) {
        const after became = work_.handle(look_->base_name(i));
        if (became != after::waiting) {
            ++handled_;
            work_.add_success();
        }
        if (work_.queue().keeps_order() && became != after::gone) {
            held_back_.insert(look_->hash((*look_)[i]).high());
        }
        work_.periodic();
    }

    bool ends_look() { return work_.outage().ends_pass() || stop_requested(); }

    void end_look() {
        const bool whole = !ends_look();
        if (look_->empty()) work_.periodic();
        // Mailman sleeps when its look was empty. Entries that it would have put aside and that
        // stay here, as storage fails or their order is kept, would be tried without end.
        rests_after_look_ = handled_ == 0 || work_.outage().ends_pass() || always_sleeps();
        work_.end(whole);
        look_.reset();
    }

    static constexpr bool always_sleeps() {
        if constexpr (requires { Runner::always_sleeps; }) return Runner::always_sleeps;
        return false;
    }

    /// A switchboard that is notified of entries ends the sleep of its runner when one arrives.
    void rest() {
        if constexpr (requires { work_.queue().wait_for_entries(0.0); }) {
            if (!always_sleeps() && !work_.outage().ends_pass()) {
                return work_.queue().wait_for_entries(pause_s());
            }
        }
        site().world().sleep_for(pause_s());
    }

    [[nodiscard]] bool is_held_back(std::size_t i) const {
        return !held_back_.empty() && held_back_.contains(look_->hash((*look_)[i]).high());
    }

    detail::entry_work<Runner, Site> work_;
    std::optional<snapshot> look_;       ///< whose entries have their turns
    std::size_t next_ = 0;               ///< of them
    std::size_t handled_ = 0;            ///< in this look
    std::set<std::uint64_t> held_back_;  ///< affinities, in this look
    bool rests_after_look_ = true;
};

}  // namespace qslice
