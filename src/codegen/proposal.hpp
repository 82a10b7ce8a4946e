// Changes that were proven and wait for somebody's word, or are applied: kept on disk, so that a restart
// loses no work that a model was paid for.
#pragma once

#include "codegen/apply.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace compositord {

struct Proposal {
    std::string id;    // a file name; the application of it has the same
    std::string task;  // CodegenTaskId
    std::string model; // that wrote it
    TaskPlace place;
    Validated validated;
    std::string diff; // as git writes it

    Result<> save(const std::filesystem::path& folder) const;
    static Result<Proposal> load(const std::filesystem::path& folder, const std::string& id);

    /// No error if there is none.
    static Result<> remove(const std::filesystem::path& folder, const std::string& id);

    /// The ids of all.
    static std::vector<std::string> list(const std::filesystem::path& folder);
};

/// A new id that says which task it is of.
std::string newProposalId(const std::string& task);

} // namespace compositord
