//! `jikimi demo`: broker, database, simulator and API in one process, on a day with a fire.
//!
//! What lies before the fire is lived first, as fast as it goes: the same messages, stepped and
//! stored by the same run loop, only that they do not come over the wire. From five minutes
//! before it on, the simulator sends them to the embedded broker like any device.
//!
//! The demo's time stands still while it does not run, so that the next start goes on where the
//! last one ended, and it stands still at the end of the day.

use std::fs::{self, File, TryLockError};
use std::io::IsTerminal as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use jikimi_sim::day::{self, Kind, Script, Wishes};
use jikimi_sim::link::Broker;
use jikimi_sim::play::{self, Options};
use jikimi_sim::recording::{Content, Line, RecordingError};
use jikimi_sim::signs;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::serve::{Parts, Reached, asked_to_stop, live, log_to_stderr, recorder};
use crate::clock::{Clock, wall_now};
use crate::config::{self, Loaded};
use crate::domain::SiteId;
use crate::ingest::{Ack, Delivery, Queues};
use crate::people::Front;
use crate::personal::{self, Keys};
use crate::run::{Setup, Shell, Source};
use crate::source::Inflow;
use crate::store::Store;

const SCRIPT: &str = include_str!("../../simulator/days/demo.day");
/// So long before the fire people begin to watch.
const BEFORE_THE_FIRE: SignedDuration = SignedDuration::from_mins(5);
/// Messages that may have been on their way when the last run ended; those that were not are
/// recognized.
const SENT_AGAIN: SignedDuration = SignedDuration::from_mins(5);
/// As many as a batch of the run loop.
const BATCH: usize = 500;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Where the page and the API answer, on this machine only; 0 for any free port.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Where the demo keeps its data and its configuration. Another folder is another demo.
    #[arg(long, default_value = "var/demo")]
    dir: PathBuf,
    /// How many times faster than in a building time runs.
    #[arg(long, default_value_t = 60.0, value_parser = speed)]
    speed: f64,
    /// What does not happen on a day that has yet to begin: fire, cooking, device-silent,
    /// stillness, sos or fall.
    #[arg(long, value_name = "KIND", value_parser = kind)]
    without: Vec<Kind>,
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if (0.1..=10_000.0).contains(&speed) => Ok(speed),
        _ => Err("expected a number from 0.1 to 10000".to_owned()),
    }
}

fn kind(name: &str) -> Result<Kind, String> {
    day::kind(name).map_err(|error| error.to_string())
}

