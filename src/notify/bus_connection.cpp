#include "notify/bus_connection.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace compositord {

namespace {

// A socket that is not there yet is waited for with inotify; this is for all that fails in another way.
constexpr std::chrono::milliseconds kFirstDelay{500};
constexpr std::chrono::milliseconds kLongestDelay{60000};

template <auto Handler>
int onLocal(sd_bus_message* /*message*/, void* data, sd_bus_error* /*error*/) noexcept {
    Handler(*static_cast<BusConnection*>(data));
    return 0;
}

} // namespace

BusConnection::BusConnection(EventLoop& loop, Log log, std::string address, Listener listener)
    : loop_(loop), log_(std::move(log)), address_(std::move(address)), listener_(std::move(listener)),
      delay_(kFirstDelay) {}

BusConnection::~BusConnection() {
    if (connected_) {
        listener_.onDisconnected();
    }
}

Result<std::unique_ptr<BusConnection>> BusConnection::open(EventLoop& loop, const Log& log,
                                                           std::string address, Listener listener) {
    std::unique_ptr<BusConnection> connection(
        new BusConnection(loop, log.withCategory(LogCategory::bus), std::move(address), std::move(listener)));
    auto again = loop.addTimer([self = connection.get()] { self->connect(); });
    if (!again) {
        return std::unexpected(again.error());
    }
    connection->again_ = std::move(*again);
    auto lost = loop.addDeferred([self = connection.get()] { self->onLost(); });
    if (!lost) {
        return std::unexpected(lost.error());
    }
    connection->lost_ = std::move(*lost);
    connection->connect();
    return connection;
}

void BusConnection::giveUp() {
    lost_.trigger();
}

void BusConnection::connect() {
    if (auto tried = tryConnect(); !tried) {
        if (!std::exchange(complained_, true)) {
            log_.info("{}; trying again from time to time", tried.error().message());
        }
        lost_.trigger();
    } else if (waits() && !std::exchange(complained_, true)) {
        log_.info("there is no bus at {}; it is used as soon as it is there", printable(address_));
    }
}

bool BusConnection::waits() const {
    int type = 0;
    socklen_t size = sizeof type;
    // As long as there is no socket, the descriptor is that of an inotify watch.
    return getsockopt(sd_bus_get_fd(bus_.get()), SOL_SOCKET, SO_TYPE, &type, &size) < 0 && errno == ENOTSOCK;
}

Result<> BusConnection::tryConnect() {
    sd_bus* made = nullptr;
    if (const int code = sd_bus_new(&made); code < 0) {
        return failure(-code, "cannot make a connection to a bus");
    }
    bus_.reset(made);
    constexpr auto rule = [](const char* member) {
        return std::string("type='signal',sender='org.freedesktop.DBus.Local',"
                           "interface='org.freedesktop.DBus.Local',member='") +
               member + "'";
    };
    int code = sd_bus_set_address(made, address_.c_str());
    const auto step = [&code](int result) { code = code < 0 ? code : result; };
    step(sd_bus_set_bus_client(made, 1));
    // The bus lets only this user in, who may do all that can be done here; asking it about each sender would
    // block.
    step(sd_bus_set_trusted(made, 1));
    step(sd_bus_set_watch_bind(made, 1));
    step(sd_bus_set_connected_signal(made, 1));
    step(sd_bus_set_close_on_exit(made, 0)); // it would wait for a bus that does not read
    step(sd_bus_add_match(made, nullptr, rule("Connected").c_str(),
                          onLocal<[](BusConnection& self) { self.onConnected(); }>, this));
    step(sd_bus_add_match(made, nullptr, rule("Disconnected").c_str(),
                          onLocal<[](BusConnection& self) { self.giveUp(); }>, this));
    step(sd_bus_start(made));
    step(sd_bus_attach_event(made, loop_.native(), SD_EVENT_PRIORITY_NORMAL));
    if (code < 0) {
        return failure(-code, "there is no bus", address_);
    }
    return {};
}

bool BusConnection::isOfThisUser() const {
    ucred peer{};
    socklen_t size = sizeof peer;
    const int fd = sd_bus_get_fd(bus_.get());
    return fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
           (peer.uid == geteuid() || peer.uid == 0);
}

void BusConnection::onConnected() {
    if (!isOfThisUser()) {
        if (!std::exchange(complained_, true)) {
            log_.warn("the bus at {} is another user's: it is not used", printable(address_));
        }
        giveUp();
        return;
    }
    log_.debug("connected to the bus at {}", printable(address_));
    connected_ = true;
    complained_ = false;
    delay_ = kFirstDelay;
    listener_.onConnected(bus_.get());
}

void BusConnection::onLost() {
    if (std::exchange(connected_, false)) {
        log_.warn("the bus is gone; all else goes on, and it is used again when it is back");
        complained_ = true;
        listener_.onDisconnected();
    } else if (!std::exchange(complained_, true)) {
        log_.warn("the bus at {} does not let this program in; trying again from time to time",
                  printable(address_));
    }
    bus_.reset();
    again_.arm(delay_);
    delay_ = std::min(delay_ * 2, kLongestDelay);
}

} // namespace compositord
