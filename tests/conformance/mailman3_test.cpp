#include "support/base64.hpp"
#include "support/listed_world.hpp"
#include "support/run_program.hpp"
#include "support/temporary_directory.hpp"
#include "support/test_world.hpp"

#include <qslice/spool/standard_spools.hpp>
#include <qslice/spool/switchboard.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <iostream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

using namespace qslice;
using json = nlohmann::json;
using test::listed_world;

namespace {

/// The answer of the installed Mailman 3; null, with a message, if it is not installed.
json ask_mailman3() {
    const std::string python = "/usr/bin/python3";
    json answers = {{"absent", "no such program"}};
    if (std::filesystem::exists(python)) {
        const auto run = test::run_program(python, {QSLICE_MAILMAN3_ORACLE});
        answers = json::parse(run.out, nullptr, false);
        if (!answers.is_object()) FAIL("the oracle failed: " << run.out << run.err);
    }
    if (!answers.contains("absent")) return answers;
    std::cout << "skipped: no Mailman 3 for " << python
              << " (Debian package mailman3): " << answers["absent"] << '\n';
    return nullptr;
}

value to_value(const json& j) {
    if (j.is_null()) return none{};
    if (j.is_boolean()) return j.get<bool>();
    if (j.is_number_integer()) return j.get<std::int64_t>();
    if (j.is_number()) return j.get<double>();
    if (j.is_string()) return j.get<std::string>();
    value_list list;
    for (const json& item : j) list.items.push_back(to_value(item));
    return list;
}

using contents = std::map<std::string, std::string>;

contents to_contents(const json& files) {
    contents found;
    for (const auto& [name, bytes] : files.items()) {
        found[name] = test::from_base64(bytes.get<std::string>());
    }
    return found;
}

contents contents_of(const std::string& directory) {
    contents found;
    for (const std::string& name : test::names_in(directory)) {
        found[name] = test::read_file(directory + "/" + name);
    }
    return found;
}

/// A preserved entry without the queue that it notes, which Mailman's does not.
std::string without_queue(const std::string& bytes, std::string_view queue) {
    auto entry = mailman3_format::read_metadata(bytes);
    REQUIRE(entry);
    CHECK(entry->data.text(preserved_from_key) == queue);
    entry->data.erase(preserved_from_key);
    return bytes.substr(0, entry->message_size) + mailman3_format::metadata_bytes(entry->data);
}

}  // namespace

TEST_CASE("entries have the names and the bytes that Mailman 3 gives them") {
    const json answers = ask_mailman3();
    if (answers.is_null()) return;
    REQUIRE(answers["enqueue"].size() > 0);
    for (const json& vector : answers["enqueue"]) {
        INFO(vector["metadata"] << " at " << vector["now"]);
        const test::temporary_directory directory;
        test::test_world world;
        world.control().now = std::strtod(vector["now"].get<std::string>().c_str(), nullptr);
        queue_writer<test::test_world, mailman3_format, mailman3_policy> writer(
            world, directory.path(), durability::file, {});
        metadata data;
        for (const json& item : vector["metadata"]) {
            data.set(item[0].get<std::string>(), to_value(item[1]));
        }
        CHECK(writer.enqueue(test::from_base64(vector["text"].get<std::string>()), data).value() ==
              vector["base"].get<std::string>());
        CHECK(contents_of(directory.path()) == to_contents(vector["files"]));
    }
}

TEST_CASE("hashes belong to the slices that take them in Mailman 3, the shared ends to two") {
    const json answers = ask_mailman3();
    if (answers.is_null()) return;
    std::size_t with_two_owners = 0;
    for (const json& vector : answers["membership"]) {
        const auto count = vector["count"].get<std::uint64_t>();
        const auto ranges = mailman3_ranges<>::make(count).value();
        for (const auto& [name, owners] : vector["owners"].items()) {
            INFO(name << " among " << count);
            const hash_value hash = parse_entry_name(name).value().hash;
            std::vector<slice_index> found;
            for (slice_index k = 0; k < count; ++k) {
                if (ranges.owns(k, hash)) found.push_back(k);
            }
            CHECK(found == owners.get<std::vector<slice_index>>());
            if (found.size() == 2) ++with_two_owners;
        }
    }
    CHECK(with_two_owners > 0);
}

TEST_CASE("a listing is processed in the order in which Mailman 3 processes it") {
    const json answers = ask_mailman3();
    if (answers.is_null()) return;
    REQUIRE(answers["order"].size() > 0);
    for (const json& vector : answers["order"]) {
        INFO(vector.dump());
        switchboard<listed_world, mailman3_spool> board(
            listed_world(vector["listing"].get<std::vector<std::string>>()),
            {"queue",
             "bad",
             {mailman3_ranges<>::make(vector["count"].get<std::uint64_t>()).value(),
              vector["slice"].get<slice_index>()},
             durability::file});
        const auto found = board.files().value();
        std::vector<std::string> order;
        for (std::size_t i = 0; i < found.size(); ++i) order.emplace_back(found.base_name(i));
        CHECK(order == vector["order"].get<std::vector<std::string>>());
    }
}

TEST_CASE(
    "an entry that a crash left in hand is recovered to exactly the bytes that Mailman 3 writes, "
    "but that a preserved one notes its queue") {
    const json answers = ask_mailman3();
    if (answers.is_null()) return;
    REQUIRE(answers["recovery"].size() == 4);
    const test::temporary_directory root;
    const std::string queue = root.path() + "/in";
    const std::string bad = root.path() + "/bad";
    std::filesystem::create_directory(bad);
    for (const json& step : answers["recovery"]) {
        std::filesystem::remove_all(queue);
        std::filesystem::create_directory(queue);
        for (const auto& [name, bytes] : to_contents(step["before"])) {
            test::write_file(queue + "/" + name, bytes);
        }
        test::test_world world;
        switchboard<test::test_world, mailman3_spool> board(world, {queue, bad, {}});
        REQUIRE(board.recover());
        CHECK(contents_of(queue) == to_contents(step["after"]));
        contents kept = contents_of(bad);
        const contents mailmans = to_contents(step["bad"]);
        for (auto& [name, bytes] : kept) {
            const auto same = mailmans.find(name);
            if (same != mailmans.end() && same->second == bytes) continue;  // cannot be read
            bytes = without_queue(bytes, "in");
        }
        CHECK(kept == mailmans);
    }
}
