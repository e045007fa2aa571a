#include "sim/plan/queue_bound.hpp"

#include "sim/check/statistics.hpp"
#include "sim/engine/random_stream.hpp"
#include "sim/stream/make_stream.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

using namespace qslice::sim;

namespace {

message_stream posts(double series_share, double activity_spread) {
    stream_choice c;
    c.posts = 20'000;
    c.posts_per_hour = 3600;
    c.series_share = series_share;
    c.activity_spread = activity_spread;
    return *make_stream(c, 1);
}

queue_load load(double per_second, double service_s, double scv) {
    queue_load l;
    l.per_second = per_second;
    l.service_s = service_s;
    l.service_scv = scv;
    return l;
}

}  // namespace

TEST_CASE("posts of a Poisson process vary as random arrivals do at every time scale") {
    const arrival_dispersion dispersion(posts(0, 0));
    REQUIRE(dispersion.measured().size() > 5);
    // The index of some windows has a deviation of sqrt(2 / windows).
    for (const auto& p : dispersion.measured()) {
        CHECK(p.index == Approx(1).margin(4 * std::sqrt(2 * p.window_s / 20'000)));
    }
    CHECK(dispersion.at(0.001) == Approx(1).margin(0.05));
}

TEST_CASE("posts in series vary more than random arrivals, and more at longer time scales") {
    const arrival_dispersion dispersion(posts(0.5, 2));
    CHECK(dispersion.at(4) > 2);
    CHECK(dispersion.at(64) > 2 * dispersion.at(4));
}

TEST_CASE("a stream too short to measure counts as random") {
    CHECK(arrival_dispersion(message_stream{}).at(10) == 1);
}

TEST_CASE("for Poisson arrivals the mean wait follows Pollaczek and Khinchine") {
    const arrival_dispersion poisson(message_stream{});
    const double scv = GENERATE(0.0, 1.0, 4.0);
    const double utilisation = GENERATE(0.3, 0.8);
    auto l = load(utilisation / 0.5, 0.5, scv);
    l.sleep_s = 0;
    const auto bound = bound_of_slice(l, 1, poisson);
    CHECK(bound.utilisation == Approx(utilisation));
    CHECK(bound.mean_wait_s == Approx(utilisation * 0.5 * (1 + scv) / 2 / (1 - utilisation)));
}

TEST_CASE("for Poisson arrivals and exponential work the quantiles of the wait are exact") {
    const arrival_dispersion poisson(message_stream{});
    auto l = load(0.8, 1, 1);
    l.sleep_s = 0;
    const auto bound = bound_of_slice(l, 1, poisson);
    // P(W > t) = 0.8 exp(-0.2 t) of M/M/1.
    const double t = bound.wait_quantile(0.99);
    CHECK(0.8 * std::exp(-0.2 * t) == Approx(0.01));
    CHECK(bound.wait_quantile(0.1) == 0);
}

TEST_CASE("a slice with more work than time has an unbounded wait") {
    const auto bound = bound_of_slice(load(3, 0.5, 1), 1, arrival_dispersion(message_stream{}));
    CHECK(bound.utilisation == Approx(1.5));
    CHECK(std::isinf(bound.mean_wait_s));
    CHECK(std::isinf(bound.wait_quantile(0.5)));
}

TEST_CASE("with more slices the wait is never longer, and an idle runner's sleep remains") {
    const arrival_dispersion dispersion(posts(0.5, 2));
    double last = bound_of_slice(load(1, 0.9, 1), 1, dispersion).wait_quantile(0.99);
    for (std::uint64_t n = 2; n <= 32; n *= 2) {
        const double wait = bound_of_slice(load(1, 0.9, 1), n, dispersion).wait_quantile(0.99);
        CHECK(wait <= last);
        last = wait;
    }
    CHECK(last > 0.99);
    CHECK(last < 2);
}

TEST_CASE("theory takes in the whole sleep of a runner that has found its queue empty",
          "[unsanitized]") {
    const double utilisation = GENERATE(0.1, 0.5, 0.8);
    const double service_s = GENERATE(0.3, 3.0);
    // A queue of one server, played post by post: it sleeps as often as it finds nothing.
    random_stream random(7, "posts of a sleeping runner");
    const auto exponential = [&](double mean) { return -mean * std::log1p(-random.uniform()); };
    std::vector<double> waits;
    double arrival = 0;
    double looks = 0;  // when the runner looks next
    for (int i = 0; i < 400'000; ++i) {
        arrival += exponential(service_s / utilisation);
        if (looks < arrival) looks += std::ceil(arrival - looks);
        waits.push_back(looks - arrival);
        looks += exponential(service_s);
    }
    const auto bound = bound_of_slice(load(utilisation / service_s, service_s, 1), 1,
                                      arrival_dispersion(message_stream{}));
    CHECK(summarize(waits).mean == Approx(bound.mean_wait_s).epsilon(0.05));
    std::sort(waits.begin(), waits.end());
    for (const double p : {0.1, 0.5, 0.9, 0.99}) {
        INFO(utilisation << " " << service_s << " " << p);
        CHECK(quantile_of_sorted(waits, p) == Approx(bound.wait_quantile(p)).epsilon(0.07));
    }
}

TEST_CASE("quantiles of work are exact for constant and for exponential work") {
    CHECK(service_quantile(load(1, 2, 0), 0.99) == Approx(2));
    CHECK(service_quantile(load(1, 2, 1), 0.99) == Approx(2 * std::log(100)));
}
