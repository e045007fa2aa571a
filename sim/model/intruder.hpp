/// @file
/// An intruder that writes into the site's queues: files whose names are not entry names, and
/// entries with a chosen hash.
#pragma once

#include "sim/model/site_context.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace qslice::sim {

/// Puts foreign files into queues.
class intruder {
public:
    explicit intruder(site_context& site) : site_(site) {}

    /// Names on which Mailman's split() and float() fail, and some that it accepts.
    void put_foreign_files(std::string_view queue, std::uint64_t count);

    /// An entry for the first list, written outside the recorder's view and moved into the queue
    /// under its own name, as by a program that knows the format of names and chooses the hash. It
    /// is written by the first machine that is up, if any.
    /// @param hash  40 hex digits
    void put_crafted_entry(std::string_view queue, const std::string& hash);

private:
    site_context& site_;
};

}  // namespace qslice::sim
