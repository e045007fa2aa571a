#include "sim/check/conservation.hpp"

#include "sim/check/branches.hpp"
#include "sim/record/site_words.hpp"
#include "sim/text/plain_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice::sim {

namespace {

/// Where the rest of a post's path leads.
enum class whereabouts { lost, preserved, shunted, orphaned, queued, nothing_missing };

bool is_alive(entry_fate fate) {
    return fate == entry_fate::waiting || fate == entry_fate::orphaned ||
           fate == entry_fate::in_hand || fate == entry_fate::preserved;
}

class accountant {
public:
    explicit accountant(const run_index& index) : index_(index), run_(index.run) {}

    conservation_result account() {
        for (std::uint32_t post = 0; post < run_.posts.size(); ++post) account_for(post);
        for (const entry_record& entry : run_.entries) account_for(entry);
        account_for_digests();
        return std::move(result_);
    }

private:
    /// The best state among a post's entries in some queues.
    template <class InQueue>
    [[nodiscard]] whereabouts rest_of(std::span<const std::uint32_t> entries,
                                      InQueue&& in_queue) const {
        whereabouts found = whereabouts::lost;
        for (const std::uint32_t e : entries) {
            const entry_record& entry = run_.entries[e];
            const std::string_view queue = index_.queue_of(entry);
            if (!is_alive(entry.fate) || !in_queue(queue)) continue;
            found = std::max(found, entry.fate == entry_fate::preserved  ? whereabouts::preserved
                                    : queue == "shunt"                   ? whereabouts::shunted
                                    : entry.fate == entry_fate::orphaned ? whereabouts::orphaned
                                                                         : whereabouts::queued);
        }
        return found;
    }

    /// Whether an entry there may still be archived; a shunted one once it is put back.
    [[nodiscard]] bool leads_to_archive(std::string_view queue) const {
        return queue == "shunt" ||
               !run_.way(run_.queue_index(queue), run_.queue_index("archive")).empty();
    }

    /// Where the recipients are that a post or digest has not reached.
    /// @param reached  each recipient once
    template <class Message>
    [[nodiscard]] whereabouts missing_delivery(const Message& message,
                                               std::span<const std::uint32_t> entries,
                                               std::uint64_t reached) const {
        if (message.recipients == 0 && reached == 0) return way_to_nobody(entries);
        if (reached + message.bounced >= message.recipients) return whereabouts::nothing_missing;
        if (message.unaccounted > 0) return whereabouts::lost;
        const bool is_known = !run_.policy.mail || !run_.real;
        const whereabouts rest = rest_of(entries, [&](std::string_view q) {
            return !run_.policy.mail || (leads_to_recipients(q) && (is_known || q != "bounces"));
        });
        if (is_known || rest != whereabouts::lost) return rest;
        // How many recipients an entry of bounces/ is for is not known.
        whereabouts bounced = whereabouts::lost;
        for (const std::uint32_t e : entries) {
            if (index_.queue_of(run_.entries[e]) != "bounces") continue;
            bounced = std::max(bounced, run_.entries[e].fate == entry_fate::orphaned
                                            ? whereabouts::orphaned
                                            : whereabouts::nothing_missing);
        }
        return bounced;
    }

    /// Where a message without recipients is until its last queue has let it go.
    [[nodiscard]] whereabouts way_to_nobody(std::span<const std::uint32_t> entries) const {
        const whereabouts rest = rest_of(entries, leads_to_recipients);
        if (rest != whereabouts::lost) return rest;
        bool gone = false;
        for (const std::uint32_t e : entries) {
            const entry_record& entry = run_.entries[e];
            const std::string_view queue = index_.queue_of(entry);
            if (!leads_to_recipients(queue)) continue;
            if (entry.fate == entry_fate::finished && queue == run_.exit_queue) {
                return whereabouts::nothing_missing;
            }
            gone = gone || entry.fate == entry_fate::lost || entry.fate == entry_fate::overwritten;
        }
        return gone ? whereabouts::lost : whereabouts::nothing_missing;
    }

