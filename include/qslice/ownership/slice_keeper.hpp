/// @file
/// Decides which slices of a queue a process owns: takes leases, renews them, gives them back,
/// takes over those of owners that are gone, and follows changes of the number of slices. It moves
/// no entry; whoever hosts it starts and stops a runner for each slice that it holds.
#pragma once

#include <qslice/core/result.hpp>
#include <qslice/ownership/deployment_file.hpp>
#include <qslice/ownership/held_slice.hpp>
#include <qslice/ownership/keeper_settings.hpp>
#include <qslice/ownership/lease_files.hpp>
#include <qslice/ownership/leased_world.hpp>
#include <qslice/ownership/silence_watch.hpp>
#include <qslice/world/world.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace qslice {

/// Keeps the leases of one process on one queue. To be polled: see next_poll_s().
/// @safety one object serves one thread
template <world World>
class slice_keeper {
public:
    slice_keeper(World w, keeper_settings settings)
        : world_(std::move(w)),
          settings_(std::move(settings)),
          files_(world_, settings_.queue_directory, settings_.identity),
          watch_(settings_.spool) {}

    /// Looks at the deployment and at the leases, and does what is due.
    template <slice_host Host>
    void poll(Host& host) {
        is_changing_ = false;
        look_at_deployment(host);
        for (auto& [of, own] : held_) {
            if (now() >= own.renew_at && is_fit(own)) renew(own);
        }
        const auto seen = files_.look();
        if (!seen) {
            complain(seen.error());
            for (auto& [of, own] : held_) check_sure(own, host);
        } else {
            observe(*seen);
            tend(*seen, host);
            if (epoch_ != 0 && epoch_ == watch_.epoch()) look_for_slices(*seen);
        }
        std::erase_if(held_, [&](const auto& h) { return h.second.now == phase::gone; });
    }

    /// Gives everything back: to be polled until it returns true.
    template <slice_host Host>
    bool stop(Host& host) {
        is_stopping_ = true;
        poll(host);
        return held_.empty();
    }

    /// How long to sleep before the next poll, in seconds.
    [[nodiscard]] double next_poll_s() const {
        return is_changing_ ? settings_.times.soon_s() : settings_.times.look_s();
    }

private:
    friend struct keeper_memory;

    enum class phase {
        waiting,   ///< for older leases that overlap
        serving,   ///< its runner runs
        stopping,  ///< its runner was asked to stop; then the lease is given back
        lost,      ///< likewise, but the lease is another's by now
        gone,
    };

    struct own_lease {
        held_slice slice;
        std::uint64_t beat = 0;
        double renew_at = 0;
        double renewed_at = 0;  ///< what the next look has to confirm; 0: nothing
        phase now = phase::waiting;
    };

    double now() { return detail::steady_seconds(world_); }

    template <class Host>
    void look_at_deployment(Host& host) {
        const auto looked = watch_.look(world_);
        if (!looked) return complain(looked.error());
        const auto& stated = watch_.current();
        if (!stated) {
            return complain({error_code::rejected, settings_.spool,
                             "expected a deployment file: without one nobody knows how many slices "
                             "are to be owned"});
        }
        if (stated->epoch == epoch_) return;
        for (auto& [of, own] : held_) ask_to_stop(own, host);
        is_changing_ = true;
        if (!held_.empty()) return;
        const queue_terms* const terms = stated->find(settings_.built.queue);
        queue_terms expected = settings_.built;
        // The file may state another number and other weights: they are what can change.
        if (terms != nullptr) expected.slices = terms->slices;
        if (terms != nullptr) expected.partition = terms->partition;
        if (auto fits = check_terms(*stated, expected); !fits) return complain(fits.error());
        partitions_[stated->epoch] = terms->partition;
        is_first_ = epoch_ == 0;
        epoch_ = stated->epoch;
        terms_ = *terms;
        wants_.clear();
        want_at_.clear();
    }

