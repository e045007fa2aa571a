#include "sim/explore/story.hpp"

#include "sim/check/run_index.hpp"
#include "sim/record/site_words.hpp"
#include "sim/text/plain_words.hpp"
#include "sim/text/text_table.hpp"

#include <qslice/core/entry_name.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <set>
#include <utility>
#include <vector>

namespace qslice::sim {

namespace {

/// Longer time lines are shortened in the middle.
constexpr std::size_t most_lines = 60;

class teller {
public:
    teller(const run_record& run, const guarantee_result& broken)
        : index_(run), run_(run), broken_(broken) {
        if (broken.counterexample) {
            posts_ = {broken.counterexample->earlier, broken.counterexample->later};
            for (const std::uint32_t e :
                 {broken.counterexample->earlier_entry, broken.counterexample->later_entry}) {
                if (e < run.entries.size()) posts_.insert(run.entries[e].post);
            }
        }
        if (broken.problem) posts_.insert(broken.problem->post);
        posts_.erase(none);
        if (posts_.empty() && run.posts.size() <= 3) {
            for (std::uint32_t p = 0; p < run.posts.size(); ++p) posts_.insert(p);
        }
    }

    std::string tell() {
        std::string text = fmt::format("{} is broken: {}\n", broken_.name, broken_.because);
        text += wrapped("Promised: " + broken_.statement, "  ", 2) + "\n";
        if (broken_.problem) text += wrapped(broken_.problem->story, "  ", 2) + "\n";
        if (broken_.counterexample) {
            text += wrapped(broken_.counterexample->story, "  ", 2) + "\n";
        }
        text += "\nWhat happened:\n";
        for (const fault_record& f : run_.faults) add_fault(f);
        for (const std::uint32_t p : posts_) add_post(p);
        for (const entry_record& e : run_.entries) add_entry(e);
        for (const effect_record& e : run_.deliveries)
            add_effect(e, words().mail ? "delivers" : "completes");
        for (const effect_record& e : run_.archivings) add_effect(e, "archives");
        std::stable_sort(lines_.begin(), lines_.end(),
                         [](const line& a, const line& b) { return a.at < b.at; });
        for (std::size_t i = 0; i < lines_.size(); ++i) {
            if (lines_.size() > most_lines && i == most_lines / 2) {
                const std::size_t left_out = lines_.size() - most_lines;
                text += fmt::format("  ... {} lines ...\n", left_out);
                i += left_out;
            }
            text += fmt::format("  {:>12}  {}\n", index_.at(lines_[i].at), lines_[i].text);
        }
        return text;
    }

private:
    struct line {
        virtual_time at;
        std::string text;
    };

    void add(virtual_time at, std::string text) {
        if (at != never) lines_.push_back({at, std::move(text)});
    }

    void add_fault(const fault_record& f) {
        std::string where = f.process;
        if (!f.machine.empty()) where += (where.empty() ? "" : " on ") + f.machine;
        add(f.time, "! " + (where.empty() ? f.what : where + ": " + f.what));
    }

    void add_post(std::uint32_t p) {
        const post_record& post = run_.posts[p];
        add(post.arrived, fmt::format("{} reaches the site", index_.post_name(p)));
        add(post.accepted, fmt::format("{} {} is accepted", words().item, p));
    }

    [[nodiscard]] std::string what_of(const entry_record& e) const {
        if (e.post != none) return fmt::format("{} {}", words().item, e.post);
        return e.digest != none ? fmt::format("digest {}", e.digest) : std::string("an entry");
    }

    void add_entry(const entry_record& e) {
        const bool told = e.post == none ? posts_.empty() || e.fate == entry_fate::orphaned
                                         : posts_.contains(e.post);
        if (!told) return;
        const std::string queue = fmt::format("{}/", index_.queue_of(e));
        const std::string what = what_of(e);
        add(e.enqueued,
            fmt::format("{} is in {} slice {} as {}", what, queue, e.slice, to_base_name(e.name)));
        if (e.taken != never) {
            add(e.taken,
                fmt::format("{} takes {} from {}", index_.process_name(e.taken_by), what, queue));
        }
        switch (e.fate) {
            case entry_fate::finished:
                add(e.finished, fmt::format("{} in {} is finished", what, queue));
                break;
            case entry_fate::preserved:
                add(e.finished, fmt::format("{} in {} is preserved as .psv", what, queue));
                break;
            case entry_fate::waiting:
                add(run_.ended, fmt::format("{} still waits in {}", what, queue));
                break;
            case entry_fate::in_hand:
                add(run_.ended,
                    fmt::format("{} is still being processed in {}, as .bak", what, queue));
                break;
            case entry_fate::orphaned:
                add(run_.ended, fmt::format("{} waits in {} slice {}, which no runner serves", what,
                                            queue, e.slice));
                break;
            case entry_fate::overwritten:
                add(e.finished,
                    fmt::format("{} in {} is gone: another entry got its name", what, queue));
                break;
            case entry_fate::lost:
                add(std::min(e.finished, run_.ended),
                    e.damaged
                        ? fmt::format("{} in {} is damaged: a power loss took bytes of its file",
                                      what, queue)
                        : fmt::format("{} has disappeared from {}: a crash undid it", what, queue));
                break;
        }
    }

    void add_effect(const effect_record& e, std::string_view does) {
        if (e.post == none || !posts_.contains(e.post)) return;
        add(e.time,
            fmt::format("{} {} {} {}", index_.process_name(e.process), does, words().item, e.post));
    }

    run_index index_;
    const run_record& run_;
    const guarantee_result& broken_;
    std::set<std::uint32_t> posts_;
    std::vector<line> lines_;
};

}  // namespace

std::string tell_story(const run_record& run, const guarantee_result& broken) {
    return teller(run, broken).tell();
}

std::string size_of(const scenario& setting) {
    return fmt::format(
        "{}, {}, {}", counted(setting.machines.size(), "machine", "machines"),
        counted(setting.stream.what == stream_choice::kind::listed ? setting.stream.listed.size()
                                                                   : setting.stream.posts,
                words().item, words().items),
        counted(setting.faults.size(), "fault", "faults"));
}

}  // namespace qslice::sim
