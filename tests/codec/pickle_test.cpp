#include <qslice/codec/pickle_reader.hpp>
#include <qslice/codec/pickle_writer.hpp>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <limits>

using namespace qslice;

namespace {

const pickle_dialect dialects[] = {pickle_dialect::python2, pickle_dialect::python3};

value arbitrary_value(int depth) {
    switch (*rc::gen::inRange(0, depth > 0 ? 9 : 6)) {
        case 0: return none{};
        case 1: return *rc::gen::arbitrary<bool>();
        case 2: return *rc::gen::arbitrary<std::int64_t>();
        case 3: return *rc::gen::arbitrary<double>();
        case 4: return *rc::gen::arbitrary<std::string>();
        case 5: return foreign_string{*rc::gen::arbitrary<std::string>()};
        default: break;
    }
    std::vector<value> items;
    const int count = *rc::gen::inRange(0, 4);
    for (int i = 0; i < count; ++i) items.push_back(arbitrary_value(depth - 1));
    switch (*rc::gen::inRange(0, 3)) {
        case 0: return value_list{items};
        case 1: return value_tuple{items};
        default: break;
    }
    value_dictionary d;
    for (std::size_t i = 0; i < items.size(); ++i) {
        d.items.emplace_back("key" + std::to_string(i), items[i]);
    }
    return d;
}

std::string bytes(std::initializer_list<int> codes) {
    std::string s;
    for (const int c : codes) s += static_cast<char>(c);
    return s;
}

}  // namespace

TEST_CASE("plain data survives pickling and reading back, in both dialects") {
    for (const auto dialect : dialects) {
        CHECK(rc::check([&] {
            const value v = arbitrary_value(3);
            const std::string pickle = pickle_writer::write(v, dialect);
            const auto read = read_pickle(pickle, dialect);
            RC_ASSERT(read);
            RC_ASSERT(read->data == v);
            RC_ASSERT(read->size_bytes == pickle.size());
        }));
    }
}

TEST_CASE("strings are quoted as Python 2 quotes them") {
    const auto write = [](std::string_view s) {
        return pickle_writer::write_text(s, pickle_dialect::python2);
    };
    CHECK(write("ab") == "S'ab'\np1\n.");
    CHECK(write("it's") == "S\"it's\"\np1\n.");
    CHECK(write("it's \"it\"") == "S'it\\'s \"it\"'\np1\n.");
    CHECK(write("tab\tcr\rnl\n\\") == "S'tab\\tcr\\rnl\\n\\\\'\np1\n.");
    CHECK(write("\x7f\xe9") == "S'\\x7f\\xe9'\np1\n.");
    CHECK(write("") == "S''\n.");
    CHECK(write("x") == "S'x'\n.");
}

TEST_CASE("strings are escaped as Python 3 escapes them") {
    const auto write = [](std::string_view s) {
        return pickle_writer::write(value(s), pickle_dialect::python3);
    };
    CHECK(write("ab") == "Vab\np0\n.");
    CHECK(write("a\nb\\") == "Va\\u000ab\\u005c\np0\n.");
    CHECK(write("\xc3\xa9") == "V\xe9\np0\n.");
    CHECK(write("\xe2\x82\xac") == "V\\u20ac\np0\n.");
    CHECK(write("\xf0\x9f\x98\x80") == "V\\U0001f600\np0\n.");
}

TEST_CASE("the bytes of a message are escaped for Python 3, whatever encoding they are in") {
    const std::string mixed = "caf\xe9 \xc3\xa9\xff\n";
    const auto pickle = pickle_writer::write_text(mixed, pickle_dialect::python3);
    CHECK(pickle == "Vcaf\\udce9 \\udcc3\\udca9\\udcff\\u000a\np0\n.");
    const auto read = read_pickle(pickle, pickle_dialect::python3);
    REQUIRE(read);
    CHECK(detail::unescape_bytes(*read->data.text()) == mixed);
}

TEST_CASE("an escaped byte of a Python 3 string is told from the letter that its bytes would be") {
    for (const char* pickle : {"V\\udcc3\\udca9\np0\n.", "V\xe9\np0\n.", "Vcaf\\udce9\np0\n.",
                               "V\\ud800\\udc80\np0\n.", "V\\udced\\udcb3\\udc83\np0\n."}) {
        const auto read = read_pickle(pickle, pickle_dialect::python3);
        REQUIRE(read);
        CHECK(pickle_writer::write(read->data, pickle_dialect::python3) == pickle);
    }
    CHECK(read_pickle("Vcaf\\udce9\np0\n.", pickle_dialect::python3)->data == value("caf\xe9"));
    // The same in the binary form, which has surrogates as three bytes.
    CHECK(read_pickle("\x8c\x06\xed\xb3\x83\xed\xb2\xa9.", pickle_dialect::python3)->data ==
          read_pickle("V\\udcc3\\udca9\n.", pickle_dialect::python3)->data);
}

