#include "sim/check/explain.hpp"
#include "sim/check/split_statistics.hpp"
#include "sim/site/inspection.hpp"
#include "sim/text/plain_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice::sim::diagnosis {

namespace {

/// The commands of each Mailman version.
struct commands {
    mailman_version version;

    [[nodiscard]] std::string pick(std::string_view v21, std::string_view v3) const {
        if (version == mailman_version::v21) return std::string(v21);
        if (version == mailman_version::v3) return std::string(v3);
        return fmt::format("{}   (2.1)  or  {}   (3)", v21, v3);
    }
    [[nodiscard]] std::string restart() const {
        return pick("mailmanctl restart", "mailman restart");
    }
    [[nodiscard]] std::string unshunt() const { return pick("bin/unshunt", "mailman unshunt"); }
    [[nodiscard]] std::string show(const std::string& path) const {
        const std::string word = shell_word(path);
        return pick("bin/show_qfiles " + word, "mailman qfile " + word);
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
        : seen_(seen), options_(options), commands_{version}, version_(version) {}

    std::vector<finding> run() {
        unreadable();
        malformed();
        who_runs();
        orphans();
        doubly_owned();
        stuck();
        uneven();
        late();
        parked();
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
                                             "first {}), then restart Mailman.",
                                             bad.examples.size())
                               : "Move each of them out of the queue, then restart Mailman.",
                           "mv -n -- " + files + "/some/other/directory/"});
    }

    void who_runs() {
        if (seen_.assumed_running || is_parking(seen_.queue)) return;
        if (seen_.numbers_in_use.empty()) {
            if (seen_.waiting + seen_.in_hand_count == 0) return;
            add(severity::attention, "no-runner",
                fmt::format(
                    "The given list of running runners has none for this queue, and {} in it.",
                    seen_.waiting + seen_.in_hand_count == 1
                        ? std::string("1 entry waits")
                        : grouped(seen_.waiting + seen_.in_hand_count) + " entries wait"))
                .to_do = {{"Start " + runner() + ", or add it to the list if it runs.",
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
                    ". So some entries have two owners, which race for them, and some have none.")
                .to_do = {
                {"Configure the same number of slices for this runner on every machine, and "
                 "restart Mailman on all of them.",
                 commands_.restart()}};
            return;
        }
        for (std::size_t k = 0; k < seen_.slices.size(); ++k) {
            const slice_survey& slice = seen_.slices[k];
            if (slice.runners == 1) continue;
            if (slice.runners == 0) {
                add(severity::attention, "slice-not-run",
                    slice.waiting == 0
                        ? fmt::format("No runner serves slice {}; it is empty now, but new entries "
                                      "will wait.",
                                      slice_name(k))
                        : fmt::format(
                              "No runner serves slice {}; {} in it, and new entries will wait.",
                              slice_name(k), counted(slice.waiting, "entry is", "entries are")))
                    .to_do = {{"Start a runner for that slice on one machine.", start_command(k)}};
            } else {
                add(severity::attention, "slice-run-twice",
                    fmt::format("{} runners serve slice {}: they race for each entry, and a "
                                "message may be sent twice.",
                                slice.runners, slice_name(k)))
                    .to_do = {{"Stop all but one of them.", commands::runners_here()}};
            }
        }
    }

    [[nodiscard]] std::string start_command(std::uint64_t k) const {
        const std::string spec = fmt::format("{}:{}:{}", runner(), k, seen_.slices.size());
        return commands_.pick("bin/qrunner --runner=" + spec, "runner --runner=" + spec);
    }

    void orphans() {
        if (seen_.orphans.count == 0) return;
        const odd_file& first = seen_.orphans.examples.front();
        add(severity::attention, "orphans",
            fmt::format("{} that no running runner would take (slice {}, for example '{}').",
                        seen_.orphans.count == 1
                            ? std::string("It holds 1 entry")
                            : "It holds " + grouped(seen_.orphans.count) + " entries",
                        slice_name(first.slice), first.name))
            .to_do = {
            {"They are not lost: they will be taken as soon as their slice has a runner.", {}}};
    }

    void doubly_owned() {
        if (seen_.doubly_owned.count == 0) return;
        add(severity::attention, "two-owners",
            fmt::format("{} that more than one running runner would take, for example '{}'.",
                        seen_.doubly_owned.count == 1
                            ? std::string("It holds 1 entry")
                            : "It holds " + grouped(seen_.doubly_owned.count) + " entries",
                        seen_.doubly_owned.examples.front().name));
    }

    void stuck() {
        std::vector<std::uint64_t> by_slice(std::max<std::size_t>(seen_.slices.size(), 1));
        std::uint64_t count = 0;
        const odd_file* longest = nullptr;
        for (const odd_file& file : seen_.in_hand) {
            if (!file.changed_s || age(*file.changed_s) < options_.stuck_s) continue;
            if (longest == nullptr) longest = &file;
            ++by_slice[file.slice];
            ++count;
        }
        if (longest == nullptr) return;
        std::string slices;
        for (std::size_t k = 0; k < by_slice.size(); ++k) {
            if (by_slice[k] == 0) continue;
            slices += (slices.empty() ? "" : ", ") + slice_name(k);
        }
        finding& f = add(
            severity::attention, "stuck-bak",
            fmt::format("{} been in hand (.bak) for more than {}, the longest, '{}', for {} "
                        "(slice {}). A runner that crashed or was killed leaves such a file; its "
                        "message may have been handled already.",
                        counted(count, "entry has", "entries have"), age_text(options_.stuck_s),
                        longest->name, age_text(age(*longest->changed_s)), slices));
        if (seen_.in_hand.size() < seen_.in_hand_count) {
            f.what += fmt::format(" The ages of {} more were not read.",
                                  grouped(seen_.in_hand_count - seen_.in_hand.size()));
        }
        if (is_parking(seen_.queue)) {
            f.to_do.push_back({"unshunt was interrupted; run it again.", commands_.unshunt()});
        } else {
            f.to_do.push_back(
                {"Check whether the runner is still working on it: delivery to a large list can "
                 "take a long time.",
                 commands::runners_here()});
            f.to_do.push_back(
                {"If not, restart it: on startup it puts the .bak files of its slice back into the "
                 "queue.",
                 commands_.restart()});
        }
    }

    /// Waiting entries that are not spread over the slices as hashes would be.
    void uneven() {
        if (is_parking(seen_.queue) || seen_.slices.size() < 2 || seen_.expected_shares.empty()) {
            return;
        }
        std::vector<std::uint64_t> counts;
        for (const slice_survey& slice : seen_.slices) {
            if (slice.runners != 1) return;  // already reported, and explains it
            counts.push_back(slice.waiting);
        }
        constexpr std::uint64_t few = 20;  // a momentary backlog proves little
        if (seen_.waiting < few) return;
        const split_test test = test_split(counts, seen_.expected_shares);
        if (!(test.p_value < surprise_alpha)) return;
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
        finding& f =
            add(severity::attention, "uneven-backlog",
                fmt::format("Slice {} holds {} of {} waiting entries ({}; {} would be its share). "
                            "The probability of a backlog at least this uneven by chance is {:.1g} "
                            "(chi-square {:.4g}). Hashes spread arrivals evenly, so either that "
                            "slice is emptied more slowly than the others, or the queue holds "
                            "entries of another policy or number of slices.",
                            slice_name(fullest), grouped(counts[fullest]), grouped(seen_.waiting),
                            share_text(share), share_text(seen_.expected_shares[fullest]),
                            test.p_value, test.statistic));
        f.to_do.push_back(
            {"Check whether " + runner() +
                 " of that slice is running, hangs on a message or is on a slower machine.",
             commands::runners_here()});
    }

    /// Waiting entries that should have been taken long ago.
    void late() {
        if (is_parking(seen_.queue) || seen_.waiting == 0) return;
        // retry/ is emptied whole every 15 minutes; what is older than two rounds is stuck.
        const double limit =
            seen_.queue == "retry" ? std::max(options_.stale_s, 1800.0) : options_.stale_s;
        if (seen_.queue == "digest") return;
        std::string slices;
        const odd_file* worst = nullptr;
        bool only_stamps = false;
        for (const slice_survey& slice : seen_.slices) {
            if (!slice.oldest || age(*slice.oldest->stamp_s) < limit) continue;
            // In Mailman 2.1 a message keeps its first stamp when it returns from retry/.
            if (!slice.oldest->written_s || age(*slice.oldest->written_s) < limit) {
                only_stamps = true;
                continue;
            }
            slices += (slices.empty() ? "" : ", ") + slice_name(slice.oldest->slice);
            if (worst == nullptr || *slice.oldest->written_s < *worst->written_s) {
                worst = &*slice.oldest;
            }
        }
        if (worst != nullptr) {
            const bool all =
                std::all_of(seen_.slices.begin(), seen_.slices.end(), [&](const slice_survey& s) {
                    return s.oldest && s.oldest->written_s && age(*s.oldest->written_s) >= limit;
                });
            finding& f =
                add(severity::attention, "late",
                    fmt::format("The oldest waiting entry has been in this queue for {} ('{}', "
                                "stamped {} UTC).",
                                age_text(age(*worst->written_s)), worst->name,
                                date_text(*worst->stamp_s)));
            if (seen_.slices.size() > 1) {
                f.what +=
                    all ? " All slices are late: the runners are stopped, or there are more posts "
                          "than they can handle."
                        : fmt::format(" Only slice {} is late, so check the runner of that slice.",
                                      slices);
            }
            f.to_do.push_back({"Check whether " + runner() + " runs" +
                                   (seen_.slices.size() > 1 ? " for slice " + slices : "") +
                                   ", and what its log reports.",
                               commands::runners_here()});
        } else if (only_stamps) {
            add(severity::note, "old-stamps",
                fmt::format("Stamps are up to {} old, but the files were written recently: these "
                            "messages were requeued, for example from retry/.",
                            age_text(seen_.ages.most)));
        }
    }

    void parked() {
        if (seen_.queue == "shunt" && seen_.waiting > 0) {
            add(severity::attention, "shunted",
                fmt::format("{} set aside after an error while {} handled; the newest at {} UTC.",
                            counted(seen_.waiting, "message was", "messages were"),
                            seen_.waiting == 1 ? "it was" : "they were",
                            date_text(seen_.newest_s.value_or(0))))
                .to_do = {{"Find the cause in the error log.",
                           commands_.pick("grep -B20 SHUNTING logs/error",
                                          "grep -B20 SHUNTING logs/mailman.log")},
                          {"Then requeue them.", commands_.unshunt()}};
        }
        if (seen_.preserved.count > 0) {
            const odd_file& first = seen_.preserved.examples.front();
            add(severity::attention, "preserved",
                fmt::format("{} preserved for inspection (.psv): unreadable, or taken three times "
                            "by a runner that crashed.",
                            counted(seen_.preserved.count, "entry is", "entries are")))
                .to_do = {
                {"Inspect each; to retry it, move it into its queue as .pck, otherwise delete it.",
                 commands_.show(path(first))}};
        }
        if (seen_.queue == "bad" && seen_.waiting > 0) {
            add(severity::note, "bad-waiting",
                fmt::format("{} in it, although no runner takes from it.",
                            counted(seen_.waiting, ".pck is", ".pck are")));
        }
    }

    void left_over() {
        std::uint64_t count = 0;
        const odd_file* oldest = nullptr;
        for (const odd_file& file : seen_.partial) {
            if (!file.changed_s || age(*file.changed_s) < options_.partial_s) continue;
            if (oldest == nullptr) oldest = &file;
            ++count;
        }
        if (oldest == nullptr) return;
        add(severity::attention, "left-over-tmp",
            fmt::format(
                "{} left by a writer that crashed before it had finished (.tmp), the oldest {} "
                "ago. No runner reads them, and their enqueue operations never reported success.",
                counted(count, "file was", "files were"), age_text(age(*oldest->changed_s))))
            .to_do = {{"Delete them once you have checked that they are not needed.",
                       "rm -i -- " + shell_word(path(*oldest))}};
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
    std::vector<finding> findings_;
};

}  // namespace

std::vector<finding> queue_findings(const queue_survey& seen, mailman_version version,
                                    const inspection_options& options) {
    return examiner(seen, version, options).run();
}

}  // namespace qslice::sim::diagnosis
