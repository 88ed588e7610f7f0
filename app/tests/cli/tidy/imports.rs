//! Which file of a crate imports which: by `use` and by paths in the code, tests left out, re-exports followed.

use std::collections::{BTreeMap, BTreeSet};

use super::tokens::{tokens, without_tests};

/// The names on the way from the root of the crate to a module or to what is in it; none for the root.
type Names = Vec<String>;

/// Re-exports follow one another; nobody stacks more than this.
const MAX_RE_EXPORTS: usize = 8;

/// From file to file, with what is imported.
#[derive(Debug, Default)]
pub(super) struct Imports {
    pub(super) by_files: BTreeMap<(String, String), BTreeSet<String>>,
}

/// A leaf of a `use`: where it leads, and the name it has in the file (`*` for all that is there).
struct Use {
    path: Names,
    name: String,
    is_public: bool,
}

struct File<'t> {
    name: String,
    module: Names,
    uses: Vec<Use>,
    /// All but the `use`s.
    code: Vec<&'t str>,
}

/// One crate.
struct Files<'t> {
    files: Vec<File<'t>>,
    by_module: BTreeMap<Names, usize>,
    /// The name of the library, by which its program imports it.
    library: &'t str,
}

impl Imports {
    /// Reads a crate: its files by path below `src/` with what is in them.
    pub(super) fn read(library: &str, sources: &[(String, String)]) -> Self {
        let sources: Vec<&(String, String)> = sources.iter().filter(|(path, _)| !is_test(path)).collect();
        let files: Vec<File<'_>> = sources.iter().map(|(path, text)| file(path, text)).collect();
        let by_module = files.iter().enumerate().map(|(index, file)| (file.module.clone(), index)).collect();
        let files = Files { files, by_module, library };
        let mut imports = Self::default();
        for file in &files.files {
            files.add_imports(file, &mut imports);
        }
        imports
    }

    /// Files that import one another in a circle, each group sorted.
    pub(super) fn loops(&self) -> Vec<Vec<&str>> {
        let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (from, to) in self.by_files.keys() {
            next.entry(from).or_default().push(to);
        }
        let reached: BTreeMap<&str, BTreeSet<&str>> =
            next.keys().map(|&file| (file, reached_from(file, &next))).collect();
        let mut loops: BTreeSet<Vec<&str>> = BTreeSet::new();
        for (file, far) in &reached {
            let is_mutual = |other: &&&str| reached.get(**other).is_some_and(|back| back.contains(file));
            let group: Vec<&str> = far.iter().filter(is_mutual).copied().collect();
            if group.len() > 1 {
                loops.insert(group);
            }
        }
        loops.into_iter().collect()
    }

    /// The imports among some files, one a line.
    pub(super) fn among(&self, group: &[&str]) -> String {
        let is_inside = |file: &String| group.contains(&file.as_str());
        let inside = self.by_files.iter().filter(|((from, to), _)| is_inside(from) && is_inside(to));
        let line = |((from, to), names): (&(String, String), &BTreeSet<String>)| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            format!("  {from} imports {} of {to}\n", names.join(", "))
        };
        inside.map(line).collect()
    }
}

fn reached_from<'t>(start: &'t str, next: &BTreeMap<&'t str, Vec<&'t str>>) -> BTreeSet<&'t str> {
    let mut reached = BTreeSet::new();
    let mut open = vec![start];
    while let Some(file) = open.pop() {
        for &to in next.get(file).into_iter().flatten() {
            if reached.insert(to) {
                open.push(to);
            }
        }
    }
    reached
}

/// A file of tests that its parent declares as `#[cfg(test)] mod tests;`.
fn is_test(path: &str) -> bool {
    path.ends_with("tests.rs") || path.contains("/tests/")
}

fn file<'t>(path: &str, text: &'t str) -> File<'t> {
    let mut module: Names = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if path == "lib.rs" || module.last().is_some_and(|name| name == "mod") {
        module.pop();
    }
    let tokens = without_tests(&tokens(text));
    let (mut uses, mut code) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at] == "use" {
            let is_public = code.last().is_some_and(|&last| last == "pub") || ends_with_pub_in(&code);
            at = read_tree(&tokens, at + 1, &[], is_public, &mut uses);
            // So that a `pub` before it does not belong to the next one.
            code.push(";");
        } else {
            code.push(tokens[at]);
            at += 1;
        }
    }
    File { name: path.to_owned(), module, uses, code }
}

