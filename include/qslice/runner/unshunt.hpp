/// @file
/// Puts shunted items back into the queues that they came from, once the cause has been fixed.
/// A site's tool calls it; the runner loop does the shunting.
#pragma once

#include <qslice/core/result.hpp>
#include <qslice/runner/runner_loop.hpp>
#include <qslice/runner/site.hpp>
#include <qslice/spool/switchboard.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace qslice {

/// The outcome of unshunt().
struct unshunted {
    std::size_t requeued = 0;     ///< messages put back into their queues
    std::size_t preserved = 0;    ///< unreadable entries, kept as .psv
    std::vector<error> problems;  ///< one per entry that was not requeued, and per foreign file
};

namespace detail {

/// The queue that a shunted item's metadata names. Mailman 2.1 writes the queue's directory, and
/// mail without a queue goes to in/.
/// @returns "" if it names none
template <class Site>
std::string queue_shunted_from(const typename Site::data_type& data) {
    const std::string_view key = carries_mail<typename Site::traits> ? "whichq" : shunted_from_key;
    std::string_view queue = data.text(key).value_or("");
    queue = queue.substr(queue.rfind('/') + 1);
    if (!queue.empty() && queue != "." && queue != "..") return std::string(queue);
    return carries_mail<typename Site::traits> ? "in" : "";
}

template <class Site, class Switchboard>
void unshunt_one(Site& s, Switchboard& shunt, std::string_view base, unshunted& done) {
    auto message = shunt.dequeue(base);
    if (!message) {
        done.problems.push_back(message.error());
        if (message.error().code != error_code::malformed) return;
        if (auto kept = shunt.finish(base, finish_as::preserved); !kept) {
            done.problems.push_back(kept.error());
        } else {
            ++done.preserved;
        }
        return;
    }
    const std::string queue = queue_shunted_from<Site>(message->data);
    auto queued = queue.empty()
                      ? result<std::string>(failure(error_code::malformed, std::string(base),
                                                    "its metadata does not name its queue"))
                      : s.enqueue(queue, message->text, message->data);
    if (!queued) {
        done.problems.push_back(queued.error());
        if (auto back = shunt.put_back(base); !back) done.problems.push_back(back.error());
        return;
    }
    ++done.requeued;
    if (auto finished = shunt.finish(base); !finished) done.problems.push_back(finished.error());
}

}  // namespace detail

/// Recovers entries that an earlier call left in hand in shunt/, then puts each message back into
/// the queue that it came from (in/ if unknown), with its remaining handlers.
///
/// If the enqueue fails, the message stays in shunt/; an unreadable entry is preserved in bad/. A
/// crash between the two queues duplicates a message but loses none.
/// @returns what was done; an error only if shunt/ cannot be listed
/// @source Mailman 2.1 bin/unshunt
template <class Site>
result<unshunted> unshunt(Site& s) {
    const typename Site::traits::partition_type partition{};
    unshunted done;
    for (std::uint64_t k = 0; k < partition.slice_count(); ++k) {
        auto shunt = s.open_queue("shunt", {partition, static_cast<slice_index>(k)});
        auto recovered = shunt.recover();
        if (!recovered) return failure(recovered.error());
        auto found = shunt.files();
        if (!found) return failure(found.error());
        done.preserved += recovered->preserved;
        // Each slice's look at the directory finds the same foreign names.
        if (k == 0) done.problems = found->malformed();
        for (const error& problem : recovered->problems) done.problems.push_back(problem);
        for (std::size_t i = 0; i < found->size(); ++i) {
            detail::unshunt_one(s, shunt, found->base_name(i), done);
        }
    }
    return done;
}

}  // namespace qslice
