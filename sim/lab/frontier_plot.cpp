#include "sim/lab/frontier_plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

namespace qslice::sim {

namespace {

constexpr double width = 960, left_margin = 80, top = 60, plot_width = 470, plot_height = 380;
constexpr double legend = left_margin + plot_width + 40;
constexpr double row_height = 22;

// Okabe and Ito's blue and vermilion: distinguishable with every kind of colour vision, and by
// lightness alone.
constexpr std::string_view on_frontier = "#0072B2";
constexpr std::string_view off_frontier = "#D55E00";

struct point {
    double x = 0;
    double y = 0;
};

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            default: out += c;
        }
    }
    return out;
}

/// The smallest of 1, 2 and 5 times a power of ten with which at most `most` steps cover `span`.
double step_for(double span, double most) {
    const double power = std::pow(10, std::floor(std::log10(span / most)));
    for (const double digit : {1.0, 2.0, 5.0}) {
        if (span / (digit * power) <= most) return digit * power;
    }
    return 10 * power;
}

/// Values along an axis, from a start in equal steps.
struct scale {
    double from = 0;
    double step = 1;
    int steps = 1;

    scale(double start, double largest, double least_span) : from(start) {
        const double span = std::max(largest - start, least_span);
        step = step_for(span, 6);
        steps = static_cast<int>(std::ceil(span / step - 1e-9));
    }
    [[nodiscard]] double part(double value) const {
        return (value - from) / (step * static_cast<double>(steps));
    }
    [[nodiscard]] double at(int i) const { return from + step * i; }
    [[nodiscard]] int decimals() const {
        return std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
    }
};

class plot {
public:
    plot(const lab_results& results, std::uint64_t slices) : slices_(slices) {
        for (const lab_row& row : results.rows) {
            if (row.slices == slices && row.simulated) rows_.push_back(&row);
        }
    }

    std::string draw() {
        const double height = std::max(top + plot_height + 80,
                                       top + row_height * (static_cast<double>(rows_.size()) + 4));
        out_ = fmt::format(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
            "height=\"{1}\" role=\"img\" aria-labelledby=\"title description\" "
            "font-family=\"sans-serif\" font-size=\"13\">\n"
            "<title id=\"title\">Order against balance, {2} slices</title>\n"
            "<desc id=\"description\">{3}</desc>\n"
            "<style>\n"
            "  .paper {{ fill: #ffffff }} text {{ fill: #1a1a1a }}\n"
            "  .line {{ stroke: #d0d0d0 }} .axis {{ stroke: #1a1a1a }}\n"
            "  @media (prefers-color-scheme: dark) {{\n"
            "    .paper {{ fill: #16181c }} text {{ fill: #ececec }}\n"
            "    .line {{ stroke: #3c4048 }} .axis {{ stroke: #ececec }}\n"
            "  }}\n"
            "</style>\n"
            "<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n",
            width, height, slices_, escaped(description()));
        text(left_margin, 28, "start", fmt::format("Order against balance, {} slices", slices_),
             "font-size=\"17\" font-weight=\"bold\"");
        if (rows_.empty()) {
            text(left_margin, top + 20, "start",
                 "No policy was simulated with this number of slices.");
        } else {
            draw_points();
        }
        return out_ + "</svg>\n";
    }

private:
    static double balance(const lab_row& row) { return row.messages.max_over_mean; }
    static double disorder(const lab_row& row) { return 100 * row.list.overtaken_share; }

    [[nodiscard]] std::string description() const {
        std::string said =
            "Load of the fullest slice over the mean, and share of posts overtaken by a later one "
            "of their list:";
        for (const lab_row* row : rows_) {
            said += fmt::format(" {} {:.3f}, {:.2f}%{};", row->policy, balance(*row),
                                disorder(*row), row->pareto ? " (on the frontier)" : "");
        }
        return said;
    }

