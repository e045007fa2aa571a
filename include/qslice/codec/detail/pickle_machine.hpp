/// @file
/// The stack machine behind read_pickle(): one method an opcode family, no code execution.
/// Only pickle_reader.hpp includes it.
#pragma once

#include <qslice/codec/detail/pickle_budget.hpp>
#include <qslice/codec/detail/pickle_calls.hpp>
#include <qslice/codec/detail/pickle_input.hpp>
#include <qslice/codec/detail/pickle_memo.hpp>
#include <qslice/codec/detail/pickle_nodes.hpp>
#include <qslice/codec/detail/pickle_tree.hpp>
#include <qslice/codec/pickle_dialect.hpp>
#include <qslice/codec/value.hpp>
#include <qslice/core/result.hpp>
#include <qslice/core/unicode.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice::detail {

/// Interprets one pickle. A failed step sets the error once and stops the machine.
class pickle_machine {
public:
    pickle_machine(std::string_view bytes, pickle_dialect dialect) : in_(bytes), dialect_(dialect) {
        constexpr std::size_t usual = 64;  // for metadata; a message kept as text is one value
        constexpr std::size_t bytes_a_value = 8;
        const bool is_text = bytes.starts_with('S') || bytes.starts_with('V');
        nodes_.reserve(is_text ? 1 : std::min(usual, bytes.size() / bytes_a_value));
    }

    [[nodiscard]] std::size_t position() const noexcept { return in_.position(); }

    result<value> run() {
        const auto top = run_graph();
        if (!top) return failure(top.error());
        value data;
        pickle_tree tree(nodes_, budget_, in_.position());
        const char* problem = tree.convert(*top, data);
        if (problem == nullptr) return data;
        in_.fail(problem);
        return failure(in_.error());
    }

    /// Reads the pickle without making a tree of it.
    /// @returns the place of its value among nodes()
    result<pickle_nodes::index> run_graph() {
        while (!in_.failed()) {
            const char opcode = in_.byte();
            if (in_.failed()) break;
            if (opcode != '.') {
                step(opcode);
            } else if (stack_.size() == 1 && marks_.empty()) {
                return stack_.back();
            } else {
                in_.fail("expected one value before the end of the pickle, found " +
                         std::to_string(stack_.size()));
            }
        }
        return failure(in_.error());
    }

    [[nodiscard]] pickle_nodes& nodes() noexcept { return nodes_; }
    [[nodiscard]] pickle_budget& budget() noexcept { return budget_; }

private:
    using node_index = pickle_nodes::index;

