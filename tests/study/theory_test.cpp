// The predictions of queueing theory and of balls in bins, compared with simulation using this
// project's own engine, random streams and estimates, and against whole simulated sites.

#include "sim/check/check_run.hpp"
#include "sim/engine/engine.hpp"
#include "sim/engine/random_stream.hpp"
#include "sim/model/simulation.hpp"
#include "sim/stream/make_stream.hpp"
#include "sim/study/replications.hpp"
#include "sim/study/sweep.hpp"

#include <boost/random/exponential_distribution.hpp>
#include <boost/random/gamma_distribution.hpp>
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

using namespace qslice::sim;

namespace {

using service_draw = std::function<double(random_stream&)>;

struct queue_measures {
    double wait_s = 0;          ///< of a customer in the queue
    double in_queue = 0;        ///< customers waiting, averaged over time
    double arrivals_per_s = 0;  ///< as measured
};

/// One server, Poisson arrivals at rate 1, served in order of arrival: processes on the engine.
queue_measures single_server(std::uint64_t seed, int customers, const service_draw& draw) {
    engine e;
    random_stream arrivals(seed, "arrivals");
    random_stream services(seed, "services");
    std::deque<virtual_time> waiting;
    process_id server;
    bool idle = false;
    double waited = 0;
    int served = 0;
    server = e.spawn("server", [&] {
        while (served < customers) {
            if (waiting.empty()) {
                idle = true;
                e.suspend();
                continue;
            }
            waited += to_seconds(e.now() - waiting.front());
            waiting.pop_front();
            ++served;
            e.sleep_for(to_duration(draw(services)));
        }
    });
    double area = 0;
    virtual_time last{};
    e.spawn("source", [&] {
        boost::random::exponential_distribution<double> gap(1);
        for (int i = 0; i < customers; ++i) {
            e.sleep_for(to_duration(gap(arrivals)));
            waiting.push_back(e.now());
            if (idle) {
                idle = false;
                e.wake(server);
            }
        }
        last = e.now();
    });
    e.run();
    area = waited;  // each customer adds its own wait to the queue's length over time
    const double length = to_seconds(e.now().time_since_epoch());
    return {waited / customers, area / length, customers / to_seconds(last.time_since_epoch())};
}

/// The mean wait of many replications, with an interval that contains the truth 99.9% of the time.
estimate mean_wait(const service_draw& draw) {
    replication_plan plan;
    plan.least = 24;
    plan.confidence = 0.999;
    const auto done = replicate(
        [&](std::uint64_t r) -> qslice::result<std::vector<double>> {
            return std::vector<double>{single_server(1'000 + r, 20'000, draw).wait_s};
        },
        1, plan, 2);
    REQUIRE(done);
    return estimate_mean(done->of(0), plan.confidence);
}

void check_holds(const estimate& e, double truth) {
    INFO(e.mean << " +- " << e.half_width << ", by theory " << truth);
    CHECK(e.low() <= truth);
    CHECK(truth <= e.high());
    CHECK(e.half_width < 0.15 * truth);
}

scenario one_machine_site() {
    scenario s;
    s.name = "one machine";
    machine_choice m;
    m.name = "m";
    m.runners = {{"IncomingRunner", 0, 1}};
    s.machines = {m};
    s.storage.kind = "memory";
    s.storage.latency_spread = 0;
    s.list_defaults.archive = false;
    s.list_defaults.digest_members = 0;
    s.list_defaults.digest_threshold_kib = 0;
    s.list_defaults.members = 1;
    s.stream.posts = 4'000;
    s.stream.series_share = 0;
    s.stream.activity_spread = 0;
    s.stream.size_median_bytes = 1'000;
    s.stream.size_least_bytes = 500;
    s.stream.size_sigma = 0;
    s.digests.period_s = 0;
    s.policy.list_locks = "qslice";  // a list is loaded once for a post
    return s;
}

}  // namespace

