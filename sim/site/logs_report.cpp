#include "sim/site/logs_report.hpp"

#include "sim/site/history_findings.hpp"
#include "sim/site/inspection_report.hpp"
#include "sim/text/plain_words.hpp"
#include "sim/text/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace qslice::sim::diagnosis {

namespace {

using json = nlohmann::ordered_json;
using enum text_table::align;

constexpr std::size_t picture_width = 48;

/// When a slice was served: '#' all of the time, '+' part of it, '.' never, ' ' a different number
/// of slices was in use.
std::string picture(const slice_history& slice, log_time from, log_time to) {
    std::string cells(picture_width, ' ');
    const double step = (to - from) / static_cast<double>(picture_width);
    if (!(step > 0)) return slice.served.empty() ? "." : "#";
    for (std::size_t c = 0; c < picture_width; ++c) {
        const double begin = from + step * static_cast<double>(c);
        const double end = begin + step;
        if (end <= slice.in_use.first || begin >= slice.in_use.second) continue;
        double served = 0;
        for (const period& p : slice.served) {
            served += std::max(0.0, std::min(end, p.second) - std::max(begin, p.first));
        }
        cells[c] = served >= 0.99 * step ? '#' : served > 0 ? '+' : '.';
    }
    return cells;
}

std::string machines_table(const logs_diagnosis& d) {
    text_table table({{"machine"},
                      {"files", right},
                      {"lines", right},
                      {"first entry"},
                      {"last entry"},
                      {"deliveries", right},
                      {"share", right},
                      {"expected", right},
                      {"recipients", right},
                      {"troubles", right}});
    for (std::size_t m = 0; m < d.history.machines.size(); ++m) {
        const machine_history& h = d.history.machines[m];
        std::uint64_t troubles = 0;
        for (const auto& [topic, sum] : d.history.sums[m]) troubles += sum.count;
        const bool split = d.by_machine.total > 0;
        table.add({printable(h.name), grouped(h.files.size()), grouped(h.lines),
                   h.first ? date_text(*h.first) : ".", h.last ? date_text(*h.last) : ".",
                   grouped(h.deliveries),
                   split ? share_text(static_cast<double>(h.deliveries) /
                                      static_cast<double>(d.by_machine.total))
                         : "",
                   split ? share_text(d.by_machine.parts[m].expected_share) : "",
                   grouped(h.recipients), grouped(troubles)});
    }
    return table.to_text();
}

std::string slices_table(const logs_diagnosis& d) {
    text_table table({{"runner"},
                      {"slice", right},
                      {"machines"},
                      {"runs", right},
                      {"restarts", right},
                      {"when it was served (# always, + partly, . never)"}});
    // Processes whose slice does not follow from the logs, by runner and machine.
    std::map<std::string, std::map<std::size_t, slice_history>> unknown;
    for (const runner_run& run : d.history.runs) {
        const auto time = run.within(d.history.from, d.history.to);
        if (run.slice || time.second < time.first) continue;
        slice_history& h = unknown[run.runner][run.machine];
        h.runner = run.runner;
        h.in_use = {d.history.from, d.history.to};
        h.machines = {run.machine};
        ++h.runs;
        h.restarts += run.restarted ? 1 : 0;
        h.served.push_back(time);
    }
    const auto add = [&](const slice_history& s, const std::string& slice, bool repeats) {
        std::string machines;
        for (const std::size_t m : s.machines) {
            machines += (machines.empty() ? "" : ", ") + printable(d.history.machines[m].name);
        }
        const bool open = unknown.contains(s.runner);
        table.add({repeats ? "" : printable(s.runner), slice,
                   !machines.empty() ? machines
                   : open            ? "?"
                                     : "nobody",
                   grouped(s.runs), grouped(s.restarts), picture(s, d.history.from, d.history.to)});
    };
    const auto add_unknown = [&](const std::string& runner, bool repeats) {
        for (auto& [m, h] : unknown[runner]) {
            std::sort(h.served.begin(), h.served.end());
            period covered{d.history.from, d.history.from};
            std::vector<period> disjoint;
            for (const period& p : h.served) {
                const period rest{std::max(p.first, covered.second), p.second};
                if (rest.second > rest.first) disjoint.push_back(rest);
                covered.second = std::max(covered.second, p.second);
            }
            h.served = std::move(disjoint);
            add(h, "?", repeats);
            repeats = true;
        }
    };
    const std::string* before = nullptr;
    std::set<std::string> told;
    for (const slice_history& s : d.slices) {
        if (before != nullptr && *before != s.runner && unknown.contains(*before)) {
            add_unknown(*before, true);
            told.insert(*before);
        }
        add(s, slice_text(s.slice, s.slices), before != nullptr && *before == s.runner);
        before = &s.runner;
    }
    if (before != nullptr && unknown.contains(*before)) {
        add_unknown(*before, true);
        told.insert(*before);
    }
    for (const auto& [runner, machines] : unknown) {
        if (!told.contains(runner)) add_unknown(runner, false);
    }
    if (table.empty()) return "";
    std::string text = "\nSlices\n" + table.to_text();
    if (!unknown.empty()) {
        text += wrapped(
            "(?: these processes' slices do not follow from the logs; give them with --running "
            "MACHINE=RUNNER:SLICE:SLICES.)",
            "  ", 2);
    }
    return text;
}

std::string lines_text(const logs_diagnosis& d) {
    std::string text;
    std::uint64_t unclear = 0;
    std::uint64_t other = 0;
    for (const machine_history& m : d.history.machines) {
        unclear += m.not_understood;
        other += m.other;
    }
    const auto show = [&](const std::vector<shown_line>& lines) {
        for (const shown_line& line : lines) {
            text += fmt::format("  {}: {}\n", printable(line.place), printable(line.text));
        }
    };
    if (unclear > 0) {
        text += fmt::format("\n{} could not be parsed, the first:\n",
                            counted(unclear, "line", "lines"));
        show(d.history.not_understood);
    }
    if (other > 0) {
        text += fmt::format("\n{} of no known kind, the first:\n",
                            counted(other, "entry is", "entries are"));
        show(d.history.other);
    }
    return text;
}

json to_json(const std::vector<period>& periods) {
    json list = json::array();
    for (const period& p : periods) list.push_back({p.first, p.second});
    return list;
}

json to_json(const observed_split& split, const logs_options& options) {
    if (split.parts.empty()) return nullptr;
    json parts = json::array();
    for (const auto& part : split.parts) {
        parts.push_back({{"name", printable(part.name)},
                         {"count", part.count},
                         {"expected_share", part.expected_share}});
    }
    json j{{"total", split.total}, {"parts", std::move(parts)}};
    j["p_value"] = std::isnan(split.test.p_value) ? json(nullptr) : json(split.test.p_value);
    static constexpr std::string_view methods[] = {"none", "exact multinomial", "monte carlo",
                                                   "chi-square"};
    j["method"] = methods[static_cast<std::size_t>(split.test.how)];
    j["assumed_equal"] = split.assumed_equal;
    j["consistent"] = !(split.test.p_value < options.alpha);
    return j;
}

std::string_view to_string(slice_source source) {
    switch (source) {
        case slice_source::unknown: return "unknown";
        case slice_source::exit_entry: return "log";
        case slice_source::named: return "debug log";
        case slice_source::restart: return "restart";
        case slice_source::told: return "told";
        case slice_source::as_before: return "as before";
        case slice_source::start_order: return "start order";
    }
    return "";
}

json shown(const std::vector<shown_line>& lines) {
    json list = json::array();
    for (const shown_line& line : lines) {
        list.push_back({{"place", printable(line.place)}, {"text", printable(line.text)}});
    }
    return list;
}

json to_json(const runner_run& run, const site_history& history) {
    const auto optional = [](const auto& value) { return value ? json(*value) : json(nullptr); };
    return {{"machine", printable(history.machines[run.machine].name)},
            {"runner", printable(run.runner)},
            {"pid", run.pid},
            {"slice", run.slice ? json(slice_text(*run.slice, run.slices)) : json(nullptr)},
            {"slice_known_by", to_string(run.source)},
            {"started", optional(run.started)},
            {"ended", optional(run.ended)},
            {"vanished", run.vanished},
            {"restarted", run.restarted},
            {"signal", optional(run.signal)},
            {"status", optional(run.status)},
            {"deliveries", run.deliveries}};
}

}  // namespace

