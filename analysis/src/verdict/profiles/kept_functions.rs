//! The functions of a run as they are kept: twenty runs have a million names, so texts lie one after the other, and a file's
//! name is there once.

/// The functions of a run, sorted by name, each name once.
#[derive(Clone, Debug, Default)]
pub(super) struct RunFunctions {
    /// All names.
    names: String,
    /// By function: where its name ends, which is where the next begins.
    ends: Vec<usize>,
    files: Vec<Box<str>>,
    /// By function: its file, and the line where it begins; 0 if not known.
    places: Vec<(u32, i64)>,
}

/// A function of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RunFunction<'r> {
    /// The name under which it is compared.
    pub(super) name: &'r str,
    /// Its source file.
    pub(super) file: &'r str,
    /// The line where it begins; 0 if not known.
    pub(super) line: i64,
}

/// A file of [`RunFunctions`].
#[derive(Clone, Copy, Debug)]
pub(super) struct FileId(u32);

impl RunFunctions {
    /// None yet; there is room for some.
    pub(super) fn with_capacity(n_functions: usize, name_bytes: usize) -> Self {
        Self {
            names: String::with_capacity(name_bytes),
            ends: Vec::with_capacity(n_functions),
            files: Vec::new(),
            places: Vec::with_capacity(n_functions),
        }
    }

    /// Adds a file that functions may be in.
    pub(super) fn add_file(&mut self, name: &str) -> FileId {
        self.files.push(name.into());
        FileId(u32::try_from(self.files.len() - 1).expect("files have u32 ids"))
    }

    /// Adds a function, whose name comes after all others.
    pub(super) fn push(&mut self, name: &str, file: FileId, line: i64) {
        self.names.push_str(name);
        self.ends.push(self.names.len());
        self.places.push((file.0, line));
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn name(&self, at: usize) -> &str {
        let begin = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.names[begin..self.ends[at]]
    }

    pub(super) fn get(&self, at: usize) -> RunFunction<'_> {
        let (file, line) = self.places[at];
        RunFunction { name: self.name(at), file: &self.files[file as usize], line }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|at| self.name(at))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = RunFunction<'_>> {
        (0..self.len()).map(|at| self.get(at))
    }
}
