#include "sim/world/nfs_client.hpp"

#include <qslice/world/detail/posix_file.hpp>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fmt/format.h>

namespace qslice::sim {

using detail::system_failure;

nfs_client::nfs_client(file_system& server, nfs_settings settings)
    : server_(server), settings_(settings), lost_replies_(settings.seed, "lost NFS replies") {}

virtual_time nfs_client::stalled_until() const noexcept {
    return std::max(storage::stalled_until(), server_.stalled_until());
}

// The server uses its own clock, and what it has acknowledged is on its disk.
caller nfs_client::at_server(const caller& by) {
    return {0, by.now, to_seconds(by.now), duration::zero(), false, by.machine};
}

bool nfs_client::reply_lost(caller& by) {
    if (settings_.lost_reply_share <= 0) return false;
    if (lost_replies_.uniform() >= settings_.lost_reply_share) return false;
    by.extra += settings_.repeated_after;
    return true;
}

// Makes a change, and repeats it if the reply to the first attempt is lost.
template <class Change>
result<void> nfs_client::change_names(caller& by, Change&& change) {
    caller server_call = at_server(by);
    auto outcome = change(server_call);
    if (!reply_lost(by)) return outcome;
    by.took_effect = outcome.has_value();
    return change(server_call);
}

// Cached names -------------------------------------------------------------------

// Resolves the last name of a path, asking the server only if necessary.
inode_ptr nfs_client::look(const caller& by, const place& p) {
    if (p.name.empty()) return p.node;
    const auto known = names_.find({p.parent->number, std::string(p.name)});
    const bool stale = known == names_.end() || !fresh(known->second.checked, by) ||
                       (known->second.value && known->second.value->links == 0);
    if (!stale) return known->second.value;
    learn(by, p, p.node);
    return p.node;
}

void nfs_client::learn(const caller& by, const place& p, inode_ptr node) {
    if (p.name.empty()) return;
    if (names_.size() + files_.size() >= forget_at_) forget_old(by);
    names_[{p.parent->number, std::string(p.name)}] = {std::move(node), by.now};
}

// Evicts what is neither in use nor fresh from the caches.
void nfs_client::forget_old(const caller& by) {
    std::erase_if(names_, [&](const auto& n) { return !fresh(n.second.checked, by); });
    std::erase_if(files_, [&](const auto& f) {
        return f.second.open == 0 && f.second.unflushed.empty() && !fresh(f.second.checked, by);
    });
    forget_at_ = std::max<std::size_t>(1024, 2 * (names_.size() + files_.size()));
}

void nfs_client::forget_names() {
    names_.clear();
    listings_.clear();
}

// Gets a file's attributes; drops cached content of an older state.
void nfs_client::check(const caller& by, file_state& state, const inode& node) {
    if (state.change != node.change) state.pages.reset();
    state.attributes = {node.content.size(), node.modified_s, node.is_directory(), node.links};
    state.change = node.change;
    state.checked = by.now;
}

bool nfs_client::is_open(const inode_ptr& node) const {
    const auto found = files_.find(node->number);
    return found != files_.end() && found->second.open > 0;
}

// Renames an open file that is to be removed to an unused name.
void nfs_client::hide(const caller& by, const place& p) {
    file_state& state = state_of(p.node);
    state.hidden_in = p.parent;
    state.hidden_as = fmt::format(".nfs{:016x}{:08x}", p.node->number, ++hidden_);
    place target;
    target.parent = p.parent;
    target.name = state.hidden_as;
    caller server_call = at_server(by);
    server_.rename_place(server_call, p, target);
    learn(by, p, nullptr);
    listings_.erase(p.parent->number);
}

// Files ------------------------------------------------------------------------------------

result<open_file> nfs_client::open(caller& by, const std::string& path, open_mode mode,
                                   permissions mode_bits) {
    if (by.machine == 0) return server_.open(by, path, mode, mode_bits);
    const place p = server_.find(path);
    open_file file;
    if (mode == open_mode::read && p.problem == 0) {
        file = {look(by, p), mode, 0, path};
        if (!file.node) return system_failure(ENOENT, path, "open");
        if (p.trailing_slash && !file.node->is_directory()) {
            return system_failure(ENOTDIR, path, "open");
        }
        if (file.node->is_directory()) return detail::not_a_file(path);
    } else {
        caller server_call = at_server(by);
        auto opened = server_.open(server_call, path, mode, mode_bits);
        if (opened && !p.node && reply_lost(by)) {
            server_.drop(*opened);
            opened = server_.open(server_call, path, mode, mode_bits);
        }
        if (!opened) return opened;
        file = *opened;
        server_.drop(*opened);  // the server does not know about open files
        if (!p.node) listings_.erase(p.parent->number);
        learn(by, p, file.node);
    }
    file_state& state = state_of(file.node);
    check(by, state, *file.node);
    if (mode == open_mode::truncate) {
        state.unflushed.clear();
        written_.erase(file.node->number);
    }
    ++state.open;
    return file;
}

result<void> nfs_client::write(caller& by, open_file& file, std::string_view bytes) {
    if (by.machine == 0) return server_.write(by, file, bytes);
    if (bytes.empty()) return {};
    if (!file.node || file.mode == open_mode::read) {
        return system_failure(EBADF, file.path, "write");
    }
    file_state& state = state_of(file.node);
    if (file.mode == open_mode::append) {
        file.offset = file.node->content.size();
        for (const pending_write& w : state.unflushed) {
            file.offset = std::max(file.offset, w.offset + w.bytes.size());
        }
    }
    if (state.unflushed.empty()) state.unflushed_since = by.now;
    state.unflushed.push_back({file.offset, std::string(bytes)});
    written_[file.node->number] = file.node;
    file.offset += bytes.size();
    if (by.now < add(state.unflushed_since, settings_.written_back_after)) return {};
    return flush(by, file, state);
}

result<shared_bytes> nfs_client::read(caller& by, open_file& file) {
    if (by.machine == 0) return server_.read(by, file);
    if (!file.node || file.mode != open_mode::read) {
        return system_failure(EBADF, file.path, "read");
    }
    file_state& state = state_of(file.node);
    if (!state.pages || !fresh(state.checked, by)) {
        if (file.node->links == 0) return system_failure(ESTALE, file.path, "read");
        auto content = server_.read(by, file);
        if (!content) return content;
        check(by, state, *file.node);
        state.pages = *std::move(content);
    }
    if (state.unflushed.empty()) return *state.pages;
    file_content seen;
    seen.write(0, *state.pages);
    for (const pending_write& w : state.unflushed) seen.write(w.offset, w.bytes);
    return seen.share();
}

void nfs_client::write_at_server(const caller& by, const inode_ptr& node, const pending_write& w,
                                 const std::string& path, result<void>& outcome) {
    caller server_call = at_server(by);
    open_file file{node, open_mode::truncate, w.offset, path};
    auto written = server_.write(server_call, file, w.bytes);
    if (!written && outcome) outcome = written;
}

// Write errors are reported here.
result<void> nfs_client::flush(const caller& by, const open_file& file, file_state& state) {
    if (state.unflushed.empty()) return {};
    const auto writes = std::exchange(state.unflushed, {});
    written_.erase(file.node->number);
    if (file.node->links == 0) return system_failure(ESTALE, file.path, "write");
    result<void> outcome;
    for (const pending_write& w : writes) write_at_server(by, file.node, w, file.path, outcome);
    state.pages.reset();
    check(by, state, *file.node);
    return outcome;
}

result<void> nfs_client::sync(caller& by, open_file& file) {
    if (by.machine == 0) return server_.sync(by, file);
    if (!file.node) return system_failure(EBADF, file.path, "fsync");
    return flush(by, file, state_of(file.node));
}

result<void> nfs_client::close(caller& by, open_file& file) {
    if (by.machine == 0) return server_.close(by, file);
    if (!file.node) return system_failure(EBADF, file.path, "close");
    file_state& state = state_of(file.node);
    result<void> flushed;
    if (file.mode != open_mode::read) flushed = flush(by, file, state);
    if (state.open > 0 && --state.open == 0) {
        state.pages.reset();
        if (state.hidden_in && state.hidden_in->names->find(state.hidden_as) == file.node) {
            place hidden;
            hidden.parent = state.hidden_in;
            hidden.name = state.hidden_as;
            hidden.node = file.node;
            caller server_call = at_server(by);
            (void)server_.remove_place(server_call, hidden);
            listings_.erase(state.hidden_in->number);
        }
        if (file.node->links == 0) files_.erase(file.node->number);
    }
    file.node = nullptr;
    return flushed;
}

// Unflushed data waits for machine_crashed() to decide its fate.
void nfs_client::drop(open_file& file) noexcept {
    if (!file.node) return;
    const auto found = files_.find(file.node->number);
    if (found != files_.end() && found->second.open > 0) --found->second.open;
    file.node = nullptr;
}

// Names ------------------------------------------------------------------------------------

result<void> nfs_client::rename(caller& by, const std::string& from, const std::string& to) {
    if (by.machine == 0) return server_.rename(by, from, to);
    const place source = server_.find(from);
    place target = server_.find(to);
    if (source.problem == 0 && !look(by, source)) return system_failure(ENOENT, from, "rename");
    if (source.node && target.node && target.node != source.node && target.problem == 0 &&
        !target.node->is_directory() && is_open(target.node)) {
        hide(by, target);
    }
    auto outcome = change_names(
        by, [&](caller& server_call) { return server_.rename(server_call, from, to); });
    if (source.problem == 0) {
        learn(by, source, server_.find(from).node);
        listings_.erase(source.parent->number);
    }
    if (target.problem == 0) {
        learn(by, target, server_.find(to).node);
        listings_.erase(target.parent->number);
    }
    return outcome;
}

result<void> nfs_client::rename_new(caller&, const std::string& from, const std::string&) {
    return system_failure(EINVAL, from, "rename");
}

result<void> nfs_client::link(caller& by, const std::string& from, const std::string& to) {
    if (by.machine == 0) return server_.link(by, from, to);
    const place source = server_.find(from);
    const place target = server_.find(to);
    if (source.problem == 0 && !look(by, source)) return system_failure(ENOENT, to, "link");
    auto outcome =
        change_names(by, [&](caller& server_call) { return server_.link(server_call, from, to); });
    // Its number of names may have changed, even if the call failed: the reply may have been lost.
    if (source.node) state_of(source.node).checked = virtual_time::min();
    if (target.problem == 0) {
        learn(by, target, server_.find(to).node);
        listings_.erase(target.parent->number);
    }
    return outcome;
}

result<void> nfs_client::remove(caller& by, const std::string& path) {
    if (by.machine == 0) return server_.remove(by, path);
    const place p = server_.find(path);
    if (p.problem == 0 && !look(by, p)) return system_failure(ENOENT, path, "remove");
    if (p.problem == 0 && !p.name.empty() && !p.trailing_slash && p.node &&
        !p.node->is_directory() && is_open(p.node)) {
        hide(by, p);
        return {};
    }
    auto outcome =
        change_names(by, [&](caller& server_call) { return server_.remove(server_call, path); });
    if (p.problem == 0) {
        learn(by, p, server_.find(path).node);
        listings_.erase(p.parent->number);
    }
    return outcome;
}

result<file_information> nfs_client::information(caller& by, const std::string& path) {
    const place p = server_.find(path);
    if (by.machine == 0 || p.problem != 0) return server_.information(by, path);
    const inode_ptr node = look(by, p);
    if (!node) return system_failure(ENOENT, path, "stat");
    if (p.trailing_slash && !node->is_directory()) return system_failure(ENOTDIR, path, "stat");
    file_state& state = state_of(node);
    if (!fresh(state.checked, by)) check(by, state, *node);
    file_information seen = state.attributes;
    for (const pending_write& w : state.unflushed) {
        seen.size_bytes = std::max<std::uint64_t>(seen.size_bytes, w.offset + w.bytes.size());
    }
    return seen;
}

result<void> nfs_client::make_directory(caller& by, const std::string& path,
                                        permissions mode_bits) {
    if (by.machine == 0) return server_.make_directory(by, path, mode_bits);
    forget_names();
    return change_names(by, [&](caller& server_call) {
        return server_.make_directory(server_call, path, mode_bits);
    });
}

// The server made every change durable before it answered.
result<void> nfs_client::sync_directory(caller& by, const std::string& path) {
    return server_.sync_directory(by, path);
}

result<void> nfs_client::list(caller& by, const std::string& path, const name_visitor& visit) {
    const place p = server_.find(path);
    if (by.machine == 0 || p.problem != 0 || !p.node || !p.node->is_directory()) {
        return server_.list(by, path, visit);
    }
    auto& known = listings_[p.node->number];
    if (!known.value || !fresh(known.checked, by)) {
        auto found = std::make_shared<names>();
        auto listed =
            server_.list(by, path, [&](std::string_view name) { found->emplace_back(name); });
        if (!listed) return listed;
        known = {std::move(found), by.now};
    }
    const auto shown = known.value;  // the visitor may change the directory
    for (const std::string& name : *shown) visit(name);
    return {};
}

// The loss of power ------------------------------------------------------------------------

void nfs_client::machine_crashed(machine_number, virtual_time now, choice_source& choices) {
    // The kernel may have written back some of it by then, in the order of the writes.
    for (const auto& [number, node] : written_) {
        if (node->links == 0) continue;
        const auto& writes = files_[number].unflushed;
        const std::size_t flushed = choices.choose(writes.size() + 1);
        result<void> ignored;
        const caller by{0, now, to_seconds(now), duration::zero()};
        for (std::size_t i = 0; i < flushed; ++i) {
            write_at_server(by, node, writes[i], "", ignored);
        }
    }
    forget_names();
    written_.clear();
    files_.clear();
}

}  // namespace qslice::sim
