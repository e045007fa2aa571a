#include "sim/site/preserved_entries.hpp"

#include "sim/site/entry_view.hpp"
#include "sim/site/log_evidence.hpp"
#include "sim/text/plain_words.hpp"
#include "sim/text/text_table.hpp"

#include <qslice/codec/entry_format.hpp>
#include <qslice/world/posix_world.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include <sys/stat.h>

namespace qslice::sim::diagnosis {

namespace {

using format21 = mailman21_format;
using format3 = mailman3_format;

std::string file_name_of(std::string_view path) {
    return std::string(path.substr(path.rfind('/') + 1));
}

/// A site's entries in its own format; one whose version is not known, in the first that reads it.
result<std::vector<preserved_file>> look_into(const queue_place& place, mailman_version version) {
    posix_world world;
    std::vector<preserved_file> found;
    auto seen = version == mailman_version::v3 ? preserved_in<format3>(world, place.directory)
                                               : preserved_in<format21>(world, place.directory);
    if (!seen) return failure(seen.error());
    for (preserved_entry& entry : *seen) {
        preserved_file file;
        file.format = version == mailman_version::v3 ? version : mailman_version::v21;
        if (version == mailman_version::unknown && entry.why == preserved_because::unreadable) {
            auto other =
                qslice::detail::look_at_preserved<format3>(world, entry.directory, entry.base);
            if (other.why != preserved_because::unreadable) {
                entry = std::move(other);
                file.format = mailman_version::v3;
            }
        }
        file.in = place.queue;
        file.entry = std::move(entry);
        found.push_back(std::move(file));
    }
    return found;
}

bool names(const std::vector<std::string>& chosen, const preserved_file& file) {
    return std::any_of(chosen.begin(), chosen.end(), [&](const std::string& name) {
        return file_name_of(name) ==
               file.entry.base + std::string(extension(entry_state::preserved));
    });
}

/// Why an entry stays where it is with these options.
std::string obstacle_to(const preserved_file& file, const restore_choice& choice,
                        const queue_tree& tree) {
    if (file.entry.problem) return "cannot be restored: " + file.entry.problem->to_string();
    if (!choice.entries.empty() && !names(choice.entries, file)) return "not named by --entry";
    if (file.queue.empty()) return "its queue is not known; name it by --queue";
    if (file.queue == "bad" || file.queue == "shunt")
        return "expected a queue that a runner serves";
    const bool exists = std::any_of(tree.queues.begin(), tree.queues.end(),
                                    [&](const queue_place& q) { return q.queue == file.queue; });
    if (!exists) return "there is no queue " + file.queue + "/ below " + tree.root;
    if (choice.even_if_sent) return "";
    if (file.sent == known_sent::shown) {
        return "the logs show that it was sent; it is sent again only with --even-if-sent";
    }
    if (file.sent == known_sent::unknown) {
        return "it may have been sent; give the logs (--logs), or --even-if-sent";
    }
    return "";
}

std::string reason_text(const preserved_file& file) {
    switch (file.entry.why) {
        case preserved_because::unreadable: return "cannot be read";
        case preserved_because::counted:
            return fmt::format("its runner ended with it in hand {} times",
                               grouped(static_cast<std::uint64_t>(file.entry.recoveries)));
        case preserved_because::unknown:
            return "readable: two runners on one slice, or storage failed";
    }
    return "";
}

std::string sent_text(const preserved_file& file) {
    switch (file.sent) {
        case known_sent::unknown: return "perhaps";
        case known_sent::not_shown: return "not in these logs";
        case known_sent::shown: return "yes, at " + date_text(file.sent_s.value_or(0));
    }
    return "";
}

std::string_view name_of(preserved_because why) {
    switch (why) {
        case preserved_because::unreadable: return "unreadable";
        case preserved_because::counted: return "counted";
        case preserved_because::unknown: return "unknown";
    }
    return "";
}

}  // namespace

result<std::vector<preserved_file>> find_preserved(const std::string& directory,
                                                   std::optional<mailman_version> version,
                                                   const site_history* logs,
                                                   const restore_choice& choice) {
    const auto tree = find_queues(directory);
    if (!tree) return failure(tree.error());
    std::optional<delivered_messages> delivered;
    if (logs != nullptr) delivered.emplace(*logs);
    std::vector<preserved_file> files;
    for (const queue_place& place : tree->queues) {
        auto found = look_into(place, version.value_or(tree->version));
        if (!found) return failure(found.error());
        for (preserved_file& file : *found) {
            if (const auto view = view_entry(file.entry.path(), file.format)) {
                file.list = list_of(*view);
                file.message_id = message_id_of(*view);
            }
            if (delivered && !file.message_id.empty()) {
                const known_delivery* const sent = delivered->find(file.message_id);
                file.sent = sent == nullptr ? known_sent::not_shown : known_sent::shown;
                if (sent != nullptr) file.sent_s = sent->last_s;
            }
            file.queue = !file.entry.from.empty() ? file.entry.from
                         : file.in != "bad"       ? file.in
                                                  : choice.queue;
            file.obstacle = obstacle_to(file, choice, *tree);
            files.push_back(std::move(file));
        }
    }
    for (const std::string& name : choice.entries) {
        const bool there = std::any_of(files.begin(), files.end(),
                                       [&](const auto& file) { return names({name}, file); });
        if (!there) {
            return failure(
                error_code::not_found, "--entry",
                "expected the name of a .psv file below " + tree->root + ", found '" + name + "'");
        }
    }
    return files;
}

void put_back(std::vector<preserved_file>& files) {
    posix_world world;
    for (preserved_file& file : files) {
        if (!file.obstacle.empty()) continue;
        const std::string& from = file.entry.directory;
        const std::string to =
            file.queue == file.in ? from : from.substr(0, from.rfind('/') + 1) + file.queue;
        const auto restored = file.format == mailman_version::v3
                                  ? restore<format3>(world, file.entry, to)
                                  : restore<format21>(world, file.entry, to);
        if (restored) {
            file.restored_as = qslice::detail::entry_path(to, *restored, entry_state::queued);
        } else {
            file.obstacle = restored.error().to_string();
        }
    }
}

std::string to_text(const std::vector<preserved_file>& files, const restore_choice& choice) {
    if (files.empty()) return "No entry is preserved (.psv).\n";
    std::uint64_t free = 0;
    std::uint64_t back = 0;
    std::string text;
    for (const preserved_file& file : files) {
        free += file.obstacle.empty() ? 1 : 0;
        back += file.restored_as.empty() ? 0 : 1;
        text += '\n' + printable(file.entry.path()) + '\n';
        const auto line = [&](std::string_view label, const std::string& value) {
            if (value.empty()) return;
            const std::string first = fmt::format("  {:<11}", label);
            text += wrapped(value, first, first.size());
        };
        line("message", printable(file.message_id));
        line("list", printable(file.list));
        line("set aside", reason_text(file));
        line("from", file.entry.from.empty() ? "not noted" : printable(file.entry.from) + '/');
        line("sent", sent_text(file));
        line("now", !file.restored_as.empty() ? "queued as " + printable(file.restored_as)
                    : file.obstacle.empty()
                        ? "--requeue puts it into " + printable(file.queue) + '/'
                        : "stays: " + printable(file.obstacle));
    }
    const std::string count =
        counted(files.size(), "entry is preserved (.psv)", "entries are preserved (.psv)");
    return (choice.requeue
                ? fmt::format("{}; put back: {}.\n", count, grouped(back))
                : fmt::format("{}; --requeue would put back {}.\n", count, grouped(free))) +
           text;
}

nlohmann::ordered_json to_json(const std::vector<preserved_file>& files) {
    auto list = nlohmann::ordered_json::array();
    for (const preserved_file& file : files) {
        const auto or_null = [](const std::string& text) {
            return text.empty() ? nlohmann::ordered_json(nullptr)
                                : nlohmann::ordered_json(printable(text));
        };
        const auto sent = file.sent == known_sent::unknown
                              ? nlohmann::ordered_json(nullptr)
                              : nlohmann::ordered_json(file.sent == known_sent::shown);
        list.push_back({{"file", printable(file.entry.path())},
                        {"message_id", or_null(file.message_id)},
                        {"list", or_null(file.list)},
                        {"reason", name_of(file.entry.why)},
                        {"recoveries", file.entry.recoveries},
                        {"from", or_null(file.entry.from)},
                        {"logs_show_sent", sent},
                        {"sent_last", file.sent_s ? nlohmann::ordered_json(*file.sent_s)
                                                  : nlohmann::ordered_json(nullptr)},
                        {"queue", or_null(file.queue)},
                        {"restored_as", or_null(file.restored_as)},
                        {"obstacle", or_null(file.obstacle)}});
    }
    return {{"preserved", std::move(list)}};
}

}  // namespace qslice::sim::diagnosis
