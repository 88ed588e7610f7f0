//! Draws egui's triangles on the CPU, so that image snapshots need no GPU, driver or display and are the same
//! on every machine.
//!
//! The rules are those of egui's own painters: vertex color × texture, both premultiplied and in gamma space,
//! laid over what is there. Coverage is decided in 1/256 pixel integers with the top-left rule, so that
//! triangles that share an edge neither overlap nor leave a gap.

use std::collections::HashMap;

use eframe::egui::{
    self, ClippedPrimitive, Color32, ImageData, Mesh, Pos2, TextureId, TexturesDelta, epaint,
};
use egui_kittest::TestRenderer;
use image::RgbaImage;

/// Sub-pixel steps a pixel.
const SUBPIXELS: f32 = 256.0;

/// A texture as egui hands it over: premultiplied sRGBA.
struct Texture {
    size: [usize; 2],
    pixels: Vec<Color32>,
    is_linear: bool,
}

/// The renderer; holds the textures between frames.
#[derive(Default)]
pub(crate) struct SoftwareRenderer {
    textures: HashMap<TextureId, Texture>,
}

impl TestRenderer for SoftwareRenderer {
    #[expect(clippy::iter_over_hash_type, reason = "textures do not depend on one another")]
    fn handle_delta(&mut self, delta: &mut TexturesDelta) {
        for (id, changes) in delta.set.drain() {
            for change in changes {
                self.change_texture(id, &change);
            }
        }
        for id in delta.free.drain() {
            self.textures.remove(&id);
        }
    }

    fn render(&mut self, ctx: &egui::Context, output: &egui::FullOutput) -> Result<RgbaImage, String> {
        let scale = ctx.pixels_per_point();
        let size = ctx.content_rect().size() * scale;
        let (width, height) = (size.x.round() as usize, size.y.round() as usize);
        let mut canvas = Canvas { width, height, pixels: vec![[0.0; 4]; width * height] };
        for ClippedPrimitive { clip_rect, primitive } in ctx.tessellate(output.shapes.clone(), scale) {
            let epaint::Primitive::Mesh(mesh) = primitive else {
                return Err("paint callbacks cannot be drawn on the CPU".to_owned());
            };
            let texture = self
                .textures
                .get(&mesh.texture_id)
                .ok_or_else(|| format!("unknown texture {:?}", mesh.texture_id))?;
            let clip = Clip::from_points(clip_rect, scale, width, height);
            canvas.paint_mesh(&mesh, texture, scale, &clip);
        }
        canvas.into_image()
    }
}

impl SoftwareRenderer {
    fn change_texture(&mut self, id: TextureId, change: &epaint::ImageDelta) {
        let ImageData::Color(image) = &change.image;
        let is_linear = change.options.magnification == egui::TextureFilter::Linear;
        match (change.pos, self.textures.get_mut(&id)) {
            (Some([left, top]), Some(texture)) => {
                let [width, height] = image.size;
                for row in 0..height {
                    let target = (top + row) * texture.size[0] + left;
                    texture.pixels[target..target + width]
                        .copy_from_slice(&image.pixels[row * width..(row + 1) * width]);
                }
            }
            _ => {
                let texture = Texture { size: image.size, pixels: image.pixels.clone(), is_linear };
                self.textures.insert(id, texture);
            }
        }
    }
}

impl Texture {
    /// The color at `uv` (0..1), 0..255 per channel.
    fn sample(&self, uv: [f32; 2]) -> [f32; 4] {
        let [width, height] = self.size;
        let (x, y) = (uv[0] * width as f32, uv[1] * height as f32);
        if !self.is_linear {
            return self.texel(x.floor() as isize, y.floor() as isize);
        }
        let (x, y) = (x - 0.5, y - 0.5);
        let (left, top) = (x.floor(), y.floor());
        let (fx, fy) = (x - left, y - top);
        let (left, top) = (left as isize, top as isize);
        let upper = lerp(self.texel(left, top), self.texel(left + 1, top), fx);
        let lower = lerp(self.texel(left, top + 1), self.texel(left + 1, top + 1), fx);
        lerp(upper, lower, fy)
    }

    fn texel(&self, x: isize, y: isize) -> [f32; 4] {
        let x = x.clamp(0, self.size[0] as isize - 1) as usize;
        let y = y.clamp(0, self.size[1] as isize - 1) as usize;
        self.pixels[y * self.size[0] + x].to_array().map(f32::from)
    }
}

fn lerp(from: [f32; 4], to: [f32; 4], share: f32) -> [f32; 4] {
    std::array::from_fn(|channel| from[channel] + (to[channel] - from[channel]) * share)
}

/// The pixels that may be painted.
struct Clip {
    left: i64,
    top: i64,
    right: i64,
    bottom: i64,
}

