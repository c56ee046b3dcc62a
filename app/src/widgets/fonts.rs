//! Which fonts the text is drawn with.
//!
//! Inter where it is installed, else the nearest sans-serif of the desktop, else egui's own. Characters that these lack
//! (Chinese, Japanese, Korean…) come from the system's fonts, looked for on demand. Pictures compared by tests use
//! [`FontChoice::Bundled`], which looks the same on every machine.
//!
//! egui cannot switch on a font's tabular figures, so columns of numbers are aligned to the right instead.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::{Context, FallbackRequest, FontData, FontDefinitions, FontFamily, FontProvider as _, FontTweak};
use egui_system_font_provider::SystemFontProvider;

/// Where the fonts come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FontChoice {
    /// The fonts compiled into egui: the same everywhere.
    Bundled,
    /// Inter or the desktop's own, found on disk.
    System,
}

/// The family of titles, buttons and names: medium weight where there is one.
pub fn strong_family() -> FontFamily {
    FontFamily::Name("berth-strong".into())
}

/// Installs the fonts of `choice` and the icon font.
pub fn install(ctx: &Context, choice: FontChoice) {
    let found = match choice {
        FontChoice::Bundled => Found::default(),
        FontChoice::System => Found::search(&font_folders()),
    };
    ctx.set_fonts(definitions(&found));
    if choice == FontChoice::System {
        let system = SystemFontProvider::new();
        ctx.add_font_provider(Arc::new(move |request: &FallbackRequest<'_>| {
            let mut insert = system.font_for(request)?;
            if request.cluster.chars().next().is_some_and(is_ideographic) {
                insert.data.tweak.y_offset_factor = IDEOGRAPH_LIFT;
            }
            Some(insert)
        }));
    }
}

/// An ideograph fills its box, whose middle lies below the middle of the capitals and icons beside it: that much of the
/// font's size.
const IDEOGRAPH_LIFT: f32 = -0.1;

/// Chinese characters with their punctuation, kana and hangul.
const fn is_ideographic(character: char) -> bool {
    matches!(character, '\u{2E80}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}' | '\u{FF00}'..='\u{FFEF}' | '\u{20000}'..='\u{3FFFF}')
}

/// Font files by the part they play.
#[derive(Default, Debug, PartialEq, Eq)]
struct Found {
    regular: Option<PathBuf>,
    strong: Option<PathBuf>,
    mono: Option<PathBuf>,
}

/// File stems, best first: `(regular, strong)` of one family.
const SANS: [(&str, &str); 7] = [
    ("Inter-Regular", "Inter-Medium"),
    ("InterVariable", "InterVariable"),
    ("Inter[opsz,wght]", "Inter[opsz,wght]"),
    ("Cantarell-Regular", "Cantarell-Bold"),
    ("NotoSans-Regular", "NotoSans-Medium"),
    ("Ubuntu-R", "Ubuntu-M"),
    ("DejaVuSans", "DejaVuSans"),
];
const MONO: [&str; 4] = [
    "JetBrainsMono-Regular",
    "NotoSansMono-Regular",
    "UbuntuMono-R",
    "DejaVuSansMono",
];

impl Found {
    fn search(folders: &[PathBuf]) -> Self {
        let files = font_files(folders);
        let by_stem = |stem: &str| {
            files
                .iter()
                .find(|path| path.file_stem().and_then(|found| found.to_str()) == Some(stem))
                .cloned()
        };
        let (regular, strong) = SANS
            .iter()
            .find_map(|(regular, strong)| Some((by_stem(regular)?, by_stem(strong))))
            .map_or((None, None), |(regular, strong)| (Some(regular), strong));
        Self {
            regular,
            strong,
            mono: MONO.iter().find_map(|stem| by_stem(stem)),
        }
    }
}

fn font_folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    if let Some(home) = std::env::var_os("HOME").map(PathBuf::from) {
        folders.push(home.join(".local/share/fonts"));
        folders.push(home.join(".fonts"));
    }
    folders.extend(["/usr/local/share/fonts", "/usr/share/fonts", "/run/host/fonts"].map(PathBuf::from));
    folders
}

/// The walk happens before the first frame, so a folder tree of any size must not delay it.
const MOST_ENTRIES: usize = 20_000;
const MOST_DEPTH: usize = 5;

