// Keys of models' servers in the desktop's keyring (freedesktop's Secret Service). They are read by
// secret-tool of libsecret, which has a person unlock the keyring where that is needed.
#pragma once

#include "base/afterwards.hpp"
#include "session/child.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace compositord {

/// One key that is asked for. Destroying it ends the question.
class KeyQuery {
public:
    using OnKey = std::move_only_function<void(Result<std::string>)>;

    KeyQuery(Afterwards& afterwards, std::string name, OnKey onKey)
        : afterwards_(afterwards), name_(std::move(name)), onKey_(std::move(onKey)) {}

    KeyQuery(const KeyQuery&) = delete;
    KeyQuery& operator=(const KeyQuery&) = delete;
    ~KeyQuery() = default;

    Result<> start(EventLoop& loop, const Child::Settings& settings);

private:
    void onEnd(int status);
    Result<std::string> outcome(int status) const;

    Afterwards& afterwards_;
    std::string name_;
    OnKey onKey_;
    std::string output_;
    std::string complaint_;
    Afterwards::Owner self_;
    std::unique_ptr<Child> child_; // first to go: it uses the rest
};

class Keyring {
public:
    /// The loop outlives this.
    Keyring(EventLoop& loop, Child::Settings settings) : loop_(loop), settings_(std::move(settings)) {}

    /// The key whose attributes are service=compositord and key=`name`. `onKey` is called once, never before
    /// this has returned; it may destroy the query.
    Result<std::unique_ptr<KeyQuery>> ask(Afterwards& afterwards, const std::string& name,
                                          KeyQuery::OnKey onKey) const;

private:
    EventLoop& loop_;
    Child::Settings settings_;
};

} // namespace compositord
