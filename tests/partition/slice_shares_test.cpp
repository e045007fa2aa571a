#include <qslice/partition/any_partition.hpp>
#include <qslice/partition/named_partition.hpp>
#include <qslice/partition/slice_shares.hpp>

#include <catch2/catch.hpp>

#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <vector>

using namespace qslice;

namespace {

using weights = std::vector<std::uint32_t>;

std::vector<double> shares_of_text(const std::string& text) {
    return shares_of(make_partition(text).value());
}

/// A user's own: even and odd hashes, which states nothing of itself.
struct parity {
    static std::uint64_t slice_count() { return 2; }
    static slice_index slice_of(const hash_value& d) {
        return static_cast<slice_index>(d.high() >> 62 == 3);
    }
    static bool owns(slice_index slice, const hash_value& d) { return slice_of(d) == slice; }
};

/// The same with what it states.
struct stating_parity : parity {
    static constexpr bool overlaps = true;
    static std::vector<double> shares() { return {0.7, 0.3}; }
};

}  // namespace

TEST_CASE("shares are those of the partition") {
    CHECK(shares_of_text("equal:1") == std::vector<double>{1});
    CHECK(shares_of_text("equal:3")[2] == Approx(1.0 / 3).epsilon(1e-15));
    CHECK(shares_of_text("weighted:3,2,1")[0] == Approx(0.5).epsilon(1e-15));
    CHECK(shares_of_text("weighted:3,2,1")[2] == Approx(1.0 / 6).epsilon(1e-15));
    CHECK(shares_of_text("mailman3:4")[3] == Approx(0.25));
    CHECK(shares_of_text("modulo:5") == std::vector<double>(5, 0.2));
    CHECK(shares_of_text("jump:5") == std::vector<double>(5, 0.2));
    CHECK(shares_of_text("rendezvous:4") == std::vector<double>(4, 0.25));
    CHECK(shares_of_text("rendezvous:3,0,1") == std::vector<double>{0.75, 0, 0.25});
    CHECK(shares_of(rendezvous<4>()) == std::vector<double>(4, 0.25));
    CHECK(shares_of(jump<4>()) == std::vector<double>(4, 0.25));
}

TEST_CASE("a ring's shares are its own, not those of its weights") {
    const auto ring = make_partition("ring:1,2,1").value();
    const auto shares = shares_of(ring);
    REQUIRE(shares.size() == 3);
    CHECK(std::accumulate(shares.begin(), shares.end(), 0.0) == Approx(1).epsilon(1e-12));
    CHECK(shares[1] != Approx(0.5).epsilon(1e-6));
    const auto counted = qslice::detail::sampled_shares(ring);
    for (std::size_t k = 0; k < shares.size(); ++k) {
        CHECK(shares[k] == Approx(counted[k]).margin(1e-3));
    }
    CHECK(shares_of(hash_ring()) == std::vector<double>{1});
    // Without known loads nothing else decides.
    CHECK(shares_of_text("bounded:1,2,1") == shares);
    CHECK(shares_of_text("bounded[00000000000000ff=3]:1,2,1") ==
          std::vector<double>{0.25, 0.5, 0.25});
}

TEST_CASE("a user's partition is measured, or states its own shares and overlap") {
    CHECK(shares_of(parity()) == std::vector<double>{0.75, 0.25});
    CHECK_FALSE(slices_overlap(parity()));
    CHECK(shares_of(stating_parity()) == std::vector<double>{0.7, 0.3});
    CHECK(slices_overlap(stating_parity()));
}

TEST_CASE("Mailman 3's ranges overlap, and no other of the library's partitions") {
    CHECK(slices_overlap(mailman3_ranges<4>()));
    CHECK(make_partition("mailman3:4")->overlaps());
    for (const char* text :
         {"equal:4", "weighted:1,2", "modulo:4", "jump:4", "rendezvous:4", "ring:4", "bounded:4"}) {
        INFO(text);
        CHECK_FALSE(make_partition(text)->overlaps());
    }
}

TEST_CASE("a partition by text knows its weights where shares follow them exactly") {
    CHECK(make_partition("equal:3")->weights() == weights{1, 1, 1});
    CHECK(make_partition("weighted:3,2,1")->weights() == weights{3, 2, 1});
    CHECK(make_partition("weighted:3")->weights() == weights{3});
    CHECK(make_partition("rendezvous:3,0,1")->weights() == weights{3, 0, 1});
    CHECK(make_partition("ring:3,2,1")->weights() == std::nullopt);
    CHECK(make_partition("bounded:3")->weights() == std::nullopt);
    CHECK(make_partition("weighted:3,2,1")->kind() == "weighted");
}

TEST_CASE("a named partition takes the number of slices from the queue unless it has its own") {
    CHECK(named_partition().divide(5)->slice_count() == 5);
    CHECK_FALSE(named_partition("jump").has_own_numbers());
    CHECK(named_partition("jump").divide(5)->text() == "jump:5");
    const named_partition weighted("weighted:3,2,1");
    CHECK(weighted.has_own_numbers());
    CHECK(weighted.kind() == "weighted");
    CHECK(weighted.divide(5)->slice_count() == 3);
    CHECK(named_partition("nonsense").divide(5).error().where == "nonsense:5");
}
