/// @file
/// What a runner does with one entry: take it, let its runner type dispose of the item, and finish
/// it, put it back or set it aside. The loop of runners decides which entry and when.
#pragma once

#include <qslice/codec/item_format.hpp>
#include <qslice/core/caught.hpp>
#include <qslice/core/result.hpp>
#include <qslice/runner/runner_on.hpp>
#include <qslice/runner/site.hpp>
#include <qslice/runner/storage_outage.hpp>
#include <qslice/spool/switchboard.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice::detail {

/// Where an entry of a look is after its turn.
enum class entry_after {
    gone,     ///< out of the queue; Mailman's keep-queued gives it a new entry
    taken,    ///< in another process's hands
    waiting,  ///< in its place
};

/// The work on single entries of a slice, and what storage did not let end yet.
/// @safety one object, one process
template <class Runner, class Site>
class entry_work {
public:
    using item_type = typename Site::item_type;
    using after = entry_after;

    entry_work(Site& s, typename Site::switchboard_type queue, Runner runner)
        : site_(s), queue_(std::move(queue)), runner_(std::move(runner)) {}

    [[nodiscard]] typename Site::switchboard_type& queue() noexcept { return queue_; }
    [[nodiscard]] const typename Site::switchboard_type& queue() const noexcept { return queue_; }
    [[nodiscard]] Site& site() const noexcept { return site_; }
    [[nodiscard]] const storage_outage& outage() const noexcept { return outage_; }

    /// Whether this process has no entry in hand that storage did not let go.
    [[nodiscard]] bool is_settled() const noexcept { return unsettled_.empty(); }

    /// Begins a look: ends what storage did not let end before.
    void begin() {
        outage_.begin_pass();
        settle();
        if (must_recover_ && unsettled_.empty()) recover();
        reported_now_.clear();
        taken_by_others_ = 0;
    }

    /// @param whole  whether each entry of the look has had its turn; of the rest nothing is known
    void end(bool whole) {
        if (whole) reported_ = reported_now_;
        if (taken_by_others_ > 1) {
            site_.log("error", queue_.directory() + ": " + std::to_string(taken_by_others_) +
                                   " entries of this look were taken by another process first");
        }
        if (outage_.end_pass()) {
            site_.log("qrunner",
                      std::string(Runner::class_name) + " qrunner: storage works again.");
        }
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

    void periodic() {
        if constexpr (requires { runner_.periodic(site_); }) {
            const auto done =
                caught(std::string(Runner::class_name) + ", periodic", [&]() -> result<void> {
                    runner_.periodic(site_);
                    return {};
                });
            if (!done) report_once(done.error());
        }
    }

    /// The work on one entry of the look.
    after handle(std::string_view base) {
        auto message = queue_.dequeue(base);
        if (!message) return handle_unreadable(base, message.error());
        // Whoever asks a runner to stop need not wait for the work on one more message.
        if (site_.world().stop_requested() && !plays_mailman()) return give_back(base);
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

    /// Notes that storage works.
    void add_success() noexcept { outage_.add_success(); }

    /// Reports a fault of storage, once for each kind and outage.
    void fault(const error& problem) {
        if (!outage_.add(problem.code)) return;
        site_.log("error", problem.to_string() + "; entries stay in their queues until it is over");
    }

    /// A persistent file would otherwise be logged again at every look.
    void report_once(const error& problem) {
        reported_now_.insert(problem.where);
        if (reported_.insert(problem.where).second) report(problem);
    }

private:
    /// An entry in hand that storage does not let go.
    struct unsettled {
        std::string base;
        std::optional<finish_as> how;  ///< nothing: it goes back into the queue
    };

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
            return give_back(base);
        }
        report_once(problem);
        return after::waiting;
    }

    result<disposition> dispose(item_type& message) {
        return caught(Runner::class_name, [&] { return runner_.dispose(site_, message); });
    }

    /// What becomes of an entry whose message could not be handled.
    after set_aside(std::string_view base, item_type message, const error& problem) {
        if (is_storage_fault(problem.code) && !plays_mailman()) {
            return leave(base, std::move(message), problem);
        }
        site_.log("error", "Uncaught runner exception: " + problem.to_string());
        if constexpr (carries_mail<typename Site::traits>) {
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
            return give_back(base);
        }
        return after::waiting;
    }

    /// Puts an entry in hand back as it is.
    after give_back(std::string_view base) {
        if (auto back = queue_.put_back(base); !back) settle_later(base, {}, back.error());
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

    void report(const error& problem) { site_.log("error", problem.to_string()); }

    static constexpr std::size_t most_unsaved = 64;

    Site& site_;
    typename Site::switchboard_type queue_;
    Runner runner_;
    std::set<std::string> reported_;      ///< in the last look or this one
    std::set<std::string> reported_now_;  ///< in this one
    storage_outage outage_;
    bool must_recover_ = false;
    std::vector<unsettled> unsettled_;
    /// Messages in their queue whose progress could not be written.
    std::map<std::string, item_type> unsaved_;
    std::size_t taken_by_others_ = 0;  ///< in the current look
};

}  // namespace qslice::detail
