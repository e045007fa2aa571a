/// @file
/// The lock of a mailing list, held while a message passes through its pipeline.
/// Incoming and archive runners take it; it works across machines that share the site's files.
#pragma once

#include <qslice/core/detail/mix.hpp>
#include <qslice/core/result.hpp>
#include <qslice/core/timestamp.hpp>
#include <qslice/runner/detail/lock_content.hpp>
#include <qslice/runner/mailing_list.hpp>
#include <qslice/runner/mailman_times.hpp>
#include <qslice/world/detail/claim_file.hpp>
#include <qslice/world/world.hpp>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace qslice {

/// How long to wait for a lock, and how long a lock is valid.
struct lock_times {
    double wait_s = mailman_times::list_lock_timeout_s;
    double lifetime_s = mailman_times::list_lock_lifetime_s;
    double clock_slop_s = mailman_times::lock_clock_slop_s;  ///< of Mailman's own locks
    /// The library's own choice: a message holds its list's lock for a fraction of that.
    double between_attempts_s = 0.25;
    double attempts_spread_s = 0;  ///< up to so much longer, drawn anew for each attempt
};

/// How Mailman 2.1 waits for a list's lock: 0.01 to 2.01 s between attempts, 1.01 s on average.
inline constexpr lock_times mailman_lock_times{
    .between_attempts_s = mailman_times::lock_attempts_least_s,
    .attempts_spread_s = mailman_times::lock_attempts_spread_s};

namespace detail {

/// A number from 0 to below 1 for one attempt of one process: by chance to all that can be seen,
/// and the same whenever a simulation is repeated.
inline double attempt_fraction(std::string_view identity, timestamp now) noexcept {
    std::uint64_t bits = std::bit_cast<std::uint64_t>(now.seconds);
    for (const char c : identity) {
        bits = (bits ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    }
    return static_cast<double>(mix64(bits) >> 11) * 0x1p-53;
}

}  // namespace detail

/// A lock file that its process creates and removes.
///
/// Each process writes its own claim, which says who it is, which acquisition this is and when it
/// expires, and links it to the lock's name: of several processes, one succeeds, even on NFS, and a
/// lock is never seen half written. The claim stays until the release.
///
/// A lock is ended by others if it has expired, if its owner held a slice by a lease that has
/// ended, if it has this process's own identity (a previous instance of this process crashed with
/// it), or if its content is incomplete: then a power loss destroyed the content, and stopped the
/// holder. Whoever ends acquisition n first links its claim to LOCK.end.n, which one process can,
/// then reads the lock again and removes it only if it is still that of n. An owner that is late
/// does the same, so that it never removes the next one's lock. One that dies while it ends a lock
/// leaves LOCK.end.n, after whose expiry, or at once if it has this process's identity, the next is
/// LOCK.end.n.1.
///
/// Mailman 2.1's programs lock a list with a file of the same name. Their lock contains the path of
/// its claim, and its file time is its expiry: we wait until then. Ours has its expiry as its file
/// time too, in a world that sets file times, so that they wait for ours as long.
/// @safety one object belongs to one process; the destructor releases the lock
/// @source Mailman 2.1 LockFile.py and the times of its Defaults.py
template <world World>
class list_lock {
public:
    /// Waits for the lock of `list`.
    /// @param identity  of no other process of the site
    /// @returns the lock, held; `timed_out` if others hold it all that time
    static result<list_lock> acquire(World& w, const std::string& directory, std::string_view list,
                                     std::string_view identity, lock_times times = {}) {
        list_lock lock(w, directory, list, identity, times);
        bool is_first = true;
        const double began = steady_s(w);
        double slept = 0;  // a clock that someone sets forward must not end the wait
        while (true) {
            if (is_first || !keeps_claim) {
                if (auto written = lock.write_claim(is_first); !written) {
                    lock.leave();
                    return failure(written.error());
                }
                is_first = false;
            }
            const double tried = steady_s(w);
            const auto linked = w.link(lock.claim_, lock.path_);
            if (linked) {
                lock.sure_until_ = tried + lock.sure_for_;
                lock.held_ = true;
                if (!keeps_claim) (void)w.remove(lock.claim_);
                return lock;
            }
            if (linked.error().code != error_code::exists) {
                lock.leave();
                return failure(linked.error());
            }
            if (lock.end_left_over()) continue;
            const double waited = has_steady_clock<World> ? steady_s(w) - began : slept;
            if (waited >= times.wait_s || w.stop_requested()) {
                lock.leave();
                return failure(error_code::timed_out, lock.path_,
                               "another process holds the list's lock");
            }
            const double pause =
                times.between_attempts_s +
                times.attempts_spread_s * detail::attempt_fraction(identity, w.now());
            w.sleep_for(pause);
            slept += pause;
        }
    }

