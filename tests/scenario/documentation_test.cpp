#include "sim/scenario/scenario_keys.hpp"
#include "support/run_program.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <string>
#include <string_view>
#include <vector>

using namespace qslice::sim;

namespace {

/// Collects the keys in a description.
template <class S>
class key_list {
public:
    key_list(std::set<std::string>& keys, S object) : keys_(keys), object_(std::move(object)) {}

    [[nodiscard]] const S& object() const { return object_; }

    void text(std::string_view key, auto&&...) { add(key); }
    void path(std::string_view key, auto&&...) { add(key); }
    void choice(std::string_view key, auto&&...) { add(key); }
    void kind(std::string_view key, auto&&...) { add(key); }
    void whole(std::string_view key, auto&&...) { add(key); }
    void number(std::string_view key, double S::*, const number_range&) { add(key); }
    void flag(std::string_view key, auto&&...) { add(key); }
    void time(std::string_view key, auto&&, const number_range&) { add(key); }
    void texts(std::string_view key, auto&&...) { add(key); }
    void times(std::string_view key, auto&&...) { add(key); }
    void runners(std::string_view key, auto&&...) { add(key); }
    void moment(std::string_view key, auto&&...) { add(key); }
    void requirements(std::string_view key, auto&&...) { add(key); }
    void service(std::string_view key, auto&&...) {
        add(key);
        key_list<service_time> inner(keys_, {});
        service_time_keys::walk(inner);
    }
    template <class T, class Description>
    void table(std::string_view key, T S::*, Description) {
        add(key);
        key_list<T> inner(keys_, {});
        Description::walk(inner);
    }
    template <class T, class Description>
    void tables(std::string_view key, std::vector<T> S::*, Description, const T&) {
        add(key);
        key_list<T> inner(keys_, {});
        Description::walk(inner);
    }

private:
    void add(std::string_view key) { keys_.insert(std::string(key)); }

    std::set<std::string>& keys_;
    S object_;
};

}  // namespace

TEST_CASE("every key of a scenario file is documented") {
    std::set<std::string> keys;
    key_list<scenario> all(keys, {});
    scenario_keys::walk(all);
    for (const auto& [name, kind] : fault_names) {
        fault f;
        f.what = kind;
        key_list<fault> one(keys, f);
        fault_keys::walk(one);
        keys.insert(std::string(name));
    }
    stream_choice from_file;
    from_file.what = stream_choice::kind::mbox;
    key_list<stream_choice> file(keys, from_file);
    stream_keys::walk(file);

    CHECK(keys.size() > 80);
    const std::string manual =
        qslice::test::file_text(QSLICE_SOURCE_DIRECTORY "/docs/scenarios.md");
    for (const std::string& key : keys) {
        CAPTURE(key);
        CHECK(manual.find(key) != std::string::npos);
    }
}
