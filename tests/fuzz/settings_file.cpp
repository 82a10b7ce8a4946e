// compositord.yaml: whatever it says, there are settings or problems with a place.
#include "settings_file.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace compositord;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    SettingTexts settings;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const auto& problem : readSettings(text, "/f/compositord.yaml", "/home/me", settings)) {
        if (!problem.starts_with("/f/compositord.yaml:")) {
            std::abort();
        }
    }
    static_cast<void>(makeOptions(settings));
    return 0;
}
