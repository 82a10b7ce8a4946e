// A world that clients watch, with what the server keeps for it. Each client has exactly one. The first stage
// is the usual one; where several compositors are mirrored it shows them all, and others show one each.
#pragma once

#include "web/event_stream.hpp"
#include "web/frame_cache.hpp"
#include "world/command.hpp"
#include "world/world.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace compositord {

struct Stage {
    /// Called until the end of the server: each client that goes sends a ReleaseInput.
    using RequestHandler = std::move_only_function<CommandResult(const Request& request)>;

    struct Settings {
        const World* world;   // outlives the server
        std::string instance; // names this world in this run of the program
        RequestHandler onRequest;
    };

    explicit Stage(Settings settings)
        : world(*settings.world), instance(std::move(settings.instance)),
          onRequest(std::move(settings.onRequest)), events(instance), published(world.revision()) {}

    const World& world;
    std::string instance;
    RequestHandler onRequest;
    EventStream events;
    FrameCache frames;
    bool isPublishing = false;
    std::chrono::steady_clock::time_point committed; // when the first change came that is not published
    Revision published;                              // clients that take everything at once have this one
};

class Stages {
public:
    explicit Stages(std::vector<Stage::Settings> settings);

    Stage& usual() const { return *stages_.front(); }

    /// What a client watches that asks for compositors.
    struct Watch {
        Stage& stage;
        View view;
    };

    /// By names with commas between them, all if there are none. Nothing if there is no such compositor.
    std::optional<Watch> find(std::string_view names) const;

    /// The one that shows this world.
    Stage& of(const World& world) const;

    const std::vector<std::unique_ptr<Stage>>& all() const { return stages_; }

private:
    Stage* ofOne(std::string_view name) const;

    std::vector<std::unique_ptr<Stage>> stages_; // never empty
};

/// The names of compositors in a path such as /c/NAME, where a client asks for them; empty for other paths.
std::string_view compositorsIn(std::string_view path);

} // namespace compositord
