#include "sim/stream/keys.hpp"

#include "sim/stream/input_file.hpp"
#include "sim/stream/names.hpp"
#include "sim/stream/synthetic.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <utility>

namespace qslice::sim {

namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

}  // namespace

result<message_stream> read_keys(const std::string& path) {
    auto file = input_file::open(path);
    if (!file) return failure(file.error());
    message_stream stream;
    numbering<std::string> lists;
    numbering<std::string> senders;
    std::string_view line;
    while (true) {
        const auto more = file->next_line(line);
        if (!more) return failure(more.error());
        if (!*more) break;
        if (line.empty()) continue;
        if (std::any_of(line.begin(), line.end(), is_control)) {
            return failure(error_code::malformed, file->place(),
                           "expected a key without control characters, found " + quoted(line));
        }
        const std::string key(line);
        arrival a;
        a.time = add(to_virtual_time(synthetic_start_s),
                     std::chrono::seconds(static_cast<std::int64_t>(stream.arrivals.size())));
        a.list = lists.number_of(key);
        a.sender = senders.number_of(key);
        a.message_id = stream.arrivals.size() + 1;
        a.thread = a.message_id;
        std::string text = "From: " + key + "\nMessage-ID: <" + key + ">\n\n" + key + '\n';
        a.size_bytes = static_cast<std::uint32_t>(text.size());
        stream.arrivals.push_back(a);
        stream.texts.push_back(std::move(text));
    }
    if (stream.arrivals.empty()) {
        return failure(error_code::malformed, file->name(),
                       "expected at least one key, a line each, found none");
    }
    stream.lists = std::move(lists).names();
    stream.senders = std::move(senders).names();
    return stream;
}

}  // namespace qslice::sim