    template <class Host>
    void ask_to_stop(own_lease& own, Host& host) {
        if (own.now == phase::waiting) {
            own.now = phase::stopping;
        } else if (own.now == phase::serving) {
            own.now = phase::stopping;
            host.ask_to_stop(own.slice);
        }
    }

    template <class Host>
    void lose(own_lease& own, Host& host, std::string_view why) {
        if (own.now == phase::lost) return;
        own.slice.fence->sure_until_s = 0;
        say(own.slice, "lost: " + std::string(why));
        if (own.now == phase::serving) host.ask_to_stop(own.slice);
        own.now = own.now == phase::waiting ? phase::gone : phase::lost;
    }

    template <class Host>
    void check_sure(own_lease& own, Host& host) {
        if (own.now != phase::lost && now() >= own.slice.fence->sure_until_s) {
            lose(own, host, "not renewed in time");
        }
        if (own.now == phase::lost && (!was_started(own) || host.has_stopped(own.slice))) {
            own.now = phase::gone;
        }
    }

    static bool was_started(const own_lease& own) { return own.slice.fence->last_call_s != 0; }

    /// Others' leases: one that is silent stays so when the division changes.
    void observe(const lease_survey& seen) {
        std::erase_if(watched_, [&](const auto& w) {
            return w.first.epoch != epoch_ && !seen.highest.contains(w.first);
        });
        for (const auto& [of, lease] : seen.highest) {
            if (!held_.contains(of)) watched_[of].has_changed(lease, now());
            if (of.epoch < epoch_ && !lease.name.given_back) older_seen_s_ = now();
        }
    }

    /// What it holds: renew, start, give back.
    template <class Host>
    void tend(const lease_survey& seen, Host& host) {
        for (auto& [of, own] : held_) {
            check_sure(own, host);
            if (own.now == phase::lost || own.now == phase::gone) continue;
            lease_fence& fence = *own.slice.fence;
            const seen_lease* const highest = seen.find(of);
            if (highest == nullptr || !(highest->name == fence.lease)) {
                lose(own, host, "another process has taken it");
                continue;
            }
            if (const double began = std::exchange(own.renewed_at, 0);
                began != 0 && highest->beat > own.beat) {
                own.beat = highest->beat;
                own.renew_at = began + settings_.times.renew_s();
                fence.sure_until_s = began + settings_.times.sure_s();
            }
            if (is_stopping_) ask_to_stop(own, host);
            if (own.now == phase::serving && is_wanted(seen, of)) {
                say(own.slice, "given back, as its own owner is there again");
                ask_to_stop(own, host);
            }
            if (own.now == phase::stopping) {
                is_changing_ = true;
                if (!was_started(own) || host.has_stopped(own.slice)) {
                    give_back(own);
                    continue;
                }
            }
            if (own.now == phase::waiting) start_if_free(own, seen, host);
        }
    }

    /// Whether it still has its lease and may keep it. A runner that makes no storage call for very
    /// long does not get it renewed.
    bool is_fit(const own_lease& own) {
        const double at = now();
        const bool is_hung = own.now != phase::waiting && was_started(own) &&
                             at - own.slice.fence->last_call_s > settings_.times.longest_work_s;
        return at < own.slice.fence->sure_until_s && !is_hung;
    }

    void renew(own_lease& own) {
        const double began = now();
        const auto renewed = files_.renew({own.slice.fence->lease, own.beat});
        // A network file system may say that it is not there although it has just renamed it.
        if (renewed || renewed.error().code == error_code::not_found) own.renewed_at = began;
        if (!renewed) complain(renewed.error());
    }

    void give_back(own_lease& own) {
        own.slice.fence->sure_until_s = 0;
        own.now = phase::gone;
        if (auto back = files_.give_back({own.slice.fence->lease, own.beat}); !back)
            complain(back.error());
    }

