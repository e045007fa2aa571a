/// @file
/// The kinds of storage calls, as faults and records name them.
/// A simulated world makes these calls; what is here is their closed set alone.
#pragma once

#include <array>
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
inline constexpr std::size_t call_kinds = 12;

/// The name of a call as the world concept has it: "sync_directory".
constexpr std::string_view to_string(call_kind kind) noexcept {
    constexpr std::array<std::string_view, call_kinds> names{
        "open",   "write",       "read",           "sync",           "close", "rename",
        "remove", "information", "make_directory", "sync_directory", "list",  "link"};
    return names[static_cast<std::size_t>(kind)];
}
static_assert(to_string(call_kind::link) == "link");

}  // namespace qslice::sim
