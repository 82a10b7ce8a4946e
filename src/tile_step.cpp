#include "tile_step.hpp"

#include "base/files.hpp"
#include "base/handle.hpp"
#include "base/log.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

namespace compositord {

namespace {

constexpr std::size_t kLargestList = 1U << 20U;
constexpr std::size_t kAtOnce = 32; // then others have their turn

class TileStep final : public StepRun {
public:
    TileStep(MapAccess map, StepListener& listener) : map_(std::move(map)), listener_(listener) {}

    Result<> start(const StepContext& context);

    void cancel() override { end("it was cancelled"); }

private:
    Result<> read(const std::filesystem::path& list);
    void addRemovals(const std::string& prefix);
    void proceed();

    void end(std::string error) {
        next_ = {};
        const bool ok = error.empty();
        listener_.onStepEnd({.ok = ok, .result = {}, .error = std::move(error)});
    }

    MapAccess map_;
    StepListener& listener_;
    std::vector<Request> requests_;
    std::size_t done_ = 0;
    EventSource next_;
};

Result<> TileStep::start(const StepContext& context) {
    const auto setting = [&](const char* name) {
        const auto found = context.step.settings.find(name);
        return found != context.step.settings.end() ? fill(found->second, context.values) : std::string();
    };
    if (auto listed = read(setting("list")); !listed) {
        return listed;
    }
    if (!requests_.empty() && map_.tiles() == nullptr) {
        return failure(0, "there is no map");
    }
    if (const std::string prefix = setting("replace"); !prefix.empty() && !requests_.empty()) {
        addRemovals(prefix);
    }
    auto next = context.loop.addDeferred([this] { proceed(); });
    if (!next) {
        return std::unexpected(next.error());
    }
    next_ = std::move(*next);
    next_.trigger();
    return {};
}

Result<> TileStep::read(const std::filesystem::path& list) {
    const UniqueFd fd(open(list.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
    if (!fd) {
        return errno == ENOENT ? Result<>() : failure(errno, "cannot read", list.string());
    }
    unlink(list.c_str());
    const auto text = readAll(fd.get(), kLargestList, 0, list);
    if (!text) {
        return std::unexpected(text.error());
    }
    std::string_view rest = *text;
    while (!rest.empty()) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        const std::size_t space = line.find(' ');
        const auto cell = parseCell(line.substr(0, space));
        if (!cell) {
            return failure(0, fmt::format("a line of the list is no tile: {}", printable(line)),
                           list.string());
        }
        if (space == std::string_view::npos) {
            requests_.push_back({.command = RemoveTile{*cell}, .tag = {}});
        } else {
            requests_.push_back({.command = PutTile{*cell, std::string(line.substr(space + 1))}, .tag = {}});
        }
    }
    return {};
}

void TileStep::addRemovals(const std::string& prefix) {
    std::vector<Cell> named;
    for (const Request& request : requests_) {
        const auto* put = std::get_if<PutTile>(&request.command);
        named.push_back(put != nullptr ? put->cell : std::get<RemoveTile>(request.command).cell);
    }
    const auto before = [](Cell one, Cell other) {
        return std::pair(one.x, one.y) < std::pair(other.x, other.y);
    };
    std::ranges::sort(named, before);
    map_.tiles()->visit([&](const TileMap::View& tile) {
        if (tile.brick.starts_with(prefix) && !std::ranges::binary_search(named, tile.cell, before)) {
            requests_.push_back({.command = RemoveTile{tile.cell}, .tag = {}});
        }
    });
}

void TileStep::proceed() {
    for (std::size_t i = 0; i < kAtOnce && done_ < requests_.size(); ++i) {
        if (const auto result = map_.request(requests_[done_++]); !result) {
            end(result.error().message);
            return;
        }
    }
    if (done_ == requests_.size()) {
        end({});
        return;
    }
    listener_.onProgress(static_cast<double>(done_) / static_cast<double>(requests_.size()));
    next_.trigger();
}

} // namespace

StepFactory tileStep(MapAccess map) {
    return [map = std::move(map)](const StepContext& context,
                                  StepListener& listener) -> Result<std::unique_ptr<StepRun>> {
        auto step = std::make_unique<TileStep>(map, listener);
        if (auto started = step->start(context); !started) {
            return std::unexpected(started.error());
        }
        return step;
    };
}

} // namespace compositord
