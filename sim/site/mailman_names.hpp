/// @file
/// The names of the runners and queues of Mailman 2.1 and Mailman 3, by which a site's directories
/// and logs are read.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace qslice::sim::diagnosis {

/// The version of Mailman. Names, commands and paths differ.
enum class mailman_version {
    unknown,
    v21,
    v3,
};

constexpr std::string_view to_string(mailman_version version) noexcept {
    switch (version) {
        case mailman_version::unknown: return "Mailman";
        case mailman_version::v21: return "Mailman 2.1";
        case mailman_version::v3: return "Mailman 3";
    }
    return "";
}

/// A queue and the runner that takes from it, named as in each version (empty: does not exist
/// there).
struct queue_names {
    std::string_view queue;
    std::string_view runner21;  ///< its class, as in the logs of 2.1
    std::string_view runner3;   ///< its name, as in the logs of 3
};

/// In the order in which a message meets them; those without a runner come last.
/// @source Mailman 2.1 Defaults.py (QRUNNERS, *QUEUE_DIR); Mailman 3 config/mailman.cfg
inline constexpr std::array<queue_names, 16> known_queues{{
    {"in", "IncomingRunner", "in"},
    {"pipeline", "", "pipeline"},
    {"archive", "ArchRunner", "archive"},
    {"out", "OutgoingRunner", "out"},
    {"virgin", "VirginRunner", "virgin"},
    {"digest", "", "digest"},
    {"retry", "RetryRunner", "retry"},
    {"bounces", "BounceRunner", "bounces"},
    {"commands", "CommandRunner", ""},
    {"command", "", "command"},
    {"news", "NewsRunner", ""},
    {"nntp", "", "nntp"},
    {"maildir", "MaildirRunner", ""},
    {"lmtp", "", "lmtp"},
    {"shunt", "", ""},
    {"bad", "", ""},
}};

/// Mailman 3's runners that take from no queue: mail comes in by LMTP, the REST interface, and
/// jobs.
/// @source Mailman 3.3.8 config/schema.cfg, runners/lmtp.py, rest.py, task.py (is_queue_runner)
inline constexpr std::array<std::string_view, 3> runners_without_queue{"lmtp", "rest", "task"};

constexpr bool has_no_queue(std::string_view runner) noexcept {
    for (const std::string_view name : runners_without_queue) {
        if (name == runner) return true;
    }
    return false;
}

/// Mailman 3's `instances` is a power of two: its master stops with an AssertionError otherwise.
constexpr bool mailman3_takes(std::uint64_t slices) noexcept {
    return slices != 0 && (slices & (slices - 1)) == 0;
}

constexpr const queue_names* find_queue(std::string_view queue) noexcept {
    for (const queue_names& known : known_queues) {
        if (known.queue == queue) return &known;
    }
    return nullptr;
}

/// The queue of a runner: "in" for "IncomingRunner" and for Mailman 3's "in".
constexpr std::optional<std::string_view> queue_of_runner(std::string_view runner) noexcept {
    for (const queue_names& known : known_queues) {
        if (!runner.empty() && (known.runner21 == runner || known.runner3 == runner)) {
            return known.queue;
        }
    }
    return std::nullopt;
}

/// The name of a queue's runner; "the runner of QUEUE" for an unknown queue.
inline std::string runner_of_queue(std::string_view queue, mailman_version version) {
    if (const queue_names* known = find_queue(queue)) {
        const std::string_view name =
            version == mailman_version::v3 ? known->runner3 : known->runner21;
        if (!name.empty()) return std::string(name);
    }
    return "the runner of " + std::string(queue);
}

/// Where the commands of Mailman 2.1 are, by where its queues are: Debian's and Red Hat's packages,
/// or its own installation.
constexpr std::string_view bin_directory(std::string_view queue) noexcept {
    if (queue.starts_with("/var/spool/mailman")) return "/usr/lib/mailman/bin/";
    if (queue.starts_with("/var/lib/mailman/")) return "/usr/lib/mailman/bin/";
    if (queue.starts_with("/usr/local/mailman/")) return "/usr/local/mailman/bin/";
    return "bin/";
}

/// Where the logs are, likewise.
constexpr std::string_view log_directory(std::string_view queue, mailman_version version) noexcept {
    if (version == mailman_version::v3) {
        return queue.starts_with("/var/lib/mailman3/") ? "/var/log/mailman3/" : "logs/";
    }
    if (queue.starts_with("/var/spool/mailman") || queue.starts_with("/var/lib/mailman/")) {
        return "/var/log/mailman/";
    }
    return "logs/";
}

/// Why a restart is not advised where a runner is gone or the number of slices changes.
/// @source mailmanctl of 2.1: "restart" passes SIGINT on to the runners that live, and each is
/// started
///         again as it was; bin/master.py of 3.3.8: likewise with SIGUSR1
inline constexpr std::string_view restart_is_less =
    "Mailman's own restart starts only those runners again that live, with the slices that they "
    "have.";

/// Whether messages stay in a queue until a person handles them: no runner takes from it.
constexpr bool is_parking(std::string_view queue) noexcept {
    return queue == "shunt" || queue == "bad";
}

/// Whether messages wait in a queue on purpose: retry/ is emptied every 15 minutes.
constexpr bool is_waiting_room(std::string_view queue) noexcept {
    return queue == "retry" || queue == "digest";
}

}  // namespace qslice::sim::diagnosis
