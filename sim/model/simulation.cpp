#include "sim/model/simulation.hpp"

#include "sim/model/guided_course.hpp"
#include "sim/model/running_site.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace qslice::sim {

namespace {

// The queues of a site: those with runners, those that these write to, and those of every site.
std::vector<std::string> queues_of(const site_program& program) {
    std::vector<std::string> queues;
    const auto add = [&](const std::string& queue) {
        if (std::find(queues.begin(), queues.end(), queue) == queues.end()) {
            queues.push_back(queue);
        }
    };
    for (const auto& runner : program.runners()) add(runner.queue);
    for (const auto& runner : program.runners()) {
        for (const auto& queue : runner.flows_to) add(queue);
    }
    const site_program::item_way way = program.way();
    for (const std::string& queue : way.end_queues) add(queue);
    if (way.mail) add("held");
    add("shunt");
    if (way.mail) add("bad");
    return queues;
}

// Whether the entries that lie in the queues can be posts of the stream.
result<void> check(const standing_site& standing, const message_stream& stream,
                   const std::vector<std::string>& queues) {
    if (standing.entries.size() > stream.arrivals.size()) {
        return failure(error_code::malformed, "standing entries", "more than the stream has posts");
    }
    for (const standing_entry& e : standing.entries) {
        if (std::find(queues.begin(), queues.end(), e.queue) == queues.end()) {
            return failure(error_code::malformed, e.queue + '/' + to_base_name(e.name),
                           "expected an entry of a queue that the program has");
        }
    }
    return {};
}

result<void> check(const scenario& setting, const message_stream& stream,
                   const site_program& program) {
    if (auto kept = program.check_promises(); !kept) return kept;
    const site_program::item_way way = program.way();
    const auto& runners = program.runners();
    if (!stream.arrivals.empty() &&
        std::none_of(runners.begin(), runners.end(),
                     [&](const auto& r) { return r.queue == way.entry_queue; })) {
        return failure(error_code::malformed, "topology",
                       "no runner takes from " + way.entry_queue +
                           "/, which the stream's posts enter; name the queue that they enter by "
                           "enters<QUEUE>");
    }
    if (!way.mail && way.end_queues.empty()) {
        return failure(error_code::malformed, "topology",
                       "nothing says when an item is complete; name the queues in which it is by "
                       "ends_at<QUEUES...>");
    }
    if (setting.machines.empty()) {
        return failure(error_code::malformed, "machine", "expected at least one machine");
    }
    if (std::none_of(setting.machines.begin(), setting.machines.end(),
                     [](const machine_choice& m) { return m.accepts_posts; })) {
        return failure(error_code::malformed, "machine",
                       "expected at least one machine that accepts posts");
    }
    for (const machine_choice& m : setting.machines) {
        for (const runner_choice& r : m.runners) {
            const auto& known = program.runners();
            if (std::none_of(known.begin(), known.end(),
                             [&](const auto& k) { return k.class_name == r.runner; })) {
                std::string names;
                for (const auto& k : known) names += (names.empty() ? "" : ", ") + k.class_name;
                return failure(error_code::malformed, m.name,
                               "no runner '" + r.runner + "'; expected one of " + names);
            }
            if (auto checked = program.check(r); !checked) {
                return failure(checked.error().code, m.name + ", " + to_string(r),
                               checked.error().what);
            }
        }
    }
    for (const arrival& a : stream.arrivals) {
        if (a.list >= stream.lists.size()) {
            return failure(error_code::malformed, "stream", "a post to an unknown list");
        }
    }
    return {};
}

// The number of slices of most runners of a queue; 0: no runners.
std::uint64_t slices_of(const scenario& setting, const site_program& program,
                        const std::string& queue) {
    std::map<std::uint64_t, std::size_t> votes;
    for (const machine_choice& m : setting.machines) {
        for (const runner_choice& r : m.runners) {
            for (const auto& known : program.runners()) {
                if (known.class_name == r.runner && known.queue == queue) ++votes[r.slices];
            }
        }
    }
    std::uint64_t most = 0;
    std::size_t votes_of_most = 0;
    for (const auto& [slices, count] : votes) {
        if (count >= votes_of_most) {
            most = slices;
            votes_of_most = count;
        }
    }
    return most;
}

}  // namespace

