#include <qslice/codec/pickle_reader.hpp>

#include <catch2/catch.hpp>

#include "support/little_memory.hpp"

#include <functional>
#include <string>

using namespace qslice;

namespace {

/// BEGIN, a part again and again, END, in one allocation.
std::string repeated(std::string_view begin, std::string_view part, std::size_t times,
                     std::string_view end) {
    std::string all;
    all.reserve(begin.size() + part.size() * times + end.size());
    all += begin;
    for (std::size_t i = 0; i < times; ++i) all += part;
    all += end;
    return all;
}

std::string little_endian(std::size_t number) {
    std::string bytes;
    for (int i = 0; i < 4; ++i) bytes += static_cast<char>((number >> (8 * i)) & 0xff);
    return bytes;
}

/// Whether the reader says `malformed` within 64 MB, the input counted, and within the time of work
/// that grows with the input: with its square these inputs would take minutes.
void check_refused(const std::function<std::string()>& make) {
    for (const auto dialect : {pickle_dialect::python2, pickle_dialect::python3}) {
        const auto outcome = test::in_little_memory([&] {
            const std::string pickle = make();
            const auto read = read_pickle(pickle, dialect);
            return !read && read.error().code == error_code::malformed;
        });
        CHECK(outcome.held);
#if !defined(QSLICE_SANITIZED)
        CHECK(outcome.seconds < 15.0);
#endif
    }
}

}  // namespace

TEST_CASE("a name that doubles with each opcode is refused") {
    check_refused([] { return repeated("ca\nb\n", "2\x93", 40, "."); });
    // And one that is put together of strings again and again.
    const auto joined = [] {
        const std::string half(100'000, 'a');
        return repeated("X" + little_endian(half.size()) + half + "q\x01",
                        "h\x01h\x01\x93"
                        "0",
                        50'000, ".");
    };
    check_refused(joined);
}

TEST_CASE("a long string that a pickle names again and again is refused") {
    check_refused([] {
        return repeated("(S'" + std::string(70'000, 'a') + "'\np1\n", "g1\n", 23'000, "l.");
    });
}

TEST_CASE("a long name that is called again and again is refused") {
    check_refused([] {
        return repeated("(c" + std::string(100'000, 'a') + "\nb\np1\n)R", "g1\n)R", 20'000, "l.");
    });
}

TEST_CASE("ten megabytes of one-byte values are refused", "[unsanitized]") {
    constexpr std::size_t size = 10'000'000;
    // None, marks, empty tuples, lists, dictionaries and sets, numbers to remember, copies.
    for (const char* part : {"N", "(", ")", "]", "}", "\x8f", "N\x94", "N2", "K\1", "G1234567"}) {
        INFO(part);
        check_refused(
            [&] { return repeated("(", part, size / std::string_view(part).size(), "l."); });
    }
    check_refused([] { return repeated("(N\x94", std::string_view("h\0", 2), size / 2, "l."); });
    check_refused([] { return repeated("(N", "2", size, "l."); });
}

TEST_CASE("a list that is made a set again and again is refused") {
    check_refused([] {
        return repeated(repeated("c__builtin__\nset\np1\n((l", "Na", 100'000, "tp2\n0"),
                        "g1\ng2\nR", 10'000, ".");
    });
}

TEST_CASE("an entry of Mailman's with very many members is read") {
    std::string pickle = "(dS'recips'\n(l";
    for (int i = 0; i < 100'000; ++i) {
        pickle += "S'm" + std::to_string(i) + "@a.org'\np" + std::to_string(i + 10) + "\na";
    }
    pickle += "s.";
    const auto read = read_pickle(pickle, pickle_dialect::python2);
    REQUIRE(read);
    CHECK(
        read->data.get_if<value_dictionary>()->items[0].second.get_if<value_list>()->items.size() ==
        100'000);
}
