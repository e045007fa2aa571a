#include "sim/site/log_files.hpp"

#include "sim/site/log_origin.hpp"
#include "sim/site/log_stamp.hpp"
#include "sim/stream/input_file.hpp"
#include "sim/text/plain_words.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <sys/stat.h>

namespace qslice::sim::diagnosis {

namespace {

namespace fs = std::filesystem;

constexpr double clock_back_s = 5;
/// Bytes kept per entry; a stack trace has about thirty lines.
constexpr std::size_t longest_entry = 65536;
/// Lines without a stamp that are kept until it is known what they are.
constexpr std::size_t most_lines = 400;
/// Bytes kept of each such line.
constexpr std::size_t longest_kept = 2000;
/// An exception, its trace and what became of the entry follow each other at once.
constexpr std::int64_t one_incident_s = 5;

/// Whether a file has the name of a log used here.
bool is_log_name(std::string_view name) {
    static constexpr std::array logs{
        std::string_view("qrunner"),    std::string_view("smtp-failure"),
        std::string_view("smtp"),       std::string_view("error"),
        std::string_view("post"),       std::string_view("vette"),
        std::string_view("mailman"),    std::string_view("runner"),
        std::string_view("locks"),      std::string_view("bounce"),
        std::string_view("subscribe"),  std::string_view("mischief"),
        std::string_view("plugins"),    std::string_view("debug"),
        std::string_view("fromusenet"), std::string_view("config"),
        std::string_view("digest"),     std::string_view("archiver")};
    for (const std::string_view log : logs) {
        if (!name.starts_with(log)) continue;
        const std::string_view rest = name.substr(log.size());
        if (rest.empty() || rest.front() == '.' || rest.front() == '-') return true;
    }
    return false;
}

/// "/usr/lib/python3/.../base.py:104: SAWarning: text", as Python writes it to standard error.
bool is_python_warning(std::string_view line) {
    const std::size_t file = line.find(".py:");
    const std::size_t warning = line.find("Warning: ");
    if (file == line.npos || warning == line.npos || line.starts_with(' ')) return false;
    std::string_view number = line.substr(file + 4);
    number = number.substr(0, number.find(':'));
    return !number.empty() && number.find_first_not_of("0123456789") == number.npos &&
           warning > file + 4 + number.size() &&
           line.substr(file, warning - file).find(' ') == number.size() + 5;
}

bool is_blank(std::string_view line) {
    return std::all_of(line.begin(), line.end(),
                       [](char c) { return c == ' ' || c == '\t' || c == '\r'; });
}

/// Splits a file into entries.
class file_reader {
public:
    file_reader(history_builder& builder, std::size_t machine, const time_zone& zone,
                double ahead_s)
        : builder_(builder), machine_(machine), zone_(zone), ahead_s_(ahead_s) {}

    result<void> read(const std::string& path) {
        auto file = input_file::open(path);
        if (!file) return failure(file.error());
        name_ = file->name();
        builder_.figures(machine_).files.push_back(path);
        std::string_view line;
        while (true) {
            const auto more = file->next_line(line);
            if (!more) return failure(more.error());
            if (!*more) break;
            ++line_;
            see(line);
        }
        is_cut_ = file->is_open_line();
        close_entry();
        judge_sources();
        judge_head();
        for (auto& [pid, pending] : pending_) {
            add_before(pending);
            builder_.add(machine_, pending.time, std::move(pending.line),
                         log_place{name_, pending.place});
        }
        return {};
    }

private:
    /// An incident of a process, to which its next entry may belong.
    struct pending_exception {
        log_line line;
        log_time time = 0;
        std::uint64_t place = 0;                   ///< its first line
        std::int64_t last_s = 0;                   ///< local time of its last entry
        std::vector<const log_format*> formats{};  ///< of its entries
        /// The one that shunting failed after, as far as it follows at once.
        std::optional<std::pair<log_line, std::uint64_t>> before{};
    };

    /// The lines without a stamp that a program or a container wrote, as its name before them says.
    struct source_tally {
        std::uint64_t entries = 0;  ///< its entries of Mailman's
        std::uint64_t lines = 0;    ///< its other lines outside of them
        bool is_service = false;
        bool names_mailman = false;  ///< as a trace through Mailman's files does
        std::string text{};          ///< the beginning of its lines
        std::vector<std::pair<std::uint64_t, std::string>> first;
    };
    static constexpr std::size_t most_sources = 500;

    [[nodiscard]] std::string place(std::uint64_t line) const {
        return name_ + ':' + std::to_string(line);
    }

    /// Whether a line that is not understood may be so since it is written only in part.
    [[nodiscard]] bool is_cut(std::uint64_t line) const { return is_cut_ && line == line_; }

    void add_cut() {
        machine_history& figures = builder_.figures(machine_);
        if (figures.cut++ == 0) figures.cut_place = place(line_);
    }

