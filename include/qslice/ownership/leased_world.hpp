/// @file
/// A world whose storage calls are refused once the lease of its process's slice is no longer
/// certain. A runner in it cannot take, finish or pass on anything after that.
#pragma once

#include <qslice/core/result.hpp>
#include <qslice/core/shared_bytes.hpp>
#include <qslice/ownership/lease_name.hpp>
#include <qslice/world/world.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace qslice {

/// Until when a slice is certainly its owner's. The keeper of the lease writes it, the runner reads
/// it.
/// @safety any two threads
struct lease_fence {
    lease_name lease;
    std::string spool;  ///< the directory that holds the queues' directories
    std::string queue;
    std::string where;                     ///< "qfiles/in, slice 0 of 3"
    std::atomic<double> sure_until_s = 0;  ///< by the process's steady clock
    std::atomic<double> last_call_s = 0;   ///< when the runner made its last storage call

    /// A number that grows with each owner of the slice and each division of the queue: whoever
    /// keeps the highest that it has seen can refuse those that come late.
    [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> token() const noexcept {
        return {lease.of.epoch, lease.number};
    }
};

/// A world behind a fence. Right before each storage call it looks at the clock: the call is made
/// only while the lease is certain. A process that was paused finds out at its next call; what it
/// was about to do when it was paused, one call, may still happen.
/// @safety as of the world; the fence may be written by another thread
template <world World>
class leased_world : public World {
public:
    /// No other process has entries of the slice in hand, so that any that are there are left over.
    static constexpr bool owns_alone = true;

    leased_world(World w, std::shared_ptr<lease_fence> fence)
        : World(std::move(w)), fence_(std::move(fence)) {}

    [[nodiscard]] const lease_fence& fence() const noexcept { return *fence_; }

    /// What the identity of the slice's owner ends with: "@in/1.0-of-3.7". By it others know what
    /// its locks are worth.
    [[nodiscard]] std::string identity_mark() const {
        return '@' + fence_->queue + '/' + to_string(fence_->lease);
    }

    /// Whether a process with that identity owned a slice and does so no more: then nothing that it
    /// has locked is in its hands, as each of its calls is refused.
    bool has_lost_lease(std::string_view identity) {
        const std::size_t at = identity.rfind('@');
        const std::size_t slash = identity.rfind('/');
        if (at == std::string_view::npos || slash == std::string_view::npos || slash < at ||
            !parse_lease_name(identity.substr(slash + 1))) {
            return false;
        }
        const auto there = this->information(
            lease_directory(fence_->spool + '/' +
                            std::string(identity.substr(at + 1, slash - at - 1))) +
            std::string(identity.substr(slash)));
        return !there && there.error().code == error_code::not_found;
    }

    /// Whether the process is to stop, as it is once it has lost its lease.
    [[nodiscard]] bool stop_requested() const {
        return World::stop_requested() || !is_sure(const_cast<leased_world&>(*this));
    }

    auto open(const std::string& path, open_mode mode, permissions bits) {
        return guarded<result<typename World::file>>(
            [&](World& w) { return w.open(path, mode, bits); });
    }
    result<void> write(typename World::file& f, std::string_view bytes) {
        return guarded<result<void>>([&](World& w) { return w.write(f, bytes); });
    }
    result<std::string> read(typename World::file& f) {
        return guarded<result<std::string>>([&](World& w) { return w.read(f); });
    }
    result<void> write_owned(typename World::file& f,
                             std::string&& bytes) requires shares_bytes<World> {
        return guarded<result<void>>([&](World& w) { return w.write_owned(f, std::move(bytes)); });
    }
    result<shared_bytes> read_shared(typename World::file& f) requires shares_bytes<World> {
        return guarded<result<shared_bytes>>([&](World& w) { return w.read_shared(f); });
    }
    result<void> rename(const std::string& from, const std::string& to) {
        return guarded<result<void>>([&](World& w) { return w.rename(from, to); });
    }
    result<void> rename_new(const std::string& from,
                            const std::string& to) requires renames_without_replacing<World> {
        return guarded<result<void>>([&](World& w) { return w.rename_new(from, to); });
    }
    result<void> link(const std::string& from, const std::string& to) {
        return guarded<result<void>>([&](World& w) { return w.link(from, to); });
    }
    result<void> remove(const std::string& path) {
        return guarded<result<void>>([&](World& w) { return w.remove(path); });
    }
    template <class Visit>
    result<void> list(const std::string& path, Visit&& visit) {
        return guarded<result<void>>([&](World& w) { return w.list(path, visit); });
    }

private:
    static double steady_seconds(World& w) {
        if constexpr (has_steady_clock<World>) return w.steady_s();
        return w.now().seconds;
    }

    [[nodiscard]] bool is_sure(World& w) const {
        return steady_seconds(w) < fence_->sure_until_s.load(std::memory_order_acquire);
    }

    template <class Result, class Call>
    Result guarded(Call&& make) {
        World& w = *this;
        const double now = steady_seconds(w);
        if (now >= fence_->sure_until_s.load(std::memory_order_acquire)) {
            return failure(error_code::timed_out, fence_->where,
                           "its lease has ended: another process may have the slice by now");
        }
        fence_->last_call_s.store(now, std::memory_order_release);
        return make(w);
    }

    std::shared_ptr<lease_fence> fence_;
};

}  // namespace qslice
