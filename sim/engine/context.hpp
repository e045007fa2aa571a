/// @file
/// An execution context: the registers, stack and exception state of a suspended process. Part of
/// the engine, which alone switches between contexts.
#pragma once

#include "sim/engine/sanitizer.hpp"
#include "sim/engine/stack_pool.hpp"

#include <cstddef>

// A switch without a call instruction, which would make the processor mispredict every return on
// the resumed stack; see docs/decisions/processes-with-stacks.md. Elsewhere Boost.Context does the
// same.
#if defined(__x86_64__) && defined(__ELF__) && !defined(__CET__) && !defined(QSLICE_SIM_ASAN) && \
    !defined(QSLICE_SIM_TSAN)
#define QSLICE_SIM_INLINE_SWITCH
#endif

namespace qslice::sim {

/// The exceptions that a thread is handling and throwing, as the C++ run-time keeps them.
///
/// A process may be suspended inside a catch block; its exceptions must not be mixed with those of
/// the resumed process. The layout is that of the Itanium C++ ABI, which GCC and Clang follow on
/// all systems except Windows and 32-bit ARM.
struct exception_state {
    void* caught = nullptr;
    unsigned int uncaught = 0;

    /// The C++ run-time's state for the calling thread.
    static exception_state* of_this_thread() noexcept;
};

/// The first function of a new stack; stored at the top of that stack.
struct start_of_stack {
    void (*run)(void* argument);
    void* argument;
};

/// The point at which a stack was left. Plain data: it owns nothing.
struct context {
    void* continuation = nullptr;  // the stack pointer
    const start_of_stack* start = nullptr;
    exception_state exceptions;
#ifndef QSLICE_SIM_INLINE_SWITCH
    context* left = nullptr;  // the context from which this one was last entered
#endif
#ifdef QSLICE_SIM_ASAN
    void* fake_stack = nullptr;
    const void* stack_bottom = nullptr;
    std::size_t stack_size = 0;
#endif
#ifdef QSLICE_SIM_TSAN
    void* thread_sanitizer_fiber = nullptr;
#endif

    /// Makes the context of a new stack; switching to it calls run(argument), which must neither
    /// return nor throw.
    void start_on(stack s, void (*run)(void* argument), void* argument);

    /// Records that the running stack is the thread's own.
    void adopt_thread() noexcept;

    /// Releases what start_on() allocated, after the stack has been left for the last time.
    void finish() noexcept;
};

#ifdef QSLICE_SIM_INLINE_SWITCH

/// Leaves `from`, which is running, and continues at `to`. Rounding modes belong to the thread.
/// @param thread  exception_state::of_this_thread(), found once for many switches
/// @source System V ABI for x86-64, 3.2 (registers, red zone)
inline void switch_context(context& from, context& to, exception_state& thread) noexcept {
    from.exceptions = thread;
    thread = to.exceptions;
    void** leave = &from.continuation;
    context* arrive = &to;  // passed as argument to a new stack's first function
    asm volatile(
        "leaq -128(%%rsp), %%rsp\n\t"
        "pushq %%rbp\n\t"
        "leaq 1f(%%rip), %%rax\n\t"
        "pushq %%rax\n\t"
        "movq %%rsp, (%0)\n\t"
        "movq (%1), %%rsp\n\t"
        "popq %%rax\n\t"
        "jmpq *%%rax\n"
        "1:\n\t"
        "popq %%rbp\n\t"
        "leaq 128(%%rsp), %%rsp"
        : "+S"(leave), "+D"(arrive)
        :
        : "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "xmm0",
          "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
          "xmm12", "xmm13", "xmm14", "xmm15",
#ifdef __AVX512F__
          "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm24", "xmm25",
          "xmm26", "xmm27", "xmm28", "xmm29", "xmm30", "xmm31", "k1", "k2", "k3", "k4", "k5", "k6",
          "k7",
#endif
          "cc", "memory");
}

#else
void switch_context(context& from, context& to, exception_state& thread) noexcept;
#endif

/// The same for the last time: `from` will not be switched to again.
[[noreturn]] void leave_context(context& from, context& to, exception_state& thread) noexcept;

}  // namespace qslice::sim
