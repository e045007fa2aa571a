#include "sim/site/log_line.hpp"

#include <qslice/message/headers.hpp>

#include <date/date.h>

#include <array>
#include <charconv>
#include <chrono>
#include <utility>

namespace qslice::sim::diagnosis {

namespace {

using qslice::detail::trim;

/// Parses a text from left to right. A step that fails consumes nothing.
struct scanner {
    std::string_view rest;

    bool literal(std::string_view expected) noexcept {
        if (!rest.starts_with(expected)) return false;
        rest.remove_prefix(expected.size());
        return true;
    }

    template <class Number>
    bool number(Number& value) noexcept {
        const char* const end = rest.data() + rest.size();
        const auto [stopped, problem] = std::from_chars(rest.data(), end, value);
        if (problem != std::errc{}) return false;
        rest.remove_prefix(static_cast<std::size_t>(stopped - rest.data()));
        return true;
    }

    /// Exactly two digits, or a space and one digit.
    bool two_digits(unsigned& value) noexcept {
        if (rest.size() < 2) return false;
        const bool padded = rest[0] == ' ';
        const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
        if ((!padded && !is_digit(rest[0])) || !is_digit(rest[1])) return false;
        value = static_cast<unsigned>((padded ? 0 : rest[0] - '0') * 10 + (rest[1] - '0'));
        rest.remove_prefix(2);
        return true;
    }

