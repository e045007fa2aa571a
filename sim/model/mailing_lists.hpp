/// @file
/// The mailing lists of a simulated site, made from a scenario and the lists of its stream.
/// All processes of a simulation share them; they do not change while it runs.
#pragma once

#include "sim/record/message_stream.hpp"
#include "sim/record/scenario.hpp"

#include <qslice/runner/mailing_list.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::sim {

/// The lists by index in message_stream::lists, by name and by List-Id.
///
/// Whether a sender is held or discarded is drawn once per list and sender from the scenario's
/// seed.
/// @safety const after construction
class mailing_lists {
public:
    mailing_lists(const scenario& setting, const message_stream& stream);

    /// Null if no list has this name or List-Id.
    [[nodiscard]] const mailing_list* find(std::string_view name_or_id) const;
    /// The index in message_stream::lists; `none` for an unknown name.
    [[nodiscard]] std::uint32_t index_of(std::string_view name) const;
    [[nodiscard]] const std::vector<mailing_list>& all() const noexcept { return lists_; }

private:
    std::vector<mailing_list> lists_;
    std::map<std::string, std::uint32_t, std::less<>> places_;
};

}  // namespace qslice::sim
