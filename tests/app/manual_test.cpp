#include "app/qslice_sim.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

using qslice::test::qslice_sim;
using qslice::test::run_program;

namespace {

/// The options in a help text, each at the beginning of a line.
std::set<std::string> options_in(const std::string& help) {
    std::set<std::string> options;
    std::istringstream lines(help);
    static const std::regex name("--?[A-Za-z][A-Za-z-]*");
    for (std::string line; std::getline(lines, line);) {
        if (line.rfind("  -", 0) != 0) continue;
        const std::string names = line.substr(2, line.find(' ', 2) - 2);
        for (std::sregex_iterator at(names.begin(), names.end(), name), end; at != end; ++at) {
            options.insert(at->str());
        }
    }
    return options;
}

/// The commands in the program's help.
std::vector<std::string> commands_in(const std::string& help) {
    std::vector<std::string> commands;
    std::istringstream lines(help.substr(help.find("Subcommands:")));
    std::string line;
    std::getline(lines, line);
    while (std::getline(lines, line) && line.rfind("  ", 0) == 0) {
        if (line[2] != ' ') commands.push_back(line.substr(2, line.find(' ', 2) - 2));
    }
    return commands;
}

/// A word as the manual page escapes it.
std::string in_roff(const std::string& word) {
    return std::regex_replace(word, std::regex("-"), "\\-");
}

/// Bash's suggestions for a command line whose last word is being typed.
std::string suggested(const std::vector<std::string>& words) {
    const qslice::test::scratch_directory scratch;
    std::string script = qslice_sim({"manual", "bash"}).out + "\nCOMP_WORDS=(";
    for (const std::string& word : words) script += " '" + word + '\'';
    script += " )\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_qslice_sim\n";
    script += "printf '%s\\n' \"${COMPREPLY[@]}\"\n";
    const auto run = run_program("/bin/bash", {scratch.file("complete.bash", script)});
    CHECK(run.status == 0);
    CHECK(run.err.empty());
    return run.out;
}

}  // namespace

TEST_CASE("every command and option of help is in the manual page and in both completions") {
    const std::string help = qslice_sim({"--help"}).out;
    const std::string page = qslice_sim({"manual"}).out;
    const std::string bash = qslice_sim({"manual", "bash"}).out;
    const std::string zsh = qslice_sim({"manual", "zsh"}).out;
    const auto commands = commands_in(help);
    REQUIRE(std::count(commands.begin(), commands.end(), "plan") == 1);
    for (const std::string& command : commands) {
        CAPTURE(command);
        const std::string section = "\n.SS " + in_roff(command) + "\n";
        const std::size_t begin = page.find(section);
        REQUIRE(begin != std::string::npos);
        const std::string part =
            page.substr(begin, page.find("\n.S", begin + section.size()) - begin);
        const std::size_t in_zsh = zsh.find("\n                " + command + ")\n");
        REQUIRE(in_zsh != std::string::npos);
        const std::string zsh_part = zsh.substr(in_zsh, zsh.find(";;", in_zsh) - in_zsh);
        const std::string branch = "\n        " + command + ")\n";
        const std::size_t in_bash = bash.find(branch);
        REQUIRE(in_bash != std::string::npos);
        const std::string bash_part = bash.substr(in_bash, bash.find("esac ;;", in_bash) - in_bash);
        const auto options = options_in(qslice_sim({command, "--help"}).out);
        REQUIRE(options.count("--help") == 1);
        for (const std::string& option : options) {
            CAPTURE(option);
            CHECK(part.find("\\fB" + in_roff(option) + "\\fR") != std::string::npos);
            CHECK_THAT(zsh_part, Catch::Contains(option + "[") || Catch::Contains(option + "=[") ||
                                     Catch::Contains(option + "+["));
            CHECK_THAT(bash_part, Catch::Contains("'" + option + " ") ||
                                      Catch::Contains(" " + option + " ") ||
                                      Catch::Contains(" " + option + "'"));
        }
    }
    for (const std::string& option : options_in(help)) {
        CHECK_THAT(page, Catch::Contains(in_roff(option)));
        CHECK_THAT(bash, Catch::Contains(option));
        CHECK_THAT(zsh, Catch::Contains(option));
    }
}

TEST_CASE("man reads the manual page without a warning") {
    if (!std::filesystem::exists("/usr/bin/man")) {
        WARN("not tested: /usr/bin/man is not there (package man-db)");
        return;
    }
    const qslice::test::scratch_directory scratch;
    const std::string page = scratch.file("qslice-sim.1", qslice_sim({"manual"}).out);
    const auto run =
        run_program("/usr/bin/man", {"--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page},
                    {"LC_ALL=C.UTF-8", "MANROFFSEQ=", "MANWIDTH=80"});
    CHECK(run.status == 0);
    CHECK(run.err.empty());
    CHECK_FALSE(run.out.empty());
}

TEST_CASE("bash suggests commands, a command's options, and values that are known") {
    CHECK_THAT(suggested({"qslice-sim", "pl"}), Catch::Equals("plan\n"));
    CHECK_THAT(suggested({"qslice-sim", "plan", "--fr"}), Catch::Equals("--from\n"));
    CHECK_THAT(suggested({"qslice-sim", "run", "--colour", "a"}), Catch::Equals("auto\nalways\n"));
    CHECK_THAT(suggested({"qslice-sim", "run", "--colour", "=", "n"}), Catch::Equals("never\n"));
    CHECK_THAT(suggested({"qslice-sim", "run", "seven-p"}), Catch::Contains("seven-posts"));
    CHECK_THAT(suggested({"qslice-sim", "run", "--seed", ""}), Catch::Equals("\n"));
}
