//! World coordinates and the two numbers in which they travel.

use infinite_map_server::coordinates::{
    fixed, from_fixed, zoom_from_wire, zoom_to_wire, WireCoordinate, WirePoint, WorldPoint,
};
use infinite_map_server::Cell;
use proptest::prelude::*;

#[test]
fn agrees_with_the_vectors_that_the_daemon_checks_too() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../tests/vectors/coordinates.json");
    let text = std::fs::read_to_string(path).expect("the shared vectors");
    let vectors: Vec<serde_json::Value> = serde_json::from_str(&text).expect("a JSON array");
    assert!(vectors.len() > 100);
    for vector in vectors {
        let number = |name: &str| vector[name].as_i64().expect(name);
        let world = vector["world"].as_f64().expect("world");
        let wire = WireCoordinate::from_world(world, number("grid") as u32);
        let expected = WireCoordinate { cell: number("cell") as i32, offset_256: number("offset_256") as i32 };
        assert_eq!(wire, expected, "{vector}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Every f64 within ±10^11 comes back as the nearest multiple of 1/256.
    #[test]
    fn a_round_trip_is_exact_to_a_256th(
        mantissa in -1.0f64..=1.0,
        exponent in -12i32..=11,
        grid in prop_oneof![Just(100u32), Just(47), Just(1_000_000), 47u32..1_000_000],
    ) {
        let world = mantissa * 10f64.powi(exponent);
        let wire = WireCoordinate::from_world(world, grid);
        prop_assert!((0..i64::from(grid) * 256).contains(&i64::from(wire.offset_256)));
        prop_assert_eq!(wire.to_world(grid), (world * 256.0).round() / 256.0);
        prop_assert_eq!(WireCoordinate::from_world(wire.to_world(grid), grid), wire);
        // The argument of a message is a fixed with the same steps.
        prop_assert_eq!(fixed(wire.offset()), wire.offset_256);
    }

    /// Just below the border of a cell, on either side of the origin.
    #[test]
    fn an_offset_never_rounds_up_to_a_whole_cell(cell in -1_000_000_000i32..1_000_000_000, below in 0.0f64..0.01) {
        let border = f64::from(cell) * 100.0;
        let wire = WireCoordinate::from_world(border - below, 100);
        prop_assert!(wire.offset_256 < 25_600);
        let expected = (256.0 * (border - below)).round() / 256.0;
        prop_assert_eq!(wire.to_world(100), expected);
        prop_assert_eq!(wire.cell == cell, expected == border);
    }

    #[test]
    fn an_offset_outside_the_cell_is_accepted(cell in any::<i32>(), offset in any::<i32>(), grid in 1u32..1_000_000) {
        let world = WireCoordinate { cell, offset_256: offset }.to_world(grid);
        let exact = i128::from(cell) * i128::from(grid) * 256 + i128::from(offset);
        prop_assert_eq!(world, exact as f64 / 256.0);
    }

    #[test]
    fn zoom_comes_back_to_a_millionth(millionths in 1u32..) {
        prop_assert_eq!(zoom_to_wire(zoom_from_wire(millionths)), millionths);
    }
}

#[test]
fn what_is_beyond_the_last_cell_is_clamped_to_it() {
    for (world, cell, offset_256) in [
        (f64::MAX, i32::MAX, 25_599),
        (f64::INFINITY, i32::MAX, 25_599),
        (f64::MIN, i32::MIN, 0),
        (f64::NEG_INFINITY, i32::MIN, 0),
        (f64::NAN, 0, 0),
        (-0.0, 0, 0),
        (f64::MIN_POSITIVE, 0, 0),
    ] {
        assert_eq!(WireCoordinate::from_world(world, 100), WireCoordinate { cell, offset_256 }, "{world}");
    }
}

#[test]
fn zoom_is_never_zero_on_the_wire() {
    assert_eq!([0.0, -1.0, 1e-9, f64::NAN].map(zoom_to_wire), [1; 4]);
    assert_eq!(zoom_to_wire(1.0), 1_000_000);
    assert_eq!(zoom_to_wire(f64::INFINITY), u32::MAX);
}

#[test]
fn a_cell_contains_its_top_left_corner() {
    let cell = Cell::new(-3, 2);
    assert_eq!(cell.origin(100), WorldPoint::new(-300.0, 200.0));
    assert_eq!(Cell::containing(cell.origin(100), 100), cell);
    assert_eq!(Cell::containing(WorldPoint::new(-300.01, 299.99), 100), Cell::new(-4, 2));
}

#[test]
fn a_point_is_two_coordinates() {
    let point = WorldPoint::new(-0.5, 250.25);
    let wire = WirePoint::from_world(point, 100);
    assert_eq!((wire.x.cell, wire.x.offset(), wire.y.cell, wire.y.offset()), (-1, 99.5, 2, 50.25));
    assert_eq!(WirePoint::from_arguments(-1, 2, 99.5, 50.25), wire);
    assert_eq!(wire.to_world(100), point);
    assert_eq!(from_fixed(fixed(-12.5)), -12.5);
}
