//! Boxes of pixels, and what changed since somebody last looked.

/// A box of a guest's pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Area {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

impl Area {
    pub const fn whole(size: [u32; 2]) -> Self {
        let [width, height] = size;
        Self {
            x: 0,
            y: 0,
            width,
            height,
        }
    }

    pub const fn is_empty(self) -> bool {
        self.width == 0 || self.height == 0
    }

    pub const fn pixels(self) -> u64 {
        self.width as u64 * self.height as u64
    }

    /// The part inside a screen of `size`, whatever the box claims.
    pub fn clipped(self, size: [u32; 2]) -> Self {
        let (x, y) = (self.x.min(size[0]), self.y.min(size[1]));
        Self {
            x,
            y,
            width: self.x.saturating_add(self.width).min(size[0]) - x,
            height: self.y.saturating_add(self.height).min(size[1]) - y,
        }
    }

    /// The smallest box around both.
    pub fn union(self, other: Self) -> Self {
        if self.is_empty() {
            return other;
        }
        if other.is_empty() {
            return self;
        }
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        let right = self
            .x
            .saturating_add(self.width)
            .max(other.x.saturating_add(other.width));
        let bottom = self
            .y
            .saturating_add(self.height)
            .max(other.y.saturating_add(other.height));
        Self {
            x,
            y,
            width: right - x,
            height: bottom - y,
        }
    }
}

/// What changed since it was last taken: a few boxes, joined where that wastes little.
#[derive(Debug, Default)]
pub struct Damage {
    areas: Vec<Area>,
}

impl Damage {
    /// More boxes than these cost more uploads than they spare pixels.
    const MOST_AREAS: usize = 6;

    pub fn add(&mut self, area: Area) {
        if area.is_empty() {
            return;
        }
        let mut area = area;
        // A joined box may touch a third one: look again until none is near.
        while let Some(near) = self.areas.iter().position(|known| wastes_little(*known, area)) {
            area = area.union(self.areas.swap_remove(near));
        }
        self.areas.push(area);
        if self.areas.len() > Self::MOST_AREAS {
            let whole = self.areas.drain(..).fold(Area::default(), Area::union);
            self.areas.push(whole);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.areas.is_empty()
    }

    pub fn take(&mut self) -> Vec<Area> {
        std::mem::take(&mut self.areas)
    }
}

/// Would one box around both hold few pixels that did not change?
fn wastes_little(a: Area, b: Area) -> bool {
    let apart = a.pixels() + b.pixels();
    a.union(b).pixels() <= apart + apart / 4
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn area(x: u32, y: u32, width: u32, height: u32) -> Area {
        Area { x, y, width, height }
    }

    #[test]
    fn a_box_that_lies_is_cut_to_the_screen() {
        assert_eq!(area(10, 10, u32::MAX, 5).clipped([20, 12]), area(10, 10, 10, 2));
        assert!(area(30, 0, 5, 5).clipped([20, 12]).is_empty());
        assert!(
            area(u32::MAX, u32::MAX, u32::MAX, u32::MAX)
                .clipped([20, 12])
                .is_empty()
        );
    }

    #[test]
    fn rows_that_touch_become_one_box_and_far_ones_stay_apart() {
        let mut damage = Damage::default();
        for row in 0..100 {
            damage.add(area(0, row, 640, 1));
        }
        damage.add(area(0, 400, 8, 8));
        assert_eq!(damage.take(), [area(0, 0, 640, 100), area(0, 400, 8, 8)]);
        assert!(damage.is_empty());
    }

    #[test]
    fn many_far_boxes_become_one_that_holds_them_all() {
        let mut damage = Damage::default();
        for step in 0..20 {
            damage.add(area(step * 50, step * 30, 2, 2));
        }
        let areas = damage.take();
        assert!(areas.len() <= Damage::MOST_AREAS, "{areas:?}");
        let all = areas.into_iter().fold(Area::default(), Area::union);
        assert_eq!(all, area(0, 0, 952, 572));
    }
}
