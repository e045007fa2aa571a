/// @file
/// The lease files of one queue as one process sees them: list, take, renew, give back, end.
/// slice_keeper.hpp decides which; here is how, by link, rename and remove alone.
#pragma once

#include <qslice/core/result.hpp>
#include <qslice/ownership/deployment_file.hpp>
#include <qslice/ownership/lease_content.hpp>
#include <qslice/ownership/lease_name.hpp>
#include <qslice/ownership/lease_survey.hpp>
#include <qslice/world/detail/claim_file.hpp>
#include <qslice/world/world.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice {

namespace detail {

template <world World>
double steady_seconds(World& w) {
    if constexpr (has_steady_clock<World>) return w.steady_s();
    return w.now().seconds;
}

}  // namespace detail

/// Takes, renews and gives back leases.
///
/// A lease is a file whose name has the slice and a number. Whoever links its claim to the next
/// number is the slice's next owner: of several, one succeeds, on NFS too. The owner renews it by
/// renaming a second file, whose name has a beat. No process removes what another may rely on: a
/// lease is over when one with a higher number exists, and only that one's owner removes lower
/// ones.
///
/// Both look at each other's files after changing their own: an owner that renews looks whether
/// there is a higher number, and one that takes over looks whether the lease that it follows was
/// renewed after all. So at least one of two that do so at once gives way.
/// @safety one object serves one thread
template <world World>
class lease_files {
public:
    /// @param queue_directory  whose leases they are
    /// @param identity  of no other process of the site that takes from the queue
    lease_files(World w, const std::string& queue_directory, std::string identity)
        : world_(std::move(w)),
          directory_(lease_directory(queue_directory)),
          identity_(std::move(identity)) {
        std::replace(identity_.begin(), identity_.end(), ' ', '_');
        claim_ = detail::claim_name(directory_ + "/claim", identity_);
    }

    [[nodiscard]] const std::string& identity() const noexcept { return identity_; }

    [[nodiscard]] std::string path_of(const lease_name& l) const {
        return directory_ + '/' + to_string(l);
    }

    /// @complexity one listing of the leases' directory
    result<lease_survey> look() {
        lease_survey seen;
        auto listed = world_.list(directory_, [&](std::string_view name) { seen.add(name); });
        if (!listed && listed.error().code == error_code::not_found) {
            auto made = world_.make_directory(directory_, directory_permissions);
            if (!made) return failure(made.error());
            return seen;
        }
        if (!listed) return failure(listed.error());
        return seen;
    }

    /// What a lease's file says; nothing if it is gone or incomplete.
    std::optional<lease_content> read(const lease_name& l) {
        auto file = world_.open(path_of(l), open_mode::read, entry_permissions);
        if (!file) return std::nullopt;
        const auto text = world_.read(*file);
        return text ? parse_lease(*text) : std::nullopt;
    }

    /// Takes a lease whose number nobody has had, durably.
    /// @param before  the lease that it follows, as it was found, if its owner did not give it
    /// back;
    ///                if it has been renewed since, the new lease is withdrawn
    /// @returns `exists` if another process was faster or the owner before is alive
    result<void> take(const lease_name& l, const lease_content& content,
                      const std::optional<seen_lease>& before) {
        if (auto written = detail::write_claim(world_, claim_, to_text(content)); !written)
            return written;
        if (auto linked = world_.link(claim_, path_of(l)); !linked) {
            (void)world_.remove(claim_);
            return linked;
        }
        // Its beat may still be there from a lease of that number that was withdrawn.
        auto done = world_.link(claim_, beat_path(l, 0));
        if (!done && done.error().code == error_code::exists) done = {};
        (void)world_.remove(claim_);
        if (done) done = world_.sync_directory(directory_);
        if (!done) return withdraw(l, done);
        if (before) {
            bool is_renewed = false;
            auto listed = world_.list(directory_, [&](std::string_view name) {
                const auto beat = detail::parse_beat(name);
                is_renewed |= beat && beat->name == before->name && beat->beat > before->beat;
            });
            if (listed && is_renewed) {
                listed =
                    failure(error_code::exists, path_of(before->name), "it was renewed after all");
            }
            if (!listed) return withdraw(l, listed);
        }
        const auto seen = look();
        if (!seen) return withdraw(l, failure(seen.error()));
        const seen_lease* const highest = seen->find(l.of);
        if (highest == nullptr || !(highest->name == l)) {
            return withdraw(l, failure(error_code::exists, path_of(l),
                                       "another process has taken the slice since"));
        }
        return {};
    }

    /// Renews a lease that this process holds. It is renewed once a look after that finds it with
    /// the next beat, and still the highest of its slice.
    result<void> renew(const seen_lease& l) {
        return world_.rename(beat_path(l.name, l.beat), beat_path(l.name, l.beat + 1));
    }

    /// Gives back a lease that this process holds.
    result<void> give_back(const seen_lease& l) {
        lease_name free = l.name;
        free.given_back = true;
        auto back = world_.rename(path_of(l.name), path_of(free));
        (void)world_.remove(beat_path(l.name, l.beat));
        return back;
    }

    /// Ends a lease of an older division whose owner is gone: takes the next number, and gives it
    /// back at once.
    result<void> end(const seen_lease& l, const lease_content& own) {
        lease_name next = l.name;
        ++next.number;
        if (auto taken = take(next, own, l); !taken) return taken;
        auto back = give_back({next, 0});
        if (back) remove_below(next);
        return back;
    }

    /// Removes the files of leases that a higher number, or a later division, has ended.
    void remove_below(const lease_name& l) {
        std::vector<std::string> old;
        (void)world_.list(directory_, [&](std::string_view name) {
            const auto beat = detail::parse_beat(name);
            const auto other = beat ? std::optional(beat->name) : parse_lease_name(name);
            if (!other) return;
            const bool same = other->of == l.of && other->number < l.number;
            const bool of_old_division = other->given_back && other->of.epoch + 1 < l.of.epoch;
            if (same || of_old_division) old.push_back(directory_ + '/' + std::string(name));
        });
        // In an order that does not depend on the directory's.
        std::sort(old.begin(), old.end());
        for (const std::string& path : old) (void)world_.remove(path);
    }

    /// Says that the slice's own owner is there and wants it back; to be repeated.
    /// @param beat  how often it said so before
    result<void> want(const leased_slice& s, std::uint64_t beat, const lease_content& content) {
        if (beat > 0) return world_.rename(want_path(s, beat), want_path(s, beat + 1));
        if (auto written = detail::write_claim(world_, claim_, to_text(content)); !written)
            return written;
        return world_.rename(claim_, want_path(s, 1));
    }
    void stop_wanting(const leased_slice& s) {
        const auto seen = look();
        if (!seen) return;
        const auto want = seen->wanted.find(s);
        if (want != seen->wanted.end()) (void)world_.remove(want_path(s, want->second));
    }

private:
    [[nodiscard]] std::string beat_path(const lease_name& l, std::uint64_t beat) const {
        return path_of(l) + std::string(detail::beat_mark) + std::to_string(beat);
    }
    // The want of a slice is named as the beat of a lease of number 1 is.
    [[nodiscard]] std::string want_path(const leased_slice& s, std::uint64_t beat) const {
        return path_of({s, 1, false}) + std::string(detail::want_mark) + std::to_string(beat);
    }

    result<void> withdraw(const lease_name& l, result<void> because) {
        (void)world_.remove(beat_path(l, 0));
        (void)world_.remove(path_of(l));
        return because;
    }

    World world_;
    std::string directory_;
    std::string identity_;
    std::string claim_;
};

}  // namespace qslice
