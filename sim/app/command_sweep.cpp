/// @file
/// qslice-sim sweep: compares alternatives of a scenario by replicated simulation, as a table.
#include "sim/app/chosen_scenario.hpp"
#include "sim/app/command.hpp"
#include "sim/app/shared_work.hpp"
#include "sim/record/built_site.hpp"
#include "sim/record/site_words.hpp"
#include "sim/report/html.hpp"
#include "sim/report/junit.hpp"
#include "sim/report/sweep_json.hpp"
#include "sim/scenario/builtin_scenarios.hpp"
#include "sim/study/sweep.hpp"
#include "sim/text/plain_words.hpp"
#include "sim/text/progress.hpp"
#include "sim/text/text_file.hpp"
#include "sim/text/text_table.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace qslice::sim {

namespace {

struct sweep_choices {
    std::string scenario{default_scenario};
    std::vector<std::string> vary;
    std::uint64_t replications = 10;
    std::uint64_t most_replications = 200;
    bool keep_warm_up = false;  ///< as is the default
    std::uint64_t posts = 0;
    std::string page;
    std::string junit;
    sweep_settings how;
};

/// "1.234 ± 0.056": rounded to two digits of the half width.
/// @param sign  whether to show a plus sign
std::string interval_text(const estimate& e, std::string_view plus_minus, bool sign) {
    const std::string_view plus = sign && e.mean >= 0 ? "+" : "";
    if (!(e.half_width > 0) || !std::isfinite(e.half_width)) {
        return fmt::format("{}{:.4g} {} {:.2g}", plus, e.mean, plus_minus, e.half_width);
    }
    const int decimals =
        std::clamp(1 - static_cast<int>(std::floor(std::log10(e.half_width) + 1e-9)), 0, 12);
    return fmt::format("{}{:.{}f} {} {:.{}f}", plus, e.mean, decimals, plus_minus, e.half_width,
                       decimals);
}

std::string value_text(const estimate& e, std::string_view plus_minus) {
    if (e.count == 0) return "-";
    if (e.count == 1) return fmt::format("{:.4g}", e.mean);
    return interval_text(e, plus_minus, false);
}

/// "-0.012 ± 0.003", marked if it is not due to chance.
std::string difference_text(const estimate& e, bool differs, std::string_view plus_minus) {
    if (e.count < 2) return e.count == 0 ? "-" : fmt::format("{:+.4g}", e.mean);
    return interval_text(e, plus_minus, true) + (differs ? " *" : "");
}

/// In which alternatives the figures are those of a site with a problem; empty: in none.
std::string problems_text(const sweep_result& done) {
    std::vector<std::string> parts;
    for (const sweep_row& row : done.rows) {
        if (row.problems == 0) continue;
        parts.push_back(fmt::format(
            "{} of {}{}", grouped(row.problems), counted(row.replications, "run", "runs"),
            row.values.empty() ? std::string()
                               : fmt::format(" with {}", fmt::join(row.values, ", "))));
    }
    if (parts.empty()) return "";
    return fmt::format(
        "! The verdict, apart from requirements, is a problem in {}. Times are those of what came "
        "out; '{} run' says what is wrong.",
        fmt::join(parts, ", "), program_name());
}

/// What was left out, with a warning if it was much.
std::string warm_up_text(const sweep_result& done) {
    const double share =
        done.posts == 0 ? 0
                        : static_cast<double>(done.warm_up_posts) / static_cast<double>(done.posts);
    constexpr double much = 0.1;
    return fmt::format(
        "{}: the first {} of {} are left out of every run, until latencies had settled "
        "(MSER-5){}",
        share > much ? "! Warm-up" : "Warm-up", grouped(done.warm_up_posts),
        counted(done.posts, words().item, words().items),
        share > much ? fmt::format(". That is {}: a burst or a fault among them does "
                                   "not count; without --remove-warm-up it does.",
                                   share_text(share))
                     : ".");
}

void print_table(session& s, const sweep_result& done, const sweep_choices& choices) {
    const std::string_view plus_minus = s.style.utf8 ? "\xc2\xb1" : "+/-";
    using align = text_table::align;
    std::vector<text_table::column> columns;
    for (const dimension& d : done.dimensions) columns.push_back({d.key, align::left});
    for (const std::string& m : done.measures) {
        columns.push_back({m, align::right});
        if (done.rows.size() > 1) columns.push_back({"more than the first", align::right});
    }
    columns.push_back({"replications", align::right});
    text_table table(std::move(columns));
    bool all_precise = true;
    for (std::size_t i = 0; i < done.rows.size(); ++i) {
        const sweep_row& row = done.rows[i];
        std::vector<std::string> cells = row.values;
        for (std::size_t m = 0; m < row.measures.size(); ++m) {
            cells.push_back(value_text(row.measures[m], plus_minus));
            if (done.rows.size() > 1) {
                cells.push_back(
                    i == 0 ? "" : difference_text(row.differences[m], row.differs[m], plus_minus));
            }
        }
        cells.push_back(grouped(row.replications) + (row.precise ? "" : " !"));
        table.add(std::move(cells));
        all_precise = all_precise && row.precise;
    }
    s.out.write(table.to_text());
    if (s.options.quiet) return;
    const replication_plan& plan = choices.how.plan;
    s.out.write(
        '\n' +
        wrapped(fmt::format(
                    "{} Means with {:.0f}% confidence intervals (Student) of independent "
                    "replications; differences use common random numbers, * marks those not due to "
                    "chance, corrected for their number (Holm).{}",
                    counted(done.runs, "run.", "runs."), 100 * plan.confidence,
                    plan.precision > 0
                        ? " The runs ended when intervals were narrow enough; such intervals of "
                          "95% contain the mean in 93% to 95% of sweeps."
                        : ""),
                "", 0));
    if (choices.how.remove_warm_up) s.out.write(wrapped(warm_up_text(done), "", 0));
    if (const std::string text = problems_text(done); !text.empty()) {
        s.out.write(wrapped(text, "", 0));
    }
    if (!all_precise) {
        s.out.print(
            "! not as precise as {:.3g}% after {} replications; --max-replications "
            "allows more.\n",
            100 * plan.precision, plan.most);
    }
}

/// Writes the requested outputs: the page, and the table or JSON.
result<void> write_results(session& s, const scenario& base, const sweep_result& done,
                           const sweep_choices& choices) {
    nlohmann::ordered_json document;
    if (s.options.json || !choices.page.empty()) document = sweep_json(base, choices.how, done);
    if (!choices.page.empty()) {
        const auto page = report_page(document, "sweep");
        if (!page) return failure(page.error());
        if (auto written = write_text_file(choices.page, *page); !written) return written;
    }
    if (!choices.junit.empty()) {
        std::vector<std::string> words{choices.scenario};
        if (choices.posts > 0)
            words.insert(words.end(), {"--posts", std::to_string(choices.posts)});
        if (s.options.seed) {
            words.insert(words.end(), {"--seed", std::to_string(*s.options.seed)});
        }
        for (std::string& option : options_of(choices.how)) words.push_back(std::move(option));
        const std::string replay = command_text("sweep", words);
        const std::string cases = to_junit(sweep_junit(base, choices.how, done, replay));
        if (auto written = write_text_file(choices.junit, cases); !written) return written;
    }
    if (s.options.json) {
        s.out.print("{}\n", document.dump(2));
    } else {
        print_table(s, done, choices);
    }
    return {};
}

/// The number of runs; 0 if it depends on the requested precision.
std::uint64_t runs_to_do(const sweep_settings& how) {
    if (how.plan.precision > 0) return 0;
    std::uint64_t runs = how.remove_warm_up ? 2 * how.plan.least : how.plan.least;
    for (const dimension& d : how.dimensions) runs *= d.values.size();
    return runs;
}

result<exit_status> run(session& s, sweep_choices& choices, work_group& group) {
    auto base = agreed(group, find_scenario(choices.scenario));
    if (!base) return failure(base.error());
    if (s.options.seed) base->seed = *s.options.seed;
    if (choices.posts > 0) {
        if (auto set = set_posts(*base, choices.posts); !set) return failure(set.error());
    }
    sweep_settings& how = choices.how;
    how.dimensions.clear();
    for (const std::string& text : choices.vary) {
        auto d = parse_dimension(text);
        if (!d) return failure(d.error());
        how.dimensions.push_back(*std::move(d));
    }
    how.jobs = s.options.worker_count();
    how.group = &group;
    how.judge = !choices.junit.empty();
    how.plan.least = choices.replications;
    how.plan.most = std::max(choices.replications, choices.most_replications);
    result<sweep_result> done = sweep_result{};
    {
        progress bar("simulating", "runs", runs_to_do(how) / group.members(),
                     s.options.shows_progress() && group.number() == 0);
        how.on_run = [&bar] { bar.advance(); };
        done = sweep(*base, how);
    }
    if (!done) return failure(done.error());
    bool all_precise = true;
    for (const sweep_row& row : done->rows) all_precise = all_precise && row.precise;
    if (group.number() == 0) {
        if (const auto written = write_results(s, *base, *done, choices); !written) {
            return failure(written.error());
        }
    }
    return all_precise ? exit_status::good : exit_status::broken;
}

}  // namespace

