#include "sim/world/file_system.hpp"

#include <qslice/world/detail/posix_file.hpp>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace qslice::sim {

using detail::system_failure;

namespace {

constexpr std::size_t longest_name = 255;
constexpr std::size_t longest_path = 4095;

// Keeps the count of used bytes correct when a file's size, names or handles change.
class size_watch {
public:
    size_watch(std::uint64_t& used, const inode_ptr& node)
        : used_(used), node_(node), before_(held()) {}
    size_watch(const size_watch&) = delete;
    size_watch& operator=(const size_watch&) = delete;
    ~size_watch() { used_ += held() - before_; }

private:
    [[nodiscard]] std::uint64_t held() const {
        return node_ && (node_->links > 0 || node_->open_files > 0) ? node_->content.size() : 0;
    }

    std::uint64_t& used_;
    const inode_ptr node_;
    std::uint64_t before_;
};

int error_number(error_code code) {
    switch (code) {
        case error_code::not_found: return ENOENT;
        case error_code::exists: return EEXIST;
        case error_code::no_space: return ENOSPC;
        case error_code::denied: return EACCES;
        default: return EIO;
    }
}

// "a/b" is under "a" and under "a/b", "ab" is not.
bool is_under(std::string_view path, std::string_view top) {
    return path.starts_with(top) &&
           (path.size() == top.size() || path[top.size()] == '/' || top.ends_with('/'));
}

}  // namespace

file_system::file_system(file_system_settings settings) : settings_(settings) {
    root_ = new_inode({}, directory_permissions, true);
    root_->parent = root_.get();
    root_->links = 1;
}

inode_ptr file_system::new_inode(const caller& by, permissions mode_bits, bool is_directory) {
    inode_ptr made(new inode);
    made->number = ++inodes_made_;
    made->permission_bits = mode_bits.bits;
    made->modified_s = by.clock_s;
    if (is_directory) {
        made->names = std::make_unique<directory>(settings_.order, settings_.hash_seed);
    }
    return made;
}

// The errno that fail_under() causes for a call on a path.
int file_system::problem_of(std::string_view path, needs what) const {
    for (const auto& [top, code] : failing_) {
        // An open file has passed the permission check; only growth needs space.
        if (code == error_code::denied && what != needs::path) continue;
        if (code == error_code::no_space && what != needs::space) continue;
        if (is_under(path, top)) return error_number(code);
    }
    return 0;
}

file_system::place file_system::find_decided(std::string_view path) const {
    place p;
    p.parent = root_;
    p.node = root_;
    if (path.empty()) p.problem = ENOENT;
    if (path.size() > longest_path) p.problem = ENAMETOOLONG;
    if (const int failing = problem_of(path, needs::path)) p.problem = failing;
    const std::string_view whole = path;
    const std::size_t last = whole.rfind('/') + 1;  // where its last part begins
    const std::string_view above = whole.substr(0, last);
    bool is_known = false;
    if (p.problem == 0 && !above.empty() && last < whole.size()) {
        for (const known_directory& known : known_) {
            if (known.path != above) continue;
            p.node = known.node;
            path.remove_prefix(last);
            is_known = true;
            break;
        }
    }
    while (p.problem == 0) {
        const std::size_t start = std::min(path.find_first_not_of('/'), path.size());
        path.remove_prefix(start);
        p.trailing_slash = path.empty() && start > 0;
        if (path.empty()) {
            const bool has_last = !p.name.empty() && p.name.data() == whole.data() + last;
            if (!is_known && has_last && !above.empty()) note_known(above, p.parent);
            return p;
        }
        const std::string_view part = path.substr(0, path.find('/'));
        path.remove_prefix(part.size());
        if (!p.node) {
            p.problem = ENOENT;
        } else if (!p.node->is_directory()) {
            p.problem = ENOTDIR;
        } else if (part.size() > longest_name) {
            p.problem = ENAMETOOLONG;
        } else if (part == "." || part == "..") {
            if (part == "..") p.node = p.node->parent;
            p.parent = p.node;
            p.name = {};
        } else {
            p.parent = std::exchange(p.node, p.node->names->find(part));
            p.name = part;
        }
    }
    return p;
}

void file_system::note_known(std::string_view path, const inode_ptr& node) const {
    constexpr std::size_t most_known = 16;
    if (known_.size() < most_known) {
        known_.push_back({std::string(path), node});
    } else {
        known_[next_known_++ % most_known] = {std::string(path), node};
    }
}

