// One WebSocket client: what it was last told, what it is still to be told, what it is sending.
// There is no queue of updates. A client whose socket takes no more stays at its revision, and when the
// socket takes data again it is sent what changed since, merged; so a client that stalls costs nothing and is
// never sent stale state.
#pragma once

#include "web/dialect.hpp"
#include "web/frame.hpp"
#include "web/grants.hpp"
#include "web/metrics.hpp"
#include "web/pace.hpp"
#include "world/types.hpp"
#include "world/view.hpp"

#include <libwebsockets.h>

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace compositord {

class Traffic;
struct Stage;

class Client {
public:
    using Clock = std::chrono::steady_clock;

    /// The connection, the stage, the dialect, the metrics and the traffic outlive this object. `view` is
    /// shared by clients with the same one.
    Client(lws* connection, ClientNumber number, Stage& stage, const Dialect& dialect, Metrics& metrics,
           Traffic& traffic, std::shared_ptr<const View> view)
        : connection_(connection), number_(number), stage_(stage), dialect_(dialect), metrics_(metrics),
          traffic_(traffic), view_(std::move(view)) {}

    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client() = default;

    ClientNumber number() const { return number_; }

    /// The world that it watches.
    Stage& stage() const { return stage_; }

    const Dialect& dialect() const { return dialect_; }

    /// What it may do.
    Grants grants() const { return grants_; }

    void setGrants(Grants grants) { grants_ = grants; }

    /// Until when it has to show a token; nothing for one that did, or needs none.
    std::optional<Clock::time_point> tokenDeadline() const { return tokenDeadline_; }

    void setTokenDeadline(std::optional<Clock::time_point> deadline) { tokenDeadline_ = deadline; }

    /// How fast it sends messages.
    Pace& pace() { return pace_; }

    Revision revision() const { return revision_; }

    const std::shared_ptr<const View>& view() const { return view_; }

    /// The least time between two updates; 0 for none.
    std::chrono::microseconds interval() const { return interval_; }

    /// When it came.
    std::chrono::system_clock::time_point since() const { return since_; }

    /// Who is at the other end, as far as sockets tell.
    const std::string& peer() const { return peer_; }

    void setPeer(std::string peer) { peer_ = std::move(peer); }

    /// It came for these compositors only, whatever it subscribes to; nothing: for all of its stage.
    void limitTo(std::optional<std::vector<std::string>> compositors) {
        compositors_ = std::move(compositors);
    }

    const std::optional<std::vector<std::string>>& compositors() const { return compositors_; }

    /// Changes what the client is told, and the least time between two updates.
    void subscribe(std::shared_ptr<const View> view, std::chrono::microseconds interval);

    /// Whether it wants less than every update.
    bool limited() const { return interval_ > std::chrono::microseconds(0); }

    /// When the next update may be sent.
    Clock::time_point nextUpdate() const { return lastUpdate_ + interval_; }

    Clock::time_point lastSent() const { return lastSent_; }

    /// It agreed on permessage-deflate.
    void setDeflates(bool deflates) { deflates_ = deflates; }

    /// The client has, or claims to have, this revision; 0: nothing.
    void setRevision(Revision revision) { revision_ = revision; }

    /// Whether a frame would go to the socket at once.
    bool ready() const {
        return replies_.empty() && !writableRequested_ && lws_partial_buffered(connection_) == 0;
    }

    /// Brings the client to this revision; no frame or an empty one if there is nothing to say. Only when
    /// ready.
    void update(const SharedFrame& frame, Revision revision, Clock::time_point now);

    /// Sends what belongs to no revision, such as the answer to a request, now or when the socket takes it.
    /// Nothing for a null pointer.
    void reply(SharedFrame frame);

    /// Asks for a call of onWritable.
    void requestWritable();

    /// The socket takes data: sends answers that wait. Returns whether the client is ready then.
    bool onWritable();

    /// Gives the client up if its socket takes nothing for so long.
    void expectProgress(int seconds) { lws_set_timeout(connection_, PENDING_TIMEOUT_HTTP_CONTENT, seconds); }

    /// Why the server ends the connection; a literal.
    void end(std::string_view reason) { ending_ = reason; }

    std::string_view ending() const { return ending_; }

    /// Ends the connection because a rule was broken, after what was said before; from now on the client is
    /// told nothing and may do nothing. `reason` is a literal, `words` are for the client.
    void close(std::string_view reason, std::string_view words);

    bool closing() const { return closing_; }

    /// Ends the connection, in a turn of its own: no client goes inside a loop over clients.
    void hangUp(std::string_view reason);

    enum class Receipt { partial, complete, tooLong };

    /// Gathers a message from its fragments. When complete, message() is it until clearMessage().
    Receipt receive(std::string_view bytes, bool last);

    std::string_view message() const { return message_; }

    void clearMessage();

private:
    bool write(const Frame& frame);

    lws* connection_;
    ClientNumber number_;
    Stage& stage_;
    const Dialect& dialect_;
    Metrics& metrics_;
    Traffic& traffic_;
    std::string peer_;
    std::chrono::system_clock::time_point since_ = std::chrono::system_clock::now();
    std::optional<std::vector<std::string>> compositors_;
    std::shared_ptr<const View> view_;
    std::chrono::microseconds interval_{0};
    Grants grants_;
    Revision revision_ = 0; // 0: told nothing yet
    Clock::time_point lastUpdate_;
    Clock::time_point lastSent_;
    bool deflates_ = false;
    bool writableRequested_ = false;
    std::string_view ending_ = "went";
    bool closing_ = false;
    std::optional<Clock::time_point> tokenDeadline_;
    Pace pace_;
    std::deque<SharedFrame> replies_;
    std::string message_;
};

} // namespace compositord
