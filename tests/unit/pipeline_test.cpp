#include "session/pipeline.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

using namespace compositord;

TEST(Pipeline, ReadsStepsInTheirOrder) {
    const auto pipeline = parsePipeline("p", R"({
        "description": "two steps", "timeout": 1.5,
        "parameters": {"file": {"description": "a picture"}, "size": {"default": "10"}},
        "steps": [
            {"name": "one", "command": ["convert", "{file}", "out"], "timeout": 2, "environment": {"A": "b"}},
            {"name": "two", "weight": 3, "builtin": "bricks", "settings": {"x": "y"}}
        ]})");
    ASSERT_TRUE(pipeline) << pipeline.error().message();
    EXPECT_EQ(pipeline->timeout, std::chrono::milliseconds(1500));
    ASSERT_EQ(pipeline->parameters.size(), 2U);
    EXPECT_FALSE(pipeline->parameters[0].fallback);
    EXPECT_EQ(pipeline->parameters[1].fallback, "10");
    ASSERT_EQ(pipeline->steps.size(), 2U);
    EXPECT_EQ(pipeline->steps[0].command.size(), 3U);
    EXPECT_EQ(pipeline->steps[0].environment.at("A"), "b");
    EXPECT_EQ(pipeline->steps[1].builtin, "bricks");
    EXPECT_EQ(pipeline->steps[1].weight, 3);
}

TEST(Pipeline, SaysWhatIsWrongAndWhere) {
    for (const auto& [text, part] : std::initializer_list<std::pair<const char*, const char*>>{
             {R"({"steps": []})", "at least one step"},
             {R"({"stesp": []})", "stesp is not known"},
             {R"({"steps": [{"name": "a"}]})", "steps[0]"},
             {R"({"steps": [{"name": "a", "command": ["x"], "builtin": "y"}]})",
              "either a command or a builtin"},
             {R"({"steps": [{"name": "a", "command": ["{task}"]}]})", "name of a program"},
             {R"({"steps": [{"name": "a", "command": []}]})", "name of a program"},
             {R"({"steps": [{"name": "a b", "command": ["x"]}]})", "letters"},
             {R"({"steps": [{"name": "a", "command": ["x"]}, {"name": "a", "command": ["x"]}]})",
              "two steps a"},
             {R"({"steps": [{"name": "a", "command": ["x"], "weight": 0}]})", "with a weight"},
             {R"({"steps": [{"name": "a", "command": ["x"], "shell": true}]})", "shell is not known"},
             {R"({"steps": [{"name": "a", "command": ["x"], "output": "json"}]})", "text or events"},
             {R"({"steps": [{"name": "a", "command": ["x"], "asks": true}]})", "output events"},
             {R"({"steps": [{"name": "a", "command": ["x"], "output": "events", "stays": true}]})",
              "output text stays"},
             {R"({"steps": [{"name": "a", "builtin": "x", "stays": true}]})", "output text stays"},
             {R"({"steps": 3})", "list"},
             {R"({"steps": [3]})", "object"},
         }) {
        const auto pipeline = parsePipeline("p", text);
        ASSERT_FALSE(pipeline) << text;
        EXPECT_NE(pipeline.error().message().find(part), std::string::npos) << pipeline.error().message();
    }
}

TEST(Pipeline, FillsPlacesOnceAndLeavesOthers) {
    EXPECT_EQ(fill("{a}-{b}-{c}{", {{"a", "{b}"}, {"b", "2"}}), "{b}-2-{c}{");
    EXPECT_EQ(fill(R"({"x": "{a}"})", {{"a", "1"}}), R"({"x": "1"})");
}

TEST(Pipeline, NobodysValueBecomesAnOption) {
    const PlaceholderValues values{{"task", "--output=/etc/passwd"}, {"name", "x"}};
    EXPECT_FALSE(fillCommand({"tool", "{task}"}, values));
    EXPECT_EQ(fillCommand({"tool", "--", "{task}"}, values)->back(), "--output=/etc/passwd");
    EXPECT_EQ(fillCommand({"tool", "--of={task}", "-v", "{name}"}, values)->at(1),
              "--of=--output=/etc/passwd");
    EXPECT_FALSE(fillCommand({"tool", "{task}", "--"}, values));
}

TEST(Pipeline, FilesOfOthersAreLeftOut) {
    const auto folder = std::filesystem::path(testing::TempDir()) / "pipelines";
    const auto mine = std::filesystem::path(testing::TempDir()) / "pipelines-mine";
    for (const auto& each : {folder, mine}) {
        std::filesystem::remove_all(each);
        std::filesystem::create_directories(each);
    }
    const auto write = [](const std::filesystem::path& path, const char* program, mode_t mode) {
        std::ofstream(path) << R"({"steps": [{"name": "a", "command": [")" << program << R"("]}]})";
        chmod(path.c_str(), mode);
    };
    write(folder / "open.json", "x", 0666);
    write(folder / "good.json", "x", 0644);
    write(folder / "both.json", "x", 0644);
    write(mine / "both.json", "y", 0600);
    write(folder / "other.txt", "x", 0644);
    const auto pipelines = loadPipelines({folder, "/nonexistent", mine}, Log(LogLevel::error));
    EXPECT_EQ(pipelines.size(), 2U);
    EXPECT_TRUE(pipelines.contains("good"));
    EXPECT_EQ(pipelines.at("both").steps[0].command[0], "y");
}
