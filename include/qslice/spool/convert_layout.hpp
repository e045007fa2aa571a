/// @file
/// Converts a queue to another layout: from Mailman's flat directory to places, from one number of
/// places to another, and back.
#pragma once

#include <qslice/core/entry_name.hpp>
#include <qslice/core/result.hpp>
#include <qslice/spool/layout.hpp>
#include <qslice/spool/queue_writer.hpp>
#include <qslice/world/world.hpp>

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice {

/// The outcome of convert_layout().
struct layout_conversion {
    std::size_t moved = 0;        ///< entries that were moved to the new layout
    std::size_t in_place = 0;     ///< entries that were already in it
    std::vector<error> problems;  ///< one per file that stays where it was, with the reason
};

namespace detail {

template <queue_layout To, queue_layout From, world World>
class layout_converter {
public:
    layout_converter(World& w, const std::string& directory, durability durable)
        : world_(w), directory_(directory), durable_(durable) {}

    result<layout_conversion> run() {
        // All files are listed first, so that none is visited twice.
        std::vector<std::string> places{""};
        auto listed = world_.list(directory_, [&](std::string_view name) {
            if (is_place(name) || is_place_of<To>(name) || is_place_of<From>(name)) {
                places.emplace_back(name);
            }
        });
        if (!listed) return failure(listed.error());
        for (const auto& place : places) {
            if (auto moved = move_all(place); !moved) return failure(moved.error());
        }
        for (const auto* touched : {&targets_, &sources_}) {
            for (const std::string& place : *touched) {
                auto synced = sync_directory_if(world_, durable_, place_path(directory_, place));
                if (!synced) return failure(synced.error());
            }
        }
        return std::move(done_);
    }

private:
    /// In-hand entries in the queue's directory are found there in every layout; in a place they
    /// are found only in the layout with that place.
    static bool is_to_move(std::string_view ending, std::string_view place) {
        return ending == extension(entry_state::queued) ||
               (ending == extension(entry_state::in_hand) && !place.empty());
    }

    result<void> move_all(const std::string& place) {
        std::vector<std::string> names;
        auto listed = world_.list(place_path(directory_, place), [&](std::string_view name) {
            if (is_to_move(split_extension(name).extension, place)) names.emplace_back(name);
        });
        if (!listed) return listed;
        for (const auto& name : names) move(place, name);
        return {};
    }

    void move(const std::string& place, const std::string& file_name) {
        std::string target;
        entry_name name;
        if (try_parse_entry_name(split_extension(file_name).base, name)) {
            target = To::place_of(name.hash);
        } else if (To::has_places) {
            auto problem = parse_entry_name(split_extension(file_name).base).error();
            problem.where = path_of(place, file_name);
            done_.problems.push_back(std::move(problem));
            return;
        }
        if (target == place) {
            ++done_.in_place;
        } else if (auto moved = move_to(place, target, file_name); !moved) {
            done_.problems.push_back(moved.error());
        } else {
            ++done_.moved;
            sources_.insert(place);
            targets_.insert(target);
        }
    }

    result<void> move_to(const std::string& place, const std::string& target,
                         const std::string& file_name) {
        if (!target.empty() && made_.insert(target).second) {
            auto made =
                world_.make_directory(place_path(directory_, target), directory_permissions);
            if (made) made = sync_directory_if(world_, durable_, directory_);
            if (!made) return made;
        }
        const std::string from = path_of(place, file_name);
        const std::string to = path_of(target, file_name);
        if (!world_.information(to)) return world_.rename(from, to);
        // A crash in the middle of an earlier conversion may have left both names.
        const auto same = have_same_content(from, to);
        if (!same) return failure(same.error());
        if (*same) return world_.remove(from);
        return failure(error_code::exists, from, "expected no other entry at " + to);
    }

    result<bool> have_same_content(const std::string& a, const std::string& b) {
        auto in_a = content(a);
        if (!in_a) return failure(in_a.error());
        auto in_b = content(b);
        if (!in_b) return failure(in_b.error());
        return *in_a == *in_b;
    }

    result<std::string> content(const std::string& path) {
        auto file = world_.open(path, open_mode::read, entry_permissions);
        if (!file) return failure(file.error());
        return world_.read(*file);
    }

    std::string path_of(std::string_view place, std::string_view file_name) const {
        return directory_ + '/' + placed_base(place, file_name);
    }

    World& world_;
    const std::string& directory_;
    durability durable_;
    layout_conversion done_;
    std::set<std::string> made_;
    std::set<std::string> sources_;
    std::set<std::string> targets_;
};

}  // namespace detail

/// Moves each entry of a queue to its place in the layout To, with one rename per entry.
///
/// A crash in the middle loses nothing: each entry is in its old place, its new one, or, if the
/// file system does not rename between directories atomically, in both; running the conversion
/// again completes it. Runners of a layout with places find entries in either location, so
/// conversion to places can be done while they run. For conversion back to flat, stop them first:
/// entries in hand are moved too, and flat runners do not see entries that are still in places.
/// Empty places are not removed.
/// @param directory  the queue's directory, "qfiles/in"
/// @returns what was done; an error if a directory cannot be listed or made durable, after which
/// the
///          conversion can be run again
/// @complexity one rename per entry that moves
template <queue_layout To, world World>
result<layout_conversion> convert_layout(World& w, const std::string& directory,
                                         durability durable = durability::file_and_directory) {
    return detail::layout_converter<To, To, World>(w, directory, durable).run();
}

/// The same from a layout of one's own, whose places are not named by hex digits.
template <queue_layout To, queue_layout From, world World>
result<layout_conversion> convert_layout(World& w, const std::string& directory,
                                         durability durable = durability::file_and_directory) {
    return detail::layout_converter<To, From, World>(w, directory, durable).run();
}

}  // namespace qslice
