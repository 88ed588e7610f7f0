//! Steps in the flame graph while what it draws becomes another.

use goscope::gui::command::Motion;

use super::*;

#[test]
fn a_step_in_one_profile_is_forgotten_in_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let small = folder.path().join("small.folded");
    std::fs::write(&small, "main 1\n").expect("a file");
    for is_unfolded in [false, true] {
        let mut window = window_with(CPU);
        let large = window.state().workspace().active_tab().expect("a tab").id;
        send(&mut window, Command::OpenSource(Source::File(small.clone())));
        let small = window.state().workspace().active_tab().expect("a tab").id;
        if is_unfolded {
            send(&mut window, Command::ToggleFolding);
        }
        send(&mut window, Command::ShowTab(large));
        if is_unfolded {
            send(&mut window, Command::ToggleFolding);
        }
        send(&mut window, Command::Search(".".to_owned()));
        // The last match has no place in the small tree, which is drawn before the step is seen.
        window.state().send(Command::Move(Motion::PreviousMatch));
        window.step();
        window.state().send(Command::ShowTab(small));
        settle(&mut window);
        assert!(box_label(&window, "main").contains("100"), "{}", box_label(&window, "main"));
    }
}
