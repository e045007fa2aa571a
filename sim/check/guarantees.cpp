#include "sim/check/guarantees.hpp"

#include "sim/check/conditions.hpp"
#include "sim/check/kept_order.hpp"
#include "sim/record/site_words.hpp"
#include "sim/text/plain_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace qslice::sim {

namespace {

/// The number of entries that share a stamp with another: each can be moved by one bump.
double bump_reach(const run_record& run) {
    if (run.policy.bump_s == 0) return 0;
    std::map<std::pair<std::uint32_t, double>, std::uint64_t> same;
    std::uint64_t most = 1;
    for (const entry_record& entry : run.entries) {
        most = std::max(most, ++same[{entry.queue, entry.name.time.seconds}]);
    }
    return static_cast<double>(most - 1) * run.policy.bump_s;
}

class guarantee_checker {
public:
    guarantee_checker(const run_index& index, const run_results& results,
                      const guarantee_limits& limits)
        : index_(index),
          run_(index.run),
          results_(results),
          limits_(limits),
          conditions_(conditions_of(index.run)) {}

    // One check per guarantee, which decides its verdict.

    void conservation(guarantee_result& result) const {
        const conservation_result& c = results_.conservation;
        const std::uint64_t lost = c.lost + c.digested_lost + c.digests_lost;
        result.problem = first_problem(
            {problem_kind::lost, problem_kind::not_archived, problem_kind::lost_from_digest});
        settle(result, lost == 0 && c.balanced(), unmet_durability(),
               words().mail
                   ? fmt::format("{} of {} accepted posts, {} from digests and {} were lost",
                                 grouped(c.lost), grouped(c.accepted),
                                 counted(c.digested_lost, "post", "posts"),
                                 counted(c.digests_lost, "digest", "digests"))
                   : fmt::format("{} of {} accepted {} were lost", grouped(c.lost),
                                 grouped(c.accepted), words().items));
    }

    void at_least_once(guarantee_result& result) const {
        const conservation_result& c = results_.conservation;
        std::string unmet = unmet_durability();
        if (unmet.empty() && c.shunted + c.preserved > 0 && c.lost + c.orphaned == 0) {
            unmet = "these were shunted or preserved, and wait for a person";
        }
        const std::uint64_t missing = c.lost + c.orphaned + c.shunted + c.preserved;
        result.problem =
            first_problem({problem_kind::lost, problem_kind::not_archived, problem_kind::orphaned});
        settle(
            result, missing == 0, unmet,
            fmt::format("{} of {} accepted {} were not {} and never will be; {} are still queued",
                        grouped(missing), grouped(c.accepted), words().items, words().delivered_and,
                        grouped(c.queued)));
    }

    void exactly_once(guarantee_result& result) const {
        const conservation_result& c = results_.conservation;
        std::string unmet = unmet_calm();
        if (unmet.empty() && conditions_.changed_hands) {
            unmet = "slices had several runners, or several divisions";
        }
        if (unmet.empty() && conditions_.put_aside) unmet = "entries were shunted or preserved";
        const std::uint64_t missing = c.lost + c.orphaned + c.shunted + c.preserved;
        result.problem =
            first_problem({problem_kind::delivered_twice, problem_kind::archived_twice,
                           problem_kind::lost, problem_kind::not_archived, problem_kind::orphaned});
        std::string because = fmt::format(
            "{} {} {} {} more than once, {} never", grouped(c.posts_duplicated),
            c.posts_duplicated == 1 ? words().item : words().items,
            c.posts_duplicated == 1 ? "was" : "were", words().delivered_or, grouped(missing));
        if (c.digests_duplicated > 0) {
            because += fmt::format("; {} delivered more than once",
                                   counted(c.digests_duplicated, "digest was", "digests were"));
        }
        settle(result, c.posts_duplicated == 0 && c.digests_duplicated == 0 && missing == 0, unmet,
               because);
    }

    void no_orphan(guarantee_result& result) const {
        const std::uint64_t orphans = results_.conservation.entries_orphaned;
        if (orphans > 0) result.problem = first_orphan();
        settle(result, orphans == 0, "",
               fmt::format("{} of {} had no running runner", grouped(orphans),
                           counted(run_.entries.size(), "entry", "entries")));
    }

