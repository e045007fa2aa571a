#include "support/test_site.hpp"

#include <qslice/runner/runner_loop.hpp>
#include <qslice/spool/any_order.hpp>
#include <qslice/spool/any_stamps.hpp>

#include <catch2/catch.hpp>

#include <array>
#include <functional>
#include <string>

using namespace qslice;
using test::test_site;

namespace {

struct told_runner {
    static constexpr std::string_view class_name = "ToldRunner";
    static constexpr std::string_view queue = "in";
    static constexpr std::array<std::string_view, 0> flows_to{};

    std::function<result<disposition>(queued_message&)> act;

    template <class Site>
    result<disposition> dispose(Site&, queued_message& message) {
        return act(message);
    }
};

template <class Stamps, class Order>
using list_spool = spool_traits<mailman21_format, list_affinity_policy, equal_ranges<>, Order,
                                flat_layout, Stamps>;

/// A runner that keeps the posts "Subject: 1" of cats queued as often as configured; the posts that
/// it finished are listed as "1 of cats, ...".
template <class Stamps, class Order = strict_order>
struct keeping_site {
    using site_type =
        qslice::site<test::test_world, list_spool<Stamps, Order>, test::recording_services>;

    test_site files;  // provides directories, clock and log
    site_type site;
    int times_kept = 1;
    std::string done;
    runner_loop<told_runner, site_type> loop{
        site, {}, {[this](queued_message& m) -> result<disposition> {
            const std::string list(*m.data.text("listname"));
            const char number = m.text.str()[9];
            if (list == "cats" && number == '1' && times_kept-- > 0) {
                m.data.set("note", "kept");
                return disposition::keep_queued;
            }
            done += number + (" of " + list);
            done += m.data.text("note") ? " (noted), " : ", ";
            return disposition::done;
        }}};

    explicit keeping_site(Stamps stamps = {}, Order order = {})
        : site(files.world, files.services, {files.directory.path() + "/var", "mx1/test"}, {},
               order, stamps) {
        for (const char* text : {"Subject: 1\n\n", "Subject: 2\n\n"}) {
            for (const char* list : {"cats", "dogs"}) {
                REQUIRE(site.enqueue("in", text, {{"listname", list}}));
                files.world.control().now += 1;
            }
        }
    }
};

}  // namespace

TEST_CASE("a post that has to wait holds back later posts of its own list only") {
    keeping_site<increasing_stamps> t;
    const auto before = t.files.names("in");
    CHECK(t.loop.one_pass() == 2);
    CHECK(t.done == "1 of dogs, 2 of dogs, ");
    // Both kept their names, and the runner's note is in the file.
    for (const auto& name : t.files.names("in")) CHECK(before.count(name) == 1);
    CHECK(t.loop.one_pass() == 2);
    CHECK(t.done == "1 of dogs, 2 of dogs, 1 of cats (noted), 2 of cats, ");
    CHECK(t.files.names("in").empty());
}

TEST_CASE("without stamps that keep order the later posts of a list overtake, as in Mailman") {
    keeping_site<clock_stamps> t;
    CHECK(t.loop.one_pass() == 4);
    CHECK(t.done == "1 of dogs, 2 of cats, 2 of dogs, ");
}

TEST_CASE("stamps and an order that are chosen at run time act as those of a type do") {
    using chosen_site = keeping_site<any_stamps, any_order>;
    chosen_site increasing{any_stamps(increasing_stamps{}), any_order(strict_order{})};
    CHECK(increasing.loop.one_pass() == 2);
    CHECK(increasing.done == "1 of dogs, 2 of dogs, ");
    chosen_site clock{any_stamps(clock_stamps{}), any_order(strict_order{})};
    CHECK(clock.loop.one_pass() == 4);
    CHECK(clock.done == "1 of dogs, 2 of cats, 2 of dogs, ");
}

TEST_CASE("while it can only wait, the runner sleeps between looks") {
    keeping_site<increasing_stamps> t;
    t.times_kept = 3;
    t.files.world.control().stop_at_sleep = 4;
    t.loop.run();
    // Two looks in which only cats wait, and a final one at an empty queue.
    CHECK(t.files.world.control().sleeps.size() == 4);
    CHECK(t.done == "1 of dogs, 2 of dogs, 1 of cats (noted), 2 of cats, ");
}

TEST_CASE("a post whose changes cannot be written waits in its place, its changes in memory") {
    keeping_site<increasing_stamps> t;
    t.files.world.control().fail = [](std::string_view call, const std::string& path) {
        return call == "write" && path.ends_with(".tmp") ? std::optional(error_code::no_space)
                                                         : std::nullopt;
    };
    const auto before = t.files.names("in");
    CHECK(t.loop.one_pass() == 2);
    for (const auto& name : t.files.names("in")) CHECK(before.count(name) == 1);
    CHECK(t.files.names("in").size() == 2);
    CHECK(t.files.world.lines("error").size() == 1);
    t.files.world.control().fail = {};
    CHECK(t.loop.one_pass() == 2);
    CHECK(t.done == "1 of dogs, 2 of dogs, 1 of cats (noted), 2 of cats, ");
}
