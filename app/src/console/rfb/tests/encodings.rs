//! Every encoding: what a server packs is what the framebuffer holds.

use proptest::prelude::*;

use super::super::super::{CursorChange, Ending, Lights, PointerMode};
use super::super::pixel_format::PixelFormat;
use super::super::server::Event;
use super::encoder::{Encoder, Picture, Rgb, Way};
use super::{BIG_ENDIAN, HIGH, RGB332, RGB565, Read, read};

const SIZE: [u32; 2] = [160, 140];

fn formats() -> impl Strategy<Value = PixelFormat> {
    prop_oneof![
        4 => Just(PixelFormat::BGRX),
        1 => Just(BIG_ENDIAN),
        1 => Just(HIGH),
        1 => Just(RGB565),
        1 => Just(RGB332),
    ]
}

fn ways() -> impl Strategy<Value = Way> {
    prop_oneof![Just(Way::Plain), Just(Way::Best), Just(Way::Clever)]
}

/// A picture with few or many colours, in runs or scattered, somewhere on the screen.
fn pictures() -> impl Strategy<Value = Picture> {
    let colours = prop_oneof![Just(1_usize), 2..5_usize, 5..20_usize, 20..130_usize, 200..260_usize];
    (1..150_u16, 1..135_u16, colours, 1..90_usize, any::<u64>()).prop_map(|(width, height, colours, run, seed)| {
        let mut random = Random(seed | 1);
        let palette: Vec<Rgb> = (0..colours)
            .map(|_| random.next().to_le_bytes()[2..5].try_into().unwrap())
            .collect();
        let mut pixels = Vec::new();
        let wanted = usize::from(width) * usize::from(height);
        while pixels.len() < wanted {
            let colour = palette[random.below(colours)];
            let length = 1 + random.below(run);
            pixels.extend(std::iter::repeat_n(colour, length.min(wanted - pixels.len())));
        }
        Picture {
            x: random.below(usize::from(160 - width) + 1) as u16,
            y: random.below(usize::from(140 - height) + 1) as u16,
            width,
            height,
            pixels,
        }
    })
}

/// Xorshift: enough for colours.
struct Random(u64);

impl Random {
    const fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    const fn below(&mut self, end: usize) -> usize {
        (self.next() >> 16) as usize % end
    }
}

/// The screen after the pictures were drawn one over the other.
fn expected(pictures: &[Picture], format: PixelFormat) -> Vec<Rgb> {
    let width = SIZE[0] as usize;
    let mut screen = vec![[0; 3]; width * SIZE[1] as usize];
    for picture in pictures {
        let rows = picture.seen_through(format);
        for (row, pixels) in rows.chunks(usize::from(picture.width)).enumerate() {
            let start = (usize::from(picture.y) + row) * width + usize::from(picture.x);
            screen[start..start + pixels.len()].copy_from_slice(pixels);
        }
    }
    screen
}

fn assert_understood(read: &Read, pictures: &[Picture], format: PixelFormat) {
    assert_eq!(read.ending, Ending::Closed, "all was read, and nothing was left over");
    assert_eq!(read.drawn(), pictures.len());
    assert!(read.pixels() == expected(pictures, format), "the pixels differ");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_packed_is_what_is_shown(
        format in formats(),
        pictures in proptest::collection::vec((pictures(), ways(), 0..7_u8, 0..4_u8, any::<bool>()), 1..5),
    ) {
        let mut encoder = Encoder::new(format);
        encoder.update(pictures.len() as u16);
        let mut is_used = [false; 4];
        for (picture, way, encoding, stream, is_fresh) in &pictures {
            match encoding {
                0 => encoder.raw(picture),
                1 => encoder.rre(picture),
                2 => encoder.hextile(picture, *way),
                3 => encoder.zlib(picture),
                4 => encoder.zrle(picture, *way),
                _ => {
                    let is_first = !std::mem::replace(&mut is_used[usize::from(*stream)], true);
                    encoder.tight(picture, *way, *stream, *is_fresh || is_first);
                }
            }
        }
        let pictures: Vec<Picture> = pictures.into_iter().map(|(picture, ..)| picture).collect();
        assert_understood(&read(&encoder.bytes, SIZE, format), &pictures, format);
    }

    #[test]
    fn what_is_moved_is_where_it_was_moved_to(
        picture in pictures(),
        from in (0..160_u16, 0..140_u16),
        to in (0..160_u16, 0..140_u16),
    ) {
        let width = 160 - from.0.max(to.0);
        let height = 140 - from.1.max(to.1);
        let mut encoder = Encoder::new(PixelFormat::BGRX);
        encoder.update(2);
        encoder.raw(&picture);
        encoder.copy_rect([to.0, to.1, width, height], [from.0, from.1]);
        let before = expected(&[picture], PixelFormat::BGRX);
        let mut after = before.clone();
        for y in 0..usize::from(height) {
            for x in 0..usize::from(width) {
                let (from, to) = ((usize::from(from.0), usize::from(from.1)), (usize::from(to.0), usize::from(to.1)));
                after[(to.1 + y) * 160 + to.0 + x] = before[(from.1 + y) * 160 + from.0 + x];
            }
        }
        let read = read(&encoder.bytes, SIZE, PixelFormat::BGRX);
        prop_assert_eq!(&read.ending, &Ending::Closed);
        prop_assert!(read.pixels() == after);
    }
}

