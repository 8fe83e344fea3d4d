//! `jikimi serve`: the service, from its settings to its end.
//!
//! Whatever can fail is tried first: both addresses, then the database, and only then is anything
//! written or heard. At the end the API goes first and lets its connections go; then the run loop
//! finishes the batch it has and takes its last snapshots; then the way in is closed, which leaves
//! what was not stored unacknowledged; and the database last of all.

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use super::trail;
use crate::api::{self, ApiState, Way};
use crate::bench::Bench;
#[cfg(feature = "embedded-broker")]
use crate::broker::Broker;
use crate::clock::Clock;
use crate::config::{self, Loaded, Settings};
use crate::domain::HomeId;
use crate::ingest::Queues;
use crate::ingest::mqtt::Dial;
use crate::notify;
use crate::people::{Front, People};
use crate::personal::Keys;
use crate::record::{Homes, Recorder};
use crate::reload::{self, Activated, Ask, Reloader};
use crate::run::handle::Running;
use crate::run::{Setup, Shell, Source};
use crate::source::Inflow;
use crate::store::{Store, people};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The configuration: its folder, or the jikimi.toml in it.
    #[arg(long, default_value = "config/jikimi.toml")]
    config: PathBuf,
    /// Service time instead of the wall's: START@SPEED, as in 2026-01-01T00:00+09:00@10. It is
    /// kept in the database, so that a restart goes on where it was.
    #[arg(long, value_name = "START@SPEED")]
    clock: Option<String>,
    /// Writes what the broker saw into this folder, as a recording that `jikimi replay` takes.
    #[arg(long, value_name = "DIR")]
    record: Option<PathBuf>,
    /// Records this home too; may be said more than once. Homes are left out unless named, since
    /// their readings tell when somebody sleeps, goes out and comes back.
    #[arg(long, value_name = "HOME", requires = "record")]
    record_home: Vec<HomeId>,
    /// Records every home.
    #[arg(long, requires = "record", conflicts_with = "record_home")]
    record_homes: bool,
}

pub fn serve(arguments: Arguments) -> anyhow::Result<ExitCode> {
    log_to_stderr("info,mqtt5=warn,rumqttc=warn");
    let loaded = match config::load(&arguments.config) {
        Ok(loaded) => loaded,
        Err(problems) => {
            eprintln!("{problems}");
            return Ok(ExitCode::FAILURE);
        }
    };
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(run(loaded, &arguments))?;
    Ok(ExitCode::SUCCESS)
}

fn recording(loaded: &Loaded, arguments: &Arguments) -> anyhow::Result<Option<Recorder>> {
    let Some(folder) = arguments.record.clone() else { return Ok(None) };
    let homes = match arguments.record_homes {
        true => Homes::All,
        false => Homes::Named(arguments.record_home.iter().cloned().collect()),
    };
    let database = &loaded.settings.service.database;
    let directory = Arc::clone(&loaded.directory);
    // A file holds both: it goes when the first of them has to.
    let keep_days = match homes == Homes::Named(std::collections::BTreeSet::new()) {
        true => database.keep_days,
        false => database.keep_days.min(database.home_keep_days),
    };
    Ok(Some(Recorder::start(folder, homes, loaded.configurations.clone(), keep_days, directory)?))
}

/// `JIKIMI_LOG=debug` says more than `usual`.
pub(super) fn log_to_stderr(usual: &str) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("JIKIMI_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(usual));
    let people = std::io::stderr().is_terminal();
    let written = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(people);
    written.with_writer(std::io::stderr).init();
}

fn source(broker: &config::Broker) -> Source {
    match broker {
        config::Broker::Embedded { .. } => Source::Embedded,
        config::Broker::Remote { .. } => Source::Client,
    }
}

