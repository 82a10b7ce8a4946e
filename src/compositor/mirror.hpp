// Makes commits out of whole states, for compositors that tell everything each time.
#pragma once

#include "world/changes.hpp"

#include <map>
#include <string>
#include <vector>

namespace compositord {

class Mirror {
public:
    /// What differs from the state before.
    Changes show(std::vector<Camera> cameras, std::vector<Window> windows);

    /// All of it goes; why, `compositor` says.
    Changes clear(Compositor compositor);

    const std::map<std::string, Camera>& cameras() const { return cameras_; }

    const std::map<WindowId, Window>& windows() const { return windows_; }

private:
    std::map<std::string, Camera> cameras_;
    std::map<WindowId, Window> windows_;
};

} // namespace compositord
