#include "sim/check/verdict.hpp"

#include "sim/check/chance.hpp"
#include "sim/check/conditions.hpp"
#include "sim/check/explain.hpp"
#include "sim/check/kept_order.hpp"
#include "sim/check/late_entries.hpp"
#include "sim/check/split_statistics.hpp"
#include "sim/record/site_words.hpp"
#include "sim/text/plain_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice::sim {

namespace {

/// Whether something happened after which work may be done again: a crash, or a pause of a process
/// whose slices others take over meanwhile.
bool may_repeat(const run_record& run) {
    const run_conditions seen = conditions_of(run);
    return seen.crashed || (seen.paused && run.setting.deployment.standby);
}

constexpr std::string_view verdict_measure = "verdict.problem";

/// Up to this many messages a split over machines is explained.
constexpr std::uint64_t small_sample = 100;

std::string posts(std::uint64_t count) { return counted(count, words().item, words().items); }
/// "1 accepted post", "20 accepted posts"
std::string accepted(std::uint64_t count) {
    return fmt::format("{} accepted {}", grouped(count), count == 1 ? words().item : words().items);
}
std::string is_or_are(std::uint64_t count) { return count == 1 ? "is" : "are"; }

/// "3,301, 3,350 and 3,349 from m1, m2 and m3"
std::string machines_in_words(const delivery_split& split) {
    std::vector<std::uint64_t> counts;
    for (const part_result& machine : split.machines) counts.push_back(machine.count);
    std::string text = in_words(counts) + " from ";
    if (counts.size() > most_listed) return text + grouped(counts.size()) + " machines";
    for (std::size_t m = 0; m < split.machines.size(); ++m) {
        if (m > 0) text += m + 1 == split.machines.size() ? " and " : ", ";
        text += split.machines[m].name;
    }
    return text;
}

/// The queue with the least likely split; null if none was tested.
const queue_balance* worst_queue(const run_results& results) {
    const queue_balance* worst = nullptr;
    for (const queue_balance& q : results.queues) {
        if (!q.independent || q.test.how == split_method::not_tested) continue;
        if (!worst || q.test.p_value < worst->test.p_value) worst = &q;
    }
    return worst;
}

/// The largest load relative to the partition's own shares, against which the split is tested.
double largest_of_expected(const queue_balance& queue) {
    double largest = 0;
    for (const part_result& part : queue.slices) {
        if (part.expected_share > 0) largest = std::max(largest, part.share / part.expected_share);
    }
    return largest;
}

/// Describes an unmet requirement; for a guarantee, how it was broken.
std::string shortfall(const requirement_result& r, const run_results& results) {
    const std::string_view measure = r.wanted.measure;
    for (const guarantee_result& g : results.guarantees) {
        if (measure != "guarantee." + g.name || r.wanted.text.empty()) continue;
        return fmt::format("the requirement {} is not met: {}", r.wanted.text,
                           g.because.substr(0, g.because.size() - 1));
    }
    return "the requirement " + r.because.substr(0, r.because.size() - 1);
}

/// Some posts or digests, and where they are.
struct state_count {
    std::uint64_t count = 0;
    const char* state = "";
    bool digests = false;
};

/// "11 posts are shunted, 8 are preserved and 1 digest is preserved"
std::string states_in_words(std::initializer_list<state_count> states) {
    std::vector<std::string> parts;
    bool named_posts = false;
    bool named_digests = false;
    for (const state_count& s : states) {
        if (s.count == 0) continue;
        bool& named = s.digests ? named_digests : named_posts;
        const std::string what = named       ? grouped(s.count)
                                 : s.digests ? counted(s.count, "digest", "digests")
                                             : posts(s.count);
        named = true;
        parts.push_back(fmt::format("{} {} {}", what, is_or_are(s.count), s.state));
    }
    const std::string last = parts.back();
    parts.pop_back();
    return parts.empty() ? last : fmt::format("{} and {}", fmt::join(parts, ", "), last);
}

/// Posts that the site never took: "64 of 100 posts could not be accepted"
std::string refused_in_words(const conservation_result& c) {
    return fmt::format("{} of {} could not be accepted by the end", grouped(c.refused()),
                       posts(c.arrived));
}

/// The first guarantee that the policy makes, whose assumptions hold, and that this run broke;
/// null: none.
const guarantee_result* broken_promise(const run_results& results) {
    const auto at = std::find_if(results.guarantees.begin(), results.guarantees.end(),
                                 [](const guarantee_result& g) {
                                     return g.promised && g.verdict == guarantee_verdict::broken;
                                 });
    return at == results.guarantees.end() ? nullptr : &*at;
}

/// "; of 20 accepted posts 1 is done and 3 are still queued"
std::string of_accepted(const conservation_result& c, bool and_queued) {
    std::string text = fmt::format("; of {} {} {} done", accepted(c.accepted), grouped(c.completed),
                                   is_or_are(c.completed));
    if (and_queued && c.queued > 0) {
        text += fmt::format(" and {} {} still queued", grouped(c.queued), is_or_are(c.queued));
    }
    return text;
}

/// "with 12 recipients reached again and 3 archivings repeated"
std::string repeats_in_words(const conservation_result& c) {
    if (!words().mail) {
        return "with " + counted(c.duplicate_deliveries, "repetition", "repetitions");
    }
    std::vector<std::string> parts;
    if (c.duplicate_deliveries > 0) {
        parts.push_back(counted(c.duplicate_deliveries, "recipient", "recipients") +
                        " reached again");
    }
    if (c.duplicate_archivings > 0) {
        parts.push_back(counted(c.duplicate_archivings, "archiving", "archivings") + " repeated");
    }
    return fmt::format("with {}", fmt::join(parts, " and "));
}

/// Entries that nobody will take, and where the first one is.
std::string orphans_in_words(const run_index& index, const conservation_result& c) {
    const auto orphan =
        std::find_if(index.run.entries.begin(), index.run.entries.end(),
                     [](const entry_record& e) { return e.fate == entry_fate::orphaned; });
    const std::string end = c.orphaned == 0 ? std::string("they wait there forever")
                                            : fmt::format("{} {} there forever", posts(c.orphaned),
                                                          c.orphaned == 1 ? "waits" : "wait");
    if (index.run.queue_slices[orphan->queue] == 0) {
        return fmt::format("{} in queues that no runner serves, the first in {}/; {}",
                           counted(c.entries_orphaned, "queue entry is", "queue entries are"),
                           index.queue_of(*orphan), end);
    }
    return fmt::format(
        "{} in slices that no running runner serves, the first in slice {} of {}/; {}",
        counted(c.entries_orphaned, "queue entry is", "queue entries are"), orphan->slice,
        index.queue_of(*orphan), end);
}

/// Runners that ended although nothing asked them to: their spool's deployment file says otherwise.
/// Where the file changes during the run, runners end as they should.
std::string refusals_in_words(const run_record& run) {
    const deployment_choice& stated = run.setting.deployment;
    if (!stated.file || !stated.changes.empty()) return "";
    std::uint64_t count = 0;
    const process_record* first = nullptr;
    for (const process_record& p : run.processes) {
        const auto machine =
            std::find_if(run.setting.machines.begin(), run.setting.machines.end(),
                         [&](const machine_choice& m) { return m.name == p.machine; });
        const bool asked = machine != run.setting.machines.end() && machine->until_s > 0 &&
                           p.ended >= add(run.started, to_duration(machine->until_s));
        if (p.queue == none || p.ended == never || p.crashed || asked) continue;
        if (first == nullptr) first = &p;
        ++count;
    }
    if (count == 0) return "";
    return fmt::format(
        "{} not run, since the spool's deployment file divides the queue otherwise; "
        "the first is {} on {}",
        counted(count, "runner did", "runners did"), first->name, first->machine);
}

/// The most severe problem; empty: none.
std::string find_fault(const run_index& index, const run_results& results) {
    const conservation_result& c = results.conservation;
    if (c.lost > 0) {
        std::string text = fmt::format("{} of {} accepted {} {} lost", grouped(c.lost),
                                       grouped(c.accepted), words().items, is_or_are(c.lost));
        if (words().mail) {
            text += fmt::format(": {} not delivered, {} not archived", grouped(c.lost_deliveries),
                                grouped(c.lost_archivings));
        }
        if (c.entries_overwritten > 0) {
            text +=
                fmt::format("; {} gone because another entry got the name",
                            counted(c.entries_overwritten, "queue entry is", "queue entries are"));
        }
        return text;
    }
    if (c.digests_lost + c.digested_lost > 0) {
        return fmt::format("{} and {} collected for digests were lost",
                           counted(c.digests_lost, "digest", "digests"), posts(c.digested_lost));
    }
    if (c.entries_overwritten > 0) {
        return counted(c.entries_overwritten, "queue entry is", "queue entries are") +
               " gone because another entry got the name";
    }
    if (c.entries_orphaned > 0) {
        return orphans_in_words(index, c);
    }
    if (c.shunted + c.preserved + c.digests_shunted + c.digests_preserved > 0) {
        return states_in_words({{c.shunted, "shunted"},
                                {c.preserved, "preserved"},
                                {c.digests_shunted, "shunted", true},
                                {c.digests_preserved, "preserved", true}}) +
               ", waiting for a person" + of_accepted(c, true);
    }
    const delivery_split& d = results.deliveries;
    if (d.unused > 0 && d.independent && is_problem(evidence_of(d.test.p_value))) {
        return fmt::format(
            "{} of {} machines that serve {}/ {} nothing ({}); with {} the probability of a split "
            "at "
            "least this unlikely by chance is {}{}",
            d.unused, d.machines.size(), index.run.exit_queue, words().delivered,
            machines_in_words(d), counted(d.total, words().delivery, words().deliveries),
            bound_in_words(d.test), probability_in_words(d.test.p_value));
    }
    if (const queue_balance* worst = worst_queue(results);
        worst &&
        is_problem(evidence_of(worst->test.p_value * static_cast<double>(results.queues.size())))) {
        return fmt::format(
            "the slices of {}/ got uneven shares that are not due to chance (p = {}): the largest "
            "is {:.3f} times its expected share",
            worst->queue, probability_in_words(worst->test.p_value), largest_of_expected(*worst));
    }
    if (c.posts_duplicated > 0 && !may_repeat(index.run)) {
        const auto raced =
            std::find_if(results.guarantees.begin(), results.guarantees.end(),
                         [](const auto& g) { return g.name == "one_owner" && !g.statement_true; });
        return fmt::format("{} {} more than once, {}{}", posts(c.posts_duplicated),
                           words().delivered_or, repeats_in_words(c),
                           raced == results.guarantees.end()
                               ? ", although nothing crashed"
                               : "; " + raced->because.substr(0, raced->because.size() - 1));
    }
    if (c.digests_duplicated > 0 && !may_repeat(index.run)) {
        return fmt::format("{} delivered more than once, with {} reached again",
                           counted(c.digests_duplicated, "digest was", "digests were"),
                           counted(c.digest_recipients_again, "recipient", "recipients"));
    }
    if (c.entries_done_in_hand > 0) {
        return fmt::format(
            "{} still in hand (.bak) although what {} for is done, and will be done again when {}",
            counted(c.entries_done_in_hand, "queue entry is", "queue entries are"),
            c.entries_done_in_hand == 1 ? "it was" : "they were",
            c.entries_done_in_hand == 1 ? "its runner restarts" : "their runners restart");
    }
    // A requirement on the verdict itself says nothing about the cause.
    const requirement_result* about_this = nullptr;
    for (const requirement_result& r : results.requirements) {
        if (r.met) continue;
        if (r.wanted.measure != verdict_measure) return shortfall(r, results);
        about_this = &r;
    }
    if (const guarantee_result* const broken = broken_promise(results)) {
        return fmt::format("the guarantee {} is broken: {}", broken->name,
                           broken->because.substr(0, broken->because.size() - 1));
    }
    if (const std::string refused = refusals_in_words(index.run); !refused.empty()) return refused;
    // Only now: what keeps posts out of the queues or in them is a better answer than that they
    // are there.
    if (c.queued + c.digests_queued > 0) {
        return states_in_words(
                   {{c.queued, "still queued"}, {c.digests_queued, "still queued", true}}) +
               of_accepted(c, false) +
               (c.refused() > 0 ? fmt::format(", and {}", refused_in_words(c)) : std::string());
    }
    if (c.refused() > 0) return refused_in_words(c);
    return about_this != nullptr ? shortfall(*about_this, results) : "";
}

/// Whether the split of the deliveries is consistent with chance.
std::string split_in_words(const delivery_split& d) {
    const evidence found = evidence_of(d.test.p_value);
    if (!is_problem(found)) {
        return fmt::format(", {} (p = {:.2g})",
                           found == evidence::missing ? "consistent with chance" : in_words(found),
                           d.test.p_value);
    }
    return fmt::format(", {} (p = {:.1g}){}", in_words(found), d.test.p_value,
                       d.contested ? ": machines raced for the same entries" : "");
}

std::string praise(const run_index& index, const run_results& results) {
    const conservation_result& c = results.conservation;
    if (c.accepted == 0) return fmt::format("no {} was accepted", words().item);
    std::string text = c.accepted == 1
                           ? fmt::format("the one accepted {} is accounted for", words().item)
                           : fmt::format("all {} are accounted for", accepted(c.accepted));
    // A post whose recipients all take no mail, or that has none, is complete but not delivered.
    const std::uint64_t delivered = words().mail ? std::min(c.completed, c.delivered) : c.completed;
    text += fmt::format(", {} {}", grouped(delivered), words().delivered);
    const auto add = [&](std::uint64_t count, const char* what) {
        if (count > 0) text += fmt::format(", {} {}", grouped(count), what);
    };
    add(c.completed - delivered, "done without reaching a recipient");
    add(c.held, "held");
    add(c.discarded, "discarded");
    if (c.posts_duplicated > 0) {
        text += fmt::format("; {} {} more than once, {}, which can happen after {}",
                            posts(c.posts_duplicated), words().delivered_or, repeats_in_words(c),
                            conditions_of(index.run).crashed ? "a crash" : "a pause");
    }
    const delivery_split& d = results.deliveries;
    if (d.machines.size() > 1 && d.total > 0) {
        text += fmt::format("; {}: {}", words().deliveries, machines_in_words(d));
        if (!d.independent) {
            text += fmt::format(", by a policy that keeps {} together", words().messages);
        } else if (d.test.how != split_method::not_tested) {
            text += split_in_words(d);
        }
    }
    if (conditions_of(index.run).faults) {
        text += "; " + counted(index.run.faults.size(), "fault injected", "faults injected");
    }
    return text;
}

/// "9 of these 12", "all of these", "none"
std::string of_these(std::uint64_t count, std::uint64_t all) {
    if (count == all) return all == 1 ? "this one" : fmt::format("all {} of these", grouped(all));
    return fmt::format("{} of these {}", grouped(count), grouped(all));
}

/// What the longest waits coincided with: first what keeps entries from being taken at all.
std::string lateness_in_words(const run_index& index, const late_entries& found) {
    std::vector<std::string> parts;
    const std::string behind = ", or behind what had gathered by then";
    if (found.unserved > 0) {
        parts.push_back(of_these(found.unserved, found.late) +
                        " waited while their slice had no running runner" + behind);
    }
    if (found.in_fault > 0) {
        parts.push_back(of_these(found.in_fault, found.late) +
                        " waited while a fault was in force" + behind);
    }
    std::string text = fmt::format("{}", fmt::join(parts, "; "));
    if (found.first_fault != none) {
        const fault_record& f = index.run.faults[found.first_fault];
        // Without the storage call at which it struck.
        text +=
            fmt::format(" (the first fault: {}{}, at {})", f.what.substr(0, f.what.find(" right ")),
                        f.machine.empty() ? "" : ", " + f.machine, index.at(f.time));
    }
    return text;
}

/// Where posts were delayed, if a requirement on time is not met.
void remark_on_time(const run_index& index, run_results& results) {
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
    const std::string queue = longest->name.substr(5);
    std::string text = fmt::format("Entries waited longest in {}/, 1% of them for {:.3g} s or more",
                                   queue, longest->p99);
    const late_entries found =
        examine_late_entries(index, index.run.queue_index(queue), longest->p99);
    const std::string met = lateness_in_words(index, found);
    if (!met.empty()) text += ": " + met;
    // Load is the cause only of what nothing else explains.
    if (2 * (found.unserved + found.in_fault) >= found.late && found.late > 0) {
        results.remarks.push_back(text + ".");
        return;
    }
    const auto busiest = std::max_element(
        results.processes.begin(), results.processes.end(),
        [](const auto& a, const auto& b) { return a.utilisation < b.utilisation; });
    constexpr double overloaded = 0.8;
    results.remarks.push_back(fmt::format(
        "{}. The busiest runner, {} on {}, was busy {} of the time: {}. '{} plan --goal' finds how "
        "many slices would be enough.",
        text, busiest->process, busiest->machine, share_text(busiest->utilisation),
        busiest->utilisation < overloaded
            ? "on average there are enough runners, but arrivals are bursty"
            : "there are too few runners",
        program_name()));
}

/// Posts of a list that were overtaken, and what would keep their order.
std::string list_order_in_words(const run_index& index, const fifo_result& f) {
    const std::string text = fmt::format(
        "{} of {} {} {} ({}) {} overtaken by a later {} of the same {}", grouped(f.overtaken),
        grouped(f.items), words().delivered, words().items, share_text(f.overtaken_share),
        f.overtaken == 1 ? "was" : "were", words().item, words().group);
    const std::vector<std::string> missing = missing_for_order(index.run, order_scope::list);
    if (missing.empty()) {
        return text + ", although the policy keeps that order under the assumptions of list_order.";
    }
    return fmt::format(
        "{}. What keeps a {}'s order from end to end is missing here: {}; all of it is needed.",
        text, words().group, fmt::join(missing, ", "));
}

/// Faults of the scenario of which the run shows nothing; empty: none.
std::string untouched_in_words(const run_record& run) {
    if (run.real) return "";
    std::vector<bool> struck(run.setting.faults.size(), false);
    for (const fault_record& f : run.faults) {
        if (f.index < struck.size()) struck[f.index] = true;
    }
    const auto all = static_cast<std::uint64_t>(struck.size());
    const auto idle = static_cast<std::uint64_t>(std::count(struck.begin(), struck.end(), false));
    if (idle == 0) return "";
    const auto first = std::find(struck.begin(), struck.end(), false) - struck.begin();
    const std::string_view kind =
        row_of(fault_table, run.setting.faults[static_cast<std::size_t>(first)].what).name;
    if (all == 1) {
        return fmt::format(
            "The scenario's fault, {}, never struck: this run does not show what it "
            "does.",
            kind);
    }
    return fmt::format(
        "{} of the scenario's {} faults never struck, the first of them number {}, "
        "{}: this run does not show what {}.",
        grouped(idle), grouped(all), first + 1, kind, idle == 1 ? "it does" : "they do");
}

void add_remarks(const run_index& index, run_results& results) {
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
        if (words().mail) {
            results.remarks.push_back(
                "A post is delivered to all its recipients by the machine whose OutgoingRunner "
                "took "
                "it, so a list's members are not divided among the machines.");
        }
    }
    for (const fifo_result& f : results.fifo) {
        if (f.at.what != order_stage::kind::delivery || f.scope != order_scope::list ||
            f.inversions == 0)
            continue;
        results.remarks.push_back(list_order_in_words(index, f));
    }
    remark_on_time(index, results);
    const std::uint64_t stuck = results.conservation.entries_in_hand;
    if (stuck > 0) {
        results.remarks.push_back(
            fmt::format("{} still being processed (.bak) at the end and will be recovered when the "
                        "runner restarts.",
                        counted(stuck, "entry is", "entries are")));
    }
    if (std::string idle = untouched_in_words(index.run); !idle.empty()) {
        results.remarks.push_back(std::move(idle));
    }
    const std::uint64_t refused = results.conservation.refused();
    if (refused > 0) {
        results.remarks.push_back(
            fmt::format("{} could not be accepted by the end and {} still {}.", posts(refused),
                        is_or_are(refused),
                        words().mail ? "on the sending mail server" : "where it came from"));
    }
}

}  // namespace

bool has_problem(const run_index& index, const run_results& results) {
    return !find_fault(index, results).empty();
}

void judge(const run_index& index, run_results& results) {
    const std::string fault = find_fault(index, results);
    results.fault = !fault.empty();
    results.verdict = results.fault ? "PROBLEM: " + fault + "."
                                    : "No problem found: " + praise(index, results) + ".";
    add_remarks(index, results);
}

}  // namespace qslice::sim
