/// @file
/// The parts of the HTML report that stand in html/ as files of their own, put into the program
/// when it is built. html.cpp joins them with a run's or a sweep's JSON.
#pragma once

#include <string>
#include <string_view>

namespace qslice::sim::html_assets {

std::string page();          ///< with {{title}} and the like where something is to be put in
std::string style();         ///< the style sheet
std::string run_script();    ///< what draws a run's page
std::string sweep_script();  ///< what draws a sweep's page
std::string charts();        ///< Chart.js, from Debian's libjs-chart.js

}  // namespace qslice::sim::html_assets
