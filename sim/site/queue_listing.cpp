#include "sim/site/queue_listing.hpp"

#include "sim/site/queue_tree.hpp"
#include "sim/site/scanner.hpp"
#include "sim/stream/input_file.hpp"

#include <qslice/core/detail/whole_number.hpp>
#include <qslice/core/entry_name.hpp>

#include <date/date.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <string_view>
#include <utility>

#include <sys/stat.h>

namespace qslice::sim::diagnosis {

namespace {

using line_words = std::vector<std::string_view>;

line_words words_in(std::string_view line) {
    constexpr std::string_view blanks = " \t\r\"'`";
    line_words found;
    while (true) {
        const std::size_t begin = line.find_first_not_of(blanks);
        if (begin == std::string_view::npos) return found;
        line.remove_prefix(begin);
        const std::size_t end = std::min(line.find_first_of(blanks), line.size());
        found.push_back(line.substr(0, end));
        line.remove_prefix(end);
    }
}

bool is_entry_name(std::string_view name) {
    const auto cut = split_extension(name);
    return state_of(cut.extension) && cut.base.find('+') != std::string_view::npos &&
           !cut.base.empty() && is_digit(cut.base.front());
}

std::optional<double> number(std::string_view word) {
    double value = 0;
    const auto [end, problem] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (problem != std::errc{} || end != word.data() + word.size()) return std::nullopt;
    return value;
}

/// "-rw-rw----", with a mark of SELinux or access lists behind it or not.
bool is_mode(std::string_view word) {
    constexpr std::size_t size = 10;
    return word.size() >= size && word.size() <= size + 1 &&
           std::string_view("-bcdlps").find(word.front()) != std::string_view::npos &&
           word.substr(1, size - 1).find_first_not_of("rwxsStT-") == std::string_view::npos;
}

/// "2025-07-12", "10:31:10.123456789", "+0200", as --time-style=full-iso and stat print a time.
std::optional<double> full_time(std::string_view day, std::string_view clock,
                                std::string_view zone) {
    scanner in{day};
    int year = 0;
    unsigned month = 0;
    unsigned monthday = 0;
    if (!in.number(year) || !in.literal("-") || !in.two_digits(month) || !in.literal("-") ||
        !in.two_digits(monthday) || !in.rest.empty()) {
        return std::nullopt;
    }
    const date::year_month_day ymd =
        date::year{year} / static_cast<int>(month) / date::day{monthday};
    if (!ymd.ok() || zone.size() != 5 || (zone[0] != '+' && zone[0] != '-')) return std::nullopt;
    in = {clock};
    unsigned hour = 0;
    unsigned minute = 0;
    unsigned zone_hour = 0;
    unsigned zone_minute = 0;
    if (!in.two_digits(hour) || !in.literal(":") || !in.two_digits(minute) || !in.literal(":")) {
        return std::nullopt;
    }
    const auto second = number(in.rest);
    scanner offset{zone.substr(1)};
    if (!second || !offset.two_digits(zone_hour) || !offset.two_digits(zone_minute)) {
        return std::nullopt;
    }
    const double ahead = (zone[0] == '-' ? -1.0 : 1.0) * (zone_hour * 3600.0 + zone_minute * 60.0);
    const auto days =
        std::chrono::duration_cast<std::chrono::seconds>(date::sys_days{ymd}.time_since_epoch());
    return static_cast<double>(days.count()) + hour * 3600.0 + minute * 60.0 + *second - ahead;
}

/// What a line of ls -l, or else of find or stat with a format, tells of a file.
void tell(listed_file& file, const line_words& line, std::size_t at) {
    const auto mode = std::find_if(line.begin(), line.end(), is_mode);
    if (mode != line.end()) {
        constexpr std::ptrdiff_t to_size = 4;
        if (line.end() - mode <= to_size + 3) return;
        file.size_bytes = qslice::detail::whole_number<std::uint64_t>(mode[to_size]);
        file.written_s = full_time(mode[to_size + 1], mode[to_size + 2], mode[to_size + 3]);
        return;
    }
    // A time is in seconds since 1970, and no entry is so large.
    constexpr double least_time = 1e8;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (i == at) continue;
        const auto value = number(line[i]);
        if (!value) continue;
        if (*value >= least_time) {
            if (!file.written_s) file.written_s = value;
        } else if (!file.size_bytes) {
            file.size_bytes = qslice::detail::whole_number<std::uint64_t>(line[i]);
        }
    }
    for (std::size_t i = 0; !file.written_s && i + 2 < line.size(); ++i) {
        file.written_s = full_time(line[i], line[i + 1], line[i + 2]);
    }
}

class listing_reader {
public:
    explicit listing_reader(std::string own_name) : own_name_(std::move(own_name)) {}

