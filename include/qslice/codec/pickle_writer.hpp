/// @file
/// Writes values as Python's protocol 0 pickles, byte for byte as Mailman's Python does.
/// The plaintext codec uses it; protocol 0 is what Mailman uses for messages kept as text.
#pragma once

#include <qslice/codec/detail/plain_run.hpp>
#include <qslice/codec/pickle_dialect.hpp>
#include <qslice/codec/value.hpp>
#include <qslice/core/hash_value.hpp>
#include <qslice/core/timestamp.hpp>
#include <qslice/core/unicode.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice {

/// Builds one pickle of protocol 0.
///
/// Equal strings are written out each time: sharing by object identity, as in Python's pickler, is
/// not represented in a tree of values and makes no difference to readers.
/// @complexity linear in the size of the value
/// @safety an object builds one pickle
/// @source CPython 2.7 Modules/cPickle.c, CPython 3.11 Modules/_pickle.c, PEP 307
class pickle_writer {
public:
    explicit pickle_writer(pickle_dialect dialect)
        : dialect_(dialect), next_memo_(dialect == pickle_dialect::python2 ? 1 : 0) {}

    /// The pickle of `v`, including the final '.'.
    static std::string write(const value& v, pickle_dialect dialect) {
        pickle_writer writer(dialect);
        writer.put(v);
        return std::move(writer).finish();
    }

    /// The pickle of a message's bytes as its text. Python 3 reads mail with each byte beyond ASCII
    /// escaped (surrogateescape), whatever its encoding: it could not write out decoded characters
    /// again.
    /// @param room  for so many bytes that are to follow
    static std::string write_text(std::string_view bytes, pickle_dialect dialect,
                                  std::size_t room = 0) {
        pickle_writer writer(dialect);
        writer.out_.reserve(escaped_room(bytes) + usual_rest + room);
        if (dialect == pickle_dialect::python2) {
            writer.put_native(bytes);
        } else {
            writer.put_unicode(bytes, [](std::string_view& rest) {
                const auto byte = static_cast<unsigned char>(rest.front());
                rest.remove_prefix(1);
                return byte < 0x80 ? char32_t{byte} : char32_t{0xdc00} + byte;
            });
            writer.put_memo();
        }
        return std::move(writer).finish();
    }

    /// Appends one value. Containers call it recursively for their parts, so that a caller with its
    /// own data structure can write it between begin_dictionary() and end_item().
    void put(const value& v) {
        v.visit([this](const auto& x) { put_one(x); });
    }
    void put_key(std::string_view key) { put_native(key); }
    void begin_dictionary() { open_container('d'); }
    void end_item() { out_ += 's'; }

    std::string finish() && {
        out_ += '.';
        return std::move(out_);
    }

private:
    void put_one(none) { out_ += 'N'; }
    void put_one(bool b) { out_ += b ? "I01\n" : "I00\n"; }
    void put_one(const std::string& s) { put_native(s); }
    void put_one(const big_integer& i) { out_ += 'L' + i.decimal + "L\n"; }

    void put_one(std::int64_t i) {
        const bool fits = i >= std::numeric_limits<std::int32_t>::min() &&
                          i <= std::numeric_limits<std::int32_t>::max();
        const bool as_long = dialect_ == pickle_dialect::python3 && !fits;
        put_number(as_long ? 'L' : 'I', i);
        out_ += as_long ? "L\n" : "\n";
    }

    void put_one(double d) {
        char buffer[detail::repr_size];
        char* end = buffer;
        if (dialect_ == pickle_dialect::python2) {
            end = std::to_chars(buffer, buffer + sizeof buffer, d, std::chars_format::general, 17)
                      .ptr;
        } else {
            end = detail::write_repr(d, buffer);
        }
        out_ += 'F';
        out_.append(buffer, end);
        out_ += '\n';
    }