    list_lock(list_lock&& other) noexcept
        : world_(std::exchange(other.world_, nullptr)),
          path_(std::move(other.path_)),
          claim_(std::move(other.claim_)),
          times_(other.times_),
          own_(std::move(other.own_)),
          sure_for_(other.sure_for_),
          sure_until_(other.sure_until_),
          held_(std::exchange(other.held_, false)) {}
    list_lock& operator=(list_lock&&) = delete;
    ~list_lock() { release(); }

    /// Releases the lock. Call it when the work is done: the destructor is only for exceptions,
    /// since a simulated process may end in the middle of a storage call, which must not happen in
    /// a destructor.
    void release() {
        if (world_ == nullptr || !std::exchange(held_, false)) return;
        // While storage fails, a few more times: others would wait for the lock's whole lifetime.
        double slept = 0;
        while (!end_own() && slept < times_.wait_s && !world_->stop_requested()) {
            world_->sleep_for(times_.between_attempts_s);
            slept += times_.between_attempts_s;
        }
        if (keeps_claim || late_) leave();
        world_ = nullptr;
    }

private:
    /// In a world that sets file times, the claim stays beside its lock. In any other the time of
    /// the claim is that of the lock, so that it is written anew for each attempt; nobody there
    /// looks at the number of the lock's names.
    static constexpr bool keeps_claim = sets_file_times<World>;

    /// Half of the lifetime is the owner's alone, so that neither clocks that differ nor a pause
    /// between its look at the clock and the removal lets others in between.
    static constexpr double sure_part = 0.5;

    list_lock(World& w, const std::string& directory, std::string_view list,
              std::string_view identity, const lock_times& times)
        : world_(&w),
          path_(directory + '/' + std::string(list) + ".lock"),
          claim_(detail::claim_name(path_, identity)),
          times_(times),
          own_(new_content(std::string(identity))),
          sure_for_(times.lifetime_s * sure_part) {}

    [[nodiscard]] detail::lock_content new_content(std::string identity) const {
        const timestamp now = world_->now();
        return {std::move(identity),
                detail::lock_number(now, steady_s(*world_)),
                {now.seconds + times_.wait_s + times_.lifetime_s}};
    }

    static double steady_s(const World& w) {
        if constexpr (has_steady_clock<World>) return w.steady_s();
        return const_cast<World&>(w).now().seconds;
    }

    /// @returns whether the lock is gone, or another process is seeing to it
    bool end_own() {
        if (steady_s(*world_) < sure_until_) {
            // Nobody else can have ended it.
            const auto removed = world_->remove(path_);
            return removed || !is_storage_fault(removed.error().code);
        }
        // Under a claim that has not expired, since others take over from an ender that has.
        if (!late_) {
            auto there = look_at(path_);
            if (!there) return !is_storage_fault(there.error().code);
            if (there->content != own_text()) return true;  // the next owner's
            late_ = *std::move(there);
            own_ = new_content(own_.identity);
        }
        (void)world_->remove(claim_);
        if (!write_claim()) return false;
        (void)end(*late_);
        const auto there = look_at(path_);
        return there ? !(*there == *late_) : !is_storage_fault(there.error().code);
    }

    /// A new file each time: one that a crash left may be the lock itself, by its other name.
    result<void> write_claim(bool is_new = true) {
        auto file = world_->open(claim_, is_new ? open_mode::create_exclusive : open_mode::truncate,
                                 entry_permissions);
        if (!file && file.error().code == error_code::exists) {
            (void)world_->remove(claim_);
            file = world_->open(claim_, open_mode::create_exclusive, entry_permissions);
        }
        if (!file) return failure(file.error());
        if (auto written = world_->write(*file, own_text()); !written) return written;
        if (auto closed = world_->close(*file); !closed) return closed;
        if constexpr (sets_file_times<World>) {
            // Without its time Mailman's programs break the lock when it is as old as their slop.
            if (!world_->set_modified(claim_, own_.expires.seconds)) {
                sure_for_ = std::min(sure_for_, times_.clock_slop_s * sure_part);
            }
        }
        return {};
    }

