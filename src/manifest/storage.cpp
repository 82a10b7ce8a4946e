// How a text gets into its place: into a temporary file in the same folder, synced, then exchanged with the
// old one in one step, then the folder is synced. An exchange rather than a rename because it hands out what
// was there: another program may have put its own version in place since the last look, and that must not be
// lost. Only then is the journal cut, so that at each moment file and journal together hold everything.

#include "manifest/storage.hpp"

#include "manifest/journal.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <vector>

namespace compositord {

namespace {

// A million tiles are 70 MB; the parser ends at 4 GB.
constexpr std::size_t kLargestManifest = std::size_t{2} << 30U;
constexpr int kMostGiveBacks = 8;   // each time, somebody else has to do something in the same moment
constexpr mode_t kUsualMode = 0644; // pages and scripts of other users may read the map

std::string holderOf(int lock) {
    std::array<char, 128> text{};
    const ssize_t size = pread(lock, text.data(), text.size(), 0);
    std::string holder(text.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    holder.resize(!holder.contains('\n') ? holder.size() : holder.find('\n'));
    return holder.empty() ? "another program" : holder;
}

std::string programName() {
    std::error_code code;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", code);
    return code ? "compositord" : program.filename().string();
}

bool isBlank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

} // namespace

Result<> Storage::prepare() {
    std::error_code code;
    std::filesystem::create_directories(path_.parent_path(), code);
    if (code) {
        return failure(code.value(), "cannot create the folder of the manifest",
                       path_.parent_path().string());
    }
    if (auto taken = takeLock(); !taken) {
        return taken;
    }
    return openJournal();
}

Result<> Storage::takeLock() {
    // The lock is of no use if somebody removed its file or the folder.
    const auto path = beside(".lock");
    struct stat ours{};
    struct stat there{};
    if (lock_ && fstat(lock_.get(), &ours) == 0 && stat(path.c_str(), &there) == 0 &&
        FileIdentity::of(ours) == FileIdentity::of(there)) {
        return {};
    }
    UniqueFd fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kUsualMode));
    if (!fd) {
        return failure(errno, "cannot create the manifest's lock", path.string());
    }
    if (flock(fd.get(), LOCK_EX | LOCK_NB) < 0) {
        const int problem = errno == EWOULDBLOCK ? EBUSY : errno;
        return failure(problem,
                       fmt::format("the manifest is written by {} already; end that one, or use another path",
                                   holderOf(fd.get())),
                       path_.string());
    }
    const std::string holder = fmt::format("{} (process {})\n", programName(), getpid());
    if (ftruncate(fd.get(), 0) < 0) {
        return failure(errno, "cannot write the manifest's lock", path.string());
    }
    if (auto written = writeAll(fd.get(), holder, path); !written) {
        return written;
    }
    lock_ = std::move(fd);
    return {};
}

Result<> Storage::openJournal() {
    const auto path = beside(".journal");
    struct stat ours{};
    struct stat there{};
    if (journal_ && fstat(journal_.get(), &ours) == 0 && stat(path.c_str(), &there) == 0 &&
        ours.st_ino == there.st_ino) {
        return {};
    }
    UniqueFd fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    struct stat status{};
    if (!fd || fstat(fd.get(), &status) < 0) {
        return failure(errno, "cannot open the manifest's journal", path.string());
    }
    if (auto synced = syncFolder(path_.parent_path()); !synced) {
        return synced;
    }
    journal_ = std::move(fd);
    journalSize_ = status.st_size;
    marked_ = 0;
    return {};
}

std::unique_ptr<LoadedManifest> Storage::takeLeftover() {
    const auto path = beside(".new");
    const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!fd || !lock_) {
        return nullptr;
    }
    auto text = readAll(fd.get(), kLargestManifest, manifestPadding(), path);
    auto loaded = text ? parseManifest(*text, text->size() - manifestPadding())
                       : Result<LoadedManifest>(std::unexpected(text.error()));
    return loaded ? std::make_unique<LoadedManifest>(std::move(*loaded)) : nullptr;
}

