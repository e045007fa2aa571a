/// @file
/// The faults of a scenario: what, when and where. The fault plan turns them into crashes, failing
/// calls and wrong clocks.
#pragma once

#include "sim/record/call_kind.hpp"
#include "sim/record/closed_set.hpp"

#include <qslice/core/result.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace qslice::sim {

/// One fault, or one source of random faults.
struct fault {
    enum class kind {
        crash_process,     ///< a runner crashes during a storage call or its work
        crash_machine,     ///< a machine loses power; boots again after down_s
        power_loss,        ///< all machines and the shared disk lose power
        slow_machine,      ///< slower by the factor `amount`, until until_s
        clock_step,        ///< a machine's clock jumps by `amount` seconds
        clock_drift,       ///< a machine's clock gains `amount` seconds per second, until until_s
        storage_stall,     ///< no storage call makes progress, until until_s
        fail_calls,        ///< storage calls fail with `code`, until until_s
        disk_full,         ///< no more bytes can be written, until until_s
        foreign_files,     ///< `files` files with malformed names appear in `queue`
        delivery_outage,   ///< the mail server does not answer, until until_s
        crafted_entry,     ///< a crafted entry with the hash `hash` appears in `queue`
        pause_process,     ///< a runner is stopped (SIGSTOP) and goes on (SIGCONT) after down_s
        lease_clock_step,  ///< the clock by which a machine measures leases jumps by `amount`
        cut_off,           ///< no storage call of a machine makes progress, until until_s
    };

    kind what = kind::crash_process;
    std::string machine;  ///< empty: any
    std::string process;  ///< "OutgoingRunner" or "OutgoingRunner:1:3"; empty: any runner
    std::string queue = "in";
    std::string hash;  ///< 40 hex digits, of a crafted entry

    // When: at a time, at a storage call, or at random.
    double at_s = 0;     ///< seconds after the first post
    double until_s = 0;  ///< 0: to the end
    std::optional<call_kind> call;
    std::uint64_t count = 0;  ///< with `call`: index of the call of that kind, from 1; 0: none
    bool after_call =
        false;  ///< with `call`: right after the call's effect rather than right before it
    double probability = 0;  ///< per storage call from at_s to until_s

    double down_s = 60;
    double amount = 0;
    error_code code = error_code::io;
    std::uint64_t files = 1;

    friend bool operator==(const fault&, const fault&) = default;
};

/// The keys of a fault in a scenario file, in addition to its kind and `at`.
enum class fault_key : std::uint16_t {
    until = 1U << 0U,
    machine = 1U << 1U,
    calls = 1U << 2U,  ///< process, call, count and probability: the storage calls that it affects
    after_call = 1U << 3U,
    down = 1U << 4U,
    factor = 1U << 5U,
    step = 1U << 6U,
    drift = 1U << 7U,
    error = 1U << 8U,
    queue = 1U << 9U,
    files = 1U << 10U,
    hash = 1U << 11U,
};

/// The assumptions of guarantees that a fault violates.
enum class fault_effect : std::uint16_t {
    none = 0,
    crash = 1U << 0U,            ///< a process or machine crashes
    power_loss = 1U << 1U,       ///< a machine or the shared disk loses its power
    storage_failure = 1U << 2U,  ///< storage calls fail
    pause = 1U << 3U,            ///< a process stands still, and does not know it afterwards
    lease_clock = 1U << 4U,      ///< a machine's steady clock is not steady
};

constexpr fault_key operator|(fault_key a, fault_key b) noexcept {
    return static_cast<fault_key>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr fault_effect operator|(fault_effect a, fault_effect b) noexcept {
    return static_cast<fault_effect>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}

/// Whether a set of keys or of effects contains one.
template <class Set>
constexpr bool contains(Set set, Set one) noexcept {
    return (static_cast<unsigned>(set) & static_cast<unsigned>(one)) != 0;
}

/// The properties of a kind of fault, apart from any scenario.
struct fault_row {
    std::string_view name;  ///< in scenario files
    fault::kind value{};
    fault_key keys{};  ///< keys that apply to it
    fault_effect effect = fault_effect::none;
    bool (*is_complete)(const fault&) = nullptr;  ///< null: needs only its kind
    std::string_view needs{};                     ///< what an incomplete fault lacks
};

inline constexpr std::array<fault_row, 15> fault_table = [] {
    using kind = fault::kind;
    using key = fault_key;
    using effect = fault_effect;
    constexpr key at_calls = key::until | key::machine | key::calls | key::after_call;
    return std::array<fault_row, 15>{{
        {"crash_process", kind::crash_process, at_calls, effect::crash},
        {"crash_machine", kind::crash_machine, at_calls | key::down,
         effect::crash | effect::power_loss},
        {"power_loss", kind::power_loss, key::calls | key::down,
         effect::crash | effect::power_loss},
        {"slow_machine", kind::slow_machine, key::until | key::machine | key::factor, effect::none,
         [](const fault& f) { return f.amount > 0; },
         "a factor; expected factor = 10, for example"},
        {"clock_step", kind::clock_step, key::machine | key::step, effect::none,
         [](const fault& f) { return f.amount != 0; },
         "a step; expected step = \"5s\", for example"},
        {"clock_drift", kind::clock_drift, key::until | key::machine | key::drift, effect::none},
        {"storage_stall", kind::storage_stall, key::until, effect::none},
        {"fail_calls", kind::fail_calls, key::until | key::machine | key::calls | key::error,
         effect::storage_failure, [](const fault& f) { return f.call || f.probability > 0; },
         "a choice of calls; expected 'call' or 'probability'"},
        {"disk_full", kind::disk_full, key::until, effect::storage_failure},
        {"foreign_files", kind::foreign_files, key::queue | key::files, effect::none},
        {"delivery_outage", kind::delivery_outage, key::until, effect::none},
        {"crafted_entry", kind::crafted_entry, key::queue | key::hash, effect::none,
         [](const fault& f) { return !f.hash.empty(); }, "a hash; expected hash = 40 hex digits"},
        {"pause_process", kind::pause_process, at_calls | key::down, effect::pause},
        {"lease_clock_step", kind::lease_clock_step, key::machine | key::step, effect::lease_clock,
         [](const fault& f) { return f.amount != 0; },
         "a step; expected step = \"60s\", for example"},
        {"cut_off", kind::cut_off, key::until | key::machine, effect::pause},
    }};
}();
static_assert(is_whole<fault_table>);

/// Whether a fault of that kind violates this assumption.
constexpr bool causes(fault::kind kind, fault_effect effect) noexcept {
    return contains(row_of(fault_table, kind).effect, effect);
}

}  // namespace qslice::sim
