/// @file
/// Makes the record of a run by hand: a site with several machines, each with its slice of every
/// runner, and the paths of posts through it.
#pragma once

#include "sim/record/run_record.hpp"

#include <qslice/core/hash_value.hpp>
#include <qslice/partition/any_partition.hpp>
#include <qslice/spool/entry_order.hpp>
#include <qslice/spool/mailman_order.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice::sim {

/// Machine k, "m1" and so on from k = 0, runs slice k of each runner. Times are seconds after
/// the start of the run; posts have three recipients.
class record_builder {
public:
    static constexpr double start_s = 1'400'000'000;
    static constexpr std::uint32_t recipients = 3;

    explicit record_builder(std::uint32_t machines = 3) : machines_(machines) {
        run.setting.name = "by hand";
        run.queues = {"in", "archive", "out", "virgin", "retry", "bounces", "shunt"};
        run.queue_slices.assign(run.queues.size(), machines);
        run.flows.resize(run.queues.size());
        const auto flows = [&](const char* from, const std::vector<std::string>& to) {
            for (const std::string& q : to) {
                run.flows[run.queue_index(from)].push_back(run.queue_index(q));
            }
        };
        flows("in", {"archive", "out", "virgin"});
        flows("out", {"retry", "bounces"});
        flows("virgin", {"out"});
        flows("retry", {"out"});
        run.stream.lists = {"dev", "users"};
        run.stream.senders = {"anne@example.com", "bart@example.com"};
        run.started = at(0);
        run.ended = at(1000);
        for (std::uint32_t m = 0; m < machines; ++m) {
            machine_choice machine;
            machine.name = machine_name(m);
            run.setting.machines.push_back(machine);
        }
        // Mailman 2.1's policy, and equal slices.
        run.policy.bump_s = mailman_order::bump_s;
        divide(make_partition("equal:" + std::to_string(machines)).value());
        for (std::uint32_t q = 0; q < run.queues.size(); ++q) {
            for (std::uint32_t m = 0; m < machines; ++m) add_runner(q, m, machine_name(m));
        }
    }

    /// States how the queues are divided, all in the same way.
    void divide(const any_partition& partition) {
        run.divisions.clear();
        partitions_.clear();
        for (std::uint32_t q = 0; q < run.queues.size(); ++q) add_division(q, partition);
    }

    /// States what runners of another number of slices take from a queue, of the entries so far
    /// as well.
    void also_divide(std::uint32_t queue, const any_partition& partition) {
        add_division(queue, partition);
        state_owners();
    }

    /// States again who owns the entries, as their hashes are now.
    void state_owners() {
        run.further_owners.clear();
        for (std::uint32_t e = 0; e < run.entries.size(); ++e) {
            const entry_record& entry = run.entries[e];
            for (std::size_t d = 0; d < run.divisions.size(); ++d) {
                const std::uint64_t slices = run.divisions[d].slices;
                if (run.divisions[d].queue != entry.queue) continue;
                for (std::uint32_t k = 0; k < slices; ++k) {
                    const bool known = slices == machines_ && k == entry.slice;
                    if (known || !partitions_[d].owns(k, entry.name.hash)) continue;
                    run.further_owners.push_back({e, slices, k});
                }
            }
        }
    }

    static virtual_time at(double s) { return to_virtual_time(start_s) + to_duration(s); }
    static std::string machine_name(std::uint32_t m) { return "m" + std::to_string(m + 1); }

    std::uint32_t add_runner(std::uint32_t queue, std::uint64_t slice, const std::string& machine) {
        process_record process;
        process.machine = machine;
        process.name = "Runner-" + run.queues[queue] + ":" + std::to_string(slice) + ":" +
                       std::to_string(machines_);
        process.queue = queue;
        process.slice = slice;
        process.slices = machines_;
        process.started = run.started;
        run.processes.push_back(process);
        return static_cast<std::uint32_t>(run.processes.size() - 1);
    }

    /// A post that is accepted on arrival, and nothing more yet.
    /// @param thread  0: the post starts a thread
    std::uint32_t post(double s, std::uint32_t list = 0, std::uint32_t sender = 0,
                       std::uint64_t thread = 0) {
        const auto number = static_cast<std::uint32_t>(run.posts.size());
        arrival a;
        a.time = at(s);
        a.list = list;
        a.sender = sender;
        a.size_bytes = 5000;
        a.message_id = number + 1;
        a.thread = thread == 0 ? a.message_id : thread;
        run.stream.arrivals.push_back(a);
        post_record record;
        record.arrived = record.accepted = at(s);
        record.attempts = 1;
        record.recipients = recipients;
        run.posts.push_back(record);
        return number;
    }

