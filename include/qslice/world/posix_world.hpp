/// @file
/// The real world: the operating system's clock, files and a log in files or on a stream.
/// It satisfies the world concept; deployed runners use it.
#pragma once

#include <qslice/core/caught.hpp>
#include <qslice/core/detail/real.hpp>
#include <qslice/world/detail/link_and_remove.hpp>
#include <qslice/world/detail/posix_directories.hpp>
#include <qslice/world/detail/posix_file.hpp>
#include <qslice/world/detail/posix_list.hpp>
#include <qslice/world/detail/posix_stop.hpp>
#include <qslice/world/detail/posix_watch.hpp>
#include <qslice/world/world.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace qslice {

/// Makes this process create files and directories as Mailman does, for owner and group only
/// (rw-rw---- and rwxrwx---). Call it once at startup; it affects the whole process.
/// @source Mailman 2.1 and 3, os.umask(007)
inline void use_mailman_umask() noexcept { ::umask(07); }

/// The clock, storage and log of a process of this machine.
///
/// Copies share the stop request and the log. Calls that a signal interrupts are repeated; a file
/// system in user space (FUSE) lets any of them be interrupted.
/// @safety request_stop() may be called from any thread and from a signal handler, log() from any
///         thread; everything else from one thread. Copies may be used by different threads.
class posix_world {
public:
    using file = detail::posix_file;
    using log_sink = std::function<void(std::string_view log, std::string_view line)>;

    /// @param sink  receives every log line of this world and its copies; the default writes
    ///              "LOG: LINE" to standard error. Lines of several threads reach it one after the
    ///              other, in the thread that logs; it must not log by the same world. A line for
    ///              which it throws is lost, as log() does not fail.
    explicit posix_world(log_sink sink = log_to_stderr)
        : shared_(std::make_shared<shared_state>(std::move(sink))) {}

    /// A world with the same log that is asked to stop by itself.
    [[nodiscard]] posix_world another() const {
        return posix_world([own = *this](std::string_view log_name, std::string_view line) mutable {
            own.log(log_name, line);
        });
    }

    [[nodiscard]] timestamp now() const { return {seconds_by(CLOCK_REALTIME)}; }

    /// Seconds by a clock that nobody sets, and that counts the time for which the machine was
    /// suspended: CLOCK_BOOTTIME.
    [[nodiscard]] double steady_s() const { return seconds_by(CLOCK_BOOTTIME); }

    /// Waits; a stop request ends it at once.
    void sleep_for(double seconds) {
        const double end = steady_s() + seconds;
        while (!stop_requested()) {
            directories::forget_expired();
            const double left = end - steady_s();
            if (left <= 0) return;
            constexpr double look_s = 0.1;  // at the directories that are still open
            (void)shared_->stop.wait(-1, directories::keeps_any() ? std::min(left, look_s) : left);
        }
    }

    [[nodiscard]] bool stop_requested() const noexcept { return shared_->stop.requested(); }
    void request_stop() noexcept { shared_->stop.request(); }

    /// For poll(2) in a program with a loop of its own: can be read from once a stop has been
    /// requested; never read from it. -1 if the process had no descriptor left.
    [[nodiscard]] int stop_descriptor() const noexcept { return shared_->stop.descriptor(); }

    /// @returns `rejected` for reading anything but a file, also by a symbolic link
    result<file> open(const std::string& path, open_mode mode, permissions mode_bits) {
        // Without O_NONBLOCK the opening of a FIFO waits for its other end, for good.
        int flags = O_CLOEXEC | O_NONBLOCK;
        switch (mode) {
            // A link that someone named like an entry leads to anything, or to nothing for good.
            case open_mode::read: flags |= O_RDONLY | O_NOFOLLOW; break;
            case open_mode::truncate: flags |= O_WRONLY | O_CREAT | O_TRUNC; break;
            case open_mode::create_exclusive: flags |= O_WRONLY | O_CREAT | O_EXCL; break;
            case open_mode::append: flags |= O_WRONLY | O_CREAT | O_APPEND; break;
        }
        const int descriptor = directories::at(path, [&](auto place) {
            return ::openat(place.directory, place.name, flags,
                            static_cast<mode_t>(mode_bits.bits));
        });
        if (descriptor < 0 && errno == ELOOP) return detail::not_a_file(path);
        if (descriptor < 0) return detail::system_failure(errno, path, "open");
        file opened(descriptor, path);
        struct stat s {};
        if (mode == open_mode::read && ::fstat(descriptor, &s) == 0 && !S_ISREG(s.st_mode)) {
            return detail::not_a_file(path);
        }
        return opened;
    }

    result<void> write(file& f, std::string_view bytes) { return f.write(bytes); }
    result<std::string> read(file& f) { return f.read(); }
    result<void> sync(file& f) { return f.sync(); }
    result<void> close(file& f) { return f.close(); }