void add_sweep_command(command_options program, command_line& line) {
    const auto choices = std::make_shared<sweep_choices>();
    command_options command = add_command(
        program, line, "sweep", "Compare alternatives of a scenario by replicated simulation",
        [choices](session& s) {
            return run_shared([&](work_group& group) { return run(s, *choices, group); });
        });
    command.add_option("SCENARIO", choices->scenario, scenario_to_start_from()).type_name("");
    command
        .add_option("--vary", choices->vary,
                    fmt::format("A scenario key and the values to try: '{}'; also slices=, "
                                "machines= and load=. If repeated: every combination",
                                own_built_site() == nullptr ? "policy.hash=mailman21,list_affinity"
                                                            : "storage.kind=disk,network"))
        .type_name("KEY=V,...")
        .allow_extra_args(false);
    command
        .add_option("--measure", choices->how.measures,
                    "What to measure: 'latency.p99', 'fifo.list.inversions', ...")
        .type_name("NAME,...")
        .delimiter(',')
        .required();
    command
        .add_option("--replications", choices->replications,
                    "Minimum number of independent runs per alternative")
        .type_name("N")
        .check(whole_number(1, 1'000'000))
        .capture_default_str();
    command
        .add_option(
            "--precision", choices->how.plan.precision,
            "Add runs until each interval's half width is at most this fraction of its mean: 0.05")
        .type_name("SHARE")
        .check(positive_number());
    command
        .add_option("--max-replications,--most-replications", choices->most_replications,
                    "Maximum number of runs per alternative")
        .type_name("N")
        .check(whole_number(1, 1'000'000))
        .capture_default_str();
    command
        .add_option("--confidence", choices->how.plan.confidence,
                    "Probability that an interval contains the true mean")
        .type_name("SHARE")
        .between(0.5, 0.9999)
        .capture_default_str();
    command
        .add_flag("--keep-warm-up", choices->keep_warm_up,
                  "The default; accepted for scripts written for earlier versions")
        .group("");
    command.add_flag("--remove-warm-up", choices->how.remove_warm_up,
                     fmt::format("Leave out the beginning, until latencies have settled: the same "
                                 "{} of every alternative",
                                 words().items));
    command
        .add_option(count_names(), choices->posts,
                    fmt::format("Number of {} per run (default: the scenario's)", words().items))
        .type_name("N")
        .check(whole_number(1, 100'000'000));
    command
        .add_option("--html", choices->page,
                    "Write a report with charts into FILE, one HTML page that works offline")
        .type_name("FILE");
    add_junit_option(command, choices->junit);
    add_seed_option(command, line.options);
    add_jobs_option(command, line.options);
}

}  // namespace qslice::sim
