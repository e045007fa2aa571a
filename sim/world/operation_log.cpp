#include "sim/world/operation_log.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <utility>

namespace qslice::sim {

namespace {

constexpr std::size_t fewest_heads = 256;  // a power of two, like every larger size

// Used only for look-ups within a run, so its platform-dependent value has no effect.
std::size_t hash_of(const name_change& change) {
    return std::hash<std::string_view>{}(change.name) ^
           std::hash<const void*>{}(change.where.get()) * 0x9e3779b97f4a7c15;
}

// Which operations are lost: with each, all that need it.
template <class MayBeLost>
std::vector<bool> lost_with_dependents(const std::vector<std::vector<std::size_t>>& needed,
                                       choice_source& choices, MayBeLost may_be_lost) {
    std::vector<bool> lost(needed.size(), false);
    for (std::size_t i = 0; i < needed.size(); ++i) {
        if (!may_be_lost(i)) continue;
        const bool falls =
            std::any_of(needed[i].begin(), needed[i].end(), [&](std::size_t n) { return lost[n]; });
        lost[i] = falls || choices.choose(2) == 1;
    }
    return lost;
}

}  // namespace

std::uint64_t operation_log::add(operation op) {
    if (operations_.size() >= 2 * heads_.size()) {
        set_heads(std::max(fewest_heads, heads_.size() * 4));
    }
    const std::uint64_t serial = end_serial();
    operations_.push_back(std::move(op));
    ++pending_;
    operation& added = operations_.back();
    for (const name_change& change : added.changes) {
        operation::link made{change.where.get(), hash_of(change), 0,
                             std::exchange(change.where->last_operation, serial)};
        // Two changes in one directory must not make an operation its own predecessor.
        if (made.older_in_directory == serial) {
            made.older_in_directory = added.links.back().older_in_directory;
        }
        added.links.push_back(made);
    }
    chain_names(serial, added);
    return serial;
}

// Makes an operation the newest of the chains for its names.
void operation_log::chain_names(std::uint64_t serial, operation& op) {
    for (operation::link& l : op.links) {
        l.older_of_name = std::exchange(head_of(l.hash), serial);
        // As above: both names may be in the same chain.
        if (l.older_of_name == serial) l.older_of_name = op.links.front().older_of_name;
    }
}

void operation_log::set_heads(std::size_t count) {
    heads_.assign(count, 0);
    std::uint64_t serial = first_serial_;
    for (operation& op : operations_) chain_names(serial++, op);
}

// The pending operation that last changed the name before `serial`, or 0.
std::uint64_t operation_log::forerunner(std::uint64_t serial, std::size_t change_index) {
    const operation& op = at(serial);
    const name_change& change = op.changes[change_index];
    const operation::link& own = op.links[change_index];
    std::uint64_t older = own.older_of_name;
    while (older >= first_serial_) {
        const operation& other = at(older);
        for (const name_change& c : other.changes) {
            if (c.where == change.where && c.name == change.name) return older;
        }
        const auto on_chain =
            std::find_if(other.links.begin(), other.links.end(), [&](const operation::link& l) {
                return ((l.hash ^ own.hash) & (heads_.size() - 1)) == 0;
            });
        older = on_chain->older_of_name;
    }
    return 0;
}

// Makes an operation durable, with earlier ones of the same names and those it depends on.
void operation_log::settle(std::uint64_t serial) {
    std::vector<std::uint64_t> to_settle{serial};
    while (!to_settle.empty()) {
        const std::uint64_t next = to_settle.back();
        to_settle.pop_back();
        if (next < first_serial_ || at(next).durable) continue;
        operation& op = at(next);
        if (op.needs != 0) to_settle.push_back(op.needs);
        for (std::size_t i = 0; i < op.changes.size(); ++i) {
            if (const std::uint64_t older = forerunner(next, i)) to_settle.push_back(older);
        }
        op.durable = true;
        op.changes.clear();
        --pending_;
    }
}

void operation_log::make_durable(inode& where) {
    std::uint64_t serial = std::exchange(where.last_operation, 0);
    while (serial >= first_serial_) {
        const auto& links = at(serial).links;
        const auto here = std::find_if(links.begin(), links.end(),
                                       [&](const operation::link& l) { return l.where == &where; });
        const std::uint64_t older = here->older_in_directory;
        settle(serial);
        serial = older;
    }
    drop_settled();
}

void operation_log::add_durable(operation op) {
    settle(add(std::move(op)));
    drop_settled();
}

void operation_log::make_all_durable() {
    first_serial_ = end_serial();
    operations_.clear();
    pending_ = 0;
}

void operation_log::make_durable_before(virtual_time t) {
    drop_settled();
    while (!operations_.empty() && operations_.front().time < t) {
        // An operation depends only on older ones, so they were handled before.
        if (!operations_.front().durable) --pending_;
        operations_.pop_front();
        ++first_serial_;
        drop_settled();
    }
}

void operation_log::drop_settled() {
    while (!operations_.empty() && operations_.front().durable) {
        operations_.pop_front();
        ++first_serial_;
    }
}

// For each operation, the indices of those that it depends on.
std::vector<std::vector<std::size_t>> operation_log::dependencies() {
    std::vector<std::vector<std::size_t>> needed(operations_.size());
    for (std::size_t i = 0; i < operations_.size(); ++i) {
        const operation& op = operations_[i];
        const auto need = [&](std::uint64_t serial) {
            if (serial >= first_serial_ && !at(serial).durable) {
                needed[i].push_back(static_cast<std::size_t>(serial - first_serial_));
            }
        };
        for (std::size_t c = 0; c < op.changes.size(); ++c) need(forerunner(first_serial_ + i, c));
        need(op.needs);
    }
    return needed;
}

// What a machine that did not crash did, and all that this depends on.
std::vector<bool> operation_log::kept_by_others(const std::vector<std::vector<std::size_t>>& needed,
                                                std::optional<machine_number> only) {
    std::vector<bool> safe(operations_.size(), false);
    for (std::size_t i = operations_.size(); i-- > 0;) {
        if (only && operations_[i].machine != *only) safe[i] = true;
        if (safe[i]) {
            for (const std::size_t n : needed[i]) safe[n] = true;
        }
    }
    return safe;
}

std::vector<bool> operation_log::choose_lost(choice_source& choices,
                                             std::optional<machine_number> only) {
    const auto needed = dependencies();
    const std::vector<bool> safe = kept_by_others(needed, only);
    return lost_with_dependents(needed, choices,
                                [&](std::size_t i) { return !operations_[i].durable && !safe[i]; });
}

std::vector<undecided_operations> operation_log::crash_undecided(
    std::optional<machine_number> only) {
    const auto needed = dependencies();
    const std::vector<bool> safe = kept_by_others(needed, only);
    // Each operation belongs to the group of those that it depends on, which become one.
    std::vector<std::size_t> group(operations_.size());
    std::iota(group.begin(), group.end(), std::size_t{0});
    const auto open = [&](std::size_t i) { return !operations_[i].durable && !safe[i]; };
    for (std::size_t i = 0; i < operations_.size(); ++i) {
        for (const std::size_t n : needed[i]) {
            if (!open(i) || !open(n)) continue;
            const std::size_t other = group[n];
            std::replace(group.begin(), group.end(), other, group[i]);
        }
    }
    std::vector<undecided_operations> groups;
    std::map<std::size_t, std::size_t> number_of;
    std::vector<std::size_t> place(operations_.size());
    for (std::size_t i = 0; i < operations_.size(); ++i) {
        if (!open(i)) continue;
        const auto [at, is_new] = number_of.try_emplace(group[i], groups.size());
        if (is_new) groups.emplace_back();
        undecided_operations& of = groups[at->second];
        place[i] = of.operations.size();
        of.operations.push_back(operations_[i]);
        std::vector<std::size_t>& own = of.needed.emplace_back();
        for (const std::size_t n : needed[i]) {
            if (open(n)) own.push_back(place[n]);
        }
    }
    for (std::size_t i = 0; i < operations_.size(); ++i) {
        if (!open(i)) continue;
        operations_[i].changes.clear();
        operations_[i].durable = true;
        --pending_;
    }
    drop_settled();
    if (!only) make_all_durable();
    return groups;
}

bool undecided_operations::show_in(const inode& where, std::string_view name) const {
    return std::any_of(operations.begin(), operations.end(), [&](const operation& op) {
        return std::any_of(op.changes.begin(), op.changes.end(), [&](const name_change& c) {
            return c.where.get() == &where && (name.empty() || c.name == name);
        });
    });
}

std::vector<operation> undecided_operations::choose_lost(choice_source& choices) const {
    const auto lost = lost_with_dependents(needed, choices, [](std::size_t) { return true; });
    std::vector<operation> undone;
    for (std::size_t i = operations.size(); i-- > 0;) {
        if (lost[i]) undone.push_back(operations[i]);
    }
    return undone;
}

std::vector<bool> operation_log::choose_lost_end(choice_source& choices,
                                                 std::optional<machine_number> only) {
    std::size_t may_be_lost = 0;
    while (may_be_lost < operations_.size()) {
        const operation& op = operations_[operations_.size() - 1 - may_be_lost];
        if (op.durable || (only && op.machine != *only)) break;
        ++may_be_lost;
    }
    const std::size_t count = choices.choose(may_be_lost + 1);
    std::vector<bool> lost(operations_.size() - count, false);
    lost.resize(operations_.size(), true);
    return lost;
}

std::vector<operation> operation_log::crash(crash_rules rules, choice_source& choices,
                                            std::optional<machine_number> only) {
    const auto lost = rules == crash_rules::journaled ? choose_lost_end(choices, only)
                                                      : choose_lost(choices, only);
    std::vector<operation> undone;
    for (std::size_t i = operations_.size(); i-- > 0;) {
        if (!lost[i]) continue;
        undone.push_back(operations_[i]);
        operations_[i].changes.clear();
        operations_[i].durable = true;
        --pending_;
    }
    drop_settled();
    if (!only) make_all_durable();
    return undone;
}

}  // namespace qslice::sim
