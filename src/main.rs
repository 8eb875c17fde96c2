//! The program `hookyard`: the command line, and nothing beside it.

mod cli;

fn main() -> std::process::ExitCode {
    cli::run()
}