// Decides what it needs to know of each name on the way.
file_system::place file_system::find(std::string_view path) {
    for (std::size_t end = 0; !undecided_.empty() && end < path.size();) {
        const std::size_t start = path.find_first_not_of('/', end);
        if (start == std::string_view::npos) break;
        end = std::min(path.find('/', start), path.size());
        const place above = find_decided(start == 0 ? "/" : path.substr(0, start));
        if (above.problem != 0 || !above.node || !above.node->is_directory()) break;
        decide_names(*above.node, path.substr(start, end - start));
    }
    return find_decided(path);
}

int file_system::open_problem(const place& p, open_mode mode) {
    if (p.problem != 0) return p.problem;
    if (mode == open_mode::read) {
        if (!p.node) return ENOENT;
        return p.trailing_slash && !p.node->is_directory() ? ENOTDIR : 0;
    }
    if (p.trailing_slash && !p.name.empty()) return EISDIR;
    if (p.node && mode == open_mode::create_exclusive) return EEXIST;
    return p.node && p.node->is_directory() ? EISDIR : 0;
}

// Files ------------------------------------------------------------------------------------

result<open_file> file_system::open(caller& by, const std::string& path, open_mode mode,
                                    permissions mode_bits) {
    const place p = find(path);
    if (const int problem = open_problem(p, mode)) return system_failure(problem, path, "open");
    if (mode == open_mode::read && p.node->is_directory()) return detail::not_a_file(path);

    open_file file{p.node, mode, 0, path};
    if (!file.node) {
        if (const int problem = problem_of(path, needs::space)) {
            return system_failure(problem, path, "open");
        }
        file.node = new_inode(by, mode_bits, false);
        operation op;
        change_name(op, by, p, file.node);
        log(by, std::move(op));
    } else if (mode == open_mode::truncate) {
        decide(*file.node);
        const size_watch watch(used_bytes_, file.node);
        file.node->content.truncate();
        file.node->modified_s = by.clock_s;
        ++file.node->change;
        note_unsynced(by, file.node);
    }
    ++file.node->open_files;
    return file;
}

result<void> file_system::write(caller& by, open_file& file, std::string_view bytes) {
    return write_at(by, file, bytes, nullptr);
}

result<void> file_system::write_owned(caller& by, open_file& file, std::string&& bytes) {
    return write_at(by, file, bytes, &bytes);
}

// Bytes that are owned and fit become those of an empty file.
result<void> file_system::write_at(caller& by, open_file& file, std::string_view bytes,
                                   std::string* owned) {
    if (bytes.empty()) return {};
    if (!file.node || file.mode == open_mode::read) {
        return system_failure(EBADF, file.path, "write");
    }
    for (const auto what : {needs::open_file, needs::space}) {
        if (const int problem = problem_of(file.path, what)) {
            return system_failure(problem, file.path, "write");
        }
    }
    decide(*file.node);
    file_content& content = file.node->content;
    if (file.mode == open_mode::append) file.offset = content.size();

    // Writes what fits, as if write(2) were repeated for the rest.
    std::string_view fits = bytes;
    const std::uint64_t left =
        settings_.capacity_bytes - std::min(settings_.capacity_bytes, used_bytes_);
    const std::uint64_t end = file.offset + bytes.size();
    const std::uint64_t growth = end - std::min<std::uint64_t>(end, content.size());
    if (growth > left) fits.remove_suffix(std::min<std::uint64_t>(bytes.size(), growth - left));
    if (!fits.empty()) {
        const size_watch watch(used_bytes_, file.node);
        if (owned != nullptr && content.size() == 0 && file.offset == 0 &&
            fits.size() == owned->size()) {
            content.write_owned(std::move(*owned));
        } else {
            content.write(file.offset, fits);
        }
        file.offset += fits.size();
        file.node->modified_s = by.clock_s;
        ++file.node->change;
        note_unsynced(by, file.node);
    }
    if (fits.size() < bytes.size()) return system_failure(ENOSPC, file.path, "write");
    return {};
}

result<shared_bytes> file_system::read(caller&, open_file& file) {
    if (!file.node) return system_failure(EBADF, file.path, "read");
    if (const int problem = problem_of(file.path, needs::open_file)) {
        return system_failure(problem, file.path, "read");
    }
    if (file.mode != open_mode::read) return system_failure(EBADF, file.path, "read");
    if (file.node->is_directory()) return system_failure(EISDIR, file.path, "read");
    decide(*file.node);
    return file.node->content.share();
}

result<void> file_system::sync(caller& by, open_file& file) {
    int problem = problem_of(file.path, needs::open_file);
    if (!file.node) problem = EBADF;
    if (problem != 0) return system_failure(problem, file.path, "fsync");
    write_back(by.now);
    if (file.node->is_directory()) {
        make_names_durable(*file.node);
        return {};
    }
    decide(*file.node);
    file.node->content.make_durable();
    file.node->unlink();
    if (settings_.rules == crash_rules::journaled) log_.make_all_durable();
    return {};
}

