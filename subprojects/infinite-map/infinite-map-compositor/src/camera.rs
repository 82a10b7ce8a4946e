//! Cameras: pure arithmetic of what an output shows of the world, and how that moves.

use std::time::Duration;

use crate::geometry::{Point, Rect, Size};

pub const ZOOM_MIN: f64 = 0.05;
pub const ZOOM_MAX: f64 = 8.0;

/// Beyond this the cell number of a 100-unit grid no longer fits the wire's 32 bits.
pub const COORDINATE_MAX: f64 = 2.0e11;

/// The world point at the viewport's centre, and zoom in output pixels per world unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pose {
    pub center: Point,
    pub zoom: f64,
}

impl Pose {
    pub const fn new(x: f64, y: f64, zoom: f64) -> Self {
        Self { center: Point::new(x, y), zoom }
    }

    /// The nearest pose that a camera can take. What is not a number keeps its value in `fallback`.
    fn clamped(self, fallback: Pose) -> Self {
        let number = |value: f64, fallback: f64| if value.is_nan() { fallback } else { value };
        let limit = |value: f64| value.clamp(-COORDINATE_MAX, COORDINATE_MAX);
        Self::new(
            limit(number(self.center.x, fallback.center.x)),
            limit(number(self.center.y, fallback.center.y)),
            number(self.zoom, fallback.zoom).clamp(ZOOM_MIN, ZOOM_MAX),
        )
    }
}

#[derive(Clone, Debug)]
struct Animation {
    from: Pose,
    begin: Duration,
    length: Duration,
}

/// One output's view of the world. Times are on any monotonic clock, the same for all calls.
#[derive(Clone, Debug)]
pub struct Camera {
    live: Pose,
    target: Pose,
    viewport: Size,
    animation: Option<Animation>,
    changes: usize,
}

impl Camera {
    pub fn new(pose: Pose, viewport: Size) -> Self {
        let pose = pose.clamped(Pose::new(0.0, 0.0, 1.0));
        Self { live: pose, target: pose, viewport, animation: None, changes: 0 }
    }

    pub fn live(&self) -> Pose {
        self.live
    }

    pub fn target(&self) -> Pose {
        self.target
    }

    pub fn viewport(&self) -> Size {
        self.viewport
    }

    #[cfg(feature = "winit")]
    pub fn set_viewport(&mut self, viewport: Size) {
        self.viewport = viewport;
        self.changes += 1;
    }

    /// Grows whenever the live view changes, for damage tracking.
    pub fn changes(&self) -> usize {
        self.changes
    }

    fn show(&mut self, pose: Pose) -> bool {
        let changed = self.live != pose;
        self.live = pose;
        self.changes += usize::from(changed);
        changed
    }

    pub fn is_moving(&self) -> bool {
        self.animation.is_some()
    }

    /// Sets the resting target, clamped; without a duration the live pose follows at once.
    pub fn move_to(&mut self, target: Pose, duration: Duration, now: Duration) {
        self.target = target.clamped(self.target);
        if duration.is_zero() || self.live == self.target {
            self.show(self.target);
            self.animation = None;
        } else {
            self.animation = Some(Animation { from: self.live, begin: now, length: duration });
        }
    }

    /// Stops where the camera is now.
    pub fn cancel(&mut self) {
        self.target = self.live;
        self.animation = None;
    }

    /// Brings the live pose to what it is at `now`; tells whether it changed.
    pub fn advance(&mut self, now: Duration) -> bool {
        let Some(animation) = &self.animation else {
            return false;
        };
        let progress = now.saturating_sub(animation.begin).as_secs_f64() / animation.length.as_secs_f64();
        if progress >= 1.0 {
            self.animation = None;
            self.show(self.target)
        } else {
            self.show(between(animation.from, self.target, ease(progress)))
        }
    }

    /// Drags the map by a distance in output pixels; the target follows.
    pub fn pan_by_pixels(&mut self, delta: Point) {
        let pose = Pose { center: self.live.center - delta * (1.0 / self.live.zoom), zoom: self.live.zoom };
        self.move_to(pose, Duration::ZERO, Duration::ZERO);
    }

    /// Zooms the target by a factor so that the world point that rests under `pixel` stays there.
    pub fn zoom_at(&mut self, pixel: Point, factor: f64, duration: Duration, now: Duration) {
        let zoom = (self.target.zoom * factor).clamp(ZOOM_MIN, ZOOM_MAX);
        let from_center = pixel - self.half();
        let anchor = self.target.center + from_center * (1.0 / self.target.zoom);
        self.move_to(Pose { center: anchor - from_center * (1.0 / zoom), zoom }, duration, now);
    }

    /// The world point shown at a point of the viewport.
    pub fn to_world(&self, pixel: Point) -> Point {
        self.live.center + (pixel - self.half()) * (1.0 / self.live.zoom)
    }

    /// The point of the viewport that shows a world point.
    pub fn to_viewport(&self, world: Point) -> Point {
        (world - self.live.center) * self.live.zoom + self.half()
    }

    /// The part of the world that is shown.
    pub fn visible(&self) -> Rect {
        Rect::new(
            self.to_world(Point::default()),
            Size::new(self.viewport.width / self.live.zoom, self.viewport.height / self.live.zoom),
        )
    }

