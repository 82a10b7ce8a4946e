#include "settings.hpp"

#include "base/files.hpp"
#include "config.hpp"
#include "option_table.hpp"
#include "settings_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace compositord {

namespace {

constexpr std::size_t kLargestFile = 1U << 20U;

std::string problemOf(std::string_view name, const SettingText& text, std::string_view what) {
    return text.where.empty() ? fmt::format("--{}: {}; see compositord --help", name, what)
                              : fmt::format("{}: {}: {}", text.where, name, what);
}

/// The drop-ins of a file, in the order of their names.
std::vector<std::filesystem::path> dropIns(const std::filesystem::path& file) {
    std::vector<std::filesystem::path> found;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(file.string() + ".d", error), end; !error && entry != end;
         entry.increment(error)) {
        if (entry->path().extension() == ".yaml") {
            found.push_back(entry->path());
        }
    }
    std::ranges::sort(found);
    return found;
}

std::string describe(const std::vector<CompositorText>& compositors) {
    std::string text = fmt::format("{}:\n", kCompositors);
    for (const CompositorText& compositor : compositors) {
        std::string members;
        for (const auto& [name, member] : compositor.members) {
            const bool list = member.values.size() > 1;
            members += fmt::format("{}{}: {}{}{}", members.empty() ? "" : ", ", name, list ? "[" : "",
                                   fmt::join(member.values, ", "), list ? "]" : "");
        }
        if (!compositor.key.empty() && !compositor.members.contains("name")) {
            members = fmt::format("name: {}, {}", compositor.key, members);
        }
        text += fmt::format("  - {{{}}}  # {}\n", members,
                            compositor.where.empty() ? "the command line" : compositor.where);
    }
    return text;
}

} // namespace

std::expected<Options, Problems> makeOptions(const SettingTexts& settings) {
    Options options;
    options.webRoot = kDefaultWebRoot;
    options.pipelines = kDefaultPipelines;
    Problems problems;
    for (const OptionRow& row : optionTable()) {
        const auto text = settings.find(row.name);
        if (text == settings.end()) {
            continue;
        }
        for (const std::string& value : text->second.values) {
            if (const auto set = row.set(options, value); !set) {
                problems.push_back(problemOf(row.name, text->second, set.error()));
            }
        }
    }
    if (const auto text = settings.find(kCompositors); text != settings.end()) {
        options.compositors = makeCompositors(text->second.compositors, problems);
    }
    for (const auto& [one, other] :
         {std::pair{"tls-certificate", "tls-key"}, {"tls-key", "tls-certificate"}}) {
        if (const auto text = settings.find(one); text != settings.end() && !settings.contains(other)) {
            problems.push_back(problemOf(one, text->second, fmt::format("needs --{} too", other)));
        }
    }
    if (!problems.empty()) {
        return std::unexpected(std::move(problems));
    }
    if (options.allowInput) {
        options.grants = options.grants | Grants{Grant::input};
    }
    return options;
}

SettingsSource::SettingsSource(std::vector<std::filesystem::path> folders,
                               std::optional<std::filesystem::path> only, std::filesystem::path home,
                               SettingTexts commandLine)
    : folders_(std::move(folders)), only_(std::move(only)), home_(std::move(home)),
      commandLine_(std::move(commandLine)) {}

std::expected<SettingsSource::Loaded, Problems> SettingsSource::load() const {
    Loaded loaded;
    Problems problems;
    std::vector<std::filesystem::path> files;
    files.reserve(folders_.size());
    for (const auto& folder : folders_) {
        files.push_back(folder / "compositord" / "compositord.yaml");
    }
    if (only_) {
        files = {*only_};
    }
    for (const auto& file : files) {
        read(file, only_.has_value(), loaded, problems);
        for (const auto& dropIn : dropIns(file)) {
            read(dropIn, true, loaded, problems);
        }
    }
    for (const auto& [name, text] : commandLine_) {
        if (name == kCompositors) { // one more
            auto& all = loaded.texts[name].compositors;
            all.insert(all.end(), text.compositors.begin(), text.compositors.end());
        } else {
            loaded.texts[name] = text;
        }
    }
    auto options = makeOptions(loaded.texts);
    if (!options) {
        problems.insert(problems.end(), options.error().begin(), options.error().end());
    }
    if (!problems.empty()) {
        return std::unexpected(std::move(problems));
    }
    loaded.options = *std::move(options);
    return loaded;
}

void SettingsSource::read(const std::filesystem::path& file, bool wanted, Loaded& loaded,
                          Problems& problems) const {
    const UniqueFd opened(open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!opened && !wanted && (errno == ENOENT || errno == ENOTDIR)) {
        return;
    }
    const auto text = opened ? readAll(opened.get(), kLargestFile, 0, file)
                             : failure(errno, "cannot read the settings", file.string());
    if (!text) {
        problems.push_back(text.error().message());
        return;
    }
    for (std::string& problem : readSettings(*text, file, home_, loaded.texts)) {
        problems.push_back(std::move(problem));
    }
}

std::string describe(const SettingTexts& settings) {
    std::string text;
    for (const auto& [name, setting] : settings) {
        if (name == kCompositors) {
            text += describe(setting.compositors);
            continue;
        }
        text += fmt::format("{}: {}  # {}\n", name, fmt::join(setting.values, ", "),
                            setting.where.empty() ? "the command line" : setting.where);
    }
    return text.empty() ? "# everything is as it is by default\n" : text;
}

std::vector<std::string> changedSettings(const SettingTexts& before, const SettingTexts& after) {
    std::vector<std::string> changed;
    const auto compare = [&](const char* name) {
        const auto a = before.find(name);
        const auto b = after.find(name);
        const bool same = a == before.end() ? b == after.end() : b != after.end() && a->second == b->second;
        if (!same) {
            changed.emplace_back(name);
        }
    };
    for (const OptionRow& row : optionTable()) {
        compare(row.name);
    }
    compare(kCompositors);
    return changed;
}

} // namespace compositord
