/// @file
/// Tells a service manager such as systemd that a program is ready and alive, without libsystemd.
/// run_machine uses it; a program with a loop of its own calls it itself.
#pragma once

#include <qslice/core/result.hpp>
#include <qslice/world/detail/posix_file.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace qslice {

/// The service manager that started this process, if it waits to be told.
/// @safety a plain value
/// @source sd_notify(3), sd_watchdog_enabled(3): datagrams to NOTIFY_SOCKET; WATCHDOG_USEC
class service_manager {
public:
    /// None: telling it does nothing.
    service_manager() = default;

    /// @param socket      a path, or '@' and a name of Linux's abstract name space
    /// @param watchdog_s  within how many seconds it expects a sign of life; 0: it expects none
    service_manager(std::string socket, double watchdog_s)
        : socket_(std::move(socket)), watchdog_s_(watchdog_s) {}

    /// As the environment says, which must not change meanwhile. None, if NOTIFY_SOCKET is not set.
    /// @returns `malformed` for a WATCHDOG_USEC or WATCHDOG_PID that is no number
    static result<service_manager> from_environment() {
        const char* const socket = std::getenv("NOTIFY_SOCKET");
        if (socket == nullptr || *socket == '\0') return service_manager();
        const auto period = number_of("WATCHDOG_USEC", 0);
        if (!period) return failure(period.error());
        const auto whose = number_of("WATCHDOG_PID", static_cast<std::uint64_t>(::getpid()));
        if (!whose) return failure(whose.error());
        const bool ours = *whose == static_cast<std::uint64_t>(::getpid());
        return service_manager(socket, ours ? static_cast<double>(*period) / 1e6 : 0.0);
    }

    [[nodiscard]] bool is_there() const noexcept { return !socket_.empty(); }

    /// Within how many seconds it expects the next sign of life; 0: it expects none. Give it one
    /// twice as often.
    [[nodiscard]] double watchdog_s() const noexcept { return watchdog_s_; }

    /// The program has started.
    [[nodiscard]] result<void> ready() const { return tell("READY=1"); }
    /// It is ending.
    [[nodiscard]] result<void> stopping() const { return tell("STOPPING=1"); }
    /// A sign of life.
    [[nodiscard]] result<void> alive() const { return tell("WATCHDOG=1"); }
    /// @param text  one line for people
    [[nodiscard]] result<void> status(std::string_view text) const {
        std::string line = "STATUS=";
        line += text;
        std::replace(line.begin(), line.end(), '\n', ' ');
        return tell(line);
    }

private:
    static result<std::uint64_t> number_of(const char* variable, std::uint64_t otherwise) {
        const char* const given = std::getenv(variable);
        if (given == nullptr) return otherwise;
        const std::string_view text = given;
        std::uint64_t number = 0;
        const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (problem != std::errc{} || end != text.data() + text.size()) {
            return failure(error_code::malformed, variable,
                           "expected a number, found '" + std::string(text) + "'");
        }
        return number;
    }

    [[nodiscard]] result<void> tell(std::string_view state) const {
        if (!is_there()) return {};
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        if (socket_[0] != '/' && socket_[0] != '@') {
            return failure(error_code::rejected, "NOTIFY_SOCKET",
                           "expected a path or '@' and a name, found '" + socket_ + "'");
        }
        if (socket_.size() >= sizeof address.sun_path) {
            return failure(error_code::rejected, "NOTIFY_SOCKET",
                           "expected less than " + std::to_string(sizeof address.sun_path) +
                               " bytes, found " + std::to_string(socket_.size()));
        }
        std::copy(socket_.begin(), socket_.end(), address.sun_path);
        // The address of an abstract name has no zero byte at its end.
        if (socket_[0] == '@') address.sun_path[0] = '\0';
        const std::size_t size =
            offsetof(sockaddr_un, sun_path) + socket_.size() + (socket_[0] == '@' ? 0 : 1);
        const detail::posix_file sender(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), socket_);
        if (sender.descriptor() < 0) return detail::system_failure(errno, socket_, "socket");
        const auto sent = detail::retry([&] {
            return ::sendto(sender.descriptor(), state.data(), state.size(), MSG_NOSIGNAL,
                            reinterpret_cast<const sockaddr*>(&address),
                            static_cast<socklen_t>(size));
        });
        if (sent < 0) return detail::system_failure(errno, socket_, "sendto");
        return {};
    }

    std::string socket_;
    double watchdog_s_ = 0;
};

}  // namespace qslice
