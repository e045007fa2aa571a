/// @file
/// The lock of a mailing list, held while a message passes through its pipeline.
/// Incoming and archive runners take it; it works across machines that share the site's files.
#pragma once

#include <qslice/core/result.hpp>
#include <qslice/core/timestamp.hpp>
#include <qslice/runner/mailman_times.hpp>
#include <qslice/world/world.hpp>

#include <bit>
#include <cstdint>
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
    // The finish of splitmix64.
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
    bits ^= bits >> 31;
    return static_cast<double>(bits >> 11) * 0x1p-53;
}

}  // namespace detail

/// A lock file that its process creates and removes.
///
/// Each process writes its own claim, which contains its identity, and links it to the lock's name:
/// of several processes, one succeeds, even on NFS, and a lock is never seen half written. A lock
/// is broken if it is older than its lifetime, if it has this process's own identity (a previous
/// instance of this process crashed with it), or if its content is incomplete: then a power loss
/// destroyed the content, and stopped the holder. Two processes that break one lock at the same
/// moment can both hold it, as in Mailman; only a list's digest.mbox could suffer.
///
/// Mailman 2.1's programs lock a list with a file of the same name. Their lock contains the path of
/// its claim, and its file time is its expiry: we wait until then. They wait for ours too, until it
/// is ten seconds old.
/// @safety one object belongs to one process; the destructor releases the lock
/// @source Mailman 2.1 LockFile.py and the times of its Defaults.py
template <world World>
class list_lock {
public:
    /// Waits for the lock of `list`.
    /// @returns the lock, held; `timed_out` if others hold it all that time
    static result<list_lock> acquire(World& w, const std::string& directory, std::string_view list,
                                     std::string_view identity, lock_times times = {}) {
        std::string path = directory;
        path.append("/").append(list).append(".lock");
        const std::string claim = claim_path(path, identity);
        const double give_up = w.now().seconds + times.wait_s;
        while (true) {
            if (auto written = write_claim(w, claim, identity); !written) {
                return failure(written.error());
            }
            const auto linked = w.link(claim, path);
            if (linked) {
                list_lock held(w, std::move(path));
                // A claim left behind by a crash is overwritten by the next.
                (void)w.remove(claim);
                return held;
            }
            if (linked.error().code != error_code::exists) return failure(linked.error());
            if (is_left_over(w, path, identity, times)) {
                (void)w.remove(path);
            } else if (w.now().seconds >= give_up || w.stop_requested()) {
                (void)w.remove(claim);
                return failure(error_code::timed_out, path,
                               "another process holds the list's lock");
            } else {
                w.sleep_for(times.between_attempts_s +
                            times.attempts_spread_s * detail::attempt_fraction(identity, w.now()));
            }
        }
    }

    list_lock(list_lock&& other) noexcept
        : world_(std::exchange(other.world_, nullptr)), path_(std::move(other.path_)) {}
    list_lock& operator=(list_lock&&) = delete;
    ~list_lock() { release(); }

    /// Releases the lock. Call it when the work is done: the destructor is only for exceptions,
    /// since a simulated process may end in the middle of a storage call, which must not happen in
    /// a destructor.
    void release() {
        if (world_ != nullptr) (void)std::exchange(world_, nullptr)->remove(path_);
    }

private:
    list_lock(World& w, std::string path) : world_(&w), path_(std::move(path)) {}

    static std::string claim_path(const std::string& path, std::string_view identity) {
        std::string claim = path + '.';
        for (const char c : identity) claim += c == '/' ? '@' : c;
        return claim;
    }

    /// The claim's time is the lock's, so the claim is rewritten for each attempt.
    static result<void> write_claim(World& w, const std::string& claim, std::string_view identity) {
        auto file = w.open(claim, open_mode::truncate, entry_permissions);
        if (!file) return failure(file.error());
        std::string content(identity);
        content += '\n';
        if (auto written = w.write(*file, content); !written) return written;
        return w.close(*file);
    }

    static bool is_left_over(World& w, const std::string& path, std::string_view identity,
                             const lock_times& times) {
        const auto there = w.information(path);
        if (!there) return false;
        if (there->modified_s + times.lifetime_s < w.now().seconds) return true;
        auto file = w.open(path, open_mode::read, entry_permissions);
        if (!file) return false;
        const auto owner = w.read(*file);
        if (!owner) return false;
        const std::string mailmans_claim = path.substr(path.rfind('/')) + '.';
        if (owner->find(mailmans_claim) != std::string::npos) {
            return there->modified_s + times.clock_slop_s < w.now().seconds;
        }
        const bool whole = owner->ends_with('\n') && owner->find('\0') == std::string::npos;
        return !whole || std::string_view(*owner).substr(0, owner->size() - 1) == identity;
    }

    World* world_;
    std::string path_;
};

}  // namespace qslice
