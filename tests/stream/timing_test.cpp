#include "sim/stream/timing.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace qslice::sim;

namespace {

message_stream posts_at(const std::vector<double>& seconds) {
    message_stream stream;
    for (const double s : seconds) {
        arrival a;
        a.time = to_virtual_time(s);
        stream.arrivals.push_back(a);
        stream.texts.push_back(std::to_string(s));
    }
    return stream;
}

std::vector<double> times_of(const message_stream& stream) {
    std::vector<double> times;
    for (const arrival& a : stream.arrivals) times.push_back(to_seconds(a.time.time_since_epoch()));
    return times;
}

}  // namespace

TEST_CASE("the busiest period of a stream is the one with most posts, with their texts") {
    auto stream = posts_at({0, 5, 100, 101, 103, 109.9, 110, 200});
    keep_busiest(stream, 10);
    CHECK(times_of(stream) == std::vector<double>{100, 101, 103, 109.9});
    CHECK(stream.texts == std::vector<std::string>{std::to_string(100.), std::to_string(101.),
                                                   std::to_string(103.), std::to_string(109.9)});
}

TEST_CASE("of two equally busy periods the first is kept, and a long period keeps everything") {
    auto two = posts_at({1, 2, 50, 51});
    keep_busiest(two, 5);
    CHECK(times_of(two) == std::vector<double>{1, 2});
    auto all = posts_at({1, 2, 50, 51});
    keep_busiest(all, 1000);
    CHECK(all.arrivals.size() == 4);
    message_stream none;
    keep_busiest(none, 1);
    CHECK(none.arrivals.empty());
}
