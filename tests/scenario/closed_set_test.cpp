#include "sim/record/closed_set.hpp"

#include <catch2/catch.hpp>

#include <string_view>
#include <vector>

using namespace qslice::sim;

namespace {

enum class fruit { apple, pear, red_currant };

constexpr named_values<fruit, 3> whole{
    {{"apple", fruit::apple}, {"pear", fruit::pear}, {"red_currant", fruit::red_currant}}};
constexpr named_values<fruit, 2> too_short{{{"apple", fruit::apple}, {"pear", fruit::pear}}};
constexpr named_values<fruit, 3> swapped{
    {{"apple", fruit::apple}, {"red_currant", fruit::red_currant}, {"pear", fruit::pear}}};
constexpr named_values<fruit, 3> nameless{
    {{"apple", fruit::apple}, {"", fruit::pear}, {"red_currant", fruit::red_currant}}};

}  // namespace

TEST_CASE("a table is whole if it has one row per value, in order, each with a name") {
    STATIC_REQUIRE(is_whole<whole>);
    STATIC_REQUIRE_FALSE(is_whole<too_short>);
    STATIC_REQUIRE_FALSE(is_whole<swapped>);
    STATIC_REQUIRE_FALSE(is_whole<nameless>);
}

TEST_CASE("a table gives the name of a value, the value of a name, and all names") {
    CHECK(name_in(whole, fruit::pear) == "pear");
    REQUIRE(find_row(whole, "red_currant") != nullptr);
    CHECK(find_row(whole, "red_currant")->value == fruit::red_currant);
    CHECK(find_row(whole, "currant") == nullptr);
    CHECK(names_in(whole) == std::vector<std::string_view>{"apple", "pear", "red_currant"});
    CHECK(in_words("red_currant") == "red currant");
}

TEST_CASE("a set of enumerators contains its members, and a union those of both") {
    constexpr enum_set<fruit> none;
    constexpr enum_set<fruit> some{fruit::apple, fruit::red_currant};
    STATIC_REQUIRE_FALSE(none.contains(fruit::apple));
    STATIC_REQUIRE(some.contains(fruit::apple));
    STATIC_REQUIRE_FALSE(some.contains(fruit::pear));
    STATIC_REQUIRE(some.contains(fruit::red_currant));
    constexpr enum_set<fruit> both = some | enum_set<fruit>{fruit::pear};
    STATIC_REQUIRE(both.contains(fruit::pear));
    STATIC_REQUIRE(both.contains(fruit::apple));
}
