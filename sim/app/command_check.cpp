/// @file
/// qslice-sim check: gives the verdicts of a real site's run, from the records of its processes.
#include "sim/app/chosen_scenario.hpp"
#include "sim/app/command.hpp"
#include "sim/check/check_run.hpp"
#include "sim/model/recorded_run.hpp"
#include "sim/report/console.hpp"
#include "sim/report/json.hpp"
#include "sim/report/records.hpp"
#include "sim/scenario/requirement_text.hpp"

#include <memory>
#include <string>
#include <vector>

namespace qslice::sim {

namespace {

struct check_arguments {
    std::string directory;
    std::string scenario;
    std::string records;
    std::vector<std::string> requirements;
};

result<exit_status> check_recorded(session& s, const check_arguments& a) {
    auto setting = find_scenario(a.scenario.empty() ? a.directory + "/site.toml" : a.scenario);
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
                    "The site: its machines, policy and lists (default: RECORDS/site.toml)")
        .type_name("FILE");
    command
        .add_option("--records", a->records,
                    "Write what happened to each post and entry into DIR, as CSV and JSON lines")
        .type_name("DIR");
    command.add_option("--require", a->requirements, "Add a requirement: 'latency.p99 < 30s'")
        .type_name("TEXT");
}

}  // namespace qslice::sim
