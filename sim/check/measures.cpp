#include "sim/check/measures.hpp"

#include "sim/check/chance.hpp"
#include "sim/check/guarantees.hpp"
#include "sim/record/built_site.hpp"
#include "sim/record/site_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

namespace qslice::sim {

namespace {

using names_t = std::vector<std::string_view>;

constexpr std::array figures{"mean", "min", "p50", "p90", "p95", "p99", "p999", "max"};
constexpr std::array usual_queues{"in",     "pipeline", "archive", "out",  "digest",
                                  "virgin", "retry",    "bounces", "shunt"};

constexpr std::array kinds{
    measure_info{"balance.QUEUE.entries", "entries", "entries enqueued"},
    measure_info{"balance.QUEUE.p_value", "",
                 "probability by chance of a split over the slices at least this unlikely"},
    measure_info{"balance.QUEUE.evidence", "",
                 "against chance, by p_value: 0 none, 1 weak, 2 strong, 3 beyond doubt; 0 if the "
                 "policy keeps entries together"},
    measure_info{"balance.QUEUE.max_over_mean", "",
                 "largest ratio of a slice's count to its expected count"},
    measure_info{"balance.QUEUE.max_over_mean_allowed", "",
                 "value that chance exceeds once in 1,000 runs"},
    measure_info{"balance.QUEUE.cv", "", "coefficient of variation of the slices' counts"},
    measure_info{"balance.QUEUE.work_max_over_mean", "",
                 "largest processing time of a slice relative to its share"},
    measure_info{"balance.QUEUE.work_cv", "", "coefficient of variation of processing time"},
    measure_info{"balance.QUEUE.backlog_max_over_mean", "",
                 "largest mean backlog of a slice relative to its share"},
    measure_info{"balance.QUEUE.backlog_cv", "", "coefficient of variation of mean backlogs"},
    measure_info{"backlog.QUEUE.mean", "entries", "mean number of waiting entries over the run"},
    measure_info{"backlog.QUEUE.max", "entries", "maximum number of entries waiting in a slice"},
    measure_info{"deliveries.count", "deliveries", "deliveries, each to one or more recipients",
                 "completions, including repetitions"},
    measure_info{"deliveries.recipients", "recipients", "recipients reached by posts"},
    measure_info{"deliveries.duplicates", "recipients", "recipients reached again by the same post",
                 "completions that come of work that was done again"},
    measure_info{"deliveries.machines_unused", "machines",
                 "machines that serve out/ and delivered nothing",
                 "machines with runners of the last step that completed nothing"},
    measure_info{"deliveries.p_value", "",
                 "probability by chance of a split over the machines at least this unlikely"},
    measure_info{"deliveries.evidence", "",
                 "against chance, by p_value: 0 none, 1 weak, 2 strong, 3 beyond doubt; 0 if the "
                 "policy keeps messages together",
                 "against chance, by p_value: 0 none, 1 weak, 2 strong, 3 beyond doubt; 0 if the "
                 "policy keeps posts together"},
    measure_info{"archivings.count", "archivings",
                 "posts added to an archive, including repetitions"},
    measure_info{"archivings.duplicates", "archivings", "posts added to an archive again"},
    measure_info{
        "fifo.SCOPE.inversions", "pairs",
        "pairs in the wrong order: of posts at delivery; for queue and slice, of entries, "
        "summed over the queues",
        "pairs in the wrong order: of posts at completion; for queue and slice, of entries, summed "
        "over the queues"},
    measure_info{"fifo.SCOPE.overtaken", "", "posts or entries overtaken by a later one"},
    measure_info{"fifo.SCOPE.overtaken_share", "", "share of overtaken posts or entries"},
    measure_info{"fifo.SCOPE.places", "", "maximum number of later ones that overtook one"},
    measure_info{"fifo.SCOPE.seconds", "s",
                 "how much later than an item one came that overtook it, at most"},
    measure_info{"fifo.STAGE.SCOPE.inversions", "pairs", "the same for one stage"},
    measure_info{"fifo.STAGE.SCOPE.overtaken", "", "the same for one stage"},
    measure_info{"fifo.STAGE.SCOPE.overtaken_share", "", "the same for one stage"},
    measure_info{"fifo.STAGE.SCOPE.places", "", "the same for one stage"},
    measure_info{"fifo.STAGE.SCOPE.seconds", "s", "the same for one stage"},
    measure_info{"conservation.arrived", "posts", "posts that reached the mail server",
                 "posts that arrived"},
    measure_info{"conservation.accepted", "posts", "posts that it queued in in/",
                 "posts that were queued"},
    measure_info{"conservation.refused", "posts", "posts that it never could queue in in/",
                 "posts that never could be queued"},
    measure_info{"conservation.completed", "posts", "delivered, and archived where wanted",
                 "completed"},
    measure_info{"conservation.delivered", "posts", "posts that reached a recipient",
                 "posts that were completed, at least in part"},
    measure_info{"conservation.archived", "posts", "posts in an archive"},
    measure_info{"conservation.held", "posts", "waiting for a moderator"},
    measure_info{"conservation.discarded", "posts", "dropped by moderation"},
    measure_info{"conservation.shunted", "posts", "in shunt/ at the end"},
    measure_info{"conservation.preserved", "posts", "kept as .psv"},
    measure_info{"conservation.queued", "posts", "still being processed"},
    measure_info{"conservation.orphaned", "posts",
                 "in a queue or slice that no running runner serves"},
    measure_info{"conservation.lost", "posts", "lost: not delivered or not archived, and nowhere",
                 "lost: not completed, and nowhere"},
    measure_info{"conservation.duplicated", "posts", "delivered or archived more than once",
                 "posts of which work was done again, up to a completion"},
    measure_info{"conservation.entries_orphaned", "entries",
                 "in a queue or slice that no running runner serves"},
    measure_info{"conservation.entries_in_hand", "entries", ".bak at the end"},
    measure_info{"conservation.entries_done_in_hand", "entries",
                 "of these, those whose post or digest is complete, so that its delivery or "
                 "archiving is repeated"},
    measure_info{"conservation.entries_preserved", "entries", ".psv at the end"},
    measure_info{"conservation.entries_lost", "entries", "undone by a crash"},
    measure_info{"conservation.entries_overwritten", "entries",
                 "gone because another entry got the name"},
    measure_info{"digests.made", "digests", "digests that were made"},
    measure_info{"digests.delivered", "digests", "digests that reached each recipient"},
    measure_info{"digests.queued", "digests", "not to each, the rest still being processed"},
    measure_info{"digests.shunted", "digests", "not to each, the rest in shunt/ at the end"},
    measure_info{"digests.preserved", "digests", "not to each, the rest kept as .psv"},
    measure_info{"digests.lost", "digests", "digests that a recipient can get no more"},
    measure_info{"digests.duplicated", "digests", "digests that reached a recipient again"},
    measure_info{"digests.posts", "posts", "posts collected for a digest"},
    measure_info{"digests.posts_lost", "posts", "of these, neither in a digest nor in digest.mbox"},
    measure_info{"digests.posts_repeated", "posts", "of these, there more than once"},
    measure_info{"effects.EFFECT.count", "effects",
                 "reports of an effect by a site's own services, including repetitions"},
    measure_info{"effects.EFFECT.posts", "posts", "posts that had it"},
    measure_info{"effects.EFFECT.repeated", "effects", "effects of a post after its first"},
    measure_info{"effects.EFFECT.missing", "posts",
                 "posts that never had it and never will: nothing is left of them, or they are "
                 "complete"},
    measure_info{"latency.FIGURE", "s", "from acceptance to the first delivery"},
    measure_info{"latency.archiving.FIGURE", "s", "from acceptance to the first archiving"},
    measure_info{"wait.QUEUE.FIGURE", "s", "from an entry's enqueue until it is taken"},
    measure_info{"throughput", "1/s", "posts completed, until the last effect"},
    measure_info{"duration", "s", "from the first post to the end of the run"},
    measure_info{"utilisation.max", "", "utilisation of the busiest runner"},
    measure_info{"utilisation.mean", "", "mean utilisation of the runners"},
    measure_info{"faults.count", "faults", "faults that were injected"},
    measure_info{"crashes.count", "processes", "processes that crashed"},
    measure_info{"verdict.problem", "", "1 if the verdict is a problem, otherwise 0"},
    measure_info{"guarantee.GUARANTEE", "", "1 if its statement is true for the run, otherwise 0"},
};

/// A description with the site's words for posts and lists.
std::string in_own_words(std::string_view text) {
    std::string said;
    while (!text.empty()) {
        const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
        const auto end = std::find_if_not(text.begin(), text.end(), is_letter);
        const std::string_view word(text.data(), static_cast<std::size_t>(end - text.begin()));
        said += word == "post"    ? words().item
                : word == "posts" ? words().items
                : word == "list"  ? words().group
                : word == "lists" ? words().groups
                                  : word;
        text.remove_prefix(word.size());
        if (text.empty()) break;
        said += text.front();
        text.remove_prefix(1);
    }
    return said;
}

std::string_view take_word(std::string_view& text) {
    const std::size_t point = text.find('.');
    const std::string_view word = text.substr(0, point);
    text = point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
    return word;
}

/// Whether it may be a queue of some site of mail.
bool is_queue_name(std::string_view word) {
    return !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}

template <class Names>
bool is_among(std::string_view word, const Names& names) {
    return std::find(names.begin(), names.end(), word) != names.end();
}

names_t guarantee_names() {
    names_t names;
    for (const guarantee_info& g : known_guarantees()) names.push_back(g.name);
    return names;
}

bool matches(std::string_view pattern, std::string_view word) {
    if (pattern == "QUEUE" || pattern == "STAGE") return is_queue_name(word);
    if (pattern == "EFFECT") return !word.empty();
    if (pattern == "SCOPE") return find_row(scope_table, word) != nullptr;
    if (pattern == "FIGURE") return is_among(word, figures);
    if (pattern == "GUARANTEE") return is_among(word, guarantee_names());
    return pattern == word;
}

/// The queues of this program's site, or those that qslice-sim's usually have.
names_t queue_names() {
    const built_site* const own = own_built_site();
    if (own == nullptr) return {usual_queues.begin(), usual_queues.end()};
    return {own->queues.begin(), own->queues.end()};
}

/// Whether a name has the form of a pattern. The queues of a site of one's own are known, and their
/// names may contain anything, even points.
bool has_form(std::string_view name, std::string_view pattern) {
    if (pattern.empty() || name.empty()) return pattern.empty() && name.empty();
    const std::string_view first = take_word(pattern);
    if (own_built_site() != nullptr && (first == "QUEUE" || first == "STAGE")) {
        for (const std::string_view queue : queue_names()) {
            if (!name.starts_with(queue)) continue;
            const std::string_view rest = name.substr(queue.size());
            if (rest.empty() ? pattern.empty()
                             : rest.front() == '.' && has_form(rest.substr(1), pattern)) {
                return true;
            }
        }
        if (first == "QUEUE") return false;
        return !take_word(name).empty() && has_form(name, pattern);  // an effect, or delivery
    }
    return matches(first, take_word(name)) && has_form(name, pattern);
}

/// The words suggested for a placeholder.
names_t words_of(std::string_view pattern) {
    if (pattern == "QUEUE") return queue_names();
    if (pattern == "STAGE") {
        names_t stages{"delivery"};
        if (words().mail) stages.push_back("archiving");
        for (const std::string_view queue : queue_names()) stages.push_back(queue);
        return stages;
    }
    if (pattern == "EFFECT") return {"charged"};
    if (pattern == "SCOPE") return names_in(scope_table);
    if (pattern == "FIGURE") return {figures.begin(), figures.end()};
    if (pattern == "GUARANTEE") return guarantee_names();
    return {pattern};
}

class collector {
public:
    collector(const run_index& index, const run_results& results)
        : run_(index.run), results_(results) {}

