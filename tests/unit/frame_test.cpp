#include "web/frame.hpp"

#include <gtest/gtest.h>

#include <string>

using compositord::Frame;

namespace {

std::string textOf(const Frame& frame) {
    return {frame.bytes().begin(), frame.bytes().end()};
}

} // namespace

TEST(Frame, HasTheHeadersOfRfc6455) {
    Frame frame;
    frame.addText("Hello");
    EXPECT_EQ(textOf(frame), "\x81\x05Hello"); // the example of section 5.7
}

TEST(Frame, ChoosesTheShortestLengthForm) {
    for (const std::size_t length : {125UL, 126UL, 65535UL, 65536UL}) {
        Frame frame;
        frame.addText(std::string(length, 'x'));
        const std::size_t header = length < 126 ? 2 : length < 65536 ? 4 : 10;
        EXPECT_EQ(frame.bytes().size(), header + length);
        const unsigned char second = frame.bytes()[1];
        EXPECT_EQ(second, length < 126 ? length : length < 65536 ? 126 : 127);
    }
    Frame frame;
    frame.addText(std::string(256, 'x'));
    EXPECT_EQ(textOf(frame).substr(0, 4), std::string("\x81\x7e\x01\x00", 4));
}

TEST(Frame, CarriesSeveralMessages) {
    Frame frame;
    frame.addText("a");
    frame.addText("bc");
    EXPECT_EQ(textOf(frame), "\x81\x01"
                             "a\x81\x02"
                             "bc");
}

TEST(Frame, ClosesWithCodeAndReason) {
    Frame frame;
    frame.addClose(1001, "bye");
    EXPECT_EQ(textOf(frame), "\x88\x05\x03\xe9"
                             "bye");
}
