//! Commands about results of tests.

use super::Session;
use crate::gui::command::Command;
use crate::gui::view_id::ViewId;

impl Session {
    /// Carries out what is about results of tests; all else changes nothing.
    pub(super) fn apply_to_testing(&mut self, command: Command) {
        match command {
            Command::TurnPart(part) => self.change(|lens| {
                if !lens.testing.turned.remove(&part) {
                    lens.testing.turned.insert(part);
                }
            }),
            Command::ChooseTests(list) => self.change(|lens| {
                lens.testing.tests = list;
                // What is asked for is an order: that of the table that was there does not fit.
                lens.testing.test_sort = None;
            }),
            Command::SortTests(sort) => self.change(|lens| lens.testing.test_sort = Some(sort)),
            Command::SortCoverage(sort) => self.change(|lens| lens.testing.coverage_sort = sort),
            Command::DropGenerated(drops) => self.change(|lens| lens.testing.drops_generated = drops),
            Command::SortBenchmarks(sort) => self.change(|lens| lens.testing.bench_sort = sort),
            Command::ChooseUnit(unit) => self.change(|lens| lens.testing.bench_unit = unit),
            Command::ChooseReference(name) => self.change(|lens| lens.testing.reference = Some(name)),
            Command::ExplainBenchmarks => self.change_layout(|layout| {
                layout.show(ViewId::FlameGraph);
                layout.show(ViewId::Explained);
            }),
            Command::ShowPlace(place) => {
                self.change(|lens| lens.testing.place = Some(place));
                self.change_layout(|layout| layout.show(ViewId::Source));
            }
            _ => {}
        }
    }
}
