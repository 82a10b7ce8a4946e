// A real repository in a folder of its own, for tests.
#pragma once

#include "codegen/git.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

class GitRepository : public testing::Test {
protected:
    void SetUp() override {
        std::string name = std::filesystem::temp_directory_path() / "codegen-test-XXXXXX";
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        base = name;
        repository = base / "repository";
        std::filesystem::create_directories(repository);
        git({"init", "--quiet", "--initial-branch=main"});
        git({"config", "user.name", "Test"});
        git({"config", "user.email", "test@example.org"});
    }

    void TearDown() override { std::filesystem::remove_all(base); }

    std::string git(const std::vector<std::string>& arguments) const {
        const auto output = compositord::Git(repository).line(arguments);
        EXPECT_TRUE(output) << output.error().message();
        return output.value_or("");
    }

    static void put(const std::filesystem::path& path, const std::string& content) {
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << content;
    }

    void commit(const std::string& path, const std::string& content) const {
        put(repository / path, content);
        git({"add", "--", path});
        git({"commit", "--quiet", "-m", path});
    }

    static std::string get(const std::filesystem::path& path) {
        std::stringstream text;
        text << std::ifstream(path, std::ios::binary).rdbuf();
        return text.str();
    }

    std::filesystem::path base;
    std::filesystem::path repository;
};
