/// @file
/// What can be wrong with a deployment, as compile errors in the words of its operators.
/// Part of topology.hpp. Each failing check is a template whose arguments name the culprit.
#pragma once

#include <qslice/spool/spool_traits.hpp>
#include <qslice/topology/detail/deployment.hpp>
#include <qslice/topology/fixed_name.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <tuple>

namespace qslice::detail {

template <class...>
inline constexpr bool always_false = false;

template <class Runner, class Slice, class Count>
struct slice_without_machine {
    static_assert(always_false<Runner>,
                  "a slice that no machine runs: its messages would wait forever");
};

template <class Runner, class Slice, class Count, class First, class Second>
struct slice_on_two_machines {
    static_assert(always_false<Runner>,
                  "a slice that two machines run: they would race for each of its messages");
};

template <class Runner, class Slice, class Count, class Machine>
struct slice_twice_on_a_machine {
    static_assert(always_false<Runner>,
                  "a slice that one machine runs twice: the two would race for its messages");
};

template <class Runner, class Queue>
struct queue_without_consumer {
    static_assert(always_false<Runner>,
                  "a queue without a consumer: a runner or one of its handlers writes to it and no "
                  "runner of the topology takes from it; list its runner, or name the queue in "
                  "ends_at<...>");
};

template <class Runner, class Queue>
struct unknown_queue {
    static_assert(always_false<Runner>,
                  "a flow to an unknown queue: it has no runner in the topology, is not one of "
                  "Mailman's and is not named in ends_at<...>");
};

template <class Queue, class First, class Second>
struct queue_of_two_runner_types {
    static_assert(always_false<Queue>,
                  "two runner types on one queue: each would take messages meant for the other");
};

template <class First, class Second>
struct class_name_of_two_runner_types {
    static_assert(
        always_false<First>,
        "two runner types with the same class name: logs and options could not tell them apart");
};

template <class Machine>
struct two_machines_of_one_name {
    static_assert(always_false<Machine>, "two machines with the same name");
};

/// The queues of a Mailman site.
/// @source Mailman 2.1 Defaults.py, Mailman 3.3.8 config/schema.cfg, and held/ for posts that wait
///         for a moderator
inline constexpr std::array<std::string_view, 15> mailman_queues{
    "in",   "archive", "out", "virgin",   "retry",  "bounces", "commands", "news",
    "held", "shunt",   "bad", "pipeline", "digest", "command", "nntp"};

/// Where items may always end: what a runner could not do, and for mail what a moderator has to
/// decide and what cannot be read.
template <class Spool>
constexpr auto usual_ends() {
    if constexpr (carries_mail<Spool>) {
        return std::array<std::string_view, 3>{"held", "shunt", "bad"};
    } else {
        return std::array<std::string_view, 1>{"shunt"};
    }
}

template <class Names>
constexpr bool names_contain(const Names& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// What is wrong with a runner type's slices, if anything: the first slice that is not run by
/// exactly one machine.
struct slice_fault {
    enum class kind { none, without_machine, doubly_run };
    kind is = kind::none;
    std::size_t slice = 0;
    std::size_t first = 0;   ///< machine
    std::size_t second = 0;  ///< machine
};

template <std::size_t Count, class Placements>
constexpr slice_fault find_slice_fault(const Placements& placed, std::size_t runner) {
    constexpr std::size_t nobody = static_cast<std::size_t>(-1);
    std::array<std::size_t, Count> machine_of{};
    machine_of.fill(nobody);
    for (const placement& p : placed) {
        if (p.runner != runner || p.slice >= Count) continue;
        std::size_t& machine = machine_of[p.slice];
        if (machine != nobody) {
            return {slice_fault::kind::doubly_run, p.slice, machine, p.machine};
        }
        machine = p.machine;
    }
    for (std::size_t k = 0; k < Count; ++k) {
        if (machine_of[k] == nobody) return {slice_fault::kind::without_machine, k, 0, 0};
    }
    return {};
}

/// Whether each slice of the runner type has exactly one machine; a compile error otherwise.
template <class Sliced, slice_fault Fault, class... Machines>
constexpr bool check_slices() {
    using runner = typename Sliced::runner;
    using number = slice_number<Fault.slice>;
    using count = of_slices<Sliced::slice_count>;
    if constexpr (Fault.is == slice_fault::kind::without_machine) {
        return sizeof(slice_without_machine<runner, number, count>) != 0;
    } else if constexpr (Fault.is == slice_fault::kind::doubly_run) {
        using names = std::tuple<typename machine_items<Machines>::name_type...>;
        using first = std::tuple_element_t<Fault.first, names>;
        using second = std::tuple_element_t<Fault.second, names>;
        if constexpr (Fault.first == Fault.second) {
            return sizeof(slice_twice_on_a_machine<runner, number, count, first>) != 0;
        } else {
            return sizeof(slice_on_two_machines<runner, number, count, first, second>) != 0;
        }
    }
    return true;
}

/// What is wrong with a runner type's flows, if anything: the first one without a consumer.
struct flow_fault {
    enum class kind { none, without_consumer, unknown };
    kind is = kind::none;
    std::size_t flow = 0;  ///< index of the runner type's flows_to
};

template <class Runner, class Consumed, class Ends>
constexpr flow_fault find_flow_fault(const Consumed& consumed, const Ends& ends) {
    for (std::size_t i = 0; i < Runner::flows_to.size(); ++i) {
        const std::string_view to = Runner::flows_to[i];
        if (names_contain(consumed, to) || names_contain(ends, to)) continue;
        return {names_contain(mailman_queues, to) ? flow_fault::kind::without_consumer
                                                  : flow_fault::kind::unknown,
                i};
    }
    return {};
}

/// Whether each queue that the runner type writes to has a consumer; a compile error otherwise.
template <class Runner, flow_fault Fault>
constexpr bool check_flows() {
    if constexpr (Fault.is == flow_fault::kind::without_consumer) {
        return sizeof(queue_without_consumer<Runner, queue_flowed_to<Runner, Fault.flow>>) != 0;
    } else if constexpr (Fault.is == flow_fault::kind::unknown) {
        return sizeof(unknown_queue<Runner, queue_flowed_to<Runner, Fault.flow>>) != 0;
    }
    return true;
}

/// The first two equal names of a list.
struct equal_names {
    bool found = false;
    std::size_t first = 0;
    std::size_t second = 0;
};

template <std::size_t Size>
constexpr equal_names find_equal(const std::array<std::string_view, Size>& names) {
    for (std::size_t b = 0; b < Size; ++b) {
        for (std::size_t a = 0; a < b; ++a) {
            if (names[a] == names[b]) return {true, a, b};
        }
    }
    return {};
}

/// Whether queues, class names and machine names are each used once; a compile error otherwise.
template <equal_names Queues, class... Runners>
constexpr bool check_queues() {
    if constexpr (Queues.found) {
        using first = std::tuple_element_t<Queues.first, std::tuple<Runners...>>;
        using second = std::tuple_element_t<Queues.second, std::tuple<Runners...>>;
        constexpr std::string_view name = first::queue;
        return sizeof(queue_of_two_runner_types<queue<fixed_name<name.size() + 1>(name)>, first,
                                                second>) != 0;
    }
    return true;
}

template <equal_names ClassNames, class... Runners>
constexpr bool check_class_names() {
    if constexpr (ClassNames.found) {
        using first = std::tuple_element_t<ClassNames.first, std::tuple<Runners...>>;
        using second = std::tuple_element_t<ClassNames.second, std::tuple<Runners...>>;
        return sizeof(class_name_of_two_runner_types<first, second>) != 0;
    }
    return true;
}

template <equal_names Names, class... Machines>
constexpr bool check_machine_names() {
    if constexpr (Names.found) {
        using twice = std::tuple_element_t<Names.first, std::tuple<Machines...>>;
        return sizeof(two_machines_of_one_name<typename machine_items<twice>::name_type>) != 0;
    }
    return true;
}

}  // namespace qslice::detail
