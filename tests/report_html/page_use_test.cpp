#include "report_html/browser.hpp"
#include "support/run_program.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

using nlohmann::json;
using qslice::test::dom_of;
using qslice::test::file_text;
using qslice::test::run_program;
using qslice::test::scratch_directory;

namespace {

/// Uses a run's page by a script, and returns the object `told` that the script fills in.
std::optional<json> use_page(const std::vector<std::string>& run, const std::string& script) {
    const scratch_directory scratch;
    const std::string path = (scratch.path() / "run.html").string();
    std::vector<std::string> arguments{"run"};
    arguments.insert(arguments.end(), run.begin(), run.end());
    arguments.insert(arguments.end(), {"--quiet", "--html", path});
    const auto ran = run_program(QSLICE_SIM_PROGRAM, arguments);
    INFO(ran.err);
    REQUIRE(ran.status != 2);
    std::string page = file_text(path);
    const std::size_t policy = page.find("<meta http-equiv=\"Content-Security-Policy\"");
    page.erase(policy, page.find('>', policy) + 1 - policy);
    page.insert(page.rfind("</body>"), R"(<script>
        addEventListener('load', () => setTimeout(() => {
          const told = {};
          // A headless browser need not tell of a new size; for paper all is drawn at once.
          const draw = () => dispatchEvent(new Event('beforeprint'));
          const press = (label) => document.querySelector(`[aria-label="${label}"]`).click();
          const axis = () => {
            const {min, max} = Chart.getChart(
                document.querySelector('#backlog-plot canvas')).scales.x;
            return [min, max];
          };
          const search = (words) => {
            const input = document.getElementById('post-search');
            input.value = words;
            input.dispatchEvent(new Event('input'));
            return document.querySelector('.search').innerText;
          };
          )" + script + R"(
          const result = document.createElement('script');
          result.type = 'application/json';
          result.id = 'told';
          result.textContent = JSON.stringify(told).replace(/</g, '\\u003c');
          document.body.append(result);
        }, 500));
        </script>)");
    const auto dom = dom_of(scratch.file("used.html", page));
    if (!dom) {
        WARN("skipped: Chromium (package chromium) is not installed");
        return std::nullopt;
    }
    REQUIRE(dom->find("id=\"script-errors\"") == std::string::npos);
    const std::string mark = "<script type=\"application/json\" id=\"told\">";
    const std::size_t begin = dom->find(mark);
    REQUIRE(begin != std::string::npos);
    const std::size_t start = begin + mark.size();
    return json::parse(dom->substr(start, dom->find("</script>", start) - start));
}

}  // namespace

TEST_CASE("the backlog's time axis begins with the arrivals, and zooms and moves",
          "[unsanitized]") {
    const auto told = use_page({"retiring-a-machine", "--posts", "200"}, R"(
        const run = JSON.parse(document.getElementById('data').textContent).run;
        told.arriving = run.last_arrival_s;
        told.duration = run.duration_s;
        told.first = axis();
        press('closer'); told.closer = axis();
        press('later'); told.later = axis();
        press('the whole run'); told.whole = axis();)");
    if (!told) return;
    const double arriving = (*told)["arriving"];
    const auto length = [&](const char* name) -> double {
        return (*told)[name][1].get<double>() - (*told)[name][0].get<double>();
    };
    CHECK((*told)["first"][0] == 0);
    CHECK((*told)["first"][1].get<double>() == Approx(arriving * 1.05));
    CHECK(length("closer") == Approx(length("first") / 2));
    CHECK((*told)["later"][0].get<double>() > (*told)["closer"][0].get<double>());
    CHECK(length("later") == Approx(length("closer")));
    CHECK((*told)["whole"][0] == 0);
    CHECK((*told)["whole"][1].get<double>() >= (*told)["duration"].get<double>());
}

TEST_CASE("any post of a run is found by its number, list or sender", "[unsanitized]") {
    const auto told = use_page({"three-machines", "--posts", "400"}, R"(
        told.number = search('399');
        told.list = search('list1');
        told.sender = search('sender1@');
        told.nothing = search('nobody at all');)");
    if (!told) return;
    const std::string number = (*told)["number"];
    CHECK(number.find("1 post:") != std::string::npos);
    CHECK(number.find("post 399") != std::string::npos);
    CHECK((*told)["list"].get<std::string>().find("posts") != std::string::npos);
    CHECK((*told)["sender"].get<std::string>().find("sender1@") != std::string::npos);
    CHECK((*told)["nothing"].get<std::string>().find("No post has") != std::string::npos);
}

TEST_CASE("faults have a symbol by kind, and posts can be filtered by list", "[unsanitized]") {
    const auto told = use_page({"nfs-hiccup", "--posts", "300"}, R"(
        const sets = Chart.getChart(document.querySelector('#backlog-plot canvas')).data.datasets;
        told.faults = sets.filter((s) => s.type === 'scatter').map((s) => [s.label, s.pointStyle]);
        const list = document.querySelector('#journeys select');
        told.lists = [...list.options].map((o) => o.value);
        list.value = told.lists[1];
        list.dispatchEvent(new Event('change'));
        draw();
        told.shown = document.querySelector('#journeys .timeline svg').getAttribute('aria-label');)");
    if (!told) return;
    REQUIRE((*told)["faults"].size() == 1);
    CHECK((*told)["faults"][0] == json({"storage stalls", "dash"}));
    REQUIRE((*told)["lists"].size() > 2);
    CHECK((*told)["shown"].get<std::string>().find(
              "to " + (*told)["lists"][1].get<std::string>()) != std::string::npos);
}

TEST_CASE("a post's time line shows each taking and each crash", "[unsanitized]") {
    const auto told = use_page({"crash-storm"}, R"(
        const run = JSON.parse(document.getElementById('data').textContent);
        const crashed = run.journeys.find((j) => j.entries.some((e) =>
            e.takings.some((t) => t.crashed)));
        told.crashes = crashed.entries.flatMap((e) => e.takings.filter((t) => t.crashed)).length;
        told.takings = crashed.entries.flatMap((e) => e.takings).length;
        search(String(crashed.post));
        draw();
        told.shown_crashes = document.querySelectorAll('#journeys svg path.crash').length;
        told.shown_takings = document.querySelectorAll('#journeys .timeline rect.work').length;)");
    if (!told) return;
    CHECK((*told)["crashes"].get<int>() > 0);
    CHECK((*told)["shown_crashes"] == (*told)["crashes"]);
    CHECK((*told)["shown_takings"] == (*told)["takings"]);
}
