#include "support/test_site.hpp"

#include <qslice/codec/entry_format.hpp>
#include <qslice/hash/hash_key.hpp>
#include <qslice/hash/hash_policy.hpp>
#include <qslice/partition/equal_ranges.hpp>
#include <qslice/spool/any_stamps.hpp>
#include <qslice/spool/entry_order.hpp>
#include <qslice/spool/entry_stamp.hpp>
#include <qslice/spool/layout.hpp>
#include <qslice/spool/spool_traits.hpp>
#include <qslice/spool/switchboard.hpp>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace qslice;
using test::test_site;

namespace {

template <class Stamps>
using writer =
    queue_writer<test::test_world, mailman21_format, mailman21_policy, flat_layout, Stamps>;

template <class Stamps>
std::vector<double> times_of(test_site& t, const std::vector<double>& clock) {
    writer<Stamps> w(t.world, t.directory_of("in"), durability::file, {});
    std::vector<double> times;
    for (const double now : clock) {
        t.world.control().now = now;
        const std::string text =
            "Subject: " + std::string(Stamps::name) + std::to_string(times.size()) + "\n\n";
        const auto base = w.enqueue(text, {{"listname", "users"}});
        times.push_back(parse_entry_name(base.value()).value().time.seconds);
    }
    return times;
}

}  // namespace

TEST_CASE("increasing stamps equal the clock's time while it advances, and never go back") {
    REQUIRE(rc::check("law of increasing stamps", [](const std::vector<double>& clock) {
        increasing_stamps stamps;
        double last = -std::numeric_limits<double>::infinity();
        for (const double now : clock) {
            RC_PRE(std::isfinite(now));
            const double stamp = stamps.next({now}).seconds;
            RC_ASSERT(stamp > last);
            RC_ASSERT(stamp >= now);
            // No further ahead of the clock than necessary.
            RC_ASSERT(stamp == now || stamp == std::nextafter(last, INFINITY));
            last = stamp;
        }
    }));
}

TEST_CASE("the stamps of a copy do not affect those of its original") {
    increasing_stamps one;
    (void)one.next({100});
    increasing_stamps other = one;
    (void)other.next({200});
    CHECK(one.next({100}).seconds == std::nextafter(100.0, 101.0));
}

TEST_CASE("a writer whose clock stands still or is set back names its entries in their order") {
    test_site t;
    const std::vector<double> clock{1400972196, 1400972196, 1400972196, 1400972190, 1400972190.5};
    const auto times = times_of<increasing_stamps>(t, clock);
    CHECK(std::is_sorted(times.begin(), times.end(), std::less_equal<>{}));
    CHECK(times.front() == 1400972196);
    CHECK(times.back() < 1400972196.00001);
    // The names read back as written, so that the order survives in the directory.
    CHECK(t.names("in").size() == clock.size());
    CHECK(times_of<clock_stamps>(t, clock) == clock);
}

TEST_CASE("a message that comes from another queue keeps its time with increasing stamps too") {
    test_site t;
    writer<increasing_stamps> w(t.world, t.directory_of("in"), durability::file, {});
    (void)w.enqueue("Subject: x\n\n", {{"listname", "users"}});
    const auto base = w.enqueue("Subject: y\n\n", {{"listname", "users"}, {"received_time", 7.5}});
    CHECK(base.value().starts_with("7.5+"));
}

namespace {

/// Real files, but the first listing misses the earlier of two posts.
struct late_world : test::test_world {
    std::string hidden_from_first;
    int* listings = nullptr;

    template <class Visit>
    result<void> list(const std::string& path, Visit&& visit) {
        const bool first = ++*listings == 1;
        return test_world::list(path, [&](std::string_view name) {
            if (!first || name != hidden_from_first) visit(name);
        });
    }
};

template <class Stamps>
std::vector<std::string> seen(const std::string& hidden, test_site& t, int& listings) {
    late_world w;
    w.hidden_from_first = hidden;
    w.listings = &listings;
    switchboard<late_world, spool_traits<mailman21_format, list_affinity_policy, equal_ranges<>,
                                         strict_order, flat_layout, Stamps>>
        board(w, {t.directory_of("in"), t.directory_of("bad"), {}});
    std::vector<std::string> bases;
    const auto found = board.files().value();
    for (std::size_t i = 0; i < found.size(); ++i) bases.emplace_back(found.base_name(i));
    return bases;
}

}  // namespace

