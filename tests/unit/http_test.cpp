// The pieces of the HTTP layer that need no socket.

#include "web/event_stream.hpp"
#include "web/file_store.hpp"
#include "web/http_request.hpp"
#include "web/http_response.hpp"
#include "web/metrics.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

using namespace compositord;

TEST(HttpRequest, KnowsTheTagsThatAClientHas) {
    EXPECT_TRUE(namesTag("\"a\"", "W/\"a\""));
    EXPECT_TRUE(namesTag("\"x\" ,\tW/\"a\"", "W/\"a\""));
    EXPECT_TRUE(namesTag(" * ", "\"a\""));
    EXPECT_FALSE(namesTag("", "\"a\""));
    EXPECT_FALSE(namesTag("\"ab\", a", "\"a\""));
    EXPECT_FALSE(namesTag("*", ""));
    EXPECT_FALSE(namesTag("", ""));
}

TEST(HttpRequest, TellsWhoTakesGzip) {
    for (const char* yes :
         {"gzip", "br,gzip", "GZip;q=0.001", "*", "identity, *;q=0.5", "x-gzip", "gzip;q=1"}) {
        EXPECT_TRUE(acceptsGzip(yes)) << yes;
    }
    for (const char* no : {"", "br", "gzip;q=0", "gzip; q=0.000", "*,gzip;q=0", "*;q=0", "gzipped", ",,"}) {
        EXPECT_FALSE(acceptsGzip(no)) << no;
    }
}

TEST(HttpRequest, ReadsEventIds) {
    EXPECT_EQ(parseEventId("abc-7"), (EventId{"abc", 7}));
    EXPECT_EQ(parseEventId("a-b-7"), (EventId{"a-b", 7}));
    for (const char* no : {"", "-", "-7", "abc", "abc-", "abc-7x", "abc-99999999999999999999"}) {
        EXPECT_FALSE(parseEventId(no)) << no;
    }
    EXPECT_FALSE(parseEventId(std::string(200, 'a') + "-7"));
}

TEST(HttpRequest, TakesNoPathForAFileThatIsNotPlainlyOne) {
    EXPECT_EQ(relativePath("/a/b c.js"), "a/b c.js");
    for (const std::string no : {"", "/", "a", "//a", "/a//b", "/a/", "/../a", "/a/..", "/./a", "/.git",
                                 "/a\\b", "/a\n", "/a\x7f"}) {
        EXPECT_FALSE(relativePath(no)) << no;
    }
    EXPECT_FALSE(relativePath(std::string("/a\0b", 4)));
    EXPECT_FALSE(relativePath("/" + std::string(2000, 'a')));
}

TEST(HttpContent, IsCompressedOnceAndOnlyIfThatGains) {
    const HttpContent text(std::string(10000, 'a'));
    ASSERT_TRUE(text.gzipped());
    EXPECT_LT(text.gzipped()->size(), 200U);
    EXPECT_EQ(text.gzipped(), text.gzipped());
    EXPECT_FALSE(HttpContent(std::string(1000, 'a')).gzipped());
    EXPECT_FALSE(HttpContent(std::string(5UL * 1024 * 1024, 'a')).gzipped());
    std::string noise(4096, '\0');
    for (std::uint32_t i = 0, x = 1; i < noise.size(); ++i, x = x * 1664525 + 1013904223) {
        noise[i] = static_cast<char>(x >> 24U);
    }
    EXPECT_FALSE(HttpContent(noise).gzipped());
}

TEST(HttpContent, HasATagThatFollowsFromItsBytesAndNotFromItsPieces) {
    const auto piece = [](const char* text) { return std::make_shared<const std::string>(text); };
    const HttpContent whole(std::string("abcd"));
    EXPECT_EQ(HttpContent(HttpContent::Pieces{piece("ab"), piece("cd")}).tag(), whole.tag());
    EXPECT_NE(HttpContent(std::string("abce")).tag(), whole.tag());
}

TEST(HttpResponse, IsNotSentToWhoHasIt) {
    HttpResponse response = inWords(200, "hello");
    response.tag = "W/\"1\"";
    EXPECT_EQ(fitted(response, {.ifNoneMatch = "W/\"1\""}).status, 304U);
    EXPECT_FALSE(fitted(response, {.ifNoneMatch = "W/\"1\""}).content);
    EXPECT_EQ(fitted(response, {.ifNoneMatch = "W/\"2\""}).status, 200U);
    const std::string head = headOf(fitted(response, {.ifNoneMatch = "*"}), false);
    EXPECT_TRUE(head.starts_with("HTTP/1.1 304 "));
    EXPECT_EQ(head.find("content-length"), std::string::npos);
}

TEST(EventStream, HasTheIdInTheLastEventOfARevision) {
    ChangeSet set{1, 2, {}};
    set.changes.compositor = Compositor{.name = "\n\nevent: x", .driver = "d", .connected = true};
    set.changes.cameras.emplace_back();
    const EventStream stream("run");
    const auto frame = stream.update(World({}), set);
    const std::string text(frame->bytes().begin(), frame->bytes().end());
    EXPECT_EQ(text.find("event: CompositorUpdate\ndata: {"), 0U);
    EXPECT_NE(text.find("}\n\nid: run-2\nevent: CameraUpdate\ndata: {"), std::string::npos);
    EXPECT_EQ(text.find("id: "), text.rfind("id: "));
    EXPECT_TRUE(text.ends_with("}\n\n"));
}

TEST(Metrics, CountDurationsUpToTheirBounds) {
    Histogram histogram;
    histogram.observe(std::chrono::microseconds(100));
    histogram.observe(std::chrono::microseconds(101));
    histogram.observe(std::chrono::seconds(9));
    const auto counts = histogram.cumulative();
    EXPECT_EQ(counts.at(0), 1U);
    EXPECT_EQ(counts.at(1), 2U);
    EXPECT_EQ(counts.at(11), 2U);
    EXPECT_EQ(counts.at(12), 3U);
}
