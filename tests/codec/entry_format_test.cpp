#include <qslice/codec/entry_format.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "support/base64.hpp"

#include <cstdlib>
#include <fstream>

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
        CHECK(entry->text == text);
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

TEST_CASE("an entry whose message is an object names the class that it needs") {
    const auto entry = mailman21_format::read("(iMailman.Message\nMessage\n(dp1\nb.(d.");
    REQUIRE_FALSE(entry);
    CHECK(entry.error().what ==
          "expected a message stored as text, found an object of Mailman.Message.Message");
}

TEST_CASE("an entry whose metadata is not a dictionary of strings is malformed") {
    CHECK(mailman21_format::read("S'x'\n.I3\n.").error().what ==
          "expected a dictionary, found an integer");
    CHECK(mailman21_format::read("S'x'\n.(I3\nI4\nd.").error().what ==
          "expected keys that are strings, found an integer");
    CHECK_FALSE(mailman21_format::read("S'x'\n."));
}
