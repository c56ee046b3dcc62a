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

/// In the order they are drawn: words first, then the figures that stand at the right of their columns, so that no
/// figure touches the word after it. Tags stand under the name too.
const WISHES: [Wish; 10] = [
    wish(Column::Name, 112.0, 3.0),
    wish(Column::State, 124.0, 1.5),
    wish(Column::Cpu, 84.0, 1.0),
    wish(Column::Memory, 108.0, 1.0),
    wish(Column::Address, 116.0, 0.8),
    wish(Column::Tags, 140.0, 1.2),
    wish(Column::Host, 96.0, 0.4),
    wish(Column::Disk, 88.0, 0.3),
    wish(Column::Network, 88.0, 0.3),
    wish(Column::Uptime, 84.0, 0.2),
];

/// Room for a state with its reason, "Paused — disk full": where one is listed it is read before any figure.
const STATE_WITH_REASON: f32 = 156.0;

/// The first to go stands first.
const GOES_FIRST: [Column; 8] = [
    Column::Tags,
    Column::Uptime,
    Column::Host,
    Column::Network,
    Column::Disk,
    Column::Address,
    Column::Memory,
    Column::Cpu,
];

/// What is listed, as far as the columns depend on it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Listed {
    /// Machines of several hosts.
    pub has_hosts: bool,
    /// States that come with a reason.
    pub has_reasons: bool,
    /// Machines with tags.
    pub has_tags: bool,
}

/// The columns for a table of this width. `scale` is how much larger than normal the text is.
pub(super) fn slots(width: f32, scale: f32, listed: Listed) -> Vec<Slot> {
    let Listed {
        has_hosts,
        has_reasons,
        has_tags,
    } = listed;
    let mut wishes = WISHES;
    if has_reasons {
        for wish in wishes.iter_mut().filter(|wish| wish.column == Column::State) {
            wish.min_width = STATE_WITH_REASON;
        }
    }
    let mut shown: Vec<&Wish> = wishes
        .iter()
        .filter(|wish| has_hosts || wish.column != Column::Host)
        .filter(|wish| has_tags || wish.column != Column::Tags)
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

    const PLAIN: Listed = Listed {
        has_hosts: false,
        has_reasons: false,
        has_tags: false,
    };
    const WITH_HOSTS: Listed = Listed {
        has_hosts: true,
        has_reasons: false,
        has_tags: false,
    };
    const WITH_REASONS: Listed = Listed {
        has_hosts: false,
        has_reasons: true,
        has_tags: false,
    };

    #[test]
    fn columns_fill_the_width_and_never_overlap() {
        for width in [260, 424, 700, 1000, 1280, 2560] {
            for scale in [1.0, 2.0] {
                let slots = slots(width as f32, scale, WITH_HOSTS);
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

    /// 1280 less the sidebar, the inspector and the margins.
    #[test]
    fn beside_the_inspector_the_same_columns_fit_whatever_the_states_say() {
        for listed in [PLAIN, WITH_REASONS] {
            let columns: Vec<Column> = slots(680.0, 1.0, listed).iter().map(|slot| slot.column).collect();
            assert_eq!(
                columns,
                [
                    Column::Name,
                    Column::State,
                    Column::Cpu,
                    Column::Memory,
                    Column::Address,
                    Column::Disk
                ]
            );
        }
        assert_eq!(slots(1_000.0, 1.0, WITH_REASONS).len(), 8);
    }

    /// What a cell of figures says at most, in the widest of the usual fonts, which is Inter.
    #[test]
    fn the_figures_of_a_column_are_not_cut() {
        const PADDING: f32 = 16.0;
        let width = |column: Column| {
            let slots = slots(680.0, 1.0, WITH_REASONS);
            slots
                .iter()
                .find(|slot| slot.column == column)
                .map(|slot| slot.width - PADDING)
        };
        // "12.5 / 128 GiB" and "22.9 MB/s" at 14 points.
        assert!(width(Column::Memory) >= Some(92.0), "{:?}", width(Column::Memory));
        assert!(width(Column::Disk) >= Some(72.0), "{:?}", width(Column::Disk));
    }

    #[test]
    fn tags_have_a_column_where_there_is_room_and_something_to_show() {
        let has_tags = |width, has_tags| {
            let listed = Listed { has_tags, ..WITH_HOSTS };
            slots(width, 1.0, listed).iter().any(|slot| slot.column == Column::Tags)
        };
        assert!(has_tags(2_000.0, true));
        assert!(!has_tags(2_000.0, false), "an empty column");
        assert!(!has_tags(680.0, true), "they stand under the name there");
    }

    #[test]
    fn the_host_has_a_column_only_where_there_are_several() {
        let has_host = |slots: &[Slot]| slots.iter().any(|slot| slot.column == Column::Host);
        assert!(!has_host(&slots(2000.0, 1.0, PLAIN)));
        assert!(has_host(&slots(2000.0, 1.0, WITH_HOSTS)));
    }
}
