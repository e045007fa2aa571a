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

/// What is wrong with the slices, if anything: the first slice, by runner types, that is not run by
/// exactly one machine.
struct slice_fault {
    enum class kind { none, without_machine, doubly_run };
    kind is = kind::none;
    std::size_t runner = 0;
    std::size_t slice = 0;
    std::size_t first = 0;   ///< machine
    std::size_t second = 0;  ///< machine
};

/// @tparam Set  a runner_set
/// @complexity linear in the number of slices
template <class Set, class Placements>
constexpr slice_fault find_slice_fault(const Placements& placed) {
    constexpr std::size_t nobody = static_cast<std::size_t>(-1);
    constexpr std::size_t slices = item_slices<everything, Set>::size;
    std::array<std::size_t, Set::size> begins{};
    for (std::size_t r = 1; r < Set::size; ++r) begins[r] = begins[r - 1] + Set::counts[r - 1];
    std::array<std::size_t, slices> machine_of{};
    machine_of.fill(nobody);
    slice_fault doubly{};
    for (const placement& p : placed) {
        if (p.slice >= Set::counts[p.runner]) continue;
        std::size_t& machine = machine_of[begins[p.runner] + p.slice];
        if (machine != nobody && doubly.is == slice_fault::kind::none) {
            doubly = {slice_fault::kind::doubly_run, p.runner, p.slice, machine, p.machine};
        }
        machine = p.machine;
    }
    if (doubly.is != slice_fault::kind::none) return doubly;
    for (std::size_t r = 0; r < Set::size; ++r) {
        for (std::size_t k = 0; k < Set::counts[r]; ++k) {
            if (machine_of[begins[r] + k] == nobody) {
                return {slice_fault::kind::without_machine, r, k, 0, 0};
            }
        }
    }
    return {};
}

/// Whether each slice has exactly one machine; a compile error otherwise.
template <slice_fault Fault, class Runners, class Machines>
constexpr bool check_slices = true;

template <slice_fault Fault, class... Sliced, class... Machines>
requires(Fault.is != slice_fault::kind::none)  //
    constexpr bool check_slices<Fault, runners<Sliced...>, machines<Machines...>> = [] {
        using sliced_type = std::tuple_element_t<Fault.runner, std::tuple<Sliced...>>;
        using runner = typename sliced_type::runner;
        using number = slice_number<Fault.slice>;
        using count = of_slices<sliced_type::slice_count>;
        using names = std::tuple<typename machine_items<Machines>::name_type...>;
        using first = std::tuple_element_t<Fault.first, names>;
        using second = std::tuple_element_t<Fault.second, names>;
        if constexpr (Fault.is == slice_fault::kind::without_machine) {
            return sizeof(slice_without_machine<runner, number, count>) != 0;
        } else if constexpr (Fault.first == Fault.second) {
            return sizeof(slice_twice_on_a_machine<runner, number, count, first>) != 0;
        } else {
            return sizeof(slice_on_two_machines<runner, number, count, first, second>) != 0;
        }
    }();

/// What is wrong with the flows, if anything: the first one without a consumer.
struct flow_fault {
    enum class kind { none, without_consumer, unknown };
    kind is = kind::none;
    std::size_t runner = 0;
    std::size_t flow = 0;  ///< index of the runner type's flows_to
};

/// @tparam Runners  of the topology
/// @complexity O(n log n)
template <class... Runners, class Consumed, class Ends>
constexpr flow_fault find_flow_fault(const Consumed& consumed, const Ends& ends) {
    std::array<std::string_view, std::tuple_size_v<Consumed> + std::tuple_size_v<Ends>> known{};
    std::copy(ends.begin(), ends.end(), std::copy(consumed.begin(), consumed.end(), known.begin()));
    std::sort(known.begin(), known.end());
    flow_fault found{};
    std::size_t runner = 0;
    const auto look_at = [&](const auto& flows) {
        for (std::size_t i = 0; i < flows.size() && found.is == flow_fault::kind::none; ++i) {
            const std::string_view to = flows[i];
            if (std::binary_search(known.begin(), known.end(), to)) continue;
            found = {names_contain(mailman_queues, to) ? flow_fault::kind::without_consumer
                                                       : flow_fault::kind::unknown,
                     runner, i};
        }
        ++runner;
    };
    (look_at(Runners::flows_to), ...);
    return found;
}

/// Whether each queue that a runner type writes to has a consumer; a compile error otherwise.
template <flow_fault Fault, class... Sliced>
constexpr bool check_flows = true;

template <flow_fault Fault, class... Sliced>
requires(Fault.is != flow_fault::kind::none)  //
    constexpr bool check_flows<Fault, runners<Sliced...>> = [] {
        using runner = typename std::tuple_element_t<Fault.runner, std::tuple<Sliced...>>::runner;
        using to = queue_flowed_to<runner, Fault.flow>;
        if constexpr (Fault.is == flow_fault::kind::without_consumer) {
            return sizeof(queue_without_consumer<runner, to>) != 0;
        } else {
            return sizeof(unknown_queue<runner, to>) != 0;
        }
    }();

/// Two equal names of a list.
struct equal_names {
    bool found = false;
    std::size_t first = 0;
    std::size_t second = 0;
};

/// @returns the pair whose second name comes first
/// @complexity O(n log n)
template <std::size_t Size>
constexpr equal_names find_equal(const std::array<std::string_view, Size>& names) {
    std::array<std::size_t, Size> sorted{};
    for (std::size_t i = 0; i < Size; ++i) sorted[i] = i;
    std::sort(sorted.begin(), sorted.end(), [&](std::size_t a, std::size_t b) {
        const int compared = names[a].compare(names[b]);
        return compared < 0 || (compared == 0 && a < b);
    });
    equal_names first{};
    for (std::size_t i = 1; i < Size; ++i) {
        const std::size_t a = sorted[i - 1];
        const std::size_t b = sorted[i];
        if (names[a] == names[b] && (!first.found || b < first.second)) first = {true, a, b};
    }
    return first;
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