/// Whether code ends with `pub(crate)`, `pub(super)` or `pub(in …)`.
fn ends_with_pub_in(code: &[&str]) -> bool {
    let open = code.iter().rposition(|token| *token == "(");
    code.last().is_some_and(|last| *last == ")") && open.is_some_and(|at| at > 0 && code[at - 1] == "pub")
}

/// Reads one branch of a `use` and gives the place behind it: `a::b`, `a::b as c`, `a::*`, `a::{…}`.
fn read_tree(
    tokens: &[&str],
    mut at: usize,
    before: &[String],
    is_public: bool,
    uses: &mut Vec<Use>,
) -> usize {
    let mut path = before.to_vec();
    let mut name = None;
    while let Some(&token) = tokens.get(at) {
        at += 1;
        match token {
            "::" => {}
            "{" => {
                while tokens.get(at).is_some_and(|&token| token != "}") {
                    at = read_tree(tokens, at, &path, is_public, uses);
                }
                at += 1;
                return at + usize::from(tokens.get(at).is_some_and(|&token| token == ","));
            }
            "as" => {
                name = tokens.get(at).map(|&token| token.to_owned());
                at += 1;
            }
            "," | ";" => break,
            "}" => {
                at -= 1;
                break;
            }
            "*" => name = Some("*".to_owned()),
            // `a::{self}` is `a`.
            "self" if !path.is_empty() => {}
            word => path.push(word.to_owned()),
        }
    }
    let name = name.or_else(|| path.last().cloned()).unwrap_or_default();
    uses.push(Use { path, name, is_public });
    at
}

impl Files<'_> {
    fn add_imports(&self, file: &File<'_>, imports: &mut Imports) {
        let mut add = |path: &[String]| {
            let Some((target, rest)) = self.find(path, 0) else { return };
            let target = &self.files[target].name;
            if *target != file.name {
                let what = if rest.is_empty() { "all".to_owned() } else { rest.join("::") };
                imports.by_files.entry((file.name.clone(), target.clone())).or_default().insert(what);
            }
        };
        let mut known: BTreeMap<&str, Names> = BTreeMap::new();
        for leaf in &file.uses {
            let Some(path) = self.absolute(file, &leaf.path) else { continue };
            if !leaf.is_public {
                add(&path);
            }
            known.insert(&leaf.name, path);
        }
        for path in paths(&file.code) {
            let begins_known = known.get(path[0].as_str());
            let whole = match begins_known {
                Some(begin) => Some([begin, &path[1..]].concat()),
                None => self.absolute(file, &path),
            };
            if let Some(whole) = whole {
                add(&whole);
            }
        }
    }

    /// A path as it is written in a file, from the root of the crate on; `None` if it leads out of the crate.
    fn absolute(&self, file: &File<'_>, path: &[String]) -> Option<Names> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some([&file.module, rest].concat()),
            "super" => {
                let ups = path.iter().take_while(|name| *name == "super").count();
                let above = file.module.len().checked_sub(ups)?;
                Some([&file.module[..above], &path[ups..]].concat())
            }
            name if name == self.library => Some(rest.to_vec()),
            name => {
                let child: Names = [&file.module, [name.to_owned()].as_slice()].concat();
                self.by_module.contains_key(&child).then(|| [&file.module, path].concat())
            }
        }
    }

    /// The file in which what a path names is defined, and the rest of the path inside it.
    fn find(&self, path: &[String], n_followed: usize) -> Option<(usize, Names)> {
        let (index, n_names) =
            (0..=path.len()).rev().find_map(|n| Some((*self.by_module.get(&path[..n])?, n)))?;
        let file = &self.files[index];
        let rest = &path[n_names..];
        if let Some(name) = rest.first()
            && n_followed < MAX_RE_EXPORTS
        {
            let exported = file.uses.iter().filter(|leaf| leaf.is_public);
            for leaf in exported.filter(|leaf| leaf.name == *name || leaf.name == "*") {
                let Some(target) = self.absolute(file, &leaf.path) else { continue };
                let (is_glob, tail) = if leaf.name == "*" { (true, rest) } else { (false, &rest[1..]) };
                let Some(found) = self.find(&[&target, tail].concat(), n_followed + 1) else { continue };
                if !is_glob || defines(&self.files[found.0], name) {
                    return Some(found);
                }
            }
        }
        Some((index, rest.to_vec()))
    }
}

