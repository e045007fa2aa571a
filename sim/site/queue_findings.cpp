#include "sim/check/chance.hpp"
#include "sim/check/split_statistics.hpp"
#include "sim/site/inspection.hpp"
#include "sim/site/mailman_names.hpp"
#include "sim/text/plain_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice::sim::diagnosis {

namespace {

/// The commands of each Mailman version.
struct commands {
    mailman_version version;
    std::string directory;  ///< of the queue, by which the distribution is known

    [[nodiscard]] std::string pick(std::string_view v21, std::string_view v3) const {
        if (version == mailman_version::v21) return std::string(v21);
        if (version == mailman_version::v3) return std::string(v3);
        return fmt::format("{}   (2.1)  or  {}   (3)", v21, v3);
    }
    /// Its runners need a moment to end.
    [[nodiscard]] std::string stop_and_start() const {
        const std::string control = bin() + "mailmanctl ";
        return pick(control + "stop; sleep 30; " + control + "start",
                    "mailman stop; sleep 30; mailman start");
    }
    [[nodiscard]] std::string unshunt() const { return pick(bin() + "unshunt", "mailman unshunt"); }
    [[nodiscard]] std::string show(const std::string& path) const {
        const std::string word = shell_word(path);
        return pick(bin() + "show_qfiles " + word, "mailman qfile " + word);
    }
    [[nodiscard]] std::string bin() const { return std::string(bin_directory(directory)); }
    [[nodiscard]] std::string error_log() const {
        const std::string logs(log_directory(directory, version));
        return pick(logs + "error", logs + "mailman.log");
    }
    /// Shows which runners this machine runs.
    [[nodiscard]] static std::string runners_here() {
        return "ps -eo pid,lstart,args | grep -e --runner=";
    }
};

/// Derives the findings from one survey.
class examiner {
public:
    examiner(const queue_survey& seen, mailman_version version, const inspection_options& options)
        : seen_(seen), options_(options), commands_{version, seen.directory}, version_(version) {}

    std::vector<finding> run() {
        unreadable();
        malformed();
        who_runs();
        doubly_owned();
        if (!uneven()) late();
        in_hand();
        limit();
        broken_files();
        shunted();
        preserved();
        left_over();
        future();
        order();
        foreign();
        return std::move(findings_);
    }

private:
    finding& add(severity weight, std::string kind, std::string what) {
        findings_.push_back({weight, std::move(kind), seen_.queue + '/', std::move(what), {}});
        return findings_.back();
    }

    [[nodiscard]] std::string path(const odd_file& file) const {
        return seen_.directory + '/' + file.name;
    }
    [[nodiscard]] std::string slice_name(std::uint64_t k) const {
        return slice_text(k, seen_.slices.size());
    }
    [[nodiscard]] double age(double moment_s) const { return options_.survey.now_s - moment_s; }
    [[nodiscard]] std::string runner() const { return runner_of_queue(seen_.queue, version_); }

    /// Mailman 3 calls a runner by its queue.
    [[nodiscard]] std::string runner_words() const {
        const queue_names* const known = find_queue(seen_.queue);
        const bool as_queue =
            version_ == mailman_version::v3 && known != nullptr && !known->runner3.empty();
        return as_queue ? "the runner '" + std::string(known->runner3) + '\'' : runner();
    }

    void unreadable() {
        if (!seen_.problem) return;
        finding& f = add(severity::attention, "unreadable",
                         "It could not be read: " + printable(seen_.problem->what) + ".");
        if (seen_.problem->code == error_code::denied) {
            f.to_do.push_back({"Inspect again as Mailman's user or as root.", {}});
        }
    }