    /// Where the rest is of an item that is in an end queue.
    [[nodiscard]] whereabouts missing_branch(const item_branches& branches) const {
        if (branches.part_lost) return whereabouts::lost;
        if (branches.unfinished.empty()) return whereabouts::nothing_missing;
        return rest_of(branches.unfinished, [](std::string_view) { return true; });
    }

    void account_for(std::uint32_t number) {
        const post_record& post = run_.posts[number];
        if (post.arrived == never) return;
        ++result_.arrived;
        const auto deliveries = index_.deliveries[number];
        const auto archivings = index_.archivings[number];
        const std::uint64_t reached = reaches_of(number);
        const item_branches branches =
            run_.end_queues.empty() ? item_branches{} : follow_branches(index_, number);
        const std::uint64_t again =
            run_.end_queues.empty() ? repeated_reaches(number, reached) : branches.repeated;
        result_.deliveries += deliveries.size();
        result_.recipients_reached += reached;
        if (reached > 0) ++result_.delivered;
        if (!archivings.empty()) ++result_.archived;
        count_duplicates(number, again, archivings.size());
        if (post.digested > 0) ++result_.digested;
        if (post.accepted == never) return;
        ++result_.accepted;

        const auto entries = index_.entries[number];
        if ((post.held && is_kept_for_moderator(entries) && deliveries.empty()) ||
            (post.discarded && deliveries.empty())) {
            ++(post.discarded ? result_.discarded : result_.held);
            return;
        }
        const whereabouts delivery = run_.end_queues.empty() || branches.completions == 0
                                         ? missing_delivery(post, entries, reached - again)
                                         : missing_branch(branches);
        const whereabouts archiving =
            !post.wants_archive || !archivings.empty()
                ? whereabouts::nothing_missing
                : rest_of(entries, [this](std::string_view q) { return leads_to_archive(q); });
        if (delivery == whereabouts::lost) ++result_.lost_deliveries;
        if (archiving == whereabouts::lost) ++result_.lost_archivings;
        switch (std::min(delivery, archiving)) {
            case whereabouts::nothing_missing:
                ++result_.completed;
                count_done_again(entries);
                break;
            case whereabouts::queued: ++result_.queued; break;
            case whereabouts::shunted: ++result_.shunted; break;
            case whereabouts::preserved: ++result_.preserved; break;
            case whereabouts::orphaned:
                ++result_.orphaned;
                add_problem(number, problem_kind::orphaned, entries);
                break;
            case whereabouts::lost:
                ++result_.lost;
                add_problem(
                    number,
                    delivery == whereabouts::lost ? problem_kind::lost : problem_kind::not_archived,
                    entries);
                break;
        }
    }

    /// Of a message that is complete: each entry in hand makes its runner work on it again.
    void count_done_again(std::span<const std::uint32_t> entries) {
        for (const std::uint32_t e : entries) {
            if (run_.entries[e].fate == entry_fate::in_hand) ++result_.entries_done_in_hand;
        }
    }

    /// A held post waits in held/, if the site has that queue; a crash may undo that too.
    [[nodiscard]] bool is_kept_for_moderator(std::span<const std::uint32_t> entries) const {
        bool any = false;
        for (const std::uint32_t e : entries) {
            if (index_.queue_of(run_.entries[e]) != "held") continue;
            any = true;
            if (is_alive(run_.entries[e].fate)) return true;
        }
        return !any;
    }

    /// Recipients that a post reached, in all of its deliveries.
    [[nodiscard]] std::uint64_t reaches_of(std::uint32_t number) const {
        std::uint64_t reached = 0;
        for (const std::uint32_t d : index_.deliveries[number]) {
            reached += run_.deliveries[d].recipients;
        }
        return reached;
    }

