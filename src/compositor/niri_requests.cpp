// How what is asked of the map is asked of niri.

#include "compositor/niri_map.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace compositord {

namespace {

std::unexpected<Refusal> refuse(RefusalCode code, std::string_view member, std::string message) {
    return std::unexpected(Refusal{code, member, std::move(message)});
}

} // namespace

std::expected<const NiriMap::Band*, Refusal> NiriMap::bandOf(const std::optional<std::string>& camera) const {
    const Band* first = nullptr;
    for (const Band& band : bands_) {
        const std::string& name = band.output.name;
        if (name.empty() || (camera && name != *camera)) {
            continue;
        }
        if (first == nullptr || name < first->output.name) {
            first = &band;
        }
    }
    if (first == nullptr) {
        return refuse(RefusalCode::notFound, "camera",
                      camera ? "there is no camera of this name" : "the compositor has no camera");
    }
    return first;
}

std::expected<NiriMap::Found, Refusal> NiriMap::find(WindowId id) const {
    const auto origin = origins_.find(id);
    if (origin == origins_.end()) {
        return refuse(RefusalCode::notFound, "window", "there is no window of this id");
    }
    const auto& [niriId, row, floating] = origin->second;
    return Found{&*std::ranges::find(windows_, id, &Window::id), &rows_[row], niriId, floating};
}

const NiriMap::Row* NiriMap::rowOf(NiriId workspace) const {
    const auto found = std::ranges::find(rows_, std::optional(workspace), &Row::workspace);
    return found == rows_.end() ? nullptr : &*found;
}

const NiriMap::Row* NiriMap::rowAround(WorldPoint point) const {
    const Band* band = &bands_.front();
    for (const Band& each : bands_) {
        if (point.x >= each.left - each.output.size.width / 2) {
            band = &each;
        }
    }
    const auto found = std::ranges::find_if(rows_, [&](const Row& row) {
        return row.workspace && &bands_[row.band] == band && point.y >= topOf(row) &&
               point.y < topOf(row) + band->output.size.height;
    });
    return found == rows_.end() ? nullptr : &*found;
}

std::expected<NiriAim, Refusal> NiriMap::aim(const SetCamera& command) const {
    const auto band = bandOf(command.camera);
    if (!band) {
        return std::unexpected(band.error());
    }
    const NiriSize& size = (*band)->output.size;
    const Camera& camera = *std::ranges::find(cameras_, (*band)->output.name, &Camera::name);
    const double y = command.y.value_or(camera.live.center.y);
    const Row* nearest = nullptr;
    double least = std::numeric_limits<double>::max();
    for (const Row& row : rows_) {
        const double distance = std::abs(topOf(row) + size.height / 2 - y);
        if (row.workspace && &bands_[row.band] == *band && distance < least) {
            least = distance;
            nearest = &row;
        }
    }
    if (nearest == nullptr) {
        return refuse(RefusalCode::notFound, "camera", "this output has no workspace");
    }
    NiriAim aim{.camera = camera.name, .workspace = nearest->workspace.value_or(0)};
    if (!command.x) {
        return aim;
    }
    // The view goes from column to column: to the one with which it comes nearest, if that is another one.
    const double left = *command.x - size.width / 2 - (*band)->left;
    least = std::abs(nearest->view - left);
    for (const NiriStrip::Column& column : nearest->strip.columns) {
        const double distance = std::abs(viewWith(column, size.width, nearest->view) - left);
        if (distance < least) {
            least = distance;
            aim.window = column.front;
        }
    }
    return aim;
}

std::expected<NiriAim, Refusal> NiriMap::aim(const CenterWindow& command) const {
    const auto found = find(command.window);
    if (!found) {
        return std::unexpected(found.error());
    }
    const auto band = bandOf(command.camera);
    if (!band) {
        return std::unexpected(band.error());
    }
    const auto& workspace = found->row->workspace;
    if (!workspace) {
        return refuse(RefusalCode::unsupported, "window", "this window is on no workspace");
    }
    const Band& home = bands_[found->row->band];
    if (command.camera && *band != &home) {
        return refuse(RefusalCode::unsupported, "camera",
                      "niri shows a window on the output of its workspace only");
    }
    return NiriAim{home.output.name, *workspace, found->floating ? std::nullopt : std::optional(found->id)};
}

