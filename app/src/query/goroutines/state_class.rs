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

/// Whether this can be a state and no function of Go, whose names have a package and a dot.
pub fn is_state(name: &str) -> bool {
    let synced = ["Cond.Wait", "Mutex.Lock", "RWMutex.RLock", "RWMutex.Lock", "WaitGroup.Wait"];
    let base = without_flags(name);
    match base.split_once('.') {
        None => true,
        Some(("sync", rest)) => synced.contains(&rest),
        Some(("synctest", rest)) => matches!(rest, "Run" | "Wait"),
        Some(_) => false,
    }
}

/// A state as a filter knows it, without what the collector and synctest say of it.
pub fn without_flags(state: &str) -> &str {
    let mut base = state;
    for flag in [" (durable)", " (leaked)"] {
        base = base.strip_suffix(flag).unwrap_or(base);
    }
    base
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_told_from_functions() {
        let states = ["chan send (leaked)", "sync.RWMutex.RLock", "select", "chan receive (nil chan)"];
        assert!(states.into_iter().all(is_state));
        let functions = ["sync.(*Mutex).Lock", "main.main", "sync.OnceFunc.func1"];
        assert!(!functions.into_iter().any(is_state));
        assert_eq!(without_flags("chan send (leaked) (durable)"), "chan send");
        assert_eq!(without_flags("chan send (nil chan)"), "chan send (nil chan)");
    }

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
