#include "sim/site/site_history.hpp"

#include "sim/site/log_stamp.hpp"
#include "sim/site/mailman_names.hpp"
#include "sim/site/message_journey.hpp"

#include <algorithm>
#include <functional>
#include <unordered_map>
#include <utility>

namespace qslice::sim::diagnosis {

namespace {

constexpr std::size_t most_causes = 1000;
constexpr std::size_t most_troubles = 10000;

bool is_mailman3(std::string_view runner) {
    return std::any_of(known_queues.begin(), known_queues.end(), [&](const queue_names& known) {
        return !known.runner3.empty() && known.runner3 == runner;
    });
}

}  // namespace

std::uint64_t site_history::hash_of(std::string_view message_id) {
    return std::hash<std::string_view>()(message_id);
}

std::uint64_t site_history::lines() const {
    std::uint64_t sum = 0;
    for (const machine_history& m : machines) sum += m.lines;
    return sum;
}

std::size_t history_builder::machine(std::string_view name) {
    for (std::size_t m = 0; m < machines_.size(); ++m) {
        if (machines_[m].name == name) return m;
    }
    machines_.emplace_back().name = name;
    stores_.emplace_back().processes.machine = machines_.size() - 1;
    sums_.emplace_back();
    return machines_.size() - 1;
}

bool history_builder::knows(std::string_view name) const {
    return std::any_of(machines_.begin(), machines_.end(),
                       [&](const machine_history& m) { return m.name == name; });
}

void history_builder::add(std::size_t machine, log_time time, log_line&& line,
                          const log_place& place) {
    machine_history& m = machines_[machine];
    machine_store& store = stores_[machine];
    m.first = std::min(m.first.value_or(time), time);
    m.last = std::max(m.last.value_or(time), time);
    store.processes.sightings.add(line.pid, time);
    const bool counts = inside(time);
    if (const auto* done = std::get_if<delivered>(&line.event)) {
        add_delivery(machine, time, line.pid, *done);
    } else if (const auto* post = std::get_if<posted>(&line.event)) {
        if (!post->message_id.empty()) {
            note(post->message_id, post->success ? site_history::taken : site_history::refused);
        }
        if (!counts) return;
        ++(post->success ? m.posted : m.failed);
        m.notices += post->notice ? 1 : 0;
        if (const auto topic = topic_of_answer(post->answer)) {
            trouble_entry refusal;
            refusal.topic = *topic;
            refusal.cause = post->answer;
            refusal.message_id = post->message_id;
            add_trouble(machine, time, std::move(refusal), place);
        }
    } else if (const auto* vet = std::get_if<vetted>(&line.event)) {
        if (!counts) return;
        if (vet->happened == vetted::what::accepted) {
            accepted_.push_back(
                {time, static_cast<std::uint32_t>(machine), static_cast<std::uint32_t>(line.pid)});
        }
        m.held += vet->happened == vetted::what::held ? 1 : 0;
        m.discarded +=
            vet->happened == vetted::what::discarded || vet->happened == vetted::what::rejected ? 1
                                                                                                : 0;
    } else if (const auto* look = std::get_if<looked>(&line.event)) {
        if (!counts) return;
        ++m.looks;
        m.looks_with_entries += look->found > 0 ? 1 : 0;
    } else if (auto* trouble = std::get_if<trouble_entry>(&line.event)) {
        if (!trouble->message_id.empty()) note(trouble->message_id, site_history::refused);
        if (counts) add_trouble(machine, time, std::move(*trouble), place);
    } else if (!std::holds_alternative<routine_text>(line.event) &&
               !std::holds_alternative<other_text>(line.event)) {
        ++m.processes;
        if (const auto* started = std::get_if<runner_started>(&line.event)) {
            store.mailman3 = store.mailman3 || is_mailman3(started->runner);
        }
        if (const auto* master = std::get_if<master_event>(&line.event);
            master && master->happened == master_event::what::started) {
            m.master_starts.push_back(time);
        }
        if (const auto* limit = std::get_if<restart_limit>(&line.event); limit && counts) {
            m.restart_limits.push_back({limit->runner, limit->limit, time, place.text()});
        }
        store.processes.entries.push_back({time, line.pid, std::move(line.event)});
    }
}

void history_builder::add_delivery(std::size_t machine, log_time time, std::uint64_t pid,
                                   const delivered& done) {
    machine_store& store = stores_[machine];
    store.mailman3 = store.mailman3 || done.list.find('@') != std::string::npos;
    auto [sender, fresh] = store.senders.try_emplace(pid, sending_process{pid, time, time});
    sender->second.first = std::min(sender->second.first, time);
    sender->second.last = std::max(sender->second.last, time);
    if (!inside(time)) return;
    machine_history& m = machines_[machine];
    ++m.deliveries;
    m.recipients += done.recipients;
    delivery one;
    one.origin = origin(machine, done.list);
    one.recipients = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(done.recipients, std::numeric_limits<std::uint32_t>::max()));
    one.run = static_cast<std::uint32_t>(pid);  // until finish()
    one.time = time;
    one.seconds = static_cast<float>(done.seconds);
    if (!done.message_id.empty()) one.message = note(done.message_id, site_history::sent);
    store.deliveries.push_back(one);
}

