//! What the names of source files lose: pprof's `-trim_path` and `-source_path`.

/// Which prefixes the names of source files lose.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SourcePaths {
    /// `trim_path`: prefixes to cut off.
    pub trim: Vec<String>,
    /// `source_path` as the user gave it (not the working directory that stands in for it): without prefixes to
    /// trim, everything up to a directory named as the last element of one of these is cut off.
    pub search: Vec<String>,
}

impl SourcePaths {
    /// A path without what it shall lose; the first rule that fits applies.
    pub(crate) fn trimmed<'t>(&self, path: &'t str) -> &'t str {
        if self.trim.is_empty() {
            let after = |directory: &String| {
                let wanted = format!("/{}/", base_name(directory));
                path.find(&wanted).map(|at| &path[at + wanted.len()..])
            };
            if let Some(rest) = self.search.iter().find_map(after) {
                return rest;
            }
        }
        // Left by builds that ran in a sandbox.
        let sandbox = ["/proc/self/cwd/./", "/proc/self/cwd/"].into_iter();
        let mut prefixes = self.trim.iter().map(String::as_str).chain(sandbox);
        let cut = |prefix: &str| {
            path.strip_prefix(prefix.trim_end_matches('/')).and_then(|rest| rest.strip_prefix('/'))
        };
        prefixes.find_map(cut).unwrap_or(path)
    }
}

/// The last element of a path.
pub(crate) fn base_name(path: &str) -> &str {
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() {
        return if path.is_empty() { "." } else { "/" };
    }
    trimmed.rsplit('/').next().unwrap_or(trimmed)
}
