/// @file
/// The loop of every runner: look, take, dispose, finish, and sleep when idle.
/// It turns a runner type (what to do with one message) into a process that serves a slice.
#pragma once

#include <qslice/codec/item_format.hpp>
#include <qslice/core/result.hpp>
#include <qslice/runner/mailman_times.hpp>
#include <qslice/runner/runner_type.hpp>
#include <qslice/runner/site.hpp>
#include <qslice/runner/storage_outage.hpp>
#include <qslice/spool/switchboard.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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
            if (handled == 0 || outage_.ends_pass() || always_sleeps()) rest();
        }
        site_.log("qrunner", std::string(Runner::class_name) + " qrunner exiting.");
    }

    /// Puts the slice's entries that a crash left in hand back into the queue. What storage does
    /// not allow now is tried again before the next pass.
    void recover() {
        auto recovered = queue_.recover();
        must_recover_ = false;
        if (!recovered) {
            recover_later(recovered.error());
            return;
        }
        for (const error& problem : recovered->problems) {
            if (is_storage_fault(problem.code)) {
                recover_later(problem);
            } else {
                report(problem);
            }
        }
    }

    /// One look at the queue and the work on each entry found; entries that arrive meanwhile wait
    /// for the next look.
    /// @returns the number of entries found that are no longer in the queue
    std::size_t one_pass() {
        outage_.begin_pass();
        settle();
        if (must_recover_ && unsettled_.empty()) recover();
        const std::size_t handled = work();
        if (outage_.end_pass()) {
            site_.log("qrunner",
                      std::string(Runner::class_name) + " qrunner: storage works again.");
        }
        return handled;
    }

