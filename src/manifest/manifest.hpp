// The map's tiles, shared with other programs through manifest.json. Changes are seen at once, are safe on
// the disk when their callback is called, and are in the file a little later; what other programs write into
// the file comes in as changes. When files cannot be written, the service goes on in memory and tries again.
#pragma once

#include "base/event_loop.hpp"
#include "base/log.hpp"
#include "base/worker.hpp"
#include "manifest/merge.hpp"
#include "manifest/serializer.hpp"
#include "manifest/storage.hpp"

#include <chrono>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace compositord {

class Manifest {
public:
    struct Settings {
        std::filesystem::path path;
        /// How long manifest.json may lack a change that was made. A file that takes long to write is written
        /// less often: at most a tenth of the time goes into that.
        std::chrono::milliseconds staleness{1000};
    };

    struct Listener {
        /// Cells that another program changed through the file; in parts, the last of which may be empty, if
        /// that takes longer than a moment.
        std::function<void(const std::vector<Cell>&, bool more)> onChanges;
        /// Changes are no longer safe, or do not reach the file: what is wrong and what to do. Again when the
        /// reason changes.
        std::function<void(const std::string&)> onTrouble;
        std::function<void()> onRecovered;
    };

    /// Called when the change is on the disk; or with the reason why it is only in memory for now. From the
    /// loop, or while the manifest is destroyed.
    using Saved = std::move_only_function<void(Result<>)>;

    /// Reads everything. Code EBUSY: another process writes this manifest. A file or folder that cannot be
    /// used is no failure: see onTrouble, which comes from the loop.
    static Result<std::unique_ptr<Manifest>> open(EventLoop& loop, const Log& log, Settings settings,
                                                  Listener listener);

    Manifest(const Manifest&) = delete;
    Manifest& operator=(const Manifest&) = delete;

    /// Leaves manifest.json up to date and the journal empty, unless the disk takes longer than kPatience.
    ~Manifest();

    /// Puts a brick, now or at a given time. What changed; nothing if what the cell has is newer. Code
    /// EINVAL: not a brick's name, or not a possible time. `saved` is not called if nothing changed.
    Result<std::optional<TileChange>> put(Cell cell, std::string_view brick,
                                          std::optional<TileTime> time = std::nullopt, Saved saved = {},
                                          Tie tie = Tie::keep);
    Result<std::optional<TileChange>> remove(Cell cell, std::optional<TileTime> time = std::nullopt,
                                             Saved saved = {});

    const TileMap& tiles() const { return content_.tiles; }

    /// In the map's order.
    std::vector<Tile> query(const CellRect& rect) const;

    /// The whole text, always with the latest changes.
    SerializedManifest serialized() { return serializer_.serialize(content_); }

    /// The same, or nothing if that would take long now: then it is being prepared.
    std::optional<SerializedManifest> text();

    /// Its ETag alone, which costs nothing.
    std::string etag() const { return Serializer::etagOf(content_); }

    static constexpr std::chrono::seconds kPatience{5};

private:
    Manifest(EventLoop& loop, const Log& log, Settings settings, Listener listener);
    Result<> start(EventLoop& loop);
    void readFiles();
    void takeWarnings(const ManifestWarnings& warnings);

    void record(const TileChange& change, Saved saved);
    void saveRecords(bool again = false);
    void onSaved(const Result<>& result, const std::string& records, std::deque<Saved> waiting);
    void keepRecords(const std::string& records);

    void writeLater(std::chrono::milliseconds atLeast = {});
    void beginWrite();
    void prepareWrite();
    void submitWrite();
    void onWritten(Result<Written> result, std::chrono::steady_clock::duration took);

    void watchFolder();
    void onEvent(const inotify_event& event);
    void endWrite();
    void lookAtFile();
    void lookIfAsked();
    void onLooked(Result<FileState> result);
    void take(LoadedManifest edited, bool isInPlace);
    void proceedMerge();
    void onMerged();
    void endTaking();

    void retryLater();
    void retry();
    void setTrouble(std::optional<Error>& which, const Result<>& result);
    void report();

    EventLoop& loop_;
    Log log_;
    Settings settings_;
    Listener listener_;
    ManifestContent content_;
    Serializer serializer_;
    std::shared_ptr<Storage> storage_; // the worker's, once open

    std::string records_;       // not yet on the disk, nor on the way
    std::deque<Saved> waiting_; // for those
    bool saving_ = false;
    bool recordsLost_ = false; // too many could not be saved: only the whole file can make all safe

    FileTiles file_;
    bool dirty_ = false; // the file lacks something
    bool writeScheduled_ = false;
    bool writing_ = false;        // from the first piece prepared until it is in place
    bool submitted_ = false;      // the worker has the text
    std::size_t turns_ = 0;       // of the loop that went into pieces
    std::uint32_t writeMark_ = 0; // of the newest tiles that get into the text for sure
    bool writeCoversLost_ = false;
    std::chrono::steady_clock::duration lastWrite_{};
    bool taking_ = false; // from a look at the file until what it brought is merged
    bool lookAgain_ = false;
    std::unique_ptr<Merge> merge_;
    std::size_t changedByEdit_ = 0; // so far
    std::size_t olderInEdit_ = 0;
    std::size_t keptFromEdit_ = 0;
    bool watching_ = false;

    std::optional<Error> journalTrouble_;
    std::optional<Error> fileTrouble_;
    std::string reported_;
    bool retryScheduled_ = false;
    std::chrono::milliseconds retryDelay_{500};

    EventSource saveSource_;   // deferred: one sync for all records of a turn
    EventSource warmTimer_;    // for a slice of pieces that somebody waits for
    EventSource prepareTimer_; // for a slice of pieces each time
    EventSource mergeTimer_;   // for a slice of another program's version
    EventSource writeTimer_;
    EventSource retryTimer_;
    EventSource watchSource_;
    std::unique_ptr<Worker> worker_; // last, so that it is gone before what completions use
};

} // namespace compositord
