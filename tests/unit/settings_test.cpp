#include "option_table.hpp"
#include "settings.hpp"
#include "settings_file.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <string>
#include <tuple>
#include <vector>

using namespace compositord;

namespace {

constexpr const char* kFile = "/etc/xdg/compositord/compositord.yaml";

/// What is wrong with a file that has this text.
Problems problemsOf(const std::string& text) {
    SettingTexts settings;
    Problems problems = readSettings(text, kFile, "/home/me", settings);
    if (const auto options = makeOptions(settings); !options) {
        problems.insert(problems.end(), options.error().begin(), options.error().end());
    }
    return problems;
}

SettingTexts read(const std::string& text) {
    SettingTexts settings;
    EXPECT_EQ(readSettings(text, kFile, "/home/me", settings), Problems());
    return settings;
}

std::string wrongValue(const OptionRow& row) {
    return row.kind == OptionRow::Kind::path ? "" : "banana split";
}

class Folders : public testing::Test {
protected:
    void SetUp() override {
        std::string name = (std::filesystem::temp_directory_path() / "settings-XXXXXX").string();
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        root_ = name;
    }

    void TearDown() override { std::filesystem::remove_all(root_); }

    std::filesystem::path write(const std::filesystem::path& file, const std::string& text) {
        const auto path = root_ / file;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path) << text;
        return path;
    }

    auto load(std::optional<std::filesystem::path> only = std::nullopt, SettingTexts line = {}) const {
        return SettingsSource({root_ / "system", root_ / "user"}, std::move(only), "/home/me",
                              std::move(line))
            .load();
    }

    std::filesystem::path root_;
};

} // namespace

TEST(SettingsFile, HasTheOptionsOfTheCommandLine) {
    const auto settings = read("port: 80\n"
                               "listen: [127.0.0.1, 'unix:/run/x']\n"
                               "allow-origin: http://a\n"
                               "grant: [view, camera]\n"
                               "allow-input: on\n"
                               "no-notifications: false\n"
                               "manifest-delay: 0.5\n");
    EXPECT_EQ(settings.at("port").where, std::string(kFile) + ":1");
    const auto options = makeOptions(settings);
    ASSERT_TRUE(options) << options.error().at(0);
    EXPECT_EQ(options->port, 80);
    EXPECT_EQ(options->listen, (std::vector<std::string>{"127.0.0.1", "unix:/run/x"}));
    EXPECT_EQ(options->allowedOrigins, (std::vector<std::string>{"http://a"}));
    EXPECT_EQ(options->grants, (Grants{Grant::view, Grant::camera, Grant::input}));
    EXPECT_TRUE(options->notifications);
    EXPECT_EQ(options->manifestDelay, std::chrono::milliseconds(500));
}

TEST(SettingsFile, ListsCompositors) {
    const auto settings = read("compositors:\n"
                               "  - {name: desk, protocol: wayland, address: wayland-1, driver: sway}\n"
                               "  - name: far\n"
                               "    protocol: ws\n"
                               "    address: far.example\n"
                               "    token-file: far.token\n"
                               "    offset: [10000, -5.5]\n"
                               "  - {protocol: unix, address: /run/x/sway.sock, driver: sway}\n");
    const auto options = makeOptions(settings);
    ASSERT_TRUE(options) << options.error().at(0);
    ASSERT_EQ(options->compositors.size(), 3U);
    EXPECT_EQ(options->compositors[0].driver, DriverKind::sway);
    EXPECT_FALSE(options->compositors[0].offset);
    EXPECT_EQ(options->compositors[1].protocol, CompositorSettings::Protocol::ws);
    EXPECT_EQ(options->compositors[1].tokenFile, "/etc/xdg/compositord/far.token");
    EXPECT_EQ(options->compositors[1].offset, (WorldPoint{10000, -5.5}));
    EXPECT_EQ(options->compositors[1].port, 8765);
    EXPECT_EQ(options->compositors[2].name, "sway.sock");
    EXPECT_NE(describe(settings).find("- {address: far.example, name: far, offset: [10000, -5.5]"),
              std::string::npos);
}

TEST(SettingsFile, MayHaveCompositorsByThemselves) {
    const auto options = makeOptions(read("compositor1:\n"
                                          "    name: \"Geometry Compositor 1\"\n"
                                          "    port: 5000\n"
                                          "    address: 127.0.0.1\n"
                                          "    protocol: http\n"
                                          "other:\n  protocol: wayland\n"));
    ASSERT_TRUE(options) << options.error().at(0);
    ASSERT_EQ(options->compositors.size(), 2U);
    EXPECT_EQ(options->compositors[0].name, "Geometry Compositor 1");
    EXPECT_EQ(options->compositors[0].protocol, CompositorSettings::Protocol::ws);
    EXPECT_EQ(options->compositors[0].port, 5000);
    EXPECT_EQ(options->compositors[1].name, "other");
}