    bool spend(std::size_t bytes) {
        if (in_.failed()) return false;
        if (!budget_.take(bytes, in_.position())) in_.fail(pickle_budget::exceeded);
        return !in_.failed();
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
            case 0x8a: push_number(in_.binary_integer(in_.little_endian(1))); break;
            case 0x8b: push_number(in_.binary_integer(in_.little_endian(4))); break;
            case 'F': push(in_.decimal_float()); break;
            case 'G': push(in_.binary_float()); break;
            // strings
            case 'S': push_quoted(in_.quoted_line()); break;
            case 'T': push_view(node_kind::text_view, in_.take(in_.little_endian(4))); break;
            case 'U': push_view(node_kind::text_view, in_.take(in_.little_endian(1))); break;
            case 'V': push_unicode(in_.escaped_line()); break;
            case 'X': push_unicode_view(in_.take(in_.little_endian(4))); break;
            case 0x8c: push_unicode_view(in_.take(in_.little_endian(1))); break;
            case 0x8d: push_unicode_view(in_.take(in_.little_endian(8))); break;
            case 'B': push_bytes(in_.take(in_.little_endian(4))); break;
            case 'C': push_bytes(in_.take(in_.little_endian(1))); break;
            case 0x8e:
            case 0x96: push_bytes(in_.take(in_.little_endian(8))); break;
            // containers
            case '(': mark(); break;
            case ')': push_container(node_kind::tuple); break;
            case ']': push_container(node_kind::list); break;
            case '}': push_container(node_kind::dictionary); break;
            case 0x8f: push_container(node_kind::set); break;
            case 'l': collect(node_kind::list, pop_mark()); break;
            case 't': collect(node_kind::tuple, pop_mark()); break;
            case 'd': collect(node_kind::dictionary, pop_mark()); break;
            case 0x85: collect(node_kind::tuple, below_top(1)); break;
            case 0x86: collect(node_kind::tuple, below_top(2)); break;
            case 0x87: collect(node_kind::tuple, below_top(3)); break;
            case 'a': extend(node_kind::list, below_top(1)); break;
            case 'e': extend(node_kind::list, pop_mark()); break;
            case 's': extend(node_kind::dictionary, below_top(2)); break;
            case 'u': extend(node_kind::dictionary, pop_mark()); break;
            case 0x90: extend(node_kind::set, pop_mark()); break;
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
            case 'R': call(construction::call); break;
            case 0x81: call(construction::allocate); break;
            case 'b': build(); break;
            default: in_.fail_at_opcode("an opcode of plain data", opcode);
        }
    }

    void push_node(node_index at) { stack_.push_back(at); }

    /// None, a bool, an integer or a float.
    template <class T>
    void push(T constant) {
        if (spend(pickle_cost::node)) push_node(nodes_.add_constant(constant));
    }

    void push_string(node_kind kind, std::string text) {
        if (spend(pickle_cost::node + pickle_cost::string + text.size())) {
            push_node(nodes_.add_string(kind, std::move(text)));
        }
    }

    void push_view(node_kind kind, std::string_view text) {
        if (text.size() > std::numeric_limits<std::uint32_t>::max()) {
            in_.fail("expected a string of less than 4 GiB");
        }
        if (spend(pickle_cost::node)) push_node(nodes_.add_view(kind, text));
    }

    void push_quoted(std::string_view text) {
        if (text.find('\\') == std::string_view::npos) return push_view(node_kind::text_view, text);
        push_string(node_kind::text, in_.unescaped(text));
    }

    void push_number(const value& number) {
        if (const auto* i = number.get_if<std::int64_t>()) {
            push(*i);
        } else if (const auto* big = number.get_if<big_integer>()) {
            push_string(node_kind::big, big->decimal);
        }
    }

    void push_unicode(std::string text) {
        push_string(dialect_ == pickle_dialect::python3 ? node_kind::text : node_kind::foreign,
                    to_value_text(std::move(text)));
    }

    void push_unicode_view(std::string_view text) {
        // Only such a byte can begin a surrogate.
        if (text.find('\xed') != std::string_view::npos) return push_unicode(std::string(text));
        push_view(
            dialect_ == pickle_dialect::python3 ? node_kind::text_view : node_kind::foreign_view,
            text);
    }

    void push_bytes(std::string_view bytes) {
        push_view(
            dialect_ == pickle_dialect::python2 ? node_kind::text_view : node_kind::foreign_view,
            bytes);
    }

    void push_container(node_kind kind) {
        if (spend(pickle_cost::node + pickle_cost::container))
            push_node(nodes_.add_container(kind, {}));
    }

    void push_decimal_or_bool(std::string_view line) {
        if (line == "00" || line == "01") return push(line == "01");
        push_decimal(line);
    }

    void push_decimal(std::string_view line) {
        if (line.ends_with('L')) line.remove_suffix(1);
        push_number(in_.decimal_integer(line));
    }

    void mark() {
        if (spend(pickle_cost::mark)) marks_.push_back(stack_.size());
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
        if (stack_.size() < (marks_.empty() ? 0 : marks_.back()) + count) {
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

    void collect(node_kind kind, std::size_t from) {
        if (in_.failed()) return;
        const std::size_t count = stack_.size() - from;
        if (kind == node_kind::dictionary && count % 2 != 0) {
            in_.fail("expected pairs of key and value");
            return;
        }
        if (!spend(pickle_cost::node + pickle_cost::container + count * sizeof(node_index))) return;
        pickle_nodes::parts items(stack_.begin() + static_cast<std::ptrdiff_t>(from), stack_.end());
        stack_.resize(from);
        push_node(nodes_.add_container(kind, std::move(items)));
    }

    void extend(node_kind kind, std::size_t from) {
        if (in_.failed()) return;
        const std::size_t count = stack_.size() - from;
        if (from == 0 || nodes_.kind_of(stack_[from - 1]) != kind ||
            (kind == node_kind::dictionary && count % 2 != 0)) {
            in_.fail(std::string(kind == node_kind::list  ? "expected a list to append to"
                                 : kind == node_kind::set ? "expected a set to add to"
                                                          : "expected a dictionary to fill") +
                     object_found(from));
            return;
        }
        if (!spend(count * pickle_cost::place)) return;
        auto& items = nodes_.parts_of(stack_[from - 1]);
        constexpr std::size_t usual = 8;
        if (items.empty()) items.reserve(std::max(count, usual));
        items.insert(items.end(), stack_.begin() + static_cast<std::ptrdiff_t>(from), stack_.end());
        stack_.resize(from);
    }

    /// Names the class of an object where plain data was expected.
    std::string object_found(std::size_t from) const {
        if (from == 0 || nodes_.kind_of(stack_[from - 1]) != node_kind::object) return {};
        const node_index callee = nodes_.parts_of(stack_[from - 1])[0];
        return ", found an object of " + std::string(nodes_.bytes_of(callee));
    }

    void remember(std::uint64_t key) {
        below_top(1);
        if (in_.failed()) return;
        if (spend(memo_.is_far(key) ? pickle_cost::far_memo : pickle_cost::place)) {
            memo_.remember(key, stack_.back());
        }
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
        if (!spend(pickle_cost::again)) return;
        nodes_.share(at);
        push_node(at);
    }

    void push_class(std::string name) { push_string(node_kind::named_class, std::move(name)); }

    void push_named_class() {
        const std::size_t at = below_top(2);
        if (in_.failed()) return;
        if (!nodes_.is_string(stack_[at]) || !nodes_.is_string(stack_[at + 1])) {
            in_.fail("expected the names of a module and of a class");
            return;
        }
        const std::string_view module = nodes_.bytes_of(stack_[at]);
        const std::string_view name = nodes_.bytes_of(stack_[at + 1]);
        if (name.find('.') != std::string_view::npos) {
            in_.fail("expected a class of a module, found '" + std::string(name.substr(0, 80)) +
                     "'");
            return;
        }
        if (!spend(module.size() + name.size())) return;
        std::string joined = std::string(module).append(".").append(name);
        stack_.resize(at);
        push_class(std::move(joined));
    }

    void instance(std::string name) {
        collect(node_kind::tuple, pop_mark());
        push_class(std::move(name));
        if (in_.failed()) return;
        std::swap(stack_[stack_.size() - 1], stack_[stack_.size() - 2]);
        call(construction::instance);
    }

    void object_from_mark() {
        const std::size_t mark = pop_mark();
        if (in_.failed()) return;
        if (mark == stack_.size()) {
            in_.fail("expected a class after the mark");
            return;
        }
        collect(node_kind::tuple, mark + 1);
        call(construction::instance);
    }

    /// Describes what Python would do with the class below the arguments.
    void call(construction made_by) {
        const std::size_t at = below_top(2);
        if (in_.failed()) return;
        if (nodes_.kind_of(stack_[at]) != node_kind::named_class ||
            nodes_.kind_of(stack_[at + 1]) != node_kind::tuple) {
            in_.fail("expected a class and its arguments");
            return;
        }
        const auto spends = [this](std::size_t bytes) { return spend(bytes); };
        const auto plain =
            plain_data(nodes_, dialect_, nodes_.bytes_of(stack_[at]), stack_[at + 1], spends);
        if (in_.failed()) return;
        if (plain) {
            stack_[at] = *plain;
        } else if (spend(pickle_cost::node + pickle_cost::container)) {
            stack_[at] = nodes_.add_object(stack_[at], stack_[at + 1], made_by);
        }
        stack_.resize(at + 1);
    }

    void build() {
        const std::size_t at = below_top(2);
        if (in_.failed()) return;
        if (nodes_.kind_of(stack_[at]) != node_kind::object ||
            nodes_.parts_of(stack_[at]).size() != 2) {
            in_.fail("expected an object to fill with its state");
            return;
        }
        nodes_.parts_of(stack_[at]).push_back(stack_[at + 1]);
        stack_.resize(at + 1);
    }

    pickle_input in_;
    pickle_dialect dialect_;
    pickle_budget budget_;
    pickle_nodes nodes_;
    std::vector<node_index> stack_;
    std::vector<std::size_t> marks_;
    pickle_memo memo_;
};

}  // namespace qslice::detail
