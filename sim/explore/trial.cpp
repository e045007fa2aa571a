#include "sim/explore/trial.hpp"

#include "sim/check/conservation.hpp"
#include "sim/check/fifo.hpp"
#include "sim/check/guarantees.hpp"
#include "sim/check/run_index.hpp"
#include "sim/stream/make_stream.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>

namespace qslice::sim {

namespace {

/// A storage call, with its index among those of its kind and process.
struct numbered_call {
    virtual_time time{};
    std::string machine;
    std::string process;
    call_kind kind{};
    bool after = false;
    std::uint64_t count = 0;
};

/// Numbers all storage calls the way faults count them.
class call_numbers final : public world_observer {
public:
    injected_fault before_call(const world_call& call) override { return number(call, false); }
    injected_fault after_call(const world_call& call) override { return number(call, true); }

    void set_clock(const engine& e) { engine_ = &e; }

    [[nodiscard]] const std::vector<numbered_call>& calls() const { return calls_; }

private:
    injected_fault number(const world_call& call, bool after) {
        numbered_call n{engine_->now(),
                        std::string(call.machine_name),
                        std::string(call.process_name),
                        call.kind,
                        after,
                        0};
        n.count = ++counts_[{n.machine, n.process, n.kind, after}];
        calls_.push_back(std::move(n));
        return {};
    }

    const engine* engine_ = nullptr;
    std::map<std::tuple<std::string, std::string, call_kind, bool>, std::uint64_t> counts_;
    std::vector<numbered_call> calls_;
};

}  // namespace

result<trial> play(const scenario& setting, const simulation_hooks& hooks) {
    auto stream = make_stream(setting.stream, setting.seed);
    if (!stream) return failure(stream.error());
    auto record = simulate(setting, *std::move(stream), hooks);
    if (!record) return failure(record.error());
    trial t{*std::move(record), {}};
    t.guarantees = check(t.record);
    return t;
}

std::vector<guarantee_result> check(const run_record& record) {
    const run_index index(record);
    run_results results;
    results.conservation = check_conservation(index);
    results.fifo = check_fifo(index);
    return check_guarantees(index, results);
}

std::optional<guarantee_result> broken_by(const scenario& setting, const search_goal& goal) {
    const auto played = play(setting);
    if (!played) return std::nullopt;
    return find_broken(played->record, played->guarantees, goal);
}

requirement to_require(const guarantee_result& broken) {
    const std::string measure = "guarantee." + broken.name;
    return {measure, requirement::relation::equal, 1, measure + " = 1"};
}

std::uint64_t crashes_in(const run_record& record) {
    return static_cast<std::uint64_t>(
        std::count_if(record.faults.begin(), record.faults.end(),
                      [](const fault_record& f) { return causes(f.kind, fault_effect::crash); }));
}

result<scenario> with_named_faults(const scenario& setting) {
    scenario named = setting;
    const auto at_random = [](const fault& f) { return f.probability > 0; };
    if (std::none_of(setting.faults.begin(), setting.faults.end(), at_random)) return named;
    call_numbers numbers;
    simulation_hooks hooks;
    hooks.observer = &numbers;
    hooks.on_start = [&](const simulation_view& view) { numbers.set_clock(view.simulation); };
    const auto played = play(setting, hooks);
    if (!played) return failure(played.error());

    std::erase_if(named.faults, at_random);
    for (const fault_record& struck : played->record.faults) {
        if (struck.index == none || !at_random(setting.faults[struck.index])) continue;
        const auto& calls = numbers.calls();
        const auto at = std::find_if(calls.rbegin(), calls.rend(), [&](const numbered_call& c) {
            return c.time == struck.time && c.machine == struck.machine &&
                   c.process == struck.process && c.kind == struck.call &&
                   c.after == struck.after_call;
        });
        if (at == calls.rend()) continue;
        fault f = setting.faults[struck.index];
        f.machine = at->machine;
        f.process = at->process;
        f.at_s = f.until_s = 0;
        f.call = at->kind;
        f.count = at->count;
        f.after_call = at->after;
        f.probability = 0;
        named.faults.push_back(std::move(f));
    }
    return named;
}

}  // namespace qslice::sim
