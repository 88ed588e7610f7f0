//! Where the Go toolchain keeps source: GOROOT, the module cache, vendored modules, the user's own modules.
//!
//! A profile may call a file by its path on the machine that built the program (`/ci/go/src/runtime/proc.go`) or, built
//! with `-trimpath`, by import path (`runtime/proc.go`) or module and version (`example.com/log@v1.2.0/log.go`).

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// The places of one user.
#[derive(Clone, Debug, Default)]
pub struct GoPlaces {
    /// Directory of the toolchain; its `src` holds the standard library.
    pub goroot: Option<PathBuf>,
    /// Directory of downloaded modules.
    pub module_cache: Option<PathBuf>,
    /// The user's own modules: path (`example.com/shop`) and directory, nearest first.
    pub modules: Vec<(String, PathBuf)>,
}

impl GoPlaces {
    /// The places of the current user: from the environment, and from the go.mod and go.work above a directory.
    pub fn of_user(working_directory: &Path) -> Self {
        let variable = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
        let home = variable("HOME").or_else(|| variable("USERPROFILE")).map(PathBuf::from);
        let go_path = variable("GOPATH")
            .and_then(|list| env::split_paths(&list).next())
            .or_else(|| home.map(|home| home.join("go")));
        Self {
            goroot: variable("GOROOT").map(PathBuf::from).or_else(goroot_of_path),
            module_cache: variable("GOMODCACHE")
                .map(PathBuf::from)
                .or_else(|| go_path.map(|go_path| go_path.join("pkg/mod"))),
            modules: modules_above(working_directory),
        }
    }

    /// The file that a profile names `path`, if it is in one of the places.
    pub fn find(&self, path: &str) -> Option<PathBuf> {
        let path = path.replace('\\', "/");
        let candidates = self.candidates(&path);
        candidates.into_iter().find(|candidate| candidate.is_file())
    }

    /// Where the file may be, the likeliest first.
    fn candidates(&self, path: &str) -> Vec<PathBuf> {
        let mut candidates = Vec::new();
        let is_absolute = path.starts_with('/') || path.as_bytes().get(1) == Some(&b':');
        if is_absolute {
            candidates.push(PathBuf::from(path));
        }
        self.push_versioned(path, &mut candidates);
        for (module, directory) in &self.modules {
            if let Some(rest) = path.strip_prefix(&**module).and_then(|rest| rest.strip_prefix('/')) {
                candidates.push(directory.join(rest));
            }
        }
        self.push_standard_library(path, is_absolute, &mut candidates);
        if is_absolute {
            self.push_suffixes(path, &mut candidates);
        }
        candidates
    }

    /// `example.com/log@v1.2.0/log.go`, alone or within another machine's module cache.
    fn push_versioned(&self, path: &str, candidates: &mut Vec<PathBuf>) {
        let (module_path, is_escaped) = match path.rsplit_once("/pkg/mod/") {
            Some((_, rest)) => (rest, true),
            None => (path, false),
        };
        let Some((module, rest)) = module_path.split_once('@') else { return };
        let Some((version, file)) = rest.split_once('/') else { return };
        if module.starts_with('/') {
            return;
        }
        let (escaped, plain) = if is_escaped {
            (module.to_owned(), unescaped(module))
        } else {
            (escaped(module), module.to_owned())
        };
        for (_, directory) in &self.modules {
            candidates.push(directory.join("vendor").join(&plain).join(file));
        }
        if let Some(cache) = &self.module_cache {
            candidates.push(cache.join(format!("{escaped}@{version}")).join(file));
        }
    }

    fn push_standard_library(&self, path: &str, is_absolute: bool, candidates: &mut Vec<PathBuf>) {
        let Some(goroot) = &self.goroot else { return };
        let in_src = match path.split_once("/src/") {
            Some((_, rest)) if is_absolute || path.starts_with("$GOROOT/") => rest,
            _ if is_absolute => return,
            _ => path,
        };
        candidates.push(goroot.join("src").join(in_src));
    }

    /// The path of another machine, cut from the left until it fits below a module: at least directory and file, as
    /// a bare `main.go` fits anywhere; or vendored.
    fn push_suffixes(&self, path: &str, candidates: &mut Vec<PathBuf>) {
        let starts: Vec<usize> = path.match_indices('/').map(|(at, _)| at + 1).collect();
        for &start in starts.iter().take(starts.len().saturating_sub(1)) {
            candidates.extend(self.modules.iter().map(|(_, directory)| directory.join(&path[start..])));
        }
    }
}

/// The toolchain whose `go` is on the PATH: `GOROOT/bin/go`, perhaps behind a link.
fn goroot_of_path() -> Option<PathBuf> {
    let program = if cfg!(windows) { "go.exe" } else { "go" };
    let path = env::var_os("PATH")?;
    let go = env::split_paths(&path).map(|directory| directory.join(program)).find(|go| go.is_file())?;
    let goroot = fs::canonicalize(go).ok()?.parent()?.parent()?.to_owned();
    goroot.join("src/runtime").is_dir().then_some(goroot)
}

