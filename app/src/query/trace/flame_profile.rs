//! The profile that flame graph, table and details of a trace are about.

use goscope_analysis::trace::answers::blame::BlameScope;
use goscope_analysis::trace::answers::cpu_widths::cpu_flame;
use goscope_analysis::trace::answers::flame::{AnswerFlame, blame_flame, path_flame};
use goscope_analysis::trace::answers::population::Population;
use goscope_analysis::trace::goroutines::IdleGoroutines;
use goscope_analysis::trace::instances::InstanceKind;
use goscope_analysis::trace::model::TraceModel;
use goscope_analysis::trace::questions::profile::{FlameKind, flame_profile};
use goscope_parsers::pprof::Profile;

use super::selection::{Flame, TraceSelection};
use super::subject::{Subject, on_clock};
use crate::document::Document;
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};

/// A profile made from a part of a trace.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FlameProfileQuery {
    /// Which part.
    pub selection: TraceSelection,
    /// What it counts.
    pub flame: Flame,
}

impl Question for FlameProfileQuery {
    type Answer = Document;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<Document, QuestionError> {
        let model = documents.model()?;
        let profile = match self.flame {
            Flame::Time(kind) => self.of_time(model, kind),
            Flame::Answer(kind) => {
                let range = on_clock(model, self.selection.range);
                let lengths = self.selection.length.map(|(from, to)| from..=to);
                let population = self.selection.population();
                match kind {
                    AnswerFlame::Blame => blame_flame(model, &blame_scope(model, population), &range),
                    AnswerFlame::CriticalPath => {
                        let population = population.or_else(|| Population::of_trace(model));
                        population.map_or_else(Profile::default, |population| {
                            path_flame(model, &population, &range, lengths.as_ref())
                        })
                    }
                }
            }
        };
        Ok(Document::derived(documents.first()?, profile))
    }
}

impl FlameProfileQuery {
    fn of_time(&self, model: &TraceModel, kind: FlameKind) -> Profile {
        let mut filter = Subject::from(&self.selection).filter(model);
        // Time on cores and for them is everybody's.
        if matches!(kind, FlameKind::Cpu | FlameKind::Sched) {
            filter.goroutines.idle = IdleGoroutines::Included;
        }
        let is_of_goroutines = filter.kind == InstanceKind::Goroutines && filter.nanos.is_none();
        let mut profile = match filter.range.as_ref().filter(|_| kind == FlameKind::Cpu && is_of_goroutines) {
            Some(range) => cpu_flame(model, range, Some(&filter.goroutines.select(model, range))),
            None => flame_profile(model, &filter, kind),
        };
        if kind == FlameKind::Cpu {
            // The window counts samples: they say how sure a width is.
            profile.default_sample_type =
                profile.sample_types.first().map_or(profile.default_sample_type, |it| it.kind);
        }
        profile
    }
}

/// Whose waits are looked at where these instances are; without any, what `goscope trace blame` looks at.
pub fn blame_scope(model: &TraceModel, population: Option<Population>) -> BlameScope {
    population.map_or_else(|| BlameScope::of_trace(model), BlameScope::Of)
}
