/// @file
/// Two machines that share a file server through NFS clients.
#pragma once

#include "sim/world/nfs_client.hpp"
#include "simulated_site.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace qslice::sim {

struct shared_directory {
    explicit shared_directory(nfs_settings settings = {}, file_system_settings files = {},
                              std::uint64_t watch_queue = machine_settings{}.watch_queue)
        : server(files),
          client_a(server, settings),
          client_b(server, settings),
          a(e, client_a, named("a", watch_queue)),
          b(e, client_b, named("b", watch_queue)) {}

    static machine_settings named(std::string name, std::uint64_t watch_queue) {
        machine_settings s = simulated_site::quick();
        s.name = std::move(name);
        s.watch_queue = watch_queue;
        return s;
    }

    /// Runs a function at that time of the simulation.
    void at(double at_s, machine& m, std::function<void(sim_world&)> body) {
        e.schedule_at(add(mission_day, to_duration(at_s)),
                      [&m, body] { m.run("p", [body](sim_world w) { body(w); }); });
    }

    engine e{{.start = mission_day}};
    file_system server;
    nfs_client client_a;
    nfs_client client_b;
    machine a;
    machine b;
};

}  // namespace qslice::sim
