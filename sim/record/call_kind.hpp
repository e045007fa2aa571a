/// @file
/// The kinds of storage calls, as named in faults and records, and their properties. A simulated
/// world makes these calls; only their closed set is here.
#pragma once

#include "sim/record/closed_set.hpp"
#include "sim/record/virtual_time.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace qslice::sim {

/// The storage calls of the world concept.
enum class call_kind : std::uint8_t {
    open,
    write,
    read,
    sync,
    close,
    rename,
    remove,
    information,
    make_directory,
    sync_directory,
    list,
    link,
};

/// The properties of a kind of storage call, apart from any simulation.
struct call_row {
    std::string_view name;  ///< as in the world concept: "sync_directory"
    call_kind value{};
    bool changes = false;  ///< whether it changes storage, or what survives a power loss
    // Its duration in an in-memory file system, on ext4 on a solid-state disk, and on a file server
    // in the same building, where every change waits for the disk.
    duration memory{};
    duration disk{};
    duration network{};
};

inline constexpr std::array<call_row, 12> call_table = [] {
    using namespace std::chrono_literals;
    return std::array<call_row, 12>{{
        {"open", call_kind::open, true, 4us, 10us, 500us},
        {"write", call_kind::write, true, 2us, 5us, 10us},
        {"read", call_kind::read, false, 1us, 3us, 300us},
        {"sync", call_kind::sync, true, 500ns, 400us, 900us},
        {"close", call_kind::close, false, 500ns, 1us, 500us},
        {"rename", call_kind::rename, true, 6us, 15us, 700us},
        {"remove", call_kind::remove, true, 4us, 12us, 700us},
        {"information", call_kind::information, false, 1us, 2us, 200us},
        {"make_directory", call_kind::make_directory, true, 6us, 20us, 700us},
        {"sync_directory", call_kind::sync_directory, true, 500ns, 250us, 400us},
        {"list", call_kind::list, false, 4us, 8us, 400us},
        {"link", call_kind::link, true, 6us, 15us, 700us},
    }};
}();
static_assert(is_whole<call_table>);

inline constexpr std::size_t call_kinds = call_table.size();

/// The name of a call: "sync_directory".
constexpr std::string_view to_string(call_kind kind) noexcept { return name_in(call_table, kind); }

}  // namespace qslice::sim
