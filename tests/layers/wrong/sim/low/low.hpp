#include "sim/low/low.hpp"
#include "sim/high/high.hpp"
