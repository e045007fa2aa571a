#include "sim/text/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string>

namespace qslice::sim {

namespace {

std::string_view environment(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? std::string_view(value) : std::string_view();
}

}  // namespace

bool is_terminal(std::FILE* stream) {
    // Open MPI gives its processes a pseudo-terminal and forwards their output to wherever mpirun
    // writes.
    if (!environment("OMPI_COMM_WORLD_SIZE").empty()) return false;
    return ::isatty(::fileno(stream)) == 1;
}

bool wants_colour(std::FILE* stream, colour_choice choice) {
    if (choice != colour_choice::on_terminal) return choice == colour_choice::on;
    return environment("NO_COLOR").empty() && environment("TERM") != "dumb" && is_terminal(stream);
}

bool locale_is_utf8() {
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const std::string_view value = environment(name);
        if (value.empty()) continue;
        for (const std::string_view encoding : {"UTF-8", "utf-8", "UTF8", "utf8"}) {
            if (value.find(encoding) != std::string_view::npos) return true;
        }
        return false;
    }
    return false;
}

unsigned terminal_width(std::FILE* stream) {
    winsize size{};
    if (is_terminal(stream) && ::ioctl(::fileno(stream), TIOCGWINSZ, &size) == 0 &&
        size.ws_col > 0) {
        return size.ws_col;
    }
    return 80;
}

std::size_t prose_width() {
    constexpr std::size_t least = 40;
    constexpr std::size_t most = 96;
    const std::string_view columns = environment("COLUMNS");
    std::size_t width = 0;
    std::from_chars(columns.data(), columns.data() + columns.size(), width);
    if (width == 0 && is_terminal(stdout)) width = terminal_width(stdout);
    return width == 0 ? most : std::clamp(width, least, most);
}

text_style style_for(std::FILE* stream, colour_choice choice) {
    return {wants_colour(stream, choice), locale_is_utf8()};
}

}  // namespace qslice::sim
