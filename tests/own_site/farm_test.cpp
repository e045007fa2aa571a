#include "support/run_program.hpp"
#include "support/temporary_directory.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace qslice::test {
namespace {

program_run run(const char* program, const std::vector<std::string>& arguments) {
    return run_program(program, arguments, {"LC_ALL=C.UTF-8"});
}

std::vector<std::string> tenants() {
    std::vector<std::string> names;
    for (int i = 0; i < 70; ++i) names.push_back("tenant" + std::to_string(i * i % 9));
    return names;
}

/// A scenario in which those tenants' jobs arrive, a hundred a second.
std::string scenario_of(const std::vector<std::string>& names, const std::string& more = "") {
    std::ostringstream text;
    text << more << "[stream]\nkind = \"listed\"\npost = [\n";
    for (std::size_t i = 0; i < names.size(); ++i) {
        text << "  { at = " << static_cast<double>(i) * 0.01 << ", list = \"" << names[i]
             << "\" },\n";
    }
    text << "]\n";
    return text.str();
}

/// The columns of a CSV file, by name.
std::vector<std::map<std::string, std::string>> rows_of(const std::string& path) {
    std::ifstream in(path);
    const auto split = [](const std::string& line) {
        std::vector<std::string> cells;
        std::stringstream rest(line);
        for (std::string cell; std::getline(rest, cell, ',');) cells.push_back(cell);
        return cells;
    };
    std::string line;
    std::getline(in, line);
    const auto names = split(line);
    std::vector<std::map<std::string, std::string>> rows;
    while (std::getline(in, line)) {
        const auto cells = split(line);
        for (std::size_t i = 0; i < cells.size() && i < names.size(); ++i) {
            if (i == 0) rows.emplace_back();
            rows.back()[names[i]] = cells[i];
        }
    }
    return rows;
}

/// "tenant: NUMBERS" for each tenant, in the order in which a simulation completed its jobs.
std::string order_in(const std::string& records) {
    std::map<std::string, std::multimap<double, std::string>> by_time;
    for (const auto& row : rows_of(records + "/posts.csv")) {
        if (row.at("delivered_s").empty()) continue;
        by_time[row.at("list")].emplace(std::stod(row.at("delivered_s")), row.at("post"));
    }
    std::string text;
    for (const auto& [tenant, jobs] : by_time) {
        text += tenant + ':';
        for (const auto& [time, number] : jobs) text += ' ' + number;
        text += '\n';
    }
    return text;
}

}  // namespace

TEST_CASE("a farm of jobs does the same on real files and in its simulator") {
    const temporary_directory place;
    const auto names = tenants();
    const auto real = run(QSLICE_REAL_FARM, names);
    REQUIRE(real.status == 0);

    write_file(place.path() + "/jobs.toml", scenario_of(names));
    const std::string records = place.path() + "/records";
    const auto simulated =
        run(QSLICE_FARM_SIM,
            {"run", place.path() + "/jobs.toml", "--records", records, "--json", "--require",
             "fifo.list.inversions = 0", "--require", "conservation.lost = 0"});
    CHECK(simulated.err.empty());
    REQUIRE(simulated.status == 0);
    CHECK(order_in(records) == real.out);
    const auto json = nlohmann::json::parse(simulated.out);
    CHECK(json["conservation"]["accepted"] == 70);
    CHECK(json["conservation"]["completed"] == 70);
    for (const auto& guarantee : json["guarantees"]) {
        const std::string name = guarantee["name"];
        if (name == "list_order" || name == "exactly_once" || name == "at_least_once") {
            CHECK(guarantee["verdict"] == "holds");
        }
    }
}

TEST_CASE("a crash in the middle loses no job of the farm") {
    const temporary_directory place;
    write_file(place.path() + "/jobs.toml",
               scenario_of(tenants(),
                           "[[fault]]\nkind = \"crash_process\"\nprocess = \"BillRunner\"\n"
                           "call = \"remove\"\ncount = 2\n"
                           "[[fault]]\nkind = \"power_loss\"\nat = \"400ms\"\ndown = "
                           "\"5s\"\n"));
    const auto simulated = run(QSLICE_FARM_SIM, {"run", place.path() + "/jobs.toml", "--json",
                                                 "--require", "conservation.lost = 0"});
    CHECK(simulated.err.empty());
    REQUIRE(simulated.status == 0);
    const auto json = nlohmann::json::parse(simulated.out);
    CHECK(json["faults"].size() == 2);
    CHECK(json["conservation"]["completed"] == 70);
}

