/// @file
/// qslice-sim plan: how many slices a goal needs, or what a different number of slices changes.
#include "sim/app/command.hpp"
#include "sim/app/goal_planning.hpp"
#include "sim/model/simulation.hpp"
#include "sim/plan/change_report.hpp"
#include "sim/plan/site_change.hpp"
#include "sim/plan/slice_change.hpp"
#include "sim/record/built_site.hpp"
#include "sim/site/slice_plan.hpp"
#include "sim/text/nearest_name.hpp"

#include <qslice/partition/named_partition.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice::sim {

namespace {

struct plan_options {
    std::string from;
    std::string to;
    std::string queue;  ///< of a site of one's own
    std::string partition;
    std::string running;
    std::string mailman;
    goal_options goal;
};

/// The partition of "3" (of the kind that --partition names) or "weighted:3,2,1" (complete).
result<any_partition> division_named(const std::string& text, const std::string& kind,
                                     const std::string& option) {
    const bool whole = named_partition(text).has_own_numbers();
    auto made = make_partition(whole ? text : kind + ':' + text);
    if (made) return made;
    const bool number = qslice::detail::whole_number<std::uint64_t>(text).has_value();
    if (!whole && !number) {
        return failure(error_code::malformed, option,
                       "expected a number of slices, or a partition such as weighted:3,2,1; found "
                       "'" +
                           text + "'");
    }
    return failure(made.error().code, whole || kind == "equal" ? option : "--partition",
                   made.error().what);
}

/// Which of the runners in --running takes which part of each queue.
result<std::vector<running_report>> reports_of_running(const plan_options& o,
                                                       const std::string& kind,
                                                       const any_partition& before,
                                                       const any_partition& after,
                                                       std::uint64_t seed) {
    if (o.running.empty()) return std::vector<running_report>{};
    const auto runners = diagnosis::parse_runners(o.running);
    if (!runners) {
        return failure(error_code::malformed, "--running",
                       runners.error().where + ": " + runners.error().what);
    }
    if (before.slice_count() == after.slice_count() && before.text() != after.text()) {
        return failure(error_code::malformed, "--running",
                       before.text() + " and " + after.text() +
                           " have the same number of slices, so a runner's name does not show "
                           "which of them it uses");
    }
    std::vector<std::pair<std::string, std::vector<runner_choice>>> by_name;
    for (const runner_choice& r : *runners) {
        auto at = std::find_if(by_name.begin(), by_name.end(),
                               [&](const auto& entry) { return entry.first == r.runner; });
        if (at == by_name.end()) at = by_name.insert(by_name.end(), {r.runner, {}});
        at->second.push_back(r);
    }
    const division_maker division = [&](std::uint64_t slices) -> result<any_partition> {
        if (slices == before.slice_count()) return before;
        if (slices == after.slice_count()) return after;
        return make_partition(kind + ':' + std::to_string(slices));
    };
    std::vector<running_report> reports;
    for (auto& [name, of_name] : by_name) {
        auto takers = find_takers(of_name, division, seed);
        if (!takers) {
            return failure(takers.error().code, "--running",
                           takers.error().where + ": " + takers.error().what);
        }
        reports.push_back({name, std::move(*takers)});
    }
    return reports;
}

result<exit_status> show_change(session& s, const plan_options& o) {
    for (const auto& [given, option] : {std::pair{&o.from, "--from"}, std::pair{&o.to, "--to"}}) {
        if (given->empty()) {
            return failure(error_code::malformed, option,
                           "expected a number of slices: both --from N and --to N are needed");
        }
    }
    // Mailman 3 divides in its own way, and only by powers of two.
    const std::string kind = !o.partition.empty() ? o.partition
                             : o.mailman == "3"   ? "mailman3"
                                                  : "equal";
    const auto before = division_named(o.from, kind, "--from");
    if (!before) return failure(before.error());
    const auto after = division_named(o.to, kind, "--to");
    if (!after) return failure(after.error());
    constexpr std::uint64_t most = 4096;
    if (before->slice_count() > most || after->slice_count() > most) {
        return failure(error_code::malformed, before->slice_count() > most ? "--from" : "--to",
                       "expected at most " + std::to_string(most) + " slices");
    }
    const std::uint64_t seed = s.options.seed.value_or(1);
    const auto reports = reports_of_running(o, kind, *before, *after, seed);
    if (!reports) return failure(reports.error());
    const slice_change change = compare_divisions(*before, *after, seed);
    const bool three = o.mailman == "3" || (o.mailman.empty() && kind == "mailman3");
    const auto version = three ? diagnosis::mailman_version::v3 : diagnosis::mailman_version::v21;
    if (s.options.json) {
        s.out.print("{}\n", change_json(change, *reports, version).dump(2));
    } else if (s.options.quiet) {
        s.out.print("{}\n", change.moved.exact() ? change.moved.fraction
                                                 : fmt::format("{:.6f}", change.moved.value));
    } else {
        s.out.write(change_text(change, *reports, version, s.style));
    }
    const bool wrong = std::any_of(reports->begin(), reports->end(),
                                   [](const auto& r) { return !r.takers.wrong.empty(); });
    return wrong ? exit_status::broken : exit_status::good;
}

/// The number of slices that an option of a site's own simulator gives.
result<std::uint64_t> slices_of(const std::string& text, const char* name) {
    constexpr std::uint64_t most = 4096;
    const auto number = qslice::detail::whole_number<std::uint64_t>(text);
    if (number && *number >= 1 && *number <= most) return *number;
    return failure(error_code::malformed, name,
                   fmt::format("expected a number of slices from 1 to {}, found '{}'", most, text));
}

/// The runner type whose queue --queue names; it may be left out if there is only one queue.
result<built_site::runner> runner_to_change(const std::string& queue) {
    const std::vector<built_site::runner>& all = own_built_site()->runners;
    if (queue.empty() && all.size() == 1) return all.front();
    std::vector<std::string_view> names;
    for (const built_site::runner& r : all) {
        if (r.queue == queue) return r;
        names.push_back(r.queue);
    }
    return failure(error_code::malformed, "--queue",
                   queue.empty() ? fmt::format("expected the queue to change, one of {}",
                                               fmt::join(names, ", "))
                                 : fmt::format("no runner takes from a queue '{}'{}", queue,
                                               did_you_mean(queue, names)));
}

/// Another number of slices of a queue of the site that this program is built for.
result<exit_status> show_own_change(session& s, const plan_options& o) {
    const auto of = runner_to_change(o.queue);
    if (!of) return failure(of.error());
    const auto from =
        o.from.empty() ? result<std::uint64_t>(of->slices) : slices_of(o.from, "--from");
    if (!from) return failure(from.error());
    const auto to = slices_of(o.to, "--to");
    if (!to) return failure(to.error());
    const auto program = program_for(own_built_site()->usual.policy);
    if (!program) return failure(program.error());
    const auto change = compare_slices(**program, *of, *from, *to, s.options.seed.value_or(1));
    if (!change) return failure(change.error());
    if (s.options.json) {
        s.out.print("{}\n", change_json(*change).dump(2));
    } else if (s.options.quiet) {
        s.out.print("{:.6f}\n", change->moved.value);
    } else {
        s.out.write(change_text(*change, s.style));
    }
    return exit_status::good;
}

result<exit_status> plan(session& s, const plan_options& o) {
    if (!o.from.empty() || !o.to.empty()) {
        return own_built_site() == nullptr ? show_change(s, o) : show_own_change(s, o);
    }
    if (!o.goal.goal.empty()) return plan_for_goal(s, o.goal);
    if (own_built_site() != nullptr) {
        return failure(error_code::malformed, "plan",
                       "expected --goal TEXT to find the number of slices, or --queue NAME --to N "
                       "to examine a change");
    }
    return failure(error_code::malformed, "plan",
                   "expected --goal TEXT to find the number of slices, or --from N --to N to "
                   "examine a change");
}

}  // namespace

