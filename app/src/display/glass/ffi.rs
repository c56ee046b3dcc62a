//! The only `unsafe` of drawing: OpenGL's calls for a texture of a guest's pixels.
//!
//! Each needs the window's own context to be current. Both ways in here have a [`Context`] that eframe lends while it is:
//! when it makes the window, and when it paints.
#![expect(unsafe_code, reason = "OpenGL has no safe calls")]

use eframe::glow::{
    BGRA, CLAMP_TO_EDGE, Context, HasContext as _, LINEAR, NEAREST, NativeTexture, PixelUnpackData, RGBA, TEXTURE_2D,
    TEXTURE_MAG_FILTER, TEXTURE_MIN_FILTER, TEXTURE_WRAP_S, TEXTURE_WRAP_T, UNPACK_ALIGNMENT, UNSIGNED_BYTE,
    UNSIGNED_INT_8_8_8_8_REV,
};
use egui::ColorImage;

/// Textures without pixels; none where OpenGL cannot hold them as a guest does.
pub(super) fn textures(gl: &Context, count: usize) -> Vec<NativeTexture> {
    if gl.version().is_embedded {
        // OpenGL ES knows this order of colours by extensions only.
        return Vec::new();
    }
    // SAFETY: see above; it only reserves a name.
    let texture = || unsafe { gl.create_texture() };
    (0..count).map_while(|_| texture().ok()).collect()
}

pub(super) struct Bound<'gl>(&'gl Context);

impl<'gl> Bound<'gl> {
    pub(super) fn new(gl: &'gl Context, texture: NativeTexture) -> Self {
        // SAFETY: see above; the name was reserved in this context and is never given back.
        unsafe { gl.bind_texture(TEXTURE_2D, Some(texture)) };
        Self(gl)
    }

    /// What it held before is gone. Colours stand in memory as a guest's do (blue first), for which drivers that paint
    /// without a graphics card have their fast ways; the size of the format is left to the driver, or it takes another.
    pub(super) fn resize(&self, size: [u32; 2]) {
        let [width, height] = size.map(|side| i32::try_from(side).unwrap_or_default());
        let (format, order) = (RGBA.cast_signed(), UNSIGNED_INT_8_8_8_8_REV);
        let nothing = PixelUnpackData::Slice(None);
        // SAFETY: see above; no memory of ours is read.
        unsafe {
            self.0
                .tex_image_2d(TEXTURE_2D, 0, format, width, height, 0, BGRA, order, nothing);
        };
        self.set(TEXTURE_WRAP_S, CLAMP_TO_EDGE);
        self.set(TEXTURE_WRAP_T, CLAMP_TO_EDGE);
    }

    pub(super) fn filter(&self, is_smooth: bool) {
        let filter = if is_smooth { LINEAR } else { NEAREST };
        self.set(TEXTURE_MIN_FILTER, filter);
        self.set(TEXTURE_MAG_FILTER, filter);
    }

    fn set(&self, name: u32, value: u32) {
        // SAFETY: see above; a number is set.
        unsafe { self.0.tex_parameter_i32(TEXTURE_2D, name, value.cast_signed()) };
    }

    /// Refused by OpenGL where the box does not lie inside.
    pub(super) fn put(&self, [x, y]: [u32; 2], image: &ColorImage) {
        let [x, y] = [x, y].map(|place| i32::try_from(place).unwrap_or(i32::MAX));
        let [width, height] = image.size.map(|side| i32::try_from(side).unwrap_or_default());
        let bytes = image.as_raw();
        assert_eq!(bytes.len(), 4 * image.size[0] * image.size[1], "pixels of a picture");
        // SAFETY: see above; rows follow each other without a gap.
        unsafe { self.0.pixel_store_i32(UNPACK_ALIGNMENT, 1) };
        let pixels = PixelUnpackData::Slice(Some(bytes));
        // SAFETY: see above; width × height × 4 bytes are read, which was just compared with what is there.
        unsafe {
            self.0
                .tex_sub_image_2d(TEXTURE_2D, 0, x, y, width, height, RGBA, UNSIGNED_BYTE, pixels);
        }
    }
}

impl Drop for Bound<'_> {
    fn drop(&mut self) {
        // SAFETY: see above.
        unsafe { self.0.bind_texture(TEXTURE_2D, None) };
    }
}
