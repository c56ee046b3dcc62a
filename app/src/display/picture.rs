//! A guest's screen and pointer as textures.

use std::sync::Arc;

use egui::{
    Color32, ColorImage, ImageData, Mesh, Painter, Rect, Shape, TextureFilter, TextureHandle, TextureId,
    TextureOptions, pos2,
};

use super::glass::Glass;
use crate::console::{CursorChange, Fresh, Patch};

#[derive(Default)]
pub struct Picture {
    texture: Option<Texture>,
    size: [u32; 2],
    options: TextureOptions,
    pub pointer: Pointer,
    /// Larger than this computer can draw.
    pub is_too_large: bool,
}

/// Where its pixels are.
enum Texture {
    /// Where OpenGL paints the window.
    Glass(Glass),
    Handle(TextureHandle),
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

impl Pointer {
    /// In the place of the guest's picture of it.
    pub fn draw(&self, painter: &Painter, rect: Rect) {
        if let Self::Image { texture, .. } = self {
            draw(painter, texture.id(), rect);
        }
    }
}

impl Picture {
    pub const fn is_there(&self) -> bool {
        self.texture.is_some()
    }

    /// Draws it; what is new of it first.
    pub fn draw(&self, painter: &Painter, rect: Rect) {
        let Some(texture) = &self.texture else { return };
        let id = match texture {
            Texture::Glass(glass) => {
                let seen = rect.intersect(painter.clip_rect());
                if let Some(news) = glass.news(seen) {
                    painter.add(news);
                }
                glass.id()
            }
            Texture::Handle(handle) => handle.id(),
        };
        draw(painter, id, rect);
    }

    pub const fn size(&self) -> [u32; 2] {
        self.size
    }

    /// Answers whether the pixels that are there need to be sent again.
    pub(super) fn set_options(&mut self, options: TextureOptions) -> bool {
        let is_new = self.options != options;
        self.options = options;
        match &self.texture {
            Some(Texture::Glass(glass)) if is_new => {
                glass.set_smooth(is_smooth(options));
                false
            }
            texture => is_new && texture.is_some(),
        }
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
                self.put(ctx, patch);
            }
        }
        if let (Some(Texture::Glass(glass)), Some(hold)) = (&self.texture, fresh.hold) {
            glass.hold(hold);
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

    fn put(&mut self, ctx: &egui::Context, patch: Patch) {
        let size = self.size.map(|side| side as usize);
        let is_whole = patch.image.size == size;
        if self.texture.is_none()
            && let Some(glass) = Glass::lend(ctx)
        {
            glass.resize(self.size);
            glass.set_smooth(is_smooth(self.options));
            self.texture = Some(Texture::Glass(glass));
        }
        match &mut self.texture {
            Some(Texture::Glass(glass)) => glass.put(patch, is_whole),
            Some(Texture::Handle(texture)) => {
                let corner = [patch.x as usize, patch.y as usize];
                texture.set_partial(corner, ImageData::Color(patch.image), self.options);
            }
            None if is_whole => {
                let texture = ctx.load_texture("guest screen", ImageData::Color(patch.image), self.options);
                self.texture = Some(Texture::Handle(texture));
            }
            None => {
                // The first picture of a size comes whole; should it not, what is missing is black.
                let black = ColorImage::filled(size, egui::Color32::BLACK);
                let mut texture = ctx.load_texture("guest screen", ImageData::Color(Arc::new(black)), self.options);
                let corner = [patch.x as usize, patch.y as usize];
                texture.set_partial(corner, ImageData::Color(patch.image), self.options);
                self.texture = Some(Texture::Handle(texture));
            }
        }
    }
}

/// A plain rectangle: egui's own images are smoothed at their edges.
fn draw(painter: &Painter, texture: TextureId, rect: Rect) {
    let mut mesh = Mesh::with_texture(texture);
    let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    mesh.add_rect_with_uv(rect, whole, Color32::WHITE);
    painter.add(Shape::mesh(mesh));
}

fn is_smooth(options: TextureOptions) -> bool {
    options.magnification == TextureFilter::Linear
}