    /// Starts the runner of a slice once no lease of an older division overlaps it.
    template <class Host>
    void start_if_free(own_lease& own, const lease_survey& seen, Host& host) {
        is_changing_ = true;
        bool is_free = true;
        for (const auto& [of, lease] : seen.highest) {
            if (of.epoch >= epoch_ || lease.name.given_back || !may_overlap(of, own.slice.of))
                continue;
            if (held_.contains(of)) {
                is_free = false;
            } else if (!end_if_silent(lease)) {
                is_free = false;
            }
        }
        if (!is_free) return;
        own.now = phase::serving;
        own.slice.fence->last_call_s = now();
        host.start(own.slice);
    }

    [[nodiscard]] bool may_overlap(const leased_slice& older, const leased_slice& own) const {
        const auto at = partitions_.find(older.epoch);
        const bool both_equal =
            terms_.partition == "equal" && at != partitions_.end() && at->second == "equal";
        return !both_equal || ranges_overlap(older, own);
    }

    /// @returns whether a lease of an older division is over now
    bool end_if_silent(const seen_lease& lease) {
        const double silence = now() - watched_[lease.name.of].since_s();
        if (silence < settings_.times.silent_s() && !is_own_from_before(lease.name)) return false;
        const auto ended = files_.end(lease, new_content(lease.name.number + 1, "ended it"));
        if (!ended && ended.error().code != error_code::exists) complain(ended.error());
        watched_.erase(lease.name.of);
        return ended.has_value();
    }

    [[nodiscard]] bool is_wanted(const lease_survey& seen, const leased_slice& of) {
        if (settings_.rank(of.slice, of.slices) == 0) return false;
        const auto want = seen.wanted.find(of);
        // Only once it is repeated: an owner that died right after it said so is not there.
        return want != seen.wanted.end() && wants_[of].has_changed(want->second, now());
    }

    /// What it does not hold: take it if it is its own, or if its owner is gone.
    void look_for_slices(const lease_survey& seen) {
        if (is_stopping_) return;
        for (std::uint64_t k = 0; k < terms_.slices; ++k) {
            const leased_slice of{epoch_, k, terms_.slices};
            const std::size_t rank = settings_.rank(k, terms_.slices);
            if (rank == never_stands_by || held_.contains(of)) continue;
            const seen_lease* const highest = seen.find(of);
            const seen_lease last = highest != nullptr ? *highest : seen_lease{{of, 0, true}, 0};
            auto& watch = watched_[of];
            watch.has_changed(last, now());
            const double silence = now() - watch.since_s() - settings_.times.patience_s(rank);
            const bool is_silent = silence >= settings_.times.silent_s();
            if (last.name.given_back) {
                if (rank == 0) {
                    take(last, "its own");
                } else if (std::min(silence, now() - older_seen_s_) >= wait_for_owner_s(last)) {
                    take(last, "took over, as its owner does not take it");
                }
            } else if (silence < settings_.times.look_s() && is_own_from_before(last.name)) {
                take(last, "its own, from before a crash");
            } else if (is_silent) {
                take(last, "silent for " +
                               std::to_string(static_cast<int>(now() - watch.since_s() + 0.5)) +
                               " s");
            } else if (rank == 0) {
                want(of, seen);
            }
        }
    }

    /// How long a slice that nobody holds is left to its own machine, once the division before is
    /// let go. When a site starts, machines may come one after another.
    [[nodiscard]] double wait_for_owner_s(const seen_lease& last) const {
        const bool starts = is_first_ && last.name.number == 0;
        return starts ? settings_.times.silent_s() : 2 * settings_.times.look_s();
    }

    /// A lease of this process's previous instance, which crashed with it, is taken at once.
    bool is_own_from_before(const lease_name& lease) {
        const auto content = files_.read(lease);
        return content && content->owner() == files_.identity();
    }

