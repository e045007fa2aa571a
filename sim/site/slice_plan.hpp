/// @file
/// How many slices each queue of a site has and which of them run, as stated by its administrator.
/// The survey of a queue uses it to determine who would take an entry.
#pragma once

#include "sim/record/scenario.hpp"
#include "sim/site/mailman_names.hpp"

#include <qslice/core/hash_value.hpp>
#include <qslice/core/result.hpp>
#include <qslice/partition/any_partition.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim::diagnosis {

/// Reads "IncomingRunner:0:3" or "IncomingRunner" (its only slice), as qrunner's --runner does.
/// @returns the runner; `malformed` for anything else, including a slice not less than the number
///          of slices
result<runner_choice> parse_runner(std::string_view text);

/// Reads a list of runners separated by commas or white space.
///
/// In the output of ps or pgrep only what follows "--runner=" counts. Lines of the programs that
/// look for runners (grep) or wrap them (sudo, runuser, sh) are no runners of their own; gunicorn's
/// workers of Mailman 3's REST runner repeat its line.
/// @param text  "IncomingRunner:0:3,OutgoingRunner:0:3", or lines of `ps` with --runner=...; empty,
///              or such lines without a runner: nothing runs
result<std::vector<runner_choice>> parse_runners(std::string_view text);

/// The options of the command line.
struct slice_plan_options {
    std::string slices;     ///< "3", "in=3,out=2" or "1,in=3"; empty: from the runners, otherwise 1
    std::string partition;  ///< for make_partition, with or without its numbers; empty: "equal"
    /// What runs on all machines; without a value every slice of every queue is taken to run.
    std::optional<std::vector<runner_choice>> running;
    std::string option_slices = "--slices";
    std::string option_partition = "--partition";
    std::string option_running = "--running";
};

/// The runners that use the same division of a queue.
struct running_group {
    any_partition division;
    std::vector<std::uint32_t> runners;  ///< by slice: how many runners take it
};

/// One queue's slices and who runs them.
struct queue_plan {
    any_partition division;             ///< the division by which entries are counted
    std::vector<running_group> groups;  ///< one per number of slices in use; exactly one is correct
    bool assumed_running = true;        ///< unknown which runners run

    /// How many running runners would take the entry; 1 is correct.
    [[nodiscard]] std::uint32_t takers(const hash_value& d) const;

    /// How many runners take slice k of `division` (in the group with the same number of slices).
    [[nodiscard]] std::uint32_t runners_of(slice_index k) const;
};

/// The slice plan of a whole site.
class slice_plan {
public:
    /// One slice per queue, all of them running.
    slice_plan() = default;

    /// @returns the plan; `malformed`, naming the option, for an invalid value
    static result<slice_plan> make(const slice_plan_options& options);

    /// @param queue  a directory's name
    /// @returns `malformed` if the partition cannot have the queue's number of slices
    [[nodiscard]] result<queue_plan> for_queue(std::string_view queue) const;

    /// Refuses numbers that Mailman 3 refuses, unless a partition was chosen.
    /// @returns `malformed`, naming the option
    [[nodiscard]] result<void> accepted_by(mailman_version version) const;

    /// Whether the user states that nothing runs at all.
    [[nodiscard]] bool nothing_runs() const {
        return options_.running && options_.running->empty();
    }

    /// Runners whose queue is not among these: misspelt, or from another site. Mailman 3's runners
    /// without a queue are none of them.
    [[nodiscard]] std::vector<runner_choice> without_queue(
        const std::vector<std::string>& queues) const;

    /// Queues with a given number of slices that are not among these.
    [[nodiscard]] std::vector<std::string> unknown_queues(
        const std::vector<std::string>& queues) const;

private:
    [[nodiscard]] result<any_partition> division(std::uint64_t slices) const;

    [[nodiscard]] std::vector<runner_choice> all_running() const {
        return options_.running.value_or(std::vector<runner_choice>());
    }

    slice_plan_options options_;
    bool chosen_partition_ = false;
    std::uint64_t default_slices_ = 0;  ///< 0: not given
    std::map<std::string, std::uint64_t, std::less<>> slices_;
};

}  // namespace qslice::sim::diagnosis
