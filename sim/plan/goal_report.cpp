#include "sim/plan/goal_report.hpp"

#include "sim/record/site_words.hpp"
#include "sim/text/plain_words.hpp"
#include "sim/text/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace qslice::sim {

namespace {

using json = nlohmann::ordered_json;

std::string seconds(double s) { return std::isinf(s) ? "without end" : fmt::format("{:.3g} s", s); }

std::string number_after(std::uint64_t n, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", n, n == 1 ? one : many);
}

/// "19 of 20"
std::string held_text(const plan_trial& t) {
    return fmt::format("{} of {}", t.held, t.values.size());
}

/// In how many simulations one slice fewer meets the goal, or why it was not tried.
std::string one_less_text(const planned_runner& r) {
    if (r.slices == 1) return "";
    return r.one_less ? held_text(*r.one_less) : "overloaded";
}

std::string table_text(const goal_plan& plan) {
    using align = text_table::align;
    const std::string& figure = plan.goal.figure;
    text_table table({{"runner", align::left},
                      {"entries", align::right},
                      {"work", align::right},
                      {"by load", align::right},
                      {"theory", align::right},
                      {"slices", align::right},
                      {"busy", align::right},
                      {"wait: theory", align::right},
                      {"found", align::right},
                      {"one fewer: met", align::right}});
    for (const planned_runner& r : plan.runners) {
        table.add({r.load.runner + (r.on_the_way ? " *" : ""), grouped(r.load.entries),
                   seconds(r.load.service_s), grouped(r.by_load), grouped(r.by_bound),
                   grouped(r.slices), share_text(r.bound.utilisation), seconds(r.wait_bound_s),
                   seconds(r.wait_found_s), plan.met() ? one_less_text(r) : ""});
    }
    std::string text = table.to_text();
    return text +
           wrapped(fmt::format("(* on the path of the goal. work: mean time per entry. by load: "
                               "minimum number of slices without overload. theory: slices, and {} "
                               "of the wait, with which the simulations start. busy: runner "
                               "utilisation. found: the simulated wait, maximum of the runs. one "
                               "fewer: simulations that meet the goal with one slice fewer.)",
                               figure),
                   "  ", 2);
}

std::string stream_text(const goal_plan& plan) {
    std::string text = fmt::format("{} within {}", counted(plan.posts, words().item, words().items),
                                   age_text(plan.duration_s));
    if (plan.duration_s > 0) {
        text += fmt::format(", {:.3g} per hour on average",
                            3600 * static_cast<double>(plan.posts) / plan.duration_s);
    }
    // At one minute or the nearest measured window: long enough for a series, short compared with a
    // day.
    const auto minute =
        std::find_if(plan.dispersion.begin(), plan.dispersion.end(),
                     [](const arrival_dispersion::point& p) { return p.window_s >= 60; });
    if (minute != plan.dispersion.end()) {
        text += fmt::format("; the number of posts per {} varies {:.3g} times as much as at random",
                            age_text(minute->window_s), minute->index);
    }
    return text;
}

/// The runner on the path that waits longest for locks; null: none waits notably.
const planned_runner* held_up(const goal_plan& plan) {
    const planned_runner* worst = nullptr;
    double most = 1.5;
    for (std::size_t r = 0; r < plan.runners.size(); ++r) {
        if (!plan.runners[r].on_the_way) continue;
        const double ratio = plan.chosen.services[r] / plan.runners[r].load.service_s;
        if (ratio > most) {
            most = ratio;
            worst = &plan.runners[r];
        }
    }
    return worst;
}

/// "with 95% confidence in at least 86.1% of such runs"
std::string confidence_text(const plan_check& check) {
    return fmt::format("with {:g}% confidence in at least {:.3g}% of such runs",
                       100 * check.confidence, std::floor(1000 * check.least_share) / 10);
}

/// What one slice fewer would do.
std::string one_less_sentence(const goal_plan& plan) {
    std::vector<std::string> tried;
    std::vector<std::string> overloaded;
    for (const planned_runner& r : plan.runners) {
        if (r.slices == 1) continue;
        if (r.one_less) {
            tried.push_back(fmt::format("{} ({})", held_text(*r.one_less), r.load.runner));
        } else {
            overloaded.push_back(r.load.runner);
        }
    }
    if (tried.empty() && overloaded.empty()) return "No runner needs a second slice for it.";
    std::string text = "With one slice fewer of a single runner ";
    if (!tried.empty()) text += fmt::format("it is met in {}", fmt::join(tried, ", "));
    if (!tried.empty() && !overloaded.empty()) text += "; ";
    if (!overloaded.empty()) {
        text += fmt::format("it would be overloaded: {}", fmt::join(overloaded, ", "));
    }
    return text + '.';
}

std::string met_text(const goal_plan& plan) {
    const plan_trial& t = plan.check ? plan.check->trial : plan.chosen;
    return fmt::format(
        "The goal {} is met in {} {}, at worst {}{}. {}", plan.goal.wanted.text, held_text(t),
        plan.check ? "simulations with fresh seeds" : "simulations, by which it was chosen",
        seconds(t.worst), plan.check ? ": " + confidence_text(*plan.check) : "",
        one_less_sentence(plan));
}

/// The runner whose work alone takes longer than the goal allows; null: none does.
const planned_runner* limiting(const goal_plan& plan) {
    if (plan.goal.wanted.measure.starts_with("wait.")) return nullptr;
    for (const planned_runner& r : plan.runners) {
        if (r.on_the_way && r.load.service_at_goal_s >= plan.goal.wanted.value) return &r;
    }
    return nullptr;
}

std::string not_met_text(const goal_plan& plan) {
    const plan_trial& t = plan.check ? plan.check->trial : plan.chosen;
    std::string text = fmt::format(
        "The goal {} is {} with the maximum number of slices tried ({}): {}at worst {}",
        plan.goal.wanted.text, plan.check ? "not always met" : "not met", slices_text(plan),
        plan.check ? fmt::format("in {} simulations with fresh seeds, {}; ", held_text(t),
                                 confidence_text(*plan.check))
                   : "",
        seconds(t.worst));
    if (!plan.check) {
        text += " in " + number_after(t.values.size(), "simulation", "simulations");
    }
    if (t.unfinished > 0) {
        text += fmt::format(", with {} unfinished at the end",
                            counted(t.unfinished, words().item, words().items));
    }
    if (const planned_runner* runner = limiting(plan)) {
        const bool delivers = words().mail && runner->load.queue == "out";
        return text +
               fmt::format(
                   ". {} is the limit, not the number of slices: {} takes {} ({}) by itself, "
                   "without any wait, which is no less than the goal.",
                   delivers ? "The mail server" : "The work of " + runner->load.runner,
                   delivers ? "a delivery" : "an entry", seconds(runner->load.service_at_goal_s),
                   plan.goal.figure);
    }
    double service = 0;
    double sleep = 0;
    for (const planned_runner& r : plan.runners) {
        if (!r.on_the_way) continue;
        service += r.load.service_s;
        sleep += r.load.sleep_s;
    }
    text += fmt::format(
        ". More slices shorten neither the work itself, {} on average on the path, nor the sleep "
        "of idle runners, up to {}",
        seconds(service), seconds(sleep));
    if (plan.largest_share > 0) {
        const bool list = plan.keeps_together == affinity_kind::list;
        text += fmt::format(
            ". Nor do they divide the {} of one {}, which the policy keeps together: the largest "
            "has {} of all",
            words().items, list ? words().group : "sender", share_text(plan.largest_share));
    }
    if (const planned_runner* runner = held_up(plan)) {
        const auto at = static_cast<std::size_t>(runner - plan.runners.data());
        text += fmt::format(
            ". Nor do they shorten waits for list locks: with this many slices a {} takes {} per "
            "entry instead of {}, since another runner holds the list's lock most of that time",
            runner->load.runner, seconds(t.services[at]), seconds(runner->load.service_s));
    } else if (t.unfinished > 0 || plan.check) {
        text += "; --max-slices allows more";
    }
    return text + '.';
}

/// What the program's own site has; empty: it has none.
std::string built_text(const goal_plan& plan) {
    std::string text;
    for (const planned_runner& r : plan.runners) {
        if (r.built == 0) return "";
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", r.load.runner, r.built);
    }
    return fmt::format(
        "The site as it is built has {}. Here its queues are divided equally; the "
        "numbers for its topology are those of the column slices.",
        text);
}

std::string machines_text(const goal_plan& plan) {
    std::string text =
        wrapped(plan.machines.size() == 1
                    ? "One machine is enough."
                    : fmt::format("{} machines, none of which runs two slices of the same runner. "
                                  "On average {:.2g} runners are busy at the same time, so fewer "
                                  "machines with more processors are also enough.",
                                  plan.machines.size(), plan.at_work),
                "  ", 2);
    constexpr std::size_t shown = 8;
    for (std::size_t m = 0; m < std::min(plan.machines.size(), shown); ++m) {
        std::string runners;
        for (const runner_choice& r : plan.machines[m].runners) runners += ' ' + to_string(r);
        text += wrapped(plan.machines[m].name + ':' + runners, "  ", 4);
    }
    if (plan.machines.size() > shown) {
        text +=
            fmt::format(" and {} more; --json shows all of them\n", plan.machines.size() - shown);
    }
    return text;
}

json number(double x) { return std::isfinite(x) ? json(x) : json(nullptr); }

json trial_json(const goal_plan& plan, const plan_trial& trial) {
    json slices;
    for (std::size_t r = 0; r < plan.runners.size(); ++r) {
        slices[plan.runners[r].load.runner] = trial.slices[r];
    }
    json values = json::array();
    for (const double value : trial.values) values.push_back(number(value));
    return {{"slices", std::move(slices)},  {"met", trial.met},
            {"held", trial.held},           {"values", std::move(values)},
            {"worst", number(trial.worst)}, {"unfinished_posts", trial.unfinished}};
}

}  // namespace

