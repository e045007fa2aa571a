#include "sim/site/ownership_survey.hpp"

#include "sim/site/mailman_names.hpp"
#include "sim/text/plain_words.hpp"
#include "sim/text/text_table.hpp"

#include <qslice/ownership/deployment_file.hpp>
#include <qslice/ownership/lease_name.hpp>
#include <qslice/world/posix_world.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

#include <sys/stat.h>

namespace qslice::sim::diagnosis {

namespace {

using json = nlohmann::ordered_json;

/// When a file was last written or renamed.
std::optional<double> changed_s(const std::string& path) {
    struct stat s {};
    if (::stat(path.c_str(), &s) != 0) return std::nullopt;
    return static_cast<double>(s.st_ctim.tv_sec) + static_cast<double>(s.st_ctim.tv_nsec) * 1e-9;
}

void survey_leases(const queue_place& place, posix_world& w, ownership_survey& found) {
    const std::string directory = lease_directory(place.directory);
    lease_survey seen;
    if (!w.list(directory, [&](std::string_view name) { seen.add(name); })) return;
    found.owned_queues.push_back(place.queue);
    for (const auto& [of, lease] : seen.highest) {
        surveyed_lease one{place.queue, lease, {}, std::nullopt};
        const std::string path = directory + '/' + to_string(lease.name);
        if (auto file = w.open(path, open_mode::read, entry_permissions)) {
            if (const auto text = w.read(*file)) {
                one.content = parse_lease(*text).value_or(lease_content());
            }
        }
        one.renewed_s =
            changed_s(lease.name.given_back ? path
                                            : path + std::string(qslice::detail::beat_mark) +
                                                  std::to_string(lease.beat));
        found.leases.push_back(std::move(one));
    }
}

/// The age from which an owner counts as gone: the default bound of a takeover, and a little for
/// clocks that differ.
constexpr double gone_s = 15;
/// So many owners within this time: they do not keep their slice.
constexpr std::size_t flapping_owners = 4;
constexpr double flapping_s = 600;

std::string slice_words(const leased_slice& of) {
    return fmt::format("slice {} of {}", of.slice + 1, of.slices);
}

class examiner {
public:
    examiner(const ownership_survey& seen, const slice_plan_options& given, double now_s)
        : seen_(seen), given_(given), now_s_(now_s) {}

    std::vector<finding> run() {
        if (seen_.problem) {
            add(severity::attention, "deployment-unreadable", seen_.problem->where,
                "The deployment file cannot be used: " + seen_.problem->what + ".")
                .to_do.push_back({"Its runners refuse to start. Restore it, or remove it while no "
                                  "runner runs.",
                                  {}});
        }
        if (seen_.stated) {
            runners();
            given_slices();
            for (const queue_terms& terms : seen_.stated->queues) owners(terms);
        }
        return std::move(findings_);
    }

private:
    finding& add(severity weight, std::string kind, std::string where, std::string what) {
        findings_.push_back({weight, std::move(kind), std::move(where), std::move(what), {}});
        return findings_.back();
    }

    /// Runners that are said to run with another number of slices.
    void runners() {
        if (!given_.running) return;
        for (const runner_choice& r : *given_.running) {
            const auto queue = queue_of_runner(r.runner);
            const queue_terms* const terms =
                seen_.stated->find(queue ? *queue : std::string_view(r.runner));
            if (terms == nullptr || terms->slices == r.slices) continue;
            add(severity::attention, "deployment-differs", to_string(r),
                fmt::format(
                    "It runs with {} slices; the deployment file (epoch {}) divides {}/ into "
                    "{}.",
                    r.slices, seen_.stated->epoch, terms->queue, terms->slices))
                .to_do.push_back(
                    {"Stop it: qslice's runners do not start like that, Mailman's do not know the "
                     "file, and an entry could have two owners or none.",
                     {}});
        }
    }

    void given_slices() {
        if (given_.slices.empty()) return;
        const auto plan = slice_plan::make(given_);
        if (!plan) return;
        for (const queue_terms& terms : seen_.stated->queues) {
            const auto said = plan->for_queue(terms.queue);
            if (!said || said->division.slice_count() == terms.slices) continue;
            add(severity::attention, "deployment-differs", terms.queue + '/',
                fmt::format("{} says {} slices; the deployment file (epoch {}) states {}.",
                            given_.option_slices, said->division.slice_count(), seen_.stated->epoch,
                            terms.slices))
                .to_do.push_back(
                    {"Leave the option out: the file is what runners are held to.", {}});
        }
    }

