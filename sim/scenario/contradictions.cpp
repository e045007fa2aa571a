#include "sim/check/measures.hpp"
#include "sim/record/process_names.hpp"
#include "sim/scenario/scenario_file.hpp"
#include "sim/scenario/standard_runner_names.hpp"
#include "sim/text/nearest_name.hpp"

#include <qslice/partition/named_partition.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace qslice::sim {

namespace {

class search {
public:
    search(const scenario& s, const scenario_problem& report) : s_(s), report_(report) {}

    void all() {
        machines();
        partition();
        deployment();
        lists();
        stream();
        for (std::size_t i = 0; i < s_.faults.size(); ++i) fault_at(i);
        work();
        requirements();
    }

private:
    void machines() {
        if (s_.machines.empty()) {
            return report_("", "no machine; expected at least one [[machine]]");
        }
        bool accepts = false;
        for (std::size_t i = 0; i < s_.machines.size(); ++i) {
            const machine_choice& m = s_.machines[i];
            const std::string path = fmt::format("machine[{}]", i);
            accepts = accepts || m.accepts_posts;
            if (m.name.empty())
                report_(path, "missing name of this machine; expected name = \"...\"");
            if (m.name.find('/') != std::string::npos) {
                report_(path + ".name", "name: expected a machine's name without '/'");
            }
            if (m.until_s != 0 && m.until_s <= m.from_s) {
                report_(path + ".until", "until: expected a time after 'from'");
            }
            for (std::size_t j = 0; j < i; ++j) {
                if (s_.machines[j].name == m.name && !m.name.empty()) {
                    report_(path + ".name", fmt::format("name: duplicate machine '{}'", m.name));
                }
            }
            for (std::size_t r = 0; r < m.runners.size(); ++r) {
                if (std::find(m.runners.begin(), m.runners.begin() + static_cast<long>(r),
                              m.runners[r]) != m.runners.begin() + static_cast<long>(r)) {
                    report_(fmt::format("{}.runners[{}]", path, r),
                            fmt::format("runners: duplicate {} on this machine",
                                        to_string(m.runners[r])));
                }
            }
        }
        if (!accepts) {
            report_("machine[0]",
                    "no machine accepts posts; expected accepts_posts = true on at least one");
        }
    }

    void deployment() {
        const deployment_choice& d = s_.deployment;
        if (d.standby && !d.file) {
            report_("deployment.standby",
                    "standby: expected file = true as well, since the file states which slices "
                    "are to be owned");
        }
        for (std::size_t i = 0; i < d.changes.size(); ++i) {
            const std::string path = fmt::format("deployment.change[{}]", i);
            can_change(path, d.changes[i]);
            if (!d.file) report_(path, "change: expected file = true: it is what is changed");
        }
    }

    /// Whether the queues that a change is for can be divided so while their runners run.
    void can_change(const std::string& path, const slice_change_choice& change) {
        const built_site* const own = own_built_site();
        if (own == nullptr) {
            const named_partition partition(s_.policy.partition);
            const auto made = partition.divide(change.slices);
            if (made && made->slice_count() == change.slices) return;
            return report_(path, fmt::format("slices: the partition '{}' cannot have {} slices",
                                             partition.text(), change.slices));
        }
        std::vector<std::string_view> names;
        bool found = false;
        for (const built_site::runner& r : own->runners) {
            names.push_back(r.queue);
            if (!change.queue.empty() && r.queue != change.queue) continue;
            found = true;
            if (r.can_change_to == nullptr) continue;
            if (const auto can = r.can_change_to(change.slices); !can) {
                return report_(path, fmt::format("slices: {}/ cannot have {} slices: {}", r.queue,
                                                 change.slices, can.error().what));
            }
        }
        if (!found) {
            report_(path, fmt::format("queue: no runner takes from '{}'; expected one of {}",
                                      change.queue, fmt::join(names, ", ")));
        }
    }

    /// Each runner's slices against the partition.
    void partition() {
        if (const built_site* const own = own_built_site()) return slices_of(*own);
        const named_partition partition(s_.policy.partition);
        for (std::size_t i = 0; i < s_.machines.size(); ++i) {
            const auto& runners = s_.machines[i].runners;
            for (std::size_t r = 0; r < runners.size(); ++r) {
                const std::string path = fmt::format("machine[{}].runners[{}]", i, r);
                const auto made = partition.divide(runners[r].slices);
                if (!made) {
                    return report_(
                        path, fmt::format("runners: the partition '{}' cannot have {} "
                                          "slices: {}",
                                          partition.text(), runners[r].slices, made.error().what));
                }
                if (made->slice_count() != runners[r].slices) {
                    return report_(path, fmt::format("runners: the number of slices of {} is {}, "
                                                     "but the partition '{}' has {}",
                                                     to_string(runners[r]), runners[r].slices,
                                                     partition.text(), made->slice_count()));
                }
            }
        }
    }

