/// @file
/// qslice-sim report: makes the HTML report of a run or a sweep from its JSON.
#include "sim/app/command.hpp"
#include "sim/report/html.hpp"
#include "sim/text/text_file.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace qslice::sim {

namespace {

struct report_options {
    std::string from;
    std::string beside;
    std::string to;
};

/// "FILE:LINE:COLUMN" of a byte; bytes count from 1.
std::string place(const std::string& file, std::string_view text, std::size_t byte) {
    const std::string_view before = text.substr(0, byte == 0 ? 0 : byte - 1);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const std::size_t start = before.rfind('\n') + 1;
    return fmt::format("{}:{}:{}", file, line, before.size() - start + 1);
}

result<nlohmann::ordered_json> read_json(const std::string& path) {
    const auto text = read_text_file(path);
    if (!text) return failure(text.error());
    const std::string name = path == "-" ? "standard input" : path;
    try {
        return nlohmann::ordered_json::parse(*text);
    } catch (const nlohmann::json::parse_error& problem) {
        return failure(error_code::malformed, place(name, *text, problem.byte),
                       "not JSON; expected the output of 'qslice-sim run --json' or 'qslice-sim "
                       "sweep --json'");
    }
}

result<exit_status> report(session& s, const report_options& given) {
    const auto json = read_json(given.from);
    if (!json) return failure(json.error());
    const std::string name = given.from == "-" ? "standard input" : given.from;
    result<std::string> page = std::string();
    if (given.beside.empty()) {
        page = report_page(*json, name);
    } else {
        const auto second = read_json(given.beside);
        if (!second) return failure(second.error());
        page = comparison_page({*json, name}, {*second, given.beside});
    }
    if (!page) return failure(page.error());
    if (given.to == "-") {
        s.out.write(*page);
        return exit_status::good;
    }
    if (const auto written = write_text_file(given.to, *page); !written) {
        return failure(written.error());
    }
    return exit_status::good;
}

}  // namespace

void add_report_command(command_options program, command_line& line) {
    const auto given = std::make_shared<report_options>();
    command_options command = add_command(
        program, line, "report", "Make an HTML page with charts from the JSON of a run or a sweep",
        [given](session& s) { return report(s, *given); });
    command.footer(
        "The page works offline and on paper. 'qslice-sim run --html FILE' and\n'qslice-sim sweep "
        "--html FILE' make it directly.");
    command
        .add_option(
            "FROM", given->from,
            "Output of 'qslice-sim run --json' or 'qslice-sim sweep --json'; -: standard input")
        .type_name("")
        .required();
    command
        .add_option("--beside", given->beside,
                    "Show another run beside it, also an output of 'qslice-sim run --json'")
        .type_name("FILE");
    command.add_option("-o,--output", given->to, "File for the page; -: standard output")
        .type_name("FILE")
        .required();
}

}  // namespace qslice::sim
