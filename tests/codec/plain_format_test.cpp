#include <qslice/codec/plain_format.hpp>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace qslice;

namespace {

std::string bytes_of(const plain_item& item) {
    return plain_format::message_bytes(item.text) + plain_format::metadata_bytes(item.data);
}

}  // namespace

TEST_CASE("the plain format keeps its promises") { CHECK(check_format<plain_format>()); }

TEST_CASE("any bytes and any keys read as they were written") {
    CHECK(rc::check(
        [](const std::string& text, const std::vector<std::pair<std::string, std::string>>& pairs) {
            plain_item item{text, {}};
            for (const auto& [key, value] : pairs) item.data.set(key, std::string_view(value));
            const std::string bytes = bytes_of(item);
            const auto read = plain_format::read(bytes + "anything");
            RC_ASSERT(read.has_value());
            RC_ASSERT(*read == item);
            const auto stored = plain_format::read_metadata(bytes);
            RC_ASSERT(stored.has_value());
            RC_ASSERT(bytes.substr(0, stored->message_size) == plain_format::message_bytes(text));
        }));
}

TEST_CASE("no beginning of an item is an item, and no bytes do harm") {
    const std::string bytes = bytes_of({"text", {{"key", "value"}, {"n", 12}}});
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        CHECK_FALSE(plain_format::read(std::string_view(bytes).substr(0, size)));
    }
    for (const std::string wrong :
         {"", "qslice1 ", "qslice1 -1\n", "qslice1 99999999999999999999999\n", "qslice2 0\n0\n",
          "qslice1 0\n1\n18446744073709551615 18446744073709551615\nab\n",
          "qslice1 0\n1\n1 18446744073709551615\nab\n"}) {
        CHECK_FALSE(plain_format::read(wrong));
        CHECK_FALSE(plain_format::read_metadata(wrong));
    }
}

TEST_CASE("numbers of attributes read as the same number, and text that is none has none") {
    attributes data{{"a", 3}, {"b", 0.1}, {"c", true}, {"d", "7 "}, {"e", ""}};
    CHECK(data.number("a") == 3.0);
    CHECK(data.number("b") == 0.1);
    CHECK(data.number("c") == 1.0);
    CHECK_FALSE(data.number("d"));
    CHECK_FALSE(data.number("e"));
    CHECK_FALSE(data.number("absent"));
    CHECK(data.text("a") == "3");
}
