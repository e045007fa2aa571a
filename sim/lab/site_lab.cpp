#include "sim/lab/site_lab.hpp"

#include "sim/lab/lab_policies.hpp"
#include "sim/lab/lab_table.hpp"
#include "sim/record/built_site.hpp"
#include "sim/record/site_words.hpp"
#include "sim/text/plain_words.hpp"

#include <qslice/hash/any_hash_policy.hpp>

#include <fmt/format.h>

#include <array>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace qslice::sim {

namespace {

constexpr std::string_view own_prefix = "own+";

/// A policy of the library, or the site's own hash with a partition of the library.
struct rival {
    std::string name;
    lab_policy policy;
    bool own_hash = false;
};

result<rival> make_rival(const std::string& text, bool keeps_together) {
    const bool own_hash = text.starts_with(own_prefix);
    // The hash's name stands for one of the same kind: bounded loads need keys.
    auto made =
        make_lab_policy(own_hash ? std::string(keeps_together ? "list_affinity+" : "mailman21+") +
                                       text.substr(own_prefix.size())
                                 : text);
    if (!made) return failure(error_code::malformed, text, made.error().what);
    return rival{text, *std::move(made), own_hash};
}

std::vector<std::string> usual_rivals(bool keeps_together) {
    std::vector<std::string> names{"own+equal", "own+modulo", "own+jump", "own+rendezvous",
                                   "own+ring"};
    if (keeps_together) names.emplace_back("own+bounded");
    names.insert(names.end(),
                 {"mailman21", "list_affinity", "list_affinity+bounded", "sender_affinity"});
    return names;
}

/// Both neighbours of a number of slices that `divide` can have.
template <class Divide>
void add_movements(const hashed_stream& hashed, const lab_division& division, Divide&& divide,
                   lab_row& row) {
    for (const std::uint64_t next : {row.slices + 1, row.slices - 1}) {
        if (next == 0) continue;
        if (const std::optional<lab_division> after = divide(next)) {
            row.movements.push_back(movement_between(hashed, division, row.slices, *after, next));
        }
    }
}

class comparison {
public:
    comparison(const site_lab_choice& choice, const own_policy& own, const message_stream& stream)
        : choice_(choice), own_(own), stream_(stream) {}

    result<lab_results> compare() {
        results_.messages = stream_.arrivals.size();
        results_.lists = stream_.lists.size();
        results_.senders = stream_.senders.size();
        for (const arrival& a : stream_.arrivals) results_.bytes += a.size_bytes;
        own_hashes_ = with_keys(own_.hashes, own_.keeps_together);
        const auto names =
            choice_.policies.empty() ? usual_rivals(own_.keeps_together) : choice_.policies;
        for (const std::string& name : names) {
            auto made = make_rival(name, own_.keeps_together);
            if (!made) return failure(made.error());
            const std::string& hash = made->policy.spool.hash;
            if (!made->own_hash && !hashed_.contains(hash)) {
                hashed_.emplace(hash, hash_all(stream_, hash));
            }
            made->policy = with_known_loads(made->policy, hashes_of(*made));
            rivals_.push_back(*std::move(made));
        }
        for (const std::uint64_t slices : slices_to_compare()) {
            add_own(slices);
            for (const rival& r : rivals_) add_rival(r, slices);
        }
        return std::move(results_);
    }

private:
    [[nodiscard]] std::set<std::uint64_t> slices_to_compare() const {
        std::set<std::uint64_t> all(choice_.slices.begin(), choice_.slices.end());
        if (!all.empty()) return all;
        for (const own_policy::queue& q : own_.queues) {
            if (q.slices > 1) all.insert(q.slices);
        }
        if (all.empty()) all.insert(1);
        return all;
    }

    const hashed_stream& hashes_of(const rival& r) const {
        return r.own_hash ? own_hashes_ : hashed_.at(r.policy.spool.hash);
    }

