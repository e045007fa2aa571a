#include "sim/site/queue_tree.hpp"

#include "sim/site/quiet_file.hpp"

#include <qslice/core/entry_name.hpp>
#include <qslice/world/detail/posix_list.hpp>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>

namespace qslice::sim::diagnosis {

namespace {

/// The contents of a directory, as far as needed to find queues.
struct contents {
    std::vector<std::string> directories;
    bool has_entries = false;  ///< a file with an entry's extension
};

bool is_directory(const std::string& path) {
    struct stat s {};
    return ::stat(path.c_str(), &s) == 0 && S_ISDIR(s.st_mode);
}

result<contents> look_into(const std::string& directory) {
    const auto opened = open_quietly(directory, O_DIRECTORY);
    if (!opened) {
        error problem = opened.error();
        if (problem.code == error_code::not_found) {
            problem.what = ::access(directory.c_str(), F_OK) == 0
                               ? "expected a directory of queues, found a file"
                               : "expected a directory of queues, found nothing with that name";
        }
        return failure(std::move(problem));
    }
    contents found;
    auto see = [&](std::string_view name) {
        // Only the names of entries are read, since there may be a million of them.
        if (state_of(split_extension(name).extension)) {
            found.has_entries = true;
        } else if (is_directory(directory + '/' + std::string(name))) {
            found.directories.emplace_back(name);
        }
    };
    auto listed = qslice::detail::list_open_directory(opened->descriptor, directory, see);
    if (!listed) return failure(listed.error());
    return found;
}

bool has(const std::vector<std::string>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// The Mailman version that has these queues, in a directory of this name.
mailman_version version_of(const std::string& root, const std::vector<std::string>& queues) {
    const mailman_version known = version_of_queues(queues);
    if (known != mailman_version::unknown) return known;
    if (last_part(root) == "qfiles") return mailman_version::v21;
    if (last_part(root) == "queue") return mailman_version::v3;
    return mailman_version::unknown;
}

/// The tree at `root` if some of its directories are Mailman queues.
std::optional<queue_tree> tree_at(const std::string& root, contents inside) {
    auto& names = inside.directories;
    const bool any = std::any_of(names.begin(), names.end(),
                                 [](const std::string& name) { return find_queue(name); });
    if (!any) return std::nullopt;
    std::sort(names.begin(), names.end());
    std::stable_sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) {
        return place_on_the_way(a) < place_on_the_way(b);
    });
    queue_tree tree{root, false, version_of(root, names), {}};
    for (const std::string& name : names) tree.queues.push_back({name, root + '/' + name});
    return tree;
}

}  // namespace

mailman_version version_of_queues(const std::vector<std::string>& names) {
    for (const std::string_view name : {"pipeline", "nntp", "command", "digest"}) {
        if (has(names, name)) return mailman_version::v3;
    }
    for (const std::string_view name : {"commands", "news"}) {
        if (has(names, name)) return mailman_version::v21;
    }
    return mailman_version::unknown;
}

std::size_t place_on_the_way(std::string_view queue) {
    const queue_names* known = find_queue(queue);
    return known == nullptr ? known_queues.size()
                            : static_cast<std::size_t>(known - known_queues.data());
}

std::string_view last_part(std::string_view path) {
    while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
    return path.substr(path.rfind('/') + 1);
}

result<queue_tree> find_queues(const std::string& directory) {
    std::string root = directory;
    while (root.size() > 1 && root.ends_with('/')) root.pop_back();
    auto inside = look_into(root);
    if (!inside) return failure(inside.error());
    const bool has_entries = inside->has_entries;
    if (auto tree = tree_at(root, std::move(*inside))) return std::move(*tree);
    for (const std::string_view below : {"qfiles", "queue", "var/qfiles", "var/queue"}) {
        const std::string place = root + '/' + std::string(below);
        if (!is_directory(place)) continue;
        auto there = look_into(place);
        if (!there) return failure(there.error());
        if (auto tree = tree_at(place, std::move(*there))) return std::move(*tree);
    }
    const std::string name(last_part(root));
    if (has_entries || find_queue(name) != nullptr) {
        const std::string parent = root.substr(0, std::min(root.rfind('/'), root.size()));
        return queue_tree{root, true, version_of(parent, {name}), {{name, root}}};
    }
    return failure(error_code::malformed, directory,
                   "expected a Mailman directory with qfiles/, queue/ or queues such as in/ and "
                   "out/, or one queue's directory; found neither queues nor entries");
}

}  // namespace qslice::sim::diagnosis