std::optional<NiriAim> NiriMap::aimOf(const Command& command) const {
    std::expected<NiriAim, Refusal> found = std::unexpected(Refusal{});
    if (const auto* camera = std::get_if<SetCamera>(&command)) {
        found = aim(*camera);
    } else if (const auto* center = std::get_if<CenterWindow>(&command)) {
        found = aim(*center);
    }
    return found ? std::optional(*std::move(found)) : std::nullopt;
}

std::string NiriMap::linesTo(const NiriAim& aim) const {
    if (shows(aim)) {
        return "";
    }
    return aim.window ? niriFocusWindow(*aim.window) : niriFocusWorkspace(aim.workspace);
}

std::expected<std::string, Refusal> NiriMap::lines(const SetCamera& command) const {
    const auto to = aim(command);
    return to ? std::expected<std::string, Refusal>(linesTo(*to)) : std::unexpected(to.error());
}

std::expected<std::string, Refusal> NiriMap::lines(const CancelCamera& command) const {
    const auto band = bandOf(command.camera);
    return band ? std::expected<std::string, Refusal>("") : std::unexpected(band.error());
}

std::expected<std::string, Refusal> NiriMap::lines(const CenterWindow& command) const {
    const auto to = aim(command);
    if (!to) {
        return std::unexpected(to.error());
    }
    // Only the active column can be brought to the middle; and what floats would itself be moved there.
    return to->window ? niriFocusWindow(*to->window) + niriCenterWindow(*to->window) : linesTo(*to);
}

std::expected<std::string, Refusal> NiriMap::lines(const FocusWindow& command) const {
    const auto found = find(command.window);
    return found ? std::expected<std::string, Refusal>(niriFocusWindow(found->id))
                 : std::unexpected(found.error());
}

std::expected<std::string, Refusal> NiriMap::lines(const CloseWindow& command) const {
    const auto found = find(command.window);
    return found ? std::expected<std::string, Refusal>(niriCloseWindow(found->id))
                 : std::unexpected(found.error());
}

std::expected<std::string, Refusal> NiriMap::lines(const MoveWindow& command) const {
    const auto found = find(command.window);
    if (!found) {
        return std::unexpected(found.error());
    }
    const auto& [window, row, id, floating] = *found;
    const Row* to =
        rowAround({command.position.x + window->width / 2, command.position.y + window->height / 2});
    to = to == nullptr ? row : to;
    if (to == row && !floating) {
        return refuse(RefusalCode::unsupported, "window",
                      "niri tiles this window; only one that floats can be moved within its workspace");
    }
    std::string moved = to == row ? "" : niriMoveToWorkspace(id, to->workspace.value_or(0));
    // It keeps its place in the view; on an output of another size, niri finds one.
    if (!floating || to->band != row->band) {
        return moved;
    }
    const WorldPoint by{command.position.x - to->view - (window->position.x - row->view),
                        command.position.y - topOf(*to) - (window->position.y - topOf(*row))};
    return by == WorldPoint{} ? moved : moved + niriMoveFloating(id, by);
}

std::expected<std::string, Refusal> NiriMap::lines(const ResizeWindow& command) const {
    const auto found = find(command.window);
    if (!found) {
        return std::unexpected(found.error());
    }
    return niriSetWidth(found->id, command.width) + niriSetHeight(found->id, command.height);
}

template <class Other> std::expected<std::string, Refusal> NiriMap::lines(const Other& /*command*/) const {
    return refuse(RefusalCode::unsupported, "", "niri cannot be asked for this");
}

std::expected<std::string, Refusal> NiriMap::linesFor(const Command& command) const {
    return std::visit([this](const auto& content) { return lines(content); }, command);
}

} // namespace compositord
