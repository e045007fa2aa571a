#include "sim/report/console.hpp"

#include "sim/check/split_statistics.hpp"
#include "sim/record/site_words.hpp"
#include "sim/report/post_by_post.hpp"
#include "sim/report/scenario_facts.hpp"
#include "sim/text/bars.hpp"
#include "sim/text/plain_words.hpp"
#include "sim/text/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

namespace {

constexpr std::size_t bar_columns = 24;
constexpr std::size_t most_slices_listed = 8;  ///< more slices are drawn as a sparkline
constexpr std::size_t most_stories = 3;
constexpr std::size_t most_faults = 8;

using align = text_table::align;

std::string p_text(double p) {
    if (std::isnan(p)) return "-";
    if (p < 0.0001) return fmt::format("{:.1e}", p);
    return fmt::format("{:.4f}", p);
}

std::string seconds_text(double s) {
    if (std::isnan(s)) return "-";
    if (s != 0 && std::fabs(s) < 0.0005) return fmt::format("{:.1e}", s);
    return fmt::format("{:.3f}", s);
}

std::string ratio_text(double x) { return std::isnan(x) ? "-" : fmt::format("{:.3f}", x); }

std::string joined(const std::vector<std::string>& names) {
    return fmt::format("{}", fmt::join(names, ", "));
}

class console_report {
public:
    console_report(output& out, const run_record& run, const run_results& results,
                   const text_style& style)
        : out_(out), run_(run), results_(results), style_(style) {}

    void all() {
        title();
        posts();
        balance();
        deliveries();
        order();
        conservation();
        effects();
        times();
        faults();
        guarantees();
        requirements();
        for (const std::string& remark : results_.remarks) {
            out_.write("\n" + wrapped(remark, "", 0));
        }
    }

private:
    void heading(std::string_view text, std::string_view note = {}) {
        out_.print("\n{}{}{}", style_.heading(), text, style_.end());
        if (!note.empty()) out_.print("  {}{}{}", style_.faint(), note, style_.end());
        out_.write("\n");
    }

    [[nodiscard]] std::string coloured(std::string_view colour, std::string_view text) const {
        return fmt::format("{}{}{}", colour, text, style_.end());
    }

    static std::string_view by_machine() {
        return words().mail ? "one machine delivers a post to all its recipients" : "";
    }
    /// A stage of run_results in this site's words.
    static std::string stage_text(const std::string& stage) {
        return stage == "delivery" ? std::string(words().delivery) : stage;
    }
    static std::string scope_text(order_scope scope) {
        return std::string(scope == order_scope::list ? words().group : to_string(scope));
    }
    static bool is_delivery(const fifo_result& f) {
        return f.at.what == order_stage::kind::delivery;
    }

    [[nodiscard]] std::string mark(bool good) const {
        return good ? coloured(style_.good(), style_.utf8 ? "✓" : "ok")
                    : coloured(style_.bad(), style_.utf8 ? "✗" : "NO");
    }

    void title() {
        const scenario& s = run_.setting;
        out_.print("{}{}{}", style_.heading(), s.name, style_.end());
        if (!s.summary.empty()) out_.print(": {}", s.summary);
        const double posting =
            run_.posts.empty() ? 0 : to_seconds(run_.posts.back().arrived - run_.started);
        out_.print("\nseed {}; {} {} {} within {}; {}, policy {}, partition {}\n", s.seed,
                   counted(run_.posts.size(), words().item, words().items), words().to,
                   counted(run_.stream.lists.size(), words().group, words().groups),
                   age_text(posting), counted(s.machines.size(), "machine", "machines"),
                   s.policy.hash, s.policy.partition);
        out_.write(wrapped(fmt::format("{} from {}", words().items, source_text(s.stream)), "", 2));
    }

    void posts() {
        const std::string told = post_by_post(run_, results_);
        if (told.empty()) return;
        heading(fmt::format("{} by {}", capitalized(std::string(words().item)), words().item),
                by_machine());
        out_.write(told);
    }

