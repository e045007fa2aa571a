/// @file
/// qslice-sim run: plays a scenario, checks what happened and reports whether the requirements are
/// met.
#include "sim/app/chosen_scenario.hpp"
#include "sim/app/command.hpp"
#include "sim/app/live_forecast.hpp"
#include "sim/check/check_run.hpp"
#include "sim/model/simulation.hpp"
#include "sim/record/built_site.hpp"
#include "sim/record/process_names.hpp"
#include "sim/record/site_words.hpp"
#include "sim/report/console.hpp"
#include "sim/report/html.hpp"
#include "sim/report/json.hpp"
#include "sim/report/junit.hpp"
#include "sim/report/perfetto.hpp"
#include "sim/report/records.hpp"
#include "sim/scenario/builtin_scenarios.hpp"
#include "sim/scenario/requirement_text.hpp"
#include "sim/stream/make_stream.hpp"
#include "sim/stream/timing.hpp"
#include "sim/text/plain_words.hpp"
#include "sim/text/progress.hpp"
#include "sim/text/text_file.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace qslice::sim {

namespace {

struct run_choices {
    scenario_choices from;
    std::string records;
    std::string page;
    std::string perfetto;
    std::string junit;
    std::vector<std::string> requirements;
    forecast_choices live;
};

/// Advances the progress bar when the mail server has put a post into in/.
class post_counter final : public world_observer {
public:
    explicit post_counter(progress& bar) : bar_(bar) {}

    injected_fault after_call(const world_call& call) override {
        const bool names = call.kind == call_kind::rename || call.kind == call_kind::link;
        if (names && !call.failed && call.process_name == post_process) bar_.advance();
        return {};
    }

private:
    progress& bar_;
};

result<run_record> play(session& s, const scenario& setting, message_stream stream) {
    progress bar("playing", std::string(words().items), stream.arrivals.size(),
                 s.options.shows_progress());
    post_counter counter(bar);
    simulation_hooks hooks;
    if (bar.shown()) hooks.observer = &counter;
    return simulate(setting, std::move(stream), hooks);
}

result<exit_status> run(session& s, run_choices& choices) {
    if (!choices.live.from.empty()) return forecast_backlog(s, choices.live);
    auto chosen = choose_scenario(choices.from, s.options.seed);
    if (!chosen) return failure(chosen.error());
    if (const auto added = add_requirements(chosen->setting, choices.requirements); !added) {
        return failure(added.error());
    }
    const auto record = play(s, chosen->setting, std::move(chosen->stream));
    if (!record) return failure(record.error());
    if (!choices.records.empty()) {
        if (const auto written = write_records(choices.records, *record); !written) {
            return failure(written.error());
        }
    }
    if (!choices.perfetto.empty()) {
        if (const auto written = write_perfetto(choices.perfetto, *record); !written) {
            return failure(written.error());
        }
    }
    run_results results = check_run(*record);
    if (!chosen->remark.empty()) {
        results.remarks.insert(results.remarks.begin(), chosen->remark);
    }
    nlohmann::ordered_json document;
    if (s.options.json || !choices.page.empty()) document = run_json(*record, results);
    if (!choices.page.empty()) {
        const auto page = report_page(document, "run");
        if (!page) return failure(page.error());
        if (const auto written = write_text_file(choices.page, *page); !written) {
            return failure(written.error());
        }
    }
    if (!choices.junit.empty()) {
        std::vector<std::string> words = words_of(choices.from, s.options.seed);
        for (const std::string& wanted : choices.requirements) {
            words.insert(words.end(), {"--require", wanted});
        }
        const std::string replay = command_text("run", words);
        const std::string cases = to_junit(run_junit(*record, results, replay));
        if (const auto written = write_text_file(choices.junit, cases); !written) {
            return failure(written.error());
        }
    }
    if (s.options.json) {
        s.out.print("{}\n", document.dump(2));
    } else if (s.options.quiet) {
        print_verdict(s.out, results, s.style);
    } else {
        print_report(s.out, *record, results, s.style);
    }
    return results.requirements_met ? exit_status::good : exit_status::broken;
}

}  // namespace

void add_run_command(command_options program, command_line& line) {
    const auto choices = std::make_shared<run_choices>();
    line.default_action = [choices](session& s) { return run(s, *choices); };
    command_options command = add_command(
        program, line, "run", "Play a scenario and check its requirements", line.default_action);
    add_scenario_options(command, choices->from);
    add_seed_option(command, line.options);
    command
        .add_option(
            "--records", choices->records,
            fmt::format("Write what happened to each {} and entry into DIR, as CSV and JSON lines",
                        words().item))
        .type_name("DIR");
    command
        .add_option("--html", choices->page,
                    "Write a report with charts into FILE, one HTML page that works offline")
        .type_name("FILE");
    add_junit_option(command, choices->junit);
    command
        .add_option("--perfetto", choices->perfetto,
                    fmt::format("Write a trace for ui.perfetto.dev into FILE: runners, entries in "
                                "hand, the ways of {}, backlogs and faults",
                                words().items))
        .type_name("FILE");
    const auto add_requirement_option = [&](command_options to) {
        to.add_option("--require", choices->requirements, "Add a requirement: 'latency.p99 < 30s'")
            .type_name("TEXT");
    };
    add_requirement_option(command);
    if (own_built_site() != nullptr) {
        // A simulator of one site plays it without being told to.
        add_requirement_option(program);
        program
            .add_option(count_names(), choices->from.posts,
                        fmt::format("Number of {} to play", words().items))
            .type_name("N")
            .check(whole_number(1, 100'000'000));
        return;
    }
    const option from = add_forecast_options(command, choices->live);
    for (const char* other : {"SCENARIO", "--trace", "--mbox", "--posts", "--speedup", "--records",
                              "--html", "--perfetto", "--require"}) {
        from.excludes(command.get_option(other));
    }
    add_jobs_option(command, line.options);
}

}  // namespace qslice::sim
