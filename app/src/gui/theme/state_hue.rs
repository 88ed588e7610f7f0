//! What goroutines do, in colors: one palette for lanes, breakdown, answers, overview and legends.

use eframe::egui::Color32;

/// The ink for pale colors, in both themes.
const DARK_INK: Color32 = Color32::from_rgb(0x0e, 0x11, 0x16);

/// What a goroutine does, as far as colors tell it. The same in lanes, breakdown, overview and legend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StateHue {
    /// Runs.
    Running,
    /// Waits for a P.
    Runnable,
    /// Waits for a lock, a condition or a wait group.
    Sync,
    /// Waits for a channel.
    Channel,
    /// Waits for the network.
    Network,
    /// In a system call.
    Syscall,
    /// Held up by the garbage collector.
    Gc,
    /// Waits for something else: sleeps, is a worker of the runtime, or is not told apart.
    Waiting,
    /// Not known.
    Unknown,
}

impl StateHue {
    /// All of them, in the order of legends.
    pub const ALL: [Self; 9] = [
        Self::Running,
        Self::Runnable,
        Self::Sync,
        Self::Channel,
        Self::Network,
        Self::Syscall,
        Self::Gc,
        Self::Waiting,
        Self::Unknown,
    ];

    /// What legends call it.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Runnable => "runnable",
            Self::Sync => "blocked: sync",
            Self::Channel => "blocked: channel",
            Self::Network => "network",
            Self::Syscall => "syscall",
            Self::Gc => "GC",
            Self::Waiting => "waiting",
            Self::Unknown => "unknown",
        }
    }

    /// Its color. Any two are far apart for normal sight and for eyes that do not tell red from green, and they differ
    /// in lightness, so that they stay apart in grey.
    pub const fn color(self, dark_mode: bool) -> Color32 {
        let (dark, light) = match self {
            Self::Running => ((0x04, 0xd7, 0x9c), (0x48, 0x80, 0x5e)),
            Self::Runnable => ((0xf4, 0xdd, 0x7d), (0xe2, 0xc3, 0x76)),
            Self::Sync => ((0xaa, 0x55, 0x48), (0x8e, 0x34, 0x2a)),
            Self::Channel => ((0x8f, 0x78, 0xed), (0x84, 0x57, 0xa6)),
            Self::Network => ((0x75, 0xba, 0xea), (0x29, 0x92, 0xe4)),
            Self::Syscall => ((0xe3, 0x80, 0x0d), (0xda, 0x83, 0x13)),
            Self::Gc => ((0xc9, 0x52, 0x98), (0xce, 0x91, 0xa8)),
            Self::Waiting => ((0x35, 0x3e, 0x47), (0xd1, 0xd8, 0xe5)),
            Self::Unknown => ((0x2a, 0x2e, 0x35), (0xe3, 0xe7, 0xeb)),
        };
        let (red, green, blue) = if dark_mode { dark } else { light };
        Color32::from_rgb(red, green, blue)
    }

    /// The color of text on it.
    pub const fn ink(self, dark_mode: bool) -> Color32 {
        let is_pale = match self {
            Self::Runnable | Self::Network | Self::Syscall | Self::Gc => true,
            Self::Running | Self::Channel => dark_mode,
            Self::Waiting | Self::Unknown => !dark_mode,
            Self::Sync => false,
        };
        if is_pale { DARK_INK } else { Color32::WHITE }
    }
}