    void see(std::string_view raw) {
        machine_history& figures = builder_.figures(machine_);
        ++figures.lines;
        if (raw.starts_with('\0')) {
            raw.remove_prefix(std::min(raw.find_first_not_of('\0'), raw.size()));
            if (figures.torn++ == 0) figures.torn_place = place(line_);
        }
        std::string_view line = raw;
        const bool may_have = may_have_stamp(raw);
        std::optional<stamped_text> stamp;
        if (may_have && !prefixes_.any()) stamp = stamps_(raw);
        if (!stamp) {
            line = prefixes_(raw, may_have);
            if (may_have) stamp = stamps_(line);
        }
        if (stamp) {
            if (continues_stamped_trace(*stamp)) {
                ++figures.further;
                append(stamp->text);
                return;
            }
            open_entry(line);
            labelled_ = !stamp->label.empty();
            label_ = stamp->label;
            pid_ = stamp->pid;
            local_s_ = stamp->local_s;
            text_at_ = static_cast<std::size_t>(stamp->text.data() - line.data());
            stamped_ = true;
            is_plain_ = is_plain_ || line.data() == raw.data();
            note_source(raw, line);
            begin_file();
            return;
        }
        const auto origin = origin_of(raw);
        const bool is_others = origin && !may_be_mailman(origin->program);
        if (may_have && !is_others && read_rest_stamp(line)) {
            open_entry(line);
            labelled_ = false;
            stamped_ = false;
            note_source(raw, line);
        } else if (may_have && is_access_line(line)) {
            // It may come between the lines of another process's trace.
            if (is_others || !is_rest_access(line)) {
                figures.others.add(origin ? origin->program : "a web server");
            } else {
                ++figures.entries;
                take_access(line);
            }
        } else if (is_python_warning(line)) {
            ++figures.further;
            warned_ = line_;
        } else if (warned_ + 1 == line_ && line.starts_with("  ")) {
            // The source that the warning is about.
            ++figures.further;
        } else if (is_blank(line)) {
            ++figures.empty;
            // Within a chain of exceptions.
            if (open_ && !lines_.empty()) blank_ = true;
        } else if (is_joint(line)) {
            close_entry();
            ++figures.further;
        } else if (!is_other_programs(raw, line, origin)) {
            take_unstamped(raw, line);
        }
    }

    /// A line of an entry, or of none.
    void take_unstamped(std::string_view raw, std::string_view line) {
        if (open_) {
            if (blank_) {
                entry_ += '\n';
                blank_ = false;
            }
            append(line);
            if (lines_.size() < most_lines) {
                lines_.push_back(line_);
            } else {
                ++more_lines_;
            }
        } else if (!begun_ && head_.size() < most_lines) {
            head_.emplace_back(line_, raw.substr(0, longest_kept));
        } else {
            builder_.add_not_understood(machine_, place(line_), raw);
        }
    }

    /// The program or container that the line names as its writer. In a file with entries of no
    /// such name a bar is text.
    [[nodiscard]] std::optional<line_origin> origin_of(std::string_view raw) const {
        auto origin = named_origin(raw);
        if (origin && origin->is_service && is_plain_) origin.reset();
        return origin;
    }

    /// Remembers who wrote an entry.
    /// @param behind  the line without its prefix
    void note_source(std::string_view raw, std::string_view behind) {
        const bool within = behind.data() >= raw.data() && behind.data() <= raw.data() + raw.size();
        const auto size =
            within ? static_cast<std::size_t>(behind.data() - raw.data()) : raw.size();
        // Most containers' prefixes are always the same.
        if (begun_ && size == prefix_.size() && raw.starts_with(prefix_)) {
            if (tally_ != nullptr) ++tally_->entries;
            return;
        }
        prefix_ = raw.substr(0, size);
        source_.clear();
        tally_ = nullptr;
        const auto origin = size == 0 ? std::nullopt : named_origin(raw);
        if (!origin) return;
        source_ = origin->program;
        tally_ = tally_of(*origin);
        constexpr std::size_t most_writers = 20;
        const std::string_view writer = origin->is_service ? origin->program : origin->host;
        auto& writers = builder_.figures(machine_).writers;
        if (!writer.empty() && writers.size() < most_writers && !writers.contains(writer)) {
            writers.emplace(writer);
        }
        if (tally_ != nullptr) ++tally_->entries;
    }

    source_tally* tally_of(const line_origin& origin) {
        auto at = sources_.find(origin.program);
        if (at == sources_.end()) {
            if (sources_.size() >= most_sources) return nullptr;
            at = sources_.try_emplace(std::string(origin.program)).first;
            at->second.is_service = origin.is_service;
        }
        return &at->second;
    }

