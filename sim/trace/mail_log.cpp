#include "sim/trace/mail_log.hpp"

#include "sim/site/log_stamp.hpp"
#include "sim/site/scanner.hpp"
#include "sim/stream/input_file.hpp"

#include <qslice/message/headers.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <set>
#include <unordered_map>

#include <fmt/format.h>

namespace qslice::sim {

namespace {

using diagnosis::is_digit;
using diagnosis::scanner;

constexpr std::array<std::string_view, 9> robots = {"-admin",   "-bounces",   "-confirm",
                                                    "-join",    "-leave",     "-owner",
                                                    "-request", "-subscribe", "-unsubscribe"};

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

/// Whether an address, or a list's short name, is that of one of a list's robots.
bool is_robot(std::string_view address) {
    const std::string_view local = address.substr(0, address.find('@'));
    if (local == "mailman" || contains(local, "-bounces+") || contains(local, "-confirm+")) {
        return true;
    }
    return std::any_of(robots.begin(), robots.end(),
                       [&](std::string_view robot) { return local.ends_with(robot); });
}

std::string_view without_brackets(std::string_view id) {
    if (id.starts_with('<')) id.remove_prefix(1);
    if (id.ends_with('>')) id.remove_suffix(1);
    return id;
}

/// The text between "KEY" and the first of the characters in `until`; empty if there is none.
std::string_view value_of(std::string_view text, std::string_view key, std::string_view until) {
    const std::size_t at = text.find(key);
    if (at == std::string_view::npos) return {};
    text.remove_prefix(at + key.size());
    return text.substr(0, text.find_first_of(until));
}

std::uint64_t number_of(std::string_view text) {
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

std::int64_t seconds_of(int year, unsigned month, unsigned day, unsigned hour, unsigned minute,
                        unsigned second) {
    using namespace std::chrono;
    const sys_days date =
        std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day);
    return sys_seconds(date).time_since_epoch().count() + hour * 3600 + minute * 60 + second;
}

/// The stamps of one log, as syslog and Exim write them.
class stamps {
public:
    stamps(const mail_log_options& options, const input_file& file)
        : options_(options), file_(file) {}

    /// Reads "2026-11-28T07:00:25.123456+01:00 ", "2026-11-28 07:00:25[.123][ +0100] " or
    /// "Nov 28 07:00:25 ".
    /// @returns nothing for a line without a stamp
    result<std::optional<virtual_time>> read(std::string_view& line) {
        if (auto iso = read_iso(line)) return iso;
        return read_traditional(line);
    }

private:
    std::optional<virtual_time> read_iso(std::string_view& line) {
        scanner in{line};
        int year = 0;
        unsigned month = 0, day = 0, hour = 0, minute = 0, second = 0;
        if (line.size() < 19 || !in.number(year) || !in.literal("-") || !in.two_digits(month) ||
            !in.literal("-") || !in.two_digits(day) || !(in.literal("T") || in.literal(" ")) ||
            !in.two_digits(hour) || !in.literal(":") || !in.two_digits(minute) ||
            !in.literal(":") || !in.two_digits(second) || month < 1 || month > 12) {
            return std::nullopt;
        }
        std::int64_t fraction = 0;
        if (in.literal(".")) {
            std::string digits(in.rest.substr(0, in.rest.find_first_not_of("0123456789")));
            in.rest.remove_prefix(digits.size());
            digits.resize(9, '0');
            fraction = static_cast<std::int64_t>(number_of(digits));
        }
        const std::int64_t local = seconds_of(year, month, day, hour, minute, second);
        std::int64_t utc = 0;
        scanner zone = in;
        zone.literal(" ");
        if (zone.literal("Z")) {
            utc = local;
            in = zone;
        } else if (zone.rest.starts_with('+') || zone.rest.starts_with('-')) {
            const std::string_view text = zone.rest.substr(0, zone.rest.find(' '));
            const auto offset = diagnosis::time_zone::parse(text);
            if (!offset) return std::nullopt;
            utc = offset->to_utc(local, std::nullopt);
            zone.rest.remove_prefix(text.size());
            in = zone;
        } else {
            utc = options_.zone.to_utc(local, last_);
            last_ = utc;
        }
        in.literal(" ");
        line = in.rest;
        return virtual_time(std::chrono::seconds(utc) + duration(fraction));
    }

