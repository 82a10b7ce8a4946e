// The tiles of the map from the command line.

#include "base/files.hpp"
#include "cli/http_client.hpp"
#include "cli/requests.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <thread>

namespace compositord::cli {

namespace {

// compositord takes 2,000 messages a second from a client, and the answers tell when more may be sent.
constexpr std::size_t kInFlight = 64;
constexpr std::chrono::microseconds kPace{600};
constexpr std::size_t kLargestFile = 256UL * 1024 * 1024;

struct Cell {
    std::int32_t x = 0;
    std::int32_t y = 0;
};

Outcome<Cell> cellOf(std::string_view text) {
    Cell cell;
    const std::size_t comma = text.find(',');
    const auto read = [](std::string_view part, std::int32_t& into) {
        const auto [end, code] = std::from_chars(part.data(), part.data() + part.size(), into);
        return !part.empty() && code == std::errc() && end == part.data() + part.size();
    };
    if (comma == std::string_view::npos || !read(text.substr(0, comma), cell.x) ||
        !read(text.substr(comma + 1), cell.y)) {
        return problem(Exit::usage, fmt::format("a cell is written X,Y, as in 3,-4, not {}", text));
    }
    return cell;
}

Outcome<Target> withTiles(const Call& call) {
    auto target = Target::find(call);
    const auto have = target ? target->haveTiles() : std::unexpected(target.error());
    return have ? std::move(target) : std::unexpected(have.error());
}

Outcome<Exit> list(const Call& call) {
    auto target = withTiles(call);
    if (!target) {
        return std::unexpected(target.error());
    }
    Table table({"CELL", "BRICK", "TIMESTAMP"});
    std::string from;
    do {
        std::string query = from.empty() ? "" : "from=" + from;
        if (const auto rect = call.value("rect")) {
            query += (query.empty() ? "rect=" : "&rect=") + *rect;
        }
        const auto text = get(target->transport(), "/api/v1/tiles" + (query.empty() ? "" : "?" + query));
        const auto json = text ? parse(*text) : std::unexpected(text.error());
        if (!json) {
            return std::unexpected(json.error());
        }
        const char* cell = nullptr;
        json_t* tile = nullptr;
        json_object_foreach(json_object_get(json->get(), "tiles"), cell, tile) {
            if (call.has("json")) {
                fmt::print("{{\"{}\":{}}}\n", cell, dump(tile));
            } else {
                table.add({{cell, Colour::bold},
                           {textIn(tile, "brick"), {}},
                           {fmt::format("{:.3f}", numberIn(tile, "timestamp")), {}}});
            }
        }
        from = textIn(json->get(), "next");
    } while (!from.empty());
    if (!call.has("json")) {
        table.print();
    }
    return Exit::done;
}

/// A request about the cell that the first argument names.
Outcome<Exit> change(const Call& call, std::string_view type, const Conversation::Members& more = {}) {
    const auto cell = cellOf(call.arguments[0]);
    const auto target = cell ? withTiles(call) : std::unexpected(cell.error());
    return target ? request(call, type,
                            [&](JsonWriter& out) {
                                out.member("x", cell->x).member("y", cell->y);
                                if (more) {
                                    more(out);
                                }
                            })
                  : std::unexpected(target.error());
}

Outcome<Exit> put(const Call& call) {
    return change(call, "PutTile", [&](JsonWriter& out) { out.member("brick", call.arguments[1]); });
}

Outcome<Exit> remove(const Call& call) {
    return change(call, "RemoveTile");
}

Outcome<Exit> exportTiles(const Call& call) {
    auto target = withTiles(call);
    const auto text =
        target ? get(target->transport(), "/builder/map/manifest.json") : std::unexpected(target.error());
    if (!text) {
        return std::unexpected(text.error());
    }
    if (call.arguments.empty() || call.arguments[0] == "-") {
        fmt::print("{}", *text);
        return Exit::done;
    }
    const std::string& path = call.arguments[0];
    const UniqueFd file(
        open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)); // NOLINT: less the umask
    const auto written = file ? writeAll(file.get(), *text, path) : failure(errno, "cannot write", path);
    return written ? Outcome<Exit>(Exit::done) : problem(Exit::failed, written.error().message());
}

struct Import {
    std::size_t put = 0;
    std::vector<std::string> refused;
};

/// Waits for the answer to one of the tiles.
Outcome<> settle(Conversation& conversation, Import& import, std::string_view cell) {
    const auto answer = conversation.answer();
    if (answer) {
        ++import.put;
    } else if (answer.error().exit == Exit::failed) {
        import.refused.push_back(fmt::format("{}: {}", cell, answer.error().words));
    } else {
        return std::unexpected(answer.error());
    }
    return {};
}

Outcome<Import> send(Conversation& conversation, json_t* manifest) {
    Import import;
    std::vector<std::string> cells;
    std::size_t answered = 0;
    const char* key = nullptr;
    json_t* tile = nullptr;
    json_object_foreach(manifest, key, tile) {
        const auto cell = cellOf(key);
        const std::string brick = textIn(tile, "brick");
        if (!cell || brick.empty()) {
            import.refused.push_back(fmt::format("{}: no tile", key));
            continue;
        }
        const auto sent = conversation.send("PutTile", [&](JsonWriter& out) {
            out.member("x", cell->x).member("y", cell->y).member("brick", brick);
        });
        if (!sent) {
            return std::unexpected(sent.error());
        }
        cells.emplace_back(key);
        std::this_thread::sleep_for(kPace);
        if (cells.size() - answered >= kInFlight) {
            if (auto settled = settle(conversation, import, cells[answered++]); !settled) {
                return std::unexpected(settled.error());
            }
        }
    }
    while (answered < cells.size()) {
        if (auto settled = settle(conversation, import, cells[answered++]); !settled) {
            return std::unexpected(settled.error());
        }
    }
    return import;
}

Outcome<Exit> importTiles(const Call& call) {
    const std::string& path = call.arguments[0];
    const UniqueFd opened(path == "-" ? dup(STDIN_FILENO) : open(path.c_str(), O_RDONLY | O_CLOEXEC));
    const auto text =
        opened ? readAll(opened.get(), kLargestFile, 0, path) : failure(errno, "cannot read", path);
    if (!text) {
        return problem(Exit::failed, text.error().message());
    }
    const auto manifest = parse(*text);
    if (!manifest) {
        return problem(Exit::failed, fmt::format("{} is no manifest: that is a JSON object of cells", path));
    }
    auto target = withTiles(call);
    auto conversation = target ? target->talk() : std::unexpected(target.error());
    const auto import =
        conversation ? send(*conversation, manifest->get()) : std::unexpected(conversation.error());
    if (!import) {
        return std::unexpected(import.error());
    }
    for (const std::string& each : import->refused) {
        fmt::print(stderr, "{}\n", plain(each));
    }
    if (call.has("json")) {
        fmt::print("{}\n", fmt::format(R"({{"put":{},"refused":{}}})", import->put, import->refused.size()));
    } else {
        fmt::print("{} tiles are on the map\n", import->put);
    }
    return import->refused.empty() ? Exit::done : Exit::failed;
}

} // namespace

std::span<const Command> tileCommands() {
    static const std::array commands{
        Command{"tiles list",
                "",
                "the tiles of the map",
                0,
                0,
                {{"rect", "X0,Y0,X1,Y1", "only those in these cells, both corners included"}, kOfOne},
                list},
        Command{"tiles put", "X,Y BRICK", "put a tile on a cell", 2, 2, {kOfOne}, put},
        Command{"tiles remove", "X,Y", "take the tile of a cell away", 1, 1, {kOfOne}, remove},
        Command{"tiles export",
                "[FILE]",
                "write all tiles, as manifest.json has them",
                0,
                1,
                {kOfOne},
                exportTiles},
        Command{
            "tiles import", "FILE", "put all tiles of such a file on the map", 1, 1, {kOfOne}, importTiles},
    };
    return commands;
}

} // namespace compositord::cli
