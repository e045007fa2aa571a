/// @file
/// The items that a simulator of one site measures without playing them: those of a scenario, a
/// trace, an mbox file or a plain list of keys.
#pragma once

#include "sim/app/chosen_scenario.hpp"
#include "sim/app/command.hpp"
#include "sim/model/hashed_items.hpp"
#include "sim/model/site_program.hpp"
#include "sim/record/built_site.hpp"
#include "sim/record/message_stream.hpp"
#include "sim/record/scenario.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
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

/// Items, hashed as the site's writer would, and the queues to measure.
struct hashed_own_stream {
    own_stream items;
    std::vector<built_site::runner> queues;
    std::shared_ptr<const site_program> program;
    hashed_items hashed;
};

/// Chooses items and queues by the options and hashes the items, with a line of progress.
/// @param usual_count  of items, where neither the options nor the scenario fix it
/// @param command      for the line of progress
/// @returns `malformed`, located at --queue, for an unknown name; the errors of a file or scenario
[[nodiscard]] result<hashed_own_stream> hash_own_stream(session& s, const own_stream_options& o,
                                                        std::uint64_t usual_count,
                                                        std::string_view command);

}  // namespace qslice::sim
