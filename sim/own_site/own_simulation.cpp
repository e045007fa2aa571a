#include "sim/own_site/own_simulation.hpp"

#include "sim/check/check_run.hpp"
#include "sim/model/simulation.hpp"
#include "sim/report/console.hpp"
#include "sim/report/json.hpp"
#include "sim/scenario/requirement_text.hpp"
#include "sim/stream/make_stream.hpp"
#include "sim/text/output.hpp"
#include "sim/text/terminal.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <utility>

namespace qslice::sim {

namespace {

struct own_site_options {
    std::uint64_t posts = 10'000;
    std::uint64_t seed = 1;
    std::vector<std::string> requirements;
    bool json = false;
    bool quiet = false;
};

/// @returns whether all requirements are met
result<bool> play(const own_site_options& options, scenario setting, const site_program& program) {
    setting.seed = options.seed;
    setting.stream.posts = options.posts;
    if (const auto added = add_requirements(setting, options.requirements); !added) {
        return failure(added.error());
    }
    auto stream = make_stream(setting.stream, setting.seed);
    if (!stream) return failure(stream.error());
    const auto record = simulate(setting, *std::move(stream), program, {});
    if (!record) return failure(record.error());
    const run_results results = check_run(*record);
    output out(stdout, "standard output");
    const text_style style = style_for(stdout, colour_choice::on_terminal);
    if (options.json) {
        out.print("{}\n", run_json(*record, results).dump(2));
    } else if (options.quiet) {
        print_verdict(out, results, style);
    } else {
        print_report(out, *record, results, style);
    }
    if (const auto written = out.finish(); !written) return failure(written.error());
    return results.requirements_met;
}

}  // namespace

int run_own_site(int count, const char* const* arguments, const std::string& name, scenario setting,
                 const site_program& program) {
    own_site_options options;
    CLI::App app("Simulates the site that it was built with, and checks its guarantees.", name);
    app.add_option("--posts", options.posts, "Number of posts of the synthetic stream")
        ->type_name("N")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{100'000'000}))
        ->capture_default_str();
    app.add_option("--seed", options.seed, "Seed of all random choices")
        ->type_name("N")
        ->capture_default_str();
    app.add_option("--require", options.requirements, "Add a requirement: 'latency.p99 < 30s'")
        ->type_name("TEXT");
    app.add_flag("--json", options.json, "Print JSON instead of text");
    app.add_flag("-q,--quiet", options.quiet, "Print only the verdict");
    app.footer("Exit status: 0 if all requirements are met, 1 if not, 2 for wrong options.");
    try {
        app.parse(count, arguments);
    } catch (const CLI::CallForHelp&) {
        std::fputs(app.help().c_str(), stdout);
        return 0;
    } catch (const CLI::ParseError& problem) {
        std::fprintf(stderr, "%s: %s\n", name.c_str(), problem.what());
        return 2;
    }
    const auto holds = play(options, std::move(setting), program);
    if (!holds) {
        std::fprintf(stderr, "%s: %s: %s\n", name.c_str(), holds.error().where.c_str(),
                     holds.error().what.c_str());
        return 2;
    }
    return *holds ? 0 : 1;
}

}  // namespace qslice::sim
