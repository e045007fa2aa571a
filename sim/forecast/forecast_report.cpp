#include "sim/forecast/forecast_report.hpp"

#include "sim/text/plain_words.hpp"
#include "sim/text/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace qslice::sim {

namespace {

using json = nlohmann::ordered_json;
using enum text_table::align;

std::string_view word_for(pace_source source) {
    switch (source) {
        case pace_source::measured: return "measured";
        case pace_source::at_most: return "at most";
        case pace_source::stated: return "stated";
        case pace_source::assumed: return "assumed";
    }
    return "";
}

/// How far a case can be trusted: it is as good as the pace of the queue that decides it.
std::string_view strength(pace_source source) {
    switch (source) {
        case pace_source::measured:
            return "its runners' pace is measured, so this is strong evidence";
        case pace_source::at_most:
            return "its runners may be faster than the logs show, so this is an upper bound";
        case pace_source::stated: return "this is as good as the stated pace";
        case pace_source::assumed: return "its runners' pace is assumed, so this is a weak guess";
    }
    return "";
}

std::string_view name_of(forecast_case::kind kind) {
    switch (kind) {
        case forecast_case::kind::as_it_is: return "as-it-is";
        case forecast_case::kind::missing_started: return "missing-started";
        case forecast_case::kind::other_slices: return "other-slices";
        case forecast_case::kind::machine_lost: return "machine-lost";
    }
    return "";
}

std::string names(const std::vector<runner_choice>& runners) {
    constexpr std::size_t most = 4;
    std::string text;
    for (std::size_t i = 0; i < std::min(most, runners.size()); ++i) {
        text += (i == 0 ? "" : ", ") + printable(to_string(runners[i]));
    }
    if (runners.size() > most) text += fmt::format(" and {} more", runners.size() - most);
    return text;
}

std::string title(const forecast_case& c) {
    switch (c.what) {
        case forecast_case::kind::as_it_is: return "As it is";
        case forecast_case::kind::missing_started: return "With " + names(c.runners) + " started";
        case forecast_case::kind::other_slices:
            return fmt::format("With {} of each queue that is divided",
                               counted(c.slices, "slice", "slices"));
        case forecast_case::kind::machine_lost: return "Without " + names(c.runners);
    }
    return "";
}

std::string stuck_text(const forecast_case& c) {
    std::string text;
    for (const stuck_slice& s : c.stuck) {
        text += fmt::format("{}{} of {}/", text.empty() ? "" : ", ",
                            counted(s.entries, "entry", "entries"), printable(s.queue));
        if (s.slices > 1) text += " slice " + slice_text(s.slice, s.slices);
    }
    return text;
}

bool has_range(const forecast_case& c) { return c.high_s > c.low_s && c.low_s > 0; }

std::string end_text(const forecast& f, const forecast_case& c) {
    std::string text = fmt::format("{} ({} UTC", age_text(c.ends_s), date_text(f.now_s + c.ends_s));
    if (has_range(c)) {
        text += fmt::format("; {} to {} at the fastest and slowest pace measured",
                            age_text(c.low_s), age_text(c.high_s));
    }
    return text + ")";
}

std::string outcome(const forecast& f, const forecast_case& c) {
    std::string text;
    if (!ends(c)) {
        text = "never ends: " + stuck_text(c) + " would have no runner";
        if (c.done == 0) return text + ".";
        text += fmt::format("; the other {} would be done in {}", grouped(c.done), end_text(f, c));
    } else if (c.ends_s == 0) {
        return "there is nothing to do.";
    } else {
        text = "ends in " + end_text(f, c);
    }
    if (!c.limit.empty()) {
        text += fmt::format(". {}/ decides it; {}", printable(c.limit), strength(c.source));
    }
    return text + ".";
}

std::string pace_text(const forecast_queue& q) {
    std::string text(word_for(q.source));
    if (q.pace.entries > 0) {
        text +=
            fmt::format(" over {}, {:.3g} to {:.3g}", counted(q.pace.entries, "entry", "entries"),
                        q.pace.low_s, q.pace.high_s);
    }
    return text;
}

std::vector<std::string> assumptions(const forecast& f) {
    std::vector<std::string> texts;
    if (f.assumed_running) {
        texts.emplace_back(
            "Every slice has a runner; --running states what runs, --slices how many slices there "
            "are.");
    }
    texts.emplace_back(
        "Posts that arrive from now on are not counted: runners take them after what lies there.");
    texts.emplace_back(
        "No delivery fails, no runner ends, and the mail server answers several runners as fast as "
        "one.");
    texts.emplace_back(
        "Each runner keeps its pace however many work beside it: on one machine, processors and "
        "disk may be shared.");
    const auto has = [&](std::string_view queue) {
        return std::any_of(f.queues.begin(), f.queues.end(), [&](const forecast_queue& q) {
            return q.queue == queue && q.entries > 0;
        });
    };
    if (has("retry")) {
        texts.emplace_back(
            "retry/ is emptied now; its runner does so every 15 minutes, so add up to that.");
    }
    const bool in_hand = std::any_of(f.queues.begin(), f.queues.end(),
                                     [](const forecast_queue& q) { return q.in_hand > 0; });
    if (in_hand) texts.emplace_back("Entries in hand (.bak) need their whole time again.");
    if (has("in") || has("pipeline") || has("virgin")) {
        texts.emplace_back("Each post goes to its list's members and archive; none is held.");
    }
    for (const live_queue& q : f.left_out) {
        texts.push_back(fmt::format("{} of {}/ {} left out: its runner is not simulated.",
                                    counted(q.entries.size(), "entry", "entries"),
                                    printable(q.queue), q.entries.size() == 1 ? "is" : "are"));
    }
    return texts;
}

std::uint64_t entries_of(const forecast& f) {
    std::uint64_t sum = 0;
    for (const forecast_queue& q : f.queues) sum += q.entries;
    return sum;
}

}  // namespace

