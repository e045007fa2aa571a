#include "sim/report/perfetto.hpp"

#include "sim/record/site_words.hpp"
#include "sim/text/plain_words.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace qslice::sim {

namespace {

/// Where a runner's events are shown.
struct track {
    std::uint32_t pid = 0;
    std::uint32_t tid = 0;

    friend auto operator<=>(const track&, const track&) = default;
};

/// An entry in a runner's hands.
struct hand {
    track on;
    virtual_time from{};
    virtual_time to{};
    std::uint32_t entry = none;
    std::uint32_t taking = 1;  ///< of the entry, counted from 1
};

class trace_file {
public:
    explicit trace_file(const std::string& path)
        : path_(path), file_(std::fopen(path.c_str(), "wb")) {
        if (file_ == nullptr) note_problem();
        write("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n");
    }

    /// @param members  of the event's object, without its braces
    void event(const std::string& members) {
        write((first_ ? "{" : ",\n{") + members + '}');
        first_ = false;
    }

    result<void> finish() {
        write("\n]}\n");
        if (file_ != nullptr && std::fclose(file_.release()) != 0) note_problem();
        if (problem_ != 0) {
            return failure(error_code::io, path_, std::strerror(problem_));
        }
        return {};
    }

private:
    struct close {
        void operator()(std::FILE* file) const noexcept { std::fclose(file); }
    };

    void write(std::string_view text) {
        if (file_ == nullptr || problem_ != 0) return;
        if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size()) note_problem();
    }
    void note_problem() {
        if (problem_ == 0) problem_ = errno;
    }

    std::string path_;
    std::unique_ptr<std::FILE, close> file_;
    int problem_ = 0;
    bool first_ = true;
};

std::string quoted_json(std::string_view text) { return nlohmann::json(printable(text)).dump(); }

class perfetto_writer {
public:
    perfetto_writer(const std::string& path, const run_record& run) : file_(path), run_(run) {
        for (const machine_choice& m : run.setting.machines) {
            machines_.emplace(m.name, static_cast<std::uint32_t>(machines_.size() + 1));
        }
        queues_pid_ = static_cast<std::uint32_t>(machines_.size() + 1);
        for (const process_record& p : run.processes) tracks_.push_back(track_of(p));
    }

    result<void> run() && {
        names();
        hands();
        flows();
        backlogs();
        faults();
        return file_.finish();
    }

private:
    [[nodiscard]] std::string at(virtual_time t) const {
        const std::int64_t n = (t - run_.started).count();
        return fmt::format("{}.{:03}", n / 1000, n % 1000);
    }

    std::uint32_t pid_of(const std::string& machine) {
        return machines_.try_emplace(machine, queues_pid_).first->second;
    }

    track track_of(const process_record& p) {
        const std::uint32_t pid = pid_of(p.machine);
        const auto [found, fresh] =
            threads_.try_emplace({pid, p.name}, static_cast<std::uint32_t>(threads_.size() + 1));
        return {pid, found->second};
    }

    void name(std::string_view what, std::uint32_t pid, std::uint32_t tid, std::string_view name) {
        file_.event(fmt::format(R"("ph":"M","name":"{}","pid":{},"tid":{},"args":{{"name":{}}})",
                                what, pid, tid, quoted_json(name)));
    }

    void names() {
        for (const auto& [machine, pid] : machines_) name("process_name", pid, 0, machine);
        name("process_name", queues_pid_, 0, "queues");
        for (const auto& [where, tid] : threads_)
            name("thread_name", where.first, tid, where.second);
    }

    /// Everything that was in hand, by runner and time.
    void hands() {
        std::vector<std::vector<const retaking*>> again(run_.entries.size());
        for (const retaking& r : run_.retakings) again[r.entry].push_back(&r);
        for (std::uint32_t e = 0; e < run_.entries.size(); ++e) {
            const entry_record& entry = run_.entries[e];
            if (entry.taken == never) continue;
            const virtual_time end = std::min(entry.finished, run_.ended);
            std::uint32_t by = again[e].empty() ? entry.taken_by : again[e].front()->previous;
            virtual_time from = entry.taken;
            for (std::size_t i = 0; i <= again[e].size(); ++i) {
                const bool last = i == again[e].size();
                const virtual_time to = last ? end : again[e][i]->time;
                if (by != none) {
                    hands_.push_back({tracks_[by], from, std::min(to, end_of(by)), e,
                                      static_cast<std::uint32_t>(i + 1)});
                }
                if (last) break;
                by = again[e][i]->process;
                from = again[e][i]->time;
            }
        }
        std::sort(hands_.begin(), hands_.end(), [](const hand& a, const hand& b) {
            return std::tuple(a.on, a.from, a.entry) < std::tuple(b.on, b.from, b.entry);
        });
        for (std::size_t i = 0; i < hands_.size(); ++i) {
            // A runner has one entry in hand: one that it put back ends before the next begins.
            if (i + 1 < hands_.size() && hands_[i + 1].on == hands_[i].on) {
                hands_[i].to = std::min(hands_[i].to, hands_[i + 1].from);
            }
            hands_[i].to = std::max(hands_[i].to, hands_[i].from);
            show(hands_[i]);
        }
    }

    [[nodiscard]] virtual_time end_of(std::uint32_t process) const {
        return std::min(run_.processes[process].ended, run_.ended);
    }

