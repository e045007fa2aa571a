#include "sim/own_site/own_simulation.hpp"

#include "sim/app/program.hpp"
#include "sim/model/simulation.hpp"

namespace qslice::sim {

int run_own_site(int count, const char* const* arguments, const built_site& site,
                 const site_program& program) {
    set_own_built_site(&site);
    set_own_program(&program);
    return run_program(count, arguments);
}

}  // namespace qslice::sim
