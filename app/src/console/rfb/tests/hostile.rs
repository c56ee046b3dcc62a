//! Lies, garbage and broken connections: an ending, never a panic, and no more memory than the limits allow.

use proptest::prelude::*;

use super::super::super::Ending;
use super::super::handshake::{Outgoing, shake_hands};
use super::super::options::Options;
use super::super::pixel_format::PixelFormat;
use super::super::wire::Wire;
use super::encoder::{Encoder, Picture, Way, deflate};
use super::{RGB332, RGB565, Read, read};

const SIZE: [u32; 2] = [40, 30];

struct Nowhere;

impl Outgoing for Nowhere {
    fn send(&mut self, _bytes: &[u8]) -> Result<(), Ending> {
        Ok(())
    }
}

fn assert_nonsense(read: &Read, part: &str) {
    let Ending::Nonsense { what } = &read.ending else {
        panic!("{:?} instead of words about {part}", read.ending);
    };
    assert!(what.contains(part), "{what}");
}

fn read_small(bytes: &[u8]) -> Read {
    read(bytes, SIZE, PixelFormat::BGRX)
}

/// One rectangle and its bytes.
fn rectangle(at: [u16; 4], encoding: i32, body: &[u8]) -> Read {
    let mut encoder = Encoder::new(PixelFormat::BGRX);
    encoder.update(1);
    encoder.head(at, encoding);
    encoder.bytes.extend(body);
    read_small(&encoder.bytes)
}

/// A rectangle whose zlib stream holds `plain`, behind a length of four bytes.
fn packed(encoding: i32, plain: &[u8]) -> Read {
    let mut stream = flate2::Compress::new(flate2::Compression::fast(), true);
    let packed = deflate(&mut stream, plain);
    let mut body = (packed.len() as u32).to_be_bytes().to_vec();
    body.extend(packed);
    rectangle([0, 0, 8, 8], encoding, &body)
}

#[test]
fn rectangles_outside_the_screen_are_refused() {
    for encoding in [0, 1, 2, 4, 5, 6, 7, 16, 17, 50] {
        assert_nonsense(&rectangle([1, 0, 40, 30], encoding, &[0; 64]), "on a screen of 40×30");
        assert_nonsense(&rectangle([u16::MAX; 4], encoding, &[0; 64]), "on a screen of 40×30");
    }
    assert_nonsense(&rectangle([0, 0, 4, 4], 1, &[0, 39, 0, 0]), "at 39,0");
}

#[test]
fn sizes_beyond_any_screen_or_pointer_are_refused() {
    assert_nonsense(&rectangle([0, 0, 20_000, 1], -223, &[]), "a screen of 20000×1");
    assert_nonsense(&rectangle([0, 0, 16_384, 16_384], -308, &[0; 4]), "a screen of");
    for encoding in [-239, -240, -314] {
        assert_nonsense(&rectangle([0, 0, 1_025, 1], encoding, &[0; 64]), "a pointer of 1025×1");
    }
}

#[test]
fn tiles_that_lie_are_refused() {
    assert_nonsense(&packed(16, &[17]), "kind 17");
    assert_nonsense(&packed(16, &[129]), "kind 129");
    let mut long_run = vec![128, 1, 2, 3];
    long_run.extend([255; 40]);
    assert_nonsense(&packed(16, &long_run), "leaves its tile");
    assert_nonsense(&packed(16, &[130, 1, 2, 3, 4, 5, 6, 2]), "outside its palette");
    let three_colours = [
        3, 0, 0, 0, 1, 1, 1, 2, 2, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff,
    ];
    assert_nonsense(&packed(16, &three_colours), "outside its palette");
    assert_nonsense(&packed(16, &[0, 1, 2]), "too early");
    assert_nonsense(&packed(16, &[1, 1, 2, 3, 9]), "more compressed pixels");
    assert_nonsense(
        &rectangle([0, 0, 8, 8], 16, &[0, 0, 0, 4, 9, 9, 9, 9]),
        "compressed pixels",
    );
    assert_nonsense(&rectangle([0, 0, 8, 8], 7, &[0xb0]), "kind 11");
    assert_nonsense(&rectangle([0, 0, 8, 8], 7, &[0x40, 3]), "filter 3");
    assert_nonsense(&rectangle([0, 0, 8, 8], 7, &[0x90, 3, 1, 2, 3]), "JPEG");
    assert_nonsense(
        &rectangle(
            [0, 0, 3, 2],
            7,
            &[0x40, 1, 2, 0, 0, 0, 1, 1, 1, 2, 2, 2, 0, 1, 2, 3, 0, 0],
        ),
        "outside its palette",
    );
    assert_nonsense(
        &rectangle(
            [0, 0, 4, 4],
            2,
            &[0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 2, 0, 1],
        ),
        "leaves its rectangle",
    );
}

#[test]
fn a_bomb_stays_packed() {
    // A gigabyte of zeros would fit the length; the rectangle needs 64 pixels of it.
    assert_nonsense(&packed(6, &vec![0; 16 << 20]), "more compressed pixels");
    assert_nonsense(&packed(16, &vec![0; 16 << 20]), "more compressed pixels");
}

#[test]
fn a_length_that_never_ends_costs_no_memory() {
    for body in [[0xff_u8; 4].as_slice(), &[0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0]] {
        for encoding in [6, 16, 17, 50, -307] {
            let ending = rectangle([0, 0, 8, 8], encoding, body).ending;
            assert!(matches!(ending, Ending::Closed | Ending::Nonsense { .. }), "{ending:?}");
        }
    }
    let text = [3, 0, 0, 0, 0x80, 0, 0, 0];
    assert_eq!(read_small(&text).ending, Ending::Closed);
    let text = [3, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff];
    assert_eq!(read_small(&text).ending, Ending::Closed);
}