private:
    /// Where an entry of a look is after its turn.
    enum class after {
        gone,     ///< out of the queue; Mailman's keep-queued gives it a new entry
        taken,    ///< in another process's hands
        waiting,  ///< in its place
    };

    /// An entry in hand that storage does not let go.
    struct unsettled {
        std::string base;
        std::optional<finish_as> how;  ///< nothing: it goes back into the queue
    };

    std::size_t work() {
        auto taken = queue_.files();
        if (!taken) {
            fault(taken.error());
            return 0;
        }
        reported_now_.clear();
        for (const error& problem : taken->malformed()) report_once(problem);
        std::size_t handled = 0;
        taken_by_others_ = 0;
        held_back_.clear();
        for (std::size_t i = 0; i < taken->size() && !outage_.ends_pass(); ++i) {
            if (is_held_back(*taken, i)) continue;
            const after became = handle(taken->base_name(i));
            if (became != after::waiting) {
                ++handled;
                outage_.add_success();
            }
            if (queue_.keeps_order() && became != after::gone) {
                held_back_.insert(taken->hash((*taken)[i]).high());
            }
            periodic();
            if (site_.world().stop_requested()) break;
        }
        // Of a pass that was cut short nothing is known about the rest.
        if (!outage_.ends_pass() && !site_.world().stop_requested()) reported_ = reported_now_;
        if (taken_by_others_ > 1) {
            site_.log("error", queue_.directory() + ": " + std::to_string(taken_by_others_) +
                                   " entries of this look were taken by another process first");
        }
        if (taken->empty()) periodic();
        return handled;
    }

    static constexpr bool always_sleeps() {
        if constexpr (requires { Runner::always_sleeps; }) return Runner::always_sleeps;
        return false;
    }

    /// A switchboard that is notified of entries ends the sleep of its runner when one arrives.
    void rest() {
        const double pause = outage_.pause_s(idle_sleep_s<Runner>());
        if constexpr (requires { queue_.wait_for_entries(pause); }) {
            if (!always_sleeps() && !outage_.ends_pass()) return queue_.wait_for_entries(pause);
        }
        site_.world().sleep_for(pause);
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
        if (auto noted = unsaved_.extract(std::string(base))) *message = std::move(noted.mapped());
        // A failing dispose may have changed the metadata; the message is shunted as it left it.
        const auto outcome = dispose(*message);
        if (outcome && *outcome == disposition::keep_queued) {
            return keep_queued(base, *std::move(message));
        }
        if (!outcome) return set_aside(base, *std::move(message), outcome.error());
        finish(base, finish_as::done);
        return after::gone;
    }

    after keep_queued(std::string_view base, item_type message) {
        if (queue_.keeps_order()) {
            // As long as the changes cannot be written, they are kept in memory.
            auto kept = queue_.put_back(base, message);
            if (!kept) return leave(base, std::move(message), kept.error());
            return after::waiting;
        }
        auto again = queue_.enqueue(message.text, message.data);
        if (!again && !plays_mailman()) return leave(base, std::move(message), again.error());
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
        if (plays_mailman()) {
            site_.log("error", "Uncaught runner exception: " + problem.to_string());
            site_.log("error", "Skipping and preserving unparseable message: " + std::string(base));
            finish(base, finish_as::preserved);
            return after::gone;
        }
        if (problem.code == error_code::not_found) {
            // Another process was faster. Where two runners serve one slice that is so of
            // thousands of entries, which are then counted.
            if (++taken_by_others_ == 1) report(problem);
            return after::taken;
        }
        if (is_storage_fault(problem.code)) {
            fault(problem);
            if (auto back = queue_.put_back(base); !back) settle_later(base, {}, back.error());
        } else {
            report_once(problem);
        }
        return after::waiting;
    }

    result<disposition> dispose(item_type& message) {
        try {
            return runner_.dispose(site_, message);
        } catch (const std::exception& e) {
            return failure(error_code::rejected, std::string(Runner::class_name), e.what());
        }
    }

    /// What becomes of an entry whose message could not be handled.
    after set_aside(std::string_view base, item_type message, const error& problem) {
        if (is_storage_fault(problem.code) && !plays_mailman()) {
            return leave(base, std::move(message), problem);
        }
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
        } else if (plays_mailman()) {
            site_.log("error", "SHUNTING FAILED, preserving original entry: " + std::string(base));
            report(shunted.error());
            finish(base, finish_as::preserved);
        } else {
            return leave(base, std::move(message), shunted.error());
        }
        return after::gone;
    }

    /// Puts an entry in hand back as far as its message has come.
    after leave(std::string_view base, item_type message, const error& problem) {
        fault(problem);
        auto back = queue_.put_back(base, message);
        if (!back && back.error().code != error_code::not_found) {
            if (unsaved_.size() < most_unsaved) unsaved_.emplace(base, std::move(message));
            back = queue_.put_back(base);
            if (!back) settle_later(base, {}, back.error());
        }
        return after::waiting;
    }

    void finish(std::string_view base, finish_as how) {
        if (auto finished = queue_.finish(base, how); !finished) {
            site_.log("error",
                      "Failed to unlink/preserve backup file: " + finished.error().to_string());
            settle_later(base, how, finished.error());
        }
    }

    /// Until then the entry is neither in its queue nor out of it.
    void settle_later(std::string_view base, std::optional<finish_as> how, const error& problem) {
        if (!is_storage_fault(problem.code) || plays_mailman()) return;
        fault(problem);
        unsettled_.push_back({std::string(base), how});
    }

    /// Ends what storage did not let end before.
    void settle() {
        while (!unsettled_.empty()) {
            const unsettled& last = unsettled_.back();
            const auto done =
                last.how ? queue_.finish(last.base, *last.how) : queue_.put_back(last.base);
            if (!done && is_storage_fault(done.error().code)) {
                fault(done.error());
                return;
            }
            if (last.how) unsaved_.erase(last.base);
            unsettled_.pop_back();
        }
    }

    void recover_later(const error& problem) {
        must_recover_ = true;
        fault(problem);
    }

    [[nodiscard]] bool plays_mailman() const noexcept {
        return site_.settings().untaken == untaken_entry::preserve;
    }

    /// Reports a fault of storage, once for each kind and outage.
    void fault(const error& problem) {
        if (!outage_.add(problem.code)) return;
        site_.log("error", problem.to_string() + "; entries stay in their queues until it is over");
    }

    void report(const error& problem) { site_.log("error", problem.to_string()); }

    /// A persistent file would otherwise be logged again at every look.
    void report_once(const error& problem) {
        reported_now_.insert(problem.where);
        if (reported_.insert(problem.where).second) report(problem);
    }

    static constexpr std::size_t most_unsaved = 64;

    Site& site_;
    typename Site::switchboard_type queue_;
    Runner runner_;
    std::set<std::string> reported_;      ///< in the last pass or this one
    std::set<std::string> reported_now_;  ///< in this one
    storage_outage outage_;
    bool must_recover_ = false;
    std::vector<unsettled> unsettled_;
    /// Messages in their queue whose progress could not be written.
    std::map<std::string, item_type> unsaved_;
    std::size_t taken_by_others_ = 0;    ///< in the current pass
    std::set<std::uint64_t> held_back_;  ///< affinities, in the current pass
};

}  // namespace qslice
