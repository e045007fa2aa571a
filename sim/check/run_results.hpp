/// @file
/// The results of all checks of a run, as plain data: balance, order, conservation, times,
/// guarantees, measures, requirements and the verdict. check_run() fills it; reports show it.
#pragma once

#include "sim/check/order_view.hpp"
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

/// The value of a measure if there is nothing to measure.
inline constexpr double not_measured = std::numeric_limits<double>::quiet_NaN();

/// How the probability of a split was computed.
enum class split_method {
    not_tested,         ///< no counts, or one category
    exact_multinomial,  ///< every outcome counted
    monte_carlo,        ///< random outcomes
    chi_square,         ///< Pearson's approximation, for large counts
};

/// The names of a split method.
struct split_method_row {
    std::string_view name;  ///< in JSON
    split_method value{};
    std::string_view words;      ///< in tables
    std::string_view statement;  ///< in sentences
};

inline constexpr std::array<split_method_row, 4> split_method_table{{
    {"not_tested", split_method::not_tested, "not tested", "not tested"},
    {"exact_multinomial", split_method::exact_multinomial, "exact", "exact test"},
    {"monte_carlo", split_method::monte_carlo, "simulated", "Monte Carlo test with 20,000 draws"},
    {"chi_square", split_method::chi_square, "chi-square", "chi-square test"},
}};
static_assert(is_whole<split_method_table>);

/// A test of counts against expected shares.
struct split_test {
    split_method how = split_method::not_tested;
    double statistic = not_measured;  ///< Pearson's chi-square, whatever the method
    double g = not_measured;        ///< likelihood ratio statistic, 2 sum(count ln(count/expected))
    std::uint64_t degrees = 0;      ///< degrees of freedom
    double p_value = not_measured;  ///< probability by chance of a split at least this unlikely
};

/// The work of one slice or machine.
struct part_result {
    std::string name;  ///< of a slice: its index; otherwise the machine's name
    std::uint64_t count = 0;
    double share = 0;                   ///< of all counts
    double expected_share = 0;          ///< by the partition
    double wanted_share = 0;            ///< by the weights: equal unless weights were given
    double band_low = 0;                ///< lower end of the 99% range of chance
    double band_high = 0;               ///< upper end
    double working_s = 0;               ///< processing time of its runners
    double backlog_mean = 0;            ///< mean number of waiting entries over the run
    std::uint64_t backlog_most = 0;     ///< maximum of waiting entries
    std::vector<std::string> machines;  ///< machines of its runners
};

/// How evenly a queue's entries went to its slices.
struct queue_balance {
    std::string queue;
    std::uint64_t total = 0;  ///< entries
    std::vector<part_result> slices;
    split_test test;
    bool independent = true;  ///< false: the hash policy keeps entries together, so the test's
                              ///< p-value reflects the keys, not a problem
    // Loads relative to the share that each slice should get, equal unless weights were given: 1 is
    // even. The test above is against the partition's own shares.
    double max_over_mean = not_measured;
    double max_over_mean_expected = not_measured;  ///< mean by chance
    double max_over_mean_allowed = not_measured;  ///< value that chance exceeds once in 1,000 times
    double cv = not_measured;                     ///< coefficient of variation
    double work_max_over_mean = not_measured;
    double work_cv = not_measured;
    double backlog_max_over_mean = not_measured;  ///< of the time averages
    double backlog_cv = not_measured;
};

/// Deliveries by machine.
struct delivery_split {
    std::uint64_t total = 0;
    std::vector<part_result> machines;
    split_test test;
    bool independent = true;         ///< as for a queue
    std::uint64_t unused = 0;        ///< machines that should have delivered but did not
    double p_unused = not_measured;  ///< probability by chance that at least one machine is unused
    bool contested = false;  ///< machines raced for a slice, or used different divisions of the
                             ///< queue at the same time
};

/// Why one entry or post overtook another, as far as the record shows.
enum class overtaking_cause {
    other_slice,    ///< they were in slices that different runners serve
    equal_times,    ///< the same time stamp: the directory's order decided
    bump,           ///< a duplicate stamp was bumped past a later one
    older_stamp,    ///< the other was queued later, with an older received time
    clock_skew,     ///< its writer's clock was behind the other's
    snapshot,       ///< the other came after the runner had looked
    turn,           ///< it was the turn of the other's key
    write_time,     ///< the other was stamped first and written last
    keep_queued,    ///< the first was put back into the queue
    retry,          ///< the first went through retry/
    recovery,       ///< the first was in hand when its runner crashed
    shunted,        ///< the first was shunted
    other_machine,  ///< two machines worked at once
    unknown,
};

