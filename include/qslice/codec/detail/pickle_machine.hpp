/// @file
/// The stack machine behind read_pickle(): one method an opcode family, no code execution.
/// Only pickle_reader.hpp includes it.
#pragma once

#include <qslice/codec/detail/pickle_input.hpp>
#include <qslice/codec/detail/pickle_memo.hpp>
#include <qslice/codec/detail/pickle_nodes.hpp>
#include <qslice/codec/pickle_dialect.hpp>
#include <qslice/codec/value.hpp>
#include <qslice/core/result.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice::detail {

/// Interprets one pickle. A failed step sets the error once and stops the machine.
class pickle_machine {
public:
    pickle_machine(std::string_view bytes, pickle_dialect dialect) : in_(bytes), dialect_(dialect) {
        // As many as an entry's metadata have; a message is one value.
        constexpr std::size_t usual = 64;
        constexpr std::size_t bytes_a_value = 8;
        const bool is_text = bytes.starts_with('S') || bytes.starts_with('V');
        nodes_.reserve(is_text ? 1 : std::min(usual, bytes.size() / bytes_a_value));
    }

    [[nodiscard]] std::size_t position() const noexcept { return in_.position(); }

    result<value> run() {
        while (!in_.failed()) {
            const char opcode = in_.byte();
            if (in_.failed()) break;
            if (opcode == '.') return finish();
            step(opcode);
        }
        return failure(in_.error());
    }

private:
    using node_index = pickle_nodes::index;

    result<value> finish() {
        if (stack_.size() != 1 || !marks_.empty()) {
            in_.fail("expected one value before the end of the pickle, found " +
                     std::to_string(stack_.size()));
            return failure(in_.error());
        }
        value data;
        if (const char* problem = nodes_.convert(stack_.back(), data)) {
            in_.fail(problem);
            return failure(in_.error());
        }
        return data;
    }

    void step(char opcode) {
        switch (static_cast<unsigned char>(opcode)) {
            // framing: nothing to build
            case 0x80: in_.check_protocol(in_.byte()); break;
            case 0x95: in_.take(8); break;
            // constants and numbers
            case 'N': push(none{}); break;
            case 0x88: push(true); break;
            case 0x89: push(false); break;
            case 'I': push_decimal_or_bool(in_.line()); break;
            case 'L': push_decimal(in_.line()); break;
            case 'J': push(std::int64_t{static_cast<std::int32_t>(in_.little_endian(4))}); break;
            case 'K': push(static_cast<std::int64_t>(in_.little_endian(1))); break;
            case 'M': push(static_cast<std::int64_t>(in_.little_endian(2))); break;
            case 0x8a: push(in_.binary_integer(in_.little_endian(1))); break;
            case 0x8b: push(in_.binary_integer(in_.little_endian(4))); break;
            case 'F': push(in_.decimal_float()); break;
            case 'G': push(in_.binary_float()); break;
            // strings
            case 'S': push(in_.quoted_line()); break;
            case 'T': push(std::string(in_.take(in_.little_endian(4)))); break;
            case 'U': push(std::string(in_.take(in_.little_endian(1)))); break;
            case 'V': push_unicode(in_.escaped_line()); break;
            case 'X': push_unicode(std::string(in_.take(in_.little_endian(4)))); break;
            case 0x8c: push_unicode(std::string(in_.take(in_.little_endian(1)))); break;
            case 0x8d: push_unicode(std::string(in_.take(in_.little_endian(8)))); break;
            case 'B': push_bytes(in_.take(in_.little_endian(4))); break;
            case 'C': push_bytes(in_.take(in_.little_endian(1))); break;
            case 0x8e:
            case 0x96: push_bytes(in_.take(in_.little_endian(8))); break;
            // containers
            case '(': marks_.push_back(stack_.size()); break;
            case ')': push(value_tuple{}); break;
            case ']': push(value_list{}); break;
            case '}': push(value_dictionary{}); break;
            case 'l': collect(pickle_nodes::kind::list, pop_mark()); break;
            case 't': collect(pickle_nodes::kind::tuple, pop_mark()); break;
            case 'd': collect(pickle_nodes::kind::dictionary, pop_mark()); break;
            case 0x85: collect(pickle_nodes::kind::tuple, below_top(1)); break;
            case 0x86: collect(pickle_nodes::kind::tuple, below_top(2)); break;
            case 0x87: collect(pickle_nodes::kind::tuple, below_top(3)); break;
            case 'a': extend(pickle_nodes::kind::list, below_top(1)); break;
            case 'e': extend(pickle_nodes::kind::list, pop_mark()); break;
            case 's': extend(pickle_nodes::kind::dictionary, below_top(2)); break;
            case 'u': extend(pickle_nodes::kind::dictionary, pop_mark()); break;
            // stack and memo
            case '0': pop(); break;
            case '1': stack_.resize(pop_mark()); break;
            case '2': duplicate(); break;
            case 'p': remember(in_.decimal_index()); break;
            case 'q': remember(in_.little_endian(1)); break;
            case 'r': remember(in_.little_endian(4)); break;
            case 0x94: remember(memo_.size()); break;
            case 'g': recall(in_.decimal_index()); break;
            case 'h': recall(in_.little_endian(1)); break;
            case 'j': recall(in_.little_endian(4)); break;
            // classes, calls and state: kept as a description
            case 'c': push_class(in_.class_name()); break;
            case 0x93: push_named_class(); break;
            case 'i': instance(in_.class_name()); break;
            case 'o': object_from_mark(); break;
            case 'R':
            case 0x81: call(); break;
            case 'b': build(); break;
            default: in_.fail_at_opcode("an opcode of plain data", opcode);
        }
    }