    void one_owner(guarantee_result& result) const {
        std::uint64_t doubly_owned = 0;
        for (std::uint32_t q = 0; q < run_.queues.size(); ++q) {
            doubly_owned += count_doubly_owned(q, result);
        }
        settle(result, doubly_owned == 0, unmet_leases(),
               fmt::format("{} of {} {} in the slices of two running runners",
                           grouped(doubly_owned), counted(run_.entries.size(), "entry", "entries"),
                           doubly_owned == 1 ? "was" : "were"));
    }

    void owned(guarantee_result& result) const {
        const deployment_choice& d = run_.setting.deployment;
        std::string unmet = d.standby ? unmet_leases() : "slices have no owners";
        if (unmet.empty() && conditions_.storage_failed) unmet = "storage failed";
        if (unmet.empty() && conditions_.power_lost) unmet = unmet_machines();
        duration longest{};
        const entry_record* alone = nullptr;
        for (std::uint32_t e = 0; d.standby && e < run_.entries.size(); ++e) {
            const duration without = longest_without_owner(e);
            if (without <= longest) continue;
            longest = without;
            alone = &run_.entries[e];
        }
        const double seconds = to_seconds(longest);
        const double allowed = 2 * d.takeover_s + run_.setting.start_within_s;
        const bool kept = seconds <= allowed;
        if (!kept) {
            result.problem = entry_problem(
                *alone, problem_kind::orphaned,
                fmt::format("For {:.3f} s no running runner owned its slice.", seconds));
        }
        settle(result, kept, unmet,
               fmt::format("{} {:.3f} s without an owner of its slice; {:g} s are allowed",
                           kept ? "no entry waited for more than" : "an entry waited for", seconds,
                           allowed));
    }

    void no_starvation(guarantee_result& result) const {
        duration longest{};
        const entry_record* starved = nullptr;
        std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<const entry_record*>> slices;
        for (const entry_record& entry : run_.entries) {
            if (entry.fate == entry_fate::lost || entry.fate == entry_fate::overwritten) continue;
            slices[{entry.queue, entry.slice}].push_back(&entry);
        }
        for (auto& [place, entries] : slices) {
            std::stable_sort(entries.begin(), entries.end(),
                             [](auto* a, auto* b) { return a->enqueued < b->enqueued; });
            virtual_time later_taken = never;  // the first taking of those queued later
            virtual_time last_taken = virtual_time::min();  // the last one
            for (std::size_t at = entries.size(); at-- > 0;) {
                const entry_record& entry = *entries[at];
                // After that nothing passes it over any more: it only waits.
                const virtual_time until = std::min(entry.taken, last_taken);
                if (later_taken < until && until - later_taken > longest) {
                    longest = until - later_taken;
                    starved = &entry;
                }
                later_taken = std::min(later_taken, entry.taken);
                if (entry.taken != never) last_taken = std::max(last_taken, entry.taken);
            }
        }
        const double seconds = to_seconds(longest);
        const bool kept = seconds <= limits_.starvation_s;
        if (!kept) {
            result.problem =
                entry_problem(*starved, problem_kind::starved,
                              fmt::format("For {:.3f} s its slice's runners took entries queued "
                                          "after it; it was taken at {}.",
                                          seconds, index_.at(starved->taken)));
        }
        settle(result, kept, conditions_.crashed ? "a runner or machine crashed" : "",
               fmt::format("{} {:.3f} s while later ones were taken; {:g} s are allowed",
                           kept ? "no entry waited for more than" : "an entry waited for", seconds,
                           limits_.starvation_s));
    }

    void slice_order(guarantee_result& result) const {
        std::uint64_t inversions = 0;
        std::uint64_t items = 0;
        for (const fifo_result& fifo : results_.fifo) {
            if (fifo.scope != order_scope::slice) continue;
            inversions += fifo.inversions;
            items += fifo.items;
            if (fifo.earliest && (!result.counterexample ||
                                  fifo.earliest->later_out < result.counterexample->later_out)) {
                result.counterexample = fifo.earliest;
            }
        }
        std::string unmet = unmet_order();
        if (items == 0) unmet = "there was nothing to take";
        settle(result, inversions == 0, unmet,
               fmt::format("{} of {} {} taken in the wrong order",
                           counted(inversions, "pair", "pairs"), counted(items, "entry", "entries"),
                           inversions == 1 ? "was" : "were"));
    }

    void list_order(guarantee_result& result) const { post_order(result, order_scope::list); }
    void sender_order(guarantee_result& result) const { post_order(result, order_scope::sender); }
    void thread_order(guarantee_result& result) const { post_order(result, order_scope::thread); }

