/// @file
/// What happened in a simulation, as plain data: the path of every post and queue entry. The
/// simulation records it; checks and reports read it and know nothing about the simulator.
#pragma once

#include "sim/record/closed_set.hpp"
#include "sim/record/message_stream.hpp"
#include "sim/record/policy_facts.hpp"
#include "sim/record/scenario.hpp"
#include "sim/record/virtual_time.hpp"

#include <qslice/core/entry_name.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

/// No post, process, entry or slice.
inline constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

/// The fate of a queue entry at the end.
enum class entry_fate {
    waiting,    ///< a .pck that a running runner would take
    orphaned,   ///< a .pck that no running runner would take: of another slice, or no runner at all
    in_hand,    ///< a .bak
    finished,   ///< removed by its runner
    preserved,  ///< a .psv
    lost,       ///< disappeared without being finished: a crash undid it
    overwritten,  ///< another entry was given its name: its content is gone
};

inline constexpr named_values<entry_fate, 7> fate_table{{
    {"waiting", entry_fate::waiting},
    {"orphaned", entry_fate::orphaned},
    {"in_hand", entry_fate::in_hand},
    {"finished", entry_fate::finished},
    {"preserved", entry_fate::preserved},
    {"lost", entry_fate::lost},
    {"overwritten", entry_fate::overwritten},
}};
static_assert(is_whole<fate_table>);

/// A process that ran: a runner, a post's delivery into in/, the digest job.
struct process_record {
    std::string machine;
    std::string name;            ///< "IncomingRunner:0:3", "post", "digests"
    std::uint32_t queue = none;  ///< index of run_record::queues, from which a runner takes
    std::uint64_t slice = 0;
    std::uint64_t slices = 1;
    virtual_time started{};
    virtual_time ended = never;  ///< never: still running at the end
    bool crashed = false;
    std::uint32_t handled = 0;  ///< number of entries that it finished
    duration working{};         ///< total time from taking entries to finishing them
};

/// A queue entry, from its .pck to its end.
struct entry_record {
    std::uint32_t queue = none;   ///< index of run_record::queues
    std::uint32_t post = none;    ///< the post it carries; none for a digest or a foreign file
    std::uint32_t digest = none;  ///< the digest it carries
    entry_name name;
    std::uint32_t slice = 0;  ///< by the partition of the queue's runners
    std::uint32_t size_bytes = 0;
    virtual_time enqueued{};
    virtual_time taken = never;        ///< for the first time
    virtual_time finished = never;     ///< or preserved, overwritten, or undone by a crash
    std::uint32_t enqueued_by = none;  ///< process
    std::uint32_t taken_by = none;     ///< process, the last one
    std::uint32_t times_taken = 0;
    entry_fate fate = entry_fate::waiting;
    bool damaged = false;  ///< lost, although it has a file: a power loss took bytes of it
};

/// An entry that was taken again: after a crash, or because it had been put back.
struct retaking {
    std::uint32_t entry = none;
    std::uint32_t previous = none;  ///< process that had taken it before
    std::uint32_t process = none;   ///< that takes it now
    virtual_time time{};
};

/// A runner's external effect: a delivery, an archiving, or one that a service reported.
struct effect_record {
    std::uint32_t post = none;
    std::uint32_t digest = none;
    std::uint32_t process = none;
    virtual_time time{};
    std::uint32_t recipients = 0;  ///< recipients reached
    std::uint32_t again = 0;  ///< of these, whom the same message is known to have reached before
};

/// The effects of one kind that a site's own services reported.
struct effect_kind {
    std::string name;  ///< "charged"
    std::vector<effect_record> effects;
};

/// A digest that was made.
struct digest_record {
    std::uint32_t list = 0;
    virtual_time made{};
    std::vector<std::uint32_t> posts;
    std::uint32_t recipients = 0;   ///< as for a post
    std::uint32_t bounced = 0;      ///< as for a post
    std::uint32_t unaccounted = 0;  ///< as for a post
};

/// A post of the stream.
struct post_record {
    virtual_time arrived{};         ///< never: it is left out, with all that became of it
    virtual_time accepted = never;  ///< time when the enqueue in in/ succeeded; never: it did not
    std::uint32_t attempts = 0;     ///< the mail server's attempts until it was accepted
    bool held = false;
    bool discarded = false;
    bool shunted = false;
    bool wants_archive = true;     ///< its list keeps an archive
    std::uint32_t digested = 0;    ///< number of times it was added to its list's digest.mbox
    std::uint32_t recipients = 0;  ///< number of recipients that it should reach
    std::uint32_t bounced = 0;     ///< of these, those noted not to take mail and never reached
    /// Of these, those neither reached nor noted, and that no entry is for which is left at the
    /// end.
    std::uint32_t unaccounted = 0;
};