std::string to_text(const logs_diagnosis& d, const logs_options& options, bool zoned, bool brief) {
    std::string text;
    if (!brief) {
        text += fmt::format("Logs of {}, {} to {} ({})\n\n",
                            counted(d.history.machines.size(), "machine", "machines"),
                            date_text(d.history.from), date_text(d.history.to),
                            zoned ? "UTC" : "times as written in the logs");
        text += machines_table(d) + slices_table(d);
        if (d.by_machine.total > 0) {
            text += '\n' + wrapped(printable(split_sentence(d.by_machine, options)), "", 0);
        }
        if (d.by_slice.total > 0) {
            text += wrapped("By slice: " + split_sentence(d.by_slice, options), "", 0);
        }
        text += lines_text(d);
    }
    return text + findings_text(d.findings);
}

json to_json(const logs_diagnosis& d, const logs_options& options) {
    json machines = json::array();
    for (const machine_history& m : d.history.machines) {
        json files = json::array();
        for (const std::string& file : m.files) files.push_back(printable(file));
        machines.push_back({{"name", printable(m.name)},
                            {"files", std::move(files)},
                            {"lines", m.lines},
                            {"entries", m.entries},
                            {"further_lines", m.further},
                            {"empty_lines", m.empty},
                            {"other_programs_lines", m.others.lines()},
                            {"not_understood", m.not_understood},
                            {"other_entries", m.other},
                            {"first", m.first ? json(*m.first) : json(nullptr)},
                            {"last", m.last ? json(*m.last) : json(nullptr)},
                            {"deliveries", m.deliveries},
                            {"recipients", m.recipients},
                            {"posted", m.posted},
                            {"failed", m.failed},
                            {"held", m.held},
                            {"discarded", m.discarded}});
    }
    json slices = json::array();
    for (const slice_history& s : d.slices) {
        json names = json::array();
        for (const std::size_t m : s.machines) {
            names.push_back(printable(d.history.machines[m].name));
        }
        slices.push_back({{"runner", printable(s.runner)},
                          {"slice", slice_text(s.slice, s.slices)},
                          {"machines", std::move(names)},
                          {"runs", s.runs},
                          {"restarts", s.restarts},
                          {"served", to_json(s.served)},
                          {"gaps", to_json(s.gaps)}});
    }
    json runs = json::array();
    for (const runner_run& run : d.history.runs) runs.push_back(to_json(run, d.history));
    json troubles = json::array();
    for (const log_trouble& t : d.history.troubles) {
        troubles.push_back({{"machine", printable(d.history.machines[t.machine].name)},
                            {"time", t.time},
                            {"kind", row_of(t.topic).name},
                            {"what", printable(t.cause)},
                            {"entry", printable(t.base)},
                            {"message_id", printable(t.message_id)},
                            {"place", printable(t.place)}});
    }
    return {{"from", d.history.from},
            {"to", d.history.to},
            {"machines", std::move(machines)},
            {"slices", std::move(slices)},
            {"runs", std::move(runs)},
            {"deliveries",
             {{"by_machine", to_json(d.by_machine, options)},
              {"by_slice", to_json(d.by_slice, options)},
              {"sent_twice", d.sent_twice}}},
            {"troubles", std::move(troubles)},
            {"not_understood", shown(d.history.not_understood)},
            {"other_entries", shown(d.history.other)},
            {"findings", to_json(d.findings)},
            {"needs_attention", needs_attention(d.findings)}};
}

}  // namespace qslice::sim::diagnosis
