#include "sim/stream/listed.hpp"

#include "sim/stream/synthetic.hpp"
#include "sim/stream/threads.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace qslice::sim {

namespace {

std::uint32_t place_of(std::vector<std::string>& names, const std::string& name) {
    const auto at = std::find(names.begin(), names.end(), name);
    const auto place = static_cast<std::uint32_t>(at - names.begin());
    if (at == names.end()) names.push_back(name);
    return place;
}

}  // namespace

result<message_stream> make_listed(const std::vector<post_choice>& posts) {
    message_stream stream;
    const virtual_time start = to_virtual_time(synthetic_start_s);
    for (std::size_t i = 0; i < posts.size(); ++i) {
        const post_choice& p = posts[i];
        const auto wrong = [&](std::string what) {
            return failure(error_code::malformed, fmt::format("stream.post[{}]", i),
                           std::move(what));
        };
        arrival a;
        a.time = add(start, to_duration(p.at_s));
        if (i > 0 && a.time < stream.arrivals.back().time) {
            return wrong("expected posts sorted by time");
        }
        if (p.answers > i) return wrong("expected an answer to an earlier post");
        a.list = place_of(stream.lists, p.list);
        a.sender = place_of(stream.senders, p.sender);
        a.size_bytes = static_cast<std::uint32_t>(p.size_bytes);
        a.message_id = i + 1;
        a.in_reply_to = p.answers;
        stream.arrivals.push_back(a);
    }
    set_threads(stream);
    return stream;
}

std::vector<post_choice> list_posts(const message_stream& stream) {
    std::vector<post_choice> posts;
    std::map<std::uint64_t, std::uint64_t> places;  // of message_ids, from 1
    for (const arrival& a : stream.arrivals) {
        post_choice p;
        p.at_s = to_seconds(a.time - stream.arrivals.front().time);
        p.list = stream.lists[a.list];
        p.sender = stream.senders[a.sender];
        p.size_bytes = a.size_bytes;
        if (const auto at = places.find(a.in_reply_to); at != places.end()) p.answers = at->second;
        posts.push_back(std::move(p));
        places.emplace(a.message_id, posts.size());
    }
    return posts;
}

}  // namespace qslice::sim