/// 16×16, red on the left and blue on the right, made by `ImageMagick`: `-quality 95 -sampling-factor 1x1`.
const JPEG: &[u8] = include_bytes!("red_and_blue.jpg");

#[test]
fn a_jpeg_picture_is_shown_where_it_belongs() {
    let mut encoder = Encoder::new(PixelFormat::BGRX);
    encoder.update(1);
    encoder.tight_jpeg([4, 2, 16, 16], JPEG);
    let read = read(&encoder.bytes, [24, 20], PixelFormat::BGRX);
    assert_eq!(read.ending, Ending::Closed);
    let pixels = read.pixels();
    let at = |x: usize, y: usize| pixels[y * 24 + x];
    assert_eq!(at(3, 2), [0; 3]);
    assert_eq!(at(20, 10), [0; 3]);
    let is_near = |a: Rgb, b: Rgb| (0..3).all(|index| a[index].abs_diff(b[index]) < 12);
    assert!(is_near(at(5, 3), [255, 0, 0]), "{:?}", at(5, 3));
    assert!(is_near(at(18, 16), [0, 0, 255]), "{:?}", at(18, 16));
}

#[test]
fn a_jpeg_picture_of_another_size_is_refused() {
    let mut encoder = Encoder::new(PixelFormat::BGRX);
    encoder.update(1);
    encoder.tight_jpeg([0, 0, 17, 16], JPEG);
    let read = read(&encoder.bytes, [24, 20], PixelFormat::BGRX);
    assert!(matches!(read.ending, Ending::Nonsense { .. }), "{:?}", read.ending);
}

#[test]
fn an_update_may_end_before_its_count() {
    let mut encoder = Encoder::new(PixelFormat::BGRX);
    encoder.update(u16::MAX);
    encoder.head([0; 4], -224);
    encoder.bytes.push(2);
    let read = read(&encoder.bytes, SIZE, PixelFormat::BGRX);
    assert_eq!(read.ending, Ending::Closed);
    assert!(matches!(
        read.events[..],
        [Event::UpdateBegan, Event::Other, Event::UpdateEnded, Event::Other]
    ));
}

fn cursor(encoding: i32, body: &[u8]) -> CursorChange {
    let mut encoder = Encoder::new(PixelFormat::BGRX);
    encoder.update(1);
    encoder.head([1, 0, 2, 2], encoding);
    encoder.bytes.extend(body);
    let read = read(&encoder.bytes, SIZE, PixelFormat::BGRX);
    assert_eq!(read.ending, Ending::Closed);
    read.events
        .into_iter()
        .find_map(|event| match event {
            Event::Cursor(change) => Some(change),
            _ => None,
        })
        .expect("a pointer")
}

fn shown(change: CursorChange) -> Vec<[u8; 4]> {
    let CursorChange::Shown(cursor) = change else {
        panic!("the pointer is hidden");
    };
    assert_eq!((cursor.hot_x, cursor.hot_y), (1, 0));
    assert_eq!(cursor.image.size, [2, 2]);
    cursor.image.pixels.iter().map(|pixel| pixel.to_array()).collect()
}

