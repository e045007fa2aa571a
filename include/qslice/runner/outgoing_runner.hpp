/// @file
/// The runner of out/: hands each message to the mail server, for all its recipients at once.
/// Recipients that fail temporarily go to retry/, those that fail permanently are noted as bounces.
#pragma once

#include <qslice/handler/moderate.hpp>
#include <qslice/runner/list_work.hpp>
#include <qslice/runner/mailman_times.hpp>
#include <qslice/runner/runner_loop.hpp>
#include <qslice/runner/services.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice {

namespace detail {

/// Queues a copy of a message for some of its recipients.
template <class Site>
result<void> enqueue_for(Site& s, std::string_view queue, const queued_message& message,
                         const std::vector<std::string>& recipients) {
    metadata data = message.data;
    Site::traits::format::set_recipients(data, recipients);
    return s.enqueue(queue, message.text, std::move(data)).transform([](const std::string&) {});
}

}  // namespace detail

/// Addresses that fail permanently are queued in bounces/, for a bounce_runner. Mailman's own
/// runner of that queue would search the message for a bounce report and find none.
struct bounces_by_queue {
    static constexpr std::array<std::string_view, 2> flows_to{"retry", "bounces"};

    template <class Services>
    static constexpr bool works_with = true;

    template <class Site>
    static result<void> note(Site& s, const mailing_list&, const queued_message& message,
                             const std::vector<std::string>& addresses) {
        return detail::enqueue_for(s, "bounces", message, addresses);
    }
};

/// Addresses that fail permanently are noted at once, as Mailman's outgoing runners do, so that
/// bounces/ contains only bounces that arrived by mail.
struct bounces_at_once {
    static constexpr std::array<std::string_view, 1> flows_to{"retry"};

    template <class Services>
    static constexpr bool works_with = notes_bounces<Services>;

    template <class Site>
    static result<void> note(Site& s, const mailing_list& list, const queued_message& message,
                             const std::vector<std::string>& addresses) {
        return s.services().note_bounce(list, message, addresses);
    }
};

/// Mailman's OutgoingRunner.
///
/// A message whose metadata has no recipients, or has something else in their place, is shunted:
/// finishing it would lose it. An empty list or set of recipients is what a list has whose members
/// all get digests: that message is finished, with a line in the log `smtp`.
/// @tparam Bounces  what happens to addresses that fail permanently
/// @source Mailman 2.1 Queue/OutgoingRunner.py, Mailman 3.3.8 runners/outgoing.py
template <class Bounces>
struct basic_outgoing_runner {
    static constexpr std::string_view class_name = "OutgoingRunner";
    static constexpr std::string_view queue = "out";
    static constexpr auto flows_to = Bounces::flows_to;

    template <class Services>
    static constexpr bool works_with =
        delivers_mail<Services>&& Bounces::template works_with<Services>;

    /// How long temporarily failing recipients are retried.
    double retry_period_s = mailman_times::delivery_retry_period_s;

    template <class Site>
    result<disposition> dispose(Site& s, queued_message& message) {
        using format = typename Site::traits::format;
        const timestamp now = s.world().now();
        const auto after = format::time(message.data, "deliver_after");
        if (after && *after > now) return disposition::keep_queued;
        const auto list = list_of(s, message);
        if (!list) return failure(list.error());

        const auto recipients = format::recipients(message.data);
        if (!recipients) {
            return failure(error_code::malformed, std::string(format::recipients_key),
                           "expected the recipients, a list or set of addresses, in the metadata; "
                           "delivered to nobody, the message would be lost");
        }
        if (recipients->empty()) {
            s.log("smtp", message_id_of(message.text) + " smtp to " + (*list)->name +
                              " for 0 recips: none of its members gets single posts");
            return disposition::done;
        }
        auto report = s.services().deliver(**list, message, *recipients);
        if (!report) {
            s.log("smtp-failure", report.error().to_string());
            s.world().sleep_for(mailman_times::idle_sleep_s);
            return disposition::keep_queued;
        }
        if (!report->failed_for_now.empty() && !may_try_again<format>(message.data, *report, now)) {
            report->failed_for_good.insert(report->failed_for_good.end(),
                                           report->failed_for_now.begin(),
                                           report->failed_for_now.end());
            report->failed_for_now.clear();
        }
        if (!report->failed_for_now.empty()) {
            auto queued = detail::enqueue_for(s, "retry", message, report->failed_for_now);
            if (!queued) return failure(queued.error());
        }
        if (!report->failed_for_good.empty()) {
            auto noted = Bounces::note(s, **list, message, report->failed_for_good);
            if (!noted) return failure(noted.error());
        }
        return disposition::done;
    }

private:
    /// Extends the deadline while the number of recipients decreases.
    template <class Format>
    bool may_try_again(metadata& data, const delivery_report& report, timestamp now) const {
        const auto left = static_cast<std::int64_t>(report.failed_for_now.size());
        const double before = data.number("last_recip_count").value_or(0);
        const auto until = Format::time(data, "deliver_until");
        if (until && static_cast<double>(left) == before) return now <= *until;
        data.set("last_recip_count", left);
        Format::set_time(data, "deliver_until", {now.seconds + retry_period_s});
        return true;
    }
};

/// The runner of out/ for sites of Mailman 2.1.
struct outgoing_runner : basic_outgoing_runner<bounces_by_queue> {};

/// Mailman's RetryRunner: every 15 minutes everything in retry/ goes back to out/.
/// @source Mailman 2.1 Queue/RetryRunner.py
struct retry_runner {
    static constexpr std::string_view class_name = "RetryRunner";
    static constexpr std::string_view queue = "retry";
    static constexpr std::array<std::string_view, 1> flows_to{"out"};
    static constexpr double sleep_s = mailman_times::retry_sleep_s;
    static constexpr bool always_sleeps = true;

    template <class Site>
    result<disposition> dispose(Site& s, queued_message& message) {
        return s.enqueue("out", message.text, message.data).transform([](const std::string&) {
            return disposition::done;
        });
    }
};

/// The runner of bounces/: notes the addresses that do not take mail.
/// @source Mailman 2.1 Queue/BounceRunner.py, without the parsing of bounce messages
struct bounce_runner {
    static constexpr std::string_view class_name = "BounceRunner";
    static constexpr std::string_view queue = "bounces";
    static constexpr std::array<std::string_view, 0> flows_to{};

    template <class Services>
    static constexpr bool works_with = notes_bounces<Services>;

    template <class Site>
    result<disposition> dispose(Site& s, queued_message& message) {
        const auto list = list_of(s, message);
        if (!list) return failure(list.error());
        using format = typename Site::traits::format;
        const auto addresses = format::recipients(message.data);
        if (!addresses) {
            return failure(error_code::malformed, std::string(format::recipients_key),
                           "expected the failing addresses in the metadata");
        }
        return s.services().note_bounce(**list, message, *addresses).transform([] {
            return disposition::done;
        });
    }
};

}  // namespace qslice