    /// Another number of slices than the topology's is possible where the types allow it.
    void slices_of(const built_site& own) {
        for (std::size_t i = 0; i < s_.machines.size(); ++i) {
            const auto& runners = s_.machines[i].runners;
            for (std::size_t r = 0; r < runners.size(); ++r) {
                const auto known =
                    std::find_if(own.runners.begin(), own.runners.end(),
                                 [&](const auto& k) { return k.class_name == runners[r].runner; });
                if (known == own.runners.end() || known->slices == runners[r].slices) continue;
                const auto can = known->can_change_to == nullptr
                                     ? result<void>()
                                     : known->can_change_to(runners[r].slices);
                if (can) continue;
                return report_(fmt::format("machine[{}].runners[{}]", i, r),
                               fmt::format("runners: the number of slices of {} is {}, but the "
                                           "topology divides its queue into {}: {}",
                                           to_string(runners[r]), runners[r].slices, known->slices,
                                           can.error().what));
            }
        }
    }

    void lists() {
        shares("lists", s_.list_defaults);
        for (std::size_t i = 0; i < s_.lists.size(); ++i) {
            const std::string path = fmt::format("list[{}]", i);
            const list_choice& list = s_.lists[i];
            shares(path, list);
            if (list.name.empty())
                report_(path, "missing name of this list; expected name = \"...\"");
            for (std::size_t j = 0; j < i; ++j) {
                if (s_.lists[j].name == list.name && !list.name.empty()) {
                    report_(path + ".name", fmt::format("name: duplicate list '{}'", list.name));
                }
            }
            if (!list.name.empty()) has_posts(path + ".name", list.name);
        }
    }

    /// Settings of a list without posts have no effect. What is in a file is not known here.
    void has_posts(const std::string& path, const std::string& name) {
        if (has_posts_of(s_.stream, name)) return;
        report_(path,
                s_.stream.what == stream_choice::kind::listed
                    ? fmt::format("name: no post of this stream is to list '{}'", name)
                    : fmt::format("name: no post is to list '{}'; the lists of this stream are "
                                  "list1 to list{}",
                                  name, s_.stream.lists));
    }

    void shares(const std::string& path, const list_choice& list) {
        if (list.held_share + list.discarded_share > 1) {
            report_(path + ".discarded_share",
                    fmt::format("discarded_share: {} of senders held plus {} discarded exceed 1",
                                list.held_share, list.discarded_share));
        }
    }

    void stream() {
        const stream_choice& c = s_.stream;
        if (c.what == stream_choice::kind::listed) {
            listed_posts();
        } else if (c.what == stream_choice::kind::synthetic) {
            if (c.posts == 0) report_("stream.posts", "posts: expected at least one post");
            sizes();
            if (!c.times_s.empty() && c.times_s.front() != 0) {
                report_("stream.times",
                        "times: expected 0 first, since times count from the first post");
            }
        } else if (c.path.empty()) {
            report_("stream", "missing path of a stream from a file; expected path = \"...\"");
        }
        if (s_.services.fails_for_now + s_.services.fails_for_good > 1) {
            report_("services.fails_for_good",
                    "fails_for_good: together with fails_for_now exceeds 1");
        }
    }

    /// Times of work are for queues of one's own.
    void work() {
        const built_site* const own = own_built_site();
        for (std::size_t i = 0; i < s_.work.size(); ++i) {
            const std::string& queue = s_.work[i].queue;
            const std::string path = fmt::format("work[{}]", i);
            if (own == nullptr || own->mail) {
                report_(path,
                        "work: expected none, since [services] has the times of mail's "
                        "runners");
                continue;
            }
            std::vector<std::string_view> names;
            bool takes_work = true;
            for (const built_site::runner& r : own->runners) {
                names.push_back(r.queue);
                if (r.queue == queue) takes_work = r.takes_work;
            }
            if (std::find(names.begin(), names.end(), queue) == names.end()) {
                report_(path, fmt::format("queue: no runner takes from '{}'; expected one of {}",
                                          queue, fmt::join(names, ", ")));
            } else if (!takes_work) {
                report_(path, fmt::format("queue: the runner of {} is a final class, to whose work "
                                          "no time can be added",
                                          queue));
            } else if (std::any_of(s_.work.begin(),
                                   s_.work.begin() + static_cast<std::ptrdiff_t>(i),
                                   [&](const queue_work& w) { return w.queue == queue; })) {
                report_(path, fmt::format("queue: a second time for {}", queue));
            }
        }
    }

