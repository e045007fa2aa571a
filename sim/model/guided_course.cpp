#include "sim/model/guided_course.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <string_view>
#include <utility>

namespace qslice::sim {

namespace {

/// A good 64-bit mixer, identical on all platforms.
/// @source Steele, Lea and Flood's SplitMix64
constexpr std::uint64_t mix(std::uint64_t x) noexcept {
    x += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}
constexpr std::uint64_t mix(std::uint64_t hash, std::uint64_t value) noexcept {
    return mix(hash ^ mix(value));
}
std::uint64_t mix(std::uint64_t hash, std::string_view text) noexcept {
    hash = mix(hash, text.size());
    while (text.size() >= 8) {
        std::uint64_t word = 0;
        for (std::size_t i = 8; i-- > 0;) word = word << 8 | static_cast<unsigned char>(text[i]);
        hash = (hash ^ word) * 0x9fb21c651e98df25;
        hash ^= hash >> 29;
        text.remove_prefix(8);
    }
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return mix(hash);
}

/// A process's own claim to a list's lock. The marks of those who end a lock are seen by others.
bool is_claim(std::string_view path) {
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

/// A file is closed for its process alone.
constexpr bool changes_something(call_kind kind) noexcept {
    return row_of(call_table, kind).changes && !makes_durable(kind) && kind != call_kind::close;
}

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
    h.on_start = [this](const simulation_view& view) { view_.emplace(view); };
    return h;
}

std::size_t guided_course::ask(place where, std::size_t n) {
    asking_ = where;
    return choices_.choose(n);
}

std::size_t guided_course::choose(std::size_t n) { return ask(place::crash_state, n); }

std::size_t guided_course::choose_step(std::span<const enabled_event> enabled) {
    pending_ = enabled.size();
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
    if (crashes_left_ == 0) return {};
    crash_matters_ = matters(call, where);
    if (ask(where, 2) == 0) return {};
    --crashes_left_;
    if (course_.crash == crash_scope::machine) return {injected_fault::kind::crash_machine, {}};
    if (course_.crash == crash_scope::power) return {injected_fault::kind::lose_power, {}};
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
    if (course_.crash == crash_scope::machine) return true;
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

std::vector<std::size_t> guided_course::ways_to_walk(std::size_t n) const {
    const bool asks_for_crash = asking_ == place::before_call || asking_ == place::after_call;
    if (asks_for_crash && course_.any_order && !crash_matters_) return {0};
    std::vector<std::size_t> ways;
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

void guided_course::going_to(const world_call& call) {
    progress_of& process = processes_[call.process.value];
    if (call.kind == call_kind::list && process.number == none) {
        process.number = runner_number(call);
    }
    if (call.count == 1) {
        const std::uint32_t runner = runner_number(call);
        if (runner != none) process.queue = view_->record.processes[runner].queue;
        process.is = runner != none                ? role::runner
                     : call.process_name == "post" ? role::post
                                                   : role::unknown;
    }
    process.next = kind_of(call, process.number != none);
    process.touches = queue_of(call.path);
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
    process.name = mix(mix(0, call.machine_name), call.process_name);
    process.going = mix(mix(mix(0, call.path), call.target), static_cast<std::uint64_t>(call.kind));
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
    if (call.kind == call_kind::list) {
        // A look at the queue starts afresh; everything before it is in the files.
        process.calls = process.steps = 0;
        if (process.number != none) process.calls = entries_for(process.number);
    }
    // A runner's wait between calls, until the next call or a delivery.
    process.next = process.number != none ? next_step::unseen : next_step::other;
    process.touches = none;
    process.going = 0;
    process.calls = mix(process.calls, static_cast<std::uint64_t>(call.kind));
    process.calls = mix(mix(process.calls, call.path), call.failed ? 1 : 0);
    if (call.failed) return;

    if (call.kind == call_kind::open && call.path.ends_with(unfinished)) {
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

// A hash of all files. Of an entry whose writer died while it wrote, only the name is of
// consequence: it is taken.
std::uint64_t guided_course::files() const {
    std::uint64_t all = 0;
    view_->disk.visit([&](std::string_view path, const inode& node) {
        if (node.is_directory()) {
            all += mix(0, path);
            return;
        }
        if (path.ends_with(unfinished)) {
            const auto writer = writers_.find(path);
            if (writer != writers_.end() && !view_->simulation.alive(writer->second)) {
                all += mix(1, path);
                return;
            }
        }
        const auto [known, is_new] = contents_.try_emplace(node.number, known_content{});
        if (is_new || known->second.change != node.change) {
            std::uint64_t hash = mix(0, essence(path, node.content.bytes()));
            if (node.content.undecided()) hash = mix(hash, node.content.durable_bytes());
            known->second = {node.change, hash};
        }
        all += mix(mix(0, path), known->second.hash);
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
    if (view_->record.setting.deployment.standby) return std::nullopt;
    std::uint64_t hash = mix(static_cast<std::uint64_t>(asking_), crashes_left_);
    hash = mix(hash, files());
    if (course_.crash != crash_scope::process) {
        for (const auto& [path, history] : not_durable_) hash = mix(mix(hash, path), history);
    }
    // Processes by name, not by number, since numbers depend on how often one has run.
    std::uint64_t all = 0;
    for (const auto& [id, p] : processes_) {
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
