#include "codegen/checks.hpp"

#include <fmt/format.h>

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
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
        for (const fs::path& crate : crates_) {
            addCrate(crate);
        }
        for (const fs::path& folder : typescript_) {
            if (auto added = addProgram("tsc", folder, {"--noEmit", "--pretty", "false", "-p", "."},
                                        DiagnosticFormat::tsc);
                !added) {
                return std::unexpected(added.error());
            }
        }
        for (const auto& [folder, files] : eslint_) {
            std::vector<std::string> words{"--format", "json", "--"};
            words.insert(words.end(), files.begin(), files.end());
            if (auto added = addProgram("eslint", folder, words, DiagnosticFormat::eslint); !added) {
                return std::unexpected(added.error());
            }
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
        const bool custom = std::ranges::any_of(
            plan_.custom, [&](const CustomCheck& check) { return matchesAny(check.paths, file.path); });
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
        if (custom || matchesAny(plan_.unchecked, file.path)) {
            return {};
        }
        return failure(0, "nothing checks files of this kind: name a check for it in the settings",
                       file.path);
    }

    Result<> addTo(std::set<fs::path>& folders, const FileChange& file,
                   std::span<const std::string_view> names, const char* otherwise) const {
        const auto folder = folderWith(tree_, file.path, names);
        if (!folder) {
            return failure(0, otherwise, file.path);
        }
        folders.insert(*folder);
        return {};
    }

    void addEslint(const FileChange& file) {
        const auto folder = folderWith(tree_, file.path, kEslintConfig);
        if (folder && file.after) {
            eslint_[*folder].push_back(relativeTo(*folder, file.path));
        }
    }

    void addCrate(const fs::path& crate) {
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
        cargo("clippy", {"--all-targets", "--message-format=json"}, DiagnosticFormat::cargo);
        checks_.push_back({"cargo fmt", {"cargo", "fmt", "--check"}, crate, DiagnosticFormat::rustfmt});
        if (plan_.tests) {
            cargo("test", {"--no-fail-fast"}, DiagnosticFormat::test);
        }
    }

    /// One of node_modules, of the folder or of one above.
    Result<> addProgram(const std::string& name, const fs::path& folder,
                        const std::vector<std::string>& words, DiagnosticFormat format) {
        for (fs::path above = folder;; above = above.parent_path()) {
            const fs::path program = above / "node_modules/.bin" / name;
            std::error_code ignored;
            if (fs::exists(tree_ / program, ignored) || fs::exists(changes_.repository / program, ignored)) {
                std::vector<std::string> command{"./" + relativeTo(folder, program)};
                command.insert(command.end(), words.begin(), words.end());
                checks_.push_back({name, std::move(command), folder, format});
                return {};
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
    std::set<fs::path> crates_;
    std::set<fs::path> typescript_;
    std::map<fs::path, std::vector<std::string>> eslint_; // the files, relative to the folder
};

} // namespace

Result<std::vector<Check>> planChecks(const fs::path& tree, const WorkspaceChanges& changes,
                                      const CheckPlan& plan) {
    return Planner(tree, changes, plan).make();
}

} // namespace compositord
