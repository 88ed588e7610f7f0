//! Which color means what, in the window and in SVG: packages, changes, goroutine states, light and dark.
//!
//! Frames are colored by package, so that one glance tells whose code it is. The name of a package alone decides, so it
//! looks the same in every profile: packages of one module lie on both sides of its hue, far enough from each other to
//! be told apart where one module fills the picture, and functions of one package differ in lightness only. The
//! standard library is pale and cool, the runtime paler, so that the user's own code stands out. All backgrounds of a
//! theme carry the same text color.
//! Widths, strokes and fonts are left to who draws.

use goscope_analysis::profile::frame::{Frame, FrameId, FrameTable};
use goscope_analysis::symbol::{self, FrameKind};

pub use crate::color::Rgb;
use crate::color::rgb_from_oklch;

/// The ground that colors lie on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Theme {
    /// Dark text on light boxes.
    #[default]
    Light,
    /// Light text on dark boxes.
    Dark,
}

impl Theme {
    /// What lies behind the boxes.
    pub const fn ground(self) -> Rgb {
        match self {
            Self::Light => Rgb::from_hex(0xff_ff_ff),
            Self::Dark => Rgb::from_hex(0x12_14_17),
        }
    }

    /// Text on the ground, and on every frame, delta, merged and search color of the theme.
    pub const fn text(self) -> Rgb {
        match self {
            Self::Light => INK,
            Self::Dark => PAPER,
        }
    }

    /// Secondary text on the ground.
    pub const fn quiet_text(self) -> Rgb {
        match self {
            Self::Light => Rgb::from_hex(0x51_5b_66),
            Self::Dark => Rgb::from_hex(0xa6_ae_b8),
        }
    }

    /// Frames that a search found: a pink that no package, change or state has.
    pub const fn search(self) -> Rgb {
        match self {
            Self::Light => Rgb::from_hex(0xff_5c_c8),
            Self::Dark => Rgb::from_hex(0xc2_18_9b),
        }
    }

    /// The root, which is no function.
    pub const fn root(self) -> Rgb {
        match self {
            Self::Light => Rgb::from_hex(0xe4_e7_eb),
            Self::Dark => Rgb::from_hex(0x33_38_3f),
        }
    }

    /// Boxes that stand for several narrow ones.
    pub const fn merged(self) -> Rgb {
        match self {
            Self::Light => Rgb::from_hex(0xc9_ce_d4),
            Self::Dark => Rgb::from_hex(0x44_4a_52),
        }
    }
}

const INK: Rgb = Rgb::from_hex(0x1c_21_27);
const PAPER: Rgb = Rgb::from_hex(0xff_ff_ff);

/// Text to read on any background: the theme's ink or white, whichever has more contrast.
pub fn text_on(background: Rgb) -> Rgb {
    if background.contrast(INK) >= background.contrast(PAPER) { INK } else { PAPER }
}

/// The color of a function, by its full name.
pub fn function_color(name: &str, theme: Theme) -> Rgb {
    let kind = symbol::kind_of(name);
    let package = symbol::package_of(name);
    let (lightness, spread, chroma) = match (theme, kind) {
        (Theme::Light, FrameKind::User) => (0.835, 0.030, 0.105),
        (Theme::Light, FrameKind::StdLib) => (0.885, 0.018, 0.038),
        (Theme::Light, FrameKind::Runtime) => (0.860, 0.015, 0.016),
        (Theme::Light, FrameKind::Unknown) => (0.840, 0.015, 0.0),
        (Theme::Dark, FrameKind::User) => (0.475, 0.025, 0.090),
        (Theme::Dark, FrameKind::StdLib) => (0.415, 0.018, 0.040),
        (Theme::Dark, FrameKind::Runtime) => (0.380, 0.015, 0.018),
        (Theme::Dark, FrameKind::Unknown) => (0.400, 0.015, 0.0),
    };
    let (hue, strength) = match kind {
        FrameKind::User => (user_hue(package), user_strength(package)),
        FrameKind::StdLib => (205.0 + 65.0 * unit_hash(package), 1.0),
        FrameKind::Runtime => (255.0, 1.0),
        FrameKind::Unknown => (0.0, 1.0),
    };
    rgb_from_oklch(lightness + spread * (2.0 * unit_hash(name) - 1.0), chroma * strength, hue)
}

/// Hues of users' packages: from red over yellow and green to teal. Blue belongs to the standard library, pink to what
/// a search found.
const FIRST_HUE: f64 = 22.0;
const HUES: f64 = 160.0;
/// Within how many degrees the packages of one module lie.
const MODULE_HUES: f64 = 100.0;

/// The module chooses the hue, the package moves it; what would leave the range turns back at its ends.
fn user_hue(package: &str) -> f64 {
    let module = module_of(package);
    let shift = if module == package { 0.0 } else { MODULE_HUES * (unit_hash(package) - 0.5) };
    let at = (HUES * unit_hash(module) + shift).abs();
    FIRST_HUE + if at > HUES { 2.0 * HUES - at } else { at }
}

