// Which things changed since a revision: each thing once, in the order of its last change.
// That bounds the log by the number of things, however often they change, and finds the changes since a
// revision in time proportional to their number. A client that fell behind or comes back is served from it.
#pragma once

#include "world/types.hpp"

#include <functional>
#include <list>
#include <map>
#include <string>
#include <variant>

namespace compositord {

class ChangeLog {
public:
    struct CompositorKey {
        auto operator<=>(const CompositorKey&) const = default;
    };

    using Key = std::variant<CompositorKey, std::string /* camera */, WindowId>;

    /// Things that are gone stay in the log until there are this many entries; then the oldest are forgotten.
    static constexpr std::size_t kLongest = 16384;

    /// The thing changed, came, or went, in this revision, which is not smaller than any before.
    void record(const Key& key, Revision revision);

    /// Whether everything that changed after this revision is still known.
    bool reachesBackTo(Revision revision) const { return revision >= forgotten_; }

    /// Calls `visit` for each thing that changed after this revision, newest first.
    void visitSince(Revision revision, const std::function<void(const Key&)>& visit) const;

private:
    struct Entry {
        Key key;
        Revision revision;
    };

    std::list<Entry> entries_; // oldest first
    std::map<Key, std::list<Entry>::iterator> byKey_;
    Revision forgotten_ = 0; // the newest revision of which something was forgotten
};

} // namespace compositord
