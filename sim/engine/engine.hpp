/// @file
/// The discrete-event engine: virtual time, callbacks and processes with their own stacks.
/// Everything simulated runs on it; it knows nothing about queues, files or machines.
///
/// @code
/// engine e;
/// e.spawn("customer", [&] {
///     e.sleep_for(5ms);                                  // virtual time passes, nothing waits
///     e.schedule_in(1s, [&] { log("a second later"); });
/// });
/// e.run();                                               // until nothing is pending
/// @endcode
#pragma once

#include "sim/engine/action.hpp"
#include "sim/engine/context.hpp"
#include "sim/engine/pending_events.hpp"
#include "sim/engine/stack_pool.hpp"
#include "sim/record/virtual_time.hpp"

#include <qslice/core/caught.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

/// Identifies a process for the engine's lifetime; never reused.
struct process_id {
    std::uint64_t value = 0;  ///< 0: no process

    explicit operator bool() const noexcept { return value != 0; }
    friend auto operator<=>(const process_id&, const process_id&) = default;
};

/// Identifies a scheduled callback, to cancel it.
struct event_handle {
    std::uint64_t order = 0;  ///< 0: no event
};

/// Thrown at the suspension point of a process that is killed, to unwind its stack.
///
/// Not a std::exception, so that handlers for those do not catch it; the library passes it on.
/// Other code that catches everything gets it again at its next suspension point.
struct process_killed : ends_process {};

/// How a process ended.
enum class end_reason { ended, killed, threw };

/// The end of a process.
struct process_end {
    process_id id;
    end_reason reason = end_reason::ended;
    std::exception_ptr exception;  ///< the exception that it threw
};

/// A pending event as seen by a schedule search.
struct enabled_event {
    virtual_time time;
    std::uint64_t order;  ///< the engine's order among equal times
    process_id process;   ///< the process to resume; none for a callback
    bool loose = false;   ///< see engine::schedule_loosely_in()
};

/// Which pending events a schedule search may choose among.
enum class choose_among {
    equal_times,  ///< those that are due first, all at the same time
    all,  ///< all: events that are passed over happen late. Each gets its own time, at least a
          ///< nanosecond after the previous one, so that their order is visible
};

/// @returns the index of the next event in the argument, which is in the engine's order
using event_chooser = std::function<std::size_t(std::span<const enabled_event>)>;

/// The options of an engine.
struct engine_settings {
    virtual_time start{};
    stack_settings stacks{};
    /// 0: equal times happen in the order in which they were scheduled. Any other value: in a
    /// random order determined by this seed.
    std::uint64_t tie_seed = 0;
};

/// Runs callbacks and processes in the order of their virtual times.
///
/// The order depends only on what is scheduled and on the tie seed. Processes are plain functions:
/// when one suspends itself, at any call depth, time passes and others run. A process must not
/// outlive the objects that it refers to: destroy the engine first.
/// @safety an engine may be used by one thread only; different engines may be used by different
/// threads concurrently
class engine {
public:
    explicit engine(engine_settings settings = {});
    engine(const engine&) = delete;
    engine& operator=(const engine&) = delete;
    /// Kills the remaining processes in the order of their ids.
    ~engine();

    [[nodiscard]] virtual_time now() const noexcept { return now_; }

    /// Runs until nothing is pending or stop() is called.
    ///
    /// It throws what a callback throws, or a process that nobody joins or watches; it may be
    /// called again afterwards.
    /// @returns the number of events executed in this call
    std::uint64_t run() { return run_until(never); }

    /// The same up to and including time `limit`, which is the current time afterwards.
    std::uint64_t run_until(virtual_time limit);

    /// Ends run() after the current event.
    void stop() noexcept { stopped_ = true; }

    /// Calls f() at time t, or now if t is in the past.
    /// @complexity that of pending_events::push; closures of up to 32 bytes need no memory
    template <class F>
    event_handle schedule_at(virtual_time t, F&& f) {
        const std::uint32_t index = take_slot();
        event_slot& s = slot_at(index);
        s.work.emplace(std::forward<F>(f));
        arm(s, index, t);
        return {s.armed};
    }
    template <class F>
    event_handle schedule_in(duration d, F&& f) {
        return schedule_at(add(now_, d), std::forward<F>(f));
    }

    /// The same for an event that may as well happen at any other time, earlier or later: where a
    /// schedule search chooses among all events, it may take it whenever it likes.
    template <class F>
    event_handle schedule_loosely_in(duration d, F&& f) {
        const event_handle handle = schedule_in(d, std::forward<F>(f));
        note_loose(handle);
        return handle;
    }

    /// @returns whether the event was still pending
    /// @complexity amortized O(log n)
    bool cancel(event_handle handle);

    /// Starts a process, which first runs at the current time, after the events already pending for
    /// that time.
    template <class F>
    process_id spawn(std::string name, F&& body) {
        return start_process(std::move(name), action(std::forward<F>(body)));
    }

    /// From inside a process: lets time pass.
    /// @returns false if wake() ended the sleep early
    bool sleep_until(virtual_time t);
    bool sleep_for(duration d) { return sleep_until(add(now_, d)); }

    /// From inside a process: waits for wake().
    void suspend();

    /// Resumes a suspended or sleeping process at the current time.
    /// @returns false if it is neither, or has ended
    bool wake(process_id id);

