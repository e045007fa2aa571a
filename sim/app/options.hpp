/// @file
/// How the sources of qslice-sim describe options: handles on CLI11's own objects, in CLI11's
/// words. Its headers are 80,000 lines, which options.cpp and three more sources read, and no
/// command.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace qslice::sim {

/// What a value may be, and how that is said when it is something else.
struct value_rule {
    std::string expected;  ///< "a whole number", behind "expected"
    std::function<bool(std::string_view)> accepts;
};

/// Accepts whole numbers from `least` to `most`.
[[nodiscard]] value_rule whole_number(std::uint64_t least = 0, std::uint64_t most = UINT64_MAX);

/// Accepts finite numbers above 0.
[[nodiscard]] value_rule positive_number();

/// A type that the value of an option can be read into.
template <class T>
concept option_value = std::same_as<T, std::string> || std::same_as<T, std::uint64_t> ||
    std::same_as<T, std::uint32_t> || std::same_as<T, double> ||
    std::same_as<T, std::optional<std::uint64_t>> || std::same_as<T, std::optional<double>> ||
    std::same_as<T, std::vector<std::string>> || std::same_as<T, std::vector<std::uint64_t>> ||
    std::same_as<T, std::vector<double>>;

/// An option or an argument of a command; copies are the same option. Each function but those
/// that say otherwise returns the option itself.
class option {
public:
    explicit option(CLI::Option& described) : described_(&described) {}

    /// What help calls the value: "FILE".
    option type_name(std::string name) const;
    option description(std::string text) const;
    option group(std::string name) const;
    option check(value_rule rule) const;
    /// Accepts these words only; help lists them.
    option one_of(std::initializer_list<const char*> words) const;
    /// Accepts numbers from `least` to `most`; help names both.
    option between(double least, double most) const;
    /// Lets help show the value that the variable has now as the default.
    option capture_default_str() const;
    option required() const;
    option needs(option other) const;
    option excludes(option other) const;
    /// Between the values of one text: --seen 4,3,0.
    option delimiter(char separator) const;
    /// Whether words behind the value may be more values of it.
    option allow_extra_args(bool may) const;

private:
    CLI::Option* described_;
};

/// The program or one of its commands, to which options are added; copies are the same command.
class command_options {
public:
    explicit command_options(CLI::App& described) : described_(&described) {}

    /// @param names  "-o,--output", or "SCENARIO" for an argument without a name of its own
    /// @param value  is set when the command line is read, and has to live until then
    template <option_value T>
    option add_option(std::string names, T& value, std::string text) const;
    option add_option_function(std::string names, std::function<void(const std::string&)> set,
                               std::string text) const;
    option add_flag(std::string names, bool& value, std::string text) const;
    /// A flag that may have a value: "--watch{2}" sets 2, --watch=5 sets 5.
    option add_flag(std::string names, double& value, std::string text) const;
    /// One that has been added.
    [[nodiscard]] option get_option(const std::string& name) const;

    /// What help says below the options.
    void footer(std::string text) const;

    /// @param chosen  is called when the command line names this command
    command_options add_subcommand(std::string name, std::string summary,
                                   std::function<void()> chosen) const;

    /// CLI11's own description, for the sources that read it.
    [[nodiscard]] const CLI::App& described() const { return *described_; }

private:
    CLI::App* described_;
};

}  // namespace qslice::sim
