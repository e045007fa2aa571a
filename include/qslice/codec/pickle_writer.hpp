/// @file
/// Writes values as Python's protocol 0 pickles, byte for byte as Mailman's Python does.
/// The plaintext codec uses it; protocol 0 is what Mailman uses for messages kept as text.
#pragma once

#include <qslice/codec/detail/plain_run.hpp>
#include <qslice/codec/pickle_dialect.hpp>
#include <qslice/codec/unicode.hpp>
#include <qslice/codec/value.hpp>
#include <qslice/core/hash_value.hpp>
#include <qslice/core/timestamp.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>

namespace qslice {

/// Builds one pickle of protocol 0.
///
/// Equal strings are written out each time: sharing by object identity, which Python's
/// pickler does, is not visible in a tree of values and means the same to every reader.
/// @complexity linear in the size of the value
/// @safety one object builds one pickle
/// @source CPython 2.7 Modules/cPickle.c, CPython 3.11 Modules/_pickle.c, PEP 307
class pickle_writer {
public:
    explicit pickle_writer(pickle_dialect dialect)
        : dialect_(dialect), next_memo_(dialect == pickle_dialect::python2 ? 1 : 0) {}

    /// The pickle of `v`, its final '.' included.
    static std::string write(const value& v, pickle_dialect dialect) {
        pickle_writer writer(dialect);
        writer.put(v);
        return std::move(writer).finish();
    }

    /// The pickle of one string, the message's text, without copying it into a value.
    static std::string write_text(std::string_view text, pickle_dialect dialect) {
        pickle_writer writer(dialect);
        writer.put_native(text);
        return std::move(writer).finish();
    }

    /// Appends one value. Containers call it again for their parts, so that a caller with
    /// data of its own shape can write it between begin_dictionary() and end_item().
    void put(const value& v) {
        std::visit([this](const auto& x) { put_one(x); }, v.data);
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
        // Protocol 0 has no bytes: Python 3 writes a call that encodes a text of code points
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

    /// Objects are written as they were described, for entries that pass through unchanged.
    void put_one(const value_object& o) {
        const std::size_t point = o.class_name.rfind('.');
        out_ += 'c' + o.class_name.substr(0, point) + '\n' +
                (point == std::string::npos ? "" : o.class_name.substr(point + 1)) + '\n';
        put_memo();
        put_one(value_tuple{o.arguments});
        out_ += 'R';
        put_memo();
        if (!o.state.empty()) {
            put(o.state.front());
            out_ += 'b';
        }
    }

    void put_one(const value_list& l) {
        open_container('l');
        for (const value& item : l.items) {
            put(item);
            out_ += 'a';
        }
    }

    void put_one(const value_tuple& t) {
        out_ += '(';
        for (const value& item : t.items) put(item);
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

    void open_container(char opcode) {
        out_ += '(';
        out_ += opcode;
        put_memo();
    }

    void put_native(std::string_view text) {
        if (dialect_ == pickle_dialect::python2) {
            put_byte_string(text);
            // Python 2 keeps no memo of strings shorter than two bytes.
            if (text.size() > 1) put_memo();
        } else {
            put_unicode(text);
            put_memo();
        }
    }

    /// S and the repr of a Python 2 str.
    void put_byte_string(std::string_view text) {
        const bool single = text.find('\'') != std::string_view::npos;
        const bool both = text.find('"') != std::string_view::npos;
        const char quote = single && !both ? '"' : '\'';
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

    /// V and Python's raw-unicode-escape: Latin-1 as it is, the rest and what would end the
    /// line as an escape.
    void put_unicode(std::string_view text) {
        out_ += 'V';
        const bool python3 = dialect_ == pickle_dialect::python3;
        put_escaped(text, '\\', [python3](std::string_view& rest, char* out) {
            if (rest.front() == '\n') {
                rest.remove_prefix(1);
                return std::copy_n("\\u000a", 6, out);
            }
            const char32_t point = detail::take_code_point(rest);
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

    /// Appends a text: plain bytes as they are, and for all others what `escape` makes of the
    /// first character of the rest, which it takes off: at most `longest_escape` bytes.
    template <class Escape>
    void put_escaped(std::string_view text, char quote, Escape&& escape) {
        constexpr std::size_t longest_escape = 10;
        std::size_t end = out_.size();
        while (true) {
            // A text has some two escapes in a hundred bytes, and metadata follow.
            const std::size_t room = text.size() + longest_escape;
            if (out_.size() < end + room) out_.resize(end + room + text.size() / 8);
            const std::size_t run = detail::copy_plain_run(text, quote, out_.data() + end);
            end += run;
            text.remove_prefix(run);
            if (text.empty()) break;
            char* const at = out_.data() + end;
            end += static_cast<std::size_t>(escape(text, at) - at);
        }
        out_.resize(end);
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
        put_number('p', next_memo_++);
        out_ += '\n';
    }

    pickle_dialect dialect_;
    int next_memo_;
    std::string out_;
};

}  // namespace qslice
