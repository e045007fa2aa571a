/// @file
/// What the checks say about one run, as plain data: balance, order, conservation, times,
/// guarantees, measures, requirements and the verdict. check_run() fills it; reports show it.
#pragma once

#include "sim/record/closed_set.hpp"
#include "sim/record/run_record.hpp"
#include "sim/record/scenario.hpp"
#include "sim/record/virtual_time.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

/// What a measure is where there is nothing to measure.
inline constexpr double not_measured = std::numeric_limits<double>::quiet_NaN();

/// How the probability of a split was found.
enum class split_method {
    not_tested,         ///< no counts, or one category
    exact_multinomial,  ///< every outcome counted
    monte_carlo,        ///< outcomes drawn at random
    chi_square,         ///< Pearson's approximation, for large counts
};

/// How a split method is called.
struct split_method_row {
    std::string_view name;  ///< in JSON
    split_method value{};
    std::string_view words;      ///< in tables
    std::string_view statement;  ///< in sentences
};

inline constexpr std::array<split_method_row, 4> split_method_table{{
    {"not_tested", split_method::not_tested, "not tested", "not tested"},
    {"exact_multinomial", split_method::exact_multinomial, "exact", "exact, every outcome counted"},
    {"monte_carlo", split_method::monte_carlo, "simulated", "from 20,000 drawn outcomes"},
    {"chi_square", split_method::chi_square, "chi-square", "by the chi-square test"},
}};
static_assert(is_whole<split_method_table>);

/// A test of counts against expected shares.
struct split_test {
    split_method how = split_method::not_tested;
    double statistic = not_measured;  ///< Pearson's chi-square, whatever the method
    double g = not_measured;          ///< the likelihood ratio's, 2 sum(count ln(count/expected))
    std::uint64_t degrees = 0;        ///< of freedom
    double p_value = not_measured;    ///< of a split at least so unlikely, if nothing is wrong
};

/// One slice's or one machine's part of the work.
struct part_result {
    std::string name;  ///< of a slice: its index; else the machine
    std::uint64_t count = 0;
    double share = 0;                   ///< of all counts
    double expected_share = 0;          ///< by the partition
    double band_low = 0;                ///< counts that chance gives: 99% of the time from here
    double band_high = 0;               ///< to here
    double working_s = 0;               ///< processing time of its runners
    double backlog_mean = 0;            ///< entries waiting, averaged over the run
    std::uint64_t backlog_most = 0;     ///< entries waiting at once
    std::vector<std::string> machines;  ///< where its runners ran
};

/// How evenly a queue's entries went to its slices.
struct queue_balance {
    std::string queue;
    std::uint64_t total = 0;  ///< entries
    std::vector<part_result> slices;
    split_test test;
    bool independent = true;  ///< false: the hash policy keeps entries together, so that the
                              ///< test's p-value speaks of the keys, not of a fault
    // Loads in proportion to what each slice should have: 1 is even.
    double max_over_mean = not_measured;
    double max_over_mean_expected = not_measured;  ///< what chance gives on average
    double max_over_mean_allowed = not_measured;   ///< what chance exceeds once in 1,000
    double cv = not_measured;                      ///< coefficient of variation
    double work_max_over_mean = not_measured;
    double work_cv = not_measured;
    double backlog_max_over_mean = not_measured;  ///< of the time averages
    double backlog_cv = not_measured;
};

/// Which machine made the deliveries.
struct delivery_split {
    std::uint64_t total = 0;
    std::vector<part_result> machines;
    split_test test;
    bool independent = true;         ///< as of a queue
    std::uint64_t unused = 0;        ///< machines that should have delivered and did not
    double p_unused = not_measured;  ///< that chance leaves at least one machine unused
    bool contested = false;          ///< machines raced for a slice, or divided the queue in
                                     ///< different ways at one time
};

/// Why one entry or post overtook another, as far as the record tells.
enum class overtaking_cause {
    other_slice,    ///< they were in slices that different runners serve
    equal_times,    ///< the same time stamp: the directory's order decided
    bump,           ///< a stamp that was taken was moved up past a later one
    older_stamp,    ///< it was queued later, with an older received time
    clock_skew,     ///< its writer's clock was behind the other's
    snapshot,       ///< the other came after the runner had looked
    write_time,     ///< it had its stamp first and was written last
    keep_queued,    ///< the other was put back into the queue
    retry,          ///< the other went through retry/
    recovery,       ///< the other was in hand when its runner crashed
    shunted,        ///< the other was shunted
    other_machine,  ///< two machines worked at once
    unknown,
};

