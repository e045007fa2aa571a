// A program outside the project that uses the installed headers.
#include <qslice/qslice.hpp>

#include <cstdio>

struct one_machine
    : qslice::topology<qslice::mailman21_spool,
                       qslice::runners<qslice::sliced<qslice::archive_runner, 3>>,
                       qslice::machines<qslice::machine_runs<"mx1", qslice::everything>>> {};

int main() {
    qslice::mailman21_policy hash;
    qslice::hash_input input;
    input.message = "hello";
    input.now = {1400972196};
    const auto ranges = one_machine::partition_of<qslice::archive_runner>().value();
    std::printf("qslice %s: slice %u of %d\n", qslice::version_text.data(),
                ranges.slice_of(hash(input)), static_cast<int>(ranges.slice_count()));
}