    /// Whether a line without a stamp is another program's, or may turn out to be at the file's
    /// end. It can come between the lines of an entry.
    bool is_other_programs(std::string_view raw, std::string_view line,
                           const std::optional<line_origin>& origin) {
        other_programs& others = builder_.figures(machine_).others;
        const std::string_view text = origin ? origin->text : line;
        if (const std::string_view program = program_of_form(text); !program.empty()) {
            others.add(origin ? origin->program : program);
            in_others_ = origin ? std::string_view() : program;
            return true;
        }
        if (!origin) {
            // The further lines of such a program's entry.
            const bool inner = line.starts_with(' ') || line.starts_with('\t');
            if (in_others_.empty() || in_trace() || !inner) {
                in_others_ = {};
                return false;
            }
            others.add(in_others_);
            return true;
        }
        if (open_ && origin->program == source_) return false;
        source_tally* const tally = tally_of(*origin);
        if (tally == nullptr) {
            builder_.add_not_understood(machine_, place(line_), raw);
            return true;
        }
        constexpr std::size_t kept = 3;
        ++tally->lines;
        if (tally->first.size() < kept)
            tally->first.emplace_back(line_, raw.substr(0, longest_kept));
        tally->names_mailman = tally->names_mailman || names_mailman(text);
        if (may_be_mailman(origin->program) && tally->text.size() + text.size() < longest_entry) {
            tally->text += text;
            tally->text += '\n';
        }
        note_service(*origin);
        return true;
    }

    /// A trace through Mailman's own files, or what its master says before it has a log.
    static bool names_mailman(std::string_view text) {
        for (const std::string_view part : {"/mailman/", "bin/master", "bin/runner"}) {
            if (text.find(part) != text.npos) return true;
        }
        return false;
    }

    /// What systemd and the kernel say of the end of Mailman's service.
    void note_service(const line_origin& origin) {
        const std::string_view text = origin.text;
        bool ended = false;
        if (origin.program == "systemd") {
            const std::size_t colon = text.find(": ");
            const std::string_view unit = text.substr(0, colon);
            if (colon == text.npos || unit.find("mailman") == unit.npos || !may_be_mailman(unit)) {
                return;
            }
            for (const std::string_view mark :
                 {"Main process exited, code=killed", "Main process exited, code=dumped",
                  "Main process exited, code=exited, status=1", "Failed with result 'oom-kill'",
                  "Failed with result 'timeout'", "Start request repeated too quickly",
                  "killed by the OOM killer"}) {
                ended = ended || text.find(mark) != text.npos;
            }
        } else if (origin.program == "kernel") {
            ended = text.find("ut of memory: Kill") != text.npos &&
                    (text.find("(python") != text.npos || text.find("(mailman") != text.npos ||
                     text.find("(runner") != text.npos || text.find("(master") != text.npos);
        }
        if (ended) builder_.figures(machine_).service_ends.add(place(line_), text);
    }

    /// A trace that no stamp precedes: its program ended before it could write to its log.
    /// @returns whether it is one
    bool take_bare_trace(std::string_view text, std::uint64_t line) {
        if (!names_mailman(text)) return false;
        const trouble_entry trace = parse_standard_error({}, text);
        if (!trace.has_trace) return false;
        builder_.figures(machine_).bare_traces.add(place(line), trace.cause);
        return true;
    }

    /// Whether the open entry's last line is one of a trace's places in files.
    [[nodiscard]] bool in_trace() const {
        if (!open_ || lines_.empty()) return false;
        const std::size_t last = entry_.rfind('\n');
        return last != std::string::npos && entry_.compare(last + 1, 2, "  ") == 0;
    }

    /// Whose lines these are is known at the end: a container that wrote none of Mailman's entries
    /// where another one wrote them is another program's.
    void judge_sources() {
        machine_history& figures = builder_.figures(machine_);
        const bool any = std::any_of(sources_.begin(), sources_.end(), [](const auto& source) {
            return source.second.is_service && source.second.entries > 0;
        });
        for (const auto& [name, tally] : sources_) {
            if (tally.lines == 0) continue;
            if (tally.entries == 0 && tally.lines == 1 && tally.first.front().first == 1 &&
                is_cut_name(name)) {
                add_begun(1);
                ++figures.further;
                continue;
            }
            const bool apart = tally.is_service && any;
            if (tally.entries == 0 && !tally.names_mailman && (apart || !may_be_mailman(name))) {
                figures.others.add(name, tally.lines);
                continue;
            }
            if (tally.entries == 0 && take_bare_trace(tally.text, tally.first.front().first)) {
                figures.further += tally.lines;
                continue;
            }
            std::uint64_t rest = tally.lines;
            for (const auto& [number, text] : tally.first) {
                --rest;
                if (number == 1 && tally.entries > 0) {
                    add_begun(number);
                    ++figures.further;
                } else {
                    builder_.add_not_understood(machine_, place(number), text);
                }
            }
            figures.not_understood += rest;
        }
    }

