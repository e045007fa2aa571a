#include "sim/app/own_balance.hpp"

#include "sim/app/own_stream.hpp"
#include "sim/balance/balance_report.hpp"
#include "sim/model/hashed_items.hpp"
#include "sim/record/site_words.hpp"
#include "sim/text/plain_words.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice::sim {

namespace {

constexpr std::uint64_t usual_balance_items = 20'000;

struct own_balance_options {
    own_stream_options from;
    bool no_times = false;
};

/// The report on one queue.
struct queue_report {
    std::string queue;
    balance_terms terms;
    balance_result measured;
    queue_balance balance;
};

queue_report report_of(const site_program& program, const own_stream& items,
                       const hashed_items& hashed, const built_site::runner& of,
                       const largest_key& largest) {
    const site_program::division division = program.divide(of.queue, of.slices);
    queue_report r;
    r.queue = of.queue;
    r.terms = {program.hash_name(),
               fmt::format("{} of {}/", counted(of.slices, "slice", "slices"), of.queue),
               division.shares,
               division.wanted,
               program.facts().keeps_together,
               items.setting.seed};
    r.measured.counts = count_by_slice(hashed.hashes, division, of.slices);
    r.measured.messages = hashed.hashes.size();
    r.measured.bytes = hashed.bytes;
    r.measured.wall_s = hashed.wall_s;
    r.measured.message_ns = hashed.item_ns;
    r.measured.raw_hash_ns = not_measured;
    r.measured.ratio = not_measured;
    if (r.terms.keeps_together != affinity_kind::none) {
        r.measured.largest_key_messages = largest.items;
        const arrival& first = items.stream.arrivals[largest.first % items.stream.arrivals.size()];
        if (r.terms.keeps_together == affinity_kind::list) {
            r.measured.largest_key = items.stream.lists[first.list];
        } else if (r.terms.keeps_together == affinity_kind::sender) {
            r.measured.largest_key = items.stream.senders[first.sender];
        }
    }
    r.balance = assess_balance(r.terms, r.measured);
    return r;
}

/// Where these hashes come from, and the queues that need no report.
std::string remark(const std::string& entry, const std::vector<std::string>& whole) {
    std::string text = fmt::format(
        "The {} are hashed as they enter {}/; a later queue hashes what its runners are given.\n",
        words().items, entry);
    if (!whole.empty()) {
        text += fmt::format("One slice takes everything in {}/.\n", fmt::join(whole, "/, "));
    }
    return text;
}

result<exit_status> run_own_balance(session& s, const own_balance_options& given) {
    const auto chosen = hash_own_stream(s, given.from, usual_balance_items, "balance");
    if (!chosen) return failure(chosen.error());
    const auto& [items, queues, program, hashed] = *chosen;
    const largest_key largest = find_largest_key(hashed.hashes);
    const std::string source = given.from.keys.empty()
                                   ? fmt::format("{} of {}", words().items, items.source)
                                   : items.source;

    std::vector<queue_report> reports;
    std::vector<std::string> whole;
    for (const built_site::runner& r : queues) {
        if (r.slices == 1 && !s.options.json && given.from.queue.empty()) {
            whole.push_back(r.queue);
            continue;
        }
        reports.push_back(report_of(*program, items, hashed, r, largest));
        reports.back().measured.threads = s.options.worker_count();
    }
    if (s.options.json) {
        auto all = nlohmann::ordered_json::array();
        for (const queue_report& r : reports) {
            nlohmann::ordered_json one{{"queue", r.queue}};
            one.update(balance_json(r.terms, r.measured, r.balance, {source, !given.no_times}));
            all.push_back(std::move(one));
        }
        s.out.print("{}\n", nlohmann::ordered_json{{"queues", std::move(all)}}.dump(2));
    } else if (s.options.quiet) {
        for (const queue_report& r : reports) {
            for (std::size_t k = 0; k < r.measured.counts.size(); ++k) {
                s.out.print("{} {} {}\n", r.queue, k, r.measured.counts[k]);
            }
        }
    } else {
        for (const queue_report& r : reports) {
            // All queues share one measurement of the time.
            const bool last = &r == &reports.back();
            s.out.write(
                balance_text(r.terms, r.measured, r.balance, {source, last && !given.no_times}));
            s.out.write("\n");
        }
        s.out.write(remark(program->way().entry_queue, whole));
    }
    return exit_status::good;
}

}  // namespace

void add_own_balance_command(command_options program, command_line& line) {
    const auto given = std::make_shared<own_balance_options>();
    command_options command =
        add_command(program, line, "balance",
                    fmt::format("Hash and slice many {} by the site's own policy, and report how "
                                "evenly they are spread",
                                words().items),
                    [given](session& s) { return run_own_balance(s, *given); });
    command.footer(
        "With --quiet each line is a queue, a slice and its count. Counts depend only on the\n"
        "options other than --jobs; times differ between runs (--no-times leaves them out).");
    add_own_stream_options(command, given->from);
    command.add_flag("--no-times", given->no_times, "Leave out figures that differ between runs");
    add_seed_option(command, line.options);
    add_jobs_option(command, line.options);
}

}  // namespace qslice::sim