    void balance() {
        heading("Entries of each queue by slice",
                "expected: range of chance in 99 of 100 runs for each; !: outside it");
        for (const queue_balance& q : results_.queues) {
            if (q.total == 0) continue;
            std::string judged;
            if (q.test.how == split_method::not_tested) {
                judged = q.slices.size() < 2 ? "one slice" : "";
            } else if (!q.independent) {
                judged = "the policy keeps entries together, so their number depends on the keys";
            } else {
                judged = fmt::format("chi-square {:.2f} of {} df, p = {} ({})", q.test.statistic,
                                     q.test.degrees, p_text(q.test.p_value),
                                     row_of(split_method_table, q.test.how).words);
            }
            out_.print("  {}{}{}  {}, {}\n", style_.accent(), q.queue, style_.end(),
                       counted(q.total, "entry", "entries"), judged);
            if (q.slices.size() > most_slices_listed) {
                many_slices(q);
            } else if (q.slices.size() > 1) {
                parts(q.slices, true, q.independent);
            }
        }
    }

    void many_slices(const queue_balance& q) {
        std::vector<double> counts;
        for (const part_result& slice : q.slices)
            counts.push_back(static_cast<double>(slice.count));
        // A terminal line has room for about eighty slices.
        constexpr std::size_t columns = 80;
        for (std::size_t at = 0; at < counts.size(); at += columns) {
            out_.print("    {}\n", sparkline(std::span(counts).subspan(
                                                 at, std::min(columns, counts.size() - at)),
                                             style_.utf8));
        }
        const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
        out_.print("    {} slices with {:.0f} to {:.0f} entries; largest / mean {}{}\n",
                   q.slices.size(), *least, *most, ratio_text(q.max_over_mean),
                   q.independent ? fmt::format(" (chance: {}, once in 1,000 above {})",
                                               ratio_text(q.max_over_mean_expected),
                                               ratio_text(q.max_over_mean_allowed))
                                 : "");
    }

    /// Slices or machines, one per row.
    /// @param chance  whether chance says where counts lie
    void parts(const std::vector<part_result>& list, bool slices, bool chance) {
        text_table table(
            {{""}, {""}, {"", align::right}, {"", align::right}, {""}, {"", align::right}});
        for (const part_result& part : list) {
            const bool inside = static_cast<double>(part.count) >= part.band_low &&
                                static_cast<double>(part.count) <= part.band_high;
            const auto low = static_cast<std::uint64_t>(std::max(0.0, std::ceil(part.band_low)));
            const auto high = static_cast<std::uint64_t>(std::max(0.0, std::floor(part.band_high)));
            std::string band =
                "expected " + grouped(low) + (style_.utf8 ? "–" : "-") + grouped(high);
            if (!inside) band = coloured(style_.warning(), band + " !");
            if (!chance) band.clear();
            table.add({slices ? "slice " + part.name : part.name,
                       slices ? (part.machines.empty() ? coloured(style_.bad(), "nobody")
                                                       : joined(part.machines))
                              : std::string(),
                       grouped(part.count), share_text(part.share),
                       bar_text(part.share, bar_columns, style_.utf8), band});
        }
        body(table, 4);
    }

    /// A table without its header line.
    void body(const text_table& table, std::size_t indent) {
        const std::string text = table.to_text(indent);
        out_.write(std::string_view(text).substr(text.find('\n') + 1));
    }

    void deliveries() {
        const delivery_split& d = results_.deliveries;
        heading(fmt::format("{} by machine", capitalized(std::string(words().deliveries))),
                by_machine());
        parts(d.machines, false, d.independent);
        if (d.test.how != split_method::not_tested && d.independent) {
            out_.print("    p = {} ({})", p_text(d.test.p_value),
                       row_of(split_method_table, d.test.how).words);
            if (d.unused > 0 && !std::isnan(d.p_unused)) {
                std::vector<double> shares;
                for (const part_result& m : d.machines) shares.push_back(m.expected_share);
                out_.print("; by chance a machine is unused in {} of such runs{}",
                           share_text(d.p_unused),
                           is_unused_approximated(d.total, shares)
                               ? ", approximated as if machines were independent"
                               : "");
            }
            out_.write("\n");
        }
    }

