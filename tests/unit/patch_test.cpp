#include "codegen/patch.hpp"

#include <gtest/gtest.h>

using namespace compositord;

namespace {

Result<std::optional<std::string>> patched(const std::optional<std::string>& before, std::string_view patch) {
    const auto files = parsePatch(patch);
    if (!files) {
        return std::unexpected(files.error());
    }
    EXPECT_EQ(files->size(), 1U);
    return applyPatch(before, files->front());
}

TEST(Patch, ChangesMakesAndDeletes) {
    const std::string_view change = "diff --git a/f b/f\nindex 1..2 100644\n--- a/f\n+++ b/f\n"
                                    "@@ -1,3 +1,3 @@ fn\n one\n-two\n+TWO\n three\n"
                                    "@@ -5 +5,2 @@\n five\n+six\n";
    EXPECT_EQ(patched("one\ntwo\nthree\nfour\nfive\n", change).value(), "one\nTWO\nthree\nfour\nfive\nsix\n");
    EXPECT_EQ(patched(std::nullopt, "--- /dev/null\n+++ b/dir/new\n@@ -0,0 +1,2 @@\n+a\n+b\n").value(),
              "a\nb\n");
    EXPECT_EQ(patched("a\nb\n", "--- a/f\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-a\n-b\n").value(), std::nullopt);
}

TEST(Patch, GoesWhereItsLinesAreIfThatIsOnePlace) {
    const std::string_view patch = "--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n x\n-y\n+z\n";
    EXPECT_EQ(patched("a\nb\nx\ny\n", patch).value(), "a\nb\nx\nz\n");
    EXPECT_FALSE(patched("a\nx\ny\nx\ny\n", patch)) << "two places";
    EXPECT_FALSE(patched("a\nb\n", patch)) << "nowhere";
}

TEST(Patch, KeepsHowAFileEnds) {
    const std::string_view end = "\\ No newline at end of file\n";
    EXPECT_EQ(patched("a\nb", "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+A\n").value(), "A\nb");
    EXPECT_EQ(patched("a", "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n" + std::string(end) + "+b\n").value(), "b\n");
    EXPECT_EQ(patched("a\n", "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n" + std::string(end)).value(), "b");
    EXPECT_EQ(patched("a", "--- a/f\n+++ b/f\n@@ -1 +1,2 @@\n+0\n a\n").value(), "0\na");
}

TEST(Patch, RefusesWhatIsNotWhole) {
    for (const std::string_view text : {
             "",
             "Here is the patch:\n",
             "--- a/f\n+++ b/f\n",
             "--- a/f\n+++ b/g\n@@ -1 +1 @@\n-a\n+b\n",
             "--- a/f\n+++ b/f\n@@ -1,2 +1 @@\n-a\n+b\n",           // fewer lines than said
             "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n+c\n",         // more
             "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n```\n",        // something else
             "--- a/f\n+++ b/f\n@@ ... @@\n-a\n+b\n",               // no numbers
             "--- /dev/null\n+++ /dev/null\n@@ -1 +1 @@\n-a\n+b\n", // no file
             "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n",
             "diff --git a/f b/g\nrename from f\nrename to g\n",
             "diff --git a/f b/f\nold mode 100644\nnew mode 100755\n",
             "new file mode 120000\n--- /dev/null\n+++ b/f\n@@ -0,0 +1 @@\n+/etc/passwd\n",
         }) {
        EXPECT_FALSE(parsePatch(text)) << text;
    }
    EXPECT_FALSE(patched("a\n", "--- /dev/null\n+++ b/f\n@@ -0,0 +1 @@\n+a\n")) << "it is there";
    EXPECT_FALSE(patched(std::nullopt, "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n")) << "it is not there";
    EXPECT_FALSE(patched("a\nb\n", "--- a/f\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n")) << "a line is left";
}

} // namespace
