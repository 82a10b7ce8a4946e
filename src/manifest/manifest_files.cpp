// The part of Manifest that deals with its files through the worker: saving, writing, looking, trying again.

#include "manifest/journal.hpp"
#include "manifest/manifest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace compositord {

namespace {

using namespace std::chrono_literals;

constexpr auto kSlice = 500us;               // of the loop's time, to make pieces
constexpr std::size_t kCompressedAtOnce = 4; // pieces, some milliseconds of the worker's time
constexpr int kWriteShare = 10;              // one part of the time writing, so many not
constexpr auto kFirstRetry = 500ms;
constexpr auto kLongestRetry = 30s;
constexpr auto kYield = 100ms;                  // to another program that is writing the file
constexpr std::size_t kMostRecords = 1U << 20U; // bytes that wait for a disk that does not take them

TileTime now() {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

std::string_view advice(int code) {
    switch (code) {
    case ENOSPC:
    case EDQUOT:
        return "make room on that disk";
    case EROFS:
    case EACCES:
    case EPERM:
        return "make the folder writable";
    case EIO:
        return "check that disk";
    case EBUSY:
        return "end the other program";
    default:
        return "see to that";
    }
}

} // namespace

void Manifest::saveRecords(bool again) {
    if (saving_ || (records_.empty() && !again)) {
        return;
    }
    auto waiting = std::exchange(waiting_, {});
    if (journalTrouble_ && !again) {
        // It would only fail once more. The next try is on its way.
        const Error trouble = *journalTrouble_;
        keepRecords({});
        for (Saved& saved : waiting) {
            saved(std::unexpected(trouble));
        }
        return;
    }
    saving_ = true;
    worker_->submit([this, storage = storage_, records = std::exchange(records_, {}),
                     waiting = std::move(waiting)]() mutable -> Worker::Completion {
        auto result = storage->append(records);
        return [this, result = std::move(result), records = std::move(records),
                waiting = std::move(waiting)]() mutable { onSaved(result, records, std::move(waiting)); };
    });
}

void Manifest::onSaved(const Result<>& result, const std::string& records, std::deque<Saved> waiting) {
    saving_ = false;
    if (!result) {
        keepRecords(records);
    }
    setTrouble(journalTrouble_, result);
    for (Saved& saved : waiting) {
        saved(result);
    }
    if (result) {
        saveRecords();
    } else {
        retryLater();
    }
}

// Puts records back in front of those that came since; too many are given up for the whole file.
void Manifest::keepRecords(const std::string& records) {
    records_.insert(0, records);
    if (records_.size() > kMostRecords) {
        records_ = {};
        recordsLost_ = true;
        writeCoversLost_ = false;
    }
}

void Manifest::writeLater(std::chrono::milliseconds atLeast) {
    if (writing_ || taking_ || writeScheduled_ || fileTrouble_) {
        return; // whoever ends that comes here, if need be
    }
    writeScheduled_ = true;
    const std::chrono::microseconds pause =
        std::chrono::duration_cast<std::chrono::microseconds>(lastWrite_ * kWriteShare);
    writeTimer_.arm(std::max<std::chrono::microseconds>({settings_.staleness, atLeast, pause}));
}

void Manifest::beginWrite() {
    if (writing_ || taking_ || !dirty_) {
        return; // whoever ends that comes here, if need be
    }
    writing_ = true;
    submitted_ = false;
    dirty_ = false;
    writeCoversLost_ = true;
    turns_ = 0;
    // All that changed so far gets into the text, so its records can go then. What changes from now on has
    // another mark and stays in the journal, whether it still gets into the text or not.
    writeMark_ = content_.tiles.mark();
    content_.tiles.setMark(writeMark_ + 1);
    saveRecords();
    worker_->submit([storage = storage_]() -> Worker::Completion {
        storage->mark();
        return [] {};
    });
    prepareWrite();
}

void Manifest::prepareWrite() {
    if (!writing_ || submitted_ || taking_) {
        return; // not before what is there now is taken
    }
    // Tiles that change all the time could keep it from ending; each turn makes at least one piece.
    if (!serializer_.prepare(content_, kSlice) && ++turns_ <= content_.tiles.blockCount()) {
        prepareTimer_.arm(0us); // rather than deferred: that would let no other timer through
        return;
    }
    submitWrite();
}

std::optional<SerializedManifest> Manifest::text() {
    if (!serializer_.prepare(content_, kSlice)) {
        warmTimer_.arm(0us);
        return std::nullopt;
    }
    return serialized();
}

std::optional<std::vector<Piece>> Manifest::gzipped() {
    const auto whole = text();
    auto stream = whole ? compressed_.streamOf(*whole, kSlice) : std::nullopt;
    if (whole && !stream) {
        compressMissing();
    }
    return stream;
}

// A few pieces at a time, so that nobody waits for long whose change is to be saved.
void Manifest::compressMissing() {
    auto pieces = compressing_ ? std::vector<Piece>() : compressed_.takeMissing(kCompressedAtOnce);
    if (pieces.empty()) {
        return;
    }
    compressing_ = true;
    worker_->submit([this, pieces = std::move(pieces)]() mutable -> Worker::Completion {
        GzipCompressor compressor;
        std::vector<CompressedText::Part> parts;
        parts.reserve(pieces.size());
        for (const Piece& piece : pieces) {
            parts.push_back(std::make_shared<const GzipPart>(compressor.compress(*piece)));
        }
        return [this, pieces = std::move(pieces), parts = std::move(parts)]() mutable {
            for (std::size_t i = 0; i < pieces.size(); ++i) {
                compressed_.add(std::move(pieces[i]), std::move(parts[i]));
            }
            compressing_ = false;
            compressMissing();
        };
    });
}

void Manifest::submitWrite() {
    submitted_ = true;
    worker_->submit([this, storage = storage_, text = serialized()]() -> Worker::Completion {
        const auto begin = std::chrono::steady_clock::now();
        auto result = storage->write(text);
        return [this, result = std::move(result), took = std::chrono::steady_clock::now() - begin]() mutable {
            onWritten(std::move(result), took);
        };
    });
}

void Manifest::onWritten(Result<Written> result, std::chrono::steady_clock::duration took) {
    submitted_ = false;
    lastWrite_ = took;
    if (!result) {
        writing_ = false;
        dirty_ = true;
        setTrouble(fileTrouble_, std::unexpected(result.error()));
        retryLater();
    } else {
        setTrouble(fileTrouble_, {});
        if (!result->notice.empty()) {
            log_.error("{}: {}", settings_.path.string(), result->notice);
        }
        if (result->displaced) {
            take(std::move(*result->displaced), false);
        } else if (result->foreign) {
            writing_ = false;
            dirty_ = true;
            lookAgain_ = true;
            writeLater(kYield);
        } else {
            endWrite();
        }
    }
    lookIfAsked();
}

// Our text is in its place, and what was there before is taken.
void Manifest::endWrite() {
    writing_ = false;
    file_.wrote(writeMark_);
    if (writeCoversLost_) {
        recordsLost_ = false;
    }
    if (dirty_) {
        writeLater();
    }
}

void Manifest::watchFolder() {
    const auto folder = settings_.path.parent_path();
    auto source = loop_.addInotify(folder,
                                   IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF |
                                       IN_MOVE_SELF | IN_ONLYDIR,
                                   [this](const inotify_event& event) { onEvent(event); });
    watching_ = source.has_value();
    if (source) {
        watchSource_ = std::move(*source);
    }
}

void Manifest::onEvent(const inotify_event& event) {
    if ((event.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)) != 0) {
        // The folder went. Not here: a source must not destroy itself.
        watching_ = false;
        dirty_ = true;
        retryLater();
        return;
    }
    const bool isOurs = event.len > 0 && settings_.path.filename() == static_cast<const char*>(event.name);
    if (isOurs || (event.mask & IN_Q_OVERFLOW) != 0) {
        lookAtFile();
    }
}