    [[nodiscard]] std::string post_text(const entry_record& entry) const {
        if (entry.post != none) return fmt::format("{} {}", words().item, entry.post);
        if (entry.digest != none) return "digest " + std::to_string(entry.digest);
        return "entry";
    }

    void show(const hand& h) {
        const entry_record& entry = run_.entries[h.entry];
        const std::int64_t n = (h.to - h.from).count();
        std::string more;
        if (entry.post != none) {
            more = ",\"list\":" +
                   quoted_json(run_.stream.lists[run_.stream.arrivals[entry.post].list]);
        }
        file_.event(fmt::format(
            R"("ph":"X","name":{},"cat":"entry","pid":{},"tid":{},"ts":{},"dur":{}.{:03},)"
            R"("args":{{"queue":{},"entry":{},"slice":{},"taken":{},"fate":{}{}}})",
            quoted_json(run_.queues[entry.queue] + "/ " + post_text(entry)), h.on.pid, h.on.tid,
            at(h.from), n / 1000, n % 1000, quoted_json(run_.queues[entry.queue]),
            quoted_json(to_base_name(entry.name)), entry.slice, h.taking,
            quoted_json(name_in(fate_table, entry.fate)), more));
    }

    /// A post's way: from each of its entries in hand to the next.
    void flows() {
        std::vector<const hand*> ways;
        for (const hand& h : hands_) {
            if (run_.entries[h.entry].post != none) ways.push_back(&h);
        }
        std::sort(ways.begin(), ways.end(), [&](const hand* a, const hand* b) {
            return std::tuple(run_.entries[a->entry].post, a->from, a->entry) <
                   std::tuple(run_.entries[b->entry].post, b->from, b->entry);
        });
        for (std::size_t begin = 0; begin < ways.size();) {
            const std::uint32_t post = run_.entries[ways[begin]->entry].post;
            std::size_t end = begin + 1;
            while (end < ways.size() && run_.entries[ways[end]->entry].post == post) ++end;
            for (std::size_t i = begin; end - begin > 1 && i < end; ++i) {
                const char* const phase = i == begin ? "s" : i + 1 == end ? "f" : "t";
                file_.event(fmt::format(
                    R"("ph":"{}","name":"post","cat":"post","id":{},"pid":{},"tid":{},"ts":{}{})",
                    phase, post, ways[i]->on.pid, ways[i]->on.tid, at(ways[i]->from),
                    *phase == 'f' ? R"(,"bp":"e")" : ""));
            }
            begin = end;
        }
    }

    void backlogs() {
        struct change {
            virtual_time time{};
            std::uint32_t queue = 0;
            std::uint32_t slice = 0;
            int by = 0;
        };
        std::vector<change> changes;
        for (const entry_record& entry : run_.entries) {
            changes.push_back({entry.enqueued, entry.queue, entry.slice, 1});
            if (entry.taken != never) {
                changes.push_back({entry.taken, entry.queue, entry.slice, -1});
            }
        }
        std::stable_sort(changes.begin(), changes.end(), [](const change& a, const change& b) {
            return std::pair(a.queue, a.time) < std::pair(b.queue, b.time);
        });
        std::vector<std::int64_t> waiting;
        for (std::size_t i = 0; i < changes.size(); ++i) {
            const change& c = changes[i];
            const std::uint64_t slices = std::max<std::uint64_t>(run_.queue_slices[c.queue], 1);
            if (i == 0 || changes[i - 1].queue != c.queue) waiting.assign(slices, 0);
            waiting[std::min<std::size_t>(c.slice, waiting.size() - 1)] += c.by;
            const bool goes_on = i + 1 < changes.size() && changes[i + 1].queue == c.queue &&
                                 changes[i + 1].time == c.time;
            if (goes_on) continue;
            std::string series;
            for (std::size_t k = 0; k < waiting.size(); ++k) {
                series += fmt::format("{}\"{}\":{}", k == 0 ? "" : ",", slice_text(k, slices),
                                      waiting[k]);
            }
            file_.event(fmt::format(R"("ph":"C","name":{},"pid":{},"tid":0,"ts":{},"args":{{{}}})",
                                    quoted_json(run_.queues[c.queue] + "/ waiting"), queues_pid_,
                                    at(c.time), series));
        }
    }

    void faults() {
        for (const fault_record& fault : run_.faults) {
            const auto machine = machines_.find(fault.machine);
            const bool known = machine != machines_.end();
            file_.event(fmt::format(
                R"("ph":"i","name":{},"cat":"fault","s":"{}","pid":{},"tid":0,"ts":{})",
                quoted_json(fault.what), known ? 'p' : 'g', known ? machine->second : queues_pid_,
                at(std::max(fault.time, run_.started))));
        }
    }

    trace_file file_;
    const run_record& run_;
    std::map<std::string, std::uint32_t> machines_;
    std::map<std::pair<std::uint32_t, std::string>, std::uint32_t> threads_;
    std::vector<track> tracks_;  ///< by process
    std::uint32_t queues_pid_ = 0;
    std::vector<hand> hands_;
};

}  // namespace

result<void> write_perfetto(const std::string& path, const run_record& run) {
    return perfetto_writer(path, run).run();
}

}  // namespace qslice::sim
