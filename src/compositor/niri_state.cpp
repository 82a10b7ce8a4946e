#include "compositor/niri_state.hpp"

#include <algorithm>
#include <tuple>

namespace compositord {

void NiriState::apply(NiriEvent event) {
    std::visit([this](auto& content) { on(content); }, event);
}

void NiriState::setOutputs(std::vector<NiriOutput> outputs) {
    outputs_ = std::move(outputs);
    outputsKnown_ = true;
    std::ranges::sort(outputs_, {}, [](const NiriOutput& output) {
        return std::tuple(output.position.x, output.position.y, output.name);
    });
}

bool NiriState::needsOutputs() const {
    return std::ranges::any_of(workspaces_, [this](const auto& each) {
        const std::string& output = each.second.output;
        return !output.empty() && std::ranges::find(outputs_, output, &NiriOutput::name) == outputs_.end();
    });
}

void NiriState::on(NiriWorkspaces& event) {
    workspacesKnown_ = true;
    workspaces_.clear();
    for (NiriWorkspace& workspace : event.workspaces) {
        const NiriId id = workspace.id;
        workspaces_.insert_or_assign(id, std::move(workspace));
    }
}

void NiriState::on(const NiriWorkspaceActivated& event) {
    const auto activated = workspaces_.find(event.id);
    if (activated == workspaces_.end()) {
        return;
    }
    for (auto& [id, workspace] : workspaces_) {
        if (workspace.output == activated->second.output) {
            workspace.active = id == event.id;
        }
    }
}

void NiriState::on(const NiriActiveWindow& event) {
    if (const auto workspace = workspaces_.find(event.workspace); workspace != workspaces_.end()) {
        workspace->second.activeWindow = event.window;
    }
}

void NiriState::on(NiriWindows& event) {
    windowsKnown_ = true;
    windows_.clear();
    for (NiriWindow& window : event.windows) {
        const NiriId id = window.id;
        windows_.insert_or_assign(id, std::move(window));
    }
}

void NiriState::on(NiriWindowChanged& event) {
    const NiriId id = event.window.id;
    if (windows_.size() >= kMostNiriWindows && !windows_.contains(id)) {
        return;
    }
    if (event.window.focused) {
        on(NiriFocusChanged{id});
    }
    windows_.insert_or_assign(id, std::move(event.window));
}

void NiriState::on(const NiriWindowClosed& event) {
    windows_.erase(event.id);
}

void NiriState::on(const NiriFocusChanged& event) {
    for (auto& [id, window] : windows_) {
        window.focused = id == event.window;
    }
}

void NiriState::on(const NiriUrgencyChanged& event) {
    if (const auto window = windows_.find(event.window); window != windows_.end()) {
        window->second.urgent = event.urgent;
    }
}

void NiriState::on(const NiriLayoutsChanged& event) {
    for (const auto& [id, layout] : event.layouts) {
        if (const auto window = windows_.find(id); window != windows_.end()) {
            window->second.layout = layout;
        }
    }
}

void NiriState::on(const NiriConfigLoaded& /*event*/) {}

} // namespace compositord
