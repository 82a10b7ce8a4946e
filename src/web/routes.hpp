// What there is to GET, and what is answered.
#pragma once

#include "web/access.hpp"
#include "web/file_store.hpp"
#include "web/grants.hpp"
#include "web/http_response.hpp"
#include "web/metrics.hpp"
#include "web/stage.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace compositord {

/// The status as a label of metrics: a literal.
std::string_view statusText(unsigned status);

class Routes {
public:
    using Handler = std::move_only_function<HttpResponse(const HttpRequest& request) const>;
    using ReadGauges = std::move_only_function<Gauges() const>;

    /// Whom a route answers: a page of any origin could make a browser ask for it. With ownPages, pages of
    /// other origins and those without the token that may be needed are refused; what tells of the world or
    /// of others must have it.
    /// With owner, only who came by the control socket is answered.
    enum class Audience : std::uint8_t { anyone, ownPages, owner };

    struct Route {
        std::string_view path; // a literal; one that ends with a slash stands for all below it
        Audience audience = Audience::anyone;
        Handler respond;
        Grant needs = Grant::view;       // for ownPages: whoever asks must be granted this
        std::vector<HttpMethod> changes; // the methods beside GET and HEAD that it answers
        bool readable = true;            // answers GET and HEAD
    };

    // Where event streams are, which are not responses but clients.
    static constexpr std::string_view kEvents = "/api/v1/events";
    static constexpr std::string_view kTraffic = "/api/v1/traffic";
    static constexpr std::string_view kWayland = "/api/v1/wayland";
    static constexpr std::string_view kSessionEvents = "/api/v1/sessions/events";
    static constexpr std::string_view kDaemonEvents = "/api/daemon/events";

    /// The stages, access and metrics outlive this.
    Routes(const Stages& stages, const Access& access, Metrics& metrics, std::string webRoot,
           ReadGauges readGauges);

    /// Later ones win over files, not over earlier ones.
    void add(Route route) { routes_.push_back(std::move(route)); }

    /// Adds /api/v1/compositors: those that are known, a list of JSON, and those that are mirrored.
    void tellOfCompositors(std::string known);

    /// Nothing if the request may be answered, else the refusal, which is counted.
    std::optional<HttpResponse> refusal(const HttpRequest& request);

    /// Whether a method that is there to change something is answered at this path.
    bool takes(HttpMethod method, std::string_view path) const;

    /// Adds what lets a page of an allowed origin read it.
    void share(HttpResponse& response, const HttpRequest& request) const;

    HttpResponse respond(const HttpRequest& request);

private:
    enum class Part : std::uint8_t { all, cameras, windows };

    struct Kept {
        Revision revision = 0;
        HttpResponse response;
    };

    HttpResponse state(const HttpRequest& request, Part part);
    const Route* find(std::string_view path) const;
    std::optional<HttpResponse> refusal(const HttpRequest& request, Grant needed) const;
    HttpResponse finished(HttpResponse response, const HttpRequest& request, std::string_view route);
    void count(std::string_view route, unsigned status);

    const Stages& stages_;
    const Access& access_;
    Metrics& metrics_;
    FileStore files_;
    ReadGauges readGauges_;
    std::map<std::pair<const Stage*, Part>, Kept> states_;
    std::vector<Route> routes_;
};

} // namespace compositord
