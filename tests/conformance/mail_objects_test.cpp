#include "support/base64.hpp"
#include "support/run_program.hpp"
#include "support/temporary_directory.hpp"

#include <qslice/codec/delivered_text.hpp>
#include <qslice/codec/detail/message_check.hpp>
#include <qslice/codec/detail/pickle_machine.hpp>
#include <qslice/codec/entry_format.hpp>
#include <qslice/core/timestamp.hpp>
#include <qslice/message/detail/encoded_word.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

using namespace qslice;
using json = nlohmann::json;

namespace {

json from_data(const std::string& name) {
    std::ifstream file(QSLICE_TEST_DATA "/" + name);
    REQUIRE(file);
    return json::parse(file);
}

std::string live_entry(const json& vector) {
    return test::read_file(QSLICE_TEST_DATA "/mailman3-live/" + vector["file"].get<std::string>());
}

std::string bytes_in(const json& base64) { return test::from_base64(base64.get<std::string>()); }

/// What an oracle prints; null, with a line that says so, where its Python or Mailman is missing.
json ask(const std::string& python, const std::vector<std::string>& arguments) {
    const auto skip = [](const std::string& why) {
        std::cout << "skipped: no Python 2.7, or no Mailman 3 (Debian package mailman3): " << why
                  << '\n';
        return nullptr;
    };
    if (!std::filesystem::exists(python)) return skip("no " + python);
    const auto run = test::run_program(python, arguments);
    constexpr int nothing_to_run = 127;  // a version manager's stand-in for a Python says so
    if (run.status == nothing_to_run) return skip(run.err);
    json answers = json::parse(run.out, nullptr, false);
    if (run.status != 0 || !answers.is_object()) {
        FAIL(python << " ended with status " << run.status << ": "
                    << (run.err.empty() ? run.out : run.err).substr(0, 2000));
    }
    if (answers.contains("absent")) return skip(run.out);
    return answers;
}

/// A value as Python prints it; a set as the list of its items in order.
std::string python_repr(const value& v) {
    const auto list = [](std::vector<value> items) {
        std::string text;
        for (const value& item : items) text += (text.empty() ? "" : ", ") + python_repr(item);
        return '[' + text + ']';
    };
    if (v.get_if<none>()) return "None";
    if (const auto* b = v.get_if<bool>()) return *b ? "True" : "False";
    if (const auto* i = v.get_if<std::int64_t>()) return std::to_string(*i);
    if (const auto* d = v.get_if<double>()) return to_repr({*d});
    if (const auto* l = v.get_if<value_list>()) return list(l->items);
    if (const auto* s = v.get_if<value_set>()) {
        auto items = s->items;
        std::sort(items.begin(), items.end(),
                  [](const value& a, const value& b) { return *a.text() < *b.text(); });
        return list(items);
    }
    if (const auto* d = v.get_if<date_time>()) {
        std::string text = "datetime.datetime(" + std::to_string(d->year);
        for (const unsigned part : {unsigned{d->month}, unsigned{d->day}, unsigned{d->hour},
                                    unsigned{d->minute}, unsigned{d->second}, d->microsecond}) {
            text += ", " + std::to_string(part);
        }
        return text + ')';
    }
    if (const std::string* text = v.text()) return '\'' + *text + '\'';
    if (const auto header = to_encoded_header(v)) return "Header:" + words_of(*header, false);
    return kind_of(v);
}

/// What Mailman's own reading of an entry is to be compared with.
struct rewritten {
    json pairs = json::array();  ///< metadata as they were and as we wrote them
    /// Texts as we wrote them, the bytes that they stand for, the messages before the change, and
    /// what we would send for the texts.
    json texts = json::array();

    template <class Format>
    void add(const std::string& entry) {
        const auto read = Format::read(entry);
        const auto size = pickle_size(entry);
        REQUIRE(read);
        REQUIRE(size);
        // The message goes on as it came; the metadata are written anew.
        CHECK(Format::message_bytes(read->text) == entry.substr(0, *size));
        pairs.push_back(
            {to_base64(entry.substr(*size)), to_base64(Format::metadata_bytes(read->data))});
        pairs.push_back(
            {to_base64(entry.substr(0, *size)), to_base64(Format::message_bytes(read->text))});
        message_text changed = read->text;
        changed.edit() += "more\n";
        std::string bytes = changed.str();
        // A bare address, as Mailman 3 keeps there, has no place in a text.
        if (changed.unix_from() && changed.unix_from()->starts_with("From ")) {
            bytes.insert(0, *changed.unix_from() + '\n');
        }
        const auto sent = delivered_text<Format>(changed);
        REQUIRE(sent);
        texts.push_back({to_base64(Format::message_bytes(changed)), to_base64(bytes),
                         to_base64(entry.substr(0, *size)), to_base64(*sent)});
    }

