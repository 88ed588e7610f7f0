//! Opens a file at a line in the user's editor: makes the command line and starts it.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

/// An editor the user can select.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Editor {
    /// Visual Studio Code.
    #[default]
    VsCode,
    /// JetBrains GoLand.
    GoLand,
    /// Zed.
    Zed,
    /// What `$VISUAL` or `$EDITOR` names.
    Environment,
}

impl Editor {
    /// All, in menu order.
    pub const ALL: [Self; 4] = [Self::VsCode, Self::GoLand, Self::Zed, Self::Environment];

    /// Its name in the window.
    pub const fn text(self) -> &'static str {
        match self {
            Self::VsCode => "VS Code",
            Self::GoLand => "GoLand",
            Self::Zed => "Zed",
            Self::Environment => "$EDITOR",
        }
    }
}

/// The environment variables that matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EditorEnvironment {
    /// `$VISUAL`, else `$EDITOR`: a program, perhaps with arguments.
    pub editor: Option<String>,
    /// `$TERMINAL`: runs the editors that have no window of their own.
    pub terminal: Option<String>,
}

impl EditorEnvironment {
    /// The environment of this process.
    pub fn of_process() -> Self {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
        Self { editor: variable("VISUAL").or_else(|| variable("EDITOR")), terminal: variable("TERMINAL") }
    }
}

/// How an editor takes a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LineStyle {
    /// `-g FILE:LINE`
    Goto,
    /// `FILE:LINE`
    Suffix,
    /// `--line LINE FILE`
    LineOption,
    /// `+LINE FILE`
    Plus,
    /// The file alone.
    None,
}

/// Editors that run in a terminal.
const IN_TERMINAL: [&str; 12] =
    ["vi", "vim", "nvim", "nano", "helix", "hx", "kak", "micro", "joe", "ne", "mcedit", "ed"];

/// The program and its arguments; a line below 1 opens the file without a position.
///
/// # Errors
/// One sentence if the environment names no editor.
pub fn editor_command(
    editor: Editor,
    environment: &EditorEnvironment,
    file: &Path,
    line: i64,
) -> Result<Vec<OsString>, String> {
    let words: Vec<&str> = match editor {
        Editor::VsCode => vec!["code"],
        Editor::GoLand => vec!["goland"],
        Editor::Zed => vec!["zed"],
        Editor::Environment => environment.editor.iter().flat_map(|words| words.split_whitespace()).collect(),
    };
    let Some(program) = words.first() else {
        return Err("$EDITOR is not set; set it or choose another editor".to_owned());
    };
    let name =
        Path::new(program).file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let mut command: Vec<OsString> = Vec::new();
    if IN_TERMINAL.contains(&&*name) {
        let terminal = environment.terminal.as_deref().unwrap_or("x-terminal-emulator");
        command.extend(terminal.split_whitespace().map(OsString::from));
        command.push("-e".into());
    }
    command.extend(words.iter().map(OsString::from));
    let style = if line < 1 { LineStyle::None } else { line_style(&name) };
    // A name that begins with `-` or `+` would be an option of the editor, or a command that it runs.
    let file = if file.is_absolute() { file.to_owned() } else { Path::new(".").join(file) };
    push_place(&mut command, style, &file, line);
    Ok(command)
}

fn line_style(name: &str) -> LineStyle {
    match name {
        "code" | "code-insiders" | "codium" | "vscodium" | "cursor" | "windsurf" => LineStyle::Goto,
        "zed" | "zeditor" | "subl" | "sublime_text" | "hx" | "helix" | "micro" => LineStyle::Suffix,
        "goland" | "goland64" | "idea" | "idea64" | "fleet" | "kate" => LineStyle::LineOption,
        "gedit" | "gnome-text-editor" | "nano" | "vi" | "vim" | "gvim" | "nvim" | "emacs" | "emacsclient"
        | "kak" | "joe" | "ne" | "mcedit" => LineStyle::Plus,
        _ => LineStyle::None,
    }
}

fn push_place(command: &mut Vec<OsString>, style: LineStyle, file: &Path, line: i64) {
    let mut with_line = file.as_os_str().to_owned();
    with_line.push(format!(":{line}"));
    match style {
        LineStyle::Goto => command.extend(["-g".into(), with_line]),
        LineStyle::Suffix => command.push(with_line),
        LineStyle::LineOption => {
            command.extend(["--line".into(), line.to_string().into(), file.into()]);
        }
        LineStyle::Plus => command.extend([format!("+{line}").into(), file.into()]),
        LineStyle::None => command.push(file.into()),
    }
}

/// Starts the editor; does not wait for it.
///
/// # Errors
/// One sentence if the editor cannot be started.
pub fn open_in_editor(editor: Editor, file: &Path, line: i64) -> Result<(), String> {
    let command = editor_command(editor, &EditorEnvironment::of_process(), file, line)?;
    let (program, arguments) = command.split_first().ok_or("there is no editor to start")?;
    let started = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let mut child = started.map_err(|error| {
        format!("{} cannot be started ({error}); is it on the PATH?", program.to_string_lossy())
    })?;
    // The child must be waited for, or it stays a zombie. Its exit code does not matter.
    std::thread::spawn(move || drop(child.wait()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(editor: Editor, variable: &str, line: i64) -> String {
        let environment = EditorEnvironment { editor: Some(variable.to_owned()), terminal: None };
        let words = editor_command(editor, &environment, Path::new("/src/a b.go"), line).expect("a command");
        words.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn each_editor_is_told_the_line_in_its_own_way() {
        assert_eq!(command(Editor::VsCode, "", 12), "code | -g | /src/a b.go:12");
        assert_eq!(command(Editor::GoLand, "", 12), "goland | --line | 12 | /src/a b.go");
        assert_eq!(command(Editor::Zed, "", 12), "zed | /src/a b.go:12");
        assert_eq!(command(Editor::Environment, "emacs", 12), "emacs | +12 | /src/a b.go");
        assert_eq!(
            command(Editor::Environment, "/usr/bin/codium --wait", 12),
            "/usr/bin/codium | --wait | -g | /src/a b.go:12"
        );
        assert_eq!(command(Editor::Environment, "my-editor", 12), "my-editor | /src/a b.go");
    }

    #[test]
    fn no_name_of_a_file_is_an_option_or_a_command_of_the_editor() {
        let environment =
            EditorEnvironment { editor: Some("vim -g".to_owned()), terminal: Some("xterm".to_owned()) };
        for name in ["+!touch x", "-c", "--cmd=!touch x", "; touch x", "$(touch x)"] {
            let words =
                editor_command(Editor::Environment, &environment, Path::new(name), 3).expect("a command");
            let last = Path::new(".").join(name).into_os_string();
            assert_eq!(
                words,
                ["xterm", "-e", "vim", "-g", "+3"]
                    .map(OsString::from)
                    .into_iter()
                    .chain([last])
                    .collect::<Vec<_>>()
            );
        }
    }

    #[test]
    fn a_line_that_is_not_known_opens_the_file() {
        assert_eq!(command(Editor::VsCode, "", 0), "code | /src/a b.go");
    }

    #[test]
    fn editors_without_a_window_get_a_terminal() {
        assert_eq!(
            command(Editor::Environment, "nvim", 3),
            "x-terminal-emulator | -e | nvim | +3 | /src/a b.go"
        );
    }

    #[test]
    fn an_environment_without_an_editor_is_said_in_a_sentence() {
        let environment = EditorEnvironment::default();
        assert!(editor_command(Editor::Environment, &environment, Path::new("/a.go"), 1).is_err());
    }
}
