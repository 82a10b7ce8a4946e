#include "world/change_log.hpp"

#include <ranges>

namespace compositord {

void ChangeLog::record(const Key& key, Revision revision) {
    const auto found = byKey_.find(key);
    if (found != byKey_.end()) {
        entries_.splice(entries_.end(), entries_, found->second);
        entries_.back().revision = revision;
        return;
    }
    entries_.push_back({key, revision});
    byKey_.emplace(key, std::prev(entries_.end()));
    if (entries_.size() > kLongest) {
        forgotten_ = entries_.front().revision;
        byKey_.erase(entries_.front().key);
        entries_.pop_front();
    }
}

void ChangeLog::visitSince(Revision revision, const std::function<void(const Key&)>& visit) const {
    for (const Entry& entry : std::views::reverse(entries_)) {
        if (entry.revision <= revision) {
            return;
        }
        visit(entry.key);
    }
}

} // namespace compositord
