#include "cli/transport.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace compositord::cli {

namespace {

constexpr const char* kName = "org.geometryos.Compositord1";
constexpr const char* kRoot = "/org/geometryos/Compositord1";
constexpr const char* kManager = "org.geometryos.Compositord1.Manager";

std::string wordsOf(int code) {
    return std::strerror(code); // NOLINT(concurrency-mt-unsafe): one thread
}

std::string runtimeFolder() {
    const char* folder = std::getenv("XDG_RUNTIME_DIR"); // NOLINT(concurrency-mt-unsafe): one thread
    return folder != nullptr && *folder == '/' ? folder : fmt::format("/run/user/{}", getuid());
}

std::unexpected<Problem> absent(std::string words) {
    return problem(Exit::absent, std::move(words));
}

} // namespace

Outcome<Transport> Transport::find(const Call& call, Start start) {
    Transport transport;
    if (const auto path = call.value("socket")) {
        auto connected = transport.connectTo(*path);
        if (!connected) {
            return std::unexpected(connected.error());
        }
        transport.path_ = *path;
        transport.name_ = "unix:" + *path;
        transport.first_ = *std::move(connected);
        return transport;
    }
    const auto address = call.value("bus");
    const auto opened = transport.openBus(address.value_or(""));
    auto connected = opened ? transport.askBus(start) : std::unexpected(opened.error());
    if (connected || address) {
        if (!connected) {
            return std::unexpected(connected.error());
        }
        transport.first_ = *std::move(connected);
        transport.name_ = "bus";
        return transport;
    }
    transport.bus_.reset();
    transport.missed_.push_back(connected.error().words);
    const std::string folder = runtimeFolder();
    for (const char* name : {"/compositord/ctl.sock", "/compositord.sock"}) {
        const std::string path = folder + name;
        if (start == Start::no && path.ends_with("/compositord.sock")) {
            break; // which systemd listens on
        }
        if (auto reached = transport.connectTo(path)) {
            transport.path_ = path;
            transport.name_ = "unix:" + path;
            transport.first_ = *std::move(reached);
            return transport;
        }
    }
    return absent(fmt::format("{}, and nothing answers at {}/compositord/ctl.sock. Start it with "
                              "systemctl --user start compositord, or compositord &; --socket and --bus name "
                              "another one",
                              transport.missed_.front(), folder));
}

Outcome<UniqueFd> Transport::connect() {
    if (first_) {
        return std::exchange(first_, UniqueFd());
    }
    return bus_ ? askBus() : connectTo(path_);
}

Outcome<> Transport::openBus(const std::string& address) {
    sd_bus* bus = nullptr;
    int code = 0;
    if (address.empty()) {
        code = sd_bus_open_user(&bus);
    } else {
        code = sd_bus_new(&bus);
        code = code < 0 ? code : sd_bus_set_address(bus, address.c_str());
        code = code < 0 ? code : sd_bus_set_bus_client(bus, 1);
        code = code < 0 ? code : sd_bus_start(bus);
    }
    bus_.reset(bus);
    return code < 0 ? absent(fmt::format("the user's bus cannot be reached ({})", wordsOf(-code)))
                    : Outcome<>();
}

Outcome<UniqueFd> Transport::askBus(Start start) {
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message* call = nullptr;
    sd_bus_message* answer = nullptr;
    int code = sd_bus_message_new_method_call(bus_.get(), &call, kName, kRoot, kManager, "Connect");
    const std::unique_ptr<sd_bus_message, decltype(&sd_bus_message_unref)> asked(call, &sd_bus_message_unref);
    code = code < 0 ? code : sd_bus_message_set_auto_start(call, start == Start::ifNeeded ? 1 : 0);
    code = code < 0 ? code : sd_bus_call(bus_.get(), call, 0, &error, &answer);
    const std::unique_ptr<sd_bus_message, decltype(&sd_bus_message_unref)> owned(answer,
                                                                                 &sd_bus_message_unref);
    if (code < 0) {
        const std::string why = error.message != nullptr ? error.message : wordsOf(-code);
        sd_bus_error_free(&error);
        return absent(fmt::format("compositord does not run on this bus ({})", why));
    }
    int fd = -1;
    if (sd_bus_message_read(answer, "h", &fd) < 0) {
        return absent("compositord on this bus is of another version than this program");
    }
    UniqueFd end(fcntl(fd, F_DUPFD_CLOEXEC, 3)); // the message's own goes with it
    return end ? Outcome<UniqueFd>(std::move(end)) : absent(wordsOf(errno));
}

Outcome<UniqueFd> Transport::connectTo(const std::string& path) const {
    sockaddr_un address{.sun_family = AF_UNIX};
    if (path.size() >= sizeof address.sun_path) {
        return problem(Exit::usage,
                       fmt::format("the path of a socket has at most {} bytes", sizeof address.sun_path - 1));
    }
    path.copy(&address.sun_path[0], path.size());
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): as the system has it
    if (!fd || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) {
        return absent(fmt::format("no compositord answers at {} ({})", path, wordsOf(errno)));
    }
    return fd;
}

} // namespace compositord::cli