void add_plan_command(command_options program, command_line& line) {
    const auto o = std::make_shared<plan_options>();
    if (own_built_site() != nullptr) {
        const command_options own =
            add_command(program, line, "plan",
                        "Find how many slices a goal needs, or what a different number of slices "
                        "changes",
                        [o](session& s) { return plan(s, *o); });
        own.footer(
            "Each runner's queue is divided equally into more and fewer slices than the topology\n"
            "states, by the site's own hash policy and partition. The exit status is 1 if the\n"
            "maximum number of slices does not meet the goal. With --quiet only the numbers of\n"
            "slices are printed, or the share of entries that change their slice.");
        const option goal = add_goal_options(own, o->goal);
        const option to = own.add_option("--to", o->to, "Slices of the queue after a change")
                              .type_name("N")
                              .excludes(goal);
        own.add_option("--from", o->from, "Slices before it (default: the topology's)")
            .type_name("N")
            .needs(to);
        own.add_option("--queue", o->queue, "The queue that is changed")
            .type_name("NAME")
            .needs(to);
        add_seed_option(own, line.options);
        add_jobs_option(own, line.options);
        return;
    }
    command_options command = add_command(
        program, line, "plan",
        "Find how many slices a goal needs, or what a different number of slices changes",
        [o](session& s) { return plan(s, *o); });
    command.footer(
        "With --goal the exit status is 1 if the maximum number of slices does not meet it; "
        "with\n--running, if an entry would be taken by no runner or by several. With --quiet only "
        "the\nnumbers of slices are printed, or the share of entries that change their slice.");
    const option from =
        command
            .add_option("--from", o->from,
                        "Slices before the change: 3, or a partition such as weighted:3,2,1")
            .type_name("N");
    const option to =
        command.add_option("--to", o->to, "Slices after the change").type_name("N").needs(from);
    from.needs(to).excludes(add_goal_options(command, o->goal));
    command
        .add_option("--partition", o->partition,
                    "Kind of partition, by default equal: " + partition_counts())
        .type_name("KIND")
        .needs(from);
    command
        .add_option("--running", o->running,
                    "Report what these runners take: IncomingRunner:0:4,... or the output of ps "
                    "that shows --runner=...")
        .type_name("RUNNERS")
        .needs(from);
    command
        .add_option("--mailman", o->mailman,
                    "Show commands of Mailman 2.1 or 3 (default: 3 with --partition mailman3, "
                    "otherwise 2.1)")
        .type_name("VERSION")
        .one_of({"2.1", "3"})
        .needs(from);
    add_seed_option(command, line.options);
    add_jobs_option(command, line.options);
}

}  // namespace qslice::sim