    void malformed() {
        const auto& bad = seen_.malformed;
        if (bad.count == 0) return;
        const odd_file& first = bad.examples.front();
        finding& f = add(severity::attention, "malformed-name",
                         fmt::format("{} a name that Mailman cannot parse, for example '{}' ({}).",
                                     counted(bad.count, "file in it has", "files in it have"),
                                     printable(first.name), printable(first.what)));
        if (version_ != mailman_version::v3) {
            f.what +=
                " One such .pck file makes Mailman 2.1's runner of this queue die at each scan and "
                "be restarted until it reaches its restart limit: the queue stops.";
        }
        std::string files;
        for (const odd_file& file : bad.examples) files += shell_word(path(file)) + ' ';
        f.to_do.push_back({bad.examples.size() < bad.count
                               ? fmt::format("Move each of them out of the queue (these are the "
                                             "first {}), then stop and start Mailman.",
                                             bad.examples.size())
                               : "Move each of them out of the queue, then stop and start Mailman.",
                           "mv -n -- " + files + "/some/other/directory/"});
    }

    void who_runs() {
        if (seen_.assumed_running || is_parking(seen_.queue)) return;
        if (seen_.numbers_in_use.empty()) {
            // Said once for the whole site.
            if (options_.plan.running && options_.plan.running->empty()) return;
            if (seen_.waiting + seen_.in_hand_count == 0) return;
            add(severity::attention, "no-runner",
                fmt::format(
                    "The given list of running runners has none for this queue, and {} in it.",
                    seen_.waiting + seen_.in_hand_count == 1
                        ? std::string("1 entry waits")
                        : grouped(seen_.waiting + seen_.in_hand_count) + " entries wait"))
                .to_do = {{"Start " + runner_words() + ", or add it to the list if it runs.",
                           commands::runners_here()}};
            return;
        }
        if (seen_.numbers_in_use.size() > 1) {
            std::string numbers;
            for (const std::uint64_t n : seen_.numbers_in_use) {
                numbers += (numbers.empty() ? "" : " and ") + std::to_string(n);
            }
            add(severity::attention, "different-numbers",
                "Its runners use different numbers of slices: " + numbers +
                    ". So some entries have two owners, which race for them, and some have none, "
                    "which wait until they have one." +
                    owners_text())
                .to_do = {
                {"Configure the same number of slices for this runner on every machine, then stop "
                 "and start Mailman on all of them. " +
                     std::string(restart_is_less),
                 commands_.stop_and_start()}};
            return;
        }
        for (std::size_t k = 0; k < seen_.slices.size(); ++k) {
            const slice_survey& slice = seen_.slices[k];
            if (slice.runners == 1) continue;
            if (slice.runners == 0) {
                finding& f = add(
                    severity::attention, "slice-not-run",
                    slice.waiting == 0
                        ? fmt::format("No runner serves slice {}; it is empty now, but new entries "
                                      "will wait.",
                                      slice_name(k))
                        : fmt::format("No runner serves slice {}; {} in it{}, and new entries will "
                                      "wait. They are not lost: a runner of that slice takes them.",
                                      slice_name(k),
                                      counted(slice.waiting, "entry is", "entries are"),
                                      slice.waiting == seen_.waiting && seen_.waiting > 1
                                          ? ", all that wait in this queue"
                                          : ""));
                if (slice.oldest) {
                    f.what += fmt::format(" The oldest is stamped {} UTC ({} ago).",
                                          date_text(*slice.oldest->stamp_s),
                                          age_text(age(*slice.oldest->stamp_s)));
                }
                f.to_do = {
                    {"Find in the qrunner and error logs why it stopped (a restart limit, an "
                     "exception).",
                     "qslice-sim logs LOGS"},
                    {"Stop and start Mailman on the machine that ran it; or start that slice alone "
                     "there, but never while a master still restarts it. " +
                         std::string(restart_is_less),
                     start_command(k)}};
            } else {
                finding& f =
                    add(severity::attention, "slice-run-twice",
                        fmt::format("{} runners serve slice {}: they race for each entry, and a "
                                    "message may be sent twice.",
                                    slice.runners, slice_name(k)));
                f.to_do = {{"Stop all but one of them.", commands::runners_here()}};
                f.doubled = doubled_slice{slice.runners, slice_name(k)};
            }
        }
    }

