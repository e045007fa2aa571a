/// @file
/// Which program wrote a line that has no stamp of Mailman's: by the name before it (journald,
/// syslog, docker compose, kubectl) or by the line's form. log_files.hpp leaves other programs'
/// lines out and counts them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace qslice::sim::diagnosis {

/// A line and who wrote it.
struct line_origin {
    std::string_view program;  ///< "postfix/smtpd", "mailman-web"
    std::string_view text;     ///< behind the name
    std::string_view host{};   ///< that syslog or a journal names; empty: none
    bool is_service = false;   ///< it is a container's or a pod's name, which the site has chosen
};

/// Reads the name before a line.
/// @returns nothing if there is none
std::optional<line_origin> named_origin(std::string_view line);

/// The program whose lines have this form: PostgreSQL, MySQL, nginx, Apache, uWSGI, Django,
/// supervisord, Exim or Redis.
/// @returns empty if it is of none of them
/// @source the programs' default formats of their logs
std::string_view program_of_form(std::string_view line);

/// Whether a program of this name may be Mailman's core or what runs it: mailman3, python3,
/// qrunner, a container's id; not mailman-web.
bool may_be_mailman(std::string_view program);

/// Counts lines of other programs, by program; beyond 200 programs the further ones are one.
class other_programs {
public:
    void add(std::string_view program, std::uint64_t lines = 1);
    void add(const other_programs& others);

    [[nodiscard]] bool empty() const noexcept { return lines_.empty(); }
    [[nodiscard]] std::uint64_t lines() const noexcept;
    /// "postgres (12), nginx (3) and 2 others", the most frequent first.
    [[nodiscard]] std::string text() const;

private:
    std::map<std::string, std::uint64_t, std::less<>> lines_;
};

}  // namespace qslice::sim::diagnosis
