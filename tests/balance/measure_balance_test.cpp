#include "sim/balance/measure_balance.hpp"

#include "sim/stream/compose.hpp"
#include "sim/stream/make_stream.hpp"

#include <qslice/hash/any_hash_policy.hpp>
#include <qslice/message/headers.hpp>
#include <qslice/partition/any_partition.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

using namespace qslice;
using namespace qslice::sim;

namespace {

using counts = std::vector<std::uint64_t>;

balance_result measured(const balance_choice& choice, unsigned threads = 1) {
    auto result = measure_balance(choice, threads);
    INFO((result ? std::string() : result.error().to_string()));
    REQUIRE(result);
    CHECK(std::accumulate(result->counts.begin(), result->counts.end(), std::uint64_t{0}) ==
          choice.messages);
    CHECK(result->messages == choice.messages);
    return *std::move(result);
}

message_stream posts(std::uint64_t n) {
    stream_choice choice;
    choice.posts = n;
    choice.size_median_bytes = 900;
    choice.size_least_bytes = 600;
    return make_stream(choice, 4).value();
}

double chi_square(const counts& seen, double expected) {
    double sum = 0;
    for (const std::uint64_t count : seen) {
        const double d = static_cast<double>(count) - expected;
        sum += d * d / expected;
    }
    return sum;
}

}  // namespace

TEST_CASE("the counts are the same on any number of threads", "[unsanitized]") {
    const auto policy = GENERATE(as<std::string>(), "mailman21", "mailman21_second/sha256",
                                 "list_affinity", "sender_affinity", "thread_affinity/blake2b");
    CAPTURE(policy);
    balance_choice choice;
    choice.hash = policy;
    choice.partition = "equal:16";
    choice.messages = 3 * 65536 + 17;
    choice.size_sigma = 0.5;
    const balance_result one = measured(choice, 1);
    for (const unsigned threads : {2u, 5u}) {
        const balance_result several = measured(choice, threads);
        CHECK(several.counts == one.counts);
        CHECK(several.bytes == one.bytes);
        CHECK(several.threads == std::min(threads, 4u));
    }

    const message_stream stream = posts(700);
    choice.stream = &stream;
    choice.messages = 5000;
    const balance_result streamed = measured(choice, 1);
    CHECK(measured(choice, 2).counts == streamed.counts);
    CHECK(measured(choice, 5).counts == streamed.counts);
}

TEST_CASE("a stream's posts go to the slices that the policy and the partition give them") {
    const message_stream stream = posts(300);
    for (const std::string name :
         {"mailman21", "mailman3", "list_affinity", "sender_affinity", "thread_affinity/sha256"}) {
        CAPTURE(name);
        balance_choice choice;
        choice.hash = name;
        choice.partition = "weighted:3,2,1";
        choice.messages = 300;
        choice.stream = &stream;

        auto policy = make_hash_policy(name).value();
        const auto partition = make_partition(choice.partition).value();
        counts expected(3);
        std::uint64_t bytes = 0;
        for (std::size_t post = 0; post < stream.arrivals.size(); ++post) {
            const arrival& a = stream.arrivals[post];
            const std::string text = compose_message(stream, post);
            const std::string list_id = stream.lists[a.list] + ".qslice.example";
            hash_input input;
            input.message = text;
            input.list_name = stream.lists[a.list];
            input.list_id = list_id;
            input.sender = sender_address(text);
            input.thread = thread_root(text);
            input.now = {to_seconds(a.time)};
            ++expected[partition.slice_of(policy(input))];
            bytes += text.size();
        }
        const balance_result result = measured(choice);
        CHECK(result.counts == expected);
        CHECK(result.bytes == bytes);
    }
}

