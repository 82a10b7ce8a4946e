// Which things changed since a revision: each thing once, in the order of its last change.
// That bounds the log by the number of things, however often they change, and finds the changes since a
// revision in time proportional to their number. A client that fell behind or comes back is served from it.
#pragma once

#include "world/types.hpp"

#include <cstddef>
#include <list>
#include <map>
#include <ranges>

namespace compositord {

template <class Key> class ChangeLog {
public:
    /// Things that are gone stay in the log until there are this many entries; then the oldest are forgotten.
    static constexpr std::size_t kLongest = 16384;

    /// The thing changed, came, or went, in this revision, which is not smaller than any before.
    void record(const Key& key, Revision revision) {
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

    /// More things changed in this revision than can be recorded.
    void forget(Revision revision) {
        entries_.clear();
        byKey_.clear();
        forgotten_ = revision;
    }

    /// Whether everything that changed after this revision is still known.
    bool reachesBackTo(Revision revision) const { return revision >= forgotten_; }

    /// Calls `visit` for each thing that changed after this revision, newest first.
    template <class Visitor> void visitSince(Revision revision, Visitor&& visit) const {
        for (const Entry& entry : std::views::reverse(entries_)) {
            if (entry.revision <= revision) {
                return;
            }
            visit(entry.key);
        }
    }

private:
    struct Entry {
        Key key;
        Revision revision;
    };

    std::list<Entry> entries_; // oldest first
    std::map<Key, typename std::list<Entry>::iterator> byKey_;
    Revision forgotten_ = 0; // the newest revision of which something was forgotten
};

} // namespace compositord
