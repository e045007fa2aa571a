/// @file
/// The merged logs of a site's machines: which runner served which slice where and when, what was
/// delivered, and what failed. history_findings.hpp derives the findings.
#pragma once

#include "sim/record/scenario.hpp"
#include "sim/site/id_marks.hpp"
#include "sim/site/log_line.hpp"
#include "sim/site/log_origin.hpp"
#include "sim/site/runner_run.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace qslice::sim::diagnosis {

/// A machine and a list.
struct delivery_origin {
    std::uint32_t machine = 0;
    std::string list;
};

/// One message sent, one entry of out/. A log of a gigabyte has ten million of them.
struct delivery {
    static constexpr std::uint32_t no_run = std::numeric_limits<std::uint32_t>::max();

    log_time time = 0;          ///< at its end
    std::uint64_t message = 0;  ///< a hash of its id; 0 if it is not known
    std::uint32_t origin = 0;   ///< in `origins`
    std::uint32_t recipients = 0;
    std::uint32_t run = no_run;  ///< no_run: its process is not known
    float seconds = 0;           ///< that it took
};
static_assert(sizeof(delivery) == 32);

/// A post that a runner of in/ accepted; only Mailman 3 logs it.
struct accepted_post {
    log_time time = 0;
    std::uint32_t machine = 0;
    std::uint32_t pid = 0;
};

/// An error, and its place in the log.
struct log_trouble {
    std::size_t machine = 0;
    log_time time = 0;
    log_topic topic = log_topic::exception;
    std::string cause;
    std::string base{};        ///< of the entry concerned, if known
    std::string message_id{};  ///< if known
    std::string list{};        ///< if known
    std::string place{};       ///< "FILE:LINE"
};

/// All errors of one kind on one machine.
struct trouble_sum {
    std::uint64_t count = 0;
    log_trouble first;
    log_time last = 0;
    std::map<std::string, std::uint64_t, std::less<>> causes;  ///< the first 1,000
};

/// A runner that its master gave up.
struct given_up_runner {
    std::string runner;
    std::uint64_t limit = 0;
    log_time time = 0;
    std::string place;
};

/// What lines without a time of their own tell, each line once.
struct untimed_reports {
    std::uint64_t count = 0;
    std::string place;                                         ///< of the first
    std::map<std::string, std::uint64_t, std::less<>> causes;  ///< the first 20

    void add(std::string at, std::string_view cause) {
        constexpr std::size_t most = 20;
        if (count++ == 0) place = std::move(at);
        if (causes.size() < most || causes.contains(cause)) ++causes[std::string(cause)];
    }
};

/// Counts of a machine's logs. Each line is counted once: as an entry's first line, as a further
/// line of an entry, as empty, as another program's, or as unparsed.
struct machine_history {
    std::string name;
    std::vector<std::string> files;
    std::uint64_t lines = 0;
    std::uint64_t entries = 0;  ///< with a stamp
    std::uint64_t further = 0;  ///< lines of an entry after its first
    std::uint64_t empty = 0;
    std::uint64_t not_understood = 0;
    std::uint64_t other = 0;      ///< entries of no format that Mailman has
    std::uint64_t processes = 0;  ///< entries about runners' starts and ends
    std::uint64_t looks = 0;      ///< at queues, as Mailman 3 logs them at level debug
    std::uint64_t looks_with_entries = 0;
    std::uint64_t notices = 0;  ///< sent from Mailman's own addresses, among `posted`
    std::vector<given_up_runner> restart_limits;
    std::vector<log_time> master_starts;  ///< of Mailman 3's master
    std::vector<std::string> unread;      ///< files that were left out, and why
    std::optional<log_time> first;
    std::optional<log_time> last;
    std::uint64_t deliveries = 0;
    std::uint64_t recipients = 0;
    std::uint64_t posted = 0;
    std::uint64_t failed = 0;
    std::uint64_t held = 0;
    std::uint64_t discarded = 0;
    std::uint64_t clock_back =
        0;  ///< number of times that a log's stamps went back by more than 5 s
    double most_clock_back_s = 0;
    std::string clock_back_place;
    std::uint64_t torn = 0;   ///< lines that begin with zero bytes
    std::string torn_place;   ///< the first
    std::uint64_t cut = 0;    ///< last lines without an end that were not understood
    std::string cut_place;    ///< the first
    std::uint64_t begun = 0;  ///< files that begin in the middle of an entry
    std::string begun_place;  ///< the first
    /// Hosts or containers that the prefixes name before entries, where they are several.
    std::set<std::string, std::less<>> writers;
    other_programs others;         ///< lines that are certainly not Mailman's
    untimed_reports bare_traces;   ///< of processes of Mailman's that ended before they had a log
    untimed_reports service_ends;  ///< what systemd and the kernel say of the end of its service
};

/// An entry that names the message that was asked for.
struct journey_step {
    std::size_t machine = 0;
    log_time time = 0;
    std::uint64_t pid = 0;
    std::string place;
    std::string text;
};

/// A line to show to the user, with its place.
struct shown_line {
    std::string place;  ///< "FILE:LINE"
    std::string text;
};

/// The merged contents of all logs.
struct site_history {
    std::vector<machine_history> machines;
    std::vector<runner_run> runs;          ///< by machine, then in the order of their first entry
    std::deque<delivery> deliveries;       ///< by machine, then by time; within the window
    std::deque<accepted_post> accepted;    ///< within the window, in the order of the logs
    std::vector<delivery_origin> origins;  ///< of the deliveries
    std::unordered_map<std::uint64_t, std::string> repeated;  ///< by hash, ids sent more than once
    std::vector<log_trouble> troubles;  ///< within the window, the first 10,000 of each kind
    std::vector<std::map<log_topic, trouble_sum>> sums;  ///< by machine; all within the window
    std::vector<second_master> second_masters;
    std::vector<journey_step> journey;       ///< of the message asked for, in order of time
    std::vector<shown_line> not_understood;  ///< the first ones
    std::vector<shown_line> other;           ///< the first ones
    log_time from = 0;                       ///< the examined window
    log_time to = 0;