TEST_CASE("sets and datetimes are values in every form in which Python writes them") {
    const value set(value_set{{"a", "b"}});
    // EMPTY_SET and ADDITEMS of protocol 4; the call of protocols 0 to 3.
    CHECK(read_pickle("\x80\x04\x8f\x94(\x8c\x01"
                      "b\x8c\x01"
                      "a\x90.",
                      pickle_dialect::python3)
              ->data == set);
    const std::string call = "c__builtin__\nset\np0\n((lp1\nVa\np2\naVb\np3\natp4\nRp5\n.";
    CHECK(read_pickle(call, pickle_dialect::python3)->data == set);
    CHECK(pickle_writer::write(set, pickle_dialect::python3) == call);
    CHECK_FALSE(set == value(value_set{{"a", "c"}}));

    date_time moment{2026, 11, 27, 21, 35, 41, 958177, false};
    const std::string packed =
        "cdatetime\ndatetime\np0\n(c_codecs\nencode\np1\n(V\x07\xea\x0b\x1b\x15#)\x0e\x9e\xe1\n"
        "p2\nVlatin1\np3\ntp4\nRp5\ntp6\nRp7\n.";
    CHECK(pickle_writer::write(moment, pickle_dialect::python3) == packed);
    CHECK(read_pickle(packed, pickle_dialect::python3)->data == value(moment));
    for (const auto dialect : dialects) {
        moment.fold = !moment.fold;
        CHECK(read_pickle(pickle_writer::write(moment, dialect), dialect)->data == value(moment));
    }
    // Bytes that are no date stay a call.
    CHECK(read_pickle("cdatetime\ndatetime\n(S'0123456789'\ntR.", pickle_dialect::python2)
              ->data.get_if<value_object>());
}

TEST_CASE("a class that is only named is written back as a name and never called") {
    for (const auto dialect : dialects) {
        const value named(value_class{"email.charset.Charset"});
        const std::string pickle = pickle_writer::write(named, dialect);
        CHECK(pickle.starts_with("cemail.charset\nCharset\np"));
        CHECK(pickle.find('R') == std::string::npos);
        CHECK(read_pickle(pickle, dialect)->data == named);
    }
}

TEST_CASE("an object is written back as it was made") {
    for (const auto made_by :
         {construction::call, construction::allocate, construction::instance}) {
        for (const bool has_arguments : {false, true}) {
            value_object object{"email.header.Header", {}, {value_dictionary{{{"a", 1}}}}, made_by};
            if (has_arguments) object.arguments = {1, "x"};
            for (const auto dialect : dialects) {
                const auto read = read_pickle(pickle_writer::write(object, dialect), dialect);
                REQUIRE(read);
                CHECK(read->data == value(object));
            }
        }
    }
}

TEST_CASE("the size of a pickle is found without reading what it describes") {
    CHECK(rc::check([] {
        const auto dialect =
            *rc::gen::elementOf(std::vector(std::begin(dialects), std::end(dialects)));
        const std::string pickle = pickle_writer::write(arbitrary_value(3), dialect);
        const auto size = pickle_size(pickle + *rc::gen::arbitrary<std::string>());
        RC_ASSERT(size);
        RC_ASSERT(*size == pickle.size());
    }));
    // An argument that looks like the end is no end.
    CHECK(*pickle_size("U\x03...K..") == 8);
    CHECK_FALSE(pickle_size("U\x09..."));
    CHECK_FALSE(pickle_size("\xff."));
    CHECK_FALSE(pickle_size(""));
}

