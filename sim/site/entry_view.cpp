#include "sim/site/entry_view.hpp"

#include "sim/site/quiet_file.hpp"
#include "sim/text/plain_words.hpp"
#include "sim/text/text_table.hpp"

#include <qslice/codec/delivered_text.hpp>
#include <qslice/codec/mail_objects.hpp>
#include <qslice/codec/pickle_reader.hpp>
#include <qslice/core/unicode.hpp>
#include <qslice/message/header_words.hpp>
#include <qslice/message/headers.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <variant>

namespace qslice::sim::diagnosis {

namespace {

constexpr std::size_t most_shown_bytes = 400;
constexpr std::size_t most_shown_items = 50;

/// Python 2 writes strings as S, T or U, with protocol 2 at most; Python 3 writes V, X or a higher
/// protocol.
pickle_dialect dialect_of(std::string_view bytes, mailman_version version) {
    if (version == mailman_version::v21) return pickle_dialect::python2;
    if (version == mailman_version::v3) return pickle_dialect::python3;
    const auto byte = [&](std::size_t i) {
        return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U;
    };
    const bool python3 = byte(0) == 'V' || byte(0) == 'X' || (byte(0) == 0x80 && byte(1) > 2);
    return python3 ? pickle_dialect::python3 : pickle_dialect::python2;
}

std::string words_of_field(const object_header& field, pickle_dialect dialect) {
    if (const auto* header = std::get_if<encoded_header>(&field.value)) {
        return words_of(*header, dialect == pickle_dialect::python2);
    }
    return words_of(qslice::detail::unescape_bytes(std::get<std::string>(field.value)));
}

/// The header fields of a message object; a class that no Mailman queues is a problem.
void read_object(const value& message, pickle_dialect dialect, entry_view& entry) {
    entry.stored_as = message.get_if<value_object>()->class_name;
    const auto object = to_message_object(message, dialect);
    if (!object) {
        entry.problem = object.error();
        return;
    }
    if (const auto unknown = unknown_class_in(message)) {
        entry.problem = {error_code::malformed, "message",
                         "expected classes that Mailman queues, found an object of " + *unknown};
    }
    entry.envelope = object->unix_from.value_or("");
    for (const object_header& field : object->headers) {
        entry.head.emplace_back(field.name, words_of_field(field, dialect));
    }
}

std::string joined(const std::vector<value>& items) {
    std::string text;
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (i > 0) text += ", ";
        if (i == most_shown_items) {
            return text + fmt::format("... {} more", grouped(items.size() - i));
        }
        text += describe(items[i]);
    }
    return text;
}

/// Whether the chunks of a header are UTF-8, as Python 3 keeps them, and not bytes of theirs.
bool in_utf8(const encoded_header& header) {
    return std::all_of(header.chunks.begin(), header.chunks.end(), [](const header_chunk& chunk) {
        std::string_view rest = chunk.text;
        while (!rest.empty()) {
            if (qslice::detail::is_escaped_byte(qslice::detail::take_code_point(rest)))
                return false;
        }
        return true;
    });
}

/// A time in the metadata with its date: floats of Mailman 2.1 that a key says to be times.
std::string described_item(std::string_view key, const value& item) {
    const auto* seconds = item.get_if<double>();
    if (key == "_bak_count") {
        return describe(item) +
               " (times that it was recovered from .bak because its runner had died on it; renamed "
               "to .pck with 3, Mailman preserves it again at the next death)";
    }
    if (key == "recipients" || key == "recips") {
        const auto* set = item.get_if<value_set>();
        const auto* list = item.get_if<value_list>();
        const std::size_t count = set ? set->items.size() : list ? list->items.size() : 0;
        if (set || list) return fmt::format("{} ({})", describe(item), grouped(count));
    }
    const bool is_time =
        key.ends_with("_time") || key.ends_with("_until") || key == "deliver_after";
    if (seconds == nullptr || !is_time) return describe(item);
    return fmt::format("{} ({} UTC)", describe(item), date_text(*seconds));
}

std::string quoted_text(std::string_view text) {
    const bool cut = text.size() > most_shown_bytes;
    return '\'' + printable(text.substr(0, most_shown_bytes)) + '\'' +
           (cut ? fmt::format("... ({} bytes)", grouped(text.size())) : "");
}

result<void> read_content(std::string_view bytes, mailman_version version, entry_view& entry) {
    const pickle_dialect dialect = dialect_of(bytes, version);
    const auto message = read_pickle(bytes, dialect);
    if (!message) return failure(message.error());
    entry.message_bytes = message->size_bytes;
    if (const std::string* text = message->data.text()) {
        entry.stored_as = "text";
        const std::string bytes_of_mail = qslice::detail::unescape_bytes(*text);
        for_each_header(bytes_of_mail, [&](const header_field& field) {
            entry.head.emplace_back(field.name, words_of(field.value));
        });
    } else if (message->data.get_if<value_object>() != nullptr) {
        read_object(message->data, dialect, entry);
    } else {
        return failure(
            error_code::malformed, "message",
            "expected a message as a string or an object, found " + describe(message->data));
    }
    const auto data = read_pickle(bytes.substr(message->size_bytes), dialect);
    if (!data) {
        return failure(data.error().code, "metadata, " + data.error().where, data.error().what);
    }
    const auto* dictionary = data->data.get_if<value_dictionary>();
    if (dictionary == nullptr) {
        return failure(error_code::malformed, "metadata",
                       "expected a dictionary, found " + describe(data->data));
    }
    for (const auto& [key, item] : dictionary->items) {
        const std::string* name = key.text();
        entry.data.append(name != nullptr ? *name : describe(key), item);
    }
    return {};
}

}  // namespace

