#include "sim/report/scenario_facts.hpp"

#include "sim/record/closed_set.hpp"
#include "sim/record/site_words.hpp"
#include "sim/scenario/key_values.hpp"
#include "sim/scenario/scenario_file.hpp"
#include "sim/text/plain_words.hpp"

#include <fmt/format.h>

namespace qslice::sim {

namespace {

using json = nlohmann::ordered_json;

std::string source_words(const std::string& kind, const std::string& path, double speedup) {
    std::string text = kind == "trace" || kind == "mbox"
                           ? fmt::format("the {} {}", kind, printable(path))
                       : kind == "listed" ? fmt::format("{} listed in the scenario", words().items)
                                          : "a synthetic stream";
    if (speedup != 1) {
        text += speedup > 1 ? fmt::format(", sped up by a factor of {:.4g}", speedup)
                            : fmt::format(", slowed down by a factor of {:.4g}", 1 / speedup);
    }
    return text;
}

}  // namespace

std::string source_text(const stream_choice& stream) {
    return source_words(std::string(name_in(stream_names, stream.what)), stream.path,
                        stream.speedup);
}

json scenario_json(const scenario& s) {
    return {
        {"name", s.name},
        {"summary", s.summary},
        {"seed", s.seed},
        {"source",
         {{"kind", name_in(stream_names, s.stream.what)},
          {"path", s.stream.path},
          {"speedup", s.stream.speedup}}},
        {"policy",
         {{"format", s.policy.format}, {"hash", s.policy.hash}, {"partition", s.policy.partition}}},
        {"toml", write_scenario(s)}};
}

std::string facts_text(const json& scenario) {
    const auto source = scenario.find("source");
    const auto policy = scenario.find("policy");
    if (source == scenario.end() || policy == scenario.end() || !source->is_object() ||
        !policy->is_object()) {
        return {};
    }
    const double speedup = source->contains("speedup") && (*source)["speedup"].is_number()
                               ? (*source)["speedup"].get<double>()
                               : 1;
    const auto word = [](const json& members, const char* name) {
        const auto found = members.find(name);
        return found != members.end() && found->is_string() ? found->get<std::string>() : "";
    };
    return fmt::format("{}; policy {}, partition {}",
                       source_words(word(*source, "kind"), word(*source, "path"), speedup),
                       word(*policy, "hash"), word(*policy, "partition"));
}

}  // namespace qslice::sim
