#include "sim/stream/keys.hpp"

#include "stream/files.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace qslice;
using namespace qslice::sim;

TEST_CASE("each line of a list of keys is a message with that list, sender and Message-ID") {
    const scratch_folder folder;
    const auto stream =
        read_keys(folder.write("keys", "users@example.org\n\ndevel\nusers@example.org"));
    REQUIRE(stream);
    CHECK(stream->lists == std::vector<std::string>{"users@example.org", "devel"});
    REQUIRE(stream->arrivals.size() == 3);
    CHECK(stream->arrivals[0].list == stream->arrivals[2].list);
    CHECK(stream->texts[1].find("Message-ID: <devel>") != std::string::npos);
}

TEST_CASE("a list without keys, and a key that is no text, are errors") {
    const scratch_folder folder;
    CHECK_FALSE(read_keys(folder.write("keys", "\n\n")));
    const auto wrong = read_keys(folder.write("keys", "good\nb\x1b[2Jad\n"));
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().where.ends_with(":2"));
}
