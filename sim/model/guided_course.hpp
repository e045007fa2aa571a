/// @file
/// Lets a simulation deviate from its usual course: late steps, crashes at any storage call, every
/// state that a crash can leave. A choice_source decides at each possible place. The exhaustive
/// search walks all courses; a scenario's [course] reproduces one of them.
#pragma once

#include "sim/engine/choices.hpp"
#include "sim/model/lease_state.hpp"
#include "sim/model/simulation.hpp"
#include "sim/record/scenario.hpp"

#include <qslice/core/hash_value.hpp>
#include <qslice/ownership/lease_name.hpp>
#include <qslice/ownership/lease_survey.hpp>
#include <qslice/ownership/lease_times.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace qslice::sim {

/// The hooks of a simulation that asks a choice_source:
/// - before each step, which of the processes due within `reach` continues; usually the first. Any
///   other uses one of the course's delays, if these are limited: a step that is passed over
///   happens late, as if its storage call had taken longer, so slow storage could cause every
///   course.
/// - before and after each storage call of a process, whether the course's crash happens there;
///   each uses one of its crashes. A loss of all power is asked for after each call, and before
///   those that make something durable or follow a delivery: before others it would be the same as
///   after the call before.
/// - in a crash, what storage keeps. Answer 0 is the usual course. Once delays and crashes are used
/// up, nothing is asked.
class guided_course final : public world_observer, private choice_source {
public:
    /// Steps due later than this after the first are not moved forward, so that idle runners' looks
    /// at their queues are not involved.
    static constexpr double reach_s = 0.1;

    /// @param choices  must outlive the course
    /// @param also     a further observer; may be null
    guided_course(const course_choice& course, choice_source& choices,
                  world_observer* also = nullptr);
    guided_course(const guided_course&) = delete;
    guided_course& operator=(const guided_course&) = delete;

    /// The roles of processes that touch anything outside the queues' directories, such as locks,
    /// as far as courses of this scenario have shown: for ways_to_walk(). Only what all courses
    /// have in common counts, so if it grows during a walk, the walk is to begin anew.
    /// @param roles  must outlive the course; shared by threads
    void learn_into(std::atomic<std::uint64_t>& roles) { leave_queues_ = &roles; }

    /// For simulate(); refer to this object.
    [[nodiscard]] simulation_hooks hooks();

    /// During a question: the state on which the rest of the run depends, except virtual time:
    /// files and their non-durable parts, the progress of each process, remaining crashes, and what
    /// checks of order look back to: the orders of effects, acceptance, queueing and taking. Empty
    /// while the state after a crash is being chosen, and where slices have owners, since what
    /// these do depends on times.
    [[nodiscard]] std::optional<std::uint64_t> state() const;

    /// Whether a course that comes back to a state is at its end: all ways on from there are walked
    /// where it was first. Otherwise it leaves the circle by usual answers.
    [[nodiscard]] bool ends_circles() const noexcept { return in_instants_; }

    /// Also part of the state: the more delays are left, the more continuations exist. Meaningless
    /// in a course with unlimited delays.
    [[nodiscard]] std::uint64_t delays_left() const noexcept { return delays_left_; }

    /// During a question with n answers: those that must be walked to cover all outcomes, the usual
    /// one first if it is among them. They are fewer than n if
    /// - a step is invisible to other processes, such as a write to an entry that is not yet in its
    ///   queue: all its orders with other steps are equivalent;
    /// - no process that continues before this step may has anything to do with it, now or later:
    ///   other queues, or other slices of the same one;
    /// - a runner would look at a queue with nothing for its slice: that changes nothing, and it
    ///   looks again;
    /// - only acceptances of posts remain, of which only their mutual order matters, and nothing
    ///   that is not durable can be lost;
    /// - a crash leaves what another one leaves that is walked: see matters().
    /// This is valid if each slice has one runner and the machines see each other's changes at
    /// once. If delays are limited, the usual step is always one of them, and all crashes.
    /// @source Godefroid, "Partial-order methods for the verification of concurrent systems" (1996)
    [[nodiscard]] std::vector<std::size_t> ways_to_walk(std::size_t n) const;

    /// During a question: whether courses that come to the same states make the step of this answer
    /// more or less often. So does a keeper: when it renews a lease may be no part of a state.
    [[nodiscard]] bool may_be_repeated(std::size_t answer) const;

    /// The crashes that happened, each by a hash of the process, its call and whether it was made.
    [[nodiscard]] const std::vector<std::uint64_t>& crash_points() const noexcept {
        return crash_points_;
    }

