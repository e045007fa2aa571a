/// @file
/// Who writes into the site's queues without being one of its programs: files whose names are no
/// entry's, and whole entries whose hash somebody chose.
#pragma once

#include "sim/model/site_context.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace qslice::sim {

/// Puts into queues what does not belong there.
class intruder {
public:
    explicit intruder(site_context& site) : site_(site) {}

    /// Names that Mailman's split() and float() fail on, and some that it takes.
    void put_foreign_files(std::string_view queue, std::uint64_t count);

    /// An entry for the first list, written where no recorder looks and moved into the queue under
    /// a name of its own, as by a program that knows the names' form and chooses the hash. It
    /// comes from the first machine that is up; where none is, nothing comes.
    /// @param hash  40 hex digits
    void put_crafted_entry(std::string_view queue, const std::string& hash);

private:
    site_context& site_;
};

}  // namespace qslice::sim
