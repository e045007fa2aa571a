#include "sim/engine/engine.hpp"

#include <algorithm>
#include <new>
#include <stdexcept>
#include <utility>

namespace qslice::sim {

struct engine::process {
    engine* owner = nullptr;
    process_id id;
    std::uint32_t slot = 0;
    std::size_t place = 0;  // in processes_
    bool started = false;
    bool killed = false;
    bool over = false;             // the body has been left
    bool killing = false;          // waits for one that it kills
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
    throw std::length_error("engine: 2^40 events have been scheduled, more than it can order");
}

// A bijection of the sequence numbers, so that they stay unique: each step (xor with a constant,
// multiplication by an odd number, xor with the own upper half) can be undone.
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
        throw std::length_error("engine: 2^24 events and processes are pending at once");
    }
    chunks_.push_back(std::make_unique<event_slot[]>(chunk_size));
    free_slots_.reserve(from + chunk_size);
    for (std::size_t i = chunk_size; i-- > 0;) {
        if (from + i != 0) free_slots_.push_back(static_cast<std::uint32_t>(from + i));
    }
}

void engine::disarm(event_slot& s) {
    if (s.armed == 0) return;
    s.armed = 0;
    ++stale_;
    constexpr std::size_t few = 64;
    if (stale_ > few && stale_ > heap_.size() / 2) remove_stale();
}

void engine::remove_stale() {
    heap_.remove_if(
        [this](const event_key& k) { return slot_at(index_of(k.order)).armed != k.order; });
    stale_ = 0;
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

// The key of the next event up to the limit; keys of cancelled events before it are dropped.
const event_key* engine::first_due() {
    while (!heap_.empty()) {
        const event_key& key = heap_.top();
        if (stale_ == 0 || slot_at(index_of(key.order)).armed == key.order) {
            return key.time_ns > limit_ns_ ? nullptr : &key;
        }
        heap_.pop();
        --stale_;
    }
    return nullptr;
}

engine::event_slot& engine::take_first(const event_key& key) {
    event_slot& s = slot_at(index_of(key.order));
    s.armed = 0;
    now_ = virtual_time(duration(key.time_ns));
    ++happened_;
    heap_.pop();
    return s;
}

engine::event_slot* engine::choose_next() {
    std::vector<event_key> keys;
    remove_stale();
    heap_.for_each([&](const event_key& k) {
        if (k.time_ns <= limit_ns_) keys.push_back(k);
    });
    if (keys.empty()) return nullptr;
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
                           owner != nullptr ? owner->id : process_id{}});
    }
    const std::size_t chosen = chooser_(enabled);
    if (chosen >= keys.size()) throw std::out_of_range("engine: the chooser chose no event");
    event_slot& s = slot_at(index_of(keys[chosen].order));
    s.armed = 0;
    heap_.remove_if([key = keys[chosen]](const event_key& k) { return k == key; });
    now_ = std::max(now_, enabled[chosen].time);
    ++happened_;
    return &s;
}

std::uint64_t engine::run_until(virtual_time limit) {
    if (running_) throw std::logic_error("engine: run() called from inside run()");
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
        event_slot* next = nullptr;
        std::uint32_t index = 0;
        if (chooser_) {
            next = choose_next();
        } else if (const event_key* key = first_due()) {
            index = index_of(key->order);
            next = &take_first(*key);
        }
        if (next == nullptr) break;
        if (next->owner != nullptr) {
            run_process(*next->owner);
        } else {
            run_callback(*next, index);
        }
    }
    if (!stopped_ && limit != never) now_ = std::max(now_, limit);
    return happened_ - before;
}

void engine::run_callback(event_slot& s, std::uint32_t index) {
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
    p.slot = take_slot();
    p.id = {next_sequence_ << index_bits | p.slot};
    p.place = processes_.size();
    processes_.push_back(std::move(made));

    event_slot& s = slot_at(p.slot);
    s.work.~action();
    s.owner = &p;
    ::new (&s.resumed) context;
    s.resumed.start_on(p.memory, process_main, &p);
    arm(s, p.slot, now_);
    return p.id;
}

engine::process* engine::find(process_id id) const noexcept {
    const std::uint32_t index = index_of(id.value);
    if (index == 0 || index >> chunk_bits >= chunks_.size()) return nullptr;
    process* p = slot_at(index).owner;
    return p != nullptr && p->id == id && !p->over ? p : nullptr;
}

