//! The `portcullis` command.

use std::process::ExitCode;

/// A review is read into many small allocations that live for a fraction of a millisecond.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    portcullis::cli::run()
}