/// A log line of a simulated process.
struct log_record {
    virtual_time time{};
    std::uint32_t process = none;
    std::string log;
    std::string line;
};

/// A fault that was injected.
struct fault_record {
    virtual_time time{};
    std::string machine;
    std::string process;
    std::string what;  ///< "crash of the process right before rename var/qfiles/in/..."
    fault::kind kind = fault::kind::crash_process;
    std::uint32_t index = none;     ///< index of the scenario's faults; none: a search's
    std::optional<call_kind> call;  ///< at which it was injected
    bool after_call = false;
};

/// Whether a message in this queue may be on its way to recipients.
constexpr bool leads_to_recipients(std::string_view queue) noexcept {
    return queue != "archive" && queue != "held";
}

/// One run. Vectors are sorted by start.
struct run_record {
    scenario setting;
    message_stream stream;
    std::vector<std::string> queues;          ///< "in", "archive", "out", ...
    std::vector<std::uint64_t> queue_slices;  ///< number of slices of the queue's runners
    std::string entry_queue = "in";           ///< where posts enter
    std::string exit_queue = "out";           ///< whose runner completes them
    /// Queues in which a post is complete, of a site that says so; empty: deliveries complete it.
    std::vector<std::uint32_t> end_queues;
    bool ends_in_each = false;  ///< in each of these, rather than in any
    /// By queue: those that its runner may write to.
    std::vector<std::vector<std::uint32_t>> flows;
    policy_facts policy;
    std::vector<queue_division> divisions;  ///< divisions of each queue with runners, at least one
    std::vector<process_record> processes;
    std::vector<post_record> posts;  ///< one per arrival
    std::vector<entry_record> entries;
    std::vector<retaking> retakings;            ///< by entry, then by time
    std::vector<further_owner> further_owners;  ///< sorted by entry
    std::vector<digest_record> digests;
    /// Posts in the lists' digest.mbox files at the end, once per copy; empty: not examined.
    std::optional<std::vector<std::uint32_t>> digest_mbox;
    std::vector<effect_record> deliveries;
    /// Whether real processes did this. Their recipients are only counted, so that an entry of
    /// bounces/ stands for all that are missing.
    bool real = false;
    std::vector<effect_record> archivings;
    std::vector<effect_kind> own_effects;  ///< of a site whose services report any
    std::vector<fault_record> faults;
    std::vector<log_record> logs;  ///< all except "qrunner"'s starts and stops of posts
    virtual_time started{};        ///< the first post's arrival
    virtual_time ended{};
    std::vector<std::string> foreign_files;  ///< paths in queues at the end that are not entries
    std::uint64_t events = 0;                ///< of the engine
    std::uint64_t storage_calls = 0;         ///< of all processes

    /// How runners with this number of slices divide a queue; null: none.
    [[nodiscard]] const queue_division* division_of(std::uint32_t queue,
                                                    std::uint64_t slices) const {
        for (const queue_division& d : divisions) {
            if (d.queue == queue && d.slices == slices) return &d;
        }
        return nullptr;
    }

    /// The queues on the shortest way of a message from one to another, both included; empty: there
    /// is none.
    /// @complexity linear in the number of flows
    [[nodiscard]] std::vector<std::uint32_t> way(std::uint32_t from, std::uint32_t to) const {
        if (from >= queues.size() || to >= queues.size()) return {};
        std::vector<std::uint32_t> before(queues.size(), none);
        std::vector<std::uint32_t> reached{from};
        before[from] = from;
        for (std::size_t i = 0; i < reached.size() && before[to] == none; ++i) {
            if (reached[i] >= flows.size()) continue;
            for (const std::uint32_t next : flows[reached[i]]) {
                if (before[next] != none) continue;
                before[next] = reached[i];
                reached.push_back(next);
            }
        }
        if (before[to] == none) return {};
        std::vector<std::uint32_t> found{to};
        while (found.back() != from) found.push_back(before[found.back()]);
        return {found.rbegin(), found.rend()};
    }

    [[nodiscard]] std::uint32_t queue_index(std::string_view name) const {
        for (std::uint32_t q = 0; q < queues.size(); ++q) {
            if (queues[q] == name) return q;
        }
        return none;
    }
};

}  // namespace qslice::sim