Result<std::string> Storage::replay(const std::function<void(const TileChange&)>& apply) {
    const auto path = beside(".journal");
    const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd) {
        return errno == ENOENT ? Result<std::string>{}
                               : failure(errno, "cannot read the manifest's journal", path.string());
    }
    const auto text = readAll(fd.get(), kLargestManifest, 0, path);
    if (!text) {
        return std::unexpected(text.error());
    }
    const Replay replay = replayJournal(*text, apply);
    std::string warning;
    if (replay.damaged > 0) {
        const auto copy = besideWithTime(path, "damaged");
        std::error_code code;
        std::filesystem::copy_file(path, copy, code);
        warning = fmt::format("{} of {} records of the journal are damaged and were left out; {} has them",
                              replay.damaged, replay.damaged + replay.records, copy.string());
        if (code) {
            return failure(code.value(), warning + ", but could not be written", path.string());
        }
    }
    if (journal_) {
        // The next record must not be joined to an unfinished one.
        if (ftruncate(journal_.get(), static_cast<off_t>(replay.whole)) < 0) {
            return failure(errno, "cannot repair the manifest's journal", path.string());
        }
        journalSize_ = static_cast<off_t>(replay.whole);
    }
    return warning;
}

Result<FileState> Storage::look() {
    struct stat status{};
    if (stat(path_.c_str(), &status) < 0) {
        if (errno != ENOENT) {
            return failure(errno, "cannot look at the manifest", path_.string());
        }
        const bool wasThere = known_.has_value();
        known_.reset();
        return FileState{.kind = wasThere ? FileState::Kind::missing : FileState::Kind::unchanged};
    }
    if (known_ == FileIdentity::of(status)) {
        return FileState{};
    }
    FileIdentity identity;
    auto state = read(path_, identity);
    if (state && state->kind == FileState::Kind::quarantined) {
        known_.reset();
    } else if (state && state->kind != FileState::Kind::beingWritten) {
        known_ = identity;
    }
    return state;
}

Result<FileState> Storage::read(const std::filesystem::path& path, FileIdentity& identity) {
    const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status{};
    if (!fd || fstat(fd.get(), &status) < 0) {
        return failure(errno, "cannot read the manifest", path.string());
    }
    if (!S_ISREG(status.st_mode)) {
        return failure(
            S_ISDIR(status.st_mode) ? EISDIR : EINVAL,
            "a folder, or something else that is not a file, is where the manifest should be: move it away",
            path.string());
    }
    identity = FileIdentity::of(status);
    if (isBeingWritten(fd.get())) {
        return FileState{.kind = FileState::Kind::beingWritten};
    }
    auto text = readAll(fd.get(), kLargestManifest, manifestPadding(), path);
    if (!text && text.error().code != EFBIG) {
        return std::unexpected(text.error());
    }
    std::string problem = text ? std::string() : text.error().what;
    if (text) {
        const std::size_t size = text->size() - manifestPadding();
        if (isBlank(std::string_view(*text).substr(0, size))) {
            return FileState{.kind = FileState::Kind::empty};
        }
        auto loaded = parseManifest(*text, size);
        if (loaded) {
            return FileState{.kind = FileState::Kind::loaded,
                             .loaded = std::make_unique<LoadedManifest>(std::move(*loaded))};
        }
        problem = loaded.error().what;
    }
    const auto aside = besideWithTime(path_, "unreadable");
    if (renameat2(AT_FDCWD, path.c_str(), AT_FDCWD, aside.c_str(), RENAME_NOREPLACE) < 0) {
        return failure(errno, fmt::format("the manifest cannot be used ({}), nor moved aside", problem),
                       path.string());
    }
    return FileState{.kind = FileState::Kind::quarantined,
                     .problem = fmt::format("{}; it was moved to {}: repair it and move it back", problem,
                                            aside.string())};
}

