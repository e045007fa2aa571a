/// @file
/// A sequence of handlers that a message passes through, composed at compile time.
/// The incoming and virgin runners run one; users can add their own handlers to it.
#pragma once

#include <qslice/codec/entry_format.hpp>
#include <qslice/core/result.hpp>
#include <qslice/runner/mailing_list.hpp>

#include <boost/hana/for_each.hpp>
#include <boost/hana/tuple.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice {

/// A message on its way through a pipeline, with the list that it is for.
struct post {
    queued_message& message;
    const mailing_list& list;
};

/// What a handler decided.
enum class verdict {
    next,  ///< on to the next handler
    stop,  ///< held or discarded: processing ends here, successfully
    later  ///< not now: the message stays queued and resumes at this handler
};

/// A step of a pipeline: `handler(site, post)`, for any site.
///
/// `name` is stored in the metadata of messages that wait for the handler, so it must not change
/// while messages are queued. `flows_to` names the queues that it may write to.
template <class H>
concept handler = std::default_initializable<H> && requires {
    { H::name } -> std::convertible_to<std::string_view>;
    { H::flows_to.size() } -> std::convertible_to<std::size_t>;
};

template <class H, class Site>
concept handler_on = handler<H> && requires(H& h, Site& s, post& p) {
    { h(s, p) } -> std::same_as<result<verdict>>;
};

namespace detail {

/// The queues that any of the handlers writes to, each once, in order of first occurrence.
template <handler... Handlers>
constexpr auto merged_flows() {
    constexpr std::size_t total = (std::size_t{0} + ... + Handlers::flows_to.size());
    struct {
        std::array<std::string_view, total> queues{};
        std::size_t count = 0;
    } merged;
    [[maybe_unused]] const auto add = [&](const auto& flows) {
        for (const std::string_view queue : flows) {
            const auto end = merged.queues.begin() + static_cast<std::ptrdiff_t>(merged.count);
            if (std::find(merged.queues.begin(), end, queue) == end) {
                merged.queues[merged.count++] = queue;
            }
        }
    };
    (add(Handlers::flows_to), ...);
    return merged;
}

template <handler... Handlers>
constexpr auto flows_of_handlers() {
    constexpr auto merged = merged_flows<Handlers...>();
    std::array<std::string_view, merged.count> flows{};
    std::copy_n(merged.queues.begin(), merged.count, flows.begin());
    return flows;
}

}  // namespace detail

/// Runs its handlers in order and keeps the names of the remaining ones in the metadata
/// (`pipeline`), so that a message that comes back resumes where it stopped.
/// @source Mailman 2.1 Queue/IncomingRunner.py, _dopipeline
template <handler... Handlers>
class pipeline {
public:
    static constexpr auto flows_to = detail::flows_of_handlers<Handlers...>();

    pipeline() = default;
    explicit pipeline(Handlers... handlers) requires(sizeof...(Handlers) != 0)
        : handlers_(std::move(handlers)...) {}

    /// @returns the last handler's decision; a handler's error, or `later`, with that handler first
    ///          in the metadata's `pipeline`; `not_found` for a handler that is not in this
    ///          pipeline
    template <class Site>
    requires(handler_on<Handlers, Site>&&...) result<verdict> run(Site& s, post& p) {
        auto left = p.message.data.texts("pipeline")
                        .value_or(std::vector<std::string>{std::string(Handlers::name)...});
        while (!left.empty()) {
            p.message.data.set_texts("pipeline", left);
            auto decided = call(left.front(), s, p);
            if (!decided) return decided;
            if (*decided != verdict::next) return decided;
            left.erase(left.begin());
        }
        p.message.data.set_texts("pipeline", left);
        return verdict::next;
    }

private:
    template <class Site>
    result<verdict> call(const std::string& name, Site& s, post& p) {
        result<verdict> decided =
            failure(error_code::not_found, name, "no handler with this name in the pipeline");
        boost::hana::for_each(handlers_, [&](auto& h) {
            if (std::decay_t<decltype(h)>::name == name) decided = h(s, p);
        });
        return decided;
    }

    boost::hana::tuple<Handlers...> handlers_;
};

}  // namespace qslice
