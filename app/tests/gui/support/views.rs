//! All that can be shown of what is open.

use goscope::gui::command::Command;
use goscope::gui::view_id::ViewId;
use goscope::gui::workspace::ContentKind;
use goscope::query::trace::answers::kind::AnswerKind;
use goscope::query::trace::selection::LaneKind;

use super::window::Window;

/// The commands that show all views of the active tab, of a trace with all lanes and answers.
pub(crate) fn all_views(window: &Window) -> Vec<Command> {
    let kind = window.state().workspace().active_tab().expect("a tab is open").content.kind();
    let views = ViewId::ALL.iter().filter(|view| view.shows(kind)).map(|&view| Command::ShowView(view));
    let mut commands: Vec<Command> = views.collect();
    if kind == ContentKind::Trace {
        commands.extend(LaneKind::ALL.map(Command::ChooseLanes));
        commands.extend(AnswerKind::ALL.map(Command::ChooseAnswer));
    }
    commands
}
