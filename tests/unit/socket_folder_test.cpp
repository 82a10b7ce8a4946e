#include "notify/socket_folder.hpp"

#include <gtest/gtest.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

using namespace compositord;

namespace {

class SocketFolderTest : public testing::Test {
protected:
    void SetUp() override {
        base = std::filesystem::path(testing::TempDir()) /
               ("sockets-" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
        std::filesystem::remove_all(base);
        std::filesystem::create_directories(base);
    }

    std::filesystem::path base;
};

mode_t modeOf(const std::filesystem::path& path) {
    struct stat status{};
    EXPECT_EQ(lstat(path.c_str(), &status), 0) << path;
    return status.st_mode & 07777U;
}

bool connects(const std::filesystem::path& path) {
    const UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{.sun_family = AF_UNIX};
    std::strncpy(static_cast<char*>(address.sun_path), path.c_str(), sizeof(address.sun_path) - 1);
    return connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

} // namespace

TEST_F(SocketFolderTest, MakesBothForTheUserOnlyAndRemovesItsSocket) {
    const auto path = base / "deep" / "run";
    const mode_t before = umask(0);
    {
        const auto folder = SocketFolder::open(path);
        ASSERT_TRUE(folder) << folder.error().message();
        const auto socket = folder->listen("a.sock");
        umask(before);
        ASSERT_TRUE(socket) << socket.error().message();
        EXPECT_EQ(modeOf(path), 0700U);
        EXPECT_EQ(modeOf(path / "a.sock"), 0600U);
        EXPECT_TRUE(connects(path / "a.sock"));
    }
    EXPECT_FALSE(std::filesystem::exists(path / "a.sock"));
}

TEST_F(SocketFolderTest, ReplacesADeadSocketButNotALiveOne) {
    const auto folder = SocketFolder::open(base);
    {
        // What a process that was killed leaves: a name without anybody behind it.
        const UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_un address{.sun_family = AF_UNIX};
        std::strncpy(static_cast<char*>(address.sun_path), (base / "a.sock").c_str(),
                     sizeof(address.sun_path) - 1);
        ASSERT_EQ(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    }
    EXPECT_FALSE(connects(base / "a.sock"));
    const auto first = folder->listen("a.sock");
    ASSERT_TRUE(first) << first.error().message();
    const auto second = folder->listen("a.sock");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, EADDRINUSE);
    EXPECT_TRUE(connects(base / "a.sock"));
}

TEST_F(SocketFolderTest, TouchesNothingThatIsNoSocket) {
    const auto folder = SocketFolder::open(base);
    std::ofstream(base / "a.sock") << "precious";
    std::ofstream(base / "target") << "precious";
    std::filesystem::create_symlink(base / "target", base / "b.sock");
    EXPECT_FALSE(folder->listen("a.sock"));
    EXPECT_FALSE(folder->listen("b.sock"));
    EXPECT_EQ(std::filesystem::file_size(base / "a.sock"), 8U);
    EXPECT_TRUE(std::filesystem::is_symlink(base / "b.sock"));
}

TEST_F(SocketFolderTest, LeavesASocketThatSomebodyPutInPlaceOfItsOwn) {
    const auto folder = SocketFolder::open(base);
    {
        const auto socket = folder->listen("a.sock");
        ASSERT_TRUE(socket);
        std::filesystem::remove(base / "a.sock");
        std::ofstream(base / "a.sock") << "another's";
    }
    EXPECT_TRUE(std::filesystem::exists(base / "a.sock"));
}

TEST_F(SocketFolderTest, RefusesAFolderThatOthersControl) {
    std::filesystem::create_directory(base / "open");
    chmod((base / "open").c_str(), 0777);
    EXPECT_FALSE(SocketFolder::open(base / "open"));
    chmod((base / "open").c_str(), 01777);
    EXPECT_TRUE(SocketFolder::open(base / "open"));
    std::filesystem::create_directory_symlink(base / "open", base / "link");
    EXPECT_FALSE(SocketFolder::open(base / "link"));
    if (geteuid() == 0) {
        std::filesystem::create_directory(base / "other");
        ASSERT_EQ(chown((base / "other").c_str(), 12345, 12345), 0);
        EXPECT_FALSE(SocketFolder::open(base / "other"));
    }
}