    /// How many of the entries are concerned by different numbers of slices.
    [[nodiscard]] std::string owners_text() const {
        const auto of = [&](const odd_files& files, std::string_view whose) {
            return files.count == 0
                       ? std::string()
                       : fmt::format(" {} {}, for example '{}'.",
                                     counted(files.count, "entry here has", "entries here have"),
                                     whose, printable(files.examples.front().name));
        };
        return of(seen_.orphans, "no runner") + of(seen_.doubly_owned, "several");
    }

    [[nodiscard]] std::string start_command(std::uint64_t k) const {
        const std::string spec = fmt::format("{}:{}:{}", runner(), k, seen_.slices.size());
        return commands_.pick(commands_.bin() + "qrunner --runner=" + spec,
                              "/usr/lib/mailman3/bin/runner --runner=" + spec);
    }

    /// On a bound that two slices share; several runners of one slice, or of different numbers of
    /// slices, are told already.
    void doubly_owned() {
        if (seen_.doubly_owned.count == 0 || seen_.numbers_in_use.size() != 1) return;
        if (std::any_of(seen_.slices.begin(), seen_.slices.end(),
                        [](const slice_survey& slice) { return slice.runners > 1; })) {
            return;
        }
        add(severity::attention, "two-owners",
            fmt::format("{} that more than one running runner would take, for example '{}'.",
                        seen_.doubly_owned.count == 1
                            ? std::string("It holds 1 entry")
                            : "It holds " + grouped(seen_.doubly_owned.count) + " entries",
                        printable(seen_.doubly_owned.examples.front().name)));
    }

    /// A .bak is renamed when it is taken, which its ctime shows; a copied tree has other ctimes.
    [[nodiscard]] std::string how_long(const odd_file& file, double since) const {
        return file.changed_s == since
                   ? fmt::format("for {} (by its ctime)", age_text(age(since)))
                   : fmt::format(
                         "queued {} ago (by its mtime; since when it has been in hand this "
                         "copy does not show)",
                         age_text(age(since)));
    }

