/// @file
/// The simulated world of one process: virtual clock, simulated files, log. It satisfies the
/// world concept, so the library runs in it unchanged.
///
/// @code
/// engine e({.start = to_virtual_time(1400972196)});
/// file_system disk;
/// machine host(e, disk, {.name = "mx1"});
/// host.outside().make_directory("qfiles/in", directory_permissions);
/// host.run("IncomingRunner:0:3", [](sim_world w) {
///     auto file = w.open("qfiles/in/x", open_mode::truncate, entry_permissions);
///     w.write(*file, "bytes");                           // each call takes virtual time
///     w.sleep_for(1.0);                                  // so does this, and no other
/// });
/// e.run();
/// @endcode
#pragma once

#include "sim/world/machine.hpp"
#include "sim/world/sim_watch.hpp"

#include <qslice/world/world.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace qslice::sim {

/// An open file of a simulated process; its destructor closes it, which takes no time.
class sim_file {
public:
    sim_file(sim_file&& other) noexcept = default;
    sim_file& operator=(sim_file&& other) noexcept {
        std::swap(owner_, other.owner_);
        std::swap(file_, other.file_);
        return *this;
    }
    ~sim_file() { release(); }

private:
    friend class sim_world;
    sim_file(std::shared_ptr<detail::process_state> owner, open_file file)
        : owner_(std::move(owner)), file_(std::move(file)) {}
    void release() noexcept;

    std::shared_ptr<detail::process_state> owner_;
    open_file file_;
};

/// The clock, storage and log of one process on a machine.
///
/// Every storage call suspends the process for the call's latency and then takes effect atomically;
/// the process or its machine may crash right before the effect and right after it. In a process
/// that has been killed, calls made by destructors do nothing and return `stopped`.
/// @safety copies are handles to the same process
class sim_world {
public:
    using file = sim_file;

    [[nodiscard]] timestamp now() const;

    /// Seconds by a clock that is never set.
    [[nodiscard]] double steady_s() const;

    /// Sleeps this many seconds by the machine's clock, or less if a stop is requested.
    void sleep_for(double seconds);
    [[nodiscard]] bool stop_requested() const noexcept { return state_->stop; }
    /// Asks this process to stop; ends its sleep_for().
    void request_stop();

    result<file> open(const std::string& path, open_mode mode, permissions mode_bits);
    result<void> write(file& f, std::string_view bytes) {
        return perform({call_kind::write, f.file_.path, {}, bytes},
                       [&](caller& by) { return files().write(by, f.file_, bytes); });
    }
    result<std::string> read(file& f);
    /// The calls `write` and `read` without copies; see shares_bytes.
    result<void> write_owned(file& f, std::string&& bytes) {
        return perform({call_kind::write, f.file_.path, {}, bytes}, [&](caller& by) {
            return files().write_owned(by, f.file_, std::move(bytes));
        });
    }
    result<shared_bytes> read_shared(file& f);
    result<void> sync(file& f) {
        return perform({call_kind::sync, f.file_.path},
                       [&](caller& by) { return files().sync(by, f.file_); });
    }
    result<void> close(file& f) {
        return perform({call_kind::close, f.file_.path},
                       [&](caller& by) { return files().close(by, f.file_); });
    }

    result<void> rename(const std::string& from, const std::string& to) {
        return perform({call_kind::rename, from, to},
                       [&](caller& by) { return files().rename(by, from, to); });
    }
    /// By a link and a removal where the storage has no such call.
    result<void> rename_new(const std::string& from, const std::string& to);
    result<void> link(const std::string& from, const std::string& to) {
        return perform({call_kind::link, from, to},
                       [&](caller& by) { return files().link(by, from, to); });
    }
    result<void> remove(const std::string& path) {
        return perform({call_kind::remove, path},
                       [&](caller& by) { return files().remove(by, path); });
    }
    result<file_information> information(const std::string& path) {
        return perform({call_kind::information, path},
                       [&](caller& by) { return files().information(by, path); });
    }
    result<void> make_directory(const std::string& path, permissions mode_bits) {
        return perform({call_kind::make_directory, path},
                       [&](caller& by) { return files().make_directory(by, path, mode_bits); });
    }
    result<void> sync_directory(const std::string& path) {
        return perform({call_kind::sync_directory, path},
                       [&](caller& by) { return files().sync_directory(by, path); });
    }

    /// Calls visit(std::string_view) for each name of a directory, in its order.
    template <class Visit>
    result<void> list(const std::string& path, Visit&& visit) {
        return list_names(path, std::ref(visit));
    }

    /// A watch; see watching_world. It reports what processes of this machine do, as inotify does:
    /// on a file system that machines share, not what the others do.
    /// @returns `rejected` on a machine whose watches have no queue
    result<sim_watch> watch();

    void log(std::string_view log_name, std::string_view line);

    /// Returns once the process is not paused: for what passes time in other ways than this world.
    void stand_still();

    /// Promises that a look which finds what the last one found makes the process sleep again, and
    /// do nothing else; so its looks at an unchanged directory need not be played one by one.
    void repeats_looks() { state_->repeats_looks = true; }

    [[nodiscard]] machine& on() const noexcept { return *state_->on; }
    [[nodiscard]] const std::string& process_name() const noexcept { return state_->name; }

private:
    friend class machine;
    friend class sim_watch;
    explicit sim_world(std::shared_ptr<detail::process_state> state) : state_(std::move(state)) {}

    struct call {
        call_kind kind;
        const std::string& path;
        std::string_view target{};
        std::string_view bytes{};  // written
        bool in_process = false;
        bool failed = false;
        bool took_effect = false;
    };

    // A call: its time, its effect, and the faults right before and after the effect.
    template <class Effect>
    auto perform(call c, Effect&& effect) -> decltype(effect(std::declval<caller&>())) {
        if (auto refused = begin(c)) return *std::move(refused);
        caller by = state_->on->calling(c.in_process);
        auto outcome = effect(by);
        c.failed = !outcome;
        c.took_effect = outcome || by.took_effect;
        if (auto failed = end(c, by)) return *std::move(failed);
        return outcome;
    }
    [[nodiscard]] storage& files() const noexcept { return state_->on->files(); }
    std::optional<failure> begin(call& c);
    std::optional<failure> end(call& c, const caller& by);
    std::optional<failure> suffer(const injected_fault& fault, const call& c);
    [[nodiscard]] world_call describe(const call& c) const;
    void pass(duration d);
    [[nodiscard]] duration slowed(duration d) const;
    result<void> list_names(const std::string& path, const name_visitor& visit);

    std::shared_ptr<detail::process_state> state_;
};

static_assert(shares_bytes<sim_world>);

template <class Body>
process_id machine::run(std::string process_name, Body&& body) {
    if (!up_) return {};
    auto state = new_state(std::move(process_name));
    const process_id id = engine_.spawn(
        state->name,
        [b = std::forward<Body>(body), w = sim_world(state)]() mutable { b(std::move(w)); });
    return remember(state, id);
}

}  // namespace qslice::sim
