/// @file
/// The faults of a scenario: what, when and where. The fault plan turns them into crashes, failing
/// calls and wrong clocks.
#pragma once

#include "sim/record/call_kind.hpp"
#include "sim/record/closed_set.hpp"
#include "sim/record/key_form.hpp"

#include <qslice/core/result.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

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

/// The errors that failing calls can return.
inline constexpr named_values<error_code, 6> failure_table{{{"io", error_code::io},
                                                            {"no_space", error_code::no_space},
                                                            {"denied", error_code::denied},
                                                            {"not_found", error_code::not_found},
                                                            {"exists", error_code::exists},
                                                            {"timed_out", error_code::timed_out}}};

/// The keys of a fault in a scenario file, in addition to its kind and `at`.
enum class fault_key : std::uint8_t {
    until,
    machine,
    process,
    call,
    count,
    probability,
    after_call,
    down,
    factor,
    step,
    drift,
    error,
    queue,
    files,
    hash,
};

/// A key, the member that it sets and the values that it takes.
struct fault_key_row {
    std::string_view name;
    fault_key value{};
    std::variant<time_form<fault>, number_form<fault>, whole_form<fault>, flag_form<fault>,
                 text_form<fault>, choice_form<fault, std::optional<call_kind>, call_table>,
                 choice_form<fault, error_code, failure_table>>
        form;
};

inline constexpr std::array<fault_key_row, 15> fault_key_table = [] {
    using namespace limits;
    using key = fault_key;
    using time = time_form<fault>;
    using number = number_form<fault>;
    using whole = whole_form<fault>;
    using text = text_form<fault>;
    return std::array<fault_key_row, 15>{{
        {"until", key::until, time{&fault::until_s, not_negative}},
        {"machine", key::machine, text{&fault::machine, any_text}},
        {"process", key::process, text{&fault::process, any_text}},
        {"call", key::call, choice_form<fault, std::optional<call_kind>, call_table>{&fault::call}},
        {"count", key::count, whole{&fault::count}},
        {"probability", key::probability, number{&fault::probability, share}},
        {"after_call", key::after_call, flag_form<fault>{&fault::after_call}},
        {"down", key::down, time{&fault::down_s, not_negative}},
        {"factor", key::factor, number{&fault::amount, above_zero}},
        {"step", key::step, time{&fault::amount, any_number}},
        {"drift", key::drift, number{&fault::amount, {-1, 1, true}}},
        {"error", key::error, choice_form<fault, error_code, failure_table>{&fault::code}},
        {"queue", key::queue, text{&fault::queue, some_text}},
        {"files", key::files, whole{&fault::files, 1, 1'000'000}},
        {"hash", key::hash, text{&fault::hash, hash_text}},
    }};
}();
static_assert(is_whole<fault_key_table>);

/// The assumptions of guarantees that a fault violates.
enum class fault_effect : std::uint8_t {
    crash,            ///< a process or machine crashes
    power_loss,       ///< a machine or the shared disk loses its power
    storage_failure,  ///< storage calls fail
    pause,            ///< a process stands still, and does not know it afterwards
    lease_clock,      ///< a machine's steady clock is not steady
};

/// The properties of a kind of fault, apart from any scenario.
struct fault_row {
    std::string_view name;  ///< in scenario files
    fault::kind value{};
    enum_set<fault_key> keys{};  ///< keys that apply to it
    enum_set<fault_effect> effects{};
    bool (*is_complete)(const fault&) = nullptr;  ///< null: needs only its kind
    std::string_view needs{};                     ///< what an incomplete fault lacks
};

inline constexpr std::array<fault_row, 15> fault_table = [] {
    using kind = fault::kind;
    using key = fault_key;
    using effect = fault_effect;
    using keys = enum_set<fault_key>;
    constexpr keys calls{key::process, key::call, key::count, key::probability};
    constexpr keys at_calls = calls | keys{key::until, key::machine, key::after_call};
    return std::array<fault_row, 15>{{
        {"crash_process", kind::crash_process, at_calls, {effect::crash}},
        {"crash_machine",
         kind::crash_machine,
         at_calls | keys{key::down},
         {effect::crash, effect::power_loss}},
        {"power_loss",
         kind::power_loss,
         calls | keys{key::down},
         {effect::crash, effect::power_loss}},
        {"slow_machine",
         kind::slow_machine,
         {key::until, key::machine, key::factor},
         {},
         [](const fault& f) { return f.amount > 0; },
         "a factor; expected factor = 10, for example"},
        {"clock_step",
         kind::clock_step,
         {key::machine, key::step},
         {},
         [](const fault& f) { return f.amount != 0; },
         "a step; expected step = \"5s\", for example"},
        {"clock_drift", kind::clock_drift, {key::until, key::machine, key::drift}},
        {"storage_stall", kind::storage_stall, {key::until}},
        {"fail_calls",
         kind::fail_calls,
         calls | keys{key::until, key::machine, key::error},
         {effect::storage_failure},
         [](const fault& f) { return f.call || f.probability > 0; },
         "a choice of calls; expected 'call' or 'probability'"},
        {"disk_full", kind::disk_full, {key::until}, {effect::storage_failure}},
        {"foreign_files", kind::foreign_files, {key::queue, key::files}},
        {"delivery_outage", kind::delivery_outage, {key::until}},
        {"crafted_entry",
         kind::crafted_entry,
         {key::queue, key::hash},
         {},
         [](const fault& f) { return !f.hash.empty(); },
         "a hash; expected hash = 40 hex digits"},
        {"pause_process", kind::pause_process, at_calls | keys{key::down}, {effect::pause}},
        {"lease_clock_step",
         kind::lease_clock_step,
         {key::machine, key::step},
         {effect::lease_clock},
         [](const fault& f) { return f.amount != 0; },
         "a step; expected step = \"60s\", for example"},
        {"cut_off", kind::cut_off, {key::until, key::machine}, {effect::pause}},
    }};
}();
static_assert(is_whole<fault_table>);

/// Whether a fault of that kind violates this assumption.
constexpr bool causes(fault::kind kind, fault_effect effect) noexcept {
    return row_of(fault_table, kind).effects.contains(effect);
}

}  // namespace qslice::sim
