#include "sim/site/slice_plan.hpp"

#include "sim/site/mailman_names.hpp"

#include <qslice/partition/named_partition.hpp>
#include <qslice/partition/slices.hpp>
#include <qslice/topology/process.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace qslice::sim::diagnosis {

namespace {

constexpr std::string_view separators = ", \t\r\n";

/// Calls visit(word) for each word between separators until it returns false.
template <class Visit>
void for_each_word(std::string_view text, Visit&& visit) {
    while (true) {
        const std::size_t begin = text.find_first_not_of(separators);
        if (begin == std::string_view::npos) return;
        text.remove_prefix(begin);
        const std::size_t end = std::min(text.find_first_of(separators), text.size());
        if (!visit(text.substr(0, end))) return;
        text.remove_prefix(end);
    }
}

/// The queue that a runner takes from; an unknown runner name is taken as a queue's name.
std::string_view queue_of(const runner_choice& runner) {
    return queue_of_runner(runner.runner).value_or(runner.runner);
}

constexpr std::string_view mark = "--runner=";

/// Whether it is what ps or pgrep prints: with options, or with the heading of ps alone.
bool is_listing(std::string_view text) {
    // A path, which no runner's name has, stands in the line of a process.
    if (text.find(mark) != std::string_view::npos || text.find(" /") != text.npos) return true;
    bool first = true;
    bool heading = false;
    for_each_word(text, [&](std::string_view word) {
        heading = word == "PID" || (first && word == "UID") || (first && word == "USER");
        first = false;
        return !heading && (word == "S" || word == "F");
    });
    return heading;
}

/// What a line's process is to a runner that the line names.
enum class line_kind { runner, wrapper, searcher };

/// Judges by the programs named before the option: the search for runners is none, and what starts
/// a program for another user shows that program's options.
line_kind kind_of(std::string_view before) {
    line_kind kind = line_kind::runner;
    for_each_word(before, [&](std::string_view word) {
        while (!word.empty() && std::string_view("'\"$|(#;").find(word.front()) != word.npos) {
            word.remove_prefix(1);
        }
        const std::string_view program = word.substr(word.rfind('/') + 1);
        for (const std::string_view name :
             {"grep", "egrep", "fgrep", "pgrep", "pkill", "ps", "watch", "less", "vi", "vim",
              "qslice-sim", "inspect"}) {
            if (program == name) kind = line_kind::searcher;
        }
        for (const std::string_view name :
             {"sudo",    "su",   "runuser", "doas",      "sh",       "bash",    "dash",
              "ash",     "ksh",  "zsh",     "timeout",   "nohup",    "setsid",  "nice",
              "ionice",  "env",  "strace",  "ssh",       "docker",   "kubectl", "systemd-run",
              "setpriv", "gosu", "tini",    "dumb-init", "catchsegv"}) {
            if (program == name && kind == line_kind::runner) kind = line_kind::wrapper;
        }
        return kind != line_kind::searcher;
    });
    return kind;
}

failure cut_listing(std::string_view at) {
    return {error_code::malformed, std::string(at),
            "the listing seems to be cut off here, so it does not show all runners; make it "
            "with: ps -eo pid,lstart,args | cat"};
}

/// Whether a line shows an interpreter without its program, or that without its end, as ps does in
/// a narrow terminal.
bool is_cut_program(std::string_view line) {
    while (!line.empty() && separators.find(line.back()) != std::string_view::npos) {
        line.remove_suffix(1);
    }
    const std::string_view last = line.substr(line.find_last_of(" \t/") + 1);
    if (line.find('/') == std::string_view::npos) return false;
    if (last.starts_with("python")) return true;
    const std::string_view word = line.substr(line.find_last_of(" \t") + 1);
    if (!word.starts_with('/') || line.find("python") == std::string_view::npos) return false;
    for (const std::string_view program :
         {"/usr/lib/mailman/bin/qrunner", "/usr/lib/mailman3/bin/runner",
          "/var/lib/mailman/bin/qrunner", "/usr/local/mailman/bin/qrunner",
          "/opt/mailman/venv/bin/runner", "/usr/local/bin/runner", "/usr/bin/runner"}) {
        if (program.starts_with(word)) return true;
    }
    return false;
}

/// Whether a runner's name at the end of a line is the beginning of another's.
bool is_cut_name(std::string_view spec, std::string_view line) {
    if (!line.ends_with(spec) || spec.find(':') != std::string_view::npos) return false;
    if (queue_of_runner(spec) || has_no_queue(spec)) return false;
    return std::any_of(known_queues.begin(), known_queues.end(), [&](const queue_names& known) {
        return known.runner21.starts_with(spec) || known.runner3.starts_with(spec);
    });
}

result<std::vector<runner_choice>> runners_of_listing(std::string_view text) {
    std::string_view cut;
    std::vector<runner_choice> runners;
    std::vector<runner_choice> wrapped;
    std::size_t line = 0;
    while (line < text.size()) {
        const std::size_t end = std::min(text.find('\n', line), text.size());
        const std::string_view whole = text.substr(line, end - line);
        line = end + 1;
        if (is_cut_program(whole)) cut = whole;
        for (std::size_t at = whole.find(mark); at != std::string_view::npos;
             at = whole.find(mark, at + 1)) {
            const line_kind kind = kind_of(whole.substr(0, at));
            if (kind == line_kind::searcher) break;
            std::string_view spec = whole.substr(at + mark.size());
            spec = spec.substr(0, spec.find_first_of(" \t\r,'\""));
            // A pattern, such as '--runner=' or '--runner=.*'.
            if (spec.empty() && kind == line_kind::wrapper) break;
            if (!spec.empty() && is_cut_name(spec, whole)) return cut_listing(whole);
            auto runner = parse_runner(spec);
            if (!runner) return failure(runner.error());
            const auto same = std::find(runners.begin(), runners.end(), *runner);
            if (has_no_queue(runner->runner) && same != runners.end()) continue;
            (kind == line_kind::wrapper ? wrapped : runners).push_back(std::move(*runner));
        }
    }
    if (runners.empty() && wrapped.empty() && !cut.empty()) return cut_listing(cut);
    // A wrapper that has become its program is the runner.
    for (const runner_choice& runner : wrapped) {
        if (std::find(runners.begin(), runners.end(), runner) == runners.end()) {
            runners.push_back(runner);
        }
    }
    return runners;
}

}  // namespace

