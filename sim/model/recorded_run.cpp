#include "sim/model/recorded_run.hpp"

#include "sim/model/queue_divisions.hpp"
#include "sim/model/simulation.hpp"
#include "sim/model/spool_recorder.hpp"

#include <qslice/topology/process.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace qslice::sim {

namespace {

/// A line of a record. Its kind is that of recording_world, its fields views into the file's text.
struct recorded_line {
    virtual_time time{};
    char kind = 0;
    std::vector<std::string_view> fields;
    std::size_t file = 0;
};

struct kind_of_line {
    char kind;
    std::size_t fields;
};
constexpr std::array<kind_of_line, 10> kinds_of_line{{{'S', 2},
                                                      {'W', 5},
                                                      {'N', 2},
                                                      {'L', 2},
                                                      {'R', 1},
                                                      {'G', 2},
                                                      {'D', 3},
                                                      {'A', 2},
                                                      {'F', 3},
                                                      {'E', 1}}};

/// The records of a directory, by time; lines of one process in its own order.
struct all_records {
    std::vector<std::string> paths;
    std::vector<std::unique_ptr<std::string>> texts;
    std::vector<recorded_line> lines;
};

failure at_line(const std::string& path, std::size_t line, std::string what) {
    return {error_code::malformed, path + ':' + std::to_string(line), std::move(what)};
}

template <class T>
std::optional<T> number_in(std::string_view text) {
    T value{};
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

result<void> read_lines(all_records& all, std::size_t file) {
    const std::string& path = all.paths[file];
    std::string_view rest = *all.texts[file];
    // What a process that was killed had not written yet.
    rest = rest.substr(0, rest.find('\0'));
    for (std::size_t number = 1; !rest.empty(); ++number) {
        const std::size_t end = rest.find('\n');
        if (end == std::string_view::npos) break;  // the line that it was writing
        std::string_view text = rest.substr(0, end);
        rest.remove_prefix(end + 1);
        recorded_line line;
        line.file = file;
        std::vector<std::string_view> fields;
        while (true) {
            const std::size_t tab = text.find('\t');
            fields.push_back(text.substr(0, tab));
            if (tab == std::string_view::npos) break;
            text.remove_prefix(tab + 1);
        }
        const auto known =
            std::find_if(kinds_of_line.begin(), kinds_of_line.end(), [&](const kind_of_line& k) {
                return fields[0] == std::string_view(&k.kind, 1) && fields.size() == k.fields + 2;
            });
        const auto time = fields.size() < 2 ? std::nullopt : number_in<std::int64_t>(fields[1]);
        if (known == kinds_of_line.end() || !time) {
            return at_line(
                path, number,
                "expected a line of a record: KIND, a time in nanoseconds and the fields "
                "of its kind, with tabs between them");
        }
        if ((number == 1) != (known->kind == 'S')) {
            return at_line(path, number, "expected one start of a process, as the first line");
        }
        if (known->kind == 'E' && !fields[2].empty()) {
            return at_line(
                path, number,
                std::string(fields[2]) + " calls are missing: there was no space for them");
        }
        line.kind = known->kind;
        line.time = virtual_time(std::chrono::nanoseconds(*time));
        line.fields.assign(fields.begin() + 2, fields.end());
        all.lines.push_back(std::move(line));
    }
    return {};
}

result<all_records> read_records(const std::string& directory) {
    all_records all;
    std::error_code problem;
    for (std::filesystem::directory_iterator at(directory, problem), end; !problem && at != end;
         at.increment(problem)) {
        if (at->path().extension() == ".calls") all.paths.push_back(at->path().string());
    }
    if (problem || all.paths.empty()) {
        return failure(error_code::not_found, directory,
                       "expected a directory with records (*.calls)");
    }
    std::sort(all.paths.begin(), all.paths.end());
    for (std::size_t file = 0; file < all.paths.size(); ++file) {
        std::ifstream in(all.paths[file], std::ios::binary);
        all.texts.push_back(std::make_unique<std::string>(std::istreambuf_iterator<char>(in),
                                                          std::istreambuf_iterator<char>()));
        if (!in) return failure(error_code::io, all.paths[file], "cannot be read");
        if (auto read = read_lines(all, file); !read) return failure(read.error());
    }
    std::stable_sort(all.lines.begin(), all.lines.end(),
                     [](const auto& a, const auto& b) { return a.time < b.time; });
    return all;
}

/// "var/qfiles/QUEUE/NAME", wherever the site's queues are.
std::string usual_path(std::string_view path) {
    const std::size_t name = path.rfind('/');
    if (name == std::string_view::npos) return std::string(path);
    std::size_t queue = path.rfind('/', name - 1);
    // An entry in a place of a layout: its directory is a hexadecimal prefix.
    const std::string_view folder = path.substr(queue + 1, name - queue - 1);
    const bool is_place = !folder.empty() && folder.size() <= 3 &&
                          folder.find_first_not_of("0123456789abcdef") == std::string_view::npos;
    if (is_place && queue != std::string_view::npos && queue > 0)
        queue = path.rfind('/', queue - 1);
    if (queue == std::string_view::npos) return std::string(path);
    return "var/qfiles" + std::string(path.substr(queue));
}

std::string_view queue_of(std::string_view usual) {
    constexpr std::string_view before = "var/qfiles/";
    usual.remove_prefix(std::min(before.size(), usual.size()));
    return usual.substr(0, usual.find('/'));
}

std::string key_of(std::string_view id, std::string_view list) {
    return std::string(id) + ' ' + std::string(list);
}

class reader {
public:
    reader(const scenario& setting, const std::string& directory, all_records all)
        : setting_(setting), all_(std::move(all)) {
        setting_.stream = {};
        setting_.stream.what = stream_choice::kind::trace;
        setting_.stream.path = directory;
    }

    result<run_record> read() {
        auto program = program_for(setting_.policy);
        if (!program) return failure(program.error());
        program_ = *program;
        find_posts();
        auto begun = begin_record(setting_, std::move(stream_), *program_);
        if (!begun) return begun;
        record_ = *std::move(begun);
        record_.real = true;
        accept_posts();
        const queue_divisions divisions(record_, *program_);
        spool_recorder recorder(record_, "var");
        recorder.set_clock([this] { return now_; });
        recorder.set_slice_of([&](std::uint32_t queue, const hash_value& hash) {
            return divisions.slice_of(queue, hash);
        });
        for (std::size_t q = 0; q < record_.queues.size(); ++q) {
            if (record_.queue_slices[q] == 0) recorder.set_terminal(static_cast<std::uint32_t>(q));
        }
        if (!all_.lines.empty()) record_.started = now_ = all_.lines.front().time;
        for (const recorded_line& line : all_.lines) {
            now_ = line.time;
            if (auto played = play(line, recorder); !played) return failure(played.error());
        }
        record_.ended = now_;
        end_killed(recorder);
        recorder.finish(there_, {});
        divisions.mark_orphans(*program_);
        divisions.record_owners();
        return std::move(record_);
    }

private:
    [[nodiscard]] const site_program::runner_information* runner_of(std::string_view name) const {
        for (const auto& runner : program_->runners()) {
            if (name.substr(0, name.find(':')) == runner.class_name) return &runner;
        }
        return nullptr;
    }

    /// A post is what a process that is no runner puts into the entry queue.
    void find_posts() {
        const std::string entry_queue = program_->way().entry_queue;
        std::map<std::size_t, bool> posts_from;
        std::map<std::string, recorded_line> written;
        std::map<std::string_view, std::uint32_t> lists;
        std::map<std::string_view, std::uint32_t> senders;
        const auto numbered = [](auto& known, auto& names, std::string_view name) {
            const auto [at, is_new] =
                known.try_emplace(name, static_cast<std::uint32_t>(names.size()));
            if (is_new) names.emplace_back(name);
            return at->second;
        };
        for (const recorded_line& line : all_.lines) {
            if (line.kind == 'S') posts_from[line.file] = runner_of(line.fields[1]) == nullptr;
            if (!posts_from[line.file]) continue;
            if (line.kind == 'W') written[std::string(line.fields[0])] = line;
            if (line.kind != 'N' && line.kind != 'L') continue;
            const auto at = written.find(std::string(line.fields[0]));
            if (at == written.end() || queue_of(usual_path(line.fields[1])) != entry_queue)
                continue;
            const auto& fields = at->second.fields;
            arrival a;
            a.time = at->second.time;
            a.list = numbered(lists, stream_.lists, fields[2]);
            a.sender = numbered(senders, stream_.senders, fields[3]);
            a.size_bytes = number_in<std::uint32_t>(fields[4]).value_or(0);
            a.message_id = stream_.arrivals.size() + 1;
            a.thread = a.message_id;
            arrived_.push_back({key_of(fields[1], fields[2]), line.time});
            stream_.arrivals.push_back(a);
            written.erase(at);
        }
    }

    void accept_posts() {
        for (std::uint32_t n = 0; n < record_.posts.size(); ++n) {
            record_.posts[n].accepted = arrived_[n].time;
            record_.posts[n].attempts = 1;
            // Of posts that share an id and a list, copies cannot be told apart.
            posts_.try_emplace(arrived_[n].key, n);
        }
    }

    [[nodiscard]] std::uint32_t post_of(std::string_view id, std::string_view list) const {
        const auto at = posts_.find(key_of(id, list));
        return at == posts_.end() ? none : at->second;
    }

    result<void> start(const recorded_line& line, spool_recorder& recorder) {
        process_record process;
        process.machine = line.fields[0];
        process.name = line.fields[1];
        process.started = line.time;
        if (const auto* runner = runner_of(process.name)) {
            const auto of = parse_runner_slice(process.name);
            if (!of) return at_line(all_.paths[line.file], 1, of.error().what);
            process.queue = record_.queue_index(runner->queue);
            process.slice = of->slice;
            process.slices = of->slice_count;
            if (record_.division_of(process.queue, process.slices) == nullptr) {
                return at_line(all_.paths[line.file], 1,
                               "expected a runner of the scenario, found " + process.name + " of " +
                                   process.machine);
            }
        }
        recorder.name_process({line.file + 1},
                              static_cast<std::uint32_t>(record_.processes.size()));
        running_[{process.machine, process.name}].push_back(line.file);
        last_[line.file] = line.time;
        record_.processes.push_back(std::move(process));
        return {};
    }

    result<void> play(const recorded_line& line, spool_recorder& recorder) {
        last_[line.file] = line.time;
        world_call call{};
        call.process = {line.file + 1};
        call.took_effect = true;
        const std::string path = line.fields.empty() ? "" : usual_path(line.fields[0]);
        call.path = path;
        switch (line.kind) {
            case 'S': return start(line, recorder);
            case 'W': {
                const auto number = post_of(line.fields[1], line.fields[2]);
                std::string bytes;
                if (number != none) {
                    bytes = std::string(post_header) + ": " + std::to_string(number) + ' ';
                    bytes += post_key;
                }
                call.kind = call_kind::write;
                call.bytes = bytes;
                recorder.after_call(call);
                break;
            }
            case 'N':
            case 'L': {
                const std::string target = usual_path(line.fields[1]);
                call.kind = line.kind == 'N' ? call_kind::rename : call_kind::link;
                call.target = target;
                recorder.after_call(call);
                if (line.kind == 'N') there_.erase(path);
                there_[target];
                break;
            }
            case 'R':
                call.kind = call_kind::remove;
                recorder.after_call(call);
                there_.erase(path);
                break;
            case 'G':
                recorder.log({line.time, call.process, "", "", line.fields[0], line.fields[1]});
                break;
            case 'D':
            case 'A':
            case 'F': note_effect(line, recorder); break;
            case 'E':
                ended_[line.file] = true;
                recorder.process_ended(call.process, line.time, false);
                break;
            default: break;
        }
        return {};
    }

    void note_effect(const recorded_line& line, spool_recorder& recorder) const {
        const std::size_t id = line.kind == 'F' ? 1 : 0;  // behind the effect's name
        effect_record effect;
        effect.post = post_of(line.fields[id], line.fields[id + 1]);
        effect.process = recorder.process_index({line.file + 1});
        effect.time = line.time;
        if (line.kind == 'F') return recorder.reported(line.fields[0], effect);
        if (line.kind == 'A') return recorder.archived(effect);
        effect.recipients = number_in<std::uint32_t>(line.fields[2]).value_or(0);
        recorder.delivered(effect);
    }

    /// Of the processes of one name, all but the last that have no end were killed.
    void end_killed(spool_recorder& recorder) {
        for (const auto& [name, files] : running_) {
            for (std::size_t i = 0; i < files.size(); ++i) {
                if (ended_[files[i]]) continue;
                const bool is_runner = runner_of(name.second) != nullptr;
                if (i + 1 == files.size() && is_runner) continue;
                recorder.process_ended({files[i] + 1}, last_[files[i]], is_runner);
            }
        }
    }

    struct arrived_post {
        std::string key;
        virtual_time time;
    };

    scenario setting_;
    all_records all_;
    std::shared_ptr<const site_program> program_;
    message_stream stream_;
    run_record record_;
    virtual_time now_{};
    std::vector<arrived_post> arrived_;
    std::map<std::string, std::uint32_t, std::less<>> posts_;
    std::map<std::pair<std::string, std::string>, std::vector<std::size_t>> running_;
    std::map<std::size_t, virtual_time> last_;
    std::map<std::size_t, bool> ended_;
    std::map<std::string, std::string> there_;
};

}  // namespace

result<run_record> read_recorded_run(const scenario& setting, const std::string& directory) {
    auto all = read_records(directory);
    if (!all) return failure(all.error());
    return reader(setting, directory, *std::move(all)).read();
}

}  // namespace qslice::sim
