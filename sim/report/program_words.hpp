/// @file
/// The program of a JSON document, and its words for items, of the simulator of a site of one's
/// own. The HTML pages speak by them; documents of qslice-sim have neither.
#pragma once

#include <nlohmann/json.hpp>

namespace qslice::sim {

/// Adds `program` if this program is built for a site, and `words` if that is not about mail.
void add_program_words(nlohmann::ordered_json& document);

}  // namespace qslice::sim