TEST_CASE("explore finds a runner that acknowledges before it writes, and replays it",
          "[slow][unsanitized]") {
    const temporary_directory place;
    const std::string base = place.path() + "/base.toml";
    const std::string found = place.path() + "/found.toml";
    // The five runners on the way of this tenant.
    write_file(base,
               "[[machine]]\nname = \"only\"\nrunners = [\"AcceptRunner:0:1\", "
               "\"FetchRunner:1:2\", \"RenderRunner:3:8\", \"CheckRunner:3:4\", "
               "\"BillRunner:0:3\"]\n" +
                   scenario_of({"list4", "list4"}));
    const std::vector<std::string> search{"explore", base,  "--vary", "crashes", "--max-posts", "2",
                                          "--seeds", "400", "--json", "--out",   found};
    const auto searched = run(QSLICE_HASTY_FARM_SIM, search);
    CHECK(searched.err.empty());
    REQUIRE(searched.status == 1);
    const std::string text = read_file(found);
    CHECK(text.find("process = \"BillRunner") != std::string::npos);
    CHECK(text.find("hash =") == std::string::npos);

    const auto replayed = run(QSLICE_HASTY_FARM_SIM, {"run", found, "--json"});
    CHECK(replayed.err.empty());
    REQUIRE(replayed.status == 1);
    CHECK(nlohmann::json::parse(replayed.out)["conservation"]["lost"] == 1);
    // The same course of events does no harm to the sound farm.
    CHECK(run(QSLICE_FARM_SIM, {"run", found, "--quiet"}).status == 0);
}

TEST_CASE("a simulator of a site sweeps, and reports in HTML", "[unsanitized]") {
    const temporary_directory place;
    const auto swept =
        run(QSLICE_FARM_SIM, {"sweep", "--vary", "load=1,4", "--posts", "200", "--replications",
                              "3", "--measure", "latency.p99", "--json"});
    CHECK(swept.err.empty());
    CHECK(swept.status == 0);
    const std::string page = place.path() + "/page.html";
    CHECK(run(QSLICE_FARM_SIM, {"run", "--posts", "100", "--html", page, "--quiet"}).status == 0);
    CHECK(read_file(page).find("BillRunner") != std::string::npos);
}

TEST_CASE("balance counts a site's items in the slices in which its runners find them") {
    const auto counted =
        run(QSLICE_FARM_SIM, {"balance", "--posts", "60", "--seed", "3", "--json", "--no-times"});
    CHECK(counted.err.empty());
    REQUIRE(counted.status == 0);
    const auto played = run(QSLICE_FARM_SIM, {"run", "--posts", "60", "--seed", "3", "--json"});
    REQUIRE(played.status == 0);
    std::map<std::string, std::vector<std::size_t>> found;
    const auto of_run = nlohmann::json::parse(played.out);
    for (const auto& queue : of_run["balance"]) {
        for (const auto& slice : queue["slices"]) {
            found[queue["queue"]].push_back(slice["count"]);
        }
    }
    const auto of_balance = nlohmann::json::parse(counted.out);
    REQUIRE(of_balance["queues"].size() == 5);
    for (const auto& queue : of_balance["queues"]) {
        std::vector<std::size_t> counts;
        for (const auto& slice : queue["slices"]) counts.push_back(slice["messages"]);
        CHECK(counts == found.at(queue["queue"]));
        CHECK(queue["hash"] == "tenant/sha1");
        CHECK_FALSE(queue["independent"].get<bool>());
    }
}

