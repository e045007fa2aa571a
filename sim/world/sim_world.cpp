#include "sim/world/sim_world.hpp"

#include <qslice/world/detail/link_and_remove.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace qslice::sim {

void sim_file::release() noexcept {
    if (!owner_ || !file_.node) return;
    machine& m = *owner_->on;
    caller by = m.calling(static_cast<bool>(m.simulation().current()));
    if (m.is_up()) {
        (void)m.files().close(by, file_);
    } else {
        m.files().drop(file_);
    }
}

timestamp sim_world::now() const {
    state_->asked = true;
    return state_->on->clock().show(state_->on->simulation().now());
}

double sim_world::steady_s() const {
    state_->asked = true;
    return state_->on->steady_s();
}

void sim_world::sleep_for(double seconds) {
    engine& e = state_->on->simulation();
    e.check_killed();
    if (seconds < 0 || state_->stop || e.unwinding()) return;
    duration d = state_->on->clock().true_length(to_duration(seconds));
    if (const duration grain = state_->on->grain();
        grain > duration::zero() && d % grain != duration::zero()) {
        d += grain - d % grain;
    }
    if (state_->on->observer() != nullptr) state_->on->observer()->going_to_sleep(state_->id);
    {
        state_->sleeping = true;
        struct awake {
            bool& sleeping;
            ~awake() { sleeping = false; }
        } guard{state_->sleeping};
        if (idle_look::fits(*state_, d)) {
            idle_look(*state_, d).wait();
        } else {
            e.sleep_for(d);
        }
    }
    stand_still();
    state_->slept = d;
    state_->calls_at_sleep = state_->calls;
    state_->asked = false;
}

void sim_world::request_stop() {
    state_->stop = true;
    if (state_->sleeping) state_->on->simulation().wake(state_->id);
}

world_call sim_world::describe(const call& c) const {
    return {state_->id, state_->name, state_->on->name(), c.kind,   c.path,
            c.target,   c.bytes,      state_->calls,      c.failed, c.took_effect};
}

duration sim_world::slowed(duration d) const {
    return duration(std::llround(static_cast<double>(d.count()) * state_->on->slowness()));
}

void sim_world::pass(duration d) {
    engine& e = state_->on->simulation();
    const virtual_time due = add(e.now(), d);
    while (e.now() < due && !e.unwinding()) e.sleep_until(due);
}

// A process that is paused goes on when it is no longer, whatever it was about to do.
void sim_world::stand_still() {
    engine& e = state_->on->simulation();
    state_->stands = true;
    while (e.now() < state_->paused_until && !e.unwinding()) {
        if (state_->paused_until == never) {
            e.suspend();
        } else {
            e.sleep_until(state_->paused_until);
        }
    }
    state_->stands = false;
}

// The result of every call by a killed process while it unwinds.
std::optional<failure> sim_world::suffer(const injected_fault& fault, const call& c) {
    engine& e = state_->on->simulation();
    switch (fault.what) {
        case injected_fault::kind::nothing:
        case injected_fault::kind::pause_process:
        case injected_fault::kind::lose_power: return std::nullopt;
        case injected_fault::kind::fail:
            return failure(fault.code, c.path,
                           std::string(to_string(c.kind)) + ": failure injected by the simulation");
        case injected_fault::kind::crash_process: e.kill(e.current()); break;
        case injected_fault::kind::crash_machine: state_->on->crash(); break;
    }
    return failure(error_code::stopped, c.path, "the process has been killed");
}

std::optional<failure> sim_world::begin(call& c) {
    machine& m = *state_->on;
    engine& e = m.simulation();
    e.check_killed();
    if (e.unwinding()) return failure(error_code::stopped, c.path, "the process has been killed");
    c.in_process = static_cast<bool>(e.current());
    if (!c.in_process) return std::nullopt;

    ++state_->calls;
    if (m.observer() != nullptr) m.observer()->going_to(describe(c));
    const auto begun = std::exchange(state_->rest_of_look, std::nullopt);
    pass(begun ? *begun : state_->call_duration(c.kind, c.bytes.size()));
    while (!e.unwinding()) {
        stand_still();
        const virtual_time due = std::max(m.cut_off_until(), m.files().stalled_until());
        if (e.now() >= due) break;
        pass(due - e.now());
    }
    if (e.unwinding()) return failure(error_code::stopped, c.path, "the process has been killed");
    if (m.observer() == nullptr) return std::nullopt;
    auto fault = suffer(m.observer()->before_call(describe(c)), c);
    stand_still();
    return fault;
}

std::optional<failure> sim_world::end(call& c, const caller& by) {
    if (!c.in_process) return std::nullopt;
    machine& m = *state_->on;
    if (m.observer() != nullptr) {
        if (auto fault = suffer(m.observer()->after_call(describe(c)), c)) return fault;
    }
    stand_still();
    if (by.extra > duration::zero()) pass(slowed(by.extra));
    return std::nullopt;
}

result<sim_file> sim_world::open(const std::string& path, open_mode mode, permissions mode_bits) {
    return perform({call_kind::open, path}, [&](caller& by) -> result<sim_file> {
        auto opened = files().open(by, path, mode, mode_bits);
        if (!opened) return failure(opened.error());
        return sim_file(state_, *std::move(opened));
    });
}

result<std::string> sim_world::read(file& f) {
    return read_shared(f).transform(
        [](const shared_bytes& bytes) { return std::string(std::string_view(bytes)); });
}

result<shared_bytes> sim_world::read_shared(file& f) {
    return perform({call_kind::read, f.file_.path}, [&](caller& by) {
        auto content = files().read(by, f.file_);
        if (content) {
            by.extra += state_->on->latency().per_kibibyte *
                        static_cast<std::int64_t>(content->size()) / 1024;
        }
        return content;
    });
}

result<void> sim_world::rename_new(const std::string& from, const std::string& to) {
    if (!files().renames_new()) {
        return qslice::detail::link_and_remove(*this, from, to);
    }
    return perform({call_kind::rename, from, to},
                   [&](caller& by) { return files().rename_new(by, from, to); });
}

result<void> sim_world::list_names(const std::string& path, const name_visitor& visit) {
    return perform({call_kind::list, path}, [&](caller& by) {
        std::int64_t names = 0;
        storage& files = state_->on->files();
        auto listed = files.list(by, path, [&](std::string_view name) {
            ++names;
            visit(name);
        });
        by.extra += state_->on->latency().per_name * names;
        state_->looked = {listed ? files.directory_at(path) : inode_ptr(), 0, state_->calls,
                          slowed(by.extra)};
        if (state_->looked.at) state_->looked.version = state_->looked.at->names->version();
        return listed;
    });
}

result<sim_watch> sim_world::watch() {
    state_->on->simulation().check_killed();
    const std::uint64_t queue = state_->on->watch_queue();
    if (queue == 0) {
        return failure(error_code::rejected, state_->on->name(),
                       "nothing can be watched on this machine");
    }
    return sim_watch(state_, static_cast<std::size_t>(queue));
}

void sim_world::log(std::string_view log_name, std::string_view line) {
    machine& m = *state_->on;
    state_->asked = true;
    m.simulation().check_killed();
    if (m.simulation().unwinding() || m.observer() == nullptr) return;
    m.observer()->log({m.simulation().now(), state_->id, m.name(), state_->name, log_name, line});
}

}  // namespace qslice::sim
