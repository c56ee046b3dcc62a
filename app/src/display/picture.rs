//! A guest's screen and pointer as textures.

use std::sync::Arc;

use egui::{ColorImage, ImageData, TextureHandle, TextureOptions};

use crate::console::{CursorChange, Fresh, Patch};

#[derive(Default)]
pub struct Picture {
    texture: Option<TextureHandle>,
    size: [u32; 2],
    options: TextureOptions,
    pub pointer: Pointer,
    /// Larger than this computer can draw.
    pub is_too_large: bool,
}

/// What stands for the pointer over the picture.
#[derive(Default)]
pub enum Pointer {
    /// The guest said nothing: the desktop's own.
    #[default]
    Desktop,
    /// The guest draws it itself, or wants none.
    Hidden,
    Image {
        texture: TextureHandle,
        hot: [u32; 2],
        size: [u32; 2],
    },
}

impl Picture {
    pub const fn texture(&self) -> Option<&TextureHandle> {
        self.texture.as_ref()
    }

    pub const fn size(&self) -> [u32; 2] {
        self.size
    }

    /// Answers whether the pixels that are there need to be sent again.
    pub(super) fn set_options(&mut self, options: TextureOptions) -> bool {
        let is_new = self.options != options;
        self.options = options;
        is_new && self.texture.is_some()
    }

    pub(super) fn take(&mut self, ctx: &egui::Context, fresh: Fresh) {
        if let Some(size) = fresh.size {
            self.size = size;
            let most = ctx.input(|input| input.max_texture_side);
            self.is_too_large = size.iter().any(|side| *side as usize > most);
            self.texture = None;
        }
        if !self.is_too_large {
            for patch in fresh.patches {
                self.draw(ctx, patch);
            }
        }
        match fresh.cursor {
            None => {}
            Some(CursorChange::Hidden) => self.pointer = Pointer::Hidden,
            Some(CursorChange::Shown(cursor)) => {
                let [width, height] = cursor.image.size;
                self.pointer = Pointer::Image {
                    hot: [cursor.hot_x, cursor.hot_y],
                    size: [width as u32, height as u32],
                    texture: ctx.load_texture("guest pointer", ImageData::Color(cursor.image), TextureOptions::LINEAR),
                };
            }
        }
    }

    fn draw(&mut self, ctx: &egui::Context, patch: Patch) {
        let size = self.size.map(|side| side as usize);
        let is_whole = patch.image.size == size;
        match &mut self.texture {
            Some(texture) => {
                let corner = [patch.x as usize, patch.y as usize];
                texture.set_partial(corner, ImageData::Color(patch.image), self.options);
            }
            None if is_whole => {
                self.texture = Some(ctx.load_texture("guest screen", ImageData::Color(patch.image), self.options));
            }
            None => {
                // The first picture of a size comes whole; should it not, what is missing is black.
                let black = ColorImage::filled(size, egui::Color32::BLACK);
                let mut texture = ctx.load_texture("guest screen", ImageData::Color(Arc::new(black)), self.options);
                let corner = [patch.x as usize, patch.y as usize];
                texture.set_partial(corner, ImageData::Color(patch.image), self.options);
                self.texture = Some(texture);
            }
        }
    }
}
