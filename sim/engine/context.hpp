/// @file
/// A place to continue at: the registers, stack and exception state of a suspended process.
/// Part of the engine, which alone switches between them.
#pragma once

#include "sim/engine/sanitizer.hpp"
#include "sim/engine/stack_pool.hpp"

#include <boost/context/detail/fcontext.hpp>

#include <cstddef>

namespace qslice::sim {

/// The exceptions that a thread is handling and throwing, as the C++ run-time keeps them.
///
/// A process may be suspended inside a catch block; its exceptions must then not be mixed
/// with those of the process that goes on. The layout is that of the Itanium C++ ABI, which
/// GCC and Clang follow on all systems but Windows and 32-bit ARM.
struct exception_state {
    void* caught = nullptr;
    unsigned int uncaught = 0;

    /// Where the C++ run-time keeps the calling thread's.
    static exception_state* of_this_thread() noexcept;
};

/// What a new stack does first; it lies at the top of that stack.
struct start_of_stack {
    void (*run)(void* argument);
    void* argument;
};

/// Where a stack of execution was left. Plain data: it owns nothing.
struct context {
    boost::context::detail::fcontext_t continuation = nullptr;
    const start_of_stack* start = nullptr;
    exception_state exceptions;
#ifdef QSLICE_SIM_ASAN
    void* fake_stack = nullptr;
    const void* stack_bottom = nullptr;
    std::size_t stack_size = 0;
    bool ending = false;
#endif
#ifdef QSLICE_SIM_TSAN
    void* thread_sanitizer_fiber = nullptr;
#endif

    /// Makes the context of a new stack; switching to it calls run(argument), which must not
    /// return or let an exception out.
    void start_on(stack s, void (*run)(void* argument), void* argument);

    /// Notes that the running stack is the thread's own.
    void adopt_thread() noexcept;

    /// Frees what start_on() took, after the stack has been left for the last time.
    void finish() noexcept;
};

/// Leaves `from`, which is running, and goes on at `to`.
/// @param thread  exception_state::of_this_thread(), found once for many switches
void switch_context(context& from, context& to, exception_state& thread) noexcept;

/// The same for the last time: `from` will not be switched to again.
[[noreturn]] void leave_context(context& from, context& to, exception_state& thread) noexcept;

}  // namespace qslice::sim
