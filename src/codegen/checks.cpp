#include "codegen/checks.hpp"

#include <fmt/format.h>

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <span>
#include <string_view>

namespace compositord {

namespace {

namespace fs = std::filesystem;

bool matchesAny(std::span<const std::string> globs, const std::string& path) {
    return std::ranges::any_of(
        globs, [&](const std::string& glob) { return fnmatch(glob.c_str(), path.c_str(), 0) == 0; });
}

/// The nearest folder above a file, up to the top, in which one of these is; relative to the top.
std::optional<fs::path> folderWith(const fs::path& tree, const fs::path& file,
                                   std::span<const std::string_view> names) {
    for (fs::path folder = file.parent_path();; folder = folder.parent_path()) {
        for (const std::string_view name : names) {
            std::error_code ignored;
            if (fs::exists(tree / folder / name, ignored)) {
                return folder;
            }
        }
        if (folder.empty()) {
            return std::nullopt;
        }
    }
}

/// Both are relative to the top.
std::string relativeTo(const fs::path& folder, const fs::path& path) {
    return path.lexically_relative(folder.empty() ? fs::path(".") : folder).string();
}

constexpr auto kCrate = std::to_array<std::string_view>({"Cargo.toml"});
constexpr auto kLock = std::to_array<std::string_view>({"Cargo.lock"});
constexpr auto kTsconfig = std::to_array<std::string_view>({"tsconfig.json"});

// A tool passes by files that nothing names to it, and is content all the same. Both scripts are given the
// name of each file and how the tool may call it, a line each.
constexpr const char* kCompiled = R"(seen=$(mktemp)
find "$CARGO_TARGET_DIR" -name '*.d' -exec cat {} + | sed -E 's/\\ / /g; :a; s|[^/]+/\.\./||; ta' >"$seen")";
constexpr const char* kListed = R"(seen=$(mktemp)
"$1" --noEmit --pretty false -p . --listFiles >"$seen" || { status=$?; grep -v '^/' "$seen"; exit $status; }
sed -i "s|^$PWD/||; s|$|:|" "$seen"
shift)";
constexpr const char* kEachIsSeen = R"(
status=0
while [ $# -gt 1 ]; do
  grep -qxF -e "$2" "$seen" || { echo "$1: nothing uses this file, so that nothing has checked it"; status=1; }
  shift 2
done
exit $status)";

constexpr auto kEslintConfig = std::to_array<std::string_view>(
    {"eslint.config.js", "eslint.config.mjs", "eslint.config.cjs", "eslint.config.ts", "eslint.config.mts"});

class Planner {
public:
    Planner(const fs::path& tree, const WorkspaceChanges& changes, const CheckPlan& plan)
        : tree_(tree), changes_(changes), plan_(plan) {}

    Result<std::vector<Check>> make() {
        for (const FileChange& file : changes_.files) {
            if (auto sorted = sort(file); !sorted) {
                return std::unexpected(sorted.error());
            }
        }
        for (const auto& [crate, files] : crates_) {
            addCrate(crate, files);
        }
        for (const auto& [folder, files] : typescript_) {
            if (auto added = addTypescript(folder, files); !added) {
                return std::unexpected(added.error());
            }
        }
        for (const auto& [folder, files] : eslint_) {
            const auto eslint = findProgram("eslint", folder);
            if (!eslint) {
                return std::unexpected(eslint.error());
            }
            std::vector<std::string> words{*eslint, "--format", "json", "--"};
            words.insert(words.end(), files.begin(), files.end());
            checks_.push_back({"eslint", std::move(words), folder, DiagnosticFormat::eslint});
        }
        for (const CustomCheck& custom : plan_.custom) {
            if (std::ranges::any_of(changes_.files, [&](const FileChange& file) {
                    return matchesAny(custom.paths, file.path);
                })) {
                checks_.push_back(custom.check);
            }
        }
        if (checks_.empty()) {
            return failure(0, "there is nothing that could prove these changes");
        }
        return std::move(checks_);
    }

private:
    Result<> sort(const FileChange& file) {
        const fs::path path(file.path);
        const std::string ending = path.extension();
        const bool custom = hasCustom(file);
        if (!custom && std::ranges::find(kEslintConfig, path.filename()) != kEslintConfig.end()) {
            return failure(0, "it says what is looked for in changes, and is not for them to change",
                           file.path);
        }
        if (ending == ".rs" || path.filename() == "Cargo.toml" || path.filename() == "Cargo.lock") {
            return addTo(crates_, file, kCrate, "no Cargo.toml is above it, so that no crate has it");
        }
        if (ending == ".js" || ending == ".mjs" || ending == ".cjs") {
            if (file.after) {
                checks_.push_back(
                    {"node --check", {"node", "--check", "--", file.path}, {}, DiagnosticFormat::node});
            }
            addEslint(file);
            return {};
        }
        if (ending == ".ts" || ending == ".tsx" || ending == ".mts" || ending == ".cts") {
            addEslint(file);
            return addTo(typescript_, file, kTsconfig,
                         "no tsconfig.json is above it, so that nothing checks it");
        }
        if (custom || (matchesAny(plan_.unchecked, file.path) && path.filename() != "CMakeLists.txt")) {
            return {};
        }
        return failure(0, "nothing checks files of this kind: name a check for it in the settings",
                       file.path);
    }