#[test]
fn pointers_arrive_with_what_shines_through() {
    let masked = [1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0, 10, 11, 12, 0, 0x80, 0x40];
    assert_eq!(
        shown(cursor(-239, &masked)),
        [[3, 2, 1, 255], [0; 4], [0; 4], [12, 11, 10, 255]]
    );
    let alpha = [0, 0, 0, 0, 1, 2, 3, 255, 10, 20, 30, 40, 0, 0, 0, 0, 200, 200, 200, 100];
    assert_eq!(
        shown(cursor(-314, &alpha)),
        [[1, 2, 3, 255], [10, 20, 30, 40], [0; 4], [100; 4]],
        "never brighter than its alpha"
    );
    let two = [1, 2, 3, 4, 5, 6, 0x80, 0x00, 0xc0, 0x40];
    assert_eq!(
        shown(cursor(-240, &two)),
        [[1, 2, 3, 255], [4, 5, 6, 255], [0; 4], [4, 5, 6, 255]]
    );
}

#[test]
fn what_a_server_says_besides_pixels_is_heard() {
    let mut encoder = Encoder::new(PixelFormat::BGRX);
    encoder.update(8);
    encoder.head([0, 0, 0, 0], -239);
    encoder.head([0, 0, 160, 140], -257);
    encoder.head([1, 0, 160, 140], -257);
    encoder.head([0, 0, 0, 0], -261);
    encoder.bytes.push(0b110);
    encoder.head([0, 0, 0, 0], -258);
    encoder.head([0, 0, 8, 4], -308);
    encoder.bytes.extend([1, 0, 0, 0]);
    encoder.bytes.extend([0, 0, 0, 7, 0, 0, 0, 0, 0, 8, 0, 4, 0, 0, 0, 9]);
    encoder.head([0, 0, 0, 0], -316);
    encoder.head([1, 2, 300, 200], -308);
    encoder.bytes.extend([0; 4]);
    let read = read(&encoder.bytes, SIZE, PixelFormat::BGRX);
    assert_eq!(read.ending, Ending::Closed);
    let lights = Lights {
        caps_lock: true,
        num_lock: true,
        scroll_lock: false,
    };
    assert!(matches!(read.events[1], Event::Cursor(CursorChange::Hidden)));
    assert!(matches!(read.events[2], Event::Pointer(PointerMode::Relative)));
    assert!(matches!(read.events[3], Event::Pointer(PointerMode::Absolute)));
    assert!(matches!(read.events[4], Event::Lights(known) if known == lights));
    assert!(matches!(read.events[5], Event::ExtendedKeys));
    assert!(matches!(read.events[6], Event::Resized([8, 4])));
    assert!(matches!(read.events[7], Event::ExtendedButtons));
    assert!(matches!(read.events[8], Event::ResizeRefused { status: 2 }));
    assert_eq!(read.pixels().len(), 32);
}

#[test]
fn what_nobody_asked_for_is_passed_over() {
    let mut encoder = Encoder::new(PixelFormat::BGRX);
    encoder.update(7);
    encoder.head([0, 0, 4, 4], 50);
    encoder.bytes.extend([0, 0, 0, 2, 0, 0, 0, 0, 9, 9]);
    encoder.head([0, 0, 4, 4], 17);
    encoder.bytes.extend([0, 0, 0, 1, 9]);
    encoder.head([0, 0, 4, 4], -260);
    encoder.bytes.extend([0xa0, 3, 9, 9, 9]);
    encoder.head([0; 4], -307);
    encoder.bytes.extend([0, 0, 0, 4, b'n', b'a', b'm', b'e']);
    encoder.head([0; 4], -309);
    encoder.head([0; 4], -259);
    encoder.head([0; 4], -254);
    // A colour map, sound, power buttons, input devices, a bell.
    encoder.bytes.extend([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    encoder.bytes.extend([255, 1, 0, 2, 0, 0, 0, 3, 9, 9, 9]);
    encoder.bytes.extend([255, 1, 0, 1]);
    encoder.bytes.extend([250, 0, 1, 0]);
    encoder.bytes.extend([253, 1, 0, 2, 9, 9]);
    encoder.bytes.push(2);
    let read = read(&encoder.bytes, SIZE, PixelFormat::BGRX);
    assert_eq!(read.ending, Ending::Closed);
}

#[test]
fn what_has_no_known_length_ends_in_words() {
    let mut encoder = Encoder::new(PixelFormat::BGRX);
    encoder.update(1);
    encoder.head([0, 0, 4, 4], 0x1234);
    let what = "a rectangle in encoding 4660".to_owned();
    assert_eq!(
        read(&encoder.bytes, SIZE, PixelFormat::BGRX).ending,
        Ending::Nonsense { what }
    );
    let what = "a message of kind 77".to_owned();
    assert_eq!(read(&[77], SIZE, PixelFormat::BGRX).ending, Ending::Nonsense { what });
}
