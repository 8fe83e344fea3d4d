//! Storing what a batch did, and what to do when it breaks or is refused.
//!
//! A batch is tried whole. If an input breaks its step, the batch is tried again with that input
//! put aside (a message) or that detector switched off (a deadline). If the database refuses it
//! for what is in it, each item is tried alone, and what is refused twice is put aside. If the
//! database is away, it is tried again until it is not.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::attempt::Broke;
use super::batch::{Batch, Item, overtaken};
use super::handle::Announcement;
use super::{Shell, tell};
use crate::domain::time::{SignedDuration, Timestamp};
use crate::domain::{Input, LostBecause, SiteId};
use crate::dropped::count_dropped;
use crate::incident::{Contribution, IncidentId};
use crate::ingest::{Refused, decode::Reason};
use crate::kill::{self, Point};
use crate::monitor::{Effect, Numbered};
use crate::signposts::{Order, Switched};
use crate::store::{Commit, StoreError};

const RETRY_FIRST: Duration = Duration::from_millis(100);
const RETRY_LAST: Duration = Duration::from_secs(5);
/// A database that is back is noticed within a second.
const REGAIN_LAST: Duration = Duration::from_secs(1);
/// A database that was away for longer is time in which nobody watched: what the broker kept
/// meanwhile comes late, and is no less of an alarm for that.
const AWAY_MAX: SignedDuration = SignedDuration::from_secs(5);

/// The same for a database that is only slow, in seconds of real time: far less than what makes a
/// message late.
const BEHIND_MAX_S: f64 = 5.0;

/// Waits longer each time, up to a limit.
struct Patience(Duration);

impl Patience {
    async fn wait(&mut self) {
        self.wait_at_most(RETRY_LAST).await;
    }

    async fn wait_at_most(&mut self, last: Duration) {
        tokio::time::sleep(self.0).await;
        self.0 = (self.0 * 2).min(last);
    }
}

impl Shell {
    /// Steps and stores a batch, whatever it takes, then acknowledges, answers and announces.
    pub(super) async fn process(&mut self, batch: Batch) {
        let mut items = self.without_answered(batch.items).await;
        self.say_behind(&mut items);
        let mut patience = Patience(RETRY_FIRST);
        let mut refusals = 0;
        loop {
            let commit = match self.attempt(&items, batch.waits, batch.horizon) {
                Ok(commit) => Arc::new(commit),
                Err(broke) => {
                    self.mend(broke, &mut items).await;
                    continue;
                }
            };
            // Received and stepped are one moment to everyone outside: nothing is written yet.
            kill::at(Point::Received, commit.carries_effects());
            kill::at(Point::Stepped, commit.carries_effects());
            let tried_at = self.clock.now();
            let Err(error) = self.store(&commit).await else {
                return self.tell_all(items, &commit);
            };
            tracing::error!(error = chain(&error), items = items.len(), "a batch is not stored");
            refusals += u32::from(error.is_about_the_data());
            self.come_back(error).await;
            // What was taken to have failed may have been stored after all.
            items = self.without_answered(items).await;
            self.say_unwatched(tried_at, &mut items);
            match items.len() {
                1 if refusals == 2 => put_aside(&mut items, 0, Reason::CommitRefused),
                2.. if refusals == 1 => {
                    return self.one_by_one(Batch { items, ..batch }).await;
                }
                _ => patience.wait().await,
            }
        }
    }

    async fn one_by_one(&mut self, batch: Batch) {
        let overtaken = overtaken(&batch.items, batch.waits);
        for (item, waits) in batch.items.into_iter().zip(overtaken) {
            let alone = Batch { waits, ..Batch::of(vec![item]) };
            Box::pin(self.process(alone)).await;
        }
        Box::pin(self.process(Batch { items: Vec::new(), ..batch })).await;
    }

    /// After a step that broke: rebuilds, and takes out what broke it.
    async fn mend(&mut self, broke: Broke, items: &mut Vec<Item>) {
        self.rebuild_touched().await;
        match broke {
            Broke::Item(index) => put_aside(items, index, Reason::StepPanicked),
            Broke::Wake(site, culprit) => self.switch_off(&site, culprit).await,
        }
    }

    async fn switch_off(&mut self, site: &SiteId, culprit: Option<Contribution>) {
        // Without a culprit there is nobody to switch off; it is tried again, and waited for.
        let Some(culprit) = culprit else {
            tracing::error!(site.id = %site, "a deadline of no detector broke");
            return tokio::time::sleep(RETRY_LAST).await;
        };
        tracing::error!(rule.id = %culprit.rule, source = culprit.source, "a detector broke");
        let mut patience = Patience(RETRY_FIRST);
        loop {
            let commit = Arc::new(self.quarantine(site, culprit.clone()));
            let Err(error) = self.store(&commit).await else {
                return self.tell_all(Vec::new(), &commit);
            };
            tracing::error!(error = chain(&error), "a quarantine is not stored");
            self.come_back(error).await;
            patience.wait().await;
        }
    }