async fn run(loaded: Loaded, arguments: &Arguments) -> anyhow::Result<()> {
    let Settings { service, broker, key_file } = &loaded.settings;
    let keys = key_file.as_deref().map(Keys::load).transpose()?.map(Arc::new);
    let listener = TcpListener::bind(service.listen).await.with_context(|| {
        format!("{} is taken; set another [service] listen, or stop what listens", service.listen)
    })?;
    let tls = service.tls.as_ref().map(crate::tls::server).transpose()?;
    let metrics = recorder()?;
    try_broker(broker).await?;
    let store = keeping(open_store(&service.database).await?, &loaded);
    let clock = kept_clock(&store, arguments.clock.as_deref()).await?;
    runs_on(&store, &loaded, &clock).await?;
    somebody_may_come_in(&store, &service.front).await?;
    keep_configurations(&store, &loaded, &clock).await?;

    let recorder = recording(&loaded, arguments)?;
    let (stop, stopping) = watch::channel(false);
    let setup = Setup {
        clock,
        store: store.clone(),
        configurations: loaded.configurations.clone(),
        source: source(broker),
        stop: stopping,
        recorder,
    };
    // From here on a signal is an ask; before, it ends a service that watches nothing yet.
    let hangup = signal(SignalKind::hangup())?;
    let asked_to_stop = asked_to_stop()?;
    let (shell, queues, running) = Shell::start(setup).await?;
    let held = Arc::new(loaded.configurations);
    let (activate, activated) = watch::channel(held.clone());
    let (reload, asks) = mpsc::channel(reload::ASKS_QUEUED_MAX);
    let reloader = Reloader {
        folder: arguments.config.clone(),
        fixed: loaded.fixed,
        store: store.clone(),
        clock,
        shell: shell.reloads(),
        activated: activate,
    };
    let reloading = tokio::spawn(reloader.run(hangup, asks));
    let queues = Queues { directory: loaded.directory, ..queues };
    let telling = Arc::new(loaded.telling);
    let mut beside = notify::start(&store, &telling, &held, clock, (&running, keys.as_ref()))?;
    let parts = Parts {
        listener,
        metrics,
        store,
        shell,
        queues,
        running,
        stop,
        activated,
        reload: Some(reload),
        files: Some(arguments.config.clone()),
        front: service.front.clone(),
        tls,
        head_file: service.head_file.clone(),
        keys,
        telling,
    };
    beside.push(reloading);
    let begin = |inflow: &Inflow, reached: Reached| {
        say(inflow, &reached);
        Ok(beside)
    };
    live(parts, broker, clock, begin, asked_to_stop).await
}

/// Where to look, and who may.
fn say(inflow: &Inflow, reached: &Reached) {
    let Reached { address, link, front } = reached;
    let scheme = if front.secure && front.proxies.is_empty() { "https" } else { "http" };
    let who = match (link, front.is_private()) {
        (Some(_), _) => {
            " (loopback only; nobody has an account, so whoever sits at this machine \
                         is an administrator)"
        }
        (None, true) => " (loopback only)",
        (None, false) => "",
    };
    println!("jikimi listens on {scheme}://{address}{who}");
    if let Some(link) = link {
        tracing::warn!(
            "the first account is made at {scheme}://{address}/login#setup={link} (once, within \
             24 h) or by `jikimi user add NAME --role administrator`"
        );
    }
    println!("jikimi hears {inflow}");
}

/// Whoever others can reach has to know who they are.
async fn somebody_may_come_in(store: &Store, front: &Front) -> anyhow::Result<()> {
    if front.is_private() || people::any_administrator(&store.db).await? {
        return Ok(());
    }
    bail!(
        "others can reach this service, and nobody has an account; make the first one: jikimi \
         user add NAME --role administrator"
    )
}

/// Where nobody lives, buildings alone say how long the log is.
fn keeping(store: Store, loaded: &Loaded) -> Store {
    let days = loaded.settings.service.database.keep_days;
    match loaded.configurations.iter().all(|of| of.site.homes.is_empty()) {
        true => store.keeping(days, days),
        false => store,
    }
}

pub(super) async fn open_store(database: &config::Database) -> anyhow::Result<Store> {
    let password = database.password().with_context(|| {
        let file = database.password_file.as_deref().unwrap_or(Path::new("")).display();
        format!("the password of the database cannot be read from {file}")
    })?;
    let store = Store::open_with(&database.url, password.as_deref()).await?;
    Ok(store.keeping(database.keep_days, database.home_keep_days))
}

/// What a service consists of before it lives.
pub(super) struct Parts {
    pub listener: TcpListener,
    pub metrics: PrometheusHandle,
    pub store: Store,
    pub shell: Shell,
    pub queues: Queues,
    pub running: Running,
    pub stop: watch::Sender<bool>,
    pub activated: watch::Receiver<Activated>,
    pub reload: Option<mpsc::Sender<Ask>>,
    /// The configuration's files, where a change of them can be tried.
    pub files: Option<PathBuf>,
    /// How people reach it.
    pub front: Front,
    /// With which personal data is sealed.
    pub keys: Option<Arc<Keys>>,
    /// Who is told, and over which ways.
    pub telling: Arc<config::Telling>,
    /// For HTTPS.
    pub tls: Option<rustls::ServerConfig>,
    /// Where the head of the trail is written daily.
    pub head_file: Option<PathBuf>,
}

/// How people come in, for whoever tells them.
pub(super) struct Reached {
    pub address: SocketAddr,
    /// The secret of the link by which the first account is made, if there is none.
    pub link: Option<String>,
    pub front: Front,
}

