#include "sim/site/log_origin.hpp"

#include "sim/site/log_stamp.hpp"
#include "sim/site/scanner.hpp"
#include "sim/text/plain_words.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>
#include <vector>

namespace qslice::sim::diagnosis {

namespace {

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool begins_with_one_of(std::string_view line, std::initializer_list<std::string_view> beginnings) {
    return std::any_of(beginnings.begin(), beginnings.end(),
                       [&](std::string_view beginning) { return line.starts_with(beginning); });
}

/// Digits and separators as in a pattern, in which '9' is any digit and ' ' a blank or a digit.
bool fits(std::string_view line, std::string_view pattern) {
    if (line.size() < pattern.size()) return false;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const char c = line[i];
        const bool digit = is_digit(c);
        if (pattern[i] == '9' ? !digit : pattern[i] == 'd' ? !digit && c != ' ' : c != pattern[i]) {
            return false;
        }
    }
    return true;
}

bool is_level(std::string_view word) {
    return is_one_of(word, {"DEBUG", "INFO", "WARNING", "WARN", "ERROR", "CRITICAL", "CRIT"});
}

/// "2025-07-12 10:31:10.123 UTC [45] mailman@mailmandb LOG:  checkpoint starting".
bool is_postgres(std::string_view behind_time) {
    scanner in{behind_time};
    if (in.literal(".")) in.digits();
    std::string_view zone;
    std::string_view head;
    if (!in.literal(" ") || !in.until(" [", zone) || zone.empty() || zone.size() > 6 ||
        in.digits() == 0) {
        return false;
    }
    if (in.literal("-")) in.digits();
    if (!in.literal("] ") || !in.until(":  ", head)) return false;
    head = head.substr(head.rfind(' ') + 1);
    return is_one_of(head, {"LOG", "ERROR", "FATAL", "PANIC", "WARNING", "NOTICE", "INFO", "DEBUG",
                            "DETAIL", "HINT", "CONTEXT", "STATEMENT", "QUERY", "LOCATION"});
}

/// "2025-07-12T10:31:10.123456Z 0 [Note] ...", "2025-07-12 10:31:10 0 [Note] ...".
bool is_mysql(std::string_view behind_time) {
    scanner in{behind_time};
    if (in.literal(".")) in.digits();
    in.literal("Z");
    std::string_view level;
    return in.literal(" ") && in.digits() > 0 && in.literal(" [") && in.until("]", level) &&
           is_one_of(level, {"Note", "Warning", "ERROR", "Error", "System"});
}

/// "2025-07-12 10:31:10 1uaZ3k-000AbC-Xy <= user@host ...", with "[123] " before the id or not.
bool is_exim(std::string_view behind_time) {
    scanner in{behind_time};
    std::string_view word;
    if (!in.literal(" ")) return false;
    if (in.rest.starts_with('[') && !in.until("] ", word)) return false;
    if (begins_with_one_of(in.rest, {"Start queue run", "End queue run", "exim "})) return true;
    if (!in.until(" ", word)) return false;
    const std::size_t first = word.find('-');
    const std::size_t second = word.rfind('-');
    const bool old = word.size() == 16 && first == 6 && second == 13;
    const bool recent = word.size() == 23 && first == 6 && second == 18;
    return old || recent;
}

/// What begins with "2025-07-12 10:31:10" or with a 'T'.
std::string_view dated_form(std::string_view line) {
    const std::string_view behind = line.substr(19);
    if (is_postgres(behind)) return "postgres";
    if (is_mysql(behind)) return "mysql";
    if (is_exim(behind)) return "exim";
    scanner in{behind};
    std::string_view level;
    if (in.literal(",") && in.digits() > 0 && in.literal(" ") && in.until(" ", level) &&
        is_level(level) &&
        begins_with_one_of(
            in.rest, {"spawned:", "success:", "exited:", "stopped:", "gave up:", "supervisord ",
                      "RPC interface", "reaped ", "waiting for ", "received SIG", "Set uid to",
                      "Included extra file", "daemonizing"})) {
        return "supervisord";
    }
    return {};
}

bool is_uwsgi(std::string_view line) {
    constexpr std::size_t ctime_size = 24;
    if (line.size() > ctime_size + 3 && line[3] == ' ' && line[7] == ' ' &&
        fits(line.substr(8), "d9 99:99:99 9999 - ")) {
        return true;
    }
    return begins_with_one_of(line, {"[uwsgi-",
                                     "[uWSGI]",
                                     "*** Starting uWSGI",
                                     "*** Operational MODE",
                                     "*** uWSGI",
                                     "*** WARNING: you are running uWSGI",
                                     "spawned uWSGI ",
                                     "uwsgi_",
                                     "uWSGI ",
                                     "WSGI app ",
                                     "[pid: ",
                                     "*** has_emperor",
                                     "gracefully (RE)spawned",
                                     "mapped ",
                                     "your processes number limit",
                                     "your memory page size",
                                     "detected max file descriptor",
                                     "detected number of CPU cores",
                                     "detected binary",
                                     "chdir() to ",
                                     "lock engine: ",
                                     "thunder lock: ",
                                     "compiled with version: ",
                                     "Python main interpreter initialized",
                                     "python threads support",
                                     "your server socket listen backlog",
                                     "your mercy for graceful",
                                     "setgid() to ",
                                     "setuid() to ",
                                     "clock source: ",
                                     "pcre jit ",
                                     "nodename: ",
                                     "machine: x86_64",
                                     "machine: aarch64",
                                     "os: Linux",
                                     "current working directory: ",
                                     "Python version: ",
                                     "*** Python threads support"});
}

/// "mx1 postfix/smtpd[99]: text": the host and the program, behind a time.
std::optional<line_origin> tagged(std::string_view behind_time) {
    scanner in{behind_time};
    std::string_view host;
    std::string_view program;
    if (!in.until(" ", host) || host.empty() || !in.until(": ", program)) return std::nullopt;
    // "(sd-pam)[3]" and "systemd-logind[4]" have no blank either.
    if (program.find(' ') != std::string_view::npos) return std::nullopt;
    program = program.substr(0, program.find('['));
    if (program.empty()) return std::nullopt;
    return line_origin{program, in.rest, host};
}

}  // namespace

