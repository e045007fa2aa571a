#include <qslice/codec/detail/plain_run.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

using namespace qslice::detail;

TEST_CASE("a plain run ends at each byte that Python would escape, wherever it stands") {
    for (const char quote : {'\'', '"'}) {
        for (int byte = 0; byte < 256; ++byte) {
            const char c = static_cast<char>(byte);
            for (std::size_t size : {1u, 7u, 8u, 9u, 16u, 21u}) {
                for (std::size_t at = 0; at < size; ++at) {
                    std::string text(size, 'a');
                    text[at] = c;
                    REQUIRE(plain_run(text, quote) == (is_plain(c, quote) ? size : at));
                }
            }
        }
    }
    CHECK(plain_run("", '\'') == 0);
}
