#include "web/tile_routes.hpp"

#include "base/json_writer.hpp"
#include "web/tile_query.hpp"
#include "web/tile_writer.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <string_view>

namespace compositord {

namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kQueue = "/builder/queue/";
constexpr std::string_view kProcessed = "/builder/processed/";

// Less is not worth the work.
constexpr std::size_t kLeastToCompress = 1024;

class TileRoutes {
public:
    explicit TileRoutes(TileSource source)
        : source_(std::move(source)), queue_(source_.bricks + "/queue"),
          processed_(source_.bricks + "/processed") {}

    HttpResponse manifest(const HttpRequest& request);

    HttpResponse queued(const HttpRequest& request) { return brick(queue_, kQueue, request); }

    HttpResponse processed(const HttpRequest& request) { return brick(processed_, kProcessed, request); }

    HttpResponse chunk(const HttpRequest& request) const;
    HttpResponse tiles(const HttpRequest& request) const;

private:
    static HttpResponse brick(FileStore& folder, std::string_view prefix, const HttpRequest& request);

    TileSource source_;
    FileStore queue_;
    FileStore processed_;
    HttpResponse kept_; // the manifest
    bool isKeptCompressed_ = false;
};

HttpResponse TileRoutes::manifest(const HttpRequest& request) {
    const std::string tag = source_.manifestTag();
    if (tag.empty()) {
        return inWords(503, "There is no map here; the log says why.\n");
    }
    if (namesTag(request.ifNoneMatch, tag)) {
        return {.contentType = kJson, .cacheControl = "no-cache", .tag = tag};
    }
    if (kept_.tag != tag) {
        auto text = source_.manifestText();
        if (!text) {
            HttpResponse later = inWords(503, "The map is being prepared; try again in a second.\n");
            later.headers.emplace_back("retry-after", "1");
            return later;
        }
        kept_ = {.contentType = kJson, .cacheControl = "no-cache", .tag = tag};
        kept_.content = std::make_shared<const HttpContent>(std::move(*text), HttpContent::Pieces{});
        isKeptCompressed_ = kept_.content->size() < kLeastToCompress;
    }
    if (!isKeptCompressed_ && acceptsGzip(request.acceptEncoding)) {
        if (auto stream = source_.manifestGzip()) {
            kept_.content = std::make_shared<const HttpContent>(kept_.content->pieces(), std::move(*stream));
            isKeptCompressed_ = true;
        } // else as it is: to wait would take longer
    }
    return kept_;
}

HttpResponse TileRoutes::brick(FileStore& folder, std::string_view prefix, const HttpRequest& request) {
    auto found = folder.find(std::string_view(request.path).substr(prefix.size() - 1));
    return found && request.path != prefix ? *std::move(found)
                                           : inWords(404, "There is no such brick here.\n");
}

HttpResponse TileRoutes::chunk(const HttpRequest& request) const {
    const auto query = parseChunkQuery(request.query);
    if (!query) {
        return inWords(400, fmt::format("x and y must be the numbers of a chunk, size (which may be missing) "
                                        "its cells on a side, from 1 to {}.\n",
                                        kLargestChunk));
    }
    TileMap::Page page;
    if (source_.world.tiles() != nullptr) {
        page = source_.world.tiles()->page(query->cells, std::nullopt,
                                           static_cast<std::size_t>(kLargestChunk * kLargestChunk));
    }
    std::string text;
    JsonWriter out(text);
    out.beginObject().member("chunkX", query->x).member("chunkY", query->y).key("tiles").beginObject();
    for (const Tile& tile : page.tiles) {
        out.key(toText(tile.cell)).beginObject().member("x", tile.cell.x).member("y", tile.cell.y);
        out.member("brick", tile.brick).member("timestamp", toSeconds(tile.time)).endObject();
    }
    out.endObject().key("metadata").beginObject();
    out.member("generated_at", fmt::format("{:%FT%TZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(
                                                            std::chrono::system_clock::now()))));
    out.member("version", "1.0").endObject().endObject();
    HttpResponse response{.contentType = kJson};
    response.content = std::make_shared<const HttpContent>(std::move(text));
    return response;
}

HttpResponse TileRoutes::tiles(const HttpRequest& request) const {
    const auto query = parseTilesQuery(request.query);
    if (!query) {
        return inWords(400,
                       fmt::format("rect must be x0,y0,x1,y1 in cells, both corners included, x0 <= x1 and "
                                   "y0 <= y1; from what an answer called next; limit from 1 to {}.\n",
                                   kMostInPage));
    }
    HttpResponse response{.contentType = kJson, .cacheControl = "no-cache"};
    response.tag = fmt::format("W/\"{}-{}\"", source_.instance, source_.world.tilesRevision());
    if (namesTag(request.ifNoneMatch, response.tag)) {
        return response;
    }
    TileMap::Page page;
    if (source_.world.tiles() != nullptr) {
        page = source_.world.tiles()->page(query->rect, query->from, query->limit);
    }
    std::string text;
    JsonWriter out(text);
    out.beginObject().member("revision", source_.world.revision());
    writeTiles(out.key("tiles"), page.tiles);
    out.key("next");
    if (page.next) {
        out.value(toText(*page.next));
    } else {
        out.null();
    }
    out.endObject();
    response.content = std::make_shared<const HttpContent>(std::move(text));
    return response;
}

} // namespace

void addTileRoutes(Routes& routes, TileSource source) {
    const auto shared = std::make_shared<TileRoutes>(std::move(source));
    const auto add = [&](std::string_view path, HttpResponse (*respond)(TileRoutes&, const HttpRequest&)) {
        routes.add({path, Routes::Audience::ownPages,
                    [shared, respond](const HttpRequest& request) { return respond(*shared, request); }});
    };
    add("/builder/map/manifest.json",
        [](TileRoutes& tiles, const HttpRequest& r) { return tiles.manifest(r); });
    add(kQueue, [](TileRoutes& tiles, const HttpRequest& r) { return tiles.queued(r); });
    add(kProcessed, [](TileRoutes& tiles, const HttpRequest& r) { return tiles.processed(r); });
    add("/api/chunk", [](TileRoutes& tiles, const HttpRequest& r) { return tiles.chunk(r); });
    add("/api/v1/tiles", [](TileRoutes& tiles, const HttpRequest& r) { return tiles.tiles(r); });
}

} // namespace compositord
