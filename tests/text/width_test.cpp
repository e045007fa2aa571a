#include "sim/text/terminal.hpp"
#include "sim/text/text_table.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <string>

using namespace qslice::sim;

namespace {

std::size_t longest_line(const std::string& text) {
    std::istringstream in(text);
    std::size_t most = 0;
    for (std::string line; std::getline(in, line);) most = std::max(most, line.size());
    return most;
}

class columns {
public:
    explicit columns(const char* value) { ::setenv("COLUMNS", value, 1); }
    columns(const columns&) = delete;
    columns& operator=(const columns&) = delete;
    ~columns() { ::unsetenv("COLUMNS"); }
};

}  // namespace

TEST_CASE("prose is wrapped at the width of the terminal, and never wider than is read well") {
    std::string text;
    for (int i = 0; i < 60; ++i) text += "words ";
    {
        const columns narrow("60");
        CHECK(prose_width() == 60);
        CHECK(longest_line(wrapped(text, "  ", 2)) <= 60);
    }
    {
        const columns wide("300");
        CHECK(prose_width() == 96);
    }
    {
        const columns tiny("3");
        CHECK(prose_width() == 40);
    }
    const columns none("what?");
    CHECK(prose_width() <= 96);
}
