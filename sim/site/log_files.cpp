#include "sim/site/log_files.hpp"

#include "sim/stream/input_file.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

namespace qslice::sim::diagnosis {

namespace {

namespace fs = std::filesystem;

constexpr double clock_back_s = 5;
/// Number of lines kept per entry; a stack trace has about thirty.
constexpr std::size_t longest_entry = 65536;

/// Whether a file has the name of a log used here.
bool is_log_name(std::string_view name) {
    static constexpr std::array<std::string_view, 8> logs{
        "qrunner", "smtp-failure", "smtp", "error", "post", "vette", "mailman", "runner"};
    for (const std::string_view log : logs) {
        if (!name.starts_with(log)) continue;
        const std::string_view rest = name.substr(log.size());
        if (rest.empty() || rest.front() == '.' || rest.front() == '-') return true;
    }
    return false;
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
        builder_.figures(machine_).files.push_back(path);
        std::string_view line;
        while (true) {
            const auto more = file->next_line(line);
            if (!more) return failure(more.error());
            if (!*more) break;
            see(line, *file);
        }
        close_entry();
        return {};
    }

private:
    void see(std::string_view line, const input_file& file) {
        machine_history& figures = builder_.figures(machine_);
        ++figures.lines;
        if (read_stamp(line)) {
            close_entry();
            ++figures.entries;
            entry_ = line;
            place_ = file.place();
        } else if (entry_ && continues(*entry_, line)) {
            ++figures.further;
            if (entry_->size() + line.size() < longest_entry) {
                *entry_ += '\n';
                *entry_ += line;
            }
        } else if (line.find_first_not_of(" \t\r") == std::string_view::npos) {
            close_entry();
            ++figures.empty;
        } else {
            close_entry();
            builder_.add_not_understood(machine_, file.place(), line);
        }
    }

    void close_entry() {
        if (!entry_) return;
        auto parsed = parse_log_line(*entry_);
        if (parsed) {
            machine_history& figures = builder_.figures(machine_);
            const std::int64_t utc = zone_.to_utc(parsed->local_s, previous_utc_s_);
            if (previous_utc_s_ && static_cast<double>(*previous_utc_s_ - utc) > clock_back_s) {
                ++figures.clock_back;
                const auto back = static_cast<double>(*previous_utc_s_ - utc);
                if (back > figures.most_clock_back_s) {
                    figures.most_clock_back_s = back;
                    figures.clock_back_place = place_;
                }
            }
            previous_utc_s_ = utc;
            if (std::holds_alternative<other_text>(parsed->event)) {
                ++figures.other;
                builder_.add_other(place_, *entry_);
            }
            builder_.add(machine_, static_cast<double>(utc) - ahead_s_, std::move(*parsed),
                         std::move(place_));
        }
        entry_.reset();
    }

    history_builder& builder_;
    std::size_t machine_;
    const time_zone& zone_;
    double ahead_s_;
    std::optional<std::int64_t> previous_utc_s_;
    std::optional<std::string> entry_;  ///< its lines so far
    std::string place_;                 ///< of its first line
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
        std::error_code problem;
        const fs::path path = fs::absolute(source.path, problem).lexically_normal();
        fs::path place = fs::is_directory(path, problem) ? path : path.parent_path();
        if (!place.has_filename()) place = place.parent_path();
        source.machine = place.filename().string();
        if (source.machine.empty()) source.machine = "machine";
    }
    if (source.machine.empty() || source.path.empty()) {
        return failure(error_code::malformed, std::string(text),
                       "expected MACHINE=FILE, FILE or a directory of logs");
    }
    return source;
}

result<void> read_logs(history_builder& builder, const log_source& source,
                       const machine_clocks& clocks) {
    const auto zone = clocks.zones.find(source.machine);
    const auto ahead = clocks.ahead_s.find(source.machine);
    const auto files = files_of(source);
    if (!files) return failure(files.error());
    const std::size_t machine = builder.machine(source.machine);
    for (const std::string& path : *files) {
        file_reader reader(builder, machine,
                           zone == clocks.zones.end() ? clocks.zone : zone->second,
                           ahead == clocks.ahead_s.end() ? 0.0 : ahead->second);
        if (auto read = reader.read(path); !read) return read;
    }
    return {};
}

}  // namespace qslice::sim::diagnosis
