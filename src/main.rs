//! Arguments → settings → run.

use std::process::ExitCode;

use clap::Parser as _;
use jikimi::cli::Cli;

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("jikimi: {error:#}");
            ExitCode::FAILURE
        }
    }
}
