#include "sim/model/guided_course.hpp"

#include "sim/model/process_name.hpp"
#include "sim/model/slice_owners.hpp"
#include "sim/model/state_hash.hpp"
#include "sim/record/instants.hpp"
#include "sim/record/process_names.hpp"

#include <qslice/core/entry_name.hpp>
#include <qslice/ownership/keeper_memory.hpp>
#include <qslice/ownership/lease_survey.hpp>
#include <qslice/partition/named_partition.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <string_view>
#include <utility>

namespace qslice::sim {

namespace {

/// A process's own claim to a list's lock or a lease. The marks of those who end a lock are seen by
/// others.
bool is_claim(std::string_view path) {
    if (is_of_leases(path)) return path.find("/leases/claim.") != std::string_view::npos;
    const std::size_t at = path.find(".lock.");
    return at != std::string_view::npos && !path.substr(at).starts_with(".lock.end.");
}

/// What matters of a file's content: of a lock and a claim whose it is, not when it was taken.
std::string_view essence(std::string_view path, std::string_view content) {
    if (path.find(".lock") == std::string_view::npos) return content;
    return content.substr(0, content.find(' '));
}

/// What the name of an entry that is being written ends with. Nothing but its writer opens it.
constexpr std::string_view unfinished = ".tmp";

bool is_own(std::string_view path) { return path.ends_with(unfinished) || is_claim(path); }

constexpr bool makes_durable(call_kind kind) noexcept {
    return kind == call_kind::sync || kind == call_kind::sync_directory;
}

/// A hash of what a call does, however often a lease was renewed.
std::uint64_t hash_of(const world_call& call) {
    return mix(mix(mix(0, without_beat(call.path)), without_beat(call.target)),
               static_cast<std::uint64_t>(call.kind));
}

constexpr bool changes_something(call_kind kind) noexcept {
    return row_of(call_table, kind).changes && !makes_durable(kind);
}
static_assert(!changes_something(call_kind::close), "a file is closed for its process alone");

std::string_view directory_of(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

}  // namespace

guided_course::guided_course(const course_choice& course, choice_source& choices,
                             world_observer* also)
    : course_(course),
      choices_(choices),
      also_(also),
      delays_left_(course.delays),
      crashes_left_(course.crashes) {}

simulation_hooks guided_course::hooks() {
    simulation_hooks h;
    h.observer = this;
    if (course_.any_order || course_.delays > 0) {
        h.among = choose_among::all;
        h.chooser = [this](std::span<const enabled_event> enabled) { return choose_step(enabled); };
    }
    if (course_.crashes > 0) h.crash_states = this;
    h.on_start = [this](const simulation_view& view) {
        view_.emplace(view);
        in_instants_ = passes_in_instants(view.record.setting);
    };
    return h;
}

/// Calls visit(path, node) for each name in a directory.
template <class Visit>
void guided_course::visit_names(std::string_view directory, Visit&& visit) const {
    const inode_ptr where = view_->disk.directory_at(std::string(directory));
    if (!where) return;
    std::string path(directory);
    path += '/';
    where->names->visit([&](std::string_view name) {
        path.replace(directory.size() + 1, std::string::npos, name);
        visit(std::string_view(path), *where->names->find(name));
    });
}

std::size_t guided_course::ask(place where, std::size_t n) {
    asking_ = where;
    return choices_.choose(n);
}

std::size_t guided_course::choose(std::size_t n) { return ask(place::crash_state, n); }

/// The number of an instant.
std::int64_t guided_course::number_of(virtual_time t) const {
    return t.time_since_epoch() / instant_of(view_->record.setting);
}

bool guided_course::has_begun() const {
    return !in_instants_ || view_->simulation.now() - view_->record.started >=
                                to_duration(view_->record.setting.deployment.takeover_s / 2);
}

/// What is due at this instant comes in any order, and what may happen at any time before or after
/// it; only then does time pass.
std::size_t guided_course::choose_in_instant(std::span<const enabled_event> enabled) {
    enabled_.assign(enabled.begin(), enabled.end());
    const auto is_free = [&](const enabled_event& e) {
        const auto known = processes_.find(e.process.value);
        return e.loose || (known != processes_.end() && known->second.is == role::post);
    };
    const std::int64_t now = number_of(view_->simulation.now());
    std::optional<std::int64_t> first;
    std::vector<std::size_t> due;
    std::vector<std::size_t> free;
    for (std::size_t i = 0; i < enabled.size(); ++i) {
        if (is_free(enabled[i])) {
            free.push_back(i);
            continue;
        }
        const std::int64_t at = std::max(now, number_of(enabled[i].time));
        if (!first) first = at;
        if (at == *first) due.push_back(i);
    }
    time_passes_ = first && *first > now;
    ways_ = time_passes_ ? free : due;
    const auto& last = time_passes_ ? due : free;
    ways_.insert(ways_.end(), last.begin(), last.end());
    // Owners take what is theirs in the usual order; then the walk begins.
    if (!has_begun() && !due.empty()) ways_ = {due.front()};
    is_free_.clear();
    settled_.clear();
    next_processes_.clear();
    for (const std::size_t i : ways_) {
        is_free_.push_back(is_free(enabled[i]));
        next_processes_.push_back(enabled[i].process.value);
    }
    soon_ = next_processes_;
    const std::size_t way = ways_.size() > 1 ? ask(place::step, ways_.size()) : 0;
    const std::size_t chosen = ways_[way];
    if (!is_private(way)) acted_at_ = time_passes_ && !is_free_[way] ? *first : now;
    if (const auto id = enabled[chosen].process; id) ++processes_[id.value].steps;
    return chosen;
}

std::size_t guided_course::choose_step(std::span<const enabled_event> enabled) {
    pending_ = enabled.size();
    if (in_instants_) return choose_in_instant(enabled);
    next_processes_.clear();
    std::size_t chosen = 0;
    std::size_t ways = 0;
    const virtual_time within = add(enabled.front().time, to_duration(reach_s));
    for (const enabled_event& e : enabled) {
        if (e.time > within) break;
        next_processes_.push_back(e.process.value);
        ++ways;
    }
    soon_.clear();
    for (const enabled_event& e : enabled) {
        if (e.time > add(within, to_duration(reach_s))) break;
        soon_.push_back(e.process.value);
    }
    if (ways > 1 && (course_.any_order || delays_left_ > 0)) chosen = ask(place::step, ways);
    if (chosen > 0 && !course_.any_order) --delays_left_;
    if (const auto id = enabled[chosen].process; id) ++processes_[id.value].steps;
    return chosen;
}

injected_fault guided_course::maybe_crash(const world_call& call, place where) {
    // The mail server's processes matter as well; only the set-up does not.
    if (crashes_left_ == 0 || !has_begun()) return {};
    if (course_.crash == crash_scope::pause) {
        // The mail server may be as late as it likes anyhow.
        const role is = processes_.at(call.process.value).is;
        if (is != role::runner && is != role::keeper) return {};
    }
    crash_matters_ = matters(call, where);
    if (ask(where, 2) == 0) return {};
    --crashes_left_;
    // How often a lease was renewed is no part of a state, so it makes no other point either.
    crash_points_.push_back(mix(mix(processes_.at(call.process.value).name, hash_of(call)),
                                static_cast<std::uint64_t>(where)));
    if (course_.crash == crash_scope::machine) return {injected_fault::kind::crash_machine, {}};
    if (course_.crash == crash_scope::power) return {injected_fault::kind::lose_power, {}};
    if (course_.crash == crash_scope::pause) {
        paused_ = processes_.at(call.process.value).group;
        for (auto& [id, p] : processes_) {
            p.is_late |= p.group == paused_ && p.is == role::keeper && p.has_looked;
        }
        return {injected_fault::kind::pause_process, {}};
    }
    return {injected_fault::kind::crash_process, {}};
}

/// Whether a crash here can leave what no other one leaves.
///
/// A process that crashes after a call that changes nothing leaves what it left after the call
/// before; what others did meanwhile they can as well do after the crash. So a crash is walked
/// after each change, and before a call that follows a delivery. The very first call is another
/// such place: a process that dies before it has done anything is still missed.
///
/// A loss of all power can undo every change that is not yet durable. So one right before changes
/// become durable leaves all that earlier ones leave, as long as nothing else was decided between
/// them: a delivery, after the read of its entry, or an acceptance, after the last directory is
/// durable.
bool guided_course::matters(const world_call& call, place where) const {
    const bool after_effect =
        where == place::before_call && processes_.at(call.process.value).has_effect;
    if (course_.crash == crash_scope::machine) {
        if (!in_instants_) return true;
        // As with a process. A crash right before something becomes durable leaves all that one
        // after it leaves, except that a post has been accepted.
        if (where == place::before_call) return after_effect || call.count == 1;
        return call.took_effect && (changes_something(call.kind) ||
                                    (call.kind == call_kind::sync_directory &&
                                     processes_.at(call.process.value).is == role::post));
    }
    if (course_.crash == crash_scope::pause) {
        // What no other process sees may as well be done before the pause or after it; but what
        // follows a call, such as a look at the clock or a delivery, may come late too. A call that
        // comes late itself, after a look at the clock, matters if it changes something. A runner
        // that has found nothing might as well not have looked.
        const progress_of& process = processes_.at(call.process.value);
        if (process.going_is == next_step::unseen) return false;
        if (where == place::before_call) return after_effect || changes_something(call.kind);
        const bool is_vain = call.kind == call_kind::list && process.number != none &&
                             entries_for(process.number) == 0;
        return !is_vain;
    }
    if (course_.crash == crash_scope::power) {
        if (where == place::before_call) return after_effect || makes_durable(call.kind);
        return call.kind == call_kind::read || call.kind == call_kind::sync_directory;
    }
    if (where == place::before_call) return after_effect || call.count == 1;
    return call.took_effect && changes_something(call.kind);
}

/// A call is invisible if, together with its process's steps until the next wait, it neither
/// changes what another process can see nor depends on another's changes: on an entry being
/// written, on a claim to a list's lock, on an entry of a runner's own slice, which others skip.
/// Whether names are durable matters only if more than a process can crash, and whether bytes are,
/// only once another process can read them: an entry that is being written when its machine stops
/// is never read.
guided_course::next_step guided_course::kind_of(const world_call& call, bool of_runner) const {
    const bool in_hand = call.path.ends_with(".bak");
    const auto unseen_if = [](bool is) { return is ? next_step::unseen : next_step::other; };
    switch (call.kind) {
        case call_kind::list: return next_step::look;
        case call_kind::open:
        case call_kind::read:
            return unseen_if(is_own(call.path) ||
                             (of_runner && (in_hand || call.path.ends_with(".pck"))));
        case call_kind::write:
        case call_kind::close: return unseen_if(is_own(call.path));
        case call_kind::sync:
            return unseen_if(may_lose_unsynced() ? call.path.ends_with(unfinished)
                                                 : is_own(call.path));
        case call_kind::remove: return unseen_if(in_hand || is_claim(call.path));
        case call_kind::rename: return unseen_if(of_runner && call.target.ends_with(".bak"));
        case call_kind::sync_directory:
            if (may_lose_unsynced()) return next_step::other;
            return of_runner ? next_step::unseen : next_step::acceptance;
        default: return next_step::other;
    }
}

bool guided_course::may_be_repeated(std::size_t answer) const {
    if (!in_instants_ || asking_ != place::step) return false;
    const auto known = processes_.find(next_processes_[answer]);
    return known != processes_.end() && known->second.is == role::keeper;
}

guided_course::next_step guided_course::kind_of_answer(std::size_t answer) const {
    const auto known = processes_.find(next_processes_[answer]);
    // A callback only starts a process, and a starting process only prepares.
    return known == processes_.end() ? next_step::unseen : known->second.next;
}

/// The queue that a path is in.
std::uint32_t guided_course::queue_of(std::string_view path) const {
    constexpr std::string_view above = "/qfiles/";
    const std::size_t at = path.find(above);
    if (at == std::string_view::npos) return outside;
    path.remove_prefix(at + above.size());
    return view_->record.queue_index(path.substr(0, path.find('/')));
}

std::uint64_t guided_course::role_bit(const progress_of& process) {
    constexpr std::uint32_t most = 63;
    return std::uint64_t{1} << (process.is == role::runner ? std::min(process.queue, most - 1)
                                                           : most);
}

/// Whether the other process may, now or later, do what does not commute with the step.
bool guided_course::may_disturb(const progress_of& other, const progress_of& step) const {
    if (other.is == role::unknown || step.is == role::unknown || step.touches == none) return true;
    const run_record& r = view_->record;
    switch (step.next) {
        case next_step::unseen: return false;
        case next_step::acceptance: return other.is == role::post;
        // What happens before a loss of power, and what becomes durable before it, matter together.
        case next_step::effect: return may_lose_unsynced() || other.queue == step.touches;
        case next_step::waking:
        case next_step::look:
        case next_step::other: break;
    }
    if (step.touches == outside) {
        return leave_queues_ == nullptr || (leave_queues_->load() & role_bit(other)) != 0;
    }
    if (other.is == role::post) return r.queues[step.touches] == r.entry_queue;
    if (other.queue == step.touches) return step.queue != step.touches;
    const auto& flows = r.flows[other.queue];
    return r.queue_slices[step.touches] == 0 ||
           std::find(flows.begin(), flows.end(), step.touches) != flows.end();
}

bool guided_course::is_independent(std::size_t answer) const {
    const auto known = processes_.find(next_processes_[answer]);
    if (known == processes_.end()) return false;
    const progress_of& step = known->second;
    return std::none_of(soon_.begin(), soon_.end(), [&](std::uint64_t id) {
        if (id == known->first) return false;
        const auto other = processes_.find(id);
        return other == processes_.end() || may_disturb(other->second, step);
    });
}

// A hash of what a look at the queue shows a runner of its slice; 0 for nothing.
std::uint64_t guided_course::entries_for(std::uint32_t runner) const {
    const run_record& r = view_->record;
    const process_record& p = r.processes[runner];
    // Entries have the slice of the division used by most of the queue's runners.
    const bool divides_as_others = p.slices == r.queue_slices[p.queue];
    std::uint64_t shown = 0;
    for (const entry_record& e : r.entries) {
        if (e.queue != p.queue || e.finished != never) continue;
        if (divides_as_others && e.slice != p.slice) continue;
        shown += mix(mix(0, to_base_name(e.name)), e.times_taken);
    }
    return shown;
}

bool guided_course::is_vain_look(std::size_t answer) const {
    if (kind_of_answer(answer) != next_step::look) return false;
    const std::uint32_t runner = processes_.at(next_processes_[answer]).number;
    return runner != none && entries_for(runner) == 0;
}

std::size_t guided_course::unaccepted_posts() const {
    const auto& posts = view_->record.posts;
    const auto waits = [](const post_record& p) { return p.accepted == never; };
    return static_cast<std::size_t>(std::count_if(posts.begin(), posts.end(), waits));
}

bool guided_course::share_entries(const progress_of& a, const progress_of& b) const {
    if (a.queue != b.queue) return false;
    if (a.number == none || b.number == none) return true;
    const auto& processes = view_->record.processes;
    const process_record& one = processes[a.number];
    const process_record& other = processes[b.number];
    return one.slices != other.slices || one.slice == other.slice;
}

/// The same at an instant where slices have owners, of those that may continue in it. Nobody is
/// alone with a slice: a former owner may be late.
bool guided_course::may_disturb_in_instant(const progress_of& other,
                                           const progress_of& step) const {
    if (step.next == next_step::unseen || stands_still(step) || stands_still(other)) return false;
    // Of two that are one process, each matters to the other where it can stop.
    if (other.group == step.group && step.group != 0) {
        const bool is_look = step.next == next_step::look || step.next == next_step::waking;
        if (other.is != step.is) {
            return !is_look || !is_settled(step.group, step.is == role::runner ? step : other);
        }
        if (crashes_left_ > 0 && (!is_look || step.number == none || entries_for(step.number) != 0))
            return true;
    }
    if (step.next == next_step::waking) return false;
    if (other.is == role::unknown) return true;
    const bool may_start_runner = other.is == role::keeper && is_about_to_start_runner(other.id);
    switch (step.is) {
        case role::unknown: return true;
        case role::post:
            if (step.next == next_step::acceptance || other.is == role::post) {
                return other.is == role::post;
            }
            return (other.is == role::runner && may_take(other, step)) || may_start_runner;
        case role::keeper:
            if (step.touches == outside) return false;
            if (other.is == role::runner) {
                return leave_queues_ == nullptr || (leave_queues_->load() & role_bit(other)) != 0;
            }
            if (other.is != role::keeper || other.queue != step.queue) return false;
            // Two that only look do not disturb each other.
            return step.next != next_step::look || !only_looks(other);
        case role::runner: break;
    }
    if (step.next == next_step::effect)
        return other.is == role::runner && other.queue == step.queue;
    if (step.touches != step.queue) return true;
    if (other.is == role::keeper) return other.queue == step.queue && may_start_runner;
    if (other.is == role::runner) return share_entries(other, step);
    return step.next == next_step::look && may_take(step, other);
}

/// Whether a runner may take what a post's process is about to queue.
bool guided_course::may_take(const progress_of& runner, const progress_of& post) const {
    if (post.has_queued) return false;
    if (!post.queues || runner.number == none) return true;
    const process_record& p = view_->record.processes[runner.number];
    const auto division = named_partition(view_->record.setting.policy.partition).divide(p.slices);
    return !division || division->owns(static_cast<slice_index>(p.slice), *post.queues);
}

/// Whether the lease of a runner's slice stays what it is at this instant, whatever is done at it:
/// then it makes no difference whether its keeper or the runner comes first.
bool guided_course::is_settled(std::uint64_t group, const progress_of& runner) const {
    if (runner.number == none) return is_settled(group, std::nullopt);
    return is_settled(group, view_->record.processes[runner.number].slice);
}

/// The same of all of a group's slices, or one.
bool guided_course::is_settled(std::uint64_t group, std::optional<std::uint64_t> slice) const {
    const auto [known, is_new] = settled_.try_emplace({group, slice}, false);
    if (is_new) known->second = look_whether_settled(group, slice);
    return known->second;
}

/// Whether all that a keeper does at this instant is to look, whatever others do at it.
bool guided_course::only_looks(const progress_of& keeper) const {
    if (keeper.next != next_step::look || !is_settled(keeper.group, std::nullopt)) return false;
    const auto own = view_->owners.memory_of({keeper.id});
    if (!own) return false;
    const double instant_s = to_seconds(instant_of(view_->record.setting));
    const std::string directory = leases_of(keeper);
    const lease_beats beats = beats_now();
    const lease_survey& seen = beats.survey(directory);
    return std::all_of(seen.highest.begin(), seen.highest.end(), [&](const auto& lease) {
        const auto is_it = [&](const auto& held) { return held.name.name.of == lease.first; };
        if (std::any_of(own->held.begin(), own->held.end(), is_it)) return true;
        const auto watched = std::find_if(own->watched.begin(), own->watched.end(),
                                          [&](const auto& w) { return w.of == lease.first; });
        // If it is one that it wants back, it has said so when it saw it first.
        return watched != own->watched.end() && watched->last &&
               watched->last->name == lease.second.name && !lease.second.name.given_back &&
               !seen.wanted.contains(lease.first) &&
               (beats.is_over(*watched->last, directory) ||
                watched->for_s + instant_s < times().silent_s());
    });
}

/// The leases that there are.
lease_survey guided_course::survey(std::string_view directory) const {
    lease_survey seen;
    visit_names(directory, [&](std::string_view path, const inode&) {
        seen.add(path.substr(directory.size() + 1));
    });
    return seen;
}

bool guided_course::look_whether_settled(std::uint64_t group,
                                         std::optional<std::uint64_t> slice) const {
    const double instant_s = to_seconds(instant_of(view_->record.setting));
    std::optional<keeper_memory> own;
    std::string directory;
    const lease_beats beats = beats_now();
    std::vector<keeper_memory> others;
    for (const auto& [id, p] : processes_) {
        if (p.is != role::keeper) continue;
        auto memory = view_->owners.memory_of({id});
        if (!memory) continue;
        const std::string leases = leases_of(p);
        // One that looks anew sees another beat.
        if (!p.has_looked) {
            std::erase_if(memory->watched, [&](const auto& watched) {
                return watched.last && beats.is_over(*watched.last, leases);
            });
        }
        if (p.group == group) {
            own = memory;
            directory = leases;
        } else {
            others.push_back(*memory);
        }
    }
    if (!own || own->is_stopping || own->epoch != own->newest_epoch) return false;
    if (is_changing(own->epoch)) return false;
    const lease_survey& seen = beats.survey(directory);
    constexpr int serving = 1;
    bool holds = !slice;
    for (const keeper_memory::lease& held : own->held) {
        const leased_slice& of = held.name.name.of;
        if (slice && of.slice != *slice) continue;
        holds = true;
        const seen_lease* const highest = seen.find(of);
        const bool is_valid = highest != nullptr && highest->name == held.name.name;
        if (!is_valid || seen.wanted.contains(of)) return false;
        if (held.phase != serving || held.sure_for_s < instant_s) return false;
        for (const keeper_memory& other : others) {
            const bool is_silent =
                std::any_of(other.watched.begin(), other.watched.end(), [&](const auto& watched) {
                    return watched.of == of && watched.for_s + instant_s >= times().silent_s();
                });
            if (is_silent) return false;
        }
    }
    return holds;
}

/// Whether the division may change at this instant, or has changed.
bool guided_course::is_changing(std::uint64_t epoch) const {
    if (view_->record.setting.deployment.changes.empty()) return false;
    const auto is_change = [&](const auto& p) {
        return p.second.is == role::unknown && view_->simulation.alive({p.first});
    };
    if (std::any_of(processes_.begin(), processes_.end(), is_change)) return true;
    std::uint64_t divisions = 0;
    view_->disk.visit([&](std::string_view path, const inode& node) {
        if (!node.is_directory() && path.find("/deployment.") != std::string_view::npos &&
            !is_own(path)) {
            ++divisions;
        }
    });
    return divisions != epoch;
}

/// The slices whose owners will renew their leases in time, whatever happens: no fault can strike
/// any more, the owner goes on, and it is sure of its lease for two instants. It looks at the next
/// one, and at each after that, and renews as soon as that is due. Others see it at the instant
/// after, so silent for sure_s() at most, and nobody takes the lease before it is given back,
/// except one who is late with what it saw before a pause.
std::vector<leased_slice> guided_course::lasting_leases() const {
    std::vector<leased_slice> all;
    const run_record& r = view_->record;
    if (!in_instants_ || crashes_left_ > 0) return all;
    const double instant_s = to_seconds(instant_of(r.setting));
    if (times().renew_s() + instant_s >= times().sure_s()) return all;
    const bool may_change = !r.setting.deployment.changes.empty();
    const auto is_loose = [](const enabled_event& e) { return e.loose; };
    if (may_change && std::any_of(enabled_.begin(), enabled_.end(), is_loose)) return all;
    const bool is_any_late = std::any_of(processes_.begin(), processes_.end(),
                                         [](const auto& p) { return p.second.is_late; });
    if (is_any_late) return all;
    constexpr int lost = 3;
    for (const auto& [id, p] : processes_) {
        if (p.is != role::keeper || stands_still(p)) continue;
        const auto own = view_->owners.memory_of({id});
        if (!own || own->epoch != own->newest_epoch || own->held.empty()) continue;
        if (may_change && is_changing(own->epoch)) continue;
        const lease_survey seen = survey(leases_of(p));
        for (const keeper_memory::lease& held : own->held) {
            const seen_lease* const highest = seen.find(held.name.name.of);
            if (highest == nullptr || !(highest->name == held.name.name)) continue;
            if (held.phase >= lost || held.name.name.of.epoch != own->epoch) continue;
            // An owner of other times, if an error is planted, renews less often.
            const double between_s = held.sure_for_s - held.renews_in_s;
            if (std::abs(between_s - (times().sure_s() - times().renew_s())) > instant_s / 100)
                continue;
            if (held.sure_for_s >= 2 * instant_s) all.push_back(held.name.name.of);
        }
    }
    return all;
}

/// Whether a keeper's call renews such a lease, or reads whose it is: others hold it.
bool guided_course::is_of_lasting(const world_call& call, const progress_of& keeper) const {
    if (keeper.is != role::keeper || crashes_left_ > 0 || !is_of_leases(call.path)) return false;
    const std::string_view name = call.path.substr(call.path.rfind('/') + 1);
    std::optional<lease_name> lease;
    switch (call.kind) {
        case call_kind::rename:
            if (const auto beat = qslice::detail::parse_beat(name)) lease = beat->name;
            break;
        case call_kind::open:
        case call_kind::read:
        case call_kind::close: lease = parse_lease_name(name); break;
        default: break;
    }
    if (!lease || lease->given_back) return false;
    const std::vector<leased_slice> lasting = lasting_leases();
    if (std::find(lasting.begin(), lasting.end(), lease->of) == lasting.end()) return false;
    const lease_survey seen = survey(leases_of(keeper));
    const seen_lease* const highest = seen.find(lease->of);
    return highest != nullptr && highest->name == *lease;
}

/// Whether a keeper may start a runner at this instant: it does so at the first look after the one
/// at which it took the slice.
bool guided_course::is_about_to_start_runner(std::uint64_t keeper) const {
    const auto memory = view_->owners.memory_of({keeper});
    return memory && std::any_of(memory->held.begin(), memory->held.end(),
                                 [](const auto& own) { return !own.was_started; });
}

/// Whether all posts have come through: what a late process does can only repeat something.
bool guided_course::is_all_done() const {
    const run_record& r = view_->record;
    return unaccepted_posts() == 0 &&
           std::none_of(r.entries.begin(), r.entries.end(), [&](const entry_record& e) {
               return e.finished == never && r.queue_slices[e.queue] != 0;
           });
}

/// Whether a step at an instant is one that no process of another group sees.
bool guided_course::is_private(std::size_t way) const {
    const auto known = processes_.find(next_processes_[way]);
    return known == processes_.end() || known->second.next == next_step::unseen ||
           known->second.next == next_step::waking || stands_still(known->second);
}

/// Whether a process is paused, and not yet to go on: if it wakes, it does nothing.
bool guided_course::stands_still(const progress_of& process) const {
    return paused_ != 0 && process.group == paused_ &&
           std::any_of(enabled_.begin(), enabled_.end(), [](const auto& e) { return e.loose; });
}

/// The steps that must be walked together with one: none of the other processes does anything that
/// does not commute with them before one of them is made. Empty if there is no such set.
/// @source Godefroid (1996), persistent sets
std::vector<std::size_t> guided_course::ways_with(std::size_t first) const {
    std::vector<std::size_t> together{first};
    std::vector<bool> is_in(next_processes_.size());
    is_in[first] = true;
    bool holds_time = false;  // no time passes before one of them is made
    bool is_any_time = true;  // none of them matters to what happens at other times
    for (std::size_t i = 0; i < together.size(); ++i) {
        const auto known = processes_.find(next_processes_[together[i]]);
        if (known == processes_.end()) continue;
        const progress_of& step = known->second;
        if (!is_free_[together[i]]) {
            holds_time |= !time_passes_;
        } else {
            is_any_time &= step.next == next_step::acceptance || step.next == next_step::unseen;
        }
        for (std::size_t way = 0; way < next_processes_.size(); ++way) {
            const std::uint64_t id = next_processes_[way];
            if (is_in[way] || id == 0 || id == known->first) continue;
            const auto other = processes_.find(id);
            if (other != processes_.end() && !may_disturb_in_instant(other->second, step)) continue;
            is_in[way] = true;
            together.push_back(way);
        }
    }
    if (!holds_time && !is_any_time) return {};
    std::sort(together.begin(), together.end());
    return together;
}

std::vector<std::size_t> guided_course::ways_in_instant(std::size_t n) const {
    const auto& queues = view_->record.queues;
    std::vector<std::size_t> loose;
    std::vector<std::size_t> order;  // the same however often processes have run
    bool any_runner_waits = false;
    bool any_waits = false;
    for (std::size_t way = 0; way < n; ++way) {
        if (next_processes_[way] == 0 && is_free_[way]) {
            loose.push_back(way);
            continue;
        }
        order.push_back(way);
        if (is_free_[way]) continue;
        any_waits = true;
        const auto known = processes_.find(next_processes_[way]);
        any_runner_waits |= known != processes_.end() && known->second.is == role::runner &&
                            known->second.queue < queues.size() &&
                            queues[known->second.queue] == view_->record.entry_queue;
    }
    if (paused_ != 0 && !loose.empty() && is_all_done()) return {loose.front()};
    const auto key = [&](std::size_t way) {
        const auto known = processes_.find(next_processes_[way]);
        return known == processes_.end() ? std::pair<std::uint64_t, std::uint64_t>()
                                         : std::pair(known->second.name, known->second.going);
    };
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
    // What may come at any time comes before the first step of an instant that others see: later
    // in it would be the same, since all that follows is made at the instant anyhow.
    const bool comes_first =
        !any_waits || (!time_passes_ && acted_at_ != number_of(view_->simulation.now()));
    std::vector<std::size_t> fewest;
    for (const std::size_t way : order) {
        const bool waits = time_passes_ && !is_free_[way];
        if (waits && !is_private(way)) continue;
        std::vector<std::size_t> together = ways_with(way);
        const bool is_alone = together.size() == 1;
        if (waits) {
            if (!is_alone) continue;
            // Time may pass only after what may happen before, unless it can happen as well later.
            std::vector<std::size_t> ways;
            for (const std::size_t other : order) {
                if (is_free_[other] && !any_runner_waits) ways.push_back(other);
            }
            ways.push_back(way);
            if (fewest.empty() || ways.size() < fewest.size()) fewest = ways;
            continue;
        }
        // What no time holds back would else be put off for ever.
        if (is_alone && (is_private(way) || is_free_[way])) return together;
        if (!together.empty() && (fewest.empty() || together.size() < fewest.size())) {
            fewest = std::move(together);
        }
    }
    if (fewest.empty()) {
        fewest = order;
        if (time_passes_) fewest.insert(fewest.end(), loose.begin(), loose.end());
    }
    if (comes_first) fewest.insert(fewest.end(), loose.begin(), loose.end());
    return fewest;
}

std::vector<std::size_t> guided_course::ways_to_walk(std::size_t n) const {
    const bool asks_for_crash = asking_ == place::before_call || asking_ == place::after_call;
    if (asks_for_crash && course_.any_order && !crash_matters_) return {0};
    std::vector<std::size_t> ways;
    if (in_instants_ && asking_ == place::step && course_.crash != crash_scope::power) {
        return ways_in_instant(n);
    }
    if (may_lose_unsynced() && course_.crash == crash_scope::machine) {
        // What other machines do decides what one that stops can lose.
        ways.resize(n);
        std::iota(ways.begin(), ways.end(), std::size_t{0});
        return ways;
    }
    std::vector<std::size_t> acceptances;
    for (std::size_t way = 0; asking_ == place::step && way < n; ++way) {
        const bool is_free = way == 0 || course_.any_order;
        if (is_free && kind_of_answer(way) == next_step::unseen) return {way};
    }
    for (std::size_t way = 0; asking_ == place::step && course_.any_order && way < n; ++way) {
        if (is_independent(way)) return {way};
    }
    for (std::size_t way = 0; way < n; ++way) {
        if (asking_ == place::step) {
            if (kind_of_answer(way) == next_step::acceptance) acceptances.push_back(way);
            if ((way > 0 || course_.any_order) && is_vain_look(way)) continue;
        }
        ways.push_back(way);
    }
    const bool accepts_all = !acceptances.empty() && acceptances.size() == unaccepted_posts();
    if (course_.any_order && accepts_all) return acceptances;
    if (ways.empty()) ways.push_back(0);
    return ways;
}

void guided_course::going_to_sleep(process_id id) {
    progress_of& process = processes_[id.value];
    process.sleeps = true;
    process.has_looked = process.is_late = false;
    if (in_instants_) {
        // It looks whether it is to stop, and a runner whether its slice is still its own.
        process.next = process.is == role::runner ? next_step::waking : next_step::unseen;
        process.going = 0;
    }
    if (also_ != nullptr) also_->going_to_sleep(id);
}

/// A call is invisible if no other process ever sees what it does or changes what it finds: on a
/// file that only its process knows.
guided_course::next_step guided_course::kind_in_instant(const world_call& call,
                                                        const progress_of& by) const {
    const bool is_set =
        call.path.find("/deployment.") != std::string_view::npos || call.path.ends_with("/qfiles");
    if (is_set && view_->record.setting.deployment.changes.empty()) return next_step::unseen;
    if (by.is_of_lasting) return next_step::unseen;
    const bool all_may_be_lost = may_lose_unsynced() && course_.crash == crash_scope::power;
    switch (call.kind) {
        case call_kind::list: return next_step::look;
        case call_kind::read:
            // A lease's file is never written again.
            if (is_of_leases(call.path)) return next_step::unseen;
            [[fallthrough]];
        case call_kind::open:
        case call_kind::write:
        case call_kind::remove: return is_own(call.path) ? next_step::unseen : next_step::other;
        case call_kind::close: return next_step::unseen;
        // If a machine's change comes before another machine makes its directory durable, it can
        // lose less than if it comes after that; so that is walked alone.
        case call_kind::sync: return all_may_be_lost ? next_step::other : next_step::unseen;
        case call_kind::sync_directory:
            if (by.is == role::post) return next_step::acceptance;
            return all_may_be_lost ? next_step::other : next_step::unseen;
        default: return next_step::other;
    }
}

std::string guided_course::leases_of(std::string_view queue) {
    return "var/qfiles/" + std::string(queue) + "/leases";
}

/// The directory of the leases that a keeper keeps.
std::string guided_course::leases_of(const progress_of& keeper) const {
    const run_record& r = view_->record;
    if (keeper.queue >= r.queues.size()) return {};
    return leases_of(r.queues[keeper.queue]);
}

lease_times guided_course::times() const {
    return lease_times{view_->record.setting.deployment.takeover_s};
}

// A hash of what a keeper remembers.
std::uint64_t guided_course::remembered_by(const progress_of& keeper) const {
    const auto memory = view_->owners.memory_of({keeper.id});
    if (!memory) return 0;
    return beats_now().hash(*memory, leases_of(keeper), times(), keeper.has_looked,
                            lasting_leases());
}

// A hash of the names in a directory, as a process has just seen them.
std::uint64_t guided_course::names_in(std::string_view directory, progress_of& by) const {
    std::uint64_t all = 0;
    visit_names(directory, [&](std::string_view path, const inode&) {
        if (is_of_leases(path) && is_claim(path)) return;  // of no interest to others
        if (without_beat(path) != path) by.listed.emplace_back(path);
        all += mix(0, without_beat(path));
    });
    return all;
}

void guided_course::going_to(const world_call& call) {
    progress_of& process = processes_[call.process.value];
    if (call.kind == call_kind::list && process.number == none) {
        process.number = runner_number(call);
    }
    if (call.count == 1) {
        const std::uint32_t runner = runner_number(call);
        if (runner != none) process.queue = view_->record.processes[runner].queue;
        process.is = runner != none                      ? role::runner
                     : call.process_name == post_process ? role::post
                                                         : role::unknown;
    }
    if (in_instants_ && call.count == 1) {
        process.group = mix(mix(0, call.machine_name), class_of_process(call.process_name));
        if (call.process_name.ends_with(":keeper")) process.is = role::keeper;
        if (process.is == role::unknown || process.is == role::post) process.group = 0;
        process.id = call.process.value;
        process.calls = 1;  // what it does at its start is not what it does when it wakes
    }
    if (in_instants_ && std::exchange(process.sleeps, false)) {
        process.calls = process.steps = 0;
        process.woke = view_->simulation.now();
        process.woke_with = 0;
        process.listed.clear();
        if (process.is == role::keeper) process.woke_with = remembered_by(process);
    }
    process.next = kind_of(call, process.number != none);
    process.touches = queue_of(call.path);
    process.name = mix(mix(0, call.machine_name), call.process_name);
    process.going = hash_of(call);
    if (in_instants_) {
        if (process.is == role::keeper && is_of_leases(call.path)) process.queue = process.touches;
        process.is_of_lasting = is_of_lasting(call, process);
        process.next = process.going_is = kind_in_instant(call, process);
        if (process.is == role::keeper && !is_of_leases(call.path)) process.touches = outside;
        if (process.is == role::post && call.target.ends_with(".pck")) {
            const std::size_t slash = call.target.rfind('/');
            std::string_view base = call.target.substr(slash + 1);
            base.remove_suffix(std::string_view(".pck").size());
            if (const auto name = parse_entry_name(base)) process.queues = name->hash;
        }
        if (process.is != role::keeper && process.touches == outside && leave_queues_ != nullptr) {
            leave_queues_->fetch_or(role_bit(process));
        }
        if (also_ != nullptr) also_->going_to(call);
        return;
    }
    const bool is_own_entry = process.is == role::runner && process.touches == process.queue &&
                              (call.target.empty() || queue_of(call.target) == process.queue);
    // A new entry of its own queue may be another runner's.
    const bool adds_entry = call.path.ends_with(unfinished) && call.target.ends_with(".pck");
    if (is_own_entry && call.kind != call_kind::list && !adds_entry &&
        !(may_lose_unsynced() && makes_durable(call.kind))) {
        process.next = next_step::unseen;
    }
    if (process.touches == outside && leave_queues_ != nullptr &&
        (leave_queues_->load() & role_bit(process)) == 0) {
        leave_queues_->fetch_or(role_bit(process));
    }
    const bool leaves_it = !call.target.empty() && queue_of(call.target) != process.touches;
    // What becomes durable before a loss of power matters to all.
    if (leaves_it || (is_own_entry && adds_entry) ||
        (may_lose_unsynced() && makes_durable(call.kind)))
        process.touches = none;
    if (also_ != nullptr) also_->going_to(call);
}

injected_fault guided_course::before_call(const world_call& call) {
    if (also_ != nullptr) {
        if (const auto struck = also_->before_call(call);
            struck.what != injected_fault::kind::nothing) {
            return struck;
        }
    }
    const bool has_effect = processes_[call.process.value].has_effect;
    if (course_.crash == crash_scope::power && !has_effect && !makes_durable(call.kind)) return {};
    return maybe_crash(call, place::before_call);
}

injected_fault guided_course::after_call(const world_call& call) {
    note_call(call);
    if (also_ != nullptr) {
        if (const auto struck = also_->after_call(call);
            struck.what != injected_fault::kind::nothing) {
            return struck;
        }
    }
    return maybe_crash(call, place::after_call);
}

void guided_course::going_to_deliver(process_id id) {
    progress_of& process = processes_[id.value];
    process.next = next_step::effect;
    process.touches = process.queue;
    process.has_effect = true;
    if (also_ != nullptr) also_->going_to_deliver(id);
}

std::uint32_t guided_course::runner_number(const world_call& call) const {
    const auto& processes = view_->record.processes;
    for (std::size_t i = processes.size(); i-- > 0;) {
        if (processes[i].queue == none || processes[i].name != call.process_name) continue;
        if (processes[i].machine == call.machine_name) return static_cast<std::uint32_t>(i);
    }
    return none;
}

void guided_course::log(const log_line& line) {
    if (also_ != nullptr) also_->log(line);
}

void guided_course::note_call(const world_call& call) {
    if (const auto losses = view_->disk.power_losses(); losses != power_losses_) {
        power_losses_ = losses;
        not_durable_.clear();
    }
    progress_of& process = processes_[call.process.value];
    process.has_effect = false;
    if (in_instants_ && call.kind == call_kind::list) {
        process.listed.clear();
        process.calls = mix(process.calls, names_in(call.path, process));
        // What is new to a keeper in what it sees now, without silences that this look ends.
        if (process.is == role::keeper) process.calls = mix(process.calls, remembered_by(process));
        process.has_looked = true;
    } else if (call.kind == call_kind::list) {
        // A look at the queue starts afresh; everything before it is in the files.
        process.calls = process.steps = 0;
        if (process.number != none) process.calls = entries_for(process.number);
    }
    // A runner's wait between calls, until the next call or a delivery.
    process.next = process.number != none || (in_instants_ && process.is == role::keeper)
                       ? next_step::unseen
                       : next_step::other;
    process.touches = none;
    process.going = 0;
    if (in_instants_) {
        process.steps = 0;
        if (std::exchange(process.is_of_lasting, false)) return;
    }
    process.calls = mix(process.calls, static_cast<std::uint64_t>(call.kind));
    process.calls = mix(mix(process.calls, without_beat(call.path)), call.failed ? 1 : 0);
    if (in_instants_) {
        if (process.is == role::post) process.next = next_step::unseen;
        // What it found, and when.
        if (goes_by_time(process)) process.calls = mix(process.calls, instants_awake(process));
        if (call.kind == call_kind::read) {
            const std::string_view directory = directory_of(call.path);
            const inode_ptr where = view_->disk.directory_at(std::string(directory));
            const inode_ptr node =
                where ? where->names->find(call.path.substr(directory.size() + 1)) : inode_ptr();
            if (node) process.calls = mix(process.calls, content_of(call.path, *node));
        }
    }
    if (call.failed) return;
    if (call.kind == call_kind::sync_directory) {
        process.queues.reset();  // what follows is about the next post
        process.has_queued = false;
    }
    if (process.is == role::post && process.queues) process.has_queued = true;

    if (call.kind == call_kind::open &&
        (call.path.ends_with(unfinished) || (in_instants_ && is_own(call.path)))) {
        writers_.insert_or_assign(std::string(call.path), call.process);
    }
    const auto changed = [&](std::string_view path) {
        std::uint64_t& history = not_durable_[std::string(path)];
        history = mix(mix(history, static_cast<std::uint64_t>(call.kind)), call.target);
    };
    switch (call.kind) {
        case call_kind::open:
        case call_kind::write:
        case call_kind::remove:
        case call_kind::make_directory: changed(call.path); break;
        case call_kind::rename:
            changed(call.path);
            changed(call.target);
            if (call.target.ends_with(".bak")) process.taken = mix(process.taken, call.target);
            break;
        case call_kind::sync_directory:
            std::erase_if(not_durable_,
                          [&](const auto& n) { return directory_of(n.first) == call.path; });
            break;
        case call_kind::sync: changed(call.path); break;
        default: break;
    }
}

std::uint64_t guided_course::content_of(std::string_view path, const inode& node) const {
    const auto [known, is_new] = contents_.try_emplace(node.number, known_content{});
    if (is_new || known->second.change != node.change) {
        const std::string_view bytes = node.content.bytes();
        std::uint64_t hash = in_instants_ && is_of_leases(path) ? mix(0, lease_essence(bytes))
                                                                : mix(0, essence(path, bytes));
        if (node.content.undecided()) hash = mix(hash, node.content.durable_bytes());
        known->second = {node.change, hash};
    }
    return known->second.hash;
}

/// Whether a process may measure how long something takes. A runner that locks no list learns from
/// its fence alone that its time is over.
bool guided_course::goes_by_time(const progress_of& process) const {
    if (process.is == role::post) return false;
    return process.is != role::runner || leave_queues_ == nullptr ||
           (leave_queues_->load() & role_bit(process)) != 0;
}

/// How long a process has been about what it does. What a keeper has read of the clock meanwhile is
/// the beginning of a lease, of which it is no longer sure after sure_s(); a lock is given up after
/// a longer time.
std::uint64_t guided_course::instants_awake(const progress_of& process) const {
    const virtual_time now = view_->simulation.now();
    const double most_s = process.is == role::keeper ? times().sure_s() + 1 : times().takeover_s;
    if (to_seconds(now - process.woke) >= most_s) return ~std::uint64_t{0};
    return static_cast<std::uint64_t>(number_of(now) - number_of(process.woke));
}

// What the processes will do, whatever time it is: of those that sleep, when they wake, and what
// keepers remember; of the others, what they have found since.
std::uint64_t guided_course::processes_in_instant() const {
    const lease_beats beats = beats_now();
    const std::vector<leased_slice> lasting = lasting_leases();
    const auto lasts = [&](std::string_view path) {
        const auto beat = qslice::detail::parse_beat(path.substr(path.rfind('/') + 1));
        return beat && std::find(lasting.begin(), lasting.end(), beat->name.of) != lasting.end();
    };
    std::uint64_t all = 0;
    for (const auto& [id, p] : processes_) {
        if (p.taken != 0) all += mix(p.name, p.taken);
        if (!view_->simulation.alive({id})) continue;
        std::uint64_t hash = p.name;
        if (p.is == role::keeper) {
            if (const auto memory = view_->owners.memory_of({id})) {
                hash = mix(hash, beats.hash(*memory, leases_of(p), times(), p.has_looked, lasting));
            }
        }
        if (!p.sleeps) {
            hash = mix(mix(mix(mix(hash, p.calls), p.going), p.steps), p.woke_with);
            if (goes_by_time(p)) hash = mix(hash, instants_awake(p));
            // The order of a listing depends on the beats, which are no part of a state.
            std::uint64_t listed = 0;
            for (const std::string& path : p.listed) {
                listed += mix(mix(0, without_beat(path)), lasts(path) ? 0 : beats.behind(path));
            }
            hash = mix(hash, listed);
        }
        if (view_->simulation.current().value == id) hash = mix(hash, 1);
        all += mix(hash);
    }
    const std::int64_t now = number_of(view_->simulation.now());
    for (const enabled_event& e : enabled_) {
        if (e.loose && acted_at_ == now) all += mix(3);  // too late for it at this instant
        const auto known = processes_.find(e.process.value);
        const std::uint64_t name = known == processes_.end() ? 0 : known->second.name;
        const bool is_free =
            e.loose || (known != processes_.end() && known->second.is == role::post);
        const std::int64_t in = std::max<std::int64_t>(0, number_of(e.time) - now);
        all +=
            mix(mix(mix(2, name), e.loose ? 1 : 0), is_free ? 0 : static_cast<std::uint64_t>(in));
    }
    return all;
}

bool guided_course::is_being_written(std::string_view path) const {
    const auto writer = writers_.find(path);
    return writer != writers_.end() && view_->simulation.alive(writer->second);
}

/// The beats that there are.
lease_beats guided_course::beats_now() const {
    lease_beats there;
    for (const std::string& queue : view_->record.queues) {
        visit_names(leases_of(queue),
                    [&](std::string_view path, const inode&) { there.add(path); });
    }
    return there;
}

// A hash of all files. Of an entry whose writer died while it wrote, only the name is of
// consequence: it is taken.
std::uint64_t guided_course::files() const {
    std::uint64_t all = 0;
    view_->disk.visit([&](std::string_view path, const inode& node) {
        if (node.is_directory()) {
            all += mix(0, path);
            return;
        }
        if (in_instants_ && is_of_leases(path)) {
            // A claim that was left is removed before anything else is done with it.
            all += is_own(path) && !is_being_written(path)
                       ? mix(1, path)
                       : mix(mix(0, without_beat(path)), content_of(path, node));
            return;
        }
        if (path.ends_with(unfinished)) {
            const auto writer = writers_.find(path);
            if (writer != writers_.end() && !view_->simulation.alive(writer->second)) {
                all += mix(1, path);
                return;
            }
        }
        all += mix(mix(0, path), content_of(path, node));
    });
    for (const undecided_operations& group : view_->disk.undecided()) {
        std::uint64_t hash = 2;
        for (const operation& op : group.operations) {
            for (const name_change& c : op.changes) {
                hash = mix(hash, c.name);
                if (c.before && !c.before->is_directory()) {
                    hash = mix(hash, essence(c.name, c.before->content.bytes()));
                }
            }
        }
        all += mix(hash);
    }
    return all;
}

std::optional<std::uint64_t> guided_course::state() const {
    if (asking_ == place::crash_state || !view_) return std::nullopt;
    // Without instants, owners go by times that are no part of a state.
    if (view_->record.setting.deployment.standby && !in_instants_) return std::nullopt;
    std::uint64_t hash = mix(static_cast<std::uint64_t>(asking_), crashes_left_);
    hash = mix(hash, files());
    if (may_lose_unsynced()) {
        for (const auto& [path, history] : not_durable_) hash = mix(mix(hash, path), history);
    }
    // Processes by name, not by number, since numbers depend on how often one has run.
    std::uint64_t all = in_instants_ ? processes_in_instant() : 0;
    for (const auto& [id, p] : processes_) {
        if (in_instants_) break;
        if (p.taken != 0) all += mix(p.name, p.taken);
        if (!view_->simulation.alive({id})) continue;
        const bool is_current = view_->simulation.current().value == id;
        all += mix(mix(mix(mix(p.name, p.calls), p.going), p.steps), is_current ? 1 : 0);
    }
    hash = mix(mix(hash, all), pending_);
    // The processes that are due; their order matters only if going first costs a delay.
    std::uint64_t due = 0;
    for (const std::uint64_t id : next_processes_) {
        const auto known = processes_.find(id);
        const std::uint64_t name = known == processes_.end() ? 0 : known->second.name;
        due = course_.any_order ? due + mix(name) : mix(due, name);
    }
    hash = mix(hash, due);
    // The past does not affect what follows, but a guarantee of order can depend on it.
    const run_record& r = view_->record;
    std::map<std::uint64_t, std::uint64_t> came;  // order of entries per slice and queue
    for (const entry_record& e : r.entries) {
        std::uint64_t& order = came[std::uint64_t{e.queue} << 32 | e.slice];
        order = mix(order, to_base_name(e.name));
    }
    for (const auto& [slice, order] : came) hash = mix(mix(hash, slice), order);
    const auto mix_all = [&](const std::vector<effect_record>& effects) {
        hash = mix(hash, effects.size());
        for (const effect_record& e : effects) hash = mix(hash, std::uint64_t{e.post} + 1);
    };
    mix_all(r.deliveries);
    mix_all(r.archivings);
    for (const effect_kind& kind : r.own_effects) mix_all(kind.effects);
    for (const post_record& p : r.posts) {
        const auto earlier =
            std::count_if(r.posts.begin(), r.posts.end(),
                          [&](const post_record& other) { return other.accepted < p.accepted; });
        const std::uint64_t rank =
            p.accepted == never ? 0 : static_cast<std::uint64_t>(earlier) + 1;
        hash = mix(mix(hash, rank), p.attempts);
    }
    return hash;
}

std::optional<recorded_choices> recorded_choices::parse(const std::vector<std::string>& texts) {
    std::map<std::uint64_t, std::size_t> answers;
    for (const std::string& text : texts) {
        std::uint64_t place = 0;
        std::size_t answer = 0;
        const char* const end = text.data() + text.size();
        const auto first = std::from_chars(text.data(), end, place);
        if (first.ec != std::errc{} || first.ptr == end || *first.ptr != ':') return std::nullopt;
        const auto second = std::from_chars(first.ptr + 1, end, answer);
        if (second.ec != std::errc{} || second.ptr != end) return std::nullopt;
        answers[place] = answer;
    }
    return recorded_choices(std::move(answers));
}

std::size_t recorded_choices::choose(std::size_t n) {
    const auto at = answers_.find(asked_++);
    return at == answers_.end() ? 0 : std::min(at->second, n - 1);
}

}  // namespace qslice::sim
