#include "sim/model/mailing_lists.hpp"

#include "sim/engine/random_stream.hpp"
#include "sim/record/run_record.hpp"

#include <algorithm>

namespace qslice::sim {

namespace {

std::vector<std::string> members(std::string_view kind, std::uint64_t count,
                                 const std::string& list) {
    std::vector<std::string> addresses;
    addresses.reserve(count);
    for (std::uint64_t i = 1; i <= count; ++i) {
        addresses.push_back(std::string(kind) + std::to_string(i) + "@" + list + ".example");
    }
    return addresses;
}

mailing_list make_list(const list_choice& choice, const std::string& name,
                       const message_stream& stream, std::uint64_t seed, std::uint32_t place) {
    mailing_list list;
    list.name = name;
    list.id = name + ".lists.example";
    list.subject_prefix = choice.subject_prefix.empty() ? "[" + name + "] " : choice.subject_prefix;
    list.recipients = members("member", choice.members, name);
    list.digest_recipients = members("digest", choice.digest_members, name);
    list.archive = choice.archive;
    list.hold_all = choice.hold_all;
    list.refused_types = choice.refused_types;
    list.digest_threshold_bytes = choice.digest_threshold_kib * 1024;
    if (choice.held_share > 0 || choice.discarded_share > 0) {
        random_stream draws(seed, "moderated senders", place);
        for (const std::string& sender : stream.senders) {
            const double draw = draws.uniform();
            if (draw < choice.held_share) {
                list.held_senders.insert(sender);
            } else if (draw < choice.held_share + choice.discarded_share) {
                list.discarded_senders.insert(sender);
            }
        }
    }
    return list;
}

}  // namespace

mailing_lists::mailing_lists(const scenario& setting, const message_stream& stream) {
    lists_.reserve(stream.lists.size());
    for (std::uint32_t place = 0; place < stream.lists.size(); ++place) {
        const std::string& name = stream.lists[place];
        const auto chosen = std::find_if(setting.lists.begin(), setting.lists.end(),
                                         [&](const list_choice& l) { return l.name == name; });
        const list_choice& choice = chosen == setting.lists.end() ? setting.list_defaults : *chosen;
        lists_.push_back(make_list(choice, name, stream, setting.seed, place));
        places_.emplace(name, place);
        places_.emplace(lists_.back().id, place);
    }
}

const mailing_list* mailing_lists::find(std::string_view name_or_id) const {
    const auto at = places_.find(name_or_id);
    return at == places_.end() ? nullptr : &lists_[at->second];
}

std::uint32_t mailing_lists::index_of(std::string_view name) const {
    const auto at = places_.find(name);
    return at == places_.end() ? none : at->second;
}

}  // namespace qslice::sim