    void bounded_displacement(guarantee_result& result) const {
        const auto fifo =
            std::find_if(results_.fifo.begin(), results_.fifo.end(), [&](const fifo_result& f) {
                return is_of_entry_queue(f) && f.scope == order_scope::slice;
            });
        std::string unmet = unmet_calm();
        if (unmet.empty() && conditions_.kept_queued) {
            unmet = "entries were put back into their queue";
        }
        if (unmet.empty() && conditions_.changed_hands) {
            unmet = "slices had several runners, or several divisions";
        }
        if (fifo == results_.fifo.end() || fifo->items == 0) {
            settle(result, true, "there was nothing to take", "no entry was overtaken");
            return;
        }
        const double write_s = limits_.write_s * conditions_.slowest + conditions_.stalled_s;
        const double bound = conditions_.clock_spread_s + write_s + bump_reach(run_);
        if (fifo->most_seconds > bound) result.counterexample = fifo->earliest;
        settle(result, fifo->most_seconds <= bound, unmet,
               fmt::format("{} {:.6g} s after it; {:.6g} s are allowed",
                           fifo->most_seconds <= bound
                               ? "no entry was overtaken by one queued more than"
                               : "an entry was overtaken by one queued",
                           fifo->most_seconds, bound));
    }

private:
    /// Decides a verdict.
    /// @param kept  whether the statement is true for this run
    /// @param unmet  the first assumption that this run violated; empty: none
    /// @param detail  what was observed, as one clause
    static void settle(guarantee_result& result, bool kept, const std::string& unmet,
                       const std::string& detail) {
        result.statement_true = kept;
        result.verdict = !unmet.empty() ? guarantee_verdict::not_applicable
                         : kept         ? guarantee_verdict::holds
                                        : guarantee_verdict::broken;
        result.because = unmet.empty() ? detail + "." : detail + ", but " + unmet + ".";
    }

    [[nodiscard]] std::optional<post_problem> first_problem(
        std::initializer_list<problem_kind> kinds) const {
        for (const post_problem& problem : results_.conservation.problems) {
            if (std::find(kinds.begin(), kinds.end(), problem.what) != kinds.end()) return problem;
        }
        return std::nullopt;
    }

    [[nodiscard]] std::string unmet_durability() const {
        return conditions_.power_lost && !conditions_.directories_synced
                   ? "power was lost and directories are not synced"
                   : "";
    }
    [[nodiscard]] std::string unmet_calm() const {
        if (conditions_.crashed) return "a runner or machine crashed";
        if (conditions_.storage_failed) return "storage failed";
        return unmet_leases();
    }
    /// With leases, a process that stood still for longer than they last is followed by another,
    /// and what it had in hand is done again.
    [[nodiscard]] std::string unmet_leases() const {
        if (!run_.setting.deployment.standby) return "";
        if (conditions_.paused) return "a process stood still";
        return conditions_.lease_clocks_wrong ? "a machine's steady clock was set" : "";
    }
    /// Whether at some time no machine was there to stand by.
    [[nodiscard]] std::string unmet_machines() const {
        for (const fault_record& f : run_.faults) {
            if (f.kind == fault::kind::power_loss) return "all machines lost power";
        }
        std::size_t lost = 0;
        for (const fault_record& f : run_.faults) {
            lost += f.kind == fault::kind::crash_machine ? 1 : 0;
        }
        const auto with_runners =
            std::count_if(run_.setting.machines.begin(), run_.setting.machines.end(),
                          [](const machine_choice& m) { return !m.runners.empty(); });
        return lost >= static_cast<std::size_t>(with_runners) ? "every machine may have been down"
                                                              : "";
    }

    /// The longest time for which an entry waited while no running process owned its slice.
    [[nodiscard]] duration longest_without_owner(std::uint32_t number) const {
        const entry_record& entry = run_.entries[number];
        const virtual_time end = std::min({entry.taken, entry.finished, run_.ended});
        std::vector<std::pair<virtual_time, virtual_time>> owned;
        bool has_runner = false;
        for (const process_record& process : run_.processes) {
            if (process.queue != entry.queue) continue;
            has_runner = true;
            if (owns(process, number)) owned.emplace_back(process.started, process.ended);
        }
        if (!has_runner) return {};
        std::sort(owned.begin(), owned.end());
        duration longest{};
        virtual_time covered = entry.enqueued;
        for (const auto& [from, to] : owned) {
            if (from > covered) longest = std::max(longest, std::min(from, end) - covered);
            covered = std::max(covered, std::min(to, end));
        }
        return end > covered ? std::max(longest, end - covered) : longest;
    }

