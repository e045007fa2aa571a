/// @file
/// The values that a pickle builds while it is read: a graph, since its parts may be shared.
/// The pickle machine fills it and turns it into a tree of values at the end.
#pragma once

#include <qslice/codec/unicode.hpp>
#include <qslice/codec/value.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace qslice::detail {

inline constexpr std::size_t most_values = 4'000'000;
inline constexpr int most_nesting = 200;

class pickle_nodes {
public:
    using index = std::uint32_t;
    enum class kind : std::uint8_t { scalar, list, tuple, dictionary, object };

    index add(value scalar) {
        kind k = kind::scalar;
        if (scalar.get_if<value_list>()) k = kind::list;
        if (scalar.get_if<value_tuple>()) k = kind::tuple;
        if (scalar.get_if<value_dictionary>()) k = kind::dictionary;
        return add(node{k, std::move(scalar), {}, false});
    }
    index add(kind k, std::vector<index> items) {
        return add(node{k, {}, std::move(items), false});
    }
    index add_class(std::string name) {
        return add(node{kind::object, value(std::move(name)), {}, false});
    }

    [[nodiscard]] kind kind_of(index i) const { return nodes_[i].kind; }

    /// Notes that a node is to have a further place in the graph.
    void share(index i) { nodes_[i].shared = true; }

    /// Room for so many nodes without moving those that are there.
    void reserve(std::size_t count) { nodes_.reserve(count); }

    [[nodiscard]] std::string text(index i) const {
        if (const auto* s = nodes_[i].scalar.get_if<std::string>()) return *s;
        if (const auto* s = nodes_[i].scalar.get_if<foreign_string>()) return s->text;
        return {};
    }

    template <class Iterator>
    void append(index container, Iterator first, Iterator last) {
        auto& items = nodes_[container].items;
        constexpr std::size_t usual = 16;
        if (items.empty()) items.reserve(usual);
        items.insert(items.end(), first, last);
    }

    /// The description of a call: the class's node is left as it is, since it may be shared.
    index call(index callee, index arguments) {
        const std::string name = text(callee);
        const auto& given = nodes_[arguments].items;
        // The one call that stands for plain data: how Python 3 writes bytes in protocols 0-2.
        if (name == "_codecs.encode" && given.size() == 2 && text(given[1]) == "latin1") {
            return add(value(foreign_string{latin1_bytes(text(given[0]))}));
        }
        if (name == "__builtin__.bytes" && given.empty()) return add(value(foreign_string{}));
        return add(node{kind::object, value(name), {arguments}, false});
    }

    bool set_state(index object, index state) {
        node& n = nodes_[object];
        if (n.kind != kind::object || n.items.size() != 1) return false;
        n.items.push_back(state);
        return true;
    }

    /// Turns a node into a tree, once: what has one place in the graph is moved there.
    /// @returns null, or why it cannot be done
    const char* convert(index from, value& to) {
        std::size_t budget = most_values;
        return convert(from, to, true, budget, most_nesting);
    }

private:
    struct node {
        pickle_nodes::kind kind;
        value scalar;              ///< a scalar's value; an object's class name
        std::vector<index> items;  ///< parts; of an object: its arguments, then its state
        bool shared = false;       ///< has several places
    };

    index add(node n) {
        nodes_.push_back(std::move(n));
        return static_cast<index>(nodes_.size() - 1);
    }

    static std::string latin1_bytes(std::string_view utf8) {
        std::string bytes;
        while (!utf8.empty()) bytes += static_cast<char>(take_code_point(utf8) & 0xff);
        return bytes;
    }

    /// @param moves  whether all that contains the node has one place
    const char* convert(index from, value& to, bool moves, std::size_t& budget, int nesting) {
        node& n = nodes_[from];
        moves = moves && !n.shared;
        if (nesting == 0) return "nested too deeply, or contains itself";
        if (budget < n.items.size() + 1) return "too many values";
        budget -= n.items.size() + 1;
        if (n.kind == kind::scalar) {
            if (moves) {
                to = std::move(n.scalar);
            } else {
                to = n.scalar;
            }
            return nullptr;
        }
        std::vector<value> parts(n.items.size());
        for (std::size_t i = 0; i < parts.size(); ++i) {
            if (const char* problem = convert(n.items[i], parts[i], moves, budget, nesting - 1)) {
                return problem;
            }
        }
        switch (n.kind) {
            case kind::scalar: break;
            case kind::list: to = value_list{std::move(parts)}; break;
            case kind::tuple: to = value_tuple{std::move(parts)}; break;
            case kind::dictionary: to = dictionary(std::move(parts)); break;
            case kind::object: to = object(n, std::move(parts)); break;
        }
        return nullptr;
    }

    /// As in Python, a key given twice keeps its first place and its last value.
    static value dictionary(std::vector<value> parts) {
        value_dictionary d;
        d.items.reserve(parts.size() / 2);
        std::unordered_map<std::string, std::size_t> places;  // where there are many
        for (std::size_t i = 0; i + 1 < parts.size(); i += 2) {
            value* const before = value_of(d, parts[i].get_if<std::string>(), places);
            if (before != nullptr) {
                *before = std::move(parts[i + 1]);
            } else {
                d.items.emplace_back(std::move(parts[i]), std::move(parts[i + 1]));
            }
        }
        return d;
    }

    /// The value of a key that is there already; otherwise the key is about to be added.
    static value* value_of(value_dictionary& d, const std::string* key,
                           std::unordered_map<std::string, std::size_t>& places) {
        if (key == nullptr) return nullptr;
        constexpr std::size_t few = 16;
        if (d.items.capacity() > few) {
            const auto [at, fresh] = places.try_emplace(*key, d.items.size());
            return fresh ? nullptr : &d.items[at->second].second;
        }
        for (auto& [known, item] : d.items) {
            const auto* text = known.get_if<std::string>();
            if (text != nullptr && *text == *key) return &item;
        }
        return nullptr;
    }

    static value object(const node& n, std::vector<value> parts) {
        value_object o{*n.scalar.get_if<std::string>(), {}, {}};
        if (!parts.empty()) {
            if (const auto* arguments = parts[0].get_if<value_tuple>()) {
                o.arguments = arguments->items;
            }
            if (parts.size() > 1) o.state.push_back(std::move(parts[1]));
        }
        return o;
    }

    std::vector<node> nodes_;
};

}  // namespace qslice::detail