    /// .bak files that no runner can be working on: it holds one at a time.
    void in_hand() {
        if (seen_.in_hand_count == 0) return;
        const bool parking = is_parking(seen_.queue);
        std::set<std::uint64_t> slices;
        std::set<std::uint64_t>
            untold;  // slices whose .bak may be old: a copied tree does not show it
        std::uint64_t old = 0;
        std::uint64_t left = 0;
        const odd_file* longest = nullptr;
        double longest_since = 0;
        std::vector<std::uint64_t> by_slice(std::max<std::size_t>(seen_.slices.size(), 1));
        for (const odd_file& file : seen_.in_hand) {
            const auto since = file.since(options_.survey.now_s);
            const bool certain = since && since == file.changed_s;
            const std::uint64_t runners =
                parking || seen_.numbers_in_use.size() > 1 ? 1 : seen_.slices[file.slice].runners;
            const bool too_old = since && age(*since) >= options_.stuck_s;
            const bool too_many = ++by_slice[file.slice] > runners;
            if (!too_old && !too_many) continue;
            old += too_old && certain ? 1 : 0;
            left += too_many ? 1 : 0;
            (certain || too_many ? slices : untold).insert(file.slice);
            if (since && (longest == nullptr || *since < longest_since)) {
                longest = &file;
                longest_since = *since;
            }
        }
        if (slices.empty() && untold.empty()) return;
        std::set<std::uint64_t> both = slices;
        both.insert(untold.begin(), untold.end());
        if (uneven_slice_ && both == std::set<std::uint64_t>{*uneven_slice_} &&
            longest != nullptr) {
            // The same fact: that slice's runner stands still.
            finding& f = findings_[uneven_finding_];
            f.what += fmt::format(" It has '{}' in hand, {}.", printable(longest->name),
                                  how_long(*longest, longest_since));
            f.to_do.insert(f.to_do.begin() + 1,
                           {"Look at the message in hand, and whether smtp or post show its "
                            "Message-ID as sent.",
                            "qslice-sim inspect " + shell_word(path(*longest))});
            return;
        }
        if (slices.empty()) {
            add(severity::note, "in-hand",
                fmt::format("{} in hand (.bak), the oldest '{}', {}.",
                            counted(seen_.in_hand_count, "entry is", "entries are"),
                            printable(longest->name), how_long(*longest, longest_since)));
            return;
        }
        std::string names;
        for (const std::uint64_t k : slices) names += (names.empty() ? "" : ", ") + slice_name(k);
        finding& f = add(severity::attention, "stuck-bak", {});
        if (old > 0) {
            f.what =
                fmt::format("{} been in hand (.bak) for more than {}",
                            counted(old, "entry has", "entries have"), age_text(options_.stuck_s));
        } else {
            f.what = fmt::format("{} in hand (.bak), more than runners that could hold them",
                                 counted(seen_.in_hand_count, "entry is", "entries are"));
        }
        if (longest != nullptr) {
            f.what += fmt::format(", the longest, '{}', {} (slice {})", printable(longest->name),
                                  how_long(*longest, longest_since), names);
        }
        f.what += '.';
        if (old > 0 && left > 0) {
            f.what += fmt::format(
                " {} than runners that could hold {}: a runner holds one at a "
                "time.",
                left == 1 ? "One is more" : grouped(left) + " are more", left == 1 ? "it" : "them");
        }
        f.what +=
            " A runner that crashed or was killed leaves such a file, and one that hangs "
            "holds it; its message may have been handled already.";
        if (seen_.in_hand.size() < seen_.in_hand_count) {
            f.what += fmt::format(" The ages of {} more were not read.",
                                  grouped(seen_.in_hand_count - seen_.in_hand.size()));
        }
        if (parking) {
            f.to_do.push_back(
                {"unshunt was interrupted. Run again, it queues all of shunt/, also "
                 "this entry, which may be queued already: its message is then "
                 "posted twice.",
                 commands_.unshunt()});
            return;
        }
        f.to_do.push_back(
            {"Check whether its runner is still working on it: delivery to a large list can take a "
             "long time. Look at the message, and whether smtp or post show its Message-ID as "
             "sent.",
             longest != nullptr ? "qslice-sim inspect " + shell_word(path(*longest))
                                : commands::runners_here()});
        f.to_do.push_back(
            {"If it hangs, or does not run, stop and start Mailman on its machine: at its start it "
             "puts the .bak files of its slice back into the queue, and a message that was sent is "
             "sent again. If the log shows it as sent, move the .bak away before. A process that "
             "hangs may not stop: end it with kill -9 before the start.",
             commands_.stop_and_start()});
    }

    [[nodiscard]] bool has_runner(const odd_file& file) const {
        if (seen_.assumed_running) return true;
        if (seen_.numbers_in_use.size() != 1) return !seen_.numbers_in_use.empty();
        return seen_.slices[file.slice].runners > 0;
    }

    /// Waiting entries that are late by their files, in slices that have a runner.
    struct lateness {
        std::uint64_t count = 0;           ///< of those looked at
        std::uint64_t estimate = 0;        ///< of all
        const odd_file* oldest = nullptr;  ///< by its file
        std::set<std::uint64_t> slices;
    };

    [[nodiscard]] lateness late_entries() const {
        lateness late;
        std::uint64_t stamped = 0;
        for (const slice_survey& slice : seen_.slices) stamped += slice.late_stamps;
        for (const odd_file& file : seen_.late) {
            if (!has_runner(file)) continue;
            if (late.oldest == nullptr) late.oldest = &file;
            late.slices.insert(file.slice);
            ++late.count;
        }
        late.estimate = seen_.late_looked == 0
                            ? 0
                            : static_cast<std::uint64_t>(static_cast<double>(stamped) *
                                                         static_cast<double>(late.count) /
                                                         static_cast<double>(seen_.late_looked));
        return late;
    }

