/// @file
/// A simulated machine: its clock, storage, speed and processes. Processes are started here and get
/// a sim_world; a crash ends all of them at once.
#pragma once

#include "sim/engine/choices.hpp"
#include "sim/engine/engine.hpp"
#include "sim/world/idle_look.hpp"
#include "sim/world/machine_clock.hpp"
#include "sim/world/storage.hpp"
#include "sim/world/storage_call.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace qslice::sim {

class machine;
class sim_world;

/// The options of a machine.
struct machine_settings {
    std::string name = "machine";
    clock_settings clock{};
    latency_model latency = latency_model::disk();
    double slowness = 1;  ///< factor by which its storage calls are slower
    /// What sleeps are rounded up to, and the clock that nobody sets is rounded down to; 0: exact.
    duration grain{};
    /// How many names a process's watch remembers until it collects them; of more it learns only
    /// that some are missing. Linux: fs.inotify.max_queued_events. 0: nothing can be watched.
    std::uint64_t watch_queue = 16'384;
    world_observer* observer = nullptr;  ///< observes its processes' calls and logs; may be null
    std::uint64_t seed = 0;              ///< of latencies and of the state after crashes
    choice_source* crash_choices =
        nullptr;  ///< decides the state after crashes; null: random by `seed`
};

namespace detail {

/// A process's latest look at a directory.
struct last_look {
    inode_ptr at;               ///< null: none
    std::uint64_t version = 0;  ///< of its names
    std::uint64_t call = 0;     ///< which of the process's calls it was
    duration after{};           ///< how long the result took, beyond the call's own duration
};

/// The state shared by the copies of one process's world.
struct process_state {
    /// How long its next call takes.
    duration call_duration(call_kind kind, std::size_t bytes);

    machine* on = nullptr;
    std::string name;
    process_id id;
    random_stream latencies;
    std::uint64_t calls = 0;
    bool stop = false;
    bool sleeping = false;
    virtual_time paused_until = virtual_time::min();  ///< it stands still until then
    bool stands = false;                              ///< it does so now

    // What idle_look needs to know.
    bool repeats_looks = false;  ///< see sim_world::repeats_looks()
    bool asked = false;          ///< for the time, or to log, since its last sleep
    duration slept{};            ///< the length of its last sleep
    std::uint64_t calls_at_sleep = 0;
    last_look looked{};
    std::optional<duration> rest_of_look{};  ///< what its next call takes: a look that had begun
};

}  // namespace detail

/// A machine. It must not outlive its engine and its storage, and must not be moved.
/// @safety for use by one engine
class machine {
public:
    machine(engine& e, storage& files, machine_settings settings);
    machine(const machine&) = delete;
    machine& operator=(const machine&) = delete;
    /// Kills its processes; the storage keeps what they wrote.
    ~machine();

    /// Starts a process that calls body(sim_world).
    /// @returns no process if the machine is down
    template <class Body>
    process_id run(std::string process_name, Body&& body);

    /// A world for code outside all processes, for setup and inspection: its calls take no time,
    /// cannot crash and are durable.
    sim_world outside(std::string name = "setup");

    /// Asks a process, or all of them, to stop: wakes it from sleep_for().
    void request_stop(process_id id);
    void request_stop();

    /// Stops a process as SIGSTOP does, until that time: it goes on where it was.
    /// @param until  `never`: until resume()
    void pause(process_id id, virtual_time until);
    /// As SIGCONT does.
    void resume(process_id id);

    /// No storage call of its processes makes progress until that time: a file server that cannot
    /// be reached, mounted hard.
    void cut_off_until(virtual_time until) {
        interrupt_idle();
        cut_off_until_ = until;
    }
    [[nodiscard]] virtual_time cut_off_until() const noexcept { return cut_off_until_; }

    /// Sets the clock that nobody sets, by so much.
    void step_steady_clock(duration by) noexcept { steady_offset_ += by; }
    [[nodiscard]] duration grain() const noexcept { return settings_.grain; }
    [[nodiscard]] std::uint64_t watch_queue() const noexcept { return settings_.watch_queue; }
    [[nodiscard]] machine_number number() const noexcept { return number_; }

    /// Seconds by the clock that nobody sets.
    [[nodiscard]] double steady_s() const;

    /// Loses power: kills every process at once; what was not durable may be lost, as decided by
    /// `choices`, or by the machine's settings if null. If a process of this machine calls it, that
    /// process is unwound last. The machine is down until boot().
    void crash(choice_source& choices);
    void crash() {
        crash(settings_.crash_choices != nullptr ? *settings_.crash_choices : crash_choices_);
    }

    /// Lets it run processes again; it does not start any itself.
    void boot() noexcept { up_ = true; }
    [[nodiscard]] bool is_up() const noexcept { return up_; }

    [[nodiscard]] const std::string& name() const noexcept { return settings_.name; }
    [[nodiscard]] engine& simulation() const noexcept { return engine_; }
    [[nodiscard]] storage& files() const noexcept { return files_; }
    [[nodiscard]] machine_clock& clock() noexcept { return clock_; }
    [[nodiscard]] latency_model& latency() noexcept { return settings_.latency; }
    [[nodiscard]] world_observer* observer() const noexcept { return settings_.observer; }
    [[nodiscard]] double slowness() const noexcept { return settings_.slowness; }
    void set_slowness(double factor) {
        interrupt_idle();
        settings_.slowness = factor;
    }

    /// From now on its clock gains so many seconds per second.
    void set_clock_drift(double drift) {
        interrupt_idle();
        clock_.set_drift(drift, engine_.now());
    }

    /// Its processes that only repeat looks.
    [[nodiscard]] idle_looks& idle() noexcept { return idle_; }
    /// Lets them go on by themselves: to be called before something changes how long they sleep or
    /// look.
    void interrupt_idle();

    /// The caller's data for a storage call by this machine now, by a process or by none.
    [[nodiscard]] caller calling(bool from_process) const;

    /// Its running processes.
    [[nodiscard]] std::vector<process_id> processes() const;

private:
    std::shared_ptr<detail::process_state> new_state(std::string process_name);
    process_id remember(const std::shared_ptr<detail::process_state>& state, process_id id);

    engine& engine_;
    storage& files_;
    machine_settings settings_;
    machine_clock clock_;
    random_choices crash_choices_;
    machine_number number_;
    bool up_ = true;
    virtual_time cut_off_until_ = virtual_time::min();
    duration steady_offset_{};
    std::vector<std::weak_ptr<detail::process_state>> processes_;
    idle_looks idle_;
};

}  // namespace qslice::sim
