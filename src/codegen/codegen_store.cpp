#include "codegen/codegen_store.hpp"

#include "base/files.hpp"
#include "codegen/atomic_file.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

namespace compositord {

namespace {

namespace fs = std::filesystem;

constexpr const char* kProposals = "proposals";
constexpr const char* kApplied = "applied";
constexpr const char* kMemory = "tasks.json";
constexpr const char* kMetrics = "metrics.json";
constexpr std::size_t kLargest = std::size_t{16} << 20U;
constexpr std::size_t kLongestDiff = std::size_t{1} << 20U; // that is handed out
constexpr mode_t kOnlyMine = 0600;

std::string readText(const fs::path& path) {
    const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    auto text = fd ? readAll(fd.get(), kLargest, 0, path) : Result<std::string>();
    return text ? *std::move(text) : std::string();
}

/// Up to the end of a line.
bool cut(std::string& text) {
    if (text.size() <= kLongestDiff) {
        return false;
    }
    const std::size_t end = text.rfind('\n', kLongestDiff);
    text.resize(end == std::string::npos ? 0 : end + 1);
    return true;
}

} // namespace

KeptProposal CodegenStore::inShort(const Proposal& proposal) const {
    const WorkspaceChanges& changes = proposal.validated.changes();
    KeptProposal kept{.id = proposal.id,
                      .task = proposal.task,
                      .model = proposal.model,
                      .place = proposal.place,
                      .repository = changes.repository};
    for (const FileChange& file : changes.files) {
        kept.files.push_back(file.path);
    }
    const fs::path applied = folder_ / kApplied;
    const auto records = ApplyRecord::list(applied);
    if (std::ranges::find(records, proposal.id) == records.end()) {
        return kept;
    }
    const auto record = ApplyRecord::load(applied, proposal.id);
    if (!record) {
        kept.stuck = record.error().message();
    } else if (record->state != ApplyRecord::State::done) {
        kept.stuck = "its application was cut off, and could be neither finished nor taken back";
    } else {
        kept.applied = true;
        kept.branch = record->branch;
        kept.commit = record->commit;
    }
    return kept;
}

CodegenStore::Opened CodegenStore::open(WallTime now) {
    Opened opened;
    for (std::string& said : applier_.recover()) {
        (said.contains("needs you") ? opened.problems : opened.done).push_back(std::move(said));
    }
    for (const std::string& id : Proposal::list(folder_ / kProposals)) {
        const auto proposal = Proposal::load(folder_ / kProposals, id);
        if (proposal) {
            opened.kept.push_back(inShort(*proposal));
        } else {
            opened.problems.push_back(proposal.error().message());
        }
    }
    opened.memory = TaskMemory::decode(readText(folder_ / kMemory));
    opened.metrics = CodegenMetrics::decode(readText(folder_ / kMetrics), now);
    return opened;
}

Result<KeptProposal> CodegenStore::keep(const Proposal& proposal) {
    if (auto saved = proposal.save(folder_ / kProposals); !saved) {
        return std::unexpected(saved.error());
    }
    return inShort(proposal);
}

Result<KeptProposal> CodegenStore::apply(const std::string& id) {
    const auto proposal = Proposal::load(folder_ / kProposals, id);
    if (!proposal) {
        return std::unexpected(proposal.error());
    }
    const auto applied = applier_.apply(id, proposal->validated, proposal->place, proposal->model);
    if (!applied) {
        return std::unexpected(applied.error());
    }
    return inShort(*proposal);
}

Result<> CodegenStore::discard(const std::string& id) {
    const auto records = ApplyRecord::list(folder_ / kApplied);
    if (std::ranges::find(records, id) != records.end()) {
        return failure(EBUSY, "it is applied: revert it instead");
    }
    return Proposal::remove(folder_ / kProposals, id);
}

Result<> CodegenStore::revert(const std::string& id) {
    if (auto reverted = applier_.revert(id); !reverted) {
        return reverted;
    }
    return Proposal::remove(folder_ / kProposals, id);
}

Result<CodegenDetails> CodegenStore::details(const std::string& id) const {
    auto proposal = Proposal::load(folder_ / kProposals, id);
    if (!proposal) {
        return std::unexpected(proposal.error());
    }
    CodegenDetails details{.diff = std::move(proposal->diff)};
    details.cut = cut(details.diff);
    for (const FileChange& file : proposal->validated.changes().files) {
        details.files.push_back(file.path);
    }
    for (const CheckOutcome& outcome : proposal->validated.outcomes()) {
        details.checks.push_back({.name = outcome.check.name,
                                  .command = outcome.check.command,
                                  .folder = outcome.check.folder,
                                  .status = outcome.status,
                                  .took = outcome.took});
    }
    if (const auto record = ApplyRecord::load(folder_ / kApplied, id)) {
        details.evidencePath = record->evidence;
        details.evidence = readText(record->evidence);
    }
    return details;
}

Result<> CodegenStore::save(const TaskMemory& memory) const {
    return replaceFile(folder_ / kMemory, memory.encode());
}

Result<> CodegenStore::save(const CodegenMetrics& metrics) const {
    return replaceFile(folder_ / kMetrics, metrics.encode());
}

Result<StoreLock> StoreLock::create(const fs::path& folder) {
    std::error_code code;
    fs::create_directories(folder, code);
    fs::permissions(folder, fs::perms::owner_all, code);
    const fs::path path = folder / "lock";
    UniqueFd fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kOnlyMine));
    if (!fd) {
        return failure(errno, "cannot keep what code generation does", path.string());
    }
    return StoreLock(path, std::move(fd));
}

bool StoreLock::take() {
    return flock(fd_.get(), LOCK_EX | LOCK_NB) == 0;
}

} // namespace compositord
