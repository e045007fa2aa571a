#include "sim/app/own_stream.hpp"

#include "sim/model/simulation.hpp"
#include "sim/record/site_words.hpp"
#include "sim/stream/keys.hpp"
#include "sim/text/nearest_name.hpp"
#include "sim/text/progress.hpp"

#include <fmt/format.h>

#include <optional>
#include <string_view>
#include <utility>

namespace qslice::sim {

namespace {

/// @param usual_count  of items, where neither the options nor the scenario fix it
result<own_stream> choose_own_stream(const own_stream_options& o, std::optional<std::uint64_t> seed,
                                     std::uint64_t usual_count) {
    scenario_choices from = o.from;
    if (!o.keys.empty()) {
        auto setting = find_scenario(from.scenario);
        if (!setting) return failure(setting.error());
        auto stream = read_keys(o.keys);
        if (!stream) return failure(stream.error());
        return own_stream{*std::move(setting), *std::move(stream), "keys of " + o.keys};
    }
    const std::string& file = from.trace.empty() ? from.mbox : from.trace;
    if (file.empty() && !from.posts) {
        const auto setting = find_scenario(from.scenario);
        if (!setting) return failure(setting.error());
        const stream_choice& stream = setting->stream;
        if (stream.what == stream_choice::kind::synthetic && stream.times_s.empty()) {
            from.posts = usual_count;
        }
    }
    auto chosen = choose_scenario(from, seed);
    if (!chosen) return failure(chosen.error());
    if (chosen->stream.arrivals.empty()) {
        return failure(
            error_code::malformed, chosen->setting.name,
            fmt::format("expected at least one {} in its stream, found none", words().item));
    }
    std::string source = file.empty() ? chosen->setting.name : file;
    return own_stream{std::move(chosen->setting), std::move(chosen->stream), std::move(source)};
}

/// The queues that the options ask for, of those that runners take from.
result<std::vector<built_site::runner>> chosen_queues(const own_stream_options& o) {
    const std::vector<built_site::runner>& all = own_built_site()->runners;
    if (o.queue.empty()) return all;
    std::vector<std::string_view> names;
    for (const built_site::runner& r : all) {
        if (r.queue == o.queue) return std::vector{r};
        names.push_back(r.queue);
    }
    return failure(
        error_code::malformed, "--queue",
        fmt::format("no runner takes from a queue '{}'{}", o.queue, did_you_mean(o.queue, names)));
}

}  // namespace

void add_own_stream_options(command_options command, own_stream_options& o) {
    add_scenario_options(command, o.from);
    const option keys =
        command
            .add_option(
                "--keys", o.keys,
                fmt::format("Use the lines of this file, each the {} and the sender of one {}",
                            words().group, words().item))
            .type_name("FILE")
            .excludes(command.get_option("--trace"));
    if (words().mail) keys.excludes(command.get_option("--mbox"));
    command.add_option("--queue", o.queue, "Only this queue (default: all)").type_name("NAME");
}

result<hashed_own_stream> hash_own_stream(session& s, const own_stream_options& o,
                                          std::uint64_t usual_count, std::string_view command) {
    auto queues = chosen_queues(o);
    if (!queues) return failure(queues.error());
    auto items = choose_own_stream(o, s.options.seed, usual_count);
    if (!items) return failure(items.error());
    auto program = program_for(items->setting.policy);
    if (!program) return failure(program.error());
    const std::uint64_t count = items->stream.arrivals.size();
    progress bar(std::string(command), std::string(words().items), count,
                 s.options.shows_progress());
    hashed_items hashed =
        hash_items(**program, items->setting, items->stream, count, s.options.worker_count(),
                   [&](std::uint64_t more) { bar.advance(more); });
    return hashed_own_stream{*std::move(items), *std::move(queues), *std::move(program),
                             std::move(hashed)};
}

}  // namespace qslice::sim