    std::vector<measure> collect() {
        add_balance();
        add_deliveries();
        add_fifo();
        add_conservation();
        add_times();
        add_rest();
        return std::move(measures_);
    }

private:
    void add(std::string name, double value) {
        const measure_info* const kind = find_measure(name);
        measures_.push_back({std::move(name), value, kind ? std::string(kind->unit) : ""});
    }
    void add(std::string name, std::uint64_t value) {
        add(std::move(name), static_cast<double>(value));
    }

    static std::uint64_t strength(bool independent, const split_test& test) {
        if (!independent) return 0;
        return static_cast<std::uint64_t>(evidence_of(test.p_value));
    }

    void add_balance() {
        for (const queue_balance& q : results_.queues) {
            const std::string begin = "balance." + q.queue + ".";
            add(begin + "entries", q.total);
            add(begin + "p_value", q.test.p_value);
            add(begin + "evidence", strength(q.independent, q.test));
            add(begin + "max_over_mean", q.max_over_mean);
            add(begin + "max_over_mean_allowed", q.max_over_mean_allowed);
            add(begin + "cv", q.cv);
            add(begin + "work_max_over_mean", q.work_max_over_mean);
            add(begin + "work_cv", q.work_cv);
            add(begin + "backlog_max_over_mean", q.backlog_max_over_mean);
            add(begin + "backlog_cv", q.backlog_cv);
            double mean = 0;
            std::uint64_t most = 0;
            for (const part_result& slice : q.slices) {
                mean += slice.backlog_mean;
                most = std::max(most, slice.backlog_most);
            }
            add("backlog." + q.queue + ".mean", mean);
            add("backlog." + q.queue + ".max", most);
        }
    }

