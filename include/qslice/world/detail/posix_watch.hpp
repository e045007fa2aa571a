/// @file
/// Reports which names appeared in directories since the last look, using Linux's inotify.
/// Part of posix_world.
#pragma once

#include <qslice/world/detail/posix_directories.hpp>
#include <qslice/world/detail/posix_file.hpp>
#include <qslice/world/detail/posix_stop.hpp>

#include <array>
#include <cerrno>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <sys/inotify.h>
#include <unistd.h>

namespace qslice::detail {

/// Watches any number of directories on this machine's own file systems. Changes by another machine
/// on a network file system are not seen.
/// @safety one object serves one thread
/// @source inotify(7)
class posix_watch {
public:
    /// @param stop  ends waiting
    static result<posix_watch> make(std::shared_ptr<const posix_stop> stop) {
        const int descriptor = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
        if (descriptor < 0) return system_failure(errno, "inotify", "inotify_init1");
        return posix_watch(posix_file(descriptor, "inotify"), std::move(stop));
    }

    /// Begins to watch a directory; does nothing if it is already watched.
    result<void> add(const std::string& path) {
        const int id =
            ::inotify_add_watch(descriptor(), path.c_str(), IN_MOVED_TO | IN_CREATE | IN_ONLYDIR);
        if (id < 0) return system_failure(errno, path, "watch");
        paths_[id] = path;
        return {};
    }

    /// Calls visit(directory, name) for each name that appeared since the last call, in order.
    /// @returns false if some names may be missing: list the directories again
    template <class Visit>
    result<bool> collect(Visit&& visit) {
        bool complete = true;
        alignas(inotify_event) std::array<char, 64 * 1024> block;
        while (true) {
            const ssize_t size =
                retry([&] { return ::read(descriptor(), block.data(), block.size()); });
            if (size < 0 && errno == EAGAIN) return complete;
            if (size < 0) return system_failure(errno, "inotify", "read");
            for (ssize_t at = 0; at < size;) {
                const auto* event = reinterpret_cast<const inotify_event*>(block.data() + at);
                at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
                const auto watched = paths_.find(event->wd);
                if ((event->mask & (IN_Q_OVERFLOW | IN_IGNORED)) != 0) {
                    complete = false;
                    if ((event->mask & IN_IGNORED) != 0) paths_.erase(event->wd);
                } else if (watched != paths_.end() && event->len > 0) {
                    visit(std::string_view(watched->second), std::string_view(event->name));
                }
            }
        }
    }

    /// Waits until a name appears or the world is asked to stop.
    /// @returns false if none appeared in that time
    [[nodiscard]] bool wait_for(double seconds) const {
        posix_directories::forget_expired();
        return stop_->wait(descriptor(), seconds);
    }

    /// Can be read from when a name has appeared; only collect() reads it.
    [[nodiscard]] int descriptor() const noexcept { return file_.descriptor(); }

private:
    posix_watch(posix_file file, std::shared_ptr<const posix_stop> stop)
        : file_(std::move(file)), stop_(std::move(stop)) {}

    posix_file file_;
    std::shared_ptr<const posix_stop> stop_;
    std::map<int, std::string> paths_;
};

}  // namespace qslice::detail
