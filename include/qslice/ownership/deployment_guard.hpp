/// @file
/// Holds a runner to its spool's deployment file: at its start, and at each of its looks.
/// A spool without such a file is Mailman's, and every runner may serve it.
#pragma once

#include <qslice/core/result.hpp>
#include <qslice/ownership/deployment.hpp>
#include <qslice/ownership/deployment_file.hpp>
#include <qslice/world/world.hpp>

#include <string>
#include <utility>

namespace qslice {

/// Compares what a program is built for with what its spool states.
/// @safety one object serves one thread
class deployment_guard {
public:
    /// @param spool  the directory that holds the queues' directories
    deployment_guard(std::string spool, queue_terms built)
        : watch_(std::move(spool)), built_(std::move(built)) {}

    /// @returns `rejected`, with both values, if the spool states other terms of the queue;
    ///          `malformed` if its file cannot be understood. While storage fails, what was read
    ///          last counts.
    /// @complexity one stat, unless the deployment has changed
    template <world World>
    result<void> look(World& w) {
        const bool is_first = !looked_;
        const auto looked = watch_.look(w);
        if (!looked) {
            if (is_first || !is_storage_fault(looked.error().code)) return failure(looked.error());
            return {};
        }
        looked_ = true;
        if (!*looked || !watch_.current()) return {};
        return check_terms(*watch_.current(), built_);
    }

private:
    deployment_watch watch_;
    queue_terms built_;
    bool looked_ = false;
};

}  // namespace qslice