    /// Of these, recipients that the post had reached before: as the deliveries say, or, where the
    /// record does not tell recipients apart, at least those beyond their number.
    [[nodiscard]] std::uint64_t repeated_reaches(std::uint32_t number,
                                                 std::uint64_t reached) const {
        std::uint64_t again = 0;
        for (const std::uint32_t d : index_.deliveries[number]) again += run_.deliveries[d].again;
        const std::uint64_t all = run_.posts[number].recipients;
        return std::max(again, reached > all ? reached - all : 0);
    }

    void count_duplicates(std::uint32_t number, std::uint64_t again, std::uint64_t archivings) {
        const std::uint64_t archived_again = archivings > 1 ? archivings - 1 : 0;
        result_.duplicate_deliveries += again;
        result_.duplicate_archivings += archived_again;
        if (again == 0 && archived_again == 0) return;
        ++result_.posts_duplicated;
        add_problem(number,
                    again > 0 ? problem_kind::delivered_twice : problem_kind::archived_twice,
                    index_.entries[number]);
    }

    void account_for(const entry_record& entry) {
        switch (entry.fate) {
            case entry_fate::orphaned: ++result_.entries_orphaned; break;
            case entry_fate::in_hand: ++result_.entries_in_hand; break;
            case entry_fate::preserved: ++result_.entries_preserved; break;
            case entry_fate::lost: ++result_.entries_lost; break;
            case entry_fate::overwritten: ++result_.entries_overwritten; break;
            case entry_fate::waiting:
            case entry_fate::finished: break;
        }
    }

    /// What became of a digest, recipient by recipient.
    struct digest_account {
        whereabouts rest = whereabouts::lost;
        std::uint64_t reached = 0;  ///< each recipient once
        std::uint64_t again = 0;

        /// Whether its posts are in it: it reached someone, or still can.
        [[nodiscard]] bool is_kept() const { return reached > 0 || rest != whereabouts::lost; }
    };

    [[nodiscard]] digest_account account_of(std::uint32_t number) const {
        const digest_record& digest = run_.digests[number];
        digest_account found;
        for (const std::uint32_t d : index_.digest_deliveries[number]) {
            found.reached += run_.deliveries[d].recipients - run_.deliveries[d].again;
            found.again += run_.deliveries[d].again;
        }
        const auto entries = index_.digest_entries[number];
        // A digest always has recipients, even where the record does not say how many.
        found.rest = found.reached + digest.bounced > 0 || digest.recipients > 0
                         ? missing_delivery(digest, entries, found.reached)
                         : rest_of(entries, [](std::string_view) { return true; });
        return found;
    }

    /// Orphaned ones count as entries.
    void count(const digest_account& digest) {
        switch (digest.rest) {
            case whereabouts::nothing_missing: ++result_.digests_delivered; break;
            case whereabouts::queued: ++result_.digests_queued; break;
            case whereabouts::shunted: ++result_.digests_shunted; break;
            case whereabouts::preserved: ++result_.digests_preserved; break;
            case whereabouts::orphaned:
            case whereabouts::lost: break;
        }
        result_.digest_recipients_again += digest.again;
        if (digest.again > 0) ++result_.digests_duplicated;
    }

    /// How often each post occurs in some lists of posts.
    static void count_into(std::vector<std::uint32_t>& copies,
                           const std::vector<std::uint32_t>& posts) {
        for (const std::uint32_t post : posts) {
            if (post < copies.size()) ++copies[post];
        }
    }

