#include "app/qslice_sim.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <vector>

using qslice::test::qslice_sim;

namespace {

std::vector<std::string> operator+(std::vector<std::string> a, const std::vector<std::string>& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

}  // namespace

TEST_CASE("balance writes the same bytes on any number of threads, apart from times") {
    const std::vector<std::string> same{"balance", "--messages", "200000", "--no-times"};
    const auto one = qslice_sim(same + std::vector<std::string>{"--jobs", "1"});
    REQUIRE(one.status == 0);
    CHECK(one.err.empty());
    CHECK_THAT(one.out, Catch::Contains("200,000 synthetic messages") &&
                            Catch::Contains("hashed by mailman21 into equal:3"));
    CHECK(qslice_sim(same + std::vector<std::string>{"--jobs", "5"}).out == one.out);
    CHECK_THAT(qslice_sim({"balance", "--messages", "1000"}).out,
               Catch::Contains("the bare hash of its bytes"));
}

TEST_CASE("balance counts in JSON add up, for the requested partition and seed") {
    const auto run = qslice_sim({"balance", "--messages", "70000", "--partition", "weighted:3,2,1",
                                 "--hash", "thread_affinity/sha256", "--seed", "9", "--json"});
    REQUIRE(run.status == 0);
    const auto report = nlohmann::json::parse(run.out);
    std::uint64_t sum = 0;
    for (const auto& slice : report["slices"]) sum += slice["messages"].get<std::uint64_t>();
    CHECK(report["slices"].size() == 3);
    CHECK(sum == 70000);
    CHECK(report["seed"] == 9);
    CHECK(report["independent"] == false);
    CHECK(report["time"]["raw_hash_ns"] > 0);
}

TEST_CASE("balance of a wrong choice is an error that names the option or the file") {
    struct wrong {
        std::vector<std::string> arguments;
        std::string message;
    };
    const auto c = GENERATE(values<wrong>({
        {{"--hash", "md5"}, "--hash: expected a hash policy"},
        {{"--partition", "equal:0"}, "--partition: expected 1 to "},
        {{"--partition", "thirds"}, "--partition: expected a partition: equal:N"},
        {{"--slices", "0"}, "--slices: expected a whole number from 1 to 16777216, found '0'"},
        {{"--size", "8"}, "--size: expected a whole number from 16 to 1048576, found '8'"},
        {{"--messages", "0"}, "--messages: expected a whole number from 1 to "},
        {{"--trace", "/nowhere.csv"}, "/nowhere.csv: cannot be opened: No such file or directory"},
    }));
    CAPTURE(c.message);
    const auto run = qslice_sim(std::vector<std::string>{"balance"} + c.arguments);
    CHECK(run.status == 2);
    CHECK(run.out.empty());
    CHECK_THAT(run.err, Catch::StartsWith("qslice-sim: " + c.message));
}