    lab_row& new_row(const std::string& name, std::uint64_t slices) {
        lab_row& row = results_.rows.emplace_back();
        row.policy = name;
        row.slices = slices;
        return row;
    }

    void add_own(std::uint64_t slices) {
        bool stated = false;
        for (const own_policy::queue& q : own_.queues) {
            if (q.slices != slices) continue;
            stated = true;
            measure_own(q, new_row(fmt::format("own, {}/", q.name), slices));
        }
        if (!stated && !own_.queues.empty()) {
            measure_own(own_.queues.front(), new_row("own", slices));
        }
    }

    void measure_own(const own_policy::queue& q, lab_row& row) {
        row.partition = "own";
        row.setting = "own";
        row.independent = !own_.keeps_together;
        const auto division = q.divide(row.slices);
        row.measured = division.has_value();
        if (!row.measured) return;
        measure_keys(own_hashes_, stream_, *division, choice_.seed, row);
        add_movements(own_hashes_, *division, q.divide, row);
    }

    void add_rival(const rival& r, std::uint64_t slices) {
        lab_row& row = new_row(r.name, slices);
        const std::string& partition = r.policy.spool.partition;
        row.partition = partition.substr(0, partition.find('['));
        row.setting = partition;
        row.measured = r.policy.divides_into(slices);
        if (!row.measured) return;
        row.independent = r.own_hash ? !own_.keeps_together
                                     : make_hash_policy(r.policy.spool.hash)->keeps_together() ==
                                           affinity_kind::none;
        const auto divide = [&](std::uint64_t n) -> std::optional<lab_division> {
            if (!r.policy.divides_into(n)) return std::nullopt;
            return division_of(r.policy.division(n));
        };
        const lab_division division = *divide(slices);
        measure_keys(hashes_of(r), stream_, division, choice_.seed, row);
        add_movements(hashes_of(r), division, divide, row);
    }

    const site_lab_choice& choice_;
    const own_policy& own_;
    const message_stream& stream_;
    hashed_stream own_hashes_;
    std::map<std::string, hashed_stream> hashed_;
    std::vector<rival> rivals_;
    lab_results results_;
};

}  // namespace

result<lab_results> compare_with_library(const site_lab_choice& choice, const own_policy& own,
                                         const message_stream& stream) {
    if (stream.arrivals.empty()) {
        return failure(error_code::malformed, "stream", "expected at least one item, found none");
    }
    return comparison(choice, own, stream).compare();
}

std::string site_lab_text(const lab_results& results, const own_policy& own,
                          const std::string& source) {
    std::string text = fmt::format("{} of {}, {}, from {} {} {}\n",
                                   counted(results.messages, words().item, words().items), source,
                                   size_text(static_cast<double>(results.bytes)),
                                   counted(results.senders, "sender", "senders"), words().to,
                                   counted(results.lists, words().group, words().groups));
    using namespace lab_columns;
    const std::array columns{policy, p, max_over_mean, least, cv, bytes, one_more, one_fewer};
    std::uint64_t before = 0;
    for (const lab_row& row : results.rows) {
        if (row.slices != before) text += '\n' + lab_table(results, row.slices, columns);
        before = row.slices;
    }
    text += fmt::format(
        "\n"
        "own       the site's own policy, by its hash {0} and its partition; own+PARTITION: that\n"
        "          hash with a partition of the library\n"
        "mailman21 each {1} by itself; list_affinity, sender_affinity: by its {2}, its sender\n"
        "p         of chi-square against the partition's own shares, if {3} are spread\n"
        "          independently\n"
        "max/mean  load of the fullest slice over what it should have, in {3} and in bytes;\n"
        "          least: minimum for any assignment of whole keys\n"
        "n+1, n-1  share of {3} that change their slice with one slice more, one fewer\n"
        "Order is not compared here; '{4} run' measures the order that the site's own policy "
        "keeps.\n",
        own.hash, words().item, words().group, words().items, program_name());
    return text;
}

}  // namespace qslice::sim