    /// The folder is checked, and the file must be seen to be among what is: those that a check of the
    /// user's is for need not.
    Result<> addTo(std::map<fs::path, std::vector<std::string>>& folders, const FileChange& file,
                   std::span<const std::string_view> names, const char* otherwise) const {
        const auto folder = folderWith(tree_, file.path, names);
        if (!folder) {
            return failure(0, otherwise, file.path);
        }
        auto& files = folders[*folder];
        if (file.after && !hasCustom(file) && fs::path(file.path).extension() != ".toml" &&
            fs::path(file.path).extension() != ".lock") {
            files.push_back(file.path);
        }
        return {};
    }

    bool hasCustom(const FileChange& file) const {
        return std::ranges::any_of(
            plan_.custom, [&](const CustomCheck& check) { return matchesAny(check.paths, file.path); });
    }

    void addEslint(const FileChange& file) {
        const auto folder = folderWith(tree_, file.path, kEslintConfig);
        if (folder && file.after) {
            eslint_[*folder].push_back(relativeTo(*folder, file.path));
        }
    }

    void addCrate(const fs::path& crate, const std::vector<std::string>& files) {
        const bool locked = folderWith(tree_, crate / "Cargo.toml", kLock).has_value();
        const auto cargo = [&](const char* what, std::vector<std::string> more, DiagnosticFormat format) {
            std::vector<std::string> words{"cargo", what, "--offline"};
            if (locked) {
                words.emplace_back("--locked");
            }
            words.insert(words.end(), more.begin(), more.end());
            checks_.push_back({std::string("cargo ") + what, std::move(words), crate, format});
        };
        cargo("check", {"--all-targets", "--message-format=json"}, DiagnosticFormat::cargo);
        addCompiled(crate, files);
        cargo("clippy", {"--all-targets", "--message-format=json"}, DiagnosticFormat::cargo);
        checks_.push_back({"cargo fmt", {"cargo", "fmt", "--check"}, crate, DiagnosticFormat::rustfmt});
        if (plan_.tests) {
            cargo("test", {"--no-fail-fast"}, DiagnosticFormat::test);
        }
    }

    /// rustc names files from the top of the workspace that the crate is in.
    void addCompiled(const fs::path& crate, const std::vector<std::string>& files) {
        std::vector<std::string> words{"sh", "-c", std::string(kCompiled) + kEachIsSeen, "compiled"};
        for (const std::string& file : files) {
            std::string names;
            for (fs::path top = crate;; top = top.parent_path()) {
                names += (names.empty() ? "" : "\n") + relativeTo(top, file) + ":";
                if (top.empty()) {
                    break;
                }
            }
            words.insert(words.end(), {file, names});
        }
        if (!files.empty()) {
            checks_.push_back({"files of the crate", std::move(words), crate, DiagnosticFormat::plain});
        }
    }

    Result<> addTypescript(const fs::path& folder, const std::vector<std::string>& files) {
        const auto tsc = findProgram("tsc", folder);
        if (!tsc) {
            return std::unexpected(tsc.error());
        }
        std::vector<std::string> words{"sh", "-c", std::string(kListed) + kEachIsSeen, "tsc", *tsc};
        for (const std::string& file : files) {
            words.insert(words.end(), {file, relativeTo(folder, file) + ":"});
        }
        checks_.push_back({"tsc", std::move(words), folder, DiagnosticFormat::tsc});
        return {};
    }

    /// One of node_modules, of the folder or of one above.
    Result<std::string> findProgram(const std::string& name, const fs::path& folder) const {
        for (fs::path above = folder;; above = above.parent_path()) {
            const fs::path program = above / "node_modules/.bin" / name;
            std::error_code ignored;
            if (fs::exists(tree_ / program, ignored) || fs::exists(changes_.repository / program, ignored)) {
                return "./" + relativeTo(folder, program);
            }
            if (above.empty()) {
                return failure(0, fmt::format("{} is set up but not installed: run npm install", name),
                               (changes_.repository / folder).string());
            }
        }
    }

    const fs::path& tree_;
    const WorkspaceChanges& changes_;
    const CheckPlan& plan_;
    std::vector<Check> checks_;
    std::map<fs::path, std::vector<std::string>> crates_; // the files, as for the next, from the top
    std::map<fs::path, std::vector<std::string>> typescript_;
    std::map<fs::path, std::vector<std::string>> eslint_; // the files, relative to the folder
};

} // namespace

Result<std::vector<Check>> planChecks(const fs::path& tree, const WorkspaceChanges& changes,
                                      const CheckPlan& plan) {
    return Planner(tree, changes, plan).make();
}

} // namespace compositord