    /// @param stamp_s  the time in its name; negative: the time of the enqueue
    std::uint32_t enqueue(std::string_view queue, std::uint32_t post_number, double s,
                          std::uint32_t slice = 0, double stamp_s = -1) {
        entry_record entry;
        entry.queue = run.queue_index(queue);
        entry.post = post_number;
        entry.slice = slice;
        entry.name.time.seconds = start_s + (stamp_s < 0 ? s : stamp_s);
        entry.name.hash = hash_value::fraction(2 * slice + 1, 2 * machines_);
        entry.enqueued = at(s);
        entry.enqueued_by = runner("in", 0);
        run.entries.push_back(entry);
        return static_cast<std::uint32_t>(run.entries.size() - 1);
    }

    /// The runner of its slice takes it and finishes it immediately.
    void take(std::uint32_t entry_number, double s) {
        entry_record& entry = run.entries[entry_number];
        entry.taken = std::min(entry.taken, at(s));
        entry.finished = at(s);
        entry.taken_by = runner(run.queues[entry.queue], entry.slice);
        ++entry.times_taken;
        entry.fate = entry_fate::finished;
        process_record& process = run.processes[entry.taken_by];
        ++process.handled;
        process.working += to_duration(0.1);
    }

    void deliver(std::uint32_t post_number, double s, std::uint32_t slice = 0,
                 std::uint32_t reached = recipients) {
        run.deliveries.push_back({post_number, none, runner("out", slice), at(s), reached});
    }
    void archive(std::uint32_t post_number, double s, std::uint32_t slice = 0) {
        run.archivings.push_back({post_number, none, runner("archive", slice), at(s), 0});
    }

    /// Where and when a post passes through the queues.
    struct way {
        double accepted = 0;
        double in_taken = 0;
        double out_taken = 0;
        std::uint32_t in_slice = 0;
        std::uint32_t out_slice = 0;
        std::uint32_t list = 0;
        std::uint32_t sender = 0;
        std::uint64_t thread = 0;
    };

    /// A post that is delivered and archived.
    std::uint32_t pass(const way& w) {
        const std::uint32_t p = post(w.accepted, w.list, w.sender, w.thread);
        take(enqueue("in", p, w.accepted, w.in_slice), w.in_taken);
        take(enqueue("archive", p, w.in_taken, w.in_slice, w.accepted), w.in_taken + 0.01);
        archive(p, w.in_taken + 0.01, w.in_slice);
        take(enqueue("out", p, w.in_taken, w.out_slice, w.accepted), w.out_taken);
        deliver(p, w.out_taken, w.out_slice);
        return p;
    }

    /// A post that passes through one slice within a second.
    std::uint32_t pass(double accepted, std::uint32_t slice = 0) {
        way w;
        w.accepted = accepted;
        w.in_taken = accepted + 0.3;
        w.out_taken = accepted + 0.6;
        w.in_slice = w.out_slice = slice;
        return pass(w);
    }

    std::uint32_t runner(std::string_view queue, std::uint64_t slice) const {
        const std::uint32_t q = run.queue_index(queue);
        for (std::uint32_t p = 0; p < run.processes.size(); ++p) {
            if (run.processes[p].queue == q && run.processes[p].slice == slice) return p;
        }
        return none;
    }

    /// The index of the post's entry in a queue.
    std::uint32_t entry_of(std::string_view queue, std::uint32_t post_number) const {
        const std::uint32_t q = run.queue_index(queue);
        for (std::uint32_t e = 0; e < run.entries.size(); ++e) {
            if (run.entries[e].queue == q && run.entries[e].post == post_number) return e;
        }
        return none;
    }

    run_record run;

private:
    void add_division(std::uint32_t queue, const any_partition& partition) {
        queue_division division{queue,
                                partition.slice_count(),
                                partition.shares(),
                                partition.wanted_shares(),
                                partition.overlaps(),
                                {}};
        for (std::uint64_t i = 0; i < sampled_hashes; ++i) {
            division.samples.push_back(partition.slice_of(sampled_hash(i)));
        }
        run.divisions.push_back(std::move(division));
        partitions_.push_back(partition);
    }

    std::uint32_t machines_;
    std::vector<any_partition> partitions_;  ///< of run.divisions
};

}  // namespace qslice::sim
