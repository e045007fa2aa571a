#include "sim/model/spool_recorder.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <utility>

#include <string.h>

namespace qslice::sim {

namespace {

constexpr std::string_view queued = ".pck";
constexpr std::string_view partial = ".pck.tmp";
constexpr std::string_view in_hand = ".bak";
constexpr std::string_view preserved = ".psv";
constexpr std::string_view digest_mbox = "/digest.mbox";

// Mailman's message for a post that it drops.
constexpr std::string_view moderation_log = "vette";
constexpr std::string_view discard_announced = "Message discarded";

// Several times faster than std::string_view::find, which checks each byte that could start the
// mark.
const char* find(std::string_view text, std::string_view mark) {
    return static_cast<const char*>(::memmem(text.data(), text.size(), mark.data(), mark.size()));
}

// Metadata are behind the message, far from where a search would start. A message kept as text is
// one line.
bool has_metadata_key(std::string_view bytes, std::string_view key) {
    if (bytes.starts_with('S') || bytes.starts_with('V')) {
        return find(bytes.substr(std::min(bytes.find('\n'), bytes.size())), key) != nullptr;
    }
    constexpr std::size_t usual = 1024;
    const std::size_t rest = bytes.size() - std::min(bytes.size(), usual);
    return find(bytes.substr(rest), key) != nullptr ||
           find(bytes.substr(0, std::min(bytes.size(), rest + key.size() - 1)), key) != nullptr;
}

std::optional<std::uint32_t> number_behind(std::string_view text, std::string_view mark) {
    const char* const at = find(text, mark);
    if (at == nullptr) return std::nullopt;
    const char* const begin = at + mark.size();
    std::uint32_t number = 0;
    const auto [end, problem] = std::from_chars(begin, text.data() + text.size(), number);
    if (problem != std::errc{}) return std::nullopt;
    return number;
}

std::optional<std::uint32_t> post_in(std::string_view text) {
    static const std::string mark = std::string(post_header) + ": ";
    return number_behind(text, mark);
}

}  // namespace

spool_recorder::spool_recorder(run_record& record, std::string var)
    : record_(record),
      queues_below_(var + "/qfiles/"),
      lists_below_(var + "/lists/"),
      preserved_below_(var + "/qfiles/bad/"),
      terminal_(record.queues.size(), false),
      rests_(record.posts.size(), false) {
    entries_.reserve(record.stream.arrivals.size() * 4);
    record_.entries.reserve(record.stream.arrivals.size() * 4);
}

std::uint32_t spool_recorder::process_index(process_id id) const {
    const auto at = processes_.find(id.value);
    return at == processes_.end() ? none : at->second;
}

// The path of a file in a queue's directory, split at its extensions.
spool_recorder::path_parts spool_recorder::split(std::string_view path) const {
    path_parts parts;
    if (!path.starts_with(queues_below_)) return parts;
    const std::size_t slash = path.find('/', queues_below_.size());
    if (slash == std::string_view::npos) return parts;
    const std::string_view queue = path.substr(queues_below_.size(), slash - queues_below_.size());
    for (const std::string_view ending : {queued, partial, in_hand, preserved}) {
        if (!path.ends_with(ending)) continue;
        parts.queue = record_.queue_index(queue);
        parts.base = path.substr(0, path.size() - ending.size());
        parts.file_base = parts.base.substr(parts.base.rfind('/') + 1);
        parts.extension = ending;
        return parts;
    }
    return parts;
}

injected_fault spool_recorder::after_call(const world_call& call) {
    ++record_.storage_calls;
    if (!call.took_effect) return {};
    switch (call.kind) {
        case call_kind::write: wrote(call); break;
        case call_kind::rename:
        case call_kind::link: renamed(call); break;
        case call_kind::remove: removed(call); break;
        default: break;
    }
    return {};
}

bool spool_recorder::is_digest_mbox(std::string_view path) const {
    return path.starts_with(lists_below_) && path.ends_with(digest_mbox);
}

void spool_recorder::wrote(const world_call& call) {
    if (call.path.ends_with(partial)) {
        const path_parts parts = split(call.path);
        if (parts.queue != none) {
            being_written_.insert_or_assign(
                std::string(parts.base),
                identify(call.bytes, parts.queue, process_index(call.process)));
        }
    } else if (is_digest_mbox(call.path)) {
        const auto post = post_in(call.bytes);
        if (!post || *post >= record_.posts.size()) return;
        ++record_.posts[*post].digested;
        passed_on(process_index(call.process), *post);
    }
}

// A post has its number in the metadata; a digest does not, but the posts inside it do.
spool_recorder::written spool_recorder::identify(std::string_view bytes, std::uint32_t queue,
                                                 std::uint32_t by) {
    written found;
    found.size_bytes = static_cast<std::uint32_t>(bytes.size());
    if (reads_post_ != nullptr) {
        found.post = post_of(bytes, by);
        if (found.post != none || !record_.policy.mail) return found;
    }
    if (has_metadata_key(bytes, post_key)) {
        const auto post = post_in(bytes);
        if (post && *post < record_.posts.size()) found.post = *post;
        return found;
    }
    if (record_.queues[queue] == "virgin") {
        found.digest_of = posts_in(bytes);
    } else {
        found.digest = digest_in(bytes);
    }
    return found;
}

// An item that a runner makes of another without its mark carries the same post.
std::uint32_t spool_recorder::post_of(std::string_view bytes, std::uint32_t by) {
    const auto read = reads_post_(bytes);
    if (read) return *read < record_.posts.size() ? *read : none;
    const hand* const held = record_.policy.mail ? nullptr : hand_of(by);
    return held == nullptr ? none : record_.entries[held->entry].post;
}

// A digest counts as made once its entry is queued: what was only written is written again later.
std::uint32_t spool_recorder::add_digest(std::vector<std::uint32_t> posts) {
    const auto number = static_cast<std::uint32_t>(record_.digests.size());
    digest_of_posts_[posts] = number;
    const std::uint32_t list = record_.stream.arrivals[posts.front()].list;
    digest_record made;
    made.list = list;
    made.made = now_();
    made.posts = std::move(posts);
    if (digest_members_) made.recipients = digest_members_(list);
    record_.digests.push_back(std::move(made));
    return number;
}

std::uint32_t spool_recorder::digest_in(std::string_view text) const {
    const auto known = digest_of_posts_.find(posts_in(text));
    return known == digest_of_posts_.end() ? none : known->second;
}

std::vector<std::uint32_t> spool_recorder::posts_in(std::string_view mbox) const {
    std::vector<std::uint32_t> posts;
    while (const char* const at = find(mbox, post_header)) {
        mbox.remove_prefix(static_cast<std::size_t>(at - mbox.data()));
        const auto post = post_in(mbox.substr(0, post_header.size() + 16));
        if (post && *post < record_.posts.size()) posts.push_back(*post);
        mbox.remove_prefix(post_header.size());
    }
    return posts;
}

void spool_recorder::renamed(const world_call& call) {
    const path_parts from = split(call.path);
    if (from.extension.empty()) return;
    const path_parts to = split(call.target);
    if (from.extension == partial && to.extension == queued) {
        came(call, from, to);
        return;
    }
    const auto at = entries_.find(from.base);
    if (from.extension == partial || at == entries_.end()) return;
    // After a power loss a file may be back under an earlier name.
    std::uint32_t& file = at->second.*file_of(from.extension);
    std::uint32_t number = std::exchange(file, none);
    if (number == none) number = std::exchange(at->second.in_hand, none);
    if (number == none) number = at->second.latest;
    entry_record* entry = &record_.entries[number];
    const std::uint32_t by = process_index(call.process);
    put(number, to);
    if (to.extension == in_hand && from.extension == queued) {
        if (by != none) {
            if (hands_.size() <= by) hands_.resize(by + 1);
            hands_[by] = {number};
        }
        if (entry->taken == never) {
            entry->taken = now_();
        } else {
            record_.retakings.push_back({number, entry->taken_by, by, now_()});
        }
        entry->taken_by = by;
        ++entry->times_taken;
        set_fate(*entry, entry_fate::in_hand);
    } else if (to.extension == queued) {
        set_fate(*entry, entry_fate::waiting);
    } else if (to.extension == preserved) {
        close_entry(*entry, entry_fate::preserved, by);
    }
}

std::uint32_t spool_recorder::namesakes::*spool_recorder::file_of(
    std::string_view extension) const {
    return extension == in_hand     ? &namesakes::in_hand
           : extension == preserved ? &namesakes::preserved
                                    : &namesakes::queued;
}

// A rename replaces what has the name: that entry's message is gone.
void spool_recorder::put(std::uint32_t entry, const path_parts& to) {
    if (to.queue == none) return;
    auto at = entries_.find(to.base);
    if (at == entries_.end()) at = entries_.try_emplace(std::string(to.base)).first;
    namesakes& names = at->second;
    std::uint32_t& file = names.*file_of(to.extension);
    if (file != none && file != entry) {
        entry_record& replaced = record_.entries[file];
        replaced.finished = now_();
        set_fate(replaced, entry_fate::overwritten);
    }
    file = names.latest = entry;
    if (named_.size() <= entry) named_.resize(entry + 1);
    named_[entry] = now_();
}

void spool_recorder::came(const world_call& call, const path_parts& from, const path_parts& parts) {
    if (parts.queue == none) return;
    entry_record entry;
    entry.queue = parts.queue;
    if (const auto pending = being_written_.find(from.base); pending != being_written_.end()) {
        entry.post = pending->second.post;
        entry.digest = pending->second.digest;
        entry.size_bytes = pending->second.size_bytes;
        if (!pending->second.digest_of.empty()) {
            entry.digest = add_digest(std::move(pending->second.digest_of));
        }
        being_written_.erase(pending);
    }
    if (const auto name = parse_entry_name(parts.file_base)) entry.name = *name;
    entry.slice = slice_of_(parts.queue, entry.name.hash);
    entry.enqueued = now_();
    entry.enqueued_by = process_index(call.process);
    if (entry.post != none) {
        if (record_.policy.mail && record_.queues[entry.queue] == "held")
            record_.posts[entry.post].held = true;
        if (record_.queues[entry.queue] == "shunt") record_.posts[entry.post].shunted = true;
        passed_on(entry.enqueued_by, entry.post);
    }
    put(static_cast<std::uint32_t>(record_.entries.size()), parts);
    if (counts_as_open(entry)) ++open_;
    record_.entries.push_back(entry);
    if (!terminal_[entry.queue]) return;
    rests(entry.post);
    if (!record_.end_queues.empty() && on_closed_) on_closed_();
}

void spool_recorder::stands(std::string_view queue, const entry_name& name, std::uint32_t post) {
    const std::string path =
        queues_below_ + std::string(queue) + '/' + to_base_name(name) + std::string(queued);
    const path_parts parts = split(path);
    entry_record entry;
    entry.queue = parts.queue;
    entry.post = post;
    entry.name = name;
    entry.slice = slice_of_(parts.queue, name.hash);
    entry.enqueued = now_();
    put(static_cast<std::uint32_t>(record_.entries.size()), parts);
    if (counts_as_open(entry)) ++open_;
    record_.entries.push_back(entry);
}

void spool_recorder::rests(std::uint32_t post) {
    if (post >= rests_.size() || rests_[post]) return;
    rests_[post] = true;
    ++at_rest_;
}

void spool_recorder::removed(const world_call& call) {
    const path_parts parts = split(call.path);
    if (parts.extension != in_hand) return;
    const auto at = entries_.find(parts.base);
    if (at == entries_.end()) return;
    std::uint32_t number = std::exchange(at->second.in_hand, none);
    if (number == none) number = at->second.latest;
    // An entry that was put back or preserved by a link has another name.
    const entry_fate fate = record_.entries[number].fate;
    if (fate == entry_fate::waiting || fate == entry_fate::preserved) return;
    const std::uint32_t by = process_index(call.process);
    note_discard(record_.entries[number], by);
    close_entry(record_.entries[number], entry_fate::finished, by);
}

spool_recorder::hand* spool_recorder::hand_of(std::uint32_t process) {
    if (process >= hands_.size() || hands_[process].entry == none) return nullptr;
    return &hands_[process];
}

void spool_recorder::passed_on(std::uint32_t process, std::uint32_t post) {
    hand* const held = hand_of(process);
    if (held != nullptr && record_.entries[held->entry].post == post) held->passed_on = true;
}

// Neither the log nor the effects alone decide: a post that was passed on is not discarded whatever
// is logged, and one that is dropped without a log line is lost.
void spool_recorder::note_discard(const entry_record& entry, std::uint32_t by) {
    const hand* const held = hand_of(by);
    if (held == nullptr || &record_.entries[held->entry] != &entry || entry.post == none) return;
    if (held->announced && !held->passed_on) record_.posts[entry.post].discarded = true;
}

void spool_recorder::delivered(const effect_record& effect) {
    record_.deliveries.push_back(effect);
    passed_on(effect.process, effect.post);
}

void spool_recorder::delivered(effect_record effect, std::span<const std::string> reached) {
    effect.recipients = static_cast<std::uint32_t>(reached.size());
    settle_for(effect, [&](settled_recipients& settled, std::uint32_t number, std::uint32_t all) {
        effect.again = settled.reach(number, all, reached);
    });
    // An attempt that reaches nobody is no delivery.
    if (!reached.empty()) return delivered(effect);
    passed_on(effect.process, effect.post);
}

void spool_recorder::archived(const effect_record& effect) {
    record_.archivings.push_back(effect);
    passed_on(effect.process, effect.post);
}

void spool_recorder::reported(std::string_view kind, const effect_record& effect) {
    auto& kinds = record_.own_effects;
    auto at = std::find_if(kinds.begin(), kinds.end(),
                           [&](const effect_kind& known) { return known.name == kind; });
    if (at == kinds.end()) at = kinds.insert(at, effect_kind{std::string(kind), {}});
    at->effects.push_back(effect);
    passed_on(effect.process, effect.post);
}

std::uint32_t spool_recorder::post_in_hand(std::uint32_t process) {
    const hand* const held = hand_of(process);
    return held == nullptr ? none : record_.entries[held->entry].post;
}

void spool_recorder::bounced(const effect_record& of, std::span<const std::string> addresses) {
    settle_for(of, [&](settled_recipients& settled, std::uint32_t number, std::uint32_t) {
        settled.bounce(number, addresses);
    });
}

template <class Change>
void spool_recorder::settle_for(const effect_record& of, Change change) {
    const auto update = [&](auto& message, settled_recipients& settled, std::uint32_t number) {
        change(settled, number, message.recipients);
        message.bounced = settled.bounced(number);
    };
    if (of.post < record_.posts.size()) {
        update(record_.posts[of.post], settled_, of.post);
    } else if (of.digest < record_.digests.size()) {
        update(record_.digests[of.digest], settled_digests_, of.digest);
    }
}

bool spool_recorder::counts_as_open(const entry_record& entry) const {
    return !terminal_[entry.queue] &&
           (entry.fate == entry_fate::waiting || entry.fate == entry_fate::in_hand);
}

void spool_recorder::set_fate(entry_record& entry, entry_fate fate) {
    const bool before = counts_as_open(entry);
    entry.fate = fate;
    const bool after = counts_as_open(entry);
    if (before && !after) --open_;
    if (!before && after) ++open_;
}

void spool_recorder::close_entry(entry_record& entry, entry_fate fate, std::uint32_t by) {
    entry.finished = now_();
    set_fate(entry, fate);
    if (fate == entry_fate::preserved) rests(entry.post);
    if (by != none) {
        process_record& process = record_.processes[by];
        ++process.handled;
        if (entry.taken_by == by && entry.taken != never) {
            process.working += entry.finished - entry.taken;
        }
    }
    if (on_closed_) on_closed_();
}

void spool_recorder::process_ended(process_id id, virtual_time now, bool crashed) {
    const std::uint32_t index = process_index(id);
    if (index == none) return;
    record_.processes[index].ended = now;
    record_.processes[index].crashed = crashed;
}

void spool_recorder::log(const log_line& line) {
    const std::uint32_t process = process_index(line.process);
    record_.logs.push_back({line.time, process, std::string(line.log), std::string(line.line)});
    if (line.log != moderation_log || !line.line.starts_with(discard_announced)) return;
    if (hand* const held = hand_of(process)) held->announced = true;
}

void spool_recorder::finish(const std::map<std::string, std::string>& files,
                            const std::set<std::string>& damaged) {
    std::stable_sort(record_.retakings.begin(), record_.retakings.end(),
                     [](const retaking& a, const retaking& b) { return a.entry < b.entry; });
    record_.digest_mbox.emplace();
    for (const auto& [path, content] : files) {
        if (is_digest_mbox(path)) {
            const auto posts = posts_in(content);
            record_.digest_mbox->insert(record_.digest_mbox->end(), posts.begin(), posts.end());
        } else if (path.starts_with(queues_below_) && !path.ends_with('/') &&
                   !path.starts_with(preserved_below_)) {
            const path_parts parts = split(path);
            if (parts.extension.empty() || !entries_.contains(parts.base)) {
                record_.foreign_files.push_back(path);
            }
        }
    }
    const auto left = remains_of(files, damaged);
    for (std::uint32_t entry = 0; entry < left.size(); ++entry) {
        if (left[entry]) settle(entry, *left[entry]);
    }
    account_for_recipients(left);
    complete_what_ended();
}

// What is in an end queue when the run is over is complete; what a power loss took from there again
// is not.
void spool_recorder::complete_what_ended() {
    if (record_.end_queues.empty()) return;
    const auto& ends = record_.end_queues;
    for (const entry_record& entry : record_.entries) {
        if (entry.post == none || entry.fate == entry_fate::lost ||
            entry.fate == entry_fate::overwritten ||
            std::find(ends.begin(), ends.end(), entry.queue) == ends.end()) {
            continue;
        }
        effect_record effect;
        effect.post = entry.post;
        effect.process = entry.enqueued_by;
        effect.time = entry.enqueued;
        effect.recipients = 1;
        record_.deliveries.push_back(effect);
    }
    std::stable_sort(
        record_.deliveries.begin(), record_.deliveries.end(),
        [](const effect_record& a, const effect_record& b) { return a.time < b.time; });
}

// A power loss can bring an entry back under a name that it had in another directory.
// What it leaves without some of its bytes is an entry no more, whatever its name: nobody can
// restore it.
std::vector<std::optional<spool_recorder::remains>> spool_recorder::remains_of(
    const std::map<std::string, std::string>& files, const std::set<std::string>& damaged) const {
    std::vector<std::optional<remains>> left(record_.entries.size());
    const auto add = [&](std::uint32_t entry, const remains& r) {
        remains& all = left[entry] ? *left[entry] : left[entry].emplace();
        all.queued |= r.queued;
        all.in_hand |= r.in_hand;
        all.preserved |= r.preserved;
        all.damaged |= r.damaged;
        if (r.bytes != nullptr) all.bytes = r.bytes;
    };
    std::string path;
    for (const auto& [base, names] : entries_) {
        const auto look = [&](bool remains::*as) {
            remains found;
            const auto file = files.find(path);
            if (file == files.end()) return found;
            found.damaged = damaged.contains(path);
            found.*as = !found.damaged;
            if (!found.damaged) found.bytes = &file->second;
            return found;
        };
        const std::uint32_t one = names.queued != none    ? names.queued
                                  : names.in_hand != none ? names.in_hand
                                                          : names.latest;
        const bool two = names.queued != none && names.in_hand != none;
        path.assign(base).append(queued);
        add(one, look(&remains::queued));
        path.assign(base).append(in_hand);
        add(two ? names.in_hand : one, look(&remains::in_hand));
        if (two && names.queued != names.in_hand) continue;
        path.assign(base).append(preserved);
        add(one, look(&remains::preserved));
        path.assign(preserved_below_);
        path.append(std::string_view(base).substr(base.rfind('/') + 1)).append(preserved);
        add(one, look(&remains::preserved));
    }
    return left;
}

// Whether its message may still reach recipients by it.
bool spool_recorder::may_deliver(const entry_record& entry) const {
    const std::string_view queue =
        entry.queue < record_.queues.size() ? std::string_view(record_.queues[entry.queue]) : "";
    const bool is_left = entry.fate == entry_fate::waiting || entry.fate == entry_fate::in_hand ||
                         entry.fate == entry_fate::preserved;
    return is_left && leads_to_recipients(queue);
}

// Of a message that reached only some of its recipients, the entries that are left say for whom
// they are; one that does not say is for all.
void spool_recorder::account_for_recipients(const std::vector<std::optional<remains>>& left) {
    if (reads_recipients_ == nullptr) return;
    struct message {
        bool for_all = false;
        std::vector<std::string> left;
    };
    std::vector<message> posts(record_.posts.size());
    std::vector<message> digests(record_.digests.size());
    const auto message_of = [&](const auto& of) -> message* {
        if (of.post < posts.size()) return &posts[of.post];
        return of.digest < digests.size() ? &digests[of.digest] : nullptr;
    };
    for (std::uint32_t e = 0; e < left.size(); ++e) {
        const entry_record& entry = record_.entries[e];
        message* const m = message_of(entry);
        if (m == nullptr || !left[e] || !may_deliver(entry)) continue;
        if (!settled_.knows(entry.post) && !settled_digests_.knows(entry.digest)) continue;
        const std::string* const bytes = left[e]->bytes;
        const auto names = bytes == nullptr ? std::nullopt : reads_recipients_(*bytes);
        if (names) m->left.insert(m->left.end(), names->begin(), names->end());
        m->for_all |= !names;
    }
    const auto account = [](std::vector<message>& messages, auto& records,
                            const settled_recipients& settled) {
        for (std::uint32_t n = 0; n < messages.size(); ++n) {
            const message& m = messages[n];
            if (m.for_all || !settled.knows(n)) continue;
            records[n].unaccounted = settled.unaccounted(n, records[n].recipients, m.left);
        }
    };
    account(posts, record_.posts, settled_);
    account(digests, record_.digests, settled_digests_);
}

// What became of an entry, by the files that are there in the end.
void spool_recorder::settle(std::uint32_t number, const remains& left) {
    entry_record& entry = record_.entries[number];
    if (left.queued) {
        set_fate(entry, entry_fate::waiting);
    } else if (left.in_hand) {
        set_fate(entry, entry_fate::in_hand);
    } else if (entry.fate == entry_fate::waiting || entry.fate == entry_fate::in_hand) {
        set_fate(entry, left.preserved ? entry_fate::preserved : entry_fate::lost);
        if (entry.fate == entry_fate::lost) entry.finished = undone_at(number);
    } else if (entry.fate == entry_fate::preserved && left.damaged && !left.preserved) {
        set_fate(entry, entry_fate::lost);
    }
    entry.damaged = entry.fate == entry_fate::lost && left.damaged;
}

// The next loss of power decides what of a change of a name is durable: what it leaves stays.
virtual_time spool_recorder::undone_at(std::uint32_t entry) const {
    for (const fault_record& f : record_.faults) {
        const bool loses =
            f.kind == fault::kind::crash_machine || f.kind == fault::kind::power_loss;
        if (loses && f.time >= named_[entry]) return f.time;
    }
    return never;
}

}  // namespace qslice::sim
