//! Contrast, distances for color-blind eyes, and that colors mean what they should.

use proptest::prelude::*;

use super::*;

const THEMES: [Theme; 2] = [Theme::Light, Theme::Dark];

/// WCAG 2 level AA for text of normal size.
const MIN_CONTRAST: f64 = 4.5;

/// How others see: full protanopia, deuteranopia and tritanopia (Machado, Oliveira, Fernandes 2009, severity 1, on
/// linear light) and grey.
const SIGHTS: [(&str, [[f64; 3]; 3]); 5] = [
    ("normal", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    (
        "protanopia",
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    ),
    (
        "deuteranopia",
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    ),
    (
        "tritanopia",
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    ),
    ("grey", [[0.2126, 0.7152, 0.0722]; 3]),
];

fn seen(color: Rgb, sight: &[[f64; 3]; 3]) -> Rgb {
    let light = color.linear();
    Rgb::from_linear(sight.map(|row| row.iter().zip(light).map(|(weight, light)| weight * light).sum()))
}

fn distance(a: Rgb, b: Rgb) -> f64 {
    a.oklab().iter().zip(b.oklab()).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

/// The least distance of any two colors, for each way of seeing.
fn least_distances(colors: &[Rgb]) -> [(&'static str, f64); 5] {
    SIGHTS.map(|(name, sight)| {
        let pairs = colors.iter().enumerate().flat_map(|(at, &a)| colors[..at].iter().map(move |&b| (a, b)));
        let distances = pairs.map(|(a, b)| distance(seen(a, &sight), seen(b, &sight)));
        (name, distances.fold(f64::INFINITY, f64::min))
    })
}

#[test]
fn the_seven_states_differ_for_every_eye_and_in_grey() {
    for theme in THEMES {
        let colors = StateColor::ALL.map(|state| state.rgb(theme));
        for (sight, least) in least_distances(&colors) {
            // 0.02 is just noticeable side by side; four to five times that holds for small spans apart.
            let wanted = if sight == "grey" { 0.075 } else { 0.1 };
            assert!(least >= wanted, "{theme:?}, {sight}: {least:.3}");
        }
    }
}

#[test]
fn states_stand_out_from_the_ground_and_carry_text() {
    for theme in THEMES {
        for state in StateColor::ALL {
            let color = state.rgb(theme);
            assert!(color.contrast(theme.ground()) >= 1.3, "{theme:?} {state:?}");
            assert!(color.contrast(text_on(color)) >= MIN_CONTRAST, "{theme:?} {state:?}");
        }
    }
}

#[test]
fn less_same_and_more_differ_for_every_eye() {
    for theme in THEMES {
        let [less, same, more] = [-1.0, 0.0, 1.0].map(|part| change_color(part, theme));
        for (name, sight) in SIGHTS.iter().filter(|(name, _)| *name != "grey") {
            for (a, b) in [(less, same), (same, more), (less, more)] {
                let distance = distance(seen(a, sight), seen(b, sight));
                assert!(distance >= 0.1, "{theme:?}, {name}: {distance:.3}");
            }
        }
    }
}

#[test]
fn a_change_under_one_percent_of_the_largest_is_grey_and_larger_changes_are_stronger() {
    for theme in THEMES {
        let same = change_color(0.0, theme);
        assert_eq!(change_color(0.009, theme), same);
        assert_eq!(change_color(f64::NAN, theme), same);
        for sign in [-1.0, 1.0] {
            let steps = [0.1, 0.2, 0.5, 1.0].map(|part| distance(change_color(sign * part, theme), same));
            assert!(steps.is_sorted() && steps[0] > 0.01, "{steps:?}");
        }
        assert_eq!(change_color(2.0, theme), change_color(1.0, theme));
    }
}

/// Chroma: how far from grey.
fn chroma(color: Rgb) -> f64 {
    let [_, a, b] = color.oklab();
    a.hypot(b)
}

#[test]
fn the_users_code_is_more_colorful_than_the_library_and_the_runtime() {
    for theme in THEMES {
        let names =
            ["github.com/acme/shop/orders.(*Store).Get", "net/http.(*conn).serve", "runtime.mallocgc", ""];
        let chromas = names.map(|name| chroma(function_color(name, theme)));
        assert!(chromas[0] > 0.07, "{chromas:?}");
        assert!(chromas.windows(2).all(|pair| pair[0] > pair[1] + 0.01), "{chromas:?}");
    }
}

/// The hue of a function, in degrees.
fn hue(name: &str) -> f64 {
    let [_, a, b] = function_color(name, Theme::Light).oklab();
    b.atan2(a).to_degrees()
}

fn apart(a: &str, b: &str) -> f64 {
    let difference = (hue(a) - hue(b)).rem_euclid(360.0);
    difference.min(360.0 - difference)
}

#[test]
fn functions_of_a_package_share_a_hue_and_packages_of_a_module_lie_around_its_own() {
    assert!(apart("github.com/acme/shop/orders.Get", "github.com/acme/shop/orders.(*Store).Put") < 3.0);
    assert!(apart("github.com/acme/shop/orders.Get", "github.com/acme/shop.Open") < 55.0);
    assert!(apart("github.com/acme/shop/orders.Get", "go.uber.org/zap.(*Logger).Info") > 5.0);
}

/// What is left alike: of packages whose colors are made of their names alone, some are always neighbors.
#[test]
fn packages_of_the_module_that_fills_the_picture_can_be_told_apart() {
    const MODULES: [(&str, &[&str], usize); 3] = [
        ("example.com/shop", &["catalog", "report", "web", "checkout", "load", "store", "session"], 1),
        (
            "k8s.io/kubernetes/pkg",
            &["kubelet", "scheduler", "proxy", "controller", "registry", "volume", "util", "apis"],
            3,
        ),
        (
            "github.com/prometheus/prometheus",
            &["tsdb", "promql", "storage", "scrape", "rules", "web", "discovery", "config", "notifier"],
            4,
        ),
    ];
    for theme in THEMES {
        for (module, packages, most) in MODULES {
            // The same function name in all, so that only the package makes the difference.
            let colors: Vec<[f64; 3]> =
                packages.iter().map(|package| middle(&format!("{module}/{package}"), theme)).collect();
            let pairs = (0..colors.len()).flat_map(|b| (0..b).map(move |a| (a, b)));
            let length = |a: [f64; 3], b: [f64; 3]| (a[1] - b[1]).hypot(a[2] - b[2]);
            let n_alike = pairs.filter(|&(a, b)| length(colors[a], colors[b]) < 0.02).count();
            assert!(n_alike <= most, "{theme:?} {module}: {n_alike}");
        }
    }
}

/// A package's color as OKLab has it; its functions are lighter and darker.
fn middle(package: &str, theme: Theme) -> [f64; 3] {
    function_color(&format!("{package}.F"), theme).oklab()
}

#[test]
fn colors_of_a_table_are_those_of_its_frames() {
    let mut frames = FrameTable::default();
    let named = frames.intern(Frame { name: "main.main".to_owned(), ..Frame::default() });
    let address =
        frames.intern(Frame { address: 0x401000, object: "/bin/shop".to_owned(), ..Frame::default() });
    let file = frames.intern(Frame { file: "/src/shop/orders/main.go".to_owned(), ..Frame::default() });
    let colors = FrameColors::new(&frames, Theme::Light);
    assert_eq!(colors.color(named), function_color("main.main", Theme::Light));
    assert!(chroma(colors.color(address)) < 0.01, "what has no symbol is grey");
    assert!(chroma(colors.color(file)) > 0.03, "files are colored by folder");
}

proptest! {
    #[test]
    fn text_can_be_read_on_every_color(name in "[a-z]{1,8}(\\.[a-z]{2,3})?(/[a-z]{1,6}){0,3}\\.[A-Z][a-z]{0,9}", part in -1.0..1.0_f64) {
        for theme in THEMES {
            let runtime = format!("runtime.{}", name.replace(['/', '.'], ""));
            let backgrounds = [
                function_color(&name, theme),
                function_color(&format!("net/http.{name}"), theme),
                function_color(&runtime, theme),
                function_color("", theme),
                change_color(part, theme),
                theme.search(), theme.root(), theme.merged(), theme.ground(),
            ];
            for background in backgrounds {
                prop_assert!(background.contrast(theme.text()) >= MIN_CONTRAST, "{theme:?} {background}");
                prop_assert_eq!(text_on(background), theme.text());
            }
            prop_assert!(theme.quiet_text().contrast(theme.ground()) >= MIN_CONTRAST);
        }
    }

    #[test]
    fn what_a_search_found_stands_out_from_every_package(name in "[a-z]{1,8}(/[a-z]{1,6}){0,3}\\.[A-Z][a-z]{0,9}") {
        for theme in THEMES {
            prop_assert!(distance(function_color(&name, theme), theme.search()) > 0.1);
        }
    }
}