TEST_CASE("balance takes a plain list of keys for a site's items") {
    const temporary_directory place;
    std::string keys;
    for (int i = 0; i < 40; ++i) keys += i % 4 == 0 ? "big\n" : "t" + std::to_string(i) + "\n";
    write_file(place.path() + "/keys", keys);
    const auto counted = run(QSLICE_FARM_SIM, {"balance", "--keys", place.path() + "/keys",
                                               "--queue", "render", "--no-times"});
    CHECK(counted.err.empty());
    REQUIRE(counted.status == 0);
    CHECK_THAT(counted.out, Catch::Contains("40 keys of ") &&
                                Catch::Contains("hashed by tenant/sha1 into 8 slices of render/") &&
                                Catch::Contains("The largest of them, 'big', has 25.0% of all"));
    const auto refused = run(QSLICE_FARM_SIM, {"balance", "--queue", "rendr"});
    CHECK(refused.status == 2);
    CHECK_THAT(refused.err, Catch::Contains("--queue: no runner takes from a queue 'rendr'; did "
                                            "you mean 'render'?"));
}

TEST_CASE("lab puts the library's partitions beside a site's own") {
    const auto compared =
        run(QSLICE_FARM_SIM, {"lab", "--queue", "render", "--items", "300", "--policy", "own+equal",
                              "--policy", "own+rendezvous", "--policy", "mailman21", "--json"});
    CHECK(compared.err.empty());
    REQUIRE(compared.status == 0);
    const auto json = nlohmann::json::parse(compared.out);
    REQUIRE(json["rows"].size() == 4);
    const auto& own = json["rows"][0];
    CHECK(own["policy"] == "own, render/");
    CHECK(own["slices"] == 8);
    CHECK(own["keys"] == 8);  // tenants
    CHECK_FALSE(own["independent"].get<bool>());
    CHECK(json["rows"][1]["keys"] == 8);
    CHECK(json["rows"][3]["keys"] == 300);
    CHECK(json["rows"][3]["independent"].get<bool>());
    // The farm deals out by the remainder, so that nearly all tenants move; of rendezvous few do.
    CHECK(own["movements"][0]["slices"] == 9);
    CHECK(own["movements"][0]["messages"].get<double>() > 0.5);
    CHECK(json["rows"][2]["movements"][0]["messages"].get<double>() < 0.5);

    const auto refused = run(QSLICE_FARM_SIM, {"lab", "--items", "9", "--policy", "own+rings"});
    CHECK(refused.status == 2);
    CHECK_THAT(refused.err, Catch::Contains("--policy own+rings: "));
}

TEST_CASE("plan finds how many slices of its runners a site needs", "[unsanitized]") {
    const auto planned =
        run(QSLICE_FARM_SIM, {"plan", "--goal", "latency.p95 < 20s", "--items", "40", "--service",
                              "render={mean=\"3s\", shape=\"constant\"}", "--checks", "0",
                              "--replications", "1", "--max-slices", "6", "--json"});
    CHECK(planned.err.empty());
    REQUIRE(planned.status == 0);
    const auto json = nlohmann::json::parse(planned.out);
    CHECK(json["met"].get<bool>());
    REQUIRE(json["runners"].size() == 5);
    for (const auto& runner : json["runners"]) {
        const bool renders = runner["queue"] == "render";
        CHECK(runner["on_the_way"].get<bool>());
        CHECK((runner["slices"] > 1) == renders);
        CHECK((runner["service_s"].get<double>() > 3) == renders);
        CHECK(runner["built_slices"] ==
              std::map<std::string, int>{
                  {"accept", 1}, {"fetch", 2}, {"render", 8}, {"check", 4}, {"bill", 3}}
                  .at(runner["queue"]));
    }
    const auto refused =
        run(QSLICE_FARM_SIM, {"plan", "--goal", "latency.p95 < 15s", "--service", "rendr=3s"});
    CHECK(refused.status == 2);
    CHECK_THAT(refused.err, Catch::Contains("--service: no runner takes from a queue 'rendr'; did "
                                            "you mean 'render'?"));
}