std::uint64_t history_builder::note(std::string_view message_id, id_marks::mark marks) {
    const std::uint64_t hash = site_history::hash_of(message_id);
    messages_.prefetch(hash);
    message_note& oldest = waiting_[waiting_at_++ % waiting_.size()];
    carry_out(oldest);
    oldest.hash = hash;
    oldest.marks = marks;
    oldest.message_id = message_id;
    return hash;
}

void history_builder::carry_out(const message_note& note) {
    if (note.marks == 0) return;
    const id_marks::mark before = messages_.add(note.hash, note.marks);
    if ((before & note.marks & site_history::sent) != 0) {
        repeated_.try_emplace(note.hash, note.message_id);
    }
}

std::uint32_t history_builder::origin(std::size_t machine, std::string_view list) {
    auto& known = stores_[machine].origins;
    const auto found = known.find(list);
    if (found != known.end()) return found->second;
    const auto number = static_cast<std::uint32_t>(origins_.size());
    origins_.push_back({static_cast<std::uint32_t>(machine), std::string(list)});
    known.emplace(list, number);
    return number;
}

bool history_builder::is_second_mark(const trouble_entry& trouble) {
    // Both runners complain of one entry that they raced for.
    return trouble.topic == log_topic::raced && !trouble.base.empty() &&
           !raced_.insert(trouble.base).second;
}

void history_builder::add_trouble(std::size_t machine, log_time time, trouble_entry&& entry,
                                  const log_place& place) {
    if (is_second_mark(entry)) return;
    trouble_sum& sum = sums_[machine][entry.topic];
    const bool is_first = sum.count++ == 0 || time < sum.first.time;
    sum.last = std::max(sum.last, time);
    if (const auto known = sum.causes.find(entry.cause); known != sum.causes.end()) {
        ++known->second;
    } else if (sum.causes.size() < most_causes) {
        sum.causes.emplace(entry.cause, 1);
    }
    if (!is_first && sum.count > most_troubles) return;
    log_trouble trouble{machine,
                        time,
                        entry.topic,
                        std::move(entry.cause),
                        std::move(entry.base),
                        std::move(entry.message_id),
                        std::move(entry.list),
                        place.text()};
    if (is_first) sum.first = trouble;
    if (sum.count <= most_troubles) troubles_.push_back(std::move(trouble));
}

void history_builder::add_not_understood(std::size_t machine, std::string place,
                                         std::string_view text) {
    ++machines_[machine].not_understood;
    if (not_understood_.size() < most_shown) {
        not_understood_.push_back({std::move(place), std::string(text.substr(0, 200))});
    }
}

