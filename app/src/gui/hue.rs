//! Which color a state has: one for each class of spans, the same in lanes, tables, legends and pictures.

use goscope_analysis::trace::answers::critical_path::PathClass;
use goscope_analysis::trace::cause::SpanState;
use goscope_analysis::trace::class::SpanClass;

use super::theme::StateHue;

/// The color of a class.
pub const fn hue_of_class(class: SpanClass) -> StateHue {
    match class {
        SpanClass::Unknown => StateHue::Unknown,
        SpanClass::Runnable => StateHue::Runnable,
        SpanClass::Running => StateHue::Running,
        SpanClass::Syscall => StateHue::Syscall,
        SpanClass::Sync => StateHue::Sync,
        SpanClass::Channel => StateHue::Channel,
        SpanClass::Network => StateHue::Network,
        SpanClass::Gc => StateHue::Gc,
        SpanClass::Waiting => StateHue::Waiting,
    }
}

/// The color of what is done in a segment of a critical path.
pub const fn hue_of_path(class: PathClass) -> StateHue {
    match class {
        PathClass::Running => StateHue::Running,
        PathClass::GcAssist | PathClass::GcWait | PathClass::StopTheWorld => StateHue::Gc,
        PathClass::Starved | PathClass::LostP | PathClass::Wakeup => StateHue::Runnable,
        PathClass::Syscall => StateHue::Syscall,
        PathClass::Network => StateHue::Network,
        PathClass::Timer | PathClass::Waiting => StateHue::Waiting,
        PathClass::Throttled | PathClass::Unknown => StateHue::Unknown,
    }
}

/// The color of a state; `reason` tells waiting goroutines apart.
pub fn hue_of(state: SpanState, reason: &str) -> StateHue {
    hue_of_class(SpanClass::new(state, reason.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_blocks_a_goroutine_decides_its_color() {
        let hue = |reason: &str| hue_of(SpanState::Waiting, reason);
        assert_eq!(hue("chan receive"), StateHue::Channel);
        assert_eq!(hue("sync.(*Cond).Wait"), StateHue::Sync);
        assert_eq!(hue("network"), StateHue::Network);
        assert_eq!(hue("GC mark assist wait for work"), StateHue::Gc);
        assert_eq!(hue("sleep"), StateHue::Waiting);
        assert_eq!(hue_of(SpanState::SyscallBlocked, ""), StateHue::Syscall);
    }

    #[test]
    fn no_two_classes_share_a_color() {
        let hues: Vec<StateHue> = SpanClass::ALL.map(hue_of_class).into();
        assert!(StateHue::ALL.iter().all(|hue| hues.iter().filter(|other| *other == hue).count() == 1));
    }
}