TEST_CASE("plan tells what another number of slices changes by a site's own partition") {
    const auto planned = run(QSLICE_FARM_SIM, {"plan", "--queue", "render", "--to", "9", "--json"});
    CHECK(planned.err.empty());
    REQUIRE(planned.status == 0);
    const auto json = nlohmann::json::parse(planned.out);
    CHECK(json["from"] == 8);
    // Dealt out like cards, a hash keeps its slice if it is less than 8 modulo 72.
    CHECK(json["kept"]["low"].get<double>() < 1.0 / 9);
    CHECK(json["kept"]["high"].get<double>() > 1.0 / 9);
    CHECK(json["moves"].size() == 72);
    CHECK(json["live_procedure"]["commands"][0] ==
          "qslice-sim reslice DIR --queue render --slices 9");
    const auto told = run(QSLICE_FARM_SIM, {"plan", "--queue", "render", "--to", "4"});
    CHECK_THAT(told.out, Catch::StartsWith("render/ from 8 to 4 slices, hashed by tenant/sha1") &&
                             Catch::Contains("current job and ends") &&
                             Catch::Contains("Give RenderRunner 4 slices in the topology"));
    CHECK(
        run(QSLICE_FARM_SIM, {"plan", "--queue", "fetch", "--from", "3", "--to", "3", "-q"}).out ==
        "0.000000\n");

    const auto error_of = [](const std::vector<std::string>& arguments) {
        const auto refused = run(QSLICE_FARM_SIM, arguments);
        CHECK(refused.status == 2);
        return refused.err;
    };
    CHECK_THAT(error_of({"plan", "--queue", "rendr", "--to", "4"}),
               Catch::Contains("--queue: no runner takes from a queue 'rendr'; did you mean "
                               "'render'?"));
    CHECK_THAT(error_of({"plan", "--to", "4"}),
               Catch::Contains("--queue: expected the queue to change, one of accept, fetch, "));
    CHECK_THAT(error_of({"plan", "--queue", "render", "--to", "0"}),
               Catch::Contains("--to: expected a number of slices from 1 to 4096, found '0'"));
}

TEST_CASE("pages and sweeps of a site's simulator have its program's name and its words") {
    const temporary_directory place;
    const std::string page = place.path() + "/lab.html";
    CHECK(run(QSLICE_FARM_SIM, {"lab", "--items", "30", "--slices", "2", "--policy", "own+jump",
                                "--html", page, "-q"})
              .status == 0);
    CHECK_THAT(read_file(page), Catch::Contains("of each policy on the same jobs") &&
                                    Catch::Contains("\"item\":\"job\"") &&
                                    Catch::Contains("\"program\":\"qslice_farm_sim\""));
    const auto swept =
        run(QSLICE_FARM_SIM, {"sweep", "--items", "6", "--replications", "1", "--measure",
                              "conservation.accepted,deliveries.duplicates", "--json"});
    REQUIRE(swept.status == 0);
    const auto json = nlohmann::json::parse(swept.out);
    CHECK(json["words"]["items"] == "jobs");
    CHECK(json["sweep"]["measures"][0]["description"] == "jobs that were queued");
    CHECK(json["sweep"]["measures"][1]["description"] ==
          "completions that come of work that was done again");
    CHECK_THAT(
        run(QSLICE_FARM_SIM, {"run", "--items", "6", "--require", "wait.rendr.p99 < 1s"}).err,
        Catch::Contains("did you mean 'wait.render.p99'?"));
}

TEST_CASE("a scenario states how long a site's runners work on an item") {
    const temporary_directory place;
    const std::string file = place.path() + "/s.toml";
    write_file(file, scenario_of({"a"},
                                 "[[work]]\nqueue = \"render\"\neach = "
                                 "{ mean = \"7s\", shape = \"constant\" }\n"));
    const auto worked = run(QSLICE_FARM_SIM, {"run", file, "--json"});
    REQUIRE(worked.status == 0);
    const auto json = nlohmann::json::parse(worked.out);
    double least = 0;
    for (const auto& time : json["times"]) {
        if (time["name"] == "delivery") least = time["p50_s"];
    }
    CHECK(least > 7);
    CHECK(least < 9);
    write_file(file, scenario_of({"a"}, "[[work]]\nqueue = \"out\"\neach = \"7s\"\n"));
    const auto refused = run(QSLICE_FARM_SIM, {"run", file});
    CHECK(refused.status == 2);
    CHECK_THAT(refused.err,
               Catch::Contains(":1:") && Catch::Contains("no runner takes from 'out'; expected one "
                                                         "of accept, fetch, render, check, bill"));
}

