#include "sim/site/entry_view.hpp"

#include "sim/site/quiet_file.hpp"
#include "sim/text/plain_words.hpp"
#include "sim/text/text_table.hpp"

#include <qslice/codec/pickle_reader.hpp>
#include <qslice/message/headers.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace qslice::sim::diagnosis {

namespace {

constexpr std::size_t most_shown_bytes = 400;
constexpr std::size_t most_shown_items = 50;

/// Python 2 writes its text as S, T or U, and no protocol above 2; Python 3 writes V, X or a
/// protocol above 2.
pickle_dialect dialect_of(std::string_view bytes, mailman_version version) {
    if (version == mailman_version::v21) return pickle_dialect::python2;
    if (version == mailman_version::v3) return pickle_dialect::python3;
    const auto byte = [&](std::size_t i) {
        return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U;
    };
    const bool python3 = byte(0) == 'V' || byte(0) == 'X' || (byte(0) == 0x80 && byte(1) > 2);
    return python3 ? pickle_dialect::python3 : pickle_dialect::python2;
}

std::optional<std::string_view> text_of(const value& v) {
    if (const auto* s = v.get_if<std::string>()) return *s;
    if (const auto* s = v.get_if<foreign_string>()) return s->text;
    return std::nullopt;
}

/// The value of a string key in a dictionary.
const value* find(const value_dictionary& dictionary, std::string_view key) {
    for (const auto& [name, item] : dictionary.items) {
        if (text_of(name) == std::optional(key)) return &item;
    }
    return nullptr;
}

/// The header fields that a pickled email.message.Message carries in `_headers`.
void read_object(const value_object& object, entry_view& entry) {
    entry.stored_as = object.class_name;
    // Python 2 makes its old-style class by a call of copy_reg._reconstructor or by its name.
    for (const value& argument : object.arguments) {
        if (const auto* named = argument.get_if<value_object>();
            named != nullptr && entry.stored_as.find("econstruct") != std::string::npos) {
            entry.stored_as = named->class_name;
            break;
        }
    }
    if (object.state.empty()) return;
    const auto* state = object.state.front().get_if<value_dictionary>();
    const value* headers = state == nullptr ? nullptr : find(*state, "_headers");
    const auto* list = headers == nullptr ? nullptr : headers->get_if<value_list>();
    if (list == nullptr) return;
    for (const value& item : list->items) {
        const auto* pair = item.get_if<value_tuple>();
        if (pair == nullptr || pair->items.size() != 2) continue;
        const auto name = text_of(pair->items[0]);
        const auto text = text_of(pair->items[1]);
        if (!name) continue;
        entry.head.emplace_back(*name, text ? unfold(*text) : describe(pair->items[1]));
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
    if (const auto text = text_of(message->data)) {
        entry.stored_as = "text";
        for_each_header(*text, [&](const header_field& field) {
            entry.head.emplace_back(field.name, unfold(field.value));
        });
    } else if (const auto* object = message->data.get_if<value_object>()) {
        read_object(*object, entry);
    } else {
        return failure(error_code::malformed, "message",
                       "expected a message's text or object, found " + describe(message->data));
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
        const auto name = text_of(key);
        entry.data.append(name ? std::string(*name) : describe(key), item);
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
        std::string operator()(const boxed<value_object>& o) const {
            return "an object of " + printable((*o).class_name);
        }
    };
    return std::visit(describer{}, v.data);
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

std::string to_text(const entry_view& entry) {
    std::string text = fmt::format("{}: {}\n", printable(entry.path),
                                   size_text(static_cast<double>(entry.size_bytes)));
    if (entry.name) {
        text += fmt::format("  stamp   {} ({} UTC)\n  digest  {}\n", to_repr(entry.name->time),
                            date_text(entry.name->time.seconds), entry.name->hash.hex());
    }
    if (!entry.stored_as.empty()) {
        text += fmt::format("  message stored as {}, {}\n",
                            entry.stored_as == "text"
                                ? std::string("text")
                                : "a Python object of " + printable(entry.stored_as),
                            size_text(static_cast<double>(entry.message_bytes)));
    }
    if (!entry.head.empty()) text += "\nHead of the message\n";
    for (const auto& [name, field] : entry.head) {
        text += fmt::format("  {}: {}\n", printable(name),
                            printable(field.substr(0, most_shown_bytes)));
    }
    if (!entry.data.items().empty()) {
        text += "\nMetadata\n";
        text_table table({{"key"}, {"value"}});
        for (const auto& [key, item] : entry.data.items()) {
            table.add({printable(key), describe(item)});
        }
        text += table.to_text();
    }
    if (entry.problem) {
        text += fmt::format("\nNot understood: {}\n", printable(entry.problem->to_string()));
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
