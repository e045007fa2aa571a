// A message's text: header fields, MIME parts, dates' neighbours, and Python's parser and
// generator.
#include "fuzz/harness.hpp"

#include <qslice/message/flatten.hpp>
#include <qslice/message/header_words.hpp>
#include <qslice/message/headers.hpp>
#include <qslice/message/mime.hpp>
#include <qslice/message/parse.hpp>

#include <string>
#include <string_view>

using qslice::test::keep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = qslice::test::text_of(data, size);
    std::size_t fields = 0;
    qslice::for_each_header(text, [&](const qslice::header_field& field) {
        ++fields;
        keep(field.begin < field.end && field.end <= text.size(), "a field is inside the text");
        (void)qslice::words_of(field.value);
    });
    keep(fields <= text.size(), "no field is empty");
    keep(qslice::body_offset(text) <= text.size(), "the body begins inside the text");
    (void)qslice::thread_root(text);
    (void)qslice::sender_address(text);

    std::string changed(text);
    qslice::set_header(changed, "X-Fuzz", "one");
    const auto set = qslice::find_header(changed, "x-fuzz");
    keep(set && set->value == "one", "a field that was set is found");
    qslice::remove_header(changed, "X-FUZZ");
    keep(!qslice::find_header(changed, "X-Fuzz"), "a field that was removed is gone");

    for (const auto& part : qslice::body_parts(text, qslice::content_type_of(text).boundary)) {
        keep(part.begin <= part.content && part.content <= part.end && part.end <= text.size(),
             "a part is inside the text");
    }
    std::string parts(text);
    qslice::remove_parts(parts, [](std::string_view type) { return type == "text/html"; });
    keep(parts.size() <= text.size(), "removing parts adds nothing");

    for (const bool python3 : {false, true}) {
        const auto message = qslice::parse_message(text, python3);
        if (!message) continue;
        const auto options = python3 ? qslice::flatten_options::mailman3_sent()
                                     : qslice::flatten_options::mailman21();
        (void)qslice::flatten(*message, options);
    }
    return 0;
}
