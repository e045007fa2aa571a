/// @file
/// Work on a message with its mailing list found and locked.
/// Incoming, virgin and archive runners share it.
#pragma once

#include <qslice/codec/entry_format.hpp>
#include <qslice/core/result.hpp>
#include <qslice/runner/list_lock.hpp>
#include <qslice/runner/mailing_list.hpp>
#include <qslice/runner/runner_loop.hpp>

#include <concepts>
#include <string>
#include <string_view>

namespace qslice {

/// The list that a message's metadata names. Its language is noted in the metadata, as each of
/// Mailman's runners does before its work.
/// @returns `not_found` if it names none, or a list that the site does not have
/// @source Mailman 2.1 Queue/Runner.py and Mailman 3.3 core/runner.py, _process_one_file
template <class Site>
result<const mailing_list*> list_of(Site& s, queued_message& message) {
    const auto name = Site::traits::format::list_name(message.data);
    const mailing_list* list = name ? s.services().find_list(*name) : nullptr;
    if (list == nullptr) {
        return failure(error_code::not_found, std::string(name.value_or("(no list)")),
                       "message for a list that this site does not have");
    }
    if (!list->language.empty()) message.data.set("lang", list->language);
    return list;
}

namespace detail {

/// What services may do with a locked list beside the work itself.
template <class Services>
concept reloads_lists = requires(Services& s, const mailing_list& list) {
    { s.reload_list(list) } -> std::same_as<result<const mailing_list*>>;
};
template <class Services>
concept saves_lists = requires(Services& s, const mailing_list& list) {
    { s.save_list(list) } -> std::same_as<result<void>>;
};

}  // namespace detail

/// Calls work(list) while the list's lock is held.
///
/// Services whose lists change have `reload_list(list)`, called once the lock is held since another
/// process may have changed the list meanwhile, and `save_list(list)`, called after the work; both
/// are optional.
/// @returns what the work returns, or a failure to load or save; keep_queued if the lock could not
///          be acquired in time
/// @source Mailman 2.1 IncomingRunner and ArchRunner: Lock with LIST_LOCK_TIMEOUT, which loads
///         the list, then Save
template <class Site, class Work>
result<disposition> with_locked_list(Site& s, queued_message& message, Work&& work) {
    using services_type = typename Site::services_type;
    auto list = list_of(s, message);
    if (!list) return failure(list.error());
    auto lock = lock_list(s, **list);
    if (!lock) {
        if (lock.error().code == error_code::timed_out) return disposition::keep_queued;
        return failure(lock.error());
    }
    result<disposition> outcome = disposition::done;
    if constexpr (detail::reloads_lists<services_type>) {
        list = s.services().reload_list(**list);
        if (!list) outcome = failure(list.error());
    }
    if (outcome) outcome = work(**list);
    if constexpr (detail::saves_lists<services_type>) {
        if (outcome) {
            if (auto saved = s.services().save_list(**list); !saved) {
                outcome = failure(saved.error());
            }
        }
    }
    lock->release();
    return outcome;
}

}  // namespace qslice