    void owners(const queue_terms& terms) {
        const auto& owned = seen_.owned_queues;
        if (std::find(owned.begin(), owned.end(), terms.queue) == owned.end()) return;
        std::map<std::uint64_t, const surveyed_lease*> by_slice;
        for (const surveyed_lease& l : seen_.leases) {
            if (l.queue != terms.queue) continue;
            if (l.lease.name.of.epoch == seen_.stated->epoch) {
                by_slice[l.lease.name.of.slice] = &l;
            } else if (!l.lease.name.given_back) {
                older(l);
            }
        }
        for (std::uint64_t k = 0; k < terms.slices; ++k) {
            const leased_slice of{seen_.stated->epoch, k, terms.slices};
            const auto at = by_slice.find(k);
            if (at == by_slice.end()) {
                no_owner(terms.queue, of, "nobody has taken it since the queue was divided so");
            } else {
                owner(*at->second);
            }
        }
    }

    [[nodiscard]] double age(double moment_s) const { return now_s_ - moment_s; }

    void no_owner(const std::string& queue, const leased_slice& of, const std::string& why) {
        add(severity::attention, "no-owner", queue + '/',
            fmt::format("{} has no owner: {}. Its entries wait.", slice_words(of), why))
            .to_do.push_back({"Start a machine that owns it or stands by for it, and read its log "
                              "qrunner.",
                              {}});
    }

    void owner(const surveyed_lease& l) {
        const auto& terms = l.content.terms;
        const std::string who = terms.empty() ? "an unknown process" : terms.front().owner;
        if (l.lease.name.given_back) {
            if (l.renewed_s && age(*l.renewed_s) < gone_s) return;  // on its way to the next
            no_owner(l.queue, l.lease.name.of,
                     fmt::format("{} gave it back{}", who,
                                 l.renewed_s ? " " + age_text(age(*l.renewed_s)) + " ago" : ""));
        } else if (l.renewed_s && age(*l.renewed_s) >= gone_s) {
            no_owner(
                l.queue, l.lease.name.of,
                fmt::format("{} last renewed its lease {} ago", who, age_text(age(*l.renewed_s))));
        }
        flapping(l);
    }

    void flapping(const surveyed_lease& l) {
        const auto& terms = l.content.terms;
        const auto recent = std::count_if(terms.begin(), terms.end(), [&](const lease_term& t) {
            return age(t.since_s) <= flapping_s && age(t.since_s) >= 0;
        });
        if (static_cast<std::size_t>(recent) < flapping_owners) return;
        add(severity::attention, "flapping-owner", l.queue + '/',
            fmt::format("{} had {} owners within {}; the last change: {} {}.",
                        slice_words(l.lease.name.of), recent, age_text(flapping_s),
                        terms.front().owner, terms.front().why))
            .to_do.push_back(
                {"Look why its owners stand still or restart: load, storage, the file "
                 "server; an entry that stops its runner is preserved at the third time.",
                 {}});
    }

    /// A lease of an older division that is still held.
    void older(const surveyed_lease& l) {
        const std::string who =
            l.content.terms.empty() ? "an unknown process" : l.content.terms.front().owner;
        const bool alive = l.renewed_s && age(*l.renewed_s) < gone_s;
        if (alive) {
            add(severity::note, "change-in-progress", l.queue + '/',
                fmt::format(
                    "{} of epoch {} is still held by {}, which finishes what it has in hand; "
                    "the slices of epoch {} that overlap it wait for that.",
                    slice_words(l.lease.name.of), l.lease.name.of.epoch, who, seen_.stated->epoch));
        } else {
            add(severity::attention, "two-owners", l.queue + '/',
                fmt::format("{} of epoch {} was never given back by {}, and epoch {} divides the "
                            "queue anew. If nobody ends that lease, overlapping slices wait.",
                            slice_words(l.lease.name.of), l.lease.name.of.epoch, who,
                            seen_.stated->epoch))
                .to_do.push_back({"Any machine that owns an overlapping slice ends it by itself "
                                  "within the bound of a takeover: start one.",
                                  {}});
        }
    }

