#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace qslice::test {

/// The socket at which a service manager is told of its services.
class notified_socket {
public:
    /// @param name  a path, or '@' and an abstract name
    explicit notified_socket(std::string name)
        : name_(std::move(name)), descriptor_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::copy(name_.begin(), name_.end(), address.sun_path);
        if (name_[0] == '@') address.sun_path[0] = '\0';
        const auto size =
            offsetof(sockaddr_un, sun_path) + name_.size() + (name_[0] == '@' ? 0 : 1);
        bound_ = ::bind(descriptor_, reinterpret_cast<const sockaddr*>(&address),
                        static_cast<socklen_t>(size)) == 0;
    }
    notified_socket(const notified_socket&) = delete;
    notified_socket& operator=(const notified_socket&) = delete;
    ~notified_socket() {
        ::close(descriptor_);
        if (name_[0] == '/') ::unlink(name_.c_str());
    }

    [[nodiscard]] bool bound() const { return bound_; }
    [[nodiscard]] const std::string& name() const { return name_; }

    /// What has arrived since the last call.
    std::vector<std::string> received() {
        std::vector<std::string> all;
        while (wait(0)) {
            std::array<char, 256> datagram{};
            const auto size = ::recv(descriptor_, datagram.data(), datagram.size(), 0);
            if (size < 0) break;
            all.emplace_back(datagram.data(), static_cast<std::size_t>(size));
        }
        return all;
    }

    /// The next datagram, or "" if none arrives in that time.
    std::string next(int milliseconds) {
        if (!wait(milliseconds)) return "";
        std::array<char, 256> datagram{};
        const auto size = ::recv(descriptor_, datagram.data(), datagram.size(), 0);
        return size < 0 ? "" : std::string(datagram.data(), static_cast<std::size_t>(size));
    }

private:
    bool wait(int milliseconds) {
        pollfd one{descriptor_, POLLIN, 0};
        return ::poll(&one, 1, milliseconds) == 1;
    }

    std::string name_;
    int descriptor_;
    bool bound_ = false;
};

}  // namespace qslice::test
