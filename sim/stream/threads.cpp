#include "sim/stream/threads.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace qslice::sim {

void set_threads(message_stream& stream) {
    auto& posts = stream.arrivals;
    std::unordered_map<std::uint64_t, std::size_t> by_id;  // the first copy of each post
    by_id.reserve(posts.size());
    for (std::size_t i = 0; i < posts.size(); ++i) {
        posts[i].thread = 0;
        by_id.try_emplace(posts[i].message_id, i);
    }

    std::vector<std::size_t> way;  // the path from a post up to one whose thread is known
    std::vector<bool> on_way(posts.size());
    for (std::size_t i = 0; i < posts.size(); ++i) {
        way.clear();
        std::uint64_t root = posts[i].thread;
        for (std::size_t at = i; root == 0;) {
            if (on_way[at]) {  // a cycle: its posts are the rest of the path
                const auto circle = std::find(way.begin(), way.end(), at);
                root = posts[*std::min_element(circle, way.end())].message_id;
                break;
            }
            way.push_back(at);
            on_way[at] = true;
            const std::uint64_t parent = posts[at].in_reply_to;
            if (parent == 0) {
                root = posts[at].message_id;
                break;
            }
            const auto found = by_id.find(parent);
            if (found == by_id.end()) {
                root = parent;
                break;
            }
            at = found->second;
            root = posts[at].thread;
        }
        for (const std::size_t at : way) {
            posts[at].thread = root;
            on_way[at] = false;
        }
    }
}

}  // namespace qslice::sim