    [[nodiscard]] std::string unmet_order() const {
        if (auto unmet = unmet_calm(); !unmet.empty()) return unmet;
        if (conditions_.clock_spread_s > 0) {
            return fmt::format("clocks may be {:.6g} s apart", conditions_.clock_spread_s);
        }
        if (conditions_.retried) return fmt::format("{} went through retry/", words().items);
        if (conditions_.kept_queued) return "entries were put back into their queue";
        if (conditions_.put_aside) return "entries were shunted or preserved";
        return "";
    }

    /// The same for a scope whose order the scenario's policy keeps from end to end: clocks may be
    /// wrong, entries may wait and runners may crash. See docs/guarantees.md.
    [[nodiscard]] std::string unmet_kept_order(order_scope scope) const {
        if (!keeps_order_of(scope)) return unmet_order();
        if (auto unmet = unmet_durability(); !unmet.empty()) return unmet;
        if (conditions_.storage_failed) return "storage failed";
        if (conditions_.lease_clocks_wrong && run_.setting.deployment.standby) {
            return "a machine's steady clock was set";
        }
        if (conditions_.changed_hands) return "slices had several runners, or several divisions";
        if (conditions_.crashed && conditions_.clocks_repeat) {
            return "a clock was set back or showed a time twice, and its writer may have crashed";
        }
        if (conditions_.retried) return fmt::format("{} went through retry/", words().items);
        if (conditions_.put_aside) return "entries were shunted or preserved";
        for (const post_record& post : run_.posts) {
            if (post.attempts > 1)
                return fmt::format("a {} had to be resent to the site", words().item);
        }
        return "";
    }
    [[nodiscard]] bool keeps_order_of(order_scope scope) const {
        return missing_for_order(run_, scope).empty();
    }

    [[nodiscard]] post_problem first_orphan() const {
        const auto orphan = std::find_if(run_.entries.begin(), run_.entries.end(),
                                         [](auto& e) { return e.fate == entry_fate::orphaned; });
        return entry_problem(
            *orphan, problem_kind::orphaned,
            "No runner that was running at the end serves that slice, so it would wait forever.");
    }

    [[nodiscard]] post_problem entry_problem(const entry_record& entry, problem_kind what,
                                             const std::string& end) const {
        return {entry.post, entry.digest, what,
                fmt::format("Entry {} with {} was queued in {}/ at {}, in slice {}. {}",
                            to_base_name(entry.name),
                            entry.post != none     ? index_.post_name(entry.post)
                            : entry.digest != none ? fmt::format("digest {}", entry.digest)
                                                   : fmt::format("no {}", words().item),
                            index_.queue_of(entry), index_.at(entry.enqueued), entry.slice, end)};
    }

    std::uint64_t count_doubly_owned(std::uint32_t queue, guarantee_result& result) const {
        std::vector<const process_record*> owners;
        std::set<std::uint64_t> divisions;
        std::set<std::uint64_t> served;
        bool exclusive = true;
        for (const process_record& process : run_.processes) {
            if (process.queue != queue) continue;
            owners.push_back(&process);
            divisions.insert(process.slices);
            exclusive = exclusive && served.insert(process.slice).second;
        }
        // Slices of one division, each served by one process, can share an entry only if they
        // overlap.
        const bool may_overlap =
            std::any_of(divisions.begin(), divisions.end(), [&](std::uint64_t slices) {
                const queue_division* const d = run_.division_of(queue, slices);
                return d && d->overlaps;
            });
        if (exclusive && divisions.size() < 2 && !may_overlap) return 0;

        std::uint64_t doubly_owned = 0;
        for (std::uint32_t e = 0; e < run_.entries.size(); ++e) {
            const entry_record& entry = run_.entries[e];
            if (entry.queue != queue) continue;
            const process_record* first = nullptr;
            for (const process_record* const process : owners) {
                if (!owns(*process, e)) continue;
                if (first && is_other_runner(*first, *process)) {
                    ++doubly_owned;
                    if (!result.problem) result.problem = two_owners(entry, *first, *process);
                    break;
                }
                if (!first) first = process;
            }
        }
        return doubly_owned;
    }