    /// Whether a name before the first line is the end of that of a container with entries.
    [[nodiscard]] bool is_cut_name(std::string_view name) const {
        return std::any_of(sources_.begin(), sources_.end(), [&](const auto& source) {
            return source.second.is_service && source.second.entries > 0 &&
                   std::string_view(source.first).ends_with(name);
        });
    }

    /// With the first entry, what stands before it: the end of one that the file does not have, if
    /// it is the end of a trace, or one line that can end an entry.
    void begin_file() {
        if (std::exchange(begun_, true) || head_.empty()) return;
        std::string text;
        for (const auto& [number, line] : head_) text += (text.empty() ? "" : "\n") + line;
        trouble_entry trace = parse_standard_error({}, text);
        if (head_.front().first != 1 ||
            !(trace.has_trace || (head_.size() == 1 && may_end_an_entry(text)))) {
            judge_head();
            return;
        }
        add_begun(1);
        builder_.figures(machine_).further += head_.size();
        head_.clear();
        if (!trace.has_trace) return;
        const auto utc = static_cast<double>(zone_.to_utc(local_s_, {}));
        builder_.add(machine_, utc - ahead_s_, {local_s_, 0, std::move(trace)},
                     log_place{name_, 1});
    }

    /// Whether a line without a stamp can be the end of an entry: known behind what is left of its
    /// stamp or of its Message-ID, or with the words that such an entry ends with.
    static bool may_end_an_entry(std::string_view line) {
        const auto is_known = [](std::string_view text) {
            return !std::holds_alternative<other_text>(parse_stamped({0, 0, {}, text}).event);
        };
        const std::size_t close = line.find(") ");
        if (close != line.npos && close > 0 && close < 40 && line[close - 1] >= '0' &&
            line[close - 1] <= '9' && is_known(line.substr(close + 2))) {
            return true;
        }
        for (const std::string_view end :
             {" seconds", " bytes", ", success", " failures", "runner started.", "runner exiting.",
              "Stopping.", "Reopening logs.", "[restarting]"}) {
            if (line.ends_with(end)) return true;
        }
        return is_known('<' + std::string(line));
    }

    /// The file has no entry, or more before the first than the end of one.
    void judge_head() {
        std::string all;
        for (const auto& [number, text] : head_) all += text + '\n';
        if (!head_.empty() && take_bare_trace(all, head_.front().first)) {
            builder_.figures(machine_).further += head_.size();
            head_.clear();
            return;
        }
        for (const auto& [number, text] : head_) {
            builder_.add_not_understood(machine_, place(number), text);
        }
        head_.clear();
    }

    void add_begun(std::uint64_t line) {
        machine_history& figures = builder_.figures(machine_);
        if (figures.begun++ == 0) figures.begun_place = place(line);
    }

    /// Mailman 2.1 stamps each line that a program writes to standard error, and each of the
    /// calls behind an entry about a lock.
    [[nodiscard]] bool continues_stamped_trace(const stamped_text& stamp) const {
        if (!open_ || !stamped_ || stamp.pid != pid_) return false;
        if (!labelled_ && stamp.label.empty()) return stamp.text.starts_with("  ");
        if (!labelled_ || stamp.label != label_) return false;
        // All that a page of the web interface dumps when it fails.
        if (label_ == "admin") return !stamp.text.starts_with("@@@@");
        if (entry_.find("Traceback ") == std::string::npos) return false;
        const bool inner = stamp.text.starts_with(' ') || stamp.text.starts_with('\t');
        const std::size_t last = entry_.rfind('\n');
        const bool last_inner = last == std::string::npos || entry_[last + 1] == ' ';
        return inner || last_inner;
    }

    void open_entry(std::string_view line) {
        close_entry();
        ++builder_.figures(machine_).entries;
        entry_.assign(line);
        first_line_ = line_;
        open_ = true;
    }

    void append(std::string_view line) {
        if (entry_.size() + line.size() >= longest_entry) return;
        entry_ += '\n';
        entry_ += line;
    }

