// The dialect of inspectors of traffic: it says nothing of the world. What they are told is traffic.hpp's.
#pragma once

#include "web/side_stream.hpp"

namespace compositord {

class TrafficStream final : public SideStream {
public:
    std::string_view name() const override { return "traffic"; }
};

} // namespace compositord
