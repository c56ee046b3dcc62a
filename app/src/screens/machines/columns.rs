//! Which columns fit and how wide they are. The least useful ones go first when the page is narrow.

use crate::settings::Column;

/// A column and the room it has, in points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Slot {
    pub column: Column,
    pub left: f32,
    pub width: f32,
}

/// What a column needs at least, and how much of what is left over it takes.
struct Wish {
    column: Column,
    min_width: f32,
    share: f32,
}

const fn wish(column: Column, min_width: f32, share: f32) -> Wish {
    Wish {
        column,
        min_width,
        share,
    }
}

/// In the order they are drawn. Tags stand under the name and have no column of their own.
const WISHES: [Wish; 9] = [
    wish(Column::Name, 160.0, 3.0),
    wish(Column::State, 148.0, 1.5),
    wish(Column::Cpu, 128.0, 1.0),
    wish(Column::Memory, 136.0, 1.0),
    wish(Column::Disk, 96.0, 0.3),
    wish(Column::Network, 96.0, 0.3),
    wish(Column::Address, 136.0, 0.8),
    wish(Column::Uptime, 84.0, 0.2),
    wish(Column::Host, 96.0, 0.4),
];

/// The first to go stands first.
const GOES_FIRST: [Column; 7] = [
    Column::Uptime,
    Column::Network,
    Column::Disk,
    Column::Host,
    Column::Address,
    Column::Memory,
    Column::Cpu,
];

/// The columns for a table of this width. `scale` is how much larger than normal the text is.
pub(super) fn slots(width: f32, scale: f32, has_hosts: bool) -> Vec<Slot> {
    let mut shown: Vec<&Wish> = WISHES
        .iter()
        .filter(|wish| has_hosts || wish.column != Column::Host)
        .collect();
    let needed = |shown: &[&Wish]| shown.iter().map(|wish| wish.min_width * scale).sum::<f32>();
    for column in GOES_FIRST {
        if needed(&shown) <= width {
            break;
        }
        shown.retain(|wish| wish.column != column);
    }
    let spare = (width - needed(&shown)).max(0.0);
    let shares: f32 = shown.iter().map(|wish| wish.share).sum();
    // Where not even name and state fit they share what there is.
    let shrink = (width / needed(&shown)).min(1.0);
    let mut left = 0.0;
    shown
        .iter()
        .map(|wish| {
            let width = wish.min_width * scale * shrink + spare * wish.share / shares;
            let slot = Slot {
                column: wish.column,
                left,
                width,
            };
            left += width;
            slot
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_fill_the_width_and_never_overlap() {
        for width in [260, 424, 700, 1000, 1280, 2560] {
            for scale in [1.0, 2.0] {
                let slots = slots(width as f32, scale, true);
                assert!(slots.iter().any(|slot| slot.column == Column::Name));
                let mut right = 0.0_f32;
                for slot in &slots {
                    assert!((slot.left - right).abs() < 0.01);
                    right = slot.left + slot.width;
                }
                assert!((right - width as f32).abs() < 0.1, "{width} {right}");
            }
        }
    }

    #[test]
    fn the_host_has_a_column_only_where_there_are_several() {
        let has_host = |slots: &[Slot]| slots.iter().any(|slot| slot.column == Column::Host);
        assert!(!has_host(&slots(2000.0, 1.0, false)));
        assert!(has_host(&slots(2000.0, 1.0, true)));
    }
}
