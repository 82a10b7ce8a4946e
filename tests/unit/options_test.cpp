#include "command_line.hpp"
#include "option_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace compositord;

namespace {

Result<CommandLine> parseLine(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "compositord");
    std::vector<char*> pointers;
    for (auto& argument : arguments) {
        pointers.push_back(argument.data());
    }
    return parseCommandLine(pointers);
}

std::expected<Options, std::string> parse(std::vector<std::string> arguments) {
    const auto line = parseLine(std::move(arguments));
    if (!line) {
        return std::unexpected(line.error().message());
    }
    auto options = makeOptions(line->settings);
    if (!options) {
        return std::unexpected(options.error().at(0));
    }
    return *std::move(options);
}

} // namespace

TEST(Options, HaveDefaults) {
    const auto options = parse({});
    ASSERT_TRUE(options);
    EXPECT_TRUE(options->listen.empty());
    EXPECT_EQ(options->port, 8765);
    EXPECT_EQ(options->orchestratorPort, 8787);
    EXPECT_FALSE(options->webRoot.empty());
    EXPECT_EQ(options->grants, Grants::usual());
    EXPECT_FALSE(options->grants.has(Grant::input) || options->grants.has(Grant::inspect));
    EXPECT_FALSE(options->tls);
}

TEST(Options, DescribeACompositor) {
    auto options =
        parse({"--name=Geometry Compositor 1", "--port=5000", "--address=127.0.0.1", "--protocol=http"});
    ASSERT_TRUE(options) << options.error();
    ASSERT_EQ(options->compositors.size(), 1U);
    EXPECT_EQ(options->compositors[0].name, "Geometry Compositor 1");
    EXPECT_EQ(options->compositors[0].port, 5000);
    EXPECT_EQ(options->port, 8765);
    options = parse({"--protocol=unix", "--address=/run/x", "--driver=sway", "--port=5000"});
    ASSERT_TRUE(options) << options.error();
    EXPECT_EQ(options->compositors[0].driver, DriverKind::sway);
    EXPECT_EQ(options->port, 5000);
    EXPECT_FALSE(options->driver);
    EXPECT_FALSE(parse({"--protocol=unix"}));
    EXPECT_FALSE(parse({"--name=x", "--protocol=gopher"}));
}

TEST(Options, AreReadInEveryForm) {
    const auto options = parse({"--port=1", "--listen", "::1", "-w/page", "--allow-origin", "http://a", "-o",
                                "http://b", "--log-level=debug"});
    ASSERT_TRUE(options) << options.error();
    EXPECT_EQ(options->port, 1);
    EXPECT_EQ(options->listen, (std::vector<std::string>{"::1"}));
    EXPECT_EQ(options->webRoot, "/page");
    EXPECT_EQ(options->allowedOrigins, (std::vector<std::string>{"http://a", "http://b"}));
    EXPECT_EQ(options->logLevels, LogLevels(LogLevel::debug));
    EXPECT_EQ(parse({"--allow-input"})->grants, (Grants::usual() | Grants{Grant::input}));
    EXPECT_EQ(parse({"--allow-input", "--grant=view"})->grants, (Grants{Grant::view, Grant::input}));
    EXPECT_EQ(parse({"--grant=all"})->grants, Grants::all());
    EXPECT_EQ(parse({"-l127.0.0.1", "-lunix:/x"})->listen,
              (std::vector<std::string>{"127.0.0.1", "unix:/x"}));
    EXPECT_EQ(parse({"--max-connections=3000"})->limits.all, 3000U);
    EXPECT_EQ(parse({"-c/cert", "-k/key"})->tls->key, "/key");
    EXPECT_TRUE(parseLine({"--help"})->help);
    EXPECT_TRUE(parseLine({"-V"})->version);
}

TEST(Options, SayWhatIsWrongWithThem) {
    const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
        {{"--prot=1"}, "--prot"},
        {{"--port"}, "--port"},
        {{"--port=65536"}, "65536"},
        {{"--port=-1"}, "-1"},
        {{"--port=80x"}, "80x"},
        {{"--log-level=loud"}, "loud"},
        {{"serve"}, "serve"},
        {{"--help=yes"}, "--help"},
        {{"--grant=fly"}, "fly"},
        {{"--tls-key=/key"}, "--tls-certificate"},
        {{"--max-connections=0"}, "--max-connections"},
        {{"--orchestrator-port=x"}, "--orchestrator-port"},
        {{"--compress=some"}, "none, remote or all"},
    };
    for (const auto& [arguments, named] : cases) {
        const auto options = parse(arguments);
        ASSERT_FALSE(options) << arguments[0];
        EXPECT_NE(options.error().find(named), std::string::npos) << options.error();
        EXPECT_NE(options.error().find("--help"), std::string::npos);
    }
}

TEST(Options, TellWhichBusIsUsed) {
    EXPECT_EQ(parse({})->bus, std::nullopt);
    EXPECT_EQ(parse({"--bus=unix:path=/b"})->bus, "unix:path=/b");
    EXPECT_EQ(parse({"--no-bus"})->bus, "");
    EXPECT_TRUE(parse({})->notifications);
    EXPECT_FALSE(parse({"--no-notifications"})->notifications);
}

TEST(Options, AreAllInTheHelp) {
    for (const OptionRow& row : optionTable()) {
        EXPECT_NE(helpText().find(std::string("--") + row.name), std::string::npos) << row.name;
    }
}

TEST(Options, HaveNamesAndLettersOfTheirOwn) {
    for (const OptionRow& row : optionTable()) {
        EXPECT_EQ(std::ranges::count(optionTable(), row.letter, &OptionRow::letter), 1) << row.letter;
        EXPECT_EQ(findOption(row.name), &row) << row.name;
    }
}

TEST(Options, SayWhichOneIsMeant) {
    EXPECT_EQ(nearestOption("prot"), "port");
    EXPECT_EQ(nearestOption("loglevel"), "log-level");
    EXPECT_EQ(nearestOption("tls-cert"), "tls-certificate");
    EXPECT_EQ(nearestOption("banana"), "");
    EXPECT_EQ(nearestOption("x"), "");
    EXPECT_EQ(nearestOption(""), "");
}
