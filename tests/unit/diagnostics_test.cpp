// Recorded from the real tools; tests/unit/validator_test.cpp runs them.

#include "codegen/diagnostics.hpp"

#include <gtest/gtest.h>

using namespace compositord;

namespace {

TEST(Diagnostics, OfCargo) {
    const auto list = parseDiagnostics(
        DiagnosticFormat::cargo,
        R"({"reason":"compiler-artifact","package_id":"x"})"
        "\n"
        R"({"reason":"compiler-message","message":{"level":"warning","message":"unused","code":{"code":"unused_variables"},"rendered":"warning: unused\n","spans":[{"file_name":"src/a.rs","line_start":3,"column_start":9,"is_primary":true}]}})"
        "\n"
        R"({"reason":"compiler-message","message":{"level":"error","message":"mismatched types","code":{"code":"E0308"},"rendered":"error[E0308]","spans":[{"file_name":"src/b.rs","line_start":1,"column_start":1,"is_primary":false},{"file_name":"/work/tree/src/lib.rs","line_start":2,"column_start":18,"is_primary":true}]}})"
        "\n"
        R"({"reason":"compiler-message","message":{"level":"error","message":"aborting due to 1 previous error","code":null,"rendered":"","spans":[]}})"
        "\n"
        "not json\n{\"reason\":1,\"message\":7}\n",
        "error: could not compile `x`", "/work/tree");
    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(list[0], (Diagnostic{Diagnostic::Severity::error, "src/lib.rs", 2, 18, "E0308",
                                   "mismatched types", "error[E0308]"}));
    EXPECT_EQ(list[1].severity, Diagnostic::Severity::warning);
    EXPECT_EQ(list[1].path, "src/a.rs");

    const auto words =
        parseDiagnostics(DiagnosticFormat::cargo, "",
                         "    Updating\nerror: no matching package named `rand` found\nlocation: x\n", "");
    ASSERT_EQ(words.size(), 1U);
    EXPECT_EQ(words[0].message, "no matching package named `rand` found");
}

TEST(Diagnostics, OfEslintAndItsFriends) {
    const auto eslint = parseDiagnostics(
        DiagnosticFormat::eslint,
        R"([{"filePath":"/work/tree/a.js","messages":[{"ruleId":"no-unused-vars","severity":1,"message":"unused","line":1,"column":5},{"ruleId":null,"fatal":true,"severity":2,"message":"Parsing error","line":2,"column":1}]}])",
        "", "/work/tree");
    ASSERT_EQ(eslint.size(), 2U);
    EXPECT_EQ(eslint[0].message, "Parsing error");
    EXPECT_EQ(eslint[0].path, "a.js");
    EXPECT_EQ(eslint[1].code, "no-unused-vars");

    const auto tsc =
        parseDiagnostics(DiagnosticFormat::tsc,
                         "src/a.ts(3,7): error TS2322: Type 'string' is not assignable.\n  More.\n"
                         "error TS5083: Cannot read file.\n",
                         "", "");
    ASSERT_EQ(tsc.size(), 2U);
    EXPECT_EQ(tsc[0], (Diagnostic{Diagnostic::Severity::error, "src/a.ts", 3, 7, "TS2322",
                                  "Type 'string' is not assignable.", "  More.\n"}));
    EXPECT_EQ(tsc[1].code, "TS5083");

    const auto node = parseDiagnostics(
        DiagnosticFormat::node, "",
        "/work/tree/a.js:2\nlet = ;\n    ^\n\nSyntaxError: Unexpected token ';'\n    at wrapSafe\n",
        "/work/tree");
    ASSERT_EQ(node.size(), 1U);
    EXPECT_EQ(node[0].path, "a.js");
    EXPECT_EQ(node[0].line, 2U);
    EXPECT_EQ(node[0].column, 5U);
    EXPECT_EQ(node[0].code, "SyntaxError");
}

TEST(Diagnostics, OfRustfmtAndTests) {
    const auto format =
        parseDiagnostics(DiagnosticFormat::rustfmt,
                         "Diff in /work/tree/src/lib.rs:1:\n-fn  a() {}\n+fn a() {}\n", "", "/work/tree");
    ASSERT_EQ(format.size(), 1U);
    EXPECT_EQ(format[0].path, "src/lib.rs");
    EXPECT_EQ(format[0].line, 1U);
    EXPECT_TRUE(format[0].text.contains("+fn a() {}"));

    const auto tests =
        parseDiagnostics(DiagnosticFormat::test,
                         "test tests::a ... ok\ntest tests::b ... FAILED\n\nfailures:\n\n"
                         "---- tests::b stdout ----\nleft: 1\nright: 2\n\nfailures:\n    tests::b\n",
                         "", "");
    ASSERT_EQ(tests.size(), 1U);
    EXPECT_EQ(tests[0].code, "tests::b");
    EXPECT_TRUE(tests[0].text.contains("right: 2"));
}

TEST(Diagnostics, SurviveAnything) {
    std::string many;
    for (int i = 0; i < 1000; ++i) {
        many += "a.ts(" + std::to_string(i) + ",1): error TS1: x\n";
    }
    EXPECT_EQ(parseDiagnostics(DiagnosticFormat::tsc, many, "", "").size(), kMostDiagnostics);
    for (const auto format :
         {DiagnosticFormat::cargo, DiagnosticFormat::eslint, DiagnosticFormat::tsc, DiagnosticFormat::node,
          DiagnosticFormat::rustfmt, DiagnosticFormat::test, DiagnosticFormat::plain}) {
        for (const std::string_view text :
             {"", "\n", "[", "[[", "[1]", "{}", "Diff in ", "Diff in x", "a(: error TS", "(): error TS",
              "): error TS", "---- ", "test  ... FAILED", "error", ":", R"([{"messages":[1]}])",
              R"({"message":{"level":"error","spans":[1]}})"}) {
            parseDiagnostics(format, text, text, text);
        }
    }
}

} // namespace
