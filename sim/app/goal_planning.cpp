#include "sim/app/goal_planning.hpp"

#include "sim/plan/goal_report.hpp"
#include "sim/plan/slice_search.hpp"
#include "sim/record/built_site.hpp"
#include "sim/record/site_words.hpp"
#include "sim/scenario/scenario_file.hpp"
#include "sim/scenario/time_text.hpp"
#include "sim/stream/make_stream.hpp"
#include "sim/stream/timing.hpp"
#include "sim/study/alternatives.hpp"
#include "sim/text/nearest_name.hpp"
#include "sim/text/progress.hpp"
#include "sim/text/text_table.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

namespace qslice::sim {

namespace {

constexpr std::array service_names{"list_load", "archive", "delivery", "delivery_per_recipient"};

/// Sets the time that the runners of a queue of the program's own site take.
/// @param text  "render=30s"
result<void> set_work(scenario& s, const std::string& text, std::size_t equals) {
    const std::string name = text.substr(0, equals);
    std::vector<std::string_view> queues;
    for (const built_site::runner& r : own_built_site()->runners) {
        if (r.takes_work) queues.emplace_back(r.queue);
    }
    if (std::find(queues.begin(), queues.end(), name) == queues.end()) {
        return failure(error_code::malformed, "--service",
                       "no runner takes from a queue '" + name + "'" + did_you_mean(name, queues));
    }
    std::string time = text.substr(equals + 1);
    if (!time.starts_with('{')) time = '"' + time + '"';
    const auto one =
        parse_scenario("[[work]]\nqueue = \"" + name + "\"\neach = " + time + "\n", "--service");
    if (!one) return failure(error_code::malformed, "--service", one.error().what);
    std::erase_if(s.work, [&](const queue_work& w) { return w.queue == name; });
    s.work.push_back(one->work.front());
    return {};
}

/// Sets the service times given on the command line.
result<scenario> with_services(scenario s, const std::vector<std::string>& texts) {
    for (const std::string& text : texts) {
        const std::size_t equals = text.find('=');
        if (equals == std::string::npos || equals + 1 == text.size()) {
            return failure(error_code::malformed, "--service",
                           "expected NAME=TIME, such as delivery=300ms; found '" + text + "'");
        }
        if (own_built_site() != nullptr && !own_built_site()->mail) {
            if (auto set = set_work(s, text, equals); !set) return failure(set.error());
            continue;
        }
        const std::string name = text.substr(0, equals);
        if (std::find(service_names.begin(), service_names.end(), name) == service_names.end()) {
            return failure(error_code::malformed, "--service",
                           "unknown service '" + name + "'" + did_you_mean(name, service_names));
        }
        auto changed = with_value(s, "services." + name, text.substr(equals + 1));
        if (!changed) return failure(error_code::malformed, "--service", changed.error().what);
        s = *std::move(changed);
    }
    return s;
}

/// The posts of a replication: from a file always the same, otherwise generated with the
/// replication's own seed.
result<std::function<result<message_stream>(std::uint64_t)>> stream_maker(
    const chosen_scenario& chosen, const goal_options& o) {
    double busiest = 0;
    if (!o.busiest.empty()) {
        const auto parsed = parse_time(o.busiest);
        if (!parsed || !(*parsed > 0)) {
            return failure(
                error_code::malformed, "--busiest",
                "expected a duration above 0, such as 1h or 2d; found '" + o.busiest + "'");
        }
        busiest = *parsed;
    }
    const bool synthetic = chosen.setting.stream.what == stream_choice::kind::synthetic;
    return std::function<result<message_stream>(std::uint64_t)>(
        [&chosen, synthetic, busiest](std::uint64_t seed) -> result<message_stream> {
            auto stream = synthetic ? make_stream(chosen.setting.stream, seed)
                                    : result<message_stream>(chosen.stream);
            if (stream && busiest > 0) keep_busiest(*stream, busiest);
            return stream;
        });
}

}  // namespace

option add_goal_options(command_options command, goal_options& o) {
    const option goal =
        command
            .add_option("--goal", o.goal,
                        "Find the minimum number of slices and machines for which this holds: "
                        "'latency.p99 < 30s', " +
                            std::string(words().mail
                                            ? "'latency.archiving.p95 < 1min', 'wait.out.mean < 2s'"
                                            : "'wait.QUEUE.mean < 2s'"))
            .type_name("TEXT");
    add_scenario_options(command, o.from);
    if (own_built_site() == nullptr) {
        command.get_option("SCENARIO")
            .description(
                "With --goal: the scenario that gives runners, posts and service times, a TOML "
                "file or "
                "a built-in name (default: three-machines)");
    }
    for (const char* name : {"--trace", "--posts", "--speedup"}) {
        command.get_option(name).needs(goal);
    }
    if (words().mail) command.get_option("--mbox").needs(goal);
    command
        .add_option("--service", o.services,
                    std::string(words().mail ? "Service time: list_load=, archive=, delivery= or "
                                               "delivery_per_recipient="
                                             : "Time of a queue's runners for an item: QUEUE=") +
                        " with a mean or '{mean=\"1s\", shape=\"lognormal\"}'")
        .type_name("NAME=TIME")
        .allow_extra_args(false)
        .needs(goal);
    command.add_option("--busiest", o.busiest, "Plan for the busiest period of this length: 1d")
        .type_name("TIME")
        .needs(goal);
    command
        .add_option("--replications", o.replications, "Number of simulations per choice of slices")
        .type_name("N")
        .check(whole_number(1, 1000))
        .capture_default_str()
        .needs(goal);
    command
        .add_option("--checks", o.checks,
                    "Number of simulations with fresh seeds that check the choice; 0: none")
        .type_name("N")
        .check(whole_number(0, 100'000))
        .capture_default_str()
        .needs(goal);
    command.add_option("--confidence", o.confidence, "Probability of what the checks show")
        .type_name("SHARE")
        .between(0.5, 0.9999)
        .capture_default_str()
        .needs(goal);
    command
        .add_option("--max-slices,--most-slices", o.most_slices,
                    "Maximum number of slices per runner to try")
        .type_name("N")
        .check(whole_number(1, 256))
        .capture_default_str()
        .needs(goal);
    return goal;
}

result<exit_status> plan_for_goal(session& s, const goal_options& o) {
    auto goal = parse_time_goal(o.goal);
    if (!goal) return failure(error_code::malformed, "--goal", goal.error().what);
    scenario_choices from = o.from;
    // A plan is for the traffic as recorded, not sped up to the default scenario's rate.
    const bool from_file = !from.trace.empty() || !from.mbox.empty();
    if (from_file && !from.speedup) from.speedup = 1;
    auto chosen = choose_scenario(from, s.options.seed);
    if (!chosen) return failure(chosen.error());
    auto site = with_services(chosen->setting, o.services);
    if (!site) return failure(site.error());
    auto stream = stream_maker(*chosen, o);
    if (!stream) return failure(stream.error());

    plan_setting setting{*std::move(site),         *std::move(goal),   o.most_slices,
                         o.replications,           o.checks,           o.confidence,
                         s.options.worker_count(), *std::move(stream), {}};
    result<goal_plan> plan = goal_plan{};
    {
        progress bar("planning", "simulations", 0, s.options.shows_progress());
        setting.simulated = [&bar] { bar.advance(); };
        plan = plan_slices(setting);
    }
    if (!plan) return failure(plan.error());
    if (s.options.json) {
        s.out.print("{}\n", goal_json(*plan).dump(2));
    } else if (s.options.quiet) {
        s.out.print("{}\n", slices_text(*plan));
    } else {
        s.out.write(goal_text(*plan, s.style));
    }
    return plan->met() ? exit_status::good : exit_status::broken;
}

}  // namespace qslice::sim