/// Their names; `--cause` and stories have them in words: "equal times".
inline constexpr named_values<overtaking_cause, 13> cause_table{{
    {"other_slice", overtaking_cause::other_slice},
    {"equal_times", overtaking_cause::equal_times},
    {"bump", overtaking_cause::bump},
    {"older_stamp", overtaking_cause::older_stamp},
    {"clock_skew", overtaking_cause::clock_skew},
    {"snapshot", overtaking_cause::snapshot},
    {"write_time", overtaking_cause::write_time},
    {"keep_queued", overtaking_cause::keep_queued},
    {"retry", overtaking_cause::retry},
    {"recovery", overtaking_cause::recovery},
    {"shunted", overtaking_cause::shunted},
    {"other_machine", overtaking_cause::other_machine},
    {"unknown", overtaking_cause::unknown},
}};
static_assert(is_whole<cause_table>);

/// Two posts in the wrong order.
struct overtaking {
    std::uint32_t earlier = none;        ///< post that came first
    std::uint32_t later = none;          ///< post that overtook it
    std::uint32_t earlier_entry = none;  ///< entry of the queue where it happened
    std::uint32_t later_entry = none;
    std::string queue;  ///< where it happened; empty: not found
    overtaking_cause cause = overtaking_cause::unknown;
    virtual_time earlier_in{};  ///< accepted, or enqueued
    virtual_time later_in{};
    virtual_time earlier_out{};  ///< delivered, archived, or taken; never: not yet
    virtual_time later_out{};
    std::string story;  ///< in sentences
};

/// The order that one stage kept within one scope.
struct fifo_result {
    std::string stage;  ///< "delivery", "archiving", or a queue
    std::string scope;  ///< "global", "list", "sender", "thread"; of a queue: "queue", "slice"
    std::uint64_t items = 0;
    std::uint64_t groups = 0;      ///< lists, senders, ..., within which order is looked at
    std::uint64_t inversions = 0;  ///< pairs in the wrong order, exact
    std::uint64_t pairs = 0;       ///< pairs that there are
    std::uint64_t overtaken = 0;   ///< items that a later one overtook
    double overtaken_share = not_measured;
    std::uint64_t most_places = 0;  ///< by which one item was thrown back
    double most_seconds = 0;        ///< between an item's coming and that of one that overtook it
    std::optional<overtaking> earliest;  ///< the first that could be seen
};

/// A post as it came and as it went, for a picture of who overtook whom.
struct order_point {
    std::uint32_t post = none;
    std::uint64_t rank_in = 0;   ///< of acceptance
    std::uint64_t rank_out = 0;  ///< of delivery
    bool overtaken = false;
};

/// What is wrong with a post, a digest or an entry.
enum class problem_kind {
    lost,
    not_archived,
    lost_from_digest,
    orphaned,
    delivered_twice,
    archived_twice,
    two_owners,
    starved,
};

/// What they are called, in JSON and in sentences.
inline constexpr named_values<problem_kind, 8> problem_table{{
    {"lost", problem_kind::lost},
    {"not archived", problem_kind::not_archived},
    {"lost from its digest", problem_kind::lost_from_digest},
    {"orphaned", problem_kind::orphaned},
    {"delivered twice", problem_kind::delivered_twice},
    {"archived twice", problem_kind::archived_twice},
    {"two owners", problem_kind::two_owners},
    {"starved", problem_kind::starved},
}};
static_assert(is_whole<problem_table>);

constexpr std::string_view to_string(problem_kind kind) { return name_in(problem_table, kind); }

/// A post or digest that is not where it should be, or is there twice.
struct post_problem {
    std::uint32_t post = none;
    std::uint32_t digest = none;
    problem_kind what = problem_kind::lost;
    std::string story;  ///< in sentences
};

/// Where every post is at the end.
///
/// accepted = completed + held + discarded + shunted + preserved + queued + orphaned + lost;
/// each post is counted once.
struct conservation_result {
    std::uint64_t arrived = 0;
    std::uint64_t accepted = 0;
    std::uint64_t completed = 0;  ///< delivered, and archived where its list keeps an archive
    std::uint64_t held = 0;
    std::uint64_t discarded = 0;
    std::uint64_t shunted = 0;
    std::uint64_t preserved = 0;
    std::uint64_t queued = 0;    ///< waiting, or in a runner's hand, for a next step
    std::uint64_t orphaned = 0;  ///< in a slice that no runner serves
    std::uint64_t lost = 0;      ///< nowhere

    std::uint64_t delivered = 0;  ///< posts that reached a recipient
    std::uint64_t archived = 0;   ///< posts
    std::uint64_t lost_deliveries = 0;
    std::uint64_t lost_archivings = 0;
    std::uint64_t entries_orphaned = 0;
    std::uint64_t entries_in_hand = 0;  ///< .bak at the end
    std::uint64_t entries_preserved = 0;
    std::uint64_t entries_lost = 0;

    std::uint64_t deliveries = 0;  ///< of posts, each to some recipients at once
    std::uint64_t recipients_reached = 0;
    std::uint64_t duplicate_deliveries = 0;  ///< recipients reached again
    std::uint64_t duplicate_archivings = 0;
    std::uint64_t posts_duplicated = 0;  ///< posts delivered or archived more often than once

