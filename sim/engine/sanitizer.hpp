/// @file
/// Whether the address or thread sanitizer is enabled, and the run-time functions to call when
/// switching stacks manually. Part of the engine.
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#define QSLICE_SIM_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define QSLICE_SIM_ASAN 1
#endif
#endif

#if defined(__SANITIZE_THREAD__)
#define QSLICE_SIM_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define QSLICE_SIM_TSAN 1
#endif
#endif

#ifdef QSLICE_SIM_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef QSLICE_SIM_TSAN
#include <sanitizer/tsan_interface.h>
#endif

namespace qslice::sim {

#ifdef QSLICE_SIM_ASAN
inline constexpr bool address_sanitizer = true;
#else
inline constexpr bool address_sanitizer = false;
#endif

}  // namespace qslice::sim
