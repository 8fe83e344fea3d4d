//! The command line of the simulator.
//!
//! Every command is one file in `cli`; what it does stands in the library. Answers go to standard
//! output, everything else to standard error, and 0 is answered only if the whole job was done.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("jikimi-sim: {error:#}");
            ExitCode::FAILURE
        }
    }
}
