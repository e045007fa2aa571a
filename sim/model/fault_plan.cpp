#include "sim/model/fault_plan.hpp"

#include "sim/model/process_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace qslice::sim {

namespace {

/// "right after rename A to B", as in the record.
std::string moment_of(const world_call& call, bool after) {
    return fmt::format("right {} {} {}{}{}", after ? "after" : "before", to_string(call.kind),
                       call.path, call.target.empty() ? "" : " to ", call.target);
}

}  // namespace

fault_plan::fault_plan(site_context& site, outage& outages, intruder& intruders)
    : site_(site), outage_(outages), intruder_(intruders) {
    const auto& faults = site.setting.faults;
    states_.reserve(faults.size());
    for (std::size_t i = 0; i < faults.size(); ++i) {
        states_.push_back({faults[i], {}, never, 0, random_stream(site.setting.seed, "fault", i)});
        if (at_calls(faults[i])) at_calls_.push_back(&states_.back());
    }
}

void fault_plan::note(const state& s, std::string_view machine_name, std::string_view process_name,
                      std::string what) {
    site_.record.faults.push_back(
        {now(), std::string(machine_name), std::string(process_name), std::move(what), s.what.what,
         static_cast<std::uint32_t>(&s - states_.data()), std::nullopt, false});
}

const machine_choice& fault_plan::choice_of(const machine& m) const {
    const auto& all = site_.setting.machines;
    return *std::find_if(all.begin(), all.end(),
                         [&](const machine_choice& c) { return c.name == m.name(); });
}

void fault_plan::start() {
    for (state& s : states_) {
        s.from = site_.after_start(s.what.at_s);
        if (s.what.until_s > 0) s.until = site_.after_start(s.what.until_s);
        if (at_calls(s.what) || s.what.what == fault::kind::fail_calls) continue;
        last_timed_ = std::max(last_timed_, s.from);
        site_.simulation.schedule_at(s.from, [this, &s] { strike(s); });
        if (s.until != never) site_.simulation.schedule_at(s.until, [this, &s] { lift(s); });
    }
}

void fault_plan::strike(state& s) {
    const fault& f = s.what;
    switch (f.what) {
        case fault::kind::crash_process: {
            const std::size_t struck = outage_.crash_processes(f.machine, f.process);
            if (struck == 0) return;
            note(s, f.machine, f.process,
                 struck == 1 ? "crash of the process"
                             : fmt::format("crash of {} processes", struck));
            return;
        }
        case fault::kind::crash_machine:
            for (machine* m : site_.machines_named(f.machine)) {
                if (!outage_.crash_machine(*m, f.down_s)) continue;
                note(s, m->name(), "", fmt::format("power loss, down for {} s", f.down_s));
            }
            return;
        case fault::kind::power_loss:
            note(s, "", "", fmt::format("power loss everywhere, down for {} s", f.down_s));
            outage_.lose_power(f.down_s);
            return;
        case fault::kind::slow_machine:
            for (machine* m : site_.machines_named(f.machine)) {
                note(s, m->name(), "", fmt::format("slowed by a factor of {}", f.amount));
                m->set_slowness(f.amount * choice_of(*m).slowness);
            }
            return;
        case fault::kind::clock_step:
            for (machine* m : site_.machines_named(f.machine)) {
                note(s, m->name(), "", fmt::format("clock set by {:+} s", f.amount));
                m->clock().step(to_duration(f.amount));
            }
            return;
        case fault::kind::clock_drift:
            for (machine* m : site_.machines_named(f.machine)) {
                note(s, m->name(), "", fmt::format("clock gains {} s per second", f.amount));
                m->set_clock_drift(f.amount + choice_of(*m).clock.drift);
            }
            return;
        case fault::kind::storage_stall:
            note(s, "", "", "storage makes no progress");
            for (machine& m : site_.machines) m.interrupt_idle();
            site_.disk.stall_until(s.until);
            return;
        case fault::kind::disk_full:
            note(s, "", "", "the disk is full");
            site_.disk.set_capacity(site_.disk.used_bytes());
            return;
        case fault::kind::foreign_files:
            note(s, "", "", fmt::format("{} foreign files in {}/", f.files, f.queue));
            intruder_.put_foreign_files(f.queue, f.files);
            return;
        case fault::kind::crafted_entry:
            note(s, "", "", fmt::format("an entry with the hash {} in {}/", f.hash, f.queue));
            intruder_.put_crafted_entry(f.queue, f.hash);
            return;
        case fault::kind::delivery_outage:
            note(s, "", "", "the mail server does not answer");
            site_.server.down_until = s.until;
            return;
        case fault::kind::pause_process: {
            const std::size_t struck = outage_.pause_processes(f.machine, f.process, f.down_s);
            if (struck == 0) return;
            note(s, f.machine, f.process,
                 fmt::format("{} for {} s",
                             struck == 1 ? "pause of the process"
                                         : fmt::format("pause of {} processes", struck),
                             f.down_s));
            return;
        }
        case fault::kind::lease_clock_step:
            for (machine* m : site_.machines_named(f.machine)) {
                note(s, m->name(), "", fmt::format("lease clock set by {:+} s", f.amount));
                m->step_steady_clock(to_duration(f.amount));
            }
            return;
        case fault::kind::cut_off:
            for (machine* m : site_.machines_named(f.machine)) {
                note(s, m->name(), "", "storage cannot be reached");
                m->cut_off_until(s.until);
            }
            return;
        case fault::kind::fail_calls: return;
    }
}

