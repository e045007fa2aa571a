/// @file
/// Shared by the tests of the simulated world: an engine with a disk and a machine, and
/// an observer that crashes or fails a chosen call.
#pragma once

#include "sim/world/file_system.hpp"
#include "sim/world/sim_world.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

/// Lets a test observe every call and inject a fault.
struct call_recorder final : world_observer {
    std::function<injected_fault(const world_call&)> before;
    std::function<injected_fault(const world_call&)> after;
    std::vector<std::string> calls;
    std::vector<std::string> lines;

    injected_fault before_call(const world_call& c) override {
        calls.push_back(std::string(to_string(c.kind)) + ' ' + std::string(c.path));
        return before ? before(c) : injected_fault{};
    }
    injected_fault after_call(const world_call& c) override {
        return after ? after(c) : injected_fault{};
    }
    void log(const log_line& l) override {
        lines.push_back(std::string(l.machine_name) + ' ' + std::string(l.process_name) + ' ' +
                        std::string(l.log) + ": " + std::string(l.line));
    }
};

inline constexpr virtual_time mission_day = to_virtual_time(1400972196);

/// One machine with its own disk, with calls that take no time unless a test says otherwise.
struct simulated_site {
    explicit simulated_site(machine_settings settings = quick(), file_system_settings files = {})
        : disk(files), host(e, disk, with(std::move(settings), observer)) {}

    static machine_settings quick() {
        machine_settings s;
        s.name = "mx1";
        s.latency = {};
        return s;
    }

    engine e{{.start = mission_day}};
    file_system disk;
    call_recorder observer;
    machine host;

private:
    static machine_settings with(machine_settings s, call_recorder& observer) {
        s.observer = &observer;
        return s;
    }
};

using tree = std::map<std::string, std::string>;

}  // namespace qslice::sim