    void close_entry() {
        if (!open_) return;
        open_ = false;
        blank_ = false;
        machine_history& figures = builder_.figures(machine_);
        const std::string_view text = std::string_view(entry_).substr(stamped_ ? text_at_ : 0);
        const bool dumped = stamped_ && labelled_ && text.find("Traceback (") != text.npos;
        result<log_line> parsed = dumped
                                      ? log_line{local_s_, pid_, parse_standard_error(label_, text)}
                                  : stamped_ ? parse_stamped({local_s_, pid_, {}, text})
                                             : parse_log_line(entry_);
        if (parsed && !parsed->whole && !lines_.empty()) {
            if (const std::size_t at = standard_error_in(entry_); at != entry_.npos) {
                split_ = entry_.substr(at);
                entry_.resize(at - 1);
                const auto behind = static_cast<std::size_t>(
                    1 + std::count(split_.begin(), split_.end(), '\n') - blank_lines(split_));
                figures.further += std::min(behind, lines_.size());
                lines_.resize(lines_.size() - std::min(behind, lines_.size()));
                if (lines_.empty()) parsed->whole = true;
            }
        }
        if (parsed && !lines_.empty() &&
            (!parsed->whole || std::holds_alternative<other_text>(parsed->event))) {
            parsed = parse_wrapped(std::move(*parsed));
        }
        const std::uint64_t further = lines_.size() + more_lines_;
        if (parsed && !parsed->whole) {
            for (const std::uint64_t line : lines_) {
                if (is_cut(line)) {
                    add_cut();
                    ++figures.further;
                } else {
                    builder_.add_not_understood(machine_, place(line), line_of_entry(line));
                }
            }
            figures.not_understood += more_lines_;
        } else {
            figures.further += further;
        }
        lines_.clear();
        more_lines_ = 0;
        const std::string unstamped = std::exchange(split_, {});
        if (!parsed) return;
        const std::int64_t local_s = parsed->local_s;
        const log_time time = moment_of(local_s);
        if (builder_.follows()) {
            builder_.follow(machine_, time, parsed->pid, place(first_line_), entry_);
        }
        take(std::move(*parsed), time);
        take_standard_error(unstamped, local_s, time);
    }

    /// Where a process's own words on standard error begin among the lines without a stamp behind
    /// an entry: a trace, or that the master's lock is held.
    static std::size_t standard_error_in(std::string_view entry, std::size_t from = 0) {
        std::size_t first = entry.npos;
        for (const std::string_view begin :
             {"\nTraceback (most recent call last)", "\nThe master lock could not be acquired",
              "\nThe master qrunner lock could not be acquired"}) {
            const std::size_t at = entry.find(begin, from);
            if (at != entry.npos) first = std::min(first, at + 1);
        }
        return first;
    }

    static std::ptrdiff_t blank_lines(std::string_view text) {
        std::ptrdiff_t count = 0;
        for (std::size_t at = text.find("\n\n"); at != text.npos; at = text.find("\n\n", at + 1)) {
            ++count;
        }
        return count;
    }

    /// @param local_s  of the entry before, since standard error has no stamps
    void take_standard_error(std::string_view text, std::int64_t local_s, log_time time) {
        while (!text.empty()) {
            // A chain of exceptions is one.
            std::size_t end = standard_error_in(text);
            while (end != text.npos && text.substr(0, end).ends_with(":\n\n")) {
                end = standard_error_in(text, end);
            }
            take({local_s, 0, parse_standard_error({}, text.substr(0, end))}, time);
            text.remove_prefix(std::min(end, text.size()));
        }
    }

    /// Requests that the REST server answered with an error of its own.
    void take_access(std::string_view line) {
        const auto failed = failed_request(line);
        if (!failed) return;
        trouble_entry trouble;
        trouble.topic = log_topic::rest;
        trouble.cause = failed->text;
        // The web server's time zone need not be that of the other entries.
        const std::int64_t utc = previous_utc_s_.value_or(zone_.to_utc(failed->local_s, {}));
        builder_.add(machine_, static_cast<double>(utc) - ahead_s_,
                     {failed->local_s, 0, std::move(trouble)}, log_place{name_, line_});
    }

    /// An entry that a mail program has wrapped: its lines are one line.
    [[nodiscard]] result<log_line> parse_wrapped(log_line as_it_is) {
        joined_ = entry_;
        std::replace(joined_.begin(), joined_.end(), '\n', ' ');
        auto parsed = parse_log_line(joined_);
        const bool better = parsed && !std::holds_alternative<other_text>(parsed->event) &&
                            !std::holds_alternative<routine_text>(parsed->event) &&
                            std::holds_alternative<other_text>(as_it_is.event);
        if (better) return parsed;
        return as_it_is;
    }

    [[nodiscard]] std::string_view line_of_entry(std::uint64_t line) const {
        std::string_view text = entry_;
        // Blank lines are no lines of the entry, so this may be a neighbour's text.
        for (std::uint64_t at = first_line_; at < line && text.find('\n') != text.npos; ++at) {
            text.remove_prefix(text.find('\n') + 1);
        }
        return text.substr(0, text.find('\n'));
    }