    [[nodiscard]] std::string late_text(const lateness& late) const {
        std::string text = fmt::format(
            "{}{} waited in this queue for more than {}; the oldest, '{}', for {} (stamped {} "
            "UTC).",
            late.estimate > late.count ? "About " : "",
            counted(std::max(late.count, late.estimate), "entry has", "entries have"),
            age_text(options_.survey.late_s_of(seen_.queue)), printable(late.oldest->name),
            age_text(age(*late.oldest->written_s)), date_text(*late.oldest->stamp_s));
        if (seen_.late_lists.size() == 1 && seen_.late_read > 1) {
            text +=
                fmt::format(" All {} that were opened are of the list '{}'.",
                            grouped(seen_.late_read), printable(seen_.late_lists.begin()->first));
        }
        return text;
    }

    /// What helps if one slice of several is not emptied.
    void advise_slice(finding& f, std::size_t k) const {
        f.to_do.push_back(
            {"Find the process of that slice and what it waits for (its connections, a lock). A "
             "process that hangs still shows in ps.",
             "ps -eo pid,lstart,args | grep -e --runner=" + runner_option(k) + "; lsof -p PID"});
        f.to_do.push_back(
            {"Then stop and start Mailman on its machine. A .bak of that slice is queued again: if "
             "smtp or post show its message as sent, move it away before, or it is sent twice. Its "
             "messages come late and out of order. A process that hangs may not stop: end it with "
             "kill -9 before the start.",
             commands_.stop_and_start()});
        f.to_do.push_back(
            {fmt::format("More slices do not help. A test message shows the fault only "
                         "if its hash falls into that slice, once in {}.",
                         seen_.slices.size()),
             {}});
    }

    [[nodiscard]] std::string runner_option(std::size_t k) const {
        return fmt::format("{}:{}:{}", runner(), k, seen_.slices.size());
    }

    /// Waiting entries that are not spread over the slices as hashes would be.
    /// @returns whether they were reported
    bool uneven() {
        if (is_parking(seen_.queue) || seen_.slices.size() < 2 || seen_.expected_shares.empty()) {
            return false;
        }
        std::vector<std::uint64_t> counts;
        for (const slice_survey& slice : seen_.slices) {
            if (slice.runners != 1) return false;  // already reported, and explains it
            counts.push_back(slice.waiting);
        }
        constexpr std::uint64_t few = 20;  // a momentary backlog proves little
        if (seen_.waiting < few) return false;
        const split_test test = test_split(counts, seen_.expected_shares);
        if (!is_problem(evidence_of(test.p_value))) return false;
        std::size_t fullest = 0;
        const auto excess = [&](std::size_t k) {
            return static_cast<double>(counts[k]) -
                   static_cast<double>(seen_.waiting) * seen_.expected_shares[k];
        };
        for (std::size_t k = 1; k < counts.size(); ++k) {
            if (excess(k) > excess(fullest)) fullest = k;
        }
        const double share =
            static_cast<double>(counts[fullest]) / static_cast<double>(seen_.waiting);
        finding& f = add(
            severity::attention, "uneven-backlog",
            fmt::format("Slice {} holds {} of {} waiting entries ({}; {} would be its share). "
                        "The probability of a backlog at least this uneven by chance is {}{:.1g} "
                        "(chi-square {:.4g}). Hashes spread arrivals evenly, so either that "
                        "slice is emptied more slowly than the others, or the queue holds "
                        "entries of another policy or number of slices.",
                        slice_name(fullest), grouped(counts[fullest]), grouped(seen_.waiting),
                        share_text(share), share_text(seen_.expected_shares[fullest]),
                        bound_in_words(test), test.p_value, test.statistic));
        const lateness late = late_entries();
        if (late.count > 0) {
            f.what += ' ' + late_text(late);
            if (late.slices.size() == 1) {
                f.what += fmt::format(" Only slice {} is late: its runner stands still.",
                                      slice_name(*late.slices.begin()));
            }
        }
        advise_slice(f, fullest);
        uneven_slice_ = fullest;
        uneven_finding_ = findings_.size() - 1;
        return true;
    }

