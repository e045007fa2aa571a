/// @file
/// Hands messages to the mail server on the loopback, as Python's smtplib does for Mailman.
#pragma once

#include <qslice/core/result.hpp>
#include <qslice/runner/services.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::test {

/// One SMTP session.
/// @source RFC 5321
class smtp_client {
public:
    explicit smtp_client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        const timeval patience{30, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ =
            ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }
    smtp_client(const smtp_client&) = delete;
    smtp_client& operator=(const smtp_client&) = delete;
    ~smtp_client() { ::close(socket_); }

    /// @param message  its lines end with CR LF
    /// @returns whom the server refused; an error when nobody has the message
    result<delivery_report> send(const std::string& sender,
                                 const std::vector<std::string>& recipients,
                                 std::string_view message) {
        if (!connected_ || reply() != 220) return broken("no connection");
        if (ask("EHLO localhost") != 250) return broken("EHLO");
        if (ask("MAIL FROM:<" + sender + "> size=" + std::to_string(message.size())) != 250) {
            return broken("MAIL FROM");
        }
        delivery_report report;
        for (const std::string& recipient : recipients) {
            const int code = ask("RCPT TO:<" + recipient + ">");
            if (code == 250 || code == 251) continue;
            // RFC 5321, 4.5.3.1.10: 552 stands for "too many recipients" of old servers.
            const bool for_good = code >= 500 && code != 552;
            (for_good ? report.failed_for_good : report.failed_for_now).push_back(recipient);
        }
        if (report.failed_for_good.size() + report.failed_for_now.size() == recipients.size()) {
            return report;
        }
        if (ask("DATA") != 354) return broken("DATA");
        if (!write(quoted(message) + ".\r\n") || reply() != 250) return broken("the message");
        (void)ask("QUIT");
        return report;
    }

private:
    static failure broken(std::string at) {
        return failure(error_code::timed_out, "mail server", "failed at " + at);
    }

    /// A dot at the start of a line is doubled; the last line ends.
    static std::string quoted(std::string_view message) {
        std::string text;
        text.reserve(message.size() + 64);
        bool line_begins = true;
        for (const char c : message) {
            if (line_begins && c == '.') text += '.';
            text += c;
            line_begins = c == '\n';
        }
        if (!text.ends_with("\r\n")) text += "\r\n";
        return text;
    }

    int ask(const std::string& command) { return write(command + "\r\n") ? reply() : 0; }

    bool write(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }

    /// The code of the server's answer, of one line or several; 0 when none comes.
    int reply() {
        while (true) {
            const std::size_t end = received_.find("\r\n");
            if (end == std::string::npos) {
                char block[4096];
                const ssize_t size = ::recv(socket_, block, sizeof block, 0);
                if (size <= 0) return 0;
                received_.append(block, static_cast<std::size_t>(size));
                continue;
            }
            const std::string line = received_.substr(0, end);
            received_.erase(0, end + 2);
            if (line.size() < 3) return 0;
            if (line.size() > 3 && line[3] == '-') continue;
            return std::atoi(line.substr(0, 3).c_str());
        }
    }

    int socket_;
    bool connected_ = false;
    std::string received_;
};

}  // namespace qslice::test
