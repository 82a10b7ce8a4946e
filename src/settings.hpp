// Settings from files and the command line, and what they mean together.
#pragma once

#include "options.hpp"

#include <expected>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace compositord {

/// What somebody wrote for one setting.
struct SettingText {
    std::vector<std::string> values;              // one, but for lists
    std::string where;                            // FILE:LINE; empty: the command line
    std::vector<CompositorText> compositors = {}; // of kCompositors alone, which has no values

    bool operator==(const SettingText& other) const {
        return values == other.values && compositors == other.compositors;
    }
};

/// The setting that is a list of mappings, and is in no table.
inline constexpr const char* kCompositors = "compositors";

/// By the names in the table of options.
using SettingTexts = std::map<std::string, SettingText, std::less<>>;

/// All that is wrong at once, if something is.
std::expected<Options, Problems> makeOptions(const SettingTexts& settings);

/// Where settings come from. What comes later wins: the folders, their drop-ins, the command line.
class SettingsSource {
public:
    struct Loaded {
        SettingTexts texts;
        Options options;
    };

    /// In each of `folders` are compositord.yaml and compositord.yaml.d/*.yaml, unless `only` names the file
    /// to read. `home` is what ~ stands for.
    SettingsSource(std::vector<std::filesystem::path> folders, std::optional<std::filesystem::path> only,
                   std::filesystem::path home, SettingTexts commandLine);

    /// Reads the files, as often as they are to be read.
    std::expected<Loaded, Problems> load() const;

private:
    void read(const std::filesystem::path& file, bool wanted, Loaded& loaded, Problems& problems) const;

    std::vector<std::filesystem::path> folders_;
    std::optional<std::filesystem::path> only_;
    std::filesystem::path home_;
    SettingTexts commandLine_;
};

/// What is set, and where, a line for each, as a file would have it.
std::string describe(const SettingTexts& settings);

/// The names of the settings that are not the same.
std::vector<std::string> changedSettings(const SettingTexts& before, const SettingTexts& after);

} // namespace compositord
