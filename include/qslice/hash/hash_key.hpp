/// @file
/// Hash keys: those of Mailman 2.1 and 3, the variants with a whole-second clock, and the affinity
/// keys that keep a list's, a sender's or a thread's messages in one slice.
#pragma once

#include <qslice/core/detail/real.hpp>
#include <qslice/core/timestamp.hpp>
#include <qslice/hash/affinity_kind.hpp>
#include <qslice/hash/hash_input.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <string_view>

namespace qslice {

/// A key feeds a hash function with the parts of an input that make a name unique.
///
/// Optional: `static constexpr bool begins_with_message`, true of a key that feeds `input.message`
/// first and uses it nowhere else. A message that enters several queues is then hashed once.
template <class K>
concept hash_key = std::copyable<K> && requires(const hash_input& input) {
    { K::name } -> std::convertible_to<std::string_view>;
    K::feed(input, [](std::string_view) {});
};

/// A key that also says what has to stay together: messages with equal `affinity(input)`.
///
/// Optional: `keeps_together`, which says what these have in common: affinity_kind::list, sender
/// or thread. Without it: affinity_kind::other, and no order of lists, senders or threads is
/// expected.
template <class K>
concept affinity_key = hash_key<K> && requires(const hash_input& input) {
    { K::affinity(input) } -> std::same_as<std::string_view>;
};

namespace detail {

/// Whether a key says so; see hash_key.
template <hash_key Key>
constexpr bool begins_with_message() noexcept {
    if constexpr (requires {
                      { Key::begins_with_message } -> std::convertible_to<bool>;
                  }) {
        return Key::begins_with_message;
    } else {
        return false;
    }
}

/// What Mailman hashes if the metadata names no list.
inline constexpr std::string_view no_list = "--nolist--";

template <class Feed>
void feed_with_time(std::string_view message, std::string_view list, timestamp now, Feed&& feed) {
    constexpr std::size_t usual_list = 64;
    std::array<char, usual_list + repr_size> tail;  // list and time in one piece if they fit
    char* at = tail.data();
    feed(message);
    if (list.size() <= usual_list) {
        at = std::copy(list.begin(), list.end(), at);
    } else {
        feed(list);
    }
    at = write_repr(now.seconds, at);
    feed(std::string_view(tail.data(), static_cast<std::size_t>(at - tail.data())));
}

}  // namespace detail

/// Message + list name + repr(now).
/// @source Mailman 2.1 Switchboard.enqueue
struct message_list_time {
    static constexpr std::string_view name = "mailman21";
    static constexpr bool begins_with_message = true;
    template <class Feed>
    static void feed(const hash_input& in, Feed&& feed) {
        detail::feed_with_time(in.message, in.list_name.value_or(detail::no_list), in.now, feed);
    }
};

/// Message + list-id + repr(now).
/// @source Mailman 3.3 core/switchboard.py
struct message_list_id_time {
    static constexpr std::string_view name = "mailman3";
    static constexpr bool begins_with_message = true;
    static constexpr bool uses_list_id = true;
    template <class Feed>
    static void feed(const hash_input& in, Feed&& feed) {
        detail::feed_with_time(in.message, in.list_id.value_or(detail::no_list), in.now, feed);
    }
};

/// A key with the clock truncated to whole seconds: a message that is queued again unchanged in the
/// same second gets the same hash.
/// @source mailman-users, May 2014, an administrator of three machines: "The time is in seconds and
///         may or may not have changed"
template <hash_key Key>
struct whole_second {
    static constexpr bool begins_with_message = detail::begins_with_message<Key>();
    template <class Feed>
    static void feed(const hash_input& in, Feed&& feed) {
        hash_input cut = in;
        cut.now = {detail::floor(in.now.seconds)};
        Key::feed(cut, feed);
    }
};

struct message_list_second : whole_second<message_list_time> {
    static constexpr std::string_view name = "mailman21_second";
};
struct message_list_id_second : whole_second<message_list_id_time> {
    static constexpr std::string_view name = "mailman3_second";
    static constexpr bool uses_list_id = true;
};

/// Keeps each list's messages together; messages without a list are together as well.
struct list_affinity : message_list_time {
    static constexpr std::string_view name = "list_affinity";
    static constexpr affinity_kind keeps_together = affinity_kind::list;
    static std::string_view affinity(const hash_input& in) {
        return in.list_name ? *in.list_name : in.list_id.value_or(detail::no_list);
    }
};

/// Keeps each sender's messages together; those of unknown senders are together as well.
struct sender_affinity : message_list_time {
    static constexpr std::string_view name = "sender_affinity";
    static constexpr affinity_kind keeps_together = affinity_kind::sender;
    static constexpr bool uses_sender = true;
    static std::string_view affinity(const hash_input& in) { return in.sender; }
};

/// Keeps each thread's messages together; messages without a thread are together as well.
struct thread_affinity : message_list_time {
    static constexpr std::string_view name = "thread_affinity";
    static constexpr affinity_kind keeps_together = affinity_kind::thread;
    static constexpr bool uses_thread = true;
    static std::string_view affinity(const hash_input& in) { return in.thread; }
};

static_assert(hash_key<message_list_time> && !affinity_key<message_list_time>);
static_assert(hash_key<message_list_second> && hash_key<message_list_id_second>);
static_assert(affinity_key<list_affinity> && affinity_key<thread_affinity>);

}  // namespace qslice
