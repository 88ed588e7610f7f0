//! The `goscope` program: arguments in, exit code out.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: goscope::allocator::CountingAllocator = goscope::allocator::CountingAllocator;

fn main() -> ExitCode {
    goscope::allocator::use_few_pools();
    goscope::cli::run(std::env::args_os())
}
