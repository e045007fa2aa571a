/// @file
/// qslice-sim explore: searches for a run that breaks a guarantee, shrinks it, tells its story and
/// writes a scenario that reproduces it.
#include "sim/app/chosen_scenario.hpp"
#include "sim/app/command.hpp"
#include "sim/app/shared_work.hpp"
#include "sim/check/guarantees.hpp"
#include "sim/check/overtaking.hpp"
#include "sim/explore/exhaustive.hpp"
#include "sim/explore/explore.hpp"
#include "sim/explore/story.hpp"
#include "sim/explore/trial.hpp"
#include "sim/record/built_site.hpp"
#include "sim/record/closed_set.hpp"
#include "sim/record/crash_rules.hpp"
#include "sim/record/site_words.hpp"
#include "sim/report/junit.hpp"
#include "sim/scenario/builtin_scenarios.hpp"
#include "sim/scenario/scenario_file.hpp"
#include "sim/text/nearest_name.hpp"
#include "sim/text/plain_words.hpp"
#include "sim/text/progress.hpp"
#include "sim/text/text_file.hpp"

#include <qslice/version.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace qslice::sim {

namespace {

struct explore_choices {
    std::string scenario{default_scenario};
    std::string guarantee;
    std::string cause;
    std::string out = "counterexample.toml";
    std::string junit;
    std::vector<std::string> vary;
    search_settings how;
    bool exhaustive = false;
    std::string crash{name_in(crash_scope_names, walk_settings().crash)};
    walk_settings walk;
};

template <class Names>
failure unknown(std::string option, std::string_view what, std::string_view given,
                const Names& names) {
    std::string all;
    for (const auto& name : names) all += (all.empty() ? "" : ", ") + std::string(name);
    const std::string meant = did_you_mean(given, names);
    return failure(error_code::malformed, std::move(option),
                   fmt::format("unknown {} '{}'{}", what, given,
                               meant.empty() ? "; expected one of " + all : meant));
}

result<void> read_names(explore_choices& choices) {
    search_settings& how = choices.how;
    if (!choices.guarantee.empty()) {
        std::vector<std::string_view> names;
        for (const guarantee_info& g : known_guarantees()) names.push_back(g.name);
        if (find_guarantee(choices.guarantee) == nullptr) {
            return unknown("--guarantee", "guarantee", choices.guarantee, names);
        }
        how.goal.guarantee = choices.guarantee;
    }
    if (!choices.cause.empty()) {
        std::vector<std::string> causes;
        for (const auto& [name, cause] : cause_table) {
            causes.push_back(in_words(name));
            if (choices.cause == name || choices.cause == causes.back()) how.goal.cause = cause;
        }
        if (!how.goal.cause) return unknown("--cause", "cause", choices.cause, causes);
    }
    if (choices.vary.empty()) return {};
    how.bounds.vary.clear();
    for (const std::string& wanted : choices.vary) {
        const auto* const known = find_row(variation_table, wanted);
        if (known == nullptr) {
            return unknown("--vary", "variation", wanted, names_in(variation_table));
        }
        how.bounds.vary.push_back(known->value);
    }
    return {};
}

/// "other slice, equal times, ..."
std::string causes_in_words() {
    std::string words;
    for (const auto& [name, cause] : cause_table) {
        words.append(words.empty() ? "" : ", ").append(in_words(name));
    }
    return words;
}

/// "times, crashes, power, clocks, storage, outside (the default), configuration, crafted"
std::string variations_in_words() {
    std::string words;
    const search_bounds bounds;
    for (const auto& [name, value] : variation_table) {
        words.append(words.empty() ? "" : ", ").append(name);
        if (value == bounds.vary.back()) words += " (the default)";
    }
    return words;
}

/// What a search or a walk says of each guarantee that it looked for.
/// @param found       null: no counterexample
/// @param unfinished  why the end was not reached; empty: it was
result<void> write_junit(const explore_choices& choices, const scenario& base,
                         const counterexample* found, const std::string& unfinished) {
    if (choices.junit.empty()) return {};
    // What a policy promises shows with any post.
    scenario small = base;
    small.faults.clear();
    small.stream.times_s.clear();
    small.stream.posts = 1;
    if (small.stream.listed.size() > 1) small.stream.listed.resize(1);
    const auto played = play(small);
    if (!played) return failure(played.error());
    junit_suite suite{
        base.name, {{"qslice", std::string(version_text)}, {"scenario", choices.scenario}}, {}, {}};
    if (found != nullptr) {
        suite.properties.emplace_back("seed", std::to_string(found->seed));
        suite.properties.emplace_back("replay", command_text("run", {choices.out}));
    }
    const std::string& goal = choices.how.goal.guarantee;
    for (const guarantee_info& g : known_guarantees()) {
        if (!goal.empty() && g.name != goal) continue;
        using outcome = junit_case::outcome;
        junit_case c{"guarantees", std::string(g.name), outcome::passed, {}, {}};
        if (found != nullptr && found->broken.name == g.name) {
            c.result = outcome::failed;
            c.message = found->broken.because;
            c.text = found->story;
        } else if (goal.empty() && !promises(played->record, g.name)) {
            c.result = outcome::skipped;
            c.message = "the policy does not promise it";
        } else if (found != nullptr) {
            c.result = outcome::skipped;
            c.message = "the search ended with a counterexample of " + found->broken.name;
        } else if (!unfinished.empty()) {
            c.result = outcome::error;
            c.message = unfinished;
        }
        suite.cases.push_back(std::move(c));
    }
    return write_text_file(choices.junit, to_junit(suite));
}

void print_json(session& s, const search_result& done, const explore_choices& choices) {
    nlohmann::ordered_json json{{"runs", done.runs},
                                {"posts", done.posts},
                                {"accepted", done.accepted},
                                {"faults", done.faults},
                                {"crashes", done.crashes},
                                {"storage_calls", done.storage_calls},
                                {"found", done.found.has_value()}};
    if (done.found) {
        json["seed"] = done.found->seed;
        json["guarantee"] = done.found->broken.name;
        json["because"] = done.found->broken.because;
        json["story"] = done.found->story;
        json["shrink_runs"] = done.found->shrink_runs;
        json["scenario"] = write_scenario(done.found->setting);
        json["file"] = choices.out;
    }
    s.out.print("{}\n", json.dump(2));
}

void print_found(session& s, const counterexample& c, const explore_choices& choices) {
    if (!s.options.quiet) s.out.print("\n{}\n", c.story);
    s.out.print("{} run {} reproduces it.\n", program_name(), shell_word(choices.out));
}

void print_text(session& s, const search_result& done, const explore_choices& choices) {
    s.out.print("{} with {}, {} and {}; {}.\n", counted(done.runs, "run", "runs"),
                counted(done.posts, words().item, words().items),
                counted(done.faults, "fault", "faults"), counted(done.crashes, "crash", "crashes"),
                counted(done.storage_calls, "storage call", "storage calls"));
    if (!done.found) {
        const std::string what = choices.how.goal.guarantee.empty()
                                     ? "broke none of the policy's guarantees"
                                     : "never broke " + choices.how.goal.guarantee;
        if (done.accepted == 0) {
            s.out.print("{}Nothing was shown:{} none of the {} was accepted.\n", s.style.warning(),
                        s.style.end(), words().items);
            return;
        }
        s.out.print("{}No counterexample:{} they {}.\n", s.style.good(), s.style.end(), what);
        return;
    }
    const counterexample& c = *done.found;
    s.out.print("{}Seed {} breaks {}.{} Shrunk in {}: from {} to {}.\n", s.style.bad(), c.seed,
                c.broken.name, s.style.end(), counted(c.shrink_runs, "run", "runs"),
                size_of(c.found), size_of(c.setting));
    print_found(s, c, choices);
}

void print_walk(session& s, const walk_result& done, const explore_choices& choices) {
    const walk_settings& how = choices.walk;
    const std::string delays =
        how.delays ? "up to " + counted(*how.delays, "delay", "delays") : "any number of delays";
    s.out.print(
        "{} executions with {} and up to {} ({}): {}, {} of them to a state already visited.\n",
        done.complete ? "All" : "Not all", delays, counted(how.crashes, "crash", "crashes"),
        name_in(crash_scope_names, how.crash), counted(done.runs, "run", "runs"),
        grouped(done.cut));
    s.out.print("{} with several continuations, {}; {}, {}.\n",
                counted(done.questions, "place", "places"),
                counted(done.states, "different state", "different states"),
                counted(done.crash_points, "crash point", "crash points"),
                counted(done.crash_runs, "run with a crash", "runs with a crash"));
    if (done.unseen > 0) {
        s.out.print("{} more where all continuations but one are equivalent.\n",
                    counted(done.unseen, "place", "places"));
    }
    if (done.found) {
        s.out.print("{}Run {} breaks {}.{}\n", s.style.bad(), grouped(done.runs),
                    done.found->broken.name, s.style.end());
        return print_found(s, *done.found, choices);
    }
    const std::string what = choices.how.goal.guarantee.empty() ? "any of the policy's guarantees"
                                                                : choices.how.goal.guarantee;
    if (done.complete) {
        s.out.print("{}No counterexample:{} none of these executions breaks {}.\n", s.style.good(),
                    s.style.end(), what);
    } else {
        s.out.print("{}No counterexample so far;{} --max-runs was reached.\n", s.style.warning(),
                    s.style.end());
    }
}

result<exit_status> walk(session& s, const scenario& base, explore_choices& choices) {
    choices.walk.goal = choices.how.goal;
    choices.walk.crash = find_row(crash_scope_names, choices.crash)->value;
    result<walk_result> done = walk_result{};
    {
        progress bar("walking", "runs", 0, s.options.shows_progress());
        choices.walk.on_run = [&bar](const trial&, bool) { bar.advance(); };
        choices.walk.on_estimate = [&bar](std::uint64_t runs) { bar.expect(runs); };
        choices.walk.jobs = s.options.worker_count();
        done = walk_all(base, choices.walk);
    }
    if (!done) return failure(done.error());
    if (done->found) {
        const auto written = write_text_file(choices.out, write_scenario(done->found->setting));
        if (!written) return failure(written.error());
    }
    const counterexample* const found = done->found ? &*done->found : nullptr;
    if (auto written = write_junit(choices, base, found,
                                   done->complete ? "" : "--max-runs was reached before the end");
        !written) {
        return failure(written.error());
    }
    if (s.options.json) {
        nlohmann::ordered_json json{{"complete", done->complete},
                                    {"runs", done->runs},
                                    {"cut", done->cut},
                                    {"questions", done->questions},
                                    {"states", done->states},
                                    {"unseen", done->unseen},
                                    {"crash_points", done->crash_points},
                                    {"crash_runs", done->crash_runs},
                                    {"found", done->found.has_value()}};
        if (done->found) {
            json["guarantee"] = done->found->broken.name;
            json["because"] = done->found->broken.because;
            json["story"] = done->found->story;
            json["scenario"] = write_scenario(done->found->setting);
            json["file"] = choices.out;
        }
        s.out.print("{}\n", json.dump(2));
    } else {
        print_walk(s, *done, choices);
    }
    // A walk that was not finished has shown nothing.
    return done->found || !done->complete ? exit_status::broken : exit_status::good;
}

result<exit_status> run(session& s, explore_choices& choices, work_group& group) {
    if (auto read = read_names(choices); !read) return failure(read.error());
    const auto base = agreed(group, find_scenario(choices.scenario));
    if (!base) return failure(base.error());
    if (choices.exhaustive) {
        if (group.members() > 1) {
            return failure(error_code::malformed, "--exhaustive",
                           "--exhaustive runs as a single process; start it without mpirun");
        }
        return walk(s, *base, choices);
    }
    search_settings& how = choices.how;
    how.jobs = s.options.worker_count();
    how.group = &group;
    if (s.options.seed) how.first_seed = *s.options.seed;
    result<search_result> done = search_result{};
    {
        // This process's share of the seeds.
        progress bar("searching", "seeds", how.seeds / group.members(),
                     s.options.shows_progress() && group.number() == 0);
        how.on_seed = [&bar] { bar.advance(); };
        done = explore(*base, how);
    }
    if (!done) return failure(done.error());
    // Of a site that takes no posts, every guarantee is true.
    const bool shows = done->found || done->accepted > 0;
    const exit_status status = done->found || !shows ? exit_status::broken : exit_status::good;
    if (group.number() != 0) return status;
    if (done->found) {
        const auto written = write_text_file(choices.out, write_scenario(done->found->setting));
        if (!written) return failure(written.error());
    }
    const counterexample* const found = done->found ? &*done->found : nullptr;
    const std::string unfinished = shows ? "" : "no post was accepted";
    if (auto written = write_junit(choices, *base, found, unfinished); !written) {
        return failure(written.error());
    }
    if (s.options.json) {
        print_json(s, *done, choices);
    } else {
        print_text(s, *done, choices);
    }
    return status;
}

}  // namespace