    void add_deliveries() {
        const conservation_result& c = results_.conservation;
        add("deliveries.count", c.deliveries);
        add("deliveries.recipients", c.recipients_reached);
        add("deliveries.duplicates", c.duplicate_deliveries);
        add("deliveries.machines_unused", results_.deliveries.unused);
        add("deliveries.p_value", results_.deliveries.test.p_value);
        add("deliveries.evidence",
            strength(results_.deliveries.independent, results_.deliveries.test));
        add("archivings.count", run_.archivings.size());
        add("archivings.duplicates", c.duplicate_archivings);
    }

    void add_order(const std::string& begin, const fifo_result& f) {
        add(begin + "inversions", f.inversions);
        add(begin + "overtaken", f.overtaken);
        add(begin + "overtaken_share", f.overtaken_share);
        add(begin + "places", f.most_places);
        add(begin + "seconds", f.most_seconds);
    }

    void add_fifo() {
        for (const order_scope scope : post_scopes) {
            for (const fifo_result& f : results_.fifo) {
                if (f.at.what != order_stage::kind::delivery || f.scope != scope) continue;
                add_order(fmt::format("fifo.{}.", to_string(scope)), f);
            }
        }
        for (const order_scope scope : {order_scope::queue, order_scope::slice}) {
            fifo_result all;
            for (const fifo_result& f : results_.fifo) {
                if (f.scope != scope) continue;
                all.items += f.items;
                all.inversions += f.inversions;
                all.overtaken += f.overtaken;
                all.most_places = std::max(all.most_places, f.most_places);
                all.most_seconds = std::max(all.most_seconds, f.most_seconds);
            }
            if (all.items > 0) {
                all.overtaken_share =
                    static_cast<double>(all.overtaken) / static_cast<double>(all.items);
            }
            add_order(fmt::format("fifo.{}.", to_string(scope)), all);
        }
        for (const fifo_result& f : results_.fifo) {
            add_order(fmt::format("fifo.{}.{}.", f.stage, to_string(f.scope)), f);
        }
    }

