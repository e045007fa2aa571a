/// @file
/// The class names of the runners that a scenario can have: the library's, or those of the site
/// that the program is built for.
#pragma once

#include "sim/record/built_site.hpp"

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

/// The runners that a scenario of this program can have.
inline std::vector<std::string> runner_names_for(std::string_view format) {
    if (own_built_site() == nullptr) return standard_runner_names(format);
    std::vector<std::string> names;
    for (const built_site::runner& r : own_built_site()->runners) names.push_back(r.class_name);
    return names;
}

}  // namespace qslice::sim
