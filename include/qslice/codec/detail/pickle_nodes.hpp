/// @file
/// The values that a pickle builds while it is read: a graph, since its parts may be shared.
/// The pickle machine fills it; pickle_tree.hpp turns it into a tree of values at the end.
#pragma once

#include <qslice/codec/value.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice::detail {

/// What a node of the graph is.
enum class node_kind : std::uint8_t {
    none,
    boolean,
    integer,
    real,
    big,           ///< a big_integer, its digits owned
    text_view,     ///< an ordinary string whose bytes stand in the input
    text,          ///< an ordinary string that was decoded
    foreign_view,  ///< a foreign_string whose bytes stand in the input
    foreign,
    list,
    tuple,
    dictionary,
    set,
    named_class,
    object,
};

/// The nodes of one pickle. Sixteen bytes each beside what containers and decoded strings hold:
/// strings that the pickle has as they are stay in the input until the tree is built.
class pickle_nodes {
public:
    using index = std::uint32_t;
    using parts = std::vector<index>;

    index add_constant(qslice::none) { return add(node(node_kind::none)); }
    index add_constant(bool b) {
        node n(node_kind::boolean);
        n.integer = b ? 1 : 0;
        return add(n);
    }
    index add_constant(std::int64_t i) {
        node n(node_kind::integer);
        n.integer = i;
        return add(n);
    }
    index add_constant(double d) {
        node n(node_kind::real);
        n.real = d;
        return add(n);
    }
    /// @param kind  text_view or foreign_view
    index add_view(node_kind kind, std::string_view bytes) {
        node n(kind);
        n.size = static_cast<std::uint32_t>(bytes.size());
        n.begin = bytes.data();
        return add(n);
    }
    /// @param kind  big, text, foreign or named_class
    index add_string(node_kind kind, std::string bytes) {
        strings_.push_back(std::move(bytes));
        return add_at(kind, strings_.size() - 1);
    }
    /// @param kind  list, tuple, dictionary or set
    index add_container(node_kind kind, parts items) {
        containers_.push_back(std::move(items));
        return add_at(kind, containers_.size() - 1);
    }
    index add_object(index callee, index arguments, construction made_by) {
        const index at = add_container(node_kind::object, {callee, arguments});
        nodes_[at].integer = static_cast<std::int64_t>(made_by);
        return at;
    }

    [[nodiscard]] node_kind kind_of(index i) const { return nodes_[i].kind; }
    [[nodiscard]] bool is_shared(index i) const { return nodes_[i].shared; }
    [[nodiscard]] std::int64_t integer(index i) const { return nodes_[i].integer; }
    [[nodiscard]] double real(index i) const { return nodes_[i].real; }
    [[nodiscard]] construction made_by(index i) const {
        return static_cast<construction>(nodes_[i].integer);
    }

    /// The parts of a container; of an object its class, its arguments, and then its state.
    [[nodiscard]] const parts& parts_of(index i) const { return containers_[nodes_[i].size]; }
    [[nodiscard]] parts& parts_of(index i) { return containers_[nodes_[i].size]; }

    /// The bytes of a string of either kind, a big integer's digits or a class's name.
    [[nodiscard]] std::string_view bytes_of(index i) const {
        const node& n = nodes_[i];
        if (n.kind == node_kind::text_view || n.kind == node_kind::foreign_view) {
            return {n.begin, n.size};
        }
        return has_string(n.kind) ? std::string_view(strings_[n.size]) : std::string_view();
    }
    [[nodiscard]] std::string take_string(index i) { return std::move(strings_[nodes_[i].size]); }

    [[nodiscard]] bool is_string(index i) const {
        const node_kind k = nodes_[i].kind;
        return k == node_kind::text_view || k == node_kind::text || k == node_kind::foreign_view ||
               k == node_kind::foreign;
    }

    /// Notes that a node is to have a further place in the graph.
    void share(index i) { nodes_[i].shared = true; }

    /// Room for so many nodes without moving those that are there.
    void reserve(std::size_t count) { nodes_.reserve(count); }

private:
    struct node {
        explicit node(node_kind k) : kind(k) {}

        node_kind kind;
        bool shared = false;     ///< has several places
        std::uint32_t size = 0;  ///< of a view; otherwise its place in strings_ or containers_
        union {
            std::int64_t integer = 0;
            double real;
            const char* begin;
        };
    };

    static bool has_string(node_kind kind) {
        return kind == node_kind::text || kind == node_kind::foreign || kind == node_kind::big ||
               kind == node_kind::named_class;
    }

    index add(node n) {
        nodes_.push_back(n);
        return static_cast<index>(nodes_.size() - 1);
    }
    index add_at(node_kind kind, std::size_t place) {
        node n(kind);
        n.size = static_cast<std::uint32_t>(place);
        return add(n);
    }

    std::vector<node> nodes_;
    std::vector<std::string> strings_;
    std::vector<parts> containers_;
};

}  // namespace qslice::detail
