/// @file
/// The kinds of storage calls, as faults and records name them, and what each of them is like.
/// A simulated world makes these calls; what is here is their closed set alone.
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

/// What is known of a kind of storage call, before anything is simulated.
struct call_row {
    std::string_view name;  ///< as the world concept has it: "sync_directory"
    call_kind value{};
    bool changes = false;  ///< what is stored, or what of it outlasts a loss of power
    // How long one takes: in a file system in memory, on ext4 on a solid-state disk, and from a
    // file server in the same building, its disk behind every call that changes something.
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
