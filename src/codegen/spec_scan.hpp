// All tasks of the user's repositories, as they are on the disk now. It blocks: for a worker's thread.
#pragma once

#include "codegen/change_facts.hpp"
#include "codegen/openspec.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace compositord {

/// One folder openspec.
struct SpecRoot {
    std::string name; // "shell", or "shell.packages.web" for one in a folder of the repository
    std::filesystem::path repository; // the top of its tree
    std::filesystem::path folder;

    bool operator==(const SpecRoot&) const = default;
};

struct SpecRoots {
    std::vector<SpecRoot> roots;
    std::vector<std::filesystem::path> tops; // of the repositories
    std::vector<std::string> problems;       // for a person
};

struct ScannedChange {
    SpecRoot root;
    SpecChange change;
    ChangeFacts facts;
    std::vector<std::string> names; // of its tasks, in their order: the last parts of their ids
};

struct SpecScan {
    std::vector<ScannedChange> changes;
    std::vector<std::filesystem::path> watched; // folders in which something may change
    std::vector<std::string> problems;
};

/// Those at and below these folders, each of which must be in a git repository.
SpecRoots findRoots(const std::vector<std::filesystem::path>& repositories);

SpecScan scanRoots(const SpecRoots& roots);

} // namespace compositord