    /// Waiting entries that should have been taken long ago.
    void late() {
        if (is_parking(seen_.queue) || seen_.waiting == 0 || seen_.queue == "digest") return;
        if (!seen_.assumed_running && seen_.numbers_in_use.empty()) return;  // said already
        const lateness late = late_entries();
        if (late.oldest == nullptr) {
            std::uint64_t stamped = 0;
            for (const slice_survey& slice : seen_.slices) stamped += slice.late_stamps;
            if (stamped == 0 || seen_.late.size() > 0) return;
            add(severity::note, "old-stamps",
                fmt::format("Stamps are up to {} old, but the files were written recently: these "
                            "messages were requeued, for example from retry/.",
                            age_text(seen_.ages.most)));
            return;
        }
        finding& f = add(severity::attention, "late", late_text(late));
        if (seen_.slices.size() > 1) {
            std::string names;
            for (const std::uint64_t k : late.slices) {
                names += (names.empty() ? "" : ", ") + slice_name(k);
            }
            if (late.slices.size() == seen_.slices.size()) {
                f.what +=
                    " All slices are late: the runners are stopped, or there are more posts "
                    "than they can handle.";
                if (seen_.queue == "out") {
                    f.what += " If they run, the mail server is the limit.";
                }
            } else if (late.slices.size() == 1) {
                f.what += fmt::format(" Only slice {} is late, so check the runner of that slice.",
                                      names);
                advise_slice(f, *late.slices.begin());
                return;
            } else {
                f.what += fmt::format(" Slices {} are late.", names);
            }
        }
        // Only entries of slices with a runner are told as late.
        const bool runs = !seen_.assumed_running && seen_.numbers_in_use.size() == 1;
        if (runs) {
            f.what += late.slices.size() > 1 ? " By the list given, their runners run."
                                             : " By the list given, its runner runs.";
            f.to_do.push_back(
                {"See in the logs whether it goes on. If it does not, it hangs: look at "
                 "the entry that it has in hand (.bak), then stop and start Mailman. That puts the "
                 ".bak back into the queue, and what was done of it is done again: sent to those "
                 "who have it, archived a second time.",
                 "qslice-sim logs LOGS"});
        } else {
            f.to_do.push_back(
                {"Check whether " + runner_words() + " runs, and what its log reports.",
                 commands::runners_here()});
        }
        if (seen_.queue == "out") {
            f.to_do.push_back(
                {"If it runs, smtp shows whether it is idle or the mail server is "
                 "slow.",
                 "qslice-sim logs LOGS"});
        }
    }

    /// More entries than the user allows.
    void limit() {
        const auto most = options_.limit_of(seen_.queue);
        if (!most || seen_.waiting <= *most) return;
        add(severity::attention, "limit",
            fmt::format("{} in it, more than the limit of {}.",
                        counted(seen_.waiting, "entry waits", "entries wait"), grouped(*most)))
            .to_do = {
            {"To look at one: qslice-sim inspect FILE. To hold messages back, stop its "
             "runner and move their files to a directory beside the queue; moved back "
             "with the same names, they are taken in the order of their stamps.",
             {}}};
    }

    /// Files that a runner will fail on.
    void broken_files() {
        if (seen_.empty.count > 0) {
            add(severity::attention, "empty-files",
                fmt::format("{} no content, for example '{}': the disk was full or the machine "
                            "crashed. Mailman cannot read {}; the message is lost unless its "
                            "sender still has it.",
                            counted(seen_.empty.count, "entry has", "entries have"),
                            printable(seen_.empty.examples.front().name),
                            seen_.empty.count == 1 ? "it" : "them"))
                .to_do = {
                {"Check the disk's space; find the posts in the mail server's log by "
                 "these entries' times.",
                 "df -h " + shell_word(seen_.directory)}};
        }
        if (seen_.unreadable.count > 0) {
            add(severity::attention, "unreadable-files",
                fmt::format("{} not readable for the directory's owner, as whom Mailman runs, for "
                            "example '{}'.",
                            counted(seen_.unreadable.count, "entry is", "entries are"),
                            printable(seen_.unreadable.examples.front().name)))
                .to_do = {{"Give them the directory's owner.",
                           "chown --reference=" + shell_word(seen_.directory) + ' ' +
                               shell_word(path(seen_.unreadable.examples.front()))}};
        }
    }

