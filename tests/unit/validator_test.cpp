// Real cargo, node and eslint in a real sandbox: good code passes, bad code is told what is wrong with it,
// and hostile code does no harm.

#include "codegen/sandbox_limits.hpp"
#include "codegen/validator.hpp"
#include "git_repository.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>

using namespace compositord;
using namespace std::chrono_literals;

namespace {

constexpr const char* kManifest = "[package]\nname = \"part\"\nversion = \"0.1.0\"\nedition = \"2021\"\n";
constexpr const char* kGood =
    "//! A part.\n\n/// Adds.\npub fn add(a: i32, b: i32) -> i32 {\n    a + b\n}\n\n"
    "#[cfg(test)]\nmod tests {\n    #[test]\n    fn adds() {\n"
    "        assert_eq!(super::add(1, 2), 3);\n    }\n}\n";

class ValidatorTest : public GitRepository {
protected:
    void SetUp() override {
        GitRepository::SetUp();
        auto created = EventLoop::create();
        ASSERT_TRUE(created);
        loop = std::make_unique<EventLoop>(std::move(*created));
        commit("part/Cargo.toml", kManifest);
        commit("part/src/lib.rs", kGood);
        commit("web/package.json", "{\"type\":\"module\"}\n");
        commit("web/eslint.config.js", "export default [{ rules: { \"no-undef\": \"error\" } }];\n");
        std::filesystem::create_symlink(NODE_MODULES, repository / "web/node_modules");
        settings = SandboxSettings::usual();
        settings.limits.wall = 120s;
        auto opened = Workspace::create({.repository = repository, .folder = base / "workspaces"}, "t");
        ASSERT_TRUE(opened) << opened.error().message();
        workspace.emplace(std::move(*opened));
    }

    void write(const std::string& path, const std::string& content) {
        const auto written = workspace->writeFile(path, content);
        ASSERT_TRUE(written) << written.error().message();
    }

    std::vector<CheckOutcome> validate(bool tests = false) {
        const auto checks = planChecks(workspace->tree(), *workspace->changes(), {.tests = tests});
        EXPECT_TRUE(checks) << checks.error().message();
        return checks ? run(*checks) : std::vector<CheckOutcome>();
    }

    std::vector<CheckOutcome> run(const std::vector<Check>& checks, bool cancel = false) {
        auto sandbox = Sandbox::find(settings);
        EXPECT_TRUE(sandbox) << sandbox.error().message();
        if (!sandbox) {
            return {};
        }
        std::optional<std::vector<CheckOutcome>> result;
        auto validation = Validation::start(
            *loop, {{GUARD, 500ms}, *sandbox, Validation::placeOf(*workspace, repository)}, checks,
            {.onCheck = [](const Check&) {},
             .onOutput = [](std::string_view) {},
             .onEnd = [&](std::vector<CheckOutcome> outcomes) { result = std::move(outcomes); }});
        EXPECT_TRUE(validation) << validation.error().message();
        if (cancel) {
            (*validation)->cancel();
        }
        const auto deadline = std::chrono::steady_clock::now() + 240s;
        while (!result && std::chrono::steady_clock::now() < deadline) {
            EXPECT_TRUE(loop->turn(100ms));
        }
        EXPECT_TRUE(result) << "it does not end";
        return result.value_or(std::vector<CheckOutcome>());
    }

    CheckOutcome shell(const std::string& script) {
        auto outcomes = run({{"sh", {"sh", "-c", script}, "part", DiagnosticFormat::plain}});
        return outcomes.empty() ? CheckOutcome() : std::move(outcomes.front());
    }

