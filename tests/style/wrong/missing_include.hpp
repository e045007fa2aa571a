#pragma once

inline std::string without_its_include() { return {}; }
