/// @file
/// The class names of the library's runners, for scenarios and tools that use names.
#pragma once

#include <qslice/runner/standard_runners.hpp>

#include <boost/hana/for_each.hpp>

#include <string>
#include <vector>

namespace qslice::sim {

/// "IncomingRunner", "ArchRunner", ...: in the order of standard_runners.
inline const std::vector<std::string>& standard_runner_names() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> list;
        boost::hana::for_each(standard_runners, [&](auto type) {
            list.emplace_back(decltype(type)::type::class_name);
        });
        return list;
    }();
    return names;
}

}  // namespace qslice::sim