pub fn demo(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    log_to_stderr("warn,mqtt5=error");
    let _held = held(&arguments.dir)?;
    let folder = arguments.dir.join("config");
    config::lay_out(&folder)
        .with_context(|| format!("the configuration cannot be written to {}", folder.display()))?;
    let loaded = match config::load(&folder) {
        Ok(loaded) => loaded,
        Err(problems) => {
            eprintln!("{problems}");
            return Ok(ExitCode::FAILURE);
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(run(arguments, loaded))?;
    Ok(ExitCode::SUCCESS)
}

/// The folder, made, writable and ours alone for as long as the answer lives.
fn held(dir: &Path) -> anyhow::Result<File> {
    let shown = dir.display();
    let unwritable = || format!("{shown} cannot be written; name a folder that can, with --dir");
    fs::create_dir_all(dir).with_context(unwritable)?;
    let lock = File::create(dir.join("lock")).with_context(unwritable)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => {
            bail!("another jikimi demo runs in {shown}; end it, or name another folder with --dir")
        }
        Err(TryLockError::Error(error)) => Err(error).with_context(unwritable),
    }
}

/// A key file of its own, so that a demonstration seals what is entered too.
fn keys(dir: &Path) -> anyhow::Result<Keys> {
    let file = dir.join("personal.key");
    if !file.exists() {
        personal::new_key(&file)?;
    }
    Ok(Keys::load(&file)?)
}

async fn run(arguments: &Arguments, loaded: Loaded) -> anyhow::Result<()> {
    let listener = listener(arguments.port).await?;
    let stopping = stop_when_asked()?;
    let day = Day::of(&arguments.without)?;
    let store =
        Store::open(&format!("sqlite:{}", arguments.dir.join("jikimi.db").display())).await?;
    for (hash, body) in &loaded.bodies {
        store.keep_configuration(hash, body, day.begins).await?;
    }
    let (stop, stopped) = watch::channel(false);
    let setup = Setup {
        clock: Clock::standing(day.begins),
        store: store.clone(),
        configurations: loaded.configurations.clone(),
        source: Source::Embedded,
        stop: stopped,
        recorder: None,
    };
    let (mut shell, queues, running) = Shell::start(setup).await?;
    let queues = Queues { directory: Arc::clone(&loaded.directory), ..queues };
    let reached = shell.reached();
    let last_time = reached > day.begins;
    if !day.live_until_eve(&mut shell, &stopping).await {
        store.close().await;
        return Ok(());
    }
    let now = shell.reached().max(day.eve);
    let clock = Clock::scaled(now, wall_now(), arguments.speed).ending(day.ends);
    shell.go_by(clock);
    let signed = loaded.configurations.iter().filter(|held| !held.site.signs.is_empty());
    let signed: Vec<SiteId> = signed.map(|held| held.site.id.clone()).collect();
    let parts = Parts {
        listener,
        metrics: recorder()?,
        store,
        shell,
        queues,
        running,
        stop,
        activated: watch::channel(Arc::new(loaded.configurations)).1,
        reload: None,
        files: None,
        front: Front::default(),
        keys: Some(Arc::new(keys(&arguments.dir)?)),
        telling: Arc::new(loaded.telling),
        tls: None,
        head_file: None,
    };
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let broker = config::Broker::Embedded { listen, guard: config::Guard::default() };
    let told = Told { now, speed: arguments.speed, last_time };
    let begin =
        move |inflow: &Inflow, reached: Reached| day.play(inflow, reached.address, &told, signed);
    live(parts, &broker, clock, begin, until_stopped(stopping)).await
}

async fn listener(port: u16) -> anyhow::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.with_context(|| {
        format!("port {port} of this machine is in use; say another with --port, or 0 for any")
    })
}

/// True from the moment at which someone asks for the end.
fn stop_when_asked() -> std::io::Result<watch::Receiver<bool>> {
    let asked = asked_to_stop()?;
    let (stop, stopping) = watch::channel(false);
    tokio::spawn(async move {
        asked.await;
        stop.send_replace(true);
    });
    Ok(stopping)
}

async fn until_stopped(mut stopping: watch::Receiver<bool>) {
    // Whoever could ask is gone only with the process.
    let _ = stopping.wait_for(|asked| *asked).await;
}

/// What is said when it begins.
struct Told {
    now: Timestamp,
    speed: f64,
    /// Whether it goes on from an earlier run.
    last_time: bool,
}

/// A day that is known from its beginning to its end.
struct Day {
    lines: Vec<Line>,
    begins: Timestamp,
    /// When people begin to watch.
    eve: Timestamp,
    /// When the fire breaks out, or would.
    fire: Timestamp,
    burns: bool,
    ends: Timestamp,
    zone: TimeZone,
}

impl Day {
    fn of(without: &[Kind]) -> anyhow::Result<Self> {
        let script = Script::read("demo.day", SCRIPT)?;
        let whole = script.play(&Wishes::default());
        let fire = whole.truth.iter().find(|truth| truth.kind == Kind::Fire.name());
        let fire = fire.context("demo.day has no fire")?.from;
        let lines = match without {
            [] => whole.lines,
            _ => script.play(&Wishes { seed: None, without: without.to_vec() }).lines,
        };
        let (Some(first), Some(last)) = (lines.first(), lines.last()) else {
            bail!("demo.day has no message");
        };
        let (begins, ends) = (first.received_at, last.received_at + SignedDuration::from_secs(1));
        let zone = TimeZone::get("Asia/Seoul").unwrap_or(TimeZone::UTC);
        let (eve, burns) = (fire - BEFORE_THE_FIRE, !without.contains(&Kind::Fire));
        Ok(Self { lines, begins, eve, fire, burns, ends, zone })
    }

