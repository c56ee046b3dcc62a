#![expect(clippy::disallowed_methods, reason = "a guest's colours are not the window's")]

use std::io::Write as _;

use super::*;

const XRGB: u32 = 0x2002_0888;

fn memory(bytes: &[u8]) -> OwnedFd {
    let memory = rustix::fs::memfd_create("frame", rustix::fs::MemfdFlags::CLOEXEC).expect("memory");
    let mut file = std::fs::File::from(memory);
    file.write_all(bytes).expect("written");
    file.into()
}

/// Pixel `x`, `y` is `rgb(x, y, 7)`, in rows of `stride` bytes after `offset` others.
fn frame(width: u32, height: u32, stride: usize, offset: usize) -> Vec<u8> {
    let mut bytes = vec![0xee; offset + stride * height as usize];
    for y in 0..height {
        for x in 0..width {
            let word = (x << 16) | (y << 8) | 7;
            let at = offset + y as usize * stride + x as usize * 4;
            bytes[at..at + 4].copy_from_slice(&word.to_ne_bytes());
        }
    }
    bytes
}

const fn surface(frame: Frame) -> Surface {
    Surface { frame, told: None }
}

fn read(surface: &Surface, area: Area) -> Vec<Color32> {
    let mut out = vec![Color32::RED];
    surface.read(area, &mut out).expect("pixels");
    out
}

fn expected(area: Area) -> Vec<Color32> {
    (area.y..area.y + area.height)
        .flat_map(|y| (area.x..area.x + area.width).map(move |x| Color32::from_rgb(x as u8, y as u8, 7)))
        .collect()
}

const BOXES: [Area; 3] = [
    Area {
        x: 0,
        y: 0,
        width: 40,
        height: 30,
    },
    Area {
        x: 3,
        y: 5,
        width: 2,
        height: 20,
    },
    Area {
        x: 39,
        y: 29,
        width: 1,
        height: 1,
    },
];

#[test]
fn boxes_of_a_shared_frame_are_read_by_its_stride_and_offset() {
    let layout = Layout::new(40, 30, 256, XRGB).expect("a layout");
    let shared = Shared::new(memory(&frame(40, 30, 256, 64)), 64, layout).expect("a frame");
    let surface = surface(Frame::Shared(shared));
    for area in BOXES {
        assert_eq!(read(&surface, area), expected(area), "{area:?}");
    }
}

#[test]
fn a_copied_frame_is_patched_in_place() {
    let layout = Layout::new(40, 30, 160, XRGB).expect("a layout");
    let mut copied = Copied::new(layout, &frame(40, 30, 160, 0)).expect("a frame");
    let piece = Layout::new(2, 2, 12, XRGB).expect("a layout");
    let white = [0xff; 20];
    let area = copied.put(38, 28, piece, &white).expect("inside");
    assert_eq!(
        area,
        Area {
            x: 38,
            y: 28,
            width: 2,
            height: 2
        }
    );
    let surface = surface(Frame::Copied(copied));
    assert_eq!(read(&surface, area), [Color32::WHITE; 4]);
    assert_eq!(read(&surface, BOXES[1]), expected(BOXES[1]));
}

#[test]
fn a_frame_that_lies_about_its_size_ends_the_session_in_words() {
    for (width, height, stride) in [
        (16_385, 1, 1 << 20),
        (16_384, 16_384, 65_536),
        (40, 30, 159),
        (1, 1, u32::MAX),
        (u32::MAX, u32::MAX, u32::MAX),
    ] {
        let layout = Layout::new(width, height, stride, XRGB);
        assert!(
            matches!(layout, Err(Ending::Nonsense { .. })),
            "{width}×{height}/{stride}"
        );
    }
    assert!(matches!(Layout::new(1, 1, 4, 0), Err(Ending::NotSpoken { .. })));
    let layout = Layout::new(40, 30, 256, XRGB).expect("a layout");
    for (bytes, offset) in [(100, 0), (256 * 30, 256), (256 * 30, u32::MAX)] {
        let shared = Shared::new(memory(&vec![0; bytes]), offset, layout);
        assert!(
            matches!(shared, Err(Ending::Nonsense { .. })),
            "{bytes} bytes at {offset}"
        );
    }
    assert!(matches!(Copied::new(layout, &[0; 100]), Err(Ending::Nonsense { .. })));
}

