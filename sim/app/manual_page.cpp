#include "sim/app/program_outline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <string_view>

namespace qslice::sim {

namespace {

/// Escapes what troff would interpret: backslashes, hyphens, and dots and quotes at the beginning
/// of a line.
/// @source groff(7), man-pages(7)
std::string roff(std::string_view text) {
    std::string out;
    bool line_begins = true;
    for (const char c : text) {
        if (line_begins && (c == '.' || c == '\'')) out += "\\&";
        line_begins = c == '\n';
        switch (c) {
            case '\\': out += "\\e"; break;
            case '-': out += "\\-"; break;
            case '^': out += "\\(ha"; break;
            case '~': out += "\\(ti"; break;
            case '`': out += "\\(ga"; break;
            case '\'': out += "\\(aq"; break;
            default: out += c;
        }
    }
    return out;
}

std::string bold(std::string_view text) { return "\\fB" + roff(text) + "\\fR"; }
std::string slanted(std::string_view text) { return "\\fI" + roff(text) + "\\fR"; }

std::string upper(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}

/// The lines of help unfilled, since they are set in columns.
std::string as_it_stands(std::string_view text) {
    return text.empty() ? std::string() : fmt::format(".PP\n.nf\n{}\n.fi\n", roff(text));
}

std::string entry(const option_outline& option) {
    std::string tag;
    for (const std::string& name : option.names) tag += (tag.empty() ? "" : ", ") + bold(name);
    if (!option.value.empty()) tag += (tag.empty() ? "" : " ") + slanted(option.value);
    if (option.several) tag += " ...";
    std::string text = option.text;
    // Help texts end without a full stop.
    if (!text.empty() && !text.ends_with('.') && !text.ends_with(')')) text += '.';
    if (!option.standard.empty() && option.text.find("default") == std::string::npos) {
        text += fmt::format(" Default: {}.", option.standard);
    }
    if (option.required) text += " Required.";
    return fmt::format(".TP\n{}\n{}\n", tag, roff(text));
}

std::string synopsis(const command_outline& command, const std::string& program) {
    std::string text = fmt::format(".B {}\n", roff(program));
    if (command.name != program) text += fmt::format(".B {}\n", roff(command.name));
    text += "[\\fIoptions\\fR]\n";
    for (const option_outline& argument : command.arguments) {
        text += argument.required ? slanted(argument.value) : "[" + slanted(argument.value) + "]";
        text += argument.several ? " ...\n" : "\n";
    }
    return text;
}

}  // namespace

std::string manual_page(const program_outline& outline, const std::string& version) {
    const std::string& program = outline.program.name;
    const std::string& description = outline.program.summary;
    std::string page = fmt::format(".TH {} 1 \"\" \"qslice {}\" \"User Commands\"\n",
                                   roff(upper(program)), roff(version));
    page += ".nh\n.ad l\n.SH NAME\n";
    page +=
        roff(program) + " \\- simulate and check mailing\\-list sites with hash\\-sliced queues\n";
    page += ".SH SYNOPSIS\n" + synopsis(outline.program, program) + "[\\fIcommand\\fR ...]\n";
    page += ".SH DESCRIPTION\n" + roff(description) + "\n.SH OPTIONS\n";
    for (const option_outline& option : outline.program.options) page += entry(option);
    page += ".SH COMMANDS\n";
    for (const command_outline& command : outline.commands) {
        page += fmt::format(".SS {}\n{}.\n.PP\n{}", roff(command.name), roff(command.summary),
                            synopsis(command, program));
        for (const option_outline& argument : command.arguments) page += entry(argument);
        for (const option_outline& option : command.options) page += entry(option);
        page += as_it_stands(command.notes);
    }
    page += ".SH NOTES\n" + as_it_stands(outline.program.notes).substr(4);
    page +=
        ".SH ENVIRONMENT\n.TP\n.B NO_COLOR\nIf set and not empty, the output is not coloured "
        "unless \\fB\\-\\-colour=always\\fR is given.\n";
    return page;
}

}  // namespace qslice::sim