result<void> file_system::close(caller&, open_file& file) {
    int problem = problem_of(file.path, needs::open_file);
    if (!file.node) problem = EBADF;
    drop(file);
    if (problem != 0) return system_failure(problem, file.path, "close");
    return {};
}

void file_system::drop(open_file& file) noexcept {
    if (!file.node) return;
    const size_watch watch(used_bytes_, file.node);
    --file.node->open_files;
    file.node = nullptr;
}

// Names ------------------------------------------------------------------------------------

result<void> file_system::rename(caller& by, const std::string& from, const std::string& to) {
    return rename_if(by, from, to, true);
}

result<void> file_system::rename_new(caller& by, const std::string& from, const std::string& to) {
    return rename_if(by, from, to, false);
}

result<void> file_system::rename_if(caller& by, const std::string& from, const std::string& to,
                                    bool may_replace) {
    const place source = find(from);
    const place target = find(to);
    if (!may_replace && source.node && target.node) return system_failure(EEXIST, from, "rename");
    int problem = rename_problem(source, target);
    if (problem == 0) problem = problem_of(to, needs::space);
    if (problem == 0 && target.node != source.node) rename_place(by, source, target);
    if (problem != 0) {
        return system_failure(problem, from, "rename");
    }
    return {};
}

int file_system::rename_problem(const place& from, const place& to) const {
    if (from.problem != 0) return from.problem;
    if (to.problem != 0) return to.problem;
    if (from.name.empty() || to.name.empty()) return EBUSY;
    if (!from.node) return ENOENT;
    const bool moves_directory = from.node->is_directory();
    if (!moves_directory && (from.trailing_slash || to.trailing_slash)) return ENOTDIR;
    if (moves_directory) {
        for (const inode* up = to.parent.get(); up != root_.get(); up = up->parent) {
            if (up == from.node.get()) return EINVAL;
        }
    }
    for (const inode* up = from.parent.get(); up != root_.get(); up = up->parent) {
        if (up == to.node.get()) return ENOTEMPTY;
    }
    if (to.node == from.node) return 0;
    if (to.node) {
        if (moves_directory && !to.node->is_directory()) return ENOTDIR;
        if (!moves_directory && to.node->is_directory()) return EISDIR;
        if (moves_directory && to.node->names->size() > 0) return ENOTEMPTY;
    }
    return 0;
}

void file_system::rename_place(caller& by, const place& from, const place& to) {
    // A rename between directories is two steps, adding the new name and removing the old one,
    // since the two directories may reach the disk at different times.
    const bool in_two_steps = settings_.rules == crash_rules::unordered &&
                              from.parent != to.parent && !from.node->is_directory();
    operation op;
    change_name(op, by, to, from.node);
    if (in_two_steps) {
        operation removal;
        removal.needs = log(by, std::exchange(op, {}));
        op = std::move(removal);
    }
    change_name(op, by, from, nullptr);
    log(by, std::move(op));
}

result<void> file_system::link(caller& by, const std::string& from, const std::string& to) {
    const place source = find(from);
    if (const int problem = link_place(by, source, find(to))) {
        return system_failure(problem, to, "link");
    }
    return {};
}

int file_system::link_place(caller& by, const place& from, const place& to) {
    if (from.problem != 0) return from.problem;
    if (!from.node) return ENOENT;
    if (from.trailing_slash && !from.node->is_directory()) return ENOTDIR;
    if (to.problem != 0) return to.problem;
    if (to.node) return EEXIST;
    if (to.trailing_slash) return ENOENT;
    if (from.node->is_directory()) return EPERM;
    operation op;
    change_name(op, by, to, from.node);
    log(by, std::move(op));
    return 0;
}

result<void> file_system::remove(caller& by, const std::string& path) {
    const place p = find(path);
    if (const int problem = remove_place(by, p)) return system_failure(problem, path, "remove");
    return {};
}

int file_system::remove_place(caller& by, const place& p) {
    if (p.problem != 0) return p.problem;
    if (p.name.empty()) return EISDIR;
    if (!p.node) return ENOENT;
    if (p.node->is_directory()) return EISDIR;
    if (p.trailing_slash) return ENOTDIR;
    operation op;
    change_name(op, by, p, nullptr);
    log(by, std::move(op));
    return 0;
}

