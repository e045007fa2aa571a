#include "sim/plan/change_report.hpp"

#include "sim/text/plain_words.hpp"
#include "sim/text/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace qslice::sim {

namespace {

using diagnosis::mailman_version;
using json = nlohmann::ordered_json;

std::string short_form(const hash_share& s) {
    if (!s.exact()) return fmt::format("{:.2f}%", 100 * s.value);
    return s.fraction == "0" ? "-" : in_words(s);
}

std::string range_text(const std::optional<hash_range>& range) {
    // The leading digits are enough for people; JSON has all of them.
    constexpr std::size_t shown = 8;
    if (!range) return {};
    return fmt::format("{}... to {}...", range->lower.hex().substr(0, shown),
                       range->upper.hex().substr(0, shown));
}

std::string slices_in_words(const any_partition& p) {
    return counted(p.slice_count(), "slice", "slices") + " (" + p.text() + ")";
}

std::string moves_table(const slice_change& change) {
    text_table table({{"from slice", text_table::align::right},
                      {"to slice", text_table::align::right},
                      {"share of all entries", text_table::align::left},
                      {"hashes", text_table::align::left},
                      {"", text_table::align::left}});
    const std::size_t shown = std::min(change.moves.size(), most_rows);
    for (std::size_t i = 0; i < shown; ++i) {
        const slice_move& move = change.moves[i];
        table.add({fmt::format("{} of {}", move.from, change.before.slice_count()),
                   fmt::format("{} of {}", move.to, change.after.slice_count()),
                   short_form(move.share), range_text(move.range),
                   move.from == move.to ? "stays" : ""});
    }
    return table.to_text() + left_out_text(shown, change.moves.size());
}

std::string rolling_text(const slice_change& change, const text_style& style) {
    const std::uint64_t machines =
        std::max(change.before.slice_count(), change.after.slice_count());
    std::string text = fmt::format("{}If machines are changed one after another{}\n",
                                   style.heading(), style.end());
    text_table table({{"have the new number", text_table::align::left},
                      {"taken by none", text_table::align::left},
                      {"taken by two", text_table::align::left}});
    // All if there are few; otherwise an even sample.
    const std::size_t stride = (change.rolling.size() + most_rows - 1) / most_rows;
    for (std::size_t i = 0; i < change.rolling.size(); i += std::max<std::size_t>(stride, 1)) {
        const rolling_step& step = change.rolling[i];
        table.add({fmt::format("{} of {} machines", step.changed, machines), short_form(step.none),
                   short_form(step.two)});
    }
    text += table.to_text();
    text += wrapped(
        "(slice k on machine k.) Entries that no runner takes wait without any error. Entries that "
        "two runners take are handled by the one that renames first; but a starting runner "
        "recovers any .bak in its slice as left by a crash, while the other may still be "
        "processing it: then that message is delivered twice. Therefore all machines must be "
        "changed together, with all runners stopped.",
        "  ", 2);
    return text;
}

std::string names_of(const std::vector<runner_choice>& runners) {
    std::string text;
    for (const runner_choice& r : runners) text += (text.empty() ? "" : ", ") + to_string(r);
    return text.empty() ? "nobody" : text;
}

std::string running_text(const running_report& report, const text_style& style) {
    const takers_result& t = report.takers;
    std::string text =
        fmt::format("{}The {}s that run{}\n", style.heading(), report.runner, style.end());
    text += wrapped(fmt::format("Taken by exactly one runner: {}. By none, so it waits forever: "
                                "{}. By two or more: {}.",
                                in_words(t.one), in_words(t.none), in_words(t.several)),
                    "  ", 2);
    text_table table({{"hashes", text_table::align::left},
                      {"share", text_table::align::left},
                      {"taken by", text_table::align::left}});
    const std::size_t shown = std::min(t.wrong.size(), most_rows);
    for (std::size_t i = 0; i < shown; ++i) {
        table.add({range_text(t.wrong[i].range), short_form(t.wrong[i].share),
                   names_of(t.wrong[i].takers)});
    }
    if (!table.empty()) text += table.to_text();
    if (shown < t.wrong.size()) {
        text += fmt::format("  and {} more parts; --json shows all of them\n",
                            grouped(t.wrong.size() - shown));
    }
    return text;
}

std::string introduction(const slice_change& change) {
    std::string text = fmt::format(
        "{} of the entries stay in the slice with the same number, {} move to another one.",
        in_words(change.kept), in_words(change.moved));
    if (change.least) {
        text +=
            fmt::format(" The minimum that any division must move is {}.", in_words(*change.least));
    }
    text +=
        " No file is moved or renamed: an entry's name keeps its hash, and once all runners have "
        "the new number, the runner whose slice contains the hash takes it.";
    if (change.counted > 0) {
        text += fmt::format(
            " Shares are estimated from {} random hashes, since this partition does not consist of "
            "ranges; the bounds are 95% confidence intervals.",
            grouped(change.counted));
    }
    if (change.before.overlaps() || change.after.overlaps()) {
        text +=
            " Mailman 3 also assigns the last hash of each slice to the next slice; that is one in "
            "2^160 and ignored here.";
    }
    return text;
}

json range_json(const std::optional<hash_range>& range) {
    if (!range) return nullptr;
    return {{"lower", range->lower.hex()}, {"upper", range->upper.hex()}};
}

json running_json(const running_report& report) {
    json wrong = json::array();
    for (const wrong_part& part : report.takers.wrong) {
        json takers = json::array();
        for (const runner_choice& r : part.takers) takers.push_back(to_string(r));
        json entry = share_json(part.share);
        entry["range"] = range_json(part.range);
        entry["taken_by"] = std::move(takers);
        wrong.push_back(std::move(entry));
    }
    return {{"runner", report.runner},
            {"taken_once", share_json(report.takers.one)},
            {"orphaned", share_json(report.takers.none)},
            {"taken_by_several", share_json(report.takers.several)},
            {"wrong", std::move(wrong)}};
}

}  // namespace

