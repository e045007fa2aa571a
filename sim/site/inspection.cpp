#include "sim/site/inspection.hpp"

#include "sim/site/entry_view.hpp"
#include "sim/site/mailman_names.hpp"
#include "sim/text/plain_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace qslice::sim::diagnosis {

namespace {

/// Runners and queues that were named but do not exist.
std::vector<finding> plan_findings(const slice_plan& plan, const queue_tree& tree) {
    std::vector<std::string> names;
    for (const queue_place& place : tree.queues) names.push_back(place.queue);
    std::vector<finding> findings;
    // A single queue's directory shows nothing about the others.
    if (tree.single) return findings;
    std::string missing;
    for (const runner_choice& runner : plan.without_queue(names)) {
        if (const auto queue = queue_of_runner(runner.runner)) {
            const std::string directory = std::string(*queue) + '/';
            if (!missing.ends_with(directory)) missing += (missing.empty() ? "" : ", ") + directory;
            continue;
        }
        findings.push_back({severity::attention,
                            "unknown-runner",
                            to_string(runner),
                            fmt::format("The runner '{}' has no queue here.", runner.runner),
                            {{"Check its spelling; name a runner of your own by its queue.", {}}}});
    }
    if (!missing.empty()) {
        findings.push_back({severity::note,
                            "missing-queues",
                            "queues",
                            "Mailman's runners of " + missing +
                                " are in the list given, but these directories are not here: a "
                                "copy that left out empty ones, or the queues of another Mailman.",
                            {}});
    }
    for (const std::string& queue : plan.unknown_queues(names)) {
        findings.push_back({severity::attention,
                            "unknown-queue",
                            queue + "/",
                            "A number of slices was given for it, but no such queue exists here.",
                            {}});
    }
    return findings;
}

/// The user states that no runner runs.
finding nothing_runs(const inspection& seen) {
    std::uint64_t entries = 0;
    std::string queues;
    for (const queue_survey& q : seen.queues) {
        if (is_parking(q.queue) || q.waiting + q.in_hand_count == 0) continue;
        entries += q.waiting + q.in_hand_count;
        queues += (queues.empty() ? "" : ", ") + q.queue + '/';
    }
    finding f{severity::attention,
              "nothing-runs",
              to_string(seen.version) == "Mailman" ? std::string("Mailman")
                                                   : std::string(to_string(seen.version)),
              "The given list of running runners is empty: Mailman does not run.",
              {}};
    if (entries > 0) {
        f.what += fmt::format(
            " {} ({}); nothing is lost by that.",
            entries == 1 ? std::string("1 entry waits") : fmt::format("{} entries wait", entries),
            queues);
    }
    f.to_do = {
        {"Start Mailman, if it was not stopped on purpose. If it refuses because of a lock, "
         "see locks/.",
         seen.version == mailman_version::v3 ? "mailman start" : "mailmanctl start"}};
    return f;
}

constexpr std::size_t most_opened = 50;  // entries of a queue that are opened for one finding

/// The list of an entry, by its metadata.
std::string list_of(const metadata& data) {
    for (const std::string_view key : {"listid", "listname"}) {
        if (const value* name = data.find(key); name != nullptr && name->text() != nullptr) {
            return *name->text();
        }
    }
    return {};
}

/// Opens a few entries of each kind that a finding tells more of.
void look_into(queue_survey& seen, mailman_version version) {
    const auto view = [&](const odd_file& file) {
        return view_entry(seen.directory + '/' + file.name, version);
    };
    const auto tell = [&](odd_file& file) {
        const auto entry = view(file);
        if (!entry) return;
        // The name is no part of it.
        file.whole = !entry->data.items().empty() && !entry->stored_as.empty();
        if (const value* count = entry->data.find("_bak_count"); count != nullptr) {
            if (const auto* number = count->get_if<std::int64_t>(); number && *number > 0) {
                file.recovered = static_cast<std::uint64_t>(*number);
            }
        }
    };
    for (odd_file& file : seen.preserved.examples) tell(file);
    for (std::size_t i = 0; i < std::min(most_opened, seen.partial.size()); ++i) {
        tell(seen.partial[i]);
    }
    const std::size_t step = std::max<std::size_t>(seen.late.size() / most_opened, 1);
    for (std::size_t i = 0; i < seen.late.size(); i += step) {
        const auto entry = view(seen.late[i]);
        if (!entry) continue;
        ++seen.late_read;
        ++seen.late_lists[list_of(entry->data)];
    }
    if (seen.late_lists.contains("")) seen.late_lists.clear();
}

/// The Mailman that wrote an entry, where the directories do not show it: 2.1 names the list in its
/// metadata, 3 the list's id.
mailman_version version_of_entry(const queue_survey& seen) {
    if (seen.sample_name.empty()) return mailman_version::unknown;
    const auto entry = view_entry(seen.directory + '/' + seen.sample_name, std::nullopt);
    if (!entry) return mailman_version::unknown;
    if (entry->data.contains("listid")) return mailman_version::v3;
    return entry->data.contains("listname") ? mailman_version::v21 : mailman_version::unknown;
}

/// Two masters run every slice twice: that is one fact, however many queues there are.
void tell_once(std::vector<finding>& findings) {
    constexpr std::size_t many = 3;
    std::map<std::string, std::size_t> first;
    std::map<std::size_t, std::size_t> queues;
    for (std::size_t i = 0; i < findings.size();) {
        finding& f = findings[i];
        const bool same = f.kind == "slice-run-twice" && !first.try_emplace(f.what, i).second;
        if (!same) {
            ++i;
            continue;
        }
        finding& before = findings[first.at(f.what)];
        before.where += ", " + f.where;
        if (++queues[first.at(f.what)] + 1 >= many) {
            before.to_do = {
                {"Look for a second master, on this machine or on another that shares these "
                 "queues, "
                 "and stop the younger one with all its runners.",
                 "ps -eo pid,ppid,lstart,args | grep -e --runner="}};
        }
        findings.erase(findings.begin() + static_cast<std::ptrdiff_t>(i));
    }
}

/// Entries of a list that is locked wait for the lock, not for their runner.
void name_locks(inspection& seen) {
    for (const queue_survey& queue : seen.queues) {
        if (queue.late_lists.size() != 1) continue;
        const std::string& list = queue.late_lists.begin()->first;
        const auto lock = std::find_if(seen.locks.begin(), seen.locks.end(),
                                       [&](const held_lock& l) { return l.list == list; });
        if (lock == seen.locks.end()) continue;
        for (finding& f : seen.findings) {
            if (f.kind != "late" || f.where != queue.queue + '/') continue;
            f.what +=
                " That list is locked, which may be why: see locks/" + printable(lock->name) + ".";
            f.to_do.insert(f.to_do.begin(),
                           {"Find the process that the lock names. While it lives, it is at work "
                            "on that list (or hangs); only if it is dead on that machine, remove "
                            "the lock, and the entries go on.",
                            {}});
        }
    }
}

}  // namespace

