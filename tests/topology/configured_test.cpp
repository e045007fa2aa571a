#include "support/temporary_directory.hpp"

#include <qslice/codec/plain_format.hpp>
#include <qslice/hash/hash_policy.hpp>
#include <qslice/hash/metadata_key.hpp>
#include <qslice/partition/equal_ranges.hpp>
#include <qslice/queue/work_queue.hpp>
#include <qslice/runner/runner_loop.hpp>
#include <qslice/spool/entry_order.hpp>
#include <qslice/spool/entry_stamp.hpp>
#include <qslice/spool/layout.hpp>
#include <qslice/spool/snapshot.hpp>
#include <qslice/spool/spool_traits.hpp>
#include <qslice/topology/configured.hpp>
#include <qslice/topology/topology.hpp>
#include <qslice/world/posix_world.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace qslice {
namespace {

/// The latest first, if it is made so.
class chosen_order {
public:
    static constexpr std::string_view name = "chosen";

    chosen_order() = default;
    explicit chosen_order(bool latest_first) : latest_first_(latest_first) {}

    void operator()(snapshot& taken) const {
        strict_order()(taken);
        if (latest_first_) std::reverse(taken.entries().begin(), taken.entries().end());
    }

private:
    bool latest_first_ = false;
};

/// Whole steps of so many seconds, from a time on.
class stepped_stamps {
public:
    static constexpr std::string_view name = "stepped";
    static constexpr bool keeps_order = true;

    stepped_stamps() = default;
    stepped_stamps(double first, double step) : next_(first), step_(step) {}

    timestamp next(timestamp) noexcept { return {next_ += step_}; }

private:
    double next_ = 0;
    double step_ = 1;
};

struct ending_runner {
    static constexpr std::string_view class_name = "EndingRunner";
    static constexpr std::string_view queue = "jobs";
    static constexpr std::array<std::string_view, 0> flows_to{};

    template <class Site>
    result<disposition> dispose(Site&, plain_item&) {
        return disposition::done;
    }
};

struct configured_site
    : topology<spool_traits<plain_format, basic_hash_policy<metadata_key<"key">>, equal_ranges<>,
                            chosen_order, flat_layout, stepped_stamps>,
               runners<sliced<ending_runner, 1>>, machines<machine_runs<"here", everything>>,
               ends_at<>, enters<"jobs">> {
    static chosen_order order() { return chosen_order(true); }
    static stepped_stamps stamps() { return {1e9, 100}; }
};

/// The texts of three jobs in the order in which a runner would take them.
template <class Site>
std::vector<std::string> taken_from(Site& s) {
    REQUIRE(s.make_directories(configured_site::queues));
    for (const char* text : {"first", "second", "third"}) {
        const auto name = s.enqueue("jobs", text, {{"key", "a"}});
        REQUIRE(name);
        CHECK(name->substr(0, 4) == "1000");
    }
    auto board = s.open_queue("jobs", {*equal_ranges<>::make(1), 0});
    const auto files = board.files();
    REQUIRE(files);
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < files->size(); ++i) {
        const auto item = board.dequeue(files->base_name(i));
        REQUIRE(item);
        texts.push_back(item->text);
    }
    return texts;
}

}  // namespace

TEST_CASE("a topology's configured order and stamps are those of its sites") {
    const test::temporary_directory place;
    const std::vector<std::string> latest_first{"third", "second", "first"};
    auto alone = open_site<configured_site>(posix_world(), site_settings{place.path(), "here"});
    CHECK(taken_from(alone) == latest_first);
    const auto names = test::names_in(place.path() + "/jobs");
    REQUIRE(names.size() == 3);
    CHECK(names.begin()->starts_with("1000000100.0+"));
    CHECK(names.rbegin()->starts_with("1000000300.0+"));

    const test::temporary_directory other;
    struct {
    } services;
    auto served =
        open_site<configured_site>(posix_world(), services, site_settings{other.path(), "here"});
    CHECK(taken_from(served) == latest_first);
}

}  // namespace qslice
