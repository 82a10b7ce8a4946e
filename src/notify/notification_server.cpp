#include "notify/notification_server.hpp"

#include "notify/bus_event.hpp"

#include <cstring>
#include <utility>

namespace compositord {

namespace {

constexpr const char* kServer = "org.freedesktop.Notifications";
constexpr const char* kPath = "/org/freedesktop/Notifications";

// A server that does not start, or falls over what it is shown, is not started again and again.
constexpr std::chrono::seconds kStartPause{60};

constexpr std::int32_t kNever = 0; // when it vanishes by itself
constexpr std::int32_t kItsChoice = -1;

template <auto Handler> int onMessage(sd_bus_message* message, void* data, sd_bus_error* /*error*/) noexcept {
    Handler(*static_cast<NotificationServer*>(data), *message);
    return 0;
}

bool isError(sd_bus_message& answer) {
    return sd_bus_message_is_method_error(&answer, nullptr) > 0;
}

int appendHint(sd_bus_message* message, const char* name, const char* type, auto value) {
    return sd_bus_message_append(message, "{sv}", name, type, value);
}

int fill(sd_bus_message* message, const Notification& notification, std::uint32_t replaced) {
    int code = sd_bus_message_append(message, "susss", "compositord", replaced, "",
                                     bus::textFor(notification.summary).c_str(),
                                     bus::textFor(notification.body).c_str());
    const auto step = [&code](int result) { code = code < 0 ? code : result; };
    step(sd_bus_message_open_container(message, 'a', "s"));
    for (const Notification::Action& action : notification.actions) {
        step(sd_bus_message_append(message, "ss", action.key.c_str(), action.label.c_str()));
    }
    step(sd_bus_message_close_container(message));
    step(sd_bus_message_open_container(message, 'a', "{sv}"));
    step(appendHint(message, "urgency", "y", std::to_underlying(notification.urgency)));
    step(appendHint(message, "category", "s", notification.category.c_str()));
    step(appendHint(message, "desktop-entry", "s", "compositord"));
    if (notification.value) {
        step(appendHint(message, "value", "i", *notification.value));
    }
    step(sd_bus_message_close_container(message));
    step(sd_bus_message_append(message, "i", notification.stays ? kNever : kItsChoice));
    return code;
}

} // namespace

void NotificationServer::attach(sd_bus& bus) {
    bus_ = &bus;
    const auto match = [&](const std::string& rule, sd_bus_message_handler_t handler) {
        sd_bus_slot* slot = nullptr;
        if (sd_bus_add_match_async(bus_, &slot, ("type='signal'," + rule).c_str(), handler, nullptr, this) >=
            0) {
            slots_.emplace_back(slot);
        }
    };
    const std::string from =
        std::string("sender='") + kServer + "',path='" + kPath + "',interface='" + kServer + "',";
    match(std::string("sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='") + kServer + "'",
          onMessage<[](NotificationServer& self, sd_bus_message& signal) { self.onOwner(signal); }>);
    match(from + "member='ActionInvoked'",
          onMessage<[](NotificationServer& self, sd_bus_message& signal) { self.onAction(signal); }>);
    match(from + "member='NotificationClosed'",
          onMessage<[](NotificationServer& self, sd_bus_message& signal) { self.onClosed(signal); }>);
    startAgain_ = {};
    listener_.onChanged();
}

void NotificationServer::detach() {
    slots_.clear();
    forgetServer();
    bus_ = nullptr;
    listener_.onChanged();
}

void NotificationServer::forgetServer() {
    asking_.reset();
    calls_.clear();
    owner_.clear();
    ready_ = false;
}

void NotificationServer::want() {
    const auto now = std::chrono::steady_clock::now();
    if (bus_ == nullptr || ready_ || asking_ || (owner_.empty() && now < startAgain_)) {
        return;
    }
    startAgain_ = now + kStartPause;
    sd_bus_slot* slot = nullptr;
    const int code = sd_bus_call_method_async(
        bus_, &slot, kServer, kPath, kServer, "GetCapabilities",
        onMessage<[](NotificationServer& self, sd_bus_message& answer) { self.onAbilities(answer); }>, this,
        "");
    asking_.reset(code < 0 ? nullptr : slot);
}

void NotificationServer::onAbilities(sd_bus_message& answer) {
    asking_.reset();
    NotificationAbilities abilities;
    const char* name = nullptr;
    if (isError(answer) || sd_bus_message_enter_container(&answer, 'a', "s") < 0) {
        if (!std::exchange(complained_, true)) {
            log_.info("nobody shows notifications on this desktop");
        }
        return;
    }
    while (sd_bus_message_read(&answer, "s", &name) > 0) {
        abilities.body = abilities.body || std::strcmp(name, "body") == 0;
        abilities.markup = abilities.markup || std::strcmp(name, "body-markup") == 0;
        abilities.actions = abilities.actions || std::strcmp(name, "actions") == 0;
    }
    const char* sender = sd_bus_message_get_sender(&answer);
    owner_ = sender != nullptr ? sender : "";
    ready_ = true;
    complained_ = false;
    listener_.onReady(abilities);
}

void NotificationServer::onOwner(sd_bus_message& signal) {
    const char* name = nullptr;
    const char* before = nullptr;
    const char* now = nullptr;
    if (sd_bus_message_read(&signal, "sss", &name, &before, &now) <= 0 || owner_ == now) {
        return;
    }
    if (asking_ && *now != '\0') {
        return; // it was started for the question, and will answer it
    }
    forgetServer();
    owner_ = now;
    listener_.onChanged();
}

void NotificationServer::show(const Notification& notification, std::uint32_t replaced, OnShown onShown) {
    sd_bus_message* made = nullptr;
    int code = ready_ ? sd_bus_message_new_method_call(bus_, &made, kServer, kPath, kServer, "Notify") : -1;
    const SdBusMessageHandle message(made);
    code = code < 0 ? code : fill(made, notification, replaced);
    code = code < 0 ? code : sd_bus_message_set_auto_start(made, 0);
    auto call = std::make_unique<Call>(*this, ++lastCall_, std::move(onShown));
    sd_bus_slot* slot = nullptr;
    const auto onAnswer = [](sd_bus_message* answer, void* data, sd_bus_error* /*error*/) noexcept {
        auto& answered = *static_cast<Call*>(data);
        const auto node = answered.server.calls_.extract(answered.number); // gone when this ends
        std::uint32_t id = 0;
        const bool shown = !isError(*answer) && sd_bus_message_read(answer, "u", &id) > 0 && id != 0;
        node.mapped()->onShown(shown ? std::optional(id) : std::nullopt);
        return 0;
    };
    code = code < 0 ? code : sd_bus_call_async(bus_, &slot, made, onAnswer, call.get(), 0);
    if (code < 0) {
        call->onShown(std::nullopt);
        return;
    }
    call->slot.reset(slot);
    calls_.emplace(call->number, std::move(call));
}

void NotificationServer::close(std::uint32_t id) {
    sd_bus_message* made = nullptr;
    if (!ready_ ||
        sd_bus_message_new_method_call(bus_, &made, kServer, kPath, kServer, "CloseNotification") < 0) {
        return;
    }
    const SdBusMessageHandle message(made);
    sd_bus_message_set_auto_start(made, 0);
    sd_bus_message_append(made, "u", id);
    sd_bus_send(bus_, made, nullptr); // nobody waits for the answer
}

bool NotificationServer::isFromServer(sd_bus_message& signal) const {
    const char* sender = sd_bus_message_get_sender(&signal);
    return sender != nullptr && owner_ == sender;
}

void NotificationServer::onAction(sd_bus_message& signal) {
    std::uint32_t id = 0;
    const char* key = nullptr;
    if (isFromServer(signal) && sd_bus_message_read(&signal, "us", &id, &key) > 0) {
        listener_.onAction(id, key);
    }
}

void NotificationServer::onClosed(sd_bus_message& signal) {
    std::uint32_t id = 0;
    std::uint32_t reason = 0;
    if (isFromServer(signal) && sd_bus_message_read(&signal, "uu", &id, &reason) > 0) {
        listener_.onClosed(id);
    }
}

} // namespace compositord