std::optional<line_origin> named_origin(std::string_view line) {
    if (line.empty() || line.front() == ' ' || line.front() == '\t') return std::nullopt;
    scanner in{line};
    in.literal("\xEF\xBB\xBF");
    if (in.literal("[pod/")) {
        std::string_view name;
        if (!in.until("] ", name)) return std::nullopt;
        return line_origin{name, in.rest, {}, true};
    }
    if (in.literal("<") && in.digits() > 0 && in.literal(">")) {
        scanner numbered = in;
        std::array<std::string_view, 4> words;  // time, host, program, process
        bool whole = numbered.literal("1 ");
        for (std::string_view& word : words) whole = whole && numbered.until(" ", word);
        if (whole && words[2] != "-") {
            // Its id, and its data if there are any.
            std::string_view skipped;
            numbered.until(" ", skipped);
            if (!numbered.literal("- ") && numbered.rest.starts_with('[')) {
                numbered.until("] ", skipped);
            }
            return line_origin{words[2], numbered.rest, words[1]};
        }
    } else {
        in.rest = line;
    }
    // "Jul 12 10:31:10 "
    if (in.rest.size() > 16 && in.rest[3] == ' ' && fits(in.rest.substr(4), "d9 99:99:99 ")) {
        return tagged(in.rest.substr(16));
    }
    constexpr std::size_t iso_size = 19;
    if (fits(in.rest, "9999-99-99T99:99:99")) {
        scanner time{in.rest.substr(iso_size)};
        std::string_view zone;
        if (!time.until(" ", zone) || zone.size() > 16) return std::nullopt;
        return tagged(time.rest);
    }
    const std::size_t bar = in.rest.substr(0, 80).find('|');
    if (bar == std::string_view::npos || bar == 0) return std::nullopt;
    std::string_view name = in.rest.substr(0, bar);
    const bool spaced = name.ends_with(' ');
    while (name.ends_with(' ')) name.remove_suffix(1);
    if (!spaced || name.empty() || name.find(' ') != std::string_view::npos) return std::nullopt;
    in.rest.remove_prefix(bar + 1);
    in.literal(" ");
    return line_origin{name, in.rest, {}, true};
}

