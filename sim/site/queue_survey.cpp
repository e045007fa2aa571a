#include "sim/site/queue_survey.hpp"

#include "sim/site/quiet_file.hpp"

#include <qslice/core/entry_name.hpp>
#include <qslice/spool/entry_order.hpp>
#include <qslice/spool/mailman_order.hpp>
#include <qslice/spool/snapshot.hpp>
#include <qslice/world/detail/posix_list.hpp>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <functional>
#include <iterator>
#include <limits>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>

namespace qslice::sim::diagnosis {

namespace {

/// A file's attributes, as far as they are known.
struct file_times {
    std::optional<double> modified_s;  ///< written last
    std::optional<double> changed_s;   ///< written or renamed last
    std::optional<std::uint64_t> size_bytes;
    std::optional<struct stat> all;
};

/// Tells the attributes of a queue's file; nothing if it has disappeared.
using file_teller = std::function<std::optional<file_times>(const std::string& name)>;

double seconds_of(const timespec& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

std::optional<file_times> ask(int directory, const std::string& name) {
    struct stat s {};
    if (::fstatat(directory, name.c_str(), &s, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
    return file_times{seconds_of(s.st_mtim), seconds_of(s.st_ctim),
                      static_cast<std::uint64_t>(s.st_size), s};
}

/// The names with the lowest keys: a sample that depends only on the names.
class least_keys {
public:
    explicit least_keys(std::size_t most) : most_(most) {}

    /// Nearly all names of a large queue are turned down at once.
    void offer(std::uint32_t key, std::string_view name) {
        if (heap_.size() == most_ && (most_ == 0 || key >= heap_.front().first)) return;
        if (heap_.size() == most_) {
            std::pop_heap(heap_.begin(), heap_.end());
            heap_.pop_back();
        }
        heap_.emplace_back(key, std::string(name));
        std::push_heap(heap_.begin(), heap_.end());
    }

    [[nodiscard]] const std::vector<std::pair<std::uint32_t, std::string>>& names() const {
        return heap_;
    }

private:
    std::size_t most_;
    std::vector<std::pair<std::uint32_t, std::string>> heap_;
};

/// Collects the results of one listing.
class surveyor {
public:
    surveyor(const queue_plan& plan, const survey_options& options, queue_survey& found)
        : plan_(plan),
          options_(options),
          found_(found),
          stamps_(plan.division.slice_count()),
          sample_(options.all_sizes ? std::numeric_limits<std::size_t>::max() : options.sample),
          late_s_(options.late_s_of(found.queue)),
          late_(options.sample) {
        found_.slices.resize(stamps_.size());
    }

    void see(std::string_view name) {
        ++found_.names;
        auto cut = split_extension(name);
        const auto state = state_of(cut.extension);
        if (!state) {
            // The directory of the leases on its slices.
            if (name == "leases") return;
            note(found_.foreign, {.name = std::string(name)});
            return;
        }
        // A partial entry is called NAME.pck.tmp.
        if (*state == entry_state::partial) {
            if (const auto inner = split_extension(cut.base); state_of(inner.extension)) {
                cut.base = inner.base;
            }
        }
        const auto parts = split_entry_name(cut.base);
        entry_name entry;
        if (!parts || !try_parse_timestamp(parts->time, entry.time) ||
            !hash_value::try_parse(parts->hash, entry.hash)) {
            if (*state == entry_state::partial || *state == entry_state::preserved) {
                // No runner reads it, whatever its name is.
                note(found_.foreign, {.name = std::string(name)});
                return;
            }
            note(found_.malformed,
                 {.name = std::string(name), .what = parse_entry_name(cut.base).error().what});
            return;
        }
        const slice_index slice = plan_.division.slice_of(entry.hash);
        if (*state == entry_state::queued) {
            see_waiting(name, entry, slice);
            return;
        }
        odd_file file{.name = std::string(name), .stamp_s = entry.time.seconds, .slice = slice};
        if (*state == entry_state::preserved) {
            note(found_.preserved, std::move(file));
        } else if (*state == entry_state::in_hand) {
            ++found_.slices[slice].in_hand;
            keep(found_.in_hand, found_.in_hand_count, std::move(file));
        } else {
            keep(found_.partial, found_.partial_count, std::move(file));
        }
    }

    /// Combines the results.
    /// @param owner  the directory, whose owner Mailman runs as, if that is known
    void finish(const file_teller& ask, const std::optional<struct stat>& owner) {
        directory_ = owner;
        for (std::size_t k = 0; k < stamps_.size(); ++k) finish_slice(k);
        std::vector<double> ages;
        ages.reserve(found_.waiting);
        for (const auto& stamps : stamps_) {
            for (const double stamp : stamps) ages.push_back(options_.now_s - stamp);
        }
        found_.ages = distribution::of(ages);
        ask_sample(ask);
        ask_late(ask);
        for (slice_survey& slice : found_.slices) {
            if (slice.oldest) tell(ask, *slice.oldest);
        }
        for (auto* files : {&found_.in_hand, &found_.partial}) ask_each(ask, *files);
        for (auto* files : {&found_.preserved, &found_.malformed, &found_.orphans}) {
            ask_each(ask, files->examples);
        }
    }

private:
    void see_waiting(std::string_view name, const entry_name& entry, slice_index slice) {
        const double stamp = entry.time.seconds;
        const auto file = [&] {
            return odd_file{.name = std::string(name), .stamp_s = stamp, .slice = slice};
        };
        stamps_[slice].push_back(stamp);
        ++found_.waiting;
        sample_.offer(entry.hash.low(), name);
        if (options_.now_s - stamp >= late_s_) {
            ++found_.slices[slice].late_stamps;
            late_.offer(entry.hash.low(), name);
        }
        auto& oldest = found_.slices[slice].oldest;
        if (!oldest) {
            oldest = file();
        } else if (stamp < *oldest->stamp_s || (stamp == *oldest->stamp_s && name < oldest->name)) {
            // A directory may list the newest first; then each is the oldest so far.
            oldest->stamp_s = stamp;
            oldest->name = name;
        }
        if (stamp > options_.now_s) {
            note(found_.future, file());
            found_.most_ahead_s = std::max(found_.most_ahead_s, stamp - options_.now_s);
        }
        if (plan_.assumed_running) return;
        const std::uint32_t takers = plan_.takers(entry.hash);
        if (takers == 0) note(found_.orphans, file());
        if (takers > 1) note(found_.doubly_owned, file());
    }

    void keep(std::vector<odd_file>& files, std::uint64_t& count, odd_file file) const {
        ++count;
        if (files.size() < options_.most_odd_files) files.push_back(std::move(file));
    }

    /// Counts a file and keeps it as an example if it is among the first by name, so that the
    /// examples do not depend on the listing's order.
    void note(odd_files& files, odd_file file) const {
        ++files.count;
        auto& kept = files.examples;
        if (kept.size() == options_.examples) {
            if (kept.empty() || kept.back().name <= file.name) return;
            kept.pop_back();
        }
        const auto at =
            std::upper_bound(kept.begin(), kept.end(), file,
                             [](const odd_file& a, const odd_file& b) { return a.name < b.name; });
        kept.insert(at, std::move(file));
    }

    void finish_slice(std::size_t k) {
        slice_survey& slice = found_.slices[k];
        std::vector<double>& stamps = stamps_[k];
        slice.waiting = stamps.size();
        slice.runners = plan_.runners_of(static_cast<slice_index>(k));
        if (stamps.empty()) return;
        const auto [oldest, newest] = std::minmax_element(stamps.begin(), stamps.end());
        found_.oldest_s = std::min(found_.oldest_s.value_or(*oldest), *oldest);
        found_.newest_s = std::max(found_.newest_s.value_or(*newest), *newest);
        const std::vector<double> sorted = maybe_equal(stamps);
        for (std::size_t i = 0; i < sorted.size();) {
            std::size_t end = i + 1;
            while (end < sorted.size() && sorted[end] == sorted[i]) ++end;
            const std::uint64_t group = end - i;
            if (group > 1) slice.equal_times += group;
            if (group > 1 && group > found_.largest_equal_group) {
                found_.largest_equal_group = group;
                found_.equal_example_s = sorted[i];
            }
            i = end;
        }
        if (slice.equal_times > 0) slice.overtaken = overtaken(stamps);
        found_.equal_times += slice.equal_times;
        found_.overtaken += slice.overtaken;
    }

    /// Some stamps in order, and among them all that are equal to another one: those whose place in
    /// a table of bits another one has too. To sort them all would take longer than the listing.
    static std::vector<double> maybe_equal(const std::vector<double>& stamps) {
        const auto bits = static_cast<unsigned>(std::bit_width(stamps.size())) + 3U;
        const auto place = [&](double stamp) {
            // Both zeros are equal.
            const auto key = std::bit_cast<std::uint64_t>(stamp + 0.0);
            return static_cast<std::size_t>(key * 0x9E3779B97F4A7C15U >> (64 - bits));
        };
        std::vector<bool> once(std::size_t{1} << bits);
        std::vector<bool> more(std::size_t{1} << bits);
        for (const double stamp : stamps) {
            const std::size_t at = place(stamp);
            if (once[at]) more[at] = true;
            once[at] = true;
        }
        std::vector<double> found;
        std::copy_if(stamps.begin(), stamps.end(), std::back_inserter(found),
                     [&](double stamp) { return more[place(stamp)]; });
        std::sort(found.begin(), found.end());
        return found;
    }

    /// How many entries Mailman would take after one with a later stamp.
    /// @param stamps  of a slice, in the order of the listing
    static std::uint64_t overtaken(const std::vector<double>& stamps) {
        snapshot taken;
        // Any name with its own place in the listing works.
        for (const double stamp : stamps) taken.add({stamp}, "-");
        mailman_order{}(taken);
        std::uint64_t count = 0;
        double latest = -std::numeric_limits<double>::infinity();
        for (const listed_entry& entry : taken.entries()) {
            if (entry.time.seconds < latest) ++count;
            latest = std::max(latest, entry.time.seconds);
        }
        return count;
    }

    void ask_sample(const file_teller& ask) {
        std::vector<double> sizes;
        std::vector<double> stays;
        for (const auto& [key, name] : sample_.names()) {
            const auto told = ask(name);
            if (!told) continue;
            if (told->size_bytes) sizes.push_back(static_cast<double>(*told->size_bytes));
            if (told->modified_s) stays.push_back(options_.now_s - *told->modified_s);
            if (told->size_bytes == 0U) note(found_.empty, waiting_file(name));
            if (told->all && !owner_may_read(*told->all)) {
                note(found_.unreadable, waiting_file(name));
            }
        }
        if (!sample_.names().empty()) found_.sample_name = sample_.names().front().second;
        found_.sizes = distribution::of(sizes);
        found_.stays = distribution::of(stays);
    }

    void ask_late(const file_teller& ask) {
        for (const auto& [key, name] : late_.names()) {
            odd_file file = waiting_file(name);
            tell(ask, file);
            if (!file.written_s) continue;
            ++found_.late_looked;
            if (options_.now_s - *file.written_s >= late_s_) {
                found_.late.push_back(std::move(file));
            }
        }
        std::sort(found_.late.begin(), found_.late.end(), [](const odd_file& a, const odd_file& b) {
            return std::pair(*a.written_s, std::string_view(a.name)) <
                   std::pair(*b.written_s, std::string_view(b.name));
        });
    }

    [[nodiscard]] odd_file waiting_file(const std::string& name) const {
        odd_file file{.name = name};
        entry_name entry;
        const auto parts = split_entry_name(split_extension(name).base);
        if (parts && try_parse_timestamp(parts->time, entry.time) &&
            hash_value::try_parse(parts->hash, entry.hash)) {
            file.stamp_s = entry.time.seconds;
            file.slice = plan_.division.slice_of(entry.hash);
        }
        return file;
    }

    /// Whether the directory's owner, as whom Mailman's runners write there, may read a file.
    [[nodiscard]] bool owner_may_read(const struct stat& file) const {
        if (!directory_ || directory_->st_uid == 0) return true;
        if (file.st_uid == directory_->st_uid) return (file.st_mode & S_IRUSR) != 0;
        if (file.st_gid == directory_->st_gid) return (file.st_mode & S_IRGRP) != 0;
        return (file.st_mode & S_IROTH) != 0;
    }

    static void tell(const file_teller& ask, odd_file& file) {
        if (const auto told = ask(file.name)) {
            file.written_s = told->modified_s;
            file.changed_s = told->changed_s;
            file.size_bytes = told->size_bytes;
        }
    }

    static void ask_each(const file_teller& ask, std::vector<odd_file>& files) {
        for (odd_file& file : files) tell(ask, file);
        std::stable_sort(files.begin(), files.end(), [](const odd_file& a, const odd_file& b) {
            const double never = std::numeric_limits<double>::infinity();
            return std::pair(a.changed_s.value_or(never), std::string_view(a.name)) <
                   std::pair(b.changed_s.value_or(never), std::string_view(b.name));
        });
    }

    const queue_plan& plan_;
    const survey_options& options_;
    queue_survey& found_;
    std::vector<std::vector<double>> stamps_;  ///< by slice, in the order of the listing
    least_keys sample_;
    double late_s_;
    least_keys late_;
    std::optional<struct stat> directory_;
};

}  // namespace

distribution distribution::of(std::vector<double>& values) {
    distribution d;
    d.count = values.size();
    if (values.empty()) return d;
    // Each step only needs what follows the previous one.
    auto from = values.begin();
    const auto quantile = [&](double share) {
        const auto rank =
            static_cast<std::ptrdiff_t>(std::ceil(share * static_cast<double>(values.size())));
        const auto at = values.begin() + std::max<std::ptrdiff_t>(rank - 1, 0);
        std::nth_element(from, at, values.end());
        from = at;
        return *at;
    };
    d.least = quantile(0);
    d.p10 = quantile(0.1);
    d.p50 = quantile(0.5);
    d.p90 = quantile(0.9);
    d.p99 = quantile(0.99);
    d.most = quantile(1);
    for (const double v : values) d.sum += v;
    return d;
}

namespace {

/// What follows from the plan alone.
queue_survey planned(const std::string& queue, const std::string& directory,
                     const queue_plan& plan) {
    queue_survey found;
    found.queue = queue;
    found.directory = directory;
    found.division = plan.division.text();
    found.assumed_running = plan.assumed_running;
    found.expected_shares = plan.division.shares();
    for (const running_group& group : plan.groups) {
        found.numbers_in_use.push_back(group.division.slice_count());
    }
    return found;
}

}  // namespace

queue_survey survey_queue(const std::string& queue, const std::string& directory,
                          const queue_plan& plan, const survey_options& options) {
    const auto begin = std::chrono::steady_clock::now();
    queue_survey found = planned(queue, directory, plan);
    surveyor eye(plan, options, found);
    const auto opened = open_quietly(directory, O_DIRECTORY);
    if (opened) {
        auto see = [&](std::string_view name) { eye.see(name); };
        auto listed = qslice::detail::list_open_directory(opened->descriptor, directory, see);
        if (!listed) found.problem = listed.error();
        std::optional<struct stat> owner;
        struct stat own {};
        if (::fstat(opened->descriptor, &own) == 0) owner = own;
        eye.finish([&](const std::string& name) { return ask(opened->descriptor, name); }, owner);
    } else {
        found.problem = opened.error();
    }
    found.seconds_taken =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return found;
}

queue_survey survey_listing(const listed_queue& listed, const queue_plan& plan,
                            const survey_options& options) {
    const auto begin = std::chrono::steady_clock::now();
    queue_survey found = planned(listed.queue, listed.directory, plan);
    surveyor eye(plan, options, found);
    std::unordered_map<std::string_view, const listed_file*> by_name;
    for (const listed_file& file : listed.files) {
        // One that the listing has twice is one.
        if (by_name.try_emplace(file.name, &file).second) eye.see(file.name);
    }
    const auto tell = [&](const std::string& name) -> std::optional<file_times> {
        const auto at = by_name.find(name);
        if (at == by_name.end()) return std::nullopt;
        const listed_file& file = *at->second;
        file_times told{file.written_s, std::nullopt, file.size_bytes, std::nullopt};
        entry_name entry;
        // A waiting entry is written when it is queued, at its stamp or later.
        const auto cut = split_extension(name);
        if (!told.modified_s && state_of(cut.extension) == entry_state::queued &&
            try_parse_entry_time(cut.base, entry.time)) {
            told.modified_s = entry.time.seconds;
        }
        return told;
    };
    eye.finish(tell, std::nullopt);
    // Stamps are no times of files.
    if (std::none_of(listed.files.begin(), listed.files.end(),
                     [](const listed_file& file) { return file.written_s.has_value(); })) {
        found.stays = {};
    }
    found.seconds_taken =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return found;
}

}  // namespace qslice::sim::diagnosis
