#include "sim/site/inspection.hpp"

#include "sim/site/entry_view.hpp"
#include "sim/site/mailman_names.hpp"
#include "sim/text/plain_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <functional>
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

/// Two masters run every slice twice: that is one fact, however many queues and slices there are.
void tell_once(std::vector<finding>& findings) {
    constexpr std::size_t many = 3;
    // By how many runners serve each.
    std::map<std::uint64_t, std::vector<std::size_t>> groups;
    for (std::size_t i = 0; i < findings.size(); ++i) {
        if (const auto& doubled = findings[i].doubled) groups[doubled->runners].push_back(i);
    }
    std::vector<std::size_t> told;
    for (const auto& [count, group] : groups) {
        std::map<std::string, std::vector<std::size_t>> by_text;
        std::vector<std::string> queues;
        for (const std::size_t i : group) {
            by_text[findings[i].what].push_back(i);
            if (queues.empty() || queues.back() != findings[i].where) {
                queues.push_back(findings[i].where);
            }
        }
        const bool all = queues.size() >= many;
        if (all) by_text = {{"", group}};
        for (const auto& [text, same] : by_text) {
            finding& first = findings[same.front()];
            std::string slices;
            std::string where;
            std::string last;
            for (const std::size_t i : same) {
                const finding& f = findings[i];
                slices += (slices.empty() ? "" : ", ");
                if (f.where != last) slices += f.where + ' ';
                slices += f.doubled->slice;
                if (f.where != last) where += (where.empty() ? "" : ", ") + f.where;
                last = f.where;
                if (i != same.front()) told.push_back(i);
            }
            first.where = where;
            if (!all) continue;
            constexpr std::size_t most_named = 12;
            if (same.size() > most_named) slices = grouped(same.size()) + " in " + where;
            first.what = fmt::format(
                "{} runners serve each of these slices: {}. They race for each entry, and a "
                "message may be sent twice.",
                count, slices);
            first.to_do = {
                {"Look for a second master, on this machine or on another that shares these "
                 "queues, and stop the younger one with all its runners.",
                 "ps -eo pid,ppid,lstart,args | grep -e --runner="}};
        }
    }
    std::sort(told.rbegin(), told.rend());
    for (const std::size_t i : told) {
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

/// Surveys one queue by its plan.
using queue_surveyor = std::function<queue_survey(const queue_place&, const queue_plan&)>;

/// Surveys all queues and judges them.
/// @param live  the entries' files are here
result<void> judge(inspection& seen, const queue_tree& tree, const slice_plan_options& stated,
                   const inspection_options& options, bool live, const queue_surveyor& survey) {
    const auto plan = slice_plan::make(stated);
    if (!plan) return failure(plan.error());
    if (auto taken = plan->accepted_by(seen.version); !taken) return failure(taken.error());
    for (finding& f : plan_findings(*plan, tree)) seen.findings.push_back(std::move(f));
    for (const queue_place& place : tree.queues) {
        // Entries that wait for a person are not divided into slices.
        const auto queue = is_parking(place.queue) ? result<queue_plan>(queue_plan{})
                                                   : plan->for_queue(place.queue);
        if (!queue) return failure(queue.error());
        seen.queues.push_back(survey(place, *queue));
        if (!live) continue;
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
    return {};
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
    const auto survey = [&](const queue_place& place, const queue_plan& plan) {
        return survey_queue(place.queue, place.directory, plan, options.survey);
    };
    if (auto done = judge(seen, *tree, stated, options, true, survey); !done) {
        return failure(done.error());
    }
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

result<inspection> inspect_listing(const std::string& name, const queue_listing& listing,
                                   const inspection_options& options) {
    queue_tree tree{name, listing.queues.size() == 1, listing.version, {}};
    std::vector<listed_queue> queues = listing.queues;
    // Of a listing that names no directory, --slices QUEUE=N may say whose it is.
    const std::string_view named =
        std::string_view(options.plan.slices).substr(0, options.plan.slices.find('='));
    if (tree.single && queues[0].directory.empty() && find_queue(named) != nullptr) {
        queues[0].queue = named;
    }
    for (const listed_queue& queue : queues) {
        tree.queues.push_back({queue.queue, queue.directory});
    }
    inspection seen;
    seen.root = name;
    seen.version = options.version.value_or(tree.version);
    seen.now_s = options.survey.now_s;
    std::size_t next = 0;
    const auto survey = [&](const queue_place&, const queue_plan& plan) {
        return survey_listing(queues[next++], plan, options.survey);
    };
    if (auto done = judge(seen, tree, options.plan, options, false, survey); !done) {
        return failure(done.error());
    }
    finding f{severity::note,
              "listing",
              name,
              fmt::format("This is a listing of {}, judged as of {} UTC; if it is older, give its "
                          "time with --now.",
                          counted(listing.files, "entry", "entries"), date_text(seen.now_s)),
              {}};
    if (listing.times < listing.files) {
        f.what +=
            " It has no times of files that show their time zone, so ages are those of the "
            "stamps in the names: an entry that came back from retry/ looks late.";
        f.to_do.push_back({"With times:", "ls -lR --time-style=full-iso QFILES"});
    }
    if (tree.single && find_queue(queues[0].queue) == nullptr) {
        f.what += " It does not tell of which queue it is: name its file after that (in.txt).";
    }
    seen.findings.push_back(std::move(f));
    sort_by_weight(seen.findings);
    return seen;
}

}  // namespace qslice::sim::diagnosis