std::string forecast_text(const forecast& f) {
    std::string text =
        fmt::format("{} ({}), {} UTC: {} to do\n\n", printable(f.root), to_string(f.version),
                    date_text(f.now_s), counted(entries_of(f), "entry", "entries"));
    text_table table({{"queue"},
                      {"entries", right},
                      {"slices", right},
                      {"runners", right},
                      {"seconds each", right},
                      {"from"}});
    for (const forecast_queue& q : f.queues) {
        table.add({printable(q.queue) + '/', q.entries == 0 ? "." : grouped(q.entries),
                   std::to_string(q.slices), std::to_string(q.runners),
                   fmt::format("{:.3g}", q.pace.mean_s), pace_text(q)});
    }
    text += table.to_text() + "\nWhen the last of them has left the site\n";
    for (const forecast_case& c : f.cases) {
        text += wrapped(title(c) + ": " + outcome(f, c), "  ", 4);
    }
    text += "\nAssumed\n";
    for (const std::string& a : assumptions(f)) text += wrapped(a, "  - ", 4);
    return text;
}

std::string forecast_summary(const forecast& f) {
    std::string text;
    for (const forecast_case& c : f.cases) text += wrapped(title(c) + ": " + outcome(f, c), "", 2);
    return text;
}

json forecast_json(const forecast& f) {
    json j;
    j["format"] = 1;
    j["directory"] = f.root;
    j["version"] = to_string(f.version);
    j["now_s"] = f.now_s;
    j["entries"] = entries_of(f);
    j["assumed_running"] = f.assumed_running;
    j["queues"] = json::array();
    for (const forecast_queue& q : f.queues) {
        j["queues"].push_back({{"queue", q.queue},
                               {"entries", q.entries},
                               {"in_hand", q.in_hand},
                               {"slices", q.slices},
                               {"runners", q.runners},
                               {"pace_s", q.pace.mean_s},
                               {"pace_low_s", q.pace.low_s},
                               {"pace_high_s", q.pace.high_s},
                               {"pace_entries", q.pace.entries},
                               {"pace_source", word_for(q.source)}});
    }
    j["left_out"] = json::array();
    for (const live_queue& q : f.left_out) {
        j["left_out"].push_back({{"queue", q.queue}, {"entries", q.entries.size()}});
    }
    j["cases"] = json::array();
    for (const forecast_case& c : f.cases) {
        json one;
        one["case"] = name_of(c.what);
        one["runners"] = json::array();
        for (const runner_choice& r : c.runners) one["runners"].push_back(to_string(r));
        if (c.what == forecast_case::kind::other_slices) one["slices"] = c.slices;
        one["ends"] = ends(c);
        one["last_s"] = c.ends_s;
        one["low_s"] = has_range(c) ? json(c.low_s) : json();
        one["high_s"] = has_range(c) ? json(c.high_s) : json();
        one["done"] = c.done;
        one["stuck"] = json::array();
        for (const stuck_slice& s : c.stuck) {
            one["stuck"].push_back({{"queue", s.queue},
                                    {"slice", s.slice},
                                    {"slices", s.slices},
                                    {"entries", s.entries}});
        }
        one["decided_by"] = c.limit;
        one["pace_source"] = word_for(c.source);
        j["cases"].push_back(std::move(one));
    }
    j["assumptions"] = assumptions(f);
    return j;
}

}  // namespace qslice::sim
