/// @file
/// The deployment file of a spool: written once for each change, read by every runner.
/// deployment.hpp says what is in it, deployment_text.hpp how.
#pragma once

#include <qslice/core/detail/whole_number.hpp>
#include <qslice/core/result.hpp>
#include <qslice/ownership/deployment.hpp>
#include <qslice/ownership/deployment_text.hpp>
#include <qslice/world/detail/claim_file.hpp>
#include <qslice/world/world.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace qslice {

/// The first part of a deployment file's name; the epoch follows: "deployment.3".
inline constexpr std::string_view deployment_name = "deployment.";

/// The file of an epoch.
/// @param spool  the directory that holds the queues' directories
inline std::string deployment_path(const std::string& spool, std::uint64_t epoch) {
    return spool + '/' + std::string(deployment_name) + std::to_string(epoch);
}

/// The latest epoch of which a spool has a file; 0: none.
/// @complexity one listing of the spool's directory, which holds the queues and these files
template <world World>
result<std::uint64_t> latest_epoch(World& w, const std::string& spool) {
    std::uint64_t latest = 0;
    auto listed = w.list(spool, [&](std::string_view name) {
        if (!name.starts_with(deployment_name)) return;
        if (const auto epoch =
                detail::whole_number<std::uint64_t>(name.substr(deployment_name.size()))) {
            latest = std::max(latest, *epoch);
        }
    });
    if (!listed) return failure(listed.error());
    return latest;
}

/// Reads the file of an epoch.
/// @returns `not_found` if there is none; `malformed` if it does not say what is expected
template <world World>
result<deployment> read_epoch(World& w, const std::string& spool, std::uint64_t epoch) {
    const std::string path = deployment_path(spool, epoch);
    auto file = w.open(path, open_mode::read, entry_permissions);
    if (!file) return failure(file.error());
    const auto text = w.read(*file);
    if (!text) return failure(text.error());
    auto parsed = parse_deployment(*text, path);
    if (parsed && parsed->epoch != epoch) {
        return failure(error_code::malformed, path,
                       "expected epoch = " + std::to_string(epoch) + ", as in its name, found " +
                           std::to_string(parsed->epoch));
    }
    return parsed;
}

/// What a spool's latest deployment file says; nothing: it has none.
template <world World>
result<std::optional<deployment>> read_deployment(World& w, const std::string& spool) {
    const auto epoch = latest_epoch(w, spool);
    if (!epoch) return failure(epoch.error());
    if (*epoch == 0) return std::optional<deployment>();
    auto read = read_epoch(w, spool, *epoch);
    if (!read) return failure(read.error());
    return std::optional<deployment>(*std::move(read));
}

/// Writes the file of an epoch: complete and durable, or not at all. A file is never changed; of
/// several processes that write the same epoch, one succeeds.
/// @param identity  of no other process of the site
/// @returns `exists` if the spool has a file of this epoch already; `rejected` if it lacks one of
///          the epoch before
template <world World>
result<void> write_deployment(World& w, const std::string& spool, const deployment& d,
                              std::string_view identity) {
    const std::string path = deployment_path(spool, d.epoch);
    if (d.epoch > 1) {
        const auto before = w.information(deployment_path(spool, d.epoch - 1));
        if (!before) {
            return failure(error_code::rejected, path,
                           "expected a file of epoch " + std::to_string(d.epoch - 1) +
                               " before it: " + before.error().to_string());
        }
    }
    const std::string claim = detail::claim_name(path, identity);
    auto done = detail::write_claim(w, claim, to_text(d));
    if (done) done = w.link(claim, path);
    (void)w.remove(claim);
    if (!done) return done;
    return w.sync_directory(spool);
}

/// Changes the number of slices of a queue while its runners run: writes the next epoch. Owners of
/// slices follow at their next look; see docs/takeover.md. Runners of fixed slices stop.
/// @param queue   empty: every queue
/// @param partition  empty: as it is, if that takes any number of slices
/// @returns the new epoch; `not_found` if the spool has no deployment file or the file does not
/// name
///          the queue; `rejected` if the queue's partition has weights, which a number alone does
///          not give; `exists` if another change was made at the same time
template <world World>
result<std::uint64_t> change_slices(World& w, const std::string& spool, std::string_view queue,
                                    std::uint64_t slices, std::string_view identity,
                                    std::string_view partition = {}) {
    const auto stated = read_deployment(w, spool);
    if (!stated) return failure(stated.error());
    if (!*stated) {
        return failure(error_code::not_found, spool,
                       "expected a deployment file, without which runners do not notice a change");
    }
    deployment next = **stated;
    ++next.epoch;
    bool found = false;
    for (queue_terms& terms : next.queues) {
        if (!queue.empty() && terms.queue != queue) continue;
        found = true;
        terms.slices = slices;
        if (!partition.empty()) terms.partition = partition;
        if (partition.empty() && terms.partition.find(':') != std::string::npos) {
            return failure(error_code::rejected, terms.queue + '/',
                           "expected the new weights, as its partition is " + terms.partition);
        }
    }
    if (!found || slices == 0) {
        return failure(found ? error_code::malformed : error_code::not_found,
                       std::string(queue) + '/',
                       found ? "expected at least 1 slice"
                             : "expected a queue that the deployment file names");
    }
    if (auto written = write_deployment(w, spool, next, identity); !written) {
        return failure(written.error());
    }
    return next.epoch;
}

/// A runner's view of its spool's deployment, which costs one stat per look.
///
/// Files are never changed, so that all that can happen is that the next epoch's appears.
/// @safety one object serves one thread
class deployment_watch {
public:
    explicit deployment_watch(std::string spool) : spool_(std::move(spool)) {}

    /// Looks whether there is a newer deployment, and reads it.
    /// @returns whether it is newer than at the last look; an error if it cannot be read, and the
    ///          next look tries again
    template <world World>
    result<bool> look(World& w) {
        if (!started_) {
            auto latest = read_deployment(w, spool_);
            if (!latest) return failure(latest.error());
            started_ = true;
            current_ = *std::move(latest);
            next_ = deployment_path(spool_, epoch() + 1);
            return current_.has_value();
        }
        bool is_newer = false;
        while (true) {
            if (const auto there = w.information(next_); !there) {
                if (there.error().code == error_code::not_found) return is_newer;
                return failure(there.error());
            }
            auto newer = read_epoch(w, spool_, epoch() + 1);
            if (!newer) return failure(newer.error());
            current_ = *std::move(newer);
            next_ = deployment_path(spool_, epoch() + 1);
            is_newer = true;
        }
    }

    /// What the last look found; nothing: the spool has no deployment file.
    [[nodiscard]] const std::optional<deployment>& current() const noexcept { return current_; }
    /// Its epoch; 0: none.
    [[nodiscard]] std::uint64_t epoch() const noexcept { return current_ ? current_->epoch : 0; }

private:
    std::string spool_;
    std::string next_;
    bool started_ = false;
    std::optional<deployment> current_;
};

}  // namespace qslice