bool may_be_mailman(std::string_view program) {
    std::string name(program);
    std::transform(name.begin(), name.end(), name.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    const auto has = [&](std::string_view part) { return name.find(part) != name.npos; };
    if (has("web") || has("postorius") || has("hyperkitty")) return false;
    constexpr std::string_view hexadecimal = "0123456789abcdef";
    constexpr std::size_t short_id = 12;
    const bool is_id = name.size() >= short_id && name.find_first_not_of(hexadecimal) == name.npos;
    return is_id || has("mailman") || has("python") || has("qrunner") || has("list") ||
           has("docker") || has("podman") || has("core") ||
           is_one_of(name, {"runner", "master", "-", "unknown", "app"});
}

std::string_view program_of_form(std::string_view line) {
    constexpr std::size_t least = 8;
    // Most lines without a stamp are a trace's.
    if (line.size() < least || line.front() == ' ' || line.front() == '\t') return {};
    const char first = line.front();
    if (is_digit(first)) {
        if (fits(line, "9999-99-99 99:99:99") || fits(line, "9999-99-99T99:99:99")) {
            return dated_form(line);
        }
        if (fits(line, "9999/99/99 99:99:99 [")) return "nginx";
        if (fits(line, "99:99:99 [Q] ")) return "django-q";
        scanner in{line};
        in.digits();
        if (in.rest.size() > 20 && in.rest[0] == ':' && in.rest[2] == ' ' &&
            fits(in.rest.substr(3), "d9 ") && fits(in.rest.substr(9), " 9999 99:99:99")) {
            return "redis";
        }
        return {};
    }
    if (first == '[') {
        // "[Sat Jul 12 10:31:10.123456 2025] [core:notice] [pid 1:tid 2] ..."
        if (line.size() > 26 && line[4] == ' ' && line[8] == ' ' &&
            fits(line.substr(9), "d9 99:99:99") && line.find("] [") != line.npos) {
            return "apache";
        }
        return is_uwsgi(line) ? "uwsgi" : std::string_view();
    }
    scanner in{line};
    std::string_view level;
    if (in.until(" ", level) && is_level(level) && fits(in.rest, "9999-99-99 99:99:99,")) {
        return "django";
    }
    if (begins_with_one_of(line, {"Not Found: /", "Forbidden: /", "Forbidden (", "Bad Request: /",
                                  "Internal Server Error: /", "Unauthorized: /",
                                  "Invalid HTTP_HOST header", "Too Many Requests: /"})) {
        return "django";
    }
    return is_uwsgi(line) ? "uwsgi" : std::string_view();
}

void other_programs::add(std::string_view program, std::uint64_t lines) {
    constexpr std::size_t most = 200;
    constexpr std::size_t longest = 80;
    program = program.substr(0, longest);
    auto at = lines_.find(program);
    if (at == lines_.end()) {
        if (lines_.size() >= most) program = "others";
        at = lines_.try_emplace(std::string(program), 0).first;
    }
    at->second += lines;
}

void other_programs::add(const other_programs& others) {
    for (const auto& [program, lines] : others.lines_) add(program, lines);
}

std::uint64_t other_programs::lines() const noexcept {
    std::uint64_t sum = 0;
    for (const auto& [program, lines] : lines_) sum += lines;
    return sum;
}

std::string other_programs::text() const {
    std::vector<std::pair<std::uint64_t, std::string_view>> order;
    for (const auto& [program, lines] : lines_) order.emplace_back(lines, program);
    std::stable_sort(order.begin(), order.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    constexpr std::size_t shown = 6;
    std::string text;
    for (std::size_t i = 0; i < std::min(shown, order.size()); ++i) {
        text += (i == 0 ? "" : ", ") + printable(order[i].second) + " (" + grouped(order[i].first) +
                ')';
    }
    if (order.size() > shown) {
        text += " and " + counted(order.size() - shown, "other", "others");
    }
    return text;
}

}  // namespace qslice::sim::diagnosis
