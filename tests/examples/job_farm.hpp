/// @file
/// A farm for jobs, without any mail: five kinds of runners with one to eight slices on four
/// machines. Its format, hash policy, partition and runners are its own. job_farm.cpp runs it on
/// real files, and qslice_add_simulation makes a simulator of it.
#pragma once

#include <qslice/codec/attributes.hpp>
#include <qslice/codec/item_format.hpp>
#include <qslice/hash/hash_policy.hpp>
#include <qslice/spool/entry_order.hpp>
#include <qslice/spool/entry_stamp.hpp>
#include <qslice/spool/layout.hpp>
#include <qslice/spool/spool_traits.hpp>
#include <qslice/topology/arriving_item.hpp>
#include <qslice/topology/item_words.hpp>
#include <qslice/topology/recorded_items.hpp>
#include <qslice/topology/run.hpp>
#include <qslice/topology/topology.hpp>

#include <nlohmann/json.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

/// A job: what is to be done, and for whom.
struct job {
    std::string text;
    qslice::attributes data;
};

/// Two lines of JSON: the job as a string, and its metadata as an object.
struct json_format {
    static constexpr std::string_view name = "json";

    static std::string message_bytes(std::string_view text) {
        return nlohmann::json(text).dump() + '\n';
    }
    static std::string metadata_bytes(const qslice::attributes& data) {
        auto object = nlohmann::ordered_json::object();
        for (const auto& [key, value] : data.items()) object[key] = value;
        return object.dump() + '\n';
    }

    struct stored {
        std::size_t message_size = 0;
        qslice::attributes data;
    };
    static qslice::result<stored> read_metadata(std::string_view bytes) {
        const std::size_t first = bytes.find('\n');
        const std::size_t second =
            first == std::string_view::npos ? first : bytes.find('\n', first + 1);
        if (second == std::string_view::npos) return wrong("two lines");
        const auto object =
            nlohmann::ordered_json::parse(bytes.substr(first + 1, second - first), nullptr, false);
        if (!object.is_object()) return wrong("an object in the second line");
        stored found{first + 1, {}};
        for (const auto& [key, value] : object.items()) {
            if (!value.is_string()) return wrong("strings as metadata");
            found.data.set(key, std::string_view(value.get_ref<const std::string&>()));
        }
        return found;
    }
    static qslice::result<job> read(std::string_view bytes) {
        auto metadata = read_metadata(bytes);
        if (!metadata) return qslice::failure(metadata.error());
        const auto text =
            nlohmann::json::parse(bytes.substr(0, metadata->message_size), nullptr, false);
        if (!text.is_string()) return wrong("a string in the first line");
        return job{text.get<std::string>(), std::move(metadata->data)};
    }

    static qslice::timestamp prepare(qslice::attributes& data, qslice::timestamp now) {
        data.erase_volatile();
        return now;
    }

private:
    static qslice::failure wrong(const std::string& expected) {
        return {qslice::error_code::malformed, "job", "expected " + expected};
    }
};

/// A tenant's jobs stay together.
struct by_tenant {
    static constexpr std::string_view name = "tenant";

    static std::string_view affinity(const qslice::hash_input& in) {
        return in.data.text("tenant").value_or("nobody");
    }
    template <class Feed>
    static void feed(const qslice::hash_input& in, Feed&& feed) {
        feed(in.message);
        feed(affinity(in));
        feed(qslice::to_repr(in.now));
    }
};

/// Tenants are dealt out to the slices like cards.
class dealt_out {
public:
    static qslice::result<dealt_out> make(std::uint64_t slices) {
        if (slices == 0) {
            return qslice::failure(qslice::error_code::malformed, "dealt_out", "0 slices");
        }
        return dealt_out(slices);
    }
    dealt_out() = default;

    [[nodiscard]] std::uint64_t slice_count() const { return slices_; }
    [[nodiscard]] qslice::slice_index slice_of(const qslice::hash_value& hash) const {
        return static_cast<qslice::slice_index>(hash.high() % slices_);
    }
    [[nodiscard]] bool owns(qslice::slice_index slice, const qslice::hash_value& hash) const {
        return slice_of(hash) == slice;
    }

private:
    explicit dealt_out(std::uint64_t slices) : slices_(slices) {}
    std::uint64_t slices_ = 1;
};