    void account_for_digests() {
        std::vector<std::uint32_t> made(run_.posts.size());
        std::vector<std::uint32_t> kept(run_.posts.size());
        std::vector<std::uint32_t> collected(run_.posts.size());
        std::vector<digest_account> digests;
        for (std::uint32_t digest = 0; digest < run_.digests.size(); ++digest) {
            digests.push_back(account_of(digest));
            if (digests[digest].rest == whereabouts::nothing_missing) {
                count_done_again(index_.digest_entries[digest]);
            }
            count_into(made, run_.digests[digest].posts);
            if (digests[digest].is_kept()) count_into(kept, run_.digests[digest].posts);
            count(digests[digest]);
        }
        result_.digests_made = run_.digests.size();
        if (run_.digest_mbox) count_into(collected, *run_.digest_mbox);
        for (std::uint32_t post = 0; post < made.size(); ++post) {
            if (run_.posts[post].digested == 0) continue;
            const bool in_mbox = run_.digest_mbox ? collected[post] > 0 : made[post] == 0;
            if (kept[post] > 0 || (made[post] > 0 && !in_mbox)) {
                ++result_.in_digests;
            } else if (in_mbox) {
                ++result_.in_digest_mbox;
            } else {
                ++result_.digested_lost;
                add_problem(post, problem_kind::lost_from_digest, index_.entries[post]);
            }
            if (kept[post] + collected[post] > 1) ++result_.digested_twice;
        }
        for (std::uint32_t digest = 0; digest < run_.digests.size(); ++digest) {
            if (digests[digest].again > 0) {
                add_problem({none, digest, problem_kind::delivered_twice,
                             digest_story(digest, digests[digest])});
            }
            if (digests[digest].rest != whereabouts::lost) continue;
            // A digest undone by a crash is not lost if its posts are in digest.mbox or another
            // digest, unless it reached some of its recipients.
            const auto& posts = run_.digests[digest].posts;
            if (digests[digest].reached == 0 &&
                std::none_of(posts.begin(), posts.end(), [&](std::uint32_t post) {
                    return post < kept.size() && kept[post] + collected[post] == 0;
                })) {
                continue;
            }
            ++result_.digests_lost;
            add_problem({none, digest, problem_kind::lost, digest_story(digest, digests[digest])});
        }
    }

    [[nodiscard]] std::string digest_story(std::uint32_t digest,
                                           const digest_account& account) const {
        const digest_record& made = run_.digests[digest];
        return fmt::format(
            "Digest {} of {} was made at {}. {}{}{}", digest,
            counted(made.posts.size(), "post", "posts"), index_.at(made.made),
            account.reached == 0 ? std::string("It was never delivered.")
                                 : fmt::format("It reached {} of its {}.", grouped(account.reached),
                                               counted(made.recipients, "recipient", "recipients")),
            way_of(index_.digest_entries[digest]),
            account.again == 0 ? std::string()
                               : fmt::format(" Therefore it reached {} again.",
                                             counted(account.again, "recipient", "recipients")));
    }

    void add_problem(std::uint32_t post, problem_kind what,
                     std::span<const std::uint32_t> entries) {
        // A story takes time to write.
        if (count_of(what) >= conservation_result::most_problems) return count(what);
        std::string story = fmt::format("{} was accepted at {}.{}", index_.post_name(post),
                                        index_.at(run_.posts[post].accepted), way_of(entries));
        for (const std::uint32_t d : index_.archivings[post]) {
            story += fmt::format(" {} archived it at {}.",
                                 index_.process_name(run_.archivings[d].process),
                                 index_.at(run_.archivings[d].time));
        }
        for (const std::uint32_t d : index_.deliveries[post]) {
            const effect_record& done = run_.deliveries[d];
            story += fmt::format(
                " {} {} it{} at {}.", index_.process_name(done.process), words().delivered,
                words().mail ? fmt::format(" to {} recipients", done.recipients) : std::string(),
                index_.at(done.time));
        }
        if (index_.deliveries[post].empty()) {
            story += fmt::format(" It was never {}.", words().delivered);
        }
        story = capitalized(std::move(story));
        if (what == problem_kind::delivered_twice || what == problem_kind::archived_twice) {
            story += repeats_of(post);
        } else {
            const bool in_part = what == problem_kind::lost && !run_.end_queues.empty() &&
                                 !index_.deliveries[post].empty();
            story += fmt::format(" Therefore {} is {}.", in_part ? "a part of it" : "it",
                                 to_string(what));
        }
        add_problem({post, none, what, std::move(story)});
    }