    void put_one(const foreign_string& s) {
        if (dialect_ == pickle_dialect::python2) {
            put_unicode(s.text);
            if (s.text.size() > 1) put_memo();
            return;
        }
        // Protocol 0 has no bytes type: Python 3 writes a call that encodes a string of code points
        // up to U+00FF as Latin-1. Only data is written here; the reader knows this one form.
        out_ += s.text.empty() ? "c__builtin__\nbytes\n" : "c_codecs\nencode\n";
        put_memo();
        out_ += '(';
        if (!s.text.empty()) {
            std::string as_text;
            for (const char c : s.text) {
                detail::append_code_point(as_text, static_cast<unsigned char>(c));
            }
            put_unicode(as_text);
            put_memo();
            out_ += "Vlatin1\n";
            put_memo();
        }
        out_ += 't';
        if (!s.text.empty()) put_memo();
        out_ += 'R';
        put_memo();
    }

    void put_one(const value_class& c) { put_class(c.class_name); }

    /// Python pickles a datetime as a call with its bytes.
    void put_one(const date_time& d) {
        const std::string packed = detail::pack_date_time(d);
        put_class("datetime.datetime");
        out_ += '(';
        if (dialect_ == pickle_dialect::python2) {
            put_native(packed);
        } else {
            put_one(foreign_string{packed});
        }
        end_call();
    }

    void put_one(const value_set& s) {
        put_class("__builtin__.set");
        out_ += '(';
        put_list(s.items);
        end_call();
    }

    /// Objects are written as described.
    void put_one(const value_object& o) {
        if (o.made_by == construction::instance) {
            out_ += '(';
            put_all(o.arguments);
            put_class_name('i', o.class_name);
        } else if (o.made_by == construction::allocate && o.arguments.empty()) {
            // Protocol 0 has no opcode for it.
            put_class("copy_reg._reconstructor");
            out_ += '(';
            put_class(o.class_name);
            put_class("__builtin__.object");
            out_ += 'N';
            end_call();
        } else {
            put_class(o.class_name);
            put_one(value_tuple{o.arguments});
            out_ += o.made_by == construction::allocate ? '\x81' : 'R';
            put_memo();
        }
        if (!o.state.empty()) {
            put(o.state.front());
            out_ += 'b';
        }
    }

    void put_one(const value_list& l) { put_list(l.items); }

    void put_list(const std::vector<value>& items) {
        open_container('l');
        for (const value& item : items) {
            put(item);
            out_ += 'a';
        }
    }

    void put_all(const std::vector<value>& items) {
        for (const value& item : items) put(item);
    }

    void put_one(const value_tuple& t) {
        out_ += '(';
        put_all(t.items);
        out_ += 't';
        if (!t.items.empty()) put_memo();
    }

    void put_one(const value_dictionary& d) {
        begin_dictionary();
        for (const auto& [key, item] : d.items) {
            put(key);
            put(item);
            end_item();
        }
    }

    void put_class(std::string_view name) { put_class_name('c', name); }

    /// A class by the opcode that takes its module and its name as lines.
    void put_class_name(char opcode, std::string_view name) {
        const std::size_t point = name.rfind('.');
        const bool in_module = point != std::string_view::npos;
        out_ += opcode;
        out_.append(name.substr(0, in_module ? point : 0)) += '\n';
        out_.append(name.substr(in_module ? point + 1 : 0)) += '\n';
        put_memo();
    }

    /// Closes the arguments of a call and performs it.
    void end_call() {
        out_ += 't';
        put_memo();
        out_ += 'R';
        put_memo();
    }

    void open_container(char opcode) {
        out_ += '(';
        out_ += opcode;
        put_memo();
    }

    void put_native(std::string_view text) {
        if (dialect_ == pickle_dialect::python2) {
            put_byte_string(text);
            // Python 2 does not memoise strings shorter than two bytes.
            if (text.size() > 1) put_memo();
        } else {
            put_unicode(text);
            put_memo();
        }
    }

    /// S and the repr of a Python 2 str.
    void put_byte_string(std::string_view text) {
        if (put_short_byte_string(text)) return;
        const bool single = text.find('\'') != std::string_view::npos;
        const char quote = single && text.find('"') == std::string_view::npos ? '"' : '\'';
        out_ += 'S';
        out_ += quote;
        put_escaped(text, quote, [](std::string_view& rest, char* out) {
            out = write_escape(rest.front(), out);
            rest.remove_prefix(1);
            return out;
        });
        out_ += quote;
        out_ += '\n';
    }

