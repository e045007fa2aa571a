#include "sim/explore/exhaustive.hpp"

#include "sim/explore/story.hpp"
#include "sim/explore/trial.hpp"
#include "sim/explore/variation.hpp"
#include "sim/model/guided_course.hpp"
#include "sim/record/instants.hpp"
#include "sim/scenario/scenario_file.hpp"
#include "sim/stream/listed.hpp"
#include "sim/stream/make_stream.hpp"

#include <qslice/partition/named_partition.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <mutex>
#include <numeric>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace qslice::sim {

namespace {

/// One continuation at a place, and those that are still to be taken.
struct answer {
    std::uint64_t place;
    std::vector<std::size_t> ways;  // the last one taken, preceded by those still to take
    std::uint64_t state;
    double share = 1;  // of the whole tree that is below this answer
};
using branch = std::vector<answer>;

/// The visited states, with the delays left, for all threads.
class visited_states {
public:
    /// @returns false if all continuations have been walked, or are being walked
    bool is_new(std::uint64_t state, std::uint64_t delays_left) {
        shard& s = shards_[state % shards_.size()];
        const std::lock_guard lock(s.access);
        const auto [known, is_new] = s.states.try_emplace(state, delays_left);
        if (!is_new && known->second >= delays_left) return false;
        known->second = delays_left;
        return true;
    }

    [[nodiscard]] std::uint64_t count() const {
        std::uint64_t all = 0;
        for (const shard& s : shards_) all += s.states.size();
        return all;
    }

private:
    struct shard {
        std::mutex access;
        std::unordered_map<std::uint64_t, std::uint64_t> states;
    };
    std::array<shard, 64> shards_;
};

/// The branches that threads have handed over, and what they have in common.
class shared_walk {
public:
    explicit shared_walk(unsigned threads) : threads_(threads) { open_.emplace_back(); }

    visited_states visited;
    std::atomic<std::uint64_t> runs{0};
    std::atomic<bool> over{false};

    /// Whether a thread has nothing to do.
    [[nodiscard]] bool wants_branches() const { return wants_.load(std::memory_order_relaxed); }

    void hand_over(branch b) {
        const std::lock_guard lock(access_);
        open_.push_back(std::move(b));
        wants_ = idle_ > open_.size();
        changed_.notify_one();
    }

    /// Waits for a branch.
    /// @returns empty when the walk is over
    std::optional<branch> next() {
        std::unique_lock lock(access_);
        ++idle_;
        while (open_.empty() && !over) {
            if (idle_ == threads_) {
                end_now();
                break;
            }
            wants_ = true;
            changed_.wait(lock);
        }
        if (over) return std::nullopt;
        --idle_;
        branch b = std::move(open_.back());
        open_.pop_back();
        wants_ = idle_ > open_.size();
        return b;
    }

    void end() {
        const std::lock_guard lock(access_);
        end_now();
    }

private:
    void end_now() {
        over = true;
        changed_.notify_all();
    }