    void leave() {
        if (World* const w = std::exchange(world_, nullptr)) (void)w->remove(claim_);
    }

    [[nodiscard]] result<std::string> read(const std::string& path) const {
        auto file = world_->open(path, open_mode::read, entry_permissions);
        if (!file) return failure(file.error());
        return world_->read(*file);
    }

    /// What the claim says. Where the time of a claim is that of its lock, that is its number.
    [[nodiscard]] std::string own_text() const {
        return keeps_claim ? own_.to_string() : own_.identity + '\n';
    }

    /// One acquisition, as its lock shows it.
    struct instance {
        std::string content;
        double modified_s = 0;

        [[nodiscard]] std::string number() const {
            const auto parsed = detail::lock_content::parse(content);
            return parsed ? parsed->number : to_repr({modified_s});
        }
        friend bool operator==(const instance& a, const instance& b) {
            return a.content == b.content &&
                   (detail::lock_content::parse(a.content) || a.modified_s == b.modified_s);
        }
    };

    [[nodiscard]] result<instance> look_at(const std::string& path) const {
        const auto there = world_->information(path);
        if (!there) return failure(there.error());
        auto content = read(path);
        if (!content) return failure(content.error());
        return instance{*std::move(content), there->modified_s};
    }

    /// Ends the lock that is there, if its owner is gone or late.
    /// @returns whether the next attempt may succeed
    bool end_left_over() {
        const auto there = look_at(path_);
        return there && is_over(*there) && end(*there);
    }

    /// Whether the process that made a lock or a mark is gone or late.
    [[nodiscard]] bool is_over(const instance& i) const {
        const double now = world_->now().seconds;
        if (const auto parsed = detail::lock_content::parse(i.content)) {
            return has_lost_lease(parsed->identity) || parsed->identity == own_.identity ||
                   parsed->expires.seconds + times_.clock_slop_s < now;
        }
        const bool mailmans =
            i.content.find(path_.substr(path_.rfind('/')) + '.') != std::string::npos;
        if (mailmans) return i.modified_s + times_.clock_slop_s < now;
        const bool whole = i.content.ends_with('\n') && i.content.find('\0') == std::string::npos;
        return !whole || i.content == own_.identity + '\n' ||
               has_lost_lease(std::string_view(i.content).substr(0, i.content.size() - 1)) ||
               i.modified_s + times_.lifetime_s < now;
    }

    [[nodiscard]] bool has_lost_lease(std::string_view identity) const {
        if constexpr (requires { world_->has_lost_lease(identity); }) {
            return world_->has_lost_lease(identity);
        } else {
            return false;
        }
    }

    /// Removes the lock of an acquisition, unless another process is doing so.
    /// @returns whether it is gone by then
    bool end(const instance& ended) {
        const std::string first = path_ + ".end." + ended.number();
        constexpr int most_dead_enders = 16;
        for (int dead = 0; dead < most_dead_enders; ++dead) {
            const auto mark = [&](int i) {
                return i == 0 ? first : first + '.' + std::to_string(i);
            };
            if (const auto linked = world_->link(claim_, mark(dead)); !linked) {
                if (linked.error().code != error_code::exists) return false;
                const auto ender = look_at(mark(dead));
                if (!ender || !is_over(*ender)) return false;
                continue;  // it died, with its mark left behind
            }
            const auto there = look_at(path_);
            const bool gone = there ? !(*there == ended) || world_->remove(path_)
                                    : there.error().code == error_code::not_found;
            for (int i = dead; i >= 0; --i) (void)world_->remove(mark(i));
            return gone;
        }
        return false;
    }

    World* world_;
    std::string path_;
    std::string claim_;
    lock_times times_;
    detail::lock_content own_;
    std::optional<instance> late_{};  ///< the lock, once own_ is the number of its end
    double sure_for_;                 ///< how long after its link the lock is nobody else's to end
    double sure_until_ = 0;           ///< by the steady clock
    bool held_ = false;
};

/// Waits for a list's lock as the site's settings say.
/// @returns the lock, held; `timed_out` if others hold it all that time
template <class Site>
result<list_lock<typename Site::world_type>> lock_list(Site& s, const mailing_list& list) {
    return list_lock<typename Site::world_type>::acquire(
        s.world(), s.lock_directory(), list.name, s.settings().identity, s.settings().list_locks);
}

}  // namespace qslice