TEST_CASE("all texts of a site's simulator use the site's own words") {
    const temporary_directory place;
    const std::string page = place.path() + "/page.html";
    std::string all;
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{"run", "--items", "12", "--html", page},
          {"run", "--items", "60", "--quiet"},
          {"balance", "--items", "30"},
          {"lab", "--items", "30", "--slices", "2", "--policy", "own+jump"},
          {"run", "--items", "60", "--require", "latency.p99 < 1ms"},
          {"--help"},
          {"run", "--help"},
          {"balance", "--help"},
          {"explore", "--help"},
          {"sweep", "--help"},
          {"plan", "--queue", "render", "--to", "4"},
          {"plan", "--help"}}) {
        all += run(QSLICE_FARM_SIM, arguments).out;
    }
    CHECK_THAT(all, Catch::Contains("12 jobs of ") && Catch::Contains("tenant") &&
                        Catch::Contains("completed"));
    // Names of options, files, policies and guarantees are the same for every site.
    for (const std::string name :
         {"--items,--posts", "--max-items,--max-posts,--most-posts", "list_order", "list_affinity",
          "mailman21", "messages of this mbox file", "fifo.list.inversions"}) {
        for (std::size_t at; (at = all.find(name)) != std::string::npos;)
            all.erase(at, name.size());
    }
    std::set<std::string> used;
    std::string next;
    for (const char c : all + ' ') {
        if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_') {
            next += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        } else {
            used.insert(std::exchange(next, {}));
        }
    }
    for (const char* word : {"post", "posts", "message", "messages", "mail", "list", "lists",
                             "delivers", "delivered", "delivery", "deliveries", "recipient",
                             "recipients", "archived", "archiving", "digest", "digests"}) {
        INFO(word);
        CHECK_FALSE(used.contains(word));
    }
    CHECK_THAT(read_file(page), Catch::Contains("\"item\":\"job\""));
}

TEST_CASE("what a site's types fix cannot be chosen in a scenario") {
    const temporary_directory place;
    const std::string file = place.path() + "/s.toml";
    const auto error_of = [&](const std::string& toml) {
        write_file(file, toml);
        const auto refused = run(QSLICE_FARM_SIM, {"run", file});
        CHECK(refused.status == 2);
        return refused.err;
    };
    CHECK(error_of("[policy]\nhash = \"mailman21\"\n").find(":2:") != std::string::npos);
    CHECK(error_of("[policy]\norder = \"mailman\"\n").find("fixed by the topology") !=
          std::string::npos);
    CHECK(error_of("[[deployment.change]]\nqueue = \"bil\"\nslices = 5\n")
              .find("queue: no runner takes from 'bil'; expected one of accept, fetch") !=
          std::string::npos);
    CHECK(
        error_of("[storage]\nwatch_queue = 5\n").find("no runner of this site watches its queue") !=
        std::string::npos);
    CHECK(error_of("[[fault]]\nkind = \"foreign_files\"\nqueue = \"in\"\n")
              .find("the site has no queue 'in'") != std::string::npos);
    CHECK(error_of("[[machine]]\nname = \"a\"\nrunners = [\"IncomingRunner:0:3\"]\n")
              .find("unknown runner 'IncomingRunner'") != std::string::npos);
}

TEST_CASE("a site plays with other numbers of slices than it is built with", "[unsanitized]") {
    const auto swept =
        run(QSLICE_FARM_SIM, {"sweep", "--vary", "slices=2", "--posts", "12", "--replications", "1",
                              "--measure", "conservation.lost,conservation.completed", "--json"});
    CHECK(swept.err.empty());
    REQUIRE(swept.status == 0);
    const auto json = nlohmann::json::parse(swept.out);
    REQUIRE(json["rows"].size() == 1);
    for (const auto& row : json["rows"]) {
        CHECK(row["measures"]["conservation.lost"]["mean"] == 0);
        CHECK(row["measures"]["conservation.completed"]["mean"] == 12);
    }
}