result<runner_choice> parse_runner(std::string_view text) {
    const auto runner = parse_runner_slice(text);
    if (!runner) return failure(runner.error());
    if (runner->slice_count > most_tabled_slices) {
        return failure(error_code::malformed, std::string(text),
                       "expected at most " + std::to_string(most_tabled_slices) + " slices");
    }
    return runner_choice{std::string(runner->class_name), runner->slice, runner->slice_count};
}

result<std::vector<runner_choice>> parse_runners(std::string_view text) {
    if (is_listing(text)) return runners_of_listing(text);
    std::vector<runner_choice> runners;
    std::optional<error> problem;
    for_each_word(text, [&](std::string_view word) {
        auto runner = parse_runner(word);
        if (!runner) {
            problem = runner.error();
            return false;
        }
        runners.push_back(std::move(*runner));
        return true;
    });
    if (problem) return failure(std::move(*problem));
    if (runners.empty() && text.find_first_not_of(" \t\r\n") != std::string_view::npos) {
        return failure(error_code::malformed, std::string(text),
                       "expected runners such as IncomingRunner:0:3, found none");
    }
    return runners;
}

std::uint32_t queue_plan::takers(const hash_value& d) const {
    if (assumed_running) return 1;
    std::uint32_t count = 0;
    for (const running_group& group : groups) {
        const slice_index k = group.division.slice_of(d);
        count += group.runners[k];
        // Mailman 3's bounds also belong to the slice above.
        if (k + 1 < group.runners.size() && group.runners[k + 1] > 0 &&
            group.division.owns(k + 1, d)) {
            count += group.runners[k + 1];
        }
    }
    return count;
}

std::uint32_t queue_plan::runners_of(slice_index k) const {
    if (assumed_running) return 1;
    for (const running_group& group : groups) {
        if (group.runners.size() == division.slice_count()) return group.runners[k];
    }
    return 0;
}

