/// @file
/// Turns what a function throws into a failure.
/// The library calls with it whatever its users give it: handlers, runners, log sinks.
#pragma once

#include <qslice/core/result.hpp>

#include <cxxabi.h>
#include <exception>
#include <string>
#include <string_view>

namespace qslice {

/// The base of an exception that ends its process (thread) rather than the work in hand: the
/// library never catches it. Simulators kill their processes with it.
struct ends_process {};

/// Calls a function that returns a result.
/// @param where  of the failure
/// @returns its result; `rejected` if it throws, whatever it throws
/// @throws what ends a process: ends_process, and what pthread_cancel throws in glibc
template <class Call>
auto caught(std::string_view where, Call&& call) -> decltype(call()) {
    try {
        return call();
    } catch (const ends_process&) {
        throw;
    } catch (const abi::__forced_unwind&) {
        throw;
    } catch (const std::exception& e) {
        return failure(error_code::rejected, std::string(where), e.what());
    } catch (...) {
        return failure(error_code::rejected, std::string(where), "threw what is no std::exception");
    }
}

}  // namespace qslice