TEST_CASE("a site has scenarios of its own, which can be listed, copied and played",
          "[unsanitized]") {
    const auto listed = run(QSLICE_FARM_SIM, {"scenarios"});
    REQUIRE(listed.status == 0);
    CHECK_THAT(listed.out, Catch::Contains("as-built") && Catch::Contains("crash-storm") &&
                               Catch::Contains("Not for this site: reslice: the slices have no "
                                               "owners") &&
                               !Catch::Contains("mail"));
    const auto names = run(QSLICE_FARM_SIM, {"scenarios", "--quiet"});
    std::stringstream lines(names.out);
    const temporary_directory place;
    const std::string file = place.path() + "/copy.toml";
    for (std::string name; std::getline(lines, name);) {
        INFO(name);
        const auto printed = run(QSLICE_FARM_SIM, {"scenarios", name});
        REQUIRE(printed.status == 0);
        CHECK_THAT(printed.out, Catch::StartsWith("# ") && Catch::Contains("[[machine]]"));
        if (name != "slow-machine") continue;
        write_file(file, printed.out);
        const auto copied = run(QSLICE_FARM_SIM, {"run", file, "--posts", "15", "--json"});
        CHECK(copied.err.empty());
        CHECK(copied.out == run(QSLICE_FARM_SIM, {"run", name, "--posts", "15", "--json"}).out);
    }
    const auto refused = run(QSLICE_FARM_SIM, {"run", "crash-strom"});
    CHECK(refused.status == 2);
    CHECK_THAT(refused.err, Catch::Contains("did you mean 'crash-storm'?"));
    CHECK_THAT(run(QSLICE_FARM_SIM, {"run", "reslice"}).err,
               Catch::Contains("not for this site: the slices have no owners"));
}

TEST_CASE("a farm's records on real files get the verdicts of its simulator") {
    const temporary_directory place;
    std::vector<std::string> arguments = tenants();
    arguments.insert(arguments.begin(), {"--records", place.path()});
    REQUIRE(run(QSLICE_REAL_FARM, arguments).status == 0);
    const auto checked = run(QSLICE_FARM_SIM, {"check", place.path(), "--json", "--require",
                                               "fifo.list.inversions = 0"});
    CHECK(checked.err.empty());
    REQUIRE(checked.status == 0);
    const auto json = nlohmann::json::parse(checked.out);
    CHECK(json["conservation"]["accepted"] == 70);
    CHECK(json["conservation"]["completed"] == 70);
    CHECK(json["conservation"]["lost"] == 0);

    // Without the last step's record of one job nothing says that it was completed.
    std::string line;
    for (const auto& entry : std::filesystem::directory_iterator(place.path())) {
        if (entry.path().string().find("BillRunner") == std::string::npos || !line.empty())
            continue;
        std::ifstream in(entry.path());
        std::string kept;
        for (std::string one; std::getline(in, one);) {
            const bool is_rename =
                one.starts_with("N\t") && one.find("/done/") != std::string::npos;
            if (is_rename && line.empty()) {
                line = one;
            } else {
                kept += one + '\n';
            }
        }
        in.close();
        write_file(entry.path().string(), kept);
    }
    REQUIRE_FALSE(line.empty());
    const auto missing = run(QSLICE_FARM_SIM, {"check", place.path(), "--json"});
    REQUIRE(missing.status == 1);
    CHECK(nlohmann::json::parse(missing.out)["conservation"]["completed"] == 69);
}

TEST_CASE("help of a site's simulator speaks of nothing that it refuses") {
    const auto help = run(QSLICE_FARM_SIM, {"sweep", "--help"});
    REQUIRE(help.status == 0);
    CHECK(help.out.find("policy.hash") == std::string::npos);
    CHECK_THAT(run(QSLICE_FARM_SIM, {"check", "--help"}).out,
               !Catch::Contains("list") && !Catch::Contains("post"));
}

TEST_CASE("a site that its simulator cannot feed does not start, with the reason",
          "[unsanitized]") {
    const auto refused = run(QSLICE_PLAIN_SITE, {"--posts", "10"});
    CHECK(refused.status == 2);
    CHECK(refused.out.empty());
    CHECK(refused.err.find("no runner takes from in/") != std::string::npos);
    CHECK(refused.err.find("enters<QUEUE>") != std::string::npos);
}

}  // namespace qslice::test
