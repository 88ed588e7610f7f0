//! Which color a state has: what blocks a goroutine, by the runtime's own words.

use goscope_analysis::trace::cause::SpanState;

use super::theme::StateHue;

/// The color of a state; `reason` tells waiting goroutines apart (Go 1.27's words and those of older versions).
pub fn hue_of(state: SpanState, reason: &str) -> StateHue {
    match state {
        SpanState::Unknown => StateHue::Unknown,
        SpanState::Runnable => StateHue::Runnable,
        SpanState::Running => StateHue::Running,
        SpanState::Syscall | SpanState::SyscallBlocked => StateHue::Syscall,
        SpanState::Waiting => waiting_hue(reason),
    }
}

fn waiting_hue(reason: &str) -> StateHue {
    if reason.starts_with("chan ") || reason == "select" {
        StateHue::Channel
    } else if reason.starts_with("sync") {
        StateHue::Sync
    } else if reason == "network" {
        StateHue::Network
    } else if reason.contains("GC") {
        StateHue::Gc
    } else {
        StateHue::Waiting
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_blocks_a_goroutine_decides_its_color() {
        let hue = |reason: &str| hue_of(SpanState::Waiting, reason);
        assert_eq!(hue("chan receive"), StateHue::Channel);
        assert_eq!(hue("select"), StateHue::Channel);
        assert_eq!(hue("sync.(*Cond).Wait"), StateHue::Sync);
        assert_eq!(hue("network"), StateHue::Network);
        assert_eq!(hue("GC mark assist wait for work"), StateHue::Gc);
        assert_eq!(hue("sleep"), StateHue::Waiting);
        assert_eq!(hue_of(SpanState::SyscallBlocked, ""), StateHue::Syscall);
    }
}
