//! What the window writes: pictures, tables, ranges of a trace. Where to is asked in the system's dialog; what is written
//! is made on workers, and is there as a whole or not at all.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

use eframe::egui::{ColorImage, Context, Rect, ScreenshotCallback, ViewportCommand};
use goscope_analysis::profile::direction::Direction;
use goscope_flamegraph::flame_tree::DiffWidth;
use goscope_flamegraph::layout::Orientation as SvgOrientation;
use goscope_flamegraph::palette::Theme;
use goscope_flamegraph::svg::SvgOptions;
use goscope_parsers::Progress;
use image::{ExtendedColorType, ImageFormat};

use super::library::SHORTEST_DIALOG;
use super::tiles::place_of;
use super::view::ViewContext;
use super::view_id::ViewId;
use super::widgets::table_export::{TableMade, take_made};
use super::workspace::{Content, Orientation, Tab};
use crate::derived::Status;
use crate::document::Document;
use crate::export::flame_svg::{write_flame_svg, write_sandwich};
use crate::export::trace_range::write_range_of;
use crate::jobs::{CancelFlag, JobEnd, Jobs};
use crate::query::Documents;
use crate::query::call_tree::CallTreeQuery;
use crate::query::tree::TreeQuery;
use crate::text;
use crate::whole_file::write_whole_file;

/// Writes something, and says more about it, a sentence a line; or why there is nothing.
type Make = Box<dyn FnOnce(&mut dyn Write) -> Result<Vec<String>, String> + Send>;

/// What became of a file: its path and what is to be said of it; `None` if nobody wanted it any more.
type Saved = Result<Option<(PathBuf, Vec<String>)>, String>;

/// A picture of the window, and what of it is wanted.
type Picture = (Arc<ColorImage>, Option<Rect>, f32, String);

/// Files on their way out.
pub(super) struct Exports {
    jobs: Jobs<Saved>,
    n_running: usize,
    /// Where files go without a question.
    folder: Option<PathBuf>,
    pictures: (Sender<Picture>, Receiver<Picture>),
    /// What was said last.
    pub(super) notice: Option<String>,
}

impl Exports {
    /// `wake` is called when a file is there.
    pub(super) fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        let jobs = Jobs::new("export", 1, wake);
        Self { jobs, n_running: 0, folder: None, pictures: channel(), notice: None }
    }

    pub(super) const fn is_busy(&self) -> bool {
        self.n_running > 0
    }

    /// Asks where a file is to be, and writes it.
    pub(super) fn save(&mut self, Outgoing { name, make }: Outgoing) {
        self.n_running += 1;
        if let Some(folder) = self.folder.clone() {
            self.jobs.spawn(CancelFlag::default(), move || save_to(&free_path(&folder, &name), make));
            return;
        }
        let asked = Instant::now();
        let dialog = rfd::AsyncFileDialog::new().set_title("Save").set_file_name(&name).save_file();
        self.jobs.spawn_waiting("save-dialog", move || match pollster::block_on(dialog) {
            Some(file) => save_to(file.path(), make),
            // Without a dialog it goes to where goscope was started, and it is said where that is.
            None if asked.elapsed() < SHORTEST_DIALOG => {
                let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
                save_to(&free_path(&here, &name), make)
            }
            None => Ok(None),
        });
    }
}

fn save_to(path: &Path, make: Make) -> Saved {
    let mut said = Ok(Vec::new());
    let written = write_whole_file(path, |out| {
        said = make(out);
        said.as_ref().map(|_| ()).map_err(|reason| io::Error::other(reason.clone()))
    });
    let said = said?;
    written.map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    Ok(Some((path.to_owned(), said)))
}

/// A path in a folder at which there is nothing yet.
fn free_path(folder: &Path, name: &str) -> PathBuf {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let numbered = (2..).map(|number| folder.join(format!("{stem}-{number}.{ending}")));
    let mut paths = std::iter::once(folder.join(name)).chain(numbered);
    paths.find(|path| !path.exists()).unwrap_or_else(|| folder.join(name))
}

/// Something that is to become a file.
pub(super) struct Outgoing {
    name: String,
    make: Make,
}

/// The flame graph of the tab in front, with its filters.
pub(super) fn flame_graph(view: &ViewContext<'_>, is_dark: bool) -> Result<Outgoing, String> {
    let wait = |status: Status| match status {
        Status::Failed(reason) => reason.to_string(),
        _ => "the flame graph is not ready yet: try again in a moment".to_owned(),
    };
    let profiles = view.profile_documents().map_err(wait)?;
    let about = view.about(profiles.get());
    let question = |tree: TreeQuery| {
        let TreeQuery { stacks, direction, around, diff, .. } = tree;
        CallTreeQuery { stacks, direction, around, diff }
    };
    let whole = question(about.tree_query().map_err(wait)?.0);
    let halves = match &view.lens().around {
        None => None,
        Some(around) => {
            let half = |direction| about.half_query(around, direction).map(|(tree, _)| question(tree));
            Some([half(Direction::Inverted).map_err(wait)?, half(Direction::TopDown).map_err(wait)?])
        }
    };
    let [base, head] = profiles.get().both_sides().map(<[Arc<Document>]>::to_vec);
    let looks = SvgOptions {
        theme: if is_dark { Theme::Dark } else { Theme::Light },
        orientation: match view.lens().orientation {
            Orientation::Icicle => SvgOrientation::Icicle,
            Orientation::Flame => SvgOrientation::Flame,
        },
        ..SvgOptions::default()
    };
    let title = view.tab.content.title();
    let make: Make = Box::new(move |out| {
        let documents = Documents::sides(&base, &head);
        let written = match &halves {
            None => write_flame_svg(&whole, documents, (&title, looks), out),
            Some(halves) => {
                let width = DiffWidth::default();
                write_sandwich(halves.each_ref(), documents, width, (&title, looks), out)
            }
        };
        written.map_err(|error| error.to_string())?;
        Ok(Vec::new())
    });
    Ok(Outgoing { name: "flame-graph.svg".to_owned(), make })
}

