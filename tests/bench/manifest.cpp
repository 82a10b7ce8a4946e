// The manifest against the least that could do the same: loading against simdjson's own tree, a durable put
// against a line and fdatasync, the whole file against write, fsync, rename and fsync of the folder. Each
// pair is measured in turns, so that both meet the same machine; ratios carry over, times do not.
#include "manifest/manifest.hpp"

#include "base/event_loop.hpp"
#include "base/handle.hpp"
#include "base/log.hpp"
#include "manifest/journal.hpp"
#include "manifest/merge.hpp"

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
#include <ctime>
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

/// Milliseconds that this thread had a processor for.
double processorTime() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) * 1e-6;
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

/// Milliseconds that a line of Python takes, with `t` the text of the file and `folder` its folder.
double python(const fs::path& file, std::string_view prepare, std::string_view line) {
    const std::string command =
        fmt::format("/usr/bin/python3 -c 'import json,os,sys,time; t=open(sys.argv[1]).read(); "
                    "folder=os.path.dirname(sys.argv[1]); {}; b=time.monotonic(); {}; "
                    "print((time.monotonic()-b)*1e3)' {}",
                    prepare, line, file.string());
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
             {"Python's json", [&] { return python(file, "pass", "json.loads(t)"); }}});
}

/// Puts a text in the place of a file as any careful program does.
void replaceFile(const Folder& folder, const fs::path& path, std::string_view text) {
    const fs::path temporary = folder / "bare.new";
    const UniqueFd fd(open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    require(writeAll(fd.get(), text, temporary).has_value() && fsync(fd.get()) == 0, "bare");
    fs::rename(temporary, path);
    require(syncFolder(folder.path()).has_value(), "bare");
}

void compareWhole(const Folder& folder, ManifestContent& content, const std::string& text, int rounds) {
    const fs::path bare = folder / "bare.json";
    const JsonHandle tree(json_loadb(text.data(), text.size(), 0, nullptr));
    require(tree != nullptr, "jansson");
    Storage storage(folder / "ours.json");
    Serializer serializer;
    auto ready = serializer.serialize(content);
    require(storage.prepare().has_value() && storage.look().has_value() && storage.write(ready).has_value(),
            "storage");
    std::int64_t tick = 1800000000;
    compare("whole file, durable", rounds,
            {{"write, fsync, rename, fsync of the folder",
              [&] { return timed([&] { replaceFile(folder, bare, text); }); }},
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
             {"ours, everything formatted afresh",
              [&] {
                  return timed(
                      [&] { require(storage.write(Serializer().serialize(content)).has_value(), "ours"); });
              }},
             {"jansson, json_dumps",
              [&] {
                  return timed([&] {
                      char* dumped = json_dumps(tree.get(), 0);
                      replaceFile(folder, bare, dumped);
                      std::free(dumped); // NOLINT: jansson's
                  });
              }},
             {"Python, json.dump", [&] {
                  return python(
                      bare, "d=json.loads(t); f=open(folder+\"/bare.new\",\"w\")",
                      "json.dump(d,f); f.flush(); os.fsync(f.fileno()); os.rename(f.name,sys.argv[1]); "
                      "os.fsync(os.open(folder,os.O_RDONLY))");
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
}

/// What an edit of the file by another program costs the loop: never more than a slice of its time at once.
void measureMerge(const std::string& padded, std::size_t size, ManifestContent& content) {
    const auto take = [&](const char* what, ManifestContent edited) {
        FileTiles file;
        content.tiles.setMark(1);
        Merge merge(content, file, std::move(edited), true, TileTime(std::chrono::seconds(1900000000)));
        double longest = 0;
        double total = 0;
        for (bool done = false; !done;) {
            const double begin = processorTime();
            done = merge.proceed(std::chrono::microseconds(500));
            static_cast<void>(merge.takeResult());
            const double slice = processorTime() - begin;
            longest = std::max(longest, slice);
            total += slice;
        }
        fmt::print("  {:<22} {:<46} {:>10.3f} ms   longest slice {:.3f} ms (limit 1)\n", "another's edit",
                   what, total, longest);
    };
    const auto load = [&] { return std::move(parseManifest(padded, size)->content); };
    auto edited = load();
    edited.tiles.put({0, 0}, "edited.png", TileTime(std::chrono::seconds(1850000000)));
    take("of one tile", std::move(edited));
    edited = load();
    std::vector<Cell> cells;
    edited.tiles.visit([&](const TileMap::View& tile) { cells.push_back(tile.cell); });
    for (const Cell cell : cells) {
        edited.tiles.put(cell, "edited.png", TileTime(std::chrono::seconds(1860000000)));
    }
    take("of every tile", std::move(edited));
    take("that removes every tile", {});
}

/// What the compressed text costs: all of it, which the worker makes, and what the loop does after a change.
void measureGzip(ManifestContent& content) {
    Serializer serializer;
    CompressedText compressed;
    std::size_t size = 0;
    const auto make = [&](const SerializedManifest& text) {
        const auto stream = compressed.streamOf(text, std::chrono::hours(1));
        require(stream.has_value(), "gzip");
        size = 0;
        for (const Piece& piece : *stream) {
            size += piece->size();
        }
    };
    const auto print = [](const char* what, double time) {
        fmt::print("  {:<22} {:<46} {:>10.3f} ms\n", "gzip", what, time);
    };
    auto text = serializer.serialize(content);
    const double all = timed([&] { make(text); });
    print(fmt::format("all of it, to {:.0f} %",
                      100.0 * static_cast<double>(size) / static_cast<double>(text.size))
              .c_str(),
          all);
    content.tiles.put({0, 0}, "compressed.png", kLatestTile);
    text = serializer.serialize(content);
    print("after one tile changed, on the loop (limit 1)", timed([&] { make(text); }));
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
        const std::size_t tiles = heap() - before;
        Serializer pieces;
        static_cast<void>(pieces.serialize(loaded->content));
        fmt::print("  {:<22} {:.1f} bytes a tile with all names, {:.1f} with the text ({:.1f} in the file)\n",
                   "memory", perTile(tiles), perTile(heap() - before), perTile(size));
    }
    compareLoad(folder, text, size, rounds);
    {
        const std::string whole = text.substr(0, size);
        comparePut(folder, whole, rounds);
        compareWhole(folder, content, whole, rounds);
    }
    measureGzip(content);
    measureMerge(text, size, content);
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
