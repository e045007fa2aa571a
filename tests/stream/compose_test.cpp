#include "sim/stream/compose.hpp"

#include "sim/stream/synthetic.hpp"

#include <qslice/message/headers.hpp>

#include <catch2/catch.hpp>

using namespace qslice;
using namespace qslice::sim;

namespace {

// A post, a reply, and a reply to the reply.
message_stream three_posts() {
    message_stream s;
    s.lists = {"users", "devel@lists.example.org"};
    s.senders = {"ann@example.org", "bob@example.org"};
    s.arrivals.push_back({to_virtual_time(1400972196.75), 0, 0, 2000, 0xabc, 0, 0xabc});
    s.arrivals.push_back({to_virtual_time(1400972197), 0, 1, 1000, 0xdef, 0xabc, 0xabc});
    s.arrivals.push_back({to_virtual_time(1400972198), 1, 0, 1000, 0x123, 0xdef, 0xabc});
    return s;
}

}  // namespace

TEST_CASE("a composed post has a mail header, with its number first") {
    const message_stream s = three_posts();
    const std::string first = compose_message(s, 0);
    CHECK(
        first.starts_with("X-Qslice-Post: 0\n"
                          "From: ann@example.org\n"
                          "To: users@qslice.example\n"
                          "Subject: thread 0000000000000abc\n"
                          "Date: Sat, 24 May 2014 22:56:36 +0000\n"
                          "Message-ID: <0000000000000abc@qslice.example>\n"
                          "MIME-Version: 1.0\n"));
    CHECK_FALSE(find_header(first, "In-Reply-To"));
    CHECK_FALSE(find_header(first, "References"));

    const std::string last = compose_message(s, 2);
    CHECK(find_header(last, "X-Qslice-Post")->value == "2");
    CHECK(find_header(last, "To")->value == "devel@lists.example.org");
    CHECK(find_header(last, "Subject")->value == "Re: thread 0000000000000abc");
    CHECK(find_header(last, "In-Reply-To")->value == "<0000000000000def@qslice.example>");
    CHECK(unfold(find_header(last, "References")->value) ==
          "<0000000000000abc@qslice.example> <0000000000000def@qslice.example>");
}

TEST_CASE("the library finds a composed post's sender and the thread given by the stream") {
    const message_stream s = three_posts();
    for (std::size_t post = 0; post < 3; ++post) {
        const std::string text = compose_message(s, post);
        CHECK(thread_root(text) == "0000000000000abc@qslice.example");
        CHECK(sender_address(text) == s.senders[s.arrivals[post].sender]);
    }
    // If threads were not determined, the answered post stands for the thread.
    message_stream unknown = s;
    for (arrival& a : unknown.arrivals) a.thread = 0;
    CHECK(thread_root(compose_message(unknown, 0)) == "0000000000000abc@qslice.example");
    CHECK(thread_root(compose_message(unknown, 2)) == "0000000000000def@qslice.example");
}

TEST_CASE("a composed post is as long as its size says, or as its header") {
    message_stream s = three_posts();
    for (const std::uint32_t size : {1u, 100u, 400u, 401u, 8192u, 20'000u, 3'000'000u}) {
        s.arrivals[1].size_bytes = size;
        const std::string text = compose_message(s, 1);
        const std::size_t head = body_offset(text);
        CHECK(text.size() == std::max<std::size_t>(size, head));
        CHECK(text.back() == '\n');
        std::size_t longest = 0;
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = text.find('\n', at);
            longest = std::max(longest, end - at);
            at = end + 1;
        }
        CHECK(longest <= 78);
    }
}

TEST_CASE("a post from an mbox is its own text after its number") {
    message_stream s = three_posts();
    s.texts = {"Subject: a\n\nbody\n", "", "From: x\n\n"};
    CHECK(compose_message(s, 0) == "X-Qslice-Post: 0\nSubject: a\n\nbody\n");
    CHECK(compose_message(s, 1) == "X-Qslice-Post: 1\n");
    CHECK(compose_message(s, 2) == "X-Qslice-Post: 2\nFrom: x\n\n");
}

TEST_CASE("every text of a synthetic stream differs from every other") {
    stream_choice c;
    c.posts = 500;
    const message_stream s = make_synthetic(c, 3).value();
    std::vector<std::string> texts;
    for (std::size_t post = 0; post < s.arrivals.size(); ++post) {
        texts.push_back(compose_message(s, post));
        CHECK(texts.back().size() == s.arrivals[post].size_bytes);
    }
    std::sort(texts.begin(), texts.end());
    CHECK(std::adjacent_find(texts.begin(), texts.end()) == texts.end());
}

TEST_CASE("a post of 4 GB does not take 4 GB") {
    message_stream stream;
    stream.lists = {"users"};
    stream.senders = {"ann@example.org"};
    arrival huge;
    huge.size_bytes = 4'294'967'295;
    stream.arrivals = {huge};
    CHECK(compose_message(stream, 0).size() == most_composed_bytes);
}
