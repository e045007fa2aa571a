#include "sim/site/log_line.hpp"

#include "sim/site/log_format.hpp"
#include "sim/site/log_stamp.hpp"
#include "sim/site/scanner.hpp"

#include <qslice/message/headers.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace qslice::sim::diagnosis {

namespace {

using qslice::detail::trim;

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
    scanner in{trim(text)};
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

/// The words that the readers below look for, as one pass over an entry's first line finds them.
struct reader_marks {
    static constexpr std::size_t none = std::string_view::npos;

    std::size_t smtp_to = none;    ///< where the last " smtp to " is
    std::size_t post_to = none;    ///< the first " post to "
    std::size_t post_from = none;  ///< the first " post from "
    std::size_t held = none;       ///< the first " held, message-id="
    std::size_t failed = none;     ///< the last " failed with code "
    std::size_t qrunner = none;    ///< the first " qrunner "
    std::size_t runner = none;     ///< the first " runner "
};

reader_marks marks_of(std::string_view head) {
    reader_marks marks;
    const auto first = [](std::size_t& place, std::size_t at) {
        if (place == reader_marks::none) place = at;
    };
    for (std::size_t at = 0; at < head.size(); ++at) {
        if (head[at] != ' ' || at + 1 == head.size()) continue;
        const std::string_view rest = head.substr(at + 1);
        switch (rest.front()) {
            case 's':
                if (rest.starts_with("smtp to ")) marks.smtp_to = at;
                break;
            case 'p':
                if (rest.starts_with("post to ")) first(marks.post_to, at);
                if (rest.starts_with("post from ")) first(marks.post_from, at);
                break;
            case 'h':
                if (rest.starts_with("held, message-id=")) first(marks.held, at);
                break;
            case 'f':
                if (rest.starts_with("failed with code ")) marks.failed = at;
                break;
            case 'q':
                if (rest.starts_with("qrunner ")) first(marks.qrunner, at);
                break;
            case 'r':
                if (rest.starts_with("runner ")) first(marks.runner, at);
                break;
            default: break;
        }
    }
    return marks;
}

/// "NAME qrunner caught SIGTERM.  Stopping." and similar lines.
std::optional<log_event> read_runner(std::string_view text, const reader_marks& marks) {
    for (const std::size_t at : {marks.qrunner, marks.runner}) {
        if (at == reader_marks::none || at == 0) continue;
        const std::string_view name = text.substr(0, at);
        if (name.find(' ') != std::string_view::npos) continue;
        const std::string_view word = at == marks.qrunner ? " qrunner " : " runner ";
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
    if (text.empty() || (text[0] != 'M' && text[0] != 'Q' && text[0] != 'R')) return std::nullopt;
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

/// Whether Mailman itself sends from an address: LIST-request@..., mailman-bounces@...
bool is_own_address(std::string_view address) {
    const std::string_view local = address.substr(0, address.find('@'));
    for (const std::string_view end :
         {"-request", "-bounces", "-owner", "-confirm", "-admin", "-join", "-leave"}) {
        if (local.ends_with(end)) return true;
    }
    return false;
}

std::optional<log_event> read_delivery(std::string_view text, const reader_marks& marks) {
    // The message id comes from outside and may contain anything, so the last mark counts.
    const std::size_t at = marks.smtp_to;
    if (at != reader_marks::none) {
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
    const std::size_t post = bare ? 0 : marks.post_to;
    if (post != reader_marks::none) {
        scanner in{text.substr(post + (bare ? 8 : 9))};
        std::string_view list;
        if (in.until(" from ", list) && in.rest.find(", ") != std::string_view::npos) {
            const bool failed = in.rest.ends_with("failures") || in.rest.ends_with("failure");
            const bool success = in.rest.ends_with(", success") || in.rest.ends_with(" bytes");
            if (failed || success) {
                const std::string_view sender = in.rest.substr(0, in.rest.find(", "));
                std::string_view id = trim(text.substr(0, post));
                if (bare) {
                    scanner behind{in.rest};
                    std::string_view before;
                    id = behind.until("message-id=", before)
                             ? behind.rest.substr(0, behind.rest.rfind(", "))
                             : std::string_view();
                }
                return posted{list, success, is_own_address(sender), id};
            }
        }
    }
    // Mailman 2.0 named neither the message nor the list.
    scanner old{text};
    delivered nameless;
    if (old.literal("smtp for ") && old.number(nameless.recipients) &&
        old.literal(" recips, completed in ") && old.number(nameless.seconds) &&
        old.literal(" seconds")) {
        return nameless;
    }
    if (marks.failed == reader_marks::none) return std::nullopt;
    const std::size_t failure = text.find("delivery to ");
    if (failure != std::string_view::npos && failure < marks.failed) {
        constexpr std::string_view mark = " failed with code ";
        return posted{{},
                      false,
                      false,
                      trim(text.substr(0, failure)),
                      trim(text.substr(marks.failed + mark.size()))};
    }
    return std::nullopt;
}

/// The text of a message's id at the end of a line.
std::string_view id_after(std::string_view text, std::string_view mark) {
    const std::size_t at = text.find(mark);
    if (at == std::string_view::npos) return {};
    std::string_view id = text.substr(at + mark.size());
    id = id.substr(0, id.find('\n'));
    if (id.starts_with('<')) id = id.substr(0, id.find('>') + 1);
    return trim(id);
}

std::optional<log_event> read_moderation(std::string_view text, const reader_marks& marks) {
    using what = vetted::what;
    struct row {
        std::string_view begin;
        what happened;
    };
    static constexpr std::array<row, 4> rows{{{"Message discarded, msgid: ", what::discarded},
                                              {"DISCARD: ", what::discarded},
                                              {"REJECT: ", what::rejected},
                                              {"ACCEPT: ", what::accepted}}};
    for (const row& r : rows) {
        if (begins_with(text, r.begin)) return vetted{r.happened, id_after(text, r.begin)};
    }
    if (marks.held != reader_marks::none && marks.post_from != reader_marks::none) {
        return vetted{what::held, id_after(text, " held, message-id=")};
    }
    return std::nullopt;
}

/// "archive:0:4"
std::optional<slice_named> read_slice(std::string_view text, std::uint64_t pid) {
    const std::size_t first = text.find(':');
    if (first == std::string_view::npos || first == 0) return std::nullopt;
    slice_named named{pid, std::string(text.substr(0, first)), 0, 1};
    scanner in{text.substr(first + 1)};
    if (!in.number(named.slice) || !in.literal(":") || !in.number(named.slices) ||
        named.slice >= named.slices) {
        return std::nullopt;
    }
    return named;
}

/// What Mailman 3 writes at level debug about slices and looks at queues.
std::optional<log_event> read_debug(std::string_view text, std::uint64_t writer) {
    scanner in{text};
    std::string_view skipped;
    if (in.literal("starting: ")) {
        if (!in.until("--runner=", skipped)) return routine_text{};
        if (auto named = read_slice(in.rest, writer)) return std::move(*named);
        return routine_text{};
    }
    if (!in.literal("[")) return std::nullopt;
    std::uint64_t pid = 0;
    if (in.number(pid)) {
        if (!in.literal("] ")) return std::nullopt;
        if (auto named = read_slice(in.rest, pid)) return std::move(*named);
        return std::nullopt;
    }
    looked look;
    if (in.until("] ending oneloop: ", skipped) && in.number(look.found)) return look;
    return std::nullopt;
}

/// A word and the space behind it.
bool word(scanner& in, std::string_view& found) { return in.until(" ", found); }

/// What nearly all entries of healthy logs are: "<ID> smtp to ...", "<ID> post to ...", "post to
/// ...", "ACCEPT: <ID>". Only where no id, list or sender has a space in it, so that the entry can
/// be nothing else; the readers above give the same for it.
std::optional<log_event> read_usual(std::string_view text) {
    if (text.find('\n') != std::string_view::npos) return std::nullopt;
    scanner in{text};
    std::string_view id;
    std::string_view list;
    std::string_view sender;
    if (in.literal("ACCEPT: ")) {
        if (in.rest.find(' ') != std::string_view::npos) return std::nullopt;
        return vetted{vetted::what::accepted, id_after(text, "ACCEPT: ")};
    }
    const bool bare = in.literal("post to ");
    if (!bare && !word(in, id)) return std::nullopt;
    if (!bare && in.literal("smtp to ")) {
        delivered done;
        if (!word(in, list) || !in.literal("for ") || !in.number(done.recipients) ||
            !in.literal(" recips, completed in ") || !in.number(done.seconds) ||
            in.rest != " seconds") {
            return std::nullopt;
        }
        done.message_id = trim(id);
        done.list = list;
        return done;
    }
    if (!bare && !in.literal("post to ")) return std::nullopt;
    if (!word(in, list) || !in.literal("from ") || !word(in, sender) || !sender.ends_with(',')) {
        return std::nullopt;
    }
    sender.remove_suffix(1);
    if (!bare) {
        if (in.digits() == 0 || in.rest != " bytes") return std::nullopt;
        return posted{list, true, is_own_address(sender), trim(id)};
    }
    constexpr std::string_view mark = "message-id=";
    if (sender.find(mark) != std::string_view::npos || !in.literal("size=") || in.digits() == 0 ||
        !in.literal(", ") || !in.literal(mark) || !in.until(", success", id) || !in.rest.empty() ||
        id.find(' ') != std::string_view::npos) {
        return std::nullopt;
    }
    return posted{list, true, is_own_address(sender), id};
}

/// The programs of Mailman 2.1 to which a mail server gives messages, as they name themselves in
/// the log of errors.
constexpr std::array<std::string_view, 8> mail_programs{
    "post", "mailcmd", "mailowner", "bounces", "confirm", "join", "leave", "subscribe"};

/// An entry that begins with a trace, or has one after its first line.
bool is_trace(std::string_view lines) {
    while (true) {
        if (lines.starts_with("Traceback ") || lines.starts_with("  File \"")) return true;
        const std::size_t end = lines.find('\n');
        if (end == std::string_view::npos) return false;
        lines.remove_prefix(end + 1);
    }
}

/// The exception at the end of a trace: the first line behind the last indented places in files
/// that is not indented itself. Its own further lines may follow.
std::string_view exception_of(std::string_view lines) {
    std::string_view found;
    bool in_places = false;
    while (!lines.empty()) {
        const std::size_t end = std::min(lines.find('\n'), lines.size());
        const std::string_view line = trim(lines.substr(0, end));
        const bool inner = lines.front() == ' ' || lines.front() == '\t';
        if (inner && line.starts_with("File \"")) in_places = true;
        if (!inner && in_places && !line.empty() && !line.starts_with("Traceback ")) {
            found = line;
            in_places = false;
        }
        lines.remove_prefix(std::min(end + 1, lines.size()));
    }
    return found;
}

std::string_view first_line(std::string_view text) { return text.substr(0, text.find('\n')); }

/// What HyperKitty's web server answered: the title of its page, and the status that stands
/// behind it. Empty if it is no page.
std::string page_answer(std::string_view why) {
    if (why.find('<') > 2) return {};  // b'<html>...
    std::string_view status = trim(why);
    if (!status.ends_with(')') || status.rfind('(') == std::string_view::npos) return {};
    status.remove_prefix(status.rfind('('));
    const std::size_t title = why.find("<title>");
    if (title == std::string_view::npos) return std::string(status);
    std::string_view words = why.substr(title + 7);
    words = trim(words.substr(0, words.find_first_of("<\n")));
    return words.ends_with(status) ? std::string(words)
                                   : std::string(words) + ' ' + std::string(status);
}

/// Whether a runner died of a name in its queue: the errors of files() for a name without '+' or
/// with two, for a bad time and for a bad hash. Only a trace through files() shows it.
bool is_about_a_name(std::string_view lines) {
    if (lines.find("ValueError") == std::string_view::npos) return false;
    const bool in_trace = lines.find('\n') != std::string_view::npos;
    if (in_trace && lines.find("in files") == std::string_view::npos) return false;
    for (const std::string_view complaint :
         {"invalid literal for float()", "could not convert string to float", "values to unpack",
          "value to unpack", "invalid literal for long()",
          "invalid literal for int() with base 16"}) {
        if (lines.find(complaint) != std::string_view::npos) return true;
    }
    return false;
}

/// The name of an entry within a path: "1400972196.5+905614..." of
/// ".../in/1400972196.5+905614....bak".
std::string_view base_in(std::string_view path) {
    path = path.substr(path.rfind('/') + 1);
    const std::size_t end = std::min({path.find(".pck"), path.find(".bak"), path.find(".psv")});
    return end == std::string_view::npos ? std::string_view() : path.substr(0, end);
}

bool says_missing(std::string_view text) {
    return text.find("[Errno 2]") != std::string_view::npos ||
           text.find("FileNotFoundError") != std::string_view::npos;
}

/// An entry of the table of formats, or a trace.
std::optional<log_event> read_format(std::string_view text, bool& whole) {
    const bool trace = is_trace(text);
    const std::string_view head = text.substr(0, text.find('\n'));
    std::optional<format_match> match = match_log_format(text);
    if (!match && head.size() < text.size()) {
        match = match_log_format(head);
        whole = trace || !match;
    }
    const std::string_view exception = trace ? exception_of(text) : std::string_view();
    if (!match) {
        if (!trace && !is_about_a_name(text)) return std::nullopt;
        trouble_entry found;
        found.topic = is_about_a_name(text) ? log_topic::malformed_name : log_topic::exception;
        found.cause = !exception.empty() ? exception : trace ? std::string_view() : head;
        found.has_trace = trace;
        if (says_missing(exception)) found.base = base_in(exception);
        return found;
    }
    const log_format& format = *match->format;
    // The calls that lead to an entry are no exception.
    const bool raised = trace && (!exception.empty() || text.find("Traceback ") != text.npos);
    if (format.topic == log_topic::routine && !raised) return routine_text{match->message_id};
    trouble_entry found;
    found.topic = format.topic == log_topic::routine ? log_topic::exception : format.topic;
    const std::string_view why = first_line(match->why);
    // A number alone says nothing.
    const bool is_said = why.find_first_not_of("0123456789") != std::string_view::npos;
    found.cause = !exception.empty() ? exception : is_said ? why : head;
    found.base = first_line(match->base);
    found.message_id = first_line(match->message_id);
    found.list = first_line(match->list);
    found.has_trace = trace;
    found.format = &format;
    if (format.topic == log_topic::missing_list) found.cause = found.list;
    if (format.topic == log_topic::archiver && exception.empty()) {
        if (std::string answer = page_answer(match->why); !answer.empty()) {
            found.cause = std::move(answer);
        }
    }
    found.uncaught = format.topic == log_topic::exception && head.starts_with("Uncaught runner ");
    if (found.uncaught && is_about_a_name(text)) found.topic = log_topic::malformed_name;
    if (found.uncaught && says_missing(found.cause)) {
        std::string_view path = found.cause;
        if (path.ends_with('\'')) path.remove_suffix(1);
        found.base = base_in(path);
    }
    if (format.topic == log_topic::bak_stays) {
        found.base = base_in(match->path);
        // Its .bak is gone: another runner, or a second start of this one, has moved it.
        if (says_missing(text)) found.topic = log_topic::raced;
        if (match->why.empty() && exception.empty()) found.cause = head;
    }
    return found;
}

}  // namespace

std::optional<log_topic> topic_of_answer(std::string_view answer) {
    constexpr std::size_t code_size = 3;
    if (answer.size() < code_size || (answer[0] != '4' && answer[0] != '5') ||
        !is_digit(answer[1]) || !is_digit(answer[2])) {
        return std::nullopt;
    }
    std::string text(answer.substr(code_size));
    std::transform(text.begin(), text.end(), text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    const auto has_one_of = [&](std::initializer_list<std::string_view> marks) {
        return std::any_of(marks.begin(), marks.end(), [&](std::string_view mark) {
            return text.find(mark) != std::string::npos;
        });
    };
    if (has_one_of({"dmarc"})) return log_topic::refused_dmarc;
    if (has_one_of({"blacklist", "blocklist", "block list", "spamhaus", "spamcop",
                    "barracudacentral", "reputation"})) {
        return log_topic::refused_listed;
    }
    if (answer[0] == '4') return log_topic::put_off;
    if (has_one_of({"relay access denied", "relaying denied", "relay not permitted",
                    "relaying not allowed", "unable to relay"})) {
        return log_topic::relay_denied;
    }
    return log_topic::refused;
}

trouble_entry parse_standard_error(std::string_view program, std::string_view lines) {
    trouble_entry found;
    const bool by_mail = std::any_of(mail_programs.begin(), mail_programs.end(),
                                     [&](std::string_view name) { return name == program; });
    found.topic = program == "admin"                                   ? log_topic::web_page
                  : program == "qrunner"                               ? log_topic::runner_died
                  : by_mail                                            ? log_topic::not_taken_in
                  : lines.find("bin/runner") != std::string_view::npos ? log_topic::runner_died
                                                                       : log_topic::exception;
    if (begins_with(lines, "The master ")) found.topic = log_topic::master_lock;
    if (is_about_a_name(lines)) found.topic = log_topic::malformed_name;
    const std::string_view exception = exception_of(lines);
    found.cause = exception.empty() ? first_line(lines) : exception;
    found.has_trace = !exception.empty();
    return found;
}

result<log_line> parse_log_line(std::string_view entry) {
    if (const auto rest = read_rest_stamp(entry)) {
        log_line line{rest->local_s, rest->pid, routine_text{}};
        if (rest->trouble) {
            const std::string_view exception = exception_of(rest->text);
            trouble_entry found;
            found.topic = log_topic::rest;
            found.cause =
                exception.empty() ? rest->text.substr(0, rest->text.find('\n')) : exception;
            line.event = std::move(found);
        } else {
            line.whole = rest->text.find('\n') == std::string_view::npos;
        }
        return line;
    }
    const auto stamp = read_stamp(entry);
    if (!stamp) {
        return failure(error_code::malformed, "log entry",
                       "expected 'Mon DD HH:MM:SS YYYY (PID) text'");
    }
    return parse_stamped(*stamp);
}

log_line parse_stamped(const stamped_text& stamp) {
    log_line line{stamp.local_s, stamp.pid, other_text{}};
    const std::string_view text = trim(stamp.text);
    if (auto usual = read_usual(text)) {
        line.event = std::move(*usual);
        return line;
    }
    const std::string_view head = trim(text.substr(0, text.find('\n')));
    const bool more = head.size() < text.size();
    // The master's entry about an end and a discarded message's have further lines of their own.
    if (auto master = read_master(text)) {
        line.event = std::move(*master);
        return line;
    }
    const reader_marks marks = marks_of(head);
    std::optional<log_event> event = read_delivery(head, marks);
    if (!event) event = read_runner(head, marks);
    if (!event) event = read_moderation(head, marks);
    if (event) {
        line.event = std::move(*event);
        line.whole = !more || head.starts_with("Message discarded, msgid: ");
        return line;
    }
    event = read_debug(head, stamp.pid);
    if (event) {
        line.event = std::move(*event);
        line.whole = !more;
        return line;
    }
    event = read_format(text, line.whole);
    if (event) {
        line.event = std::move(*event);
    } else {
        line.whole = !more;
    }
    return line;
}

}  // namespace qslice::sim::diagnosis
