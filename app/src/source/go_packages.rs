//! Where the files are that a coverage profile names by import path, without asking the `go` command.
//!
//! | a name like | is looked for in |
//! |---|---|
//! | `./web/server.go`, `/home/ci/web/server.go` | that path |
//! | `example.com/shop/web/server.go` | the module of this path: go.mod, go.work, `replace`; the longest one first |
//! | `github.com/x/y/z.go` | `vendor/`, then the module cache, at the version that go.mod requires |
//! | `net/http/server.go` | GOROOT |

use std::fs;
use std::path::{Path, PathBuf};

use super::go_places::{GoPlaces, escaped};

/// A file that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundFile {
    /// Where it is.
    pub path: PathBuf,
    /// The path of its module; `std` for the standard library, empty where none is known.
    pub module: String,
}

/// The packages that can be seen from a folder.
#[derive(Clone, Debug, Default)]
pub struct GoPackages {
    folder: PathBuf,
    places: GoPlaces,
    /// Modules that others need: path, and the folder of the wanted version.
    required: Vec<(String, PathBuf)>,
}

impl GoPackages {
    /// What can be seen from a folder inside a module.
    pub fn of_folder(folder: &Path) -> Self {
        let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        let places = GoPlaces::of_user(&folder);
        let mut required = Vec::new();
        for (_, root) in &places.modules {
            let text = fs::read_to_string(root.join("go.mod")).unwrap_or_default();
            required.extend(required_modules(&text, root, places.module_cache.as_deref()));
        }
        Self { folder, places, required }
    }

    /// The file that a profile calls `name`.
    pub fn find(&self, name: &str) -> Option<FoundFile> {
        if name.starts_with('.') || Path::new(name).is_absolute() {
            let path = self.folder.join(name);
            return path.is_file().then(|| FoundFile { module: self.module_above(&path), path });
        }
        let mut places: Vec<(&str, PathBuf)> = Vec::new();
        for (module, root) in self.places.modules.iter().chain(&self.required) {
            let rest = name.strip_prefix(&**module).and_then(|rest| rest.strip_prefix('/'));
            places.extend(rest.map(|rest| (&**module, root.join(rest))));
        }
        // The sort is stable: of the same module, the user's own comes before what is required.
        places.sort_by_key(|(module, _)| std::cmp::Reverse(module.len()));
        let vendored = self.places.modules.iter().map(|(_, root)| root.join("vendor").join(name));
        let module_of_vendored = places.first().map_or("", |(module, _)| module);
        places.extend(vendored.map(|path| (module_of_vendored, path)));
        places.extend(self.places.goroot.iter().map(|goroot| ("std", goroot.join("src").join(name))));
        let (module, path) = places.into_iter().find(|(_, path)| path.is_file())?;
        Some(FoundFile { path, module: module.to_owned() })
    }

    /// The module that a file's name belongs to, whether there is the file or not; empty where none is known.
    pub fn module_of(&self, name: &str) -> String {
        let is_in = |module: &str| name.strip_prefix(module).is_some_and(|rest| rest.starts_with('/'));
        let modules = self.places.modules.iter().chain(&self.required).map(|(module, _)| module);
        modules.filter(|module| is_in(module)).max_by_key(|module| module.len()).cloned().unwrap_or_default()
    }

    /// The module that a path is in; empty if it is in none that is known.
    fn module_above(&self, path: &Path) -> String {
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let above = self.places.modules.iter().filter(|(_, root)| path.starts_with(root));
        above
            .max_by_key(|(_, root)| root.as_os_str().len())
            .map_or_else(String::new, |(module, _)| module.clone())
    }
}

