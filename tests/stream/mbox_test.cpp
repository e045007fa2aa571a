#include "sim/stream/mbox.hpp"
#include "sim/stream/compose.hpp"
#include "sim/stream/make_stream.hpp"

#include "stream/files.hpp"

#include <qslice/hash/hash_function.hpp>
#include <qslice/message/headers.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <string>
#include <vector>

#include <fmt/format.h>

using namespace qslice;
using namespace qslice::sim;
using namespace std::chrono_literals;

namespace {

// 2014-05-24 22:56:36 UTC.
constexpr auto mission = virtual_time(1400972196s);

std::uint64_t identity(std::string_view id) {
    sha1 hash;
    hash.start();
    hash.update(id);
    return hash.finish().high();
}

// A message and a reply identified only by References, from machines in different time zones.
const std::string first_text =
    "Received: from mx2.example.org by mx1.example.org with ESMTP id 7;\n"
    "\tSat, 24 May 2014 15:56:36 -0700 (PDT)\n"
    "Received: from home by mx2.example.org; Sat, 24 May 2014 22:00:00 +0000\n"
    "From: Ann Example <Ann@Example.org>\n"
    "Date: Sat, 24 May 2014 21:00:00 +0000\n"
    "Message-ID: <first@example.org>\n"
    "List-Id: Users of the thing\n <users.lists.example.org>\n"
    "Subject: hello\n"
    "\n"
    "From here on it is the body.\n"
    ">From the start.\n";
const std::string second_text =
    "From: bob@example.org\n"
    "Date: Sat, 24 May 2014 22:56:37 +0000\n"
    "Message-ID: <second@example.org>\n"
    "References: <first@example.org> <between@example.org>\n"
    "List-Post: <mailto:Devel@lists.example.org>\n"
    "\n"
    "yes\n";

std::string marked(const std::string& text) {
    return "From someone@example.org  Sat May 24 22:56:36 2014\n" + text + "\n";
}

// What is between the From line and the next one must not begin a line with "From ".
std::string archive_of(std::vector<std::string> texts) {
    std::string all;
    for (std::string& text : texts) {
        for (std::size_t at = 0; (at = text.find("\nFrom ", at)) != std::string::npos; at += 7) {
            text.insert(at + 1, ">");
        }
        all += marked(text);
    }
    return all;
}

message_stream read(const std::string& path, const std::string& list = {}) {
    auto stream = read_mbox(path, list);
    INFO((stream ? std::string() : stream.error().to_string()));
    REQUIRE(stream);
    return *std::move(stream);
}

}  // namespace

TEST_CASE("an mbox gives its messages with their texts, times, lists, senders and threads") {
    const scratch_folder folder;
    const message_stream s = read(folder.write("a.mbox", archive_of({first_text, second_text})));
    REQUIRE(s.arrivals.size() == 2);
    CHECK(s.lists ==
          std::vector<std::string>{"users.lists.example.org", "devel@lists.example.org"});
    CHECK(s.senders == std::vector<std::string>{"ann@example.org", "bob@example.org"});
    REQUIRE(s.texts.size() == 2);
    CHECK(s.texts[0] ==
          archive_of({first_text}).substr(marked("").size() - 1, first_text.size() + 1));
    CHECK(s.texts[1] == second_text);

    const arrival& a = s.arrivals[0];
    CHECK(a.time == mission);
    CHECK(a.size_bytes == s.texts[0].size());
    CHECK(a.message_id == identity("first@example.org"));
    CHECK(a.in_reply_to == 0);
    CHECK(a.thread == a.message_id);
    const arrival& b = s.arrivals[1];
    CHECK(b.time == mission + 1s);
    CHECK(b.list == 1);
    CHECK(b.sender == 1);
    CHECK(b.in_reply_to == identity("between@example.org"));
    CHECK(b.thread == a.message_id);
}

TEST_CASE("a message's thread is the one that the library's thread key sees in the composed post") {
    const scratch_folder folder;
    const message_stream s = read(folder.write("a.mbox", archive_of({first_text, second_text})));
    for (std::size_t post = 0; post < s.arrivals.size(); ++post) {
        const std::string text = compose_message(s, post);
        CHECK(text == "X-Qslice-Post: " + std::to_string(post) + "\n" + s.texts[post]);
        CHECK(identity(thread_root(text)) == s.arrivals[post].thread);
    }
}

