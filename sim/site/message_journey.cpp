#include "sim/site/message_journey.hpp"

#include "sim/text/plain_words.hpp"
#include "sim/text/text_table.hpp"

#include <fmt/format.h>

#include <cctype>
#include <set>

namespace qslice::sim::diagnosis {

namespace {

/// The runner that wrote an entry: "out slice 2/4 (pid 77)", or its pid alone.
std::string writer_of(const site_history& history, const journey_step& step) {
    for (const runner_run& run : history.runs) {
        if (run.machine != step.machine || run.pid != step.pid ||
            step.time < run.started.value_or(step.time) ||
            step.time > run.ended.value_or(step.time)) {
            continue;
        }
        return printable(run.runner) +
               (run.slice ? " slice " + slice_text(*run.slice, run.slices) : std::string()) +
               fmt::format(" (pid {})", step.pid);
    }
    return fmt::format("pid {}", step.pid);
}

}  // namespace

bool names_message(std::string_view text, std::string_view id) noexcept {
    const auto is_part = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
               std::string_view("!#$%&*+-/=?^_`{|}~.@").find(c) != std::string_view::npos;
    };
    if (id.empty()) return false;
    for (std::size_t at = text.find(id); at != std::string_view::npos; at = text.find(id, at + 1)) {
        const std::size_t end = at + id.size();
        const bool begins = at == 0 || !is_part(text[at - 1]) || text[at - 1] == '=';
        if (begins && (end == text.size() || !is_part(text[end]))) return true;
    }
    return false;
}

std::string journey_text(const site_history& history, std::string_view id) {
    std::set<std::size_t> machines;
    for (const journey_step& step : history.journey) machines.insert(step.machine);
    std::string text = fmt::format("Message <{}>: {} of {}\n", printable(id),
                                   counted(history.journey.size(), "entry", "entries"),
                                   counted(machines.size(), "machine", "machines"));
    if (history.journey.empty()) return text + "\nNo entry of these logs names it.\n";
    text_table table({{"time"}, {"machine"}, {"process"}, {"entry"}});
    for (const journey_step& step : history.journey) {
        table.add({date_text(step.time), printable(history.machines[step.machine].name),
                   writer_of(history, step), printable(step.text)});
    }
    return text + '\n' + table.to_text();
}

nlohmann::ordered_json journey_json(const site_history& history, std::string_view id) {
    auto steps = nlohmann::ordered_json::array();
    for (const journey_step& step : history.journey) {
        steps.push_back({{"time", step.time},
                         {"machine", printable(history.machines[step.machine].name)},
                         {"process", writer_of(history, step)},
                         {"place", printable(step.place)},
                         {"text", printable(step.text)}});
    }
    return {{"message_id", printable(id)}, {"entries", std::move(steps)}};
}

}  // namespace qslice::sim::diagnosis
