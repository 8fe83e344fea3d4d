//! The shell round the pure core: wait, step, store, acknowledge, repeat.
//!
//! One task owns all monitors of the process. It takes a batch, steps it, writes inputs and
//! effects in one transaction and only then acknowledges, answers and announces, in the order of
//! receipt. Nothing is stepped while a batch commits. What breaks a step or is refused by the
//! database for its own sake is put aside as a dead letter and the rest goes on; a database that
//! is away is waited for, with everything unacknowledged.

mod attempt;
mod batch;
pub mod data;
mod fitting;
pub mod handle;
mod links;
mod load;
mod planning;
mod process;
mod recover;
pub mod reload;
mod wake;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::sync::{broadcast, mpsc, oneshot, watch};

use crate::clock::Clock;
use crate::domain::time::Timestamp;
use crate::domain::{DeviceId, Input, LostBecause, SiteId};
use crate::ingest::{self, Delivery, Queues};
use crate::monitor::{Configuration, Monitor, Ordered};
use crate::record::Recorder;
use crate::signposts::{Order, Signposts, Switched};
use crate::store::{self, Store, StoreError};
use batch::{Batch, Item};
use handle::{Announcement, CommandRequest, Health, Running};

/// The run loop before it runs.
pub struct Shell {
    clock: Clock,
    store: Store,
    sites: BTreeMap<SiteId, Site>,
    inlets: Inlets,
    announcements: broadcast::Sender<Announcement>,
    signposts: Arc<Signposts>,
    health: Arc<Health>,
    links: links::Links,
    planning: planning::Planning,
    load: load::Load,
    data: data::Data,
    fitting: fitting::Fitting,
    /// When the oldest came of what the item that is being stepped has overtaken.
    overtaken: Timestamp,
    /// The last batch was alarms only.
    alarms_alone: bool,
    steps: wake::ClockSteps,
    tidied: tokio::time::Instant,
    recorder: Option<Recorder>,
    reloads: mpsc::Sender<reload::Reload>,
}

/// One site as the loop holds it.
struct Site {
    monitor: Monitor,
    /// The last position that is in the database.
    stored: u64,
    snapshot: recover::Snapshotted,
    /// With the embedded broker: devices that spoke before we were away and have not since.
    awaited: BTreeSet<DeviceId>,
}

impl Site {
    fn place(&self) -> Arc<crate::domain::Site> {
        Arc::clone(&self.monitor.configuration().site)
    }
}

/// The receiving ends of everything that can wake the loop.
struct Inlets {
    alarm: batch::Queue,
    bulk: batch::Queue,
    commands: mpsc::Receiver<CommandRequest>,
    plans: mpsc::Receiver<planning::Found>,
    reports: mpsc::Receiver<(SiteId, Input)>,
    reloads: mpsc::Receiver<reload::Reload>,
    stop: watch::Receiver<bool>,
}

/// How messages reach us, which decides when a backlog is drained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Through a broker that keeps a queue for us and gives our marker back behind it.
    Client,
    /// Straight from the devices, which come back one by one.
    Embedded,
}

/// What the shell is started with.
pub struct Setup {
    pub clock: Clock,
    pub store: Store,
    pub configurations: Vec<Arc<Configuration>>,
    pub source: Source,
    pub stop: watch::Receiver<bool>,
    /// What is taken is also recorded.
    pub recorder: Option<Recorder>,
}

impl Shell {
    /// Brings every site's monitor back and says what happened since: a new configuration, or
    /// time in which nobody watched.
    ///
    /// # Errors
    /// If the database cannot be read or written.
    pub async fn start(setup: Setup) -> Result<(Self, Queues, Running), StoreError> {
        let (alarm, alarms) = mpsc::channel(ingest::ALARMS_QUEUED_MAX);
        let (bulk, readings) = mpsc::channel(ingest::READINGS_QUEUED_MAX);
        let (commands, requests) = mpsc::channel(handle::COMMANDS_QUEUED_MAX);
        let (reports, reported) = mpsc::channel(handle::REPORTS_QUEUED_MAX);
        let (announcements, _) = broadcast::channel(handle::ANNOUNCEMENTS_KEPT_MAX);
        let health = Arc::new(Health::default());
        health.set_waiting_since(None);
        let (planning, plans) = planning::Planning::new();
        let (alarms, readings) = (batch::Queue::new(alarms), batch::Queue::new(readings));
        let (reloads, asked) = mpsc::channel(1);
        let inlets = Inlets {
            alarm: alarms,
            bulk: readings,
            commands: requests,
            plans,
            reports: reported,
            reloads: asked,
            stop: setup.stop,
        };
        let (announced, health_of) = (announcements.clone(), Arc::clone(&health));
        let running = Running { commands, reports, announcements: announced, health: health_of };
        let mut shell = Self {
            steps: wake::ClockSteps::new(),
            tidied: tokio::time::Instant::now(),
            recorder: setup.recorder,
            reloads,
            clock: setup.clock,
            store: setup.store,
            sites: BTreeMap::new(),
            inlets,
            announcements,
            signposts: Arc::default(),
            health,
            links: links::Links::new(setup.source),
            planning,
            load: load::Load::default(),
            data: data::Data::default(),
            fitting: fitting::Fitting::new(),
            overtaken: Timestamp::MAX,
            alarms_alone: false,
        };
        for configuration in &setup.configurations {
            shell.start_site(configuration).await?;
        }
        Ok((shell, Queues { alarm, bulk, directory: Arc::default() }, running))
    }

