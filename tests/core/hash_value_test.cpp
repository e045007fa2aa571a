#include <qslice/core/hash_value.hpp>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

using qslice::hash_value;

namespace {

hash_value arbitrary_hash() {
    return {*rc::gen::arbitrary<std::uint64_t>(), *rc::gen::arbitrary<std::uint64_t>(),
            *rc::gen::arbitrary<std::uint32_t>()};
}

}  // namespace

TEST_CASE("a hash reads back from its own hex digits") {
    CHECK(rc::check([] {
        const hash_value d = arbitrary_hash();
        RC_ASSERT(hash_value::parse(d.hex()).value() == d);
    }));
}

TEST_CASE("hashes have the order of their hex digits") {
    CHECK(rc::check([] {
        const hash_value a = arbitrary_hash();
        const hash_value b = arbitrary_hash();
        RC_ASSERT((a < b) == (a.hex() < b.hex()));
    }));
}

TEST_CASE("upper-case hex digits are read, lower-case ones are written") {
    const auto d = hash_value::parse("ABCDEF0123456789ABCDEF0123456789ABCDEF01");
    REQUIRE(d);
    CHECK(d->hex() == "abcdef0123456789abcdef0123456789abcdef01");
}

TEST_CASE("a hash with a wrong length or digit is an error that says so") {
    CHECK(hash_value::parse("").error().code == qslice::error_code::malformed);
    CHECK(hash_value::parse(std::string(39, '0')).error().what.find("found 39") !=
          std::string::npos);
    CHECK(hash_value::parse(std::string(39, '0') + "g").error().what.find("not all hex") !=
          std::string::npos);
}

TEST_CASE("the bytes of a hash are its big-endian number") {
    std::array<std::uint8_t, 20> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i + 1);
    CHECK(hash_value::from_bytes(bytes).hex() == "0102030405060708090a0b0c0d0e0f1011121314");
}

TEST_CASE("scaling by a power of two reads the leading bits") {
    CHECK(rc::check([] {
        const hash_value d = arbitrary_hash();
        RC_ASSERT(d.scaled(1u << 16, 0) == d.high() >> 48);
    }));
}

TEST_CASE("next and previous are each other's inverse, across every carry") {
    for (const hash_value d :
         {hash_value(0, 0, ~0u), hash_value(0, ~0ull, ~0u), hash_value(5, 0, 0)}) {
        CHECK(d.next().previous() == d);
        CHECK(d.next() > d);
    }
}

TEST_CASE("any byte that is not a hex digit, at any position, makes a hash invalid") {
    const std::string good = "0123456789abcdefABCDEF0123456789abcdefAB";
    for (std::size_t place = 0; place < good.size(); ++place) {
        for (int byte = 0; byte < 256; ++byte) {
            std::string text = good;
            text[place] = static_cast<char>(byte);
            const bool hex =
                std::string("0123456789abcdefABCDEF").find(text[place]) != std::string::npos;
            hash_value d;
            if (hash_value::try_parse(text, d) != hex) FAIL("place " << place << ", byte " << byte);
        }
    }
}
