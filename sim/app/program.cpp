#include "sim/app/program.hpp"

#include "sim/app/command.hpp"
#include "sim/app/usage_error.hpp"
#include "sim/record/built_site.hpp"

#include <qslice/version.hpp>

#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>
#include <string>

namespace qslice::sim {

namespace {

constexpr const char* description =
    "qslice-sim simulates a mailing-list site whose queues are sliced by hash, running the "
    "code\nthat a real site would run, and checks the site's guarantees. Without a command it runs "
    "the\nscenario three-machines: three machines, three slices per runner.";

constexpr const char* own_description =
    "Simulates the site that it was built with, running the code that the site runs, and checks "
    "its\nguarantees. Without a command it runs the site as it is.";

constexpr const char* statuses =
    "Exit status:\n  0  done, and all requirements are met\n  1  done, but a requirement is not "
    "met\n  2  wrong options or input, or an input/output error";

int status_of(exit_status status) { return static_cast<int>(status); }

int report(const error& e) {
    std::fprintf(stderr, "%s: %s: %s\n", program_name().c_str(), e.where.c_str(), e.what.c_str());
    return status_of(exit_status::bad_input);
}

int parse_and_run(int count, const char* const* arguments) {
    const bool is_own = own_built_site() != nullptr;
    output out(stdout, "standard output");
    command_line line;
    CLI::App program(is_own ? own_description : description, program_name());
    program.set_help_flag("-h,--help", "Print this help");
    program.set_version_flag("--version", program_name() + " " + std::string(version_text));
    program.require_subcommand(0, 1);
    program.footer(statuses);
    const command_options options(program);
    add_output_options(options, line.options);
    add_seed_option(options, line.options);
    if (is_own) {
        add_own_commands(options, line);
    } else {
        add_all_commands(options, line);
    }

    const auto finish = [&out](exit_status status) {
        const auto written = out.finish();
        return written ? status_of(status) : report(written.error());
    };
    try {
        program.parse(count, arguments);
    } catch (const CLI::CallForHelp&) {
        out.write(program.help());
        return finish(exit_status::good);
    } catch (const CLI::CallForVersion& version) {
        out.print("{}\n", version.what());
        return finish(exit_status::good);
    } catch (const CLI::ParseError& problem) {
        return report(usage_error(program, problem));
    }

    const command_action& action = line.chosen ? line.chosen : line.default_action;
    if (!action) {
        out.write(program.help());
        return finish(exit_status::bad_input);
    }
    session s{line.options, out, style_for(stdout, line.options.colour)};
    const auto ended = action(s);
    if (!ended) {
        out.flush();
        return report(ended.error());
    }
    return finish(*ended);
}

}  // namespace

int run_program(int count, const char* const* arguments) {
    try {
        return parse_and_run(count, arguments);
    } catch (const std::exception& problem) {
        std::fprintf(stderr, "%s: internal error: %s\n", program_name().c_str(), problem.what());
    }
    return status_of(exit_status::bad_input);
}

}  // namespace qslice::sim
