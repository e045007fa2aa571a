#include "support/test_site.hpp"

#include <qslice/handler/pipeline.hpp>
#include <qslice/runner/incoming_runner.hpp>

#include <catch2/catch.hpp>

#include <array>

using namespace qslice;
using test::test_site;
using strings = std::vector<std::string>;

namespace {

/// Records its name; fails or stops if the message says so.
template <char Name>
struct noting {
    static constexpr char letter[] = {Name, 0};
    static constexpr std::string_view name = letter;
    static constexpr std::array<std::string_view, 2> flows_to{"x", letter};

    template <class Site>
    result<verdict> operator()(Site&, post& p) const {
        if (p.message.data.text("fail_at") == name) {
            return failure(error_code::rejected, std::string(name), "told to fail");
        }
        p.message.text.edit() += Name;
        return p.message.data.text("stop_at") == name ? verdict::stop : verdict::next;
    }
};

using abc = pipeline<noting<'a'>, noting<'b'>, noting<'c'>>;

static_assert(abc::flows_to == std::array<std::string_view, 4>{"x", "a", "b", "c"});
static_assert(pipeline<>::flows_to.empty());

result<verdict> run(test_site& t, queued_message& m) {
    post p{m, t.users()};
    return abc{}.run(t.site, p);
}

}  // namespace

TEST_CASE("a message passes through the handlers in order") {
    test_site t;
    queued_message m;
    CHECK(run(t, m).value() == verdict::next);
    CHECK(m.text == "abc");
    CHECK(m.data.texts("pipeline") == strings{});
}

TEST_CASE("a handler that holds or discards a message ends its processing successfully") {
    test_site t;
    queued_message m{"", {{"stop_at", "b"}}};
    CHECK(run(t, m).value() == verdict::stop);
    CHECK(m.text == "ab");
}

TEST_CASE("a message that failed resumes at the handler that failed") {
    test_site t;
    queued_message m{"", {{"fail_at", "b"}}};
    CHECK(run(t, m).error().what == "told to fail");
    CHECK(m.data.texts("pipeline") == strings{"b", "c"});
    m.data.erase("fail_at");
    CHECK(run(t, m).value() == verdict::next);
    CHECK(m.text == "abc");
}

TEST_CASE("a message that waits for a handler that no longer exists is an error") {
    test_site t;
    queued_message m;
    m.data.set_texts("pipeline", {"a", "Retired", "c"});
    const auto passed = run(t, m);
    CHECK(passed.error().code == error_code::not_found);
    CHECK(passed.error().where == "Retired");
    CHECK(m.data.texts("pipeline") == strings{"Retired", "c"});
}

TEST_CASE("a post to a list goes to archive, digest and delivery while the list is locked") {
    test_site t;
    t.users().subject_prefix = "[Users] ";
    t.users().digest_recipients = {"dan@example.org"};
    t.enqueue("in", "From: ada@example.org\nSubject: hello\n\nbody\n");
    runner_loop<incoming_runner, test_site::site_type> loop(t.site, {});
    CHECK(loop.one_pass() == 1);
    CHECK(t.names("in").empty());
    const auto archive = t.waiting("archive");
    const auto out = t.waiting("out");
    REQUIRE(archive.size() == 1);
    REQUIRE(out.size() == 1);
    CHECK(archive[0].text == out[0].text);
    CHECK(out[0].text.str().find("Subject: [Users] hello\n") != std::string::npos);
    CHECK(out[0].data.texts("recips") == strings{"ada@example.org", "bob@example.org"});
    CHECK(test::read_file(t.site.list_directory("users") + "/digest.mbox").find("body") !=
          std::string::npos);
    CHECK(test::names_in(t.site.lock_directory()).empty());
}

TEST_CASE("a post whose list is locked by another process stays queued with its time") {
    test_site t;
    t.world.control().now = posix_world().now().seconds;
    t.world.control().stop_at_sleep = 1000;
    test::write_file(t.site.lock_directory() + "/users.lock", "mx2/other\n");
    t.enqueue("in");
    const auto stamp = t.waiting("in")[0].data.number("received_time");
    runner_loop<incoming_runner, test_site::site_type> loop(t.site, {});
    CHECK(loop.one_pass() == 1);
    REQUIRE(t.waiting("in").size() == 1);
    CHECK(t.waiting("in")[0].data.number("received_time") == stamp);
    CHECK(t.names("out").empty());
}

TEST_CASE("a digest gets list headers, its own recipients, and no second archive") {
    test_site t;
    metadata data{{"listname", "users"}, {"isdigest", true}};
    data.set_texts("recips", {"dan@example.org"});
    t.enqueue("virgin", "Subject: users Digest\n\nx\n", data);
    runner_loop<virgin_runner, test_site::site_type> loop(t.site, {});
    CHECK(loop.one_pass() == 1);
    CHECK(t.names("archive").empty());
    REQUIRE(t.waiting("out").size() == 1);
    CHECK(t.waiting("out")[0].data.texts("recips") == strings{"dan@example.org"});
    CHECK(t.waiting("out")[0].text.str().find("List-Id: <users.example.org>") != std::string::npos);
}
