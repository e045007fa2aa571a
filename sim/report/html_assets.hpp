/// @file
/// The parts of the HTML report that are separate files in html/, embedded into the program by the
/// build. html.cpp joins them with a run's or a sweep's JSON.
#pragma once

#include <string>
#include <string_view>

namespace qslice::sim::html_assets {

std::string page();            ///< with placeholders such as {{title}}
std::string style();           ///< the style sheet
std::string run_script();      ///< draws a run's page
std::string sweep_script();    ///< draws a sweep's page
std::string compare_script();  ///< draws two runs side by side
std::string lab_script();      ///< draws policies side by side
std::string charts();          ///< Chart.js, from Debian's libjs-chart.js

}  // namespace qslice::sim::html_assets
