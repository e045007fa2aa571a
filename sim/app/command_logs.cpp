/// @file
/// qslice-sim logs: reads the logs of a site's machines and reports which machine served which
/// slice when.
#include "sim/app/command.hpp"
#include "sim/app/site_options.hpp"
#include "sim/site/log_files.hpp"
#include "sim/site/log_window.hpp"
#include "sim/site/logs_diagnosis.hpp"
#include "sim/site/logs_report.hpp"
#include "sim/site/message_journey.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice::sim {

namespace {

struct logs_arguments {
    std::vector<std::string> sources;
    std::vector<std::string> zones;
    std::vector<std::string> clocks;
    std::vector<std::string> running;
    std::string from;
    std::string to;
    std::string message;
    diagnosis::logs_options options;
};

result<exit_status> read(session& s, logs_arguments& a) {
    diagnosis::log_settings settings{a.zones, a.clocks, a.running, a.from, a.to};
    auto understood = settings.read();
    if (!understood) return failure(understood.error());
    std::string_view message = a.message;
    if (message.starts_with('<')) message.remove_prefix(1);
    if (message.ends_with('>')) message.remove_suffix(1);
    understood->history.message = message;
    diagnosis::history_builder builder(understood->history);
    if (auto done = read_all_logs(builder, a.sources, understood->clocks); !done) {
        return failure(done.error());
    }
    for (const std::string& name : understood->machines) {
        if (!builder.knows(name)) {
            return failure(error_code::malformed, "--timezone, --clock or --running",
                           "no log of the machine '" + name + "'; expected " + name + "=FILE");
        }
    }
    if (!message.empty()) {
        const diagnosis::site_history history = builder.finish();
        if (s.options.json) {
            s.out.print("{}\n", journey_json(history, message).dump(2));
        } else {
            s.out.write(journey_text(history, message));
        }
        return exit_status::good;
    }
    const auto d = diagnose_logs(builder.finish(), a.options);
    if (!d) return failure(d.error());
    if (s.options.json) {
        s.out.print("{}\n", to_json(*d, a.options).dump(2));
    } else {
        s.out.write(to_text(*d, a.options, !a.zones.empty(), s.options.quiet));
    }
    return needs_attention(d->findings) ? exit_status::broken : exit_status::good;
}

}  // namespace

void add_logs_command(command_options program, command_line& line) {
    const auto a = std::make_shared<logs_arguments>();
    command_options command = add_command(
        program, line, "logs",
        "Read the logs of a site's machines, and report which machine served which slice when",
        [a](session& s) { return read(s, *a); });
    command
        .add_option("LOG", a->sources,
                    "MACHINE=FILE, FILE (the machine is the name of its directory) or a directory "
                    "of logs: qrunner, smtp, error, post, vette; mailman.log, smtp.log; .gz too")
        .required();
    command
        .add_option("--message", a->message,
                    "Show every entry that names this Message-ID, in order of time, instead of the "
                    "diagnosis")
        .type_name("ID");
    command
        .add_option("--timezone", a->zones,
                    "Time zone of the logs: UTC, +02:00 or Europe/Berlin, for all machines or as "
                    "MACHINE=ZONE (default: times are used as written)")
        .type_name("ZONE");
    command
        .add_option("--clock", a->clocks,
                    "Offset of a machine's clock: MACHINE=SECONDS (positive: ahead)")
        .type_name("OFFSET");
    command
        .add_option(
            "--running", a->running,
            "Runners of a machine whose logs do not show them: MACHINE=OutgoingRunner:0:3,...")
        .type_name("RUNNERS");
    command
        .add_option("--from", a->from,
                    "Ignore what was logged before this time: 'YYYY-MM-DD[ HH:MM[:SS]]'")
        .type_name("TIME");
    command.add_option("--to", a->to, "Ignore what was logged after this time").type_name("TIME");
    command.add_option("--partition", a->options.partition, std::string(partition_kind_help))
        .type_name("KIND");
    command
        .add_option("--gap", a->options.gap_s,
                    "Time without a runner after which a slice counts as unserved (default: 120)")
        .type_name("SECONDS")
        .check(positive_number());
}

}  // namespace qslice::sim
