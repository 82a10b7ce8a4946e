#include "codegen/spec_watch.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace compositord {

namespace {

constexpr std::uint32_t kMask = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE |
                                IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK;

constexpr const char* kChanges = "changes";

/// Files of editors, git and our own that come and go.
bool isNoise(std::string_view name) {
    return name.ends_with('~') || name.ends_with(".swp") || name.ends_with(".tmp") || name == ".git" ||
           name == "4913" || name == "evidence" || (name.starts_with('.') && name != ".openspec.yaml");
}

} // namespace

Result<std::unique_ptr<SpecWatch>> SpecWatch::create(EventLoop& loop, const Log& log,
                                                     std::move_only_function<void(bool folders)> onChange) {
    std::unique_ptr<SpecWatch> watch(new SpecWatch(loop, log, std::move(onChange)));
    auto quiet = loop.addTimer([target = watch.get()] {
        target->first_.reset();
        target->onChange_(std::exchange(target->folders_, false));
    });
    if (!quiet) {
        return std::unexpected(quiet.error());
    }
    watch->quiet_ = std::move(*quiet);
    return watch;
}

void SpecWatch::watch(const std::vector<std::filesystem::path>& folders) {
    const std::set<std::filesystem::path> wanted(folders.begin(), folders.end());
    std::erase_if(sources_, [&](const auto& entry) {
        return !wanted.contains(entry.first) || gone_.contains(entry.first);
    });
    gone_.clear();
    for (const std::filesystem::path& folder : wanted) {
        if (sources_.contains(folder)) {
            continue;
        }
        auto source = loop_.addInotify(
            folder, kMask, [this, folder](const inotify_event& event) { onEvent(folder, event); });
        if (source) {
            sources_.emplace(folder, std::move(*source));
            onSomething(false);
        } else if (source.error().code == ENOSPC && !std::exchange(full_, true)) {
            log_.warn("changes of tasks may be noticed late: the system allows no more watches; raise "
                      "fs.inotify.max_user_watches");
        }
    }
}

void SpecWatch::onEvent(const std::filesystem::path& folder, const inotify_event& event) {
    if ((event.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)) != 0) {
        gone_.insert(folder);
    }
    if ((event.mask & (IN_IGNORED | IN_UNMOUNT)) != 0 ||
        (event.len > 0 && isNoise(static_cast<const char*>(event.name)))) {
        return;
    }
    const bool inChanges = folder.filename() == kChanges || folder.parent_path().filename() == kChanges;
    constexpr std::uint32_t ofFolders = IN_ISDIR | IN_DELETE_SELF | IN_MOVE_SELF;
    if (inChanges || (event.mask & ofFolders) != 0) {
        onSomething(!inChanges);
    }
}

void SpecWatch::onSomething(bool folders) {
    folders_ = folders_ || folders;
    const auto now = std::chrono::steady_clock::now();
    if (!first_) {
        first_ = now;
    }
    const auto left = std::chrono::duration_cast<std::chrono::microseconds>(*first_ + kLongest - now);
    quiet_.arm(std::clamp<std::chrono::microseconds>(left, std::chrono::microseconds{0}, kQuiet));
}

} // namespace compositord
