// Messages of orchestrator clients: every text gives one of the few known messages, or an answer that is
// JSON.

#include "web/orchestrator.hpp"

#include "base/handle.hpp"

#include <cstdlib>
#include <string_view>

using namespace compositord;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Orchestrator dialect;
    const auto message = dialect.decode({reinterpret_cast<const char*>(data), size});
    if (message) {
        const auto* auth = std::get_if<Auth>(&*message);
        const bool known = std::holds_alternative<Ping>(*message) ||
                           std::holds_alternative<HealthCheck>(*message) ||
                           std::holds_alternative<SessionMessage>(*message);
        if (!known && (auth == nullptr || auth->token.empty() || auth->token.size() > 512)) {
            std::abort();
        }
        return 0;
    }
    const auto frame = dialect.error(message.error().id, message.error().problem);
    const auto& bytes = frame->bytes();
    const std::size_t header = bytes[1] < 126 ? 2 : bytes[1] == 126 ? 4 : 10;
    const JsonHandle answer(json_loadb(reinterpret_cast<const char*>(bytes.data()) + header,
                                       bytes.size() - header, JSON_ALLOW_NUL, nullptr));
    if (!answer) {
        std::abort();
    }
    return 0;
}
