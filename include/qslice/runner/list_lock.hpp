/// @file
/// The lock of a mailing list, held while a message passes through its pipeline.
/// Incoming and archive runners take it; it works among machines that share the site's files.
#pragma once

#include <qslice/core/result.hpp>
#include <qslice/world/world.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace qslice {

/// How long a lock is waited for and believed.
struct lock_times {
    double wait_s = 10;            ///< Mailman's LIST_LOCK_TIMEOUT
    double lifetime_s = 5 * 3600;  ///< Mailman's LIST_LOCK_LIFETIME
    double between_attempts_s = 0.25;
    double unsigned_s = 60;  ///< a lock without its owner's name is believed so long
};

/// A lock file that its process made and removes again.
///
/// The file is created exclusively, which POSIX and NFS from version 3 on do atomically, and
/// holds its owner's identity. A lock is broken when it is older than its lifetime, or when
/// it is the own identity's: then an earlier life of this very process crashed with it.
/// (Mailman 2.1 links a second file instead, for the sake of NFS version 2.)
/// @safety one object belongs to one process; released at the end of its life
/// @source the times: Mailman 2.1 Defaults.py
template <world World>
class list_lock {
public:
    /// Waits for the lock of `list`.
    /// @returns the lock, held; `timed_out` when another holds it all the time
    static result<list_lock> acquire(World& w, const std::string& directory, std::string_view list,
                                     std::string_view identity, lock_times times = {}) {
        std::string path = directory;
        path.append("/").append(list).append(".lock");
        const double give_up = w.now().seconds + times.wait_s;
        while (true) {
            auto made = w.open(path, open_mode::create_exclusive, entry_permissions);
            if (made) {
                if (auto written = w.write(*made, identity); !written) {
                    (void)w.remove(path);
                    return failure(written.error());
                }
                return list_lock(w, std::move(path));
            }
            if (made.error().code != error_code::exists) return failure(made.error());
            if (is_left_over(w, path, identity, times)) {
                (void)w.remove(path);
            } else if (w.now().seconds >= give_up || w.stop_requested()) {
                return failure(error_code::timed_out, path, "the list's lock is held by another");
            } else {
                w.sleep_for(times.between_attempts_s);
            }
        }
    }

    list_lock(list_lock&& other) noexcept
        : world_(std::exchange(other.world_, nullptr)), path_(std::move(other.path_)) {}
    list_lock& operator=(list_lock&&) = delete;
    ~list_lock() { release(); }

    /// Gives the lock back. To be called when the work is done: the destructor is there for
    /// exceptions alone, since a simulated process may end in the middle of a storage call
    /// and a destructor is no place for that.
    void release() {
        if (world_ != nullptr) (void)std::exchange(world_, nullptr)->remove(path_);
    }

private:
    list_lock(World& w, std::string path) : world_(&w), path_(std::move(path)) {}

    static bool is_left_over(World& w, const std::string& path, std::string_view identity,
                             const lock_times& times) {
        const auto there = w.information(path);
        if (!there) return false;
        if (there->modified_s + times.lifetime_s < w.now().seconds) return true;
        auto file = w.open(path, open_mode::read, entry_permissions);
        if (!file) return false;
        const auto owner = w.read(*file);
        if (!owner) return false;
        // A crash between the making of a lock and its signing leaves it empty.
        const bool abandoned =
            owner->empty() && there->modified_s + times.unsigned_s < w.now().seconds;
        return abandoned || *owner == identity;
    }

    World* world_;
    std::string path_;
};

}  // namespace qslice