    /// Lives what has not been lived of the time before anyone watches. False if someone asked
    /// for the end meanwhile.
    async fn live_until_eve(&self, shell: &mut Shell, stopping: &watch::Receiver<bool>) -> bool {
        shell.look_back().await;
        let from = shell.reached() - SENT_AGAIN;
        let due = |line: &&Line| line.received_at > from && line.received_at < self.eve;
        let past: Vec<&Line> = match shell.reached() < self.eve {
            true => self.lines.iter().filter(due).collect(),
            false => Vec::new(),
        };
        let bar = bar(past.len());
        for lines in past.chunks(BATCH) {
            if *stopping.borrow() {
                return false;
            }
            shell.take_past(lines.iter().filter_map(|line| delivery(line)).collect()).await;
            bar.inc(lines.len() as u64);
        }
        bar.finish_and_clear();
        true
    }

    /// Says where to look, and sends what is to come.
    fn play(
        self,
        inflow: &Inflow,
        address: SocketAddr,
        told: &Told,
        signed: Vec<SiteId>,
    ) -> anyhow::Result<Vec<JoinHandle<()>>> {
        let broker = inflow.embedded_address().context("the demo has its own broker")?;
        self.say(told, address, broker);
        let broker: Broker = format!("mqtt://{broker}").parse()?;
        let mut options = Options::new(broker.clone());
        "jikimi-demo".clone_into(&mut options.client_id);
        options.keep_times = true;
        let from = told.now - SENT_AGAIN;
        let to_come = self.lines.into_iter().filter(move |line| line.received_at >= from);
        let to_come: Vec<Result<Line, RecordingError>> = to_come.map(Ok).collect();
        let playing = tokio::spawn(async move {
            match play::play(options, to_come).await {
                Ok(_) => println!("the day is over and time stands still; Ctrl-C ends the demo"),
                Err(error) => tracing::error!(%error, "the day is not played on"),
            }
        });
        let hang = |site: SiteId| {
            let broker = broker.clone();
            tokio::spawn(async move { signs::hang(&broker, site.as_str()).await })
        };
        Ok(signed.into_iter().map(hang).chain([playing]).collect())
    }

    fn say(&self, told: &Told, address: SocketAddr, broker: SocketAddr) {
        let clock =
            |at: Timestamp| at.to_zoned_datetime(self.zone.clone()).strftime("%H:%M").to_string();
        let (now, fire) = (clock(told.now), clock(self.fire));
        let again = if told.last_time { ", where it was left" } else { "" };
        println!("jikimi listens on http://{address}");
        println!("    incidents   http://{address}/api/v1/incidents");
        println!("    the way out http://{address}/api/v1/sites/center/evacuation");
        println!("    its broker  mqtt://{broker}");
        println!("it is {now}{again}; time runs {} times as fast", told.speed);
        if told.now < self.fire && self.burns {
            println!("a kitchen catches fire at {fire}");
        }
        println!("Ctrl-C ends it; the next start goes on from there");
    }
}

fn delivery(line: &Line) -> Option<Delivery> {
    let Content::Message { topic, payload, retained } = &line.content else { return None };
    let payload = payload.clone().into();
    let marks = (*retained, false);
    Some(Delivery::new(topic.clone(), payload, line.received_at, marks, Ack::None))
}

/// How much of the day has been lived, when a person is watching.
fn bar(lines: usize) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let template = "the day so far  {bar:40} {pos}/{len} messages";
    match ProgressStyle::with_template(template) {
        Ok(style) => ProgressBar::new(lines as u64).with_style(style),
        Err(_) => ProgressBar::hidden(),
    }
}