/// Whether an item of this name is defined in a file.
fn defines(file: &File<'_>, name: &str) -> bool {
    const ITEMS: [&str; 9] =
        ["fn", "struct", "enum", "trait", "type", "const", "static", "union", "macro_rules"];
    file.code.windows(2).any(|pair| ITEMS.contains(&pair[0]) && pair[1] == name)
}

/// All paths of two names and more in code: `a::b::c`.
fn paths(code: &[&str]) -> Vec<Names> {
    let is_word = |token: &str| token.starts_with(|first: char| first.is_alphabetic() || first == '_');
    let mut found = Vec::new();
    let mut at = 0;
    while at < code.len() {
        let mut path: Names = Vec::new();
        while at < code.len() && is_word(code[at]) {
            path.push(code[at].to_owned());
            let goes_on =
                code.get(at + 1) == Some(&"::") && code.get(at + 2).is_some_and(|next| is_word(next));
            at += if goes_on { 2 } else { 1 };
            if !goes_on {
                break;
            }
        }
        if path.is_empty() {
            at += 1;
        } else if path.len() > 1 {
            found.push(path);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Files as `path: text`, one a line.
    fn read(files: &str) -> Imports {
        let source = |line: &str| {
            let (path, text) = line.trim().split_once(": ").expect("a path and a text");
            (path.to_owned(), text.to_owned())
        };
        Imports::read("made_up", &files.lines().map(source).collect::<Vec<_>>())
    }

    fn edges(imports: &Imports) -> String {
        let line = |((from, to), names): (&(String, String), &BTreeSet<String>)| {
            format!("{from} > {to}: {}\n", names.iter().cloned().collect::<Vec<_>>().join(", "))
        };
        imports.by_files.iter().map(line).collect()
    }

    #[test]
    fn uses_and_paths_lead_to_the_file_that_defines_what_they_name() {
        let imports = read("lib.rs: pub mod a; mod b; pub use a::Apple;
            a/mod.rs: pub mod seed; pub(crate) use seed::{Seed, grow as plant}; use seed::Sap;
            a/seed.rs: pub struct Seed; pub fn grow() {}
            b.rs: use crate::a::{self, Seed as S, plant}; use std::fmt; fn f() { a::seed::grow(); super::Apple::new() }
            main.rs: fn main() { made_up::a::plant() }");
        insta::assert_snapshot!(edges(&imports), @"
        a/mod.rs > a/seed.rs: Sap
        b.rs > a/mod.rs: Apple::new, all
        b.rs > a/seed.rs: Seed, grow
        main.rs > a/seed.rs: grow
        ");
    }

    #[test]
    fn a_glob_of_a_parent_leads_to_what_its_children_define() {
        let imports = read(
            "lib.rs: mod a; mod b;
            a/mod.rs: pub use seed::*; pub struct Apple;
            a/seed.rs: pub struct Seed;
            b.rs: use crate::a::{Apple, Seed};",
        );
        insta::assert_snapshot!(edges(&imports), @"
        b.rs > a/mod.rs: Apple
        b.rs > a/seed.rs: Seed
        ");
    }

    #[test]
    fn a_loop_is_found_through_re_exports_and_paths() {
        let imports = read(
            "lib.rs: mod a; mod b; mod c; mod d; pub use c::C;
            a.rs: use crate::b::B;
            b.rs: fn f() { crate::C::new() }
            c.rs: use super::a;
            d.rs: use crate::a::A;",
        );
        assert_eq!(imports.loops(), [["a.rs", "b.rs", "c.rs"]]);
        insta::assert_snapshot!(imports.among(&imports.loops()[0]), @"
        a.rs imports B of b.rs
        b.rs imports C::new of c.rs
        c.rs imports all of a.rs
        ");
    }

    #[test]
    fn what_only_tests_import_makes_no_loop() {
        let imports = read(
            "lib.rs: mod a; mod b;
            a.rs: use crate::b::B; pub struct A;
            a/tests.rs: use crate::c::C;
            b.rs: /* crate::a::A */ #[cfg(test)] mod tests { use crate::a::A; }",
        );
        assert!(imports.loops().is_empty());
    }
}
