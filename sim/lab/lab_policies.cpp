#include "sim/lab/lab_policies.hpp"

#include <qslice/hash/any_hash_policy.hpp>
#include <qslice/partition/named_partition.hpp>

#include <cstddef>
#include <utility>

namespace qslice::sim {

bool lab_policy::divides_into(std::uint64_t slices) const {
    const auto made = named_partition(spool.partition).divide(slices);
    return made && made->slice_count() == slices;
}

any_partition lab_policy::division(std::uint64_t slices) const {
    return named_partition(spool.partition).divide(slices).value();
}

std::vector<lab_policy> standard_lab_policies() {
    std::vector<lab_policy> policies;
    for (const char* text :
         {"mailman21", "mailman3", "mailman21_second", "mailman21+modulo", "mailman21+jump",
          "mailman21+rendezvous", "mailman21+ring", "list_affinity", "list_affinity+jump",
          "list_affinity+rendezvous", "list_affinity+ring", "list_affinity+bounded",
          "sender_affinity", "sender_affinity+bounded", "thread_affinity"}) {
        policies.push_back(make_lab_policy(text).value());
    }
    return policies;
}

result<lab_policy> make_lab_policy(const std::string& text) {
    lab_policy policy;
    policy.name = text;
    const std::size_t plus = text.find('+');
    policy.spool.hash = text.substr(0, plus);
    const auto hash = make_hash_policy(policy.spool.hash);
    if (!hash) return failure(error_code::malformed, text, hash.error().what);
    if (plus != std::string::npos) policy.spool.partition = text.substr(plus + 1);

    if (hash->uses_list_id()) {  // Mailman 3's
        policy.spool.format = "mailman3";
        if (plus == std::string::npos) policy.spool.partition = "mailman3";
    }
    const affinity_kind together = hash->keeps_together();
    if (together != affinity_kind::none) {
        policy.spool.order = "strict";
        policy.spool.stamps = "increasing";
        policy.intake.what = intake_choice::kind::server;
        // A thread stays within its list except for cross-posts.
        policy.intake.by = together == affinity_kind::sender ? intake_choice::route::sender
                                                             : intake_choice::route::list;
    }
    if (policy.spool.partition == "bounded" && together == affinity_kind::none) {
        return failure(
            error_code::malformed, text,
            "expected an affinity with the partition bounded, whose table has a row per key");
    }
    // Every partition divides into a power of two.
    const auto divided = named_partition(policy.spool.partition).divide(2);
    if (!divided) return failure(error_code::malformed, text, divided.error().what);
    return policy;
}

}  // namespace qslice::sim
