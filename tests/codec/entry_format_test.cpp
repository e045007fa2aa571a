#include <qslice/codec/delivered_text.hpp>
#include <qslice/codec/entry_format.hpp>
#include <qslice/core/shared_bytes.hpp>

#include <rapidcheck.h>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "support/base64.hpp"

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

using namespace qslice;

TEST_CASE("entries have exactly the bytes that Mailman 2.1 wrote") {
    std::ifstream file(QSLICE_TEST_DATA "/conformance/mailman21-enqueue.json");
    REQUIRE(file);
    std::size_t whole_files = 0;
    for (const auto& vector : nlohmann::json::parse(file)) {
        const std::string text = test::from_base64(vector["text_b64"].get<std::string>());
        const std::string message =
            test::from_base64(vector["message_pickle_b64"].get<std::string>());
        INFO(vector["name"]);
        CHECK(mailman21_format::message_bytes(text) == message);
        if (vector["file_b64"].is_null()) continue;

        // The order of the keys is the dict's; we must reproduce everything else.
        ++whole_files;
        const std::string bytes = test::from_base64(vector["file_b64"].get<std::string>());
        const auto entry = mailman21_format::read(bytes);
        REQUIRE(entry);
        const auto& line = entry->text.unix_from();
        CHECK((line ? *line + '\n' : "") + entry->text.str() == text);
        CHECK(mailman21_format::message_bytes(entry->text) +
                  mailman21_format::metadata_bytes(entry->data) ==
              bytes);

        metadata data;
        if (const auto list = entry->data.text("listname")) data.set("listname", *list);
        data.set_texts("recips", {"a@example.org"});
        if (!vector["received_time"].is_null()) {
            data.set("received_time",
                     std::strtod(vector["received_time"].get<std::string>().c_str(), nullptr));
        }
        data.set("_volatile", 1);
        const timestamp now{std::strtod(vector["now"].get<std::string>().c_str(), nullptr)};
        mailman21_format::prepare(data, now);
        CHECK(data.items().size() == entry->data.items().size());
        for (const auto& [key, item] : data.items()) {
            INFO(key);
            REQUIRE(entry->data.find(key));
            CHECK(*entry->data.find(key) == item);
        }
    }
    CHECK(whole_files > 0);
}

TEST_CASE("Mailman 2.1 keeps the time at which a message first came, Mailman 3 does not") {
    metadata data{{"received_time", 5.5}};
    CHECK(mailman21_format::prepare(data, {9.0}).seconds == 5.5);
    CHECK(mailman3_format::prepare(data, {9.0}).seconds == 9.0);
    metadata fresh;
    CHECK(mailman21_format::prepare(fresh, {9.0}).seconds == 9.0);
    CHECK(fresh.number("received_time") == 9.0);
}

TEST_CASE("volatile keys are not stored, and the schema version is") {
    metadata data{{"_transient", true}, {"listid", "a.example.org"}};
    mailman3_format::prepare(data, {9.0});
    CHECK(data == metadata{{"listid", "a.example.org"}, {"version", 3}, {"_parsemsg", true}});
}

TEST_CASE("an entry of a class that no Mailman queues is refused, with the class named") {
    const auto what_of = [](std::string_view bytes) {
        const auto entry = mailman21_format::read(bytes);
        REQUIRE_FALSE(entry);
        return entry.error().what;
    };
    CHECK(what_of("(iother.module\nThing\n(dp1\nb.(d.") ==
          "expected classes that Mailman queues, found an object of other.module.Thing");
    CHECK(what_of("cos\nsystem\n(S'echo harm'\ntR.(d.") ==
          "expected classes that Mailman queues, found an object of os.system");
    // Deep within a message, and in the metadata.
    CHECK(what_of("(iMailman.Message\nMessage\n(dS'x'\n(l(iother.module\nThing\nasb.(d.") ==
          "expected classes that Mailman queues, found an object of other.module.Thing");
    CHECK(what_of("S'x'\n.(dS'key'\ncos\nsystem\n)Rs.") ==
          "expected classes that Mailman queues, found an object of os.system");
    CHECK(what_of("(iemail.header\nHeader\n(dp1\nb.(d.") ==
          "expected a message of a class that Mailman queues, found an object of "
          "email.header.Header");
}

