/// @file
/// An item that reaches a site from outside, as its simulator makes one up.
/// A topology may say what its queue is given for it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace qslice {

/// What a simulator's stream knows of an item. Streams are made of posts to lists; for a site of
/// jobs a list is a tenant, an order, an account.
struct arriving_item {
    std::uint64_t number = 0;  ///< in order of arrival, from 0
    std::string_view group;    ///< the post's list
    std::string_view sender;
    std::string text;  ///< header lines and a body of the post's size
};

}  // namespace qslice