    const unsigned threads_;
    std::mutex access_;
    std::condition_variable changed_;
    std::deque<branch> open_;
    unsigned idle_ = 0;
    std::atomic<bool> wants_{false};
};

/// Depth-first through a branch of the tree of answers, one run per leaf, skipping branches whose
/// state has been visited.
class walker final : public choice_source {
public:
    walker(shared_walk& shared, bool every_step, branch from)
        : shared_(shared), every_step_(every_step), path_(std::move(from)) {}

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
            if (!course_->may_be_repeated(ways.front())) ++unseen_;
            return ways.front() == 0 ? 0 : take(place, std::move(ways), 0);
        }
        const auto state = course_->state();
        if (state) {
            // A state that this course has already passed: a cycle, such as an idle look.
            const bool passed = std::any_of(path_.begin(), path_.end(),
                                            [&](const answer& a) { return a.state == *state; });
            if (passed && !course_->ends_circles()) return 0;
            if (passed || !shared_.visited.is_new(*state, course_->delays_left())) {
                cut_ = true;
                if (const auto* view = course_->view()) view->simulation.stop();
                return 0;
            }
        }
        ++questions_;
        return take(place, std::move(ways), state ? *state : 0);
    }

    /// @returns false if there is no other path in the branch
    bool next_run() {
        while (!path_.empty() && path_.back().ways.size() == 1) path_.pop_back();
        if (path_.empty()) return false;
        path_.back().ways.pop_back();
        return true;
    }

    /// Hands over what is still to be walked next to the path, where that is the most.
    void share_work() {
        const auto at = std::find_if(path_.begin(), path_.end(),
                                     [](const answer& a) { return a.ways.size() > 1; });
        if (at == path_.end()) return;
        branch others(path_.begin(), at + 1);
        others.back().ways.pop_back();
        at->ways.erase(at->ways.begin(), at->ways.end() - 1);
        shared_.hand_over(std::move(others));
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
    [[nodiscard]] std::uint64_t unseen() const { return unseen_; }
    /// The share of the whole tree that the last run was.
    [[nodiscard]] double share() const { return path_.empty() ? 1 : path_.back().share; }

private:
    std::size_t take(std::uint64_t place, std::vector<std::size_t> ways, std::uint64_t state) {
        const double share = this->share() / static_cast<double>(ways.size());
        path_.push_back({place, std::move(ways), state, share});
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

    shared_walk& shared_;
    bool every_step_;
    const guided_course* course_ = nullptr;
    branch path_;
    std::size_t next_ = 0;
    std::uint64_t place_ = 0;
    bool cut_ = false;
    std::uint64_t questions_ = 0;
    std::uint64_t unseen_ = 0;
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
bool may_leave_ways_out(const scenario& s) {
    if (s.deployment.standby && !passes_in_instants(s)) return false;
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
    if (passes_in_instants(s)) {
        // Work takes no time, what may happen at any time does so in the end, and the time of day
        // does not matter to leases.
        constexpr double day_s = 86400;
        s.services.list_load = s.services.archive = s.services.delivery = {};
        s.services.delivery_per_recipient_s = 0;
        for (queue_work& work : s.work) work.each = {};
        s.drain_s = day_s;
        for (machine_choice& m : s.machines) m.clock.resolution = to_duration(day_s);
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

/// Whether branches have the same runs in whichever order they are walked: where states are not
/// compared, or each is visited once and no course runs in circles.
bool is_same_in_any_order(const scenario& s, const walk_settings& how) {
    if (s.deployment.standby) {
        // Of changes and crashes of machines, states have not been compared to the end.
        const bool is_known = how.crashes == 0 || how.crash == crash_scope::process ||
                              how.crash == crash_scope::pause;
        return !passes_in_instants(s) || (is_known && s.deployment.changes.empty());
    }
    return !how.every_step && may_leave_ways_out(s) && !how.delays;
}

/// The threads of a walk and what they found.
class walk_of {
public:
    walk_of(const scenario& s, const walk_settings& how, const message_stream& stream,
            const site_program& program, std::atomic<std::uint64_t>& learned)
        : setting_(s),
          how_(how),
          stream_(stream),
          program_(program),
          learned_(learned),
          assumed_(learned),
          every_step_(how.every_step || !may_leave_ways_out(s)),
          threads_(is_same_in_any_order(s, how) ? std::max(how.jobs, 1U) : 1),
          shared_(threads_) {}

    result<walk_result> run() {
        {
            std::vector<std::jthread> others;
            for (unsigned t = 1; t < threads_; ++t) others.emplace_back([this] { work(); });
            work();
        }
        if (thrown_) std::rethrow_exception(thrown_);
        if (problem_) return failure(*problem_);
        done_.states = shared_.visited.count();
        done_.crash_points = crash_points_.size();
        done_.complete = !done_.found && !was_stopped_;
        return std::move(done_);
    }

    [[nodiscard]] unsigned threads() const { return threads_; }

    /// Whether it ended since processes do more than it assumed.
    [[nodiscard]] bool was_wrong() const { return !every_step_ && learned_ != assumed_; }

private:
    void work() {
        try {
            while (auto from = shared_.next()) walk(*std::move(from));
        } catch (...) {
            const std::lock_guard lock(access_);
            thrown_ = std::current_exception();
            shared_.end();
        }
    }

    void walk(branch from) {
        walker choices(shared_, every_step_, std::move(from));
        do {
            if (shared_.over || !play_one(choices)) break;
            if (shared_.wants_branches()) choices.share_work();
        } while (choices.next_run());
        const std::lock_guard lock(access_);
        done_.questions += choices.questions();
        done_.unseen += choices.unseen();
    }

    /// @returns false if the walk is over
    bool play_one(walker& choices) {
        const std::uint64_t number = ++shared_.runs;
        if (number > how_.most_runs) {
            const std::lock_guard lock(access_);
            was_stopped_ = true;
            shared_.end();
            return false;
        }
        guided_course course(setting_.course, choices);
        course.learn_into(learned_);
        choices.start_run(course);
        auto record = simulate(setting_, stream_, program_, course.hooks());
        if (!record) {
            const std::lock_guard lock(access_);
            problem_ = record.error();
            shared_.end();
            return false;
        }
        trial played{*std::move(record), {}};
        std::optional<guarantee_result> broken;
        if (!choices.was_cut()) {
            played.guarantees = check(played.record);
            broken = find_broken(played.record, played.guarantees, how_.goal);
        }
        return !note(played, choices, course.crash_points(), std::move(broken));
    }

    /// @returns whether the walk is over
    bool note(const trial& played, const walker& choices, const std::vector<std::uint64_t>& crashes,
              std::optional<guarantee_result> broken) {
        const std::lock_guard lock(access_);
        if (done_.found) return true;
        if (!every_step_ && learned_ != assumed_) {
            shared_.end();
            return true;
        }
        ++done_.runs;
        if (choices.was_cut()) ++done_.cut;
        walked_ += choices.share();
        crash_points_.insert(crashes.begin(), crashes.end());
        if (!crashes.empty()) ++done_.crash_runs;
        if (how_.on_run) how_.on_run(played, choices.was_cut());
        if (how_.on_estimate && done_.runs % 1000 == 0) {
            how_.on_estimate(static_cast<std::uint64_t>(static_cast<double>(done_.runs) / walked_));
        }
        if (!broken) return false;
        scenario found = setting_;
        found.course.answers = choices.answers();
        done_.found = counterexample{0, found, std::move(found), *std::move(broken), 0, {}};
        shared_.end();
        return true;
    }

    const scenario& setting_;
    const walk_settings& how_;
    const message_stream& stream_;
    const site_program& program_;
    std::atomic<std::uint64_t>& learned_;
    const std::uint64_t assumed_;
    const bool every_step_;
    const unsigned threads_;
    shared_walk shared_;
    std::mutex access_;  // to what follows
    walk_result done_;
    std::unordered_set<std::uint64_t> crash_points_;
    double walked_ = 0;
    bool was_stopped_ = false;
    std::optional<error> problem_;
    std::exception_ptr thrown_;
};

result<void> explain(walk_result& done, const search_goal& goal) {
    counterexample& c = *done.found;
    c = with_fewer_answers(std::move(c.found), std::move(c.broken), goal);
    c.setting.name = c.broken.name + " broken";
    c.setting.summary =
        fmt::format("Found by an exhaustive walk, run {}: {}", done.runs, size_of(c.setting));
    c.setting.requirements = {to_require(c.broken)};
    const auto told = play(c.setting);
    if (!told) return failure(told.error());
    c.story = tell_story(told->record, c.broken);
    return {};
}

}  // namespace

result<walk_result> walk_all(const scenario& base, const walk_settings& settings) {
    const auto s = prepared(base, settings);
    if (!s) return failure(s.error());
    const auto stream = make_stream(s->stream, s->seed);
    if (!stream) return failure(stream.error());
    const auto program = program_for(s->policy);
    if (!program) return failure(program.error());
    // Which processes touch more than queues shows in the first courses.
    std::atomic<std::uint64_t> learned{0};
    const auto walk = [&](const walk_settings& how) {
        while (true) {
            walk_of whole(*s, how, *stream, **program, learned);
            auto done = whole.run();
            if (whole.was_wrong()) continue;
            if (!done || !done->found || whole.threads() == 1) return done;
            walk_settings alone = how;
            alone.jobs = 1;
            return walk_of(*s, alone, *stream, **program, learned).run();
        }
    };
    auto done = walk(settings);
    if (done && done->found) {
        if (auto told = explain(*done, settings.goal); !told) return failure(told.error());
    }
    return done;
}

}  // namespace qslice::sim
