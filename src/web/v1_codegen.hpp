// Code generation in compositord.v1: the messages of data/schema/compositord.v1.json about it.
#pragma once

#include "web/frame.hpp"
#include "web/v1_sessions.hpp"
#include "world/codegen_service.hpp"

#include <string>
#include <vector>

namespace compositord {

/// What one message tells of changes.
struct CodegenNews {
    std::vector<const CodegenTask*> tasks;
    std::vector<CodegenTaskId> removed;
    bool status = false; // and the changes of OpenSpec
};

class V1Codegen {
public:
    explicit V1Codegen(V1Format format) : format_(format) {}

    SharedFrame list(const RequestId& id, const CodegenService& codegen) const;
    SharedFrame update(const CodegenNews& news, const CodegenService& codegen) const;
    SharedFrame answer(const RequestId& id, const CodegenTask& task) const;
    SharedFrame details(const RequestId& id, const CodegenDetails& details) const;
    SharedFrame report(const RequestId& id, const CodegenReport& report) const;
    SharedFrame reload(const CodegenReload& reload) const;

    // The same as JSON objects by themselves.

    static std::string listText(const CodegenService& codegen);
    static std::string text(const CodegenTask& task);
    static std::string text(const CodegenDetails& details);
    static std::string text(const CodegenReport& report);

private:
    V1Format format_;
};

} // namespace compositord