result<run_record> begin_record(const scenario& setting, message_stream stream,
                                const site_program& program) {
    if (auto checked = check(setting, stream, program); !checked) {
        return failure(checked.error());
    }
    run_record record;
    record.setting = setting;
    record.stream = std::move(stream);
    record.queues = queues_of(program);
    for (const std::string& queue : record.queues) {
        record.queue_slices.push_back(slices_of(setting, program, queue));
    }
    const site_program::item_way way = program.way();
    record.entry_queue = way.entry_queue;
    record.exit_queue = way.exit_queue;
    for (const std::string& queue : way.end_queues) {
        record.end_queues.push_back(record.queue_index(queue));
    }
    record.ends_in_each = way.ends_in_each;
    for (const std::string& name : way.effects) record.own_effects.push_back({name, {}});
    record.flows.resize(record.queues.size());
    for (const auto& runner : program.runners()) {
        auto& flows = record.flows[record.queue_index(runner.queue)];
        for (const auto& queue : runner.flows_to) flows.push_back(record.queue_index(queue));
    }
    const mailing_lists lists(setting, record.stream);
    for (const arrival& a : record.stream.arrivals) {
        post_record p;
        p.arrived = a.time;
        p.wants_archive = lists.all()[a.list].archive;
        p.recipients = static_cast<std::uint32_t>(lists.all()[a.list].recipients.size());
        if (!way.mail) {
            p.wants_archive = false;
            p.recipients = 1;
        }
        record.posts.push_back(p);
    }
    return record;
}

result<run_record> simulate(const scenario& setting, message_stream stream,
                            const site_program& program, const simulation_hooks& hooks) {
    auto begun = begin_record(setting, std::move(stream), program);
    if (!begun) return begun;
    run_record& record = *begun;
    if (hooks.standing != nullptr) {
        if (auto checked = check(*hooks.standing, record.stream, record.queues); !checked) {
            return failure(checked.error());
        }
    }
    // The scenario's own course only applies to runs that nothing else guides.
    const bool leaves_usual =
        setting.course.any_order || setting.course.delays > 0 || setting.course.crashes > 0;
    const bool guided =
        leaves_usual && !hooks.chooser && hooks.crash_states == nullptr && !hooks.on_start;
    if (!guided) {
        if (auto ran = running_site(record, program, hooks).run(); !ran) {
            return failure(ran.error());
        }
        return begun;
    }
    auto choices = recorded_choices::parse(setting.course.answers);
    if (!choices) {
        return failure(error_code::malformed, "course.answers",
                       "expected strings QUESTION:ANSWER, such as \"17:1\"");
    }
    guided_course course(setting.course, *choices, hooks.observer);
    simulation_hooks own = course.hooks();
    own.tie_seed = hooks.tie_seed;
    if (auto ran = running_site(record, program, own).run(); !ran) return failure(ran.error());
    return begun;
}

namespace {

const site_program* own_program = nullptr;

}  // namespace

void set_own_program(const site_program* program) { own_program = program; }

result<std::shared_ptr<const site_program>> program_for(const policy_choice& policy) {
    if (own_program != nullptr) {
        return std::shared_ptr<const site_program>(std::shared_ptr<const void>(), own_program);
    }
    auto standard = standard_program(policy);
    if (!standard) return failure(standard.error());
    return std::shared_ptr<const site_program>(std::move(*standard));
}

result<run_record> simulate(const scenario& setting, message_stream stream,
                            const simulation_hooks& hooks) {
    const auto program = program_for(setting.policy);
    if (!program) return failure(program.error());
    return simulate(setting, std::move(stream), **program, hooks);
}

}  // namespace qslice::sim