    void shunted() {
        if (seen_.queue != "shunt" || seen_.waiting == 0) return;
        finding& f = add(
            severity::attention, "shunted",
            fmt::format("{} set aside after an error while {} handled; the newest at {} UTC, the "
                        "oldest {} ago.",
                        counted(seen_.waiting, "message was", "messages were"),
                        seen_.waiting == 1 ? "it was" : "they were",
                        date_text(seen_.newest_s.value_or(0)),
                        age_text(age(seen_.oldest_s.value_or(0)))));
        f.to_do = {
            {"Find the cause in the error log, and remove it.",
             "grep -B30 SHUNTING " + commands_.error_log()},
            {"Look at each; delete spam and what is too old to post: unshunt posts all that "
             "is left, however old. A message that failed in out/ (whichq) may have reached "
             "some recipients; they get it again.",
             seen_.sample_name.empty() ? std::string()
                                       : commands_.show(seen_.directory + '/' + seen_.sample_name)},
            {"Then requeue them.", commands_.unshunt()}};
    }

    void preserved() {
        if (seen_.preserved.count > 0) {
            const odd_file& first = seen_.preserved.examples.front();
            finding& f = add(
                severity::attention, "preserved",
                fmt::format("{} preserved for inspection (.psv): unreadable, recovered from .bak "
                            "three times as its runner died, or taken by two runners at once.",
                            counted(seen_.preserved.count, "entry is", "entries are")));
            std::uint64_t counted_out = 0;
            std::uint64_t whole = 0;
            for (const odd_file& file : seen_.preserved.examples) {
                counted_out += file.recovered >= 3 ? 1 : 0;
                whole += file.whole == true && file.recovered == 0 ? 1 : 0;
            }
            if (counted_out > 0) {
                f.what += fmt::format(
                    " {} of those opened {} recovered {} times (_bak_count): the runner died or "
                    "was "
                    "killed each time while working on {}.",
                    grouped(counted_out), counted_out == 1 ? "was" : "were", 3,
                    counted_out == 1 ? "it" : "one");
                f.to_do.push_back(
                    {"Find in the error and qrunner logs why the runner dies on it, and remove the "
                     "cause. Renaming it to .pck alone does not work with Mailman's runners: the "
                     "metadata keep _bak_count 3, so at the next death it is preserved again. "
                     "Reset the counter or post the message anew; if it came from out/, check in "
                     "smtp that it was not sent.",
                     "qslice-sim inspect " + shell_word(path(first))});
            }
            if (whole > 0) {
                f.what += fmt::format(
                    " {} of those opened can be read whole and {} never recovered: the mark of two "
                    "runners on one slice, of which the other has probably sent it.",
                    grouped(whole), whole == 1 ? "was" : "were");
                f.to_do.push_back(
                    {"Look in smtp or post whether its Message-ID was sent. Only if not, move it "
                     "into its queue as .pck; delete it only if it was. Check that no slice has "
                     "two runners.",
                     "qslice-sim inspect " + shell_word(path(first))});
            }
            if (f.to_do.empty()) {
                f.to_do.push_back(
                    {"Inspect each. Before it is moved into its queue as .pck, check in "
                     "smtp or post that it was not sent; delete it only if its "
                     "message is not needed.",
                     commands_.show(path(first))});
            }
            const std::string root = seen_.directory.substr(0, seen_.directory.rfind('/'));
            f.to_do.push_back(
                {"See which of them can go back and which may have been sent (--logs); --requeue "
                 "puts "
                 "them back.",
                 "qslice-sim restore " + shell_word(root.empty() ? "." : root)});
        }
        if (seen_.queue == "bad" && seen_.waiting > 0) {
            add(severity::note, "bad-waiting",
                fmt::format("{} in it, although no runner takes from it.",
                            counted(seen_.waiting, ".pck is", ".pck are")));
        }
    }

