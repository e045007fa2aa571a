#include "app/qslice_sim.hpp"
#include "support/run_program.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

using nlohmann::json;
using qslice::test::in_one_line;
using qslice::test::qslice_sim;
using qslice::test::scratch_directory;

namespace {

constexpr const char* stamp = "1400972196.5";
const std::string second_of_three = "905614b68b0427faada6e1816699495e13797be8";

/// A site with one entry in in/, in slice 2 of 3.
struct small_site {
    small_site() {
        std::filesystem::create_directories(scratch.path() / "qfiles/in");
        std::filesystem::create_directories(scratch.path() / "qfiles/out");
        add("in/" + std::string(stamp) + '+' + second_of_three + ".pck");
    }
    void add(const std::string& name) const { (void)scratch.file("qfiles/" + name, "x"); }
    [[nodiscard]] std::string path() const { return (scratch.path() / "qfiles").string(); }

    /// Names and contents of the whole tree.
    [[nodiscard]] std::vector<std::string> names() const {
        std::vector<std::string> all;
        for (const auto& e : std::filesystem::recursive_directory_iterator(scratch.path())) {
            all.push_back(e.path().string());
        }
        std::sort(all.begin(), all.end());
        return all;
    }

    scratch_directory scratch;
};

}  // namespace

TEST_CASE("inspect finds nothing to do in a served queue, and says the same in JSON") {
    const small_site site;
    const auto before = site.names();
    const std::vector<std::string> arguments{"inspect", site.path(), "--slices",
                                             "3",       "--now",     "1400972200"};
    const auto text = qslice_sim(arguments);
    CHECK(text.status == 0);
    CHECK_THAT(text.out, Catch::Contains("Nothing to do.") && Catch::Contains("2/3"));
    auto with_json = arguments;
    with_json.emplace_back("--json");
    const json seen = json::parse(qslice_sim(with_json).out);
    CHECK(seen.at("mailman") == "Mailman 2.1");
    const auto in = std::find_if(seen.at("queues").begin(), seen.at("queues").end(),
                                 [](const json& q) { return q.at("queue") == "in"; });
    REQUIRE(in != seen.at("queues").end());
    CHECK(in->at("waiting") == 1);
    CHECK(in->at("division") == "equal:3");
    CHECK(site.names() == before);
}

TEST_CASE("inspect exits with 1 if something needs attention, and says what to do") {
    const small_site site;
    site.add("in/hello.pck");
    const auto run = qslice_sim({"inspect", site.path(), "--running",
                                 "IncomingRunner:0:3,IncomingRunner:2:3", "--now", "1400972200"});
    CHECK(run.status == 1);
    CHECK_THAT(in_one_line(run.out),
               Catch::Contains("'hello.pck' (expected TIME+HASH") &&
                   Catch::Contains("No runner serves slice 2/3; 1 entry is in it") &&
                   Catch::Contains("bin/qrunner --runner=IncomingRunner:1:3") &&
                   Catch::Contains("They are not lost"));
    const auto quiet = qslice_sim({"inspect", site.path(), "--now", "1400972200", "--quiet"});
    CHECK(quiet.status == 1);
    CHECK(quiet.out.size() < run.out.size());
    CHECK_THAT(quiet.out, Catch::Contains("hello.pck") && !Catch::Contains("Ages and sizes"));
}

TEST_CASE("logs says which slice nobody ran and whether the split is chance") {
    const scratch_directory scratch;
    std::filesystem::create_directory(scratch.path() / "mx1");
    std::filesystem::create_directory(scratch.path() / "mx2");
    (void)scratch.file(
        "mx1/qrunner",
        "May 24 15:20:00 2014 (101) OutgoingRunner qrunner started.\n"
        "May 24 15:50:00 2014 (101) OutgoingRunner qrunner caught SIGTERM.  Stopping.\n"
        "May 24 15:50:00 2014 (100) Master qrunner detected subprocess exit\n"
        "(pid: 101, sig: None, sts: 15, class: OutgoingRunner, slice: 1/2) \n");
    (void)scratch.file(
        "mx1/smtp",
        "May 24 15:30:01 2014 (101) <1@example.org> smtp to test for 3 recips, completed "
        "in 0.512 seconds\n"
        "May 24 15:31:07 2014 (101) <3@example.org> smtp to test for 3 recips, completed "
        "in 0.498 seconds\n");
    (void)scratch.file("mx2/qrunner",
                       "May 24 15:20:00 2014 (201) IncomingRunner qrunner started.\n");
    const std::string mx1 = (scratch.path() / "mx1").string();
    const std::string mx2 = (scratch.path() / "mx2").string();
    const auto text = qslice_sim({"logs", mx1, mx2});
    CHECK(text.status == 1);
    CHECK_THAT(text.out, Catch::Contains("Of 2 deliveries, mx1 2 and mx2 0.") &&
                             Catch::Contains("OutgoingRunner slice 2/2"));
    const auto run = qslice_sim({"logs", mx1, mx2, "--json"});
    CHECK(run.status == 1);
    const json seen = json::parse(run.out);
    CHECK(seen.at("machines").at(0).at("deliveries") == 2);
    CHECK(seen.at("machines").at(1).at("deliveries") == 0);
}

TEST_CASE("explain gives the exact probability of a split, in words, in JSON and alone") {
    const std::vector<std::string> arguments{"explain", "--machines", "3", "--seen", "4,3,0"};
    const auto with = [&](const std::string& option) {
        auto all = arguments;
        all.push_back(option);
        return qslice_sim(all);
    };
    const auto text = qslice_sim(arguments);
    CHECK(text.status == 0);
    CHECK_THAT(text.out, Catch::Contains("7 messages on 3 machines: 4, 3 and 0.") &&
                             Catch::Contains("0.17, about 1 in 6"));
    for (std::size_t begin = 0; begin < text.out.size();) {
        const std::size_t end = text.out.find('\n', begin);
        CHECK(end - begin <= 96);
        begin = end + 1;
    }
    const json said = json::parse(with("--json").out);
    CHECK(said.at("p_value").get<double>() == Approx(381 / 2187.0));
    CHECK(said.at("chance") == true);
    CHECK(said.at("settled_by") == 21);
    CHECK(said.at("evidence") == "none");
    CHECK(with("--quiet").out == "0.174211\n");
}

TEST_CASE("explain says which slice an entry is in and why") {
    const std::string entry = std::string(stamp) + '+' + second_of_three + ".pck";
    const auto text = qslice_sim({"explain", "/some/where/" + entry, "--slices", "3"});
    CHECK(text.status == 0);
    CHECK_THAT(text.out,
               Catch::Contains("of 3, counted from 0") && Catch::Contains(std::string(40, '5')));
    const json said = json::parse(qslice_sim({"explain", entry, "--slices", "3", "--json"}).out);
    CHECK(said.at("slice") == 1);
    CHECK(said.at("digest") == second_of_three);
    CHECK(qslice_sim({"explain", entry, "--slices", "3", "--quiet"}).out == "1\n");
}