impl Clip {
    fn from_points(rect: egui::Rect, scale: f32, width: usize, height: usize) -> Self {
        let edge = |points: f32, limit: usize| ((points * scale).round() as i64).clamp(0, limit as i64);
        Self {
            left: edge(rect.min.x, width),
            top: edge(rect.min.y, height),
            right: edge(rect.max.x, width),
            bottom: edge(rect.max.y, height),
        }
    }
}

/// A corner of a triangle in 1/256 pixels.
#[derive(Clone, Copy)]
struct Corner {
    x: i64,
    y: i64,
    uv: [f32; 2],
    color: [f32; 4],
}

/// The picture under construction: premultiplied, 0..255 per channel.
struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<[f32; 4]>,
}

impl Canvas {
    fn paint_mesh(&mut self, mesh: &Mesh, texture: &Texture, scale: f32, clip: &Clip) {
        let corner = |index: u32| {
            let vertex = &mesh.vertices[index as usize];
            let subpixel = |points: f32| (points * scale * SUBPIXELS).round() as i64;
            let Pos2 { x, y } = vertex.pos;
            Corner {
                x: subpixel(x),
                y: subpixel(y),
                uv: [vertex.uv.x, vertex.uv.y],
                color: vertex.color.to_array().map(f32::from),
            }
        };
        for [a, b, c] in mesh.triangles() {
            self.paint_triangle([corner(a), corner(b), corner(c)], texture, clip);
        }
    }

    fn paint_triangle(&mut self, corners: [Corner; 3], texture: &Texture, clip: &Clip) {
        let [a, mut b, mut c] = corners;
        let mut area = edge(&a, &b, c.x, c.y);
        if area == 0 {
            return;
        }
        if area < 0 {
            std::mem::swap(&mut b, &mut c);
            area = -area;
        }
        let step = SUBPIXELS as i64;
        let (low_x, high_x) = (a.x.min(b.x).min(c.x), a.x.max(b.x).max(c.x));
        let (low_y, high_y) = (a.y.min(b.y).min(c.y), a.y.max(b.y).max(c.y));
        let columns = low_x.div_euclid(step).max(clip.left)..(high_x.div_euclid(step) + 1).min(clip.right);
        let rows = low_y.div_euclid(step).max(clip.top)..(high_y.div_euclid(step) + 1).min(clip.bottom);
        let bias = [top_left_bias(&b, &c), top_left_bias(&c, &a), top_left_bias(&a, &b)];
        for row in rows {
            for column in columns.clone() {
                let (x, y) = (column * step + step / 2, row * step + step / 2);
                let weights = [edge(&b, &c, x, y), edge(&c, &a, x, y), edge(&a, &b, x, y)];
                if weights.iter().zip(bias).any(|(&weight, bias)| weight + bias < 0) {
                    continue;
                }
                let share = weights.map(|weight| weight as f32 / area as f32);
                self.blend(column as usize, row as usize, shade([&a, &b, &c], share, texture));
            }
        }
    }

    fn blend(&mut self, x: usize, y: usize, source: [f32; 4]) {
        let target = &mut self.pixels[y * self.width + x];
        let rest = 1.0 - source[3] / 255.0;
        *target = std::array::from_fn(|channel| source[channel] + target[channel] * rest);
    }

    fn into_image(self) -> Result<RgbaImage, String> {
        let to_byte = |value: f32| value.round().clamp(0.0, 255.0) as u8;
        let bytes: Vec<u8> = self
            .pixels
            .iter()
            .flat_map(|[red, green, blue, _]| [to_byte(*red), to_byte(*green), to_byte(*blue), 255])
            .collect();
        RgbaImage::from_raw(self.width as u32, self.height as u32, bytes)
            .ok_or_else(|| "the picture has a size that does not fit its pixels".to_owned())
    }
}

/// Twice the signed area of the triangle (`from`, `to`, point): positive on the inner side.
fn edge(from: &Corner, to: &Corner, x: i64, y: i64) -> i64 {
    (to.x - from.x) * (y - from.y) - (to.y - from.y) * (x - from.x)
}

/// 0 for an edge whose points belong to the triangle (top and left ones), −1 for the others.
fn top_left_bias(from: &Corner, to: &Corner) -> i64 {
    let is_top = from.y == to.y && to.x > from.x;
    let is_left = to.y < from.y;
    if is_top || is_left { 0 } else { -1 }
}

/// The color inside a triangle: interpolated vertex color times texture.
fn shade(corners: [&Corner; 3], share: [f32; 3], texture: &Texture) -> [f32; 4] {
    let mix =
        |pick: &dyn Fn(&Corner) -> f32| (0..3).map(|index| pick(corners[index]) * share[index]).sum::<f32>();
    let uv = [mix(&|corner| corner.uv[0]), mix(&|corner| corner.uv[1])];
    let texel = texture.sample(uv);
    std::array::from_fn(|channel| mix(&|corner| corner.color[channel]) * texel[channel] / 255.0)
}