TEST_CASE("a message that names no list goes to the given one, otherwise to the file's name") {
    const scratch_folder folder;
    const std::string text = "From: a@example.org\nDate: Sat, 24 May 2014 22:56:36 +0000\n\nx\n";
    const std::string path = folder.write_gzip("2014-May.txt.gz", marked(text));
    CHECK(read(path).lists == std::vector<std::string>{"2014-May"});
    CHECK(read(path, "users").lists == std::vector<std::string>{"users"});
    CHECK(read(folder.write("my list.mbox", marked(text))).lists ==
          std::vector<std::string>{"my-list"});
    const std::string been = "X-BeenThere: users@example.org\nList-Id: two words\n" + text;
    CHECK(read(folder.write("b", marked(been))).lists ==
          std::vector<std::string>{"users@example.org"});
}

TEST_CASE(
    "a message without Message-ID is identified by its text, a hidden address by its literal "
    "text") {
    const scratch_folder folder;
    const std::string text =
        "From: ann at example.org (Ann Example)\nDate: Sat, 24 May 2014 22:56:36 +0000\n\nx\n";
    const message_stream s = read(folder.write("a.mbox", marked(text)));
    CHECK(s.arrivals[0].message_id == identity(text));
    CHECK(s.senders == std::vector<std::string>{"ann at example.org (Ann Example)"});
}

TEST_CASE("messages are sorted by time, those within a second stay in the order of the file") {
    const scratch_folder folder;
    const auto text = [](int id, int second) {
        return "From: a@example.org\nDate: Sat, 24 May 2014 22:56:" + std::to_string(second) +
               " +0000\nMessage-ID: <" + std::to_string(id) + ">\n\nx\n";
    };
    const message_stream s = read(
        folder.write("a.mbox", archive_of({text(3, 40), text(1, 36), text(2, 36), text(4, 40)})));
    REQUIRE(s.arrivals.size() == 4);
    for (int i = 0; i < 4; ++i) {
        const auto at = static_cast<std::size_t>(i);
        CHECK(s.arrivals[at].message_id == identity(std::to_string(i + 1)));
        CHECK(find_header(s.texts[at], "Message-ID")->value == "<" + std::to_string(i + 1) + ">");
        CHECK(s.arrivals[at].time == mission + (i / 2) * 4s + (i % 2) * 500ms);
    }
}

TEST_CASE("an mbox with Windows line ends keeps them") {
    const scratch_folder folder;
    std::string text;
    for (const char c : second_text) text += c == '\n' ? std::string("\r\n") : std::string(1, c);
    const message_stream s =
        read(folder.write("a.mbox", "From a b\r\n" + text + "\r\nFrom a b\r\n" + text + "\r\n"));
    CHECK(s.texts == std::vector<std::string>{text, text});
    CHECK(s.lists == std::vector<std::string>{"devel@lists.example.org"});
}

TEST_CASE("the posts of a synthetic stream come back from an mbox as they were") {
    stream_choice choice;
    choice.posts = 400;
    choice.posts_per_hour = 100;  // few share a second, within which the mbox keeps the order
    const message_stream made = make_stream(choice, 5).value();
    std::string archive;
    for (std::size_t post = 0; post < made.arrivals.size(); ++post) {
        archive += marked(compose_message(made, post));
    }
    const scratch_folder folder;
    const message_stream s = read(folder.write_gzip("a.mbox.gz", archive), "users");
    REQUIRE(s.texts.size() == made.arrivals.size());
    const auto id_of = [](std::uint64_t id) {
        return id == 0 ? 0 : identity(fmt::format("{:016x}@qslice.example", id));
    };
    for (std::size_t post = 0; post < s.texts.size(); ++post) {
        CHECK(s.texts[post] == compose_message(made, post));
        CHECK(s.arrivals[post].size_bytes == made.arrivals[post].size_bytes);
        CHECK(s.senders[s.arrivals[post].sender] == made.senders[made.arrivals[post].sender]);
        CHECK(s.arrivals[post].message_id == id_of(made.arrivals[post].message_id));
        CHECK(s.arrivals[post].in_reply_to == id_of(made.arrivals[post].in_reply_to));
        CHECK(s.arrivals[post].thread == id_of(made.arrivals[post].thread));
    }
}