TEST_CASE("a message that is queued as an object reads as its text and goes on as it came") {
    const std::string object =
        "(iMailman.Message\nMessage\np1\n(dp2\nS'_headers'\np3\n(lp4\n(S'Subject'\nS'hello'\ntp5\n"
        "asS'_payload'\np6\nS'body\\n'\np7\nsS'_unixfrom'\nS'From a@example.org'\nsb.";
    const auto entry = mailman21_format::read(object + "(dS'listname'\nS'users'\ns.");
    REQUIRE(entry);
    CHECK(entry->text == "Subject: hello\n\nbody\n");
    CHECK(entry->text.unix_from() == "From a@example.org");
    CHECK(entry->text.form() == message_form::object);
    CHECK(mailman21_format::message_bytes(entry->text) == object);

    metadata data = entry->data;
    mailman21_format::prepare(data, {9.0}, entry->text.form());
    CHECK_FALSE(data.flag("_parsemsg"));

    // A change makes it a text, with the line from before it.
    message_text changed = entry->text;
    changed.edit() += "more\n";
    CHECK(changed.form() == message_form::text);
    const auto again = mailman21_format::read(mailman21_format::message_bytes(changed) + "(d.");
    REQUIRE(again);
    CHECK(again->text == changed);
    CHECK(again->text.unix_from() == "From a@example.org");
}

TEST_CASE("a changed message of Mailman 3 keeps its header, whose envelope sender has no line") {
    // Its LMTP runner sets the bare address.
    const std::string object =
        "(imailman.email.message\nMessage\n(dV_headers\n(l(VSubject\nVhello\ntasV_payload\n"
        "Vbody\\u000a\nsV_unixfrom\nVanna@example.org\nsb.";
    const auto entry = mailman3_format::read(object + "(dVlistid\nVusers.example.org\ns.");
    REQUIRE(entry);
    CHECK(entry->text.unix_from() == "anna@example.org");
    message_text changed = entry->text;
    changed.edit() += "more\n";
    const auto again = mailman3_format::read(mailman3_format::message_bytes(changed) + "(d.");
    REQUIRE(again);
    CHECK(again->text.str() == "Subject: hello\n\nbody\nmore\n");
    CHECK_FALSE(again->text.unix_from());
}

TEST_CASE("a text is sent as Mailman sends it: folded, without Bcc, and no line begins with From") {
    const std::string words(60, 'w');
    const std::string to_all = "Subject: " + words + ' ' + words + "\n";
    const std::string text = to_all + "Bcc: hidden@example.org\n\nFrom here\r\nnot From\n";
    const std::string folded = "Subject: " + words + "\n " + words + "\n";
    CHECK(delivered_text<mailman3_format>(message_text(text)).value() ==
          folded + "\n>From here\nnot From\n");
    CHECK(delivered_text<mailman21_format>(message_text(text)).value() ==
          folded + "Bcc: hidden@example.org\n\nFrom here\r\nnot From\n");
    const std::string entry = mailman3_format::message_bytes("From a@example.org\n" + text);
    CHECK(delivered_text(entry, pickle_dialect::python3).value() ==
          delivered_text<mailman3_format>(message_text(text)).value());
}

TEST_CASE("a digest of Mailman 3 reads as its text, posts from the list's mailbox included") {
    const std::string post =
        "(imailbox\nMMDFMessage\n(dV_headers\n(l(VSubject\nVhello\ntasV_payload\nVbody\\u000a\n"
        "sV_from\nVMAILER-DAEMON\nsb";
    const std::string digest =
        "(iemail.mime.message\nMIMEMessage\n(dV_headers\n(l(VContent-Type\nVmessage/rfc822\ntas"
        "V_payload\n(l" +
        post + "asb.";
    const auto entry = mailman3_format::read(digest + "(dVlistid\nVusers.example.org\ns.");
    REQUIRE(entry);
    CHECK(entry->text == "Content-Type: message/rfc822\n\nSubject: hello\n\nbody\n");
    CHECK(mailman3_format::message_bytes(entry->text) == digest);
}

TEST_CASE("a text that Mailman 3 would not write so goes on as it came") {
    // A letter, where qslice writes the bytes of mail as escapes.
    const std::string letter = "V\xe9\np0\n.";
    const auto entry = mailman3_format::read(letter + "(dp0\n.");
    REQUIRE(entry);
    CHECK(entry->text == "\xc3\xa9");
    CHECK(mailman3_format::message_bytes(entry->text) == letter);
}

