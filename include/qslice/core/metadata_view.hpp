/// @file
/// A read-only view of an item's metadata, whatever type the queue's format gives it.
/// Hash policies get it with the item, so that any key can decide where an item goes.
#pragma once

#include <optional>
#include <string_view>

namespace qslice {

/// A view of an object with `text(key)` and `number(key)`; empty if default-constructed.
/// @safety valid as long as the object it was made from
class metadata_view {
public:
    metadata_view() = default;

    template <class Data>
    explicit metadata_view(const Data& data) noexcept
        : data_(&data),
          text_([](const void* of, std::string_view key) -> std::optional<std::string_view> {
              return static_cast<const Data*>(of)->text(key);
          }),
          number_([](const void* of, std::string_view key) -> std::optional<double> {
              return static_cast<const Data*>(of)->number(key);
          }) {}

    /// The string of a key; nothing if there is no such key or it holds something else.
    [[nodiscard]] std::optional<std::string_view> text(std::string_view key) const {
        return data_ == nullptr ? std::nullopt : text_(data_, key);
    }

    /// The number of a key; nothing if there is no such key or it holds something else.
    [[nodiscard]] std::optional<double> number(std::string_view key) const {
        return data_ == nullptr ? std::nullopt : number_(data_, key);
    }

private:
    const void* data_ = nullptr;
    std::optional<std::string_view> (*text_)(const void*, std::string_view) = nullptr;
    std::optional<double> (*number_)(const void*, std::string_view) = nullptr;
};

}  // namespace qslice