TEST_CASE("binary pickles of every protocol are read") {
    // {'a': [1, 2.5, True, None], 'b': (b'x',)} as Python 3 writes it in protocols 2 and 4.
    const std::string protocol4 = bytes(
        {0x80, 4,    0x95, 0x2a, 0,   0,   0,    0,   0,    0,   0,    '}',  0x94, '(', 0x8c, 1,
         'a',  0x94, ']',  0x94, '(', 'K', 1,    'G', 0x40, 4,   0,    0,    0,    0,   0,    0,
         0x88, 'N',  'e',  0x8c, 1,   'b', 0x94, 'C', 1,    'x', 0x94, 0x85, 0x94, 'u', '.'});
    const auto read = read_pickle(protocol4, pickle_dialect::python3);
    REQUIRE(read);
    value_list list{{1, 2.5, true, none{}}};
    value_tuple tuple{{foreign_string{"x"}}};
    CHECK(read->data == value(value_dictionary{{{"a", list}, {"b", tuple}}}));
    CHECK(read_pickle(bytes({0x80, 2, 0x8a, 2, 0, 0xff, '.'}), pickle_dialect::python3)->data ==
          value(-256));
}

TEST_CASE("integers of more than eight bytes keep their digits") {
    const auto read = [](std::initializer_list<int> codes) {
        return read_pickle(bytes(codes), pickle_dialect::python3)->data;
    };
    CHECK(read({0x8a, 9, 0, 0, 0, 0, 0, 0, 0, 0x80, 0, '.'}) ==
          value(big_integer{"9223372036854775808"}));
    CHECK(read({0x8a, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, '.'}) ==
          value(big_integer{"-18446744073709551616"}));
    CHECK_FALSE(read_pickle("\x8b\xff\xff\xff\xff.", pickle_dialect::python3));
}

TEST_CASE("a call in a pickle is described and never made") {
    const auto read = read_pickle("cos\nsystem\n(S'echo harm'\ntR.", pickle_dialect::python2);
    REQUIRE(read);
    const auto* object = read->data.get_if<value_object>();
    REQUIRE(object);
    CHECK(object->class_name == "os.system");
    CHECK(object->arguments == std::vector<value>{"echo harm"});
}

TEST_CASE("an object and its state are described") {
    const auto read = read_pickle("(iMailman.Message\nMessage\np1\n(dS'_payload'\nS'hi'\nsb.",
                                  pickle_dialect::python2);
    REQUIRE(read);
    const auto* object = read->data.get_if<value_object>();
    REQUIRE(object);
    CHECK(object->class_name == "Mailman.Message.Message");
    CHECK(object->state == std::vector<value>{value_dictionary{{{"_payload", "hi"}}}});
}

TEST_CASE("a list that is filled after it was memoized is complete where it is recalled") {
    const auto read = read_pickle("((lp1\nI1\nag1\nt.", pickle_dialect::python2);
    REQUIRE(read);
    const value one(value_list{{1}});
    CHECK(read->data == value(value_tuple{{one, one}}));
}

TEST_CASE("a value that a pickle refers to in several places is complete in each") {
    // A string as key and value, a list within a list that is itself recalled, and one at the top.
    const auto read = read_pickle(
        "(dp1\nS'a text of more than fifteen bytes'\np2\ng2\nsS'lists'\n(lp3\n(lp4\n"
        "S'another text that is as long'\np5\naag4\nasS'again'\ng3\nsS'last'\ng5\ns.",
        pickle_dialect::python2);
    REQUIRE(read);
    const value text("a text of more than fifteen bytes");
    const value inner(value_list{{"another text that is as long"}});
    const value lists(value_list{{inner, inner}});
    CHECK(read->data == value(value_dictionary{{{text, text},
                                                {"lists", lists},
                                                {"again", lists},
                                                {"last", "another text that is as long"}}}));
}

TEST_CASE("a pickle may number its memo entries in any way") {
    // From the end, with gaps, far beyond, and one number twice: the later value counts.
    const auto read = read_pickle(
        "(I1\np40\nI2\np3\nI3\np0\nI4\np18446744073709551615\nI5\np3\nI6\np20\n"
        "I7\np40\ng40\ng3\ng0\ng18446744073709551615\ng20\nt.",
        pickle_dialect::python2);
    REQUIRE(read);
    CHECK(read->data == value(value_tuple{{1, 2, 3, 4, 5, 6, 7, 7, 5, 3, 4, 6}}));
    // MEMOIZE uses the number of memoized values as its index.
    const std::string memoized("(K\x01q\x05K\x02\x94K\x03\x94h\x01h\x02h\x05t.", 19);
    const auto counted = read_pickle(memoized, pickle_dialect::python3);
    REQUIRE(counted);
    CHECK(counted->data == value(value_tuple{{1, 2, 3, 2, 3, 1}}));
    for (const char* number : {"1", "39", "41", "18446744073709551614"}) {
        const std::string missing = std::string("(I1\np40\ng") + number + "\nt.";
        CHECK(read_pickle(missing, pickle_dialect::python2).error().what ==
              std::string("expected a value remembered as number ") + number);
    }
}