    result<std::optional<virtual_time>> read_traditional(std::string_view& line) {
        constexpr std::array<std::string_view, 12> months = {
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        const auto* const found = std::find(months.begin(), months.end(), line.substr(0, 3));
        scanner in{line.substr(std::min<std::size_t>(3, line.size()))};
        unsigned day = 0, hour = 0, minute = 0, second = 0;
        if (found == months.end() || !in.literal(" ") || !in.two_digits(day) || !in.literal(" ") ||
            !in.two_digits(hour) || !in.literal(":") || !in.two_digits(minute) ||
            !in.literal(":") || !in.two_digits(second) || !in.literal(" ")) {
            return std::optional<virtual_time>();
        }
        if (!options_.year) {
            return failure(error_code::malformed, file_.place(),
                           "the stamps have no year: expected --year with that of the first one");
        }
        const auto month = static_cast<unsigned>(found - months.begin()) + 1;
        // A log that goes from December to January goes into the next year.
        if (month + 6 < month_) ++years_;
        month_ = month;
        const std::int64_t local =
            seconds_of(*options_.year + years_, month, day, hour, minute, second);
        last_ = options_.zone.to_utc(local, last_);
        line = in.rest;
        return std::optional(virtual_time(std::chrono::seconds(*last_)));
    }

    const mail_log_options& options_;
    const input_file& file_;
    std::optional<std::int64_t> last_;
    unsigned month_ = 0;
    int years_ = 0;
};

/// The posts found so far, each message and list once.
class collector {
public:
    explicit collector(mail_log& log) : log_(log) {}

    void add(logged_post post) {
        for (std::string* text : {&post.list, &post.sender}) {
            for (char& c : *text) c = qslice::detail::to_lower(c);
        }
        if (post.list.empty() || is_robot(post.list) || is_robot(post.sender)) return;
        if (!post.message_id.empty() && !known_.emplace(post.list, post.message_id).second) {
            ++log_.repeated;
            return;
        }
        log_.posts.push_back(std::move(post));
    }

private:
    mail_log& log_;
    std::set<std::pair<std::string, std::string>> known_;
};

/// "post to LIST from SENDER, size=N, message-id=<ID>, success" (2.1), "<ID> post to LIST from
/// SENDER, N bytes[, N failures]" (3).
std::optional<logged_post> mailman_post(std::string_view text) {
    constexpr std::string_view mark = "post to ";
    const std::size_t at = text.find(mark);
    if (at == std::string_view::npos) return std::nullopt;
    logged_post post;
    if (at > 0) post.message_id = without_brackets(text.substr(0, at - 1));
    scanner in{text.substr(at + mark.size())};
    std::string_view list, sender;
    if (!in.until(" from ", list) || !in.until(", ", sender)) return std::nullopt;
    post.list = list;
    post.sender = sender;
    if (in.literal("size=")) {
        post.message_id = without_brackets(value_of(in.rest, "message-id=", ", "));
    } else if (!contains(in.rest, " bytes")) {
        return std::nullopt;
    }
    post.size_bytes = number_of(in.rest);
    return post;
}

/// A message that the mail server has queued.
struct queued_mail {
    std::optional<virtual_time> time;
    std::string sender;
    std::string message_id;
    std::uint64_t size_bytes = 0;
};

logged_post post_of(const queued_mail& mail, virtual_time now, std::string_view list) {
    return {mail.time.value_or(now), std::string(list), mail.sender, mail.message_id, {},
            mail.size_bytes};
}

/// Postfix by its queue ids.
class postfix_log {
public:
    /// @param text  after the stamp: "HOST postfix/qmgr[123]: 4ABC: from=<...>, size=1, ..."
    void read(virtual_time now, std::string_view text, collector& into) {
        const std::size_t program = text.find(" postfix");
        if (program == std::string_view::npos) return;
        scanner in{text.substr(program)};
        std::string_view name, id;
        if (!in.until("]: ", name) || !in.until(": ", id) || id.find(' ') != id.npos) return;
        if (in.rest.starts_with("message-id=")) {
            mails_[std::string(id)].message_id =
                without_brackets(in.rest.substr(std::string_view("message-id=").size()));
        } else if (in.rest.starts_with("from=<")) {
            queued_mail& mail = mails_[std::string(id)];
            // A deferred message becomes active again, with the same line.
            if (!mail.time) mail.time = now;
            mail.sender = value_of(in.rest, "from=<", ">");
            mail.size_bytes = number_of(value_of(in.rest, "size=", ","));
        } else if (in.rest.starts_with("to=<")) {
            deliver(now, in.rest, mails_[std::string(id)], into);
        } else if (in.rest == "removed") {
            mails_.erase(std::string(id));
        }
    }

private:
    static void deliver(virtual_time now, std::string_view text, const queued_mail& mail,
                        collector& into) {
        if (!contains(text, "status=sent")) return;
        const std::string_view relay = value_of(text, "relay=", ",");
        std::string_view list = value_of(text, "to=<", ">");
        constexpr std::string_view posts = "mailman post ";
        if (const std::size_t at = text.find(posts); at != std::string_view::npos) {
            const std::string_view name = text.substr(at + posts.size());
            list = name.substr(0, name.find_first_of(" )\""));
        } else if (!relay.ends_with(":8024") && !contains(relay, "mailman")) {
            return;
        }
        into.add(post_of(mail, now, list));
    }

