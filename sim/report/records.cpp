#include "sim/report/records.hpp"

#include "sim/text/output.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace qslice::sim {

namespace {

/// A value of a record: its text in CSV (before quoting) and whether JSON quotes it.
struct cell {
    std::string text;
    enum class kind { nothing, number, truth, text } is = kind::nothing;
};

cell words(std::string_view text) { return {std::string(text), cell::kind::text}; }
cell whole(std::uint64_t n) { return {fmt::format("{}", n), cell::kind::number}; }
cell truth(bool b) { return {b ? "true" : "false", cell::kind::truth}; }
cell nothing() { return {}; }
cell index(std::uint32_t i) { return i == none ? nothing() : whole(i); }

/// Seconds with all nine decimals.
cell seconds(duration d) {
    const std::int64_t n = d.count();
    const std::uint64_t size =
        n < 0 ? 0 - static_cast<std::uint64_t>(n) : static_cast<std::uint64_t>(n);
    return {fmt::format("{}{}.{:09}", n < 0 ? "-" : "", size / 1'000'000'000, size % 1'000'000'000),
            cell::kind::number};
}
cell moment(virtual_time t) { return t == never ? nothing() : seconds(t.time_since_epoch()); }

/// One table in both forms.
class record_table {
public:
    record_table(const std::string& directory, const std::string& name,
                 std::vector<std::string_view> columns)
        : columns_(std::move(columns)),
          csv_(open(directory, name + ".csv")),
          lines_(open(directory, name + ".jsonl")) {
        if (!problem_.empty()) return;
        std::vector<cell> head;
        for (const std::string_view column : columns_) head.push_back(words(column));
        csv_row(head);
    }

    void add(std::initializer_list<cell> row) {
        if (!problem_.empty()) return;
        csv_row(row);
        std::size_t column = 0;
        for (const cell& c : row) {
            lines_.out->print("{}\"{}\":", column == 0 ? "{" : ",", columns_[column]);
            lines_.out->write(json_text(c));
            ++column;
        }
        lines_.out->write("}\n");
    }

    result<void> finish() {
        if (!problem_.empty()) return failure(error_code::io, problem_path_, problem_);
        for (opened* file : {&csv_, &lines_}) {
            if (auto written = file->out->finish(); !written) return written;
        }
        return {};
    }

private:
    struct close_file {
        void operator()(std::FILE* f) const { std::fclose(f); }
    };
    struct opened {
        std::unique_ptr<std::FILE, close_file> file;
        std::unique_ptr<output> out;
    };

    opened open(const std::string& directory, const std::string& name) {
        const std::string path = directory + '/' + name;
        opened made;
        made.file.reset(std::fopen(path.c_str(), "w"));
        if (made.file == nullptr) {
            problem_path_ = path;
            problem_ = std::string("cannot be written: ") + std::strerror(errno);
            return made;
        }
        made.out = std::make_unique<output>(made.file.get(), path);
        return made;
    }

    template <class Row>
    void csv_row(const Row& row) {
        bool first = true;
        for (const cell& c : row) {
            if (!first) csv_.out->write(",");
            first = false;
            if (c.text.find_first_of(",\"\r\n") == std::string::npos) {
                csv_.out->write(c.text);
            } else {
                std::string quoted = "\"";
                for (const char letter : c.text) {
                    if (letter == '"') quoted += '"';
                    quoted += letter;
                }
                csv_.out->write(quoted + '"');
            }
        }
        csv_.out->write("\n");
    }

    static std::string json_text(const cell& c) {
        switch (c.is) {
            case cell::kind::nothing: return "null";
            case cell::kind::number:
            case cell::kind::truth: return c.text;
            case cell::kind::text: break;
        }
        // Files may have names that are not UTF-8.
        return nlohmann::json(c.text).dump(-1, ' ', false,
                                           nlohmann::json::error_handler_t::replace);
    }

    std::vector<std::string_view> columns_;
    std::string problem_path_;
    std::string problem_;
    opened csv_;
    opened lines_;
};

class record_files {
public:
    record_files(std::string directory, const run_record& run)
        : directory_(std::move(directory)), run_(run) {}

    result<void> write() {
        for (const auto part :
             {&record_files::posts, &record_files::entries, &record_files::deliveries,
              &record_files::archivings, &record_files::processes, &record_files::faults}) {
            if (auto written = (this->*part)(); !written) return written;
        }
        return run_.own_effects.empty() ? result<void>() : own_effects();
    }

private:
    [[nodiscard]] cell machine_of(std::uint32_t process) const {
        return process == none ? nothing() : words(run_.processes[process].machine);
    }
    [[nodiscard]] cell name_of_process(std::uint32_t process) const {
        return process == none ? nothing() : words(run_.processes[process].name);
    }
    [[nodiscard]] cell queue_of(std::uint32_t queue) const {
        return queue == none ? nothing() : words(run_.queues[queue]);
    }

    /// Each post's first effect, number of effects and number of recipients reached.
    struct effects {
        explicit effects(std::size_t posts) : first(posts, none), count(posts), reached(posts) {}

        void take(const std::vector<effect_record>& records) {
            for (std::uint32_t i = 0; i < records.size(); ++i) {
                const effect_record& e = records[i];
                if (e.post == none) continue;
                if (first[e.post] == none) first[e.post] = i;
                ++count[e.post];
                reached[e.post] += e.recipients;
            }
        }

        std::vector<std::uint32_t> first;
        std::vector<std::uint64_t> count;
        std::vector<std::uint64_t> reached;
    };