    /// The running simulation; null before it starts.
    [[nodiscard]] const simulation_view* view() const { return view_ ? &*view_ : nullptr; }

private:
    enum class place : std::uint8_t { step, before_call, after_call, crash_state };

    static constexpr std::uint32_t outside = none - 1;  // of the queues' directories

    /// What a process does when it continues.
    enum class next_step : std::uint8_t {
        unseen,      ///< by others
        look,        ///< at a queue
        acceptance,  ///< of a post, after this call
        effect,      ///< a delivery or an archiving
        waking,      ///< from a sleep: it looks whether its slice is still its own
        other,
    };

    /// What is known of all that a process will ever do.
    enum class role : std::uint8_t {
        runner,   ///< works on its own slice of its queue, and writes to those that follow
        post,     ///< writes to the queue that posts enter
        keeper,   ///< works on the leases of its queue, and starts and stops runners
        unknown,  ///< anything
    };

    /// A process's progress since it last looked at its queue.
    struct progress_of {
        std::uint64_t name = 0;
        std::uint64_t calls = 0;  // hash
        std::uint64_t going = 0;  // hash of its next call
        std::uint64_t steps = 0;
        std::uint64_t taken = 0;      // hash of all entries that it took, in order
        bool has_effect = false;      // it delivered or archived since its last call
        std::uint32_t number = none;  // index in the record of a runner; none before its first look
        next_step next = next_step::other;
        next_step going_is = next_step::other;  // the call that it makes, or made last
        std::uint32_t touches = none;  // the queue that its next step is about; none: all of them
        role is = role::unknown;
        std::uint32_t queue = none;  // of a runner, or whose leases a keeper keeps
        // Where slices have owners:
        std::uint64_t id = 0;
        std::uint64_t group = 0;           // of the processes that are one on a real machine
        bool sleeps = false;               // it has done all that it had to do
        virtual_time woke{};               // since when it has something to do
        std::uint64_t woke_with = 0;       // hash of what a keeper remembered then
        std::vector<std::string> listed;   // beats that it last saw
        std::optional<hash_value> queues;  // of the entry that a post is about to become
        bool has_queued = false;
        bool has_looked = false;     // at the leases, since then
        bool is_late = false;        // it was paused after it had looked, and has not slept since
        bool is_of_lasting = false;  // its next call: it changes nothing that matters to anyone
    };

    void going_to(const world_call& call) override;
    void going_to_sleep(process_id id) override;
    void going_to_deliver(process_id id) override;
    injected_fault before_call(const world_call& call) override;
    injected_fault after_call(const world_call& call) override;
    void log(const log_line& line) override;
    std::size_t choose(std::size_t n) override;

