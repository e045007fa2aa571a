#include "sim/engine/engine.hpp"

#include <algorithm>
#include <new>
#include <stdexcept>
#include <utility>

namespace qslice::sim {

struct engine::process {
    engine* owner = nullptr;
    process_id id;
    event_slot* slot = nullptr;
    std::size_t place = 0;         // in processes_
    bool over = false;             // the body has been left
    bool killing = false;          // waits for a process that it kills
    context* return_to = nullptr;  // of the killer
    action body;
    stack memory;
    std::string name;

    struct joiner {
        process_id id;
        process_end* end;
    };
    std::vector<joiner> joiners;
    std::vector<std::function<void(const process_end&)>> hooks;
};

engine::engine(engine_settings settings)
    : now_(settings.start), tie_seed_(settings.tie_seed), stacks_(settings.stacks) {}

engine::~engine() {
    destroying_ = true;
    while (!processes_.empty()) {
        const auto by_id = [](const auto& a, const auto& b) { return a->id < b->id; };
        kill((*std::min_element(processes_.begin(), processes_.end(), by_id))->id);
    }
}

// Events ------------------------------------------------------------------------------------

void engine::too_many_events() {
    throw std::length_error("engine: the limit of 2^40 scheduled events was reached");
}

// A bijection of the sequence numbers, so that they stay unique: each step (xor with a constant,
// multiplication by an odd number, xor with the number's upper half) is invertible.
std::uint64_t engine::shuffled(std::uint64_t sequence) const noexcept {
    constexpr unsigned bits = 64 - index_bits;
    constexpr std::uint64_t mask = most_events - 1;
    std::uint64_t x = sequence;
    for (const std::uint64_t key : {tie_seed_, tie_seed_ >> 24}) {
        x ^= key & mask;
        x = x * 0x9e3779b97f4a7c15 & mask;
        x ^= x >> (bits / 2);
        x = x * 0xbf58476d1ce4e5b9 & mask;
        x ^= x >> (bits / 2);
    }
    return x;
}

void engine::add_slots() {
    const std::size_t from = chunks_.size() << chunk_bits;
    if (from == most_slots) {
        throw std::length_error(
            "engine: the limit of 2^24 pending events and processes was reached");
    }
    chunks_.push_back(std::make_unique<event_slot[]>(chunk_size));
    free_slots_.reserve(from + chunk_size);
    for (std::size_t i = chunk_size; i-- > 0;) {
        if (from + i != 0) free_slots_.push_back(static_cast<std::uint32_t>(from + i));
    }
}

void engine::arm(event_slot& s, std::uint32_t index, virtual_time t) {
    if (next_sequence_ == most_events) too_many_events();
    const std::uint64_t sequence = next_sequence_++;
    s.armed = (tie_seed_ == 0 ? sequence : shuffled(sequence)) << index_bits | index;
    pending_.push({std::max(t, now_).time_since_epoch().count(), s.armed});
}

void engine::disarm(event_slot& s) {
    if (s.armed == 0) return;
    s.armed = 0;
    ++stale_;
    constexpr std::size_t few = 64;
    if (stale_ > few && stale_ > pending_.size() / 2) remove_stale();
}

void engine::remove_stale() {
    pending_.remove_if(
        [this](const event_key& k) { return slot_at(index_of(k.order)).armed != k.order; });
    stale_ = 0;
}

void engine::note_loose(event_handle handle) {
    std::erase_if(loose_,
                  [this](std::uint64_t order) { return slot_at(index_of(order)).armed != order; });
    loose_.push_back(handle.order);
}

bool engine::cancel(event_handle handle) {
    const std::uint32_t index = index_of(handle.order);
    if (index == 0) return false;
    event_slot& s = slot_at(index);
    if (s.armed != handle.order) return false;
    disarm(s);
    s.work.reset();
    give_back_slot(index);
    return true;
}

// The next event up to the limit; drops keys of cancelled events before it.
inline engine::due_event engine::first_due() {
    while (!pending_.empty()) {
        const event_key& key = pending_.top();
        event_slot& s = slot_at(index_of(key.order));
        if (stale_ == 0 || s.armed == key.order) {
            return {key.time_ns > limit_ns_ ? nullptr : &s, key.time_ns};
        }
        pending_.pop();
        --stale_;
    }
    return {nullptr, 0};
}

// Executes an event whose key has been removed.
inline void engine::begin(due_event due) noexcept {
    due.slot->armed = 0;
    now_ = virtual_time(duration(due.time_ns));
    ++happened_;
}

// Many events do not fit into the first-level cache: while the current event runs, the data of the
// next ones are prefetched, first the slot and later the top of the stack.
inline void engine::fetch_ahead() {
    constexpr std::size_t few = 128;
    if (pending_.size() < few) return;
    constexpr std::size_t slots_ahead = 8;
    constexpr std::size_t stacks_ahead = 4;
    pending_.look_ahead(slots_ahead);
    if (const event_key* key = pending_.upcoming(slots_ahead)) {
        __builtin_prefetch(&slot_at(index_of(key->order)), 1);
    }
    if (const event_key* key = pending_.upcoming(stacks_ahead)) {
        const event_slot& s = slot_at(index_of(key->order));
        if (s.owner == nullptr) return;
        constexpr std::size_t line = 64;
        constexpr std::size_t lines = 6;  // the frames of a sleeping process
        const auto* top = static_cast<const std::byte*>(s.resumed.at.continuation);
        for (std::size_t i = 0; i < lines; ++i) __builtin_prefetch(top + i * line, 1);
    }
}

engine::due_event engine::choose_next() {
    std::vector<event_key> keys;
    remove_stale();
    const auto is_loose = [this](const event_key& k) {
        return choose_among_ == choose_among::all &&
               std::find(loose_.begin(), loose_.end(), k.order) != loose_.end();
    };
    pending_.for_each([&](const event_key& k) {
        if (k.time_ns <= limit_ns_ || is_loose(k)) keys.push_back(k);
    });
    if (keys.empty()) return {nullptr, 0};
    std::sort(keys.begin(), keys.end());
    if (choose_among_ == choose_among::equal_times) {
        std::erase_if(keys, [first = keys.front().time_ns](const event_key& k) {
            return k.time_ns != first;
        });
    }
    std::vector<enabled_event> enabled;
    for (const event_key& k : keys) {
        const process* owner = slot_at(index_of(k.order)).owner;
        enabled.push_back({virtual_time(duration(k.time_ns)), k.order,
                           owner != nullptr ? owner->id : process_id{}, is_loose(k)});
    }
    const std::size_t chosen = chooser_(enabled);
    if (chosen >= keys.size())
        throw std::out_of_range("engine: the chooser did not choose an event");
    const event_key taken = keys[chosen];
    pending_.remove_if([&](const event_key& k) { return k == taken; });
    const std::int64_t now = now_.time_since_epoch().count();
    const std::int64_t soonest = choose_among_ == choose_among::all ? now + 1 : now;
    const std::int64_t time = enabled[chosen].loose ? soonest : std::max(soonest, taken.time_ns);
    return {&slot_at(index_of(taken.order)), time};
}

inline void engine::run_callback(event_slot& s, std::uint32_t index) {
    struct release {
        engine& e;
        event_slot& slot;
        std::uint32_t at;
        ~release() {
            slot.work.reset();
            e.give_back_slot(at);
        }
    } guard{*this, s, index};
    s.work();
}

std::uint64_t engine::run_until(virtual_time limit) {
    if (running_) throw std::logic_error("engine: run() was called inside run()");
    struct running_guard {
        bool& flag;
        explicit running_guard(bool& f) : flag(f) { flag = true; }
        ~running_guard() { flag = false; }
    } guard(running_);
    enter_thread();
    stopped_ = false;
    limit_ns_ = limit.time_since_epoch().count();
    const std::uint64_t before = happened_;
    while (!stopped_) {
        const bool chosen = static_cast<bool>(chooser_);
        const due_event next = chosen ? choose_next() : first_due();
        if (next.slot == nullptr) break;
        if (!chosen) {
            pending_.pop();
            fetch_ahead();
        }
        const std::uint32_t index = index_of(next.slot->armed);
        begin(next);
        if (next.slot->owner != nullptr) {
            run_process(*next.slot);
        } else {
            run_callback(*next.slot, index);
        }
    }
    if (!stopped_ && limit != never) now_ = std::max(now_, limit);
    return happened_ - before;
}

void engine::set_chooser(choose_among among, event_chooser chooser) {
    choose_among_ = among;
    chooser_ = std::move(chooser);
}

// Processes ---------------------------------------------------------------------------------

process_id engine::start_process(std::string name, action body) {
    auto made = std::make_unique<process>();
    process& p = *made;
    p.owner = this;
    p.name = std::move(name);
    p.body = std::move(body);
    p.memory = stacks_.take();
    const std::uint32_t index = take_slot();
    p.slot = &slot_at(index);
    p.id = {next_sequence_ << index_bits | index};
    p.place = processes_.size();
    processes_.push_back(std::move(made));

    event_slot& s = *p.slot;
    s.work.~action();
    s.owner = &p;
    ::new (&s.resumed) resumption;
    s.resumed.index = index;
    s.resumed.at.start_on(p.memory, process_main, &p);
    arm(s, index, now_);
    return p.id;
}

engine::process* engine::find(process_id id) const noexcept {
    const std::uint32_t index = index_of(id.value);
    if (index == 0 || index >> chunk_bits >= chunks_.size()) return nullptr;
    process* p = slot_at(index).owner;
    return p != nullptr && p->id == id && !p->over ? p : nullptr;
}

engine::event_slot& engine::running_process(const char* call) const {
    if (current_ == nullptr) {
        throw std::logic_error(std::string("engine: ") + call + " was called outside a process");
    }
    return *current_;
}

std::string_view engine::name_of(process_id id) const noexcept {
    const process* p = find(id);
    return p != nullptr ? std::string_view(p->name) : std::string_view();
}

process_id engine::current() const noexcept {
    return current_ != nullptr ? current_->owner->id : process_id{};
}

bool engine::unwinding() const noexcept {
    return current_ != nullptr && current_->resumed.killed &&
           (current_->owner->over || thread_->uncaught > 0);
}

void engine::check_killed() {
    if (current_ != nullptr && current_->resumed.killed && !unwinding()) throw process_killed{};
}

bool engine::sleep_until(virtual_time t) {
    event_slot& self = running_process("sleep_until()");
    if (self.resumed.killed) {
        check_killed();
        return false;
    }
    arm(self, self.resumed.index, t);
    const virtual_time due = std::max(t, now_);
    suspend(self);
    return now_ >= due;
}

void engine::suspend() {
    event_slot& self = running_process("suspend()");
    if (self.resumed.killed) {
        check_killed();
    } else {
        suspend(self);
    }
}

// Switches directly to the next event if it is a process; run() does everything else.
void engine::suspend(event_slot& self) {
    context* to = &main_;
    if (!chooser_ && !stopped_) {
        const due_event next = first_due();
        if (next.slot != nullptr && next.slot->owner != nullptr) {
            pending_.pop();
            fetch_ahead();
            begin(next);
            if (next.slot == &self) return;
            current_ = next.slot;
            current_->resumed.started = true;
            to = &current_->resumed.at;
        }
    }
    switch_context(self.resumed.at, *to, *thread_);
    if (self.resumed.killed) check_killed();
}

bool engine::wake(process_id id) {
    process* p = find(id);
    if (p == nullptr || p->slot == current_ || p->slot->resumed.killed || p->killing) return false;
    event_slot& s = *p->slot;
    disarm(s);
    arm(s, s.resumed.index, now_);
    return true;
}

void engine::enter_thread() noexcept {
    thread_ = exception_state::of_this_thread();
    main_.adopt_thread();
}

void engine::run_process(event_slot& s) {
    current_ = &s;
    s.resumed.started = true;
    switch_context(main_, s.resumed.at, *thread_);
    current_ = nullptr;
    recycle_ended();
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

bool engine::kill(process_id id) {
    process* p = find(id);
    if (p == nullptr) return false;
    event_slot& s = *p->slot;
    if (&s == current_ || s.resumed.killed || p->killing) {
        // A process that is killing another continues first once that is done.
        s.resumed.killed = true;
        check_killed();
        return true;
    }
    s.resumed.killed = true;
    disarm(s);
    if (!s.resumed.started) {
        end_process(*p, end_reason::killed, nullptr);
        ended_ = p;
        recycle_ended();
        return true;
    }
    event_slot* const self = current_;
    if (self == nullptr && !running_) enter_thread();
    context& from = self != nullptr ? self->resumed.at : main_;
    p->return_to = &from;
    if (self != nullptr) self->owner->killing = true;
    current_ = &s;
    switch_context(from, s.resumed.at, *thread_);
    current_ = self;
    recycle_ended();
    if (self != nullptr) {
        self->owner->killing = false;
        check_killed();
    }
    return true;
}

void engine::process_main(void* argument) {
    process& p = *static_cast<process*>(argument);
    engine& e = *p.owner;
    end_reason reason = end_reason::ended;
    std::exception_ptr exception;
    try {
        p.body();
    } catch (const process_killed&) {
        reason = end_reason::killed;
    } catch (...) {
        reason = end_reason::threw;
        exception = std::current_exception();
    }
    if (p.slot->resumed.killed && reason == end_reason::ended) reason = end_reason::killed;
    e.end_process(p, reason, std::move(exception));
    e.ended_ = &p;
    context& to = p.return_to != nullptr ? *p.return_to : e.main_;
    leave_context(p.slot->resumed.at, to, *e.thread_);
}

// On the stack of the process, or of the killer if the process never ran.
void engine::end_process(process& p, end_reason reason, std::exception_ptr exception) {
    p.over = true;
    p.body.reset();
    if (destroying_) return;
    const bool heard = !p.joiners.empty() || !p.hooks.empty();
    const process_end end{p.id, reason, exception};
    for (const process::joiner& j : p.joiners) {
        *j.end = end;
        wake(j.id);
    }
    for (auto& hook : p.hooks) {
        schedule_at(now_, [h = std::move(hook), end] { h(end); });
    }
    if (exception && !heard) failure_ = std::move(exception);
}

void engine::recycle_ended() noexcept {
    if (ended_ == nullptr) return;
    process& p = *std::exchange(ended_, nullptr);
    event_slot& s = *p.slot;
    const std::uint32_t index = s.resumed.index;
    s.resumed.at.finish();
    s.owner = nullptr;
    ::new (&s.work) action;
    stacks_.give_back(p.memory);
    give_back_slot(index);
    processes_.back()->place = p.place;
    std::swap(processes_[p.place], processes_.back());
    processes_.pop_back();
}

process_end engine::join(process_id id) {
    const event_slot& self = running_process("join()");
    check_killed();
    process* other = find(id);
    if (other == nullptr) return {id, end_reason::ended, nullptr};
    process_end end;
    other->joiners.push_back({self.owner->id, &end});
    struct leave {
        engine& e;
        process_id joined;
        const process_end* mine;
        ~leave() {
            process* p = e.find(joined);
            if (p == nullptr) return;
            std::erase_if(p->joiners, [&](const process::joiner& j) { return j.end == mine; });
        }
    } guard{*this, id, &end};
    while (!end.id && !unwinding()) suspend();
    return end;
}

void engine::on_end(process_id id, std::function<void(const process_end&)> hook) {
    if (process* p = find(id)) {
        p->hooks.push_back(std::move(hook));
    } else {
        schedule_at(now_, [h = std::move(hook), id] { h({id, end_reason::ended, nullptr}); });
    }
}

}  // namespace qslice::sim
