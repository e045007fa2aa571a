#include "sim/engine/context.hpp"

#include <cstdint>
#include <cstdlib>
#include <new>

#include <cxxabi.h>

#ifndef QSLICE_SIM_INLINE_SWITCH
#include <boost/context/detail/fcontext.hpp>
#endif

namespace qslice::sim {

namespace {

#ifdef QSLICE_SIM_INLINE_SWITCH

// The bottom frame of every new stack; switch_context() jumps to it.
void enter(context* to) {
    const start_of_stack start = *to->start;
    start.run(start.argument);
    std::abort();
}

#else

using boost::context::detail::transfer_t;

// Called first on the resumed stack, whose context the transfer carries. Nothing here may be on the
// stack that was left: if that one has ended, the sanitizer has invalidated its variables.
void arrive(transfer_t transfer) noexcept {
    const context& to = *static_cast<const context*>(transfer.data);
    context& from = *to.left;
    from.continuation = transfer.fctx;
#ifdef QSLICE_SIM_ASAN
    const void* bottom = nullptr;
    std::size_t size = 0;
    __sanitizer_finish_switch_fiber(to.fake_stack, &bottom, &size);
    // The location of the thread's own stack is determined when it is left for the first time.
    if (from.stack_bottom == nullptr) {
        from.stack_bottom = bottom;
        from.stack_size = size;
    }
#endif
}

void jump(context& from, context& to, exception_state& thread,
          [[maybe_unused]] bool ending) noexcept {
    from.exceptions = thread;
    thread = to.exceptions;
    to.left = &from;
#ifdef QSLICE_SIM_ASAN
    __sanitizer_start_switch_fiber(ending ? nullptr : &from.fake_stack, to.stack_bottom,
                                   to.stack_size);
#endif
#ifdef QSLICE_SIM_TSAN
    __tsan_switch_to_fiber(to.thread_sanitizer_fiber, 0);
#endif
    arrive(boost::context::detail::jump_fcontext(to.continuation, &to));
}

// The bottom frame of every new stack.
void enter(transfer_t transfer) {
    const start_of_stack start = *static_cast<const context*>(transfer.data)->start;
    arrive(transfer);
    start.run(start.argument);
    std::abort();
}

#endif

}  // namespace

exception_state* exception_state::of_this_thread() noexcept {
    return reinterpret_cast<exception_state*>(abi::__cxa_get_globals());
}

void context::start_on(stack s, void (*run)(void* argument), void* argument) {
    constexpr std::size_t room = 64;
    static_assert(sizeof(start_of_stack) <= room);
    std::byte* const top = s.top - room;
    start = ::new (static_cast<void*>(top)) start_of_stack{run, argument};
    exceptions = {};
#ifdef QSLICE_SIM_INLINE_SWITCH
    // Its start address, and no return address; the stack is aligned as after a call.
    static_assert(room % 16 == 0);
    auto* const frame = reinterpret_cast<void**>(top) - 2;
    frame[0] = reinterpret_cast<void*>(&enter);
    frame[1] = nullptr;
    continuation = frame;
#else
    continuation =
        boost::context::detail::make_fcontext(top, static_cast<std::size_t>(top - s.bottom), enter);
#endif
#ifdef QSLICE_SIM_ASAN
    fake_stack = nullptr;
    stack_bottom = s.bottom;
    stack_size = s.size();
#endif
#ifdef QSLICE_SIM_TSAN
    thread_sanitizer_fiber = __tsan_create_fiber(0);
#endif
}

void context::adopt_thread() noexcept {
#ifdef QSLICE_SIM_ASAN
    stack_bottom = nullptr;
#endif
#ifdef QSLICE_SIM_TSAN
    thread_sanitizer_fiber = __tsan_get_current_fiber();
#endif
}

void context::finish() noexcept {
#ifdef QSLICE_SIM_TSAN
    __tsan_destroy_fiber(thread_sanitizer_fiber);
#endif
}

#ifdef QSLICE_SIM_INLINE_SWITCH

void leave_context(context& from, context& to, exception_state& thread) noexcept {
    switch_context(from, to, thread);
    std::abort();
}

#else

void switch_context(context& from, context& to, exception_state& thread) noexcept {
    jump(from, to, thread, false);
}

void leave_context(context& from, context& to, exception_state& thread) noexcept {
    jump(from, to, thread, true);
    std::abort();
}

#endif

}  // namespace qslice::sim
