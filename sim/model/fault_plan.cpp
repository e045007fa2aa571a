#include "sim/model/fault_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace qslice::sim {

namespace {

// "OutgoingRunner" and "OutgoingRunner:1:3" name the process "OutgoingRunner:1:3".
bool names(std::string_view wanted, std::string_view process) {
    if (wanted.empty()) return process.find(':') != std::string_view::npos;
    return process == wanted || (process.starts_with(wanted) && process[wanted.size()] == ':');
}

}  // namespace

fault_plan::fault_plan(const std::vector<fault>& faults, std::uint64_t seed, run_record& record,
                       fault_targets& targets, engine& e)
    : record_(record), targets_(targets), engine_(e) {
    states_.reserve(faults.size());
    for (std::size_t i = 0; i < faults.size(); ++i) {
        states_.push_back({faults[i], {}, never, 0, random_stream(seed, "fault", i)});
        if (at_calls(faults[i])) at_calls_.push_back(&states_.back());
    }
}

void fault_plan::note(const state& s, std::string_view machine_name, std::string_view process_name,
                      std::string what) {
    record_.faults.push_back(
        {engine_.now(), std::string(machine_name), std::string(process_name), std::move(what),
         s.what.what, static_cast<std::uint32_t>(&s - states_.data()), std::nullopt, false});
}

void fault_plan::start(virtual_time start) {
    for (state& s : states_) {
        s.from = add(start, to_duration(s.what.at_s));
        if (s.what.until_s > 0) s.until = add(start, to_duration(s.what.until_s));
        if (at_calls(s.what) || s.what.what == fault::kind::fail_calls) continue;
        last_timed_ = std::max(last_timed_, s.from);
        engine_.schedule_at(s.from, [this, &s] { strike(s); });
        if (s.until != never) engine_.schedule_at(s.until, [this, &s] { lift(s); });
    }
}

void fault_plan::strike(state& s) {
    const fault& f = s.what;
    switch (f.what) {
        case fault::kind::crash_process:
            note(s, f.machine, f.process, "crash of the process");
            targets_.crash_processes(f.machine, f.process);
            return;
        case fault::kind::crash_machine:
            for (machine* m : targets_.machines_named(f.machine)) {
                note(s, m->name(), "", fmt::format("loss of power, down for {} s", f.down_s));
                targets_.crash_machine(*m, f.down_s);
            }
            return;
        case fault::kind::power_loss:
            note(s, "", "", fmt::format("loss of power everywhere, down for {} s", f.down_s));
            targets_.lose_power(f.down_s);
            return;
        case fault::kind::slow_machine:
            for (machine* m : targets_.machines_named(f.machine)) {
                note(s, m->name(), "", fmt::format("{} times as slow", f.amount));
                m->set_slowness(f.amount);
            }
            return;
        case fault::kind::clock_step:
            for (machine* m : targets_.machines_named(f.machine)) {
                note(s, m->name(), "", fmt::format("clock set by {:+} s", f.amount));
                m->clock().step(to_duration(f.amount));
            }
            return;
        case fault::kind::clock_drift:
            for (machine* m : targets_.machines_named(f.machine)) {
                note(s, m->name(), "", fmt::format("clock gains {} s in a second", f.amount));
                m->clock().set_drift(f.amount, engine_.now());
            }
            return;
        case fault::kind::storage_stall:
            note(s, "", "", "storage makes no progress");
            targets_.disk().stall_until(s.until);
            return;
        case fault::kind::disk_full:
            note(s, "", "", "the disk is full");
            targets_.disk().set_capacity(targets_.disk().used_bytes());
            return;
        case fault::kind::foreign_files:
            note(s, "", "", fmt::format("{} foreign files in {}/", f.files, f.queue));
            targets_.put_foreign_files(f.queue, f.files);
            return;
        case fault::kind::crafted_entry:
            note(s, "", "", fmt::format("an entry with the hash {} in {}/", f.hash, f.queue));
            targets_.put_crafted_entry(f.queue, f.hash);
            return;
        case fault::kind::delivery_outage:
            note(s, "", "", "the mail server does not answer");
            targets_.server().down_until = s.until;
            return;
        case fault::kind::fail_calls: return;
    }
}

void fault_plan::lift(state& s) {
    switch (s.what.what) {
        case fault::kind::slow_machine:
            for (machine* m : targets_.machines_named(s.what.machine)) m->set_slowness(1);
            return;
        case fault::kind::clock_drift:
            for (machine* m : targets_.machines_named(s.what.machine)) {
                m->clock().set_drift(0, engine_.now());
            }
            return;
        case fault::kind::disk_full:
            targets_.disk().set_capacity(std::numeric_limits<std::uint64_t>::max());
            return;
        default: return;  // the others end by themselves
    }
}

injected_fault fault_plan::at_call(const world_call& call, bool after) {
    injected_fault struck;
    for (state* s : at_calls_) {
        const fault& f = s->what;
        if (engine_.now() < s->from || engine_.now() >= s->until) continue;
        if (!f.machine.empty() && f.machine != call.machine_name) continue;
        if (!names(f.process, call.process_name)) continue;
        if (f.call && *f.call != call.kind) continue;
        const bool is_free = struck.what == injected_fault::kind::nothing;
        if (f.probability > 0) {
            if (!is_free) continue;
            // One draw decides for both sides of the call, and on which side it strikes.
            if (s->draws.uniform() >= f.probability / 2) continue;
        } else {
            // Power fails as an event of its own, so only once the call has had its effect.
            if ((f.after_call || f.what == fault::kind::power_loss) != after) continue;
            ++s->seen;
            if (f.count != 0 && s->seen != f.count) continue;
        }
        // A call suffers one fault; the others count it nevertheless.
        if (is_free) struck = apply(*s, call, after);
    }
    return struck;
}

injected_fault fault_plan::apply(state& s, const world_call& call, bool after) {
    const std::size_t noted = record_.faults.size();
    const injected_fault struck = suffer(s, call, after);
    if (record_.faults.size() > noted) {
        record_.faults[noted].call = call.kind;
        record_.faults[noted].after_call = after;
    }
    return struck;
}

injected_fault fault_plan::suffer(state& s, const world_call& call, bool after) {
    const auto where =
        fmt::format("right {} {} {}{}{}", after ? "after" : "before", to_string(call.kind),
                    call.path, call.target.empty() ? "" : " to ", call.target);
    switch (s.what.what) {
        case fault::kind::crash_process:
            note(s, call.machine_name, call.process_name, "crash of the process " + where);
            return {injected_fault::kind::crash_process, {}};
        case fault::kind::crash_machine:
            note(s, call.machine_name, call.process_name, "loss of power " + where);
            targets_.boot_later(call.machine_name, s.what.down_s);
            return {injected_fault::kind::crash_machine, {}};
        case fault::kind::fail_calls:
            if (after) return {};
            note(s, call.machine_name, call.process_name, "failure of the call, " + where);
            return {injected_fault::kind::fail, s.what.code};
        case fault::kind::power_loss:
            if (!after) return {};
            note(s, call.machine_name, call.process_name, "loss of power everywhere, " + where);
            engine_.schedule_in(duration::zero(),
                                [this, down_s = s.what.down_s] { targets_.lose_power(down_s); });
            return {};
        default: return {};
    }
}

}  // namespace qslice::sim
