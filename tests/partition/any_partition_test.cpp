#include <qslice/hash/hash_policy.hpp>
#include <qslice/partition/any_partition.hpp>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

using namespace qslice;

namespace {

/// A text of every partition.
const std::vector<std::string> one_of_each = [] {
    std::vector<std::string> texts{"weighted:3,2,1",
                                   "rendezvous:3,0,1",
                                   "ring:2,1",
                                   "weighted:9",
                                   "equal:4294967296",
                                   "bounded:5",
                                   "bounded[00000000000000ff=3]:2,1"};
    for (const partition_kind& p : partition_kinds) {
        if (p.takes_count) texts.push_back(std::string(p.name) + ":4");
    }
    return texts;
}();

std::string why_not(std::string_view text) {
    const auto made = make_partition(text);
    REQUIRE_FALSE(made);
    CHECK(made.error().where == text);
    return made.error().what;
}

}  // namespace

TEST_CASE("a partition made from its text equals the type's") {
    CHECK(rc::check([] {
        const hash_value d{*rc::gen::arbitrary<std::uint64_t>(),
                           *rc::gen::arbitrary<std::uint64_t>(),
                           *rc::gen::arbitrary<std::uint32_t>()};
        const auto same = [&](std::string_view text, const auto& typed) {
            const auto made = make_partition(text).value();
            RC_ASSERT(made.slice_count() == typed.slice_count());
            RC_ASSERT(made.slice_of(d) == typed.slice_of(d));
            for (slice_index k = 0; k < typed.slice_count(); ++k) {
                RC_ASSERT(made.owns(k, d) == typed.owns(k, d));
            }
        };
        same("equal:3", equal_ranges<3>{});
        same("mailman3:4", mailman3_ranges<4>{});
        same("weighted:3,2,1", weighted_ranges<3, 2, 1>{});
        same("modulo:5", modulo<5>{});
        same("jump:5", jump<5>{});
        same("rendezvous:5", rendezvous<5>{});
        same("ring:5", hash_ring::make(5).value());
    }));
}

TEST_CASE("a partition returns the text it was made from, and its ranges if it has them") {
    for (const auto& text : one_of_each) CHECK(make_partition(text).value().text() == text);
    CHECK(any_partition{}.text() == "equal:1");
    CHECK(make_partition("equal:3")->range_of(1) == equal_ranges<3>{}.range_of(1));
    CHECK_FALSE(make_partition("jump:3")->range_of(1));
}

TEST_CASE("each named partition has its forms, and those of a number alone are made of one") {
    for (const partition_kind& p : partition_kinds) {
        CAPTURE(p.name);
        CHECK(p.forms.substr(0, p.name.size()) == p.name);
        const std::string counted = std::string(p.name) + ":4";
        if (p.takes_count) CHECK(make_partition(counted).value().slice_count() == 4);
        CHECK(std::any_of(one_of_each.begin(), one_of_each.end(), [&](const std::string& text) {
            return text.substr(0, text.find_first_of(":[")) == p.name;
        }));
    }
    CHECK(partition_counts() == "equal, mailman3, modulo, jump, rendezvous or ring");
}

TEST_CASE("an invalid partition text is an error that says what was expected") {
    const std::string forms = "expected a partition: " + partition_forms();
    CHECK(why_not("equals:3") == forms);
    CHECK(why_not("") == forms);
    CHECK(why_not("equal") == forms);
    CHECK(why_not("equal[]:3") == "expected a colon after the name, found '[]'");
    CHECK(why_not("bounded[:3") == "expected bounded[KEY=LOAD,...], found 'bounded['");
    CHECK(why_not("equal:") == "expected a number of slices after the colon, found ''");
    CHECK(why_not("equal:3,2") == "expected a number of slices after the colon, found '3,2'");
    CHECK(why_not("equal:-3") == "expected a number of slices after the colon, found '-3'");
    CHECK(why_not("equal:0") == "expected 1 to 4294967296 slices, found 0");
    CHECK(why_not("weighted:5,3,0.5") ==
          "expected the slices' weights (whole numbers) after the colon, found '5,3,0.5'");
    CHECK(why_not("weighted:3,,1") ==
          "expected the slices' weights (whole numbers) after the colon, found '3,,1'");
    CHECK(why_not("weighted:3,0") == "expected weights of at least 1, found 0");
    CHECK(why_not("weighted:4294967296") ==
          "expected the slices' weights (whole numbers) after the colon, found '4294967296'");
    CHECK(
        why_not("ring:x") ==
        "expected a number of slices or their weights (whole numbers) after the colon, found 'x'");
    CHECK(why_not("mailman3:6") == "expected a power of two, as Mailman 3 asserts, found 6 slices");
}

TEST_CASE("an affinity keeps its entries in one slice, whatever the partition") {
    std::vector<any_partition> partitions;
    for (const auto& text : one_of_each) partitions.push_back(make_partition(text).value());
    CHECK(rc::check([&] {
        const auto key = *rc::gen::arbitrary<std::string>();
        const auto together = [&](auto policy, auto hash_input::*field) {
            hash_input input;
            input.*field = key;
            std::vector<slice_index> first;
            for (int i = 0; i < 5; ++i) {
                const auto message = *rc::gen::arbitrary<std::string>();
                input.message = message;
                input.now.seconds += 1;
                const hash_value d = policy(input);
                for (std::size_t p = 0; p < partitions.size(); ++p) {
                    const slice_index slice = partitions[p].slice_of(d);
                    if (i == 0) first.push_back(slice);
                    RC_ASSERT(slice == first[p]);
                    RC_ASSERT(partitions[p].owns(slice, d));
                }
            }
        };
        together(list_affinity_policy{}, &hash_input::list_name);
        together(sender_affinity_policy{}, &hash_input::sender);
        together(thread_affinity_policy{}, &hash_input::thread);
    }));
}