/// Two packages may come to the same hue: of three pairs in which they do, in more than one this tells them apart.
fn user_strength(package: &str) -> f64 {
    // Other bits than those that the hue is made of.
    if (64.0 * unit_hash(package)).fract() < 0.5 { 0.8 } else { 1.2 }
}

/// The part of an import path that packages of one module most likely share: host, owner and repository; the first
/// element where there is no host.
fn module_of(package: &str) -> &str {
    let first = package.split('/').next().unwrap_or_default();
    let n_elements = if first.contains('.') { 3 } else { 1 };
    let end = package.match_indices('/').nth(n_elements - 1).map_or(package.len(), |(slash, _)| slash);
    &package[..end]
}

/// A number in 0..1 that a text always gets: FNV-1a, whose bits are then mixed (the finalizer of MurmurHash3),
/// since FNV alone gives texts that differ at the end only almost the same high bits.
fn unit_hash(text: &str) -> f64 {
    let fnv = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mixed = (fnv ^ (fnv >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    ((mixed ^ (mixed >> 33)) >> 11) as f64 / (1_u64 << 53) as f64
}

/// The color of a frame: by its function; a frame without one is grey, a file has the color of its folder.
pub fn frame_color(frame: &Frame, theme: Theme) -> Rgb {
    if frame.name.is_empty() && frame.address == 0 && !frame.file.is_empty() {
        return file_color(&frame.file, theme);
    }
    function_color(&frame.name, theme)
}

/// Files have no package in their name, but their folder below `src` or the module cache is one.
fn file_color(file: &str, theme: Theme) -> Rgb {
    let (folder, base) = file.rsplit_once('/').unwrap_or(("main", file));
    let roots = ["/src/", "/pkg/mod/"];
    let package =
        roots.iter().find_map(|root| folder.split_once(root)).map_or(folder, |(_, package)| package);
    function_color(&format!("{}.{}", package.trim_start_matches('/'), base.trim_end_matches(".go")), theme)
}

/// The colors of all frames of a table, by frame id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameColors {
    colors: Vec<Rgb>,
}

impl FrameColors {
    /// Hashes every name once, so that drawing is a look-up.
    pub fn new(frames: &FrameTable, theme: Theme) -> Self {
        Self { colors: frames.iter().map(|(_, frame)| frame_color(frame, theme)).collect() }
    }

    /// The color of a frame of the table.
    #[inline]
    pub fn color(&self, frame: FrameId) -> Rgb {
        self.colors[frame.index()]
    }
}

/// The color of a change by its part of the largest one: from −1, the largest that fell, in blue, over 0, the same, in
/// grey, to 1, the largest that grew, in vermilion. Linear: what adds little to the change is pale, however large its own
/// ratio is. Less than a hundredth is grey.
pub fn change_color(part: f64, theme: Theme) -> Rgb {
    let (less, unchanged, more) = match theme {
        Theme::Light => (0x6c_ac_ef, 0xe2_e4_e7, 0xf5_93_5c),
        Theme::Dark => (0x2b_6c_b8, 0x3c_41_48, 0xb2_4c_14),
    };
    if part.abs() < 0.01 || part.is_nan() {
        return Rgb::from_hex(unchanged);
    }
    Rgb::from_hex(unchanged).mix(Rgb::from_hex(if part < 0.0 { less } else { more }), part.abs().min(1.0))
}

/// What a goroutine does, as far as it has a color.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StateColor {
    /// On a processor.
    Running,
    /// Waits for a processor.
    Runnable,
    /// Waits for a mutex, wait group, condition or sleep.
    BlockedSync,
    /// Waits for a channel or select.
    BlockedChannel,
    /// Waits for the network poller.
    Network,
    /// In a system call.
    Syscall,
    /// Marks, sweeps, assists or waits for the collector.
    Gc,
}

impl StateColor {
    /// In the order of legends.
    pub const ALL: [Self; 7] = [
        Self::Running,
        Self::Runnable,
        Self::BlockedSync,
        Self::BlockedChannel,
        Self::Network,
        Self::Syscall,
        Self::Gc,
    ];

    /// The color. The seven differ in hue and, a step of lightness each, in grey: found by a search that maximized the
    /// least OKLab distance of any two over normal sight, protanopia, deuteranopia, tritanopia and grey.
    pub const fn rgb(self, theme: Theme) -> Rgb {
        let (light, dark) = match self {
            Self::Running => (0x5c_98_4f, 0x2a_a0_78),
            Self::Runnable => (0xf5_de_84, 0xfd_ea_7d),
            Self::BlockedSync => (0xa7_3c_0c, 0xcf_46_04),
            Self::BlockedChannel => (0xf3_7f_a2, 0xde_8c_c3),
            Self::Network => (0x6f_c8_fc, 0xa7_d4_f9),
            Self::Syscall => (0x6f_19_9c, 0x86_36_b5),
            Self::Gc => (0x32_30_41, 0x3d_49_53),
        };
        match theme {
            Theme::Light => Rgb::from_hex(light),
            Theme::Dark => Rgb::from_hex(dark),
        }
    }
}

#[cfg(test)]
mod tests;
