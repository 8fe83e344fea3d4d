//! The commands, one file each. They read arguments, run, and say what happened.

mod accounts;
mod backtest;
mod beside;
pub mod check;
#[cfg(feature = "embedded-broker")]
mod demo;
mod homes;
mod import;
mod memory;
mod numbers;
mod out;
mod payload;
mod personal;
mod plan;
mod replay;
mod route;
mod serve;
mod token;
mod trail;
mod user;
mod walk_test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// jikimi (지킴이): watches buildings for disasters and homes for silence.
#[derive(Debug, Parser)]
#[command(name = "jikimi", version, about, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Shows a day with a fire and a home that goes quiet, everything in one process.
    ///
    /// Example: jikimi demo --port 8080 --speed 60
    #[cfg(feature = "embedded-broker")]
    Demo(demo::Arguments),
    /// Runs the service until it is told to stop.
    ///
    /// Example: jikimi serve --config config/jikimi.toml
    Serve(serve::Arguments),
    /// Finds every problem in every configuration file, or shows what becomes of a payload;
    /// exits 1 if there is any problem or the payload is refused.
    ///
    /// Examples: jikimi check config/
    ///           jikimi check --payload uplink.json --profile chirpstack --model milesight-leak
    #[command(verbatim_doc_comment)]
    Check(check::Arguments),
    /// Makes an account for every device and sign, for Mosquitto and for the embedded broker.
    ///
    /// Example: jikimi accounts center --out /etc/mosquitto/jikimi
    Accounts(accounts::Arguments),
    /// Makes and changes accounts of people (계정), beside the running service too.
    ///
    /// Example: jikimi user add kim --role admin
    User(user::Arguments),
    /// Makes and ends tokens, by which programs come in.
    ///
    /// Example: jikimi token add grafana --account kim --scope metrics
    Token(token::Arguments),
    /// Says whether the trail (감사 기록) is whole, and what a month of it amounts to.
    ///
    /// Example: jikimi audit verify
    Audit(trail::Arguments),
    /// Runs the same engine on recordings, as fast as it goes, and prints the incidents.
    ///
    /// Example: jikimi replay fire.jsonl.gz --config config/ --json
    Replay(replay::Arguments),
    /// Says what the rules would have been worth on recordings whose truth is known.
    ///
    /// Example: jikimi backtest fires.jsonl.gz --truth fires.truth.jsonl --against other-config/
    Backtest(backtest::Arguments),
    /// Makes a site file of a building that was drawn elsewhere, and reports what would trap
    /// people in it.
    ///
    /// Example: jikimi import indoorgml hall.gml --exit 101 --out config/sites/hall.toml
    Import(import::Arguments),
    /// Makes and changes the keys with which personal data is sealed.
    ///
    /// Example: jikimi personal new-key /etc/jikimi-secret/personal.key
    Personal(personal::Arguments),
    /// Leads through the walk test of a home: which sensor was heard, which not, what to do next.
    ///
    /// Example: jikimi walk-test usan h0101
    WalkTest(walk_test::Arguments),
    /// Plans the signs of a whole building: who goes where, how long it takes, and how long any
    /// plan would take at least.
    ///
    /// Example: jikimi plan center --close 3f-stair-a --budget-ms 100
    Plan(plan::Arguments),
    /// Says the way out of a zone, with what is closed taken into account.
    ///
    /// Example: jikimi route center --from 3f-office --close 3f-stair-a
    Route(route::Arguments),
}

impl Cli {
    /// Runs the command that was asked for.
    ///
    /// # Errors
    /// If it could not do its job, with a sentence for whoever asked.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            #[cfg(feature = "embedded-broker")]
            Command::Demo(arguments) => demo::demo(&arguments),
            Command::Serve(arguments) => serve::serve(arguments),
            Command::Check(arguments) => check::check(&arguments),
            Command::Accounts(arguments) => accounts::accounts(&arguments),
            Command::User(arguments) => user::user(&arguments),
            Command::Token(arguments) => token::token(&arguments),
            Command::Audit(arguments) => trail::audit(&arguments),
            Command::Replay(arguments) => replay::replay(&arguments),
            Command::Backtest(arguments) => backtest::backtest(&arguments),
            Command::Import(arguments) => import::import(&arguments),
            Command::Personal(arguments) => personal::personal(&arguments),
            Command::WalkTest(arguments) => walk_test::walk_test(&arguments),
            Command::Plan(arguments) => plan::plan(&arguments),
            Command::Route(arguments) => route::route(&arguments),
        }
    }
}
