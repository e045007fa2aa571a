/// @file
/// The class names of the library's runners, for scenarios and tools that use names.
#pragma once

#include <qslice/codec/entry_format.hpp>
#include <qslice/core/detail/type_list.hpp>
#include <qslice/runner/standard_runners.hpp>

#include <boost/hana/for_each.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

/// "IncomingRunner", "ArchRunner", ...: the runners of the format's Mailman, in the library's
/// order; none for an unknown format.
/// @param format  policy_choice::format
inline std::vector<std::string> standard_runner_names(std::string_view format) {
    std::vector<std::string> names;
    qslice::detail::with_named(qslice::detail::named_formats{}, format, [&]<class Format>() {
        boost::hana::for_each(runners_of_format<Format>(), [&](auto type) {
            names.emplace_back(decltype(type)::type::class_name);
        });
    });
    return names;
}

}  // namespace qslice::sim