    void left_over() {
        std::uint64_t count = 0;
        std::uint64_t whole = 0;
        std::uint64_t opened = 0;
        const odd_file* oldest = nullptr;
        for (const odd_file& file : seen_.partial) {
            // It is written and renamed at once, so its time is that of its writing.
            if (!file.written_s || age(*file.written_s) < options_.partial_s) continue;
            if (oldest == nullptr || *file.written_s < *oldest->written_s) oldest = &file;
            ++count;
            opened += file.whole ? 1 : 0;
            whole += file.whole == true ? 1 : 0;
        }
        if (oldest == nullptr) return;
        add(severity::attention, "left-over-tmp",
            fmt::format(
                "{} left between writing and renaming (.tmp), the oldest {} ago: the writer was "
                "killed, or the renaming failed (a full disk, permissions). No runner reads such a "
                "file, and its writer was never told that the message is queued: whoever queued it "
                "may have tried again. {} of {} opened hold{} a whole message.",
                counted(count, "file was", "files were"), age_text(age(*oldest->written_s)),
                grouped(whole), grouped(opened), opened == 1 ? "s" : ""))
            .to_do = {
            {opened > 0 && whole == 0
                 ? "Do not rename them to .pck: without a whole message a runner sets it aside or "
                   "throws it away. If the mail server's log and smtp show no later try, ask the "
                   "sender to post again; then delete the file."
                 : "Look at each. If it holds a whole message that was not queued again (see the "
                   "mail server's log and smtp for its Message-ID), rename it to .pck, and it is "
                   "taken; otherwise delete it.",
             "qslice-sim inspect " + shell_word(path(*oldest))}};
    }

    void future() {
        if (seen_.future.count == 0) return;
        const bool wrong = seen_.most_ahead_s > options_.ahead_s;
        finding& f =
            add(wrong ? severity::attention : severity::note, "future-stamps",
                fmt::format("{} stamped in the future, by up to {}, for example '{}'. The clock of "
                            "the machine that queued it is ahead of this machine's, so other "
                            "messages overtake its messages.",
                            counted(seen_.future.count, "entry is", "entries are"),
                            age_text(seen_.most_ahead_s), seen_.future.examples.front().name));
        if (wrong) {
            f.to_do.push_back({"Compare the machines' clocks and synchronise them by NTP.",
                               "timedatectl timesync-status   or   chronyc tracking"});
        }
    }

    void order() {
        if (seen_.equal_times == 0 || is_parking(seen_.queue)) return;
        add(severity::note, seen_.overtaken > 0 ? "order-bump" : "order-equal-times",
            fmt::format("{} entries have the same stamp as another of their slice (up to {} with "
                        "one stamp, at {:.6f}): the directory's order decides among them.{}",
                        grouped(seen_.equal_times), grouped(seen_.largest_equal_group),
                        seen_.equal_example_s,
                        seen_.overtaken == 0
                            ? std::string()
                            : fmt::format(" Mailman increases each by 0.1 ms until it is unique, "
                                          "so {} would be taken after one with a later stamp.",
                                          counted(seen_.overtaken, "entry", "entries"))));
    }

    void foreign() {
        if (seen_.foreign.count == 0) return;
        add(severity::note, "foreign-files",
            fmt::format("{}, for example '{}'; Mailman ignores {}.",
                        counted(seen_.foreign.count, "file is no entry", "files are no entries"),
                        printable(seen_.foreign.examples.front().name),
                        seen_.foreign.count == 1 ? "it" : "them"));
    }

    const queue_survey& seen_;
    const inspection_options& options_;
    commands commands_;
    mailman_version version_;
    std::optional<std::uint64_t> uneven_slice_;  ///< the one that uneven() reported
    std::size_t uneven_finding_ = 0;
    std::vector<finding> findings_;
};

}  // namespace

std::vector<finding> queue_findings(const queue_survey& seen, mailman_version version,
                                    const inspection_options& options) {
    return examiner(seen, version, options).run();
}

}  // namespace qslice::sim::diagnosis