std::string describe(const value& v) {
    struct describer {
        std::string operator()(qslice::none) const { return "None"; }
        std::string operator()(bool b) const { return b ? "True" : "False"; }
        std::string operator()(std::int64_t i) const { return std::to_string(i); }
        std::string operator()(double d) const { return to_repr({d}); }
        std::string operator()(const std::string& s) const { return quoted_text(s); }
        std::string operator()(const foreign_string& s) const { return quoted_text(s.text); }
        std::string operator()(const big_integer& i) const { return i.decimal; }
        std::string operator()(const value_list& l) const { return '[' + joined(l.items) + ']'; }
        std::string operator()(const value_tuple& t) const { return '(' + joined(t.items) + ')'; }
        std::string operator()(const value_dictionary& d) const {
            std::string text = "{";
            for (std::size_t i = 0; i < d.items.size(); ++i) {
                if (i > 0) text += ", ";
                if (i == most_shown_items) return text + "...}";
                text += describe(d.items[i].first) + ": " + describe(d.items[i].second);
            }
            return text + '}';
        }
        std::string operator()(const value_set& set) const { return '{' + joined(set.items) + '}'; }
        std::string operator()(const date_time& d) const { return to_string(d); }
        std::string operator()(const value_class& c) const {
            return "the class " + printable(c.class_name);
        }
        std::string operator()(const value_object& o) const {
            if (const auto header = to_encoded_header(value(o))) {
                return quoted_text(words_of(*header, !in_utf8(*header)));
            }
            return "an object of " + printable(o.class_name);
        }
    };
    return v.visit(describer{});
}

result<entry_view> view_entry(const std::string& path, std::optional<mailman_version> version) {
    auto opened = open_quietly(path, 0);
    if (!opened) return failure(opened.error());
    const auto bytes = opened->owner.read();
    if (!bytes) return failure(bytes.error());
    entry_view entry;
    entry.path = path;
    entry.size_bytes = bytes->size();
    std::string_view file = path;
    file = file.substr(file.rfind('/') + 1);
    auto cut = split_extension(file);
    if (const auto inner = split_extension(cut.base); state_of(inner.extension)) cut = inner;
    auto name = parse_entry_name(cut.base);
    if (name) {
        entry.name = *name;
    } else {
        entry.problem = name.error();
    }
    if (auto read = read_content(*bytes, version.value_or(mailman_version::unknown), entry);
        !read) {
        entry.problem = read.error();
    }
    return entry;
}

result<std::string> message_as_sent(const std::string& path,
                                    std::optional<mailman_version> version) {
    auto opened = open_quietly(path, 0);
    if (!opened) return failure(opened.error());
    const auto bytes = opened->owner.read();
    if (!bytes) return failure(bytes.error());
    const auto within = [&](error problem) {
        problem.where = path + ", " + problem.where;
        return failure(std::move(problem));
    };
    const pickle_dialect dialect = dialect_of(*bytes, version.value_or(mailman_version::unknown));
    auto text = delivered_text(*bytes, dialect);
    return text ? std::move(text) : within(text.error());
}

std::string to_text(const entry_view& entry) {
    std::string text = fmt::format("{}: {}\n", printable(entry.path),
                                   size_text(static_cast<double>(entry.size_bytes)));
    if (entry.name) {
        text += fmt::format(
            "  stamp   {} ({} UTC)\n"
            "  hash    {}\n",
            to_repr(entry.name->time), date_text(entry.name->time.seconds), entry.name->hash.hex());
    }
    if (!entry.stored_as.empty()) {
        text += fmt::format("  message stored as {}, {}\n",
                            entry.stored_as == "text"
                                ? std::string("text")
                                : "a Python object of " + printable(entry.stored_as),
                            size_text(static_cast<double>(entry.message_bytes)));
    }
    if (!entry.envelope.empty()) text += fmt::format("  envelope {}\n", printable(entry.envelope));
    if (!entry.head.empty()) text += "\nMessage header\n";
    for (const auto& [name, field] : entry.head) {
        text += fmt::format("  {}: {}\n", printable(name),
                            printable(field.substr(0, most_shown_bytes)));
    }
    if (!entry.data.items().empty()) {
        text += "\nMetadata\n";
        text_table table({{"key"}, {"value"}});
        for (const auto& [key, item] : entry.data.items()) {
            table.add({printable(key), described_item(key, item)});
        }
        text += table.to_text();
    }
    if (entry.problem) {
        text += fmt::format("\nCould not be parsed: {}\n", printable(entry.problem->to_string()));
    }
    return text;
}

nlohmann::ordered_json to_json(const entry_view& entry) {
    nlohmann::ordered_json j{{"path", printable(entry.path)}, {"size_bytes", entry.size_bytes}};
    if (entry.name) {
        j["stamp"] = entry.name->time.seconds;
        j["digest"] = entry.name->hash.hex();
    }
    j["stored_as"] = printable(entry.stored_as);
    j["envelope"] = printable(entry.envelope);
    auto head = nlohmann::ordered_json::array();
    for (const auto& [name, field] : entry.head) {
        head.push_back({printable(name), printable(field)});
    }
    j["head"] = std::move(head);
    auto data = nlohmann::ordered_json::object();
    for (const auto& [key, item] : entry.data.items()) data[printable(key)] = describe(item);
    j["metadata"] = std::move(data);
    j["problem"] = entry.problem ? nlohmann::ordered_json(printable(entry.problem->to_string()))
                                 : nlohmann::ordered_json(nullptr);
    return j;
}

}  // namespace qslice::sim::diagnosis