    void requirements() {
        for (std::size_t i = 0; i < s_.requirements.size(); ++i) {
            const std::string& name = s_.requirements[i].measure;
            if (find_measure(name) != nullptr) continue;
            report_(fmt::format("require[{}]", i),
                    fmt::format("require: unknown measure '{}'{}", name,
                                did_you_mean(name, measure_names())));
        }
    }

    void sizes() {
        const stream_choice& c = s_.stream;
        const auto least = static_cast<double>(c.size_least_bytes);
        const auto most = static_cast<double>(c.size_most_bytes);
        if (c.size_median_bytes > least && c.size_median_bytes <= most) return;
        report_("stream.size_median_bytes",
                fmt::format("size_median_bytes: expected more than size_least_bytes ({}) and at "
                            "most size_most_bytes ({})",
                            c.size_least_bytes, c.size_most_bytes));
    }

    void listed_posts() {
        const auto& posts = s_.stream.listed;
        if (posts.empty()) {
            report_("stream", "missing posts of a listed stream; expected [[stream.post]]");
        }
        for (std::size_t i = 0; i < posts.size(); ++i) {
            const std::string path = fmt::format("stream.post[{}]", i);
            if (i > 0 && posts[i].at_s < posts[i - 1].at_s) {
                report_(path + ".at", "at: expected posts sorted by time");
            }
            if (posts[i].answers > i) {
                report_(path + ".answers",
                        fmt::format("answers: expected the number of an earlier post, 1 to {}, "
                                    "or 0",
                                    i));
            }
        }
    }

    void fault_at(std::size_t i) {
        const fault& f = s_.faults[i];
        const std::string path = fmt::format("fault[{}]", i);
        if (f.until_s != 0 && f.until_s <= f.at_s) {
            report_(path + ".until", "until: expected a time after 'at'");
        }
        if (!f.machine.empty()) known_machine(path + ".machine", f.machine);
        if (!f.process.empty()) known_process(path + ".process", f.process);
        if (f.count > 0 && !f.call) {
            report_(
                path + ".count",
                "count: expected 'call' as well, since count is the index among calls of a kind");
        }
        if (f.probability > 0 && f.count > 0) {
            report_(path + ".probability", "probability: cannot be combined with 'count'");
        }
        const fault_row& row = row_of(fault_table, f.what);
        if (row.keys.contains(fault_key::queue)) known_queue(path, f.queue);
        if (row.is_complete != nullptr && !row.is_complete(f)) {
            report_(path, fmt::format("{} needs {}", row.name, row.needs));
        }
    }

    void known_queue(const std::string& path, const std::string& queue) {
        const built_site* const own = own_built_site();
        if (own == nullptr) return;
        if (std::find(own->queues.begin(), own->queues.end(), queue) != own->queues.end()) return;
        report_(path, fmt::format("queue: the site has no queue '{}'; expected one of {}", queue,
                                  fmt::join(own->queues, ", ")));
    }

    void known_machine(const std::string& path, const std::string& name) {
        std::vector<std::string_view> names;
        for (const machine_choice& m : s_.machines) names.push_back(m.name);
        if (std::find(names.begin(), names.end(), name) == names.end()) {
            report_(path, fmt::format("machine: unknown machine '{}'{}", name,
                                      did_you_mean(name, names)));
        }
    }

    void known_process(const std::string& path, const std::string& process) {
        std::vector<std::string> names(other_processes.begin(), other_processes.end());
        for (const machine_choice& m : s_.machines) {
            for (const runner_choice& r : m.runners) {
                names.push_back(r.runner);
                names.push_back(to_string(r));
            }
        }
        if (std::find(names.begin(), names.end(), process) == names.end()) {
            report_(path, fmt::format("process: no machine runs '{}'{}", process,
                                      did_you_mean(process, names)));
        }
    }

    const scenario& s_;
    const scenario_problem& report_;
};

}  // namespace

bool has_posts_of(const stream_choice& stream, const std::string& list) {
    switch (stream.what) {
        case stream_choice::kind::trace:
        case stream_choice::kind::mbox: return true;
        case stream_choice::kind::listed:
            return std::any_of(stream.listed.begin(), stream.listed.end(),
                               [&](const post_choice& p) { return p.list == list; });
        case stream_choice::kind::synthetic: break;
    }
    std::uint64_t number = 0;
    const char* const end = list.data() + list.size();
    if (!list.starts_with("list")) return false;
    const auto read = std::from_chars(list.data() + 4, end, number);
    return read.ec == std::errc() && read.ptr == end && fmt::format("list{}", number) == list &&
           number >= 1 && number <= stream.lists;
}

void find_contradictions(const scenario& s, const scenario_problem& report) {
    search(s, report).all();
}

}  // namespace qslice::sim