    /// After a commit that failed: waits until the database can be written again, so that what it
    /// says of that commit is final, and brings back every monitor that holds more.
    async fn come_back(&mut self, error: StoreError) {
        let mut overtaken = matches!(error, StoreError::Overtaken);
        let mut patience = Patience(RETRY_FIRST);
        while let Err(error) = self.store.regain().await {
            overtaken |= matches!(error, StoreError::Overtaken);
            tracing::error!(error = chain(&error), "the database cannot be written yet");
            patience.wait_at_most(REGAIN_LAST).await;
        }
        if overtaken {
            // Nothing that a monitor holds is what is stored.
            self.sites.values_mut().for_each(|entry| entry.stored = u64::MAX);
        }
        self.rebuild_touched().await;
    }

    /// If the database was away for long, says so to every site before anything else is stepped.
    fn say_unwatched(&mut self, from: Timestamp, items: &mut Vec<Item>) {
        let now = self.clock.now();
        if now.duration_since(from) <= AWAY_MAX {
            return;
        }
        let lost = Input::WatchLost { because: LostBecause::DatabaseAway, from };
        // If the broker is away as well, it is still the broker that we wait for.
        let regained = self.links.looking().then_some(Input::WatchRegained);
        self.links.behind(now);
        let own = |input| Item::Own(None, now, input);
        items.splice(0..0, [Some(lost), regained].into_iter().flatten().map(own));
    }

    /// If what comes now has waited here for long, it may have waited at the broker for longer:
    /// its lateness is ours, and it is no less of an alarm for that.
    fn say_behind(&mut self, items: &mut Vec<Item>) {
        let Some(from) = items.iter().map(Item::taken_at).min() else { return };
        let waited = self.clock.now().duration_since(from);
        // Service time runs faster than a database on a scaled clock.
        if waited.as_secs_f64() / self.clock.speed() > BEHIND_MAX_S && self.looks() {
            tracing::warn!(
                "the database takes less than comes; what comes late is no less alarming"
            );
            self.say_unwatched(from, items);
        }
    }

    async fn store(&self, commit: &Arc<Commit>) -> Result<(), StoreError> {
        if commit.is_empty() {
            return Ok(());
        }
        let started = tokio::time::Instant::now();
        self.store.commit(Arc::clone(commit)).await?;
        metrics::histogram!("jikimi_commit_seconds").record(started.elapsed());
        Ok(())
    }

    /// A command that was answered before is answered the same, and takes no position.
    async fn without_answered(&self, items: Vec<Item>) -> Vec<Item> {
        let mut rest = Vec::with_capacity(items.len());
        for item in items {
            let Item::Command(request, at) = item else {
                rest.push(item);
                continue;
            };
            match self.store.answer(&request.site, &request.command).await {
                Ok(Some(answer)) => tell(request.answer, answer),
                Ok(None) => rest.push(Item::Command(request, at)),
                // Dropped: whoever asked is told to ask again with the same key.
                Err(error) => {
                    count_dropped("command-unanswered", 1);
                    tracing::error!(error = chain(&error), "a command is not answered");
                }
            }
        }
        rest
    }

    // ── telling ──

    /// The batch is stored: acknowledge in order of receipt, answer, announce.
    fn tell_all(&mut self, items: Vec<Item>, commit: &Commit) {
        kill::at(Point::Committed, commit.carries_effects());
        self.record(&items, commit);
        for item in items {
            match item {
                Item::Message(delivery) => {
                    let sites = &self.sites;
                    let site = |site: &SiteId| Some(sites.get(site)?.place());
                    self.data.take(&delivery, site);
                    delivery.ack.give();
                }
                Item::Command(request, _) => answer(request, commit),
                Item::Own(..) => {}
            }
        }
        kill::at(Point::Acknowledged, commit.carries_effects());
        self.count(commit);
        for letter in &commit.dead_letters {
            metrics::counter!("jikimi_dead_letters_total", "reason" => letter.reason).increment(1);
        }
        self.load.take(commit);
        self.tell_signs(commit);
        self.look_for_plans(commit);
        self.announce(commit);
    }