    static std::string to_base64(std::string_view bytes) { return detail::to_base64(bytes); }

    /// Has a Python read everything.
    void check(const std::string& python) const {
        const test::temporary_directory scratch;
        const std::string path = scratch.path() + "/written.json";
        test::write_file(path, json{{"pairs", pairs}, {"texts", texts}}.dump());
        const json answer = ask(python, {QSLICE_MAIL_OBJECTS_CHECK, path});
        if (answer.is_null()) return;
        INFO(answer["wrong"].dump(1));
        CHECK(answer["wrong"].empty());
        CHECK(answer["right"] == pairs.size() + texts.size());
    }
};

const std::string python3 = "/usr/bin/python3";
const std::string python2 = QSLICE_PYTHON2;

/// Python's boundaries of its own are random.
std::string without_made_boundary(const std::string& text) {
    static const std::regex made("={15}[0-9]{19}==");
    return std::regex_replace(text, made, "BOUNDARY");
}

void check_texts(const json& answers, pickle_dialect dialect, const char* which,
                 const flatten_options& options, std::size_t least) {
    std::size_t equal = 0;
    for (const json& made : answers["messages"]) {
        const std::string entry = bytes_in(made["entry"]);
        const auto read = read_pickle(entry, dialect);
        REQUIRE(read);
        CHECK_FALSE(unknown_class_in(read->data));
        const auto object = to_message_object(read->data, dialect);
        REQUIRE(object);
        const auto text = flatten(*object, options);
        const json& expected = made[which];
        // What Python cannot write may be an error here too, or a text in UTF-8.
        if (expected.contains("raises")) continue;
        REQUIRE(text);
        CHECK(without_made_boundary(*text) == without_made_boundary(bytes_in(expected["text"])));
        ++equal;
    }
    CHECK(equal >= least);
}

/// Entries are found unreadable when they are taken, and not when their text is asked for.
template <class Format>
void check_taken(const json& answers, const flatten_options& options) {
    std::size_t read_later = 0;
    for (const json& made : answers["messages"]) {
        const std::string message = bytes_in(made["entry"]);
        const auto object =
            to_message_object(read_pickle(message, Format::dialect)->data, Format::dialect);
        REQUIRE(object);
        const auto text = flatten(*object, options);
        const auto taken = Format::read(message + Format::metadata_bytes({}));
        REQUIRE(taken.has_value() == text.has_value());
        if (!taken) continue;
        detail::pickle_machine machine(message, Format::dialect);
        const auto top = machine.run_graph();
        read_later += detail::message_check(machine.nodes(), machine.budget(), machine.position(),
                                            Format::dialect, options)
                          .is_sound(*top);
        CHECK(taken->text == *text);
        CHECK(taken->text.unix_from() == object->unix_from);
    }
    // Many of these messages have no boundary or a Header as their type: they are read at once.
    CHECK(read_later * 2 > answers["messages"].size());
}

template <class Format>
rewritten rewrite_metadata(const json& answers) {
    rewritten all;
    for (const json& made : answers["metadata"]) {
        const std::string dictionary = bytes_in(made);
        // An entry of an empty message and these metadata.
        const auto entry = Format::read(Format::message_bytes(std::string_view()) + dictionary);
        if (!entry) FAIL(entry.error().to_string());
        all.pairs.push_back({rewritten::to_base64(dictionary),
                             rewritten::to_base64(Format::metadata_bytes(entry->data))});
    }
    CHECK(all.pairs.size() == answers["metadata"].size());
    return all;
}

/// What we send for texts that are queued as text, against what Mailman sends.
template <class Format>
void check_sent_texts(const json& answers, std::size_t least) {
    std::size_t equal = 0;
    for (const json& made : answers["texts"]) {
        const std::string text = bytes_in(made["text"]);
        const auto sent = delivered_text(Format::message_bytes(text), Format::dialect);
        // Where Python cannot write what it has parsed, Mailman shunts the message.
        if (made.contains("raises")) continue;
        INFO(text);
        REQUIRE(sent);
        CHECK(without_made_boundary(*sent) == without_made_boundary(bytes_in(made["sent"])));
        ++equal;
    }
    CHECK(equal >= least);
}

}  // namespace