    void add_conservation() {
        const conservation_result& c = results_.conservation;
        add("conservation.arrived", c.arrived);
        add("conservation.accepted", c.accepted);
        add("conservation.refused", c.refused());
        add("conservation.completed", c.completed);
        add("conservation.delivered", c.delivered);
        add("conservation.archived", c.archived);
        add("conservation.held", c.held);
        add("conservation.discarded", c.discarded);
        add("conservation.shunted", c.shunted);
        add("conservation.preserved", c.preserved);
        add("conservation.queued", c.queued);
        add("conservation.orphaned", c.orphaned);
        add("conservation.lost", c.lost);
        add("conservation.duplicated", c.posts_duplicated);
        add("conservation.entries_orphaned", c.entries_orphaned);
        add("conservation.entries_in_hand", c.entries_in_hand);
        add("conservation.entries_done_in_hand", c.entries_done_in_hand);
        add("conservation.entries_preserved", c.entries_preserved);
        add("conservation.entries_lost", c.entries_lost);
        add("conservation.entries_overwritten", c.entries_overwritten);
        add("digests.made", c.digests_made);
        add("digests.delivered", c.digests_delivered);
        add("digests.queued", c.digests_queued);
        add("digests.shunted", c.digests_shunted);
        add("digests.preserved", c.digests_preserved);
        add("digests.lost", c.digests_lost);
        add("digests.duplicated", c.digests_duplicated);
        add("digests.posts", c.digested);
        add("digests.posts_lost", c.digested_lost);
        add("digests.posts_repeated", c.digested_twice);
        for (const effect_result& e : results_.effects) {
            const std::string begin = "effects." + e.name + ".";
            add(begin + "count", e.count);
            add(begin + "posts", e.posts);
            add(begin + "repeated", e.repeated);
            add(begin + "missing", e.missing);
        }
    }

