// A manifest on real files in a folder of its own.
#pragma once

#include "manifest/manifest.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

namespace compositord {

inline std::string readFile(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

inline void writeFile(const std::filesystem::path& path, std::string_view text) {
    std::ofstream(path, std::ios::binary) << text;
}

inline std::vector<Tile> tilesOf(const TileMap& map) {
    std::vector<Tile> tiles;
    map.visit([&](const TileMap::View& view) { tiles.push_back(view.tile()); });
    return tiles;
}

inline std::vector<Tile> tilesIn(const std::filesystem::path& path) {
    std::string text = readFile(path);
    const std::size_t size = text.size();
    text.resize(size + manifestPadding());
    const auto loaded = parseManifest(text, size);
    EXPECT_TRUE(loaded) << text.substr(0, size);
    return loaded ? tilesOf(loaded->content.tiles) : std::vector<Tile>{};
}

class ManifestFile : public testing::Test {
protected:
    ManifestFile() : loop_(std::move(*EventLoop::create())) {
        std::string pattern = (std::filesystem::temp_directory_path() / "manifest-test.XXXXXX").string();
        folder_ = mkdtemp(pattern.data());
        path_ = folder_ / "manifest.json";
    }

    ~ManifestFile() override {
        manifest_.reset();
        std::filesystem::remove_all(folder_);
    }

    Result<std::unique_ptr<Manifest>>
    tryOpen(std::chrono::milliseconds staleness = std::chrono::milliseconds(5)) {
        return Manifest::open(loop_, Log(LogLevel::error), {path_, staleness},
                              {[this](const std::vector<Cell>& cells, bool more) {
                                   changes_.insert(changes_.end(), cells.begin(), cells.end());
                                   ++parts_;
                                   isPart_ = more;
                               },
                               [this](const std::string& text) { troubles_.push_back(text); },
                               [this] { ++recoveries_; }});
    }

    Manifest& open(std::chrono::milliseconds staleness = std::chrono::milliseconds(5)) {
        auto manifest = tryOpen(staleness);
        EXPECT_TRUE(manifest) << manifest.error().message();
        manifest_ = std::move(*manifest);
        return *manifest_;
    }

    /// Runs the loop until the condition holds; false if it does not within a long time.
    bool until(const std::function<bool()>& condition) {
        using Clock = std::chrono::steady_clock;
        const auto deadline = Clock::now() + std::chrono::seconds(60);
        for (;;) {
            const auto asked = Clock::now();
            if (condition()) {
                return true;
            }
            const auto answered = Clock::now();
            if (answered > deadline) {
                return false;
            }
            // The loop gets as much time as the condition took, which may have read a large file.
            do {
                static_cast<void>(
                    loop_.turn(std::chrono::milliseconds(2))); // what it waits for may be on the disk
            } while (Clock::now() - answered < answered - asked);
        }
    }

    /// Puts a tile and waits until it is on the disk.
    TileChange saved(Cell cell, std::string_view brick) {
        bool done = false;
        const auto change = manifest_->put(cell, brick, std::nullopt,
                                           [&](const Result<>& result) { done = result.has_value(); });
        EXPECT_TRUE(until([&] { return done; }));
        return **change;
    }

    bool written() {
        return until(
            [&] { return std::filesystem::exists(path_) && tilesIn(path_) == tilesOf(manifest_->tiles()); });
    }

    std::string journal() const { return readFile(path_.string() + ".journal"); }

    std::vector<std::string> names() const {
        std::vector<std::string> found;
        for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
            found.push_back(entry.path().filename());
        }
        std::ranges::sort(found);
        return found;
    }

    std::filesystem::path folder_;
    std::filesystem::path path_;
    EventLoop loop_;
    std::unique_ptr<Manifest> manifest_;
    std::vector<Cell> changes_; // by other programs
    std::size_t parts_ = 0;     // that they were told in
    bool isPart_ = false;       // more are to come
    std::vector<std::string> troubles_;
    int recoveries_ = 0;
};

} // namespace compositord