fn font_files(folders: &[PathBuf]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut num_entries = 0;
    let mut open: Vec<(PathBuf, usize)> = folders.iter().rev().map(|folder| (folder.clone(), 0)).collect();
    while let Some((folder, depth)) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries.flatten() {
            num_entries += 1;
            if num_entries > MOST_ENTRIES {
                return files;
            }
            let path = entry.path();
            if is_font_file(&path) {
                files.push(path);
            } else if depth < MOST_DEPTH && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                open.push((path, depth + 1));
            }
        }
    }
    files
}

fn is_font_file(path: &Path) -> bool {
    path.extension()
        .and_then(|extension| extension.to_str())
        .is_some_and(|extension| extension.eq_ignore_ascii_case("ttf") || extension.eq_ignore_ascii_case("otf"))
}

fn definitions(found: &Found) -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let regular = load(&mut fonts, "berth-regular", found.regular.as_deref(), None);
    let strong = load(&mut fonts, "berth-strong", found.strong.as_deref(), Some(500.0));
    let mono = load(&mut fonts, "berth-mono", found.mono.as_deref(), None);

    let sans = fonts
        .families
        .get(&FontFamily::Proportional)
        .cloned()
        .unwrap_or_default();
    let chain = |first: &[&Option<String>]| -> Vec<String> {
        first
            .iter()
            .filter_map(|name| (*name).clone())
            .chain(sans.iter().cloned())
            .collect()
    };
    let strong_chain = chain(&[&strong, &regular]);
    fonts.families.insert(FontFamily::Proportional, chain(&[&regular]));
    fonts.families.insert(strong_family(), strong_chain);
    if let (Some(mono), Some(family)) = (mono, fonts.families.get_mut(&FontFamily::Monospace)) {
        family.insert(0, mono);
    }

    for icons in [
        egui_material_icons::font_insert(),
        egui_material_icons::font_insert_outlined(),
    ] {
        fonts.font_data.insert(icons.name.clone(), Arc::new(icons.data));
        for family in icons.families {
            fonts
                .families
                .entry(family.family)
                .or_default()
                .push(icons.name.clone());
        }
    }
    fonts
}

/// Reads a font file into `fonts`; `None` when there is none or it is not a font.
fn load(fonts: &mut FontDefinitions, name: &str, path: Option<&Path>, weight: Option<f32>) -> Option<String> {
    let bytes = std::fs::read(path?).ok()?;
    let is_font = matches!(bytes.get(..4), Some(b"OTTO" | [0, 1, 0, 0] | b"true"));
    if !is_font {
        return None;
    }
    let mut data = FontData::from_owned(bytes);
    if let Some(weight) = weight
        && let Some(axis) = data.variation_axes().iter().find(|axis| axis.tag == *b"wght")
    {
        let mut tweak = FontTweak::default();
        tweak.coords.push(axis.tag, weight);
        data = data.tweak(tweak);
    }
    fonts.font_data.insert(name.to_owned(), Arc::new(data));
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inter_wins_over_other_fonts_wherever_it_lies() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("opentype/inter");
        std::fs::create_dir_all(&deep).unwrap();
        for name in ["Inter-Regular.otf", "Inter-Medium.otf"] {
            std::fs::write(deep.join(name), b"OTTO").unwrap();
        }
        std::fs::write(folder.path().join("DejaVuSans.ttf"), b"OTTO").unwrap();
        let found = Found::search(&[folder.path().to_path_buf()]);
        assert_eq!(found.regular, Some(deep.join("Inter-Regular.otf")));
        assert_eq!(found.strong, Some(deep.join("Inter-Medium.otf")));
    }

    #[test]
    fn a_file_that_is_no_font_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("Inter-Regular.otf");
        std::fs::write(&path, b"not a font at all").unwrap();
        let fonts = definitions(&Found {
            regular: Some(path),
            ..Found::default()
        });
        assert!(!fonts.font_data.contains_key("berth-regular"));
    }

    #[test]
    fn bundled_fonts_never_depend_on_the_machine() {
        let fonts = definitions(&Found::default());
        assert!(fonts.font_data.keys().all(|name| !name.starts_with("berth-")));
    }
}