void add_explore_command(command_options program, command_line& line) {
    const auto choices = std::make_shared<explore_choices>();
    command_options command = add_command(
        program, line, "explore", "Search for a run that breaks a guarantee",
        [choices](session& s) {
            return run_shared([&](work_group& group) { return run(s, *choices, group); });
        });
    command.add_option("SCENARIO", choices->scenario, scenario_to_start_from()).type_name("");
    command.add_option("--seeds", choices->how.seeds, "Number of random variations to try")
        .type_name("N")
        .check(whole_number(1, 1'000'000'000))
        .capture_default_str();
    command
        .add_option("--guarantee", choices->guarantee,
                    "Search for a run that breaks this guarantee, whether its assumptions hold or "
                    "not (default: any guarantee that the policy makes)")
        .type_name("NAME");
    command
        .add_option("--cause", choices->cause,
                    "Only overtaking with this cause: " + causes_in_words())
        .type_name("CAUSE");
    command.add_option("--vary", choices->vary, "Vary these: " + variations_in_words())
        .type_name("WHAT,...")
        .delimiter(',');
    command
        .add_option(
            words().mail ? "--max-posts,--most-posts" : "--max-items,--max-posts,--most-posts",
            choices->how.bounds.most_posts,
            fmt::format("Maximum number of {} per run", words().items))
        .type_name("N")
        .check(whole_number(1, 100'000))
        .capture_default_str();
    command
        .add_option("--max-faults,--most-faults", choices->how.bounds.most_faults,
                    "Maximum number of faults per run")
        .type_name("N")
        .check(whole_number(1, 1'000))
        .capture_default_str();
    command
        .add_option("--shrink-runs", choices->how.most_shrink_runs,
                    "Shrink the counterexample in at most this many runs; 0: do not shrink it")
        .type_name("N")
        .check(whole_number())
        .capture_default_str();
    const option exhaustive = command.add_flag(
        "--exhaustive", choices->exhaustive,
        "Instead walk every possible execution of a small scenario: orders of storage "
        "calls, crash points, states after a crash");
    command
        .add_option(
            "--delays", choices->walk.delays,
            "Exhaustive: maximum number of delayed steps per execution (default: unlimited)")
        .type_name("N")
        .check(whole_number(0, 1'000))
        .needs(exhaustive);
    command
        .add_option("--crashes", choices->walk.crashes,
                    "Exhaustive: maximum number of crashes per execution")
        .type_name("N")
        .check(whole_number(0, 10))
        .capture_default_str()
        .needs(exhaustive);
    command
        .add_option(
            "--crash", choices->crash,
            "Exhaustive: what crashes: a process, a machine or all machines (power); or what "
            "stands still for any time: a process (pause)")
        .one_of(names_in(crash_scope_names))
        .capture_default_str()
        .needs(exhaustive);
    command
        .add_flag("--every-step", choices->walk.every_step,
                  "Exhaustive: also walk executions equivalent to others, such as other orders "
                  "of a write to an entry that is not yet in its queue")
        .needs(exhaustive);
    command
        .add_option("--max-runs,--most-runs", choices->walk.most_runs,
                    "Exhaustive: maximum number of runs")
        .type_name("N")
        .check(whole_number(1))
        .capture_default_str()
        .needs(exhaustive);
    command
        .add_option("--out", choices->out,
                    "File for the scenario that reproduces the counterexample")
        .type_name("FILE")
        .capture_default_str();
    add_junit_option(command, choices->junit);
    add_seed_option(command, line.options);
    add_jobs_option(command, line.options);
}

}  // namespace qslice::sim