/// The names of the causes; `--cause` and stories use them in words: "equal times".
inline constexpr named_values<overtaking_cause, 14> cause_table{{
    {"other_slice", overtaking_cause::other_slice},
    {"equal_times", overtaking_cause::equal_times},
    {"bump", overtaking_cause::bump},
    {"older_stamp", overtaking_cause::older_stamp},
    {"clock_skew", overtaking_cause::clock_skew},
    {"snapshot", overtaking_cause::snapshot},
    {"turn", overtaking_cause::turn},
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
    std::uint32_t earlier = none;        ///< the earlier post
    std::uint32_t later = none;          ///< post that overtook it
    std::uint32_t earlier_entry = none;  ///< entry of the queue where it happened
    std::uint32_t later_entry = none;
    std::string queue;  ///< queue where it happened; empty: unknown
    overtaking_cause cause = overtaking_cause::unknown;
    virtual_time earlier_in{};  ///< accepted, or enqueued
    virtual_time later_in{};
    virtual_time earlier_out{};  ///< delivered, archived, or taken; never: not yet
    virtual_time later_out{};
    std::string story;  ///< in sentences
};

/// The order within one scope at one stage.
struct fifo_result {
    order_stage at;
    std::string stage;  ///< its name: "delivery", "archiving", that of an effect or a queue
    order_scope scope = order_scope::global;
    std::uint64_t items = 0;
    std::uint64_t groups = 0;      ///< number of lists, senders, ...
    std::uint64_t inversions = 0;  ///< pairs in the wrong order, exact
    std::uint64_t pairs = 0;       ///< number of pairs
    std::uint64_t overtaken = 0;   ///< items overtaken by a later one
    double overtaken_share = not_measured;
    std::uint64_t most_places = 0;  ///< maximum number of places that an item fell back
    double most_seconds = 0;        ///< maximum time between an item's arrival and its overtaker's
    std::optional<overtaking> earliest;  ///< the first observable one
};

/// The kinds of problems of posts, digests and entries.
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

/// Their names, in JSON and in sentences.
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

/// A misplaced or duplicated post or digest.
struct post_problem {
    std::uint32_t post = none;
    std::uint32_t digest = none;
    problem_kind what = problem_kind::lost;
    std::string story;  ///< in sentences
};

/// The fates of all posts at the end.
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
    std::uint64_t queued = 0;    ///< waiting or being processed
    std::uint64_t orphaned = 0;  ///< in a queue or slice that no running runner serves
    std::uint64_t lost = 0;      ///< lost

    std::uint64_t delivered = 0;  ///< posts that reached a recipient
    std::uint64_t archived = 0;   ///< posts
    std::uint64_t lost_deliveries = 0;
    std::uint64_t lost_archivings = 0;
    std::uint64_t entries_orphaned = 0;
    std::uint64_t entries_in_hand = 0;       ///< .bak at the end
    std::uint64_t entries_done_in_hand = 0;  ///< of these, those whose post or digest is complete
    std::uint64_t entries_preserved = 0;
    std::uint64_t entries_lost = 0;
    std::uint64_t entries_overwritten = 0;  ///< another entry got the name

    std::uint64_t deliveries = 0;  ///< deliveries of posts, each to one or more recipients
    std::uint64_t recipients_reached = 0;
    std::uint64_t duplicate_deliveries = 0;  ///< recipients reached again
    std::uint64_t duplicate_archivings = 0;
    std::uint64_t posts_duplicated = 0;  ///< posts delivered or archived more than once

    std::uint64_t digested = 0;        ///< posts collected for a digest
    std::uint64_t in_digests = 0;      ///< of these, in a digest
    std::uint64_t in_digest_mbox = 0;  ///< of these, not yet in a digest
    std::uint64_t digested_lost = 0;   ///< of these, in neither
    std::uint64_t digested_twice = 0;  ///< in two digests, or twice in one
    std::uint64_t digests_made = 0;
    std::uint64_t digests_delivered = 0;  ///< to each recipient, or noted that it takes no mail
    std::uint64_t digests_queued = 0;     ///< not yet to each: waiting or being processed
    std::uint64_t digests_shunted = 0;    ///< not to each: the rest is in shunt/
    std::uint64_t digests_preserved = 0;  ///< not to each: the rest is kept as .psv
    std::uint64_t digests_lost = 0;
    std::uint64_t digests_duplicated = 0;       ///< that reached a recipient again
    std::uint64_t digest_recipients_again = 0;  ///< recipients that they reached again

    /// The first ones of each kind, at most `most_problems`; how many there are of each.
    std::vector<post_problem> problems;
    std::array<std::uint64_t, problem_table.size()> problem_counts{};
    static constexpr std::uint64_t most_problems = 20;  ///< of a kind

    /// Posts that reached the mail server and that the site never took.
    [[nodiscard]] std::uint64_t refused() const { return arrived - accepted; }
    [[nodiscard]] bool balanced() const {
        return accepted ==
               completed + held + discarded + shunted + preserved + queued + orphaned + lost;
    }
};

