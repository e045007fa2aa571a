#include "sim/check/verdict.hpp"

#include "sim/check/conditions.hpp"
#include "sim/check/explain.hpp"
#include "sim/text/plain_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

namespace {

/// So many messages that a split over machines needs to be explained.
constexpr std::uint64_t small_sample = 100;

std::string posts(std::uint64_t count) { return counted(count, "post", "posts"); }
std::string is_or_are(std::uint64_t count) { return count == 1 ? "is" : "are"; }

/// "3,301, 3,350 and 3,349 from m1, m2 and m3"
std::string machines_in_words(const delivery_split& split) {
    std::vector<std::uint64_t> counts;
    for (const part_result& machine : split.machines) counts.push_back(machine.count);
    std::string text = in_words(counts) + " from ";
    for (std::size_t m = 0; m < split.machines.size(); ++m) {
        if (m > 0) text += m + 1 == split.machines.size() ? " and " : ", ";
        text += split.machines[m].name;
    }
    return text;
}

/// The queue whose split is least likely to be chance; null where none was tested.
const queue_balance* worst_queue(const run_results& results) {
    const queue_balance* worst = nullptr;
    for (const queue_balance& q : results.queues) {
        if (!q.independent || q.test.how == split_method::not_tested) continue;
        if (!worst || q.test.p_value < worst->test.p_value) worst = &q;
    }
    return worst;
}

/// What is said of a requirement that is not met: of a guarantee, how it was broken.
std::string shortfall(const requirement_result& r, const run_results& results) {
    const std::string_view measure = r.wanted.measure;
    for (const guarantee_result& g : results.guarantees) {
        if (measure != "guarantee." + g.name || r.wanted.text.empty()) continue;
        return fmt::format("the requirement {} is not met: {}", r.wanted.text,
                           g.because.substr(0, g.because.size() - 1));
    }
    return "the requirement " + r.because.substr(0, r.because.size() - 1);
}

/// What is wrong, the worst first; empty: nothing.
std::string find_fault(const run_index& index, const run_results& results) {
    const conservation_result& c = results.conservation;
    if (c.lost > 0) {
        return fmt::format("{} of {} accepted posts {} lost: {} not delivered, {} not archived",
                           grouped(c.lost), grouped(c.accepted), is_or_are(c.lost),
                           grouped(c.lost_deliveries), grouped(c.lost_archivings));
    }
    if (c.digests_lost + c.digested_lost > 0) {
        return fmt::format("{} digests are lost, and {} collected for one", grouped(c.digests_lost),
                           posts(c.digested_lost));
    }
    if (c.entries_orphaned > 0) {
        const auto orphan =
            std::find_if(index.run.entries.begin(), index.run.entries.end(),
                         [](const entry_record& e) { return e.fate == entry_fate::orphaned; });
        return fmt::format(
            "{} in slices that no running runner serves, the first in slice {} of {}/; {} "
            "{} there for ever",
            counted(c.entries_orphaned, "queue entry lies", "queue entries lie"), orphan->slice,
            index.queue_of(*orphan), posts(c.orphaned), c.orphaned == 1 ? "waits" : "wait");
    }
    const delivery_split& d = results.deliveries;
    if (d.unused > 0 && d.independent && d.p_unused < surprise_alpha) {
        return fmt::format(
            "{} of {} machines that serve out/ delivered nothing ({}), which {} deliveries leave "
            "to chance with a probability of {}",
            d.unused, d.machines.size(), machines_in_words(d), grouped(d.total),
            probability_in_words(d.p_unused));
    }
    if (const queue_balance* worst = worst_queue(results);
        worst &&
        worst->test.p_value < surprise_alpha / static_cast<double>(results.queues.size())) {
        return fmt::format(
            "the slices of {}/ got uneven shares that are not chance (p = {}): the largest is "
            "{:.3f} times what it should be",
            worst->queue, probability_in_words(worst->test.p_value), worst->max_over_mean);
    }
    if (c.posts_duplicated > 0 && !conditions_of(index.run).crashed) {
        return fmt::format("{} came more than once although nothing crashed",
                           posts(c.posts_duplicated));
    }
    for (const requirement_result& r : results.requirements) {
        if (!r.met) return shortfall(r, results);
    }
    return "";
}

/// Whether the machines' deliveries are as uneven as chance makes them.
std::string split_in_words(const delivery_split& d) {
    if (!(d.test.p_value < surprise_alpha)) {
        return fmt::format(", which chance makes so (p = {:.2g})", d.test.p_value);
    }
    return fmt::format(", which is not chance (p = {:.1g}){}", d.test.p_value,
                       d.contested ? ": machines raced for the same entries" : "");
}

std::string praise(const run_index& index, const run_results& results) {
    const conservation_result& c = results.conservation;
    if (c.accepted == 0) return "no post was accepted, so there is nothing to say";
    std::string text = c.accepted == 1 ? "the one accepted post is accounted for"
                                       : fmt::format("all {} accepted posts are accounted for",
                                                     grouped(c.accepted));
    text += fmt::format(", {} delivered", grouped(c.completed));
    const auto add = [&](std::uint64_t count, const char* what) {
        if (count > 0) text += fmt::format(", {} {}", grouped(count), what);
    };
    add(c.held, "held");
    add(c.discarded, "discarded");
    add(c.shunted, "shunted");
    add(c.preserved, "preserved");
    add(c.queued, "still queued");
    if (c.posts_duplicated > 0) {
        text +=
            fmt::format("; {} came twice, as they may after a crash", posts(c.posts_duplicated));
    }
    const delivery_split& d = results.deliveries;
    if (d.machines.size() > 1 && d.total > 0) {
        text += fmt::format("; deliveries: {}", machines_in_words(d));
        if (!d.independent) {
            text += ", by a policy that keeps messages together";
        } else if (d.test.how != split_method::not_tested) {
            text += split_in_words(d);
        }
    }
    if (conditions_of(index.run).faults) {
        text += "; " + counted(index.run.faults.size(), "fault struck", "faults struck");
    }
    return text;
}

/// Where posts lost their time, when a requirement on time is not met.
void remark_on_time(run_results& results) {
    const bool late =
        std::any_of(results.requirements.begin(), results.requirements.end(), [](const auto& r) {
            return !r.met && (r.wanted.measure.starts_with("latency.") ||
                              r.wanted.measure.starts_with("wait."));
        });
    const time_distribution* longest = nullptr;
    for (const time_distribution& t : results.times) {
        if (!t.name.starts_with("wait.") || !(t.p99 > 0)) continue;
        if (longest == nullptr || t.p99 > longest->p99) longest = &t;
    }
    if (!late || longest == nullptr || results.processes.empty()) return;
    const auto busiest = std::max_element(
        results.processes.begin(), results.processes.end(),
        [](const auto& a, const auto& b) { return a.utilisation < b.utilisation; });
    constexpr double overloaded = 0.8;
    results.remarks.push_back(fmt::format(
        "Entries waited longest in {}/, one in a hundred for {:.3g} s and more. The busiest "
        "runner, "
        "{} on {}, worked {} of its time: {}. 'qslice-sim plan --goal' says how many slices would "
        "do.",
        longest->name.substr(5), longest->p99, busiest->process, busiest->machine,
        share_text(busiest->utilisation),
        busiest->utilisation < overloaded
            ? "on average there are runners enough, but much comes at once"
            : "there are too few runners"));
}

void add_remarks(run_results& results) {
    const delivery_split& d = results.deliveries;
    if (d.total > 0 && d.total <= small_sample && d.machines.size() > 1) {
        std::vector<std::uint64_t> counts;
        std::vector<double> shares;
        for (const part_result& machine : d.machines) {
            counts.push_back(machine.count);
            shares.push_back(machine.expected_share);
        }
        const bool equal = std::all_of(shares.begin(), shares.end(), [&](double s) {
            return std::abs(s - shares.front()) < 1e-9;
        });
        const auto explained =
            equal ? explain_split(counts, counts.size()) : explain_split(counts, shares);
        if (explained) results.remarks.push_back(explained->text);
        results.remarks.push_back(
            "A post is delivered to all its recipients by the one machine whose OutgoingRunner "
            "took it, so a list's members are not divided among the machines.");
    }
    for (const fifo_result& f : results.fifo) {
        if (f.stage != "delivery" || f.scope != "list" || f.inversions == 0) continue;
        results.remarks.push_back(fmt::format(
            "A later post of the list overtook {} of {} delivered posts ({}), as "
            "slices by hash let happen; a policy of list affinity keeps lists in order.",
            grouped(f.overtaken), grouped(f.items), share_text(f.overtaken_share)));
    }
    remark_on_time(results);
    const std::uint64_t stuck = results.conservation.entries_in_hand;
    if (stuck > 0) {
        results.remarks.push_back(fmt::format(
            "{} in hand as .bak at the end, to be taken up when the runner starts again.",
            counted(stuck, "entry is", "entries are")));
    }
    const std::uint64_t refused = results.conservation.arrived - results.conservation.accepted;
    if (refused > 0) {
        results.remarks.push_back(
            fmt::format("{} could not be accepted by the end and {} still with the mail server "
                        "that brought them.",
                        posts(refused), is_or_are(refused)));
    }
}

}  // namespace

void judge(const run_index& index, run_results& results) {
    const std::string fault = find_fault(index, results);
    results.fault = !fault.empty();
    results.verdict =
        results.fault ? "FAULT: " + fault + "." : "No fault: " + praise(index, results) + ".";
    add_remarks(results);
}

}  // namespace qslice::sim
