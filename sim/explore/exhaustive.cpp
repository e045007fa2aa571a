#include "sim/explore/exhaustive.hpp"

#include "sim/explore/story.hpp"
#include "sim/explore/trial.hpp"
#include "sim/explore/variation.hpp"
#include "sim/model/guided_course.hpp"
#include "sim/scenario/scenario_file.hpp"
#include "sim/stream/listed.hpp"
#include "sim/stream/make_stream.hpp"

#include <qslice/partition/named_partition.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace qslice::sim {

namespace {

/// Depth-first through the tree of answers, one run per leaf, skipping branches whose state has
/// been visited.
class walker final : public choice_source {
public:
    explicit walker(bool every_step) : every_step_(every_step) {}

    void start_run(const guided_course& course) {
        course_ = &course;
        place_ = 0;
        next_ = 0;
        cut_ = false;
    }

    std::size_t choose(std::size_t n) override {
        const std::uint64_t place = place_++;
        if (next_ < path_.size()) {  // the path to where this run begins to differ
            if (path_[next_].place != place) return 0;
            return path_[next_++].ways.back();
        }
        if (cut_ || n == 1) return 0;
        std::vector<std::size_t> ways = ways_of(n);
        if (ways.size() == 1) {
            ++unseen_;
            return take(place, std::move(ways), 0);
        }
        const auto state = course_->state();
        if (state) {
            // A state that this course has already passed: a cycle, such as an idle look.
            const bool passed = std::any_of(path_.begin(), path_.end(),
                                            [&](const answer& a) { return a.state == *state; });
            if (passed) return 0;
            // With at least as many delays left, all continuations have been walked.
            const std::uint64_t left = course_->delays_left();
            const auto [known, is_new] = walked_.try_emplace(*state, left);
            if (!is_new && known->second >= left) {
                cut_ = true;
                if (const auto* view = course_->view()) view->simulation.stop();
                return 0;
            }
            known->second = left;
        }
        ++questions_;
        return take(place, std::move(ways), state ? *state : 0);
    }

    /// @returns false if there is no other path
    bool next_run() {
        while (!path_.empty() && path_.back().ways.size() == 1) path_.pop_back();
        if (path_.empty()) return false;
        path_.back().ways.pop_back();
        return true;
    }

    [[nodiscard]] std::vector<std::string> answers() const {
        std::vector<std::string> texts;
        for (const answer& a : path_) {
            if (a.ways.back() > 0) texts.push_back(fmt::format("{}:{}", a.place, a.ways.back()));
        }
        return texts;
    }

    [[nodiscard]] bool was_cut() const { return cut_; }
    [[nodiscard]] std::uint64_t questions() const { return questions_; }
    [[nodiscard]] std::uint64_t states() const { return walked_.size(); }
    [[nodiscard]] std::uint64_t unseen() const { return unseen_; }

private:
    struct answer {
        std::uint64_t place;
        std::vector<std::size_t> ways;  // the last one taken, preceded by those still to take
        std::uint64_t state;
    };

    std::size_t take(std::uint64_t place, std::vector<std::size_t> ways, std::uint64_t state) {
        path_.push_back({place, std::move(ways), state});
        next_ = path_.size();
        return path_.back().ways.back();
    }

    // The usual answer last, since the last is taken first.
    [[nodiscard]] std::vector<std::size_t> ways_of(std::size_t n) const {
        std::vector<std::size_t> ways(n);
        std::iota(ways.begin(), ways.end(), std::size_t{0});
        if (!every_step_) ways = course_->ways_to_walk(n);
        std::reverse(ways.begin(), ways.end());
        return ways;
    }

