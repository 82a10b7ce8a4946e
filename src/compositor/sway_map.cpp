#include "compositor/sway_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace compositord {

namespace {

constexpr std::int64_t kMostRows = 1000; // a workspace of a greater number lies with those that have none
constexpr double kStep = 100;            // of distances between rows, and the least gap

// Tiles lie below what floats, and that below what is fullscreen. Within tiles, an order that nothing but a
// tab changes, so that one new window does not change all others.
constexpr std::int32_t kInFront = 1 << 29;
constexpr std::int32_t kFloating = 1 << 30;

std::unexpected<Refusal> refuse(RefusalCode code, std::string_view member, std::string message) {
    return std::unexpected(Refusal{code, member, std::move(message)});
}

/// In quotes, as sway reads them; nothing if it cannot.
std::expected<std::string, Refusal> quoted(const std::string& name) {
    // '$' begins a variable of its settings.
    if (name.find_first_of("\\$\n") != std::string::npos || (name.contains('"') && name.contains('\''))) {
        return refuse(RefusalCode::unsupported, "", fmt::format("sway cannot be told the name {}", name));
    }
    const char quote = !name.contains('"') ? '"' : '\'';
    return quote + name + quote;
}

std::expected<std::string, Refusal> switchTo(const SwayOutput& output, const SwayWorkspace& workspace) {
    if (output.hidden) {
        return refuse(RefusalCode::unsupported, "window", "this window is in the scratchpad");
    }
    if (output.shown == workspace.name) {
        return "";
    }
    const auto name = quoted(workspace.name);
    return name ? std::expected<std::string, Refusal>("workspace --no-auto-back-and-forth " + *name) : name;
}

std::string about(WindowId id, std::string_view command) {
    return fmt::format("[con_id={}] {}", std::to_underlying(id), command);
}

} // namespace

void SwayMap::show(SwayTree tree) {
    tree_ = std::move(tree);
    double top = std::numeric_limits<double>::max();
    double bottom = std::numeric_limits<double>::lowest();
    for (const SwayOutput& output : tree_) {
        if (!output.hidden) {
            top = std::min(top, output.rect.y);
            bottom = std::max(bottom, output.rect.y + output.rect.height);
        }
    }
    pitch_ = (std::ceil(std::max(0.0, bottom - top) / kStep) + 1) * kStep;
    assignRows();
}

void SwayMap::assignRows() {
    std::map<std::string, int> rows;
    std::set<int> taken;
    std::vector<const SwayWorkspace*> others;
    for (const SwayOutput& output : tree_) {
        for (const SwayWorkspace& workspace : output.workspaces) {
            // Those that have a row keep it.
            if (const auto old = rows_.find(workspace.name); old != rows_.end()) {
                rows.insert(*old);
                taken.insert(old->second);
            } else {
                others.push_back(&workspace);
            }
        }
    }
    for (const SwayWorkspace* workspace : others) {
        int row = -1;
        if (workspace->number > 0 && workspace->number <= kMostRows) {
            row = static_cast<int>(workspace->number) - 1;
        }
        // Numbers may be in more names than one, such as "1" and "1: mail".
        if (taken.contains(row)) {
            for (row = -1; taken.contains(row);) {
                --row;
            }
        }
        rows.emplace(workspace->name, row);
        taken.insert(row);
    }
    rows_ = std::move(rows);
}

double SwayMap::offsetOf(const std::string& workspace) const {
    const auto found = rows_.find(workspace);
    return found == rows_.end() ? 0 : found->second * pitch_;
}

Camera SwayMap::cameraOf(const SwayOutput& output) const {
    Camera camera;
    camera.name = output.name;
    camera.live = {{output.rect.x + output.rect.width / 2,
                    output.rect.y + output.rect.height / 2 + offsetOf(output.shown)},
                   output.scale};
    camera.target = camera.live;
    camera.viewportWidth = static_cast<std::uint32_t>(std::lround(output.rect.width * output.scale));
    camera.viewportHeight = static_cast<std::uint32_t>(std::lround(output.rect.height * output.scale));
    camera.minZoom = output.scale;
    camera.maxZoom = output.scale;
    return camera;
}

std::vector<Camera> SwayMap::cameras() const {
    std::vector<Camera> cameras;
    for (const SwayOutput& output : tree_) {
        if (!output.hidden) {
            cameras.push_back(cameraOf(output));
        }
    }
    return cameras;
}

std::vector<Window> SwayMap::windows() const {
    std::vector<Window> windows;
    std::int32_t floating = 0;
    for (const SwayOutput& output : tree_) {
        for (const SwayWorkspace& workspace : output.workspaces) {
            const double offset = offsetOf(workspace.name);
            for (const SwayWindow& from : workspace.windows) {
                Window window;
                window.id = from.id;
                window.identifier = from.identifier;
                window.appId = from.appId;
                window.title = from.title;
                window.pid = from.pid;
                window.position = {from.rect.x, from.rect.y + offset};
                window.width = from.rect.width;
                window.height = from.rect.height;
                if (from.floating || from.fullscreen) {
                    window.stacking = kFloating + floating++ + (from.fullscreen ? kInFront : 0);
                } else {
                    window.stacking = static_cast<std::int32_t>(std::to_underlying(from.id)) +
                                      (from.covered ? 0 : kInFront);
                }
                window.states.activated = from.focused;
                window.states.fullscreen = from.fullscreen;
                window.states.urgent = from.urgent;
                window.states.minimized = output.hidden;
                windows.push_back(std::move(window));
            }
        }
    }
    return windows;
}

