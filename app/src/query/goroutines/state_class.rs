//! What a state in a goroutine dump is about: the class that the same wait has in a trace, so that it has the same color.

use goscope_analysis::trace::class::SpanClass;

/// The class of the text in the header of a goroutine.
pub fn class_of(state: &str) -> SpanClass {
    match state {
        "" => SpanClass::Unknown,
        "running" => SpanClass::Running,
        "runnable" | "preempted" => SpanClass::Runnable,
        "syscall" => SpanClass::Syscall,
        "IO wait" => SpanClass::Network,
        "semacquire" => SpanClass::Sync,
        name if name.starts_with("sync") => SpanClass::Sync,
        name if name.starts_with("chan ") || name.starts_with("select") => SpanClass::Channel,
        name if name.starts_with("GC ") || name.starts_with("garbage") => SpanClass::Gc,
        _ => SpanClass::Waiting,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_of_all_versions_have_a_class() {
        assert_eq!(class_of("sync.WaitGroup.Wait"), SpanClass::Sync);
        assert_eq!(class_of("semacquire"), SpanClass::Sync);
        assert_eq!(class_of("chan send (nil chan)"), SpanClass::Channel);
        assert_eq!(class_of("select (no cases)"), SpanClass::Channel);
        assert_eq!(class_of("GC worker (idle)"), SpanClass::Gc);
        assert_eq!(class_of("a state of the year 2030"), SpanClass::Waiting);
    }
}
