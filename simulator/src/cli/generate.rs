//! `jikimi-sim generate`: a made-up storm with its configuration and truth.

use std::path::PathBuf;

use clap::Args;
use jikimi_sim::{files, generate};
use serde_json::json;

use super::answer;

/// Make up a storm: many fires at once, near misses, dead devices, repeated and late messages.
///
/// The same seed gives the same files, byte for byte.
#[derive(Args)]
#[command(after_help = "Example:\n  jikimi-sim generate --seed 7 --out var/storm")]
pub struct Generate {
    #[arg(long, default_value_t = 7)]
    seed: u64,
    #[arg(long, default_value_t = 3)]
    sites: usize,
    /// Buildings that burn, over all sites
    #[arg(long, default_value_t = 120)]
    incidents: usize,
    /// The folder for recording.jsonl, truth.jsonl and config/
    #[arg(long)]
    out: PathBuf,
    /// Answer with one line of JSON
    #[arg(long)]
    json: bool,
}

impl Generate {
    pub fn run(self) -> anyhow::Result<()> {
        let storm = generate::storm(self.seed, self.sites, self.incidents);
        files::write_day(&self.out, &storm.lines, &storm.truth, &storm.files)?;
        let (messages, truths, files) = (storm.lines.len(), storm.truth.len(), storm.files.len());
        let sentence = format!(
            "{}: {messages} messages, {truths} truths and {files} files of configuration written \
             from seed {}",
            self.out.display(),
            self.seed
        );
        let counts = json!({
            "out": self.out, "seed": self.seed,
            "messages": messages, "truths": truths, "files": files,
        });
        answer(self.json, &counts, &sentence)
    }
}
