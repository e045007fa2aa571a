#include "support/test_site.hpp"

#include <qslice/runner/outgoing_runner.hpp>
#include <qslice/runner/runner_loop.hpp>
#include <qslice/runner/standard_runners.hpp>
#include <qslice/runner/unshunt.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

using namespace qslice;
using test::mailman3_test_site;
using test::test_site;

namespace {

using addresses = std::vector<std::string>;

template <class Runner, class TestSite>
std::size_t one_pass(TestSite& t) {
    return runner_loop<Runner, typename TestSite::site_type>(t.site, {}).one_pass();
}

/// The strings of a set, as the metadata have them.
addresses members(const metadata& data, std::string_view key) {
    const value* v = data.find(key);
    REQUIRE(v != nullptr);
    const auto* set = v->get_if<value_set>();
    REQUIRE(set != nullptr);
    addresses found;
    for (const value& item : set->items) found.push_back(*item.text());
    std::sort(found.begin(), found.end());
    return found;
}

const char* const post_text = "Message-ID: <1@x>\nSubject: hello\n\nbody\n";

}  // namespace

TEST_CASE("an outgoing runner delivers to the recipients that Mailman 3 names, set or list") {
    mailman3_test_site t;
    t.enqueue("out", post_text, t.for_users({"bob@example.org", "ada@example.org"}));
    metadata listed = t.for_users();
    listed.set_texts("recipients", {"eve@example.org"});
    t.world.control().now += 1;
    t.enqueue("out", post_text, listed);
    CHECK(one_pass<mailman3_outgoing_runner>(t) == 2);
    REQUIRE(t.services.deliveries.size() == 2);
    addresses first = t.services.deliveries[0].recipients;
    std::sort(first.begin(), first.end());
    CHECK(first == addresses{"ada@example.org", "bob@example.org"});
    CHECK(t.services.deliveries[1].recipients == addresses{"eve@example.org"});
}

TEMPLATE_TEST_CASE("a message without recipients is shunted, never finished", "", test_site,
                   mailman3_test_site) {
    TestType t;
    const std::string_view key = TestType::format::recipients_key;
    metadata of_the_other = t.for_users();
    of_the_other.set_texts(key == "recips" ? "recipients" : "recips", {"ada@example.org"});
    metadata no_list = t.for_users();
    no_list.set(key, "ada@example.org");
    metadata no_strings = t.for_users();
    no_strings.set(key, value_list{{1, 2}});
    int number = 0;
    for (const metadata& data : {t.for_users(), of_the_other, no_list, no_strings}) {
        t.enqueue("out", "Subject: " + std::to_string(++number) + "\n\nbody\n", data);
    }
    CHECK(one_pass<mailman3_outgoing_runner>(t) == 4);
    CHECK(t.services.deliveries.empty());
    CHECK(t.names("out").empty());
    CHECK(t.waiting("shunt").size() == 4);
    CHECK(t.world.lines("error")[0].find("expected the recipients") != std::string::npos);
}

TEMPLATE_TEST_CASE("a message for nobody is finished with a line in the log", "", test_site,
                   mailman3_test_site) {
    TestType t;
    t.enqueue("out", post_text, t.for_users(addresses{}));
    CHECK(one_pass<mailman3_outgoing_runner>(t) == 1);
    CHECK(t.services.deliveries.empty());
    CHECK(t.names("shunt").empty());
    CHECK(t.world.lines("smtp") ==
          addresses{"<1@x> smtp to users for 0 recips: none of its members gets single posts"});
}

TEST_CASE("recipients that fail go on as Mailman 3 writes them, and bounces are noted at once") {
    mailman3_test_site t;
    t.services.answer = [](const addresses&) {
        return delivery_report{{"bob@example.org"}, {"eve@example.org"}};
    };
    t.enqueue("out", post_text,
              t.for_users({"ada@example.org", "bob@example.org", "eve@example.org"}));
    CHECK(one_pass<mailman3_outgoing_runner>(t) == 1);
    CHECK(t.services.bounced == addresses{"eve@example.org"});
    CHECK(t.names("bounces").empty());
    const auto retry = t.waiting("retry");
    REQUIRE(retry.size() == 1);
    CHECK(members(retry[0].data, "recipients") == addresses{"bob@example.org"});
    CHECK_FALSE(retry[0].data.contains("recips"));
    const value* until = retry[0].data.find("deliver_until");
    REQUIRE(until != nullptr);
    CHECK(*until == value(*to_date_time({t.world.control().now + 5 * 86400})));

    CHECK(one_pass<retry_runner>(t) == 1);
    CHECK(members(t.waiting("out")[0].data, "recipients") == addresses{"bob@example.org"});
}

TEST_CASE("a message of Mailman 3 that is to be delivered later waits until its datetime") {
    mailman3_test_site t;
    metadata data = t.for_users({"ada@example.org"});
    data.set("deliver_after", *to_date_time({t.world.control().now + 100}));
    t.enqueue("out", post_text, data);
    CHECK(one_pass<mailman3_outgoing_runner>(t) == 1);
    CHECK(t.services.deliveries.empty());
    t.world.control().now += 101;
    CHECK(one_pass<mailman3_outgoing_runner>(t) == 1);
    CHECK(t.services.deliveries.size() == 1);
}