    template <class T>
    void push(T data) {
        if (!in_.failed()) stack_.push_back(nodes_.add(value(std::move(data))));
    }

    void push_unicode(std::string text) {
        if (dialect_ == pickle_dialect::python3) {
            push(std::move(text));
        } else {
            push(foreign_string{std::move(text)});
        }
    }

    void push_bytes(std::string_view bytes) {
        if (dialect_ == pickle_dialect::python2) {
            push(std::string(bytes));
        } else {
            push(foreign_string{std::string(bytes)});
        }
    }

    void push_decimal_or_bool(std::string_view line) {
        if (line == "00" || line == "01") {
            push(line == "01");
        } else {
            push_decimal(line);
        }
    }

    void push_decimal(std::string_view line) {
        if (line.ends_with('L')) line.remove_suffix(1);
        push(in_.decimal_integer(line));
    }

    std::size_t pop_mark() {
        if (marks_.empty() || marks_.back() > stack_.size()) {
            in_.fail("expected a mark on the stack");
            return stack_.size();
        }
        const std::size_t mark = marks_.back();
        marks_.pop_back();
        return mark;
    }

    std::size_t below_top(std::size_t count) {
        const std::size_t floor = marks_.empty() ? 0 : marks_.back();
        if (stack_.size() < floor + count) {
            in_.fail("expected " + std::to_string(count) + " values on the stack");
            return stack_.size();
        }
        return stack_.size() - count;
    }

    void pop() {
        if (!marks_.empty() && marks_.back() == stack_.size()) {
            marks_.pop_back();
            return;
        }
        stack_.resize(below_top(1));
    }

    void duplicate() {
        below_top(1);
        if (!in_.failed()) push_again(stack_.back());
    }

    void collect(pickle_nodes::kind kind, std::size_t from) {
        if (in_.failed()) return;
        std::vector<node_index> items(stack_.begin() + static_cast<std::ptrdiff_t>(from),
                                      stack_.end());
        if (kind == pickle_nodes::kind::dictionary && items.size() % 2 != 0) {
            in_.fail("expected pairs of key and value");
            return;
        }
        stack_.resize(from);
        stack_.push_back(nodes_.add(kind, std::move(items)));
    }

    void extend(pickle_nodes::kind kind, std::size_t from) {
        if (in_.failed()) return;
        if (from == 0 || nodes_.kind_of(stack_[from - 1]) != kind ||
            (kind == pickle_nodes::kind::dictionary && (stack_.size() - from) % 2 != 0)) {
            in_.fail(kind == pickle_nodes::kind::list ? "expected a list to append to"
                                                      : "expected a dictionary to fill");
            return;
        }
        nodes_.append(stack_[from - 1], stack_.begin() + static_cast<std::ptrdiff_t>(from),
                      stack_.end());
        stack_.resize(from);
    }

    void remember(std::uint64_t key) {
        below_top(1);
        if (!in_.failed()) memo_.remember(key, stack_.back());
    }

    void recall(std::uint64_t key) {
        if (in_.failed()) return;
        const auto at = memo_.recall(key);
        if (!at) {
            in_.fail("expected a value remembered as number " + std::to_string(key));
            return;
        }
        push_again(*at);
    }

    void push_again(node_index at) {
        nodes_.share(at);
        stack_.push_back(at);
    }

    void push_class(std::string name) {
        if (!in_.failed()) stack_.push_back(nodes_.add_class(std::move(name)));
    }

    void push_named_class() {
        const std::size_t at = below_top(2);
        if (in_.failed()) return;
        std::string name = nodes_.text(stack_[at]) + '.' + nodes_.text(stack_[at + 1]);
        stack_.resize(at);
        push_class(std::move(name));
    }

    void instance(std::string name) {
        collect(pickle_nodes::kind::tuple, pop_mark());
        push_class(std::move(name));
        if (in_.failed()) return;
        std::swap(stack_[stack_.size() - 1], stack_[stack_.size() - 2]);
        call();
    }

    void object_from_mark() {
        const std::size_t mark = pop_mark();
        if (in_.failed()) return;
        if (mark == stack_.size()) {
            in_.fail("expected a class after the mark");
            return;
        }
        collect(pickle_nodes::kind::tuple, mark + 1);
        call();
    }

    /// Describes what Python would do by calling the class below the arguments.
    void call() {
        const std::size_t at = below_top(2);
        if (in_.failed()) return;
        if (nodes_.kind_of(stack_[at]) != pickle_nodes::kind::object ||
            nodes_.kind_of(stack_[at + 1]) != pickle_nodes::kind::tuple) {
            in_.fail("expected a class and its arguments");
            return;
        }
        stack_[at] = nodes_.call(stack_[at], stack_[at + 1]);
        stack_.resize(at + 1);
    }

    void build() {
        const std::size_t at = below_top(2);
        if (in_.failed()) return;
        if (!nodes_.set_state(stack_[at], stack_[at + 1])) {
            in_.fail("expected an object to fill with its state");
            return;
        }
        stack_.resize(at + 1);
    }

    pickle_input in_;
    pickle_dialect dialect_;
    pickle_nodes nodes_;
    std::vector<node_index> stack_;
    std::vector<std::size_t> marks_;
    pickle_memo memo_;
};

}  // namespace qslice::detail
