#include "support/run_program.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

using nlohmann::json;
using qslice::test::file_text;
using qslice::test::run_program;
using qslice::test::scratch_directory;

namespace {

using track = std::pair<std::int64_t, std::int64_t>;

json trace_of(const std::vector<std::string>& arguments) {
    const scratch_directory scratch;
    const std::string path = (scratch.path() / "trace.json").string();
    std::vector<std::string> all = {"run"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    all.insert(all.end(), {"--quiet", "--perfetto", path});
    const auto ran = run_program(QSLICE_SIM_PROGRAM, all);
    INFO(ran.err);
    REQUIRE(ran.status != 2);
    return json::parse(file_text(path));
}

/// What the Trace Event Format requires of an event, by its phase. Returns what is wrong.
std::string breach(const json& event) {
    const auto has = [&](const char* name, bool (json::*is)() const noexcept) {
        return event.contains(name) && (event[name].*is)();
    };
    if (!has("ph", &json::is_string)) return "no phase";
    const std::string phase = event["ph"];
    if (phase.size() != 1) return "a phase is one letter";
    if (!has("name", &json::is_string)) return "no name";
    if (!has("pid", &json::is_number_integer)) return "no pid";
    if (!has("tid", &json::is_number_integer)) return "no tid";
    if (phase == "M") {
        const std::string name = event["name"];
        if (name != "process_name" && name != "thread_name") return "unknown metadata";
        return event.contains("args") && event["args"]["name"].is_string() ? "" : "no args.name";
    }
    if (!has("ts", &json::is_number) || event["ts"].get<double>() < 0) return "no time";
    if (phase == "X") {
        return has("dur", &json::is_number) && event["dur"].get<double>() >= 0 ? "" : "no duration";
    }
    if (phase == "C") {
        if (!has("args", &json::is_object) || event["args"].empty()) return "no series";
        for (const auto& value : event["args"]) {
            if (!value.is_number() || value.get<double>() < 0) return "a series is a number";
        }
        return "";
    }
    if (phase == "i") {
        const std::string scope = event.value("s", "t");
        return scope == "g" || scope == "p" || scope == "t" ? "" : "unknown scope";
    }
    if (phase == "s" || phase == "t" || phase == "f") {
        if (!has("id", &json::is_number_integer)) return "no id";
        return phase != "f" || event.value("bp", "") == "e" ? "" : "no binding point";
    }
    return "unknown phase " + phase;
}

void check_trace(const json& trace) {
    REQUIRE(trace.contains("traceEvents"));
    REQUIRE(trace["displayTimeUnit"] == "ms");
    std::map<track, std::vector<std::pair<double, double>>> slices;
    std::map<std::int64_t, std::vector<const json*>> flows;
    std::set<std::int64_t> processes;
    std::set<track> threads;
    for (const json& event : trace["traceEvents"]) {
        INFO(event.dump());
        REQUIRE(breach(event).empty());
        const std::string phase = event["ph"];
        const track on{event["pid"], event["tid"]};
        if (phase == "M") {
            if (event["name"] == "process_name") {
                REQUIRE(processes.insert(on.first).second);
            } else {
                REQUIRE(threads.insert(on).second);
            }
        } else {
            REQUIRE(processes.contains(on.first));
        }
        if (phase == "X") {
            REQUIRE(threads.contains(on));
            slices[on].emplace_back(event["ts"], event["dur"]);
        }
        if (phase == "s" || phase == "t" || phase == "f") flows[event["id"]].push_back(&event);
    }
    for (const auto& [on, list] : slices) {
        for (std::size_t i = 1; i < list.size(); ++i) {
            INFO("thread " << on.second << ", slice " << i);
            // A runner has one entry in hand.
            REQUIRE(list[i].first >= list[i - 1].first + list[i - 1].second - 0.0011);
        }
    }
    for (const auto& [id, steps] : flows) {
        INFO("flow " << id);
        REQUIRE(steps.size() >= 2);
        REQUIRE((*steps.front())["ph"] == "s");
        REQUIRE((*steps.back())["ph"] == "f");
        double before = 0;
        for (const json* step : steps) {
            const double at = (*step)["ts"];
            REQUIRE(at >= before);
            before = at;
            bool enclosed = false;
            for (const auto& [from, length] : slices[{(*step)["pid"], (*step)["tid"]}]) {
                enclosed = enclosed || (from <= at && at <= from + length);
            }
            REQUIRE(enclosed);
        }
    }
}

std::vector<json> events_of(const json& trace, const std::string& phase) {
    std::vector<json> found;
    for (const json& event : trace["traceEvents"]) {
        if (event["ph"] == phase) found.push_back(event);
    }
    return found;
}

}  // namespace

TEST_CASE("a run's trace has the Trace Event Format, and each post's way") {
    const json trace = trace_of({"three-machines", "--posts", "50"});
    check_trace(trace);
    std::set<std::string> machines;
    for (const json& event : events_of(trace, "M")) {
        if (event["name"] == "process_name") machines.insert(event["args"]["name"]);
    }
    CHECK(machines == std::set<std::string>{"machine1", "machine2", "machine3", "queues"});
    // Each post passes through in/, archive/ and out/.
    CHECK(events_of(trace, "s").size() == 50);
    CHECK(events_of(trace, "f").size() == 50);
    CHECK(events_of(trace, "t").size() == 50);
    std::map<std::string, double> last;
    for (const json& event : events_of(trace, "C")) {
        double sum = 0;
        for (const auto& value : event["args"]) sum += value.get<double>();
        last[event["name"]] = sum;
    }
    CHECK(last.contains("in/ waiting"));
    CHECK(last["out/ waiting"] == 0);
}

TEST_CASE("the trace of a stormy run shows crashes, and each taking by the runner that made it") {
    const json trace = trace_of({"crash-storm"});
    check_trace(trace);
    CHECK_FALSE(events_of(trace, "i").empty());
    std::set<std::tuple<std::string, std::string, int>> takings;
    int again = 0;
    for (const json& event : events_of(trace, "X")) {
        const int taken = event["args"]["taken"];
        again += taken > 1 ? 1 : 0;
        CHECK(takings.emplace(event["args"]["queue"], event["args"]["entry"], taken).second);
    }
    CHECK(again > 0);
}
