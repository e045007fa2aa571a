#pragma once

#include "support/temporary_directory.hpp"
#include "support/test_world.hpp"

#include <qslice/codec/entry_format.hpp>
#include <qslice/runner/mailing_list.hpp>
#include <qslice/runner/services.hpp>
#include <qslice/runner/site.hpp>
#include <qslice/spool/standard_spools.hpp>

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace qslice::test {

/// Lists in a map, and a mail server and an archive that remember what they were given.
struct recording_services {
    struct delivery {
        std::string list;
        qslice::queued_message message;
        std::vector<std::string> recipients;
    };

    std::map<std::string, qslice::mailing_list, std::less<>> lists;
    std::vector<delivery> deliveries;
    std::vector<qslice::queued_message> archived;
    std::vector<std::string> bounced;
    /// The mail server's answer; by default it reaches everybody.
    std::function<qslice::result<qslice::delivery_report>(const std::vector<std::string>&)> answer;
    bool archive_fails = false;

    const qslice::mailing_list* find_list(std::string_view name) {
        const auto at = lists.find(name);
        if (at != lists.end()) return &at->second;
        for (const auto& [key, list] : lists) {
            if (list.id == name) return &list;
        }
        return nullptr;
    }
    qslice::result<qslice::delivery_report> deliver(const qslice::mailing_list& list,
                                                    const qslice::queued_message& message,
                                                    const std::vector<std::string>& recipients) {
        deliveries.push_back({list.name, message, recipients});
        return answer ? answer(recipients) : qslice::delivery_report{};
    }
    qslice::result<void> archive(const qslice::mailing_list&,
                                 const qslice::queued_message& message) {
        if (archive_fails) {
            return qslice::failure(qslice::error_code::rejected, "archive", "made to fail");
        }
        archived.push_back(message);
        return {};
    }
    qslice::result<void> note_bounce(const qslice::mailing_list&, const qslice::queued_message&,
                                     const std::vector<std::string>& addresses) {
        bounced.insert(bounced.end(), addresses.begin(), addresses.end());
        return {};
    }
};

inline constexpr std::string_view all_queues[] = {"in",    "archive",  "out",   "virgin",
                                                  "retry", "bounces",  "held",  "shunt",
                                                  "bad",   "pipeline", "digest"};

/// A site in a temporary directory with the list "users", which has two members.
template <class Spool>
struct basic_test_site {
    using site_type = qslice::site<test_world, Spool, recording_services>;
    using format = typename Spool::format;

    temporary_directory directory;
    test_world world;
    recording_services services;
    site_type site{world, services, {directory.path() + "/var", "mx1/test"}};

    basic_test_site() {
        (void)site.make_directories(all_queues);
        qslice::mailing_list users;
        users.name = "users";
        users.id = "users.example.org";
        users.recipients = {"ada@example.org", "bob@example.org"};
        services.lists["users"] = users;
    }

    /// What metadata have for the list.
    static qslice::metadata for_users() {
        qslice::metadata data;
        format::set_list(data, "users", "users.example.org");
        return data;
    }
    static qslice::metadata for_users(const std::vector<std::string>& recipients) {
        qslice::metadata data = for_users();
        format::set_recipients(data, recipients);
        return data;
    }

    qslice::mailing_list& users() { return services.lists["users"]; }

    [[nodiscard]] std::string directory_of(std::string_view queue) const {
        return site.queue_directory(queue);
    }
    [[nodiscard]] std::set<std::string> names(std::string_view queue) const {
        return names_in(directory_of(queue));
    }

    /// The waiting messages of a queue, in processing order; the entries stay.
    std::vector<qslice::queued_message> waiting(std::string_view queue) {
        auto board = site.open_queue(queue, {});
        const auto found = board.files().value();
        std::vector<qslice::queued_message> messages;
        for (std::size_t i = 0; i < found.size(); ++i) {
            messages.push_back(board.dequeue(found.base_name(i)).value());
            (void)board.put_back(found.base_name(i));
        }
        return messages;
    }

    /// Puts an entry's file into a queue, under any name.
    /// @param message  the bytes of its message
    void place(std::string_view queue, const std::string& file_name,
               const qslice::metadata& data = for_users(),
               const std::string& message = format::message_bytes("Subject: x\n\ny\n")) const {
        write_file(directory_of(queue) + "/" + file_name, message + format::metadata_bytes(data));
    }

    std::string enqueue(std::string_view queue, std::string_view text = "Subject: hello\n\nbody\n",
                        qslice::metadata data = for_users()) {
        return site.enqueue(queue, text, std::move(data)).value();
    }
};

using test_site = basic_test_site<qslice::mailman21_spool>;
using mailman3_test_site = basic_test_site<qslice::mailman3_spool>;

}  // namespace qslice::test