void Manifest::lookAtFile() {
    lookAgain_ = true;
    lookIfAsked();
}

// Never while a text of ours is on its way to the same place, or what was found before is not yet taken: so
// that a text that is written has all that was found, and what is known of the file stays true.
void Manifest::lookIfAsked() {
    if (taking_ || submitted_ || !std::exchange(lookAgain_, false)) {
        return;
    }
    taking_ = true;
    worker_->submit([this, storage = storage_]() -> Worker::Completion {
        auto state = storage->look();
        return [this, state = std::move(state)]() mutable { onLooked(std::move(state)); };
    });
}

void Manifest::onLooked(Result<FileState> result) {
    if (result && result->kind == FileState::Kind::loaded) {
        take(std::move(*result->loaded), true);
        return;
    }
    if (!result) {
        dirty_ = true;
        setTrouble(fileTrouble_, std::unexpected(result.error()));
        retryLater();
    } else if (result->kind != FileState::Kind::unchanged && result->kind != FileState::Kind::beingWritten) {
        const std::string path = settings_.path.string();
        if (result->kind == FileState::Kind::quarantined) {
            log_.error("{} was changed to something that cannot be used ({}): writing the last good state",
                       path, result->problem);
        } else {
            log_.warn("{} {}: writing it again; to remove all tiles, write {{}} into it", path,
                      result->kind == FileState::Kind::missing ? "was removed" : "is empty");
        }
        dirty_ = true; // nothing of ours is in the file any more
    }
    endTaking();
}

