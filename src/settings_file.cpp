#include "settings_file.hpp"

#include "base/nearest.hpp"
#include "option_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace compositord {

namespace {

using Kind = OptionRow::Kind;

class Reader {
public:
    Reader(const std::filesystem::path& file, const std::filesystem::path& home, SettingTexts& settings)
        : file_(file), home_(home), settings_(settings) {}

    Problems read(const YAML::Node& root) {
        if (!root.IsMap() && !root.IsNull()) {
            complain(root, "the file must be a mapping, such as \"port: 8765\"");
            return std::move(problems_);
        }
        for (const auto& entry : root) {
            readEntry(entry.first, entry.second);
        }
        return std::move(problems_);
    }

private:
    void complain(const YAML::Node& at, std::string_view what) {
        problems_.push_back(fmt::format("{}: {}", place(at), what));
    }

    std::string place(const YAML::Node& at) const {
        return fmt::format("{}:{}", file_.string(), at.Mark().line + 1);
    }

    void readEntry(const YAML::Node& key, const YAML::Node& value) {
        if (!key.IsScalar()) {
            complain(key, "a key must be the name of a setting");
            return;
        }
        const std::string& name = key.Scalar();
        if (name == kCompositors) {
            readCompositors(key, value);
            return;
        }
        // A compositor may also stand by itself, under any key.
        if (value.IsMap() && findOption(name) == nullptr && value["protocol"].IsDefined()) {
            addCompositor(value, name, place(key));
            return;
        }
        const OptionRow* const row = findOption(name);
        if (row == nullptr || row->kind == Kind::action) {
            const std::string_view near = row == nullptr ? nearestSetting(name) : std::string_view();
            complain(key, near.empty()
                              ? fmt::format("there is no setting {}; see compositord --help", printable(name))
                              : fmt::format("there is no setting {}; is {} meant?", printable(name), near));
            return;
        }
        if (const auto [first, added] = lines_.emplace(name, key.Mark().line + 1); !added) {
            complain(key, fmt::format("{} is in line {} already", name, first->second));
            return;
        }
        if (auto values = valuesOf(*row, value)) {
            settings_[name] = {*std::move(values), place(key)};
        }
    }

    void readCompositors(const YAML::Node& key, const YAML::Node& value) {
        if (const auto [first, added] = lines_.emplace(key.Scalar(), key.Mark().line + 1); !added) {
            complain(key, fmt::format("{} is in line {} already", kCompositors, first->second));
            return;
        }
        if (!value.IsSequence()) {
            complain(value, fmt::format("{}: must be a list of mappings, such as [{{name: desk, protocol: "
                                        "wayland, address: wayland-1}}]",
                                        kCompositors));
            return;
        }
        // A list takes the place of those of earlier files.
        settings_[kCompositors].where = place(key);
        std::erase_if(settings_[kCompositors].compositors, [&](const CompositorText& text) {
            return !text.where.starts_with(file_.string() + ":");
        });
        for (const auto& each : value) {
            addCompositor(each, "", place(each));
        }
    }

    void addCompositor(const YAML::Node& node, const std::string& key, std::string where) {
        if (!node.IsMap()) {
            complain(node, fmt::format("{}: each must be a mapping, with name and protocol", kCompositors));
            return;
        }
        CompositorText text{.members = {}, .where = std::move(where), .key = key};
        for (const auto& entry : node) {
            if (!entry.first.IsScalar() ||
                std::ranges::find(compositorMembers(), entry.first.Scalar()) == compositorMembers().end()) {
                const std::string member = entry.first.IsScalar() ? entry.first.Scalar() : "";
                const std::string_view near = nearest(member, compositorMembers());
                complain(entry.first,
                         fmt::format("a compositor has no {}; {}", printable(member),
                                     near.empty()
                                         ? fmt::format("it has {}", fmt::join(compositorMembers(), ", "))
                                         : fmt::format("is {} meant?", near)));
                continue;
            }
            addMember(text, entry.first, entry.second);
        }
        auto& all = settings_[kCompositors].compositors;
        if (!key.empty()) {
            std::erase_if(all, [&](const CompositorText& other) { return other.key == key; });
        }
        all.push_back(std::move(text));
    }

    void addMember(CompositorText& text, const YAML::Node& key, const YAML::Node& value) {
        const std::string& name = key.Scalar();
        CompositorText::Member member{.values = {}, .where = place(key)};
        if (value.IsScalar()) {
            member.values.push_back(value.Scalar());
        } else if (value.IsSequence()) {
            for (const auto& each : value) {
                member.values.push_back(each.IsScalar() ? each.Scalar() : "");
            }
        }
        if (isPathOfCompositor(name) && member.values.size() == 1 && !member.values.front().empty()) {
            member.values.front() = resolved(member.values.front());
        }
        if (!text.members.emplace(name, std::move(member)).second) {
            complain(key, fmt::format("{} is there already", name));
        }
    }

    /// Nothing if there is a problem.
    std::optional<std::vector<std::string>> valuesOf(const OptionRow& row, const YAML::Node& value) {
        std::vector<std::string> values;
        if (value.IsScalar()) {
            values.push_back(value.Scalar());
        } else if (value.IsSequence() &&
                   (row.kind == Kind::list || row.kind == Kind::paths || row.kind == Kind::words)) {
            for (const auto& each : value) {
                if (!each.IsScalar()) {
                    complain(each, fmt::format("{}: each of the list must be a word", row.name));
                    return std::nullopt;
                }
                values.push_back(each.Scalar());
            }
        } else {
            complain(value, fmt::format("{}: must be {}", row.name,
                                        value.IsSequence() ? "one value, not a list"
                                        : value.IsMap()    ? "a value, not a mapping"
                                                        : "given a value; without one, leave the line out"));
            return std::nullopt;
        }
        if (row.kind == Kind::words) {
            return std::vector{fmt::format("{}", fmt::join(values, ","))};
        }
        if (row.kind == Kind::flag) {
            bool flag = false;
            if (!YAML::convert<bool>::decode(value, flag)) {
                complain(value,
                         fmt::format("{}: must be true or false, not {}", row.name, printable(values[0])));
                return std::nullopt;
            }
            return std::vector<std::string>{flag ? kTrue : "false"};
        }
        if (row.kind == Kind::path || row.kind == Kind::paths) {
            for (std::string& path : values) {
                path = path.empty() ? path : resolved(path);
            }
        }
        return values;
    }

    /// What is in a file alone has no option.
    static std::string_view nearestSetting(const std::string& name) {
        const std::string_view near = nearestOption(name);
        const std::array<std::string_view, 1> own{kCompositors};
        return near.empty() ? nearest(name, own) : near;
    }

    std::string resolved(const std::string& path) const {
        return path.starts_with("~/") ? (home_ / path.substr(2)).string()
                                      : (file_.parent_path() / path).string();
    }

    const std::filesystem::path& file_;
    const std::filesystem::path& home_;
    SettingTexts& settings_;
    std::map<std::string, int> lines_;
    Problems problems_;
};

} // namespace

Problems readSettings(std::string_view text, const std::filesystem::path& file,
                      const std::filesystem::path& home, SettingTexts& settings) {
    try {
        return Reader(file, home, settings).read(YAML::Load(std::string(text)));
    } catch (const YAML::Exception& problem) { // the library has no other way to tell
        return {fmt::format("{}:{}: {}", file.string(), problem.mark.line + 1, problem.msg)};
    }
}

} // namespace compositord
