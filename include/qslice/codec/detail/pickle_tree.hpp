/// @file
/// Turns the graph that a pickle has built into a tree of values: what is shared is copied.
/// The last step of the pickle machine.
#pragma once

#include <qslice/codec/detail/pickle_budget.hpp>
#include <qslice/codec/detail/pickle_nodes.hpp>
#include <qslice/codec/value.hpp>
#include <qslice/core/unicode.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace qslice::detail {

/// As deep as a message of 150 parts within one another.
inline constexpr int most_nesting = 600;

class pickle_tree {
public:
    /// @param position  where the pickle ends
    pickle_tree(pickle_nodes& nodes, pickle_budget& budget, std::size_t position)
        : nodes_(nodes), budget_(budget), position_(position) {}

    /// Turns a node into a tree, once: what has one place in the graph is moved there.
    /// @returns null, or why it cannot be done
    const char* convert(pickle_nodes::index from, value& to) {
        build(from, to, true, most_nesting);
        return problem_;
    }

private:
    bool fail(const char* problem) {
        if (problem_ == nullptr) problem_ = problem;
        return false;
    }

    bool spend(std::size_t bytes) {
        return budget_.take(bytes, position_) || fail(pickle_budget::exceeded);
    }

    /// @param moves  whether all that contains the node has one place
    bool build(pickle_nodes::index from, value& to, bool moves, int nesting) {
        moves = moves && !nodes_.is_shared(from);
        if (nesting == 0) return fail("nested too deeply, or contains itself");
        switch (nodes_.kind_of(from)) {
            case node_kind::none: to = none{}; return true;
            case node_kind::boolean: to = nodes_.integer(from) != 0; return true;
            case node_kind::integer: to = nodes_.integer(from); return true;
            case node_kind::real: to = nodes_.real(from); return true;
            case node_kind::big: return build_string<big_integer>(from, to, moves);
            case node_kind::text_view:
            case node_kind::text: return build_string<std::string>(from, to, moves);
            case node_kind::foreign_view:
            case node_kind::foreign: return build_string<foreign_string>(from, to, moves);
            case node_kind::named_class: return build_string<value_class>(from, to, moves);
            case node_kind::list: return build_items<value_list>(from, to, moves, nesting);
            case node_kind::tuple: return build_items<value_tuple>(from, to, moves, nesting);
            case node_kind::set: return build_items<value_set>(from, to, moves, nesting);
            case node_kind::dictionary: return build_dictionary(from, to, moves, nesting);
            case node_kind::object: return build_object(from, to, moves, nesting);
        }
        return true;
    }

    template <class T>
    bool build_string(pickle_nodes::index from, value& to, bool moves) {
        const node_kind kind = nodes_.kind_of(from);
        if (moves && kind != node_kind::text_view && kind != node_kind::foreign_view) {
            to = T{nodes_.take_string(from)};
            return true;
        }
        const std::string_view bytes = nodes_.bytes_of(from);
        if (!spend(bytes.size())) return false;
        to = T{std::string(bytes)};
        return true;
    }

    template <class T>
    bool build_items(pickle_nodes::index from, value& to, bool moves, int nesting) {
        const auto& parts = nodes_.parts_of(from);
        T built;
        if (!spend(parts.size() * sizeof(value))) return false;
        built.items.resize(parts.size());
        for (std::size_t i = 0; i < parts.size(); ++i) {
            if (!build(parts[i], built.items[i], moves, nesting - 1)) return false;
        }
        to = std::move(built);
        return true;
    }

    /// As in Python, a key given twice keeps its first place and its last value.
    bool build_dictionary(pickle_nodes::index from, value& to, bool moves, int nesting) {
        const auto& parts = nodes_.parts_of(from);
        value_dictionary d;
        if (!spend(parts.size() * sizeof(value))) return false;
        d.items.reserve(parts.size() / 2);
        std::unordered_map<std::string, std::size_t> places;  // where there are many
        for (std::size_t i = 0; i + 1 < parts.size(); i += 2) {
            value key;
            value item;
            if (!build(parts[i], key, moves, nesting - 1) ||
                !build(parts[i + 1], item, moves, nesting - 1)) {
                return false;
            }
            value* const before = value_of(d, key.get_if<std::string>(), places);
            if (problem_ != nullptr) return false;
            if (before != nullptr) {
                *before = std::move(item);
            } else {
                d.items.emplace_back(std::move(key), std::move(item));
            }
        }
        to = std::move(d);
        return true;
    }

    /// The value of a key that is there already; otherwise the key is about to be added.
    value* value_of(value_dictionary& d, const std::string* key,
                    std::unordered_map<std::string, std::size_t>& places) {
        if (key == nullptr) return nullptr;
        constexpr std::size_t few = 16;
        if (d.items.capacity() > few) {
            constexpr std::size_t map_node = 64;
            if (!spend(map_node + key->size())) return nullptr;
            const auto [at, fresh] = places.try_emplace(*key, d.items.size());
            return fresh ? nullptr : &d.items[at->second].second;
        }
        for (auto& [known, item] : d.items) {
            const auto* text = known.get_if<std::string>();
            if (text != nullptr && *text == *key) return &item;
        }
        return nullptr;
    }

    bool build_object(pickle_nodes::index from, value& to, bool moves, int nesting) {
        const auto& parts = nodes_.parts_of(from);
        value_object object;
        const std::string_view name = nodes_.bytes_of(parts[0]);
        if (!spend(sizeof object + name.size() + sizeof(value))) return false;
        object.class_name = name;
        object.made_by = nodes_.made_by(from);
        value arguments;
        if (!build(parts[1], arguments, moves, nesting - 1)) return false;
        if (auto* given = arguments.get_if<value_tuple>()) {
            object.arguments = std::move(given->items);
        }
        if (parts.size() > 2) {
            object.state.emplace_back();
            if (!build(parts[2], object.state.front(), moves, nesting - 1)) return false;
        }
        if (const auto moment = as_date_time(object)) {
            to = *moment;
        } else {
            to = std::move(object);
        }
        return true;
    }

    /// Python's datetime pickles itself as a call with its ten bytes; one with a zone has more.
    static std::optional<date_time> as_date_time(const value_object& object) {
        if (object.class_name != "datetime.datetime" || object.arguments.size() != 1 ||
            object.made_by != construction::call || !object.state.empty()) {
            return std::nullopt;
        }
        const std::string* packed = object.arguments.front().text();
        return packed == nullptr ? std::nullopt : unpack_date_time(*packed);
    }

    pickle_nodes& nodes_;
    pickle_budget& budget_;
    std::size_t position_;
    const char* problem_ = nullptr;
};

}  // namespace qslice::detail
