// expect: two runner types on one queue
// expect: my_runner
// expect: archive_runner
// expect: "archive"
#include <qslice/runner/standard_runners.hpp>
#include <qslice/spool/standard_spools.hpp>
#include <qslice/topology/topology.hpp>

using namespace qslice;

struct my_runner {
    static constexpr std::string_view class_name = "MyRunner";
    static constexpr std::string_view queue = "archive";
    static constexpr std::array<std::string_view, 0> flows_to{};
};

struct my_site : topology<mailman21_spool, runners<sliced<archive_runner, 1>, sliced<my_runner, 1>>,
                          machines<machine_runs<"mx1", everything>>> {};
