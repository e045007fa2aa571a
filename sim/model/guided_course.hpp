/// @file
/// Lets a simulation leave its usual course: steps that come late, crashes at any storage call,
/// every state that a crash can leave. A choice_source decides at each place where it could.
/// The exhaustive search walks all courses; a scenario's [course] repeats one of them.
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

/// The hooks of a simulation that asks a choice_source at each of its places:
/// - before each step, which of the processes that are due within `reach` goes on; the usual one
///   is the first. Any other uses up one of the course's delays, if these are limited: what is
///   passed over happens late, as if its storage call had taken longer, so every course is one
///   that slow storage could cause.
/// - before and after each storage call of a process, whether the course's crash strikes there;
///   each uses up one of its crashes.
/// - in a crash, what storage keeps.
/// Answer 0 is the usual course. Once delays and crashes are used up nothing is asked.
class guided_course final : public world_observer, private choice_source {
public:
    /// Steps that are due later than this after the first are not drawn forward, so that idle
    /// runners' looks at their queues stay out of it.
    static constexpr double reach_s = 0.1;

    /// @param choices  outlives the course
    /// @param also     sees what happens as well; may be null
    guided_course(const course_choice& course, choice_source& choices,
                  world_observer* also = nullptr);
    guided_course(const guided_course&) = delete;
    guided_course& operator=(const guided_course&) = delete;

    /// For simulate(); they refer to this object.
    [[nodiscard]] simulation_hooks hooks();

    /// During a question: what the rest of the run depends on, but for virtual time: files and
    /// what of them is not yet durable, how far each process is, crashes that are left, and what a
    /// check of orders looks back to: the orders of effects, acceptance, queueing and taking.
    /// Nothing where a crash's leavings are chosen.
    [[nodiscard]] std::optional<std::uint64_t> state() const;

    /// What the rest of the run depends on as well: the more are left, the more ways there are.
    /// Without meaning in a course of any order.
    [[nodiscard]] std::uint64_t delays_left() const noexcept { return delays_left_; }

    /// During a question of n ways: those that need to be walked for all that can come about, the
    /// usual one first if it is among them. They are fewer than n where
    /// - a step is one that no other process can see, such as a write to an entry that has not come
    ///   to its queue: all orders of it and the others' steps come to the same;
    /// - a runner would look at a queue that has nothing for its slice: that changes nothing, and
    ///   it looks again;
    /// - nothing of posts is left to be done but that they are accepted, of which only the order
    ///   among each other tells.
    /// That holds as long as each slice has one runner, the machines see each other's changes at
    /// once and nothing but a process crashes. Where delays are counted, the usual step is always
    /// one of them.
    /// @source Godefroid, "Partial-order methods for the verification of concurrent systems" (1996)
    [[nodiscard]] std::vector<std::size_t> ways_to_walk(std::size_t n) const;

    /// The running simulation; null before it starts.
    [[nodiscard]] const simulation_view* view() const { return view_ ? &*view_ : nullptr; }

private:
    enum class place : std::uint8_t { step, before_call, after_call, crash_state };

    /// What a process does when it goes on.
    enum class next_step : std::uint8_t {
        unseen,      ///< by others
        look,        ///< at a queue
        acceptance,  ///< of a post, after this call
        other,
    };

    /// How far a process is since it last looked at its queue.
    struct progress_of {
        std::uint64_t name = 0;
        std::uint64_t calls = 0;  // hash
        std::uint64_t going = 0;  // hash of the call that it goes to
        std::uint64_t steps = 0;
        std::uint64_t taken = 0;      // hash of all that it took, in its order
        std::uint32_t number = none;  // in the record, of a runner; none before it first looks
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
    std::vector<std::uint64_t> next_processes_;         // due within reach, in their order
    std::size_t pending_ = 0;
};

/// Answers as a scenario's [course] has them: "17:1" is answer 1 at the 17th question, counted
/// from 0; all others are 0.
class recorded_choices final : public choice_source {
public:
    explicit recorded_choices(std::map<std::uint64_t, std::size_t> answers)
        : answers_(std::move(answers)) {}

    /// @returns nothing where a text is not NUMBER:NUMBER
    [[nodiscard]] static std::optional<recorded_choices> parse(
        const std::vector<std::string>& texts);

    std::size_t choose(std::size_t n) override;

private:
    std::map<std::uint64_t, std::size_t> answers_;
    std::uint64_t asked_ = 0;
};

}  // namespace qslice::sim