using farm_spool =
    qslice::spool_traits<json_format, qslice::basic_hash_policy<by_tenant>, dealt_out,
                         qslice::strict_order, qslice::prefix_layout<1>, qslice::increasing_stamps>;

/// One step of the work: notes itself in the job and passes it on.
template <char Letter>
struct step_runner {
    static constexpr double sleep_s = 0.25;

    template <class Site>
    static qslice::result<qslice::disposition> pass_on(Site& s, job& j, std::string_view to) {
        j.data.set("steps", std::string(j.data.text("steps").value_or("")) + Letter);
        auto queued = s.enqueue(to, j.text, j.data);
        if (!queued) return qslice::failure(queued.error());
        return qslice::disposition::done;
    }
};

struct accept_runner : step_runner<'a'> {
    static constexpr std::string_view class_name = "AcceptRunner";
    static constexpr std::string_view queue = "accept";
    static constexpr std::array<std::string_view, 1> flows_to{"fetch"};

    template <class Site>
    qslice::result<qslice::disposition> dispose(Site& s, job& j) {
        return pass_on(s, j, "fetch");
    }
};

struct fetch_runner : step_runner<'f'> {
    static constexpr std::string_view class_name = "FetchRunner";
    static constexpr std::string_view queue = "fetch";
    static constexpr std::array<std::string_view, 1> flows_to{"render"};

    template <class Site>
    qslice::result<qslice::disposition> dispose(Site& s, job& j) {
        return pass_on(s, j, "render");
    }
};

struct render_runner : step_runner<'r'> {
    static constexpr std::string_view class_name = "RenderRunner";
    static constexpr std::string_view queue = "render";
    static constexpr std::array<std::string_view, 1> flows_to{"check"};

    template <class Site>
    qslice::result<qslice::disposition> dispose(Site& s, job& j) {
        return pass_on(s, j, "check");
    }
};

struct check_runner : step_runner<'c'> {
    static constexpr std::string_view class_name = "CheckRunner";
    static constexpr std::string_view queue = "check";
    static constexpr std::array<std::string_view, 1> flows_to{"bill"};

    template <class Site>
    qslice::result<qslice::disposition> dispose(Site& s, job& j) {
        return pass_on(s, j, "bill");
    }
};

struct bill_runner : step_runner<'b'> {
    static constexpr std::string_view class_name = "BillRunner";
    static constexpr std::string_view queue = "bill";
    static constexpr std::array<std::string_view, 1> flows_to{"done"};

    template <class Site>
    qslice::result<qslice::disposition> dispose(Site& s, job& j) {
        return pass_on(s, j, "done");
    }
};

/// The farm, with a runner of choice for the last step.
template <class BillRunner>
using farm_with = qslice::topology<
    farm_spool,
    qslice::runners<qslice::sliced<accept_runner, 1>, qslice::sliced<fetch_runner, 2>,
                    qslice::sliced<render_runner, 8>, qslice::sliced<check_runner, 4>,
                    qslice::sliced<BillRunner, 3>>,
    qslice::machines<
        qslice::machine_runs<"gate", qslice::all_slices<accept_runner>,
                             qslice::all_slices<fetch_runner>>,
        qslice::machine_runs<
            "east", qslice::one_slice<render_runner, 0>, qslice::one_slice<render_runner, 1>,
            qslice::one_slice<render_runner, 2>, qslice::one_slice<render_runner, 3>>,
        qslice::machine_runs<
            "west", qslice::one_slice<render_runner, 4>, qslice::one_slice<render_runner, 5>,
            qslice::one_slice<render_runner, 6>, qslice::one_slice<render_runner, 7>>,
        qslice::machine_runs<"back", qslice::all_slices<check_runner>,
                             qslice::all_slices<BillRunner>>>,
    qslice::ends_at<"done">, qslice::enters<"accept">>;

struct job_farm : farm_with<bill_runner> {
    /// For its simulator's texts.
    static constexpr qslice::item_words words{"job", "jobs", "tenant", "tenants"};

    /// In records of what its processes did.
    static qslice::recorded_item recorded(const qslice::attributes& data) {
        return {std::string(data.text("number").value_or("")),
                std::string(data.text("tenant").value_or("")), ""};
    }

    /// A simulator's stream is one of posts to lists: each list is a tenant.
    static job arriving(const qslice::arriving_item& item) {
        return {item.text, {{"tenant", item.group}, {"number", item.number}}};
    }
};