TEST_CASE("M/M/1: the mean wait is rho / (mu - lambda)") {
    const double mean = 0.7;
    check_holds(mean_wait([=](random_stream& r) {
                    return boost::random::exponential_distribution<double>(1 / mean)(r);
                }),
                mean * mean / (1 - mean));
}

TEST_CASE("M/D/1: the mean wait is half of M/M/1's") {
    const double mean = 0.7;
    check_holds(mean_wait([=](random_stream&) { return mean; }), mean * mean / (2 * (1 - mean)));
}

TEST_CASE("M/G/1: the mean wait follows Pollaczek and Khinchine") {
    // Gamma service times of shape 1/4: a squared coefficient of variation of 4.
    const double mean = 0.6;
    const double second_moment = mean * mean * (1 + 4);
    check_holds(mean_wait([=](random_stream& r) {
                    return boost::random::gamma_distribution<double>(0.25, mean / 0.25)(r);
                }),
                second_moment / (2 * (1 - mean)));
}

TEST_CASE("Little's law: customers in the queue are the arrival rate times the wait") {
    const auto q = single_server(7, 50'000, [](random_stream& r) {
        return boost::random::exponential_distribution<double>(1 / 0.8)(r);
    });
    CHECK(q.in_queue == Approx(q.arrivals_per_s * q.wait_s).epsilon(0.01));
}

TEST_CASE("a site's in/ waits as M/G/1 with vacations: a runner that finds nothing sleeps",
          "[unsanitized]") {
    // A look that finds nothing is a vacation of a second, of which a post waits half on average
    // (Fuhrmann and Cooper's decomposition); otherwise it is M/G/1.
    scenario s = one_machine_site();
    const double mean = 0.3;
    const double per_second = 2;
    s.services.list_load = {service_time::shape::exponential, mean, 1};
    s.stream.posts_per_hour = per_second * 3600;
    sweep_settings how;
    how.measures = {"wait.in.mean", "backlog.in.mean"};
    how.plan.least = 24;
    how.plan.confidence = 0.999;
    how.jobs = 2;
    const auto done = sweep(s, how);
    if (!done) FAIL(done.error().to_string());
    const double rho = per_second * mean;
    const double truth = per_second * 2 * mean * mean / (2 * (1 - rho)) + 0.5;
    const estimate wait = done->rows[0].measures[0];
    INFO(wait.mean << " +- " << wait.half_width << ", by theory " << truth);
    // The spool's own calls add a few tenths of a millisecond to each service.
    CHECK(wait.low() <= truth * 1.01);
    CHECK(truth <= wait.high());
    CHECK(wait.half_width < 0.1 * truth);
}

TEST_CASE("a site's slices fill like bins with balls", "[unsanitized]") {
    // n balls in m bins: a count's variance is n (1/m) (1 - 1/m).
    scenario s = one_machine_site();
    constexpr int slices = 8;
    s.machines[0].runners.clear();
    for (std::uint64_t k = 0; k < slices; ++k) {
        s.machines[0].runners.push_back({"IncomingRunner", k, slices});
    }
    s.stream.posts = 400;
    s.stream.posts_per_hour = 36'000;
    s.services.list_load.mean_s = 0;
    constexpr int runs = 30;
    double squares = 0;
    for (int r = 0; r < runs; ++r) {
        s.seed = 100 + static_cast<std::uint64_t>(r);
        auto stream = make_stream(s.stream, s.seed);
        REQUIRE(stream);
        const auto record = simulate(s, *std::move(stream));
        REQUIRE(record);
        std::vector<double> counts(slices, 0);
        const std::uint32_t in = record->queue_index("in");
        for (const entry_record& e : record->entries) {
            if (e.queue == in) ++counts[e.slice];
        }
        for (const double c : counts) squares += (c - 50) * (c - 50);
    }
    // The sum over runs of chi-square with 7 degrees of freedom, 210 in all.
    const double chi_square = squares / 50;
    CHECK(chi_square > 210 - 4 * std::sqrt(2 * 210));
    CHECK(chi_square < 210 + 4 * std::sqrt(2 * 210));
}

