//! The program `hookyard`: the command line, and nothing beside it.

mod cli;

/// See docs/adr/0007.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> std::process::ExitCode {
    cli::run()
}
