/// @file
/// Refuses platforms that qslice is not made for, in a sentence instead of pages of errors.
/// It stands below everything: core/result.hpp includes it.
#pragma once

#include <version>

#ifndef __linux__
#error "qslice needs Linux: its storage is made of Linux's system calls"
#endif
#ifndef __GLIBC__
#error "qslice needs the GNU C library (glibc)"
#endif
#ifdef _LIBCPP_VERSION
#error \
    "qslice needs libstdc++, whose std::from_chars reads floating-point numbers: compile without -stdlib=libc++"
#endif
#ifndef __LP64__
#error "qslice needs a 64-bit platform: it counts bytes and entries in 64 bits"
#endif
