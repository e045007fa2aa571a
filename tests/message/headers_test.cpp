#include <qslice/message/headers.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <string_view>
#include <vector>

using namespace qslice;

namespace {

std::vector<std::string> names_in(std::string_view text) {
    std::vector<std::string> names;
    for_each_header(text, [&](const header_field& field) { names.emplace_back(field.name); });
    return names;
}

}  // namespace

TEST_CASE("the header of a message ends at the first line that is not a field") {
    using names = std::vector<std::string>;
    CHECK(names_in("A: 1\nB: 2\n\nC: 3\n") == names{"A", "B"});
    CHECK(names_in("A: 1\nB 2: 3\nC: 4\n") == names{"A"});
    CHECK(names_in("A: 1\nB\t: 3\n") == names{"A"});
    CHECK(names_in("A: 1\nB\r\nC: 4\n") == names{"A"});
    CHECK(names_in("A: 1\nno colon") == names{"A"});
    CHECK(names_in("A: 1\n: no name\n") == names{"A"});
    CHECK(names_in("From ada Sat May 24\nA: 1\n\n") == names{"A"});
    CHECK(names_in("From ada without an end").empty());
    CHECK(names_in("").empty());
}

TEST_CASE("a field is found in any case, with its folded lines and without blanks around it") {
    const std::string text = "From x\nSubject: \t one\n two \r\nTo: a\nto: b\n\nCc: body\n";
    const auto subject = find_header(text, "SUBJECT");
    REQUIRE(subject);
    CHECK(subject->value == "one\n two");
    CHECK(text.substr(subject->begin, subject->end - subject->begin) ==
          "Subject: \t one\n two \r\n");
    CHECK(unfold(subject->value) == "one two");
    CHECK(find_header(text, "To")->value == "a");
    CHECK_FALSE(find_header(text, "Cc"));
    CHECK(find_header("Empty: \t\r\n\n", "Empty")->value.empty());
    CHECK(find_header("Last: no end", "Last")->end == 12);
}

TEST_CASE("a field is replaced in place, or added at the end of the header") {
    std::string text = "From x\nA: 1\nb: 2\n more\nC: 3\n\nbody\n";
    set_header(text, "B", "new");
    CHECK(text == "From x\nA: 1\nb: new\nC: 3\n\nbody\n");
    set_header(text, "D", "4");
    CHECK(text == "From x\nA: 1\nb: new\nC: 3\nD: 4\n\nbody\n");
    std::string bare = "no head here\n";
    set_header(bare, "A", "1");
    CHECK(bare == "A: 1\n\nno head here\n");
    std::string open = "A: 1";
    set_header(open, "B", "2");
    CHECK(open == "A: 1\nB: 2\n");
}
