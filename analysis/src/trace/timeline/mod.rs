//! What to draw of a lane: single spans where there is room, and where there is none, how much time each state has.
//!
//! ```text
//! spans    │ running │w│r│w│r│w│r│ waiting          │r│w│          short ones have letters
//! columns  │       │       │       │       │       │       │       of a grid that a picture asks for
//! pieces   │ running │r 3 w│r w│ waiting            │r 1 w 1│      what is shorter than a column is summed up
//! ```
//!
//! A piece holds the spans that begin in one column: alone if it is one span, or one at least as long as a column;
//! else together, with their exact time by class. So every span is in one piece and no time is made up, and the
//! cost is some look-ups a column (`index` has the sums), whatever the number of spans. A grid counts from time 0
//! of the trace's clock, so that pieces stay the same while a picture moves.

mod blocks;
mod goroutine;
mod grid;
mod index;
mod lane_marks;
mod lane_samples;
mod lanes;
mod marks;
mod pieces;
mod range_max;
mod runs;
mod samples;

pub use self::grid::{ClassNanos, Grid, LaneOwner};
pub(crate) use self::index::Timeline;
pub use self::lane_marks::{Mark, RegionPiece};
pub use self::lane_samples::{SampleColumns, StackBox};
pub use self::lanes::Lanes;
pub use self::pieces::{Piece, PieceContent, Pieces};