TEST(SettingsFile, MayBeEmpty) {
    EXPECT_TRUE(read("").empty());
    EXPECT_TRUE(read("# port: 80\n").empty());
}

TEST(SettingsFile, HasPathsBesideItAndAtHome) {
    const auto settings =
        read("bricks: bricks\nmanifest: ~/map.json\nweb-root: /srv/page\nprogress-dir: ''\n");
    EXPECT_EQ(settings.at("bricks").values[0], "/etc/xdg/compositord/bricks");
    EXPECT_EQ(settings.at("manifest").values[0], "/home/me/map.json");
    EXPECT_EQ(settings.at("web-root").values[0], "/srv/page");
    EXPECT_EQ(settings.at("progress-dir").values[0], "");
}

// For each setting: its name misspelt, twice, without a value, with values of wrong kinds, and one that means
// nothing.
TEST(SettingsFile, SaysWhereAndWhatIsWrong) {
    struct Wrong {
        std::string text;
        std::string line;
        std::string named;
    };

    std::vector<Wrong> all;
    const auto add = [&](std::string text, int line, std::string named) {
        all.push_back({std::move(text), fmt::format("{}:{}: ", kFile, line), std::move(named)});
    };
    for (const OptionRow& row : optionTable()) {
        const std::string name = row.name;
        if (row.kind == OptionRow::Kind::action) {
            add(fmt::format("{}: x", name), 1, name);
            continue;
        }
        const std::string good = row.kind == OptionRow::Kind::flag ? "true" : "1";
        add(fmt::format("\n{}x: {}", name, good), 2, name);
        add(fmt::format("{0}: {1}\n{0}: {1}", name, good), 2, name);
        add(fmt::format("#\n\n{}:", name), 3, name);
        add(fmt::format("{}: {{a: 1}}", name), 1, name);
        add(row.kind == OptionRow::Kind::list || row.kind == OptionRow::Kind::paths ||
                    row.kind == OptionRow::Kind::words
                ? fmt::format("{}: [a, [b]]", name)
                : fmt::format("{}: [{}]", name, good),
            1, name);
        if (row.set != nullptr && !wrongValue(row).empty()) {
            Options unused;
            if (row.kind == OptionRow::Kind::flag || !row.set(unused, wrongValue(row))) {
                add(fmt::format("\n\n{}: {}", name, wrongValue(row)), 3, name);
            }
        }
    }
    for (const auto* name : {"port", "orchestrator-port", "max-connections", "max-connections-per-peer",
                             "manifest-delay", "sessions-at-once"}) {
        for (const auto* value : {"-1", "1e99", "99999999", "0x10", "1 "}) {
            if (std::string(value) != "1 ") { // YAML trims
                add(fmt::format("{}: {}", name, value), 1, name);
            }
        }
    }
    add("manifest: ''", 1, "manifest");
    add("tls-key: key.pem", 1, "tls-certificate");
    add("port: {", 1, "");
    add("\n- port", 2, "mapping");
    add("port", 1, "mapping");
    add("[a]: b", 1, "key");
    add("port: 80\n\tlisten: x", 2, "");
    add("a: *b", 1, "");
    const std::string entry = "compositors:\n  - {name: a, protocol: wayland}\n";
    for (const auto& [text, line, named] : std::initializer_list<std::tuple<std::string, int, std::string>>{
             {"compositors: x", 1, "list"},
             {"compositors:", 1, "list"},
             {"compositors: {name: a}", 1, "list"},
             {"compositors: [a]", 1, "mapping"},
             {"\ncompositor: []", 2, "compositors"},
             {entry + "compositors: []", 3, "already"},
             {entry + "  - {name: a, protocol: wayland}", 3, "already"},
             {entry + "a: {protocol: ws}", 3, "already"},
             {entry + "  - {nam: b, protocol: wayland}", 3, "is name meant?"},
             {entry + "  - {name: b, protocl: wayland}", 3, "is protocol meant?"},
             {entry + "  - name: b\n    colour: red", 4, "colour"},
             {entry + "  - name: b\n    name: c", 4, "already"},
             {entry + "  - {protocol: wayland}", 3, "name"},
             {entry + "  - {name: b/c}", 3, "slash"},
             {entry + "  - {name: ''}", 3, "name"},
             {entry + "  - {name: [b]}\n  - {name: [b, c]}", 4, "name"},
             {entry + "  - {name: b, protocol: tcp}", 3, "ws"},
             {entry + "  - {name: b, protocol: unix, driver: sway}", 3, "address"},
             {entry + "  - {name: b, protocol: unix, address: /s, driver: infinite_map}", 3, "wayland"},
             {entry + "  - {name: b, driver: swy}", 3, "driver"},
             {entry + "  - {name: b, driver: compositord}", 3, "ws"},
             {entry + "  - {name: b, port: 80}", 3, "ws"},
             {entry + "  - {name: b, token-file: t}", 3, "ws"},
             {entry + "  - {name: b, protocol: ws, ca-file: t}", 3, "wss"},
             {entry + "  - {name: b, protocol: wss, address: /run/x}", 3, "host"},
             {entry + "  - {name: b, protocol: ws, driver: sway}", 3, "driver"},
             {entry + "  - {name: b, protocol: ws, port: 0}", 3, "65535"},
             {entry + "  - {name: b, protocol: http, port: x}", 3, "65535"},
             {entry + "  - {name: b, offset: 3}", 3, "offset"},
             {entry + "  - {name: b, offset: [1, a]}", 3, "offset"},
             {entry + "  - {name: b, offset: [1, 2, 3]}", 3, "offset"},
             {entry + "  - {name: b, offset: [1e12, 0]}", 3, "offset"},
             {"c1: {protocol: ws, port: a}", 1, "port"},
             {"c1: {protcol: ws}", 1, "c1"},
         }) {
        add(text, line, named);
    }
    EXPECT_GE(all.size(), 180U);
    for (const Wrong& wrong : all) {
        const Problems problems = problemsOf(wrong.text);
        const bool said = std::ranges::any_of(problems, [&](const std::string& problem) {
            return problem.starts_with(wrong.line) && problem.find(wrong.named) != std::string::npos &&
                   problem.size() > wrong.line.size() + wrong.named.size() + 4;
        });
        EXPECT_TRUE(said) << wrong.text << "\n-> " << (problems.empty() ? "nothing" : problems[0]);
    }
}

