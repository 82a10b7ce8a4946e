//! Keeps the cameras of a compositor and of its pages at the same place, without echoes.

/// Where a camera is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    pub x: f64,
    pub y: f64,
    pub zoom: f64,
}

/// One side of the synchronisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Compositor,
    Page,
}

/// The last camera, and who moved it.
pub struct CameraSync {
    camera: Camera,
    origin: Side,
}

impl CameraSync {
    pub fn new(camera: Camera) -> Self {
        Self {
            camera,
            origin: Side::Compositor,
        }
    }

    /// What the other side is to be told, if anything.
    pub fn moved(&mut self, by: Side, camera: Camera) -> Option<(Side, Camera)> {
        if camera == self.camera || !(camera.zoom.is_finite() && camera.zoom > 0.0) {
            return None;
        }
        self.camera = camera;
        self.origin = by;
        let other = match by {
            Side::Compositor => Side::Page,
            Side::Page => Side::Compositor,
        };
        Some((other, camera))
    }

    pub fn camera(&self) -> Camera {
        self.camera
    }

    pub fn origin(&self) -> Side {
        self.origin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_hears_an_echo() {
        let here = Camera {
            x: 1.0,
            y: 2.0,
            zoom: 1.0,
        };
        let there = Camera { x: 5.0, ..here };
        let mut sync = CameraSync::new(here);
        assert_eq!(
            sync.moved(Side::Page, there),
            Some((Side::Compositor, there))
        );
        assert_eq!(sync.moved(Side::Compositor, there), None);
        assert_eq!(sync.moved(Side::Page, Camera { zoom: 0.0, ..here }), None);
        assert_eq!(sync.camera(), there);
        assert_eq!(sync.origin(), Side::Page);
    }
}