    result<void> posts() {
        record_table table(
            directory_, "posts",
            {"post",         "arrived_s",    "list",       "sender",     "size_bytes",
             "message_id",   "in_reply_to",  "accepted_s", "attempts",   "held",
             "discarded",    "shunted",      "digested",   "recipients", "delivered_s",
             "delivered_on", "delivered_by", "deliveries", "reached",    "archived_s",
             "archived_on",  "archived_by",  "archivings"});
        effects delivered(run_.posts.size());
        effects archived(run_.posts.size());
        delivered.take(run_.deliveries);
        archived.take(run_.archivings);
        const auto when = [](const std::vector<effect_record>& records, std::uint32_t i) {
            return i == none ? nothing() : moment(records[i].time);
        };
        const auto who = [](const std::vector<effect_record>& records, std::uint32_t i) {
            return i == none ? none : records[i].process;
        };
        for (std::uint32_t i = 0; i < run_.posts.size(); ++i) {
            const post_record& p = run_.posts[i];
            const arrival& a = run_.stream.arrivals[i];
            const std::uint32_t first_delivery = delivered.first[i];
            const std::uint32_t first_archiving = archived.first[i];
            table.add({whole(i),
                       moment(p.arrived),
                       words(run_.stream.lists[a.list]),
                       words(run_.stream.senders[a.sender]),
                       whole(a.size_bytes),
                       whole(a.message_id),
                       a.in_reply_to == 0 ? nothing() : whole(a.in_reply_to),
                       moment(p.accepted),
                       whole(p.attempts),
                       truth(p.held),
                       truth(p.discarded),
                       truth(p.shunted),
                       whole(p.digested),
                       whole(p.recipients),
                       when(run_.deliveries, first_delivery),
                       machine_of(who(run_.deliveries, first_delivery)),
                       name_of_process(who(run_.deliveries, first_delivery)),
                       whole(delivered.count[i]),
                       whole(delivered.reached[i]),
                       when(run_.archivings, first_archiving),
                       machine_of(who(run_.archivings, first_archiving)),
                       name_of_process(who(run_.archivings, first_archiving)),
                       whole(archived.count[i])});
        }
        return table.finish();
    }

    result<void> entries() {
        record_table table(directory_, "entries",
                           {"entry", "queue", "post", "digest", "name", "slice", "size_bytes",
                            "enqueued_s", "enqueued_on", "enqueued_by", "taken_s", "taken_on",
                            "taken_by", "times_taken", "finished_s", "fate"});
        for (std::uint32_t i = 0; i < run_.entries.size(); ++i) {
            const entry_record& e = run_.entries[i];
            table.add({whole(i), queue_of(e.queue), index(e.post), index(e.digest),
                       words(to_base_name(e.name)), whole(e.slice), whole(e.size_bytes),
                       moment(e.enqueued), machine_of(e.enqueued_by),
                       name_of_process(e.enqueued_by), moment(e.taken), machine_of(e.taken_by),
                       name_of_process(e.taken_by), whole(e.times_taken), moment(e.finished),
                       words(name_in(fate_table, e.fate))});
        }
        return table.finish();
    }

    result<void> deliveries() { return effect_table("deliveries", run_.deliveries); }
    result<void> archivings() { return effect_table("archivings", run_.archivings); }

    result<void> effect_table(const std::string& name, const std::vector<effect_record>& records) {
        record_table table(directory_, name,
                           {"time_s", "post", "digest", "machine", "process", "recipients"});
        for (const effect_record& e : records) {
            table.add({moment(e.time), index(e.post), index(e.digest), machine_of(e.process),
                       name_of_process(e.process), whole(e.recipients)});
        }
        return table.finish();
    }

    /// Those that the site's services report, in the order in which they happened.
    result<void> own_effects() {
        record_table table(directory_, "effects",
                           {"time_s", "effect", "post", "machine", "process"});
        std::vector<std::pair<const effect_kind*, const effect_record*>> all;
        for (const effect_kind& kind : run_.own_effects) {
            for (const effect_record& e : kind.effects) all.emplace_back(&kind, &e);
        }
        std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
            return a.second->time < b.second->time;
        });
        for (const auto& [kind, e] : all) {
            table.add({moment(e->time), words(kind->name), index(e->post), machine_of(e->process),
                       name_of_process(e->process)});
        }
        return table.finish();
    }

    result<void> processes() {
        record_table table(directory_, "processes",
                           {"process", "machine", "name", "queue", "slice", "slices", "started_s",
                            "ended_s", "crashed", "handled", "working_s"});
        for (std::uint32_t i = 0; i < run_.processes.size(); ++i) {
            const process_record& p = run_.processes[i];
            table.add({whole(i), words(p.machine), words(p.name), queue_of(p.queue), whole(p.slice),
                       whole(p.slices), moment(p.started), moment(p.ended), truth(p.crashed),
                       whole(p.handled), seconds(p.working)});
        }
        return table.finish();
    }

    result<void> faults() {
        record_table table(directory_, "faults", {"time_s", "machine", "process", "what"});
        for (const fault_record& f : run_.faults) {
            table.add({moment(f.time), words(f.machine), words(f.process), words(f.what)});
        }
        return table.finish();
    }

    std::string directory_;
    const run_record& run_;
};

}  // namespace

result<void> write_records(const std::string& directory, const run_record& run) {
    std::error_code problem;
    std::filesystem::create_directories(directory, problem);
    if (problem) {
        return failure(error_code::io, directory, "cannot be created: " + problem.message());
    }
    return record_files(directory, run).write();
}

}  // namespace qslice::sim