TEST_CASE("what stands behind an entry's two pickles does not matter") {
    CHECK(mailman21_format::read("S'x'\n.(d.\n#note\n"));
    CHECK(mailman21_format::read_metadata("S'x'\n.(d.\n#note\n")->message_size == 6);
}

TEST_CASE("an entry whose metadata is not a dictionary of strings is malformed") {
    CHECK(mailman21_format::read("S'x'\n.I3\n.").error().what ==
          "expected a dictionary, found an integer");
    CHECK(mailman21_format::read("S'x'\n.(I3\nI4\nd.").error().what ==
          "expected keys that are strings, found an integer");
    CHECK_FALSE(mailman21_format::read("S'x'\n."));
}

TEST_CASE("a text that is a From line alone, without an end, reads the same after a change") {
    const auto read = mailman3_format::read(std::string_view("S'From nobody'\n.(d."));
    REQUIRE(read);
    CHECK(read->text.unix_from() == "From nobody");
    CHECK(read->text.str().empty());
    message_text changed = read->text;
    changed.edit() += "Subject: hello\n\nbody\n";
    const std::string bytes =
        mailman3_format::message_bytes(changed) + mailman3_format::metadata_bytes({});
    CHECK(mailman3_format::read(bytes)->text.str() == "Subject: hello\n\nbody\n");
}

TEST_CASE("an entry that was taken has a text, whatever was written over its bytes") {
    std::ifstream file(QSLICE_TEST_DATA "/conformance/mailman21-objects.json");
    std::uint64_t seed = 1;
    const auto draw = [&](std::size_t below) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        return static_cast<std::size_t>(seed >> 33) % below;
    };
#if defined(QSLICE_SANITIZED)
    constexpr int rounds = 50;  // tests/fuzz searches here with more cunning
#else
    constexpr int rounds = 200;
#endif
    std::size_t taken = 0;
    for (const auto& recorded : nlohmann::json::parse(file)) {
        const std::string whole = test::from_base64(recorded["file_b64"].get<std::string>());
        for (int round = 0; round < rounds; ++round) {
            std::string bytes = whole;
            for (std::size_t i = draw(3) + 1; i > 0; --i) {
                const std::size_t at = draw(bytes.size());
                // Another byte of the entry, so that opcodes and numbers are likely.
                bytes[at] = draw(2) == 0 ? bytes[draw(bytes.size())] : static_cast<char>(draw(256));
            }
            // The look at an entry must not be surer than the reading of it.
            if (auto entry = mailman21_format::read(std::string_view(bytes))) {
                ++taken;
                (void)entry->text.str();
            }
            if (auto entry = mailman3_format::read(std::string_view(bytes))) {
                (void)entry->text.str();
            }
        }
    }
    CHECK(taken > 5 * rounds);
}

TEST_CASE("a text whose escapes are not Python's is refused when it is read") {
    for (const char* const text :
         {"S'a\\'\n.", "S'a\\q'\n.", "S'a\\x4'\np1\n.", "S'a\"\n.", "S'a'\np\n."}) {
        CAPTURE(text);
        CHECK_FALSE(mailman21_format::read(std::string(text) + "(dS'listname'\nS'users'\ns."));
    }
}

TEST_CASE("a text reads the same however its bytes are held, and goes on byte for byte") {
    CHECK(rc::check([](const std::string& body) {
        const std::string text = "From a@example.org\nSubject: 'it\"s'\n\n" + body;
        const std::string message = mailman21_format::message_bytes(text);
        const std::string bytes =
            message + mailman21_format::metadata_bytes({{"listname", "users"}});
        const auto viewed = mailman21_format::read(std::string_view(bytes));
        const auto shared = mailman21_format::read(shared_bytes(bytes));
        RC_ASSERT(viewed && shared && *viewed == *shared);
        RC_ASSERT(shared->text == std::string_view(text).substr(text.find('\n') + 1));
        RC_ASSERT(shared->text.unix_from() == "From a@example.org");
        RC_ASSERT(mailman21_format::message_bytes(shared->text, 100) == message);
    }));
}

TEST_CASE("what a hash has begun with is forgotten when its message changes") {
    message_text text("text");
    text.begun_hash(&text) = 1;
    const message_text copy = text;
    CHECK(copy.begun_hash(&text).has_value());
    text.edit() += "!";
    CHECK_FALSE(text.begun_hash(&text).has_value());
    CHECK_FALSE(copy.begun_hash(&copy).has_value());  // another format
}
