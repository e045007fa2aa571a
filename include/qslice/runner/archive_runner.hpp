/// @file
/// The runner of archive/: adds each message to its list's archive.
#pragma once

#include <qslice/runner/list_work.hpp>
#include <qslice/runner/runner_loop.hpp>
#include <qslice/runner/services.hpp>

#include <array>
#include <string_view>

namespace qslice {

/// Mailman's ArchRunner. It holds the list's lock; if it cannot get the lock in time the message
/// stays queued.
/// @source Mailman 2.1 Queue/ArchRunner.py
struct archive_runner {
    static constexpr std::string_view class_name = "ArchRunner";
    static constexpr std::string_view queue = "archive";
    static constexpr std::array<std::string_view, 0> flows_to{};

    template <class Services>
    static constexpr bool works_with = archives_mail<Services>;

    template <class Site>
    result<disposition> dispose(Site& s, queued_message& message) {
        return with_locked_list(s, message, [&](const mailing_list& list) {
            return s.services().archive(list, message).transform([] { return disposition::done; });
        });
    }
};

}  // namespace qslice
