//! What is on the screen, in the display's own pixels.

use std::fs;
use std::path::PathBuf;

use super::{Desktop, Shown};

/// Red, green and blue of each pixel.
pub struct Picture {
    pub size: [u32; 2],
    pub rgb: Vec<u8>,
}

impl Picture {
    pub fn at(&self, x: u32, y: u32) -> [u8; 3] {
        let at = 3 * (y as usize * self.size[0] as usize + x as usize);
        [self.rgb[at], self.rgb[at + 1], self.rgb[at + 2]]
    }

    /// Of a file of the kind P6, without comments.
    fn parse(file: &[u8]) -> Self {
        let mut words = file.splitn(4, u8::is_ascii_whitespace);
        let mut word = || std::str::from_utf8(words.next().unwrap()).unwrap();
        assert_eq!(word(), "P6");
        let size = [word().parse().unwrap(), word().parse().unwrap()];
        let rest = words.next().unwrap();
        let rgb = rest.strip_prefix(b"255\n").unwrap().to_vec();
        assert_eq!(rgb.len(), 3 * size[0] as usize * size[1] as usize);
        Self { size, rgb }
    }
}

impl Desktop {
    /// A file with the whole screen.
    pub fn screenshot(&self) -> PathBuf {
        let path = self.home().join("screen.png");
        let file = path.to_str().unwrap();
        match self.shown {
            Shown::OnX11 => self.run("import", &["-window", "root", file]),
            Shown::OnWayland => self.run("grim", &[file]),
        };
        path
    }

    /// The whole screen.
    pub fn picture(&self) -> Picture {
        let path = self.home().join("screen.ppm");
        let file = path.to_str().unwrap();
        match self.shown {
            Shown::OnX11 => self.run("import", &["-window", "root", "-depth", "8", file]),
            Shown::OnWayland => self.run("grim", &["-t", "ppm", file]),
        };
        Picture::parse(&fs::read(path).unwrap())
    }

    /// A part of the screen: red, green and blue of each pixel.
    pub fn pixels(&self, corner: [u32; 2], size: [u32; 2]) -> Vec<u8> {
        assert_eq!(self.shown, Shown::OnX11, "a part of the screen needs X11");
        let path = self.home().join("part.rgb");
        let part = format!("{}x{}+{}+{}", size[0], size[1], corner[0], corner[1]);
        let file = format!("rgb:{}", path.display());
        self.run("import", &["-window", "root", "-crop", &part, "-depth", "8", &file]);
        fs::read(path).unwrap()
    }

    /// Different colours on the screen: a blank one has a single one.
    pub fn colours_on_screen(&self) -> usize {
        let path = self.screenshot();
        let count = self.run("identify", &["-format", "%k", path.to_str().unwrap()]);
        count.trim().parse().unwrap()
    }
}
