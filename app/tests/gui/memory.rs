//! What is closed is given back: memory after fifty files were opened and closed is about what it was before.

#[cfg(target_os = "linux")]
mod linux {
    use std::path::{Path, PathBuf};

    use goscope::document::Source;
    use goscope::gui::command::Command;
    use goscope::samples::sample;

    use crate::support::elsewhere::has_run_elsewhere;
    use crate::support::window::{TRACE, Window, send, settle, window};

    /// How many files are opened.
    const N_FILES: usize = 50;

    /// Resident memory of this process in MiB.
    fn resident_mib() -> f64 {
        let status = std::fs::read_to_string("/proc/self/status").expect("Linux has it");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line");
        let kib: f64 = line.trim().trim_end_matches("kB").trim().parse().expect("a number");
        kib / 1024.0
    }

    /// Copies of a trace and of a profile in turn, each a file of its own.
    fn files(folder: &Path) -> Vec<PathBuf> {
        let file = |index: usize| {
            let name = if index.is_multiple_of(2) { TRACE } else { "cpu-labels.pb.gz" };
            let path = folder.join(format!("{index}-{name}"));
            std::fs::write(&path, sample(name).expect("a sample").bytes).expect("a file");
            path
        };
        (0..N_FILES).map(file).collect()
    }

    fn close_all(window: &mut Window) {
        while let Some(tab) = window.state().workspace().tabs.first() {
            let id = tab.id;
            send(window, Command::CloseTab(id));
        }
    }

    /// Opens and closes all files, and returns how much memory there was with all of them open, and after.
    fn round(window: &mut Window, files: &[PathBuf]) -> (f64, f64) {
        for file in files {
            send(window, Command::OpenSource(Source::File(file.clone())));
        }
        assert_eq!(window.state().workspace().tabs.len(), files.len());
        let open = resident_mib();
        close_all(window);
        settle(window);
        (open, resident_mib())
    }

    #[test]
    fn fifty_files_that_are_closed_give_their_memory_back() {
        // Nobody else uses the memory of that process.
        if has_run_elsewhere("memory::linux::fifty_files_that_are_closed_give_their_memory_back") {
            return;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let files = files(folder.path());
        let mut window = window();
        let first = resident_mib();
        let [(open, closed), (open_again, _), (_, closed_at_last)] =
            [(); 3].map(|()| round(&mut window, &files));
        let line = format!(
            "{first:.0} MiB at first, open {open:.0} and {open_again:.0}, closed {closed:.0} and {closed_at_last:.0}"
        );
        // What stays the first time is code, fonts, and what lies free in pages that are in use.
        let held = open - first;
        assert!(closed - first < held / 2.0, "half of it at least comes back: {line}");
        // In debug builds egui keeps a text for each id that it has ever made, some 10 MiB for fifty tabs.
        let most = if cfg!(debug_assertions) { held / 4.0 } else { held / 10.0 };
        assert!(closed_at_last - closed < most, "it does not grow from round to round: {line}");
        assert!(open_again - open < most, "{line}");
    }
}
