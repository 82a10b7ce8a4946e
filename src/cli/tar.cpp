#include "cli/tar.hpp"

#include "base/gzip.hpp"

#include <fmt/format.h>

#include <numeric>

namespace compositord::cli {

namespace {

// POSIX ustar.
constexpr std::size_t kBlock = 512;
constexpr std::size_t kSumAt = 148;
constexpr std::size_t kSumSize = 8;

std::string headOf(std::string_view name, std::size_t size, std::time_t time) {
    std::string head;
    const auto field = [&](std::string_view text, std::size_t width) {
        head += text.substr(0, width);
        head.append(width - std::min(width, text.size()), '\0');
    };
    constexpr std::size_t nameWidth = 100;
    constexpr std::size_t shortWidth = 8;
    constexpr std::size_t longWidth = 12;
    field(name, nameWidth);
    field("0000600", shortWidth); // mode
    field("0000000", shortWidth); // owner
    field("0000000", shortWidth); // group
    field(fmt::format("{:011o}", size), longWidth);
    field(fmt::format("{:011o}", time), longWidth);
    field(std::string(kSumSize, ' '), kSumSize);
    field("0", 1); // a file
    field("", nameWidth);
    field(std::string_view("ustar\0"
                           "00",
                           shortWidth),
          shortWidth);
    head.resize(kBlock, '\0');
    const unsigned sum = std::accumulate(head.begin(), head.end(), 0U, [](unsigned all, char c) {
        return all + static_cast<unsigned char>(c);
    });
    return head.replace(kSumAt, kSumSize, fmt::format("{:06o}", sum) + std::string("\0 ", 2));
}

} // namespace

std::string archive(std::string_view folder, const Texts& texts, std::time_t time) {
    std::string tar;
    for (const auto& [name, text] : texts) {
        tar += headOf(fmt::format("{}/{}", folder, name), text.size(), time) + text;
        tar.resize((tar.size() + kBlock - 1) / kBlock * kBlock, '\0');
    }
    tar.append(2 * kBlock, '\0');
    GzipCompressor compressor;
    const GzipPart part = compressor.compress(tar);
    GzipSum sum;
    sum.add(part);
    return std::string(gzipHead()) + part.blocks + sum.end();
}

} // namespace compositord::cli
