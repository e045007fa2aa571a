#include <qslice/runner/standard_runners.hpp>
#include <qslice/spool/standard_spools.hpp>
#include <qslice/topology/topology.hpp>

using namespace qslice;

struct counting_runner {
    static constexpr std::string_view class_name = "CountingRunner";
    static constexpr std::string_view queue = "count";
    static constexpr std::array<std::string_view, 2> flows_to{"archive", "done"};
};

struct my_site
    : topology<mailman21_spool, runners<sliced<archive_runner, 3>, sliced<counting_runner, 2>>,
               machines<machine_runs<"mx1", slice_of_each<0>>,
                        machine_runs<"mx2", slice_of_each<1>, one_slice<archive_runner, 2>>>,
               ends_at<"done">> {};

static_assert(my_site::slice_count<archive_runner> == 3);
