// Those who listen to code generation. Telling one of them may make things happen, and others come and go.
#pragma once

#include "world/codegen_service.hpp"

#include <functional>
#include <list>
#include <memory>
#include <utility>
#include <vector>

namespace compositord {

class CodegenSubscribers {
public:
    CodegenService::Subscription add(CodegenService::Listener listener) {
        auto entry = std::make_shared<CodegenService::Listener>(std::move(listener));
        entries_.push_back(entry);
        return CodegenService::Subscription(std::move(entry));
    }

    /// Calls with each of them that is there now and has not left when it is its turn.
    void tell(const std::function<void(CodegenService::Listener&)>& call) {
        std::erase_if(entries_, [](const auto& entry) { return entry.expired(); });
        const std::vector<std::weak_ptr<CodegenService::Listener>> now(entries_.begin(), entries_.end());
        for (const auto& weak : now) {
            if (const auto entry = weak.lock()) {
                call(*entry);
            }
        }
    }

private:
    std::list<std::weak_ptr<CodegenService::Listener>> entries_;
};

} // namespace compositord
