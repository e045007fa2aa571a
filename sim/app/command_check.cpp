/// @file
/// qslice-sim check: gives the verdicts of a real site's run, from the records of its processes.
#include "sim/app/chosen_scenario.hpp"
#include "sim/app/command.hpp"
#include "sim/check/check_run.hpp"
#include "sim/model/recorded_run.hpp"
#include "sim/record/built_site.hpp"
#include "sim/record/site_words.hpp"
#include "sim/report/console.hpp"
#include "sim/report/json.hpp"
#include "sim/report/records.hpp"
#include "sim/scenario/requirement_text.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

namespace qslice::sim {

namespace {

struct check_arguments {
    std::string directory;
    std::string scenario;
    std::string records;
    std::vector<std::string> requirements;
};

/// The scenario that tells of the site. A program that is built for a site knows it.
std::string site_of(const check_arguments& a) {
    if (!a.scenario.empty()) return a.scenario;
    std::string file = a.directory + "/site.toml";
    std::error_code ignored;
    const bool is_known = own_built_site() != nullptr && !std::filesystem::exists(file, ignored);
    return is_known ? std::string() : file;
}

result<exit_status> check_recorded(session& s, const check_arguments& a) {
    auto setting = find_scenario(site_of(a));
    if (!setting) return failure(setting.error());
    if (const auto added = add_requirements(*setting, a.requirements); !added) {
        return failure(added.error());
    }
    const auto record = read_recorded_run(*setting, a.directory);
    if (!record) return failure(record.error());
    if (!a.records.empty()) {
        if (const auto written = write_records(a.records, *record); !written) {
            return failure(written.error());
        }
    }
    const run_results results = check_run(*record);
    if (s.options.json) {
        s.out.print("{}\n", run_json(*record, results).dump(2));
    } else if (s.options.quiet) {
        print_verdict(s.out, results, s.style);
    } else {
        print_report(s.out, *record, results, s.style);
    }
    return results.requirements_met && !results.fault ? exit_status::good : exit_status::broken;
}

}  // namespace

void add_check_command(command_options program, command_line& line) {
    const auto a = std::make_shared<check_arguments>();
    command_options command = add_command(
        program, line, "check", "Give the verdicts of a real run, from its processes' records",
        [a](session& s) { return check_recorded(s, *a); });
    command
        .add_option("RECORDS", a->directory,
                    "Directory with the records (*.calls) that recording_world wrote")
        .required();
    command
        .add_option("--scenario", a->scenario,
                    own_built_site() == nullptr
                        ? "The site: its machines, policy and lists (default: RECORDS/site.toml)"
                        : "What differs from the site as it is built (default: RECORDS/site.toml "
                          "if there is one)")
        .type_name("FILE");
    command
        .add_option("--records", a->records,
                    fmt::format("Write what happened to each {} and entry into DIR, as CSV and "
                                "JSON lines",
                                words().item))
        .type_name("DIR");
    command.add_option("--require", a->requirements, "Add a requirement: 'latency.p99 < 30s'")
        .type_name("TEXT");
}

}  // namespace qslice::sim
