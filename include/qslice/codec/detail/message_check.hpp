/// @file
/// Whether the message that a pickle describes can be written as text, found without building it.
/// The entry formats ask it, so that a message that is only passed on costs no text.
#pragma once

#include <qslice/codec/detail/pickle_budget.hpp>
#include <qslice/codec/detail/pickle_nodes.hpp>
#include <qslice/codec/detail/pickle_tree.hpp>
#include <qslice/codec/mail_objects.hpp>
#include <qslice/codec/pickle_dialect.hpp>
#include <qslice/codec/value.hpp>
#include <qslice/core/unicode.hpp>
#include <qslice/message/flatten.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace qslice::detail {

/// Looks at the graph of one pickle. What it is not sure of is left to those who build the
/// message, and know what is wrong with it.
class message_check {
public:
    /// @param position  where the pickle ends
    message_check(pickle_nodes& nodes, pickle_budget& budget, std::size_t position,
                  pickle_dialect dialect, const flatten_options& options)
        : nodes_(nodes),
          budget_(budget),
          position_(position),
          dialect_(dialect),
          flattener_(options),
          twice_(!options.python3) {}

    /// Whether read_pickle() takes the pickle, to_message_object() its value and flatten() the
    /// message, for certain. The graph is then used up.
    bool is_sound(pickle_nodes::index top) {
        return is_known(top, most_nesting) && is_message(top, true);
    }

private:
    using index = pickle_nodes::index;

    bool spend(std::size_t bytes) { return budget_.take(bytes, position_); }

    /// Whether a tree can be made of it, in which all classes are known.
    bool is_known(index at, int nesting) {
        if (nesting == 0) return false;
        switch (nodes_.kind_of(at)) {
            case node_kind::none:
            case node_kind::boolean:
            case node_kind::integer:
            case node_kind::real: return true;
            case node_kind::big:
            case node_kind::text_view:
            case node_kind::text:
            case node_kind::foreign_view:
            case node_kind::foreign:
            case node_kind::named_class: return spend(nodes_.bytes_of(at).size());
            case node_kind::list:
            case node_kind::tuple:
            case node_kind::set: return spend(per_part(at)) && are_known(at, 0, nesting);
            case node_kind::dictionary: {
                constexpr std::size_t place = 64;  // of a key, in a tree with many
                return spend(per_part(at) + nodes_.parts_of(at).size() / 2 * place) &&
                       are_known(at, 0, nesting);
            }
            case node_kind::object: {
                const std::string_view name = nodes_.bytes_of(nodes_.parts_of(at)[0]);
                return is_known_class(name) &&
                       spend(sizeof(value_object) + name.size() + sizeof(value)) &&
                       are_known(at, 1, nesting);
            }
        }
        return false;
    }

    [[nodiscard]] std::size_t per_part(index at) const {
        return nodes_.parts_of(at).size() * sizeof(value);
    }

    bool are_known(index at, std::size_t first, int nesting) {
        const auto& parts = nodes_.parts_of(at);
        for (std::size_t i = first; i < parts.size(); ++i) {
            if (!is_known(parts[i], nesting - 1)) return false;
        }
        return true;
    }

    /// The attributes of a message that decide how it is written.
    struct attributes {
        std::optional<index> headers, payload, default_type;
        bool unique = true;
    };

    [[nodiscard]] attributes attributes_at(index state) const {
        attributes found;
        const auto& parts = nodes_.parts_of(state);
        for (std::size_t i = 0; i + 1 < parts.size(); i += 2) {
            const std::string_view key = nodes_.bytes_of(parts[i]);
            std::optional<index>* const place = key == "_headers"        ? &found.headers
                                                : key == "_payload"      ? &found.payload
                                                : key == "_default_type" ? &found.default_type
                                                                         : nullptr;
            if (place == nullptr) continue;
            if (*place) found.unique = false;
            *place = parts[i + 1];
        }
        return found;
    }

    bool is_message(index at, bool is_whole) {
        if (nodes_.kind_of(at) != node_kind::object || nodes_.parts_of(at).size() < 3) return false;
        const index state = nodes_.parts_of(at)[2];
        if (!is_one_of(message_classes, nodes_.bytes_of(nodes_.parts_of(at)[0])) ||
            nodes_.kind_of(state) != node_kind::dictionary) {
            return false;
        }
        const attributes found = attributes_at(state);
        if (!found.unique || !found.headers || nodes_.kind_of(*found.headers) != node_kind::list) {
            return false;
        }
        const bool has_parts = found.payload && nodes_.kind_of(*found.payload) == node_kind::list;
        if (found.payload && !has_parts && nodes_.kind_of(*found.payload) != node_kind::none &&
            !nodes_.is_string(*found.payload)) {
            return false;
        }
        if (has_parts && !takes_parts(*found.headers, found.default_type)) return false;
        for (const index field : nodes_.parts_of(*found.headers)) {
            if (!is_header(field, is_whole)) return false;
        }
        if (!has_parts) return true;
        for (const index part : nodes_.parts_of(*found.payload)) {
            if (!is_message(part, false)) return false;
        }
        return true;
    }

    [[nodiscard]] bool is_pair(index field) const {
        return nodes_.kind_of(field) == node_kind::tuple && nodes_.parts_of(field).size() == 2 &&
               nodes_.is_string(nodes_.parts_of(field)[0]);
    }

    /// Whether its type asks for parts, and for no boundary that it has not.
    [[nodiscard]] bool takes_parts(index headers, std::optional<index> default_type) const {
        std::optional<std::string_view> type;
        for (const index field : nodes_.parts_of(headers)) {
            if (!is_pair(field)) return false;
            const auto& pair = nodes_.parts_of(field);
            if (type || !equal_ignoring_case(nodes_.bytes_of(pair[0]), "Content-Type")) continue;
            if (!nodes_.is_string(pair[1])) return false;
            type = nodes_.bytes_of(pair[1]);
        }
        if (!type) {
            return default_type && nodes_.is_string(*default_type) &&
                   nodes_.bytes_of(*default_type) == "message/rfc822";
        }
        auto [main, sub] = types_in(*type);
        const body_kind kind = body_kind_of(std::move(main), sub);
        if (kind == body_kind::multipart || kind == body_kind::multipart_signed) {
            return !boundary_in(*type, twice_).value_or("").empty();
        }
        return kind != body_kind::text;
    }

    bool is_header(index field, bool is_whole) {
        if (!is_pair(field)) return false;
        const std::string_view name = nodes_.bytes_of(nodes_.parts_of(field)[0]);
        const index content = nodes_.parts_of(field)[1];
        if (nodes_.is_string(content)) {
            const std::string_view text = nodes_.bytes_of(content);
            if (flattener_.writes_plainly(name, text, is_whole)) return true;
            // A string of the other kind has a meaning of its own.
            return (dialect_ == pickle_dialect::python3 || is_ascii(text)) &&
                   flattener_.can_write({std::string(name), std::string(text)}, is_whole);
        }
        value built;
        if (pickle_tree(nodes_, budget_, position_).convert(content, built) != nullptr)
            return false;
        auto header = to_encoded_header(built);
        return header && flattener_.can_write({std::string(name), *std::move(header)}, is_whole);
    }

    pickle_nodes& nodes_;
    pickle_budget& budget_;
    std::size_t position_;
    pickle_dialect dialect_;
    message_flattener flattener_;
    bool twice_;
};

}  // namespace qslice::detail