    /// One incident is one trouble: an exception, its trace and what became of the entry; or all
    /// that an archiver or the mail server's client logs about one failure.
    void take(log_line&& line, log_time time) {
        if (std::holds_alternative<other_text>(line.event) && is_cut(first_line_)) {
            add_cut();
        } else if (std::holds_alternative<other_text>(line.event)) {
            ++builder_.figures(machine_).other;
            builder_.add_other(place(first_line_), entry_.substr(0, entry_.find('\n')));
        }
        auto* const trouble = std::get_if<trouble_entry>(&line.event);
        if (trouble == nullptr) return add(std::move(line), time);
        const auto found = pending_.find(line.pid);
        if (found != pending_.end() && joins(found->second, *trouble, line.local_s)) {
            return join(found->second, *trouble, line.local_s);
        }
        if (found != pending_.end() && is_result(trouble->topic)) {
            finish_with(found->second, *trouble);
            // A failure to shunt is the second exception about one entry.
            if (trouble->topic == log_topic::shunt_failed) found->second.before.reset();
            add_before(found->second);
            pending_.erase(found);
            return add(std::move(line), time);
        }
        std::optional<std::pair<log_line, std::uint64_t>> before;
        if (found != pending_.end()) {
            pending_exception& last = found->second;
            add_before(last);
            if (is_uncaught(last.line.event) && is_uncaught(line.event) &&
                line.local_s - last.last_s <= one_incident_s) {
                before.emplace(std::move(last.line), last.place);
            } else {
                builder_.add(machine_, last.time, std::move(last.line),
                             log_place{name_, last.place});
            }
            pending_.erase(found);
        }
        if (!may_go_on(*trouble)) return add(std::move(line), time);
        const std::uint64_t pid = line.pid;
        const std::int64_t local_s = line.local_s;
        const log_format* const format = trouble->format;
        pending_.emplace(
            pid, pending_exception{
                     std::move(line), time, first_line_, local_s, {format}, std::move(before)});
    }

    void add_before(pending_exception& pending) {
        if (!pending.before) return;
        auto& [line, place] = *pending.before;
        builder_.add(machine_, pending.time, std::move(line), log_place{name_, place});
        pending.before.reset();
    }

    static bool is_uncaught(const log_event& event) {
        const auto* const trouble = std::get_if<trouble_entry>(&event);
        return trouble != nullptr && trouble->uncaught;
    }

    /// An exception that no entry of the table names: raised while a runner disposed of an entry.
    static bool is_exception(const trouble_entry& trouble) {
        return trouble.topic == log_topic::exception || trouble.topic == log_topic::malformed_name;
    }

    static bool may_go_on(const trouble_entry& trouble) {
        const log_fate fate = row_of(trouble.topic).fate;
        return is_exception(trouble) || fate == log_fate::waits || fate == log_fate::spared;
    }

    /// Whether a process's next trouble is part of its last one: the trace that follows an entry,
    /// or an entry about the same failure of a format that the incident does not have yet.
    static bool joins(const pending_exception& before, const trouble_entry& next,
                      std::int64_t local_s) {
        const auto& known = std::get<trouble_entry>(before.line.event);
        if (local_s - before.last_s > one_incident_s) return false;
        if (next.format == nullptr && next.has_trace) return !known.has_trace;
        const bool seen = std::find(before.formats.begin(), before.formats.end(), next.format) !=
                          before.formats.end();
        const bool same_message = known.message_id.empty() || next.message_id.empty() ||
                                  known.message_id == next.message_id;
        return next.topic == known.topic && !is_exception(known) && !seen && same_message;
    }

    static void join(pending_exception& before, trouble_entry& next, std::int64_t local_s) {
        auto& known = std::get<trouble_entry>(before.line.event);
        before.last_s = local_s;
        before.formats.push_back(next.format);
        // HyperKitty's answer with its status says more than the exception that it leads to.
        const bool answered = known.topic == log_topic::archiver && known.cause.ends_with(')') &&
                              next.cause.starts_with("ValueError: ");
        if (next.has_trace && !known.has_trace && !next.cause.empty() && !answered) {
            known.cause = std::move(next.cause);
        }
        known.has_trace = known.has_trace || next.has_trace;
        if (next.topic == log_topic::malformed_name) known.topic = next.topic;
        if (known.base.empty()) known.base = std::move(next.base);
        if (known.list.empty()) known.list = std::move(next.list);
        if (known.message_id.empty()) known.message_id = std::move(next.message_id);
    }

    /// What became of the entry that an exception was about.
    static void finish_with(pending_exception& before, trouble_entry& result) {
        auto& known = std::get<trouble_entry>(before.line.event);
        if (!is_exception(known)) return;
        if (result.topic == log_topic::preserved && !result.base.empty() &&
            result.base == known.base) {
            // The file was gone, so another runner had taken it.
            result.topic = log_topic::raced;
        }
        if (!known.cause.empty()) result.cause = std::move(known.cause);
        if (result.message_id.empty()) result.message_id = std::move(known.message_id);
    }

    /// What a runner logs after an exception about one entry.
    static bool is_result(log_topic topic) {
        return topic == log_topic::shunted || topic == log_topic::shunt_failed ||
               topic == log_topic::preserved || topic == log_topic::thrown_away;
    }

    void add(log_line&& line, log_time time) {
        builder_.add(machine_, time, std::move(line), log_place{name_, first_line_});
    }

