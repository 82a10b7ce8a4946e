#include "codegen/prompt.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

using namespace compositord;

namespace {

const std::vector<std::string> kNames{"task", "files", "design"};

PromptTemplate parsed(std::string_view text) {
    auto result = PromptTemplate::parse(text, kNames);
    EXPECT_TRUE(result) << result.error().message();
    return *std::move(result);
}

std::string lines(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) {
        text += "line " + std::to_string(i) + "\n";
    }
    return text;
}

} // namespace

TEST(Prompt, FillsPlacesOnce) {
    const auto prompt = parsed("a {{task}} b {{files}}{{design}}{");
    EXPECT_EQ(prompt.fill({{"task", "{{files}}"}, {"files", "f"}}), "a {{files}} b f{");
}

TEST(Prompt, RefusesPlacesThatNothingIsKnownFor) {
    for (const auto& [text, part] : std::initializer_list<std::pair<const char*, const char*>>{
             {"{{tsak}}", "place {{tsak}}; there is task, files, design"},
             {"{{task", "no end"},
             {"\xff", "UTF-8"}}) {
        const auto result = PromptTemplate::parse(text, kNames);
        ASSERT_FALSE(result) << text;
        EXPECT_NE(result.error().what.find(part), std::string::npos) << result.error().what;
    }
}

TEST(Prompt, WhatIsLeastImportantIsShortenedFirst) {
    const auto prompt = parsed("{{task}}|{{design}}|{{files}}");
    const std::vector<PromptSection> sections{{"task", "do it"}, {"files", lines(50)}, {"design", lines(50)}};
    const std::size_t whole =
        prompt.fill({{"task", "do it"}, {"files", lines(50)}, {"design", lines(50)}}).size();
    for (std::size_t budget = 10; budget <= whole; ++budget) {
        const auto text = buildPrompt(prompt, sections, budget);
        ASSERT_TRUE(text) << budget;
        EXPECT_LE(text->size(), budget);
        EXPECT_TRUE(text->starts_with("do it|"));
        const bool filesWhole = text->ends_with("|" + lines(50));
        EXPECT_EQ(filesWhole, budget >= lines(50).size() + std::string("do it||").size()) << budget;
    }
    const auto cut = buildPrompt(prompt, sections, whole - 1);
    EXPECT_NE(cut->find("more lines are left out]\n|"), std::string::npos);
    const auto none = buildPrompt(prompt, sections, 6);
    ASSERT_FALSE(none);
    EXPECT_NE(none.error().what.find("the task alone"), std::string::npos);
}

TEST(Prompt, AUsersTemplateIsTakenBeforeTheInstalledOne) {
    const auto folder = std::filesystem::temp_directory_path() / ("prompt-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder / "own");
    std::ofstream(folder / "own/task.md") << "own {{task}}";
    const auto installed = std::filesystem::path(SOURCE_DIR).parent_path() / "data/prompts";
    const std::vector<std::string> names{"task",   "files",    "errors",    "specs",
                                         "design", "proposal", "neighbours"};
    const auto own = PromptTemplate::load("task", {installed, folder / "own"}, names);
    const auto usual = PromptTemplate::load("task", {installed, folder / "none"}, names);
    const auto system = PromptTemplate::load("system", {installed}, {});
    const auto missing = PromptTemplate::load("other", {installed}, {});
    std::ofstream(folder / "own/task.md") << "{{wrong}}";
    const auto wrong = PromptTemplate::load("task", {installed, folder / "own"}, names);
    std::filesystem::remove_all(folder);
    ASSERT_TRUE(own);
    EXPECT_EQ(own->fill({{"task", "x"}}), "own x");
    ASSERT_TRUE(usual) << usual.error().message();
    for (const std::string& name : names) {
        EXPECT_TRUE(usual->hasPlace(name)) << name;
    }
    EXPECT_TRUE(system) << system.error().message();
    EXPECT_FALSE(missing);
    ASSERT_FALSE(wrong);
    EXPECT_NE(wrong.error().where.find("own/task.md"), std::string::npos);
}
