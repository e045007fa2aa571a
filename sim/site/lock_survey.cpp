#include "sim/site/lock_survey.hpp"

#include "sim/site/quiet_file.hpp"
#include "sim/text/plain_words.hpp"

#include <qslice/partition/any_partition.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <system_error>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

namespace qslice::sim::diagnosis {

namespace {

namespace fs = std::filesystem;

/// The first label of a host's name: Mailman writes the whole name or not, as the system gives it.
std::string_view short_name(std::string_view host) { return host.substr(0, host.find('.')); }

std::string this_host() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return {};
    return name.data();
}

bool is_master(std::string_view name) {
    return name == "master-qrunner" || name == "master.lck" || name == "master";
}

/// The directories where a site with these queues keeps its locks.
std::vector<std::string> lock_directories(const queue_tree& tree) {
    std::error_code problem;
    const fs::path root = fs::absolute(tree.root, problem).lexically_normal();
    const fs::path place = tree.single ? root.parent_path() : root;
    std::vector<std::string> found{(place.parent_path() / "locks").string()};
    const std::string text = place.string();
    if (text.starts_with("/var/lib/mailman3")) {
        found.insert(found.end(), {"/var/lib/mailman3/locks", "/run/lock/mailman3"});
    } else if (text.starts_with("/var/lib/mailman") || text.starts_with("/var/spool/mailman")) {
        found.insert(found.end(), {"/var/lib/mailman/locks", "/var/lock/mailman"});
    }
    return found;
}

std::optional<held_lock> read_lock(const std::string& path, const std::string& name,
                                   const std::string& host, double now_s) {
    struct stat s {};
    if (::lstat(path.c_str(), &s) != 0 || !S_ISREG(s.st_mode)) return std::nullopt;
    auto opened = open_quietly(path, 0);
    if (!opened) return std::nullopt;
    const auto content = opened->owner.read();
    if (!content) return std::nullopt;
    held_lock lock;
    lock.path = path;
    lock.name = name;
    lock.master = is_master(name);
    for (const std::string_view end : {".lock", ".lck"}) {
        if (!lock.master && name.ends_with(end)) {
            lock.list = name.substr(0, name.size() - end.size());
        }
    }
    lock.links = static_cast<std::uint64_t>(s.st_nlink);
    lock.expires_s = static_cast<double>(s.st_mtim.tv_sec);
    const auto changed_s = static_cast<double>(s.st_ctim.tv_sec);
    if (changed_s <= now_s + 1) lock.held_s = now_s - changed_s;
    if (const auto owner = read_lock_owner(*content, name)) {
        lock.host = owner->host;
        lock.pid = owner->pid;
        if (!host.empty() && short_name(owner->host) == short_name(host)) {
            const bool exists = ::kill(static_cast<pid_t>(owner->pid), 0) == 0 || errno == EPERM;
            lock.alive = exists;
        }
    }
    return lock;
}

}  // namespace

std::optional<lock_owner> read_lock_owner(std::string_view content, std::string_view name) {
    while (!content.empty() && (content.back() == '\n' || content.back() == ' ')) {
        content.remove_suffix(1);
    }
    content = content.substr(content.rfind('/') + 1);
    if (!content.starts_with(name) || content.size() <= name.size()) return std::nullopt;
    const char separator = content[name.size()];
    std::string_view rest = content.substr(name.size() + 1);
    // The host of Mailman 2.1 may contain the separator: the numbers are counted from the end.
    const std::size_t last = rest.rfind(separator);
    if (last == std::string_view::npos || last == 0) return std::nullopt;
    const auto process = [](std::string_view text) {
        const auto pid = qslice::detail::whole_number<std::uint64_t>(text);
        return pid && *pid != 0 && *pid <= 0x7fffffff ? pid : std::nullopt;
    };
    const std::size_t before = rest.rfind(separator, last - 1);
    if (before != std::string_view::npos && before != 0) {
        if (const auto pid = process(rest.substr(before + 1, last - before - 1))) {
            return lock_owner{std::string(rest.substr(0, before)), *pid};
        }
    }
    // mailmanctl of 2.1 hands the master's lock over to the master by its host and process alone.
    const auto pid = process(rest.substr(last + 1));
    if (!pid || separator != '.') return std::nullopt;
    return lock_owner{std::string(rest.substr(0, last)), *pid};
}