    std::unique_ptr<EventLoop> loop;
    SandboxSettings settings;
    std::optional<Workspace> workspace;
};

TEST_F(ValidatorTest, PassesGoodRust) {
    write("part/src/lib.rs", std::string(kGood) + "\n/// More.\npub fn more() {}\n");
    const auto outcomes = validate(true);
    ASSERT_EQ(outcomes.size(), 5U);
    for (const CheckOutcome& outcome : outcomes) {
        EXPECT_TRUE(outcome.passed()) << outcome.check.name << outcome.problem << outcome.output;
    }
    EXPECT_FALSE(std::filesystem::exists(workspace->tree() / "part/Cargo.lock")) << "it stays in the sandbox";
}

TEST_F(ValidatorTest, TellsWhatIsWrongWithRust) {
    write("part/src/lib.rs", "/// Wrong.\npub fn wrong() -> i32 {\n    \"text\"\n}\n");
    auto outcomes = validate();
    ASSERT_EQ(outcomes.size(), 1U) << "what fails is the end";
    EXPECT_FALSE(outcomes[0].passed());
    ASSERT_FALSE(outcomes[0].diagnostics.empty());
    EXPECT_EQ(outcomes[0].diagnostics[0].code, "E0308");
    EXPECT_EQ(outcomes[0].diagnostics[0].path, "part/src/lib.rs");
    EXPECT_EQ(outcomes[0].diagnostics[0].line, 3U);

    write("part/src/lib.rs", "pub fn  untidy() {}\n");
    outcomes = validate();
    ASSERT_EQ(outcomes.back().check.name, "cargo fmt") << outcomes.back().output;
    ASSERT_FALSE(outcomes.back().diagnostics.empty()) << outcomes.back().output;
    EXPECT_EQ(outcomes.back().diagnostics[0].path, "part/src/lib.rs");

    std::string failing(kGood);
    failing.replace(failing.find("3)"), 2, "4)");
    write("part/src/lib.rs", failing);
    outcomes = validate(true);
    ASSERT_EQ(outcomes.back().check.name, "cargo test") << outcomes.back().output;
    ASSERT_FALSE(outcomes.back().diagnostics.empty());
    EXPECT_EQ(outcomes.back().diagnostics[0].code, "tests::adds");

    write("part/src/lib.rs", kGood);
    write("part/Cargo.toml", std::string(kManifest) + "[dependencies]\nno-such-crate-anywhere = \"1\"\n");
    outcomes = validate();
    ASSERT_FALSE(outcomes.back().diagnostics.empty()) << outcomes.back().output;
    EXPECT_TRUE(outcomes.back().diagnostics[0].message.contains("no-such-crate-anywhere"));
}

TEST_F(ValidatorTest, BelievesNoToolThatPassesAFileBy) {
    write("part/src/a part.rs", "pub fn lost() -> ! {{{\n");
    auto outcomes = validate();
    EXPECT_EQ(outcomes.back().check.name, "files of the crate");
    EXPECT_TRUE(outcomes.back().output.contains("part/src/a part.rs: nothing uses this file"))
        << outcomes.back().output;
    write("part/src/a part.rs", "//! Found.\n");
    write("part/src/lib.rs", std::string(kGood) + "\n#[path = \"../src/a part.rs\"]\npub mod found;\n");
    outcomes = validate();
    EXPECT_TRUE(outcomes.back().passed()) << outcomes.back().check.name << outcomes.back().output;
}

TEST_F(ValidatorTest, ChecksJavaScript) {
    write("web/good.js", "export const one = 1;\n");
    auto outcomes = validate();
    ASSERT_EQ(outcomes.size(), 2U);
    EXPECT_TRUE(outcomes[0].passed()) << outcomes[0].output;
    EXPECT_TRUE(outcomes[1].passed()) << outcomes[1].output;

    write("web/good.js", "export const one = undefinedName;\n");
    outcomes = validate();
    ASSERT_EQ(outcomes.back().check.name, "eslint");
    ASSERT_EQ(outcomes.back().diagnostics.size(), 1U) << outcomes.back().output;
    EXPECT_EQ(outcomes.back().diagnostics[0].code, "no-undef");
    EXPECT_EQ(outcomes.back().diagnostics[0].path, "web/good.js");

    write("web/good.js", "export const one = ;\n");
    outcomes = validate();
    ASSERT_EQ(outcomes.back().check.name, "node --check");
    ASSERT_EQ(outcomes.back().diagnostics.size(), 1U) << outcomes.back().output;
    EXPECT_EQ(outcomes.back().diagnostics[0].code, "SyntaxError");
    EXPECT_EQ(outcomes.back().diagnostics[0].path, "web/good.js");
}

TEST_F(ValidatorTest, ChecksTypeScript) {
    write("web/tsconfig.json", R"({"compilerOptions":{"strict":true,"types":[]},"files":["a.ts"]})");
    write("web/a.ts", "export const one: number = \"text\";\n");
    const auto plan =
        planChecks(workspace->tree(), *workspace->changes(), {.custom = {{{"*.json"}, {"true", {"true"}}}}});
    ASSERT_TRUE(plan) << plan.error().message();
    const auto outcomes = run(*plan);
    ASSERT_EQ(outcomes.back().check.name, "tsc");
    ASSERT_EQ(outcomes.back().diagnostics.size(), 1U) << outcomes.back().output << outcomes.back().problem;
    EXPECT_EQ(outcomes.back().diagnostics[0].code, "TS2322");
    EXPECT_EQ(outcomes.back().diagnostics[0].path, "web/a.ts");
}

TEST_F(ValidatorTest, ProvesNothingWithoutAPlan) {
    const auto plan = [&] { return planChecks(workspace->tree(), *workspace->changes(), {}); };
    EXPECT_FALSE(plan()) << "nothing changed";
    write("README.md", "words\n");
    EXPECT_FALSE(plan()) << "nothing checks words";
    write("web/good.js", "export const one = 1;\n");
    EXPECT_TRUE(plan());
    write("data.bin", "?");
    EXPECT_FALSE(plan());
    ASSERT_TRUE(workspace->deleteFile("data.bin"));
    write("lone.rs", "fn main() {}\n");
    EXPECT_FALSE(plan()) << "of no crate";
    ASSERT_TRUE(workspace->deleteFile("lone.rs"));
    write("CMakeLists.txt", "project(x)\n");
    EXPECT_FALSE(plan()) << "no words, for all its name";
    ASSERT_TRUE(workspace->deleteFile("CMakeLists.txt"));
    write("web/eslint.config.js", "export default [];\n");
    EXPECT_FALSE(plan()) << "it would let all pass";
    write("web/eslint.config.js", "export default [{ rules: { \"no-undef\": \"error\" } }];\n");
    std::filesystem::remove(repository / "web/node_modules");
    EXPECT_FALSE(plan()) << "eslint is not installed";
}

TEST_F(ValidatorTest, TakesLimitsFromSettings) {
    SandboxLimits limits;
    ASSERT_TRUE(parseSandboxLimits({{"check_seconds", "5"}, {"check_memory", "64"}, {"url", "x"}}, limits));
    EXPECT_EQ(limits.wall, 5s);
    EXPECT_EQ(limits.memory, std::size_t{64} << 20U);
    EXPECT_EQ(limits.processes, SandboxLimits().processes);
    for (const char* wrong : {"", "0", "-1", "1e3", "65537"}) {
        EXPECT_FALSE(parseSandboxLimits({{"check_processes", wrong}}, limits)) << wrong;
    }
}

TEST_F(ValidatorTest, BuildScriptsReachNobodyAndNothing) {
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), length), 0);
    ASSERT_EQ(listen(listener, 1), 0);
    ASSERT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length), 0);
    const std::string mark = base / "escaped";
    put(base / "secret", "secret");
    write("part/build.rs",
          "use std::fs;\nfn main() {\n"
          "    println!(\"cargo:warning=net {}\", std::net::TcpStream::connect(\"127.0.0.1:" +
              std::to_string(ntohs(address.sin_port)) +
              "\").is_ok());\n"
              "    println!(\"cargo:warning=out {}\", fs::write(\"" +
              mark +
              "\", \"x\").is_ok());\n"
              "    println!(\"cargo:warning=own {}\", fs::write(\"src/lib.rs\", \"x\").is_ok());\n"
              "    println!(\"cargo:warning=read {}\", fs::read(\"" +
              std::string(base / "secret") +
              "\").is_ok());\n"
              "    println!(\"cargo:warning=etc {}\", fs::read(\"/etc/passwd\").is_ok());\n}\n");
    const auto outcomes = validate();
    ASSERT_GE(outcomes.size(), 1U);
    EXPECT_TRUE(outcomes[0].passed()) << outcomes[0].output;
    for (const char* harm : {"net", "out", "own", "read", "etc"}) {
        EXPECT_TRUE(outcomes[0].output.contains(std::string(harm) + " false")) << harm << outcomes[0].output;
    }
    EXPECT_FALSE(std::filesystem::exists(mark));
    EXPECT_EQ(workspace->readFile("part/src/lib.rs").value(), kGood);
    EXPECT_LT(accept(listener, nullptr, nullptr), 0);
    close(listener);
}

