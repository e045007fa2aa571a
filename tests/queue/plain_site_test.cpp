#include "support/temporary_directory.hpp"
#include "support/test_world.hpp"

#include <qslice/queue/work_queue.hpp>
#include <qslice/runner/unshunt.hpp>
#include <qslice/topology/run.hpp>

#include <catch2/catch.hpp>

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

using namespace qslice;

namespace {

std::vector<std::string> second_saw;
bool first_fails = false;

struct first_runner {
    static constexpr std::string_view class_name = "FirstRunner";
    static constexpr std::string_view queue = "first";
    static constexpr std::array<std::string_view, 1> flows_to{"second"};

    template <class Site>
    result<disposition> dispose(Site& s, plain_item& item) {
        if (first_fails) return failure(error_code::rejected, "first", "made to fail");
        item.data.set("seen", 1);
        auto queued = s.enqueue("second", item.text, item.data);
        if (!queued) return failure(queued.error());
        return disposition::done;
    }
};

struct second_runner {
    static constexpr std::string_view class_name = "SecondRunner";
    static constexpr std::string_view queue = "second";
    static constexpr std::array<std::string_view, 0> flows_to{};

    template <class Site>
    result<disposition> dispose(Site& s, plain_item& item) {
        second_saw.push_back(item.text + std::string(item.data.text("seen").value_or("")));
        if (item.text == "last") s.world().request_stop();
        return disposition::done;
    }
};

struct two_steps
    : topology<keyed_spool<>, runners<sliced<first_runner, 2>, sliced<second_runner, 1>>,
               machines<machine_runs<"here", everything>>> {};

using site_type = site<test::test_world, two_steps::spool>;

void pass(site_type& s) {
    for (slice_index k = 0; k < 2; ++k) {
        runner_loop<first_runner, site_type> loop(s, {*two_steps::partition_of<first_runner>(), k});
        loop.one_pass();
    }
}

}  // namespace

TEST_CASE("a site of jobs needs no services, and no directory but those of its queues and shunt/") {
    const test::temporary_directory place;
    test::test_world world;
    site_type s(world, {place.path(), "here/test"});
    REQUIRE(s.make_directories(two_steps::queues));
    CHECK(test::names_in(place.path()) == std::set<std::string>{"first", "second", "shunt"});
    second_saw.clear();
    REQUIRE(s.enqueue("first", "a", {{"key", "k"}}));
    REQUIRE(s.enqueue("first", "last", {{"key", "k"}}));
    pass(s);
    runner_loop<second_runner, site_type> loop(s, {*two_steps::partition_of<second_runner>(), 0});
    loop.one_pass();
    CHECK(second_saw == std::vector<std::string>{"a1", "last1"});
}

TEST_CASE("a job that fails is shunted, and goes back to its queue by unshunt") {
    const test::temporary_directory place;
    test::test_world world;
    site_type s(world, {place.path(), "here/test"});
    REQUIRE(s.make_directories(two_steps::queues));
    REQUIRE(s.enqueue("first", "a", {{"key", "k"}}));
    first_fails = true;
    pass(s);
    first_fails = false;
    CHECK(test::names_in(place.path() + "/first").empty());
    CHECK(test::names_in(place.path() + "/shunt").size() == 1);
    const auto back = unshunt(s);
    REQUIRE(back);
    CHECK(back->requeued == 1);
    CHECK(test::names_in(place.path() + "/first").size() == 1);
    CHECK(test::names_in(place.path() + "/shunt").empty());
}