    const ownership_survey& seen_;
    const slice_plan_options& given_;
    double now_s_;
    std::vector<finding> findings_;
};

}  // namespace

ownership_survey survey_ownership(const queue_tree& tree) {
    ownership_survey found;
    posix_world w([](std::string_view, std::string_view) {});
    const std::string spool =
        tree.single ? tree.root.substr(0, std::min(tree.root.rfind('/'), tree.root.size()))
                    : tree.root;
    auto stated = read_deployment(w, tree.single && spool == tree.root ? "." : spool);
    if (stated) {
        found.stated = *std::move(stated);
    } else if (stated.error().code == error_code::malformed) {
        found.problem = stated.error();
    }
    for (const queue_place& place : tree.queues) survey_leases(place, w, found);
    return found;
}

void complete_plan(slice_plan_options& plan, const ownership_survey& seen) {
    if (!seen.stated || !plan.slices.empty()) return;
    std::string partition = seen.stated->queues.front().partition;
    for (const queue_terms& terms : seen.stated->queues) {
        plan.slices +=
            (plan.slices.empty() ? "" : ",") + terms.queue + '=' + std::to_string(terms.slices);
        if (terms.partition != partition) partition.clear();
    }
    plan.option_slices = "the deployment file";
    const bool known =
        std::any_of(partition_kinds.begin(), partition_kinds.end(), [&](const partition_kind& k) {
            return k.name == partition.substr(0, partition.find(':'));
        });
    if (plan.partition.empty() && known) plan.partition = partition;
}

std::vector<finding> ownership_findings(const ownership_survey& seen,
                                        const slice_plan_options& given, double now_s) {
    return examiner(seen, given, now_s).run();
}

std::string to_text(const ownership_survey& seen, double now_s) {
    using enum text_table::align;
    std::string text;
    if (seen.stated) {
        text_table table({{"queue"}, {"slices", right}, {"partition"}, {"hash"}, {"order"}});
        for (const queue_terms& t : seen.stated->queues) {
            table.add({printable(t.queue) + '/', std::to_string(t.slices), printable(t.partition),
                       printable(t.hash), printable(t.order)});
        }
        text += fmt::format("\nDeployment (epoch {})\n{}", seen.stated->epoch, table.to_text());
    }
    text_table table({{"queue"},
                      {"slice", right},
                      {"epoch", right},
                      {"lease", right},
                      {"owner"},
                      {"for", right},
                      {"renewed", right},
                      {"why"}});
    for (const surveyed_lease& l : seen.leases) {
        const bool is_old = seen.stated && l.lease.name.of.epoch != seen.stated->epoch;
        if (is_old && l.lease.name.given_back) continue;
        const lease_term term = l.content.terms.empty() ? lease_term() : l.content.terms.front();
        table.add(
            {printable(l.queue) + '/', slice_text(l.lease.name.of.slice, l.lease.name.of.slices),
             std::to_string(l.lease.name.of.epoch), std::to_string(l.lease.name.number),
             l.lease.name.given_back ? "none" : printable(term.owner),
             l.lease.name.given_back || term.owner.empty() ? "." : age_text(now_s - term.since_s),
             l.renewed_s ? age_text(now_s - *l.renewed_s) : ".",
             l.lease.name.given_back ? "given back by " + printable(term.owner)
                                     : printable(term.why)});
    }
    if (!table.empty()) text += "\nOwners\n" + table.to_text();
    return text;
}

json to_json(const ownership_survey& seen) {
    json deployment(nullptr);
    if (seen.stated) {
        json queues = json::array();
        for (const queue_terms& t : seen.stated->queues) {
            queues.push_back({{"queue", printable(t.queue)},
                              {"slices", t.slices},
                              {"partition", printable(t.partition)},
                              {"hash", printable(t.hash)},
                              {"order", printable(t.order)}});
        }
        deployment = {{"epoch", seen.stated->epoch}, {"queues", std::move(queues)}};
    }
    json leases = json::array();
    for (const surveyed_lease& l : seen.leases) {
        json terms = json::array();
        for (const lease_term& t : l.content.terms) {
            terms.push_back({{"lease", t.number},
                             {"since", t.since_s},
                             {"owner", printable(t.owner)},
                             {"why", printable(t.why)}});
        }
        leases.push_back({{"queue", printable(l.queue)},
                          {"epoch", l.lease.name.of.epoch},
                          {"slice", slice_text(l.lease.name.of.slice, l.lease.name.of.slices)},
                          {"lease", l.lease.name.number},
                          {"given_back", l.lease.name.given_back},
                          {"renewed", l.renewed_s ? json(*l.renewed_s) : json(nullptr)},
                          {"owners", std::move(terms)}});
    }
    return {{"deployment", std::move(deployment)}, {"leases", std::move(leases)}};
}

}  // namespace qslice::sim::diagnosis
