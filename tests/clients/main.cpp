// A Wayland client with windows that a test opens, changes and closes by commands on its standard input.
// It reports what the compositor tells it, and refused commands, as one JSON object per line on its standard
// output.
#include "connection.hpp"
#include "window.hpp"

#include <fmt/core.h>

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <functional>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>

namespace test_window {

namespace {

constexpr const char* kUsage = R"(Commands, one per line; ID is a number of the test's choice:
  open ID [WIDTH HEIGHT [TITLE]]    title ID TEXT        resize ID WIDTH HEIGHT    minimize ID
  burst COUNT [FIRST_ID]            app_id ID TEXT       parent ID PARENT_ID|0     maximize ID 0|1
  close ID                          stubborn ID          fullscreen ID 0|1         sync NUMBER
)";

constexpr Size kDefaultSize{.width = 200, .height = 120};
constexpr Size kBurstSize{.width = 32, .height = 24};

class Program {
public:
    Program() : connection_([this](wl_surface* surface) { return idOf(surface); }) {
        fmt::print(R"({{"event":"ready"}})"
                   "\n");
    }

    /// Until the standard input ends.
    void run() {
        wl_display* const display = connection_.display();
        for (;;) {
            while (wl_display_prepare_read(display) != 0) {
                wl_display_dispatch_pending(display);
            }
            std::erase_if(windows_, [](const auto& entry) { return entry.second.wantsToClose(); });
            connection_.flush();
            std::fflush(stdout);
            std::array<pollfd, 2> fds{{
                {.fd = STDIN_FILENO, .events = POLLIN, .revents = 0},
                {.fd = wl_display_get_fd(display), .events = POLLIN, .revents = 0},
            }};
            if (poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) {
                throw std::system_error(errno, std::generic_category(), "poll");
            }
            if ((fds[1].revents & POLLIN) != 0) {
                wl_display_read_events(display);
            } else {
                wl_display_cancel_read(display);
            }
            if (wl_display_dispatch_pending(display) < 0 || (fds[1].revents & (POLLERR | POLLHUP)) != 0) {
                throw std::runtime_error("lost the compositor");
            }
            if (fds[0].revents != 0 && !readCommands()) {
                return;
            }
        }
    }

private:
    int idOf(wl_surface* surface) {
        for (auto& [id, window] : windows_) {
            if (window.surface() == surface) {
                return id;
            }
        }
        return 0;
    }

    bool readCommands() {
        std::array<char, 65536> chunk{};
        const ssize_t size = read(STDIN_FILENO, chunk.data(), chunk.size());
        if (size <= 0) {
            return false;
        }
        input_.append(chunk.data(), static_cast<std::size_t>(size));
        for (std::size_t end = input_.find('\n'); end != std::string::npos; end = input_.find('\n')) {
            const std::string line = input_.substr(0, end);
            input_.erase(0, end + 1);
            obey(line);
            // libwayland keeps 4 KiB for a compositor that is behind, and gives up beyond that.
            connection_.flush();
        }
        return true;
    }

    void open(int id, Size size, const std::string& title) {
        windows_.try_emplace(id, connection_, id, size, title);
        connection_.flush(); // here too, since one command may open many
    }

    void obey(const std::string& line) {
        std::istringstream words(line);
        std::string command;
        int id = 0;
        words >> command >> id;
        const auto text = [&words] {
            std::string rest;
            std::getline(words >> std::ws, rest);
            return rest;
        };
        const auto number = [&words](int fallback) {
            int value = 0;
            return words >> value ? value : fallback;
        };
        if (words.fail()) {
            refuse("a command needs a name and a number");
        } else if (command == "sync") {
            connection_.sync(id);
        } else if (command == "burst") {
            const int first = number(1);
            for (int next = first; next < first + id; ++next) {
                open(next, kBurstSize, fmt::format("window {}", next));
            }
        } else if (command == "open") {
            const int width = number(kDefaultSize.width);
            const int height = number(kDefaultSize.height);
            words.clear();
            open(id, {.width = width, .height = height}, text());
        } else if (const auto found = windows_.find(id); found == windows_.end()) {
            refuse("no such window, or no such command");
        } else if (command == "close") {
            windows_.erase(found);
        } else if (command == "stubborn") {
            found->second.refuseToClose();
        } else if (command == "resize") {
            const int width = number(kDefaultSize.width);
            found->second.resize({.width = width, .height = number(kDefaultSize.height)});
        } else {
            change(found->second.toplevel(), command, text());
        }
    }

    void change(xdg_toplevel* toplevel, const std::string& command, const std::string& value) {
        const bool on = value == "1";
        if (command == "title") {
            xdg_toplevel_set_title(toplevel, value.c_str());
        } else if (command == "app_id") {
            xdg_toplevel_set_app_id(toplevel, value.c_str());
        } else if (command == "parent") {
            const auto parent =
                windows_.find(std::atoi(value.c_str())); // NOLINT(cert-err34-c): 0 is no window
            xdg_toplevel_set_parent(toplevel, parent == windows_.end() ? nullptr : parent->second.toplevel());
        } else if (command == "minimize") {
            xdg_toplevel_set_minimized(toplevel);
        } else if (command == "maximize") {
            on ? xdg_toplevel_set_maximized(toplevel) : xdg_toplevel_unset_maximized(toplevel);
        } else if (command == "fullscreen") {
            on ? xdg_toplevel_set_fullscreen(toplevel, nullptr) : xdg_toplevel_unset_fullscreen(toplevel);
        } else {
            refuse("no such command");
        }
    }

    static void refuse(const char* reason) {
        fmt::print(R"({{"event":"error","text":"{}"}})"
                   "\n",
                   reason);
    }

    Connection connection_;
    std::map<int, Window> windows_;
    std::string input_;
};

} // namespace

} // namespace test_window

int main(int argc, char**) {
    if (argc > 1) {
        fmt::print("usage: test_window\n{}", test_window::kUsage);
        return 0;
    }
    try {
        test_window::Program().run();
    } catch (const std::exception& error) {
        fmt::print(stderr, "test_window: {}\n", error.what());
        return 1;
    }
    return 0;
}