    /// Whether a process was running while an entry waited, and would take it.
    [[nodiscard]] bool owns(const process_record& process, std::uint32_t number) const {
        const entry_record& entry = run_.entries[number];
        const virtual_time until = std::min(entry.taken, run_.ended);
        if (process.started > until || entry.enqueued > process.ended) return false;
        if (process.slices == run_.queue_slices[entry.queue] && process.slice == entry.slice) {
            return true;
        }
        const auto& further = run_.further_owners;
        for (auto at = std::lower_bound(
                 further.begin(), further.end(), number,
                 [](const further_owner&f, std::uint32_t e) { return f.entry < e; });
             at != further.end() && at->entry == number; ++at) {
            if (at->slices == process.slices && at->slice == process.slice) return true;
        }
        return false;
    }

    static bool is_other_runner(const process_record& a, const process_record& b) {
        // A restarted process is the same runner.
        const bool together = a.started < b.ended && b.started < a.ended;
        return together && (a.machine != b.machine || a.name != b.name);
    }

    [[nodiscard]] post_problem two_owners(const entry_record& entry, const process_record& a,
                                          const process_record& b) const {
        return entry_problem(
            entry, problem_kind::two_owners,
            fmt::format("Both {} on {} and {} on {} would take it and race for it.", a.name,
                        a.machine, b.name, b.machine));
    }

    [[nodiscard]] bool is_of_entry_queue(const fifo_result& f) const {
        return f.at.what == order_stage::kind::queue &&
               run_.queues[f.at.number] == run_.entry_queue;
    }

    void post_order(guarantee_result& result, order_scope scope) const {
        const auto fifo =
            std::find_if(results_.fifo.begin(), results_.fifo.end(), [&](const fifo_result& f) {
                return f.at.what == order_stage::kind::delivery && f.scope == scope;
            });
        if (fifo == results_.fifo.end() || fifo->items == 0) {
            settle(result, true,
                   words().mail ? "there was nothing to deliver" : "nothing was completed",
                   fmt::format("no {} was overtaken", words().item));
            return;
        }
        result.counterexample = fifo->earliest;
        settle(result, fifo->inversions == 0, unmet_kept_order(scope),
               fmt::format("{} of {} of one {} {} {} in the wrong order",
                           counted(fifo->inversions, "pair", "pairs"), words().items,
                           scope == order_scope::list ? words().group : to_string(scope),
                           fifo->inversions == 1 ? "was" : "were", words().delivered));
    }

