#include "sim/world/directory.hpp"

#include "sim/world/inode.hpp"

#include <boost/multi_index/hashed_index.hpp>
#include <boost/multi_index/key.hpp>
#include <boost/multi_index/ordered_index.hpp>
#include <boost/multi_index_container.hpp>

#include <string>

namespace qslice::sim {

namespace {

namespace index = boost::multi_index;

struct entry {
    std::string name;
    directory::position at;
    mutable inode_ptr node;
};

struct by_name {};
struct by_position {};

// Used only to look up names, so its platform-dependent order has no effect.
struct name_hash {
    std::size_t operator()(std::string_view name) const noexcept {
        return std::hash<std::string_view>{}(name);
    }
};

using entry_table = index::multi_index_container<
    entry,
    index::indexed_by<index::hashed_unique<index::tag<by_name>, index::key<&entry::name>, name_hash,
                                           std::equal_to<>>,
                      index::ordered_unique<index::tag<by_position>, index::key<&entry::at>>>>;

}  // namespace

void intrusive_ptr_add_ref(inode* node) noexcept { ++node->references; }

void intrusive_ptr_release(inode* node) noexcept {
    if (--node->references == 0) delete node;
}

struct directory::table {
    entry_table entries;

    [[nodiscard]] auto& names() { return entries.get<by_name>(); }

    const entry* find(std::string_view name) {
        const auto found = names().find(name);
        return found != names().end() ? &*found : nullptr;
    }
};

directory::directory(directory_order order, std::uint64_t seed)
    : order_(order), seed_(seed), table_(std::make_unique<table>()) {}
directory::~directory() = default;

std::size_t directory::size() const noexcept { return table_->entries.size(); }

inode_ptr directory::find(std::string_view name) const {
    const entry* found = table_->find(name);
    return found != nullptr ? found->node : inode_ptr();
}

void directory::set(std::string_view name, inode_ptr node) {
    if (const entry* found = table_->find(name)) {
        found->node = std::move(node);
    } else {
        restore(name, std::move(node), next_position(name));
    }
}

void directory::names_will_change() {
    while (!watchers_.empty()) {
        names_watcher& watcher = watchers_.front();
        watchers_.pop_front();
        watcher.names_will_change();
    }
    ++version_;
}

void directory::restore(std::string_view name, inode_ptr node, position at) {
    names_will_change();
    table_->entries.insert(entry{std::string(name), at, std::move(node)});
}

directory::position directory::remove(std::string_view name) {
    const auto found = table_->names().find(name);
    if (found == table_->names().end()) return {};
    names_will_change();
    const position at = found->at;
    table_->names().erase(found);
    return at;
}

directory::position directory::position_of(std::string_view name) const {
    const entry* found = table_->find(name);
    return found != nullptr ? found->at : position{};
}

void directory::visit(const std::function<void(std::string_view)>& visit) const {
    const auto& in_order = table_->entries.get<by_position>();
    std::string name;
    std::uint64_t seen = version_;
    for (auto at = in_order.begin(); at != in_order.end();) {
        name = at->name;
        const position here = at->at;
        visit(std::string_view(name));
        if (version_ == seen) {
            ++at;
        } else {
            at = in_order.upper_bound(here);
            seen = version_;
        }
    }
}

directory::position directory::next_position(std::string_view name) {
    const std::uint64_t serial = ++inserted_;
    if (order_ == directory_order::insertion) return {serial, 0};
    if (order_ == directory_order::newest_first) return {~serial, 0};
    // FNV-1a from a seed, then mixed, since similar names have similar hashes.
    std::uint64_t hash = 0xcbf29ce484222325 ^ (seed_ * 0x9e3779b97f4a7c15);
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    hash = (hash ^ (hash >> 31)) * 0x94d049bb133111eb;
    return {hash ^ (hash >> 29), serial};
}

}  // namespace qslice::sim
