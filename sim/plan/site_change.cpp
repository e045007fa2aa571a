#include "sim/plan/site_change.hpp"

#include "sim/plan/counted_hashes.hpp"
#include "sim/record/site_words.hpp"
#include "sim/text/plain_words.hpp"
#include "sim/text/text_table.hpp"

#include <qslice/core/hash_value.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>

namespace qslice::sim {

namespace {

using json = nlohmann::ordered_json;

std::string reslice_command(const site_change& change) {
    return fmt::format("qslice-sim reslice DIR --queue {} --slices {}", shell_word(change.of.queue),
                       change.to);
}

procedure_step live_procedure(const site_change& change) {
    return {fmt::format("Runners that own their slices by leases (docs/takeover.md) follow one "
                        "command while they run; DIR is the directory with the queues. The {} of "
                        "each {} stay in order as far as the policy keeps them so:",
                        words().items, words().group),
            {reslice_command(change)}};
}

}  // namespace

result<site_change> compare_slices(const site_program& program, const built_site::runner& of,
                                   std::uint64_t from, std::uint64_t to, std::uint64_t seed) {
    for (const auto& [slices, option] : {std::pair{from, "--from"}, std::pair{to, "--to"}}) {
        if (const auto has = program.check({of.class_name, 0, slices}); !has) {
            return failure(
                has.error().code, option,
                fmt::format("the site's partition cannot divide {}/ into {}: {}", of.queue,
                            counted(slices, "slice", "slices"), has.error().what));
        }
    }
    const site_program::division before = program.divide(of.queue, from);
    const site_program::division after = program.divide(of.queue, to);
    std::map<std::pair<slice_index, slice_index>, std::uint64_t> counts;
    std::uint64_t kept = 0;
    draw_hashes(seed, [&](const hash_value& hash) {
        const slice_index old_slice = before.slice_of(hash);
        const slice_index new_slice = after.slice_of(hash);
        ++counts[{old_slice, new_slice}];
        if (old_slice == new_slice) ++kept;
    });
    site_change change{of, program.hash_name(), from, to, {}, counted_share(kept), {}};
    change.moved = counted_share(counted_digests - kept);
    for (const auto& [pair, count] : counts) {
        change.moves.push_back({pair.first, pair.second, counted_share(count), {}});
    }
    return change;
}

std::vector<procedure_step> safe_procedure(const site_change& change) {
    return {
        {fmt::format("On every machine, stop the site's processes. Each runner finishes its "
                     "current {} and ends. {} may continue to arrive: they wait in the queues.",
                     words().item, capitalized(std::string(words().items))),
         {}},
        {"Check on every machine that none of them is left: a runner with the old number would "
         "leave entries alone or take them twice.",
         {}},
        {fmt::format("Give {} {} in the topology, place each of them on one machine, and build and "
                     "install the program on every machine.",
                     change.of.class_name, counted(change.to, "slice", "slices")),
         {fmt::format("qslice::sliced<..., {}>", change.to)}},
        {"If the queues have a deployment file (deployment.EPOCH), state the new number in it as "
         "well; runners refuse to run if it differs from their topology.",
         {reslice_command(change)}},
        {"Start the processes on every machine. Entries left in hand by a crash (.bak) are queued "
         "again by the runner of their new slice.",
         {}}};
}

std::string change_text(const site_change& change, const text_style& style) {
    using align = text_table::align;
    std::string text =
        fmt::format("{}{}/ from {} to {}{}, hashed by {}\n", style.heading(), change.of.queue,
                    change.from, counted(change.to, "slice", "slices"), style.end(), change.hash);
    text += wrapped(
        fmt::format("{} of the entries stay in the slice with the same number, {} move to another "
                    "one. No file is moved or renamed: an entry's name keeps its hash, and the "
                    "runner whose slice contains the hash takes it. Shares are estimated from {} "
                    "random hashes; the bounds are 95% confidence intervals. Where the policy "
                    "keeps {} together, they are shares of the {}.",
                    in_words(change.kept), in_words(change.moved), grouped(counted_digests),
                    words().items, words().groups),
        "  ", 2);
    text_table table({{"from slice", align::right},
                      {"to slice", align::right},
                      {"share of all entries", align::right},
                      {"", align::left}});
    const std::size_t shown = std::min(change.moves.size(), most_rows);
    for (std::size_t i = 0; i < shown; ++i) {
        const slice_move& move = change.moves[i];
        table.add({fmt::format("{} of {}", move.from, change.from),
                   fmt::format("{} of {}", move.to, change.to),
                   fmt::format("{:.2f}%", 100 * move.share.value),
                   move.from == move.to ? "stays" : ""});
    }
    text += '\n' + table.to_text() + left_out_text(shown, change.moves.size()) + '\n';
    return text + procedures_text(safe_procedure(change), live_procedure(change), style);
}

json change_json(const site_change& change) {
    json moves = json::array();
    for (const slice_move& move : change.moves) {
        json entry{{"from", move.from}, {"to", move.to}};
        entry.update(share_json(move.share));
        moves.push_back(std::move(entry));
    }
    json document{{"queue", change.of.queue},
                  {"runner", change.of.class_name},
                  {"hash", change.hash},
                  {"from", change.from},
                  {"to", change.to},
                  {"kept", share_json(change.kept)},
                  {"moved", share_json(change.moved)},
                  {"counted", counted_digests},
                  {"moves", std::move(moves)}};
    add_procedures(document, safe_procedure(change), live_procedure(change));
    return document;
}

}  // namespace qslice::sim
