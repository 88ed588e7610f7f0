//! Which letters the window is written in: the system's own for text where there is one, a bundled monospace for
//! names and numbers everywhere, so that columns align on every machine.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use eframe::egui::{
    Context, FontData, FontDefinitions, FontFamily,
    epaint::text::{FallbackRequest, FontInsert, FontPriority, FontProvider as _, InsertFontFamily},
};
use egui_system_font_provider::SystemFontProvider;
use fontique::{
    Collection, CollectionOptions, GenericFamily, QueryFamily, QueryStatus, SourceCache, SourceCacheOptions,
};

/// Lets text fall back to the bundled monospace, which has the arrows and signs that the bundled text font lacks.
pub(super) fn install_bundled(ctx: &Context) {
    let mut fonts = FontDefinitions::default();
    let monospace = fonts.families.get(&FontFamily::Monospace).and_then(|names| names.first().cloned());
    if let (Some(monospace), Some(names)) = (monospace, fonts.families.get_mut(&FontFamily::Proportional)) {
        names.insert(names.len().min(1), monospace);
    }
    ctx.set_fonts(fonts);
}

/// A search for the system's fonts that has begun.
pub(super) struct SystemFonts {
    interface: Receiver<Option<FontInsert>>,
    missing_letters: MissingLetters,
}

/// What finds fonts for letters that the bundled ones lack; `None` once it is known that the system has none.
type MissingLetters = Arc<OnceLock<Option<SystemFontProvider>>>;

impl SystemFonts {
    /// The thread that searches. The library for fonts panics in it where the system has no font at all; nobody needs to
    /// hear of that.
    pub(super) const THREAD: &str = "system-font";

    /// Begins to search. Listing the system's fonts can take a tenth of a second, so it runs beside the opening
    /// of the window.
    pub(super) fn search() -> Self {
        Self::search_with(find)
    }

    fn search_with(find: impl FnOnce() -> Option<FontInsert> + Send + 'static) -> Self {
        let (sender, interface) = channel();
        let missing_letters = MissingLetters::default();
        let shared = Arc::clone(&missing_letters);
        let search = move || {
            let found = catch_unwind(AssertUnwindSafe(find));
            // Where listing the fonts panicked, it would again, and take the window along.
            let _ = shared.set(found.is_ok().then(SystemFontProvider::new));
            // Nobody waits for it any more once the window has opened without.
            let _ = sender.send(found.ok().flatten());
        };
        if thread::Builder::new().name(Self::THREAD.to_owned()).spawn(search).is_err() {
            // Without a thread there are simply no fonts of the system.
            let _ = missing_letters.set(None);
        }
        Self { interface, missing_letters }
    }

    /// Puts the font for text before the bundled one, if it is found within `patience`, and lets letters be looked for
    /// in all others.
    pub(super) fn install(self, ctx: &Context, patience: Duration) {
        if let Ok(Some(font)) = self.interface.recv_timeout(patience) {
            ctx.add_font(font);
        }
        let letters = self.missing_letters;
        // Whether a letter is there is asked once: so the first that is missing waits for the end of the search.
        let find = move |request: &FallbackRequest<'_>| letters.wait().as_ref()?.font_for(request);
        ctx.add_font_provider(Arc::new(find));
    }
}

/// The system's font for user interfaces, else its sans-serif.
fn find() -> Option<FontInsert> {
    let mut collection = Collection::new(CollectionOptions { shared: false, system_fonts: true });
    let mut files = SourceCache::new(SourceCacheOptions::default());
    let mut query = collection.query(&mut files);
    query.set_families([
        QueryFamily::Generic(GenericFamily::SystemUi),
        QueryFamily::Generic(GenericFamily::UiSansSerif),
        QueryFamily::Generic(GenericFamily::SansSerif),
    ]);
    let mut found = None;
    query.matches_with(|font| {
        let has_letters =
            font.charmap().is_some_and(|map| "Gg0…".chars().all(|letter| map.map(letter).is_some()));
        if has_letters {
            found = Some(font.clone());
            QueryStatus::Stop
        } else {
            QueryStatus::Continue
        }
    });
    let font = found?;
    let (blob, _) = font.blob.into_raw_parts();
    Some(FontInsert {
        name: "system user interface".to_owned(),
        data: FontData::from_blob(blob, font.index),
        families: vec![InsertFontFamily {
            family: FontFamily::Proportional,
            priority: FontPriority::Highest,
        }],
    })
}

#[cfg(test)]
mod tests {
    use eframe::egui::RawInput;

    use super::*;

    fn draws_letters_that_are_missing(fonts: SystemFonts) -> bool {
        let ctx = Context::default();
        install_bundled(&ctx);
        fonts.install(&ctx, Duration::from_secs(60));
        let mut is_drawn = false;
        let mut output = ctx.run_ui(RawInput::default(), |ui| {
            ui.label("処理 主线程 \u{1f600}");
            is_drawn = true;
        });
        output.textures_delta.clear();
        is_drawn
    }

    #[test]
    fn a_system_without_any_font_is_drawn_with_the_bundled_ones() {
        // What the library does there.
        let fonts = SystemFonts::search_with(|| panic!("no font matches"));
        let letters = Arc::clone(&fonts.missing_letters);
        assert!(draws_letters_that_are_missing(fonts));
        assert!(letters.wait().is_none(), "it is not asked again");
    }

    #[test]
    fn a_system_with_fonts_is_asked_for_letters_that_the_bundled_ones_lack() {
        let fonts = SystemFonts::search_with(|| None);
        assert!(fonts.missing_letters.wait().is_some());
    }
}