    void text(double x, double y, std::string_view anchor, std::string_view words,
              std::string_view more = {}) {
        out_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" {}>{}</text>\n", x,
                            y, anchor, more, escaped(words));
    }
    void line(point a, point b, std::string_view more) {
        out_ += fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" {}/>\n",
                            a.x, a.y, b.x, b.y, more);
    }

    void draw_points() {
        double most_load = 0, most_disorder = 0;
        for (const lab_row* row : rows_) {
            most_load = std::max(most_load, balance(*row));
            most_disorder = std::max(most_disorder, disorder(*row));
        }
        const scale across(1, most_load, 0.02);
        const scale up(0, most_disorder, 1);
        const auto place = [&](const lab_row& row) {
            return point{left_margin + plot_width * across.part(balance(row)),
                         top + plot_height * (1 - up.part(disorder(row)))};
        };
        draw_axes(across, up);
        draw_frontier(place);
        for (std::size_t i = 0; i < rows_.size(); ++i) placed_.push_back(place(*rows_[i]));
        for (std::size_t i = 0; i < rows_.size(); ++i) draw_point(i);
        draw_legend();
    }

    void draw_axes(const scale& across, const scale& up) {
        const double bottom = top + plot_height;
        for (int i = 0; i <= across.steps; ++i) {
            const double x = left_margin + plot_width * i / across.steps;
            line({x, top}, {x, bottom}, "class=\"line\"");
            text(x, bottom + 20, "middle", fmt::format("{:.{}f}", across.at(i), across.decimals()));
        }
        for (int i = 0; i <= up.steps; ++i) {
            const double y = bottom - plot_height * i / up.steps;
            line({left_margin, y}, {left_margin + plot_width, y}, "class=\"line\"");
            text(left_margin - 8, y + 4, "end", fmt::format("{:.{}f}%", up.at(i), up.decimals()));
        }
        line({left_margin, bottom}, {left_margin + plot_width, bottom}, "class=\"axis\"");
        line({left_margin, top}, {left_margin, bottom}, "class=\"axis\"");
        text(left_margin + plot_width / 2, bottom + 46, "middle",
             "load of the fullest slice / mean (1 is even)");
        text(-(top + plot_height / 2), 22, "middle", "posts overtaken within their list",
             "transform=\"rotate(-90)\"");
    }

    template <class Place>
    void draw_frontier(const Place& place) {
        std::vector<const lab_row*> best;
        for (const lab_row* row : rows_) {
            if (row->pareto) best.push_back(row);
        }
        std::sort(best.begin(), best.end(), [](auto* a, auto* b) {
            return std::pair(balance(*a), disorder(*a)) < std::pair(balance(*b), disorder(*b));
        });
        std::string path;
        for (const lab_row* row : best) {
            const point p = place(*row);
            path += path.empty() ? fmt::format("M{:.1f} {:.1f}", p.x, p.y)
                                 : fmt::format(" H{:.1f} V{:.1f}", p.x, p.y);
        }
        out_ += fmt::format(
            "<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.5\" "
            "stroke-dasharray=\"5 4\"/>\n",
            path, on_frontier);
    }

    /// The point, and its number at the nearest free place.
    void draw_point(std::size_t i) {
        const point p = placed_[i];
        const point label = free_place(p);
        labels_.push_back(label);
        const std::string_view colour = rows_[i]->pareto ? on_frontier : off_frontier;
        line(p, label, fmt::format("stroke=\"{}\"", colour));
        out_ += fmt::format(
            "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4.5\" fill=\"{}\" class=\"{}\" stroke=\"{}\" "
            "stroke-width=\"2\"><title>{}</title></circle>\n",
            p.x, p.y, rows_[i]->pareto ? colour : "none", rows_[i]->pareto ? "best" : "other",
            colour, escaped(rows_[i]->policy));
        text(label.x, label.y + 4, "middle", std::to_string(i + 1), "font-weight=\"bold\"");
    }

    [[nodiscard]] point free_place(point p) const {
        constexpr double clear = 17;
        constexpr std::array<point, 8> directions{
            {{0, -1}, {0.7, -0.7}, {1, 0}, {-0.7, -0.7}, {-1, 0}, {0.7, 0.7}, {-0.7, 0.7}, {0, 1}}};
        for (double far = 17; far < 400; far += 9) {
            for (const point& d : directions) {
                const point q{p.x + far * d.x, p.y + far * d.y};
                const auto near = [&](const point& o) {
                    return std::hypot(q.x - o.x, q.y - o.y) < clear;
                };
                const bool inside = q.x > left_margin + 8 && q.x < left_margin + plot_width + 25 &&
                                    q.y > top - 15 && q.y < top + plot_height - 8;
                if (inside && std::none_of(labels_.begin(), labels_.end(), near) &&
                    std::none_of(placed_.begin(), placed_.end(), [&](const point& o) {
                        return std::hypot(q.x - o.x, q.y - o.y) < 12;
                    })) {
                    return q;
                }
            }
        }
        return p;
    }

    void draw_legend() {
        double y = top;
        text(legend + 28, y, "start", "policy", "font-weight=\"bold\"");
        text(width - 105, y, "end", "load", "font-weight=\"bold\"");
        text(width - 25, y, "end", "overtaken", "font-weight=\"bold\"");
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            const lab_row& row = *rows_[i];
            y += row_height;
            text(legend + 18, y, "end", std::to_string(i + 1), "font-weight=\"bold\"");
            text(legend + 28, y, "start", row.policy + (row.pareto ? " \u2605" : ""));
            text(width - 105, y, "end", fmt::format("{:.3f}", balance(row)));
            text(width - 25, y, "end", fmt::format("{:.2f}%", disorder(row)));
        }
        text(legend + 18, y + 2 * row_height, "start",
             "\u2605 and filled: none is better in both (the dashed line)");
    }

    std::uint64_t slices_;
    std::vector<const lab_row*> rows_;
    std::vector<point> placed_;
    std::vector<point> labels_;
    std::string out_;
};

}  // namespace

std::string frontier_svg(const lab_results& results, std::uint64_t slices) {
    return plot(results, slices).draw();
}

}  // namespace qslice::sim
