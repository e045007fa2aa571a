/// @file
/// qslice-sim lab: policies side by side on one stream, and tests of the hash functions.
#include "sim/app/command.hpp"
#include "sim/app/own_lab.hpp"
#include "sim/lab/frontier_plot.hpp"
#include "sim/lab/lab_report.hpp"
#include "sim/record/built_site.hpp"
#include "sim/report/html.hpp"
#include "sim/stream/keys.hpp"
#include "sim/stream/make_stream.hpp"
#include "sim/text/progress.hpp"
#include "sim/text/text_file.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace qslice::sim {

namespace {

struct lab_options {
    std::string trace;
    std::string keys;
    std::vector<std::uint64_t> slices;
    std::vector<std::string> policies;
    std::uint64_t posts = 10'000;
    std::uint64_t simulated = 3000;
    double load = 60;
    std::string svg;
    std::string page;
    bool no_times = false;
    bool quality = false;
};

result<exit_status> run_quality(session& s) {
    quality_choice choice;
    choice.seed = s.options.seed.value_or(choice.seed);
    std::vector<hash_quality> functions;
    bool passed = true;
    {
        progress bar("quality", "functions", 3, s.options.shows_progress());
        for (const char* function : {"sha1", "sha256", "blake2b"}) {
            auto tested = test_named_hash(function, choice);
            if (!tested) return failure(tested.error());
            passed = passed && tested->passed();
            functions.push_back(*std::move(tested));
            bar.advance();
        }
    }
    if (s.options.json) {
        s.out.print("{}\n", quality_json(functions).dump(2));
    } else if (s.options.quiet) {
        for (const hash_quality& q : functions) {
            s.out.print("{} {}\n", q.function, q.passed() ? "passes" : "fails");
        }
    } else {
        s.out.write(quality_text(functions));
    }
    return passed ? exit_status::good : exit_status::broken;
}

result<exit_status> run_lab(session& s, const lab_options& given) {
    if (given.quality) return run_quality(s);
    lab_choice choice;
    if (!given.slices.empty()) choice.slices = given.slices;
    choice.simulated_posts = given.simulated;
    choice.load = given.load / 100;
    choice.seed = s.options.seed.value_or(choice.seed);
    choice.times = !given.no_times;
    if (!given.policies.empty()) choice.policies.clear();
    for (const std::string& text : given.policies) {
        auto policy = make_lab_policy(text);
        if (!policy) {
            return failure(error_code::malformed, "--policy " + text, policy.error().what);
        }
        choice.policies.push_back(*std::move(policy));
    }

    stream_choice from;
    std::string source = "a synthetic stream";
    from.posts = given.posts;
    if (!given.trace.empty()) {
        from.what = stream_choice::kind::trace;
        from.path = given.trace;
        from.posts = 0;
        source = given.trace;
    }
    if (!given.keys.empty()) source = "keys of " + given.keys;
    const auto stream = given.keys.empty() ? make_stream(from, choice.seed) : read_keys(given.keys);
    if (!stream) return failure(stream.error());
    const auto measured = [&] {
        progress bar("lab", "policies", choice.policies.size() * choice.slices.size(),
                     s.options.shows_progress());
        return measure_policies(choice, *stream, s.options.worker_count(), [&] { bar.advance(1); });
    }();
    if (!measured) return failure(measured.error());
    if (!given.svg.empty()) {
        const std::string plot = frontier_svg(*measured, choice.slices.front());
        if (const auto written = write_text_file(given.svg, plot); !written) {
            return failure(written.error());
        }
    }
    nlohmann::ordered_json document;
    if (s.options.json || !given.page.empty()) document = lab_json(choice, *measured, source);
    if (!given.page.empty()) {
        if (const auto written = write_text_file(given.page, lab_page(document)); !written) {
            return failure(written.error());
        }
    }
    if (s.options.json) {
        s.out.print("{}\n", document.dump(2));
    } else if (s.options.quiet) {
        for (const lab_row& row : measured->rows) {
            if (row.pareto) s.out.print("{} {}\n", row.slices, row.policy);
        }
    } else {
        s.out.write(lab_text(choice, *measured, source));
    }
    return exit_status::good;
}

}  // namespace

void add_lab_command(command_options program, command_line& line) {
    if (own_built_site() != nullptr) return add_own_lab_command(program, line);
    const auto given = std::make_shared<lab_options>();
    command_options command =
        add_command(program, line, "lab", "Compare policies by measurement, or test hash functions",
                    [given](session& s) { return run_lab(s, *given); });
    command.footer(
        "With --quiet only the policies on the frontier of balance and list order are "
        "printed,\neach after its number of slices. With --quality the exit status is 1 if a "
        "function fails.\nAll figures except times and memory depend only on the options (see "
        "--no-times).");
    const option trace =
        command
            .add_option("--trace", given->trace, "Use the posts of this trace (CSV, plain or gzip)")
            .type_name("FILE");
    command
        .add_option("--keys", given->keys,
                    "Use the lines of this file, each as Message-ID, list and sender")
        .type_name("FILE")
        .excludes(trace);
    command
        .add_option("--posts", given->posts,
                    "Number of posts of the synthetic stream used without --trace")
        .type_name("N")
        .capture_default_str()
        .check(whole_number(1, 10'000'000))
        .excludes(trace);
    command.add_option("--slices", given->slices, "Numbers of slices (default: 3,4,16)")
        .type_name("N,N,...")
        .delimiter(',')
        .check(whole_number(1, 256));
    command
        .add_option("--policy", given->policies,
                    "HASH or HASH+PARTITION, such as list_affinity+rendezvous; may be repeated "
                    "(default: a list of 15)")
        .type_name("TEXT");
    command
        .add_option("--simulate", given->simulated,
                    "Number of posts to simulate to measure order; 0: none")
        .type_name("N")
        .capture_default_str()
        .check(whole_number(0, 10'000'000));
    command.add_option("--load", given->load, "Runner utilisation in that simulation, in percent")
        .type_name("PERCENT")
        .capture_default_str()
        .check(positive_number());
    command
        .add_option("--svg", given->svg,
                    "Plot order against balance for the first number of slices into this file")
        .type_name("FILE");
    command
        .add_option("--html", given->page,
                    "Write a report with charts into FILE, one HTML page that works offline")
        .type_name("FILE");
    command.add_flag("--no-times", given->no_times, "Leave out figures that differ between runs");
    command.add_flag("--quality", given->quality,
                     "Test sha1, sha256 and blake2b on entry-like input instead");
    add_seed_option(command, line.options);
    add_jobs_option(command, line.options);
}

}  // namespace qslice::sim