std::string in_words(const hash_share& s) {
    if (!s.exact()) return fmt::format("{:.2f}% to {:.2f}%", 100 * s.low, 100 * s.high);
    if (s.fraction == "0") return "nothing";
    if (s.fraction == "1") return "all";
    return fmt::format("{} ({:.1f}%)", s.fraction, 100 * s.value);
}

json share_json(const hash_share& s) {
    if (s.exact()) return {{"share", s.value}, {"fraction", s.fraction}};
    return {{"share", s.value}, {"low", s.low}, {"high", s.high}};
}

std::string left_out_text(std::size_t shown, std::size_t all) {
    if (shown >= all) return {};
    return fmt::format("  and {} more pairs of slices; --json shows all of them\n",
                       grouped(all - shown));
}

std::string procedures_text(const std::vector<procedure_step>& safe, const procedure_step& live,
                            const text_style& style) {
    std::string text = fmt::format("{}The safe way{}\n", style.heading(), style.end());
    const auto add = [&](const procedure_step& step, const std::string& mark) {
        text += wrapped(step.text, mark, mark.size());
        for (const std::string& command : step.commands) {
            text += fmt::format("       {}{}{}\n", style.accent(), command, style.end());
        }
    };
    std::size_t number = 0;
    for (const procedure_step& step : safe) add(step, fmt::format("  {}. ", ++number));
    text += fmt::format("\n{}While everything runs{}\n", style.heading(), style.end());
    add(live, "  ");
    return text;
}

void add_procedures(json& document, const std::vector<procedure_step>& safe,
                    const procedure_step& live) {
    const auto to_json = [](const procedure_step& step) {
        return json{{"text", step.text}, {"commands", step.commands}};
    };
    json& steps = document["procedure"] = json::array();
    for (const procedure_step& step : safe) steps.push_back(to_json(step));
    document["live_procedure"] = to_json(live);
}