TEST_CASE(
    "every entry of Mailman 2.1 reads as its own generator writes it, and its metadata equal") {
    const json vectors = from_data("conformance/mailman21-objects.json");
    for (const json& vector : vectors) {
        INFO(vector["name"]);
        const std::string entry = bytes_in(vector["file_b64"]);
        const auto read = mailman21_format::read(entry);
        REQUIRE(read);
        CHECK(read->text == bytes_in(vector["as_string_b64"]));
        CHECK((read->text.form() == message_form::object) == (vector["form"] == "object"));
        if (read->text.unix_from()) {
            CHECK(*read->text.unix_from() + '\n' + read->text.str() ==
                  bytes_in(vector["as_string_unixfrom_b64"]));
        }
        CHECK(read->data.items().size() == vector["metadata_repr"].size());
        for (const auto& [key, item] : read->data.items()) {
            INFO(key);
            CHECK(python_repr(item) == vector["metadata_repr"][key].get<std::string>());
        }
    }
    CHECK(vectors.size() == 86);
}

TEST_CASE("Python 2.7 reads every entry of Mailman 2.1 that we rewrite as it was") {
    rewritten all;
    for (const json& vector : from_data("conformance/mailman21-objects.json")) {
        INFO(vector["name"]);
        all.add<mailman21_format>(bytes_in(vector["file_b64"]));
    }
    all.check(python2);
}

TEST_CASE(
    "every entry of a live Mailman 3 reads as Python's generator writes it, and its metadata "
    "equal") {
    const json vectors = from_data("mailman3-live/messages.json");
    for (const json& vector : vectors) {
        INFO(vector["file"]);
        const std::string entry = live_entry(vector);
        const auto read = mailman3_format::read(entry);
        REQUIRE(read);
        CHECK(read->text == bytes_in(vector["bytes_b64"]));
        CHECK(read->data.items().size() == vector["metadata_repr"].size());
        for (const auto& [key, item] : read->data.items()) {
            INFO(key);
            if (item.get_if<value_object>()) continue;  // a Header prints as its place in memory
            CHECK(python_repr(item) == vector["metadata_repr"][key].get<std::string>());
        }
    }
    CHECK(vectors.size() == 81);
}

TEST_CASE("Mailman 3's Python reads every live entry that we rewrite as it was") {
    rewritten all;
    for (const json& vector : from_data("mailman3-live/messages.json")) {
        INFO(vector["file"]);
        all.add<mailman3_format>(live_entry(vector));
    }
    all.check(python3);
}

TEST_CASE(
    "messages that Python 2.7 made at random flatten to the recorded bytes of its generator") {
    const json answers = from_data("conformance/python27-objects.json");
    check_texts(answers, pickle_dialect::python2, "flat", flatten_options::mailman21(), 115);
    const rewritten all = rewrite_metadata<mailman21_format>(answers);
    for (const json& pair : all.pairs) {
        const auto before = read_pickle(bytes_in(pair[0]), pickle_dialect::python2);
        const auto after = read_pickle(bytes_in(pair[1]), pickle_dialect::python2);
        REQUIRE(before);
        REQUIRE(after);
        CHECK(after->data == before->data);
    }
}

TEST_CASE("messages that Python 2.7 makes at random flatten to the bytes of its generator") {
    const json answers = ask(python2, {QSLICE_MAIL_OBJECTS_ORACLE, "20140524", "600"});
    if (answers.is_null()) return;
    check_texts(answers, pickle_dialect::python2, "flat", flatten_options::mailman21(), 580);
    check_taken<mailman21_format>(answers, flatten_options::mailman21());
    rewrite_metadata<mailman21_format>(answers).check(python2);
}

TEST_CASE(
    "messages that Mailman 3's Python makes at random flatten to the bytes of its generator") {
    const json answers = ask(python3, {QSLICE_MAIL_OBJECTS_ORACLE, "20140524", "600"});
    if (answers.is_null()) return;
    check_texts(answers, pickle_dialect::python3, "flat", flatten_options::mailman3(), 580);
    check_taken<mailman3_format>(answers, flatten_options::mailman3());
    check_texts(answers, pickle_dialect::python3, "sent", flatten_options::mailman3_sent(), 580);
    rewrite_metadata<mailman3_format>(answers).check(python3);
}

TEST_CASE(
    "texts that Python 2.7 makes at random, malformed ones too, are sent as Mailman 2.1 does") {
    const json answers = ask(python2, {QSLICE_TEXT_FORM_ORACLE, "20140524", "1000"});
    if (!answers.is_null()) check_sent_texts<mailman21_format>(answers, 950);
}

TEST_CASE("texts that Python 3 makes at random, malformed ones too, are sent as Mailman 3 does") {
    const json answers = ask(python3, {QSLICE_TEXT_FORM_ORACLE, "20140524", "1000"});
    if (!answers.is_null()) check_sent_texts<mailman3_format>(answers, 850);
}
