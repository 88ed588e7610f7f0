//! Which letters the window is written in: the system's own for text where there is one, a bundled monospace for
//! names and numbers everywhere, so that columns align on every machine.

use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use eframe::egui::{
    Context, FontData, FontDefinitions, FontFamily,
    epaint::text::{FontInsert, FontPriority, InsertFontFamily},
};
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

/// A search for the system's font that has begun.
#[derive(Debug)]
pub(super) struct SystemFont(Receiver<Option<FontInsert>>);

impl SystemFont {
    /// Begins to search. Listing the system's fonts can take a tenth of a second, so it runs beside the opening
    /// of the window.
    pub(super) fn search() -> Self {
        let (sender, receiver) = channel();
        // Without a thread there is simply no system font.
        let _ = thread::Builder::new().name("system-font".to_owned()).spawn(move || {
            // Nobody waits for it any more once the window has opened without.
            let _ = sender.send(find());
        });
        Self(receiver)
    }

    /// Puts the font before the bundled one, if it is found within `patience`.
    pub(super) fn install(self, ctx: &Context, patience: Duration) {
        if let Ok(Some(font)) = self.0.recv_timeout(patience) {
            ctx.add_font(font);
        }
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