    const run_index& index_;
    const run_record& run_;
    const run_results& results_;
    const guarantee_limits& limits_;
    run_conditions conditions_;
};

/// A guarantee and its check.
struct guarantee_row {
    guarantee_info info;
    void (guarantee_checker::*check)(guarantee_result&) const = nullptr;
    /// The statement for items that are not mail, in the site's words; empty: the same.
    std::string_view without_mail{};
};

bool by_every_policy(const run_record&) { return true; }

bool by_owners(const run_record& run) { return run.setting.deployment.standby; }

// Others let an entry wait while later ones of another key are taken.
bool by_orders_of_time(const run_record& run) { return !run.policy.strict_by_key; }

// In all policies, entries with equal stamps have no defined order.
bool by_no_policy(const run_record&) { return false; }

bool by_order_of_lists(const run_record& run) {
    return missing_for_order(run, order_scope::list).empty();
}
bool by_order_of_senders(const run_record& run) {
    return missing_for_order(run, order_scope::sender).empty();
}
bool by_order_of_threads(const run_record& run) {
    return missing_for_order(run, order_scope::thread).empty();
}

bool by_partitions_without_overlap(const run_record& run) {
    return std::none_of(run.divisions.begin(), run.divisions.end(),
                        [](const queue_division& d) { return d.overlaps; });
}

constexpr std::string_view when_calm =
    "no crash; clocks agree; nothing is put back into a queue or retried";

constexpr std::array<guarantee_row, 12> guarantee_table{{
    {{"conservation",
      "Each accepted post ends delivered and archived, held, discarded, shunted or preserved, or "
      "is still queued; each post collected for a digest is in a digest or in digest.mbox.",
      "directories are synced if machines lose power", by_every_policy},
     &guarantee_checker::conservation,
     "Each accepted {item} is completed, shunted or preserved in the end, or is still queued."},
    {{"at_least_once",
      "Each accepted post that is neither held nor discarded is delivered and archived at least "
      "once, or is queued where a running runner will find it.",
      "directories are synced if machines lose power; nothing is shunted or preserved",
      by_every_policy},
     &guarantee_checker::at_least_once,
     "Each accepted {item} is completed at least once, or is queued where a running runner will "
     "find it."},
    {{"exactly_once",
      "Each accepted post that is neither held nor discarded is delivered once to each recipient "
      "and archived once, or is still queued; no digest is delivered twice to a recipient.",
      "no crash; no storage failure; one runner for each slice; nothing is shunted or preserved",
      by_every_policy},
     &guarantee_checker::exactly_once,
     "Each accepted {item} is completed once, or is still queued."},
    {{"no_orphan", "Each entry lies in a slice that a running runner serves.", "", by_every_policy},
     &guarantee_checker::no_orphan},
    {{"one_owner", "Each entry lies in the slice of at most one running runner.", "",
      by_partitions_without_overlap},
     &guarantee_checker::one_owner},
    {{"owned",
      "No entry waits while, for longer than twice the bound of a takeover, no running runner owns "
      "its slice.",
      "slices have owners; no process stands still; a machine is up; no storage failure",
      by_owners},
     &guarantee_checker::owned},
    {{"no_starvation",
      "No entry waits while, for longer than the limit, its slice's runners take entries that were "
      "queued after it.",
      "no crash", by_orders_of_time},
     &guarantee_checker::no_starvation},
    {{"slice_order", "Entries of a slice are taken in the order in which they were queued.",
      when_calm, by_no_policy},
     &guarantee_checker::slice_order},
    {{"list_order", "The posts of a list are delivered in the order in which they were accepted.",
      when_calm, by_order_of_lists},
     &guarantee_checker::list_order,
     "The {items} of a {group} are completed in the order in which they were accepted."},
    {{"sender_order",
      "The posts of a sender are delivered in the order in which they were accepted.", when_calm,
      by_order_of_senders},
     &guarantee_checker::sender_order,
     "The {items} of a sender are completed in the order in which they were accepted."},
    {{"thread_order",
      "The posts of a thread are delivered in the order in which they were accepted.", when_calm,
      by_order_of_threads},
     &guarantee_checker::thread_order,
     "The {items} of a thread are completed in the order in which they were accepted."},
    {{"bounded_displacement",
      "In a slice of in/, an entry is overtaken only by entries that were queued at most the clock "
      "bound plus the time of a write after it.",
      "no crash; nothing is put back into a queue; one runner for each slice", by_orders_of_time},
     &guarantee_checker::bounded_displacement},
}};
static_assert(std::all_of(guarantee_table.begin(), guarantee_table.end(),
                          [](const guarantee_row& row) {
                              return row.check != nullptr && row.info.promised_by != nullptr;
                          }),
              "a guarantee states which policies promise it and how it is checked");

std::string statement_of(const guarantee_row& row) {
    if (words().mail || row.without_mail.empty()) return std::string(row.info.statement);
    return fmt::format(fmt::runtime(row.without_mail), fmt::arg("item", words().item),
                       fmt::arg("items", words().items), fmt::arg("group", words().group));
}

constexpr std::array known = [] {
    std::array<guarantee_info, guarantee_table.size()> infos;
    for (std::size_t i = 0; i < infos.size(); ++i) infos[i] = guarantee_table[i].info;
    return infos;
}();

}  // namespace

std::span<const guarantee_info> known_guarantees() { return known; }

const guarantee_info* find_guarantee(std::string_view name) {
    const auto* const at = std::find_if(known.begin(), known.end(),
                                        [&](const guarantee_info& g) { return g.name == name; });
    return at == known.end() ? nullptr : at;
}

std::vector<guarantee_result> check_guarantees(const run_index& index, const run_results& results,
                                               const guarantee_limits& limits) {
    const guarantee_checker checker(index, results, limits);
    std::vector<guarantee_result> checked;
    for (const guarantee_row& row : guarantee_table) {
        guarantee_result& result = checked.emplace_back();
        result.name = row.info.name;
        result.statement = statement_of(row);
        result.promised = row.info.promised_by(index.run);
        (checker.*row.check)(result);
    }
    return checked;
}

std::string story_of(const guarantee_result& broken) {
    std::string story = broken.because;
    if (broken.problem) story += "\n" + broken.problem->story;
    if (broken.counterexample) story += "\n" + broken.counterexample->story;
    return story;
}

}  // namespace qslice::sim
