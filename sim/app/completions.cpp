#include "sim/app/program_outline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace qslice::sim {

namespace {

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
    std::string text;
    for (const std::string& word : words) {
        if (!text.empty()) text += separator;
        text += word;
    }
    return text;
}

/// The name of a shell function for the program.
std::string function_name(const std::string& program) {
    std::string name = '_' + program;
    std::replace_if(
        name.begin(), name.end(),
        [](char c) { return !(c == '_' || (c >= '0' && c <= '9') || (c | 32) >= 'a'); }, '_');
    return name;
}

/// The text in single quotes, with its own quotes escaped.
std::string single_quoted(std::string_view text) {
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + '\'';
}

/// The bash command that suggests a value.
std::string bash_reply(const option_outline& option) {
    switch (option.kind) {
        case value_kind::choice:
            return fmt::format("_words {}", single_quoted(joined(option.choices, " ")));
        case value_kind::scenario:
            return fmt::format("_words {}; _files -f", single_quoted(joined(option.choices, " ")));
        case value_kind::file: return "_files -f";
        case value_kind::folder: return "_files -d";
        case value_kind::none:
        case value_kind::text: break;
    }
    return ":";
}

std::string with_prefix(std::string text, const std::string& function) {
    for (const std::string_view helper : {"_words", "_files"}) {
        for (std::size_t at = text.find(helper); at != text.npos;
             at = text.find(helper, at + function.size() + helper.size())) {
            text.replace(at, helper.size(), function + std::string(helper));
        }
    }
    return text;
}

/// The branches of "case COMMAND,OPTION in" for the options that take a value.
std::string bash_values(const command_outline& command, const std::string& key,
                        const std::string& function) {
    std::string text;
    for (const option_outline& option : command.options) {
        if (option.kind == value_kind::none) continue;
        std::string pattern;
        for (const std::string& name : option.names) {
            pattern += (pattern.empty() ? "" : "|") + key + ',' + name;
        }
        text += fmt::format("        {}) {}; return ;;\n", pattern,
                            with_prefix(bash_reply(option), function));
    }
    return text;
}

/// The branch of "case COMMAND in" that suggests options and arguments.
std::string bash_branch(const command_outline& command, const std::string& key,
                        const std::string& further_words, const std::string& function) {
    std::vector<std::string> names;
    for (const option_outline& option : command.options) {
        names.insert(names.end(), option.names.begin(), option.names.end());
    }
    std::string arguments = further_words.empty() ? ":" : "_words " + single_quoted(further_words);
    if (!command.arguments.empty()) arguments = bash_reply(command.arguments.back());
    return fmt::format(
        "        {})\n            case $word in\n                -*) {} {} ;;\n"
        "                *) {} ;;\n            esac ;;\n",
        key, function + "_words", single_quoted(joined(names, " ")),
        with_prefix(arguments, function));
}

/// Escapes text for a specification of _arguments.
std::string zsh_text(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
        out += c;
    }
    return out;
}

std::string zsh_action(const option_outline& option) {
    switch (option.kind) {
        case value_kind::choice: return '(' + joined(option.choices, " ") + ')';
        case value_kind::scenario:
            return "{_alternative " +
                   single_quoted("names:built-in scenario:(" + joined(option.choices, " ") + ')') +
                   " " + single_quoted("files:scenario file:_files -g \"*.toml\"") + '}';
        case value_kind::file: return "_files";
        case value_kind::folder: return "_files -/";
        case value_kind::none:
        case value_kind::text: break;
    }
    return " ";
}

std::string zsh_options(const command_outline& command, std::string_view indent) {
    std::string text;
    for (const option_outline& option : command.options) {
        for (const std::string& name : option.names) {
            std::string spec = option.several            ? std::string("*")
                               : option.names.size() > 1 ? '(' + joined(option.names, " ") + ')'
                                                         : std::string();
            spec += name;
            if (option.kind != value_kind::none) spec += name.starts_with("--") ? "=" : "+";
            spec += '[' + zsh_text(option.text) + ']';
            if (option.kind != value_kind::none) {
                spec += ':' + zsh_text(option.value.empty() ? "value" : option.value) + ':' +
                        zsh_action(option);
            }
            text += fmt::format("{}{} \\\n", indent, single_quoted(spec));
        }
    }
    return text;
}

}  // namespace