/// The modules that a go.mod requires or replaces, with the folders they are in.
fn required_modules(text: &str, root: &Path, cache: Option<&Path>) -> Vec<(String, PathBuf)> {
    let in_cache = |module: &str, version: &str| {
        cache.map(|cache| cache.join(format!("{}@{}", escaped(module), escaped(version))))
    };
    let (mut replaced, mut required) = (Vec::new(), Vec::new());
    for (verb, words) in statements(text) {
        match (&*verb, words.as_slice()) {
            ("require", [module, version, ..]) => {
                required.extend(in_cache(module, version).map(|path| (module.clone(), path)));
            }
            ("replace", [module, rest @ ..]) => {
                let behind = rest.iter().skip_while(|word| *word != "=>").skip(1).collect::<Vec<_>>();
                let path = match behind.as_slice() {
                    [folder] => Some(root.join(folder)),
                    [module, version] => in_cache(module, version),
                    _ => None,
                };
                replaced.extend(path.map(|path| (module.clone(), path)));
            }
            _ => {}
        }
    }
    replaced.extend(required);
    replaced
}

/// The statements of a go.mod, those of a block one by one: the verb and the words behind it.
fn statements(text: &str) -> Vec<(String, Vec<String>)> {
    let mut statements = Vec::new();
    let mut block: Option<String> = None;
    for line in text.lines() {
        let line = line.split("//").next().unwrap_or(line);
        let mut words: Vec<String> =
            line.split_whitespace().map(|word| word.trim_matches(['"', '`']).to_owned()).collect();
        match (&block, words.as_slice()) {
            (_, []) => {}
            (Some(_), [end]) if end == ")" => block = None,
            (Some(verb), _) => statements.push((verb.clone(), words)),
            (None, [verb, open]) if open == "(" => block = Some(verb.clone()),
            (None, _) => {
                let rest = words.split_off(1);
                statements.extend(words.pop().map(|verb| (verb, rest)));
            }
        }
    }
    statements
}

#[cfg(test)]
mod tests {
    use super::*;

    const GO_MOD: &str = "\
module example.com/shop // ours

go 1.26

require (
\tgithub.com/BurntSushi/toml v1.2.3
\texample.com/log v0.1.0 // indirect
)
require example.com/old v1.0.0
replace example.com/log => ../log
replace (
\texample.com/old v1.0.0 => example.com/new v2.0.0
)
";

    #[test]
    fn files_are_found_by_import_path() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = fs::canonicalize(folder.path()).expect("a path");
        let files = [
            "shop/web/server.go",
            "shop/nested/a.go",
            "shop/nested/go.mod",
            "cache/github.com/!burnt!sushi/toml@v1.2.3/lex.go",
            "log/sub/log.go",
            "cache/example.com/new@v2.0.0/new.go",
            "go/src/net/http/server.go",
            "shop/vendor/example.com/dep/dep.go",
        ];
        for file in files {
            let path = root.join(file);
            fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
            fs::write(path, "").expect("a file");
        }
        fs::write(root.join("shop/go.mod"), GO_MOD).expect("a file");
        let places = GoPlaces {
            goroot: Some(root.join("go")),
            module_cache: Some(root.join("cache")),
            modules: vec![
                ("example.com/shop".to_owned(), root.join("shop")),
                ("example.com/shop/nested".to_owned(), root.join("shop/nested")),
            ],
        };
        let required = required_modules(GO_MOD, &root.join("shop"), Some(&root.join("cache")));
        let packages = GoPackages { folder: root.join("shop"), places, required };
        for (name, module, file) in [
            ("example.com/shop/web/server.go", "example.com/shop", files[0]),
            ("./web/server.go", "example.com/shop", files[0]),
            ("example.com/shop/nested/a.go", "example.com/shop/nested", files[1]),
            ("github.com/BurntSushi/toml/lex.go", "github.com/BurntSushi/toml", files[3]),
            ("example.com/log/sub/log.go", "example.com/log", files[4]),
            ("example.com/old/new.go", "example.com/old", files[5]),
            ("net/http/server.go", "std", files[6]),
            ("example.com/dep/dep.go", "", files[7]),
        ] {
            let found = packages.find(name).unwrap_or_else(|| panic!("{name} is found"));
            assert_eq!(fs::canonicalize(found.path).expect("a path"), root.join(file), "{name}");
            assert_eq!(found.module, module, "{name}");
        }
        for name in
            ["example.com/shop/gone.go", "example.com/shopping/web/server.go", "server.go", "", "../x.go"]
        {
            assert_eq!(packages.find(name), None, "{name}");
        }
    }
}
