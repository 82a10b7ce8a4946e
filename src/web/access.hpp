// Which HTTP requests may come in: the Host and Origin checks that keep foreign web pages out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace compositord {

class Access {
public:
    /// `origins` are allowed beside the server's own, in the form that browsers send
    /// ("http://localhost:3000", "null").
    explicit Access(std::vector<std::string> origins) : origins_(std::move(origins)) {}

    /// Whether a Host header is one that no DNS rebinding can produce: an IP address or localhost, with any
    /// port.
    static bool hostAllowed(std::string_view host);

    /// `origin` is empty for a client that is not a browser. `host` has passed hostAllowed.
    bool originAllowed(std::string_view origin, std::string_view host) const;

private:
    std::vector<std::string> origins_;
};

} // namespace compositord
