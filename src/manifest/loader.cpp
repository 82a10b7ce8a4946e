// simdjson's on-demand parser: one pass, no tree. It looks only at what is asked of it, so what is kept
// without being looked at (unknown members, members set aside) is parsed once more as a whole: it is going to
// be written into a file that must be valid.

#include "manifest/loader.hpp"

#include "base/file_name.hpp"
#include "base/json_writer.hpp"
#include "base/log.hpp"

#include <fmt/format.h>

#include <simdjson.h>

#include <cerrno>
#include <cmath>
#include <string_view>

namespace compositord {

namespace {

namespace ondemand = simdjson::ondemand;

std::string_view trimmed(std::string_view text) {
    return text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
}

class Loader {
public:
    explicit Loader(simdjson::padded_string_view text) : text_(text) {}

    /// Throws simdjson_error if the text is not a JSON object.
    LoadedManifest load();

private:
    struct Entry {
        std::optional<std::string_view> brick;
        std::optional<TileTime> time;
        std::string extras;
    };

    void takeMember(std::string_view key, ondemand::value value);
    Entry readEntry(ondemand::object object);
    /// The text from `begin` to where the parser stands.
    std::string_view textFrom(const char* begin);
    std::string_view rawJson(ondemand::value value);
    void validate(const std::string& json);
    void setAside(std::string_view key, std::string_view json, std::string_view problem);

    simdjson::padded_string_view text_;
    ondemand::parser parser_;
    ondemand::document document_;
    simdjson::dom::parser validator_;
    TileNames names_;
    std::vector<TileMap::Loading> tiles_;
    LoadedManifest loaded_;
};

LoadedManifest Loader::load() {
    constexpr std::size_t usualEntry = 64;
    tiles_.reserve(text_.size() / usualEntry);
    document_ = parser_.iterate(text_);
    for (auto field : document_.get_object()) {
        takeMember(field.unescaped_key(), field.value());
    }
    if (document_.current_location().error() != simdjson::OUT_OF_BOUNDS) {
        throw simdjson::simdjson_error(simdjson::TAPE_ERROR);
    }
    const std::size_t count = tiles_.size();
    loaded_.content.tiles = TileMap::of(std::move(names_), std::move(tiles_));
    if (const std::size_t twice = count - loaded_.content.tiles.size(); twice > 0) {
        loaded_.warnings.add(fmt::format("{} entries are for cells that have a later one", twice));
    }
    return std::move(loaded_);
}

void Loader::takeMember(std::string_view key, ondemand::value value) {
    const auto cell = parseCell(key);
    if (!cell) {
        setAside(key, rawJson(value), "is not named as a cell \"x,y\"");
        return;
    }
    if (value.type() != ondemand::json_type::object) {
        setAside(key, rawJson(value), "is not an object");
        return;
    }
    const char* const begin = value.raw_json_token().data();
    Entry entry = readEntry(value.get_object());
    if (!entry.brick || !isFileName(*entry.brick)) {
        setAside(key, textFrom(begin), "has no brick that is a file name");
    } else if (!entry.time) {
        setAside(key, textFrom(begin), "has no timestamp in seconds since 1970");
    } else {
        tiles_.push_back({*cell, *entry.time, names_.acquire(*entry.brick)});
        if (!entry.extras.empty()) {
            loaded_.content.extras.set(*cell, std::move(entry.extras));
        }
    }
}

Loader::Entry Loader::readEntry(ondemand::object object) {
    Entry entry;
    for (auto field : object) {
        const std::string_view name = field.unescaped_key();
        ondemand::value value = field.value();
        if (name == "brick" && value.type() == ondemand::json_type::string) {
            entry.brick = value.get_string().value();
        } else if (name == "timestamp" && value.type() == ondemand::json_type::number) {
            entry.time = tileTime(value.get_double());
        } else {
            std::string member;
            JsonWriter(member).value(name);
            member += ": ";
            member += rawJson(value);
            validate("{" + member + "}");
            entry.extras += entry.extras.empty() ? "" : ", ";
            entry.extras += member;
        }
    }
    return entry;
}

std::string_view Loader::textFrom(const char* begin) {
    return trimmed({begin, document_.current_location().value()});
}

std::string_view Loader::rawJson(ondemand::value value) {
    const auto type = value.type().value();
    if (type != ondemand::json_type::object && type != ondemand::json_type::array) {
        return trimmed(value.raw_json_token()); // reaches to the next token
    }
    const char* const begin = value.raw_json_token().data();
    static_cast<void>(simdjson::to_json_string(value).value()); // goes over it
    return textFrom(begin);
}

void Loader::validate(const std::string& json) {
    static_cast<void>(validator_.parse(json).value());
}

void Loader::setAside(std::string_view key, std::string_view json, std::string_view problem) {
    std::string copy(json);
    validate(copy);
    loaded_.warnings.add(fmt::format("{} {}", printable(key), problem));
    loaded_.content.aside.push_back({std::string(key), std::move(copy)});
}

} // namespace

void ManifestWarnings::add(std::string text) {
    if (texts.size() < kMost) {
        texts.push_back(std::move(text));
    } else {
        ++more;
    }
}

std::size_t manifestPadding() {
    return simdjson::SIMDJSON_PADDING;
}

std::optional<TileTime> tileTime(double seconds) {
    constexpr double microseconds = 1e6;
    const double time = std::round(seconds * microseconds);
    if (!(time >= 0) || time > static_cast<double>(kLatestTile.time_since_epoch().count())) {
        return std::nullopt;
    }
    return TileTime(std::chrono::microseconds(static_cast<std::int64_t>(time)));
}

Result<LoadedManifest> parseManifest(const std::string& padded, std::size_t size) {
    try {
        return Loader(simdjson::padded_string_view(padded.data(), size, padded.size())).load();
    } catch (const simdjson::simdjson_error& error) {
        return failure(EBADMSG, fmt::format("it is not a JSON object: {}", error.what()));
    }
}

} // namespace compositord
