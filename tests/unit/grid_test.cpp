#include "base/handle.hpp"
#include "world/grid.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

using namespace compositord;

TEST(Grid, AgreesWithTheVectorsThatTheServerSideChecksToo) {
    const JsonHandle vectors(json_load_file(VECTORS_DIR "/coordinates.json", 0, nullptr));
    ASSERT_TRUE(json_is_array(vectors.get()));
    ASSERT_GT(json_array_size(vectors.get()), 10U);
    for (std::size_t i = 0; i < json_array_size(vectors.get()); ++i) {
        const json_t* vector = json_array_get(vectors.get(), i);
        const double world = json_number_value(json_object_get(vector, "world"));
        const auto grid = static_cast<std::uint32_t>(json_integer_value(json_object_get(vector, "grid")));
        const CellOffset expected{
            static_cast<std::int32_t>(json_integer_value(json_object_get(vector, "cell"))),
            static_cast<std::int32_t>(json_integer_value(json_object_get(vector, "offset_256"))),
        };
        EXPECT_EQ(toCellOffset(world, grid), expected) << "vector " << i;
    }
}

TEST(Grid, RoundTripsWithinAHundredBillionToA256th) {
    std::mt19937_64 random(1); // NOLINT(cert-msc32-c,cert-msc51-cpp): the same numbers in each run
    std::uniform_real_distribution<double> mantissa(-1, 1);
    std::uniform_int_distribution<int> exponent(-10, 11);
    for (int i = 0; i < 200000; ++i) {
        const double world = mantissa(random) * std::pow(10, exponent(random));
        const double nearest = std::round(world * 256) / 256;
        for (const std::uint32_t grid : {100U, 64U, 47U, 1000000U}) {
            const CellOffset position = toCellOffset(world, grid);
            ASSERT_GE(position.offset256, 0);
            ASSERT_LT(position.offset256, static_cast<std::int64_t>(grid) * 256);
            ASSERT_EQ(fromCellOffset(position, grid), nearest) << world << " on grid " << grid;
            ASSERT_EQ(toCellOffset(nearest, grid), position);
        }
    }
}

TEST(Grid, CarriesWhatRoundsUpToTheNextCell) {
    EXPECT_EQ(toCellOffset(99.999, 100), (CellOffset{1, 0}));
    EXPECT_EQ(toCellOffset(-0.001, 100), (CellOffset{0, 0}));
    EXPECT_EQ(toCellOffset(-0.01, 100), (CellOffset{-1, 100 * 256 - 3}));
}

TEST(Grid, ClampsToTheCellsThatThereAre) {
    const std::int32_t last = std::numeric_limits<std::int32_t>::max();
    const std::int32_t first = std::numeric_limits<std::int32_t>::min();
    EXPECT_EQ(toCellOffset(1e300, 100), (CellOffset{last, 25599}));
    EXPECT_EQ(toCellOffset(-1e300, 100), (CellOffset{first, 0}));
    EXPECT_EQ(toCellOffset(std::numeric_limits<double>::infinity(), 1000000).cell, last);
    EXPECT_EQ(toCellOffset(std::nan(""), 100), (CellOffset{0, 0}));
}

TEST(Grid, AcceptsOffsetsOutsideTheCell) {
    EXPECT_EQ(fromCellOffset({1, -256}, 100), 99);
    EXPECT_EQ(fromCellOffset({-1, 200 * 256}, 100), 100);
}

TEST(Grid, KeepsZoomInMillionths) {
    EXPECT_EQ(toMillionths(0.5), 500000U);
    EXPECT_EQ(toMillionths(1e-9), 1U);
    EXPECT_EQ(toMillionths(1e9), std::numeric_limits<std::uint32_t>::max());
    EXPECT_EQ(fromMillionths(1250000), 1.25);
    EXPECT_EQ(toMillionths(std::nan("")), 1U);
}
