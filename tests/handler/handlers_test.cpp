#include "support/test_site.hpp"

#include <qslice/handler/standard_pipelines.hpp>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace qslice;
using test::test_site;
using strings = std::vector<std::string>;

namespace {

/// Sends a message through one handler.
template <class Handler>
verdict handle(test_site& t, queued_message& message) {
    post p{message, t.users()};
    return Handler{}(t.site, p).value();
}

std::string header(const std::string& text, std::string_view name) {
    const auto field = find_header(text, name);
    return field ? std::string(field->value) : "(none)";
}

}  // namespace

TEST_CASE("a post by an ordinary sender passes moderation") {
    test_site t;
    queued_message m{"From: ada@example.org\n\nx\n", {}};
    CHECK(handle<moderate>(t, m) == verdict::next);
    CHECK(t.names("held").empty());
}

TEST_CASE("a post by a moderated sender is held, whatever the case of the address") {
    test_site t;
    t.users().held_senders = {"eve@example.org"};
    queued_message m{"From: Eve <EVE@example.org>\nMessage-ID: <1@x>\n\nx\n",
                     {{"listname", "users"}}};
    CHECK(handle<moderate>(t, m) == verdict::stop);
    const auto held = t.waiting("held");
    REQUIRE(held.size() == 1);
    CHECK(held[0].text == m.text);
    CHECK(t.world.lines("vette")[0].starts_with(
        "users post from eve@example.org held, message-id=<1@x>: entry 1400972196.25+"));
}

TEST_CASE("a post that a moderator approved passes") {
    test_site t;
    t.users().hold_all = true;
    queued_message m{"From: eve@example.org\n\nx\n", {{"listname", "users"}}};
    CHECK(handle<moderate>(t, m) == verdict::stop);
    m.data.set("approved", true);
    CHECK(handle<moderate>(t, m) == verdict::next);
    CHECK(t.names("held").size() == 1);
}

TEST_CASE("a post by a banned sender is discarded with a line in the log") {
    test_site t;
    t.users().discarded_senders = {"eve@example.org"};
    queued_message m{"From: eve@example.org\nMessage-ID: <1@x>\n\nx\n", {}};
    CHECK(handle<moderate>(t, m) == verdict::stop);
    CHECK(t.names("held").empty());
    CHECK(t.world.lines("vette") ==
          strings{"Message discarded, msgid: <1@x>\n\tlist: users,\n\thandler: Moderate"});
}

TEST_CASE("refused parts are removed and the post says so") {
    test_site t;
    t.users().refused_types = {"image/", "text/html"};
    queued_message m{
        "Content-Type: multipart/mixed; boundary=\"b\"\n\n"
        "--b\nContent-Type: text/plain\n\nkept\n"
        "--b\nContent-Type: image/png\n\npixels\n"
        "--b\nContent-Type: multipart/alternative; boundary=c\n\n"
        "--c\n\nplain\n--c\nContent-Type: TEXT/HTML\n\n<p>\n--c--\n"
        "--b--\n",
        {}};
    CHECK(handle<content_filter>(t, m) == verdict::next);
    CHECK(m.text.str().find("kept") != std::string::npos);
    CHECK(m.text.str().find("plain\n") != std::string::npos);
    CHECK(m.text.str().find("pixels") == std::string::npos);
    CHECK(m.text.str().find("<p>") == std::string::npos);
    CHECK(header(m.text, "X-Content-Filtered-By") == "qslice");
}

TEST_CASE("a post that has a refused type, or of which nothing is left, is discarded") {
    test_site t;
    t.users().refused_types = {"text/html"};
    queued_message whole{"Content-Type: text/html\n\n<p>\n", {}};
    CHECK(handle<content_filter>(t, whole) == verdict::stop);
    queued_message parts{
        "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>\n--b--\n",
        {}};
    CHECK(handle<content_filter>(t, parts) == verdict::stop);
    CHECK(t.world.lines("vette").size() == 2);
}

TEST_CASE("a post without refused parts keeps every byte") {
    test_site t;
    t.users().refused_types = {"image/"};
    const std::string text =
        "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n --b\nindented\n--b--\nafter\n";
    queued_message m{text, {}};
    CHECK(handle<content_filter>(t, m) == verdict::next);
    CHECK(m.text == text);
}

TEST_CASE("parts that are nested too deeply are removed, and no stack overflows") {
    std::string text;
    for (int level = 0; level < 50'000; ++level) {
        text += "Content-Type: multipart/mixed; boundary=b" + std::to_string(level) + "\n\n--b" +
                std::to_string(level) + "\n";
    }
    text += "\ndeep\n";
    // Only the outermost parts are closed; what is inside extends to their end.
    std::string inner = "Content-Type: multipart/mixed; boundary=x\n\n--x\n" + text + "--x--\n";
    std::string chain = "Content-Type: image/png\n\npixels\n";
    for (int level = 0; level < 100; ++level) {
        const std::string b = "c" + std::to_string(level) + "-";
        chain = "Content-Type: multipart/mixed; boundary=\"" + b + "\"\n\n--" + b + "\n" + chain +
                "--" + b + "--\n";
    }
    const auto images = [](std::string_view type) { return type.starts_with("image/"); };
    CHECK(remove_parts(inner, images) == 0);
    CHECK(remove_parts(chain, images) == 1);
    CHECK(chain.find("pixels") == std::string::npos);
}

