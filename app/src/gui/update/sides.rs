//! Commands about the sides of a comparison.

use super::{Effect, Session};
use crate::document::Source;
use crate::gui::command::{Command, Opening};
use crate::gui::workspace::{Content, Tab};
use crate::query::comparison::{Comparison, Side, command_line};

impl Session {
    /// Carries out what is about the sides of a comparison.
    pub(super) fn apply_to_sides(&mut self, command: Command) -> Vec<Effect> {
        use Command as C;
        match command {
            C::Compare(base, head) => return self.compare(Comparison::of_two(base, head)),
            C::CompareRuns(opening) => return self.compare_as(*opening),
            C::PickRuns(side) if self.comparison_mut().is_some() => {
                return vec![Effect::PickFiles(Some(side))];
            }
            C::AddRuns(side, runs) => return self.add_runs(side, runs),
            C::RemoveRun(side, run) => self.remove_run(side, &run),
            C::SwapSides => self.swap_sides(),
            C::CopyCommandLine => return self.copy_command_line(),
            _ => {}
        }
        Vec::new()
    }

    fn compare(&mut self, comparison: Comparison) -> Vec<Effect> {
        // Only benchmarks can be looked at without a head.
        if !comparison.head.is_empty() {
            return self.open(Content::Diff(Box::new(comparison)));
        }
        let content = Content::Benchmarks(Box::new(comparison));
        let explains = content.has_profiles();
        let effects = self.open(content);
        if explains {
            self.apply_to_testing(Command::ExplainBenchmarks);
        }
        effects
    }

    fn compare_as(&mut self, opening: Opening) -> Vec<Effect> {
        let effects = self.compare(opening.comparison);
        if let Some((lens, _)) = self.lens_and_history() {
            (lens.scale, lens.sample_type) = (opening.scale, opening.sample_type);
        }
        effects
    }

    /// What is compared in the tab in front.
    fn comparison_mut(&mut self) -> Option<&mut Comparison> {
        let active = self.workspace.active;
        match self.workspace.tabs.iter_mut().find(|tab| Some(tab.id) == active) {
            Some(Tab {
                content:
                    Content::Diff(comparison) | Content::Benchmarks(comparison) | Content::Dumps(comparison),
                ..
            }) => Some(comparison),
            _ => None,
        }
    }

    fn swap_sides(&mut self) {
        // Benchmarks of one side stay where they are.
        if let Some(comparison) = self.comparison_mut().filter(|it| !it.head.is_empty()) {
            comparison.swap();
        }
    }

    fn add_runs(&mut self, side: Side, runs: Vec<Source>) -> Vec<Effect> {
        let Some(comparison) = self.comparison_mut() else { return Vec::new() };
        comparison.add(side, runs.clone());
        let tab = self.workspace.active_tab();
        let explains = tab
            .is_some_and(|tab| matches!(tab.content, Content::Benchmarks(_)) && tab.content.has_profiles());
        if explains {
            self.apply_to_testing(Command::ExplainBenchmarks);
        }
        runs.into_iter().map(Effect::Load).collect()
    }

    /// A side keeps its last run.
    fn remove_run(&mut self, side: Side, run: &Source) {
        if let Some(comparison) = self.comparison_mut()
            && comparison.side(side).len() > 1
        {
            comparison.side_mut(side).retain(|other| other != run);
        }
    }

    fn copy_command_line(&self) -> Vec<Effect> {
        let Some(tab) = self.workspace.active_tab() else { return Vec::new() };
        let Some(comparison) = tab.content.comparison() else { return self.copy_window_command(None) };
        let line = command_line(comparison, &tab.lens.scale, tab.lens.sample_type.as_deref());
        line.into_iter().map(Effect::Copy).collect()
    }
}
