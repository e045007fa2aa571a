/// @file
/// The calls in a pickle that stand for plain data: bytes, sets, objects whose state follows.
/// Part of the pickle machine, which describes all other calls and makes none.
#pragma once

#include <qslice/codec/detail/pickle_budget.hpp>
#include <qslice/codec/detail/pickle_nodes.hpp>
#include <qslice/codec/pickle_dialect.hpp>
#include <qslice/core/unicode.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace qslice::detail {

inline bool is_builtin(std::string_view callee, std::string_view name) noexcept {
    for (const std::string_view module : {"__builtin__.", "builtins."}) {
        if (callee.starts_with(module) && callee.substr(module.size()) == name) return true;
    }
    return false;
}

inline std::string latin1_bytes(std::string_view utf8) {
    std::string bytes;
    bytes.reserve(utf8.size());
    while (!utf8.empty()) bytes += static_cast<char>(take_code_point(utf8) & 0xff);
    return bytes;
}

/// What Python writes as calls in protocols 0 to 3.
/// @param callee     "module.name"
/// @param arguments  the tuple that it would be called with
/// @param spend      spend(bytes): false when the pickle's budget is used up
/// @returns the node of the data; nothing for all other calls, and when the budget is used up
/// @source CPython Lib/pickle.py (save_bytes, save_set), Lib/copyreg.py (_reconstructor)
template <class Spend>
std::optional<pickle_nodes::index> plain_data(pickle_nodes& nodes, pickle_dialect dialect,
                                              std::string_view callee,
                                              pickle_nodes::index arguments, Spend&& spend) {
    const bool python3 = dialect == pickle_dialect::python3;
    const auto& given = nodes.parts_of(arguments);
    if (callee == "_codecs.encode" && given.size() == 2 && nodes.is_string(given[0]) &&
        nodes.bytes_of(given[1]) == "latin1") {
        const std::string_view text = nodes.bytes_of(given[0]);
        if (!spend(pickle_cost::node + pickle_cost::string + text.size())) return std::nullopt;
        return nodes.add_string(python3 ? node_kind::foreign : node_kind::text, latin1_bytes(text));
    }
    if (python3 && given.empty() && is_builtin(callee, "bytes")) {
        return nodes.add_string(node_kind::foreign, {});
    }
    if (given.size() == 1 && nodes.kind_of(given[0]) == node_kind::list &&
        is_builtin(callee, "set")) {
        const auto& listed = nodes.parts_of(given[0]);
        if (!spend(pickle_cost::node + pickle_cost::container +
                   listed.size() * sizeof(pickle_nodes::index))) {
            return std::nullopt;
        }
        pickle_nodes::parts items = listed;
        for (const auto item : items) nodes.share(item);
        return nodes.add_container(node_kind::set, std::move(items));
    }
    const bool reconstructs =
        callee == "copy_reg._reconstructor" || callee == "copyreg._reconstructor";
    if (reconstructs && given.size() == 3 && nodes.kind_of(given[0]) == node_kind::named_class &&
        nodes.kind_of(given[1]) == node_kind::named_class &&
        is_builtin(nodes.bytes_of(given[1]), "object") &&
        nodes.kind_of(given[2]) == node_kind::none) {
        if (!spend(2 * (pickle_cost::node + pickle_cost::container))) return std::nullopt;
        const auto made = given[0];
        return nodes.add_object(made, nodes.add_container(node_kind::tuple, {}),
                                construction::allocate);
    }
    return std::nullopt;
}

}  // namespace qslice::detail
