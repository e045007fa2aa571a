#include <qslice/core/entry_name.hpp>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <cstddef>
#include <string>

using namespace qslice;

TEST_CASE("an entry's name reads back from its text") {
    CHECK(rc::check([] {
        const double seconds = *rc::gen::arbitrary<double>();
        const entry_name name{{seconds}, hash_value(*rc::gen::arbitrary<std::uint64_t>(), 7, 9)};
        RC_ASSERT(parse_entry_name(to_base_name(name)).value() == name);
    }));
}

TEST_CASE("a stamp with an exponent keeps its own plus sign") {
    const auto name = parse_entry_name("1e+16+bd4c9e3ad69a448514c4c4b106b6d7b405682a56");
    REQUIRE(name);
    CHECK(name->time.seconds == 1e16);
    CHECK(name->hash.hex() == "bd4c9e3ad69a448514c4c4b106b6d7b405682a56");
}

TEST_CASE("a malformed name says which half is wrong") {
    CHECK(parse_entry_name("junk").error().what == "expected TIME+HASH, found no '+'");
    CHECK(parse_entry_name("a+b+c").error().what.find("found 'a+b'") != std::string::npos);
    CHECK(parse_entry_name("12.0+zz").error().what.find("found 'zz'") != std::string::npos);
}

TEST_CASE("the time alone is parsed from exactly the names that can be parsed as a whole") {
    const std::string good = "1400972196.789012+bd4c9e3ad69a448514c4c4b106b6d7b405682a56";
    for (std::size_t at = 0; at < good.size(); ++at) {
        for (const char c : {'+', 'g', 'E', '0', '.', '\xe4', '\0'}) {
            std::string base = good;
            base[at] = c;
            entry_name name;
            timestamp time;
            const bool whole = try_parse_entry_name(base, name);
            CAPTURE(base);
            REQUIRE(try_parse_entry_time(base, time) == whole);
            if (whole) CHECK(time == name.time);
        }
    }
    timestamp time;
    CHECK_FALSE(try_parse_entry_time("", time));
    CHECK_FALSE(try_parse_entry_time(good.substr(good.find('+')), time));
}

TEST_CASE("a file name is split at its last dot, leading dots aside") {
    CHECK(split_extension("1.5+ab.pck").base == "1.5+ab");
    CHECK(split_extension("1.5+ab.pck").extension == ".pck");
    CHECK(split_extension("1.5+ab.pck.tmp").extension == ".tmp");
    CHECK(split_extension(".pck").extension.empty());
    CHECK(split_extension("..pck").extension.empty());
    CHECK(split_extension("plain").extension.empty());
    CHECK(split_extension("").extension.empty());
}

TEST_CASE("each state of an entry has its extension, and a foreign one has no state") {
    CHECK(state_of(".pck") == entry_state::queued);
    CHECK(state_of(".bak") == entry_state::in_hand);
    CHECK(state_of(".psv") == entry_state::preserved);
    CHECK(state_of(".tmp") == entry_state::partial);
    CHECK_FALSE(state_of(".txt"));
}
