/// @file
/// A page as headless Chromium shows it after its scripts have run.
#pragma once

#include "support/run_program.hpp"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>

namespace qslice::test {

/// The page's DOM as text; nothing where there is no Chromium.
/// @param width  of the window in pixels
inline std::optional<std::string> dom_of(const std::string& page, int width = 1280) {
    constexpr const char* chromium = "/usr/bin/chromium";
    if (!std::filesystem::exists(chromium)) return std::nullopt;
    const scratch_directory home;
    const program_run shown = run_program(
        chromium,
        {"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage", "--user-data-dir=" + (home.path() / "profile").string(),
         "--window-size=" + std::to_string(width) + ",900", "--virtual-time-budget=4000",
         "--dump-dom", "file://" + page},
        {"LC_ALL=C.UTF-8", "HOME=" + home.path().string()});
    if (shown.status != 0) throw std::runtime_error("chromium failed: " + shown.err);
    return shown.out;
}

/// The page with one more script at its end, which its own policy would not let run.
/// The probe writes what the plots hold, by the figures' ids, into the DOM.
inline std::string probed(std::string page) {
    const std::string policy = "<meta http-equiv=\"Content-Security-Policy\"";
    const std::size_t begin = page.find(policy);
    page.erase(begin, page.find('>', begin) + 1 - begin);
    constexpr const char* probe = R"(<script>
        addEventListener('load', () => setTimeout(() => {
          const told = {plots: {}, hacked: Boolean(window.hacked), width: innerWidth,
                        scroll_width: document.documentElement.scrollWidth, blank: 0};
          for (const figure of document.querySelectorAll('figure')) {
            const canvas = figure.querySelector('canvas');
            const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            if (!data.data.some((byte) => byte !== 0)) ++told.blank;
            told.plots[figure.id] = Chart.getChart(canvas).data.datasets.map((set) => set.data);
          }
          const script = document.createElement('script');
          script.type = 'application/json';
          script.id = 'probe';
          script.textContent = JSON.stringify(told).replace(/</g, '\\u003c');
          document.body.append(script);
        }, 500));
        </script>)";
    page.insert(page.rfind("</body>"), probe);
    return page;
}

}  // namespace qslice::test
