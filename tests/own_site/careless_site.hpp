/// @file
/// A site whose author compiles without warnings: its header has one.
#pragma once

#include "noted_site.hpp"

struct careless_site : noted_site {
    static int narrowed(long value) { return value; }  // -Wconversion
};