result<slice_plan> slice_plan::make(const slice_plan_options& options) {
    slice_plan plan;
    plan.options_ = options;
    plan.chosen_partition_ = !options.partition.empty();
    if (plan.options_.partition.empty()) plan.options_.partition = "equal";
    std::optional<error> problem;
    for_each_word(options.slices, [&](std::string_view word) {
        const std::size_t equals = word.find('=');
        const bool named = equals != std::string_view::npos;
        const std::string_view number = named ? word.substr(equals + 1) : word;
        const auto count = qslice::detail::whole_number<std::uint64_t>(number);
        if (!count || *count == 0 || *count > most_tabled_slices || (named && equals == 0)) {
            problem =
                error{error_code::malformed, options.option_slices,
                      "expected N or QUEUE=N with 1 to " + std::to_string(most_tabled_slices) +
                          " slices, found '" + std::string(word) + "'"};
            return false;
        }
        if (named) {
            plan.slices_.insert_or_assign(std::string(word.substr(0, equals)), *count);
        } else {
            plan.default_slices_ = *count;
        }
        return true;
    });
    if (problem) return failure(std::move(*problem));
    const bool numbers_twice = named_partition(plan.options_.partition).has_own_numbers() &&
                               (plan.default_slices_ != 0 || !plan.slices_.empty());
    auto tried = plan.division(plan.default_slices_ == 0 ? 1 : plan.default_slices_);
    if (!tried) return failure(tried.error());
    if (numbers_twice && (!plan.slices_.empty() || tried->slice_count() != plan.default_slices_)) {
        return failure(error_code::malformed, options.option_partition,
                       "'" + options.partition + "' has its own number of slices, so " +
                           options.option_slices + " must not differ");
    }
    for (const auto& [queue, count] : plan.slices_) {
        if (auto each = plan.division(count); !each) return failure(each.error());
    }
    return plan;
}

result<any_partition> slice_plan::division(std::uint64_t slices) const {
    const named_partition partition(options_.partition);
    auto made = partition.divide(slices);
    if (!made) {
        return failure(made.error().code, options_.option_partition,
                       "'" + made.error().where + "': " + made.error().what);
    }
    return made;
}

result<queue_plan> slice_plan::for_queue(std::string_view queue) const {
    queue_plan plan;
    plan.assumed_running = !options_.running;
    std::uint64_t count = default_slices_;
    if (const auto own = slices_.find(queue); own != slices_.end()) {
        count = own->second;
    }
    std::map<std::uint64_t, std::vector<std::uint32_t>> by_number;
    for (const runner_choice& runner : all_running()) {
        if (queue_of(runner) != queue) continue;
        if (count == 0) count = runner.slices;
        auto& runners = by_number[runner.slices];
        runners.resize(runner.slices);
        ++runners[runner.slice];
    }
    auto main = division(count == 0 ? 1 : count);
    if (!main) return failure(main.error());
    plan.division = std::move(*main);
    for (auto& [number, runners] : by_number) {
        auto group = division(number);
        if (!group) return failure(group.error());
        if (group->slice_count() != number) {
            return failure(error_code::malformed, options_.option_running,
                           "a runner of " + std::string(queue) + " has " + std::to_string(number) +
                               " slices, but '" + group->text() + "' has " +
                               std::to_string(group->slice_count()));
        }
        plan.groups.push_back({std::move(*group), std::move(runners)});
    }
    return plan;
}

result<void> slice_plan::accepted_by(mailman_version version) const {
    if (version != mailman_version::v3 || chosen_partition_) return {};
    const auto refuse = [&](std::uint64_t slices) {
        return failure(error_code::malformed, options_.option_slices,
                       "Mailman 3 takes a power of two, found " + std::to_string(slices) +
                           " slices (for runners other than Mailman's, say how they divide, such "
                           "as " +
                           options_.option_partition + " equal)");
    };
    if (default_slices_ != 0 && !mailman3_takes(default_slices_)) return refuse(default_slices_);
    for (const auto& [queue, count] : slices_) {
        if (!mailman3_takes(count)) return refuse(count);
    }
    return {};
}

std::vector<runner_choice> slice_plan::without_queue(const std::vector<std::string>& queues) const {
    std::vector<runner_choice> lost;
    for (const runner_choice& runner : all_running()) {
        if (has_no_queue(runner.runner)) continue;
        if (std::find(queues.begin(), queues.end(), queue_of(runner)) == queues.end()) {
            lost.push_back(runner);
        }
    }
    return lost;
}

std::vector<std::string> slice_plan::unknown_queues(const std::vector<std::string>& queues) const {
    std::vector<std::string> unknown;
    for (const auto& [queue, count] : slices_) {
        if (std::find(queues.begin(), queues.end(), queue) == queues.end()) {
            unknown.push_back(queue);
        }
    }
    return unknown;
}

}  // namespace qslice::sim::diagnosis
