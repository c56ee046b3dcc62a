//! A picture of a guest's screen, kept in a file or put onto the clipboard.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;
use std::time::Instant;

use egui::ColorImage;
use libvirt_backend::Error;
use libvirt_backend::command::{Outcome, Query, Screenshot};

use super::App;
use super::browse::NEVER_OPENED;
use super::outside::{Note, Outside};
use crate::route::MachineKey;
use crate::settings::pictures_folder;
use crate::t;
use crate::text::error;

/// What a picture was asked for.
pub(super) struct Wanted {
    key: MachineKey,
    name: String,
    is_for_file: bool,
}

impl App {
    pub(super) fn want_screenshot(&mut self, key: MachineKey, is_for_file: bool) {
        let Some(name) = self.machine(&key).map(|machine| machine.name().to_owned()) else {
            return;
        };
        self.ask(&key.uri, Query::Screenshot(key.id));
        self.pictures_wanted.push(Wanted { key, name, is_for_file });
    }

    /// Any picture of that machine is as good as the one that was asked for.
    pub(super) fn hand_out_screenshot(
        &mut self,
        key: &MachineKey,
        result: &Result<&Outcome, Error>,
        ctx: &egui::Context,
    ) {
        let is_wanted = |wanted: &mut Wanted| wanted.key == *key;
        let wanted: Vec<Wanted> = self.pictures_wanted.extract_if(.., is_wanted).collect();
        for Wanted { name, is_for_file, .. } in wanted {
            match result {
                Ok(Outcome::Screenshot(picture)) if is_for_file => self.save_picture(key, name, picture.clone()),
                Ok(Outcome::Screenshot(picture)) => {
                    let size = [picture.width as usize, picture.height as usize];
                    ctx.copy_image(ColorImage::from_rgba_unmultiplied(size, &picture.rgba));
                    self.note_about(key, name, Note::info(t!("console-screenshot-copied")));
                }
                Ok(_) => {}
                Err(error) => {
                    let lines = error::message(error).to_lines();
                    self.note_about(key, name, Note::error(lines));
                }
            }
        }
    }

    fn save_picture(&self, key: &MachineKey, name: String, picture: Screenshot) {
        let now = chrono::Local::now().format("%Y-%m-%d %H-%M-%S");
        let file_name = format!("{} {now}.png", name.replace(['/', '\0'], "_"));
        let dialog = rfd::AsyncFileDialog::new()
            .set_title(t!("console-screenshot-save"))
            .set_file_name(file_name.as_str())
            .add_filter("PNG", &["png"]);
        let (outbox, key) = (self.outbox.clone(), key.clone());
        self.runtime.spawn(async move {
            let opened_at = Instant::now();
            let chosen = dialog.save_file().await.map(|file| file.path().to_owned());
            if chosen.is_none() && opened_at.elapsed() >= NEVER_OPENED {
                return;
            }
            outbox.on_thread("berth-picture", move |outbox| {
                let note = match chosen {
                    Some(path) => said(&path, File::create(&path), &picture),
                    None => save_unasked(pictures_folder().as_deref(), &file_name, &picture),
                };
                outbox.send(Outside::NoteAbout(key, name, note));
            });
        });
    }
}

/// Into the user's folder for pictures, where the desktop has no dialog to ask with.
fn save_unasked(folder: Option<&Path>, file_name: &str, picture: &Screenshot) -> Note {
    let Some(folder) = folder else {
        return Note::error(t!("core-browse-failed"));
    };
    let path = folder.join(file_name);
    // Nobody was asked whether a file that is there may be replaced.
    let file = std::fs::create_dir_all(folder).and_then(|()| File::create_new(&path));
    said(&path, file, picture)
}

fn said(path: &Path, file: io::Result<File>, picture: &Screenshot) -> Note {
    let shown = path.display().to_string();
    match file.and_then(|file| write(file, picture)) {
        Ok(()) => Note::info(t!("console-screenshot-saved", path = shown)),
        Err(problem) => Note::error(t!(
            "console-screenshot-failed",
            path = shown,
            reason = problem.to_string()
        )),
    }
}

fn write(file: File, picture: &Screenshot) -> io::Result<()> {
    let mut encoder = png::Encoder::new(BufWriter::new(file), picture.width, picture.height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&picture.rgba)?;
    writer.finish()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture() -> Screenshot {
        let rgba: Vec<u8> = (0..2 * 3 * 4).collect();
        Screenshot {
            width: 2,
            height: 3,
            rgba: rgba.into(),
        }
    }

    #[test]
    fn a_picture_is_read_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("screen of box.png");
        let picture = picture();
        assert!(!said(&path, File::create(&path), &picture).is_error);
        let file = std::io::BufReader::new(File::open(&path).unwrap());
        let mut reader = png::Decoder::new(file).read_info().unwrap();
        let mut read = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut read).unwrap();
        assert_eq!((info.width, info.height, &read[..]), (2, 3, &picture.rgba[..]));
        let missing = folder.path().join("missing/x.png");
        assert!(said(&missing, File::create(&missing), &picture).is_error);
    }

    #[test]
    fn a_picture_that_nobody_can_be_asked_about_replaces_no_file_and_says_where_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let pictures = folder.path().join("Pictures");
        let save = || save_unasked(Some(&pictures), "box.png", &picture());
        let (saved, again) = (save(), save());
        assert!(
            saved.text.contains(pictures.join("box.png").to_str().unwrap()),
            "{saved:?}"
        );
        assert!(!saved.is_error && again.is_error, "{again:?}");
        assert!(save_unasked(None, "box.png", &picture()).is_error);
    }
}