    std::size_t choose_step(std::span<const enabled_event> enabled);
    std::size_t choose_in_instant(std::span<const enabled_event> enabled);
    injected_fault maybe_crash(const world_call& call, place where);
    [[nodiscard]] bool matters(const world_call& call, place where) const;
    [[nodiscard]] bool loses_unsynced() const noexcept {
        return course_.crash == crash_scope::machine || course_.crash == crash_scope::power;
    }
    [[nodiscard]] bool may_lose_unsynced() const noexcept {
        return loses_unsynced() && crashes_left_ > 0;
    }
    [[nodiscard]] std::uint32_t runner_number(const world_call& call) const;
    [[nodiscard]] next_step kind_of(const world_call& call, bool of_runner) const;
    [[nodiscard]] next_step kind_of_answer(std::size_t answer) const;
    [[nodiscard]] std::uint64_t entries_for(std::uint32_t runner) const;
    [[nodiscard]] bool is_independent(std::size_t answer) const;
    [[nodiscard]] bool may_disturb(const progress_of& other, const progress_of& step) const;
    [[nodiscard]] std::uint32_t queue_of(std::string_view path) const;
    [[nodiscard]] static std::uint64_t role_bit(const progress_of& process);
    [[nodiscard]] bool is_vain_look(std::size_t answer) const;
    [[nodiscard]] next_step kind_in_instant(const world_call& call, const progress_of& by) const;
    [[nodiscard]] bool may_disturb_in_instant(const progress_of& other,
                                              const progress_of& step) const;
    [[nodiscard]] bool may_take(const progress_of& runner, const progress_of& post) const;
    [[nodiscard]] bool is_settled(std::uint64_t group, const progress_of& runner) const;
    [[nodiscard]] bool is_settled(std::uint64_t group, std::optional<std::uint64_t> slice) const;
    [[nodiscard]] bool look_whether_settled(std::uint64_t group,
                                            std::optional<std::uint64_t> slice) const;
    [[nodiscard]] bool only_looks(const progress_of& keeper) const;
    [[nodiscard]] bool is_changing(std::uint64_t epoch) const;
    [[nodiscard]] std::vector<leased_slice> lasting_leases() const;
    [[nodiscard]] bool is_of_lasting(const world_call& call, const progress_of& keeper) const;
    [[nodiscard]] lease_survey survey(std::string_view directory) const;
    [[nodiscard]] bool is_private(std::size_t way) const;
    [[nodiscard]] bool stands_still(const progress_of& process) const;
    [[nodiscard]] std::vector<std::size_t> ways_with(std::size_t first) const;
    [[nodiscard]] bool goes_by_time(const progress_of& process) const;
    [[nodiscard]] bool is_about_to_start_runner(std::uint64_t keeper) const;
    [[nodiscard]] bool share_entries(const progress_of& a, const progress_of& b) const;
    [[nodiscard]] std::vector<std::size_t> ways_in_instant(std::size_t n) const;
    [[nodiscard]] std::uint64_t names_in(std::string_view directory, progress_of& by) const;
    [[nodiscard]] std::uint64_t processes_in_instant() const;
    [[nodiscard]] bool has_begun() const;
    [[nodiscard]] bool is_all_done() const;
    [[nodiscard]] std::int64_t number_of(virtual_time t) const;
    [[nodiscard]] lease_times times() const;
    [[nodiscard]] std::uint64_t remembered_by(const progress_of& keeper) const;
    [[nodiscard]] std::uint64_t instants_awake(const progress_of& process) const;
    [[nodiscard]] std::uint64_t content_of(std::string_view path, const inode& node) const;
    [[nodiscard]] bool is_being_written(std::string_view path) const;
    [[nodiscard]] std::string leases_of(const progress_of& keeper) const;
    [[nodiscard]] static std::string leases_of(std::string_view queue);
    template <class Visit>
    void visit_names(std::string_view directory, Visit&& visit) const;
    [[nodiscard]] std::size_t unaccepted_posts() const;
    [[nodiscard]] lease_beats beats_now() const;
    [[nodiscard]] std::uint64_t files() const;
    void note_call(const world_call& call);
    std::size_t ask(place where, std::size_t n);

    course_choice course_;
    choice_source& choices_;
    world_observer* also_;
    std::atomic<std::uint64_t>* leave_queues_ = nullptr;
    std::optional<simulation_view> view_;
    place asking_ = place::step;
    bool crash_matters_ = true;  // where it is being asked for
    std::uint64_t delays_left_;
    std::uint64_t crashes_left_;
    std::vector<std::uint64_t> crash_points_;
    std::map<std::uint64_t, progress_of> processes_;    // by process_id
    std::map<std::string, std::uint64_t> not_durable_;  // history of a name since its last sync
    std::map<std::string, process_id, std::less<>> writers_;  // of each entry that is being written
    std::vector<std::uint64_t> next_processes_;               // due within reach, in order
    std::vector<std::uint64_t> soon_;  // due before any of these could be reached; 0: a callback
    std::size_t pending_ = 0;
    std::uint64_t paused_ = 0;            // the group
    bool in_instants_ = false;            // see passes_in_instants()
    std::vector<std::size_t> ways_;       // places of the steps that may come next, in order
    std::vector<bool> is_free_;           // whether each of these may as well come at any time
    bool time_passes_ = false;            // with each of these that is not free
    std::int64_t acted_at_ = -1;          // the instant of the last step that others can see
    std::vector<enabled_event> enabled_;  // all
    // Groups, or one slice of each, at this step.
    mutable std::map<std::pair<std::uint64_t, std::optional<std::uint64_t>>, bool> settled_;
    std::uint64_t power_losses_ = 0;  // of the disk, at the last call
    struct known_content {
        std::uint64_t change;
        std::uint64_t hash;
    };
    mutable std::map<std::uint64_t, known_content> contents_;  // by number of the inode
};

/// Answers as in a scenario's [course]: "17:1" is answer 1 at the 17th question, counted from 0;
/// all others are 0.
class recorded_choices final : public choice_source {
public:
    explicit recorded_choices(std::map<std::uint64_t, std::size_t> answers)
        : answers_(std::move(answers)) {}

    /// @returns empty if a string is not NUMBER:NUMBER
    [[nodiscard]] static std::optional<recorded_choices> parse(
        const std::vector<std::string>& texts);

    std::size_t choose(std::size_t n) override;

private:
    std::map<std::uint64_t, std::size_t> answers_;
    std::uint64_t asked_ = 0;
};

}  // namespace qslice::sim
