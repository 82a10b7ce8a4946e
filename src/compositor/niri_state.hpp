// What niri has, kept up to date by what it tells: everything once, then each change.
#pragma once

#include "compositor/niri_ipc.hpp"

#include <map>
#include <vector>

namespace compositord {

class NiriState {
public:
    /// What cannot be, such as a change of a window that is not there, changes nothing: niri's events are not
    /// atomic.
    void apply(NiriEvent event);

    void setOutputs(std::vector<NiriOutput> outputs);

    /// All that is told at the beginning is there.
    bool complete() const { return outputsKnown_ && workspacesKnown_ && windowsKnown_; }

    /// A workspace is on an output that is not known.
    bool needsOutputs() const;

    const std::vector<NiriOutput>& outputs() const { return outputs_; }

    const std::map<NiriId, NiriWorkspace>& workspaces() const { return workspaces_; }

    const std::map<NiriId, NiriWindow>& windows() const { return windows_; }

private:
    void on(NiriWorkspaces& event);
    void on(const NiriWorkspaceActivated& event);
    void on(const NiriActiveWindow& event);
    void on(NiriWindows& event);
    void on(NiriWindowChanged& event);
    void on(const NiriWindowClosed& event);
    void on(const NiriFocusChanged& event);
    void on(const NiriUrgencyChanged& event);
    void on(const NiriLayoutsChanged& event);
    void on(const NiriConfigLoaded& event);

    bool outputsKnown_ = false;
    bool workspacesKnown_ = false;
    bool windowsKnown_ = false;
    std::vector<NiriOutput> outputs_; // from left to right
    std::map<NiriId, NiriWorkspace> workspaces_;
    std::map<NiriId, NiriWindow> windows_;
};

} // namespace compositord
