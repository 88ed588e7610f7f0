//! Colors as numbers: sRGB, contrast of text, and OKLCH to make families of colors that look equally bright.
//!
//! OKLCH (Ottosson 2020) is used instead of HSL since its lightness is what eyes see: changing the hue does not
//! change the contrast of the text on it.

use std::fmt;

/// An opaque sRGB color.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rgb {
    /// Red, 0 to 255.
    pub r: u8,
    /// Green, 0 to 255.
    pub g: u8,
    /// Blue, 0 to 255.
    pub b: u8,
}

/// As CSS writes it: `#1c2127`.
impl fmt::Display for Rgb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.r, self.g, self.b)
    }
}

impl Rgb {
    /// From `0xRRGGBB`.
    pub const fn from_hex(hex: u32) -> Self {
        let [_, r, g, b] = hex.to_be_bytes();
        Self { r, g, b }
    }

    /// Linear light of the three channels, 0 to 1.
    pub fn linear(self) -> [f64; 3] {
        [self.r, self.g, self.b].map(|channel| {
            let encoded = f64::from(channel) / 255.0;
            if encoded <= 0.04045 { encoded / 12.92 } else { ((encoded + 0.055) / 1.055).powf(2.4) }
        })
    }

    /// From linear light; what a screen cannot show is clipped.
    pub fn from_linear(linear: [f64; 3]) -> Self {
        let [r, g, b] = linear.map(|light| {
            let light = light.clamp(0.0, 1.0);
            let encoded =
                if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
            (encoded * 255.0).round() as u8
        });
        Self { r, g, b }
    }

    /// Relative luminance (WCAG 2), 0 to 1.
    pub fn luminance(self) -> f64 {
        let [r, g, b] = self.linear();
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    /// Contrast ratio of two colors (WCAG 2), 1 to 21; text wants 4.5.
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// Lightness and the two color axes of OKLab; distances of 0.02 can just be seen.
    pub fn oklab(self) -> [f64; 3] {
        let [r, g, b] = self.linear();
        let l = (0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b).cbrt();
        let m = (0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b).cbrt();
        let s = (0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b).cbrt();
        [
            0.210_454_255_3 * l + 0.793_617_785_0 * m - 0.004_072_046_8 * s,
            1.977_998_495_1 * l - 2.428_592_205_0 * m + 0.450_593_709_9 * s,
            0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766_0 * s,
        ]
    }

    /// The color between two, `share` of the way from `self` to `other`, as eyes see it.
    pub fn mix(self, other: Self, share: f64) -> Self {
        let (from, to) = (self.oklab(), other.oklab());
        let between = |axis: usize| from[axis] + (to[axis] - from[axis]) * share.clamp(0.0, 1.0);
        Self::from_linear(linear_from_oklab([between(0), between(1), between(2)]))
    }
}

/// A color by lightness (0 to 1), chroma (0 grey, 0.15 vivid) and hue in degrees. Colors that a screen cannot show
/// lose chroma, never lightness or hue.
pub fn rgb_from_oklch(lightness: f64, chroma: f64, hue_degrees: f64) -> Rgb {
    let (sin, cos) = hue_degrees.to_radians().sin_cos();
    let linear = |chroma: f64| linear_from_oklab([lightness, chroma * cos, chroma * sin]);
    let is_shown = |linear: &[f64; 3]| linear.iter().all(|light| (-1e-4..=1.0001).contains(light));
    let steps = (0..=20).rev().map(|step| linear(chroma * f64::from(step) / 20.0));
    Rgb::from_linear(steps.into_iter().find(is_shown).unwrap_or_else(|| linear(0.0)))
}

fn linear_from_oklab([lightness, a, b]: [f64; 3]) -> [f64; 3] {
    let l = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
    let m = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
    let s = (lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b).powi(3);
    [
        4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
        -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
        -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701_0 * s,
    ]
}
