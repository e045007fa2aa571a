#include "support/test_site.hpp"

#include <qslice/runner/unshunt.hpp>

#include <catch2/catch.hpp>

#include <filesystem>

using namespace qslice;
using test::test_site;

TEST_CASE("shunted messages go back to the queues that they came from") {
    test_site t;
    t.enqueue("shunt", "Subject: a\n\n", {{"listname", "users"}, {"whichq", "out"}});
    t.enqueue("shunt", "Subject: b\n\n", {{"whichq", "/var/lib/mailman/qfiles/virgin"}});
    t.enqueue("shunt", "Subject: c\n\n", {{"listname", "users"}});
    const auto done = unshunt(t.site).value();
    CHECK(done.requeued == 3);
    CHECK(done.problems.empty());
    CHECK(t.names("shunt").empty());
    CHECK(t.waiting("out")[0].text == "Subject: a\n\n");
    CHECK(t.waiting("virgin")[0].text == "Subject: b\n\n");
    CHECK(t.waiting("in")[0].text == "Subject: c\n\n");
}

TEST_CASE("a shunted message keeps its time and its remaining handlers") {
    test_site t;
    metadata data{{"listname", "users"}, {"whichq", "in"}, {"received_time", 1000.5}};
    data.set_texts("pipeline", {"ToDigest", "ToOutgoing"});
    t.enqueue("shunt", "Subject: a\n\n", data);
    REQUIRE(unshunt(t.site)->requeued == 1);
    const auto back = t.waiting("in")[0].data;
    CHECK(back.texts("pipeline") == std::vector<std::string>{"ToDigest", "ToOutgoing"});
    CHECK(t.names("in").begin()->starts_with("1000.5+"));
}

TEST_CASE(
    "an entry that an earlier unshunt left in hand is resumed, and preserved the third time") {
    test_site t;
    const std::string base = t.enqueue("shunt", "Subject: a\n\n", {{"_bak_count", 0}});
    auto board = t.site.open_queue("shunt", {});
    REQUIRE(board.dequeue(base));
    CHECK(unshunt(t.site)->requeued == 1);
    CHECK(t.names("in").size() == 1);

    const std::string again = t.enqueue("shunt", "Subject: b\n\n");
    for (int i = 0; i < 2; ++i) {
        REQUIRE(board.dequeue(again));
        REQUIRE(board.recover());
    }
    REQUIRE(board.dequeue(again));
    const auto done = unshunt(t.site).value();
    CHECK(done.requeued == 0);
    CHECK(done.preserved == 1);
    CHECK(t.names("bad") == std::set<std::string>{again + ".psv"});
}

TEST_CASE("a shunted entry that cannot be read is preserved and does not stop the others") {
    test_site t;
    const std::string bad = "1.0+" + std::string(40, 'a');
    test::write_file(t.directory_of("shunt") + "/" + bad + ".pck", "not a pickle");
    t.enqueue("shunt");
    const auto done = unshunt(t.site).value();
    CHECK(done.requeued == 1);
    CHECK(done.preserved == 1);
    REQUIRE(done.problems.size() == 1);
    CHECK(done.problems[0].where.find(bad) != std::string::npos);
    CHECK(t.names("bad") == std::set<std::string>{bad + ".psv"});
}

TEST_CASE("a message whose queue does not exist stays in shunt/ and is reported") {
    test_site t;
    const std::string base = t.enqueue("shunt", "Subject: a\n\n", {{"whichq", "../../attic"}});
    const auto done = unshunt(t.site).value();
    CHECK(done.requeued == 0);
    REQUIRE(done.problems.size() == 1);
    CHECK(done.problems[0].code == error_code::not_found);
    CHECK(done.problems[0].where.find("/qfiles/attic/") != std::string::npos);
    CHECK(t.names("shunt") == std::set<std::string>{base + ".pck"});
}

TEST_CASE("a malformed name in shunt/ is reported and left in place") {
    test_site t;
    test::write_file(t.directory_of("shunt") + "/odd.pck", "");
    const auto done = unshunt(t.site).value();
    REQUIRE(done.problems.size() == 1);
    CHECK(done.problems[0].where == t.directory_of("shunt") + "/odd");
    CHECK(t.names("shunt") == std::set<std::string>{"odd.pck"});
    std::filesystem::remove_all(t.directory_of("shunt"));
    CHECK(unshunt(t.site).error().code == error_code::not_found);
}
