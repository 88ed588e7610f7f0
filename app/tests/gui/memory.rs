//! What is closed is given back: memory after fifty files were opened and closed is about what it was before.

#[cfg(target_os = "linux")]
mod linux {
    use std::path::{Path, PathBuf};
    use std::process::Command as Process;

    use goscope::document::Source;
    use goscope::gui::command::Command;
    use goscope::samples::sample;

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

    /// Run by the test below in a process of its own, whose memory nobody else uses.
    #[test]
    #[ignore = "run by fifty_files_that_are_closed_give_their_memory_back"]
    fn fifty_files_in_a_process() {
        let folder = tempfile::tempdir().expect("a folder");
        let files = files(folder.path());
        let mut window = window();
        let first = resident_mib();
        let mut rounds = Vec::new();
        for _ in 0..3 {
            rounds.push(round(&mut window, &files));
        }
        println!("memory: {first:.0} MiB at first, then open and closed {rounds:.0?}");
    }

    #[test]
    fn fifty_files_that_are_closed_give_their_memory_back() {
        let program = std::env::current_exe().expect("a test has a program");
        let name = "memory::linux::fifty_files_in_a_process";
        let output = Process::new(program)
            .args([name, "--exact", "--ignored", "--nocapture"])
            .output()
            .expect("it starts");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
        let line = text.lines().find(|line| line.starts_with("memory: ")).expect("a line");
        let numbers: Vec<f64> = line
            .split(|letter: char| !letter.is_ascii_digit() && letter != '.')
            .filter_map(|number| number.trim_end_matches('.').parse().ok())
            .collect();
        let [first, open, closed, open_again, _, _, closed_at_last] = numbers[..] else { panic!("{line}") };
        // What stays the first time is code, fonts, and what lies free in pages that are in use.
        let held = open - first;
        assert!(closed - first < held / 2.0, "half of it at least comes back: {line}");
        // In debug builds egui keeps a text for each id that it has ever made, some 10 MiB for fifty tabs.
        let most = if cfg!(debug_assertions) { held / 4.0 } else { held / 10.0 };
        assert!(closed_at_last - closed < most, "it does not grow from round to round: {line}");
        assert!(open_again - open < most, "{line}");
    }
}