    void add_times() {
        for (const time_distribution& t : results_.times) {
            const std::string begin = t.name == "delivery"    ? "latency."
                                      : t.name == "archiving" ? "latency.archiving."
                                                              : t.name + ".";
            const std::array values{t.mean, t.least, t.p50, t.p90, t.p95, t.p99, t.p999, t.most};
            for (std::size_t f = 0; f < figures.size(); ++f) add(begin + figures[f], values[f]);
        }
    }

    void add_rest() {
        add("throughput", results_.throughput_per_s);
        add("duration", results_.duration_s);
        double most = 0;
        double sum = 0;
        for (const process_result& p : results_.processes) {
            most = std::max(most, p.utilisation);
            sum += p.utilisation;
        }
        const bool any = !results_.processes.empty();
        add("utilisation.max", any ? most : not_measured);
        add("utilisation.mean",
            any ? sum / static_cast<double>(results_.processes.size()) : not_measured);
        add("faults.count", run_.faults.size());
        add("crashes.count",
            static_cast<std::uint64_t>(std::count_if(run_.processes.begin(), run_.processes.end(),
                                                     [](auto& p) { return p.crashed; })));
        add("verdict.problem", std::uint64_t{results_.fault ? 1U : 0U});
        for (const guarantee_result& g : results_.guarantees) {
            add("guarantee." + g.name, g.statement_true ? 1.0 : 0.0);
        }
    }

    const run_record& run_;
    const run_results& results_;
    std::vector<measure> measures_;
};

}  // namespace

std::span<const measure_info> known_measures() { return kinds; }

const measure_info* find_measure(std::string_view name) {
    for (const measure_info& kind : kinds) {
        if (has_form(name, kind.pattern)) return &kind;
    }
    return nullptr;
}

std::string description_of(const measure_info& info) {
    if (words().mail) return std::string(info.description);
    return in_own_words(info.without_mail.empty() ? info.description : info.without_mail);
}

std::vector<std::string> measure_names() {
    std::vector<std::string> names;
    for (const measure_info& kind : kinds) {
        std::vector<std::string> begun{""};
        for (std::string_view pattern = kind.pattern; !pattern.empty();) {
            const names_t choices = words_of(take_word(pattern));
            std::vector<std::string> longer;
            for (const std::string& begin : begun) {
                for (const std::string_view word : choices) {
                    longer.push_back(begin.empty() ? std::string(word)
                                                   : begin + "." + std::string(word));
                }
            }
            begun = std::move(longer);
        }
        names.insert(names.end(), begun.begin(), begun.end());
    }
    return names;
}

std::vector<measure> collect_measures(const run_index& index, const run_results& results) {
    return collector(index, results).collect();
}

requirement_result check_requirement(const requirement& wanted, std::span<const measure> measures) {
    requirement_result result;
    result.wanted = wanted;
    const std::string text = wanted.text.empty()
                                 ? fmt::format("{} {} {:g}", wanted.measure,
                                               name_in(relation_table, wanted.is), wanted.value)
                                 : wanted.text;
    const auto found = std::find_if(measures.begin(), measures.end(),
                                    [&](const measure& m) { return m.name == wanted.measure; });
    if (found == measures.end()) {
        result.because =
            fmt::format("{} is not met: this run has no measure '{}'.", text, wanted.measure);
        return result;
    }
    result.found = found->value;
    if (std::isnan(found->value)) {
        result.because = fmt::format("{} is not met: nothing was measured.", text);
        return result;
    }
    result.met = meets(found->value, wanted);
    result.because = fmt::format("{} is {}: found {:g}{}{}.", text, result.met ? "met" : "not met",
                                 found->value, found->unit.empty() ? "" : " ",
                                 words().mail ? found->unit : in_own_words(found->unit));
    return result;
}

}  // namespace qslice::sim
