#include "realms.hpp"

#include "world/feasibility.hpp"

#include <fmt/format.h>
#include <systemd/sd-id128.h>

#include <array>
#include <utility>

namespace compositord {

namespace {

/// A name for a world in this run that no other one has.
std::string newInstance() {
    sd_id128_t id{};
    sd_id128_randomize(&id);
    std::array<char, SD_ID128_STRING_MAX> text{};
    return sd_id128_to_string(id, text.data());
}

bool isAboutTiles(const Command& command) {
    return std::holds_alternative<PutTile>(command) || std::holds_alternative<RemoveTile>(command);
}

} // namespace

Realms::Realm::Realm(Plan itsPlan, std::string itsInstance)
    : plan(std::move(itsPlan)), instance(std::move(itsInstance)),
      world(Compositor{.name = plan.name.empty() ? plan.places.waylandDisplay : plan.name,
                       .driver = std::string(kDriverNames[std::to_underlying(plan.driver)]),
                       .reason = "not connected yet"}) {}

Realms::Realms(std::vector<Plan> plans, Listener listener)
    : listener_(std::move(listener)), instance_(newInstance()) {
    const bool several = plans.size() > 1;
    std::vector<PlacedCompositor> parts;
    for (Plan& plan : plans) {
        auto realm = std::make_unique<Realm>(std::move(plan), several ? newInstance() : instance_);
        parts.push_back({realm->world.compositor(), realm->plan.offset});
        realms_.push_back(std::move(realm));
    }
    if (several) {
        combined_ = std::make_unique<CombinedWorld>(parts);
        for (const auto& realm : realms_) {
            realm->world.apply({.compositors = parts});
        }
    }
}

Result<> Realms::start(EventLoop& loop, const Log& log) {
    for (std::size_t i = 0; i < realms_.size(); ++i) {
        Realm& realm = *realms_[i];
        if (realm.plan.places.remote) {
            realm.plan.places.remote->own = instances();
        }
        auto driver = makeDriver(realm.plan.driver, loop, log.ofCompositor(realm.world.compositor().name),
                                 std::move(realm.plan.places),
                                 {[this, i](Changes changes) { onCommit(i, std::move(changes)); },
                                  [this] { listener_.onSuperseded(); }});
        if (!driver) {
            return std::unexpected(driver.error());
        }
        realm.driver = std::move(*driver);
    }
    return {};
}

std::vector<std::string> Realms::instances() const {
    std::vector<std::string> instances{instance_};
    for (const auto& realm : realms_) {
        instances.push_back(realm->instance);
    }
    return instances;
}

std::vector<Stage::Settings> Realms::stages() {
    std::vector<Stage::Settings> stages;
    stages.reserve(realms_.size() + 1);
    if (combined_) {
        stages.push_back({&combined_->world(), instance_,
                          [this](const Request& request) { return requestOfWhole(request); }});
    }
    for (std::size_t i = 0; i < realms_.size(); ++i) {
        stages.push_back({&realms_[i]->world, realms_[i]->instance,
                          [this, i](const Request& request) { return requestOf(i, request); }});
    }
    return stages;
}

std::vector<Compositor> Realms::compositors() const {
    std::vector<Compositor> compositors;
    compositors.reserve(realms_.size());
    for (const auto& realm : realms_) {
        compositors.push_back(realm->world.compositor());
    }
    return compositors;
}

CommandResult Realms::request(const Request& request) {
    return combined_ ? requestOfWhole(request) : requestOf(0, request);
}

CommandResult Realms::requestOf(std::size_t realm, const Request& request) {
    if (isAboutTiles(request.command)) {
        if (realm != 0) {
            return std::unexpected(Refusal{RefusalCode::unsupported, "",
                                           fmt::format("the map of tiles is that of the first compositor, {}",
                                                       realms_.front()->world.compositor().name)});
        }
        return listener_.onTileRequest(request);
    }
    if (auto refusal = refusalBy(realms_.at(realm)->world.compositor(), request.command)) {
        return std::unexpected(*std::move(refusal));
    }
    return realms_.at(realm)->driver->request(request);
}

CommandResult Realms::requestOfWhole(const Request& request) {
    auto addressed = combined_->address(request);
    if (!addressed) {
        return std::unexpected(addressed.error());
    }
    CommandResult result = Outcome::done;
    for (const CombinedWorld::Addressed& each : *addressed) {
        result = requestOf(each.part, each.request);
    }
    return result;
}

void Realms::showTiles(const TileMap* tiles) {
    Realm& first = *realms_.front();
    first.world.showTiles(tiles);
    if (first.driver) {
        first.driver->showTiles(tiles);
    }
    if (combined_) {
        combined_->world().showTiles(tiles);
    }
    if (tiles != nullptr) {
        commit(0, {.compositor = first.world.compositor(), .manyTiles = true});
    }
}

void Realms::refresh() {
    for (std::size_t i = 0; i < realms_.size(); ++i) {
        commit(i, {.compositor = realms_[i]->world.compositor()});
    }
}

std::vector<const World*> Realms::worlds() const {
    std::vector<const World*> worlds;
    worlds.reserve(realms_.size());
    for (const auto& realm : realms_) {
        worlds.push_back(&realm->world);
    }
    return worlds;
}

void Realms::watchWire(
    bool watched, const std::function<void(const std::string& compositor, std::string_view json)>& tell) {
    for (const auto& realm : realms_) {
        if (!watched) {
            realm->driver->watchWire({});
            continue;
        }
        const auto tellOfThis = [tell, &realm = *realm](std::string_view json) {
            tell(realm.world.compositor().name, json);
        };
        if (!realm->driver->watchWire(tellOfThis)) {
            tellOfThis(R"("problem":"compositord speaks to this compositor by other means than Wayland"})");
        }
    }
}

void Realms::onCommit(std::size_t realm, Changes changes) {
    if (changes.compositor) {
        realms_.at(realm)->takesInput = changes.compositor->capabilities.has(Capability::input);
    }
    const auto tiles = std::exchange(changes.tiles, {});
    commit(realm, std::move(changes));
    if (realm == 0) {
        listener_.onTiles(tiles);
    }
}

void Realms::commit(std::size_t number, Changes changes) {
    Realm& realm = *realms_.at(number);
    if (changes.compositor) {
        if (!realm.plan.name.empty()) {
            changes.compositor->name = realm.plan.name;
        }
        Capabilities& capabilities = changes.compositor->capabilities;
        capabilities.set(Capability::input, realm.takesInput && listener_.inputGranted());
        // They are kept here, whether the compositor shows them or not.
        capabilities.set(Capability::tiles, number == 0 && listener_.tilesKept());
    }
    const auto set = realm.world.apply(std::move(changes));
    if (!set) {
        return;
    }
    listener_.onNews(realm.world);
    if (combined_) {
        if (combined_->apply(number, set->changes)) {
            listener_.onNews(combined_->world());
        }
        if (set->changes.compositor) {
            tellAllOfCompositors();
        }
    }
    if (set->changes.compositor) {
        listener_.onCompositors();
    }
}

/// Each world says how all of them stand.
void Realms::tellAllOfCompositors() {
    for (const auto& realm : realms_) {
        if (realm->world.apply({.compositors = combined_->parts()})) {
            listener_.onNews(realm->world);
        }
    }
}

} // namespace compositord
