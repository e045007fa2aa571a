/// @file
/// The stamp at the beginning of a log's entry, and what other programs print before it: docker,
/// journald, syslog, grep, quotation in mails. log_line.hpp parses the text behind both.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace qslice::sim::diagnosis {

/// The entry's stamp, "May 24 15:23:34 2014 (11512) " or "May 24 15:23:34 2014 qrunner(11512): "
/// (as Mailman 2.1 stamps what a process writes to standard error), and the text after it.
struct stamped_text {
    std::int64_t local_s = 0;
    std::uint64_t pid = 0;
    std::string_view label{};  ///< "qrunner"; empty in Mailman's own entries
    std::string_view text{};   ///< without the name of a level ("INFO ") before it
};

/// Reads a stamp at the beginning of a line: with the month's name in English, German, French,
/// Spanish, Italian, Dutch or Portuguese, or "2014-05-24 15:23:34"; fractions of seconds are
/// dropped.
/// @returns nothing if the line does not begin with a stamp
std::optional<stamped_text> read_stamp(std::string_view line) noexcept;

/// Reads the stamps of a file's lines as read_stamp() does, faster where a line has the second, or
/// at least the day, of the last line with a stamp.
class stamp_reader {
public:
    std::optional<stamped_text> operator()(std::string_view line) noexcept;

private:
    static constexpr std::size_t date_size = 20;  ///< of "May 24 15:23:34 2014"

    std::array<char, date_size> date_{};  ///< the last one; begins with 0 if there is none
    std::int64_t local_s_ = 0;
    std::int64_t day_s_ = 0;
};

/// Whether a stamp of any kind can be in a line: all have a time such as "15:23:34".
bool may_have_stamp(std::string_view line) noexcept;

/// A line of gunicorn, which serves Mailman 3's REST interface and writes to the same log:
/// "[2026-11-27 21:35:16 +0000] [18642] [INFO] Starting gunicorn 20.1.0".
struct rest_text {
    std::int64_t local_s = 0;
    std::uint64_t pid = 0;
    bool trouble = false;  ///< of level ERROR or CRITICAL
    std::string_view text{};
};
std::optional<rest_text> read_rest_stamp(std::string_view line) noexcept;

/// Whether it is a line of an access log:
/// '[24/Jul/2023:07:00:02 +0000] "GET /3.1/lists HTTP/1.1" 200 488', or with an address before it.
bool is_access_line(std::string_view line) noexcept;

/// Whether an access log's line is about a request for the REST server: its paths begin with /3.
bool is_rest_access(std::string_view line) noexcept;

/// A request that the REST server answered with a status of 500 or more.
struct failed_request_line {
    std::int64_t local_s = 0;
    std::string text{};  ///< "GET /3.1/lists was answered with 500"
};
std::optional<failed_request_line> failed_request(std::string_view line);

/// Whether a program that joins files wrote the line: "==> smtp.log <==" (tail), "--" (grep),
/// "-- Boot 5c0f --" (journalctl).
bool is_joint(std::string_view line) noexcept;

/// Takes off, line by line, what stands before the stamps of one file.
class prefix_remover {
public:
    /// @param may_have  as may_have_stamp() says of the line
    /// @returns the line without its prefix: of the forms known, as far as a stamp follows; for a
    ///          line without a stamp of the same form as in the file's previous lines
    std::string_view operator()(std::string_view line, bool may_have);
    std::string_view operator()(std::string_view line) {
        return (*this)(line, may_have_stamp(line));
    }

    /// Whether the file's last stamp had a prefix.
    [[nodiscard]] bool any() const noexcept { return kinds_ != 0; }

private:
    std::size_t kinds_ = 0;  ///< of the last prefix before a stamp
    std::string unescaped_;  ///< the text of the last line with "&lt;"
    bool html_ = false;
};

/// Where a stamp begins that an unknown prefix precedes, for an error message.
std::optional<std::size_t> hidden_stamp(std::string_view line) noexcept;

}  // namespace qslice::sim::diagnosis
