#include "api_documents.hpp"
#include "environment.hpp"
#include "known_compositors.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace compositord;

namespace {

std::vector<KnownCompositor> ours() {
    return parseKnownCompositors(kKnownCompositors).value();
}

std::string wrong(const std::string& text) {
    const auto known = parseKnownCompositors(text);
    return known ? "" : known.error();
}

} // namespace

TEST(KnownCompositors, HaveEachDriver) {
    const auto known = ours();
    for (std::size_t i = 0; i < kDriverNames.size(); ++i) {
        EXPECT_NE(std::ranges::find(known, static_cast<DriverKind>(i), &KnownCompositor::driver), known.end())
            << kDriverNames.at(i);
    }
}

// What is found without settings is found as the list says.
TEST(KnownCompositors, AgreeWithWhatIsDetected) {
    for (const KnownCompositor& each : ours()) {
        if (each.protocol != "unix") {
            continue;
        }
        setenv(each.environment.c_str(), "/run/the-socket", 1); // NOLINT(concurrency-mt-unsafe)
        setenv("XDG_RUNTIME_DIR", "/run/user/1", 1);            // NOLINT(concurrency-mt-unsafe)
        const auto environment = takeEnvironment();
        unsetenv(each.environment.c_str()); // NOLINT(concurrency-mt-unsafe)
        ASSERT_TRUE(environment);
        const CompositorPlaces& places = environment->compositor;
        const std::string found = each.driver == DriverKind::driftwm ? places.driftwmSocket
                                  : each.driver == DriverKind::niri  ? places.niriSocket
                                                                     : places.swaySocket;
        EXPECT_EQ(found, "/run/the-socket") << each.name;
    }
    unsetenv("XDG_RUNTIME_DIR"); // NOLINT(concurrency-mt-unsafe)
    EXPECT_EQ(driverOfSocket(ours(), driftwmSocketOf("/run/user/1", "wayland-1")), DriverKind::driftwm);
    EXPECT_EQ(driverOfSocket(ours(), "/run/user/1/sway-ipc.1000.4711.sock"), DriverKind::sway);
    EXPECT_EQ(driverOfSocket(ours(), "/run/user/1/niri.wayland-1.4711.sock"), DriverKind::niri);
    EXPECT_EQ(driverOfSocket(ours(), "/run/user/1/bus"), std::nullopt);
}

TEST(KnownCompositors, MayBeAddedByTheUser) {
    const std::filesystem::path file = testing::TempDir() + "compositors.json";
    std::ofstream(file)
        << R"({"compositors": [{"name": "sway", "version": "2", "driver": "sway", "protocol": "unix"},
        {"name": "swayfx", "driver": "sway", "protocol": "unix", "socket": "fx-*.sock", "capabilities": ["camera"]}]})";
    const auto known = knownCompositors(file);
    ASSERT_TRUE(known) << known.error().message();
    EXPECT_EQ(known->size(), ours().size() + 1);
    EXPECT_EQ(std::ranges::find(*known, "sway", &KnownCompositor::name)->version, "2");
    EXPECT_EQ(driverOfSocket(*known, "/x/fx-1.sock"), DriverKind::sway);
    EXPECT_NE(toJson(*known).find(R"("socket":"fx-*.sock","capabilities":["camera"])"), std::string::npos);
    std::ofstream(file) << "{";
    EXPECT_NE(knownCompositors(file).error().message().find("compositors.json"), std::string::npos);
    std::filesystem::remove(file);
    EXPECT_EQ(knownCompositors(file)->size(), ours().size());
}

TEST(KnownCompositors, AreRefusedByMemberAndReason) {
    EXPECT_NE(wrong("[]"), "");
    EXPECT_NE(wrong("{}").find("compositors is missing"), std::string::npos);
    EXPECT_NE(wrong(R"({"compositors": 3})"), "");
    const auto entry = [](const std::string& members) {
        return wrong(R"({"compositors": [{)" + members + "}]}");
    };
    EXPECT_NE(entry(R"("driver": "sway", "protocol": "unix")").find("name"), std::string::npos);
    EXPECT_NE(entry(R"("name": "a", "driver": "x", "protocol": "unix")").find("driftwm"), std::string::npos);
    EXPECT_NE(entry(R"("name": "a", "driver": "sway", "protocol": "x")").find("wayland"), std::string::npos);
    EXPECT_NE(entry(R"("name": "a", "driver": "sway", "protocol": "unix", "capabilities": ["fly"])")
                  .find("geometry"),
              std::string::npos);
    EXPECT_NE(wrong(R"({"compositors": [{"name": "a", "driver": "sway", "protocol": "unix"},
                                        {"name": "a", "driver": "sway", "protocol": "unix"}]})")
                  .find("twice"),
              std::string::npos);
}
