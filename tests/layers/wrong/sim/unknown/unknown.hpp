#include "sim/low/low.hpp"
