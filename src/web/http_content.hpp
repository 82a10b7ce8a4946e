// Bytes to be sent over HTTP: immutable, shared by all who are sent them, in pieces that their owner keeps
// too.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace compositord {

class HttpContent {
public:
    using Piece = std::shared_ptr<const std::string>;
    using Pieces = std::vector<Piece>;

    explicit HttpContent(Pieces pieces);
    explicit HttpContent(std::string text);

    /// With the compressed form that the owner makes; empty: there is none.
    HttpContent(Pieces pieces, Pieces gzipped);

    const Pieces& pieces() const { return pieces_; }

    std::size_t size() const { return size_; }

    /// The same compressed, made at the first call and kept, if the owner does not make it; null if that
    /// gains nothing, or would keep the loop busy for too long.
    const std::shared_ptr<const HttpContent>& gzipped() const;

    /// An entity tag that follows from the bytes.
    std::string tag() const;

private:
    Pieces pieces_;
    std::size_t size_ = 0;
    mutable bool tried_ = false;
    mutable std::shared_ptr<const HttpContent> gzipped_;
};

using SharedContent = std::shared_ptr<const HttpContent>;

} // namespace compositord
