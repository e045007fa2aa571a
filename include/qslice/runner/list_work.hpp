/// @file
/// Work on a message with its mailing list found and locked.
/// Incoming, virgin and archive runners share it.
#pragma once

#include <qslice/codec/entry_format.hpp>
#include <qslice/core/result.hpp>
#include <qslice/runner/list_lock.hpp>
#include <qslice/runner/mailing_list.hpp>
#include <qslice/runner/runner_loop.hpp>

#include <string>
#include <string_view>

namespace qslice {

/// The list that a message's metadata names.
/// @returns `not_found` if it names none, or a list that the site does not have
template <class Site>
result<const mailing_list*> list_of(Site& s, const queued_message& message) {
    const auto name = Site::traits::format::list_name(message.data);
    const mailing_list* list = name ? s.services().find_list(*name) : nullptr;
    if (list == nullptr) {
        return failure(error_code::not_found, std::string(name.value_or("(no list)")),
                       "message for a list that this site does not have");
    }
    return list;
}

/// Calls work(list) while the list's lock is held.
/// @returns what the work returns; keep_queued if the lock could not be acquired in time
/// @source Mailman 2.1 IncomingRunner and ArchRunner: TRYLOCK with LIST_LOCK_TIMEOUT
template <class Site, class Work>
result<disposition> with_locked_list(Site& s, const queued_message& message,
                                     const lock_times& times, Work&& work) {
    const auto list = list_of(s, message);
    if (!list) return failure(list.error());
    auto lock = list_lock<typename Site::world_type>::acquire(
        s.world(), s.lock_directory(), (*list)->name, s.settings().identity, times);
    if (!lock) {
        if (lock.error().code == error_code::timed_out) return disposition::keep_queued;
        return failure(lock.error());
    }
    auto outcome = work(**list);
    lock->release();
    return outcome;
}

}  // namespace qslice