#[test]
fn shared_memory_that_is_cut_short_later_is_an_error_and_no_signal() {
    let layout = Layout::new(40, 30, 160, XRGB).expect("a layout");
    let memory = memory(&frame(40, 30, 160, 0));
    let shared = Shared::new(memory.try_clone().expect("a copy"), 0, layout).expect("a frame");
    let surface = surface(Frame::Shared(shared));
    rustix::fs::ftruncate(&memory, 100).expect("cut");
    let mut out = Vec::new();
    for area in BOXES {
        let read = surface.read(area, &mut out);
        assert!(matches!(read, Err(Ending::Nonsense { .. })), "{area:?}");
    }
}

#[test]
fn a_frame_in_what_is_no_memory_is_refused() {
    let layout = Layout::new(40, 30, 160, XRGB).expect("a layout");
    // As large as it has to be.
    let program = std::fs::File::open("/proc/self/exe").expect("this program");
    let (socket, _other_end) = std::os::unix::net::UnixStream::pair().expect("a socket");
    for memory in [program.into(), socket.into()] {
        let shared = Shared::new(memory, 0, layout);
        assert!(matches!(shared, Err(Ending::Nonsense { .. })));
    }
}

#[test]
fn a_high_frame_is_read_band_by_band_without_a_seam() {
    let layout = Layout::new(200, 250, 1_200, XRGB).expect("a layout");
    let surface = surface(Frame::Shared(
        Shared::new(memory(&frame(200, 250, 1_200, 8)), 8, layout).expect("a frame"),
    ));
    const { assert!(1_200 * 250 > BAND, "more than one band") };
    for area in [
        Area::whole([200, 250]),
        Area {
            x: 1,
            y: 3,
            width: 190,
            height: 247,
        },
    ] {
        assert!(read(&surface, area) == expected(area), "{area:?}");
    }
}

#[test]
fn a_size_that_is_a_lie_ends_the_session_and_what_is_painted_meanwhile_is_there() {
    let layout = Layout::new(4, 4, 16, XRGB).expect("a layout");
    let mut surface = Surface::default();
    surface
        .copy(Copied::new(layout, &[0; 64]).expect("a frame"))
        .expect("room");
    for lie in [[u32::MAX, u32::MAX], [16_385, 1], [16_384, 16_384]] {
        assert!(
            matches!(surface.tell_size(lie), Err(Ending::Nonsense { .. })),
            "{lie:?}"
        );
        let size = surface.size();
        assert_eq!(size, [4, 4], "{lie:?}");
        assert_eq!(read(&surface, Area::whole(size)).len(), 16);
    }
    let mut dark = Surface::default();
    assert!(dark.tell_size([u32::MAX, 1]).is_err());
}

#[test]
fn pieces_of_the_next_frame_are_kept_until_its_size_is_told() {
    let layout = Layout::new(4, 4, 16, XRGB).expect("a layout");
    let mut copied = Copied::new(layout, &[0; 64]).expect("a frame");
    for (x, y) in [(u32::MAX, 0), (0, u32::MAX), (16_000, 16_000)] {
        let put = copied.put(x, y, layout, &[0xff; 64]);
        assert!(matches!(put, Err(Ending::Nonsense { .. })), "{x}, {y}");
    }
    let mut surface = Surface::default();
    surface.copy(copied).expect("a frame");
    surface.put(3, 1, layout, &[0xff; 64]).expect("beyond");
    assert_eq!(surface.size(), [4, 4], "what the guest shows");
    surface.tell_size([6, 3]).expect("wider and lower");
    assert_eq!(surface.size(), [6, 3]);
    let bottom = Area {
        x: 0,
        y: 2,
        width: 6,
        height: 1,
    };
    let [black, white] = [Color32::BLACK, Color32::WHITE];
    assert_eq!(read(&surface, bottom), [black, black, black, white, white, white]);
}

#[test]
fn a_picture_with_too_few_bytes_is_refused() {
    let layout = Layout::new(4, 4, 16, XRGB).expect("a layout");
    let mut copied = Copied::new(layout, &[0; 64]).expect("a frame");
    let short = copied.put(0, 0, layout, &[0; 63]);
    assert!(matches!(short, Err(Ending::Nonsense { .. })));
}

#[test]
fn a_screen_without_rows_is_empty_and_no_crash() {
    let layout = Layout::new(0, 0, 0, XRGB).expect("a layout");
    assert_eq!(layout.bytes(), 0);
    let surface = surface(Frame::Copied(Copied::new(layout, &[]).expect("nothing")));
    assert_eq!(surface.size(), [0, 0]);
}
