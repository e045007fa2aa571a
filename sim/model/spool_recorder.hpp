/// @file
/// Observes the storage calls of all simulated processes and records their meaning: which entry was
/// queued, taken, finished, recovered or preserved, where and when. It sees only effects and knows
/// nothing about the library that causes them.
#pragma once

#include "sim/model/settled_recipients.hpp"
#include "sim/record/post_marks.hpp"
#include "sim/record/run_record.hpp"
#include "sim/world/storage_call.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace qslice::sim {

/// Fills in a run_record while the simulation runs.
/// @complexity constant per storage call, plus one search through the written data
class spool_recorder final : public world_observer {
public:
    /// @param var  the site's directory, "var"
    spool_recorder(run_record& record, std::string var);

    /// Storage calls of this process are those of the process_record with that index.
    void name_process(process_id id, std::uint32_t index) { processes_[id.value] = index; }
    [[nodiscard]] std::uint32_t process_index(process_id id) const;

    injected_fault after_call(const world_call& call) override;
    void log(const log_line& line) override;

    /// An entry lies in a queue when the run starts.
    void stands(std::string_view queue, const entry_name& name, std::uint32_t post);

    /// The mail server or the archive took a message.
    void delivered(const effect_record& effect);
    /// The same where it is known which recipients it reached.
    void delivered(effect_record effect, std::span<const std::string> reached);
    void archived(const effect_record& effect);
    /// An effect that a site's own service reports.
    void reported(std::string_view kind, const effect_record& effect);
    /// The post whose entry a process has in hand; none: it has none, or a foreign one.
    [[nodiscard]] std::uint32_t post_in_hand(std::uint32_t process);
    /// Some recipients of a post or digest do not take mail.
    void bounced(const effect_record& of, std::span<const std::string> addresses);

    /// To be called when a process has ended: it has nothing in hand.
    void process_ended(process_id id, virtual_time now, bool crashed);

    /// The number of entries queued or in hand in queues with runners.
    [[nodiscard]] std::size_t open_entries() const noexcept { return open_; }

    /// Whether every post has come to rest: in a queue without runners, or preserved.
    [[nodiscard]] bool all_at_rest() const noexcept { return at_rest_ == record_.posts.size(); }

    /// The digest that a message is, identified by its posts: after a crash two may begin with the
    /// same one. `none` if it is not a digest.
    [[nodiscard]] std::uint32_t digest_in(std::string_view text) const;

    void set_clock(std::function<virtual_time()> now) { now_ = std::move(now); }
    /// Queues without runners, such as held/, keep their entries.
    void set_terminal(std::uint32_t queue) { terminal_.at(queue) = true; }
    /// The slice of an entry in a queue.
    void set_slice_of(std::function<std::uint32_t(std::uint32_t, const hash_value&)> slice_of) {
        slice_of_ = std::move(slice_of);
    }
    /// How an entry says which post it carries; null: by the marks in its bytes.
    void set_reads_post(std::optional<std::uint32_t> (*reads)(std::string_view bytes)) {
        reads_post_ = reads;
    }
    /// How an entry says which recipients it is for; nothing: it does not say. Null: no entry does.
    void set_reads_recipients(
        std::optional<std::vector<std::string>> (*reads)(std::string_view bytes)) {
        reads_recipients_ = reads;
    }
    /// The number of a list's members that get digests.
    void set_digest_members(std::function<std::uint32_t(std::uint32_t list)> members) {
        digest_members_ = std::move(members);
    }
    /// Called whenever an entry has ended.
    void set_on_closed(std::function<void()> on_closed) { on_closed_ = std::move(on_closed); }

    /// To be called at the end of the run: corrects changes that storage made without a call, such
    /// as power losses, and records foreign files and the contents of digest.mbox files.
    /// @param files  all files, with their content
    /// @param damaged  those of which a power loss took bytes
    void finish(const std::map<std::string, std::string>& files,
                const std::set<std::string>& damaged);

private:
    struct path_parts {
        std::uint32_t queue = none;
        std::string_view base;  // with its directory, without extensions
        std::string_view file_base;
        std::string_view extension;  // ".pck.tmp" counts as one
    };
    struct written {
        std::uint32_t post = none;
        std::uint32_t digest = none;
        std::uint32_t size_bytes = 0;
        std::vector<std::uint32_t> digest_of;  // its posts, if it is a digest on its way to virgin/
    };