    bool every_step_;
    const guided_course* course_ = nullptr;
    std::vector<answer> path_;
    std::size_t next_ = 0;
    std::uint64_t place_ = 0;
    bool cut_ = false;
    std::uint64_t questions_ = 0;
    std::uint64_t unseen_ = 0;
    std::unordered_map<std::uint64_t, std::uint64_t>
        walked_;  // visited states, with the delays left
};

bool is_run_once(const scenario& s, const runner_choice& wanted) {
    std::size_t same = 0;
    for (const machine_choice& m : s.machines) {
        for (const runner_choice& r : m.runners) {
            if (r.runner != wanted.runner) continue;
            if (r.slices != wanted.slices) return false;
            if (r.slice == wanted.slice) ++same;
        }
    }
    return same == 1;
}

/// Whether this scenario meets all assumptions of guided_course::ways_to_walk().
bool may_leave_ways_out(const scenario& s, const walk_settings& how) {
    if (how.crashes > 0 && how.crash != crash_scope::process) return false;
    if (!s.faults.empty() || s.storage.nfs || s.storage.capacity_bytes > 0) return false;
    const named_partition partition(s.policy.partition);
    return std::all_of(s.machines.begin(), s.machines.end(), [&](const machine_choice& m) {
        if (m.clock.resolution < to_duration(1)) return false;
        return std::all_of(m.runners.begin(), m.runners.end(), [&](const runner_choice& r) {
            const auto division = partition.divide(r.slices);
            return division && !division->overlaps() && is_run_once(s, r);
        });
    });
}

/// The base, changed so that states are comparable.
result<scenario> prepared(const scenario& base, const walk_settings& how) {
    scenario s = base;
    s.course = {!how.delays, how.delays.value_or(0), how.crashes, how.crash, {}};
    s.drain_s = std::min(s.drain_s, 120.0);
    s.start_within_s = 0;
    s.restart_after_s = 0;
    for (machine_choice& m : s.machines) {
        if (m.clock.resolution == duration::zero()) m.clock.resolution = to_duration(1);
    }
    if (s.stream.what != stream_choice::kind::listed) {
        const auto stream = make_stream(s.stream, s.seed);
        if (!stream) return failure(stream.error());
        s.stream = {};
        s.stream.what = stream_choice::kind::listed;
        s.stream.listed = list_posts(*stream);
        drop_lists_without_posts(s);
    }
    if (auto wrong = check_scenario(s); !wrong) return failure(wrong.error());
    return s;
}

/// Removes the answers that the broken guarantee does not need.
counterexample with_fewer_answers(scenario found, guarantee_result broken,
                                  const search_goal& goal) {
    counterexample example{0, found, std::move(found), std::move(broken), 0, {}};
    auto& answers = example.setting.course.answers;
    for (std::size_t i = answers.size(); i-- > 0;) {
        scenario without = example.setting;
        without.course.answers.erase(without.course.answers.begin() +
                                     static_cast<std::ptrdiff_t>(i));
        ++example.shrink_runs;
        auto still = broken_by(without, goal);
        if (!still || still->name != example.broken.name) continue;
        answers = std::move(without.course.answers);
        example.broken = *std::move(still);
    }
    return example;
}

}  // namespace

result<walk_result> walk_all(const scenario& base, const walk_settings& settings) {
    const auto s = prepared(base, settings);
    if (!s) return failure(s.error());
    walk_result done;
    walker choices(settings.every_step || !may_leave_ways_out(*s, settings));
    std::unordered_set<std::string> crash_points;
    do {
        if (done.runs == settings.most_runs) return done;
        guided_course course(s->course, choices);
        choices.start_run(course);
        const auto played = play(*s, course.hooks());
        if (!played) return failure(played.error());
        ++done.runs;
        if (settings.on_run) settings.on_run(*played, choices.was_cut());
        done.questions = choices.questions();
        done.states = choices.states();
        done.unseen = choices.unseen();
        bool crashed = false;
        for (const fault_record& f : played->record.faults) {
            if (f.index != none) continue;
            crashed = true;
            crash_points.insert(fmt::format("{} {} {}", f.machine, f.process, f.what));
        }
        done.crash_points = crash_points.size();
        if (crashed) ++done.crash_runs;
        if (choices.was_cut()) {
            ++done.cut;
            continue;
        }
        auto broken = find_broken(played->record, played->guarantees, settings.goal);
        if (!broken) continue;
        scenario found = *s;
        found.course.answers = choices.answers();
        done.found = with_fewer_answers(std::move(found), *std::move(broken), settings.goal);
        counterexample& c = *done.found;
        c.setting.name = c.broken.name + " broken";
        c.setting.summary =
            fmt::format("Found by an exhaustive walk, run {}: {}", done.runs, size_of(c.setting));
        c.setting.requirements = {to_require(c.broken)};
        const auto told = play(c.setting);
        if (!told) return failure(told.error());
        c.story = tell_story(told->record, c.broken);
        return done;
    } while (choices.next_run());
    done.complete = true;
    return done;
}

}  // namespace qslice::sim
