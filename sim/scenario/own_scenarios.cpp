#include "sim/scenario/own_scenarios.hpp"

#include "sim/record/virtual_time.hpp"
#include "sim/scenario/requirement_text.hpp"
#include "sim/scenario/scenario_file.hpp"
#include "sim/text/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <set>
#include <string>
#include <utility>

namespace qslice::sim {

namespace {

constexpr double minute_s = 60;
constexpr double fault_at_s = 10 * minute_s;

std::string as_comment(const std::string& sentences) {
    constexpr std::size_t width = 98;
    const std::string lines = wrapped(sentences, "", 0, width);
    std::string comment = "# ";
    for (std::size_t i = 0; i < lines.size(); ++i) {
        comment += lines[i];
        if (lines[i] == '\n' && i + 1 < lines.size()) comment += "# ";
    }
    if (!comment.ends_with('\n')) comment += '\n';
    return comment;
}

class maker {
public:
    explicit maker(const built_site& site) : site_(site) {}

    own_scenarios make() {
        as_built();
        burst();
        crash_storm();
        power_loss();
        dead_machine();
        slow_machine();
        wrong_clock();
        file_server();
        full_disk();
        reslice();
        full_watch();
        return std::move(made_);
    }

private:
    scenario& add(std::string name, std::string summary, std::string explanation,
                  std::initializer_list<const char*> required) {
        own_scenario& made = made_.all.emplace_back();
        made.explanation = std::move(explanation);
        scenario& s = made.setting;
        s = site_.usual;
        s.name = std::move(name);
        s.summary = std::move(summary);
        s.stream.posts = 2000;
        for (const char* text : required) {
            if (auto parsed = parse_requirement(text)) s.requirements.push_back(*parsed);
        }
        return s;
    }

    static fault& add_fault(scenario& s, fault::kind what, double at_s = fault_at_s) {
        fault& f = s.faults.emplace_back();
        f.what = what;
        f.at_s = at_s;
        return f;
    }

    void leave_out(std::string name, std::string reason) {
        made_.left_out.push_back({std::move(name), std::move(reason)});
    }

    void as_built() {
        scenario& s = add("as-built", "the site as it is built", "The site without any fault.",
                          {"conservation.lost = 0", "conservation.queued = 0"});
        s.stream.posts = site_.usual.stream.posts;
    }

    void burst() {
        scenario& s =
            add("burst", "series of eight at a time, at twice the rate",
                "Half of what arrives comes in series of eight within seconds, and the rate varies "
                "widely: the backlog says how much the site has to spare.",
                {"conservation.lost = 0", "conservation.queued = 0"});
        s.stream.posts_per_hour *= 2;
        s.stream.series_share = 0.5;
        s.stream.series_length = 8;
        s.stream.series_gap_s = 0.5;
        s.stream.activity_spread = 4;
    }

    void crash_storm() {
        scenario& s = add("crash-storm", "crashes at any storage call, for a minute",
                          fmt::format("For a minute processes crash and machines lose their "
                                      "power again and again, at any storage call; what was not "
                                      "made durable is lost. '{} explore crash-storm' looks for "
                                      "the call at which it does harm.",
                                      site_.program),
                          {"conservation.lost = 0"});
        s.restart_limit = 1000;
        s.drain_s = 3 * minute_s;
        s.stream.posts = 60;
        s.storage.kind = "memory";
        fault& machine = add_fault(s, fault::kind::crash_machine, 0);
        machine.probability = 0.0003;
        machine.until_s = minute_s;
        machine.down_s = 1;
        fault& process = add_fault(s, fault::kind::crash_process, 0);
        process.probability = 0.001;
        process.until_s = minute_s;
    }

    void power_loss() {
        scenario& s = add("power-loss", "everything loses its power for a minute",
                          "All machines and the shared disk lose their power, and start again "
                          "after a minute.",
                          {"conservation.lost = 0", "conservation.queued = 0"});
        fault& f = add_fault(s, fault::kind::power_loss);
        f.down_s = minute_s;
    }

    /// A machine with runners whose slices others could take; otherwise the first with runners.
    [[nodiscard]] std::size_t machine_to_lose() const {
        const auto& machines = site_.usual.machines;
        std::size_t first = machines.size();
        for (std::size_t i = 0; i < machines.size(); ++i) {
            if (machines[i].runners.empty()) continue;
            first = std::min(first, i);
            if (others_serve_all_of(i)) return i;
        }
        return std::min(first, machines.size() - 1);
    }

    [[nodiscard]] bool others_serve_all_of(std::size_t machine) const {
        const auto& machines = site_.usual.machines;
        if (const auto& chosen = site_.stands_by; !chosen.empty()) {
            return std::any_of(chosen.begin(), chosen.end(), [&](const std::string& name) {
                return name != machines[machine].name;
            });
        }
        std::set<std::string> missing;
        for (const runner_choice& r : machines[machine].runners) missing.insert(r.runner);
        for (std::size_t i = 0; i < machines.size(); ++i) {
            if (i == machine) continue;
            for (const runner_choice& r : machines[i].runners) missing.erase(r.runner);
        }
        return missing.empty();
    }