void Manifest::take(LoadedManifest edited, bool isInPlace) {
    takeWarnings(edited.warnings);
    taking_ = true;
    merge_ = std::make_unique<Merge>(content_, file_, std::move(edited.content), isInPlace, now());
    proceedMerge();
}

void Manifest::proceedMerge() {
    const bool done = merge_->proceed(kSlice);
    const Merged part = merge_->takeResult();
    changedByEdit_ += part.changed.size();
    olderInEdit_ += part.older;
    keptFromEdit_ += part.kept;
    dirty_ = dirty_ || part.differs;
    records_ += part.records;
    saveSource_.trigger();
    if ((done ? changedByEdit_ : part.changed.size()) > 0 && listener_.onChanges) {
        listener_.onChanges(part.changed, !done);
    }
    if (done) {
        onMerged();
    } else {
        mergeTimer_.arm(0us);
    }
}

void Manifest::onMerged() {
    log_.info("another program changed {} tiles of {}{}{}", changedByEdit_, settings_.path.string(),
              olderInEdit_ == 0 ? "" : fmt::format("; {} older ones were not taken", olderInEdit_),
              keptFromEdit_ == 0 ? "" : fmt::format("; {} that came meanwhile were kept", keptFromEdit_));
    changedByEdit_ = olderInEdit_ = keptFromEdit_ = 0;
    const bool wasInPlace = merge_->isInPlace();
    // A large one takes long to let go.
    worker_->submit([merge = std::move(merge_)]() -> Worker::Completion { return [] {}; });
    if (!wasInPlace) {
        // What was there for a moment only is in the file no more.
        dirty_ = true;
        endWrite();
    }
    endTaking();
}

void Manifest::endTaking() {
    taking_ = false;
    prepareWrite(); // if one is waiting
    if (dirty_) {
        writeLater();
    }
    lookIfAsked();
}

void Manifest::takeWarnings(const ManifestWarnings& warnings) {
    for (const std::string& text : warnings.texts) {
        log_.warn("{}: {}: left as it is", settings_.path.string(), text);
    }
    if (warnings.more > 0) {
        log_.warn("{}: {} more of this kind", settings_.path.string(), warnings.more);
    }
}

void Manifest::retryLater() {
    if (retryScheduled_) {
        return;
    }
    retryScheduled_ = true;
    retryTimer_.arm(retryDelay_);
    retryDelay_ = std::clamp<std::chrono::milliseconds>(retryDelay_ * 2, kFirstRetry, kLongestRetry);
}

void Manifest::retry() {
    retryScheduled_ = false;
    report();
    saveRecords(true); // if only to open the journal
    if (!watching_) {
        watchFolder();
    }
    dirty_ = true;
    beginWrite();
    lookAtFile();
    if (!watching_ || !writing_) {
        retryLater();
    }
}

void Manifest::setTrouble(std::optional<Error>& which, const Result<>& result) {
    which = result ? std::nullopt : std::optional(result.error());
    report();
}

void Manifest::report() {
    std::string text;
    if (const auto& trouble = journalTrouble_ ? journalTrouble_ : fileTrouble_) {
        text = fmt::format("{}; {} is kept in memory until it can be written: {}", trouble->message(),
                           journalTrouble_ ? "what changes" : "manifest.json is out of date and what changes",
                           advice(trouble->code));
    }
    if (text == reported_) {
        return;
    }
    reported_ = text;
    if (text.empty()) {
        retryDelay_ = kFirstRetry;
        log_.info("{} is written again", settings_.path.string());
        if (listener_.onRecovered) {
            listener_.onRecovered();
        }
        return;
    }
    log_.error("{}", text);
    if (listener_.onTrouble) {
        listener_.onTrouble(text);
    }
}

} // namespace compositord
