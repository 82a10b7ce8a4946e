#include "web/client.hpp"

#include "web/traffic.hpp"

#include <utility>

namespace compositord {

namespace {

// A request is a few hundred bytes; the bound leaves room for pasted text.
constexpr std::size_t kLongestMessage = 64UL * 1024;

// A client that sends requests and does not read the answers is not read any more until it does.
constexpr std::size_t kMostReplies = 64;

constexpr std::uint16_t kPolicyViolation = 1008; // RFC 6455 section 7.4.1

// A client that was told that its connection ends has so long to end it.
constexpr int kCloseSeconds = 5;

} // namespace

bool Client::write(const Frame& frame) {
    const auto& bytes = frame.bytes();
    // libwebsockets takes a mutable pointer; for LWS_WRITE_RAW it only reads. What the socket does not take
    // at once, it keeps a copy of, so a frame is never cut.
    auto* data = const_cast<unsigned char*>(bytes.data()); // NOLINT(cppcoreguidelines-pro-type-const-cast)
    if (lws_write(connection_, data, bytes.size(), LWS_WRITE_RAW) < 0) {
        hangUp("write_failed");
        return false;
    }
    ++metrics_.framesSent;
    metrics_.bytesSent += bytes.size();
    traffic_.sent(*this, frame);
    return true;
}

void Client::hangUp(std::string_view reason) {
    end(reason);
    lws_set_timeout(connection_, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
}

void Client::subscribe(std::shared_ptr<const View> view, std::chrono::microseconds interval) {
    view_ = std::move(view);
    interval_ = interval;
    lastUpdate_ = {};
    revision_ = 0;
}

void Client::update(const SharedFrame& frame, Revision revision, Clock::time_point now) {
    if (frame && !frame->empty()) {
        if (!write(*frame)) {
            return;
        }
        lastUpdate_ = now;
        lastSent_ = now;
    }
    revision_ = revision;
}

void Client::reply(SharedFrame frame) {
    if (!frame || closing_) {
        return;
    }
    lastSent_ = Clock::now();
    if (ready()) {
        write(*frame);
        return;
    }
    replies_.push_back(std::move(frame));
    if (replies_.size() == kMostReplies) {
        lws_rx_flow_control(connection_, 0);
    }
    requestWritable();
}

void Client::requestWritable() {
    if (!writableRequested_) {
        writableRequested_ = true;
        lws_callback_on_writable(connection_);
    }
}

bool Client::onWritable() {
    writableRequested_ = false;
    const bool wasFull = replies_.size() >= kMostReplies;
    while (!replies_.empty() && lws_partial_buffered(connection_) == 0) {
        write(*replies_.front());
        replies_.pop_front();
    }
    if (wasFull && replies_.size() < kMostReplies) {
        lws_rx_flow_control(connection_, 1);
    }
    if (!ready()) {
        requestWritable();
        return false;
    }
    return true;
}

void Client::close(std::string_view reason, std::string_view words) {
    end(reason);
    const auto goodbye = dialect_.goodbye(kPolicyViolation, words);
    reply(goodbye);
    closing_ = true;
    grants_ = {};
    tokenDeadline_.reset();
    if (goodbye) {
        lws_set_timeout(connection_, PENDING_TIMEOUT_CLOSE_ACK, kCloseSeconds);
    } else {
        lws_set_timeout(connection_, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
    }
}

Client::Receipt Client::receive(std::string_view bytes, bool last) {
    if (message_.size() + bytes.size() > kLongestMessage) {
        return Receipt::tooLong;
    }
    message_ += bytes;
    return last ? Receipt::complete : Receipt::partial;
}

void Client::clearMessage() {
    message_.clear();
}

} // namespace compositord
