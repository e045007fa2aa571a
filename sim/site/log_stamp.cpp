#include "sim/site/log_stamp.hpp"

#include "sim/site/scanner.hpp"

#include <date/date.h>

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstring>
#include <iterator>
#include <utility>

namespace qslice::sim::diagnosis {

namespace {

struct month_name {
    std::string_view name;
    unsigned number;
};

/// The C library's short names of months where they are not the English ones.
/// @source glibc locales de_DE, de_AT, fr_FR, es_ES, it_IT, nl_NL, pt_PT
constexpr std::array month_names{
    month_name{"Jan", 1},   month_name{"Feb", 2},   month_name{"Mar", 3},   month_name{"Apr", 4},
    month_name{"May", 5},   month_name{"Jun", 6},   month_name{"Jul", 7},   month_name{"Aug", 8},
    month_name{"Sep", 9},   month_name{"Oct", 10},  month_name{"Nov", 11},  month_name{"Dec", 12},
    month_name{"Jän", 1},   month_name{"Mär", 3},   month_name{"Mai", 5},   month_name{"Okt", 10},
    month_name{"Dez", 12},  month_name{"janv.", 1}, month_name{"févr.", 2}, month_name{"mars", 3},
    month_name{"avril", 4}, month_name{"avr.", 4},  month_name{"mai", 5},   month_name{"juin", 6},
    month_name{"juil.", 7}, month_name{"août", 8},  month_name{"sept.", 9}, month_name{"oct.", 10},
    month_name{"nov.", 11}, month_name{"déc.", 12}, month_name{"ene", 1},   month_name{"abr", 4},
    month_name{"ago", 8},   month_name{"dic", 12},  month_name{"gen", 1},   month_name{"mag", 5},
    month_name{"giu", 6},   month_name{"lug", 7},   month_name{"set", 9},   month_name{"ott", 10},
    month_name{"jan", 1},   month_name{"feb", 2},   month_name{"fev", 2},   month_name{"mar", 3},
    month_name{"mrt", 3},   month_name{"mei", 5},   month_name{"may", 5},   month_name{"jun", 6},
    month_name{"jul", 7},   month_name{"apr", 4},   month_name{"aug", 8},   month_name{"sep", 9},
    month_name{"oct", 10},  month_name{"okt", 10},  month_name{"out", 10},  month_name{"nov", 11},
    month_name{"dec", 12},  month_name{"dez", 12},
};

/// By a name's first byte, which names begin with it: the bits of their places in the table.
constexpr auto months_by_first = [] {
    static_assert(month_names.size() <= 64);
    std::array<std::uint64_t, 256> places{};
    for (std::size_t i = 0; i < month_names.size(); ++i) {
        places[static_cast<unsigned char>(month_names[i].name.front())] |= std::uint64_t{1} << i;
    }
    return places;
}();

bool read_month(scanner& in, unsigned& month) {
    if (in.rest.empty()) return false;
    std::uint64_t places = months_by_first[static_cast<unsigned char>(in.rest.front())];
    for (; places != 0; places &= places - 1) {
        const month_name& m = month_names[static_cast<std::size_t>(std::countr_zero(places))];
        if (in.literal(m.name)) {
            month = m.number;
            return true;
        }
    }
    return false;
}

/// "15:23:34", with a fraction or not.
bool read_clock(scanner& in, std::int64_t& seconds) {
    unsigned hour = 0;
    unsigned minute = 0;
    unsigned second = 0;
    if (!in.two_digits(hour) || !in.literal(":") || !in.two_digits(minute) || !in.literal(":") ||
        !in.two_digits(second)) {
        return false;
    }
    // 61 is the C library's maximum for seconds.
    if (hour > 23 || minute > 59 || second > 61) return false;
    if (in.rest.size() > 1 && (in.rest[0] == ',' || in.rest[0] == '.') && is_digit(in.rest[1])) {
        in.rest.remove_prefix(1);
        in.digits();
    }
    seconds = std::int64_t{hour} * 3600 + minute * 60 + second;
    return true;
}

std::optional<std::int64_t> day_seconds(int year, unsigned month, unsigned day) {
    if (year < 1970 || year > 9999) return std::nullopt;
    const date::year_month_day ymd = date::year{year} / static_cast<int>(month) / date::day{day};
    if (!ymd.ok()) return std::nullopt;
    const auto days = date::sys_days{ymd}.time_since_epoch();
    return std::chrono::duration_cast<std::chrono::seconds>(days).count();
}

/// "2014-05-24 15:23:34" or with 'T'.
bool read_iso(scanner& in, std::int64_t& local_s) {
    int year = 0;
    unsigned month = 0;
    unsigned day = 0;
    std::int64_t clock = 0;
    if (in.rest.size() < 19 || !is_digit(in.rest[0]) || in.rest[4] != '-' || !in.number(year) ||
        !in.literal("-") || !in.two_digits(month) || !in.literal("-") || !in.two_digits(day) ||
        !(in.literal(" ") || in.literal("T")) || !read_clock(in, clock)) {
        return false;
    }
    const auto days = day_seconds(year, month, day);
    if (!days) return false;
    local_s = *days + clock;
    return true;
}

/// "May 24 15:23:34 2014".
bool read_dated(scanner& in, std::int64_t& local_s) {
    unsigned month = 0;
    unsigned day = 0;
    std::int64_t clock = 0;
    int year = 0;
    if (!read_month(in, month) || !in.literal(" ") || !in.two_digits(day) || !in.literal(" ") ||
        !read_clock(in, clock) || !in.literal(" ") || !in.number(year)) {
        return false;
    }
    const auto days = day_seconds(year, month, day);
    if (!days) return false;
    local_s = *days + clock;
    return true;
}

void skip_level(std::string_view& text) {
    static constexpr std::array<std::string_view, 5> levels{"DEBUG ", "INFO ", "WARNING ", "ERROR ",
                                                            "CRITICAL "};
    for (const std::string_view level : levels) {
        if (begins_with(text, level)) {
            text.remove_prefix(level.size());
            return;
        }
    }
}

/// The rest of a stamp: " (11512) " or " qrunner(11512): ", and the text behind it.
std::optional<stamped_text> behind_date(scanner in, std::int64_t local_s) noexcept {
    stamped_text stamped;
    stamped.local_s = local_s;
    if (!in.literal(" ")) return std::nullopt;
    if (!in.literal("(")) {
        constexpr std::size_t longest = 40;
        if (!in.until("(", stamped.label) || stamped.label.empty() ||
            stamped.label.size() > longest || stamped.label.find(' ') != std::string_view::npos ||
            !in.number(stamped.pid) || !in.literal("):")) {
            return std::nullopt;
        }
        in.literal(" ");
    } else if (!in.number(stamped.pid) || !in.literal(")") ||
               !(in.literal(" ") || in.rest.empty())) {
        return std::nullopt;
    }
    stamped.text = in.rest;
    skip_level(stamped.text);
    return stamped;
}

/// "+0000", "Z", "+02:00".
void skip_zone(scanner& in) {
    if (in.literal("Z")) return;
    if (in.rest.empty() || (in.rest[0] != '+' && in.rest[0] != '-')) return;
    in.rest.remove_prefix(1);
    in.digits();
    if (in.literal(":")) in.digits();
}

/// Removes one prefix of a form; consumes nothing if it has another.
using prefix_reader = bool (*)(scanner&);

bool quotation(scanner& in) {
    bool any = false;
    while (in.literal("> ") || in.literal(">") || in.literal("&gt; ") || in.literal("&gt;")) {
        any = true;
    }
    return any;
}

bool byte_order_mark(scanner& in) { return in.literal("\xEF\xBB\xBF"); }

/// A path and perhaps a line's number, as grep prints them.
bool grep_place(scanner& in) {
    const std::size_t end = in.rest.find_first_of(" :");
    if (end == std::string_view::npos || end == 0 || in.rest[end] != ':') return false;
    in.rest.remove_prefix(end + 1);
    scanner numbered{in.rest};
    if (numbered.digits() > 0 && (numbered.literal(":") || numbered.literal("-"))) in = numbered;
    return true;
}

/// "mailman-core  | " of docker compose.
bool compose_name(scanner& in) {
    const std::size_t bar = in.rest.find('|');
    if (bar > 80) return false;  // also if there is none
    std::string_view name = in.rest.substr(0, bar);
    while (name.ends_with(' ')) name.remove_suffix(1);
    if (name.empty() || name.find(' ') != std::string_view::npos) return false;
    in.rest.remove_prefix(bar + 1);
    in.literal(" ");
    return true;
}

/// "2025-07-12T10:31:10.123456789Z " of docker logs -t.
bool iso_time(scanner& in) {
    scanner at = in;
    std::int64_t local_s = 0;
    if (!read_iso(at, local_s)) return false;
    skip_zone(at);
    if (!at.literal(" ")) return false;
    // What follows a stamp of Mailman's own in this form is its process.
    if (at.rest.starts_with('(')) return false;
    in = at;
    return true;
}

/// "Jul 12 10:31:10 mx1 mailman3[20]: ", or with an ISO time, of journalctl and syslog.
bool syslog_head(scanner& in) {
    scanner at = in;
    std::int64_t clock = 0;
    unsigned month = 0;
    unsigned day = 0;
    const bool dated = read_month(at, month) && at.literal(" ") && at.two_digits(day) &&
                       at.literal(" ") && read_clock(at, clock) && at.literal(" ");
    if (!dated) {
        at = in;
        std::int64_t local_s = 0;
        if (!read_iso(at, local_s)) return false;
        skip_zone(at);
        if (!at.literal(" ")) return false;
    }
    std::string_view host;
    std::string_view program;
    if (!at.until(" ", host) || !at.until(": ", program) || host.empty() || program.empty() ||
        program.find(' ') != std::string_view::npos) {
        return false;
    }
    in = at;
    return true;
}

/// "<22>1 2025-07-12T10:31:10.1Z mx1 mailman 20 - - " of RFC 5424.
bool syslog_5424(scanner& in) {
    scanner at = in;
    if (!at.literal("<") || at.digits() == 0 || !at.literal(">")) return false;
    if (!at.literal("1 ")) {
        // RFC 3164 goes on as journalctl does.
        in = at;
        return true;
    }
    std::string_view word;
    for (int i = 0; i < 5; ++i) {
        if (!at.until(" ", word)) return false;
    }
    if (at.literal("[")) {
        if (!at.until("] ", word)) return false;
    } else if (!at.literal("- ")) {
        return false;
    }
    at.literal("\xEF\xBB\xBF");
    in = at;
    return true;
}

/// "[pod/mailman-0/core] " of kubectl logs --prefix.
bool bracket(scanner& in) {
    if (!in.rest.starts_with("[pod/")) return false;
    std::string_view word;
    return in.until("] ", word);
}

bool blanks(scanner& in) {
    const std::size_t size = in.rest.find_first_not_of(" \t");
    if (size == 0 || size == std::string_view::npos) return false;
    in.rest.remove_prefix(size);
    return true;
}

constexpr std::array<prefix_reader, 9> prefixes{byte_order_mark, quotation,  syslog_5424,
                                                syslog_head,     iso_time,   compose_name,
                                                bracket,         grep_place, blanks};

/// Removes prefixes until a stamp or an entry of gunicorn begins.
/// @param kinds  the forms removed, one decimal digit each, the first one last
std::optional<std::string_view> stamp_behind(std::string_view line, std::size_t& kinds) {
    constexpr int most = 5;
    kinds = 0;
    std::size_t unit = 1;
    bool may_be_indented = true;
    scanner in{line};
    for (int i = 0; i <= most; ++i) {
        if (read_stamp(in.rest) || read_rest_stamp(in.rest) || is_access_line(in.rest)) {
            return in.rest;
        }
        bool any = false;
        for (std::size_t k = 0; k < prefixes.size() && !any; ++k) {
            // "Subject: May 24 ..." is text, not grep's place before a stamp.
            if (prefixes[k] == blanks && !may_be_indented) continue;
            any = prefixes[k](in);
            if (any) {
                may_be_indented = prefixes[k] == quotation || prefixes[k] == byte_order_mark;
                kinds += unit * (k + 1);
                unit *= 10;
            }
        }
        if (!any) return std::nullopt;
    }
    return std::nullopt;
}

std::string_view without(std::string_view line, std::size_t kinds) {
    scanner in{line};
    for (; kinds > 0; kinds /= 10) {
        const std::size_t k = kinds % 10 - 1;
        // Blanks before a line without a stamp are its own.
        if (prefixes[k] == blanks || !prefixes[k](in)) break;
    }
    return in.rest;
}

void unescape(std::string_view text, std::string& plain) {
    static constexpr std::array<std::pair<std::string_view, char>, 5> names{
        {{"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&#39;", '\''}}};
    plain.clear();
    while (!text.empty()) {
        const auto name = std::find_if(names.begin(), names.end(),
                                       [&](const auto& n) { return text.starts_with(n.first); });
        plain += name == names.end() ? text.front() : name->second;
        text.remove_prefix(name == names.end() ? 1 : name->first.size());
    }
}

/// The request of a line of an access log and what follows it; empty if it is none.
std::string_view request_in(std::string_view line, std::int64_t& local_s) {
    constexpr std::size_t longest_address = 60;
    const std::size_t open = line.substr(0, longest_address).find('[');
    if (open == std::string_view::npos) return {};
    scanner in{line.substr(open + 1)};
    unsigned day = 0;
    unsigned month = 0;
    int year = 0;
    std::int64_t clock = 0;
    if (!in.two_digits(day) || !in.literal("/") || !read_month(in, month) || !in.literal("/") ||
        !in.number(year) || !in.literal(":") || !read_clock(in, clock)) {
        return {};
    }
    const auto days = day_seconds(year, month, day);
    std::string_view zone;
    if (!days || !in.until("] \"", zone)) return {};
    local_s = *days + clock;
    return in.rest;
}

}  // namespace

std::optional<stamped_text> read_stamp(std::string_view line) noexcept {
    scanner in{line};
    std::int64_t local_s = 0;
    if (!read_dated(in, local_s)) {
        in = {line};
        if (!read_iso(in, local_s)) return std::nullopt;
    }
    return behind_date(in, local_s);
}

std::optional<stamped_text> stamp_reader::operator()(std::string_view line) noexcept {
    constexpr std::size_t clock_at = 7;
    constexpr std::size_t year_at = 15;
    const auto same = [&](std::size_t from, std::size_t to) {
        return std::memcmp(line.data() + from, date_.data() + from, to - from) == 0;
    };
    const auto clock = [&](std::int64_t& seconds) {
        scanner in{line.substr(clock_at, year_at - clock_at)};
        return read_clock(in, seconds) && in.rest.empty();
    };
    if (line.size() <= date_size || line[date_size] != ' ') return read_stamp(line);
    std::int64_t seconds = 0;
    if (date_[0] != 0 && same(0, clock_at) && same(year_at, date_size)) {
        if (same(clock_at, year_at)) return behind_date({line.substr(date_size)}, local_s_);
        if (clock(seconds)) {
            std::copy_n(line.data(), date_size, date_.data());
            local_s_ = day_s_ + seconds;
            return behind_date({line.substr(date_size)}, local_s_);
        }
    }
    const auto stamp = read_stamp(line);
    // A month's name of three letters, and no fraction of a second.
    scanner in{line.substr(0, date_size)};
    std::int64_t local_s = 0;
    if (stamp && line[3] == ' ' && read_dated(in, local_s) && in.rest.empty() && clock(seconds)) {
        std::copy_n(line.data(), date_size, date_.data());
        local_s_ = local_s;
        day_s_ = local_s - seconds;
    }
    return stamp;
}

bool may_have_stamp(std::string_view line) noexcept {
    const char* at = line.data();
    const char* const end = at + line.size();
    while (end - at >= 6) {
        at = static_cast<const char*>(std::memchr(at, ':', static_cast<std::size_t>(end - at)));
        if (at == nullptr || end - at < 6) return false;
        if (at[3] == ':' && is_digit(at[2]) && is_digit(at[5])) return true;
        ++at;
    }
    return false;
}

std::optional<rest_text> read_rest_stamp(std::string_view line) noexcept {
    scanner in{line};
    rest_text rest;
    std::string_view level;
    if (!in.literal("[") || !read_iso(in, rest.local_s)) return std::nullopt;
    in.literal(" ");
    skip_zone(in);
    if (!in.literal("] [") || !in.number(rest.pid) || !in.literal("] [") || !in.until("]", level)) {
        return std::nullopt;
    }
    in.literal(" ");
    rest.trouble = level == "ERROR" || level == "CRITICAL";
    rest.text = in.rest;
    return rest;
}

bool is_access_line(std::string_view line) noexcept {
    std::int64_t local_s = 0;
    return request_in(line, local_s).find("HTTP/") != std::string_view::npos;
}

bool is_rest_access(std::string_view line) noexcept {
    std::int64_t local_s = 0;
    const std::string_view request = request_in(line, local_s);
    const std::size_t path = request.find(' ');
    return path != std::string_view::npos && request.substr(path + 1).starts_with("/3.");
}

std::optional<failed_request_line> failed_request(std::string_view line) {
    constexpr unsigned failed = 500;
    failed_request_line found;
    scanner in{request_in(line, found.local_s)};
    std::string_view request;
    std::string_view protocol;
    unsigned status = 0;
    if (!in.until(" HTTP/", request) || !in.until("\" ", protocol) || !in.number(status) ||
        status < failed || request.find(" /3.") == std::string_view::npos) {
        return std::nullopt;
    }
    found.text = std::string(request.substr(0, request.find('?'))) + " was answered with " +
                 std::to_string(status);
    return found;
}

bool is_joint(std::string_view line) noexcept {
    return (line.starts_with("==> ") && line.ends_with(" <==")) || line == "--" ||
           (line.starts_with("-- ") && line.ends_with(" --"));
}

std::string_view prefix_remover::operator()(std::string_view line, bool may_have) {
    std::size_t kinds = 0;
    const auto found = may_have ? stamp_behind(line, kinds) : std::nullopt;
    if (found) {
        // An access log's address may stand for a prefix.
        if (kinds != 0 || !is_access_line(*found)) kinds_ = kinds;
        html_ = line.starts_with("&gt;");
        if (!html_) return *found;
        unescape(*found, unescaped_);
        return unescaped_;
    }
    const std::string_view rest = without(line, kinds_);
    if (!html_) return rest;
    unescape(rest, unescaped_);
    return unescaped_;
}

std::optional<std::size_t> hidden_stamp(std::string_view line) noexcept {
    constexpr std::size_t furthest = 200;
    for (std::size_t at = 1; at < std::min(line.size(), furthest); ++at) {
        const char before = line[at - 1];
        const bool inside_word =
            (before >= 'a' && before <= 'z') || (before >= 'A' && before <= 'Z');
        if (!inside_word && read_stamp(line.substr(at))) return at;
    }
    return std::nullopt;
}

}  // namespace qslice::sim::diagnosis
