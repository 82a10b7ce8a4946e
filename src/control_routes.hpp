// What the one for whom compositord runs may ask of it beyond what every client may: how it stands, what is
// set, and to read its settings again.
#pragma once

#include "settings.hpp"
#include "web/metrics.hpp"
#include "web/routes.hpp"
#include "world/world.hpp"

#include <functional>
#include <string>
#include <vector>

namespace compositord {

/// What came of reading the settings and tokens again.
struct ReloadReport {
    std::vector<std::string> problems;    // if there are any, what they are about stays as it was
    std::vector<std::string> needRestart; // settings that have changed but are used from the next start on
};

struct ControlSource {
    std::string instance;
    std::vector<std::string> listening; // addresses
    std::function<std::vector<const World*>()> worlds;
    std::function<Gauges()> gauges;
    std::function<SettingTexts()> settings;
    std::function<ReloadReport()> reload;
};

void addControlRoutes(Routes& routes, ControlSource source);

} // namespace compositord
