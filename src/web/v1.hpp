// The subprotocols compositord.v1.json and compositord.v1.msgpack: the messages of
// data/schema/compositord.v1.json.
#pragma once

#include "web/dialect.hpp"
#include "web/v1_codegen.hpp"
#include "web/v1_sessions.hpp"

namespace compositord {

class V1 final : public Dialect {
public:
    using Format = V1Format;

    static constexpr const char* kJsonName = "compositord.v1.json";
    static constexpr const char* kMsgpackName = "compositord.v1.msgpack";

    explicit V1(Format format) : format_(format), sessions_(format), codegen_(format) {}

    std::string_view name() const override { return format_ == Format::msgpack ? kMsgpackName : kJsonName; }

    bool binary() const override { return format_ == Format::msgpack; }

    std::expected<Message, Rejected> decode(std::string_view text) const override;
    SharedFrame hello(const World& world, const Greeting& greeting) const override;
    SharedFrame snapshot(const World& world, const View& view) const override;

    /// One message per kind of thing that changed; all but the last say that more of this revision follows.
    SharedFrame update(const World& world, const ChangeSet& set) const override;

    SharedFrame ack(const RequestId& id) const override;
    SharedFrame pong(const RequestId& id) const override;
    SharedFrame error(const RequestId& id, const Problem& problem) const override;

    const SessionDialect* sessions() const override { return &sessions_; }

    const V1Codegen* codegen() const override { return &codegen_; }

    /// What of the world state() tells.
    struct Parts {
        bool compositor;
        bool cameras;
        bool windows;
        bool tiles;
    };

    /// All that are mirrored, as a list of JSON by itself.
    static std::string compositors(const World& world);

    /// A snapshot, or parts of one, as a JSON object by itself.
    static std::string state(const World& world, const Parts& parts);

private:
    Format format_;
    V1Sessions sessions_;
    V1Codegen codegen_;
};

} // namespace compositord
