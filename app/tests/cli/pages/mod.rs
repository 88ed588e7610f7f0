//! Pages and pictures in a real browser: nothing is said on the console, nothing is asked of anybody, names are text, and
//! clicks do what they promise. The pages are those of the list of all outputs, `names/commands.rs`, so none is forgotten.

mod browser;
mod viewers;

use std::fs;
use std::path::{Path, PathBuf};

use goscope_test_support::nasty::NASTY;
use goscope_test_support::sample;
use serde_json::json;
use tempfile::TempDir;

use crate::names::commands::{Kind, LINES};
use crate::names::{inputs, output_in, words_of};
use browser::Browser;

/// Elements that no page of goscope has, whatever the names in it are.
const FOREIGN: &str =
    "img, iframe, object, embed, link, base, form, foreignObject, image, b > script, td > b";

/// Something that asks for a file from elsewhere; the policy of the page refuses, and says by which rule.
const ASK: &str = "new Promise(done => {
    document.addEventListener('securitypolicyviolation', refusal => done(refusal.effectiveDirective));
    const picture = document.createElementNS('http://www.w3.org/1999/xhtml', 'img');
    picture.src = 'http://127.0.0.1:9/picture.png';
    document.documentElement.appendChild(picture);
    setTimeout(() => done('nothing'), 5000);
})";

/// Every page and picture as a file, with the command line that made it.
fn pages(folder: &Path) -> Vec<(&'static str, Kind, PathBuf)> {
    inputs::write_inputs(folder);
    let shown = LINES.iter().filter(|(kind, _)| matches!(kind, Kind::Html | Kind::Svg));
    shown
        .enumerate()
        .map(|(at, &(kind, line))| {
            let words = words_of(line);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let ending = if kind == Kind::Html { "html" } else { "svg" };
            let path = folder.join(format!("page{at}.{ending}"));
            fs::write(&path, output_in(folder, &words).stdout).expect("a file is written");
            (line, kind, path)
        })
        .collect()
}

/// The picture of a command as a file.
fn picture(folder: &Path, words: &[&str]) -> PathBuf {
    let path = folder.join("picture.svg");
    let output = output_in(folder, words);
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    fs::write(&path, output.stdout).expect("a file is written");
    path
}

#[test]
fn pages_are_quiet_ask_for_nothing_and_show_names_as_text() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = TempDir::new().expect("a folder");
    let pages = pages(folder.path());
    assert!(pages.len() > 10, "{pages:?}");
    for (line, kind, path) in pages {
        let mut grounds = Vec::new();
        for scheme in ["light", "dark"] {
            browser.open(&path, scheme);
            assert_eq!(browser.said(), [""; 0], "{line}, {scheme}");
            assert_eq!(browser.requests(), [format!("file://{}", path.display())], "{line}, {scheme}");
            assert_eq!(
                browser.eval(&format!("document.querySelectorAll('{FOREIGN}').length")),
                json!(0),
                "{line}"
            );
            let n_scripts = browser.eval("document.querySelectorAll('script').length");
            assert!(
                n_scripts == json!(0) || kind == Kind::Svg && n_scripts == json!(1),
                "{line}: {n_scripts}"
            );
            let ground = "getComputedStyle(document.body || document.documentElement).backgroundColor";
            grounds.push(browser.eval(ground));
        }
        // A picture has the colors that `--dark` chose; it may stand in a page of other colors.
        assert!(kind == Kind::Svg || grounds[0] != grounds[1], "{line}: {grounds:?}");
        // Goroutines are named without the path of their function's package.
        let marked = NASTY.iter().copied().filter(|name| name.contains('<'));
        let with_markup: Vec<&str> = marked.chain(["/script>"]).collect();
        let is_there = format!(
            "{}.some(name => document.documentElement.textContent.includes(name))",
            json!(with_markup)
        );
        assert_eq!(browser.eval(&is_there), json!(true), "{line}: no name is shown as text");
        assert_eq!(browser.eval(ASK), json!("img-src"), "{line}: its policy");
    }
}

/// The box of a function, and its width in percent.
fn frame(name: &str) -> String {
    format!(
        "[...document.querySelectorAll('#frames > g')].find(it => it.querySelector('title').textContent.startsWith('{name} ('))"
    )
}

fn width(browser: &mut Browser, name: &str) -> f64 {
    let width =
        browser.eval(&format!("parseFloat(({}).querySelector('rect').getAttribute('width'))", frame(name)));
    width.as_f64().expect("a number")
}

#[test]
fn clicks_zoom_and_search_in_flame_graphs() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = TempDir::new().expect("a folder");
    let (base, head) = (sample("pprof/cpu-labels.pb.gz").display().to_string(), "net/http.(*conn).serve");
    for words in
        [vec!["svg", &base], vec!["svg", "--icicle", "--dark", &base], vec!["diff", "--svg", &base, &base]]
    {
        let path = picture(folder.path(), &words);
        browser.open(&path, "light");
        let narrow = width(&mut browser, head);
        browser.click(&frame(head));
        let wide = width(&mut browser, head);
        assert!(narrow < 99.0 && wide > 99.0, "{words:?}: {narrow} {wide}");
        browser.click("document.getElementById('unzoom')");
        assert!((width(&mut browser, head) - narrow).abs() < 0.01, "{words:?}");
        browser.answer = Some("runtime".to_owned());
        browser.click("document.getElementById('search')");
        let matched = browser.eval("document.getElementById('matched').textContent");
        assert!(matched.as_str().is_some_and(|text| text.ends_with('%')), "{words:?}: {matched}");
        assert_eq!(browser.said(), [""; 0], "{words:?}");
        // A second click forgets what was searched for.
        browser.click("document.getElementById('search')");
        assert_eq!(
            browser.eval("document.getElementById('matched').classList.contains('hide')"),
            json!(true)
        );
    }
}

#[test]
fn clicks_unfold_pages_and_follow_their_links() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = TempDir::new().expect("a folder");
    let (mut n_unfolded, mut n_links) = (0, 0);
    for (line, _, path) in pages(folder.path()).into_iter().filter(|(_, kind, _)| *kind == Kind::Html) {
        browser.open(&path, "light");
        let closed = "[...document.querySelectorAll('details:not([open])')].find(it => it.checkVisibility())";
        if browser.eval(&format!("Boolean({closed})")) == json!(true) {
            browser.eval(&format!("window.chosen = {closed}; 1"));
            browser.click("window.chosen.querySelector('summary')");
            assert_eq!(browser.eval("window.chosen.open"), json!(true), "{line}");
            n_unfolded += 1;
        }
        if browser.eval("Boolean(document.querySelector('nav a'))") == json!(true) {
            browser.click("document.querySelector('nav a')");
            assert_eq!(browser.eval("location.hash"), json!("#f0"), "{line}");
            n_links += 1;
        }
        assert_eq!(browser.said(), [""; 0], "{line}");
    }
    assert!(n_unfolded > 3 && n_links > 0, "{n_unfolded} {n_links}");
}