    /// What is stored now, and how much of it. A batch is mostly of one site and of few kinds, and
    /// looking for a counter costs as much as stepping a reading.
    fn count(&mut self, commit: &Commit) {
        for of_site in commit.steps.chunk_by(|one, next| one.site == next.site) {
            let Some(last) = of_site.last() else { continue };
            if let Some(entry) = self.sites.get_mut(&last.site) {
                entry.stored = last.step.position;
            }
        }
        let mut kinds: BTreeMap<&'static str, u64> = BTreeMap::new();
        for stepped in &commit.steps {
            *kinds.entry(stepped.input.kind()).or_default() += 1;
        }
        count_numbers(commit);
        for (kind, count) in kinds {
            metrics::counter!("jikimi_inputs_total", "kind" => kind).increment(count);
        }
    }

    fn record(&mut self, items: &[Item], commit: &Commit) {
        let Some(recorder) = &mut self.recorder else { return };
        let deliveries = items.iter().filter_map(|item| match item {
            Item::Message(delivery) => Some(&**delivery),
            _ => None,
        });
        recorder.take(deliveries, commit);
    }

    /// Signs and switches.
    fn tell_signs(&self, commit: &Commit) {
        for stepped in &commit.steps {
            let Some(entry) = self.sites.get(&stepped.site) else { continue };
            let site = &entry.monitor.configuration().site;
            for effect in &stepped.step.effects {
                match effect {
                    Effect::SignShows { sign, epoch, show, until, because, .. } => {
                        let (epoch, show, until) = (*epoch, *show, *until);
                        self.signposts.tell(site, &Order { sign, epoch, show, until, because });
                    }
                    Effect::SwitchOrdered { switch, epoch, does, until, say, because, .. } => {
                        let (epoch, does, until, say) = (*epoch, *does, *until, say.as_ref());
                        let order = Switched { switch, epoch, does, until, say, because };
                        self.signposts.switch(site, &order);
                    }
                    Effect::SwitchWithdrawn { switch, .. } => self.signposts.withdraw(site, switch),
                    _ => {}
                }
            }
        }
    }

    fn announce(&self, commit: &Commit) {
        if !commit.carries_effects() {
            return;
        }
        for (site, entry) in &self.sites {
            let of_site = commit.steps.iter().filter(|stepped| stepped.site == *site);
            let effects = of_site.flat_map(|stepped| &stepped.step.effects);
            let (mut touched, mut silences) = (BTreeSet::new(), false);
            for effect in effects {
                touched.extend(effect.incident());
                silences |= effect.is_of_silences();
            }
            if touched.is_empty() && !silences {
                continue;
            }
            let incidents: Arc<[IncidentId]> = touched.into_iter().cloned().collect();
            let said = Announcement { site: site.clone(), position: entry.stored, incidents };
            // Nobody listening is fine.
            drop(self.announcements.send(said));
        }
    }
}

/// A message that cannot be taken stays in its place as a dead letter, so that it is acknowledged
/// in its turn. A command just gets no answer, since nothing is known of it.
fn put_aside(items: &mut Vec<Item>, index: usize, reason: Reason) {
    tracing::error!(reason = reason.code(), "an input is put aside");
    let sentence = match reason {
        Reason::StepPanicked => "it broke the step that took it",
        _ => "the database refused it twice",
    };
    match items.get_mut(index) {
        Some(Item::Message(delivery)) => {
            delivery.heard = Err(Refused::new(reason, sentence));
        }
        Some(Item::Command(..)) => {
            count_dropped("command-unanswered", 1);
            drop(items.remove(index));
        }
        _ => drop(items.remove(index)),
    }
}

/// What devices' own numbers say has not come, and has come after all.
fn count_numbers(commit: &Commit) {
    let numbered = commit.steps.iter().filter_map(|stepped| stepped.step.noted);
    let (mut missing, mut found) = (0, 0);
    for noted in numbered {
        match noted.numbered {
            Numbered::InTurn => {}
            Numbered::Missing(more) => missing += more,
            Numbered::Found => found += 1,
        }
    }
    if missing > 0 {
        metrics::counter!("jikimi_sequence_gaps_total").increment(missing);
    }
    if found > 0 {
        metrics::counter!("jikimi_sequence_gaps_filled_total").increment(found);
    }
}

fn answer(request: super::handle::CommandRequest, commit: &Commit) {
    let effects = commit.steps.iter().flat_map(|stepped| &stepped.step.effects);
    let answer = effects.into_iter().find_map(|effect| match effect {
        Effect::Answered { key, answer } if *key == request.command.key => Some(answer.clone()),
        _ => None,
    });
    if let Some(answer) = answer {
        tell(request.answer, answer);
    }
}

/// An error and its causes in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        said = format!("{said}: {error}");
        cause = error.source();
    }
    said
}
