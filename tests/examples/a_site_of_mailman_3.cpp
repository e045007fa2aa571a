// A Mailman 3 site on two machines, ready made: posts come into in/, pass pipeline/, and go to
// archive/, to out/ and, with other posts, to a list's digest.
//
// Both machines are threads here, on real files in a temporary directory.
#include <qslice/qslice.hpp>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

// 1. The deployment. A slice that nobody runs, or a number of slices that Mailman 3 does not take,
//    does not compile.
struct my_site : qslice::mailman3_site<
                     2, qslice::machines<qslice::machine_runs<"mx1", qslice::slice_of_each<0>>,
                                         qslice::machine_runs<"mx2", qslice::slice_of_each<1>>>> {};

// 2. What the site brings. Lists are found by their List-Id, as Mailman 3 names them.
class my_services {
public:
    my_services() {
        users_.name = "users";
        users_.id = "users.example.org";
        users_.language = "en";
        users_.subject_prefix = "[Users] ";
        users_.recipients = {"ada@example.org", "bob@example.org"};
        users_.digest_recipients = {"dan@example.org"};
        users_.digest_threshold_bytes = 500;
    }

    const qslice::mailing_list* find_list(std::string_view id) {
        return id == users_.id ? &users_ : nullptr;
    }
    qslice::result<qslice::delivery_report> deliver(const qslice::mailing_list&,
                                                    const qslice::queued_message& message,
                                                    const std::vector<std::string>& recipients) {
        const std::lock_guard held(lock_);
        (message.data.flag("isdigest") ? digests_ : delivered_) += recipients.size();
        return qslice::delivery_report{};
    }
    qslice::result<void> archive(const qslice::mailing_list&, const qslice::queued_message&) {
        const std::lock_guard held(lock_);
        ++archived_;
        return {};
    }
    qslice::result<void> note_bounce(const qslice::mailing_list&, const qslice::queued_message&,
                                     const std::vector<std::string>&) {
        return {};
    }

    [[nodiscard]] bool has_done(std::size_t posts) {
        const std::lock_guard held(lock_);
        return archived_ == posts && delivered_ == 2 * posts && digests_ > 0;
    }

private:
    qslice::mailing_list users_;
    std::mutex lock_;
    std::size_t delivered_ = 0;
    std::size_t digests_ = 0;
    std::size_t archived_ = 0;
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

    site_type entrance(world, services, {root, "host/post"});
    if (auto made = entrance.make_directories(my_site::queues); !made) {
        std::cerr << made.error().to_string() << '\n';
        return EXIT_FAILURE;
    }
    constexpr std::size_t posts = 8;
    for (std::size_t i = 0; i < posts; ++i) {
        const std::string text =
            "From: ada@example.org\nSubject: post " + std::to_string(i) + "\n\nHello\n";
        auto queued = entrance.enqueue("in", text, {{"listid", "users.example.org"}});
        if (!queued) {
            std::cerr << queued.error().to_string() << '\n';
            return EXIT_FAILURE;
        }
    }

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
    const bool is_right = services.has_done(posts) && files::is_empty(root + "/queue/shunt") &&
                          files::is_empty(root + "/queue/bad");
    files::remove_all(root);
    std::cout << posts << " posts were archived, delivered and digested\n";
    return is_right ? EXIT_SUCCESS : EXIT_FAILURE;
}
