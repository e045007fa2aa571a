#include "sim/app/chosen_scenario.hpp"

#include "sim/record/built_site.hpp"
#include "sim/record/site_words.hpp"
#include "sim/scenario/builtin_scenarios.hpp"
#include "sim/scenario/own_scenarios.hpp"
#include "sim/scenario/scenario_file.hpp"
#include "sim/stream/make_stream.hpp"
#include "sim/stream/timing.hpp"
#include "sim/text/nearest_name.hpp"
#include "sim/text/plain_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace qslice::sim {

namespace {

/// The speedup that gives the stream a mean rate.
double speed_for_rate(const message_stream& stream, double posts_per_hour) {
    if (stream.arrivals.size() < 2) return 1;
    const double hours =
        to_seconds(stream.arrivals.back().time - stream.arrivals.front().time) / 3600;
    if (hours <= 0) return 1;
    const auto gaps = static_cast<double>(stream.arrivals.size() - 1);
    // The range that a scenario's speedup may have.
    return std::clamp(posts_per_hour * hours / gaps, 1e-6, 1e12);
}

bool looks_like_file(const std::string& text) {
    std::error_code ignored;
    return text.find_first_of("/.") != std::string::npos || std::filesystem::exists(text, ignored);
}

std::string lists_them() { return fmt::format("; '{} scenarios' lists them", program_name()); }

result<scenario> find_own_scenario(const built_site& site, const std::string& file_or_name) {
    if (file_or_name.empty() || file_or_name == default_scenario) return site.usual;
    const own_scenarios known = scenarios_for(site);
    if (const own_scenario* const found = known.find(file_or_name)) {
        return parse_scenario(found->text(), file_or_name);
    }
    if (looks_like_file(file_or_name)) return read_scenario(file_or_name);
    if (auto refused = known.refusal(file_or_name)) return failure(*std::move(refused));
    std::vector<std::string_view> names;
    for (const own_scenario& s : known.all) names.push_back(s.setting.name);
    const std::string meant = did_you_mean(file_or_name, names);
    return failure(error_code::not_found, file_or_name,
                   "no such file or scenario" + (meant.empty() ? lists_them() : meant));
}

}  // namespace

std::string count_names() { return words().mail ? "--posts" : "--items,--posts"; }

std::string scenario_to_start_from() {
    return own_built_site() == nullptr
               ? "The scenario to start from: a TOML file or a built-in name (default: "
                 "three-machines)"
               : fmt::format(
                     "The scenario to start from: a TOML file or a name (see '{} "
                     "scenarios'); default: the site as it is built",
                     program_name());
}

void add_scenario_options(command_options command, scenario_choices& choices) {
    command
        .add_option(
            "SCENARIO", choices.scenario,
            fmt::format("A TOML file or a {}name (see '{} scenarios'); default: {}",
                        own_built_site() == nullptr ? "built-in " : "", program_name(),
                        own_built_site() == nullptr ? default_scenario : "the site as it is built"))
        .type_name("");
    const option trace =
        command
            .add_option(
                "--trace", choices.trace,
                fmt::format("Play the {} of this CSV file (also .gz) instead of the scenario's",
                            words().items))
            .type_name("FILE");
    if (words().mail) {
        command
            .add_option("--mbox", choices.mbox,
                        "Play the messages of this mbox file instead of the scenario's")
            .type_name("FILE")
            .excludes(trace);
    }
    command
        .add_option(
            count_names(), choices.posts,
            fmt::format("Number of {} to play (from a file: at most this many)", words().items))
        .type_name("N")
        .check(whole_number(1, 100'000'000));
    command.add_option("--speedup", choices.speedup, "Speed up arrivals by this factor")
        .type_name("X")
        .check(positive_number());
}

std::vector<std::string> words_of(const scenario_choices& choices,
                                  std::optional<std::uint64_t> seed) {
    std::vector<std::string> words;
    const auto add = [&](const char* option, std::string value) {
        words.emplace_back(option);
        words.push_back(std::move(value));
    };
    if (!choices.scenario.empty()) words.push_back(choices.scenario);
    if (!choices.trace.empty()) add("--trace", choices.trace);
    if (!choices.mbox.empty()) add("--mbox", choices.mbox);
    if (choices.posts) add("--posts", std::to_string(*choices.posts));
    if (choices.speedup) add("--speedup", fmt::format("{}", *choices.speedup));
    if (seed) add("--seed", std::to_string(*seed));
    return words;
}

std::string command_text(std::string_view subcommand, const std::vector<std::string>& words) {
    std::string text = fmt::format("{} {}", program_name(), subcommand);
    for (const std::string& word : words) text += ' ' + shell_word(word);
    return text;
}

result<scenario> find_scenario(const std::string& file_or_name) {
    if (const built_site* const own = own_built_site()) {
        return find_own_scenario(*own, file_or_name);
    }
    if (const builtin_scenario* found = find_builtin_scenario(file_or_name)) {
        return parse_scenario(found->text, found->name);
    }
    if (looks_like_file(file_or_name)) return read_scenario(file_or_name);
    std::vector<std::string_view> names;
    for (const builtin_scenario& b : builtin_scenarios()) names.push_back(b.name);
    const std::string meant = did_you_mean(file_or_name, names);
    return failure(error_code::not_found, file_or_name,
                   "no such file or built-in scenario" + (meant.empty() ? lists_them() : meant));
}

result<void> set_posts(scenario& s, std::uint64_t posts) {
    const bool listed = s.stream.what == stream_choice::kind::listed;
    const bool timed = s.stream.what == stream_choice::kind::synthetic && !s.stream.times_s.empty();
    if (listed || timed) {
        return failure(
            error_code::malformed, "--posts",
            fmt::format("has no effect here: the scenario {} lists {}", s.name,
                        fmt::format(fmt::runtime(listed ? "its {}" : "when each of its {} arrives"),
                                    words().items)));
    }
    s.stream.posts = posts;
    return {};
}

result<chosen_scenario> choose_scenario(const scenario_choices& choices,
                                        std::optional<std::uint64_t> seed) {
    auto found =
        find_scenario(choices.scenario.empty() ? std::string(default_scenario) : choices.scenario);
    if (!found) return failure(found.error());
    chosen_scenario chosen{std::move(*found), {}, {}};
    scenario& s = chosen.setting;
    if (seed) s.seed = *seed;
    const bool from_file = !choices.trace.empty() || !choices.mbox.empty();
    if (from_file) {
        s.stream.what =
            choices.trace.empty() ? stream_choice::kind::mbox : stream_choice::kind::trace;
        s.stream.path = choices.trace.empty() ? choices.mbox : choices.trace;
        s.stream.posts = 0;
        s.stream.speedup = 1;
    }
    if (choices.posts) {
        if (auto set = set_posts(s, *choices.posts); !set) return failure(set.error());
    }
    if (choices.speedup) s.stream.speedup = *choices.speedup;

    auto stream = make_stream(s.stream, s.seed);
    if (!stream) return failure(stream.error());
    chosen.stream = std::move(*stream);
    if (from_file && choices.scenario.empty() && !choices.speedup) {
        const double speed = speed_for_rate(chosen.stream, s.stream.posts_per_hour);
        retime(chosen.stream, speed, s.stream.start_s);
        s.stream.speedup = speed;
        chosen.remark = fmt::format(
            "The {0} of {1} are sped up by a factor of {2:.4g}, to a mean of {3:.0f} {0} per hour "
            "as in "
            "the scenario {4}; --speedup sets another factor.",
            words().items, s.stream.path, speed, s.stream.posts_per_hour, s.name);
    }
    return chosen;
}

}  // namespace qslice::sim