TEST_CASE(
    "a policy that hashes messages spreads them evenly, an affinity policy spreads its keys") {
    balance_choice choice;
    choice.partition = "equal:10";
    choice.messages = 300'000;
    // P(chi-square with 9 degrees of freedom > 33.7) = 0.0001.
    CHECK(chi_square(measured(choice).counts, 30'000) < 33.7);
    choice.hash = "mailman21_second";
    CHECK(chi_square(measured(choice).counts, 30'000) < 33.7);

    // 4 lists fill at most 4 slices, in proportion to their popularity.
    choice.hash = "list_affinity";
    choice.lists = 4;
    choice.list_popularity = 1;
    counts lists = measured(choice).counts;
    std::sort(lists.rbegin(), lists.rend());
    CHECK(std::count(lists.begin(), lists.end(), 0u) >= 6);
    CHECK(static_cast<double>(lists[0]) >= 0.47 * 300'000);  // 1 / (1 + 1/2 + 1/3 + 1/4) = 0.48

    // Threads of 5 messages spread better than lists, but not as well as single messages: the
    // statistic is about 6 times its 99 degrees of freedom.
    choice.hash = "thread_affinity";
    choice.partition = "equal:100";
    const double threads = chi_square(measured(choice).counts, 3'000);
    CHECK(threads > 250);
    CHECK(threads < 1200);
}

TEST_CASE("synthetic messages follow the seed") {
    balance_choice choice;
    choice.messages = 20'000;
    choice.partition = "modulo:7";
    const counts first = measured(choice).counts;
    CHECK(measured(choice).counts == first);
    choice.seed = 2;
    CHECK(measured(choice).counts != first);
}

TEST_CASE("a longer sequence of messages begins with the shorter one") {
    balance_choice choice;
    choice.partition = "equal:5";
    choice.hash = "thread_affinity";
    choice.messages = 65536 + 100;
    const counts fewer = measured(choice).counts;
    choice.messages = 65536 + 4000;
    const counts more = measured(choice).counts;
    for (std::size_t k = 0; k < 5; ++k) CHECK(more[k] >= fewer[k]);
}

TEST_CASE("a stream is hashed again at later times for more messages than it has posts") {
    const message_stream stream = posts(100);
    balance_choice choice;
    choice.stream = &stream;
    choice.messages = 100'000;
    choice.partition = "equal:4";
    const counts often = measured(choice).counts;
    CHECK(chi_square(often, 25'000) < 21.1);  // 3 degrees of freedom, 0.0001
    choice.hash = "sender_affinity";          // senders keep their slices
    choice.messages = 100;
    counts once = measured(choice).counts;
    choice.messages = 300;
    for (std::uint64_t& count : once) count *= 3;
    CHECK(measured(choice).counts == once);
}

TEST_CASE("sizes are as requested") {
    balance_choice choice;
    choice.messages = 10'000;
    choice.size_bytes = 16;
    CHECK(measured(choice).bytes == 160'000);
    choice.size_bytes = 1000;
    choice.size_sigma = 0.5;  // mean 1000 exp(0.125)
    CHECK(static_cast<double>(measured(choice).bytes) ==
          Approx(10'000'000 * std::exp(0.125)).epsilon(0.02));
}

TEST_CASE("progress adds up to the messages, and the time is reported with the bare hash's") {
    balance_choice choice;
    choice.messages = 200'000;
    std::atomic<std::uint64_t> done{0};
    const auto result = measure_balance(choice, 2, [&](std::uint64_t more) { done += more; });
    REQUIRE(result);
    CHECK(done == 200'000);
    CHECK(result->raw_hash_ns > 0);
    CHECK(result->message_ns > 0);
    CHECK(result->ratio > 0);
    CHECK(result->wall_s > 0);
}

TEST_CASE("an impossible choice is an error that says what was expected") {
    const auto wrong = [](auto change) {
        balance_choice choice;
        change(choice);
        const auto result = measure_balance(choice, 1);
        REQUIRE_FALSE(result);
        return result.error().to_string();
    };
    CHECK(wrong([](auto& c) { c.messages = 0; }) ==
          "messages: expected 1 to 9007199254740992, found 0 (malformed)");
    CHECK(wrong([](auto& c) { c.size_bytes = 15; }) ==
          "size: expected 16 to 1048576, found 15 (malformed)");
    CHECK(wrong([](auto& c) { c.hash = "md5"; }).starts_with("md5: expected a hash policy"));
    CHECK(wrong([](auto& c) { c.partition = "equal:0"; }).starts_with("equal:0: "));
    CHECK(wrong([](auto& c) { c.partition = "equal:16777217"; }) ==
          "equal:16777217: expected at most 16777216 slices to count messages in, found 16777217 "
          "(malformed)");
    CHECK(wrong([](auto& c) { c.per_second = 0; }).starts_with("per_second: expected "));
    const message_stream empty;
    CHECK(wrong([&](auto& c) { c.stream = &empty; }) ==
          "stream: expected at least one post, found none (malformed)");
}