std::string slices_text(const goal_plan& plan) {
    std::string text;
    for (const planned_runner& r : plan.runners) {
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", r.load.runner, r.slices);
    }
    return text;
}

std::string goal_text(const goal_plan& plan, const text_style& style) {
    std::string text =
        fmt::format("{}Slices for {}{}\n", style.heading(), plan.goal.wanted.text, style.end());
    text += wrapped(stream_text(plan), "  ", 2) + '\n';
    text += table_text(plan) + '\n';
    if (const std::string built = built_text(plan); !built.empty()) {
        text += wrapped(built, "  ", 2) + '\n';
    }
    if (plan.met()) {
        text += fmt::format("{}Machines{}\n", style.heading(), style.end());
        text += machines_text(plan) + '\n';
    }
    std::string outcome = wrapped(plan.met() ? met_text(plan) : not_met_text(plan), "", 0);
    outcome.insert(outcome.size() - 1, style.end());
    return text + std::string(plan.met() ? style.good() : style.bad()) + outcome;
}

json goal_json(const goal_plan& plan) {
    json runners = json::array();
    for (const planned_runner& r : plan.runners) {
        json runner = {{"runner", r.load.runner},
                       {"queue", r.load.queue},
                       {"on_the_way", r.on_the_way},
                       {"entries", r.load.entries},
                       {"entries_per_second", r.load.per_second},
                       {"service_s", r.load.service_s},
                       {"service_scv", r.load.service_scv},
                       {"service_at_goal_s", r.load.service_at_goal_s},
                       {"slices_by_load", r.by_load},
                       {"slices_by_bound", r.by_bound},
                       {"slices", r.slices},
                       {"utilisation", r.bound.utilisation},
                       {"dispersion", r.bound.dispersion},
                       {"wait_by_bound_s", number(r.wait_bound_s)},
                       {"wait_simulated_s", number(r.wait_found_s)},
                       {"one_less", r.one_less ? trial_json(plan, *r.one_less) : json(nullptr)}};
        if (r.built > 0) runner["built_slices"] = r.built;
        runners.push_back(std::move(runner));
    }
    json dispersion = json::array();
    for (const arrival_dispersion::point& p : plan.dispersion) {
        dispersion.push_back({{"window_s", p.window_s}, {"index", p.index}});
    }
    json machines = json::array();
    for (const machine_choice& m : plan.machines) {
        json of_machine = json::array();
        for (const runner_choice& r : m.runners) of_machine.push_back(to_string(r));
        machines.push_back({{"name", m.name}, {"runners", std::move(of_machine)}});
    }
    json check = nullptr;
    if (plan.check) {
        check = trial_json(plan, plan.check->trial);
        check["confidence"] = plan.check->confidence;
        check["least_share"] = plan.check->least_share;
    }
    return {{"goal", plan.goal.wanted.text},
            {"met", plan.met()},
            {"posts", plan.posts},
            {"duration_s", plan.duration_s},
            {"dispersion", std::move(dispersion)},
            {"runners", std::move(runners)},
            {"chosen", trial_json(plan, plan.chosen)},
            {"check", std::move(check)},
            {"machines", std::move(machines)},
            {"runners_at_work", plan.at_work},
            {"simulations", plan.simulations}};
}

}  // namespace qslice::sim
