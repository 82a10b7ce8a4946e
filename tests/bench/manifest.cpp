// The manifest against the least that could do the same: loading against simdjson's own tree, a durable put
// against a line and fdatasync, the whole file against write, fsync, rename and fsync of the folder. Each
// pair is measured in turns, so that both meet the same machine; ratios carry over, times do not.
#include "manifest/manifest.hpp"

#include "base/event_loop.hpp"
#include "base/log.hpp"
#include "manifest/journal.hpp"

#include <fmt/format.h>
#include <jansson.h>

#include <fcntl.h>
#include <malloc.h>
#include <simdjson.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

using namespace compositord;
namespace fs = std::filesystem;

namespace {

using Clock = std::chrono::steady_clock;

double timed(const std::function<void()>& work) {
    const auto begin = Clock::now();
    work();
    return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values.at(values.size() / 2);
}

void require(bool good, const char* what) {
    if (!good) {
        throw std::runtime_error(what);
    }
}

struct Contender {
    const char* name;
    std::function<double()> run; // milliseconds
};

/// Runs all in turns and prints medians and their ratios to the first one.
void compare(const char* what, int rounds, std::vector<Contender> contenders) {
    std::vector<std::vector<double>> times(contenders.size());
    for (int round = 0; round < rounds; ++round) {
        for (std::size_t i = 0; i < contenders.size(); ++i) {
            times[i].push_back(contenders[i].run());
        }
    }
    const double bound = median(times.front());
    for (std::size_t i = 0; i < contenders.size(); ++i) {
        fmt::print("  {:<22} {:<46} {:>10.3f} ms   ratio {:.2f}\n", i == 0 ? what : "", contenders[i].name,
                   median(times[i]), median(times[i]) / bound);
    }
}

ManifestContent makeContent(std::int32_t count) {
    ManifestContent content;
    const auto side = static_cast<std::int32_t>(std::max(1.0, std::sqrt(count)));
    for (std::int32_t i = 0; i < count; ++i) {
        content.tiles.put({i % side - side / 2, i / side - side / 2},
                          fmt::format("brick-{:04}.png", i % 1000),
                          TileTime(std::chrono::microseconds(1763728353000000 + 997LL * i)));
    }
    return content;
}

std::string textOf(const SerializedManifest& whole) {
    std::string text;
    text.reserve(whole.size + manifestPadding());
    for (const Piece& piece : whole.pieces) {
        text += *piece;
    }
    return text;
}

std::size_t heap() {
    const auto info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

class Folder {
public:
    Folder() {
        std::string pattern = (fs::current_path() / "manifest-bench.XXXXXX").string();
        require(mkdtemp(pattern.data()) != nullptr, "cannot make a folder to measure in");
        path_ = pattern;
    }

    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    ~Folder() { fs::remove_all(path_); }

    fs::path operator/(const char* name) const { return path_ / name; }

    const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

double pythonLoads(const fs::path& file) {
    const std::string command =
        fmt::format("/usr/bin/python3 -c 'import json,sys,time; t=open(sys.argv[1]).read(); "
                    "b=time.monotonic(); json.loads(t); print((time.monotonic()-b)*1e3)' {}",
                    file.string());
    FILE* pipe = popen(command.c_str(), "r"); // NOLINT(cert-env33-c): a fixed command
    double milliseconds = 0;
    require(pipe != nullptr && std::fscanf(pipe, "%lf", &milliseconds) == 1, "python3 did not run"); // NOLINT
    pclose(pipe);
    return milliseconds;
}

void compareLoad(const Folder& folder, const std::string& padded, std::size_t size, int rounds) {
    const fs::path file = folder / "load.json";
    require(writeAll(UniqueFd(open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)).get(),
                     std::string_view(padded).substr(0, size), file)
                .has_value(),
            "cannot write");
    compare("load", rounds,
            {{"simdjson, its own tree",
              [&] {
                  simdjson::dom::parser parser;
                  return timed(
                      [&] { require(!parser.parse(padded.data(), size, false).error(), "simdjson"); });
              }},
             {"ours, ready to serve",
              [&] { return timed([&] { require(parseManifest(padded, size).has_value(), "ours"); }); }},
             {"jansson",
              [&] {
                  json_t* json = nullptr;
                  const double time = timed([&] { json = json_loadb(padded.data(), size, 0, nullptr); });
                  json_decref(json);
                  return time;
              }},
             {"Python's json", [&] { return pythonLoads(file); }}});
}

void compareWhole(const Folder& folder, ManifestContent& content, const std::string& text, int rounds) {
    const fs::path bare = folder / "bare.json";
    Storage storage(folder / "ours.json");
    Serializer serializer;
    auto ready = serializer.serialize(content);
    require(storage.prepare().has_value() && storage.look().has_value() && storage.write(ready).has_value(),
            "storage");
    std::int64_t tick = 1800000000;
    compare(
        "whole file, durable", rounds,
        {{"write, fsync, rename, fsync of the folder",
          [&] {
              return timed([&] {
                  const fs::path temporary = folder / "bare.new";
                  const UniqueFd fd(open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
                  require(writeAll(fd.get(), text, temporary).has_value() && fsync(fd.get()) == 0, "bare");
                  fs::rename(temporary, bare);
                  require(syncFolder(folder.path()).has_value(), "bare");
              });
          }},
         {"ours, after one tile changed",
          [&] {
              content.tiles.put({0, 0}, "changed.png", TileTime(std::chrono::seconds(++tick)));
              return timed(
                  [&] { require(storage.write(serializer.serialize(content)).has_value(), "ours"); });
          }},
         {"ours, of it on the loop",
          [&] {
              content.tiles.put({0, 0}, "changed.png", TileTime(std::chrono::seconds(++tick)));
              return timed([&] { serializer.serialize(content); });
          }},
         {"ours, everything formatted afresh", [&] {
              return timed(
                  [&] { require(storage.write(Serializer().serialize(content)).has_value(), "ours"); });
          }}});
}

void comparePut(const Folder& folder, const std::string& text, int rounds) {
    const fs::path path = folder / "put.json";
    require(writeAll(UniqueFd(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)).get(), text,
                     path)
                .has_value(),
            "cannot write");
    auto loop = EventLoop::create();
    auto manifest = Manifest::open(*loop, Log(LogLevel::error), {path, std::chrono::hours(1)}, {});
    require(manifest.has_value(), "cannot open");
    const fs::path bare = folder / "bare.journal";
    const UniqueFd journal(open(bare.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    std::string line;
    appendRecord(line, {{0, 0}, "changed.png", TileTime(std::chrono::seconds(1800000000))});
    std::int32_t x = 0;
    const auto put = [&](int count) {
        int left = count;
        return timed([&] {
            for (int i = 0; i < count; ++i) {
                const auto change = (*manifest)->put({++x % 500, 0}, "changed.png", std::nullopt,
                                                     [&](const Result<>& result) { left -= result ? 1 : 0; });
                require(change && *change, "put");
            }
            while (left > 0) {
                static_cast<void>(loop->turn(std::chrono::seconds(1)));
            }
        });
    };
    compare("one tile, durable", rounds * 20,
            {{"a line appended, fdatasync",
              [&] {
                  return timed([&] {
                      require(writeAll(journal.get(), line, bare).has_value() &&
                                  fdatasync(journal.get()) == 0,
                              "bare");
                  });
              }},
             {"ours, put until acknowledged", [&] { return put(1); }},
             {"ours, 1,000 puts until acknowledged", [&] { return put(1000); }}});
    // What a poller that has everything costs.
    compare("304 to a poller", rounds, {{"the ETag, 1,000 times", [&] {
                                             return timed([&] {
                                                 for (int i = 0; i < 1000; ++i) {
                                                     require(!(*manifest)->etag().empty(), "etag");
                                                 }
                                             });
                                         }}});
}

void measure(std::int32_t count, int rounds) {
    const Folder folder;
    fmt::print("{} tiles\n", count);
    ManifestContent content = makeContent(count);
    Serializer serializer;
    std::string text = textOf(serializer.serialize(content));
    const std::size_t size = text.size();
    text.resize(size + manifestPadding());
    const std::size_t before = heap();
    {
        const auto loaded = parseManifest(text, size);
        require(loaded.has_value() && loaded->content.tiles.size() == content.tiles.size(), "load");
        const auto perTile = [&](std::size_t bytes) { return static_cast<double>(bytes) / count; };
        fmt::print("  {:<22} {:.1f} bytes a tile with all names ({:.1f} in the file)\n", "memory",
                   perTile(heap() - before), perTile(size));
    }
    compareLoad(folder, text, size, rounds);
    text.resize(size);
    comparePut(folder, text, rounds);
    compareWhole(folder, content, text, rounds);
}

} // namespace

int main(int argc, char** argv) {
    try {
        std::vector<std::int32_t> counts{10000, 100000, 1000000};
        if (argc > 1) {
            counts = {std::atoi(argv[1])};
        }
        for (const std::int32_t count : counts) {
            measure(count, 7);
        }
    } catch (const std::exception& error) {
        fmt::print(stderr, "manifest: {}\n", error.what());
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
