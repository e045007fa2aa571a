// A site with a custom queue, runner and handler, on two machines.
//
// The handler puts a copy of each post into statistics/; the runner of that queue counts posts
// per list. None of the library's headers knows either of them. Both machines are threads here, on
// real files in a temporary directory.
#include <qslice/qslice.hpp>

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

// 1. The handler: a name, the queues that it writes to, and what it does with a post.
struct to_statistics {
    static constexpr std::string_view name = "ToStatistics";
    static constexpr std::array<std::string_view, 1> flows_to{"statistics"};

    template <class Site>
    qslice::result<qslice::verdict> operator()(Site& s, qslice::post& p) const {
        auto queued = s.enqueue("statistics", p.message.text, {{"listname", p.list.name}});
        if (!queued) return qslice::failure(queued.error());
        return qslice::verdict::next;
    }
};

// 2. The runner: a name, its queue, the queues that it writes to, and its work on a message.
struct statistics_runner {
    static constexpr std::string_view class_name = "StatisticsRunner";
    static constexpr std::string_view queue = "statistics";
    static constexpr std::array<std::string_view, 0> flows_to{};

    template <class Site>
    qslice::result<qslice::disposition> dispose(Site& s, qslice::queued_message& message) {
        const auto list = qslice::list_of(s, message);
        if (!list) return qslice::failure(list.error());
        s.services().count((*list)->name);
        return qslice::disposition::done;
    }
};

// 3. The library's incoming runner with a pipeline that contains the handler.
struct counting_incoming_runner
    : qslice::basic_incoming_runner<qslice::pipeline<
          qslice::calculate_recipients, qslice::cook_headers, to_statistics, qslice::to_outgoing>> {
};

// 4. The deployment. Leave out a slice or the statistics runner, and it does not compile.
struct my_site
    : qslice::topology<
          qslice::mailman21_spool,
          qslice::runners<
              qslice::sliced<counting_incoming_runner, 2>, qslice::sliced<statistics_runner, 2>,
              qslice::sliced<qslice::outgoing_runner, 2>, qslice::sliced<qslice::retry_runner, 1>,
              qslice::sliced<qslice::bounce_runner, 1>>,
          qslice::machines<qslice::machine_runs<"mx1", qslice::slice_of_each<0>>,
                           qslice::machine_runs<"mx2", qslice::slice_of_each<1>>>> {};

// 5. What the site provides: its lists, its mail server, its archive, and its statistics. All
//    processes are threads here and share it, hence the lock.
class my_services {
public:
    my_services() {
        for (const char* name : {"users", "developers"}) {
            qslice::mailing_list list;
            list.name = name;
            list.recipients = {"ada@example.org", "bob@example.org"};
            lists_[name] = list;
        }
    }

    const qslice::mailing_list* find_list(std::string_view name) {
        const auto at = lists_.find(name);
        return at == lists_.end() ? nullptr : &at->second;
    }
    qslice::result<qslice::delivery_report> deliver(const qslice::mailing_list&,
                                                    const qslice::queued_message&,
                                                    const std::vector<std::string>& recipients) {
        const std::lock_guard held(lock_);
        delivered_ += recipients.size();
        return qslice::delivery_report{};
    }
    qslice::result<void> archive(const qslice::mailing_list&, const qslice::queued_message&) {
        return {};
    }
    qslice::result<void> note_bounce(const qslice::mailing_list&, const qslice::queued_message&,
                                     const std::vector<std::string>&) {
        return {};
    }

    void count(const std::string& list) {
        const std::lock_guard held(lock_);
        ++counts_[list];
        ++counted_;
    }

    [[nodiscard]] bool has_done(std::size_t posts) {
        const std::lock_guard held(lock_);
        return counted_ == posts && delivered_ == 2 * posts;
    }
    [[nodiscard]] std::map<std::string, std::size_t> counts() {
        const std::lock_guard held(lock_);
        return counts_;
    }

private:
    std::map<std::string, qslice::mailing_list, std::less<>> lists_;
    std::mutex lock_;
    std::map<std::string, std::size_t> counts_;
    std::size_t counted_ = 0;
    std::size_t delivered_ = 0;
};

int main() {
    namespace files = std::filesystem;
    std::string root = (files::temp_directory_path() / "qslice-example-XXXXXX").string();
    if (mkdtemp(root.data()) == nullptr) return EXIT_FAILURE;
    qslice::use_mailman_umask();

    qslice::posix_world world;
    my_services services;
    using site_type = qslice::site<qslice::posix_world, my_site::spool, my_services>;
    const auto make_site = [&](const qslice::runner_slice& process) {
        return site_type(world, services, {root, "host/" + qslice::to_string(process)});
    };

    // The mail server's part: posts arrive in in/.
    constexpr std::size_t posts = 20;
    site_type entrance(world, services, {root, "host/post"});
    if (auto made = entrance.make_directories(my_site::queues); !made) {
        std::cerr << made.error().to_string() << '\n';
        return EXIT_FAILURE;
    }
    for (std::size_t i = 0; i < posts; ++i) {
        const std::string text =
            "From: ada@example.org\nSubject: post " + std::to_string(i) + "\n\nHello\n";
        auto queued =
            entrance.enqueue("in", text, {{"listname", i % 4 == 0 ? "developers" : "users"}});
        if (!queued) {
            std::cerr << queued.error().to_string() << '\n';
            return EXIT_FAILURE;
        }
    }

    // Two machines, until everything is done or a minute has passed.
    {
        std::vector<std::jthread> machines;
        for (const std::string_view machine : my_site::machine_names) {
            machines.emplace_back([&, machine] {
                if (auto ran = qslice::run_machine<my_site>(machine, make_site); !ran) {
                    std::cerr << ran.error().to_string() << '\n';
                }
            });
        }
        for (int i = 0; i < 600 && !services.has_done(posts); ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
        world.request_stop();
    }
    files::remove_all(root);

    for (const auto& [list, count] : services.counts()) {
        std::cout << list << ": " << count << " posts\n";
    }
    const bool right =
        services.has_done(posts) &&
        services.counts() == std::map<std::string, std::size_t>{{"developers", 5}, {"users", 15}};
    return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