/// One kind of effect that a site's own services report, over all accepted posts.
struct effect_result {
    std::string name;
    std::uint64_t count = 0;     ///< reports, including those of repeated effects
    std::uint64_t posts = 0;     ///< posts that had it
    std::uint64_t repeated = 0;  ///< effects of a post after its first
    std::uint64_t missing = 0;   ///< posts that never had it and that nothing is left of but, if
                                 ///< they are complete, what is in an end queue
    std::string story;           ///< of the first post with a repeated or missing one, if any
};

/// A histogram bin.
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
    std::vector<histogram_bin> bins;  ///< ten bins per power of ten
};

/// Entries waiting in a queue's slice over time.
struct backlog_series {
    std::string queue;
    std::uint32_t slice = none;    ///< empty: the whole queue
    std::vector<double> at_s;      ///< since the start of the run
    std::vector<double> most;      ///< maximum backlog from this point to the next
    std::vector<double> averages;  ///< mean over the same interval
};

/// How busy a runner was, over all its starts.
struct process_result {
    std::string machine;
    std::string process;
    std::uint64_t handled = 0;
    double working_s = 0;
    double running_s = 0;
    double utilisation = 0;
    std::uint64_t starts = 1;  ///< by the master, including the first
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
    bool promised = true;        ///< by the policy, under the guarantee's assumptions
    bool statement_true = true;  ///< in this run, whether or not its assumptions were met
    std::string because;         ///< one sentence: the observation, or the violated assumption
    std::optional<post_problem> problem;       ///< a counterexample
    std::optional<overtaking> counterexample;  ///< counterexample of an order
};

/// A named number of a run: "fifo.list.inversions".
struct measure {
    std::string name;
    double value = not_measured;
    std::string unit;  ///< "s", "posts", "" for a pure number
};

/// The result of a requirement of the scenario.
struct requirement_result {
    requirement wanted;
    double found = not_measured;
    bool met = false;
    std::string because;  ///< one sentence
};

/// All results of a run.
struct run_results {
    std::vector<queue_balance> queues;
    delivery_split deliveries;
    std::vector<fifo_result> fifo;
    std::vector<order_point> order;  ///< of delivery, downsampled to at most 2,000 points
    conservation_result conservation;
    std::vector<effect_result> effects;
    std::vector<time_distribution> times;
    std::vector<backlog_series> backlogs;  ///< at most 500 points each
    std::vector<process_result> processes;
    double duration_s = 0;        ///< from the first post to the end
    double throughput_per_s = 0;  ///< posts completed, to the last delivery or archiving
    std::vector<guarantee_result> guarantees;
    std::vector<measure> measures;
    std::vector<requirement_result> requirements;
    bool requirements_met = true;
    bool fault = false;                ///< a problem was found that chance does not explain, or
                                       ///< accepted posts neither came out nor are held or
                                       ///< discarded
    std::string verdict;               ///< one sentence: "No problem found: ..." or "PROBLEM: ..."
    std::vector<std::string> remarks;  ///< sentences, such as why an uneven split is not a problem

    /// @returns the measure's value; not_measured if there is none with that name
    [[nodiscard]] double value_of(std::string_view name) const {
        for (const measure& m : measures) {
            if (m.name == name) return m.value;
        }
        return not_measured;
    }
};

}  // namespace qslice::sim