    id_marks messages;  ///< answers to each, and whether it was sent, as below

    static constexpr id_marks::mark taken = 1;    ///< all recipients took it
    static constexpr id_marks::mark refused = 2;  ///< some did not
    static constexpr id_marks::mark sent = 4;

    [[nodiscard]] std::uint64_t lines() const;

    [[nodiscard]] const delivery_origin& origin_of(const delivery& d) const {
        return origins[d.origin];
    }

    /// The hash by which deliveries and `messages` know a message.
    [[nodiscard]] static std::uint64_t hash_of(std::string_view message_id);
};

/// The options of a history.
struct history_options {
    std::optional<log_time> from;  ///< empty: from the first entry
    std::optional<log_time> to;    ///< empty: to the last entry
    /// By machine name: which slices its runners serve, if the logs do not show it.
    std::map<std::string, std::vector<runner_choice>, std::less<>> told;
    std::size_t shown_lines = 5;
    std::string message{};  ///< the id, without angle brackets, of a message to follow
};

/// A place in a log, whose text is made only where it is needed.
struct log_place {
    const std::string& file;
    std::uint64_t line = 0;

    [[nodiscard]] std::string text() const { return file + ':' + std::to_string(line); }
};

/// Collects the entries of all logs, in any order, and merges them.
class history_builder {
public:
    explicit history_builder(history_options options = {}) : options_(std::move(options)) {}

    /// @param name  a machine's name; the same name gives the same number
    std::size_t machine(std::string_view name);

    /// Remembers a file by its identity.
    /// @returns the machine that it was given for before, if it was
    std::optional<std::size_t> given_before(std::uint64_t device, std::uint64_t inode,
                                            std::size_t machine) {
        const auto [at, fresh] = files_.try_emplace({device, inode}, machine);
        return fresh ? std::nullopt : std::optional(at->second);
    }

    [[nodiscard]] const std::string& name_of(std::size_t machine) const {
        return machines_[machine].name;
    }

    /// Whether machine() has been called with that name.
    [[nodiscard]] bool knows(std::string_view name) const;

    [[nodiscard]] machine_history& figures(std::size_t machine) { return machines_[machine]; }

    /// @param line  its texts are taken, or copied where they are kept
    void add(std::size_t machine, log_time time, log_line&& line, const log_place& place);

    /// Adds a line that belongs to no entry.
    void add_not_understood(std::size_t machine, std::string place, std::string_view text);

    /// Keeps the entry if it names the message that is followed.
    void follow(std::size_t machine, log_time time, std::uint64_t pid, std::string place,
                std::string_view entry);

    /// Whether a message is followed.
    [[nodiscard]] bool follows() const { return !options_.message.empty(); }

    /// Adds an entry of an unknown format, to be shown.
    void add_other(std::string place, std::string_view text);

    /// Merges everything. The builder is empty afterwards.
    /// @complexity O(entries log entries); about 50 bytes of memory per delivery, 16 per accepted
    ///             post, 18 per message that a mail server took or refused, nothing per entry that
    ///             tells of neither these nor processes nor errors
    site_history finish();

private:
    struct text_hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>()(text);
        }
    };
    struct machine_store {
        machine_processes processes;
        std::deque<delivery> deliveries;
        std::map<std::uint64_t, sending_process> senders;
        std::unordered_map<std::string, std::uint32_t, text_hash, std::equal_to<>> origins;
        bool mailman3 = false;
    };

    /// What the logs say of a message.
    struct message_note {
        std::uint64_t hash = 0;
        id_marks::mark marks = 0;  ///< 0: nothing
        std::string message_id;
    };

    [[nodiscard]] bool inside(log_time time) const {
        return (!options_.from || time >= *options_.from) && (!options_.to || time <= *options_.to);
    }
    void add_delivery(std::size_t machine, log_time time, std::uint64_t pid, const delivered& done);
    std::uint32_t origin(std::size_t machine, std::string_view list);
    std::uint64_t note(std::string_view message_id, id_marks::mark marks);
    void carry_out(const message_note& note);
    void add_trouble(std::size_t machine, log_time time, trouble_entry&& entry,
                     const log_place& place);
    [[nodiscard]] bool is_second_mark(const trouble_entry& trouble);

    static constexpr std::size_t most_shown = 100;

    history_options options_;
    std::vector<machine_history> machines_;
    std::vector<machine_store> stores_;  ///< by machine
    std::map<std::pair<std::uint64_t, std::uint64_t>, std::size_t> files_;
    std::deque<accepted_post> accepted_;
    std::vector<delivery_origin> origins_;
    std::unordered_map<std::uint64_t, std::string> repeated_;
    std::vector<log_trouble> troubles_;
    std::vector<std::map<log_topic, trouble_sum>> sums_;
    id_marks messages_;
    /// The last ones wait until their places in `messages_` are in the processor's cache.
    std::array<message_note, 8> waiting_;
    std::size_t waiting_at_ = 0;
    std::set<std::string> raced_;  ///< entries known to have been taken twice
    std::vector<journey_step> journey_;
    std::vector<shown_line> not_understood_;
    std::vector<shown_line> other_;
};

}  // namespace qslice::sim::diagnosis