std::vector<procedure_step> safe_procedure(const slice_change& change, mailman_version version) {
    const bool three = version == mailman_version::v3;
    const std::uint64_t n = change.after.slice_count();
    const std::string spool = three ? "/var/lib/mailman3/queue" : "/var/lib/mailman/qfiles";
    const std::string inspect = fmt::format(
        "qslice-sim inspect {} --slices {}{}", spool, n,
        change.after.kind() == "equal" ? "" : fmt::format(" --partition {}", change.after.kind()));
    std::vector<procedure_step> steps;
    steps.push_back(
        {"On every machine, stop Mailman. Each runner finishes its current message and exits. "
         "Posts may continue to arrive: they wait in the queues.",
         {three ? "mailman stop" : "mailmanctl stop"}});
    steps.push_back(
        {"On every machine, check that no runner is left: nothing may be printed. A remaining "
         "runner with the old number would orphan or duplicate messages.",
         {three ? "pgrep -af 'runner.*--runner='" : "pgrep -af 'qrunner.*--runner='"}});
    steps.push_back(
        {"Once, on any machine, look for .bak files. After a clean stop there are none; each is a "
         "message whose runner crashed. Leave them: the runner of the new slice requeues them when "
         "it starts (the third time they are preserved as .psv for inspection). Do not rename them "
         "by hand while any runner is running.",
         {fmt::format("find {} -name '*.bak'", spool)}});
    if (three) {
        steps.push_back({fmt::format("Set the new number, the same on every machine, in "
                                     "mailman.cfg (a power of two), for each runner that changes:"),
                         {"[runner.in]", fmt::format("instances: {}", n)}});
    } else {
        steps.push_back(
            {fmt::format("Set the new number, the same on every machine, in mm_cfg.py (QRUNNERS) "
                         "or wherever your site starts its runners, for each runner that changes; "
                         "together the machines must run each of the slices 0 to {} exactly once:",
                         n - 1),
             {fmt::format("qrunner --runner=IncomingRunner:0:{}", n),
              fmt::format("qrunner --runner=IncomingRunner:{}:{}", n - 1, n)}});
    }
    steps.push_back(
        {"Before starting anything, check how the waiting entries are divided among the new "
         "slices, and that each has one:",
         {inspect}});
    steps.push_back(
        {"Start Mailman on every machine.", {three ? "mailman start" : "mailmanctl start"}});
    steps.push_back(
        {"Collect the running runners from all machines, and check that every slice runs exactly "
         "once; then the queues should shrink:",
         {"pgrep -af -- --runner= > running-$(hostname)",
          inspect + " --running \"$(cat running-*)\""}});
    return steps;
}

procedure_step live_procedure(const slice_change& change, mailman_version version) {
    const std::string spool =
        version == mailman_version::v3 ? "/var/lib/mailman3/queue" : "/var/lib/mailman/qfiles";
    const std::string partition =
        change.after.kind() == "equal" ? "" : " --partition " + change.after.text();
    return {
        "Mailman's own runners have to be stopped. Runners that own their slices by leases, as "
        "qslice's can (docs/takeover.md), follow one command while they run, and the posts of "
        "each list stay in order as far as the policy keeps them so:",
        {fmt::format("qslice-sim reslice {} --slices {}{}", spool, change.after.slice_count(),
                     partition)}};
}

std::string change_text(const slice_change& change, const std::vector<running_report>& running,
                        mailman_version version, const text_style& style) {
    std::string text =
        fmt::format("{}From {} to {}{}\n", style.heading(), slices_in_words(change.before),
                    slices_in_words(change.after), style.end());
    text += wrapped(introduction(change), "  ", 2) + '\n';
    text += moves_table(change) + '\n';
    for (const running_report& report : running) text += running_text(report, style) + '\n';
    if (running.empty() && !change.rolling.empty()) text += rolling_text(change, style) + '\n';
    return text +
           procedures_text(safe_procedure(change, version), live_procedure(change, version), style);
}

json change_json(const slice_change& change, const std::vector<running_report>& running,
                 mailman_version version) {
    json moves = json::array();
    for (const slice_move& move : change.moves) {
        json entry{{"from", move.from}, {"to", move.to}};
        entry.update(share_json(move.share));
        entry["range"] = range_json(move.range);
        moves.push_back(std::move(entry));
    }
    json rolling = json::array();
    for (const rolling_step& step : change.rolling) {
        rolling.push_back({{"machines_changed", step.changed},
                           {"orphaned", share_json(step.none)},
                           {"taken_by_two", share_json(step.two)}});
    }
    json sets = json::array();
    for (const running_report& report : running) sets.push_back(running_json(report));
    json document{{"from", change.before.text()},
                  {"to", change.after.text()},
                  {"kept", share_json(change.kept)},
                  {"moved", share_json(change.moved)},
                  {"least", change.least ? share_json(*change.least) : json(nullptr)},
                  {"counted", change.counted},
                  {"moves", std::move(moves)},
                  {"one_after_another", std::move(rolling)},
                  {"running", std::move(sets)}};
    add_procedures(document, safe_procedure(change, version), live_procedure(change, version));
    return document;
}

}  // namespace qslice::sim