std::string bash_completion(const program_outline& outline) {
    const std::string& program = outline.program.name;
    const std::string function = function_name(program);
    std::vector<std::string> commands;
    for (const command_outline& command : outline.commands) commands.push_back(command.name);
    std::string text = fmt::format(
        "# Completion of {0} for bash; generated by '{0} manual bash'.\n\n{1}_words() {{\n    "
        "local found\n    while read -r found; do COMPREPLY+=(\"$found\"); done \\\n        < "
        "<(compgen -W \"$1\" -- \"$word\")\n}}\n\n{1}_files() {{\n    local found\n    compopt -o "
        "filenames 2>/dev/null\n    while read -r found; do COMPREPLY+=(\"$found\"); done < "
        "<(compgen \"$1\" -- \"$word\")\n}}\n\n{1}() {{\n    local "
        "word=${{COMP_WORDS[COMP_CWORD]}} option=${{COMP_WORDS[COMP_CWORD-1]}}\n    local "
        "command='' i\n    COMPREPLY=()\n    # --option=value comes as three words.\n    if [[ "
        "$word == '=' ]]; then\n        word=''\n    elif [[ $option == '=' ]]; then\n        "
        "option=${{COMP_WORDS[COMP_CWORD-2]}}\n    fi\n    for ((i = 1; i < COMP_CWORD; i++)); "
        "do\n        case ${{COMP_WORDS[i]}} in\n            {2}) command=${{COMP_WORDS[i]}}; "
        "break ;;\n        esac\n    done\n    case $command,$option in\n",
        program, function, joined(commands, "|"));
    text += bash_values(outline.program, "", function);
    for (const command_outline& command : outline.commands) {
        text += bash_values(command, command.name, function);
    }
    text += "    esac\n    case $command in\n";
    text += bash_branch(outline.program, "''", joined(commands, " "), function);
    for (const command_outline& command : outline.commands) {
        text += bash_branch(command, command.name, "", function);
    }
    text += fmt::format("    esac\n}}\n\ncomplete -F {} {}\n", function, program);
    return text;
}

std::string zsh_completion(const program_outline& outline) {
    const std::string& program = outline.program.name;
    const std::string function = function_name(program);
    std::string text = fmt::format(
        "#compdef {0}\n# Completion of {0} for zsh; generated by '{0} manual zsh'.\n\n{1}() {{\n   "
        " local curcontext=$curcontext state line ret=1\n    typeset -A opt_args\n    _arguments "
        "-C -S \\\n{2}        '1:command:->command' \\\n        '*::argument:->argument' && "
        "ret=0\n    case $state in\n        command)\n            local -a commands=(\n",
        program, function, zsh_options(outline.program, "        "));
    for (const command_outline& command : outline.commands) {
        text += fmt::format("                {}\n", single_quoted(zsh_text(command.name) + ':' +
                                                                  zsh_text(command.summary)));
    }
    text +=
        "            )\n            _describe -t commands command commands && ret=0 ;;\n"
        "        argument)\n            case $words[1] in\n";
    for (const command_outline& command : outline.commands) {
        text += fmt::format("                {})\n                    _arguments -S \\\n{}",
                            command.name, zsh_options(command, "                        "));
        for (const option_outline& argument : command.arguments) {
            text += fmt::format(
                "                        {} \\\n",
                single_quoted(fmt::format("{}:{}:{}", argument.several ? "*" : "",
                                          zsh_text(argument.value), zsh_action(argument))));
        }
        text += "                        && ret=0 ;;\n";
    }
    text +=
        fmt::format("            esac ;;\n    esac\n    return ret\n}}\n\n{} \"$@\"\n", function);
    return text;
}

}  // namespace qslice::sim
