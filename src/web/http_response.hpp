// The answer to an HTTP request as a value, and the text of its head.
#pragma once

#include "web/http_content.hpp"
#include "web/http_request.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace compositord {

struct HttpResponse {
    /// Takes the response once it is known; nothing happens if whoever asked has gone.
    using Finish = std::function<void(HttpResponse response)>;

    unsigned status = 200;
    std::string_view contentType = "text/plain; charset=utf-8"; // a literal
    std::string_view cacheControl = "no-store";                 // a literal
    std::string tag; // an entity tag; empty for none. A weak one: it stands for the compressed form too
    std::vector<std::pair<std::string_view, std::string>> headers; // names in lower case, literals
    SharedContent content;
    bool compressible = true;
    std::function<void(Finish finish)> later; // set: it is not known yet, and this is not it
};

/// A status and why, in words that end with a newline.
HttpResponse inWords(unsigned status, std::string words);

/// What is left to do for this request: 304 if the client has it, compressed if the client takes that.
HttpResponse fitted(HttpResponse response, const HttpRequest& request);

/// The head, to the empty line that ends it. `close`: the connection ends with this response; when that has
/// no content, its end is the end of the stream.
std::string headOf(const HttpResponse& response, bool close);

} // namespace compositord