    std::uint64_t digested = 0;        ///< posts that were collected for a digest
    std::uint64_t in_digests = 0;      ///< of these, in a digest that was made
    std::uint64_t in_digest_mbox = 0;  ///< of these, collected and not yet in a digest
    std::uint64_t digested_lost = 0;   ///< of these, in neither
    std::uint64_t digested_twice = 0;  ///< in two digests, or twice in one
    std::uint64_t digests_made = 0;
    std::uint64_t digests_delivered = 0;
    std::uint64_t digests_lost = 0;

    std::vector<post_problem> problems;  ///< the earliest ones, at most `most_problems`
    static constexpr std::size_t most_problems = 20;

    [[nodiscard]] bool balanced() const {
        return accepted ==
               completed + held + discarded + shunted + preserved + queued + orphaned + lost;
    }
};

/// A number of values so and so large.
struct histogram_bin {
    double from = 0;
    double to = 0;
    std::uint64_t count = 0;
};

/// Times in seconds.
struct time_distribution {
    std::string name;  ///< "delivery", "archiving", or "wait.QUEUE"
    std::uint64_t count = 0;
    double mean = not_measured;
    double deviation = not_measured;
    double least = not_measured;
    double p50 = not_measured;
    double p90 = not_measured;
    double p95 = not_measured;
    double p99 = not_measured;
    double p999 = not_measured;
    double most = not_measured;
    std::vector<histogram_bin> bins;  ///< ten to each power of ten
};

/// Entries waiting in a queue's slice over time.
struct backlog_series {
    std::string queue;
    std::uint32_t slice = none;    ///< none: the whole queue
    std::vector<double> at_s;      ///< since the start of the run
    std::vector<double> most;      ///< the largest backlog from there to the next point
    std::vector<double> averages;  ///< over the same time
};

/// How busy a runner was, all its starts taken together.
struct process_result {
    std::string machine;
    std::string process;
    std::uint64_t handled = 0;
    double working_s = 0;
    double running_s = 0;
    double utilisation = 0;
    std::uint64_t starts = 1;  ///< by the master, the first one included
    bool crashed = false;
};

/// Whether a guarantee held in a run.
enum class guarantee_verdict {
    holds,
    broken,
    not_applicable,  ///< an assumption was not met, or there was nothing to check
};

inline constexpr named_values<guarantee_verdict, 3> guarantee_verdict_table{{
    {"holds", guarantee_verdict::holds},
    {"broken", guarantee_verdict::broken},
    {"not_applicable", guarantee_verdict::not_applicable},
}};
static_assert(is_whole<guarantee_verdict_table>);

struct guarantee_result {
    std::string name;       ///< "at_least_once"
    std::string statement;  ///< "Each accepted post is ..."
    guarantee_verdict verdict = guarantee_verdict::not_applicable;
    bool statement_true = true;  ///< in this run, whether or not the assumptions were met
    std::string because;         ///< one sentence: how it held, or which assumption was not met
    std::optional<post_problem> problem;       ///< a counterexample
    std::optional<overtaking> counterexample;  ///< likewise, of an order
};

/// A named number of a run: "fifo.list.inversions".
struct measure {
    std::string name;
    double value = not_measured;
    std::string unit;  ///< "s", "posts", "" for a pure number
};

/// What became of a requirement of the scenario.
struct requirement_result {
    requirement wanted;
    double found = not_measured;
    bool met = false;
    std::string because;  ///< one sentence
};

/// All that the checks say of a run.
struct run_results {
    std::vector<queue_balance> queues;
    delivery_split deliveries;
    std::vector<fifo_result> fifo;
    std::vector<order_point> order;  ///< of delivery, downsampled to at most 2,000 points
    conservation_result conservation;
    std::vector<time_distribution> times;
    std::vector<backlog_series> backlogs;  ///< at most 500 points each
    std::vector<process_result> processes;
    double duration_s = 0;        ///< from the first post to the end
    double throughput_per_s = 0;  ///< posts completed, to the last delivery or archiving
    std::vector<guarantee_result> guarantees;
    std::vector<measure> measures;
    std::vector<requirement_result> requirements;
    bool requirements_met = true;
    bool fault = false;                ///< something is wrong, beyond what chance explains
    std::string verdict;               ///< one sentence: "No fault: ..." or "FAULT: ..."
    std::vector<std::string> remarks;  ///< sentences, such as why an uneven split is no fault

    /// @returns the measure's value; not_measured where there is none of that name
    [[nodiscard]] double value_of(std::string_view name) const {
        for (const measure& m : measures) {
            if (m.name == name) return m.value;
        }
        return not_measured;
    }
};

}  // namespace qslice::sim
