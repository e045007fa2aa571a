/// @file
/// Real files, in directories whose listing a test determines.
#pragma once

#include "support/test_world.hpp"

#include <qslice/core/result.hpp>
#include <qslice/world/world.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice::test {

/// A world in which every directory has the names given by the test, in that order.
class listed_world : public test_world {
public:
    explicit listed_world(std::vector<std::string> names) : names_(std::move(names)) {}

    template <class Visit>
    qslice::result<void> list(const std::string&, Visit&& visit) {
        for (const std::string& name : names_) visit(std::string_view(name));
        return {};
    }

private:
    std::vector<std::string> names_;
};

static_assert(qslice::world<listed_world>);

}  // namespace qslice::test