TEST(SettingsFile, SaysAllThatIsWrongAtOnce) {
    EXPECT_EQ(problemsOf("prot: 80\nlog-level: loud\nallow-input: maybe\n").size(), 3U);
}

TEST_F(Folders, LaterOnesWinAndTheCommandLineOverAll) {
    write("system/compositord/compositord.yaml", "port: 1\nbus: a\nlisten: [a, b]\nlog-level: debug\n");
    write("system/compositord/compositord.yaml.d/10.yaml", "bus: b\n");
    write("user/compositord/compositord.yaml", "port: 2\nlisten: c\n");
    write("user/compositord/compositord.yaml.d/20.yaml", "port: 4\n");
    write("user/compositord/compositord.yaml.d/10.yaml", "port: 3\n");
    write("user/compositord/compositord.yaml.d/90.yaml~", "port: 9\n");
    auto loaded = load();
    ASSERT_TRUE(loaded) << loaded.error().at(0);
    EXPECT_EQ(loaded->options.port, 4);
    EXPECT_EQ(loaded->options.bus, "b");
    EXPECT_EQ(loaded->options.listen, (std::vector<std::string>{"c"}));
    EXPECT_EQ(loaded->options.logLevels, LogLevels(LogLevel::debug));
    EXPECT_NE(describe(loaded->texts).find("20.yaml:1"), std::string::npos);
    loaded = load(std::nullopt, {{"port", {{"7"}, ""}}});
    EXPECT_EQ(loaded->options.port, 7);
}

TEST_F(Folders, HaveCompositorsOfWhichALaterListReplacesAnEarlierOne) {
    write("system/compositord/compositord.yaml", "compositors: [{name: a}]\nb: {protocol: wayland}\n");
    write("user/compositord/compositord.yaml", "compositors: [{name: c}]\n");
    write("user/compositord/compositord.yaml.d/1.yaml", "d: {protocol: wayland}\n");
    SettingTexts line;
    line["compositors"].compositors = {{{{"name", {{"e"}, ""}}}, "", ""}};
    const auto loaded = load(std::nullopt, line);
    ASSERT_TRUE(loaded) << loaded.error().at(0);
    std::string names;
    for (const CompositorSettings& each : loaded->options.compositors) {
        names += each.name;
    }
    EXPECT_EQ(names, "cde");
    EXPECT_EQ(changedSettings(loaded->texts, load()->texts), std::vector<std::string>{"compositors"});
}

TEST_F(Folders, MayBeLeftOutForOneFile) {
    write("user/compositord/compositord.yaml", "port: 2\n");
    const auto only = write("other.yaml", "bus: x\n");
    EXPECT_EQ(load(only)->options.port, 8765);
    EXPECT_EQ(load(only)->options.bus, "x");
    const auto missing = load(root_ / "missing.yaml");
    ASSERT_FALSE(missing);
    EXPECT_NE(missing.error().at(0).find("missing.yaml"), std::string::npos);
}

TEST_F(Folders, AreReadAgainWithNothingLeftOfBefore) {
    write("user/compositord/compositord.yaml", "port: 2\nbus: x\n");
    const SettingsSource source({root_ / "user"}, std::nullopt, "", {});
    const auto before = source.load();
    write("user/compositord/compositord.yaml", "port: 2\nlog-level: debug\n");
    const auto after = source.load();
    ASSERT_TRUE(before && after);
    EXPECT_EQ(changedSettings(before->texts, after->texts), (std::vector<std::string>{"bus", "log-level"}));
    EXPECT_EQ(after->options.bus, std::nullopt);
}
