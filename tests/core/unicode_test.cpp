#include <qslice/core/unicode.hpp>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <string>
#include <string_view>
#include <vector>

using namespace qslice::detail;

namespace {

/// Texts of pieces that begin, continue and break sequences.
std::string any_text() {
    const std::vector<std::string> pieces{
        "a",    "\r\n", "\xc3\xa9", "\xe2\x82\xac", "\xed\xb2\x80",
        "\xed", "\xb2", "\x80",     "\xed\xb3\xbf", "\xed\xa0\x80",
        "\xe2", "\xf0", "\xed\xb3", "\xff",         "\xf0\x9f\x98\x80"};
    std::string text;
    for (const auto piece : *rc::gen::container<std::vector<std::size_t>>(
             rc::gen::inRange<std::size_t>(0, pieces.size()))) {
        text += pieces[piece];
    }
    return text;
}

/// The definition, one code point after another.
std::string unescaped_by_points(std::string_view text) {
    std::string bytes;
    while (!text.empty()) {
        const char32_t point = take_code_point(text);
        if (is_escaped_byte(point)) {
            bytes += static_cast<char>(point - 0xdc00);
        } else {
            append_code_point(bytes, point);
        }
    }
    return bytes;
}

}  // namespace

TEST_CASE("the bytes of a text are those of its code points, whatever it contains") {
    CHECK(rc::check([] {
        const std::string text = any_text();
        RC_ASSERT(unescape_bytes(text) == unescaped_by_points(text));
    }));
}

TEST_CASE("bytes that are escaped as Python reads mail come back as they were") {
    CHECK(rc::check([] {
        const std::string bytes = any_text();
        RC_ASSERT(unescape_bytes(escape_bytes(bytes)) == bytes);
    }));
}