    void order() {
        heading("Order", "pairs in the wrong order, and overtaken items");
        text_table table({{"of"},
                          {"within"},
                          {"items", align::right},
                          {"inversions", align::right},
                          {"overtaken", align::right},
                          {"max. places", align::right},
                          {"max. time", align::right}});
        for (const fifo_result& f : results_.fifo) {
            // For a queue its own order; for deliveries and archivings every scope.
            const bool effect = is_delivery(f) || f.at.what == order_stage::kind::archiving;
            if (f.pairs == 0 ||
                (!effect && f.scope != order_scope::queue && f.scope != order_scope::slice))
                continue;
            table.add({stage_text(f.stage),
                       f.scope == order_scope::global ? "all" : "each " + scope_text(f.scope),
                       grouped(f.items), grouped(f.inversions),
                       std::isnan(f.overtaken_share) ? "-" : share_text(f.overtaken_share),
                       f.inversions == 0 ? "-" : counted(f.most_places, "place", "places"),
                       f.inversions == 0 ? "-" : age_text(f.most_seconds)});
        }
        if (!table.empty()) out_.write(table.to_text(2));
        std::string told;
        for (const fifo_result& f : results_.fifo) {
            // The earliest of all is often also the earliest within a list or thread.
            if (!is_delivery(f) || !f.earliest || f.earliest->story == told) continue;
            told = f.earliest->story;
            out_.write("  The earliest, " +
                       std::string(f.scope == order_scope::global
                                       ? "of all"
                                       : "within a " + scope_text(f.scope)) +
                       ":\n" + wrapped(f.earliest->story, "    ", 4));
        }
    }

    void conservation() {
        const conservation_result& c = results_.conservation;
        heading(fmt::format("Fates of the {}", words().items));
        std::vector<std::string> parts{counted(c.completed, "completed", "completed")};
        const auto part = [&](std::uint64_t count, std::string_view name) {
            if (count > 0) parts.push_back(grouped(count) + ' ' + std::string(name));
        };
        part(c.held, "held");
        part(c.discarded, "discarded");
        part(c.shunted, "shunted");
        part(c.preserved, "preserved");
        part(c.queued, "still queued");
        part(c.orphaned, "orphaned");
        if (c.lost > 0) parts.push_back(coloured(style_.bad(), grouped(c.lost) + " lost"));
        out_.print("  {} {} accepted = {}\n", mark(c.balanced() && c.lost == 0 && c.orphaned == 0),
                   grouped(c.accepted), fmt::join(parts, " + "));
        if (c.arrived != c.accepted) {
            out_.print("    {} arrived but could not be queued\n", grouped(c.arrived - c.accepted));
        }
        if (words().mail) {
            out_.print("    {} delivered to {}, {} archived", grouped(c.delivered),
                       counted(c.recipients_reached, "recipient", "recipients"),
                       grouped(c.archived));
        }
        if (c.posts_duplicated > 0) {
            const bool one = c.posts_duplicated == 1;
            out_.print(
                "{}{}", words().mail ? "; " : "    ",
                coloured(style_.warning(),
                         fmt::format("{} {} {} {} more than once", grouped(c.posts_duplicated),
                                     one ? words().item : words().items, one ? "was" : "were",
                                     words().delivered_or)));
        }
        if (words().mail || c.posts_duplicated > 0) out_.write("\n");
        if (c.digested > 0) {
            out_.print("    {} collected for digests: {} in {}, {} in digest.mbox",
                       grouped(c.digested), grouped(c.in_digests),
                       counted(c.digests_made, "digest", "digests"), grouped(c.in_digest_mbox));
            if (c.digested_lost > 0) {
                out_.print(", {}", coloured(style_.bad(), grouped(c.digested_lost) + " lost"));
            }
            out_.write("\n");
        }
        if (c.entries_in_hand + c.entries_preserved + c.entries_orphaned + c.entries_lost > 0) {
            out_.print(
                "    entries at the end: {} in hand (.bak), {} preserved (.psv), {} orphaned, "
                "{} lost\n",
                grouped(c.entries_in_hand), grouped(c.entries_preserved),
                grouped(c.entries_orphaned), grouped(c.entries_lost));
        }
        const std::size_t told = std::min(most_stories, c.problems.size());
        for (std::size_t p = 0; p < told; ++p) {
            out_.write(wrapped(c.problems[p].story, "    - ", 6));
        }
        const std::uint64_t all =
            std::accumulate(c.problem_counts.begin(), c.problem_counts.end(), std::uint64_t{0});
        if (all > told) {
            out_.print("    ... and {} more{}\n", grouped(all - told),
                       all == c.problems.size()
                           ? "; --json has them all"
                           : fmt::format("; --json has the first {} of each kind",
                                         conservation_result::most_problems));
        }
    }