    async fn start_site(&mut self, configuration: &Arc<Configuration>) -> Result<(), StoreError> {
        let recalled = self.recall(configuration).await?;
        let site = configuration.site.id.clone();
        let (position, last) = (recalled.monitor.position(), recalled.monitor.step_at());
        let entry = Site {
            monitor: recalled.monitor,
            stored: position,
            snapshot: recover::Snapshotted::at(position),
            awaited: BTreeSet::new(),
        };
        self.sites.insert(site.clone(), entry);
        let now = self.clock.now();
        self.tell_signs_again(configuration, now).await?;
        self.tell_switches_again(configuration, now).await?;
        let mut inputs = Vec::new();
        // Until the way to a broker is open nobody looks, the first time like any other; only
        // where time stood still is nothing missed. This comes first: what fell due meanwhile
        // waits for the backlog, whatever else has changed.
        let missed = match position {
            0 => self.links.source == Source::Client,
            _ => now > last,
        };
        if missed {
            let from = if position > 0 { last } else { now };
            inputs.push(Input::WatchLost { because: LostBecause::ProcessDown, from });
        }
        if recalled.activated.as_deref() != Some(&configuration.hash) {
            inputs.push(configuration.activation());
        }
        self.process(Batch::of_inputs(&site, now, inputs)).await;
        self.look_for_plan(&site);
        Ok(())
    }

    /// What the signs were told may never have reached them.
    async fn tell_signs_again(
        &self,
        configuration: &Configuration,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let site = &configuration.site;
        for row in store::signs(&self.store.db, &site.id).await? {
            let told = row.told.filter(|(_, until)| *until > now);
            let Some((told, until)) = told.filter(|_| site.signs.contains_key(&row.sign)) else {
                continue;
            };
            let (epoch, show) = (told.epoch, told.show);
            let order = Order { sign: &row.sign, epoch, show, until, because: &told.because };
            self.signposts.tell(site, &order);
        }
        Ok(())
    }

    /// The same of devices; and what was withdrawn may stand at the broker still.
    async fn tell_switches_again(
        &self,
        configuration: &Configuration,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let site = &configuration.site;
        for row in store::switches(&self.store.db, &site.id).await? {
            let (switch, order) = (&row.switch, &row.order);
            let Ordered { epoch, does, until, because, .. } = order;
            let (epoch, does, until, say) = (*epoch, *does, *until, order.say.as_ref());
            match until > now && row.withdrawn.is_none() {
                true => {
                    let order = Switched { switch, epoch, does, until, say, because };
                    self.signposts.switch(site, &order);
                }
                false => self.signposts.withdraw(site, switch),
            }
        }
        Ok(())
    }

    /// The latest moment that any site has reached.
    #[must_use]
    pub fn reached(&self) -> Timestamp {
        let reached = self.sites.values().map(|site| site.monitor.step_at());
        reached.max().unwrap_or(self.clock.now())
    }

    /// Before a past is taken: whatever was not seen of it comes now.
    pub async fn look_back(&mut self) {
        let now = self.reached();
        let own = |input| Item::Own(None, now, input);
        self.process(Batch::of(vec![own(Input::WatchRegained), own(Input::CaughtUp)])).await;
    }

    /// Takes messages of the past in their order, as they would have come then. The clock must
    /// not have gone on beyond them.
    pub async fn take_past(&mut self, past: Vec<Delivery>) {
        let items = past.into_iter().map(|delivery| Item::Message(Box::new(delivery)));
        self.process(Batch::of(items.collect())).await;
        self.take_due_snapshots();
    }

    /// Goes by another clock from now on.
    pub fn go_by(&mut self, clock: Clock) {
        self.clock = clock;
    }

    /// Where it leaves what the signs are told.
    #[must_use]
    pub fn signposts(&self) -> Arc<Signposts> {
        Arc::clone(&self.signposts)
    }

    /// Runs until it is told to stop, then takes a last snapshot.
    pub async fn run(mut self) {
        loop {
            let Some(batch) = self.collect().await else { break };
            self.process(batch).await;
            self.take_reloads().await;
            self.fit_when_due().await;
            self.take_due_snapshots();
        }
        self.take_last_snapshots().await;
        if let Some(recorder) = self.recorder.take() {
            recorder.close().await;
        }
        self.signposts.close();
    }

    /// Whether any site's deadlines are stepped when they come.
    fn looks(&self) -> bool {
        self.sites.values().any(|entry| entry.monitor.is_looking())
    }

    /// The earliest deadline of all sites.
    fn wake_at(&self) -> Option<Timestamp> {
        self.sites.values().filter_map(|site| site.monitor.wake_at()).min()
    }
}

/// An answer that nobody waits for any more is no error.
fn tell<T>(who: oneshot::Sender<T>, what: T) {
    drop(who.send(what));
}