/// The module of the nearest go.mod above a directory, then those that the nearest go.work uses.
fn modules_above(directory: &Path) -> Vec<(String, PathBuf)> {
    let mut modules = Vec::new();
    let nearest = |name: &str| directory.ancestors().find(|above| above.join(name).is_file());
    modules.extend(nearest("go.mod").and_then(module_in));
    let Some(workspace) = nearest("go.work") else { return modules };
    let text = fs::read_to_string(workspace.join("go.work")).unwrap_or_default();
    for used in used_directories(&text) {
        let module = module_in(&workspace.join(used));
        modules.extend(module.filter(|module| !modules.contains(module)));
    }
    modules
}

/// The module that a directory's go.mod declares.
fn module_in(directory: &Path) -> Option<(String, PathBuf)> {
    let text = fs::read_to_string(directory.join("go.mod")).ok()?;
    let line = text.lines().find_map(|line| line.trim().strip_prefix("module "))?;
    let name = line.split("//").next().unwrap_or(line).trim().trim_matches(['"', '`']);
    Some((name.to_owned(), directory.to_owned()))
}

/// The directories behind `use` in a go.work: `use ./a` or a block of them.
fn used_directories(text: &str) -> Vec<String> {
    let mut directories = Vec::new();
    let mut is_in_block = false;
    for line in text.lines() {
        let line = line.split("//").next().unwrap_or(line).trim();
        let rest = match line.strip_prefix("use") {
            Some(rest) if rest.trim() == "(" => {
                is_in_block = true;
                continue;
            }
            Some(rest) if rest.starts_with([' ', '\t']) => rest.trim(),
            _ if is_in_block && line == ")" => {
                is_in_block = false;
                continue;
            }
            _ if is_in_block => line,
            _ => continue,
        };
        if !rest.is_empty() {
            directories.push(rest.trim_matches(['"', '`']).to_owned());
        }
    }
    directories
}

/// A module path as the module cache spells it, for file systems that know no case: `!a` for `A`.
pub(super) fn escaped(module: &str) -> String {
    let mut text = String::with_capacity(module.len() + 4);
    for character in module.chars() {
        if character.is_ascii_uppercase() {
            text.push('!');
        }
        text.push(character.to_ascii_lowercase());
    }
    text
}

/// The inverse: `A` for `!a`.
fn unescaped(module: &str) -> String {
    let mut text = String::with_capacity(module.len());
    let mut characters = module.chars();
    while let Some(character) = characters.next() {
        match character {
            '!' => text.extend(characters.next().map(|next| next.to_ascii_uppercase())),
            other => text.push(other),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A user's machine: files below a folder, by their paths.
    fn machine(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for file in files {
            let (name, text) = file.split_once(": ").unwrap_or((file, ""));
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
            fs::write(path, text).expect("a file");
        }
        folder
    }

    #[test]
    fn files_are_found_by_what_other_machines_call_them() {
        let files = [
            "go/src/runtime/proc.go",
            "cache/github.com/!burnt!sushi/toml@v1.2.3/lex.go",
            "cache/example.com/log@v0.0.0-2024/sub/log.go",
            "shop/go.mod: module example.com/shop // ours\n",
            "shop/web/server.go",
            "shop/vendor/example.com/dep/dep.go",
        ];
        let folder = machine(&files);
        let root = folder.path();
        let places = GoPlaces {
            goroot: Some(root.join("go")),
            module_cache: Some(root.join("cache")),
            modules: modules_above(&root.join("shop/web")),
        };
        for (path, file) in [
            ("runtime/proc.go", files[0]),
            ("/usr/lib/go-1.26/src/runtime/proc.go", files[0]),
            ("$GOROOT/src/runtime/proc.go", files[0]),
            ("github.com/BurntSushi/toml@v1.2.3/lex.go", files[1]),
            ("/home/ci/go/pkg/mod/github.com/!burnt!sushi/toml@v1.2.3/lex.go", files[1]),
            ("example.com/log@v0.0.0-2024/sub/log.go", files[2]),
            ("example.com/shop/web/server.go", files[4]),
            ("/home/ci/build/shop/web/server.go", files[4]),
            (r"C:\ci\shop\web\server.go", files[4]),
            ("example.com/dep@v1.0.0/dep.go", files[5]),
            ("/home/ci/shop/vendor/example.com/dep/dep.go", files[5]),
        ] {
            assert_eq!(places.find(path), Some(root.join(file)), "{path}");
        }
        for path in ["server.go", "/elsewhere/server.go", "runtime/nothing.go", "", "@/x", "a@v1/x.go"] {
            assert_eq!(places.find(path), None, "{path}");
        }
    }

    #[test]
    fn a_workspace_brings_its_modules() {
        let folder = machine(&[
            "go.work: go 1.26\nuse ./a\nuse (\n\t./b // two\n\t\"./c\"\n)\n",
            "a/go.mod: module example.com/a\n",
            "b/go.mod: module example.com/b\n",
            "c/go.mod: module \"example.com/c\"\n",
        ]);
        let names: Vec<String> =
            modules_above(&folder.path().join("b")).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["example.com/b", "example.com/a", "example.com/c"]);
    }

    #[test]
    fn capital_letters_are_escaped_as_in_the_module_cache() {
        assert_eq!(escaped("github.com/Azure/x"), "github.com/!azure/x");
        assert_eq!(unescaped("github.com/!azure/x"), "github.com/Azure/x");
    }
}