std::vector<held_lock> survey_locks(const queue_tree& tree, double now_s) {
    std::vector<held_lock> locks;
    const std::string host = this_host();
    std::vector<std::string> seen;
    for (const std::string& directory : lock_directories(tree)) {
        std::error_code problem;
        const std::string real = fs::canonical(directory, problem).string();
        if (problem || std::find(seen.begin(), seen.end(), real) != seen.end()) continue;
        seen.push_back(real);
        fs::directory_iterator listing(directory, problem);
        for (; !problem && listing != fs::directory_iterator(); listing.increment(problem)) {
            const std::string name = listing->path().filename().string();
            // Claims have the lock's name and more.
            if (!is_master(name) && !name.ends_with(".lock") && !name.ends_with(".lck")) continue;
            if (auto lock = read_lock(directory + '/' + name, name, host, now_s)) {
                locks.push_back(std::move(*lock));
            }
        }
    }
    std::sort(locks.begin(), locks.end(),
              [](const held_lock& a, const held_lock& b) { return a.path < b.path; });
    return locks;
}

std::vector<finding> lock_findings(const std::vector<held_lock>& locks, mailman_version version,
                                   double now_s) {
    constexpr double long_s = 600;  // a post takes seconds, a digest at most minutes
    std::vector<finding> findings;
    const bool v3 = version == mailman_version::v3;
    for (const held_lock& lock : locks) {
        const std::string where = "locks/" + lock.name;
        const std::string whose = lock.host.empty() ? std::string("Its owner could not be read")
                                                    : fmt::format("Process {} on {} took it",
                                                                  lock.pid, printable(lock.host));
        const bool expired = lock.expires_s <= now_s;
        const std::string until = !expired ? "it expires at " + date_text(lock.expires_s) + " UTC"
                                           : "it expired at " + date_text(lock.expires_s) + " UTC";
        if (lock.alive == false) {
            finding f{expired && !lock.master ? severity::note : severity::attention,
                      "stale-lock",
                      where,
                      fmt::format("{}, but does not run any more; {}.", whose, until),
                      {}};
            if (lock.master) {
                f.what += expired ? " Mailman was not stopped cleanly. An expired lock does not "
                                    "keep it from starting."
                                  : " Mailman was not stopped cleanly, and refuses to start until "
                                    "the lock has expired.";
                f.to_do.push_back(
                    {"Check on every machine that shares these queues that no runner runs: a "
                     "second master would start every slice twice. Then start Mailman over the "
                     "lock.",
                     v3 ? "mailman start --force" : "mailmanctl -s start"});
            } else if (expired) {
                f.what += fmt::format(" The next program that needs the list '{}' breaks it.",
                                      printable(lock.list));
            } else {
                f.what += fmt::format(
                    " Whatever needs the list '{}' waits for it; posts to it are queued again.",
                    printable(lock.list));
                f.to_do.push_back(
                    {"Remove the lock and its claims.", "rm -i -- " + shell_word(lock.path) + "*"});
            }
            findings.push_back(std::move(f));
        } else if (lock.links == 1 && !v3) {
            findings.push_back(
                {severity::attention,
                 "lock-without-claim",
                 where,
                 fmt::format("{}, but its claim is gone (link count 1); {}. Each program that "
                             "wants it logs 'unexpected linkcount: 1'.",
                             whose, until),
                 {{"Remove it if that process does not run.",
                   "rm -i -- " + shell_word(lock.path)}}});
        } else if (!lock.master && lock.held_s && *lock.held_s >= long_s) {
            findings.push_back(
                {severity::attention,
                 "long-lock",
                 where,
                 fmt::format("{}; it has been held for {}, and {}. {}Entries of the list '{}' "
                             "wait for it.",
                             whose, age_text(*lock.held_s), until,
                             lock.alive ? "" : "Whether that process runs does not show here. ",
                             printable(lock.list)),
                 {{"Look what that process does there; remove the lock only if it is dead.",
                   lock.pid == 0 ? std::string() : fmt::format("ps -fp {}", lock.pid)}}});
        }
    }
    return findings;
}

}  // namespace qslice::sim::diagnosis