Result<> Storage::append(const std::string& records) {
    if (auto ready = prepare(); !ready) {
        return ready;
    }
    const auto path = beside(".journal");
    if (lseek(journal_.get(), journalSize_, SEEK_SET) < 0) {
        return failure(errno, "cannot write the manifest's journal", path.string());
    }
    auto written = writeAll(journal_.get(), records, path);
    if (written && fdatasync(journal_.get()) < 0) {
        written = failure(errno, "cannot sync the manifest's journal", path.string());
    }
    if (!written) {
        // Half a record must not stay. If this fails too, the next one is written over it.
        [[maybe_unused]] const int cut = ftruncate(journal_.get(), journalSize_);
        return written;
    }
    journalSize_ += static_cast<off_t>(records.size());
    return {};
}

Result<Written> Storage::write(const SerializedManifest& text) {
    if (auto ready = prepare(); !ready) {
        return std::unexpected(ready.error());
    }
    struct stat old{};
    const bool exists = lstat(path_.c_str(), &old) == 0;
    if (exists && !S_ISREG(old.st_mode)) {
        return failure(
            EISDIR,
            "a folder, or something else that is not a file, is where the manifest should be: move it away",
            path_.string());
    }
    const UniqueFd before(open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if ((exists ? known_ != FileIdentity::of(old) : known_.has_value()) ||
        (before && isBeingWritten(before.get()))) {
        return Written{.foreign = true};
    }
    auto written = writeTemporary(text, exists ? &old : nullptr);
    if (!written) {
        if (!holdsForeign_) {
            unlink(beside(".new").c_str());
        }
        return std::unexpected(written.error());
    }
    return exchange(exists);
}

Result<> Storage::writeTemporary(const SerializedManifest& text, const struct stat* old) {
    const auto path = beside(".new");
    if (holdsForeign_) {
        if (auto moved = moveAside(); !moved) {
            return std::unexpected(moved.error());
        }
    }
    unlink(path.c_str());
    const UniqueFd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kUsualMode));
    if (!fd) {
        return failure(errno, "cannot write the manifest", path.string());
    }
    if (old != nullptr) {
        // Only root may give a file away; the mode matters more, and would be changed by it.
        [[maybe_unused]] const int owned = fchown(fd.get(), old->st_uid, old->st_gid);
        if (fchmod(fd.get(), old->st_mode & 07777U) < 0) {
            return failure(errno, "cannot keep the manifest's permissions", path.string());
        }
    }
    std::vector<std::string_view> parts;
    parts.reserve(text.pieces.size());
    for (const Piece& piece : text.pieces) {
        parts.push_back(*piece);
    }
    if (auto written = writeAll(fd.get(), parts, path); !written) {
        return written;
    }
    if (fsync(fd.get()) < 0) {
        return failure(errno, "cannot sync the manifest", path.string());
    }
    return {};
}

Result<Written> Storage::exchange(bool exists) {
    const auto temporary = beside(".new");
    struct stat ours{};
    stat(temporary.c_str(), &ours);
    bool exchanged = exists;
    int result = renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, path_.c_str(),
                           exists ? RENAME_EXCHANGE : RENAME_NOREPLACE);
    if (result < 0 && errno == EEXIST) {
        unlink(temporary.c_str());
        return Written{.foreign = true};
    }
    if (result < 0 && errno == EINVAL) { // a file system that cannot do that
        exchanged = false;
        result = rename(temporary.c_str(), path_.c_str());
    }
    if (result < 0) {
        const int problem = errno;
        unlink(temporary.c_str());
        return failure(problem, "cannot put the manifest in its place", path_.string());
    }
    Written written;
    if (exchanged) {
        auto displaced = takeDisplaced(temporary);
        if (!displaced || displaced->kind == FileState::Kind::beingWritten) {
            auto notice = giveBack(ours.st_ino);
            if (!notice || !displaced) {
                return std::unexpected(notice ? displaced.error() : notice.error());
            }
            return Written{.foreign = true, .notice = std::move(*notice)};
        }
        written.notice = displaced->problem;
        if (displaced->kind == FileState::Kind::loaded) {
            written.displaced = std::move(displaced->loaded);
        }
    }
    known_ = FileIdentity::of(ours);
    if (!written.displaced) { // else it stays until the next text, which has what is in it
        unlink(temporary.c_str());
    }
    if (auto synced = syncFolder(path_.parent_path()); !synced) {
        return std::unexpected(synced.error());
    }
    if (auto dropped = dropMarked(); !dropped) {
        return std::unexpected(dropped.error());
    }
    return written;
}

