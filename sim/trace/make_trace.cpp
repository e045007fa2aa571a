#include "sim/trace/make_trace.hpp"

#include "sim/stream/input_file.hpp"
#include "sim/stream/mbox.hpp"
#include "sim/stream/names.hpp"

#include <qslice/hash/hash_function.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <set>
#include <utility>

namespace qslice::sim {

namespace {

std::string hex(std::uint64_t id) { return fmt::format("{:016x}", id); }

/// Of a Message-ID, the same for logs and mailboxes.
std::uint64_t message_name(const pseudonyms& names, std::string_view message_id) {
    sha1 hash;
    hash.start();
    hash.update(message_id);
    return names.of("message", hex(std::max<std::uint64_t>(hash.finish().high(), 1)));
}

/// A list's name as a trace may have it.
std::string list_name(std::string name) {
    for (char& c : name) {
        if (!is_list_letter(c)) c = '-';
    }
    return name;
}

/// Times of an mbox are whole seconds, which reading has spread.
virtual_time whole_second(virtual_time t) {
    return virtual_time(std::chrono::floor<std::chrono::seconds>(t.time_since_epoch()));
}

result<std::vector<trace_post>> posts_of_mbox(const std::string& path, const pseudonyms& names) {
    const auto stream = read_mbox(path);
    if (!stream) return failure(stream.error());
    std::vector<trace_post> posts;
    for (const arrival& a : stream->arrivals) {
        posts.push_back({whole_second(a.time), list_name(stream->lists[a.list]), a.size_bytes,
                         names.of("message", hex(a.message_id)),
                         a.in_reply_to == 0 ? 0 : names.of("message", hex(a.in_reply_to)),
                         names.of("sender", stream->senders[a.sender])});
    }
    return posts;
}

result<std::vector<trace_post>> posts_of_log(const std::string& path,
                                             const mail_log_options& options,
                                             const pseudonyms& names) {
    const auto log = read_mail_log(path, options);
    if (!log) return failure(log.error());
    std::vector<trace_post> posts;
    for (const logged_post& p : log->posts) {
        const auto size =
            std::clamp<std::uint64_t>(p.size_bytes, 1, std::numeric_limits<std::uint32_t>::max());
        posts.push_back({p.time, list_name(p.list), static_cast<std::uint32_t>(size),
                         p.message_id.empty() ? 0 : message_name(names, p.message_id), 0,
                         names.of("sender", p.sender)});
    }
    return posts;
}

result<bool> is_mbox(const std::string& path, const mail_log_options& options) {
    if (options.source) return *options.source == post_source::mbox;
    auto file = input_file::open(path);
    if (!file) return failure(file.error());
    std::string_view line;
    const auto more = file->next_line(line);
    if (!more) return failure(more.error());
    return *more && line.starts_with("From ");
}

}  // namespace

result<std::vector<trace_post>> make_trace(const std::vector<std::string>& paths,
                                           const mail_log_options& options,
                                           const pseudonyms& names) {
    std::vector<trace_post> all;
    std::set<std::pair<std::string, std::uint64_t>> known;
    for (const std::string& path : paths) {
        const auto mbox = is_mbox(path, options);
        if (!mbox) return failure(mbox.error());
        auto posts = *mbox ? posts_of_mbox(path, names) : posts_of_log(path, options, names);
        if (!posts) return failure(posts.error());
        for (trace_post& post : *posts) {
            const bool fresh =
                post.message_id == 0 || known.emplace(post.list, post.message_id).second;
            if (fresh) all.push_back(std::move(post));
        }
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const trace_post& a, const trace_post& b) { return a.time < b.time; });
    return all;
}

std::vector<trace_post> anonymised(std::vector<trace_post> posts, const pseudonyms& names) {
    for (trace_post& post : posts) {
        post.list = "list-" + hex(names.of("list", post.list));
        post.sender = names.of("sender", hex(post.sender));
        if (post.message_id != 0) post.message_id = names.of("message", hex(post.message_id));
        if (post.in_reply_to != 0) post.in_reply_to = names.of("message", hex(post.in_reply_to));
    }
    return posts;
}

std::string trace_text(const std::vector<trace_post>& posts, bool json) {
    std::string text;
    if (!json) text.append(trace_columns).append(1, '\n');
    for (const trace_post& post : posts) text += trace_line(post, json) + '\n';
    return text;
}

}  // namespace qslice::sim
