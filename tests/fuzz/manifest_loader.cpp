// Any bytes as manifest.json: refused, or read into something that is written as valid JSON and read again
// the same.

#include "base/handle.hpp"
#include "manifest/loader.hpp"
#include "manifest/serializer.hpp"

#include <cstdlib>
#include <string>

using namespace compositord;

namespace {

Result<LoadedManifest> load(std::string text) {
    const std::size_t size = text.size();
    text.resize(size + manifestPadding());
    return parseManifest(text, size);
}

std::string textOf(const ManifestContent& content) {
    std::string text;
    Serializer serializer;
    for (const Piece& piece : serializer.serialize(content).pieces) {
        text += *piece;
    }
    return text;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto loaded = load({reinterpret_cast<const char*>(data), size});
    if (!loaded) {
        return 0;
    }
    const std::string text = textOf(loaded->content);
    const auto again = load(text);
    if (!again || textOf(again->content) != text ||
        Serializer::etagOf(again->content) != Serializer::etagOf(loaded->content)) {
        std::abort();
    }
    return 0;
}
