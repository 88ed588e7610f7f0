//! The runs that were compared: what each file says of itself, and what was noted beside it.

/// What is known of a run beside its profile. All of it optional.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunContext {
    /// What the user calls the run: a path, an address.
    pub name: String,
    /// Units of work that the run did: requests, iterations.
    pub units: Option<f64>,
    /// User + system CPU time of the process, in seconds, as the kernel counted it.
    pub cpu_seconds: Option<f64>,
    /// `GOMAXPROCS`, which profiles do not hold.
    pub gomaxprocs: Option<u32>,
    /// The version of Go, which CPU profiles do not hold.
    pub go_version: Option<String>,
}

/// One run of a side.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunInfo {
    /// What was known beside the profile, its name among it.
    pub context: RunContext,
    /// When it was recorded, in ns since 1970 (UTC); 0 if not known.
    pub time_nanos: i64,
    /// How long, in ns; 0 if not known.
    pub duration_nanos: i64,
    /// Events between two samples, in the unit of the profile's period; 0 if not known.
    pub period: i64,
    /// Events that were counted: samples of a CPU profile, sampled allocations. 0 where they are not known.
    pub samples: f64,
    /// The value of the run in the verdict's unit.
    pub total: f64,
    /// What values are divided by: the total for shares, units, seconds.
    pub exposure: f64,
    /// Path of the binary; empty if not known.
    pub binary: String,
    /// How the binary was built, as far as the profile says so.
    pub build: Build,
}

/// How a binary was built: what a profile says of it, which most do only in part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Build {
    /// Its build id, which two builds share only if they are the same.
    pub id: Option<String>,
    /// The version of Go: `go1.27.1`.
    pub go_version: Option<String>,
    /// The architecture: `amd64`.
    pub goarch: Option<String>,
    /// The profile that guided its optimization, or `off`.
    pub pgo: Option<String>,
}

/// All runs of a side, oldest first; of the same time in the order of their content, never of the arguments.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SideInfo {
    /// The runs. The values of rows are in the same order.
    pub runs: Vec<RunInfo>,
}

impl SideInfo {
    /// Number of runs.
    pub fn n_runs(&self) -> usize {
        self.runs.len()
    }

    /// Events that were counted in all runs.
    pub fn samples(&self) -> f64 {
        self.runs.iter().map(|run| run.samples).sum()
    }

    /// The value of all runs in the verdict's unit.
    pub fn total(&self) -> f64 {
        self.runs.iter().map(|run| run.total).sum()
    }

    /// What the values of all runs together are divided by.
    pub fn exposure(&self) -> f64 {
        self.runs.iter().map(|run| run.exposure).sum()
    }
}
