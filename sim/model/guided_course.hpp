/// @file
/// Lets a simulation deviate from its usual course: late steps, crashes at any storage call, every
/// state that a crash can leave. A choice_source decides at each possible place. The exhaustive
/// search walks all courses; a scenario's [course] reproduces one of them.
#pragma once

#include "sim/engine/choices.hpp"
#include "sim/model/simulation.hpp"
#include "sim/record/scenario.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace qslice::sim {

/// The hooks of a simulation that asks a choice_source:
/// - before each step, which of the processes due within `reach` continues; usually the first. Any
///   other uses one of the course's delays, if these are limited: a step that is passed over
///   happens late, as if its storage call had taken longer, so slow storage could cause every
///   course.
/// - before and after each storage call of a process, whether the course's crash happens there;
///   each uses one of its crashes.
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

    /// For simulate(); refer to this object.
    [[nodiscard]] simulation_hooks hooks();

    /// During a question: the state on which the rest of the run depends, except virtual time:
    /// files and their non-durable parts, the progress of each process, remaining crashes, and what
    /// checks of order look back to: the orders of effects, acceptance, queueing and taking. Empty
    /// while the state after a crash is being chosen.
    [[nodiscard]] std::optional<std::uint64_t> state() const;

    /// Also part of the state: the more delays are left, the more continuations exist. Meaningless
    /// in a course with unlimited delays.
    [[nodiscard]] std::uint64_t delays_left() const noexcept { return delays_left_; }

    /// During a question with n answers: those that must be walked to cover all outcomes, the usual
    /// one first if it is among them. They are fewer than n if
    /// - a step is invisible to other processes, such as a write to an entry that is not yet in its
    ///   queue: all its orders with other steps are equivalent;
    /// - a runner would look at a queue with nothing for its slice: that changes nothing, and it
    ///   looks again;
    /// - only acceptances of posts remain, of which only their mutual order matters. This is valid
    ///   if each slice has one runner, the machines see each other's changes at once and only
    ///   processes crash. If delays are limited, the usual step is always one of them.
    /// @source Godefroid, "Partial-order methods for the verification of concurrent systems" (1996)
    [[nodiscard]] std::vector<std::size_t> ways_to_walk(std::size_t n) const;

    /// The running simulation; null before it starts.
    [[nodiscard]] const simulation_view* view() const { return view_ ? &*view_ : nullptr; }

private:
    enum class place : std::uint8_t { step, before_call, after_call, crash_state };

    /// What a process does when it continues.
    enum class next_step : std::uint8_t {
        unseen,      ///< by others
        look,        ///< at a queue
        acceptance,  ///< of a post, after this call
        other,
    };

    /// A process's progress since it last looked at its queue.
    struct progress_of {
        std::uint64_t name = 0;
        std::uint64_t calls = 0;  // hash
        std::uint64_t going = 0;  // hash of its next call
        std::uint64_t steps = 0;
        std::uint64_t taken = 0;      // hash of all entries that it took, in order
        std::uint32_t number = none;  // index in the record of a runner; none before its first look
        next_step next = next_step::other;
    };

    void going_to(const world_call& call) override;
    void going_to_deliver(process_id id) override;
    injected_fault before_call(const world_call& call) override;
    injected_fault after_call(const world_call& call) override;
    void log(const log_line& line) override;
    std::size_t choose(std::size_t n) override;

    std::size_t choose_step(std::span<const enabled_event> enabled);
    injected_fault maybe_crash(const world_call& call, place where);
    [[nodiscard]] std::uint32_t runner_number(const world_call& call) const;
    [[nodiscard]] static next_step kind_of(const world_call& call, bool of_runner);
    [[nodiscard]] next_step kind_of_answer(std::size_t answer) const;
    [[nodiscard]] std::uint64_t entries_for(std::uint32_t runner) const;
    [[nodiscard]] bool is_vain_look(std::size_t answer) const;
    [[nodiscard]] std::size_t unaccepted_posts() const;
    void note_call(const world_call& call);
    std::size_t ask(place where, std::size_t n);

    course_choice course_;
    choice_source& choices_;
    world_observer* also_;
    std::optional<simulation_view> view_;
    place asking_ = place::step;
    std::uint64_t delays_left_;
    std::uint64_t crashes_left_;
    std::map<std::uint64_t, progress_of> processes_;    // by process_id
    std::map<std::string, std::uint64_t> not_durable_;  // history of a name since its last sync
    std::vector<std::uint64_t> next_processes_;         // due within reach, in order
    std::size_t pending_ = 0;
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
