// The manifest's files: manifest.json, the journal beside it, and the lock that keeps a second writer away.
// Blocking; used by one thread at a time, which is the worker's once the manifest is open.
#pragma once

#include "base/files.hpp"
#include "manifest/loader.hpp"
#include "manifest/serializer.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace compositord {

/// What a look at the file brought: nothing if it is as it was left.
struct FileState {
    enum class Kind : std::uint8_t {
        unchanged,
        missing,
        empty,        // of 0 bytes, or blank: what an interrupted program leaves
        beingWritten, // by a program that has it open; there is another event when it is done
        quarantined,  // it could not be read: see `problem`; it was moved away
        loaded,
    };

    Kind kind = Kind::unchanged;
    std::unique_ptr<LoadedManifest> loaded;
    std::string problem;
};

/// What became of writing the whole file.
struct Written {
    // Another program's version is there that was not looked at yet, or one that a program is about to write
    // to: nothing was written.
    bool foreign = false;
    std::unique_ptr<LoadedManifest> displaced; // a version that came at the very moment of writing
    std::string notice;                        // what became of another program's version; mostly empty
};

class Storage {
public:
    explicit Storage(std::filesystem::path path) : path_(std::move(path)) {}

    const std::filesystem::path& path() const { return path_; }

    /// Makes the folder, takes the lock, and opens the journal, as far as that is not done yet. Code EBUSY:
    /// another program has the lock, the message says which.
    Result<> prepare();

    bool locked() const { return static_cast<bool>(lock_); }

    /// What a crash left beside the file: a version of ours, or one of another program that had just been
    /// exchanged for ours. Null if it is not whole. Its newer tiles are to be taken.
    std::unique_ptr<LoadedManifest> takeLeftover();

    /// Calls `apply` for each change in the journal. Returns a warning if part of it was damaged.
    Result<std::string> replay(const std::function<void(const TileChange&)>& apply);

    /// Whether the file is still the one that was read or written last; if not, reads it. What cannot be
    /// understood is moved aside, never written over.
    Result<FileState> look();

    /// Appends to the journal and waits until that is on the disk.
    Result<> append(const std::string& records);

    /// What is in the journal now will be in the next text that is written.
    void mark() { marked_ = journalSize_; }

    /// Replaces manifest.json, and drops from the journal what was marked, but for removals.
    Result<Written> write(const SerializedManifest& text);

private:
    Result<> takeLock();
    Result<> openJournal();
    Result<> writeTemporary(const SerializedManifest& text, const struct stat* old);
    Result<Written> exchange(bool exists);
    Result<std::string> giveBack(ino_t ours);
    Result<std::string> moveAside();
    Result<> dropMarked();
    Result<FileState> read(const std::filesystem::path& path, FileIdentity& identity);
    Result<FileState> takeDisplaced(const std::filesystem::path& path);

    std::filesystem::path beside(const char* suffix) const { return path_.string() + suffix; }

    std::filesystem::path path_;
    UniqueFd lock_;
    UniqueFd journal_;
    off_t journalSize_ = 0;
    off_t marked_ = 0;
    bool holdsForeign_ = false;         // the temporary file has another program's version
    std::optional<FileIdentity> known_; // the state of manifest.json that was read or written last
};

} // namespace compositord
