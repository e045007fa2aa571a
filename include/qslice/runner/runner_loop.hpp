/// @file
/// The loop of every runner: look, take, dispose, finish, and sleep when idle.
/// It turns a runner type (what to do with one message) into a process that serves a slice.
#pragma once

#include <qslice/codec/item_format.hpp>
#include <qslice/core/result.hpp>
#include <qslice/runner/mailman_times.hpp>
#include <qslice/runner/runner_type.hpp>
#include <qslice/runner/site.hpp>
#include <qslice/spool/switchboard.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace qslice {

/// How long a runner sleeps if it found nothing to do, in seconds.
template <class Runner>
constexpr double idle_sleep_s() {
    if constexpr (requires { Runner::sleep_s; }) return Runner::sleep_s;
    return mailman_times::idle_sleep_s;
}

/// The metadata key of a shunted item's queue; mail has Mailman's instead.
inline constexpr std::string_view shunted_from_key = "shunted_from";

/// What a runner did with a message.
enum class disposition {
    done,         ///< the entry is finished
    keep_queued,  ///< put it back into the queue: it gets a new entry, or keeps the one it has
};

/// A runner type that can work on a site: `dispose(site, message)` does the work on one
/// message. An error, or an exception derived from std::exception, shunts the message.
template <class R, class Site>
concept runner_on = runner_type<R> &&
    requires(R& runner, Site& s, typename Site::item_type& message) {
    { runner.dispose(s, message) } -> std::same_as<result<disposition>>;
};

namespace detail {

template <class Runner, class Services>
constexpr bool services_fit() {
    if constexpr (requires { Runner::template works_with<Services>; }) {
        return Runner::template works_with<Services>;
    } else {
        return true;
    }
}

}  // namespace detail

/// Serves one slice of one queue until the world asks it to stop.
///
/// If the spool's stamps keep order, an entry that has to wait keeps its name, and later entries of
/// the same affinity (the leading 64 bits of the hash) are left alone until the next look, so that
/// they cannot overtake it.
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
        : site_(s),
          queue_(s.open_queue(Runner::queue, std::move(own))),
          runner_(std::move(runner)) {}

    /// Recovers entries that a crash left in hand, then works until asked to stop.
    void run() {
        site_.log("qrunner", std::string(Runner::class_name) + " qrunner started.");
        recover();
        while (!site_.world().stop_requested()) {
            const std::size_t handled = one_pass();
            if (site_.world().stop_requested()) break;
            // Mailman sleeps when its look was empty. Entries that it would have put aside and
            // that stay here, as storage fails or their order is kept, would be tried without end.
            if (handled == 0 || always_sleeps()) rest();
        }
        site_.log("qrunner", std::string(Runner::class_name) + " qrunner exiting.");
    }

    /// Puts the slice's entries that a crash left in hand back into the queue.
    void recover() {
        auto recovered = queue_.recover();
        if (!recovered) {
            report(recovered.error());
            return;
        }
        for (const error& problem : recovered->problems) report(problem);
    }

    /// One look at the queue and the work on each entry found; entries that arrive meanwhile wait
    /// for the next look.
    /// @returns the number of entries found that are no longer in the queue
    std::size_t one_pass() {
        auto taken = queue_.files();
        if (!taken) {
            report_once(taken.error());
            return 0;
        }
        reported_.erase(queue_.directory());
        for (const error& problem : taken->malformed()) report_once(problem);
        std::size_t handled = 0;
        held_back_.clear();
        for (std::size_t i = 0; i < taken->size(); ++i) {
            if (is_held_back(*taken, i)) continue;
            const after became = handle(taken->base_name(i));
            if (became != after::waiting) ++handled;
            if (queue_.keeps_order() && became != after::gone) {
                held_back_.insert(taken->hash((*taken)[i]).high());
            }
            periodic();
            if (site_.world().stop_requested()) return handled;
        }
        if (taken->empty()) periodic();
        return handled;
    }