void history_builder::follow(std::size_t machine, log_time time, std::uint64_t pid,
                             std::string place, std::string_view entry) {
    if (!names_message(entry, options_.message) || !inside(time)) return;
    std::string_view text = entry;
    if (const auto stamp = read_stamp(text)) text = stamp->text;
    constexpr std::size_t longest = 400;
    journey_.push_back({machine, time, pid, std::move(place),
                        std::string(text.substr(0, std::min(text.find('\n'), longest)))});
}

void history_builder::add_other(std::string place, std::string_view text) {
    if (other_.size() < most_shown) {
        other_.push_back({std::move(place), std::string(text.substr(0, 200))});
    }
}

site_history history_builder::finish() {
    for (const message_note& note : waiting_) carry_out(note);
    site_history history;
    std::optional<log_time> first;
    std::optional<log_time> last;
    for (const machine_history& m : machines_) {
        if (m.first) first = std::min(first.value_or(*m.first), *m.first);
        if (m.last) last = std::max(last.value_or(*m.last), *m.last);
    }
    history.from = options_.from.value_or(first.value_or(0));
    history.to = options_.to.value_or(last.value_or(history.from));
    for (std::size_t m = 0; m < machines_.size(); ++m) {
        machine_store& store = stores_[m];
        machine_processes& known = store.processes;
        std::stable_sort(
            known.entries.begin(), known.entries.end(),
            [](const process_entry& a, const process_entry& b) { return a.time < b.time; });
        for (const auto& [pid, sender] : store.senders) known.senders.push_back(sender);
        if (store.mailman3) known.outgoing = "out";
        if (const auto told = options_.told.find(machines_[m].name); told != options_.told.end()) {
            known.told = told->second;
        }
        known.to = history.to;
        traced_runs traced = trace_runs(known);
        known = {};
        std::unordered_map<std::uint64_t, std::vector<std::size_t>> runs_of;
        for (runner_run& run : traced.runs) {
            runs_of[run.pid].push_back(history.runs.size());
            history.runs.push_back(std::move(run));
        }
        history.second_masters.insert(history.second_masters.end(), traced.second_masters.begin(),
                                      traced.second_masters.end());
        const auto earlier = [](const delivery& a, const delivery& b) { return a.time < b.time; };
        if (!std::is_sorted(store.deliveries.begin(), store.deliveries.end(), earlier)) {
            std::stable_sort(store.deliveries.begin(), store.deliveries.end(), earlier);
        }
        for (delivery& sent : store.deliveries) {
            const auto known_runs = runs_of.find(std::exchange(sent.run, delivery::no_run));
            if (known_runs == runs_of.end()) continue;
            for (const std::size_t run : known_runs->second) {
                const runner_run& r = history.runs[run];
                // The last one that had started by then.
                if (!r.started || *r.started <= sent.time) {
                    sent.run = static_cast<std::uint32_t>(run);
                }
            }
            if (sent.run < history.runs.size()) ++history.runs[sent.run].deliveries;
        }
        if (history.deliveries.empty()) {
            history.deliveries = std::move(store.deliveries);
        } else {
            history.deliveries.insert(history.deliveries.end(), store.deliveries.begin(),
                                      store.deliveries.end());
        }
        store.deliveries = {};
    }
    history.machines = std::move(machines_);
    history.origins = std::move(origins_);
    history.repeated = std::move(repeated_);
    history.accepted = std::move(accepted_);
    history.messages = std::move(messages_);
    history.journey = std::move(journey_);
    std::stable_sort(history.journey.begin(), history.journey.end(),
                     [](const journey_step& a, const journey_step& b) { return a.time < b.time; });
    history.troubles = std::move(troubles_);
    history.sums = std::move(sums_);
    std::stable_sort(history.troubles.begin(), history.troubles.end(),
                     [](const log_trouble& a, const log_trouble& b) {
                         return std::pair(a.machine, a.time) < std::pair(b.machine, b.time);
                     });
    const auto shorten = [&](std::vector<shown_line>& lines) {
        lines.resize(std::min(lines.size(), options_.shown_lines));
        return std::move(lines);
    };
    history.not_understood = shorten(not_understood_);
    history.other = shorten(other_);
    *this = history_builder();
    return history;
}

}  // namespace qslice::sim::diagnosis
