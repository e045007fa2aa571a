#include <qslice/codec/detail/plain_run.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

using namespace qslice::detail;

TEST_CASE("a plain run ends at each byte that Python would escape, at any position") {
    for (const char quote : {'\'', '"'}) {
        for (int byte = 0; byte < 256; ++byte) {
            const char c = static_cast<char>(byte);
            for (std::size_t size : {1u, 7u, 8u, 9u, 15u, 16u, 21u, 32u, 37u}) {
                for (std::size_t at = 0; at < size; ++at) {
                    std::string text(size, 'a');
                    text[at] = c;
                    std::string copy(size, '-');
                    const std::size_t run = copy_plain_run(text, quote, copy.data());
                    REQUIRE(run == (is_plain(c, quote) ? size : at));
                    REQUIRE(copy.substr(0, run) == text.substr(0, run));
                }
            }
        }
    }
    CHECK(copy_plain_run("", '\'', nullptr) == 0);
}

TEST_CASE("bytes after an escaped byte do not end the run before it") {
    // A borrow in a word of eight bytes can mark bytes after the first special one.
    for (const std::string behind : {"!", "#", "]", "\x80", "~"}) {
        for (std::size_t at = 0; at < 16; ++at) {
            std::string text(16, 'a');
            text[at] = '\\';
            if (at < 15) text[at + 1] = behind.front();
            std::string copy(16, '-');
            CHECK(copy_plain_run(text, '\'', copy.data()) == at);
        }
    }
}