    /// What a process has in hand, and what has happened to it since it was taken.
    struct hand {
        std::uint32_t entry = none;
        bool passed_on = false;  ///< its post is in a queue, a file or outside
        bool announced = false;  ///< the process logged that it discards it
    };

    /// The entries whose files have one name without its extension: usually one entry, but a queued
    /// one may have the name of one in hand.
    struct namesakes {
        std::uint32_t queued = none;
        std::uint32_t in_hand = none;
        std::uint32_t preserved = none;
        std::uint32_t latest = none;  ///< whatever became of it
    };

    /// The names under which there is a file of an entry.
    struct remains {
        bool queued = false;
        bool in_hand = false;
        bool preserved = false;
        bool damaged = false;  ///< a power loss left a name of it without some of its bytes
        const std::string* bytes = nullptr;  ///< of one of them that is whole
    };

    [[nodiscard]] path_parts split(std::string_view path) const;
    [[nodiscard]] bool is_digest_mbox(std::string_view path) const;
    void wrote(const world_call& call);
    void renamed(const world_call& call);
    void removed(const world_call& call);
    void came(const world_call& call, const path_parts& from, const path_parts& parts);
    written identify(std::string_view bytes, std::uint32_t queue, std::uint32_t by);
    [[nodiscard]] std::uint32_t post_of(std::string_view bytes, std::uint32_t by);
    void complete_what_ended();
    void rests(std::uint32_t post);
    std::uint32_t add_digest(std::vector<std::uint32_t> posts);
    std::uint32_t namesakes::*file_of(std::string_view extension) const;
    void put(std::uint32_t entry, const path_parts& to);
    void set_fate(entry_record& entry, entry_fate fate);
    [[nodiscard]] bool counts_as_open(const entry_record& entry) const;
    void close_entry(entry_record& entry, entry_fate fate, std::uint32_t by);
    hand* hand_of(std::uint32_t process);
    void passed_on(std::uint32_t process, std::uint32_t post);
    void note_discard(const entry_record& entry, std::uint32_t by);
    [[nodiscard]] std::vector<std::uint32_t> posts_in(std::string_view mbox) const;
    [[nodiscard]] std::vector<std::optional<remains>> remains_of(
        const std::map<std::string, std::string>& files,
        const std::set<std::string>& damaged) const;
    void settle(std::uint32_t number, const remains& left);
    /// Notes what became of recipients of the post or digest that an effect is of.
    /// @param change  change(settled, number, all): of the messages, this one, its recipients
    template <class Change>
    void settle_for(const effect_record& of, Change change);
    [[nodiscard]] bool may_deliver(const entry_record& entry) const;
    void account_for_recipients(const std::vector<std::optional<remains>>& left);
    [[nodiscard]] virtual_time undone_at(std::uint32_t entry) const;

    struct hash_text {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept {
            return std::hash<std::string_view>{}(text);
        }
    };
    template <class T>
    using map_by_path = std::unordered_map<std::string, T, hash_text, std::equal_to<>>;

    run_record& record_;
    std::string queues_below_;
    std::string lists_below_;
    std::string preserved_below_;
    std::vector<bool> terminal_;
    std::function<virtual_time()> now_;
    std::function<std::uint32_t(std::uint32_t, const hash_value&)> slice_of_;
    std::function<void()> on_closed_;
    std::optional<std::uint32_t> (*reads_post_)(std::string_view bytes) = nullptr;
    std::optional<std::vector<std::string>> (*reads_recipients_)(std::string_view bytes) = nullptr;
    std::function<std::uint32_t(std::uint32_t)> digest_members_;
    std::unordered_map<std::uint64_t, std::uint32_t> processes_;
    map_by_path<written> being_written_;  // .pck.tmp
    map_by_path<namesakes> entries_;
    std::map<std::vector<std::uint32_t>, std::uint32_t> digest_of_posts_;
    settled_recipients settled_;          // of posts
    settled_recipients settled_digests_;  // of digests
    std::vector<hand> hands_;             // by process
    std::vector<virtual_time> named_;     // by entry: when its file got its latest name
    std::size_t open_ = 0;
    std::vector<bool> rests_;  // by post
    std::size_t at_rest_ = 0;
};

}  // namespace qslice::sim
