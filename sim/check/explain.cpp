#include "sim/check/explain.hpp"

#include "sim/check/split_statistics.hpp"
#include "sim/record/site_words.hpp"
#include "sim/text/plain_words.hpp"

#include <qslice/core/entry_name.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

namespace qslice::sim {

namespace {

// A user waits for a single answer: far more outcomes may be counted than in a run.
constexpr std::uint64_t most_outcomes = 5'000'000;

/// The counts of another number of messages in the same proportions (largest remainders).
std::vector<std::uint64_t> in_proportion(const std::vector<std::uint64_t>& seen,
                                         std::uint64_t before, std::uint64_t total) {
    std::vector<std::uint64_t> counts;
    std::vector<std::pair<double, std::size_t>> rests;
    std::uint64_t given = 0;
    for (std::size_t k = 0; k < seen.size(); ++k) {
        const double exact = static_cast<double>(seen[k]) *
                             (static_cast<double>(total) / static_cast<double>(before));
        counts.push_back(static_cast<std::uint64_t>(exact));
        given += counts.back();
        rests.emplace_back(std::floor(exact) - exact, k);
    }
    std::sort(rests.begin(), rests.end());
    for (std::size_t i = 0; given < total; ++given, ++i) ++counts[rests[i % rests.size()].second];
    return counts;
}

/// The number of messages from which the test would find strong evidence in the same proportions.
std::uint64_t settling_total(const split_explanation& e) {
    if (!(e.test.statistic > 0) || e.test.degrees == 0) return 0;
    if (!e.chance) return e.total;
    const auto settled = [&](std::uint64_t total) {
        // Beyond this the test is that of a run: millions of outcomes would be counted each time.
        constexpr std::uint64_t quickly = 100'000;
        const auto counts = in_proportion(e.seen, e.total, total);
        return is_problem(evidence_of(test_split(counts, e.shares, 1, quickly).p_value));
    };
    std::uint64_t least = e.total;
    std::uint64_t most = e.total;
    constexpr std::uint64_t never_ending = 1'000'000'000'000'000;
    for (std::uint64_t step = 1; !settled(most); step *= 2) {
        least = most;
        if (most > never_ending) return 0;
        most += step;
    }
    // Rounded proportions go up and down: among few outcomes, the total from which on all are
    // settled is found exactly.
    constexpr std::uint64_t few = 20'000;
    if (number_of_outcomes(2 * most, e.shares.size()) <= few) {
        std::uint64_t total = 2 * most;
        while (total > e.total + 1 && settled(total - 1)) --total;
        return total;
    }
    while (most - least > 1) {
        const std::uint64_t middle = least + (most - least) / 2;
        (settled(middle) ? most : least) = middle;
    }
    return most;
}

/// What the evidence says, and what to look for.
std::string_view conclusion(evidence against_chance) {
    switch (against_chance) {
        case evidence::missing: return "So this does not indicate a problem. ";
        case evidence::weak:
            return "That is weak evidence of a problem: chance alone does it, but not often. ";
        case evidence::strong:
            return "That is strong evidence that it is not due to chance: look for ";
        case evidence::beyond_doubt: return "That is beyond doubt not due to chance: look for ";
    }
    return "";
}

/// The test's probability, as far as it is known.
std::string found_in_words(const split_test& test) {
    // What is possible has a probability, though a double may not hold it.
    if (!(test.p_value > 0) && std::isfinite(test.statistic)) {
        return fmt::format("less than {:.0e}", std::numeric_limits<double>::min());
    }
    return std::string(bound_in_words(test)) + probability_in_words(test.p_value);
}

std::string text_of(const split_explanation& e, bool equal) {
    const std::size_t machines = e.shares.size();
    std::string text =
        fmt::format("{} on {}: {}. ", counted(e.total, words().message, words().messages),
                    counted(machines, "machine", "machines"), in_words(e.seen));
    if (machines < 2) return text + "A single machine gets all of them; there is no split.";
    if (e.total == 0)
        return text +
               fmt::format("There are no {} yet, so no conclusion is possible.", words().messages);
    text += fmt::format(
        "Each {} goes to {} machine by its hash, {}. Then the probability of an outcome at least "
        "this unlikely is {} ({}). ",
        words().message, equal ? "any" : "one",
        equal ? fmt::format("with a probability of 1 in {}", grouped(machines))
              : "with a probability equal to its share",
        found_in_words(e.test), row_of(split_method_table, e.test.how).statement);
    if (e.unused > 0) {
        text += fmt::format(
            "{} got none; the probability that {} {} at least one machine without any is {}{}. ",
            e.unused == 1 ? "One machine" : grouped(e.unused) + " machines",
            counted(e.total, words().message, words().messages), e.total == 1 ? "leaves" : "leave",
            probability_in_words(e.p_unused),
            is_unused_approximated(e.total, e.shares)
                ? ", approximated as if machines were independent"
                : "");
    }
    text += conclusion(e.against_chance);
    if (!e.chance) {
        return text + fmt::format(
                          "a machine whose runners are not running, a slice that is configured "
                          "twice or not at all, or a different number of slices somewhere. This "
                          "holds if each {0} is hashed by itself, as Mailman does. Under a policy "
                          "that keeps a list or another key together, a split as uneven as this "
                          "can be all right: 'qslice-sim balance --hash POLICY' tells what to "
                          "expect of it.",
                          words().message);
    }
    if (e.settled_by > e.total) {
        text += fmt::format(
            "If these proportions persisted, {} {} in total ({} more) would be strong evidence of "
            "one: by chance they are so uneven less than once in {}.",
            grouped(e.settled_by), words().messages, grouped(e.settled_by - e.total),
            grouped(static_cast<std::uint64_t>(std::llround(1 / surprise_alpha))));
    } else {
        text += "The split is as even as possible.";
    }
    while (text.ends_with(' ')) text.pop_back();
    return text;
}

split_explanation explain(std::vector<std::uint64_t> seen, std::vector<double> shares, bool equal) {
    split_explanation e;
    e.seen = std::move(seen);
    e.shares = std::move(shares);
    e.total = std::accumulate(e.seen.begin(), e.seen.end(), std::uint64_t{0});
    e.test = test_split(e.seen, e.shares, 1, most_outcomes);
    for (std::size_t k = 0; k < e.seen.size(); ++k) {
        if (e.seen[k] == 0 && e.shares[k] > 0) ++e.unused;
    }
    e.p_unused = probability_of_unused(e.total, e.shares);
    e.against_chance = evidence_of(e.test.p_value);
    e.chance = !is_problem(e.against_chance);
    e.settled_by = settling_total(e);
    e.use_all_by = messages_to_use_all(e.shares, surprise_alpha);
    e.text = text_of(e, equal);
    return e;
}

std::string text_of(const entry_explanation& e, const any_partition& partition) {
    std::string text = fmt::format(
        "The entry's time is {} (seconds since the epoch); its hash {} is at {} of the hash "
        "space. ",
        to_repr(e.time), e.hash.hex(), fmt::format("{:.4f}%", 100 * e.place));
    if (e.slices == 1) return text + "There is one slice, which takes every entry.";
    text += fmt::format("It belongs to slice {} of {}, counted from 0 ({} in Mailman's log)",
                        e.slice, e.slices, slice_text(e.slice, e.slices));
    if (e.range) {
        text += fmt::format(", since that slice takes the hashes from {} to {}, inclusive.",
                            e.range->lower.hex(), e.range->upper.hex());
    } else {
        text += fmt::format(" by the partition '{}'.", partition.text());
    }
    if (e.owners.size() > 1) {
        text += fmt::format(
            " Slice {} also takes it, since in Mailman 3 adjacent slices share their boundary "
            "hash: two runners race for it.",
            e.owners.back());
    }
    return text;
}

}  // namespace

std::string in_words(std::span<const std::uint64_t> counts) {
    constexpr std::size_t listed_of_more = 20;
    const std::size_t listed = counts.size() > most_listed ? listed_of_more : counts.size();
    std::string text;
    for (std::size_t k = 0; k < listed; ++k) {
        if (k > 0) text += k + 1 == counts.size() ? " and " : ", ";
        text += grouped(counts[k]);
    }
    if (listed < counts.size()) {
        const auto others = counts.subspan(listed);
        const auto [least, most] = std::minmax_element(others.begin(), others.end());
        text += fmt::format(" and {} more, {}", grouped(others.size()),
                            *least == *most
                                ? "each " + grouped(*least)
                                : fmt::format("of {} to {}", grouped(*least), grouped(*most)));
    }
    return text;
}

std::string probability_in_words(double p) {
    if (!(p > 0)) return "0";
    if (p >= 0.95) return fmt::format("{:.2f}, nearly certain", p);
    if (p >= 0.285) return fmt::format("{:.2f}, about {:.0f} in 10", p, 10 * p);
    if (p >= 0.0995) return fmt::format("{:.2f}, about 1 in {:.0f}", p, 1 / p);
    if (p >= 0.001)
        return fmt::format("{:.2g}, about 1 in {}", p,
                           grouped(static_cast<std::uint64_t>(std::llround(1 / p))));
    return fmt::format("{:.1g}", p);
}

result<split_explanation> explain_split(std::span<const std::uint64_t> seen, std::size_t machines) {
    if (machines == 0) {
        return failure(error_code::malformed, "machines", "expected at least 1 machine, found 0");
    }
    if (seen.size() > machines) {
        return failure(error_code::malformed, "seen",
                       fmt::format("expected at most {} counts, one per machine, found {}",
                                   machines, seen.size()));
    }
    std::vector<std::uint64_t> counts(seen.begin(), seen.end());
    counts.resize(machines);
    return explain(std::move(counts), equal_shares(machines), true);
}

result<split_explanation> explain_split(std::span<const std::uint64_t> seen,
                                        std::span<const double> shares) {
    if (seen.empty() || seen.size() != shares.size()) {
        return failure(
            error_code::malformed, "shares",
            fmt::format("expected {} shares, one per count, found {}", seen.size(), shares.size()));
    }
    const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
    if (*std::min_element(shares.begin(), shares.end()) < 0 || !(std::abs(sum - 1) < 1e-6)) {
        return failure(error_code::malformed, "shares",
                       fmt::format("expected shares of at least 0 with sum 1, found sum {}", sum));
    }
    return explain({seen.begin(), seen.end()}, {shares.begin(), shares.end()}, false);
}

result<entry_explanation> explain_entry(std::string_view file_name,
                                        const any_partition& partition) {
    const std::size_t slash = file_name.rfind('/');
    if (slash != std::string_view::npos) file_name.remove_prefix(slash + 1);
    const auto [base, ending] = split_extension(file_name);
    const auto name = parse_entry_name(state_of(ending) ? base : file_name);
    if (!name) return failure(name.error());

    entry_explanation e;
    e.base = to_base_name(*name);
    e.time = name->time;
    e.hash = name->hash;
    e.place = std::ldexp(static_cast<double>(e.hash.high()), -64);
    e.slices = partition.slice_count();
    e.slice = partition.slice_of(e.hash);
    e.range = partition.range_of(e.slice);
    e.owners = {e.slice};
    const std::uint64_t above = std::uint64_t{e.slice} + 1;
    if (above < e.slices && partition.owns(static_cast<slice_index>(above), e.hash)) {
        e.owners.push_back(static_cast<slice_index>(above));
    }
    e.text = text_of(e, partition);
    return e;
}

}  // namespace qslice::sim