engine::process& engine::running_process(const char* call) const {
    if (current_ == nullptr) {
        throw std::logic_error(std::string("engine: ") + call + " called outside a process");
    }
    return *current_;
}

std::string_view engine::name_of(process_id id) const noexcept {
    const process* p = find(id);
    return p != nullptr ? std::string_view(p->name) : std::string_view();
}

process_id engine::current() const noexcept {
    return current_ != nullptr ? current_->id : process_id{};
}

bool engine::unwinding() const noexcept {
    return current_ != nullptr && current_->killed && (current_->over || thread_->uncaught > 0);
}

void engine::check_killed() {
    if (current_ != nullptr && current_->killed && !unwinding()) throw process_killed{};
}

bool engine::sleep_until(virtual_time t) {
    process& p = running_process("sleep_until()");
    if (p.killed) {
        check_killed();
        return false;
    }
    event_slot& s = slot_at(p.slot);
    arm(s, p.slot, t);
    const virtual_time due = std::max(t, now_);
    suspend(p);
    return now_ >= due;
}

void engine::suspend() {
    process& p = running_process("suspend()");
    if (p.killed) {
        check_killed();
    } else {
        suspend(p);
    }
}

// Goes straight to the process that is next, if it is one; everything else is done by run().
void engine::suspend(process& p) {
    event_slot& self = slot_at(p.slot);
    context* to = &main_;
    if (!chooser_ && !stopped_) {
        if (const event_key* key = first_due()) {
            process* next = slot_at(index_of(key->order)).owner;
            if (next != nullptr) {
                event_slot& s = take_first(*key);
                if (next == &p) return;
                current_ = next;
                next->started = true;
                to = &s.resumed;
            }
        }
    }
    switch_context(self.resumed, *to, *thread_);
    if (p.killed) check_killed();
}

bool engine::wake(process_id id) {
    process* p = find(id);
    if (p == nullptr || p == current_ || p->killed || p->killing) return false;
    event_slot& s = slot_at(p->slot);
    disarm(s);
    arm(s, p->slot, now_);
    return true;
}

void engine::enter_thread() noexcept {
    thread_ = exception_state::of_this_thread();
    main_.adopt_thread();
}

void engine::run_process(process& p) {
    current_ = &p;
    p.started = true;
    switch_context(main_, slot_at(p.slot).resumed, *thread_);
    current_ = nullptr;
    recycle_ended();
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

bool engine::kill(process_id id) {
    process* p = find(id);
    if (p == nullptr) return false;
    if (p == current_ || p->killed || p->killing) {
        // One that is in the middle of killing another goes first when that is done.
        p->killed = true;
        check_killed();
        return true;
    }
    p->killed = true;
    event_slot& s = slot_at(p->slot);
    disarm(s);
    if (!p->started) {
        end_process(*p, end_reason::killed, nullptr);
        ended_ = p;
        recycle_ended();
        return true;
    }
    process* const self = current_;
    if (self == nullptr && !running_) enter_thread();
    context& from = self != nullptr ? slot_at(self->slot).resumed : main_;
    p->return_to = &from;
    if (self != nullptr) self->killing = true;
    current_ = p;
    switch_context(from, s.resumed, *thread_);
    current_ = self;
    recycle_ended();
    if (self != nullptr) {
        self->killing = false;
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
    if (p.killed && reason == end_reason::ended) reason = end_reason::killed;
    e.end_process(p, reason, std::move(exception));
    e.ended_ = &p;
    context& to = p.return_to != nullptr ? *p.return_to : e.main_;
    leave_context(e.slot_at(p.slot).resumed, to, *e.thread_);
}

// On the stack of the process, or on that of the killer where it never ran.
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
    event_slot& s = slot_at(p.slot);
    s.resumed.finish();
    s.owner = nullptr;
    ::new (&s.work) action;
    stacks_.give_back(p.memory);
    give_back_slot(p.slot);
    processes_.back()->place = p.place;
    std::swap(processes_[p.place], processes_.back());
    processes_.pop_back();
}

process_end engine::join(process_id id) {
    process& self = running_process("join()");
    check_killed();
    process* other = find(id);
    if (other == nullptr) return {id, end_reason::ended, nullptr};
    process_end end;
    other->joiners.push_back({self.id, &end});
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
