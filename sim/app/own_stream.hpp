/// @file
/// The items that a simulator of one site measures without playing them: those of a scenario, a
/// trace, an mbox file or a plain list of keys.
#pragma once

#include "sim/app/chosen_scenario.hpp"
#include "sim/app/command.hpp"
#include "sim/record/built_site.hpp"
#include "sim/record/message_stream.hpp"
#include "sim/record/scenario.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace qslice::sim {

/// The options that choose them.
struct own_stream_options {
    scenario_choices from;
    std::string keys;
    std::string queue;  ///< only this one; empty: all
};

/// Adds the scenario's options, --keys and --queue.
void add_own_stream_options(command_options command, own_stream_options& o);

struct own_stream {
    scenario setting;
    message_stream stream;
    std::string source;  ///< where they come from: "FILE", "keys of FILE"
};

/// @param usual_count  of items, where neither the options nor the scenario fix it
[[nodiscard]] result<own_stream> choose_own_stream(const own_stream_options& o,
                                                   std::optional<std::uint64_t> seed,
                                                   std::uint64_t usual_count);

/// The queues that the options ask for, of those that runners take from.
/// @returns `malformed`, located at --queue, for an unknown name
[[nodiscard]] result<std::vector<built_site::runner>> chosen_queues(const own_stream_options& o);

}  // namespace qslice::sim