#[test]
fn empty_rectangles_are_nothing() {
    for at in [[0, 0, 0, 0], [40, 30, 0, 0], [0, 0, 0, 8], [0, 0, 8, 0]] {
        for (encoding, body) in [
            (0, [].as_slice()),
            (1, &[0; 4]),
            (2, &[0; 8]),
            (5, &[]),
            (6, &[0; 4]),
            (7, &[0]),
            (7, &[0x40, 2]),
            (7, &[0x80, 1, 2, 3]),
            (16, &[0; 4]),
        ] {
            assert_eq!(
                rectangle(at, encoding, body).ending,
                Ending::Closed,
                "{at:?} {encoding}"
            );
        }
    }
    assert_nonsense(&rectangle([0, 0, 0, 0], 7, &[0x90, 3, 1, 2, 3]), "JPEG");
}

/// A session with everything in it.
fn whole_session(format: PixelFormat) -> Vec<u8> {
    let picture = Picture {
        x: 3,
        y: 2,
        width: 20,
        height: 20,
        pixels: (0..400_u32)
            .map(|index| [index as u8 & 0xf0, (index / 20) as u8, 7])
            .collect(),
    };
    let mut encoder = Encoder::new(format);
    encoder.update(14);
    encoder.raw(&picture);
    encoder.copy_rect([0, 0, 9, 9], [5, 5]);
    encoder.rre(&picture);
    for way in [Way::Plain, Way::Best] {
        encoder.hextile(&picture, way);
    }
    encoder.zlib(&picture);
    for way in [Way::Plain, Way::Best, Way::Clever] {
        encoder.zrle(&picture, way);
        encoder.tight(&picture, way, 1, true);
    }
    encoder.head([0, 0, 2, 2], -314);
    encoder.bytes.extend([0; 20]);
    encoder.head([0, 0, 44, 33], -308);
    encoder.bytes.extend([1, 0, 0, 0]);
    encoder.bytes.extend([0; 16]);
    encoder.bytes.extend([3, 0, 0, 0, 0, 0, 0, 2, b'h', b'i']);
    encoder.bytes.extend([248, 0, 0, 0, 0x80, 0, 0, 0, 3, 1, 2, 3]);
    encoder.bytes
}

const GREETING: &[u8] =
    b"RFB 003.008\n\x01\x01\0\0\0\0\x02\x80\x01\xe0\x20\x18\0\x01\0\xff\0\xff\0\xff\x10\x08\0\0\0\0\0\0\0\x04QEMU";

#[test]
fn a_connection_that_breaks_anywhere_is_closed_and_nothing_else() {
    for format in [PixelFormat::BGRX, RGB565] {
        let session = whole_session(format);
        assert_eq!(read(&session, SIZE, format).drawn(), 12);
        for end in 0..=session.len() {
            let read = read(&session[..end], SIZE, format);
            assert_eq!(read.ending, Ending::Closed, "cut at {end} of {}", session.len());
        }
    }
    for end in 0..GREETING.len() {
        let greeting = shake_hands(&mut Wire::new(&GREETING[..end]), &mut Nowhere, &Options::local());
        assert_eq!(greeting, Err(Ending::Closed), "cut at {end}");
    }
    let greeting = shake_hands(&mut Wire::new(GREETING), &mut Nowhere, &Options::local()).unwrap();
    assert_eq!(greeting.size, [640, 480]);
    assert_eq!(greeting.format, PixelFormat::BGRX);
}

fn is_an_ending(ending: &Ending) -> bool {
    matches!(ending, Ending::Closed | Ending::Nonsense { .. })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn garbage_ends(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        for format in [PixelFormat::BGRX, RGB332] {
            prop_assert!(is_an_ending(&read(&bytes, SIZE, format).ending));
        }
        shake_hands(&mut Wire::new(bytes.as_slice()), &mut Nowhere, &Options::local()).unwrap_err();
    }

    #[test]
    fn garbage_in_the_right_frame_ends(
        encoding in prop_oneof![
            proptest::sample::select(vec![0, 1, 2, 4, 5, 6, 7, 16, 17, 50, -223, -224, -239, -240]),
            proptest::sample::select(vec![-257, -258, -259, -260, -261, -307, -308, -312, -313, -314]),
            any::<i32>(),
        ],
        at in (0..40_u16, 0..30_u16, 0..42_u16, 0..32_u16),
        body in proptest::collection::vec(prop_oneof![any::<u8>(), 0..8_u8, Just(0_u8)], 0..3_000),
    ) {
        let mut encoder = Encoder::new(PixelFormat::BGRX);
        encoder.update(3);
        encoder.head([at.0, at.1, at.2, at.3], encoding);
        encoder.bytes.extend(body);
        prop_assert!(is_an_ending(&read_small(&encoder.bytes).ending));
    }

    #[test]
    fn a_true_session_with_some_bytes_turned_ends(
        turned in proptest::collection::vec((any::<proptest::sample::Index>(), 1..=255_u8), 1..6),
    ) {
        let mut session = whole_session(PixelFormat::BGRX);
        for (at, by) in turned {
            let at = at.index(session.len());
            session[at] ^= by;
        }
        prop_assert!(is_an_ending(&read_small(&session).ending));
    }
}