    void dead_machine() {
        if (site_.usual.machines.empty()) return;
        const std::size_t lost = machine_to_lose();
        const bool for_good = site_.usual.deployment.standby && others_serve_all_of(lost);
        scenario& s =
            for_good
                ? add("dead-machine", "a machine dies for good; others take its slices over",
                      "A machine dies and does not come back. The others take its slices over.",
                      {"conservation.lost = 0", "conservation.orphaned = 0",
                       "conservation.queued = 0"})
                : add("dead-machine", "a machine is down for ten minutes",
                      "A machine loses its power and comes back after ten minutes. Its slices "
                      "wait for it; what it had in hand is recovered.",
                      {"conservation.lost = 0", "conservation.queued = 0"});
        fault& f = add_fault(s, fault::kind::crash_machine);
        f.machine = s.machines[lost].name;
        f.down_s = for_good ? 1000 * 60 * minute_s : 10 * minute_s;
    }

    void slow_machine() {
        if (site_.usual.machines.empty()) return;
        scenario& s = add("slow-machine", "one machine is three times as slow as the others",
                          "One machine takes three times as long for everything that it does.",
                          {"conservation.lost = 0", "conservation.queued = 0"});
        s.machines[machine_to_lose()].slowness = 3;
    }

    void wrong_clock() {
        if (site_.usual.machines.size() < 2) {
            return leave_out("wrong-clock", "it needs two machines, whose clocks differ");
        }
        scenario& s = add("wrong-clock", "one machine's clock is five seconds behind",
                          "One machine's clock is five seconds behind the others', so that what "
                          "it names looks older than it is. The report says whose order that "
                          "changes.",
                          {"conservation.lost = 0", "conservation.queued = 0"});
        s.machines[machine_to_lose()].clock.offset = to_duration(-5);
    }

    void file_server() {
        scenario& s = add("nfs-hiccup", "the file server hangs for two minutes and loses replies",
                          "The queues are on a file server that stops answering for two minutes, "
                          "and one reply in a thousand is lost, so that a rename is repeated and "
                          "answered with an error although it was done.",
                          {"conservation.lost = 0"});
        s.storage.kind = "network";
        s.storage.nfs = true;
        s.storage.lost_reply_share = 1e-3;
        fault& f = add_fault(s, fault::kind::storage_stall);
        f.until_s = fault_at_s + 2 * minute_s;
    }

    void full_disk() {
        scenario& s = add("full-disk", "the disk is full for two minutes",
                          "For two minutes nothing more can be written. Runners keep what they "
                          "have in hand and wait.",
                          {"conservation.lost = 0", "conservation.queued = 0"});
        fault& f = add_fault(s, fault::kind::disk_full);
        f.until_s = fault_at_s + 2 * minute_s;
    }

    void reslice() {
        if (!site_.usual.deployment.standby) {
            return leave_out("reslice",
                             "the slices have no owners; a topology with 'using stands_by = "
                             "standby<>' can change their number while it runs");
        }
        std::vector<slice_change_choice> changes;
        std::string reason;
        for (const built_site::runner& r : site_.runners) {
            const auto can =
                r.can_change_to == nullptr ? result<void>() : r.can_change_to(r.slices + 1);
            if (can) {
                changes.push_back({fault_at_s, r.queue, r.slices + 1});
            } else if (reason.empty()) {
                reason = fmt::format("{}/: {}", r.queue, can.error().what);
            }
        }
        if (changes.empty()) return leave_out("reslice", reason);
        for (std::size_t i = 0, n = changes.size(); i < n; ++i) {
            changes.push_back({2 * fault_at_s, changes[i].queue, changes[i].slices - 1});
        }
        scenario& s = add("reslice", "one slice more in each queue, and back, under load",
                          "Each queue gets one slice more, and later its old number again, while "
                          "everything runs.",
                          {"conservation.lost = 0", "conservation.orphaned = 0",
                           "conservation.queued = 0", "conservation.duplicated = 0"});
        s.deployment.changes = std::move(changes);
    }

    void full_watch() {
        if (!site_.watches) {
            return leave_out("full-watch",
                             "no runner watches its queue; one of a spool that is watching<...> "
                             "does");
        }
        scenario& s = add("full-watch", "a kernel that holds one new name for each runner",
                          "The kernel holds one name for each runner that watches its queue, and "
                          "drops the others. A runner that is told so lists its queue.",
                          {"conservation.lost = 0", "conservation.queued = 0"});
        s.storage.watch_queue = 1;
        s.stream.series_share = 0.5;
        s.stream.series_length = 8;
        s.stream.series_gap_s = 0.01;
    }

    const built_site& site_;
    own_scenarios made_;
};

}  // namespace

std::string own_scenario::text() const { return as_comment(explanation) + write_scenario(setting); }

const own_scenario* own_scenarios::find(std::string_view name) const {
    const auto at = std::find_if(all.begin(), all.end(),
                                 [&](const own_scenario& s) { return s.setting.name == name; });
    return at == all.end() ? nullptr : &*at;
}

std::optional<error> own_scenarios::refusal(std::string_view name) const {
    const auto at = std::find_if(left_out.begin(), left_out.end(),
                                 [&](const left_out_scenario& s) { return s.name == name; });
    if (at == left_out.end()) return std::nullopt;
    return error{error_code::rejected, at->name, "not for this site: " + at->reason};
}

own_scenarios scenarios_for(const built_site& site) { return maker(site).make(); }

}  // namespace qslice::sim