    void want(const leased_slice& of, const lease_survey& seen) {
        double& due = want_at_[of];
        if (now() < due) return;
        due = now() + settings_.times.renew_s();
        const auto at = seen.wanted.find(of);
        const std::uint64_t beat = at == seen.wanted.end() ? 0 : at->second;
        const auto wanted = files_.want(of, beat, new_content(1, "wants it back"));
        if (!wanted && wanted.error().code != error_code::not_found) complain(wanted.error());
    }

    [[nodiscard]] lease_content new_content(std::uint64_t number, std::string why) {
        lease_content content;
        content.terms.push_back({number, world_.now().seconds, files_.identity(), std::move(why)});
        return content;
    }

    /// @param last  the slice's lease as it was found: given back, or silent
    void take(const seen_lease& last, std::string why) {
        const double began = now();
        const lease_name next{last.name.of, last.name.number + 1, false};
        const auto before = files_.read(last.name);
        const bool ends_other =
            !last.name.given_back && (!before || before->owner() != files_.identity());
        if (ends_other) {
            why = "took over from " + (before ? std::string(before->owner()) : "an unknown owner") +
                  ", " + why;
        }
        lease_content content = new_content(next.number, std::move(why));
        if (before) {
            content.terms.insert(content.terms.end(), before->terms.begin(), before->terms.end());
        }
        const auto ends = last.name.given_back ? std::nullopt : std::optional(last);
        auto taken = files_.take(next, content, ends);
        watched_.erase(next.of);
        if (!taken) {
            if (taken.error().code != error_code::exists) complain(taken.error());
            return;
        }
        // A division that was written meanwhile may already be served by those who saw no lease.
        const auto newer = watch_.look(world_);
        if (!newer || watch_.epoch() != epoch_) {
            (void)files_.give_back({next, 0});
            is_changing_ = true;
            return;
        }
        files_.remove_below(next);
        if (want_at_.erase(next.of) > 0) files_.stop_wanting(next.of);
        own_lease own;
        own.slice = {next.of, terms_, std::make_shared<lease_fence>()};
        own.slice.fence->lease = next;
        own.slice.fence->spool = settings_.spool;
        own.slice.fence->queue = settings_.built.queue;
        own.slice.fence->where = settings_.queue_directory + ", slice " +
                                 std::to_string(next.of.slice) + " of " +
                                 std::to_string(next.of.slices);
        own.slice.fence->sure_until_s = began + settings_.times.sure_s();
        own.renew_at = began + settings_.times.renew_s();
        say(own.slice, content.terms.front().why);
        held_.emplace(next.of, std::move(own));
        is_changing_ = true;  // its runner starts at the next poll, soon
    }

    void say(const held_slice& s, const std::string& what) {
        world_.log("qrunner", s.fence->where + ", epoch " + std::to_string(s.of.epoch) +
                                  ", lease " + std::to_string(s.fence->lease.number) + ": " + what);
    }

    /// Each problem once, until another comes.
    void complain(const error& problem) {
        if (problem == std::exchange(last_problem_, problem)) return;
        world_.log("error", problem.to_string());
    }

    World world_;
    keeper_settings settings_;
    lease_files<World> files_;
    deployment_watch watch_;
    std::uint64_t epoch_ = 0;  ///< whose slices it looks for; 0: none yet
    bool is_first_ = true;     ///< the first that it has looked for
    double older_seen_s_ = 0;  ///< when it last saw that an older one was held
    queue_terms terms_;
    std::map<std::uint64_t, std::string> partitions_;  ///< of the epochs that it has seen
    std::map<leased_slice, own_lease> held_;
    std::map<leased_slice, silence_watch<seen_lease>> watched_;   ///< others' leases
    std::map<leased_slice, silence_watch<std::uint64_t>> wants_;  ///< for slices that it holds
    std::map<leased_slice, double> want_at_;  ///< when to say again that it wants a slice
    bool is_changing_ = false;
    bool is_stopping_ = false;
    error last_problem_;
};

}  // namespace qslice