    /// The same for a short text without anything to escape, such as an address.
    /// @returns false, and does nothing, for any other
    bool put_short_byte_string(std::string_view text) {
        if (text.size() > short_text) return false;
        std::array<char, short_text + 4> line;
        char* at = line.data();
        *at++ = 'S';
        *at++ = '\'';
        if (detail::copy_plain_run(text, '\'', at) < text.size()) return false;
        at += text.size();
        *at++ = '\'';
        *at++ = '\n';
        out_.append(line.data(), at);
        return true;
    }

    static char* write_escape(char c, char* out) noexcept {
        *out++ = '\\';
        switch (c) {
            case '\t': *out++ = 't'; break;
            case '\n': *out++ = 'n'; break;
            case '\r': *out++ = 'r'; break;
            case '\\':
            case '\'':
            case '"': *out++ = c; break;
            default: *out++ = 'x'; out = write_hex(static_cast<unsigned char>(c), 2, out);
        }
        return out;
    }

    /// V and Python's raw-unicode-escape: Latin-1 unchanged, other characters and line ends as
    /// escapes.
    /// @param take  removes the first code point from the rest of the text
    template <class Take = char32_t (*)(std::string_view&) noexcept>
    void put_unicode(std::string_view text, Take&& take = detail::take_code_point) {
        out_ += 'V';
        const bool python3 = dialect_ == pickle_dialect::python3;
        put_escaped(text, '\\', [&](std::string_view& rest, char* out) {
            if (rest.front() == '\n') {
                rest.remove_prefix(1);
                return std::copy_n("\\u000a", 6, out);
            }
            const char32_t point = take(rest);
            const bool control =
                point == '\\' || (python3 && (point == 0 || point == '\r' || point == 0x1a));
            if (point < 0x100 && !control) {
                *out = static_cast<char>(point);
                return out + 1;
            }
            *out++ = '\\';
            *out++ = point >= 0x10000 ? 'U' : 'u';
            return write_hex(point, point >= 0x10000 ? 8 : 4, out);
        });
        out_ += '\n';
    }

    /// Appends a text: plain bytes unchanged; for others `escape` converts and removes the first
    /// character of the rest, to at most `longest_escape` bytes.
    template <class Escape>
    void put_escaped(std::string_view text, char quote, Escape&& escape) {
        // By way of a block, since a string fills with zeros what is added to it to be written to.
        std::array<char, 4096 + longest_escape> block;
        char* const full = block.data() + block.size() - longest_escape;
        char* at = block.data();
        while (true) {
            const auto room = static_cast<std::size_t>(full - at);
            const std::size_t run = detail::copy_plain_run(text.substr(0, room), quote, at);
            at += run;
            text.remove_prefix(run);
            if (text.empty()) break;
            if (run < room) at = escape(text, at);
            if (at < full) continue;
            out_.append(block.data(), at);
            at = block.data();
        }
        out_.append(block.data(), at);
    }

    static constexpr std::size_t longest_escape = 10;
    static constexpr std::size_t short_text = 128;
    static constexpr std::size_t usual_rest = 32;  ///< of a pickle, beside its text

    /// Room for a text, which has about two escapes per hundred bytes.
    static std::size_t escaped_room(std::string_view text) {
        return text.size() + longest_escape + text.size() / 8;
    }

    static char* write_hex(std::uint64_t number, int digits, char* out) noexcept {
        detail::format_hex(number, digits, out);
        return out + digits;
    }

    /// An opcode and a decimal number.
    void put_number(char opcode, std::int64_t number) {
        char buffer[1 + 20] = {opcode};
        out_.append(buffer, std::to_chars(buffer + 1, std::end(buffer), number).ptr);
    }

    void put_memo() {
        char line[1 + 20 + 1] = {'p'};
        char* const end = std::to_chars(line + 1, std::end(line) - 1, next_memo_++).ptr;
        *end = '\n';
        out_.append(line, end + 1);
    }

    pickle_dialect dialect_;
    int next_memo_;
    std::string out_;
};

}  // namespace qslice