private:
    /// Where an entry of a look is after its turn.
    enum class after {
        gone,     ///< out of the queue; Mailman's keep-queued gives it a new entry
        taken,    ///< in another process's hands
        waiting,  ///< in its place
    };

    static constexpr bool always_sleeps() {
        if constexpr (requires { Runner::always_sleeps; }) return Runner::always_sleeps;
        return false;
    }

    /// A switchboard that is notified of entries ends the sleep of its runner when one arrives.
    void rest() {
        if constexpr (requires { queue_.wait_for_entries(idle_sleep_s<Runner>()); }) {
            if (!always_sleeps()) return queue_.wait_for_entries(idle_sleep_s<Runner>());
        }
        site_.world().sleep_for(idle_sleep_s<Runner>());
    }

    void periodic() {
        if constexpr (requires { runner_.periodic(site_); }) runner_.periodic(site_);
    }

    [[nodiscard]] bool is_held_back(const snapshot& taken, std::size_t i) const {
        return !held_back_.empty() && held_back_.contains(taken.hash(taken[i]).high());
    }

    after handle(std::string_view base) {
        auto message = queue_.dequeue(base);
        if (!message) return handle_unreadable(base, message.error());
        // A failing dispose may have changed the metadata; the message is shunted as it left it.
        const auto outcome = dispose(*message);
        if (!outcome) {
            shunt(base, *message, outcome.error());
        } else if (*outcome == disposition::keep_queued) {
            return keep_queued(base, *std::move(message));
        } else {
            finish(base, finish_as::done);
        }
        return after::gone;
    }

    after keep_queued(std::string_view base, item_type message) {
        if (queue_.keeps_order()) {
            auto kept = queue_.put_back(base, std::move(message));
            // The changes are lost, but the entry is at least in its place.
            if (!kept) (void)queue_.put_back(base);
            if (!kept) report_once(kept.error());
            return after::waiting;
        }
        auto again = queue_.enqueue(message.text, message.data);
        finish(base, again ? finish_as::done : finish_as::preserved);
        if (!again) report(again.error());
        return after::gone;
    }

    after handle_unreadable(std::string_view base, const error& problem) {
        if (problem.code == error_code::malformed) {
            report(problem);
            site_.log("error", "Skipping and preserving unparseable message: " + std::string(base));
            finish(base, finish_as::preserved);
            return after::gone;
        }
        if (site_.settings().untaken == untaken_entry::preserve) {
            site_.log("error", "Uncaught runner exception: " + problem.to_string());
            site_.log("error", "Skipping and preserving unparseable message: " + std::string(base));
            finish(base, finish_as::preserved);
            return after::gone;
        }
        // Another process was faster, or storage failed: the entry stays for the next look.
        report_once(problem);
        return problem.code == error_code::not_found ? after::taken : after::waiting;
    }

    result<disposition> dispose(item_type& message) {
        try {
            return runner_.dispose(site_, message);
        } catch (const std::exception& e) {
            return failure(error_code::rejected, std::string(Runner::class_name), e.what());
        }
    }

    void shunt(std::string_view base, item_type& message, const error& problem) {
        site_.log("error", "Uncaught runner exception: " + problem.to_string());
        if constexpr (detail::carries_mail<typename Site::traits>) {
            Site::traits::format::set_shunted_from(message.data, Runner::queue,
                                                   site_.queue_directory(Runner::queue));
        } else {
            message.data.set(shunted_from_key, std::string_view(Runner::queue));
        }
        auto shunted = site_.enqueue("shunt", message.text, message.data);
        if (shunted) {
            site_.log("error", "SHUNTING: " + *shunted);
            finish(base, finish_as::done);
        } else {
            site_.log("error", "SHUNTING FAILED, preserving original entry: " + std::string(base));
            report(shunted.error());
            finish(base, finish_as::preserved);
        }
    }

    void finish(std::string_view base, finish_as how) {
        if (auto finished = queue_.finish(base, how); !finished) {
            site_.log("error",
                      "Failed to unlink/preserve backup file: " + finished.error().to_string());
        }
    }

    void report(const error& problem) { site_.log("error", problem.to_string()); }

    /// A persistent file or failure would otherwise be logged again at every look.
    void report_once(const error& problem) {
        if (reported_.insert(problem.where).second) report(problem);
    }

    Site& site_;
    typename Site::switchboard_type queue_;
    Runner runner_;
    std::set<std::string> reported_;
    std::set<std::uint64_t> held_back_;  ///< affinities, in the current pass
};

}  // namespace qslice
