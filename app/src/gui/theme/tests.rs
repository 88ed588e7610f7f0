//! Every text can be read on every ground that it stands on, and states stay apart for every eye.

use eframe::egui::Color32;
use goscope_flamegraph::palette::Rgb;

use super::{DARK, LIGHT, StateHue, Tokens};

/// WCAG 2 level AA for text of normal size.
const MIN_CONTRAST: f64 = 4.5;

const fn rgb(color: Color32) -> Rgb {
    Rgb { r: color.r(), g: color.g(), b: color.b() }
}

fn contrast(text: Color32, ground: Color32) -> f64 {
    rgb(text).contrast(rgb(ground))
}

/// Texts and the grounds that they stand on, by name.
fn pairs(tokens: &Tokens) -> Vec<(&'static str, Color32, &'static str, Color32)> {
    let plain = [
        ("ground", tokens.ground),
        ("raised", tokens.raised),
        ("floating", tokens.floating),
        ("sunken", tokens.sunken),
    ];
    let lit = [
        ("accent_soft", tokens.accent_soft),
        ("meter", tokens.meter),
        ("control", tokens.control),
        ("control_hovered", tokens.control_hovered),
        ("control_pressed", tokens.control_pressed),
        ("row_hovered", tokens.row_hovered),
    ];
    let mut pairs = vec![
        ("on_accent", tokens.on_accent, "accent", tokens.accent),
        ("danger", tokens.danger, "danger_soft", tokens.danger_soft),
        ("text", tokens.text, "danger_soft", tokens.danger_soft),
        ("increase", tokens.increase, "danger_soft", tokens.danger_soft),
    ];
    for (name, ground) in plain {
        for (text, color) in [
            ("text", tokens.text),
            ("text_quiet", tokens.text_quiet),
            ("text_faint", tokens.text_faint),
            ("accent", tokens.accent),
            ("danger", tokens.danger),
            ("found", tokens.found),
            ("increase", tokens.increase),
            ("decrease", tokens.decrease),
        ] {
            pairs.push((text, color, name, ground));
        }
    }
    for (name, ground) in lit {
        for (text, color) in [("text", tokens.text), ("text_quiet", tokens.text_quiet)] {
            pairs.push((text, color, name, ground));
        }
    }
    // Links in the sentence of what is chosen, and the name of the switch that is on.
    pairs.push(("accent", tokens.accent, "accent_soft", tokens.accent_soft));
    pairs
}

#[test]
fn every_text_can_be_read_on_every_ground_that_it_stands_on() {
    for (theme, tokens) in [("dark", &DARK), ("light", &LIGHT)] {
        for (text, color, name, ground) in pairs(tokens) {
            let found = contrast(color, ground);
            assert!(found >= MIN_CONTRAST, "{theme}: {text} on {name} {found:.2}");
        }
    }
}

#[test]
fn text_on_states_can_be_read() {
    for dark_mode in [true, false] {
        for state in StateHue::ALL {
            let found = contrast(state.ink(dark_mode), state.color(dark_mode));
            assert!(found >= MIN_CONTRAST, "{state:?}, dark {dark_mode}: {found:.2}");
        }
    }
}

/// How others see: full protanopia, deuteranopia and tritanopia (Machado, Oliveira, Fernandes 2009, severity 1, on
/// linear light), with the least distance of two states that is asked for. Nearly nobody has the last, and blue and
/// green cannot both keep their distance from everything there.
const SIGHTS: [(&str, [[f64; 3]; 3], f64); 4] = [
    ("normal", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], 18.0),
    (
        "protanopia",
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
        18.0,
    ),
    (
        "deuteranopia",
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
        18.0,
    ),
    (
        "tritanopia",
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
        12.0,
    ),
];

/// CIE L*a*b* (D65), whose distances are the ΔE of 1976.
fn lab([r, g, b]: [f64; 3]) -> [f64; 3] {
    let root = |t: f64| {
        if t > (6.0_f64 / 29.0).powi(3) { t.cbrt() } else { t * (29.0_f64 / 6.0).powi(2) / 3.0 + 4.0 / 29.0 }
    };
    let x = root((0.412_456_4 * r + 0.357_576_1 * g + 0.180_437_5 * b) / 0.950_47);
    let y = root(0.212_672_9 * r + 0.715_152_2 * g + 0.072_175_0 * b);
    let z = root((0.019_333_9 * r + 0.119_192_0 * g + 0.950_304_1 * b) / 1.088_83);
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

fn seen(color: Color32, sight: &[[f64; 3]; 3]) -> [f64; 3] {
    let light = rgb(color).linear();
    let mixed = sight.map(|row| row.iter().zip(light).map(|(weight, light)| weight * light).sum::<f64>());
    lab(mixed.map(|light| light.clamp(0.0, 1.0)))
}

#[test]
fn states_stay_apart_for_every_eye_and_in_grey() {
    let states: Vec<StateHue> =
        StateHue::ALL.into_iter().filter(|state| *state != StateHue::Unknown).collect();
    for dark_mode in [true, false] {
        for (at, &one) in states.iter().enumerate() {
            for &other in &states[..at] {
                for (name, sight, least) in &SIGHTS {
                    let (a, b) = (seen(one.color(dark_mode), sight), seen(other.color(dark_mode), sight));
                    let distance = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
                    assert!(
                        distance >= *least,
                        "{one:?}, {other:?}, dark {dark_mode}, {name}: {distance:.1}"
                    );
                }
                let lightness = |state: StateHue| seen(state.color(dark_mode), &SIGHTS[0].1)[0];
                let apart = (lightness(one) - lightness(other)).abs();
                assert!(apart >= 3.5, "{one:?}, {other:?}, dark {dark_mode}: lightness {apart:.1} apart");
            }
        }
    }
}