TEST_CASE("recipients are the list's members unless the message has its own") {
    test_site t;
    queued_message m{"\nx\n", {}};
    handle<calculate_recipients>(t, m);
    CHECK(m.data.texts("recips") == strings{"ada@example.org", "bob@example.org"});
    m.data.set_texts("recips", {"eve@example.org"});
    handle<calculate_recipients>(t, m);
    CHECK(m.data.texts("recips") == strings{"eve@example.org"});
}

TEST_CASE("the subject gets its prefix once, before a Re:") {
    test_site t;
    t.users().subject_prefix = "[Users] ";
    const auto cooked = [&](const std::string& subject) {
        queued_message m{subject + "\n\nx\n", {}};
        handle<cook_headers>(t, m);
        return header(m.text, "Subject");
    };
    CHECK(cooked("Subject: hello") == "[Users] hello");
    CHECK(cooked("Subject: RE: hello") == "[Users] Re: hello");
    CHECK(cooked("Subject: Re: [Users] hello") == "Re: [Users] hello");
    CHECK(cooked("From: ada@example.org") == "[Users] (no subject)");
}

TEST_CASE("a post gets its list's headers and its body stays as it is") {
    test_site t;
    queued_message m{"Subject: hello\nPrecedence: bulk\n\nSubject: not a header\n", {}};
    handle<cook_headers>(t, m);
    CHECK(m.text ==
          "Subject: hello\nPrecedence: bulk\nList-Id: <users.example.org>\n\n"
          "Subject: not a header\n");
}

TEST_CASE("headers can be added to a message without any, or without a final line end") {
    std::string text = "Subject: x";
    set_header(text, "List-Id", "<a>");
    CHECK(text == "Subject: x\nList-Id: <a>\n");
    text = "just a body\n";
    set_header(text, "List-Id", "<a>");
    CHECK(text == "List-Id: <a>\n\njust a body\n");
    text = "";
    set_header(text, "List-Id", "<a>");
    CHECK(text == "List-Id: <a>\n");
}

TEST_CASE("each of several long headers with the same name is folded separately") {
    test_site t;
    const std::string path(60, 'p');
    queued_message m{"Received: from one by " + path + "\n\tby two\nReceived: short\nReceived: " +
                         path + " by three " + path + "\n\nbody " + path + " " + path + "\n",
                     {}};
    handle<refold_headers>(t, m);
    CHECK(m.text == "Received: from one by\n " + path + "\tby two\nReceived: short\nReceived: " +
                        path + " by\n three " + path + "\n\nbody " + path + " " + path + "\n");
}

TEST_CASE("folding changes no word, makes no line longer than necessary, and is done once") {
    test_site t;
    CHECK(rc::check([&] {
        const auto words = *rc::gen::container<strings>(
            rc::gen::container<std::string>(rc::gen::inRange('a', 'z')));
        std::string value = "first";
        for (const auto& w : words) value += " " + w;
        queued_message m{"Subject: " + value + "\nTo: me\n\nbody\n", {}};
        handle<refold_headers>(t, m);
        const std::string once = m.text;
        RC_ASSERT(unfold(header(once, "Subject")) == detail::trim(value));
        RC_ASSERT(once.ends_with("\nTo: me\n\nbody\n"));
        std::size_t at = 0;
        while (at < once.size()) {
            const std::size_t end = once.find('\n', at);
            std::string line = once.substr(at, end - at);
            // Trailing blanks are invisible, and a line that is short without them keeps them.
            line.erase(line.find_last_not_of(' ') + 1);
            RC_ASSERT(line.size() <= refold_headers::most_characters ||
                      line.find_last_of(" \t") <= line.find_first_not_of(" \t") ||
                      line.rfind(' ') == 8);
            at = end + 1;
        }
        handle<refold_headers>(t, m);
        RC_ASSERT(m.text == once);
    }));
}

TEST_CASE("a post goes to the archive unless list, sender or kind of message forbid it") {
    test_site t;
    queued_message m{"Subject: x\n\ny\n", {{"listname", "users"}, {"_bak_count", 1}}};
    m.data.set_texts("pipeline", {"ToArchive"});
    CHECK(handle<to_archive>(t, m) == verdict::next);
    REQUIRE(t.waiting("archive").size() == 1);
    CHECK_FALSE(t.waiting("archive")[0].data.contains("pipeline"));
    queued_message shy{"X-No-Archive: yes\n\ny\n", {}};
    queued_message digest{"Subject: x\n\ny\n", {{"isdigest", true}}};
    handle<to_archive>(t, shy);
    handle<to_archive>(t, digest);
    t.users().archive = false;
    handle<to_archive>(t, m);
    CHECK(t.names("archive").size() == 1);
    CHECK(handle<to_outgoing>(t, m) == verdict::next);
    CHECK(t.waiting("out")[0].text == m.text);
}