TEST_CASE("a listing that missed the earlier of two posts does not let the later one overtake") {
    const std::string cats = "00000000000000aa" + std::string(24, '1');
    const std::string dogs = "ff000000000000bb" + std::string(24, '1');
    test_site t;
    for (const std::string& base : {"10.0+" + cats, "11.0+" + cats, "10.5+" + dogs}) {
        test::write_file(t.directory_of("in") + "/" + base + ".pck", "x");
    }
    using bases = std::vector<std::string>;
    int listings = 0;
    // The entry that the second listing found takes its place.
    CHECK(seen<increasing_stamps>("10.0+" + cats + ".pck", t, listings) ==
          bases{"10.0+" + cats, "10.5+" + dogs, "11.0+" + cats});
    CHECK(listings == 2);
    // A post that the first listing did not see may have come after one that neither saw.
    listings = 0;
    CHECK(seen<increasing_stamps>("11.0+" + cats + ".pck", t, listings) ==
          bases{"10.0+" + cats, "10.5+" + dogs});
    listings = 0;
    CHECK(seen<clock_stamps>("10.0+" + cats + ".pck", t, listings) ==
          bases{"10.5+" + dogs, "11.0+" + cats});
    CHECK(listings == 1);
}

TEST_CASE("stamps that are chosen at run time are those of that type") {
    any_stamps clock;
    CHECK_FALSE(clock.keeps_order);
    CHECK(clock.name == clock_stamps::name);
    any_stamps increasing(increasing_stamps{});
    CHECK(increasing.keeps_order);
    CHECK(increasing.name == increasing_stamps::name);
    for (any_stamps* stamps : {&clock, &increasing}) CHECK(stamps->next({100}).seconds == 100);
    CHECK(clock.next({50}).seconds == 50);
    CHECK(increasing.next({50}).seconds == std::nextafter(100.0, 101.0));
}

namespace {

/// Each listing of a directory shows the next of some sets of names.
class changing_world : public test::test_world {
public:
    explicit changing_world(std::vector<std::vector<std::string>> listings)
        : listings_(std::make_shared<std::vector<std::vector<std::string>>>(std::move(listings))) {}

    template <class Visit>
    result<void> list(const std::string&, Visit&& visit) {
        if (listings_->empty()) return {};
        for (const std::string& name : listings_->front()) visit(std::string_view(name));
        listings_->erase(listings_->begin());
        return {};
    }

private:
    std::shared_ptr<std::vector<std::vector<std::string>>> listings_;
};

using kept_order = spool_traits<mailman21_format, basic_hash_policy<list_affinity>, equal_ranges<>,
                                strict_order, flat_layout, increasing_stamps>;

std::vector<std::string> seen_in(std::vector<std::vector<std::string>> listings) {
    switchboard<changing_world, kept_order> board(changing_world(std::move(listings)),
                                                  {"in", "", {}});
    const auto found = board.files().value();
    std::vector<std::string> names;
    for (std::size_t i = 0; i < found.size(); ++i) {
        names.push_back(std::string(found.base_name(i)).substr(0, 5));
    }
    return names;
}

}  // namespace

TEST_CASE("an entry is left for the next look if an earlier one of its list may have been missed") {
    const std::string a = "+" + std::string(40, 'a') + ".pck";
    const std::string b = "+" + std::string(40, 'b') + ".pck";
    const std::string first = "1.5" + a;
    const std::string third = "3.5" + a;
    const std::string other = "2.5" + b;
    // The second of list a came while the directory was listed, and only the third was shown.
    CHECK(seen_in({{first}, {first, third}}) == std::vector<std::string>{"1.5+a"});
    CHECK(seen_in({{first, third}, {first, third}}) == std::vector<std::string>{"1.5+a", "3.5+a"});
    // Of a list that the first listing did not see nothing is known.
    CHECK(seen_in({{first}, {first, other}}) == std::vector<std::string>{"1.5+a"});
}