    void see(std::string_view text) {
        const line_words line = words_in(text);
        if (line.empty()) return;
        bool any = false;
        for (std::size_t i = 0; i < line.size(); ++i) {
            const std::string_view name = last_part(line[i]);
            if (!is_entry_name(name)) continue;
            any = true;
            const std::string_view before = line[i].substr(0, line[i].size() - name.size());
            listed_queue& queue = queue_in(before.empty() ? directory_ : std::string(before));
            listed_file file{std::string(name)};
            tell(file, line, i);
            queue.files.push_back(std::move(file));
            last_ = &queue;
        }
        if (any) return;
        if (last_ != nullptr && line.size() > 1 && line[0] == "Size:") {
            last_->files.back().size_bytes = qslice::detail::whole_number<std::uint64_t>(line[1]);
        } else if (last_ != nullptr && line.size() > 3 && line[0] == "Modify:") {
            last_->files.back().written_s = full_time(line[1], line[2], line[3]);
        } else {
            see_directory(line);
        }
    }

    result<std::optional<queue_listing>> finish(const std::string& path) {
        queue_listing listing;
        for (listed_queue& queue : queues_) {
            for (const listed_file& file : queue.files) {
                ++listing.files;
                listing.times += file.written_s ? 1 : 0;
            }
            listing.queues.push_back(std::move(queue));
        }
        if (listing.files == 0) return std::optional<queue_listing>();
        std::stable_sort(listing.queues.begin(), listing.queues.end(),
                         [](const listed_queue& a, const listed_queue& b) {
                             return place_on_the_way(a.queue) < place_on_the_way(b.queue);
                         });
        std::vector<std::string> names;
        bool is_below_qfiles = false;
        for (const listed_queue& queue : listing.queues) {
            names.push_back(queue.queue);
            is_below_qfiles |= queue.directory.find("qfiles/") != std::string::npos;
        }
        listing.version = is_below_qfiles ? mailman_version::v21 : version_of_queues(names);
        struct stat own {};
        if (::stat(path.c_str(), &own) == 0) listing.made_s = static_cast<double>(own.st_mtime);
        return std::optional(std::move(listing));
    }

private:
    /// "/var/lib/mailman/qfiles/in:" of ls -R, or the command with the directory.
    void see_directory(const line_words& line) {
        std::string_view place = line.back();
        const bool is_header = line.size() == 1 && place.ends_with(':');
        const bool is_command = std::any_of(line.begin(), line.end(), [](std::string_view word) {
            return word == "ls" || word == "find" || word == "stat" || word == "ll";
        });
        if (is_header) place.remove_suffix(1);
        if (!is_header && !is_command) return;
        while (place.size() > 1 && (place.ends_with('/') || place.ends_with('*'))) {
            place.remove_suffix(1);
        }
        if (find_queue(last_part(place)) == nullptr) {
            if (is_header) directory_.clear();
            return;
        }
        directory_ = place;
        if (is_header) queue_in(directory_);
    }

    listed_queue& queue_in(std::string directory) {
        while (directory.size() > 1 && directory.ends_with('/')) directory.pop_back();
        const auto at = std::find_if(queues_.begin(), queues_.end(), [&](const listed_queue& q) {
            return q.directory == directory;
        });
        if (at != queues_.end()) return *at;
        std::string queue(directory.empty() ? own_name_ : last_part(directory));
        queues_.push_back({std::move(queue), std::move(directory)});
        // They may have moved.
        last_ = nullptr;
        return queues_.back();
    }

    std::string own_name_;
    std::string directory_;
    std::vector<listed_queue> queues_;
    listed_queue* last_ = nullptr;
};

}  // namespace

result<std::optional<queue_listing>> read_listing(const std::string& path) {
    auto file = input_file::open(path);
    if (!file) return failure(file.error());
    // "in.txt" is a listing of in/ where no line says of what.
    std::string own(last_part(path));
    own = own.substr(0, own.find('.'));
    listing_reader reader(find_queue(own) != nullptr ? own : "queue");
    std::string_view line;
    while (true) {
        const auto more = file->next_line(line);
        if (!more) return failure(more.error());
        if (!*more) break;
        if (line.find('\0') != std::string_view::npos) return std::optional<queue_listing>();
        reader.see(line);
    }
    return reader.finish(path);
}

}  // namespace qslice::sim::diagnosis