    void effects() {
        if (results_.effects.empty()) return;
        heading("Effects that services reported");
        for (const effect_result& e : results_.effects) {
            out_.print("  {} {}: {}", mark(e.repeated == 0), e.name,
                       counted(e.posts, words().item, words().items));
            if (e.repeated > 0) out_.print(", {} again", grouped(e.repeated));
            if (e.missing > 0)
                out_.print(", {} never", counted(e.missing, words().item, words().items));
            out_.write("\n");
            if (!e.story.empty()) out_.write(wrapped(e.story, "    - ", 6));
        }
    }

    void times() {
        heading("Times in seconds",
                fmt::format("{}: from acceptance; wait: in a queue",
                            words().mail ? "delivery and archiving" : words().delivery));
        text_table table({{"of"},
                          {"count", align::right},
                          {"mean", align::right},
                          {"p50", align::right},
                          {"p90", align::right},
                          {"p99", align::right},
                          {"p99.9", align::right},
                          {"longest", align::right}});
        for (const time_distribution& t : results_.times) {
            if (t.count == 0) continue;
            table.add({stage_text(t.name), grouped(t.count), seconds_text(t.mean),
                       seconds_text(t.p50), seconds_text(t.p90), seconds_text(t.p99),
                       seconds_text(t.p999), seconds_text(t.most)});
        }
        if (!table.empty()) out_.write(table.to_text(2));
        const auto busiest = std::max_element(
            results_.processes.begin(), results_.processes.end(),
            [](const auto& a, const auto& b) { return a.utilisation < b.utilisation; });
        if (busiest != results_.processes.end()) {
            out_.print("  {:.2f} {}/s; the busiest runner, {} on {}, is busy {} of the time\n",
                       results_.throughput_per_s, words().items, busiest->process, busiest->machine,
                       share_text(busiest->utilisation));
        }
    }

    void faults() {
        if (run_.faults.empty()) return;
        heading("Injected faults", counted(run_.faults.size(), "total", "total"));
        text_table table({{""}, {""}, {""}, {""}});
        for (std::size_t i = 0; i < std::min(most_faults, run_.faults.size()); ++i) {
            const fault_record& f = run_.faults[i];
            table.add({fmt::format("{:+.3f} s", to_seconds(f.time - run_.started)), f.machine,
                       f.process, f.what});
        }
        body(table, 2);
        if (run_.faults.size() > most_faults) {
            out_.print("  ... and {} more\n", run_.faults.size() - most_faults);
        }
    }

    void guarantees() {
        if (results_.guarantees.empty()) return;
        heading("Guarantees");
        for (const guarantee_result& g : results_.guarantees) {
            std::string sign = coloured(style_.faint(), style_.utf8 ? "–" : "-");
            std::string_view word = "does not apply";
            if (g.verdict == guarantee_verdict::holds) {
                sign = mark(true);
                word = "holds";
            } else if (g.verdict == guarantee_verdict::broken && !g.promised) {
                word = "not promised";
            } else if (g.verdict == guarantee_verdict::broken) {
                sign = mark(false);
                word = "BROKEN";
            }
            out_.write(wrapped(g.because, fmt::format("  {} {:22}{:16}", sign, g.name, word), 42));
        }
    }

    void requirements() {
        if (results_.requirements.empty()) return;
        heading("Requirements");
        for (const requirement_result& r : results_.requirements) {
            out_.print("  {} {}  (found {:.6g})\n", mark(r.met), r.wanted.text, r.found);
        }
    }

    output& out_;
    const run_record& run_;
    const run_results& results_;
    text_style style_;
};

}  // namespace

void print_report(output& out, const run_record& run, const run_results& results,
                  const text_style& style) {
    console_report(out, run, results, style).all();
    out.write("\n");
    print_verdict(out, results, style);
}

void print_verdict(output& out, const run_results& results, const text_style& style) {
    for (const requirement_result& r : results.requirements) {
        // The verdict itself may already report it.
        const std::string said = r.because.substr(0, r.because.find(':'));
        if (r.met || results.verdict.find(said) != std::string::npos) continue;
        out.write(wrapped("The requirement " + r.because, "", 4));
    }
    const bool good = results.requirements_met && !results.fault;
    out.write(good ? style.good() : style.bad());
    out.write(wrapped(results.verdict, "", 0));
    out.write(style.end());
}

}  // namespace qslice::sim
