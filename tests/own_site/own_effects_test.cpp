#include "../examples/paid_jobs.hpp"
#include "played.hpp"
#include "sim/check/check_run.hpp"
#include "sim/own_site/own_simulation.hpp"
#include "sim/report/json.hpp"
#include "sim/report/records.hpp"
#include "support/temporary_directory.hpp"

#include <qslice/queue/work_queue.hpp>
#include <qslice/topology/configured.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {
namespace {

/// Charges for a job once it has passed it on, and forgets every fifth.
class forgetful_runner {
public:
    static constexpr std::string_view class_name = "ChargeRunner";
    static constexpr std::string_view queue = "orders";
    static constexpr std::array<std::string_view, 1> flows_to{"done"};

    template <class Site>
    qslice::result<qslice::disposition> dispose(Site& s, qslice::plain_item& job) {
        auto queued = s.enqueue("done", job.text, job.data);
        if (!queued) return qslice::failure(queued.error());
        if (++count_ % 5 == 0) return qslice::disposition::done;
        if (auto charged = s.services().charge(job, 1); !charged) {
            return qslice::failure(charged.error());
        }
        return qslice::disposition::done;
    }

private:
    int count_ = 0;
};

/// One machine with a runner that reports the effect of what it has in hand.
struct forgetful_jobs
    : qslice::topology<keyed_spool<"customer">, runners<sliced<forgetful_runner, 1>>,
                       machines<machine_runs<"first", everything>>, ends_at<"done">,
                       enters<"orders">> {
    static plain_item arriving(const arriving_item& item) { return paid_jobs::arriving(item); }

    template <class Base>
    struct simulated_services : Base {
        static constexpr std::array<std::string_view, 2> effects{"charged", "mailed"};
        explicit simulated_services(const Base& base) : Base(base) {}
        result<void> charge(const plain_item&, int) {
            this->report_effect("charged", 0.05);
            return {};
        }
    };
};

template <class Topology>
scenario jobs_of(std::uint64_t posts) {
    scenario s = detail::scenario_of<Topology>("jobs");
    s.stream.posts = posts;
    return s;
}

/// ChargeRunner crashes once, before it ends a job that it has charged.
fault crash_after_charging() {
    fault crash;
    crash.what = fault::kind::crash_process;
    crash.process = "ChargeRunner";
    crash.call = call_kind::remove;
    crash.count = 1;
    return crash;
}

}  // namespace

TEST_CASE("a service's effect that happens once for each job is counted so, in order") {
    const run_results found = check_run(played<paid_jobs>(jobs_of<paid_jobs>(100)));
    CHECK(found.conservation.completed == 100);
    REQUIRE(found.effects.size() == 1);
    CHECK(found.effects[0].name == "charged");
    CHECK(found.effects[0].posts == 100);
    CHECK(found.effects[0].story.empty());
    CHECK(found.value_of("effects.charged.count") == 100);
    CHECK(found.value_of("effects.charged.repeated") == 0);
    CHECK(found.value_of("effects.charged.missing") == 0);
    CHECK(found.value_of("fifo.charged.list.inversions") == 0);
}

TEST_CASE("a crash between an effect and the end of its job repeats the effect, which is told") {
    scenario s = jobs_of<paid_jobs>(30);
    s.faults.push_back(crash_after_charging());
    s.requirements.push_back({"effects.charged.repeated", requirement::relation::equal, 0, {}});
    const run_results found = check_run(played<paid_jobs>(s));
    CHECK(found.value_of("effects.charged.posts") == 30);
    CHECK(found.value_of("effects.charged.repeated") == 1);
    CHECK_FALSE(found.requirements_met);
    REQUIRE(found.effects.size() == 1);
    CHECK_THAT(found.effects[0].story, Catch::Contains("and again charged at"));
}

TEST_CASE("a complete job whose effect never happened misses it, also where none is reported") {
    const run_results found = check_run(played<forgetful_jobs>(jobs_of<forgetful_jobs>(50)));
    CHECK(found.conservation.completed == 50);
    CHECK(found.value_of("effects.charged.posts") == 40);
    CHECK(found.value_of("effects.charged.missing") == 10);
    CHECK(found.value_of("effects.mailed.count") == 0);
    CHECK(found.value_of("effects.mailed.missing") == 50);
    REQUIRE(found.effects.size() == 2);
    CHECK_THAT(found.effects[0].story, Catch::Contains("never charged"));
}

TEST_CASE("effects that services report are in the records and on the paths of items") {
    const qslice::test::temporary_directory place;
    scenario s = jobs_of<paid_jobs>(5);
    s.faults.push_back(crash_after_charging());
    const run_record run = played<paid_jobs>(s);
    REQUIRE(write_records(place.path(), run));
    std::istringstream table(qslice::test::read_file(place.path() + "/effects.csv"));
    std::string line;
    std::getline(table, line);
    CHECK(line == "time_s,effect,post,machine,process");
    int rows = 0;
    while (std::getline(table, line)) {
        ++rows;
        CHECK_THAT(line, Catch::Contains(",charged,") && Catch::Contains(",ChargeRunner:"));
    }
    CHECK(rows == 6);

    std::vector<int> charges;
    const auto document = run_json(run, check_run(run));
    for (const auto& journey : document["journeys"]) {
        charges.push_back(0);
        for (const auto& effect : journey["effects"]) {
            if (effect["kind"] == "charged") ++charges.back();
        }
    }
    std::sort(charges.begin(), charges.end());
    CHECK(charges == std::vector<int>{1, 1, 1, 1, 2});
}

TEST_CASE("a configured hash policy is that of the simulation") {
    scenario s = jobs_of<paid_jobs>(0);
    s.stream.what = stream_choice::kind::listed;
    for (int i = 0; i < 12; ++i) {
        post_choice& post = s.stream.listed.emplace_back();
        post.at_s = i;
        post.list = i % 3 == 0 ? "ada" : "customer" + std::to_string(i);
    }
    const run_record run = played<paid_jobs>(s);
    REQUIRE(run.entries.size() == 24);
    for (const entry_record& entry : run.entries) {
        REQUIRE(entry.post < run.stream.arrivals.size());
        const std::string& list = run.stream.lists[run.stream.arrivals[entry.post].list];
        CHECK((entry.name.hash.high() == 0) == (list == "ada"));
    }
}

}  // namespace qslice::sim
