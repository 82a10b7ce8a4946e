#include "codegen/answer.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <utility>

using namespace compositord;
using Kind = FileEdit::Kind;

namespace {

std::vector<FileEdit> editsOf(std::string_view text) {
    const auto answer = parseAnswer(text);
    EXPECT_TRUE(answer) << answer.error().front();
    return answer ? answer->edits : std::vector<FileEdit>{};
}

std::string problemOf(std::string_view text) {
    const auto answer = parseAnswer(text);
    EXPECT_FALSE(answer) << text;
    return answer ? "" : answer.error().front();
}

} // namespace

TEST(Answer, AFileNamesItsPathInAnyOfTheUsualWays) {
    const std::vector<FileEdit> expected{{"src/lib.rs", Kind::write, "fn a() {}\n"}};
    for (const char* begin :
         {"```rust path=src/lib.rs", "```rust path=\"src/lib.rs\"", "```rust:src/lib.rs",
          "```rust src/lib.rs", "```src/lib.rs", "~~~~ rust file=src/lib.rs", "File: `src/lib.rs`\n```rust",
          "**src/lib.rs**\n\n```rust", "### `src/lib.rs`\n```rust", "**`src/lib.rs`**:\n```rust",
          "src/lib.rs:\n```rust", "  ```rust path=src/lib.rs"}) {
        const std::string mark = std::string(begin).contains('~') ? "~~~~" : "```";
        EXPECT_EQ(editsOf(std::string("Here it is.\n") + begin + "\nfn a() {}\n" + mark + "\nThat is all."),
                  expected)
            << begin;
    }
}

TEST(Answer, TextsAreTakenAsTheyAre) {
    EXPECT_EQ(editsOf("```js path=a.js\r\nlet a;\r\n\r\n  b\r\n```"),
              (std::vector<FileEdit>{{"a.js", Kind::write, "let a;\n\n  b\n"}}));
    EXPECT_EQ(editsOf("````md path=a.md\n```rust\nx\n```\n````"),
              (std::vector<FileEdit>{{"a.md", Kind::write, "```rust\nx\n```\n"}}));
    EXPECT_EQ(editsOf("```txt path=empty.txt\n```"), (std::vector<FileEdit>{{"empty.txt", Kind::write, ""}}));
}

TEST(Answer, BlocksWithoutAPathAreLeftOutAndTold) {
    const auto answer = parseAnswer("```sh\ncargo test\n```\n```rust path=a.rs\n```\n");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->edits.size(), 1U);
    EXPECT_EQ(answer->ignored, (std::vector<std::size_t>{1}));
    // The line before belongs to the block after it alone.
    EXPECT_EQ(editsOf("File: a.rs\n```\nx\n```\n\n```\ny\n```"),
              (std::vector<FileEdit>{{"a.rs", Kind::write, "x\n"}}));
    // A name of a thing is no path.
    EXPECT_NE(problemOf("Node.js\n```\nx\n```").find("does not say which file"), std::string::npos);
}

TEST(Answer, RefusesWhatCanBeUnderstoodInTwoWays) {
    for (const auto& [text, part] : std::initializer_list<std::pair<const char*, const char*>>{
             {"I would change the loop.", "no fenced block"},
             {"```rust\nfn a() {}\n```", "line 1 does not say which file"},
             {"```rust path=a.rs\nfn a() {", "line 1 has no end"},
             {"```rust path=a.rs\n```js\n```\n```", "another one inside of it, at line 2"},
             {"```rust path=a.rs\n```\n```rust path=a.rs\n```", "more than one block for a.rs"},
             {"```rust path=a.rs\n```\n```diff\n--- a/a.rs\n+++ b/a.rs\n@@ -1 +1 @@\n-a\n+b\n```",
              "more than one block for a.rs"},
             {"File: b.rs\n```rust path=a.rs\n```", "line before it says b.rs"},
             {"```rust path=a.rs file=b.rs\n```", "names two paths"},
             {"```rust path=\n```", "empty path"},
             {"```rust path=a.rs\nfn a() {}\n// ... rest of the code unchanged ...\n```",
              "Line 3 leaves out"},
             {"```diff path=b.rs\n--- a/a.rs\n+++ b/a.rs\n@@ -1 +1 @@\n-a\n+b\n```", "header names a.rs"},
         }) {
        EXPECT_NE(problemOf(text).find(part), std::string::npos) << text << "\n" << problemOf(text);
    }
}

TEST(Answer, PathsStayInsideOfTheProject) {
    for (const char* path : {"/etc/passwd", "../a", "a/../b", "a/./b", "a//b", "a/", "~/a", "a\\b",
                             ".git/config", "a/.git/b", "", "a\nb", "a\xff"}) {
        EXPECT_NE(problemOfPath(path), "") << path;
    }
    EXPECT_NE(problemOfPath(std::string(kLongestPath + 1, 'a')), "");
    for (const char* path : {"a", "a/b.rs", ".github/x.yml", "..a/b", "ö/ü.rs", "a b.txt"}) {
        EXPECT_EQ(problemOfPath(path), "") << path;
    }
    EXPECT_NE(problemOf("```rust path=../a.rs\n```").find("cannot be used"), std::string::npos);
}

TEST(Answer, TakesDiffsApartIntoFilesAndCountsTheirLines) {
    const auto edits =
        editsOf("```diff\n"
                "--- a/src/a.rs\t2026-01-01\n+++ b/src/a.rs\n"
                "@@ -1,99 +1,7 @@ fn main\n a\n-b\n+c\n+d\n\n e\n\n"
                "--- /dev/null\n+++ b/new.rs\n@@ -0,0 +1 @@\n+n\n\\ No newline at end of file\n"
                "--- a/old.rs\n+++ /dev/null\n@@ -1 +0,0 @@\n-o\n"
                "```");
    EXPECT_EQ(edits, (std::vector<FileEdit>{
                         {"src/a.rs", Kind::patch,
                          "--- a/src/a.rs\n+++ b/src/a.rs\n@@ -1,4 +1,5 @@\n a\n-b\n+c\n+d\n \n e\n"},
                         {"new.rs", Kind::patch,
                          "--- /dev/null\n+++ b/new.rs\n@@ -0,0 +1,1 @@\n+n\n\\ No newline at end of file\n"},
                         {"old.rs", Kind::remove, ""}}));
}

TEST(Answer, RefusesDiffsThatAreNone) {
    const std::string header = "--- a/a.rs\n+++ b/a.rs\n";
    for (const auto& [text, part] : std::initializer_list<std::pair<std::string, const char*>>{
             {"-a\n+b\n", "no lines \"--- a/PATH\""},
             {"@@ -1 +1 @@\n-a\n", "comes before the lines"},
             {header, "there are none"},
             {header + "@@\n-a\n+b\n", "is no \"@@"},
             {header + "@@ -1 +1 @@\n a\n", "changes nothing"},
             {header + "@@ -1 +1 @@\n-a\nb\n", "begins with none of"},
             {"--- a/a.rs\n+++ b/b.rs\n@@ -1 +1 @@\n-a\n+b\n", "renames a file"},
             {"--- /dev/null\n+++ /dev/null\n", "names no file"},
             {header + "GIT binary patch\n", "is not part of any"},
             {"rename from a\nrename to b\n", "something else than a change of text"},
         }) {
        EXPECT_NE(problemOf("```diff\n" + text + "```").find(part), std::string::npos)
            << text << "\n"
            << problemOf("```diff\n" + text + "```");
    }
}
