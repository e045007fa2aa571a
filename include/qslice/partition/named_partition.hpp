/// @file
/// A partition as settings name it: "equal", which takes the number of slices from each queue, or
/// "weighted:3,2,1" with numbers of its own. For tools and scenarios, on top of any_partition.
#pragma once

#include <qslice/core/result.hpp>
#include <qslice/partition/any_partition.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace qslice {

/// A kind of partition, with or without its numbers. "equal" by default.
///
/// Nothing is checked before divide(): a kind alone cannot be judged without a number of slices.
/// @safety a plain value
class named_partition {
public:
    named_partition() = default;

    /// @param text  one of partition_forms(), or what stands before the colon there
    explicit named_partition(std::string text) : text_(std::move(text)) {}

    [[nodiscard]] const std::string& text() const noexcept { return text_; }

    /// Whether the number of slices is its own, so that queues cannot choose it.
    [[nodiscard]] bool has_own_numbers() const noexcept {
        return text_.find(':') != std::string::npos;
    }

    /// What takes the number of slices from the queue: "weighted" of "weighted:3,2,1".
    [[nodiscard]] std::string kind() const { return text_.substr(0, text_.find(':')); }

    /// The partition of a queue.
    /// @param slices  of the queue; not looked at where the numbers are its own
    /// @returns the partition, whose slice_count() may be another one then; `malformed` as of
    ///          make_partition
    [[nodiscard]] result<any_partition> divide(std::uint64_t slices) const {
        return make_partition(has_own_numbers() ? text_ : text_ + ':' + std::to_string(slices));
    }

private:
    std::string text_ = "equal";
};

}  // namespace qslice
