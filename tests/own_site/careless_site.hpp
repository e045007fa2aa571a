/// @file
/// A site whose author compiles without warnings: its header has one.
#pragma once

#include "plain_site.hpp"

struct careless_site : plain_site {
    static int narrowed(long value) { return value; }  // -Wconversion
};
