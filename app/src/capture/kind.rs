//! What can be captured, by the names of `net/http/pprof`.

use goscope_remote::Address;

/// What is taken of a program.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Where CPU time goes; takes its time.
    Cpu,
    /// An execution trace; takes its time.
    Trace,
    /// What memory holds, and what was allocated, shown by what it holds.
    Heap,
    /// The same, shown by what was allocated.
    Allocs,
    /// Where goroutines are.
    Goroutine,
    /// Who holds locks that others wait for.
    Mutex,
    /// What goroutines wait for.
    Block,
    /// What led to new threads.
    ThreadCreate,
    /// Goroutines that can never go on (Go 1.27; with an experiment Go 1.26). Each request runs a collection.
    GoroutineLeak,
    /// All goroutines with their states, as a panic prints them. Stops the program for the time it takes.
    Dump,
    /// The command line of the program.
    CommandLine,
    /// Whatever an address names.
    Other(String),
}

impl Kind {
    /// All that `--profile` names, in the order of its help.
    pub const NAMED: [Self; 10] = [
        Self::Cpu,
        Self::Trace,
        Self::Heap,
        Self::Allocs,
        Self::Goroutine,
        Self::Mutex,
        Self::Block,
        Self::ThreadCreate,
        Self::GoroutineLeak,
        Self::Dump,
    ];

    /// Its name on the command line and in a bundle.
    pub fn name(&self) -> &str {
        match self {
            Self::Cpu => "cpu",
            Self::Trace => "trace",
            Self::Heap => "heap",
            Self::Allocs => "allocs",
            Self::Goroutine => "goroutine",
            Self::Mutex => "mutex",
            Self::Block => "block",
            Self::ThreadCreate => "threadcreate",
            Self::GoroutineLeak => "goroutineleak",
            Self::Dump => "dump",
            Self::CommandLine => "cmdline",
            Self::Other(name) => name,
        }
    }

    /// The kind that `--profile` and `--as` name so, if it is one of Go's.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            // As the handler is called.
            "profile" => Some(Self::Cpu),
            name => Self::NAMED.into_iter().find(|kind| kind.name() == name),
        }
    }

    /// The handler that gives it.
    pub fn handler(&self) -> &str {
        match self {
            Self::Cpu => "profile",
            Self::Dump => "goroutine",
            other => other.name(),
        }
    }

    /// What an address asks for that says exactly what to take.
    pub fn of_exact(address: &Address) -> Self {
        let debug = address.parameter("debug").and_then(|debug| debug.parse().ok()).unwrap_or(0);
        Self::of_address(address.last_element(), debug)
    }

    /// What the last element of an address asks for.
    pub fn of_address(element: &str, debug: u32) -> Self {
        let named = Self::NAMED.into_iter().find(|kind| *kind != Self::Dump && kind.handler() == element);
        match named {
            _ if element == Self::CommandLine.name() => Self::CommandLine,
            Some(Self::Goroutine) if debug >= 2 => Self::Dump,
            Some(kind) if debug == 0 => kind,
            _ => Self::Other(element.to_owned()),
        }
    }

    /// What its file is called, where `moment` tells the first from the second: `heap.0.pb.gz`.
    pub fn file(&self, moment: Option<u8>) -> String {
        let moment = moment.map_or(String::new(), |moment| format!(".{moment}"));
        match self {
            Self::Trace => format!("trace{moment}.out"),
            Self::Dump => format!("goroutine{moment}.debug2.txt"),
            Self::CommandLine => "cmdline.txt".to_owned(),
            // A profile of the program's own may be called as a path is: `example.com/pool`.
            kind => format!("{}{moment}.pb.gz", kind.name().replace('/', "_")),
        }
    }

    /// Whether the server can take it twice and give the difference.
    pub const fn has_delta(&self) -> bool {
        matches!(
            self,
            Self::Heap
                | Self::Allocs
                | Self::Goroutine
                | Self::Mutex
                | Self::Block
                | Self::ThreadCreate
                | Self::GoroutineLeak
        )
    }

    /// Whether it is a table of stacks that adds up over several hosts.
    pub const fn adds_up(&self) -> bool {
        self.has_delta() || matches!(self, Self::Cpu)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_what_they_give() {
        for (element, debug, name) in [
            ("profile", 0, "cpu"),
            ("trace", 0, "trace"),
            ("heap", 0, "heap"),
            ("heap", 1, "heap"),
            ("goroutine", 2, "dump"),
            ("snapshot", 0, "snapshot"),
            ("cmdline", 0, "cmdline"),
        ] {
            let kind = Kind::of_address(element, debug);
            assert_eq!(kind.name(), name);
            assert_eq!(matches!(kind, Kind::Other(_)), debug == 1 || element == "snapshot");
        }
        assert_eq!(Kind::Dump.file(Some(0)), "goroutine.0.debug2.txt");
        assert_eq!(Kind::Heap.file(None), "heap.pb.gz");
        assert_eq!(Kind::Other("example.com/pool".to_owned()).file(None), "example.com_pool.pb.gz");
    }
}