std::expected<const SwayOutput*, Refusal> SwayMap::outputOf(const std::optional<std::string>& camera) const {
    const SwayOutput* first = nullptr;
    for (const SwayOutput& output : tree_) {
        if (output.hidden || (camera && output.name != *camera)) {
            continue;
        }
        if (first == nullptr || output.name < first->name) {
            first = &output;
        }
    }
    if (first == nullptr) {
        return refuse(RefusalCode::notFound, "camera",
                      camera ? "there is no camera of this name" : "the compositor has no camera");
    }
    return first;
}

std::expected<const SwayWorkspace*, Refusal> SwayMap::workspaceAt(const SetCamera& command) const {
    const auto output = outputOf(command.camera);
    if (!output) {
        return std::unexpected(output.error());
    }
    const Camera camera = cameraOf(**output);
    const double y = command.y.value_or(camera.live.center.y);
    const double middle = (*output)->rect.y + (*output)->rect.height / 2;
    const SwayWorkspace* nearest = nullptr;
    double least = std::numeric_limits<double>::max();
    for (const SwayWorkspace& workspace : (*output)->workspaces) {
        const double distance = std::abs(middle + offsetOf(workspace.name) - y);
        if (distance < least) {
            least = distance;
            nearest = &workspace;
        }
    }
    if (nearest == nullptr) {
        return refuse(RefusalCode::notFound, "camera", "this output has no workspace");
    }
    return nearest;
}

std::expected<SwayMap::Found, Refusal> SwayMap::find(WindowId id) const {
    for (const SwayOutput& output : tree_) {
        for (const SwayWorkspace& workspace : output.workspaces) {
            const auto found = std::ranges::find(workspace.windows, id, &SwayWindow::id);
            if (found != workspace.windows.end()) {
                return Found{&output, &workspace, &*found};
            }
        }
    }
    return refuse(RefusalCode::notFound, "window", "there is no window of this id");
}

const SwayWorkspace* SwayMap::workspaceAround(WorldPoint point) const {
    for (const SwayOutput& output : tree_) {
        if (output.hidden || point.x < output.rect.x || point.x >= output.rect.x + output.rect.width) {
            continue;
        }
        for (const SwayWorkspace& workspace : output.workspaces) {
            const double top = output.rect.y + offsetOf(workspace.name);
            if (point.y >= top && point.y < top + output.rect.height) {
                return &workspace;
            }
        }
    }
    return nullptr;
}

std::expected<std::string, Refusal> SwayMap::move(const MoveWindow& command) const {
    const auto found = find(command.window);
    if (!found) {
        return std::unexpected(found.error());
    }
    const auto& [output, workspace, window] = *found;
    const SwayRect& rect = window->rect;
    const SwayWorkspace* to =
        workspaceAround({command.position.x + rect.width / 2, command.position.y + rect.height / 2});
    to = to == nullptr ? workspace : to;
    if (to == workspace && !window->floating) {
        return refuse(RefusalCode::unsupported, "window",
                      "sway tiles this window; only one that floats can be moved within its workspace");
    }
    std::string text;
    if (window->floating) {
        text = about(window->id,
                     fmt::format("move absolute position {} px {} px", std::lround(command.position.x),
                                 std::lround(command.position.y - offsetOf(to->name) - window->titleBar)));
    }
    // Where a position is, sway asks of the outputs, and means the workspace that they show.
    if (to != workspace || output->shown != to->name) {
        const auto name = quoted(to->name);
        if (!name) {
            return name;
        }
        text += (text.empty() ? "" : "; ") + about(window->id, "move container to workspace " + *name);
    }
    return text;
}

std::expected<std::string, Refusal> SwayMap::commandFor(const Command& command) const {
    if (const auto* camera = std::get_if<SetCamera>(&command)) {
        const auto workspace = workspaceAt(*camera);
        if (!workspace) {
            return std::unexpected(workspace.error());
        }
        return switchTo(**outputOf(camera->camera), **workspace);
    }
    if (const auto* cancel = std::get_if<CancelCamera>(&command)) {
        const auto output = outputOf(cancel->camera);
        return output ? std::expected<std::string, Refusal>("") : std::unexpected(output.error());
    }
    if (const auto* window = std::get_if<MoveWindow>(&command)) {
        return move(*window);
    }
    const auto known = [&](WindowId id, const auto& text) -> std::expected<std::string, Refusal> {
        const auto found = find(id);
        return found ? text(*found) : std::unexpected(found.error());
    };
    if (const auto* center = std::get_if<CenterWindow>(&command)) {
        return known(center->window,
                     [](const Found& found) { return switchTo(*found.output, *found.workspace); });
    }
    if (const auto* focus = std::get_if<FocusWindow>(&command)) {
        return known(focus->window, [](const Found& found) -> std::expected<std::string, Refusal> {
            return about(found.window->id, "focus");
        });
    }
    if (const auto* close = std::get_if<CloseWindow>(&command)) {
        return known(close->window, [](const Found& found) -> std::expected<std::string, Refusal> {
            return about(found.window->id, "kill");
        });
    }
    if (const auto* resize = std::get_if<ResizeWindow>(&command)) {
        return known(resize->window, [&](const Found& found) -> std::expected<std::string, Refusal> {
            const double bar = found.window->floating ? found.window->titleBar : 0;
            return about(found.window->id,
                         fmt::format("resize set width {} px height {} px", std::lround(resize->width),
                                     std::lround(resize->height + bar)));
        });
    }
    if (const auto* fullscreen = std::get_if<FullscreenWindow>(&command)) {
        return known(fullscreen->window, [&](const Found& found) -> std::expected<std::string, Refusal> {
            return about(found.window->id,
                         fullscreen->fullscreen ? "fullscreen enable" : "fullscreen disable");
        });
    }
    return refuse(RefusalCode::unsupported, "", "sway cannot be asked for this");
}

} // namespace compositord