/// The time that a tab shows of its trace.
pub(super) fn range(tab: &Tab) -> Result<Outgoing, String> {
    let Content::Trace(source) = &tab.content else {
        return Err("only a trace has ranges: this is a profile".to_owned());
    };
    let range = tab.lens.trace.range.map_or((0, i64::MAX), |range| (range.start_nanos, range.end_nanos));
    let source = source.clone();
    let make: Make = Box::new(move |out| {
        let written = write_range_of(&source, range, &Progress::new(), out);
        let written = written.map_err(|error| format!("{}: {error}", source.name()))?;
        let mut said = written.summary(range.0, &source.name());
        said.extend(written.cut.problems.iter().map(ToString::to_string));
        Ok(said)
    });
    Ok(Outgoing { name: "range.trace".to_owned(), make })
}

impl Exports {
    /// Has files written into this folder, without a question.
    pub(super) fn save_into(&mut self, folder: PathBuf) {
        self.folder = Some(folder);
    }

    /// Asks for a picture of a view, or of the window: it is there with the next frame.
    pub(super) fn take_picture(&self, ctx: &Context, view: Option<ViewId>) {
        let place = view.and_then(|view| place_of(ctx, view));
        let name = view.map_or("goscope", ViewId::title).to_lowercase().replace(' ', "-");
        let name = format!("{name}.png");
        let (sender, wake, scale) = (self.pictures.0.clone(), ctx.clone(), ctx.pixels_per_point());
        let callback = ScreenshotCallback::new(move |image| {
            // If the window is closing, nobody waits for it.
            let _ = sender.send((image, place, scale, name));
            wake.request_repaint();
        });
        ctx.send_viewport_cmd(ViewportCommand::Screenshot(callback));
    }

    /// Takes what is ready, before a frame; what could not be written.
    pub(super) fn take(&mut self) -> Vec<String> {
        while let Ok((image, place, scale, name)) = self.pictures.1.try_recv() {
            let make: Make = Box::new(move |out| write_png(&image, place, scale, out));
            self.save(Outgoing { name, make });
        }
        let mut failed = Vec::new();
        for (_, end) in self.jobs.drain() {
            self.n_running = self.n_running.saturating_sub(1);
            match end {
                JobEnd::Done(Ok(Some((path, said)))) => {
                    let first = format!("Saved {}", path.display());
                    let said: Vec<String> = std::iter::once(first).chain(said).collect();
                    self.notice = Some(said.join(" · "));
                }
                JobEnd::Done(Err(reason)) => failed.push(reason),
                JobEnd::Panicked(message) => {
                    failed.push(format!("goscope has a bug here ({message}); please report it"));
                }
                JobEnd::Done(Ok(None)) | JobEnd::Canceled => {}
            }
        }
        failed
    }

    /// Takes the table that a frame made, after it.
    pub(super) fn take_table(&mut self, ctx: &Context) {
        match take_made(ctx) {
            (Some(TableMade::Copied(n_rows, n_all)), _) => {
                let of = if n_rows < n_all { format!(" of {}", text::count(n_all)) } else { String::new() };
                self.notice = Some(format!("Copied {}{of}", text::counted(n_rows, "row")));
            }
            (Some(TableMade::File(file)), _) => {
                let make: Make = Box::new(move |out| {
                    out.write_all(file.text.as_bytes()).map_err(|error| error.to_string())?;
                    Ok(Vec::new())
                });
                self.save(Outgoing { name: file.name, make });
            }
            (None, true) => self.notice = Some("No table is shown that could be exported".to_owned()),
            (None, false) => {}
        }
    }
}

/// Writes a picture of the window, or of a place on it in points.
fn write_png(
    image: &ColorImage,
    place: Option<Rect>,
    scale: f32,
    out: &mut dyn Write,
) -> Result<Vec<String>, String> {
    let whole = Rect::from_min_size(
        eframe::egui::Pos2::ZERO,
        eframe::egui::vec2(image.width() as f32, image.height() as f32) / scale,
    );
    let place = place.map_or(whole, |place| place.intersect(whole));
    if !place.is_positive() {
        return Err("the view is not shown, so there is no picture of it".to_owned());
    }
    let part = image.region(&place, Some(scale));
    let [width, height] = part.size.map(|side| side as u32);
    let mut png = io::Cursor::new(Vec::new());
    let bytes: Vec<u8> = part.pixels.iter().flat_map(|pixel| pixel.to_array()).collect();
    image::write_buffer_with_format(
        &mut png,
        &bytes,
        width,
        height,
        ExtendedColorType::Rgba8,
        ImageFormat::Png,
    )
    .map_err(|error| error.to_string())?;
    out.write_all(png.get_ref()).map_err(|error| error.to_string())?;
    Ok(Vec::new())
}