result<file_information> file_system::information(caller&, const std::string& path) {
    const place p = find(path);
    int problem = p.problem;
    if (problem == 0 && !p.node) problem = ENOENT;
    if (problem == 0 && p.trailing_slash && !p.node->is_directory()) problem = ENOTDIR;
    if (problem != 0) return system_failure(problem, path, "stat");
    decide(*p.node);
    return file_information{p.node->content.size(), p.node->modified_s, p.node->is_directory(),
                            p.node->links, p.node->number};
}

result<void> file_system::make_directory(caller& by, const std::string& path,
                                         permissions mode_bits) {
    for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
        const std::string part = path.substr(0, end);
        if (const int problem = make_one_directory(by, part, mode_bits)) {
            const place p = find(part);
            if (p.problem != 0 || !p.node || !p.node->is_directory()) {
                return system_failure(problem, part, "make directory");
            }
        }
        if (end == std::string::npos) return {};
    }
}

int file_system::make_one_directory(caller& by, const std::string& path, permissions mode_bits) {
    const place p = find(path);
    if (p.problem != 0) return p.problem;
    if (p.node) return EEXIST;
    if (const int problem = problem_of(path, needs::space)) return problem;
    operation op;
    change_name(op, by, p, new_inode(by, mode_bits, true));
    log(by, std::move(op));
    return 0;
}

result<void> file_system::sync_directory(caller& by, const std::string& path) {
    const place p = find(path);
    int problem = p.problem;
    if (problem == 0 && !p.node) problem = ENOENT;
    if (problem == 0 && !p.node->is_directory()) problem = ENOTDIR;
    if (problem != 0) return system_failure(problem, path, "open directory");
    write_back(by.now);
    make_names_durable(*p.node);
    return {};
}

void file_system::make_names_durable(inode& where) {
    if (settings_.rules == crash_rules::journaled) {
        log_.make_all_durable();
    } else {
        log_.make_durable(where);
    }
}

result<void> file_system::list(caller&, const std::string& path, const name_visitor& visit) {
    const place p = find(path);
    int problem = p.problem;
    if (problem == 0 && !p.node) problem = ENOENT;
    if (problem == 0 && !p.node->is_directory()) problem = ENOTDIR;
    if (problem != 0) return system_failure(problem, path, "list");
    const inode_ptr kept = p.node;  // the visitor may remove it
    decide_names(*kept, "");
    kept->names->visit(visit);
    return {};
}

inode_ptr file_system::directory_at(const std::string& path) const {
    const place p = find_decided(path);
    return p.problem == 0 && p.node && p.node->is_directory() ? p.node : inode_ptr();
}

result<inode_ptr> file_system::watchable(const std::string& path) {
    const place p = find(path);
    int problem = p.problem;
    if (problem == 0 && !p.node) problem = ENOENT;
    if (problem == 0 && !p.node->is_directory()) problem = ENOTDIR;
    if (problem != 0) return system_failure(problem, path, "watch");
    return p.node;
}

// What is on the disk ----------------------------------------------------------------------

void file_system::change_name(operation& op, const caller& by, const place& p, inode_ptr after) {
    op.changes.push_back({p.parent, std::string(p.name), p.node,
                          p.node ? p.parent->names->position_of(p.name) : directory::position{}});
    p.parent->modified_s = by.clock_s;
    const bool appears = after != nullptr;
    replace_name(p.parent, p.name, p.node, std::move(after), nullptr);
    if (appears) p.parent->names->tell(by.client != 0 ? by.client : by.machine, p.name);
}

std::uint64_t file_system::log(const caller& by, operation op) {
    write_back(by.now);
    op.machine = by.machine;
    op.time = by.now;
    if (by.machine != 0) return log_.add(std::move(op));
    // Changes from outside the simulated machines are on the disk at once.
    if (settings_.rules == crash_rules::journaled) {
        log_.make_all_durable();
    } else {
        log_.add_durable(std::move(op));
    }
    return 0;
}

void file_system::set_name(const inode_ptr& where, std::string_view name, inode_ptr node,
                           const directory::position* at) {
    replace_name(where, name, where->names->find(name), std::move(node), at);
}

void file_system::replace_name(const inode_ptr& where, std::string_view name,
                               const inode_ptr& before, inode_ptr node,
                               const directory::position* at) {
    const size_watch watch_before(used_bytes_, before);
    const size_watch watch_after(used_bytes_, node != before ? node : inode_ptr());
    const auto is_directory = [](const inode_ptr& n) { return n && n->is_directory(); };
    if (is_directory(before) || is_directory(node)) known_.clear();
    if (before) --before->links;
    if (node) {
        ++node->links;
        if (node->is_directory()) node->parent = where.get();
        if (!before && at != nullptr) {
            where->names->restore(name, node, *at);
        } else {
            where->names->set(name, node);
        }
    } else {
        where->names->remove(name);
    }
    ++where->change;
}