void fault_plan::lift(state& s) {
    switch (s.what.what) {
        case fault::kind::slow_machine:
            for (machine* m : site_.machines_named(s.what.machine)) {
                m->set_slowness(choice_of(*m).slowness);
            }
            return;
        case fault::kind::clock_drift:
            for (machine* m : site_.machines_named(s.what.machine)) {
                m->set_clock_drift(choice_of(*m).clock.drift);
            }
            return;
        case fault::kind::disk_full:
            site_.disk.set_capacity(site_.setting.storage.capacity_bytes > 0
                                        ? site_.setting.storage.capacity_bytes
                                        : std::numeric_limits<std::uint64_t>::max());
            return;
        default: return;  // the others end without an action
    }
}

bool fault_plan::concerns(const fault& f, call_kind kind, std::string_view machine_name,
                          std::string_view process_name) {
    return (f.machine.empty() || f.machine == machine_name) &&
           selects_process(f.process, process_name) && (!f.call || *f.call == kind);
}

bool fault_plan::at_looks_of(std::string_view machine_name, std::string_view process_name) const {
    return std::any_of(at_calls_.begin(), at_calls_.end(), [&](const state* s) {
        return concerns(s->what, call_kind::list, machine_name, process_name);
    });
}

injected_fault fault_plan::at_call(const world_call& call, bool after) {
    injected_fault struck;
    for (state* s : at_calls_) {
        const fault& f = s->what;
        if (now() < s->from || now() >= s->until) continue;
        if (!concerns(f, call.kind, call.machine_name, call.process_name)) continue;
        const bool is_free = struck.what == injected_fault::kind::nothing;
        if (f.probability > 0) {
            if (!(after ? std::exchange(s->strikes_after, false) : strikes_before(*s))) continue;
        } else {
            // A power loss is a separate event, so it only happens after the call's effect.
            if ((f.after_call || f.what == fault::kind::power_loss) != after) continue;
            ++s->seen;
            if (f.count != 0 && s->seen != f.count) continue;
        }
        // A call gets at most one fault; the other faults count it nevertheless.
        if (is_free) struck = apply(*s, call, after);
    }
    return struck;
}

// One draw decides for a call whether its fault strikes, and on which side of the effect.
bool fault_plan::strikes_before(state& s) {
    const double drawn = s.draws.uniform();
    const bool strikes = drawn < s.what.probability;
    const bool only_before = s.what.what == fault::kind::fail_calls;
    const bool only_after = s.what.what == fault::kind::power_loss;
    const bool before = only_before || (!only_after && drawn < s.what.probability / 2);
    s.strikes_after = strikes && !before;
    return strikes && before;
}

injected_fault fault_plan::apply(state& s, const world_call& call, bool after) {
    const std::size_t noted = site_.record.faults.size();
    const injected_fault struck = suffer(s, call, after);
    if (site_.record.faults.size() > noted) {
        site_.record.faults[noted].call = call.kind;
        site_.record.faults[noted].after_call = after;
    }
    return struck;
}

injected_fault fault_plan::suffer(state& s, const world_call& call, bool after) {
    const std::string where = moment_of(call, after);
    switch (s.what.what) {
        case fault::kind::crash_process:
            note(s, call.machine_name, call.process_name, "crash of the process " + where);
            return {injected_fault::kind::crash_process, {}};
        case fault::kind::crash_machine:
            note(s, call.machine_name, call.process_name, "power loss " + where);
            outage_.boot_later(call.machine_name, s.what.down_s);
            return {injected_fault::kind::crash_machine, {}};
        case fault::kind::pause_process:
            note(s, call.machine_name, call.process_name,
                 fmt::format("pause of the process for {} s {}", s.what.down_s, where));
            outage_.pause_process(call.machine_name, call.process, s.what.down_s);
            return {};
        case fault::kind::fail_calls:
            if (after) return {};
            note(s, call.machine_name, call.process_name, "failure of the call, " + where);
            return {injected_fault::kind::fail, s.what.code};
        case fault::kind::power_loss:
            if (!after) return {};
            note(s, call.machine_name, call.process_name, "power loss everywhere, " + where);
            site_.simulation.schedule_in(
                duration::zero(), [this, down_s = s.what.down_s] { outage_.lose_power(down_s); });
            return {};
        default: return {};
    }
}

injected_fault fault_plan::strike_for_search(const injected_fault& struck, const world_call& call,
                                             bool after) {
    const auto strike_as = [&](fault::kind kind, std::string_view what) {
        site_.record.faults.push_back(
            {now(), std::string(call.machine_name), std::string(call.process_name),
             fmt::format("{} {}", what, moment_of(call, after)), kind, none, call.kind, after});
    };
    switch (struck.what) {
        case injected_fault::kind::nothing: break;
        case injected_fault::kind::fail: strike_as(fault::kind::fail_calls, "failure"); break;
        case injected_fault::kind::crash_process:
            strike_as(fault::kind::crash_process, "crash of the process");
            break;
        case injected_fault::kind::crash_machine:
            strike_as(fault::kind::crash_machine, "power loss");
            outage_.boot_later(call.machine_name, down_after_search_s);
            break;
        case injected_fault::kind::pause_process:
            strike_as(fault::kind::pause_process, "pause of the process");
            outage_.pause_loosely(call.machine_name, call.process);
            return {};
        case injected_fault::kind::lose_power:
            strike_as(fault::kind::power_loss, "power loss everywhere");
            site_.simulation.schedule_in(duration::zero(),
                                         [this] { outage_.lose_power(down_after_search_s); });
            // Before the call: its process waits for its end.
            while (!after && !site_.simulation.unwinding()) site_.simulation.suspend();
            return {};
    }
    return struck;
}

}  // namespace qslice::sim