    result<void> rename(const std::string& from, const std::string& to) {
        const int done = directories::at(from, [&](auto place) {
            const auto target = directories::place_of(to);
            return ::renameat(place.directory, place.name, target.directory, target.name);
        });
        directories::forget_below(from);
        directories::forget_below(to);
        return check(done, from, "rename");
    }
    /// Renames, unless the target exists; by a link and a removal where the file system cannot do
    /// it in one call, as NFS.
    result<void> rename_new(const std::string& from, const std::string& to) {
        const int done = directories::at(from, [&](auto place) {
            const auto target = directories::place_of(to);
            return ::renameat2(place.directory, place.name, target.directory, target.name,
                               RENAME_NOREPLACE);
        });
        if (done != 0 && (errno == EINVAL || errno == ENOSYS)) {
            return detail::link_and_remove(*this, from, to);
        }
        const int problem = errno;
        directories::forget_below(from);
        directories::forget_below(to);
        errno = problem;
        return check(done, from, "rename");
    }
    result<void> link(const std::string& from, const std::string& to) {
        return check(detail::retry([&] { return ::link(from.c_str(), to.c_str()); }), to, "link");
    }
    result<void> remove(const std::string& path) {
        const int done = directories::at(
            path, [](auto place) { return ::unlinkat(place.directory, place.name, 0); });
        return check(done, path, "remove");
    }

    result<file_information> information(const std::string& path) {
        struct stat s {};
        if (detail::retry([&] { return ::stat(path.c_str(), &s); }) != 0) {
            return detail::system_failure(errno, path, "stat");
        }
        const double modified =
            static_cast<double>(s.st_mtim.tv_sec) + static_cast<double>(s.st_mtim.tv_nsec) * 1e-9;
        return file_information{static_cast<std::uint64_t>(s.st_size), modified, S_ISDIR(s.st_mode),
                                static_cast<std::uint64_t>(s.st_nlink),
                                static_cast<std::uint64_t>(s.st_ino)};
    }

    /// @param seconds  since the epoch
    result<void> set_modified(const std::string& path, double seconds) {
        timespec time{};
        time.tv_sec = static_cast<time_t>(detail::floor(seconds));
        time.tv_nsec = static_cast<long>((seconds - detail::floor(seconds)) * 1e9);
        const timespec times[2] = {time, time};
        const int done =
            detail::retry([&] { return ::utimensat(AT_FDCWD, path.c_str(), times, 0); });
        return check(done, path, "set time");
    }

    result<void> make_directory(const std::string& path, permissions mode_bits) {
        for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
            const std::string part = path.substr(0, end);
            const int made = detail::retry(
                [&] { return ::mkdir(part.c_str(), static_cast<mode_t>(mode_bits.bits)); });
            if (made != 0) {
                const int problem = errno;
                const auto there = information(part);
                if (!there || !there->is_directory) {
                    return detail::system_failure(problem, part, "make directory");
                }
            }
            if (end == std::string::npos) return {};
        }
    }

    /// Keeps the directory open for a moment, see posix_directories.
    result<void> sync_directory(const std::string& path) {
        directories::forget_expired();
        if (file* const kept = directories::find(path)) return kept->sync();
        auto directory = open_directory(path);
        if (!directory) return failure(directory.error());
        if (auto synced = directory->sync(); !synced) return synced;
        directories::keep(path, *std::move(directory));
        return {};
    }

    result<void> sync_file_system(const std::string& path) {
        auto directory = open_directory(path);
        if (!directory) return failure(directory.error());
        if (auto synced = directory->sync_file_system(); !synced) return synced;
        return directory->close();
    }

    /// Calls visit(std::string_view) for each name in a directory, in the directory's order.
    template <class Visit>
    result<void> list(const std::string& path, Visit&& visit) {
        directories::forget_expired();
        return detail::list_directory(path, visit);
    }

    /// A watch for directories on this machine's own file systems.
    [[nodiscard]] result<detail::posix_watch> watch() const {
        return detail::posix_watch::make({shared_, &shared_->stop});
    }

    void log(std::string_view log_name, std::string_view line) {
        const std::lock_guard one_at_a_time(shared_->log_mutex);
        // What reports failures has nobody to report its own to.
        (void)caught("log", [&]() -> result<void> {
            shared_->sink(log_name, line);
            return {};
        });
    }

    /// "LOG: LINE" on standard error.
    static void log_to_stderr(std::string_view log_name, std::string_view line) {
        std::fprintf(stderr, "%.*s: %.*s\n", static_cast<int>(log_name.size()), log_name.data(),
                     static_cast<int>(line.size()), line.data());
    }

    /// Closes the directories that this thread's calls keep open for a second. Waiting and further
    /// calls do so when their time is over; call it where neither follows.
    static void close_directories() noexcept { directories::forget(); }

private:
    using directories = detail::posix_directories;

    struct shared_state {
        explicit shared_state(log_sink s) : sink(std::move(s)) {}
        detail::posix_stop stop;
        std::mutex log_mutex;
        log_sink sink;
    };

    static double seconds_by(clockid_t clock) noexcept {
        timespec time{};
        (void)::clock_gettime(clock, &time);
        // As exact as a double of nanoseconds, which divides once.
        return static_cast<double>(std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec) / 1e9;
    }

    static result<file> open_directory(const std::string& path) {
        const int descriptor =
            detail::retry([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
        if (descriptor < 0) return detail::system_failure(errno, path, "open directory");
        return file(descriptor, path);
    }

    static result<void> check(int status, const std::string& path, std::string_view call) {
        if (status != 0) return detail::system_failure(errno, path, call);
        return {};
    }

    std::shared_ptr<shared_state> shared_;
};

static_assert(syncs_file_systems<posix_world> && renames_without_replacing<posix_world>);
static_assert(sets_file_times<posix_world> && has_steady_clock<posix_world>);

}  // namespace qslice
