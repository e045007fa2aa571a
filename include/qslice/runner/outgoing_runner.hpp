/// @file
/// The runner of out/: hands each message to the mail server, for all its recipients at once.
/// Recipients that fail temporarily go to retry/, those that fail permanently to bounces/.
#pragma once

#include <qslice/runner/list_work.hpp>
#include <qslice/runner/mailman_times.hpp>
#include <qslice/runner/runner_loop.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace qslice {

/// Mailman's OutgoingRunner.
/// @source Mailman 2.1 Queue/OutgoingRunner.py
struct outgoing_runner {
    static constexpr std::string_view class_name = "OutgoingRunner";
    static constexpr std::string_view queue = "out";
    static constexpr std::array<std::string_view, 2> flows_to{"retry", "bounces"};

    /// How long temporarily failing recipients are retried.
    double retry_period_s = mailman_times::delivery_retry_period_s;

    template <class Site>
    result<disposition> dispose(Site& s, queued_message& message) {
        const double now = s.world().now().seconds;
        if (message.data.number("deliver_after").value_or(0) > now) return disposition::keep_queued;
        const auto list = list_of(s, message);
        if (!list) return failure(list.error());

        const auto recipients = message.data.texts("recips").value_or(std::vector<std::string>{});
        auto report = s.services().deliver(**list, message, recipients);
        if (!report) {
            s.log("smtp-failure", report.error().to_string());
            s.world().sleep_for(mailman_times::idle_sleep_s);
            return disposition::keep_queued;
        }
        if (!report->failed_for_now.empty() && !may_try_again(message.data, *report, now)) {
            report->failed_for_good.insert(report->failed_for_good.end(),
                                           report->failed_for_now.begin(),
                                           report->failed_for_now.end());
            report->failed_for_now.clear();
        }
        return pass_on(s, message, *report);
    }

private:
    /// Extends the deadline while the number of recipients decreases.
    bool may_try_again(metadata& data, const delivery_report& report, double now) const {
        const auto left = static_cast<std::int64_t>(report.failed_for_now.size());
        const double before = data.number("last_recip_count").value_or(0);
        const auto until = data.number("deliver_until");
        if (until && static_cast<double>(left) == before) return now <= *until;
        data.set("last_recip_count", left);
        data.set("deliver_until", now + retry_period_s);
        return true;
    }

    template <class Site>
    static result<disposition> pass_on(Site& s, const queued_message& message,
                                       const delivery_report& report) {
        for (const auto& [addresses, next] :
             {std::pair(&report.failed_for_now, "retry"), {&report.failed_for_good, "bounces"}}) {
            if (addresses->empty()) continue;
            metadata data = message.data;
            data.set_texts("recips", *addresses);
            auto queued = s.enqueue(next, message.text, std::move(data));
            if (!queued) return failure(queued.error());
        }
        return disposition::done;
    }
};

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

    template <class Site>
    result<disposition> dispose(Site& s, queued_message& message) {
        const auto list = list_of(s, message);
        if (!list) return failure(list.error());
        const auto addresses = message.data.texts("recips").value_or(std::vector<std::string>{});
        return s.services().note_bounce(**list, message, addresses).transform([] {
            return disposition::done;
        });
    }
};

}  // namespace qslice
