// Frames that several clients need at the same moment, each made once.
#pragma once

#include "web/dialect.hpp"

#include <vector>

namespace compositord {

class FrameCache {
public:
    /// What leads the clients of a dialect and a view from one revision to the world's. A null pointer or an
    /// empty frame if that is nothing.
    template <class Make>
    SharedFrame get(const Dialect* dialect, const View* view, Revision since, Revision revision, Make make) {
        if (revision != revision_) {
            entries_.clear();
            revision_ = revision;
        }
        for (const Entry& entry : entries_) {
            if (entry.dialect == dialect && entry.view == view && entry.since == since) {
                return entry.frame;
            }
        }
        SharedFrame frame = make();
        if (entries_.size() < kMostEntries) {
            entries_.push_back({dialect, view, since, frame});
        }
        return frame;
    }

private:
    // Dialects times views times rates that are in use; beyond that, clients that are all alone with theirs
    // gain nothing.
    static constexpr std::size_t kMostEntries = 32;

    struct Entry {
        const Dialect* dialect;
        const View* view;
        Revision since;
        SharedFrame frame;
    };

    Revision revision_ = 0;
    std::vector<Entry> entries_;
};

} // namespace compositord
