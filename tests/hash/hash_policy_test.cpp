#include <qslice/core/entry_name.hpp>
#include <qslice/hash/hash_policy.hpp>

#include <rapidcheck.h>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "support/base64.hpp"

#include <any>
#include <cstdlib>
#include <fstream>
#include <string>

using namespace qslice;

TEST_CASE("entries get the names that Mailman 2.1 gave them") {
    std::ifstream file(QSLICE_TEST_DATA "/conformance/mailman21-enqueue.json");
    REQUIRE(file);
    const auto vectors = nlohmann::json::parse(file);
    REQUIRE(vectors.size() > 0);
    mailman21_policy policy;
    for (const auto& vector : vectors) {
        const std::string message =
            test::from_base64(vector["message_pickle_b64"].get<std::string>());
        const auto seconds = [&](const char* key) {
            return timestamp{std::strtod(vector[key].get<std::string>().c_str(), nullptr)};
        };
        const std::string list =
            vector["listname"].is_null() ? "" : vector["listname"].get<std::string>();
        hash_input input;
        input.message = message;
        if (!vector["listname"].is_null()) input.list_name = list;
        input.now = seconds("now");
        const timestamp stamp =
            vector["received_time"].is_null() ? input.now : seconds("received_time");
        CHECK(to_base_name({stamp, policy(input)}) + ".pck" == vector["name"].get<std::string>());
    }
}

TEST_CASE("hash functions give the published values") {
    const auto hash_of = [](auto function, std::string_view text) {
        function.start();
        function.update(text.substr(0, 1));
        function.update(text.substr(1));
        return function.finish().hex();
    };
    CHECK(hash_of(sha1{}, "abc") == "a9993e364706816aba3e25717850c26c9cd0d89d");
    CHECK(hash_of(sha256{}, "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a3");
    CHECK(hash_of(blake2b{}, "abc") == "ba80a53f981c4d0d6a2797b69f12f6e94c212f14");
}

TEST_CASE("a policy can be copied and used again") {
    mailman21_policy policy;
    hash_input input;
    input.message = "x";
    const hash_value first = policy(input);
    mailman21_policy copy = policy;
    CHECK(copy(input) == first);
    CHECK(policy(input) == first);
    copy = policy;
    CHECK(copy(input) == first);
}

TEST_CASE("with a whole-second clock a message keeps its hash within a second") {
    mailman21_second_policy policy;
    hash_input early, late, next;
    early.message = late.message = next.message = "same";
    early.now = {1400972196.1};
    late.now = {1400972196.9};
    next.now = {1400972197.0};
    CHECK(policy(early) == policy(late));
    CHECK(policy(early) != policy(next));
}

TEST_CASE("affinity policies share the leading bits and never the whole name") {
    CHECK(rc::check([] {
        const auto a = *rc::gen::arbitrary<std::string>();
        const auto b = *rc::gen::arbitrary<std::string>();
        RC_PRE(a != b);
        hash_input first, second;
        first.message = a;
        second.message = b;
        first.list_name = second.list_name = "list";
        first.sender = second.sender = "me@example.org";
        first.thread = second.thread = "<root@example.org>";
        const auto together = [&](auto policy) {
            const hash_value x = policy(first);
            const hash_value y = policy(second);
            return x.high() == y.high() && x != y;
        };
        RC_ASSERT(together(list_affinity_policy{}));
        RC_ASSERT(together(sender_affinity_policy{}));
        RC_ASSERT(together(thread_affinity_policy{}));
        RC_ASSERT(!together(mailman21_policy{}));
    }));
}

TEST_CASE("a message that is hashed again has the hashes that it would have anew") {
    CHECK(rc::check([] {
        hash_input input;
        const auto message = *rc::gen::arbitrary<std::string>();
        input.message = message;
        input.list_name = "list";
        const auto same = [&](auto policy) {
            auto other = policy;
            std::any begun;
            for (const double now : {1400972196.5, 1400972197.25}) {
                input.now = {now};
                input.begun = nullptr;
                const hash_value anew = policy(input);
                input.begun = &begun;
                RC_ASSERT(other(input) == anew);
                RC_ASSERT(begun.has_value());
            }
        };
        same(mailman21_policy{});
        same(mailman3_second_policy{});
        same(thread_affinity_policy{});
        same(basic_hash_policy<message_list_time, blake2b>{});
    }));
}

TEST_CASE("the state of one hash function is not taken for that of another") {
    hash_input input;
    input.message = "text";
    std::any begun;
    input.begun = &begun;
    (void)mailman21_policy{}(input);
    basic_hash_policy<message_list_time, sha256> policy;
    const hash_value kept = policy(input);
    input.begun = nullptr;
    CHECK(kept == policy(input));
}