TEST_CASE("a key that is given twice keeps its first place and its last value") {
    for (const int others : {2, 40}) {
        std::string pickle = "(dS'twice'\nI1\ns";
        value_dictionary expected{{{"twice", 2}}};
        for (int i = 0; i < others; ++i) {
            pickle += "S'" + std::to_string(i) + "'\nI0\ns";
            expected.items.emplace_back(std::to_string(i), 0);
        }
        pickle += "S'twice'\nI2\ns.";
        const auto read = read_pickle(pickle, pickle_dialect::python2);
        REQUIRE(read);
        CHECK(read->data == value(expected));
    }
}

TEST_CASE("every escape that Python writes or accepts is read") {
    const auto read =
        read_pickle("S'\\a\\b\\f\\n\\r\\t\\v\\\\\\'\\\"\\x00\\xfe.'\n.", pickle_dialect::python2);
    REQUIRE(read);
    CHECK(read->data == value(std::string("\a\b\f\n\r\t\v\\'\"\0\xfe.", 13)));
    for (const char* wrong : {"S'\\q'\n.", "S'\\x0'\n.", "S'\\xzz'\n.", "S'a\\'\n."}) {
        CHECK(read_pickle(wrong, pickle_dialect::python2)
                  .error()
                  .what.starts_with("expected an escape of Python's repr"));
    }
}

TEST_CASE("a list that contains itself is refused") {
    const auto read = read_pickle("(lp1\ng1\na.", pickle_dialect::python2);
    REQUIRE_FALSE(read);
    CHECK(read.error().what == "nested too deeply, or contains itself");
}

TEST_CASE("lists that double at every level are refused before memory runs out") {
    std::string bomb = "(lp0\n0";
    for (int i = 1; i < 60; ++i) {
        const auto before = std::to_string(i - 1);
        bomb += "(lp" + std::to_string(i) + "\ng" + before + "\nag" + before + "\na0";
    }
    bomb += "g59\n.";
    CHECK(read_pickle(bomb, pickle_dialect::python2)
              .error()
              .what.starts_with("expected values of at most 16 bytes"));
}

TEST_CASE("a damaged pickle is an error that names the byte and what was expected") {
    const struct {
        std::string pickle;
        std::string what;
    } cases[] = {
        {"", "expected 1 more bytes, found 0"},
        {"S'ab", "expected a line, found the end of the input"},
        {"Sab\n.", "expected a quoted string"},
        {"S'\\q'\n.", "expected an escape of Python's repr, found '\\q'"},
        {"I12x\n.", "expected an integer, found '12x'"},
        {"F1..2\n.", "expected a float, found '1..2'"},
        {"t.", "expected a mark on the stack"},
        {"a.", "expected 1 values on the stack"},
        {"I1\nI2\na.", "expected a list to append to"},
        {"(I1\nd.", "expected pairs of key and value"},
        {"g7\n.", "expected a value remembered as number 7"},
        {"I1\nI2\n.", "expected one value before the end of the pickle, found 2"},
        {"~", "expected an opcode of plain data, found 0x7e"},
        {"\x80\x09.", "expected a protocol of 5 or less, found 9"},
        {"I1\nI2\nR.", "expected a class and its arguments"},
        {"I1\nI2\nb.", "expected an object to fill with its state"},
    };
    for (const auto& c : cases) {
        const auto read = read_pickle(c.pickle, pickle_dialect::python2);
        INFO(c.pickle);
        REQUIRE_FALSE(read);
        CHECK(read.error().code == error_code::malformed);
        CHECK(read.error().what == c.what);
        CHECK(read.error().where.starts_with("pickle, byte "));
    }
}

TEST_CASE("no input makes the reader read past its end") {
    CHECK(rc::check([] {
        const auto noise = *rc::gen::arbitrary<std::string>();
        for (const auto dialect : dialects) (void)read_pickle(noise, dialect);
    }));
    CHECK(rc::check([] {
        std::string pickle = pickle_writer::write(arbitrary_value(3), pickle_dialect::python3);
        pickle.resize(*rc::gen::inRange<std::size_t>(0, pickle.size()));
        RC_ASSERT_FALSE(read_pickle(pickle, pickle_dialect::python3).has_value());
    }));
}
