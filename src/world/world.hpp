// The mirrored state of a compositor: a value with a revision that changes by whole commits.
// Outlets read change sets; a snapshot is the same kind of thing with everything in it.
#pragma once

#include "world/change_log.hpp"
#include "world/types.hpp"

#include <map>
#include <optional>
#include <string>

namespace compositord {

/// What leads from one revision to a later one.
struct ChangeSet {
    Revision since = 0;
    Revision revision = 0;
    Changes changes;
};

class World {
public:
    explicit World(Compositor compositor) : compositor_(std::move(compositor)) {}

    Revision revision() const { return revision_; }

    const Compositor& compositor() const { return compositor_; }

    const std::map<std::string, Camera>& cameras() const { return cameras_; }

    const std::map<WindowId, Window>& windows() const { return windows_; }

    /// Applies one commit: removals first, then what came or changed. Returns what really changed, as a new
    /// revision, or nothing if that is nothing.
    std::optional<ChangeSet> apply(Changes commit);

    /// Everything; applied to an empty world it gives this one.
    Changes snapshot() const;

    /// What changed after a revision, merged, or nothing if that is no longer known (or `since` is in the
    /// future): the caller needs a snapshot then.
    std::optional<ChangeSet> changesSince(Revision since) const;

private:
    Revision revision_ = 1; // 0 is what somebody has who was told nothing yet
    Compositor compositor_;
    std::map<std::string, Camera> cameras_;
    std::map<WindowId, Window> windows_;
    ChangeLog log_;
};

} // namespace compositord
