/// @file
/// Where each Mailman stores the metadata that runners use: a message's list, recipients, times,
/// and the queue that it was shunted from. Each entry format derives from one.
#pragma once

#include <qslice/codec/date_time.hpp>
#include <qslice/codec/metadata.hpp>
#include <qslice/codec/value.hpp>
#include <qslice/core/timestamp.hpp>

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace qslice {

/// The names and forms of one Mailman's metadata.
/// - `queue_folder`: the queues' directory in its var directory
/// - `recipients_key`: the key of the recipients
/// - `list_name(data)`: the list as hashed for entry names; absent if the metadata does not name
///   one
/// - `set_list(data, name, id)`: sets the list in this Mailman's form
/// - `recipients(data)`: the addresses in their written order; absent when there is no such key or
///   it holds anything but strings. Both a list and a set are understood.
/// - `set_recipients(data, addresses)`
/// - `time(data, key)`, `set_time(data, key, when)`: a point in time, such as `received_time`
/// - `set_shunted_from(data, queue, directory)`: notes where unshunting is to put the message
template <class K>
concept metadata_keys = requires(metadata& data, const metadata& stored, std::string_view text,
                                 const std::vector<std::string>& addresses, timestamp when) {
    { K::queue_folder } -> std::convertible_to<std::string_view>;
    { K::recipients_key } -> std::convertible_to<std::string_view>;
    { K::list_name(stored) } -> std::same_as<std::optional<std::string_view>>;
    { K::set_list(data, text, text) } -> std::same_as<void>;
    { K::recipients(stored) } -> std::same_as<std::optional<std::vector<std::string>>>;
    { K::set_recipients(data, addresses) } -> std::same_as<void>;
    { K::time(stored, text) } -> std::same_as<std::optional<timestamp>>;
    { K::set_time(data, text, when) } -> std::same_as<void>;
    { K::set_shunted_from(data, text, text) } -> std::same_as<void>;
};

namespace detail {

/// The strings of a list, tuple or set; empty if it is none of these or contains anything else.
inline std::optional<std::vector<std::string>> all_texts(const value* v) {
    if (v == nullptr) return std::nullopt;
    const std::vector<value>* items = nullptr;
    if (const auto* list = v->get_if<value_list>()) items = &list->items;
    if (const auto* tuple = v->get_if<value_tuple>()) items = &tuple->items;
    if (const auto* set = v->get_if<value_set>()) items = &set->items;
    if (items == nullptr) return std::nullopt;
    std::vector<std::string> texts;
    texts.reserve(items->size());
    for (const value& item : *items) {
        const std::string* text = item.text();
        if (text == nullptr) return std::nullopt;
        texts.push_back(*text);
    }
    return texts;
}

}  // namespace detail

/// Mailman 2.1: the list's short name, recipients as a list in `recips`, times as floats.
/// @source Mailman 2.1 Queue/Runner.py, Handlers/CalcRecips.py, Handlers/SMTPDirect.py
struct mailman21_keys {
    static constexpr std::string_view queue_folder = "qfiles";
    static constexpr std::string_view recipients_key = "recips";

    static std::optional<std::string_view> list_name(const metadata& data) {
        return data.text("listname");
    }
    /// For policies that hash Mailman 3's name of a list, where metadata have it; 2.1 writes none.
    static std::optional<std::string_view> list_id(const metadata& data) {
        return data.text("listid");
    }
    static void set_list(metadata& data, std::string_view name, std::string_view) {
        data.set("listname", name);
    }
    static std::optional<std::vector<std::string>> recipients(const metadata& data) {
        return detail::all_texts(data.find(recipients_key));
    }
    static void set_recipients(metadata& data, const std::vector<std::string>& addresses) {
        data.set_texts(recipients_key, addresses);
    }
    static std::optional<timestamp> time(const metadata& data, std::string_view key) {
        const auto seconds = data.number(key);
        return seconds ? std::optional(timestamp{*seconds}) : std::nullopt;
    }
    static void set_time(metadata& data, std::string_view key, timestamp when) {
        data.set(key, when.seconds);
    }
    /// Mailman 2.1 opens any path given there.
    static void set_shunted_from(metadata& data, std::string_view, std::string_view directory) {
        data.set("whichq", directory);
    }
};

/// Mailman 3: the list's List-Id, recipients as a set in `recipients`, times as datetimes in UTC
/// without a zone. A set lists each address once.
/// @source Mailman 3.3.8 core/runner.py, handlers/member_recipients.py, mta/base.py,
///         utilities/datetime.py, commands/cli_unshunt.py
struct mailman3_keys {
    static constexpr std::string_view queue_folder = "queue";
    static constexpr std::string_view recipients_key = "recipients";

    static std::optional<std::string_view> list_name(const metadata& data) {
        return data.text("listid");
    }
    static void set_list(metadata& data, std::string_view, std::string_view id) {
        data.set("listid", id);
    }
    static std::optional<std::vector<std::string>> recipients(const metadata& data) {
        return detail::all_texts(data.find(recipients_key));
    }
    static void set_recipients(metadata& data, const std::vector<std::string>& addresses) {
        value_set set;
        std::unordered_set<std::string_view> seen;
        for (const std::string& address : addresses) {
            if (seen.insert(address).second) set.items.emplace_back(address);
        }
        data.set(recipients_key, std::move(set));
    }
    static std::optional<timestamp> time(const metadata& data, std::string_view key) {
        const value* v = data.find(key);
        const auto* moment = v == nullptr ? nullptr : v->get_if<date_time>();
        return moment == nullptr ? std::nullopt : std::optional(to_timestamp(*moment));
    }
    /// Does nothing for a time outside a datetime's range (years 1 to 9999).
    static void set_time(metadata& data, std::string_view key, timestamp when) {
        if (const auto moment = to_date_time(when)) data.set(key, *moment);
    }
    /// Mailman 3 knows its queues by name.
    static void set_shunted_from(metadata& data, std::string_view queue, std::string_view) {
        data.set("whichq", queue);
    }
};

static_assert(metadata_keys<mailman21_keys> && metadata_keys<mailman3_keys>);

}  // namespace qslice
