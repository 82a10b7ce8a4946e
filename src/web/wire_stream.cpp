#include "web/wire_stream.hpp"

#include "base/json_writer.hpp"
#include "web/client.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace compositord {

namespace {

// Messages of a burst go together; a person sees no difference.
constexpr std::chrono::milliseconds kGather{20};
constexpr std::size_t kMostWaiting = 512UL * 1024;

double milliseconds() {
    constexpr double microseconds = 1000;
    const auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    return static_cast<double>(now.time_since_epoch().count()) / microseconds;
}

} // namespace

Result<std::unique_ptr<WireStream>> WireStream::create(EventLoop& loop, Handler onWatched) {
    std::unique_ptr<WireStream> stream(new WireStream(std::move(onWatched)));
    auto soon = loop.addTimer([target = stream.get()] {
        target->sendingSoon_ = false;
        for (auto& [client, watcher] : target->watchers_) {
            target->send(*client, watcher);
        }
    });
    if (!soon) {
        return std::unexpected(soon.error());
    }
    stream->soon_ = *std::move(soon);
    return stream;
}

void WireStream::watch(Client& client) {
    const bool first = watchers_.empty();
    watchers_.try_emplace(&client);
    if (first && onWatched_) {
        onWatched_(true);
    }
}

void WireStream::went(Client& client) {
    if (watchers_.erase(&client) > 0 && watchers_.empty() && onWatched_) {
        onWatched_(false);
    }
}

void WireStream::tell(std::string_view compositor, std::string_view json) {
    std::string event; // made when somebody has room for it
    for (auto& [client, watcher] : watchers_) {
        if (watcher.waiting.size() >= kMostWaiting) {
            ++watcher.dropped;
            continue;
        }
        if (event.empty()) {
            std::string head;
            JsonWriter(head).beginObject().member("time", milliseconds()).member("compositor", compositor);
            event = fmt::format("event: message\ndata: {},{}\n\n", head, json);
        }
        watcher.waiting += event;
    }
    if (!event.empty() && !sendingSoon_) {
        sendingSoon_ = true;
        soon_.arm(kGather);
    }
}

void WireStream::send(Client& client, Watcher& watcher) {
    if (!client.ready()) {
        client.requestWritable();
        return;
    }
    if (watcher.dropped > 0) {
        watcher.waiting +=
            fmt::format("event: dropped\ndata: {{\"messages\":{}}}\n\n", std::exchange(watcher.dropped, 0));
    }
    if (watcher.waiting.empty()) {
        return;
    }
    auto frame = std::make_shared<Frame>();
    frame->addRaw(std::exchange(watcher.waiting, {}));
    client.reply(std::move(frame));
}

void WireStream::onReady(Client& client) {
    const auto found = watchers_.find(&client);
    if (found != watchers_.end()) {
        send(client, found->second);
    }
}

} // namespace compositord
