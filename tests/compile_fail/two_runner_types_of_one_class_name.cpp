// expect: two runner types with the same class name
// expect: my_runner
// expect: other_runner
#include <qslice/runner/standard_runners.hpp>
#include <qslice/spool/standard_spools.hpp>
#include <qslice/topology/topology.hpp>

using namespace qslice;

struct my_runner {
    static constexpr std::string_view class_name = "MyRunner";
    static constexpr std::string_view queue = "mine";
    static constexpr std::array<std::string_view, 0> flows_to{};
};

struct other_runner : my_runner {
    static constexpr std::string_view queue = "other";
};

struct my_site : topology<mailman21_spool, runners<sliced<my_runner, 1>, sliced<other_runner, 1>>,
                          machines<machine_runs<"mx1", everything>>> {};
