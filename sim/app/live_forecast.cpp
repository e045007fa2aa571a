#include "sim/app/live_forecast.hpp"

#include "sim/app/site_options.hpp"
#include "sim/forecast/forecast_report.hpp"
#include "sim/site/log_files.hpp"

#include <qslice/world/posix_world.hpp>

#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>

namespace qslice::sim {

namespace {

/// "out=0.2"
result<void> read_paces(forecast_choices& choices) {
    for (const std::string& text : choices.paces) {
        const std::size_t equals = text.find('=');
        const char* const end = text.data() + text.size();
        double seconds = 0;
        const bool named = equals != std::string::npos && equals > 0;
        const auto [stopped, problem] =
            std::from_chars(named ? text.data() + equals + 1 : end, end, seconds);
        if (problem != std::errc{} || stopped != end || !std::isfinite(seconds) || seconds <= 0) {
            return failure(
                error_code::malformed, "--pace",
                "expected QUEUE=SECONDS per entry, such as out=0.2, found '" + text + "'");
        }
        choices.options.paces.insert_or_assign(text.substr(0, equals), seconds);
    }
    return {};
}

result<diagnosis::site_history> read_history(const std::vector<std::string>& logs) {
    diagnosis::history_builder builder;
    if (auto done = read_all_logs(builder, logs); !done) return failure(done.error());
    return builder.finish();
}

}  // namespace

option add_forecast_options(command_options command, forecast_choices& choices) {
    const option from =
        command
            .add_option("--from", choices.from,
                        "Start from the queues of this live site, and tell when their backlog "
                        "ends; nothing is changed")
            .type_name("DIR");
    command
        .add_option("--logs", choices.logs,
                    "The site's logs, as the command logs takes them: measures how long runners "
                    "take")
        .type_name("LOG")
        .needs(from);
    for (const option& about_slices :
         add_site_options(command, choices.options.plan, choices.running)) {
        about_slices.needs(from);
    }
    command
        .add_option("--pace", choices.paces,
                    "Seconds that a runner of a queue takes per entry: out=0.2 (default: from "
                    "--logs, otherwise assumed)")
        .type_name("QUEUE=SECONDS")
        .needs(from);
    command
        .add_option("--other-slices", choices.options.other_slices,
                    "The other number of slices to try (default: one more; Mailman 3: twice as "
                    "many)")
        .type_name("N")
        .check(whole_number(1, 4096))
        .needs(from);
    command
        .add_option("--lost", choices.lost,
                    "The runners of the machine to lose (default: those of the fullest slice)")
        .type_name("RUNNERS")
        .needs(from);
    add_mailman_option(command, choices.options.version).needs(from);
    command
        .add_option("--now", choices.now_s,
                    "Use this as the current time, in seconds since the epoch (default: the clock)")
        .type_name("TIME")
        .needs(from);
    return from;
}

result<exit_status> forecast_backlog(session& s, forecast_choices& choices) {
    forecast_options& options = choices.options;
    if (choices.running) {
        auto running = read_runners("--running", *choices.running);
        if (!running) return failure(running.error());
        options.plan.running = std::move(*running);
    }
    if (!choices.lost.empty()) {
        auto lost = read_runners("--lost", choices.lost);
        if (!lost) return failure(lost.error());
        options.lost = std::move(*lost);
    }
    if (auto paces = read_paces(choices); !paces) return failure(paces.error());
    std::optional<diagnosis::site_history> history;
    if (!choices.logs.empty()) {
        auto read = read_history(choices.logs);
        if (!read) return failure(read.error());
        history = std::move(*read);
        options.history = &*history;
    }
    options.now_s = choices.now_s.value_or(posix_world().now().seconds);
    options.seed = s.options.seed.value_or(1);
    options.jobs = s.options.worker_count();
    const auto found = make_forecast(choices.from, options);
    if (!found) return failure(found.error());
    if (s.options.json) {
        s.out.print("{}\n", forecast_json(*found).dump(2));
    } else {
        s.out.write(s.options.quiet ? forecast_summary(*found) : forecast_text(*found));
    }
    return ends(found->cases.front()) ? exit_status::good : exit_status::broken;
}

}  // namespace qslice::sim