/// Runs the loop, the way to the devices and the API until `shutdown` comes. `begin` is called
/// when devices are heard; the tasks it answers end before anything else does.
pub(super) async fn live(
    parts: Parts,
    broker: &config::Broker,
    clock: Clock,
    begin: impl FnOnce(&Inflow, Reached) -> anyhow::Result<Vec<JoinHandle<()>>>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let Parts { listener, metrics, store, shell, queues, running, stop, .. } = parts;
    let Parts { activated, reload, .. } = parts;
    let configurations = activated.borrow().clone();
    let people =
        People::sealing(store.clone(), parts.front.clone(), Clock::wall(), parts.keys.clone());
    let signposts = shell.signposts();
    let looping = tokio::spawn(shell.run());
    let hindrance = &running.health.hindrance;
    let inflow = Inflow::open(broker, queues, clock, signposts, hindrance).await?;
    inflow.announce(clock).await;
    let state = ApiState {
        db: store.db.clone(),
        people: people.clone(),
        store: store.clone(),
        running: running.clone(),
        configurations,
        clock,
        metrics,
        patience: api::ANSWERED_WITHIN,
        activated,
        reload,
        bench: parts.files.map(|files| Arc::new(Bench::new(files, store.clone()))),
        keys: parts.keys,
        telling: parts.telling,
    };
    let link = people.offer_set_up().await?;
    let address = listener.local_addr()?;
    let beside = begin(&inflow, Reached { address, link, front: parts.front.clone() })?;
    let keeping = tokio::spawn(trail::keep(store.clone(), parts.head_file));
    let mut way = Way::from(listener);
    if !parts.front.proxies.is_empty() {
        way = way.behind_proxy();
    }
    if let Some(tls) = parts.tls {
        way = way.with_tls(tls);
    }
    api::serve(way, api::router(state), shutdown).await?;
    for task in beside.into_iter().chain([keeping]) {
        task.abort();
    }
    shut_down(inflow, stop, looping, running).await;
    store.close().await;
    Ok(())
}

/// Finds out whether we can listen or log in before anything is written: a start that fails
/// watches nothing, and must not leave in the log that a watch was lost.
async fn try_broker(broker: &config::Broker) -> anyhow::Result<()> {
    match broker {
        config::Broker::Remote { host, port, login, .. } => {
            Dial::new(host, *port, login)?;
        }
        #[cfg(feature = "embedded-broker")]
        config::Broker::Embedded { listen, guard } => Broker::try_start(*listen, guard).await?,
        #[cfg(not(feature = "embedded-broker"))]
        config::Broker::Embedded { .. } => {}
    }
    Ok(())
}

/// What took how long is counted between these, in seconds. Without them each answer would copy
/// and merge a sketch of every quantile: 12 MB where a database was slow, and then quick.
const SECONDS: [f64; 15] =
    [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0];

/// Where counts are kept for `/metrics`.
pub(super) fn recorder() -> anyhow::Result<PrometheusHandle> {
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new()
        .set_buckets(&SECONDS)
        .context("the metrics' buckets cannot be set up")?
        .install_recorder()
        .context("the metrics cannot be set up")?;
    super::numbers::explain();
    Ok(recorder)
}

/// Nothing more comes in; what was taken is finished.
async fn shut_down(
    inflow: Inflow,
    stop: watch::Sender<bool>,
    looping: JoinHandle<()>,
    running: Running,
) {
    tracing::info!("stopping");
    drop(running);
    stop.send_replace(true);
    if let Err(error) = looping.await {
        tracing::error!(%error, "the run loop ended badly");
    }
    inflow.close().await;
}

/// From the call on, a request to stop is heard; the future ends with it.
///
/// # Errors
/// If the process cannot listen to signals.
pub(super) fn asked_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    let (mut interrupted, mut terminated) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    })
}

/// The clock to run on: the wall's, a new scaled one, or the scaled one this database began with.
async fn kept_clock(store: &Store, asked: Option<&str>) -> anyhow::Result<Clock> {
    let kept = store.kept_clock().await?;
    let asked = asked.map(Clock::starting).transpose()?;
    match (kept, asked) {
        (None, None) => Ok(Clock::wall()),
        (None, Some(asked)) => {
            store.keep_clock(&asked).await?;
            Ok(asked)
        }
        (Some(kept), asked) => {
            let same = asked.is_none_or(|asked| {
                asked.service_at() == kept.service_at() && asked.speed().eq(&kept.speed())
            });
            if !same {
                bail!(
                    "this database runs on the clock {}@{}; say that one, or use another database",
                    kept.service_at(),
                    kept.speed()
                );
            }
            tracing::info!(now = %kept.now(), speed = kept.speed(), "going on by the kept clock");
            Ok(kept)
        }
    }
}

/// Time never goes back in a log: a clock that starts before its end would measure nothing new.
async fn runs_on(store: &Store, loaded: &Loaded, clock: &Clock) -> anyhow::Result<()> {
    for configuration in &loaded.configurations {
        let last = store.last_step(&configuration.site.id).await?;
        if let Some(last) = last.filter(|last| !clock.is_wall() && *last > clock.now()) {
            bail!(
                "this database has gone on to {last} at site {}, and the clock says {}; start the \
                 clock later, or use another database",
                configuration.site.id,
                clock.now()
            );
        }
    }
    Ok(())
}

async fn keep_configurations(store: &Store, loaded: &Loaded, clock: &Clock) -> anyhow::Result<()> {
    for (hash, body) in &loaded.bodies {
        store.keep_configuration(hash, body, clock.now()).await?;
    }
    Ok(())
}
