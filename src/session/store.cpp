#include "session/store.hpp"

#include "base/files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace compositord {

namespace {

constexpr std::size_t kLargestFile = 16U << 20U;
constexpr std::chrono::milliseconds kPatience{5000};

Result<> writeFile(const std::filesystem::path& path, std::string_view text) {
    std::filesystem::path temporary = path;
    temporary += ".new";
    constexpr mode_t onlyMine = 0600;
    const UniqueFd fd(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, onlyMine));
    if (!fd) {
        return failure(errno, "cannot write a session", temporary.string());
    }
    if (auto written = writeAll(fd.get(), text, temporary); !written) {
        ::unlink(temporary.c_str());
        return written;
    }
    if (fsync(fd.get()) < 0 || ::rename(temporary.c_str(), path.c_str()) < 0) {
        const int problem = errno;
        ::unlink(temporary.c_str());
        return failure(problem, "cannot write a session", path.string());
    }
    return syncFolder(path.parent_path());
}

} // namespace

SessionStore::SessionStore(const Log& log, std::filesystem::path folder)
    : log_(log.withCategory(LogCategory::sessions)), folder_(std::move(folder)) {}

Result<std::unique_ptr<SessionStore>> SessionStore::open(EventLoop& loop, const Log& log,
                                                         std::filesystem::path folder) {
    std::unique_ptr<SessionStore> store(new SessionStore(log, std::move(folder)));
    if (store->folder_.empty()) {
        return store;
    }
    std::error_code code;
    std::filesystem::create_directories(store->folder_, code);
    constexpr mode_t onlyMine = 0700;
    if (code || chmod(store->folder_.c_str(), onlyMine) < 0) {
        return failure(code ? code.value() : errno, "cannot make the folder of the sessions",
                       store->folder_.string());
    }
    const auto lock = store->folder_ / "lock";
    store->lock_ = UniqueFd(::open(lock.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, onlyMine));
    if (!store->lock_) {
        return failure(errno, "cannot make a file", lock.string());
    }
    if (flock(store->lock_.get(), LOCK_EX | LOCK_NB) < 0) {
        store->log_.warn("another process keeps its sessions in {}: those of this one are not kept",
                         store->folder_.string());
        store->folder_.clear();
        return store;
    }
    auto worker = Worker::create(loop);
    if (!worker) {
        return std::unexpected(worker.error());
    }
    store->worker_ = std::move(*worker);
    return store;
}

SessionStore::~SessionStore() {
    if (worker_ && !worker_->drain(kPatience)) {
        log_.error("not all sessions could be written in time");
    }
}

std::vector<KeptSession> SessionStore::load() {
    std::vector<KeptSession> result;
    std::error_code code;
    if (folder_.empty()) {
        return result;
    }
    for (const auto& entry : std::filesystem::directory_iterator(folder_, code)) {
        const std::filesystem::path& path = entry.path();
        if (path.extension() != ".json") {
            continue;
        }
        const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
        auto text = fd ? readAll(fd.get(), kLargestFile, 0, path)
                       : Result<std::string>(failure(errno, "cannot read"));
        auto kept = text ? decodeSession(*text) : Result<KeptSession>(std::unexpected(text.error()));
        if (kept && kept->session.id != path.stem()) {
            kept = failure(0, "it is damaged: its session has another name");
        }
        if (!kept) {
            const auto aside = besideWithTime(path, "damaged");
            log_.error("a session is lost, its file is put aside as {}: {}", aside.string(),
                       kept.error().message());
            std::filesystem::rename(path, aside, code);
            continue;
        }
        result.push_back(std::move(*kept));
    }
    std::ranges::stable_sort(
        result, {}, [](const KeptSession& kept) { return std::pair(kept.session.created, kept.session.id); });
    return result;
}

void SessionStore::report(const Result<>& result) {
    if (!result && !troubled_) {
        log_.error("{}; a restart would forget it", result.error().message());
    } else if (result && troubled_) {
        log_.info("sessions can be written again");
    }
    troubled_ = !result;
}

void SessionStore::save(const SessionId& id, std::string text) {
    if (worker_) {
        worker_->submit([this, path = pathOf(id), text = std::move(text)]() -> Worker::Completion {
            return [this, result = writeFile(path, text)] { report(result); };
        });
    }
}

void SessionStore::remove(const SessionId& id) {
    if (worker_) {
        worker_->submit([path = pathOf(id)]() -> Worker::Completion {
            ::unlink(path.c_str());
            return [] {};
        });
    }
}

} // namespace compositord