TEST_F(ValidatorTest, LimitsHold) {
    settings.limits.processes = 30;
    settings.limits.wall = 5s;
    const auto forks = shell("bomb() { bomb | bomb & }; bomb; sleep 1000");
    EXPECT_FALSE(forks.passed());

    settings.limits.wall = 1s;
    const auto slow = shell("trap '' TERM; sleep 1000 & sleep 1000");
    EXPECT_TRUE(slow.problem.contains("longer than 1 s"));
    settings.limits.wall = 60s;
    EXPECT_TRUE(shell("test $(cat /proc/self/oom_score_adj) = 1000").passed()) << "first to go";
    settings.limits.output = 1 << 20;
    const auto loud = shell("yes");
    EXPECT_TRUE(loud.problem.contains("printed more"));
    settings.limits.memory = 64 << 20;
    const auto large = shell("exec node -e 'const a = []; for (;;) a.push(Buffer.alloc(1 << 20, 1))'");
    EXPECT_FALSE(large.passed());
    settings.limits.file = 1 << 20;
    EXPECT_FALSE(shell("exec head -c 2000000 /dev/zero > /work/output/large").passed());
    settings.limits.scratch = 1 << 20;
    settings.limits.file = 64 << 20;
    EXPECT_FALSE(shell("exec head -c 2000000 /dev/zero > /tmp/large").passed());
    EXPECT_TRUE(
        shell("id -u | grep -qvx 0 && test ! -e " + base.string() + " && test ! -e /etc/passwd").passed());
}

TEST_F(ValidatorTest, LeavesSomeOfTheDisk) {
    const std::size_t available = std::filesystem::space(base).available;
    settings.limits.diskLeft = available - (std::size_t{256} << 20U);
    const auto filling = shell("head -c 512M /dev/zero > /work/output/large; exec sleep 1000");
    EXPECT_TRUE(filling.problem.contains("of the disk")) << filling.problem << filling.output;
    settings.limits.diskLeft = 2 * available;
    const auto full = shell("exec sleep 1000");
    EXPECT_TRUE(full.problem.contains("of the disk")) << full.problem;
}

TEST_F(ValidatorTest, EndsWhenItIsToldTo) {
    const auto outcomes = run({{"sleep", {"sleep", "1000"}}, {"never", {"true"}}}, true);
    ASSERT_EQ(outcomes.size(), 1U);
    EXPECT_EQ(outcomes[0].problem, "it was cancelled");
}

TEST_F(ValidatorTest, BelievesNothingThatAnEarlierCheckLeft) {
    EXPECT_TRUE(shell("touch /work/output/left").passed());
    EXPECT_TRUE(shell("test ! -e /work/output/left").passed());
}

} // namespace
