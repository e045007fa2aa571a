#include "sim/app/own_lab.hpp"

#include "sim/app/own_stream.hpp"
#include "sim/lab/lab_report.hpp"
#include "sim/lab/site_lab.hpp"
#include "sim/model/hashed_items.hpp"
#include "sim/record/site_words.hpp"
#include "sim/report/html.hpp"
#include "sim/text/text_file.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace qslice::sim {

namespace {

constexpr std::uint64_t usual_lab_items = 10'000;

struct own_lab_options {
    own_stream_options from;
    site_lab_choice choice;
    std::string page;
};

nlohmann::ordered_json document_of(const lab_results& measured, const own_policy& own,
                                   const std::string& source, std::uint64_t seed) {
    lab_choice shown;
    shown.slices.clear();
    for (const lab_row& row : measured.rows) {
        if (shown.slices.empty() || shown.slices.back() != row.slices) {
            shown.slices.push_back(row.slices);
        }
    }
    shown.seed = seed;
    shown.times = false;
    auto document = lab_json(shown, measured, source);
    document["own_hash"] = own.hash;
    return document;
}

/// The site's policy with the hashes of these items.
own_policy policy_of(const site_program& program, const std::vector<built_site::runner>& queues,
                     std::vector<hash_value> hashes) {
    own_policy own;
    own.hash = program.hash_name();
    own.keeps_together = program.facts().keeps_together != affinity_kind::none;
    own.hashes = std::move(hashes);
    for (const built_site::runner& r : queues) {
        const auto divide = [&program, r](std::uint64_t slices) -> std::optional<lab_division> {
            if (!program.check({r.class_name, 0, slices})) return std::nullopt;
            site_program::division made = program.divide(r.queue, slices);
            return lab_division{std::move(made.slice_of), std::move(made.shares),
                                std::move(made.wanted)};
        };
        own.queues.push_back({r.queue, r.slices, divide});
    }
    return own;
}

result<exit_status> run_own_lab(session& s, const own_lab_options& given) {
    auto chosen = hash_own_stream(s, given.from, usual_lab_items, "lab");
    if (!chosen) return failure(chosen.error());
    const own_stream& items = chosen->items;
    const own_policy own =
        policy_of(*chosen->program, chosen->queues, std::move(chosen->hashed.hashes));
    site_lab_choice choice = given.choice;
    choice.seed = items.setting.seed;
    const auto measured = compare_with_library(choice, own, items.stream);
    if (!measured) {
        return failure(error_code::malformed, "--policy " + measured.error().where,
                       measured.error().what);
    }
    const auto document = s.options.json || !given.page.empty()
                              ? document_of(*measured, own, items.source, choice.seed)
                              : nlohmann::ordered_json();
    if (!given.page.empty()) {
        if (const auto written = write_text_file(given.page, lab_page(document)); !written) {
            return failure(written.error());
        }
    }
    if (s.options.json) {
        s.out.print("{}\n", document.dump(2));
    } else if (s.options.quiet) {
        for (const lab_row& row : measured->rows) {
            if (!row.measured) continue;
            s.out.print("{} {:.3f} {}\n", row.slices, row.messages.max_over_mean, row.policy);
        }
    } else {
        s.out.write(site_lab_text(*measured, own, items.source));
    }
    return exit_status::good;
}

}  // namespace

void add_own_lab_command(command_options program, command_line& line) {
    const auto given = std::make_shared<own_lab_options>();
    command_options command =
        add_command(program, line, "lab",
                    fmt::format("Compare the site's own policy with the library's, on the same {}",
                                words().items),
                    [given](session& s) { return run_own_lab(s, *given); });
    command.footer(
        "With --quiet each line is a number of slices, the fullest slice's load over what it\n"
        "should have, and a policy. All figures depend only on the options other than --jobs.");
    add_own_stream_options(command, given->from);
    command
        .add_option("--slices", given->choice.slices,
                    "Numbers of slices (default: those of the site's queues)")
        .type_name("N,N,...")
        .delimiter(',')
        .check(whole_number(1, 256));
    command
        .add_option("--policy", given->choice.policies,
                    "own+PARTITION, such as own+rendezvous, HASH or HASH+PARTITION, such as "
                    "list_affinity+jump; may be repeated (default: a list of 10)")
        .type_name("TEXT");
    command
        .add_option("--html", given->page,
                    "Write a report with charts into FILE, one HTML page that works offline")
        .type_name("FILE");
    add_seed_option(command, line.options);
    add_jobs_option(command, line.options);
}

}  // namespace qslice::sim