result<inspection> inspect_queues(const std::string& directory, const inspection_options& options) {
    auto tree = find_queues(directory);
    if (!tree) return failure(tree.error());
    inspection seen;
    seen.root = tree->root;
    seen.version = options.version.value_or(tree->version);
    seen.now_s = options.survey.now_s;
    seen.ownership = survey_ownership(*tree);
    slice_plan_options stated = options.plan;
    complete_plan(stated, seen.ownership);
    const auto plan = slice_plan::make(stated);
    if (!plan) return failure(plan.error());
    if (auto taken = plan->accepted_by(seen.version); !taken) return failure(taken.error());
    seen.findings = plan_findings(*plan, *tree);
    for (const queue_place& place : tree->queues) {
        // Entries that wait for a person are not divided into slices.
        const auto queue = is_parking(place.queue) ? result<queue_plan>(queue_plan{})
                                                   : plan->for_queue(place.queue);
        if (!queue) return failure(queue.error());
        seen.queues.push_back(survey_queue(place.queue, place.directory, *queue, options.survey));
        if (seen.version == mailman_version::unknown) {
            seen.version = version_of_entry(seen.queues.back());
        }
        look_into(seen.queues.back(), seen.version);
    }
    if (plan->nothing_runs()) seen.findings.push_back(nothing_runs(seen));
    for (const queue_survey& queue : seen.queues) {
        for (finding& f : queue_findings(queue, seen.version, options)) {
            seen.findings.push_back(std::move(f));
        }
    }
    tell_once(seen.findings);
    for (finding& f : ownership_findings(seen.ownership, options.plan, seen.now_s)) {
        seen.findings.push_back(std::move(f));
    }
    if (!tree->single) seen.locks = survey_locks(*tree, seen.now_s);
    for (finding& f : lock_findings(seen.locks, seen.version, seen.now_s)) {
        seen.findings.push_back(std::move(f));
    }
    name_locks(seen);
    sort_by_weight(seen.findings);
    return seen;
}

}  // namespace qslice::sim::diagnosis