TEST_CASE("intervals of 95% cover the mean that theory gives in 95% of 300 sweeps",
          "[slow][unsanitized]") {
    scenario s = one_machine_site();
    const double mean = 0.2;
    s.services.list_load = {service_time::shape::exponential, mean, 1};
    s.stream.posts = 60;
    s.stream.posts_per_hour = 3600;
    const double truth = mean * mean / (1 - mean) + 0.5;  // with vacations, as above
    constexpr int sweeps = 300;
    int covering = 0;
    double sum = 0;
    for (int n = 0; n < sweeps; ++n) {
        s.seed = 1 + static_cast<std::uint64_t>(n);
        sweep_settings how;
        how.measures = {"wait.in.mean"};
        how.plan.least = 5;
        how.jobs = 2;
        const auto done = sweep(s, how);
        if (!done) FAIL(done.error().to_string());
        const estimate wait = done->rows[0].measures[0];
        sum += wait.mean;
        if (wait.low() <= truth && truth <= wait.high()) ++covering;
    }
    CHECK(sum / sweeps == Approx(truth).epsilon(0.01));
    // Three standard errors: 0.95 * 300 = 285, give or take 11.3.
    CHECK(covering >= 274);
    CHECK(covering <= 296);
}

TEST_CASE("under load, differences of nearly equal alternatives are far narrower than of others",
          "[unsanitized]") {
    scenario s = one_machine_site();
    s.services.list_load = {service_time::shape::exponential, 0.2, 1};
    s.stream.posts = 300;
    s.stream.posts_per_hour = 16'000;  // 89% of what the runner can do
    sweep_settings how;
    how.dimensions = {{"services.list_load", {"200ms", "200.2ms"}}};
    how.measures = {"wait.in.mean"};
    how.plan.least = 8;
    how.jobs = 2;
    const auto done = sweep(s, how);
    if (!done) FAIL(done.error().to_string());
    REQUIRE(done->rows.size() == 2);
    const double independent =
        std::hypot(done->rows[0].measures[0].half_width, done->rows[1].measures[0].half_width);
    CHECK(done->rows[1].differences[0].half_width < independent / 5);
    CHECK(done->rows[1].differences[0].mean > 0);
}

TEST_CASE("p-values of splits that only chance makes are uniform over 300 seeds", "[unsanitized]") {
    scenario s = one_machine_site();
    s.machines[0].runners.clear();
    for (std::uint64_t k = 0; k < 3; ++k) {
        s.machines[0].runners.push_back({"IncomingRunner", k, 3});
    }
    s.stream.posts = 60;
    s.stream.posts_per_hour = 360'000;
    s.services.list_load.mean_s = 0;
    constexpr int seeds = 300;
    std::vector<double> p_values;
    for (int n = 0; n < seeds; ++n) {
        s.seed = 1 + static_cast<std::uint64_t>(n);
        auto stream = make_stream(s.stream, s.seed);
        REQUIRE(stream);
        const auto record = simulate(s, *std::move(stream));
        REQUIRE(record);
        p_values.push_back(check_run(*record).value_of("balance.in.p_value"));
    }
    std::sort(p_values.begin(), p_values.end());
    // Kolmogorov and Smirnov's distance. Exact p-values take on few values; at these, and at no
    // others, P(p <= value) = value.
    double distance = 0;
    for (std::size_t i = 0; i < p_values.size(); ++i) {
        if (i + 1 < p_values.size() && p_values[i + 1] == p_values[i]) continue;
        const double below = static_cast<double>(i + 1) / seeds;
        distance = std::max(distance, std::abs(below - p_values[i]));
    }
    // Exceeded by chance once in 20 times.
    CHECK(distance < 1.36 / std::sqrt(seeds));
    CHECK(p_values.front() < 0.05);
}
