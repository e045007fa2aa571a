#include "sim/report/program_words.hpp"

#include "sim/record/built_site.hpp"
#include "sim/record/site_words.hpp"

namespace qslice::sim {

void add_program_words(nlohmann::ordered_json& document) {
    if (own_built_site() == nullptr) return;
    document["program"] = program_name();
    if (words().mail) return;
    document["words"] = {{"item", words().item},
                         {"items", words().items},
                         {"group", words().group},
                         {"groups", words().groups},
                         {"delivered", words().delivered},
                         {"delivery", words().delivery},
                         {"deliveries", words().deliveries}};
}

}  // namespace qslice::sim