    std::unordered_map<std::string, queued_mail> mails_;
};

/// Exim by its message ids.
class exim_log {
public:
    /// @param text  after the stamp: "[PID] 1abcDE-000123-AB <= ann@example.org S=1234 id=..."
    void read(virtual_time now, std::string_view text, collector& into) {
        if (text.starts_with('[')) text.remove_prefix(std::min(text.find("] ") + 2, text.size()));
        const std::string id(text.substr(0, text.find(' ')));
        text.remove_prefix(std::min(id.size() + 1, text.size()));
        if (text.starts_with("<= ")) {
            queued_mail& mail = mails_[id];
            mail.time = now;
            mail.sender = text.substr(3, text.find(' ', 3) - 3);
            mail.size_bytes = number_of(value_of(text, " S=", " "));
            mail.message_id = without_brackets(value_of(text, " id=", " "));
        } else if (text.starts_with("=> ") || text.starts_with("-> ")) {
            if (!contains(value_of(text, " R=", " "), "mailman") &&
                !contains(value_of(text, " T=", " "), "mailman")) {
                return;
            }
            const std::string_view full = value_of(text, "<", ">");
            const std::string_view shown = text.substr(3, text.find(' ', 3) - 3);
            into.add(post_of(mails_[id], now, full.empty() ? shown : full));
        } else if (text == "Completed") {
            mails_.erase(id);
        }
    }

private:
    std::unordered_map<std::string, queued_mail> mails_;
};

std::optional<post_source> detect(std::string_view line) {
    if (contains(line, " postfix/")) return post_source::postfix;
    if (contains(line, " <= ") || contains(line, " => ")) return post_source::exim;
    if (contains(line, "post to ") && diagnosis::read_stamp(line)) return post_source::mailman;
    if (contains(line, "smtp to ") && diagnosis::read_stamp(line)) return post_source::mailman;
    return std::nullopt;
}

class log_reader {
public:
    log_reader(input_file file, const mail_log_options& options)
        : file_(std::move(file)), options_(options), stamps_(options, file_), posts_(log_) {}

    result<mail_log> run() && {
        std::optional<post_source> source = options_.source;
        std::string_view line;
        while (true) {
            const auto more = file_.next_line(line);
            if (!more) return failure(more.error());
            if (!*more) break;
            ++log_.lines;
            if (!source) source = detect(line);
            if (!source) continue;
            if (auto read = this->read(*source, line); !read) return failure(read.error());
        }
        if (log_.posts.empty()) {
            return failure(
                error_code::malformed, file_.name(),
                fmt::format("expected a log of Mailman (post, smtp.log), Postfix or Exim "
                            "with posts to lists, found none in {} lines",
                            log_.lines));
        }
        log_.source = *source;
        return std::move(log_);
    }

private:
    result<void> read(post_source source, std::string_view line) {
        if (source == post_source::mailman) {
            const auto stamp = diagnosis::read_stamp(prefixes_(line));
            if (!stamp) return {};
            auto post = mailman_post(stamp->text);
            if (!post) return {};
            last_ = options_.zone.to_utc(stamp->local_s, last_);
            post->time = virtual_time(std::chrono::seconds(*last_));
            posts_.add(std::move(*post));
            return {};
        }
        const auto time = stamps_.read(line);
        if (!time) return failure(time.error());
        if (!*time) return {};
        if (source == post_source::postfix) {
            // syslog puts the host's name, without which a line would begin with the program's.
            postfix_.read(**time, ' ' + std::string(line), posts_);
        } else {
            exim_.read(**time, line, posts_);
        }
        return {};
    }

    input_file file_;
    const mail_log_options& options_;
    mail_log log_;
    stamps stamps_;
    collector posts_;
    diagnosis::prefix_remover prefixes_;
    std::optional<std::int64_t> last_;
    postfix_log postfix_;
    exim_log exim_;
};

}  // namespace

result<mail_log> read_mail_log(const std::string& path, const mail_log_options& options) {
    auto file = input_file::open(path);
    if (!file) return failure(file.error());
    return log_reader(*std::move(file), options).run();
}

}  // namespace qslice::sim
