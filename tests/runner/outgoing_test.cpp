#include "support/test_site.hpp"

#include <qslice/runner/archive_runner.hpp>
#include <qslice/runner/outgoing_runner.hpp>
#include <qslice/runner/runner_loop.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace qslice;
using test::test_site;
using strings = std::vector<std::string>;

namespace {

template <class Runner>
std::size_t pass(test_site& t) {
    runner_loop<Runner, test_site::site_type> loop(t.site, {});
    return loop.one_pass();
}

metadata to(const strings& recipients) {
    metadata data{{"listname", "users"}};
    data.set_texts("recips", recipients);
    return data;
}

const char* const text = "Subject: hello\n\nbody\n";

}  // namespace

TEST_CASE("a message goes to all its recipients at once") {
    test_site t;
    t.enqueue("out", text, to({"ada@example.org", "bob@example.org"}));
    CHECK(pass<outgoing_runner>(t) == 1);
    REQUIRE(t.services.deliveries.size() == 1);
    CHECK(t.services.deliveries[0].list == "users");
    CHECK(t.services.deliveries[0].recipients == strings{"ada@example.org", "bob@example.org"});
    CHECK(t.names("out").empty());
    CHECK(t.names("retry").empty());
    CHECK(t.names("bounces").empty());
}

TEST_CASE("a message that is to be delivered later is queued again without a sleep") {
    test_site t;
    metadata data = to({"ada@example.org"});
    data.set("deliver_after", t.world.control().now + 100);
    t.enqueue("out", text, data);
    CHECK(pass<outgoing_runner>(t) == 1);
    CHECK(t.services.deliveries.empty());
    CHECK(t.names("out").size() == 1);
    CHECK(t.world.control().slept == 0);
    t.world.control().now += 101;
    CHECK(pass<outgoing_runner>(t) == 1);
    CHECK(t.services.deliveries.size() == 1);
}

TEST_CASE("without a mail server the runner sleeps once and queues the message again") {
    test_site t;
    t.services.answer = [](const strings&) -> result<delivery_report> {
        return failure(error_code::timed_out, "smtp", "no connection");
    };
    t.enqueue("out", text, to({"ada@example.org"}));
    pass<outgoing_runner>(t);
    CHECK(t.world.control().sleeps == std::vector<double>{1.0});
    REQUIRE(t.waiting("out").size() == 1);
    CHECK(t.waiting("out")[0].data.texts("recips") == strings{"ada@example.org"});
    CHECK(t.world.lines("smtp-failure") == strings{"smtp: no connection (timed out)"});
}

TEST_CASE(
    "only recipients that fail temporarily go to retry/, those that fail permanently bounce") {
    test_site t;
    t.services.answer = [](const strings&) {
        return delivery_report{{"bob@example.org"}, {"eve@example.org"}};
    };
    t.enqueue("out", text, to({"ada@example.org", "bob@example.org", "eve@example.org"}));
    CHECK(pass<outgoing_runner>(t) == 1);
    CHECK(t.names("out").empty());
    const auto retry = t.waiting("retry");
    REQUIRE(retry.size() == 1);
    CHECK(retry[0].data.texts("recips") == strings{"bob@example.org"});
    CHECK(retry[0].data.number("deliver_until") == t.world.control().now + 5 * 86400);
    CHECK(retry[0].data.number("last_recip_count") == 1);
    const auto bounces = t.waiting("bounces");
    REQUIRE(bounces.size() == 1);
    CHECK(bounces[0].data.texts("recips") == strings{"eve@example.org"});

    CHECK(pass<bounce_runner>(t) == 1);
    CHECK(t.services.bounced == strings{"eve@example.org"});
    CHECK(t.names("bounces").empty());
}

TEST_CASE("the retry period is extended while recipients become fewer, then it expires") {
    test_site t;
    strings failing{"a@example.org", "b@example.org"};
    t.services.answer = [&](const strings&) { return delivery_report{failing, {}}; };
    t.enqueue("out", text, to({"a@example.org", "b@example.org", "c@example.org"}));
    const auto round = [&] {
        pass<outgoing_runner>(t);
        const auto retry = t.waiting("retry");
        const auto until = retry.empty() ? std::nullopt : retry[0].data.number("deliver_until");
        pass<retry_runner>(t);
        return until;
    };
    const double first = round().value();
    t.world.control().now += 86400;
    CHECK(round() == first);  // no fewer
    t.world.control().now += 86400;
    failing = {"a@example.org"};
    const double renewed = round().value();
    CHECK(renewed == t.world.control().now + 5 * 86400);
    t.world.control().now = renewed;
    CHECK(round() == renewed);
    t.world.control().now += 1;
    CHECK_FALSE(round());
    CHECK(t.names("out").empty());
    CHECK(t.waiting("bounces")[0].data.texts("recips") == strings{"a@example.org"});
}

TEST_CASE(
    "the retry runner moves all of retry/ and sleeps a quarter of an hour, even if it had work") {
    test_site t;
    t.enqueue("retry", text, to({"a@example.org"}));
    t.enqueue("retry", "Subject: other\n\n", to({"b@example.org"}));
    runner_loop<retry_runner, test_site::site_type> loop(t.site, {});
    loop.run();
    CHECK(t.names("retry").empty());
    CHECK(t.waiting("out").size() == 2);
    CHECK(t.world.control().sleeps == std::vector<double>{900.0});
}

TEST_CASE("a message for a list that the site does not have is shunted") {
    test_site t;
    t.enqueue("out", text, {{"listname", "nobody"}});
    pass<outgoing_runner>(t);
    CHECK(t.waiting("shunt")[0].data.text("whichq") == t.directory_of("out"));
    t.enqueue("archive", text, {});
    pass<archive_runner>(t);
    CHECK(t.waiting("shunt").size() == 2);
}

TEST_CASE("a message is archived under its list's lock") {
    test_site t;
    t.enqueue("archive", text, to({}));
    test::write_file(t.site.lock_directory() + "/users.lock", "mx2/other\n");
    t.world.control().now = posix_world().now().seconds;
    t.world.control().stop_at_sleep = 1000;
    CHECK(pass<archive_runner>(t) == 1);
    CHECK(t.services.archived.empty());
    CHECK(t.names("archive").size() == 1);  // kept queued

    std::filesystem::remove(t.site.lock_directory() + "/users.lock");
    CHECK(pass<archive_runner>(t) == 1);
    REQUIRE(t.services.archived.size() == 1);
    CHECK(t.services.archived[0].text == text);
    CHECK(t.names("archive").empty());
    CHECK(test::names_in(t.site.lock_directory()).empty());
}

TEST_CASE("a message that the archive rejects is shunted and the lock released") {
    test_site t;
    t.services.archive_fails = true;
    t.enqueue("archive", text, to({}));
    pass<archive_runner>(t);
    CHECK(t.waiting("shunt").size() == 1);
    CHECK(test::names_in(t.site.lock_directory()).empty());
}