    void add_problem(post_problem problem) {
        const problem_kind what = problem.what;
        if (count_of(what) < conservation_result::most_problems) {
            result_.problems.push_back(std::move(problem));
        }
        count(what);
    }

    [[nodiscard]] std::uint64_t count_of(problem_kind what) const {
        return result_.problem_counts[static_cast<std::size_t>(what)];
    }
    void count(problem_kind what) { ++result_.problem_counts[static_cast<std::size_t>(what)]; }

    /// How often a post reached its recipients and the archive.
    [[nodiscard]] std::string repeats_of(std::uint32_t post) const {
        if (!run_.end_queues.empty()) {
            const item_branches branches = follow_branches(index_, post);
            return fmt::format(" Therefore {} {} of work that was done again.",
                               counted(branches.repeated, words().delivery, words().deliveries),
                               branches.repeated == 1 ? "comes" : "come");
        }
        const std::uint64_t reached = reaches_of(post);
        const std::uint64_t recipients = run_.posts[post].recipients;
        std::vector<std::string> parts;
        if (const std::uint64_t again = repeated_reaches(post, reached); again > 0) {
            parts.push_back(
                words().mail
                    ? fmt::format("was delivered to its {} {} times in all, {} of them again",
                                  counted(recipients, "recipient", "recipients"), grouped(reached),
                                  grouped(again))
                    : fmt::format("was {} {} times in all", words().delivered, grouped(reached)));
        }
        if (index_.archivings[post].size() > 1) {
            parts.push_back(
                fmt::format("was archived {} times", grouped(index_.archivings[post].size())));
        }
        return fmt::format(" Therefore it {}.", fmt::join(parts, " and "));
    }

    /// A post's or digest's entries, one sentence each.
    [[nodiscard]] std::string way_of(std::span<const std::uint32_t> entries) const {
        std::string text;
        for (const std::uint32_t e : entries) {
            const entry_record& entry = run_.entries[e];
            text += fmt::format(" At {} it was queued in {}/, slice {}", index_.at(entry.enqueued),
                                index_.queue_of(entry), entry.slice);
            if (entry.times_taken > 0) {
                text += fmt::format("; {} took it {} at {}", index_.process_name(entry.taken_by),
                                    entry.times_taken == 1
                                        ? std::string("once,")
                                        : fmt::format("{} times, first", entry.times_taken),
                                    index_.at(entry.taken));
            }
            switch (entry.fate) {
                case entry_fate::waiting: text += "; it still waits there."; break;
                case entry_fate::orphaned:
                    text += run_.queue_slices[entry.queue] == 0
                                ? "; no runner serves that queue."
                                : "; no running runner serves that slice.";
                    break;
                case entry_fate::in_hand: text += "; it is still being processed, as .bak."; break;
                case entry_fate::finished:
                    text += fmt::format("; finished at {}.", index_.at(entry.finished));
                    break;
                case entry_fate::preserved: text += "; it is preserved as .psv."; break;
                case entry_fate::lost:
                    if (entry.damaged) {
                        text += "; a power loss took bytes of its file, which nobody can restore.";
                        break;
                    }
                    text +=
                        fmt::format("; a crash undid it{}: the file is gone.",
                                    entry.finished == never ? std::string()
                                                            : " at " + index_.at(entry.finished));
                    break;
                case entry_fate::overwritten:
                    text += fmt::format("; another entry got its name at {}, and its {} is gone.",
                                        index_.at(entry.finished), words().message);
                    break;
            }
        }
        return text;
    }

    const run_index& index_;
    const run_record& run_;
    conservation_result result_;
};

}  // namespace

conservation_result check_conservation(const run_index& index) {
    return accountant(index).account();
}

}  // namespace qslice::sim