void file_system::note_unsynced(const caller& by, const inode_ptr& node) {
    if (by.machine == 0) {
        node->content.make_durable();
        return;
    }
    if (node->is_linked()) return;
    write_back(by.now);
    node->unsynced_since = by.now;
    node->unsynced_by = by.machine;
    unsynced_.push_back(*node);
}

void file_system::write_back(virtual_time now) {
    const virtual_time old = add(now, -settings_.written_back_after);
    log_.make_durable_before(old);
    while (!unsynced_.empty() && unsynced_.front().unsynced_since < old) {
        unsynced_.front().content.make_durable();
        unsynced_.pop_front();
    }
}

std::size_t file_system::not_durable(virtual_time now) {
    write_back(now);
    return log_.size() + unsynced_.size();
}

void file_system::machine_crashed(machine_number machine, virtual_time now,
                                  choice_source& choices) {
    crash(now, choices, machine);
}

void file_system::power_loss(virtual_time now, choice_source& choices) {
    crash(now, choices, std::nullopt);
}

void file_system::crash(virtual_time now, choice_source& choices,
                        std::optional<machine_number> only) {
    write_back(now);
    ++power_losses_;
    if (late_choices_ != nullptr && settings_.rules == crash_rules::unordered) {
        for (undecided_operations& group : log_.crash_undecided(only)) {
            undecided_.push_back(std::move(group));
        }
    } else {
        undo(log_.crash(settings_.rules, choices, only));
    }
    for (auto at = unsynced_.begin(); at != unsynced_.end();) {
        const inode_ptr node(&*at);
        if (only && node->unsynced_by != *only) {
            ++at;
        } else {
            at = unsynced_.erase(at);
            node->content.leave_undecided();
            ++node->change;
            if (late_choices_ == nullptr) decide(*node, choices);
        }
    }
}

void file_system::undo(const std::vector<operation>& lost) {
    for (const operation& op : lost) {
        for (auto change = op.changes.rbegin(); change != op.changes.rend(); ++change) {
            set_name(change->where, change->name, change->before, &change->stood_at);
        }
    }
}

// A name that shows in no directory but this, or all of its names.
void file_system::decide_names(const inode& where, std::string_view name) {
    for (std::size_t i = 0; i < undecided_.size();) {
        if (!undecided_[i].show_in(where, name)) {
            ++i;
            continue;
        }
        const undecided_operations group = std::move(undecided_[i]);
        undecided_.erase(undecided_.begin() + static_cast<std::ptrdiff_t>(i));
        undo(group.choose_lost(*late_choices_));
        i = 0;
    }
}

void file_system::decide(inode& node, choice_source& choices) {
    const size_watch watch(used_bytes_, inode_ptr(&node));
    node.content.crash(choices);
    ++node.change;
}

void file_system::decide(inode& node) {
    if (node.content.undecided()) decide(node, *late_choices_);
}

void file_system::decide_below(const std::string& path, bool bytes) {
    const inode_ptr top = find(path).node;
    if (!top || !top->is_directory()) return;
    decide_names(*top, "");
    std::vector<std::string> below;
    top->names->visit(
        [&](std::string_view name) { below.push_back(path + '/' + std::string(name)); });
    for (const std::string& one : below) {
        const inode_ptr node = find(one).node;
        if (bytes && node) decide(*node);
        decide_below(one, bytes);
    }
}

std::map<std::string, std::string> file_system::content() const {
    std::map<std::string, std::string> all;
    visit([&](std::string_view path, const inode& node) {
        all.emplace(path, node.is_directory() ? std::string_view() : node.content.bytes());
    });
    return all;
}

std::set<std::string> file_system::damaged_files() const {
    std::set<std::string> all;
    visit([&](std::string_view path, const inode& node) {
        if (node.content.damaged()) all.emplace(path);
    });
    return all;
}

void file_system::visit(
    const std::function<void(std::string_view path, const inode& node)>& visit) const {
    visit_below(*root_, "", visit);
}

void file_system::visit_below(const inode& where, const std::string& prefix,
                              const std::function<void(std::string_view, inode&)>& visit) const {
    where.names->visit([&](std::string_view name) {
        const inode_ptr node = where.names->find(name);
        std::string path = prefix;
        path.append(name);
        if (node->is_directory()) path += '/';
        visit(path, *node);
        if (node->is_directory()) visit_below(*node, path, visit);
    });
}

}  // namespace qslice::sim
