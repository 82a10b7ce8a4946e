#include "web/traffic.hpp"

#include "web/client.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace compositord {

namespace {

// Messages of a burst go to an inspector together; a person sees no difference.
constexpr std::chrono::milliseconds kGather{50};
constexpr std::chrono::seconds kCountEvery{1};

// What waits for an inspector. Beyond the first bound messages are left out, beyond the second it is sent
// away.
constexpr std::size_t kMostMessages = 512UL * 1024;
constexpr std::size_t kMostWaiting = 4 * kMostMessages;

traffic::Time now() {
    return std::chrono::system_clock::now();
}

std::string describe(const Client& client) {
    return traffic::clientEvent({client.number(), client.peer(), client.dialect().name(), client.since(),
                                 *client.view(), client.interval()});
}

} // namespace

Result<std::unique_ptr<Traffic>> Traffic::create(EventLoop& loop) {
    std::unique_ptr<Traffic> traffic(new Traffic);
    auto soon = loop.addTimer([target = traffic.get()] { target->sendAll(); });
    auto everySecond = loop.addTimer([target = traffic.get()] { target->sendCounts(); });
    for (const auto* timer : {&soon, &everySecond}) {
        if (!*timer) {
            return std::unexpected(timer->error());
        }
    }
    traffic->soon_ = std::move(*soon);
    traffic->everySecond_ = std::move(*everySecond);
    return traffic;
}

void Traffic::watch(Client& inspector, std::span<const Client* const> clients) {
    if (!watched()) {
        counts_.clear();
        everySecond_.arm(kCountEvery);
    }
    Inspector& added = inspectors_[&inspector];
    for (const Client* client : clients) {
        if (shown(*client)) {
            added.waiting += describe(*client);
        }
    }
    send(inspector, added);
}

bool Traffic::shown(const Client& client) const {
    return &client.dialect() != &stream_;
}

void Traffic::tellOf(const Client& client) {
    if (shown(client)) {
        tellAll(describe(client));
    }
}

void Traffic::tellSent(const Client& client, const Frame& frame) {
    if (!shown(client)) {
        return;
    }
    for (const traffic::Part& part : traffic::partsOf(frame, client.dialect().webSocket())) {
        tell({client.number(), client.dialect().name(), traffic::Direction::sent, now(), part.kind,
              part.bytes, part.type, part.payload});
    }
}

void Traffic::tellReceived(const Client& client, std::string_view message, std::string_view type) {
    tell({client.number(), client.dialect().name(), traffic::Direction::received, now(),
          client.dialect().binary() ? traffic::Kind::binary : traffic::Kind::text, message.size(), type,
          message});
}

void Traffic::tellGone(Client& client, std::string_view reason) {
    if (!shown(client)) {
        inspectors_.erase(&client);
        return;
    }
    counts_.erase(client.number());
    tellAll(traffic::goneEvent(client.number(), now(), reason));
}

void Traffic::tell(const traffic::Message& message) {
    auto& [counts, changed] = counts_[message.client];
    changed = true;
    counts.client = message.client;
    traffic::Count& count = message.direction == traffic::Direction::sent ? counts.sent : counts.received;
    ++count.frames;
    count.bytes += message.bytes;

    std::string event; // made when somebody has room for it
    for (auto& [client, inspector] : inspectors_) {
        if (inspector.waiting.size() >= kMostMessages) {
            ++inspector.dropped;
            continue;
        }
        if (inspector.dropped > 0) {
            inspector.waiting += traffic::droppedEvent(std::exchange(inspector.dropped, 0));
        }
        if (event.empty()) {
            event = traffic::messageEvent(message);
        }
        inspector.waiting += event;
    }
    sendSoon();
}

void Traffic::tellAll(const std::string& event) {
    for (auto& [client, inspector] : inspectors_) {
        if (inspector.waiting.size() >= kMostWaiting) {
            client->hangUp("stalled");
            continue;
        }
        inspector.waiting += event;
    }
    sendSoon();
}

void Traffic::sendCounts() {
    if (!watched()) {
        return; // the next one who looks arms the timer again
    }
    everySecond_.arm(kCountEvery);
    std::vector<traffic::Counts> changed;
    for (auto& [number, counted] : counts_) {
        if (std::exchange(counted.changed, false)) {
            changed.push_back(counted.counts);
        }
    }
    if (changed.empty()) {
        return;
    }
    const std::string event = traffic::countsEvent(now(), changed);
    for (auto& [client, inspector] : inspectors_) {
        if (inspector.waiting.size() < kMostMessages) { // they are totals: the next ones make up for these
            inspector.waiting += event;
        }
    }
    sendSoon();
}

void Traffic::sendSoon() {
    if (!sendingSoon_) {
        sendingSoon_ = true;
        soon_.arm(kGather);
    }
}

void Traffic::sendAll() {
    sendingSoon_ = false;
    for (auto& [client, inspector] : inspectors_) {
        send(*client, inspector);
    }
}

void Traffic::send(Client& client, Inspector& inspector) {
    if (!client.ready()) {
        client.requestWritable();
        return;
    }
    if (inspector.dropped > 0) {
        inspector.waiting += traffic::droppedEvent(std::exchange(inspector.dropped, 0));
    }
    if (inspector.waiting.empty()) {
        return;
    }
    auto frame = std::make_shared<Frame>();
    frame->addRaw(inspector.waiting);
    inspector.waiting = {};
    client.reply(std::move(frame));
}

void Traffic::onReady(Client& inspector) {
    const auto found = inspectors_.find(&inspector);
    if (found != inspectors_.end()) {
        send(inspector, found->second);
    }
}

} // namespace compositord
