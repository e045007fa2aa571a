#include "sim/trace/make_trace.hpp"

#include "sim/trace/trace_figures.hpp"

#include "stream/files.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <set>
#include <string>

using namespace qslice;
using namespace qslice::sim;

namespace {

constexpr const char* mbox =
    "From ann@example.org Sat May 24 15:23:34 2014\n"
    "From: Ann <ann@example.org>\nDate: Sat, 24 May 2014 15:23:34 +0000\n"
    "List-Id: <users.lists.example.org>\nMessage-ID: <1@example.org>\nSubject: one\n\nbody\n\n"
    "From bob@example.org Sat May 24 15:23:40 2014\n"
    "From: Bob <bob@example.org>\nDate: Sat, 24 May 2014 15:23:40 +0000\n"
    "List-Id: <users.lists.example.org>\nMessage-ID: <2@example.org>\n"
    "In-Reply-To: <1@example.org>\nSubject: Re: one\n\nbody\n";

}  // namespace

TEST_CASE("an mbox becomes a trace whose answers refer to its posts, readable again") {
    const scratch_folder folder;
    const std::string path = folder.write("users.mbox", mbox);
    const auto posts = make_trace({path}, {}, pseudonyms(""));
    REQUIRE(posts);
    REQUIRE(posts->size() == 2);
    CHECK((*posts)[1].in_reply_to == (*posts)[0].message_id);
    for (const bool json : {false, true}) {
        const auto again =
            read_trace_posts(folder.write("trace", trace_text(*posts, json))).value();
        REQUIRE(again.size() == 2);
        CHECK(trace_text(again, false) == trace_text(*posts, false));
    }
}

TEST_CASE("a message in a log and in a mailbox is one post") {
    const scratch_folder folder;
    const std::string box = folder.write("users.mbox", mbox);
    const std::string log = folder.write(
        "post",
        "May 24 15:23:41 2014 (11512) post to users.lists.example.org from bob@example.org, "
        "size=2131, message-id=<2@example.org>, success\n");
    CHECK(make_trace({box, log}, {}, pseudonyms("")).value().size() == 2);
}

TEST_CASE("identifiers depend on the secret, and keep who is who") {
    const pseudonyms a("a secret of many bytes");
    const pseudonyms b("another secret of many bytes");
    CHECK(a.of("sender", "ann@example.org") == a.of("sender", "ann@example.org"));
    CHECK(a.of("sender", "ann@example.org") != b.of("sender", "ann@example.org"));
    CHECK(a.of("sender", "x") != a.of("list", "x"));
    const scratch_folder folder;
    const auto posts = make_trace({folder.write("users.mbox", mbox)}, {}, a).value();
    const auto other = anonymised(posts, b);
    REQUIRE(other.size() == 2);
    CHECK(other[1].in_reply_to == other[0].message_id);
    CHECK(other[0].list == other[1].list);
    for (std::size_t i = 0; i < 2; ++i) {
        CHECK(other[i].message_id != posts[i].message_id);
        CHECK(other[i].sender != posts[i].sender);
        CHECK(other[i].list != posts[i].list);
        CHECK(other[i].time == posts[i].time);
        CHECK(other[i].size_bytes == posts[i].size_bytes);
    }
}

TEST_CASE("an identifier is the beginning of HMAC-SHA256") {
    // Computed by: printf 'sender:ann' | openssl dgst -sha256 -hmac 'a secret of many bytes'
    CHECK(pseudonyms("a secret of many bytes").of("sender", "ann") == 0xde504498ab708326ULL);
}

TEST_CASE("the figures of a trace count bursts, answers and posts without an id") {
    std::vector<trace_post> posts;
    const auto add = [&](double at_s, std::uint64_t id, std::uint64_t parent) {
        posts.push_back({to_virtual_time(at_s), "users", 100, id, parent, 7});
    };
    add(7200.25, 1, 0);
    add(7200.75, 2, 1);
    add(7201, 0, 9);
    add(14400, 4, 2);
    const trace_figures f = figures_of(posts);
    CHECK(f.posts == 4);
    CHECK(f.lists == 1);
    CHECK(f.senders == 1);
    CHECK(f.busiest_second == 2);
    CHECK(f.busiest_hour == 3);
    CHECK(f.same_second == Approx(0.25));
    CHECK(f.answers == Approx(0.5));
    CHECK(f.without_id == 1);
    CHECK(f.per_hour == Approx(4 / (7199.75 / 3600)));
    // Hours with 3, 0 and 1 posts: mean 4/3, variance 7/3.
    CHECK(f.dispersion == Approx(1.75));
}