    /// Ends a process at once: its stack is unwound before this returns, and no time passes. A
    /// process that kills itself ends by an exception.
    /// @returns false if it has already ended
    bool kill(process_id id);

    /// From inside a process: waits for another process to end.
    process_end join(process_id id);

    /// Calls hook(end) when the process has ended, as an event at that time. If it has already
    /// ended, calls it at once but without knowing how it ended; so call this before.
    void on_end(process_id id, std::function<void(const process_end&)> hook);

    /// The calling process, or none.
    [[nodiscard]] process_id current() const noexcept;
    /// Whether the calling process has been killed and is being unwound: it must not wait.
    [[nodiscard]] bool unwinding() const noexcept;
    /// Throws process_killed if the calling process has been killed and has caught the exception.
    void check_killed();

    [[nodiscard]] bool alive(process_id id) const noexcept { return find(id) != nullptr; }
    /// The name of a running process; empty if it has ended.
    [[nodiscard]] std::string_view name_of(process_id id) const noexcept;

    /// Lets `chooser` decide what happens next; an empty one restores the engine's order.
    void set_chooser(choose_among among, event_chooser chooser);

    [[nodiscard]] std::uint64_t events_happened() const noexcept { return happened_; }
    [[nodiscard]] std::size_t events_pending() const noexcept { return pending_.size() - stale_; }
    [[nodiscard]] std::size_t process_count() const noexcept { return processes_.size(); }

private:
    struct process;

    // Everything needed to resume a process; the rest is in its `process`.
    struct resumption {
        context at;
        std::uint32_t index = 0;  // of the slot
        bool started = false;
        bool killed = false;
    };

    // The action of a pending event. A process keeps one slot for its lifetime and is resumed by
    // it.
    struct alignas(64) event_slot {
        event_slot() noexcept : work() {}
        event_slot(const event_slot&) = delete;
        event_slot& operator=(const event_slot&) = delete;
        ~event_slot() {
            if (owner == nullptr) work.~action();
        }

        std::uint64_t armed = 0;   // the order of its key; 0: not pending
        process* owner = nullptr;  // none: a callback, or free
        union {
            action work;         // of a callback
            resumption resumed;  // of a process
        };
    };

    // An order consists of a sequence number and the index of a slot. Index 0 means no slot.
    static constexpr unsigned index_bits = 24;
    static constexpr std::uint64_t most_slots = std::uint64_t{1} << index_bits;
    static constexpr std::uint64_t most_events = std::uint64_t{1} << (64 - index_bits);
    static constexpr std::size_t chunk_bits = 10;
    static constexpr std::size_t chunk_size = std::size_t{1} << chunk_bits;

    static std::uint32_t index_of(std::uint64_t order) noexcept {
        return static_cast<std::uint32_t>(order & (most_slots - 1));
    }
    [[nodiscard]] event_slot& slot_at(std::uint32_t index) const noexcept {
        return chunks_[index >> chunk_bits][index & (chunk_size - 1)];
    }

    std::uint32_t take_slot() {
        if (free_slots_.empty()) add_slots();
        const std::uint32_t index = free_slots_.back();
        free_slots_.pop_back();
        return index;
    }
    void give_back_slot(std::uint32_t index) noexcept { free_slots_.push_back(index); }

    void arm(event_slot& s, std::uint32_t index, virtual_time t);
    void disarm(event_slot& s);

    void note_loose(event_handle handle);
    [[noreturn]] static void too_many_events();
    [[nodiscard]] std::uint64_t shuffled(std::uint64_t sequence) const noexcept;
    void add_slots();
    void remove_stale();

    // The slot of the event that is due, if any.
    struct due_event {
        event_slot* slot;
        std::int64_t time_ns;
    };
    due_event first_due();
    due_event choose_next();
    void begin(due_event due) noexcept;
    void fetch_ahead();
    void run_callback(event_slot& s, std::uint32_t index);
    void run_process(event_slot& s);

    process_id start_process(std::string name, action body);
    [[nodiscard]] process* find(process_id id) const noexcept;
    event_slot& running_process(const char* call) const;
    void suspend(event_slot& self);
    void enter_thread() noexcept;
    static void process_main(void* argument);
    void end_process(process& p, end_reason reason, std::exception_ptr exception);
    void recycle_ended() noexcept;

    virtual_time now_;
    std::int64_t limit_ns_ = 0;
    std::uint64_t next_sequence_ = 1;
    std::uint64_t tie_seed_;
    std::uint64_t happened_ = 0;
    std::size_t stale_ = 0;  // pending keys whose event was cancelled or moved
    pending_events pending_;
    std::vector<std::uint64_t> loose_;  // orders of events that may happen at any time
    std::vector<std::unique_ptr<event_slot[]>> chunks_;
    std::vector<std::uint32_t> free_slots_;

    event_slot* current_ = nullptr;  // of the running process
    exception_state* thread_ = nullptr;
    context main_;
    bool running_ = false;
    bool stopped_ = false;
    bool destroying_ = false;
    stack_pool stacks_;
    std::vector<std::unique_ptr<process>> processes_;
    process* ended_ = nullptr;    // its stack has been left for the last time
    std::exception_ptr failure_;  // exception to be thrown by run()
    choose_among choose_among_ = choose_among::equal_times;
    event_chooser chooser_;
};

}  // namespace qslice::sim
