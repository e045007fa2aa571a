#include "played.hpp"
#include "sim/check/check_run.hpp"
#include "sim/own_site/own_simulation.hpp"

#include <qslice/queue/work_queue.hpp>
#include <qslice/topology/configured.hpp>

#include <catch2/catch.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace qslice::sim {
namespace {

/// Makes two sizes of a picture, and an entry for the index.
struct intake_runner {
    static constexpr std::string_view class_name = "IntakeRunner";
    static constexpr std::string_view queue = "in";
    static constexpr std::array<std::string_view, 2> flows_to{"thumbs", "index"};

    template <class Site>
    result<disposition> dispose(Site& s, plain_item& picture) {
        for (const char* size : {"small", "large"}) {
            picture.data.set("size", size);
            if (auto queued = s.enqueue("thumbs", picture.text, picture.data); !queued) {
                return failure(queued.error());
            }
        }
        auto queued = s.enqueue("index", picture.text, picture.data);
        if (!queued) return failure(queued.error());
        return disposition::done;
    }
};

struct thumb_runner {
    static constexpr std::string_view class_name = "ThumbRunner";
    static constexpr std::string_view queue = "thumbs";
    static constexpr std::array<std::string_view, 1> flows_to{"gallery"};

    template <class Site>
    result<disposition> dispose(Site& s, plain_item& picture) {
        auto queued = s.enqueue("gallery", picture.text, picture.data);
        if (!queued) return failure(queued.error());
        return disposition::done;
    }
};

template <class Thumbs>
struct pictures_with
    : topology<keyed_spool<"album">, runners<sliced<intake_runner, 1>, sliced<Thumbs, 2>>,
               machines<machine_runs<"first", everything>>, ends_at<"gallery", "index">,
               enters<"in">> {
    static constexpr bool ends_in_each = true;

    static plain_item arriving(const arriving_item& item) {
        return {item.text, {{"album", item.group}}};
    }
};

/// Drops the pictures of one album.
struct dropping_runner : thumb_runner {
    template <class Site>
    result<disposition> dispose(Site& s, plain_item& picture) {
        if (picture.data.text("album") == "list1") return disposition::done;
        return thumb_runner::dispose(s, picture);
    }
};

template <class Runner>
run_results play(std::uint64_t posts, const std::vector<fault>& faults = {}) {
    using site = pictures_with<Runner>;
    scenario s = detail::scenario_of<site>("pictures");
    s.stream.posts = posts;
    s.faults = faults;
    return check_run(played<site>(s));
}

fault crash_at(std::string process, call_kind call, std::uint64_t count) {
    fault crash;
    crash.what = fault::kind::crash_process;
    crash.process = std::move(process);
    crash.call = call;
    crash.count = count;
    return crash;
}

}  // namespace

TEST_CASE("an item of which runners make several, in several end queues, is completed once") {
    const run_results found = play<thumb_runner>(40);
    CHECK(found.conservation.completed == 40);
    CHECK(found.conservation.deliveries == 120);
    CHECK(found.conservation.duplicate_deliveries == 0);
    CHECK(found.conservation.posts_duplicated == 0);
    CHECK_FALSE(found.fault);
    CHECK_THAT(found.verdict, Catch::StartsWith("No problem found"));
}

TEST_CASE("the latency of an item that ends in each of several queues is that of the last one") {
    const run_results found = play<thumb_runner>(40);
    const auto mean_of = [&](std::string_view name) {
        for (const time_distribution& t : found.times) {
            if (t.name == name) return t.mean;
        }
        return not_measured;
    };
    REQUIRE(mean_of("wait.thumbs") > 0.1);
    // The index has its entry at once, the gallery after the wait for a thumb runner.
    CHECK(mean_of("delivery") > mean_of("wait.in") + 0.5 * mean_of("wait.thumbs"));
}

TEST_CASE("what a crash makes a runner do again is a repetition, and a fan-out is none") {
    // Before it removes the entry of which it has made all three.
    const run_results found =
        play<thumb_runner>(20, {crash_at("IntakeRunner", call_kind::remove, 1)});
    CHECK(found.conservation.completed == 20);
    CHECK(found.conservation.deliveries == 63);
    CHECK(found.conservation.duplicate_deliveries == 3);
    CHECK(found.conservation.posts_duplicated == 1);
    REQUIRE_FALSE(found.conservation.problems.empty());
    CHECK_THAT(found.conservation.problems[0].story,
               Catch::Contains("3 deliveries come of work that was done again"));
}

TEST_CASE("an item that does not reach each of its end queues has lost a part") {
    const run_results found = play<dropping_runner>(40);
    CHECK(found.conservation.lost > 0);
    CHECK(found.conservation.completed == 40 - found.conservation.lost);
    REQUIRE_FALSE(found.conservation.problems.empty());
    CHECK_THAT(found.conservation.problems[0].story, Catch::EndsWith("a part of it is lost."));
}

}  // namespace qslice::sim
