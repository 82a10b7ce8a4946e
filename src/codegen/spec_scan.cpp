#include "codegen/spec_scan.hpp"

#include "codegen/git.hpp"
#include "codegen/task_naming.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace compositord {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostTasks = 50000; // of all changes

std::string nameOf(const fs::path& repository, const fs::path& root) {
    std::string name = repository.filename();
    for (const fs::path& part : root.parent_path().lexically_relative(repository)) {
        if (part != ".") {
            name += "." + part.string();
        }
    }
    return name;
}

/// Ids are paths.
std::string withoutSlash(std::string name) {
    std::ranges::replace(name, '/', '-');
    return name.empty() ? "root" : name;
}

} // namespace

SpecRoots findRoots(const std::vector<fs::path>& repositories) {
    SpecRoots result;
    std::set<fs::path> folders;
    std::set<std::string> names;
    for (const fs::path& given : repositories) {
        std::error_code code;
        const fs::path repository = fs::weakly_canonical(given, code);
        const auto top = Git(repository).line({"rev-parse", "--show-toplevel"});
        if (!top) {
            result.problems.push_back(
                fmt::format("{} is no git repository: {}", given.string(), top.error().message()));
            continue;
        }
        result.tops.emplace_back(repository);
        const auto found = findSpecRoots(repository);
        if (found.empty()) {
            result.problems.push_back(fmt::format("{} has no folder openspec", given.string()));
        }
        for (const fs::path& folder : found) {
            if (!folders.insert(folder).second) {
                continue; // two of the repositories have it
            }
            const std::string wanted = withoutSlash(nameOf(repository, folder));
            std::string name = wanted;
            for (int count = 2; !names.insert(name).second; ++count) {
                name = fmt::format("{}~{}", wanted, count);
            }
            result.roots.push_back({name, *top, folder});
        }
    }
    return result;
}

SpecScan scanRoots(const SpecRoots& roots) {
    SpecScan scan;
    scan.problems = roots.problems;
    std::set<fs::path> watched(roots.tops.begin(), roots.tops.end());
    std::size_t tasks = 0;
    for (const SpecRoot& root : roots.roots) {
        watched.insert(root.folder);
        watched.insert(root.folder.parent_path());
        auto changes = readChanges(root.folder);
        if (!changes) {
            if (changes.error().code != ENOENT) {
                scan.problems.push_back(changes.error().message());
            }
            continue;
        }
        watched.insert(root.folder / "changes");
        for (SpecChange& change : *changes) {
            tasks += change.tasks.tasks.size();
            if (tasks > kMostTasks) {
                scan.problems.push_back(
                    fmt::format("there are more than {} tasks: the rest is left out, from {} on", kMostTasks,
                                change.folder.string()));
                return scan;
            }
            watched.insert(change.folder);
            ScannedChange scanned{
                .root = root, .facts = readChangeFacts(change), .names = taskNames(change.tasks)};
            scanned.change = std::move(change);
            scan.changes.push_back(std::move(scanned));
        }
    }
    scan.watched.assign(watched.begin(), watched.end());
    return scan;
}

} // namespace compositord
