#include "sim/world/operation_log.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace qslice::sim {

std::uint64_t operation_log::add(operation op) {
    const std::uint64_t serial = end_serial();
    for (const name_change& change : op.changes) {
        auto& there = by_directory_[change.where.get()];
        while (!there.empty() && there.front() < first_serial_) there.pop_front();
        if (there.empty() || there.back() != serial) there.push_back(serial);
    }
    operations_.push_back(std::move(op));
    ++pending_;
    return serial;
}

void operation_log::settle(std::uint64_t serial) {
    if (serial < first_serial_) return;
    operation& op = at(serial);
    if (op.durable) return;
    op.durable = true;
    --pending_;
    const std::uint64_t needed = op.needs;
    const auto changes = std::exchange(op.changes, {});
    // The earlier changes of the same names, and what it needs, go before it.
    for (const name_change& change : changes) {
        const auto there = by_directory_.find(change.where.get());
        if (there == by_directory_.end()) continue;
        const std::deque<std::uint64_t> serials = there->second;
        for (const std::uint64_t earlier : serials) {
            if (earlier >= serial) break;
            if (earlier < first_serial_) continue;
            const auto& others = at(earlier).changes;
            if (std::any_of(others.begin(), others.end(), [&](const name_change& other) {
                    return other.where == change.where && other.name == change.name;
                })) {
                settle(earlier);
            }
        }
    }
    if (needed != 0) settle(needed);
}

void operation_log::make_durable(const inode* where) {
    const auto found = by_directory_.find(where);
    if (found == by_directory_.end()) return;
    const std::deque<std::uint64_t> serials = std::move(found->second);
    by_directory_.erase(found);
    for (const std::uint64_t serial : serials) settle(serial);
    drop_settled();
}

void operation_log::make_all_durable() {
    first_serial_ = end_serial();
    operations_.clear();
    by_directory_.clear();
    pending_ = 0;
}

void operation_log::make_durable_before(virtual_time t) {
    drop_settled();
    while (!operations_.empty() && operations_.front().time < t) {
        // Whatever an operation needs is older than itself, so it went before.
        if (!operations_.front().durable) --pending_;
        operations_.pop_front();
        ++first_serial_;
        drop_settled();
    }
    if (operations_.empty()) by_directory_.clear();
}

void operation_log::drop_settled() {
    while (!operations_.empty() && operations_.front().durable) {
        operations_.pop_front();
        ++first_serial_;
    }
}

// For each operation the places of those without which it cannot last.
std::vector<std::vector<std::size_t>> operation_log::dependencies() const {
    std::map<std::pair<const inode*, std::string_view>, std::size_t> last_change;
    std::vector<std::vector<std::size_t>> needed(operations_.size());
    for (std::size_t i = 0; i < operations_.size(); ++i) {
        const operation& op = operations_[i];
        if (op.durable) continue;
        for (const name_change& change : op.changes) {
            const auto [at, is_new] = last_change.try_emplace(
                std::pair(change.where.get(), std::string_view(change.name)), i);
            if (!is_new) needed[i].push_back(std::exchange(at->second, i));
        }
        if (op.needs >= first_serial_) {
            const auto place = static_cast<std::size_t>(op.needs - first_serial_);
            if (!operations_[place].durable) needed[i].push_back(place);
        }
    }
    return needed;
}

std::vector<bool> operation_log::choose_lost(choice_source& choices,
                                             std::optional<machine_number> only) {
    const auto needed = dependencies();
    std::vector<bool> safe(operations_.size(), false);
    for (std::size_t i = operations_.size(); i-- > 0;) {
        if (only && operations_[i].machine != *only) safe[i] = true;
        if (safe[i]) {
            for (const std::size_t n : needed[i]) safe[n] = true;
        }
    }
    std::vector<bool> lost(operations_.size(), false);
    for (std::size_t i = 0; i < operations_.size(); ++i) {
        if (operations_[i].durable || safe[i]) continue;
        const bool falls =
            std::any_of(needed[i].begin(), needed[i].end(), [&](std::size_t n) { return lost[n]; });
        lost[i] = falls || choices.choose(2) == 1;
    }
    return lost;
}

std::vector<bool> operation_log::choose_lost_end(choice_source& choices,
                                                 std::optional<machine_number> only) {
    std::size_t may_be_lost = 0;
    while (may_be_lost < operations_.size()) {
        const operation& op = operations_[operations_.size() - 1 - may_be_lost];
        if (only && op.machine != *only) break;
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
        undone.push_back(std::move(operations_[i]));
        operations_[i].changes.clear();
        operations_[i].durable = true;
        --pending_;
    }
    drop_settled();
    if (!only) make_all_durable();
    return undone;
}

}  // namespace qslice::sim