    /// Half a viewport in whole pixels, so that whole world coordinates fall on whole pixels at zoom 1.
    fn half(&self) -> Point {
        Point::new((self.viewport.width / 2.0).floor(), (self.viewport.height / 2.0).floor())
    }
}

/// Slow at both ends: 3t² − 2t³.
fn ease(t: f64) -> f64 {
    let t = t.clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Zoom is interpolated by ratio, which looks even to the eye; the centre linearly.
fn between(from: Pose, to: Pose, t: f64) -> Pose {
    let mix = |a: f64, b: f64| a + (b - a) * t;
    Pose::new(
        mix(from.center.x, to.center.x),
        mix(from.center.y, to.center.y),
        (mix(from.zoom.ln(), to.zoom.ln())).exp().clamp(ZOOM_MIN, ZOOM_MAX),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    fn camera() -> Camera {
        Camera::new(Pose::new(0.0, 0.0, 1.0), Size::new(1280.0, 720.0))
    }

    #[test]
    fn a_move_without_duration_jumps() {
        let mut camera = camera();
        camera.move_to(Pose::new(100.0, -50.5, 2.0), ms(0), ms(5));
        assert_eq!(camera.live(), Pose::new(100.0, -50.5, 2.0));
        assert_eq!(camera.target(), camera.live());
        assert!(!camera.is_moving());
    }

    #[test]
    fn an_animation_goes_monotonically_and_ends_exactly_at_the_target() {
        let mut camera = camera();
        camera.move_to(Pose::new(1000.0, 0.0, 4.0), ms(200), ms(1000));
        assert_eq!(camera.live(), Pose::new(0.0, 0.0, 1.0));
        let mut last = camera.live();
        for t in (1016..1200).step_by(16) {
            assert!(camera.advance(ms(t)));
            assert!(camera.live().center.x > last.center.x && camera.live().zoom > last.zoom);
            last = camera.live();
        }
        assert!(camera.advance(ms(1200)));
        assert_eq!(camera.live(), Pose::new(1000.0, 0.0, 4.0));
        assert!(!camera.is_moving());
        assert!(!camera.advance(ms(1300)));
    }

    #[test]
    fn a_new_move_starts_from_the_live_pose() {
        let mut camera = camera();
        camera.move_to(Pose::new(1000.0, 0.0, 1.0), ms(100), ms(0));
        camera.advance(ms(50));
        let midway = camera.live();
        camera.move_to(Pose::new(0.0, 0.0, 1.0), ms(100), ms(50));
        camera.advance(ms(50));
        assert_eq!(camera.live(), midway);
        camera.advance(ms(150));
        assert_eq!(camera.live(), Pose::new(0.0, 0.0, 1.0));
    }

    #[test]
    fn cancel_rests_where_the_camera_is() {
        let mut camera = camera();
        camera.move_to(Pose::new(1000.0, 0.0, 1.0), ms(100), ms(0));
        camera.advance(ms(50));
        let midway = camera.live();
        camera.cancel();
        assert_eq!(camera.target(), midway);
        assert!(!camera.advance(ms(80)));
    }

    #[test]
    fn poses_are_clamped_and_not_a_number_is_ignored() {
        let mut camera = camera();
        camera.move_to(Pose::new(f64::NAN, f64::INFINITY, 1e9), ms(0), ms(0));
        assert_eq!(camera.live(), Pose::new(0.0, COORDINATE_MAX, ZOOM_MAX));
        camera.move_to(Pose::new(0.0, 0.0, 0.0), ms(0), ms(0));
        assert_eq!(camera.live().zoom, ZOOM_MIN);
    }

    #[test]
    fn viewport_and_world_are_inverse_far_away_and_zoomed() {
        let mut camera = camera();
        camera.move_to(Pose::new(1e11, -1e11, 0.5), ms(0), ms(0));
        let pixel = Point::new(17.0, 700.0);
        let back = camera.to_viewport(camera.to_world(pixel));
        assert!((back.x - pixel.x).abs() < 1e-3 && (back.y - pixel.y).abs() < 1e-3);
    }

    #[test]
    fn whole_coordinates_fall_on_whole_pixels_at_zoom_one_also_in_odd_viewports() {
        let camera = Camera::new(Pose::new(7.0, 9.0, 1.0), Size::new(1279.0, 719.0));
        let pixel = camera.to_viewport(Point::new(100.0, -3.0));
        assert_eq!((pixel.x.fract(), pixel.y.fract()), (0.0, 0.0));
    }

    #[test]
    fn zooming_keeps_the_point_under_the_pointer() {
        let mut camera = camera();
        let pixel = Point::new(1000.0, 100.0);
        let before = camera.to_world(pixel);
        camera.zoom_at(pixel, 1.7, ms(0), ms(0));
        let after = camera.to_world(pixel);
        assert!((before.x - after.x).abs() < 1e-9 && (before.y - after.y).abs() < 1e-9);
        camera.zoom_at(pixel, 1e6, ms(0), ms(0));
        assert_eq!(camera.live().zoom, ZOOM_MAX);
    }

    #[test]
    fn panning_moves_the_map_with_the_hand() {
        let mut camera = camera();
        camera.move_to(Pose::new(0.0, 0.0, 2.0), ms(0), ms(0));
        camera.pan_by_pixels(Point::new(100.0, -20.0));
        assert_eq!(camera.live().center, Point::new(-50.0, 10.0));
    }
}
