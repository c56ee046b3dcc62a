//! A picture of a guest's screen, kept in a file or put onto the clipboard.

use std::io::BufWriter;
use std::path::Path;

use egui::ColorImage;
use libvirt_backend::Error;
use libvirt_backend::command::{Outcome, Query, Screenshot};

use super::App;
use super::outside::{Note, Outside};
use crate::route::MachineKey;
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
                Ok(Outcome::Screenshot(picture)) if is_for_file => self.save_picture(&name, picture.clone()),
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

    fn save_picture(&self, name: &str, picture: Screenshot) {
        let now = chrono::Local::now().format("%Y-%m-%d %H-%M-%S");
        let dialog = rfd::AsyncFileDialog::new()
            .set_title(t!("console-screenshot-save"))
            .set_file_name(format!("{} {now}.png", name.replace(['/', '\0'], "_")))
            .add_filter("PNG", &["png"]);
        let outbox = self.outbox.clone();
        self.runtime.spawn(async move {
            let Some(file) = dialog.save_file().await else { return };
            outbox.on_thread("berth-picture", move |outbox| {
                let path = file.path();
                let shown = path.display().to_string();
                let note = match write(path, &picture) {
                    Ok(()) => Note::info(t!("console-screenshot-saved", path = shown)),
                    Err(problem) => Note::error(t!(
                        "console-screenshot-failed",
                        path = shown,
                        reason = problem.to_string()
                    )),
                };
                outbox.send(Outside::Note(note));
            });
        });
    }
}

fn write(path: &Path, picture: &Screenshot) -> std::io::Result<()> {
    let file = BufWriter::new(std::fs::File::create(path)?);
    let mut encoder = png::Encoder::new(file, picture.width, picture.height);
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

    #[test]
    fn a_picture_is_read_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("screen of box.png");
        let rgba: Vec<u8> = (0..2 * 3 * 4).collect();
        let picture = Screenshot {
            width: 2,
            height: 3,
            rgba: rgba.clone().into(),
        };
        write(&path, &picture).unwrap();
        let file = std::io::BufReader::new(std::fs::File::open(&path).unwrap());
        let mut reader = png::Decoder::new(file).read_info().unwrap();
        let mut read = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut read).unwrap();
        assert_eq!((info.width, info.height, read), (2, 3, rgba));
        assert!(write(&folder.path().join("missing/x.png"), &picture).is_err());
    }
}
