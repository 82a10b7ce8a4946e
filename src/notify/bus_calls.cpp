#include "notify/bus_calls.hpp"

#include "notify/bus_names.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace compositord::bus {

namespace {

constexpr std::string_view kPeer = "org.freedesktop.DBus.Peer";
constexpr std::string_view kIntrospectable = "org.freedesktop.DBus.Introspectable";
constexpr std::string_view kProperties = "org.freedesktop.DBus.Properties";
constexpr std::string_view kObjectManager = "org.freedesktop.DBus.ObjectManager";

std::string_view textOf(const char* text) {
    return text != nullptr ? text : "";
}

/// What is at a path.
struct Place {
    enum class Kind { nothing, folder, sessions, root, session, log };

    Kind kind = Kind::nothing;
    std::string_view interface; // of ours
    const sd_bus_vtable* table = nullptr;
    const sd_bus_vtable* codegen = nullptr; // the table of a second one

    const sd_bus_vtable* tableOf(std::string_view name) const {
        return name == interface ? table : name == kCodegen ? codegen : nullptr;
    }
};

/// Whether there are objects below a path, and nothing else at it.
bool isFolder(std::string_view path) {
    const auto isAbove = [path](std::string_view object) {
        return object.size() > path.size() && object.starts_with(path) && object[path.size()] == '/';
    };
    return path == "/" || isAbove(kRoot) || isAbove(kLogControlPath);
}

Place placeAt(const char* path, const Context& context) {
    if (textOf(path) == kRoot) {
        return {Place::Kind::root, kManager, managerTable(),
                context.codegen != nullptr ? codegenTable() : nullptr};
    }
    if (textOf(path) == kLogControlPath) {
        return {Place::Kind::log, kLogControl, logControlTable(), nullptr};
    }
    if (const auto id = sessionAt(path); id && context.sessions.find(*id) != nullptr) {
        return {Place::Kind::session, kSession, sessionTable(), nullptr};
    }
    const auto kind = textOf(path) == kSessionsPath ? Place::Kind::sessions
                      : isFolder(textOf(path))      ? Place::Kind::folder
                                                    : Place::Kind::nothing;
    return {kind, {}, nullptr, nullptr};
}

/// The first entry of a table for which something is so; null if there is none.
template <class Is> const sd_bus_vtable* find(const sd_bus_vtable* table, Is is) {
    while (table != nullptr && table->type != _SD_BUS_VTABLE_END) {
        if (is(*table)) {
            return table;
        }
        ++table; // NOLINT(cppcoreguidelines-pro-bounds-pointer-arithmetic): up to its last entry
    }
    return nullptr;
}

// NOLINTBEGIN(cppcoreguidelines-pro-type-union-access): the type says which member it is
bool hasMethod(const sd_bus_vtable* table, std::string_view member, std::string_view signature) {
    return find(table, [&](const sd_bus_vtable& entry) {
               return entry.type == _SD_BUS_VTABLE_METHOD && entry.x.method.member == member &&
                      textOf(entry.x.method.signature) == signature;
           }) != nullptr;
}

bool hasProperty(const sd_bus_vtable* table, std::string_view name) {
    return find(table, [&](const sd_bus_vtable& entry) {
               return (entry.type == _SD_BUS_VTABLE_PROPERTY ||
                       entry.type == _SD_BUS_VTABLE_WRITABLE_PROPERTY) &&
                      entry.x.property.member == name;
           }) != nullptr;
}

bool canSet(const sd_bus_vtable* table, std::string_view name, std::string_view signature) {
    return find(table, [&](const sd_bus_vtable& entry) {
               return entry.type == _SD_BUS_VTABLE_WRITABLE_PROPERTY && entry.x.property.member == name &&
                      entry.x.property.signature == signature;
           }) != nullptr;
}

// NOLINTEND(cppcoreguidelines-pro-type-union-access)

bool isOfEveryObject(std::string_view interface) {
    return interface == kPeer || interface == kIntrospectable || interface == kProperties;
}

/// Of the interface that reads and sets properties.
bool isAboutProperties(sd_bus_message& call, const Place& place, std::string_view member) {
    const char* interface = nullptr;
    const char* name = nullptr;
    if (member == "GetAll") {
        const bool exists = place.kind != Place::Kind::nothing && place.kind != Place::Kind::folder;
        return exists && sd_bus_message_read(&call, "s", &interface) > 0 &&
               (textOf(interface).empty() || place.tableOf(textOf(interface)) != nullptr ||
                isOfEveryObject(textOf(interface)));
    }
    if (member == "Set") {
        const char* value = nullptr;
        return sd_bus_message_read(&call, "ss", &interface, &name) > 0 &&
               sd_bus_message_peek_type(&call, nullptr, &value) > 0 &&
               canSet(place.tableOf(textOf(interface)), textOf(name), textOf(value));
    }
    return member == "Get" && sd_bus_message_read(&call, "ss", &interface, &name) > 0 &&
           hasProperty(place.tableOf(textOf(interface)), textOf(name));
}

bool isAnswered(sd_bus_message& call, const Place& place) {
    const std::string_view interface = textOf(sd_bus_message_get_interface(&call));
    const std::string_view member = textOf(sd_bus_message_get_member(&call));
    const std::string_view signature = textOf(sd_bus_message_get_signature(&call, 1));
    if (interface == kPeer) {
        return member == "Ping" || member == "GetMachineId"; // whatever they are to, and with
    }
    if (interface == kIntrospectable) {
        return place.kind != Place::Kind::nothing && member == "Introspect" && signature.empty();
    }
    if (interface == kObjectManager) {
        return place.kind == Place::Kind::root && member == "GetManagedObjects" && signature.empty();
    }
    if (interface == kProperties) {
        return isAboutProperties(call, place, member);
    }
    return hasMethod(place.tableOf(interface), member, signature);
}

} // namespace

bool isMalformed(sd_bus_message& call, const Context& context) {
    const bool answered = isAnswered(call, placeAt(sd_bus_message_get_path(&call), context));
    sd_bus_message_rewind(&call, 1);
    return !answered;
}

} // namespace compositord::bus
