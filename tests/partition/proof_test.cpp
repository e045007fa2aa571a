// Proved when compiling: each partition is one, and equal slices cover the hash space for 1 to 64
// and for powers of two to 65536. It takes too long for the headers that everybody includes.
#include <qslice/partition/bounded_loads.hpp>
#include <qslice/partition/equal_ranges.hpp>
#include <qslice/partition/hash_ring.hpp>
#include <qslice/partition/jump.hpp>
#include <qslice/partition/mailman3_ranges.hpp>
#include <qslice/partition/modulo.hpp>
#include <qslice/partition/partition.hpp>
#include <qslice/partition/rendezvous.hpp>
#include <qslice/partition/weighted_ranges.hpp>

#include <cstddef>
#include <utility>

using namespace qslice;

namespace {

static_assert(range_partition<weighted_ranges<3, 2, 1>> && range_partition<weighted_ranges<>>);
static_assert(range_partition<mailman3_ranges<4>> && range_partition<mailman3_ranges<>>);
static_assert(partition<modulo<5>> && partition<modulo<>> && !range_partition<modulo<5>>);
static_assert(partition<jump<5>> && partition<jump<>>);
static_assert(partition<rendezvous<5>> && partition<rendezvous<>>);
static_assert(partition<hash_ring> && partition<bounded_loads>);

static_assert(modulo<5>{}.slice_of(hash_value(13, 0, 0)) == 3);
static_assert(jump<1>{}.slice_of(hash_value::max()) == 0);
static_assert(rendezvous<1>{}.slice_of(hash_value::max()) == 0);

template <std::size_t... N>
constexpr bool cover_exactly(std::index_sequence<N...>) {
    return (covers_exactly(equal_ranges<N + 1>{}) && ...);
}
static_assert(cover_exactly(std::make_index_sequence<64>{}));

// Slices [from, from + size) of n meet their upper neighbours, and slice_of finds their ends.
constexpr std::size_t part = 4096;
template <std::size_t Count>
constexpr bool part_meets(std::size_t from) {
    const equal_ranges<Count> ranges;
    for (std::size_t k = from; k < from + part && k < Count; ++k) {
        const auto slice = static_cast<slice_index>(k);
        const hash_range range = ranges.range_of(slice);
        const hash_value above =
            k + 1 == Count ? hash_value::min() : ranges.range_of(slice + 1).lower;
        if (range.upper.next() != above || range.upper < range.lower) return false;
        if (ranges.slice_of(range.lower) != slice) return false;
        if (ranges.slice_of(range.upper) != slice) return false;
    }
    return true;
}

// One evaluation a part: compilers limit the steps of each.
template <std::size_t Count, std::size_t From>
constexpr bool proved_part = part_meets<Count>(From);
template <std::size_t Count, std::size_t... Part>
constexpr bool proved_parts(std::index_sequence<Part...>) {
    return equal_ranges<Count>{}.range_of(0).lower == hash_value::min() &&
           (proved_part<Count, Part * part> && ...);
}
template <std::size_t... Bit>
constexpr bool powers_of_two_proved(std::index_sequence<Bit...>) {
    return (proved_parts<(std::size_t{1} << Bit)>(
                std::make_index_sequence<((std::size_t{1} << Bit) + part - 1) / part>{}) &&
            ...);
}
static_assert(powers_of_two_proved(std::make_index_sequence<17>{}));

static_assert(covers_exactly(weighted_ranges<7>{}) && covers_exactly(weighted_ranges<1, 1, 1>{}) &&
              covers_exactly(weighted_ranges<3, 2, 1>{}) &&
              covers_exactly(weighted_ranges<1000000007, 1, 4294967295, 3>{}) &&
              covers_exactly(weighted_ranges<1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13>{}));
static_assert(weighted_ranges<2, 2, 2>{}.range_of(1) == equal_ranges<3>{}.range_of(1));

static_assert(weighted_ranges<3, 2, 1>{}.slice_of(hash_value::fraction(3, 6)) == 1);
static_assert(weighted_ranges<3, 2, 1>{}.slice_of(hash_value::fraction(3, 6).previous()) == 0);

static_assert(covers_exactly(mailman3_ranges<1>{}) && !covers_exactly(mailman3_ranges<2>{}));
// Every two neighbours of Mailman 3 share one hash and no more.
template <std::size_t Count>
constexpr bool neighbours_share_one_hash() {
    const mailman3_ranges<Count> ranges;
    for (slice_index k = 0; k + 1 < Count; ++k) {
        const hash_value end = ranges.range_of(k).upper;
        if (ranges.range_of(k + 1).lower != end || ranges.slice_of(end) != k) return false;
        if (!ranges.owns(k, end) || !ranges.owns(k + 1, end)) return false;
        if (ranges.owns(k + 1, end.previous()) || ranges.owns(k, end.next())) return false;
    }
    return ranges.range_of(0).lower == hash_value::min() &&
           ranges.range_of(Count - 1).upper == hash_value::max();
}
static_assert(neighbours_share_one_hash<2>() && neighbours_share_one_hash<64>() &&
              neighbours_share_one_hash<1024>());

}  // namespace