TEST_CASE("a shunted message of Mailman 3 has its queue's name, and unshunt finds it") {
    mailman3_test_site t;
    t.enqueue("out", post_text, t.for_users());
    one_pass<mailman3_outgoing_runner>(t);
    CHECK(t.waiting("shunt")[0].data.text("whichq") == "out");
    CHECK(unshunt(t.site)->requeued == 1);
    CHECK(t.names("out").size() == 1);
}

TEST_CASE("a post to a Mailman 3 site passes in/, pipeline/ and out/, and archive/ and digest/") {
    mailman3_test_site t;
    t.users().subject_prefix = "[Users] ";
    t.users().language = "en";
    t.users().digest_recipients = {"dan@example.org"};
    t.users().digest_threshold_bytes = 10;
    t.enqueue("in", "From: ada@example.org\nSubject: hello\n\nbody\n");

    CHECK(one_pass<mailman3_incoming_runner>(t) == 1);
    REQUIRE(t.waiting("pipeline").size() == 1);
    CHECK(t.waiting("pipeline")[0].text == "From: ada@example.org\nSubject: hello\n\nbody\n");
    CHECK(t.waiting("pipeline")[0].data.text("lang") == "en");
    CHECK(t.names("out").empty());

    CHECK(one_pass<mailman3_pipeline_runner>(t) == 1);
    const auto out = t.waiting("out");
    REQUIRE(out.size() == 1);
    CHECK(out[0].text.str().find("Subject: [Users] hello\n") != std::string::npos);
    CHECK(members(out[0].data, "recipients") == addresses{"ada@example.org", "bob@example.org"});
    CHECK(t.waiting("archive").size() == 1);
    CHECK(t.names("virgin").empty());

    CHECK(one_pass<mailman3_archive_runner>(t) == 1);
    CHECK(t.services.archived.size() == 1);
    REQUIRE(t.waiting("digest").size() == 1);
    CHECK(one_pass<mailman3_digest_runner>(t) == 1);
    REQUIRE(t.waiting("virgin").size() == 1);
    CHECK(t.waiting("virgin")[0].data.text("listid") == "users.example.org");
    CHECK(members(t.waiting("virgin")[0].data, "recipients") == addresses{"dan@example.org"});

    CHECK(one_pass<virgin_runner>(t) == 1);
    CHECK(one_pass<mailman3_outgoing_runner>(t) == 2);
    CHECK(t.services.deliveries.size() == 2);
    CHECK(t.names("shunt").empty());
    CHECK(t.names("bad").empty());
}

TEST_CASE("in Mailman 3 only a post that is collected for a digest waits for its list's lock") {
    mailman3_test_site t;
    t.world.control().stop_at_sleep = 1'000'000;
    test::write_file(t.site.lock_directory() + "/users.lock", "mx2/other\n");
    t.enqueue("pipeline", post_text);
    CHECK(one_pass<mailman3_pipeline_runner>(t) == 1);
    CHECK(one_pass<mailman3_archive_runner>(t) == 1);
    CHECK(t.services.archived.size() == 1);
    CHECK(t.names("out").size() == 1);

    t.users().digest_recipients = {"dan@example.org"};
    t.world.control().now += 1;
    t.enqueue("pipeline", post_text);
    CHECK(one_pass<mailman3_pipeline_runner>(t) == 1);
    REQUIRE(t.waiting("pipeline").size() == 1);
    CHECK(t.waiting("pipeline")[0].data.texts("pipeline") == addresses{"ToDigest", "ToOutgoing"});
    CHECK(t.names("out").size() == 1);
    CHECK(t.names("archive").size() == 1);

    std::filesystem::remove(t.site.lock_directory() + "/users.lock");
    t.world.control().now += 1;
    CHECK(one_pass<mailman3_pipeline_runner>(t) == 1);
    CHECK(t.names("pipeline").empty());
    CHECK(t.names("out").size() == 2);
    CHECK(t.names("archive").size() == 1);
    CHECK(test::names_in(t.site.lock_directory()).empty());
}

TEST_CASE("a second request for a digest finds nothing to send, and Mailman's own are shunted") {
    mailman3_test_site t;
    t.users().digest_recipients = {"dan@example.org"};
    t.users().digest_threshold_bytes = 1;
    for (int i = 0; i < 2; ++i) {
        t.enqueue("pipeline", "From: ada@example.org\nSubject: hello\n\nbody\n");
        t.world.control().now += 1;
        CHECK(one_pass<mailman3_pipeline_runner>(t) == 1);
    }
    metadata mailmans = t.for_users();
    mailmans.set("digest_path", "/var/lib/mailman3/lists/users/digest.1.1.mmdf");
    t.enqueue("digest", "Subject: a digest\n\n", mailmans);
    CHECK(t.names("digest").size() == 3);
    CHECK(one_pass<mailman3_digest_runner>(t) == 3);
    CHECK(t.waiting("virgin").size() == 1);
    CHECK(t.waiting("shunt").size() == 1);
}