    /// The time of the entry just read, by its machine's clock and time zone.
    log_time moment_of(std::int64_t local_s) {
        machine_history& figures = builder_.figures(machine_);
        const std::int64_t utc = zone_.to_utc(local_s, previous_utc_s_);
        if (previous_utc_s_ && static_cast<double>(*previous_utc_s_ - utc) > clock_back_s) {
            ++figures.clock_back;
            const auto back = static_cast<double>(*previous_utc_s_ - utc);
            if (back > figures.most_clock_back_s) {
                figures.most_clock_back_s = back;
                figures.clock_back_place = place(first_line_);
            }
        }
        previous_utc_s_ = utc;
        return static_cast<double>(utc) - ahead_s_;
    }

    history_builder& builder_;
    std::size_t machine_;
    const time_zone& zone_;
    double ahead_s_;
    prefix_remover prefixes_;
    stamp_reader stamps_;
    std::string name_;
    std::uint64_t line_ = 0;
    std::optional<std::int64_t> previous_utc_s_;
    bool open_ = false;      ///< an entry has begun
    std::string entry_;      ///< its lines so far
    std::string joined_;     ///< the same as one line, where that says more
    bool labelled_ = false;  ///< its stamp has a program's name
    std::string label_;      ///< that name
    std::string split_;      ///< what a process wrote to standard error behind it
    std::uint64_t warned_ = std::numeric_limits<std::uint64_t>::max() - 1;  ///< line of a warning
    bool blank_ = false;    ///< its last line is followed by a blank one
    bool is_cut_ = false;   ///< the last line has no end
    bool stamped_ = false;  ///< its stamp is Mailman's, of:
    std::uint64_t pid_ = 0;
    std::int64_t local_s_ = 0;
    std::size_t text_at_ = 0;  ///< where its text begins
    std::uint64_t first_line_ = 0;
    std::vector<std::uint64_t> lines_;  ///< those without a stamp
    std::uint64_t more_lines_ = 0;
    std::map<std::uint64_t, pending_exception> pending_;  ///< by process
    std::string source_;             ///< who wrote the entry, as a name before it says
    std::string prefix_;             ///< before that entry
    source_tally* tally_ = nullptr;  ///< of that writer
    bool is_plain_ = false;          ///< an entry had nothing before its stamp
    std::string_view in_others_;     ///< whose the last line was, if another program's
    bool begun_ = false;             ///< there was an entry
    std::vector<std::pair<std::uint64_t, std::string>> head_;  ///< lines before the first entry
    std::map<std::string, source_tally, std::less<>> sources_;
};

/// The files of a source, rotated ones oldest first as far as their names show.
result<std::vector<std::string>> files_of(const log_source& source) {
    std::error_code problem;
    if (!fs::is_directory(source.path, problem)) return std::vector<std::string>{source.path};
    std::vector<std::string> files;
    fs::directory_iterator listing(source.path, problem);
    for (; !problem && listing != fs::directory_iterator(); listing.increment(problem)) {
        const std::string name = listing->path().filename().string();
        if (is_log_name(name) && !listing->is_directory(problem)) {
            files.push_back(source.path + '/' + name);
        }
        // It may be a link to a file that has gone.
        problem.clear();
    }
    if (problem) {
        return failure(
            problem == std::errc::permission_denied ? error_code::denied : error_code::io,
            source.path, "list: " + problem.message());
    }
    if (files.empty()) {
        return failure(error_code::malformed, source.path,
                       "expected a directory with Mailman's logs (qrunner, smtp, error, post, "
                       "vette; mailman.log, smtp.log), found none");
    }
    std::sort(files.begin(), files.end());
    return files;
}

/// Why a file is not read, if it is one of a kind that this program does not read.
std::optional<std::string> unreadable_kind(const std::string& path) {
    std::error_code problem;
    const auto status = fs::symlink_status(path, problem);
    if (fs::is_fifo(status) || fs::is_socket(status)) {
        return "is a pipe or socket; to read one, use: cat " + shell_word(path) +
               " | qslice-sim logs -";
    }
    if (!fs::is_regular_file(fs::status(path, problem))) return std::nullopt;
    std::ifstream file(path, std::ios::binary);
    std::array<char, 6> begin{};
    file.read(begin.data(), begin.size());
    const std::string_view bytes(begin.data(), static_cast<std::size_t>(file.gcount()));
    struct packed {
        std::string_view magic;
        std::string_view program;
    };
    static constexpr std::array<packed, 3> kinds{{{"\xFD"
                                                   "7zXZ",
                                                   "xz -dc"},
                                                  {"BZh", "bzip2 -dc"},
                                                  {"\x28\xB5\x2F\xFD", "zstd -dc"}}};
    for (const packed& kind : kinds) {
        if (bytes.starts_with(kind.magic)) {
            return "is compressed in a way that is not read here; use: " +
                   std::string(kind.program) + ' ' + shell_word(path) + " | qslice-sim logs -";
        }
    }
    return std::nullopt;
}

/// The machine that a file was given for before, under this or another name.
std::optional<std::size_t> given_before(history_builder& builder, const std::string& path,
                                        std::size_t machine) {
    struct stat found {};
    if (path == "-" || ::stat(path.c_str(), &found) != 0 || !S_ISREG(found.st_mode)) return {};
    return builder.given_before(found.st_dev, found.st_ino, machine);
}

/// The components of a source's directory.
std::vector<std::string> directory_of(const std::string& path) {
    std::error_code problem;
    const fs::path whole = fs::absolute(path, problem).lexically_normal();
    fs::path place = fs::is_directory(whole, problem) ? whole : whole.parent_path();
    if (!place.has_filename()) place = place.parent_path();
    std::vector<std::string> parts;
    for (const fs::path& part : place) parts.push_back(part.string());
    return parts;
}

/// Tells directories with one last name apart: by the last component in which all differ, or else
/// by their paths.
void tell_apart(std::vector<log_source*>& alike) {
    std::vector<std::vector<std::string>> parts;
    std::size_t depth = 0;
    for (const log_source* source : alike) {
        parts.push_back(directory_of(source->path));
        depth = std::max(depth, parts.back().size());
    }
    const std::set<std::vector<std::string>> places(parts.begin(), parts.end());
    if (places.size() == 1) return;
    for (std::size_t back = 1; back <= depth; ++back) {
        std::map<std::string, std::set<std::vector<std::string>>> by_name;
        for (const auto& place : parts) {
            by_name[back <= place.size() ? place[place.size() - back] : std::string()].insert(
                place);
        }
        if (by_name.size() != places.size() || by_name.contains("") || by_name.contains("/")) {
            continue;
        }
        for (std::size_t i = 0; i < alike.size(); ++i) {
            alike[i]->machine = parts[i][parts[i].size() - back];
        }
        return;
    }
    for (std::size_t i = 0; i < alike.size(); ++i) {
        fs::path whole;
        for (const std::string& part : parts[i]) whole /= part;
        alike[i]->machine = whole.string();
    }
}

}  // namespace

result<log_source> parse_log_source(std::string_view text) {
    const std::size_t equals = text.find('=');
    const std::size_t slash = text.find('/');
    log_source source;
    // A path may contain '=' after its first '/'.
    if (equals != std::string_view::npos && (slash == std::string_view::npos || equals < slash)) {
        source.machine = text.substr(0, equals);
        source.path = text.substr(equals + 1);
    } else {
        source.path = text;
        source.named = false;
        const std::vector<std::string> parts = directory_of(source.path);
        if (!parts.empty() && parts.back() != "/") source.machine = parts.back();
        if (source.machine.empty()) source.machine = "machine";
    }
    if (source.machine.empty() || source.path.empty()) {
        return failure(error_code::malformed, std::string(text),
                       "expected MACHINE=FILE, FILE or a directory of logs");
    }
    return source;
}

result<std::vector<log_source>> parse_log_sources(const std::vector<std::string>& texts) {
    std::vector<log_source> sources;
    for (const std::string& text : texts) {
        auto source = parse_log_source(text);
        if (!source) return failure(source.error());
        sources.push_back(std::move(*source));
    }
    std::map<std::string, std::vector<log_source*>> by_name;
    for (log_source& source : sources) {
        if (!source.named) by_name[source.machine].push_back(&source);
    }
    for (auto& [name, alike] : by_name) tell_apart(alike);
    return sources;
}

result<void> read_logs(history_builder& builder, const log_source& source,
                       const machine_clocks& clocks) {
    const auto zone = clocks.zones.find(source.machine);
    const auto ahead = clocks.ahead_s.find(source.machine);
    const auto files = files_of(source);
    if (!files) return failure(files.error());
    const std::size_t machine = builder.machine(source.machine);
    for (const std::string& path : *files) {
        if (const auto why = unreadable_kind(path)) {
            // One of many is left out, and said to be.
            if (path == source.path) return failure(error_code::malformed, path, *why);
            builder.figures(machine).unread.push_back(printable(path) + ' ' + *why + '.');
            continue;
        }
        const auto before = given_before(builder, path, machine);
        if (before && *before != machine) {
            return failure(error_code::malformed, path,
                           "is given for two machines, " + printable(builder.name_of(*before)) +
                               " and " + printable(source.machine) + "; expected each log once");
        }
        if (before) continue;
        file_reader reader(builder, machine,
                           zone == clocks.zones.end() ? clocks.zone : zone->second,
                           ahead == clocks.ahead_s.end() ? 0.0 : ahead->second);
        if (auto read = reader.read(path); !read) return read;
    }
    return {};
}

result<void> read_all_logs(history_builder& builder, const std::vector<std::string>& sources,
                           const machine_clocks& clocks) {
    const auto parsed = parse_log_sources(sources);
    if (!parsed) return failure(parsed.error());
    for (const log_source& source : *parsed) {
        if (auto done = read_logs(builder, source, clocks); !done) return done;
    }
    return {};
}

}  // namespace qslice::sim::diagnosis
