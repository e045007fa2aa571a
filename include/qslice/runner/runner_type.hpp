/// @file
/// What every runner type declares: its queue, its name in logs, the queues that it writes to.
/// Topologies check deployments with it; the runner loop adds what the runner does.
#pragma once

#include <concepts>
#include <cstddef>
#include <string_view>

namespace qslice {

/// A struct of the user or of the library with three static members:
/// - `queue`: the queue that it takes messages from, "in"
/// - `class_name`: its name in Mailman's logs, "IncomingRunner"
/// - `flows_to`: a std::array of the queues that it may write to (in addition to shunt/ and bad/,
///   which every runner may use)
template <class R>
concept runner_type = requires {
    { R::queue } -> std::convertible_to<std::string_view>;
    { R::class_name } -> std::convertible_to<std::string_view>;
    { R::flows_to.size() } -> std::convertible_to<std::size_t>;
    R::flows_to.begin();
};

}  // namespace qslice
