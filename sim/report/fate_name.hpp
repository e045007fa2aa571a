/// @file
/// How the fate of an entry is called in JSON and in records.
#pragma once

#include "sim/record/run_record.hpp"

#include <string_view>

namespace qslice::sim {

constexpr std::string_view name_of(entry_fate fate) {
    switch (fate) {
        case entry_fate::waiting: return "waiting";
        case entry_fate::orphaned: return "orphaned";
        case entry_fate::in_hand: return "in_hand";
        case entry_fate::finished: return "finished";
        case entry_fate::preserved: return "preserved";
        case entry_fate::lost: return "lost";
    }
    return "";
}

}  // namespace qslice::sim
