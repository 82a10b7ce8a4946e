// Which dialects there are, and which one a client gets.
#pragma once

#include "web/bilingual.hpp"
#include "web/geometry_os.hpp"
#include "web/orchestrator.hpp"
#include "web/v1.hpp"

#include <array>
#include <string_view>

namespace compositord {

class Dialects {
public:
    /// Names of subprotocols. A client's order decides between several that it offers.
    static constexpr std::array<const char*, 4> kNames{V1::kMsgpackName, V1::kJsonName, GeometryOs::kName,
                                                       Orchestrator::kName};

    /// The dialect of one of kNames, or for an empty name the one for clients that ask for none; null
    /// otherwise.
    const Dialect* find(std::string_view name) const;

    /// Whether a Sec-WebSocket-Protocol header offers one that is known here.
    static bool offered(std::string_view header);

private:
    V1 msgpack_{V1::Format::msgpack};
    V1 json_{V1::Format::json};
    GeometryOs geometryOs_;
    Orchestrator orchestrator_;
    Bilingual bilingual_;
};

} // namespace compositord
