/// @file
/// A runner of out/, archive/, in/ or virgin/ beside a running Mailman 3: the library's headers, a
/// mail server on the loopback and a maildir. `live.py` starts it in a Mailman runner's place.
///
///     qslice_tests_live --var DIR --runner out:0:2 --smtp PORT --log FILE
///     qslice_tests_live --var DIR --runner in:0:2 --members FILE --log FILE [--pause SECONDS]
///
/// A line of the file of members is "LIST-ID ADDRESS".
#include "live/accepting_runner.hpp"
#include "live/notice_runner.hpp"
#include "live/smtp_client.hpp"

#include <qslice/codec/delivered_text.hpp>
#include <qslice/partition/mailman3_ranges.hpp>
#include <qslice/runner/mailman3_runners.hpp>
#include <qslice/runner/runner_loop.hpp>
#include <qslice/runner/site.hpp>
#include <qslice/spool/standard_spools.hpp>
#include <qslice/topology/process.hpp>
#include <qslice/world/posix_world.hpp>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

namespace {

using namespace qslice;

posix_world* running = nullptr;

extern "C" void stop_running(int) {
    if (running != nullptr) running->request_stop();
}

struct options {
    std::string var;
    std::string runner;
    std::string smtp_port;
    std::string log;
    std::string members;
    std::string pause;
};

/// Lists by their List-Id, NAME.HOST, a mail server on the loopback and the prototype archiver's
/// maildirs. The lists' settings stay in Mailman's database: nothing that runs here needs them.
class services {
public:
    services(posix_world world, const options& given) : world_(std::move(world)), given_(given) {
        std::ifstream members(given_.members);
        std::string id;
        std::string address;
        while (members >> id >> address) members_[id].push_back(address);
    }

    const mailing_list* find_list(std::string_view id) {
        const std::size_t dot = id.find('.');
        if (dot == std::string_view::npos) return nullptr;
        mailing_list& list = lists_[std::string(id)];
        list.name = id.substr(0, dot);
        list.id = id;
        list.language = "en";
        if (const auto at = members_.find(id); at != members_.end()) list.recipients = at->second;
        return &list;
    }

    /// The envelope is Mailman's: the list's bounces address, and the recipients in their order.
    result<delivery_report> deliver(const mailing_list& list, const queued_message& message,
                                    std::vector<std::string> recipients) {
        auto text = delivered_text<mailman3_format>(message.text);
        if (!text) return failure(text.error());
        const std::string host = list.id.substr(list.name.size() + 1);
        const std::string sender(
            message.data.text("sender").value_or(list.name + "-bounces@" + host));
        std::sort(recipients.begin(), recipients.end());
        test::smtp_client server(static_cast<std::uint16_t>(std::atoi(given_.smtp_port.c_str())));
        auto report = server.send(sender, recipients, with_crlf(*text));
        if (report) {
            world_.log("smtp", message_id_of(message.text.str()) + " smtp to " + list.name +
                                   " for " + std::to_string(recipients.size()) + " recips");
        }
        return report;
    }

    result<void> archive(const mailing_list& list, const queued_message& message) {
        const std::string host = list.id.substr(list.name.size() + 1);
        const std::string maildir =
            given_.var + "/archives/prototype/" + list.name + '@' + host + '/';
        for (const char* part : {"tmp", "new", "cur"}) {
            auto made = world_.make_directory(maildir + part, directory_permissions);
            if (!made) return made;
        }
        const std::string name = to_repr(world_.now()) + ".P" + std::to_string(::getpid()) + 'Q' +
                                 std::to_string(++archived_) + ".qslice";
        auto file =
            world_.open(maildir + "tmp/" + name, open_mode::create_exclusive, entry_permissions);
        if (!file) return failure(file.error());
        auto done = world_.write(*file, message.text.str());
        if (done) done = world_.sync(*file);
        if (done) done = world_.close(*file);
        if (done) done = world_.rename(maildir + "tmp/" + name, maildir + "new/" + name);
        return done;
    }

    result<void> note_bounce(const mailing_list& list, const queued_message&,
                             const std::vector<std::string>& addresses) {
        for (const std::string& address : addresses) {
            world_.log("bounce", list.name + ": " + address);
        }
        return {};
    }

private:
    static std::string with_crlf(const std::string& text) {
        std::string lines;
        lines.reserve(text.size() + text.size() / 32);
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) lines += '\r';
            lines += text[i];
        }
        return lines;
    }

    posix_world world_;
    options given_;
    std::map<std::string, mailing_list, std::less<>> lists_;
    std::map<std::string, std::vector<std::string>, std::less<>> members_;
    int archived_ = 0;
};

using site_type = site<posix_world, mailman3_spool, services>;

template <class Runner>
int serve(site_type& s, const runner_slice& wanted, Runner runner = {}) {
    auto ranges = mailman3_ranges<>::make(wanted.slice_count);
    if (!ranges) {
        std::cerr << ranges.error().to_string() << '\n';
        return EXIT_FAILURE;
    }
    runner_loop<Runner, site_type> loop(s, {*ranges, wanted.slice}, runner);
    loop.run();
    return EXIT_SUCCESS;
}

/// Appends each line in one call, so that several processes can share the file.
posix_world::log_sink lines_in(const std::string& path, const std::string& name) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0660);
    return [file, name](std::string_view log, std::string_view line) {
        std::string text = name;
        text.append(" ").append(log).append(": ").append(line).append("\n");
        if (::write(file, text.data(), text.size()) < 0) std::cerr << text;
    };
}

}  // namespace

int main(int argc, char** argv) {
    options given;
    const std::map<std::string_view, std::string options::*> names{
        {"--var", &options::var}, {"--runner", &options::runner},   {"--smtp", &options::smtp_port},
        {"--log", &options::log}, {"--members", &options::members}, {"--pause", &options::pause}};
    for (int i = 1; i + 1 < argc; i += 2) {
        const auto at = names.find(argv[i]);
        if (at != names.end()) given.*(at->second) = argv[i + 1];
    }
    const auto wanted = parse_runner_slice(given.runner);
    if (!wanted || given.var.empty() || given.log.empty()) {
        std::cerr << "usage: qslice_tests_live --var DIR --runner out:0:2 --smtp PORT --log FILE\n";
        return 2;
    }
    use_mailman_umask();
    posix_world world(lines_in(given.log, given.runner));
    running = &world;
    std::signal(SIGTERM, stop_running);
    std::signal(SIGINT, stop_running);

    services own(world, given);
    site_type s(world, own, {given.var, "live/" + given.runner});
    if (wanted->class_name == "out") return serve<mailman3_outgoing_runner>(s, *wanted);
    if (wanted->class_name == "archive") return serve<mailman3_archive_runner>(s, *wanted);
    if (wanted->class_name == "in") {
        return serve(s, *wanted, test::accepting_runner{std::atof(given.pause.c_str())});
    }
    if (wanted->class_name == "virgin") return serve<test::notice_runner>(s, *wanted);
    std::cerr << "expected out, archive, in or virgin, found " << wanted->class_name << '\n';
    return 2;
}
