#include "report_html/browser.hpp"
#include "sim/report/html.hpp"
#include "support/run_program.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <regex>
#include <string>
#include <utility>
#include <vector>

using nlohmann::json;
using qslice::test::dom_of;
using qslice::test::file_text;
using qslice::test::probed;
using qslice::test::run_program;
using qslice::test::scratch_directory;

namespace {

/// A run's page as the browser shows it, what its plots hold, and the JSON beside it.
struct shown_run {
    std::string page;
    std::string dom;
    json probe;
    json run;
};

std::string between(const std::string& text, const std::string& from, const std::string& to) {
    const std::size_t begin = text.find(from);
    if (begin == text.npos) return {};
    const std::size_t start = begin + from.size();
    return text.substr(start, text.find(to, start) - start);
}

/// Shows a page in the browser.
std::optional<shown_run> show_page(std::string page, json run, int width = 1280) {
    const scratch_directory scratch;
    shown_run shown{std::move(page), {}, {}, std::move(run)};
    const auto dom = dom_of(scratch.file("probed.html", probed(shown.page)), width);
    if (!dom) {
        WARN("skipped: Chromium (package chromium) is not installed");
        return std::nullopt;
    }
    shown.dom = *dom;
    const std::string probe =
        between(*dom, "<script type=\"application/json\" id=\"probe\">", "</script>");
    INFO(dom->substr(0, 2000));
    REQUIRE_FALSE(probe.empty());
    shown.probe = json::parse(probe);
    return shown;
}

/// Plays a scenario and shows its page.
std::optional<shown_run> show(const std::vector<std::string>& scenario, int width = 1280) {
    const scratch_directory scratch;
    const std::string page = (scratch.path() / "run.html").string();
    std::vector<std::string> arguments{"run"};
    arguments.insert(arguments.end(), scenario.begin(), scenario.end());
    arguments.insert(arguments.end(), {"--json", "--html", page});
    const auto played = run_program(QSLICE_SIM_PROGRAM, arguments);
    INFO(played.err);
    REQUIRE(played.status != 2);
    return show_page(file_text(page), json::parse(played.out), width);
}

/// Every text of a document that is shown as a text, replaced.
void make_hostile(nlohmann::ordered_json& value, const std::string& text) {
    for (auto& [key, member] : value.items()) {
        if (member.is_structured()) {
            make_hostile(member, text);
        } else if (member.is_string() && key != "queue" && key != "verdict" && key != "kind") {
            member = text + key;
        }
    }
}

void check_no_script_error(const shown_run& shown) {
    INFO(between(shown.dom, "<ul id=\"script-errors\"", "</ul>"));
    CHECK(shown.dom.find("<ul id=\"script-errors\"") == std::string::npos);
    CHECK(shown.dom.find("data-state=\"ready\"") != std::string::npos);
    CHECK(shown.probe["hacked"] == false);
}

void check_plots_are_drawn(const shown_run& shown, std::size_t least) {
    CHECK(shown.probe["plots"].size() >= least);
    CHECK(shown.probe["blank"] == 0);
    CHECK(shown.dom.find("data-drawn=\"blank\"") == std::string::npos);
    std::size_t drawn = 0;
    const std::string mark = "data-drawn=\"yes\"";
    for (std::size_t at = 0; (at = shown.dom.find(mark, at)) != std::string::npos; ++at) ++drawn;
    CHECK(drawn == shown.probe["plots"].size());
}

/// Every number in the page names its place in the JSON; the text has to be that number.
void check_numbers(const shown_run& shown, std::size_t least) {
    static const std::regex number(
        R"re(<data value="([^"]*)" data-at="([^"]*)" data-as="([a-z]*)">([^<]*)</data>)re");
    std::size_t numbers = 0;
    for (std::sregex_iterator it(shown.dom.begin(), shown.dom.end(), number), end; it != end;
         ++it) {
        const auto& found = *it;
        ++numbers;
        CAPTURE(found.str());
        const json::json_pointer place(found[2].str());
        REQUIRE(shown.run.contains(place));
        const double value = shown.run.at(place).get<double>();
        if (std::strtod(found[1].str().c_str(), nullptr) != value) {
            CHECK(found[1].str() == shown.run.at(place).dump());
        }
        std::string written = found[4];
        written.erase(std::remove(written.begin(), written.end(), ','), written.end());
        const double read = std::strtod(written.c_str(), nullptr);
        const std::string how = found[3];
        if (how == "count" && value == static_cast<double>(static_cast<std::int64_t>(value))) {
            if (read != value) CHECK(read == value);
        } else if (how == "share") {
            if (std::abs(read - 100 * value) > 0.0501) CHECK(read == 100 * value);
        } else if (how == "ratio") {
            if (std::abs(read - value) > 0.000501) CHECK(read == value);
        } else if (how == "measure" || how == "spread") {
            // Four digits and two.
            const double off = how == "measure" ? 0.000501 : 0.0501;
            if (std::abs(read - value) > off * std::abs(value)) CHECK(read == value);
        } else if (how == "estimate") {
            // To two digits of the interval's half width.
            const double half_width = shown.run.at(place.parent_pointer())["half_width"];
            const double off = std::max(0.0501 * half_width, 0.000501 * std::abs(value));
            if (std::abs(read - value) > off) CHECK(read == value);
        }
    }
    CHECK(numbers >= least);
}

json counts_of(const json& parts) {
    json counts = json::array();
    for (const json& part : parts) counts.push_back(part["count"]);
    return counts;
}

void check_plots_hold_the_json(const shown_run& shown) {
    const json& plots = shown.probe["plots"];
    const json& run = shown.run;
    CHECK(plots["share-deliveries"][0] == counts_of(run["deliveries"]["machines"]));
    for (const json& queue : run["balance"]) {
        if (queue["total"] == 0 || queue["slices"].size() < 2) continue;
        const std::string id = "share-queue-" + queue["queue"].get<std::string>();
        CAPTURE(id);
        CHECK(plots[id][0] == counts_of(queue["slices"]));
    }
    // Initially the backlogs of whole queues and the delivery times are shown.
    std::size_t set = 0;
    for (const json& series : run["backlogs"]) {
        const auto& most = series["most"];
        if (!series["slice"].is_null() ||
            std::all_of(most.begin(), most.end(), [](const json& n) { return n == 0; })) {
            continue;
        }
        json points = json::array();
        for (std::size_t i = 0; i < most.size(); ++i) {
            points.push_back({{"x", series["at_s"][i]}, {"y", most[i]}});
        }
        CAPTURE(series["queue"]);
        CHECK((plots["backlog-plot"][set++] == points));
    }
    CHECK(set > 0);
    json bins = json::array();
    for (const json& bin : run["times"][0]["bins"]) bins.push_back(bin[2]);
    CHECK(plots["times-plot"][0] == bins);
    // First the overtaken posts, then the others.
    for (const bool overtaken : {true, false}) {
        std::vector<std::pair<double, double>> wanted;
        for (const json& p : run["order"]) {
            if (p["overtaken"] != overtaken) continue;
            const double in = p["rank_in"];
            wanted.emplace_back(in, p["rank_out"].get<double>() - in);
        }
        std::vector<std::pair<double, double>> found;
        for (const json& p : plots["order-plot"][overtaken ? 0 : 1]) {
            found.emplace_back(p["x"], p["y"]);
        }
        CHECK((found == wanted));
    }
}

/// Runs a sweep and opens its page.
std::optional<shown_run> show_sweep(const std::vector<std::string>& options, int width = 1280) {
    const scratch_directory scratch;
    const std::string page = (scratch.path() / "sweep.html").string();
    std::vector<std::string> arguments{"sweep"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    arguments.insert(arguments.end(), {"--json", "--html", page});
    const auto swept = run_program(QSLICE_SIM_PROGRAM, arguments);
    INFO(swept.err);
    REQUIRE(swept.status == 0);
    return show_page(file_text(page), json::parse(swept.out), width);
}

/// The means of a measure in the rows named by a plot's points, as plotted.
void check_points(const shown_run& shown, const std::string& plot, const std::string& measure,
                  const char* coordinate) {
    std::size_t points = 0;
    for (const json& set : shown.probe["plots"][plot]) {
        for (const json& point : set) {
            const json& row = shown.run["rows"][point["row"].get<std::size_t>()];
            CHECK(point[coordinate] == row["measures"][measure]["mean"]);
            ++points;
        }
    }
    CHECK(points == shown.run["rows"].size());
}

void check_all(const shown_run& shown, std::size_t plots, std::size_t numbers) {
    check_no_script_error(shown);
    check_plots_are_drawn(shown, plots);
    check_numbers(shown, numbers);
    check_plots_hold_the_json(shown);
}

}  // namespace

TEST_CASE(
    "the page of the default scenario draws its charts without a script error and shows the JSON's "
    "numbers",
    "[slow][unsanitized]") {
    const auto shown = show({"three-machines", "--posts", "3000"});
    if (!shown) return;
    check_all(*shown, 8, 250);
    CHECK(shown->dom.find("✓ No problem found") != std::string::npos);
    CHECK(shown->dom.find("evenly sampled") != std::string::npos);
}

TEST_CASE("the page of a run with few posts is just as complete", "[unsanitized]") {
    const auto shown = show({"seven-posts"});
    if (!shown) return;
    check_all(*shown, 7, 200);
    // What the text report says of the first seven posts, and of the five after them.
    REQUIRE(shown->run["batches"].size() == 2);
    CHECK(shown->dom.find("<h3>Posts 0 to 6</h3>") != std::string::npos);
    CHECK(shown->dom.find("<h3>Posts 7 to 11</h3>") != std::string::npos);
    for (const json& batch : shown->run["batches"]) {
        CHECK(shown->dom.find(batch["text"].get<std::string>()) != std::string::npos);
    }
}

TEST_CASE("two runs are shown side by side, with what differs between them", "[unsanitized]") {
    const scratch_directory scratch;
    const auto first = run_program(QSLICE_SIM_PROGRAM, {"run", "seven-posts", "--json"});
    const auto second = run_program(
        QSLICE_SIM_PROGRAM, {"run", "three-machines", "--posts", "60", "--seed", "9", "--json"});
    const std::string page = (scratch.path() / "both.html").string();
    const std::string one = scratch.file("one.json", first.out);
    const std::string two = scratch.file("two <b>.json", second.out);
    const auto made = run_program(QSLICE_SIM_PROGRAM, {"report", one, "--beside", two, "-o", page});
    INFO(made.err);
    REQUIRE(made.status == 0);
    json both{{"runs", {json::parse(first.out), json::parse(second.out)}}};
    const auto shown = show_page(file_text(page), both);
    if (!shown) return;
    check_no_script_error(*shown);
    check_plots_are_drawn(*shown, 7);
    check_numbers(*shown, 200);
    const json& plots = shown->probe["plots"];
    for (std::size_t i = 0; i < 2; ++i) {
        const std::string id = "share-" + std::to_string(i) + "-deliveries";
        CHECK(plots[id][0] == counts_of(both["runs"][i]["deliveries"]["machines"]));
        const std::string verdict = both["runs"][i]["verdict"];
        CHECK(shown->dom.find(verdict.substr(verdict.find(", "))) != std::string::npos);
    }
    CHECK(plots["backlogs-plot"].size() == 2);
    CHECK(shown->dom.find("seven-posts and three-machines") != std::string::npos);
    CHECK(shown->dom.find("two <b>.json") == std::string::npos);
}

TEST_CASE("the page of lab shows the frontier and the figures of each policy", "[unsanitized]") {
    const scratch_directory scratch;
    const std::string page = (scratch.path() / "lab.html").string();
    const auto made = run_program(QSLICE_SIM_PROGRAM,
                                  {"lab", "--posts", "300", "--simulate", "200", "--slices", "3,4",
                                   "--policy", "mailman21", "--policy", "list_affinity", "--policy",
                                   "mailman3", "--json", "--no-times", "--html", page});
    INFO(made.err);
    REQUIRE(made.status == 0);
    const auto shown = show_page(file_text(page), json::parse(made.out));
    if (!shown) return;
    check_no_script_error(*shown);
    check_plots_are_drawn(*shown, 1);
    check_numbers(*shown, 40);
    std::size_t points = 0;
    for (const json& set : shown->probe["plots"]["frontier-plot"]) points += set.size();
    CHECK(points == 2);  // mailman3 has no partition of three slices
    CHECK(shown->dom.find("Not possible: mailman3 with 3 slices.") != std::string::npos);
}

TEST_CASE("a faulty run's page says so first and explains the counterexamples",
          "[slow][unsanitized]") {
    const auto shown = show({"retiring-a-machine", "--posts", "1500"});
    if (!shown) return;
    check_all(*shown, 8, 250);
    CHECK(shown->dom.find("<div class=\"verdict bad\"><strong>✗ Problem found</strong>") !=
          std::string::npos);
    CHECK(shown->dom.find("no runner serves this slice") != std::string::npos);
    for (const json& guarantee : shown->run["guarantees"]) {
        if (guarantee["problem"].is_null()) continue;
        CHECK(shown->dom.find(guarantee["problem"]["story"].get<std::string>()) !=
              std::string::npos);
    }
}

TEST_CASE("in a narrow window the page does not overflow, and faults are listed",
          "[slow][unsanitized]") {
    const auto shown = show({"nfs-hiccup", "--posts", "1200"}, 500);
    if (!shown) return;
    check_all(*shown, 8, 250);
    CHECK(shown->probe["width"].get<int>() <= 500);
    CHECK(shown->probe["scroll_width"].get<int>() <= shown->probe["width"].get<int>());
    CHECK(shown->dom.find("storage makes no progress") != std::string::npos);
}

TEST_CASE("strings of a run are shown as text and never executed", "[slow][unsanitized]") {
    const auto played =
        run_program(QSLICE_SIM_PROGRAM, {"run", "nfs-hiccup", "--posts", "700", "--json"});
    const std::string text =
        GENERATE(as<std::string>(), "</script><script>hacked=1</script><!--<b>{{data}}",
                 "\"><img src=x onerror=hacked=1><b>");
    auto run = nlohmann::ordered_json::parse(played.out);
    make_hostile(run, text);
    const auto page = qslice::sim::report_page(run, "run");
    REQUIRE(page);
    const auto shown = show_page(*page, json::parse(run.dump()));
    if (!shown) return;
    check_no_script_error(*shown);
    check_plots_are_drawn(*shown, 7);
    check_numbers(*shown, 150);
    CHECK(shown->dom.find("<img") == std::string::npos);
    CHECK(shown->dom.find("<b>") == std::string::npos);
    CHECK(shown->dom.find("&lt;b&gt;") != std::string::npos);
}

TEST_CASE("a sweep's page plots each measure against the numbers that were varied",
          "[slow][unsanitized]") {
    const auto shown = show_sweep({"three-machines", "--posts", "150", "--vary", "machines=1,2,3",
                                   "--vary", "policy.hash=mailman21,list_affinity", "--measure",
                                   "latency.p99,fifo.list.inversions", "--replications", "3"});
    if (!shown) return;
    check_no_script_error(*shown);
    check_plots_are_drawn(*shown, 2);
    check_numbers(*shown, 60);
    check_points(*shown, "measure-0", "latency.p99", "y");
    check_points(*shown, "measure-1", "fifo.list.inversions", "y");
    const json& lines = shown->probe["plots"]["measure-0"];
    REQUIRE(lines.size() == 2);
    for (const json& line : lines) {
        json xs = json::array();
        for (const json& point : line) xs.push_back(point["x"]);
        CHECK((xs == json{1, 2, 3}));
    }
    CHECK(shown->dom.find(
              "qslice-sim sweep three-machines.toml --seed 1 --vary machines=1,2,3 --vary "
              "policy.hash=mailman21,list_affinity --measure "
              "latency.p99,fifo.list.inversions --replications 3") != std::string::npos);
}

TEST_CASE("a sweep over names gives each alternative a row, in a narrow window too",
          "[unsanitized]") {
    const auto shown = show_sweep({"three-machines", "--posts", "120", "--vary",
                                   "policy.hash=mailman21,list_affinity,sender_affinity",
                                   "--measure", "balance.out.max_over_mean", "--replications", "3"},
                                  500);
    if (!shown) return;
    check_no_script_error(*shown);
    check_plots_are_drawn(*shown, 1);
    check_numbers(*shown, 16);
    check_points(*shown, "measure-0", "balance.out.max_over_mean", "x");
    CHECK(shown->probe["scroll_width"].get<int>() <= shown->probe["width"].get<int>());
}

TEST_CASE("strings of a sweep are shown as text and never executed", "[unsanitized]") {
    const auto swept =
        run_program(QSLICE_SIM_PROGRAM,
                    {"sweep", "seven-posts", "--vary", "policy.hash=mailman21,mailman21_second",
                     "--measure", "latency.mean", "--replications", "2", "--json"});
    const std::string text = "\"><img src=x onerror=hacked=1></script><b>";
    auto sweep = nlohmann::ordered_json::parse(swept.out);
    for (auto& row : sweep["rows"]) row["values"]["policy.hash"] = text;
    for (auto& value : sweep["sweep"]["dimensions"][0]["values"]) value = text;
    sweep["sweep"]["measures"][0]["description"] = text;
    sweep["scenario"]["name"] = sweep["scenario"]["summary"] = text;
    const auto page = qslice::sim::report_page(sweep, "sweep");
    REQUIRE(page);
    const auto shown = show_page(*page, json::parse(sweep.dump()));
    if (!shown) return;
    check_no_script_error(*shown);
    check_plots_are_drawn(*shown, 1);
    CHECK(shown->dom.find("<img") == std::string::npos);
    CHECK(shown->dom.find("<b>") == std::string::npos);
    CHECK(shown->dom.find("&lt;b&gt;") != std::string::npos);
}
