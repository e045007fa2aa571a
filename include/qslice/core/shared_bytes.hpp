/// @file
/// Bytes that several owners read and none changes.
/// Worlds that keep files in memory hand them out as such, and messages keep their entry's bytes in
/// them, so that neither copies any.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace qslice {

/// The beginning of a string that nobody changes, and a share in its ownership.
/// @complexity copies and moves are O(1)
/// @safety a plain value; the bytes may be read by any number of threads
class shared_bytes {
public:
    shared_bytes() = default;
    /// Takes a string over.
    explicit shared_bytes(std::string bytes)
        : shared_bytes(std::make_shared<const std::string>(std::move(bytes))) {}
    explicit shared_bytes(std::shared_ptr<const std::string> owner)
        : owner_(std::move(owner)), size_(owner_ ? owner_->size() : 0) {}

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

    operator std::string_view() const noexcept {
        return owner_ ? std::string_view(*owner_).substr(0, size_) : std::string_view();
    }

    /// The leading bytes alone, of which there must be that many.
    [[nodiscard]] shared_bytes first(std::size_t size) && noexcept {
        size_ = size;
        return std::move(*this);
    }

private:
    std::shared_ptr<const std::string> owner_;
    std::size_t size_ = 0;
};

}  // namespace qslice
