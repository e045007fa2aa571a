#include "sim/app/site_options.hpp"

namespace qslice::sim {

std::vector<option> add_site_options(command_options command, diagnosis::slice_plan_options& plan,
                                     std::optional<std::string>& running) {
    return {
        command
            .add_option(
                "--slices", plan.slices,
                "Number of slices per queue: 3, or in=3,out=2 (default: from --running, otherwise "
                "1)")
            .type_name("N"),
        command.add_option("--partition", plan.partition, std::string(partition_kind_help))
            .type_name("KIND"),
        command
            .add_option_function(
                "--running", [&running](const std::string& text) { running = text; },
                "All running runners on all machines: IncomingRunner:0:3,... or the output of ps "
                "that shows --runner=...; empty: nothing runs (default: one per slice)")
            .type_name("RUNNERS")};
}

option add_mailman_option(command_options command,
                          std::optional<diagnosis::mailman_version>& version) {
    return command
        .add_option_function(
            "--mailman",
            [&version](const std::string& text) {
                version =
                    text == "3" ? diagnosis::mailman_version::v3 : diagnosis::mailman_version::v21;
            },
            "Mailman's version: 2.1 or 3 (default: detected from the directories)")
        .type_name("VERSION")
        .one_of({"2.1", "3"});
}

result<std::vector<runner_choice>> read_runners(std::string_view name, std::string_view text) {
    auto runners = diagnosis::parse_runners(text);
    if (!runners) {
        return failure(runners.error().code, std::string(name),
                       "'" + runners.error().where + "': " + runners.error().what);
    }
    return runners;
}

}  // namespace qslice::sim