// Undoes an exchange: what was there is another program's, which is not done with it. Meanwhile a third one
// may have removed our text, or put its own in its place; whatever happens, no text but ours is deleted.
Result<std::string> Storage::giveBack(ino_t ours) {
    const auto temporary = beside(".new");
    const auto rename = [&](unsigned flags) {
        return renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, path_.c_str(), flags) == 0;
    };
    for (int i = 0; i < kMostGiveBacks; ++i) {
        if (rename(RENAME_EXCHANGE)) {
            struct stat taken{};
            if (stat(temporary.c_str(), &taken) == 0 && taken.st_ino == ours) {
                unlink(temporary.c_str());
                return {};
            }
            // A newer version was there: it belongs back, and the older one aside.
            if (rename(RENAME_EXCHANGE)) {
                break;
            }
        } else if (errno == ENOENT && rename(RENAME_NOREPLACE)) {
            return {};
        }
        if (errno != ENOENT && errno != EEXIST) {
            break;
        }
    }
    holdsForeign_ = true;
    return moveAside();
}

Result<std::string> Storage::moveAside() {
    const auto temporary = beside(".new");
    const auto aside = besideWithTime(path_, "rescued");
    if (renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, aside.c_str(), RENAME_NOREPLACE) < 0 &&
        errno != ENOENT) {
        return failure(errno, "this is another program's version of the manifest, and cannot be moved aside",
                       temporary.string());
    }
    holdsForeign_ = false;
    return fmt::format("another program's version of it was replaced while it was being written; {} has it",
                       aside.string());
}

// What was exchanged for our text: nothing new, if it is the version that was read or written last.
Result<FileState> Storage::takeDisplaced(const std::filesystem::path& path) {
    const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status{};
    if (!fd || fstat(fd.get(), &status) < 0) {
        return failure(errno, "cannot read what was in the manifest's place", path.string());
    }
    if (isBeingWritten(fd.get())) {
        return FileState{.kind = FileState::Kind::beingWritten};
    }
    if (known_ == FileIdentity::of(status)) {
        return FileState{};
    }
    FileIdentity identity;
    return read(path, identity);
}

Result<> Storage::dropMarked() {
    const auto path = beside(".journal");
    if (marked_ == 0) {
        return {};
    }
    std::string records(static_cast<std::size_t>(journalSize_), '\0');
    if (pread(journal_.get(), records.data(), records.size(), 0) != static_cast<ssize_t>(records.size())) {
        return failure(errno, "cannot read the manifest's journal", path.string());
    }
    // A file has no place for removals, which must go on to prevail over older tiles.
    const auto marked = static_cast<std::size_t>(marked_);
    const std::string removals =
        removalsOf(std::string_view(records).substr(0, marked), TileMap::kMostRemovals);
    if (removals.size() == marked) {
        return {}; // there is nothing else
    }
    records.replace(0, marked, removals);
    if (records.empty()) {
        if (ftruncate(journal_.get(), 0) < 0) {
            return failure(errno, "cannot empty the manifest's journal", path.string());
        }
        journalSize_ = 0;
        marked_ = 0;
        if (fdatasync(journal_.get()) < 0) {
            return failure(errno, "cannot empty the manifest's journal", path.string());
        }
        return {};
    }
    // What stays goes to a journal of its own, which then takes this one's place.
    const auto fresh = beside(".journal.new");
    UniqueFd fd(open(fresh.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd) {
        return failure(errno, "cannot write the manifest's journal", fresh.string());
    }
    auto written = writeAll(fd.get(), records, fresh);
    if (written && (fdatasync(fd.get()) < 0 || rename(fresh.c_str(), path.c_str()) < 0)) {
        written = failure(errno, "cannot replace the manifest's journal", path.string());
    }
    if (!written) {
        unlink(fresh.c_str());
        return written;
    }
    journal_ = std::move(fd);
    journalSize_ = static_cast<off_t>(records.size());
    marked_ = 0;
    return syncFolder(path_.parent_path());
}

} // namespace compositord