TEST_CASE("an invalid mbox is an error that names the file, the message and what was expected") {
    const scratch_folder folder;
    const auto wrong = [&](const std::string& bytes) {
        const std::string path = folder.write("bad.mbox", bytes);
        const auto stream = read_mbox(path);
        REQUIRE_FALSE(stream);
        const std::string message = stream.error().to_string();
        INFO(message);
        REQUIRE(message.starts_with(path));
        return message.substr(path.size());
    };
    CHECK(wrong("") ==
          ":1: expected an mbox, whose first line begins with 'From ', found an empty "
          "file (malformed)");
    CHECK(wrong("Subject: x\n\nbody\n") ==
          ":1: expected an mbox, whose first line begins with 'From ', found 'Subject: x' "
          "(malformed)");
    CHECK(wrong(marked(second_text) + marked("From: a@example.org\nSubject: x\n\ny\n")) ==
          ": message 2 at line 10: expected a Received or Date field with a valid date, found a "
          "header that begins with 'From: a@example.org' (malformed)");
    CHECK(wrong(marked("Date: the other day\nFrom: a@example.org\n\nx\n"))
              .starts_with(": message 1 at line 1: expected a Received or Date field"));
    CHECK(wrong(marked("Date: Sat, 24 May 2014 22:56:36 +0000\n\nx\n")) ==
          ": message 1 at line 1: expected a From field that names the sender, found a header that "
          "begins with 'Date: Sat, 24 May 2014 22:56:36 +0000' (malformed)");
    CHECK(wrong(marked("no head at all\n")) ==
          ": message 1 at line 1: expected header fields after the 'From ' line, found 'no head at "
          "all' (malformed)");
    CHECK(wrong("From \n").ends_with("found the end of the file (malformed)"));
    CHECK(wrong("From ").ends_with("found the end of the file (malformed)"));
    CHECK(
        wrong(marked(second_text) + "From x\n")
            .starts_with(": message 2 at line 10: expected header fields after the 'From ' line"));
    CHECK(wrong(marked("") + marked(second_text)).starts_with(": message 1 at line 1: expected "));
    CHECK(read_mbox(folder.path("none")).error().code == error_code::not_found);
}

TEST_CASE("a From field that no program writes is read in no time, and ends nothing") {
    const scratch_folder folder;
    const std::string rest =
        "\nDate: Sat, 24 May 2014 22:56:36 +0000\nTo: " + std::string(200'000, ',') + "\n\nx\n";
    const auto repeated = [](std::string_view text) {
        std::string all;
        for (int i = 0; i < 100'000; ++i) all += text;
        return all;
    };
    for (const std::string_view piece : {"a,", "g:", "(", "<", "\"", "=?utf-8?q?"}) {
        INFO(piece);
        const message_stream s =
            read(folder.write("a.mbox", marked("From: " + repeated(piece) + rest)));
        CHECK(s.texts.size() == 1);
    }
}

TEST_CASE("parts in parts without end do not end the reader of an mbox") {
    const scratch_folder folder;
    std::string text = second_text;
    text.insert(0, "Content-Type: multipart/mixed; boundary=b\n");
    for (int i = 0; i < 20'000; ++i) {
        text += "--b\nContent-Type: multipart/mixed; boundary=b\n\n";
    }
    CHECK(read(folder.write("a.mbox", marked(text))).texts == std::vector<std::string>{text});
}

TEST_CASE(
    "a line in a body that begins with \"From \" is no new message unless after an empty one") {
    const scratch_folder folder;
    const std::string text = second_text + "From now on\n";
    CHECK(read(folder.write("a.mbox", marked(text) + marked(text))).texts ==
          std::vector<std::string>{text, text});
}

TEST_CASE("a stream from an mbox is truncated with its texts and moved to its start") {
    const scratch_folder folder;
    stream_choice choice;
    choice.what = stream_choice::kind::mbox;
    choice.path = folder.write("a.mbox", archive_of({second_text, second_text, second_text}));
    choice.posts = 2;
    choice.start_s = 100;
    const message_stream s = make_stream(choice, 1).value();
    CHECK(s.arrivals.size() == 2);
    CHECK(s.texts.size() == 2);
    CHECK(s.arrivals[0].time == virtual_time(100s));
}
