#include "codegen/task_list.hpp"

#include <gtest/gtest.h>

using namespace compositord;

namespace {

TEST(TaskList, ReadsTheBulletsThatPeopleWrite) {
    const TaskList list = parseTasks("## 1. Setup\n"
                                     "- [ ] 1.1 Write it\n"
                                     "* [x] **1.2 Bold** and more\n"
                                     "+ [X] 1.3: Colon\n"
                                     "1. [~] Ordered\n"
                                     "2) [] Empty\n"
                                     "-[ ]no space\n"
                                     "- [A](http://x) a link\n"
                                     "- [WIP] a word\n"
                                     "- [\xf0\x9f\x8e\x89] two units of UTF-16\n"
                                     "> - [ ] quoted\n"
                                     "[ ] no bullet\n");
    ASSERT_EQ(list.tasks.size(), 6U);
    EXPECT_EQ(list.tasks[0].number, "1.1");
    EXPECT_EQ(list.tasks[0].title, "Write it");
    EXPECT_EQ(list.tasks[0].section, "1. Setup");
    EXPECT_FALSE(list.tasks[0].done);
    EXPECT_EQ(list.tasks[1].number, "1.2");
    EXPECT_EQ(list.tasks[1].title, "Bold and more");
    EXPECT_TRUE(list.tasks[1].done);
    EXPECT_EQ(list.tasks[2].number, "1.3");
    EXPECT_EQ(list.tasks[2].title, "Colon");
    EXPECT_TRUE(list.tasks[2].done);
    EXPECT_EQ(list.tasks[3].mark, "~");
    EXPECT_FALSE(list.tasks[3].done);
    EXPECT_EQ(list.tasks[4].title, "Empty");
    EXPECT_EQ(list.tasks[5].title, "no space");
}

TEST(TaskList, KnowsWhatIsBelowATask) {
    const TaskList list = parseTasks("- [ ] 2.1 Parent\n"
                                     "  - a detail\n"
                                     "  - [ ] 2.1.1 Child\n"
                                     "    - its detail\n"
                                     "\t- [x] by a tab\n"
                                     "- [ ] Next\n"
                                     "  _Requirements: 1.2_\n"
                                     "Text of nobody\n"
                                     "  still of nobody\n");
    ASSERT_EQ(list.tasks.size(), 4U);
    EXPECT_EQ(list.tasks[0].details, std::vector<std::string>{"- a detail"});
    EXPECT_EQ(list.tasks[1].parent, 0U);
    EXPECT_EQ(list.tasks[1].details, std::vector<std::string>{"- its detail"});
    EXPECT_EQ(list.tasks[2].parent, 1U);
    EXPECT_FALSE(list.tasks[3].parent);
    EXPECT_EQ(list.tasks[3].details, std::vector<std::string>{"_Requirements: 1.2_"});
    const auto open = list.open();
    ASSERT_EQ(open.size(), 2U) << "the parent waits for its child";
    EXPECT_EQ(open[0]->number, "2.1.1");
    EXPECT_EQ(open[1]->title, "Next");
}

TEST(TaskList, ReadsHeadingsWithBoxesBeyondWhatTheCliDoes) {
    const TaskList list = parseTasks("### [ ] 3.1 A heading\n"
                                     "Words about it.\n"
                                     "- [ ] below\n"
                                     "### Another\n"
                                     "- [ ] not below\n");
    ASSERT_EQ(list.tasks.size(), 3U);
    EXPECT_EQ(list.tasks[0].kind, Task::Kind::heading);
    EXPECT_EQ(list.tasks[0].number, "3.1");
    EXPECT_EQ(list.tasks[0].details, std::vector<std::string>{"Words about it."});
    EXPECT_EQ(list.tasks[1].parent, 0U);
    EXPECT_FALSE(list.tasks[2].parent);
    EXPECT_EQ(list.countedByCli(), 2U);
}

TEST(TaskList, TakesNoTaskFromACodeFence) {
    const TaskList list = parseTasks("- [ ] real\n"
                                     "  ```md\n"
                                     "  - [ ] an example\n"
                                     "  ```\n"
                                     "~~~~\n~~~\n- [ ] also\n~~~~\n"
                                     "```never closed\n"
                                     "- [ ] real too\n");
    ASSERT_EQ(list.tasks.size(), 2U);
    EXPECT_EQ(list.tasks[1].title, "real too");
    EXPECT_EQ(list.fenced, 2U);
    EXPECT_EQ(list.countedByCli(), 4U);
}

TEST(TaskList, MarksWithOneCharacterAndKeepsTheRest) {
    const std::string text =
        "\xef\xbb\xbf- [ ] first\r\n  * [~] second\r\n### [\xe2\x9c\x93] third\n- [  ] wide";
    const TaskList list = parseTasks(text);
    ASSERT_EQ(list.tasks.size(), 4U);
    EXPECT_EQ(withMark(text, list.tasks[0]),
              "\xef\xbb\xbf- [x] first\r\n  * [~] second\r\n### [\xe2\x9c\x93] third\n- [  ] wide");
    EXPECT_EQ(withMark(text, list.tasks[1]),
              "\xef\xbb\xbf- [ ] first\r\n  * [x] second\r\n### [\xe2\x9c\x93] third\n- [  ] wide");
    EXPECT_EQ(withMark(text, list.tasks[2]),
              "\xef\xbb\xbf- [ ] first\r\n  * [~] second\r\n### [x] third\n- [  ] wide");
    EXPECT_EQ(withMark(text, list.tasks[3]),
              "\xef\xbb\xbf- [ ] first\r\n  * [~] second\r\n### [\xe2\x9c\x93] third\n- [x ] wide");
}

TEST(TaskList, RefusesToMarkWhatIsNotAsItWas) {
    const std::string text = "- [ ] one\n- [ ] two\n";
    const Task two = parseTasks(text).tasks[1];
    EXPECT_FALSE(withMark("- [ ] one\n- [ ] two, changed\n", two));
    EXPECT_FALSE(withMark("- [ ] zero\n- [ ] one\n- [ ] two\n", two));
    EXPECT_FALSE(withMark("- [ ] one\n", two));
    EXPECT_FALSE(withMark("```\n- [ ] two\n```\n", parseTasks("\n- [ ] two\n").tasks[0]))
        << "it is in a fence now";
    EXPECT_FALSE(withMark("- [] no room\n", parseTasks("- [] no room\n").tasks[0]));
    EXPECT_FALSE(withMark("- [ ](a link when marked)\n", parseTasks("- [ ](a link when marked)\n").tasks[0]));
}

} // namespace