    /// Returns the text before `mark` and skips the mark.
    bool until(std::string_view mark, std::string_view& found) noexcept {
        const std::size_t at = rest.find(mark);
        if (at == std::string_view::npos) return false;
        found = rest.substr(0, at);
        rest.remove_prefix(at + mark.size());
        return true;
    }
};

/// A line without the quotation marks that mail prepends.
std::string_view without_quotation(std::string_view line) noexcept {
    while (line.starts_with('>')) line.remove_prefix(line.starts_with("> ") ? 2 : 1);
    return line;
}

/// A number or "None".
bool number_or_none(scanner& in, std::optional<std::int64_t>& value) noexcept {
    if (in.literal("None")) return true;
    std::int64_t number = 0;
    if (!in.number(number)) return false;
    value = number;
    return true;
}

/// "(pid: P, sig: S, sts: T, class: C, slice: K/N) [restarting]" or Mailman 3's, where "why:"
/// stands in the place of "sig:" and "sts:".
std::optional<subprocess_exit> read_exit(std::string_view text) {
    scanner in{without_quotation(trim(text))};
    subprocess_exit exit;
    if (!in.literal("(pid: ") || !in.number(exit.pid) || !in.literal(", ")) return std::nullopt;
    if (in.literal("sig: ")) {
        if (!number_or_none(in, exit.signal) || !in.literal(", sts: ") ||
            !number_or_none(in, exit.status)) {
            return std::nullopt;
        }
    } else if (in.literal("why: SIGNAL ")) {
        if (!number_or_none(in, exit.signal)) return std::nullopt;
    } else if (in.literal("why: EXIT ")) {
        if (!number_or_none(in, exit.status)) return std::nullopt;
    } else if (!in.literal("why: UNKNOWNNone")) {
        return std::nullopt;
    }
    std::string_view runner;
    std::uint64_t counted = 0;
    if (!in.literal(", class: ") || !in.until(", slice: ", runner) || !in.number(counted) ||
        !in.literal("/") || !in.number(exit.slices) || !in.literal(")")) {
        return std::nullopt;
    }
    if (counted == 0 || counted > exit.slices) return std::nullopt;
    exit.runner = runner;
    exit.slice = counted - 1;
    exit.restarting = trim(in.rest) == "[restarting]";
    if (!exit.restarting && !trim(in.rest).empty()) return std::nullopt;
    return exit;
}

/// "NAME qrunner caught SIGTERM.  Stopping." and similar lines.
std::optional<log_event> read_runner(std::string_view text) {
    for (const std::string_view word : {" qrunner ", " runner "}) {
        const std::size_t at = text.find(word);
        if (at == std::string_view::npos || at == 0) continue;
        const std::string_view name = text.substr(0, at);
        if (name.find(' ') != std::string_view::npos) continue;
        scanner in{text.substr(at + word.size())};
        if (in.rest == "started.") return runner_started{std::string(name)};
        if (in.rest == "exiting.") return runner_exiting{std::string(name)};
        std::string_view signal;
        if (in.literal("caught ") && in.until(".", signal)) {
            return runner_caught{std::string(name), std::string(signal)};
        }
    }
    return std::nullopt;
}

std::optional<log_event> read_master(std::string_view text) {
    scanner in{text};
    if (in.literal("Master qrunner detected subprocess exit") ||
        in.literal("Master detected subprocess exit")) {
        if (auto exit = read_exit(in.rest)) return std::move(*exit);
        return std::nullopt;
    }
    using what = master_event::what;
    if (text == "Master started") return master_event{what::started, {}};
    if (text == "Master stopped") return master_event{what::stopped, {}};
    std::string_view signal;
    if (in.literal("Master watcher caught ") && in.until(".", signal)) {
        return master_event{what::caught, std::string(signal)};
    }
    std::string_view name;
    std::uint64_t limit = 0;
    if ((in.literal("Qrunner ") || in.literal("Runner ")) &&
        in.until(" reached maximum restart limit of ", name) && in.number(limit)) {
        return restart_limit{std::string(name), limit};
    }
    return std::nullopt;
}

std::optional<log_event> read_delivery(std::string_view text) {
    // The message id comes from outside and may contain anything, so the last mark counts.
    const std::size_t at = text.rfind(" smtp to ");
    if (at != std::string_view::npos) {
        scanner in{text.substr(at + 9)};
        delivered done;
        std::string_view list;
        if (in.until(" for ", list) && in.number(done.recipients) &&
            in.literal(" recips, completed in ") && in.number(done.seconds) &&
            in.literal(" seconds")) {
            done.message_id = trim(text.substr(0, at));
            done.list = list;
            return done;
        }
    }
    const bool bare = text.starts_with("post to ");
    const std::size_t post = bare ? 0 : text.find(" post to ");
    if (post != std::string_view::npos) {
        scanner in{text.substr(post + (bare ? 8 : 9))};
        std::string_view list;
        if (in.until(" from ", list) && in.rest.find(", ") != std::string_view::npos) {
            const bool failed = in.rest.ends_with("failures") || in.rest.ends_with("failure");
            const bool success = in.rest.ends_with(", success") || in.rest.ends_with(" bytes");
            if (failed || success) return posted{std::string(list), success};
        }
    }
    if (text.find("delivery to ") != std::string_view::npos &&
        text.find(" failed with code ") != std::string_view::npos) {
        return posted{{}, false};
    }
    return std::nullopt;
}

std::optional<log_event> read_moderation(std::string_view text) {
    using what = vetted::what;
    if (text.starts_with("Message discarded, msgid: ")) return vetted{what::discarded};
    if (text.starts_with("DISCARD: ")) return vetted{what::discarded};
    if (text.starts_with("REJECT: ")) return vetted{what::rejected};
    if (text.starts_with("ACCEPT: ")) return vetted{what::accepted};
    if (text.find(" held, message-id=") != std::string_view::npos &&
        text.find(" post from ") != std::string_view::npos) {
        return vetted{what::held};
    }
    return std::nullopt;
}

std::optional<log_event> read_trouble(std::string_view text) {
    using what = entry_trouble::what;
    static constexpr std::array<std::pair<std::string_view, what>, 4> marks{{
        {"SHUNTING: ", what::shunted},
        {"SHUNTING FAILED, preserving original entry: ", what::shunt_failed},
        {"Skipping and preserving unparseable message: ", what::unparseable},
        {".bak file max count, preserving file: ", what::bak_limit},
    }};
    for (const auto& [mark, happened] : marks) {
        if (text.starts_with(mark)) {
            return entry_trouble{happened, std::string(trim(text.substr(mark.size())))};
        }
    }
    if (text.starts_with("Unpickling .bak exception: ")) {
        const std::size_t at = text.find("reserving file: ");
        return entry_trouble{what::bak_unreadable, at == std::string_view::npos
                                                       ? std::string()
                                                       : std::string(trim(text.substr(at + 16)))};
    }
    if (text.find(" shunting message for missing list: ") != std::string_view::npos) {
        return entry_trouble{what::shunted, {}};
    }
    return std::nullopt;
}

bool is_exception(std::string_view text) noexcept {
    return text.starts_with("Uncaught runner exception: ") || text.starts_with("Traceback ");
}

std::optional<log_event> read_exception(std::string_view text) {
    // The errors of files() for a name without '+' or with two, for a bad time and for a bad hash.
    bool about_a_name = false;
    for (const std::string_view complaint :
         {"invalid literal for float()", "could not convert string to float", "values to unpack",
          "value to unpack", "invalid literal for long()",
          "invalid literal for int() with base 16"}) {
        about_a_name = about_a_name || (text.find(complaint) != std::string_view::npos &&
                                        text.find("ValueError") != std::string_view::npos);
    }
    if (!is_exception(text) && !about_a_name) return std::nullopt;
    // Only a stack trace through files() concerns a file name in the queue.
    const bool in_trace = text.find("\n") != std::string_view::npos;
    if (in_trace) about_a_name = about_a_name && text.find("files") != std::string_view::npos;
    return exception_text{std::string(text.substr(0, text.find('\n'))), about_a_name};
}

}  // namespace

std::optional<stamped_text> read_stamp(std::string_view line) noexcept {
    static constexpr std::array<std::string_view, 12> months{
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    scanner in{without_quotation(line)};
    unsigned month = 0;
    while (month < months.size() && !in.literal(months[month])) ++month;
    unsigned day = 0;
    unsigned hour = 0;
    unsigned minute = 0;
    unsigned second = 0;
    int year = 0;
    if (month == months.size() || !in.literal(" ") || !in.two_digits(day) || !in.literal(" ") ||
        !in.two_digits(hour) || !in.literal(":") || !in.two_digits(minute) || !in.literal(":") ||
        !in.two_digits(second) || !in.literal(" ") || !in.number(year)) {
        return std::nullopt;
    }
    // 61 is the C library's maximum for seconds.
    if (year < 1970 || year > 9999 || hour > 23 || minute > 59 || second > 61) return std::nullopt;
    const date::year_month_day ymd =
        date::year{year} / static_cast<int>(month + 1) / date::day{day};
    if (!ymd.ok()) return std::nullopt;
    stamped_text stamped;
    if (!in.literal(" ")) return std::nullopt;
    if (!in.literal("(")) {
        std::string_view label;
        if (!in.until("(", label) || label.empty() || label.size() > 40 ||
            label.find(' ') != std::string_view::npos || !in.number(stamped.pid) ||
            !in.literal("):")) {
            return std::nullopt;
        }
        in.literal(" ");
    } else if (!in.number(stamped.pid) || !in.literal(")") ||
               !(in.literal(" ") || in.rest.empty())) {
        return std::nullopt;
    }
    const auto days = date::sys_days{ymd}.time_since_epoch();
    stamped.local_s = std::chrono::duration_cast<std::chrono::seconds>(days).count() +
                      std::int64_t{hour} * 3600 + minute * 60 + second;
    stamped.text = in.rest;
    return stamped;
}

result<log_line> parse_log_line(std::string_view entry) {
    const auto stamp = read_stamp(entry);
    if (!stamp) {
        return failure(error_code::malformed, "log entry",
                       "expected 'Mon DD HH:MM:SS YYYY (PID) text'");
    }
    log_line line{stamp->local_s, stamp->pid, other_text{}};
    const std::string_view text = trim(stamp->text);
    for (const auto read :
         {read_runner, read_master, read_delivery, read_moderation, read_trouble, read_exception}) {
        if (auto event = read(text)) {
            line.event = std::move(*event);
            break;
        }
    }
    return line;
}

bool continues(std::string_view entry, std::string_view line) noexcept {
    const auto stamp = read_stamp(entry);
    if (!stamp) return false;
    const std::string_view text = trim(stamp->text);
    const std::string_view more = trim(without_quotation(line));
    const bool first = text.find('\n') == std::string_view::npos;
    if (text.ends_with("detected subprocess exit")) {
        return more.starts_with("(pid: ");
    }
    if (text.starts_with("Message discarded, msgid: ")) {
        return more.starts_with("list: ") || more.starts_with("handler: ");
    }
    if (text.starts_with("Unpickling .bak exception: ")) {
        return first &&
               (more.starts_with("Preserving file: ") || more.starts_with("preserving file: "));
    }
    if (is_exception(text)) {
        // Lines of the stack trace are indented; the unindented line with the exception ends it.
        const std::size_t last = text.rfind('\n');
        return first || more.empty() || (last != std::string_view::npos && text[last + 1] == ' ');
    }
    return false;
}

}  // namespace qslice::sim::diagnosis
