#include <qslice/hash/any_hash_policy.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <string_view>
#include <utility>

using namespace qslice;

namespace {

hash_input example() {
    hash_input input;
    input.message = "Subject: hello\n\nworld\n";
    input.list_name = "list";
    input.list_id = "list.example.org";
    input.sender = "me@example.org";
    input.thread = "<root@example.org>";
    input.now = {1400972196.5};
    return input;
}

// A user's own policy: the size of the message decides.
struct by_size {
    static constexpr bool uses_sender = false;
    static constexpr bool uses_thread = false;
    static std::string name() { return "by_size"; }
    hash_value operator()(const hash_input& in) const { return {in.message.size(), 0, 0}; }
};

}  // namespace

TEST_CASE("a policy made from its name hashes like its type") {
    const hash_input input = example();
    const auto same = [&](std::string_view name, auto typed) {
        auto made = make_hash_policy(name);
        REQUIRE(made);
        CHECK((*made)(input) == typed(input));
        CHECK(made->name() == typed.name());
    };
    same("mailman21", mailman21_policy{});
    same("mailman3", mailman3_policy{});
    same("mailman21_second", mailman21_second_policy{});
    same("mailman3_second", mailman3_second_policy{});
    same("list_affinity", list_affinity_policy{});
    same("sender_affinity/sha256", basic_hash_policy<sender_affinity, sha256>{});
    same("thread_affinity/blake2b", basic_hash_policy<thread_affinity, blake2b>{});
}

TEST_CASE("the former name of a policy still makes it") {
    CHECK(make_hash_policy("mission").value().name() == "mailman21_second/sha1");
    CHECK(make_hash_policy("mission/sha256").value().name() == "mailman21_second/sha256");
}

TEST_CASE("a policy's name makes the same policy again") {
    for (const std::string name :
         {"mailman21/sha1", "mailman21_second/sha256", "list_affinity/blake2b"}) {
        CHECK(make_hash_policy(name).value().name() == name);
    }
}

TEST_CASE("an unknown hash policy is an error that lists the known ones") {
    const auto wrong = make_hash_policy("mailman2");
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().where == "mailman2");
    CHECK(wrong.error().what ==
          "expected a hash policy, KEY or KEY/FUNCTION, where KEY is mailman21, mailman3, "
          "mailman21_second, "
          "mailman3_second, list_affinity, sender_affinity or thread_affinity; found 'mailman2'");
    CHECK(make_hash_policy("mailman21_second/md5").error().what ==
          "expected a hash function after the slash: sha1, sha256 or blake2b; found 'md5'");
    CHECK_FALSE(make_hash_policy("mailman21_second/"));
    CHECK_FALSE(make_hash_policy(""));
}

TEST_CASE("a user's own policy can be used wherever a named one can") {
    any_hash_policy policy(by_size{});
    CHECK(policy(example()) == hash_value(22, 0, 0));
    any_hash_policy copy = policy;
    policy = any_hash_policy{};
    CHECK(copy.name() == "by_size");
    CHECK(policy.name() == "mailman21/sha1");
}

TEST_CASE("a policy chosen by name says which header fields it needs") {
    const auto needs = [](std::string_view name) {
        const auto made = make_hash_policy(name);
        return std::pair(made->needs_sender(), made->needs_thread());
    };
    CHECK(needs("mailman21") == std::pair(false, false));
    CHECK(needs("list_affinity") == std::pair(false, false));
    CHECK(needs("sender_affinity/sha256") == std::pair(true, false));
    CHECK(needs("thread_affinity") == std::pair(false, true));
    CHECK_FALSE(any_hash_policy(by_size{}).needs_sender());
}

TEST_CASE("a policy says what it keeps together, whatever its name") {
    CHECK(make_hash_policy("mailman21")->keeps_together() == affinity_kind::none);
    CHECK(make_hash_policy("list_affinity/sha256")->keeps_together() == affinity_kind::list);
    CHECK(make_hash_policy("sender_affinity")->keeps_together() == affinity_kind::sender);
    CHECK(make_hash_policy("thread_affinity")->keeps_together() == affinity_kind::thread);
    CHECK(any_hash_policy(by_size{}).keeps_together() == affinity_kind::none);

    struct renamed : list_affinity_policy {
        static std::string name() { return "mailman21/sha1"; }
    };
    CHECK(any_hash_policy(renamed{}).keeps_together() == affinity_kind::list);
    // A user's own affinity, of a kind that nobody else knows.
    struct by_head : message_list_time {
        static std::string_view affinity(const hash_input& in) { return in.message.substr(0, 8); }
    };
    CHECK(affinity_of(basic_hash_policy<by_head>()) == affinity_kind::other);
}

TEST_CASE("a policy says whether it hashes Mailman 3's list id") {
    CHECK(make_hash_policy("mailman3")->uses_list_id());
    CHECK(make_hash_policy("mailman3_second/sha256")->uses_list_id());
    CHECK_FALSE(make_hash_policy("mailman21")->uses_list_id());
    CHECK_FALSE(any_hash_policy(by_size{}).uses_list_id());
}
