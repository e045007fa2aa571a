#include "sim/stream/make_stream.hpp"

#include "sim/stream/listed.hpp"
#include "sim/stream/mbox.hpp"
#include "sim/stream/synthetic.hpp"
#include "sim/stream/timing.hpp"
#include "sim/stream/trace.hpp"

#include <cstddef>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace qslice::sim {

namespace {

/// A synthetic stream with one post at each of the given times.
result<message_stream> at_times(stream_choice choice, std::uint64_t seed) {
    choice.posts = choice.times_s.size();
    auto made = make_synthetic(choice, seed);
    if (!made) return made;
    for (std::size_t i = 0; i < choice.times_s.size(); ++i) {
        made->arrivals[i].time =
            add(to_virtual_time(synthetic_start_s), to_duration(choice.times_s[i]));
    }
    return made;
}

result<message_stream> source(const stream_choice& choice, std::uint64_t seed) {
    switch (choice.what) {
        case stream_choice::kind::synthetic:
            return choice.times_s.empty() ? make_synthetic(choice, seed) : at_times(choice, seed);
        case stream_choice::kind::trace: return read_trace(choice.path);
        case stream_choice::kind::mbox: return read_mbox(choice.path);
        case stream_choice::kind::listed: return make_listed(choice.listed);
    }
    return failure(error_code::malformed, "stream.kind",
                   "expected synthetic, trace, mbox or listed");
}

}  // namespace

result<message_stream> make_stream(const stream_choice& choice, std::uint64_t seed) {
    if (!(choice.speedup >= 1e-6 && choice.speedup <= 1e12)) {
        return failure(error_code::malformed, "stream.speedup",
                       fmt::format("expected 1e-06 to 1e+12, found {}", choice.speedup));
    }
    if (!(choice.start_s >= 0 && choice.start_s <= 9e9)) {
        return failure(
            error_code::malformed, "stream.start_s",
            fmt::format("expected seconds since the epoch, 0 to 9e+09, found {}", choice.start_s));
    }
    auto made = source(choice, seed);
    if (!made) return made;
    if (choice.what != stream_choice::kind::synthetic &&
        choice.what != stream_choice::kind::listed) {
        keep_first(*made, choice.posts);
    }
    retime(*made, choice.speedup, choice.start_s);
    return made;
}

}  // namespace qslice::sim
