//! Stepping a batch in memory: every item, every deadline before it, and what broke.
//!
//! Nothing here waits or stores. After an attempt that broke, the monitors it touched are worth
//! nothing and have to be rebuilt.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::batch::{Item, overtaken};
use super::{Shell, Source};
use crate::domain::time::Timestamp;
use crate::domain::{Input, Message, SiteId};
use crate::incident::Contribution;
use crate::ingest::{Decoded, Delivery, Heard, Shown};
use crate::monitor::{Monitor, Step};
use crate::store::{Commit, DeadLetter, Stepped};

/// Why an attempt came to nothing.
pub(super) enum Broke {
    /// The item at this index.
    Item(usize),
    /// A deadline of this site, at this rule and source.
    Wake(SiteId, Option<Contribution>),
}

/// Which part of one item's step broke.
enum StepBroke {
    Input,
    Wake(SiteId, Option<Contribution>),
}

impl StepBroke {
    fn at(self, index: usize) -> Broke {
        match self {
            Self::Input => Broke::Item(index),
            Self::Wake(site, at_work) => Broke::Wake(site, at_work),
        }
    }
}

impl Shell {
    /// Steps everything. Nothing is stored and nobody told yet. `waits` and `horizon` are those of
    /// the batch.
    pub(super) fn attempt(
        &mut self,
        items: &[Item],
        waits: Timestamp,
        horizon: Option<Timestamp>,
    ) -> Result<Commit, Broke> {
        let mut commit = Commit::default();
        let overtaken = overtaken(items, waits);
        for (index, (item, overtaken)) in items.iter().zip(overtaken).enumerate() {
            self.overtaken = overtaken;
            self.step_item(item, &mut commit).map_err(|broke| broke.at(index))?;
        }
        if let Some(horizon) = horizon {
            for (site, entry) in &mut self.sites {
                step_wakes(site, &mut entry.monitor, horizon, &mut commit)
                    .map_err(|broke| broke.at(0))?;
            }
        }
        Ok(commit)
    }

    fn step_item(&mut self, item: &Item, commit: &mut Commit) -> Result<(), StepBroke> {
        match item {
            Item::Message(delivery) => self.step_message(delivery, commit),
            Item::Command(request, now) => {
                let input = Input::Command(request.command.clone());
                let before = commit.steps.len();
                self.step_input(&request.site, *now, input, commit)?;
                commit.trail.push(request.told(commit.steps.get(before..).unwrap_or_default()));
                Ok(())
            }
            Item::Own(Some(site), now, input) => self.step_input(site, *now, input.clone(), commit),
            Item::Own(None, now, input) => {
                let sites: Vec<SiteId> = self.sites.keys().cloned().collect();
                sites.iter().try_for_each(|site| self.step_link(site, *now, input, commit))
            }
        }
    }

    /// What happened to the way to the broker, for a site that does not know it yet.
    fn step_link(
        &mut self,
        site: &SiteId,
        now: Timestamp,
        input: &Input,
        commit: &mut Commit,
    ) -> Result<(), StepBroke> {
        let Some(entry) = self.sites.get_mut(site) else { return Ok(()) };
        if !entry.monitor.heeds(input) {
            return Ok(());
        }
        if *input == Input::WatchRegained {
            entry.awaited = entry.monitor.spoken().cloned().collect();
        }
        self.step_input(site, now, input.clone(), commit)?;
        self.catch_up(site, now, commit)
    }

    fn step_message(&mut self, delivery: &Delivery, commit: &mut Commit) -> Result<(), StepBroke> {
        match &delivery.heard {
            Ok(Heard::Message(decoded)) => self.step_decoded(delivery, decoded, commit).map(drop),
            Ok(Heard::Several(all)) => self.step_several(delivery, all, commit),
            Ok(Heard::Shown(shown)) => self.step_shown(delivery, shown, commit),
            Ok(Heard::Ignored(_)) => Ok(()),
            Err(refused) => {
                let letter = dead(delivery, refused.reason.code(), refused.sentence.clone());
                commit.dead_letters.push(letter);
                Ok(())
            }
        }
    }

    /// One packet of several messages: what belongs to one that has come before has come too.
    fn step_several(
        &mut self,
        delivery: &Delivery,
        all: &[Decoded],
        commit: &mut Commit,
    ) -> Result<(), StepBroke> {
        let mut taken = false;
        for decoded in all {
            if taken || !decoded.follows {
                taken = self.step_decoded(delivery, decoded, commit)?;
            }
        }
        Ok(())
    }

    /// Whether it was taken, and is nobody's and no repetition.
    fn step_decoded(
        &mut self,
        delivery: &Delivery,
        decoded: &Decoded,
        commit: &mut Commit,
    ) -> Result<bool, StepBroke> {
        let known =
            self.sites.get(&decoded.site).filter(|s| s.monitor.knows(&decoded.message.device));
        let Some(site) = known else {
            let (reason, sentence) = self.stranger(decoded);
            commit.dead_letters.push(dead(delivery, reason, sentence));
            return Ok(false);
        };
        if site.monitor.has_seen(&decoded.message) {
            metrics::counter!("jikimi_duplicates_total").increment(1);
            return Ok(false);
        }
        for remark in &decoded.remarks {
            let letter = dead(delivery, remark.reason.code(), remark.sentence.clone());
            commit.dead_letters.push(letter);
        }
        let now = decoded.message.received_at;
        self.step_input(&decoded.site, now, Input::Message(decoded.message.clone()), commit)?;
        self.heard_again(&decoded.site, &decoded.message, commit)?;
        Ok(true)
    }

    /// A sign's answer, which is no device's: it has no key and moves no device's clock.
    fn step_shown(
        &mut self,
        delivery: &Delivery,
        shown: &Shown,
        commit: &mut Commit,
    ) -> Result<(), StepBroke> {
        let Shown { site, sign, epoch, show, received_at } = shown;
        let Some(entry) = self.sites.get(site) else {
            commit.dead_letters.push(dead(delivery, "unknown-site", self.no_site(site)));
            return Ok(());
        };
        if !entry.monitor.has_sign(sign) {
            let words = format!("site {site} has no sign {sign}; its file would have to name it");
            commit.dead_letters.push(dead(delivery, "unknown-sign", words));
            return Ok(());
        }
        let input = Input::SignShown { sign: sign.clone(), epoch: *epoch, show: *show };
        self.step_input(site, *received_at, input, commit)
    }

    fn no_site(&self, site: &SiteId) -> String {
        let known: Vec<&str> = self.sites.keys().map(SiteId::as_str).collect();
        format!("there is no site {site} here, only {}", known.join(", "))
    }

    /// Why a message is nobody's here.
    fn stranger(&self, decoded: &Decoded) -> (&'static str, String) {
        let (site, device) = (&decoded.site, &decoded.message.device);
        if !self.sites.contains_key(site) {
            return ("unknown-site", self.no_site(site));
        }
        let owner = self.sites.iter().find(|(_, entry)| entry.monitor.knows(device));
        match owner {
            Some((owner, _)) => (
                "device-of-another-site",
                format!("{device} belongs to site {owner}, and this came for {site}"),
            ),
            None => (
                "unknown-device",
                format!("site {site} has no device {device}; its file would have to name it"),
            ),
        }
    }

    /// Straight from the devices we have caught up when everyone who spoke before has spoken
    /// again; a broker's own backlog ends with our marker instead.
    fn heard_again(
        &mut self,
        site: &SiteId,
        message: &Message,
        commit: &mut Commit,
    ) -> Result<(), StepBroke> {
        if let Some(entry) = self.sites.get_mut(site) {
            entry.awaited.remove(&message.device);
        }
        self.catch_up(site, message.received_at, commit)
    }

    fn catch_up(
        &mut self,
        site: &SiteId,
        now: Timestamp,
        commit: &mut Commit,
    ) -> Result<(), StepBroke> {
        let Some(entry) = self.sites.get(site) else { return Ok(()) };
        let embedded = self.links.source == Source::Embedded;
        if embedded && entry.awaited.is_empty() && entry.monitor.heeds(&Input::CaughtUp) {
            return self.step_input(site, now, Input::CaughtUp, commit);
        }
        Ok(())
    }

    /// Steps one input of one site, and every deadline before it.
    fn step_input(
        &mut self,
        site: &SiteId,
        now: Timestamp,
        input: Input,
        commit: &mut Commit,
    ) -> Result<(), StepBroke> {
        let Some(entry) = self.sites.get_mut(site) else { return Ok(()) };
        let until = entry.monitor.wakes_until(now, &input).min(self.overtaken);
        step_wakes(site, &mut entry.monitor, until, commit)?;
        let step = step_caught(&mut entry.monitor, now, &input).map_err(|_| StepBroke::Input)?;
        commit.steps.push(Stepped { site: site.clone(), input, step });
        Ok(())
    }

    /// Switches the detector off whose deadline broke. Not through `step_input`: what broke is
    /// still due.
    pub(super) fn quarantine(&mut self, site: &SiteId, culprit: Contribution) -> Commit {
        let mut commit = Commit::default();
        let input = Input::Quarantined { rule: culprit.rule, source: culprit.source };
        let Some(entry) = self.sites.get_mut(site) else { return commit };
        let now = entry.monitor.step_at();
        if let Ok(step) = step_caught(&mut entry.monitor, now, &input) {
            commit.steps.push(Stepped { site: site.clone(), input, step });
        }
        commit
    }
}

/// Steps every deadline that is not after `until`, each at its own moment.
fn step_wakes(
    site: &SiteId,
    monitor: &mut Monitor,
    until: Timestamp,
    commit: &mut Commit,
) -> Result<(), StepBroke> {
    while let Some(wake_at) = monitor.wake_at().filter(|wake| *wake <= until) {
        let step = step_caught(monitor, wake_at, &Input::Wake)
            .map_err(|_| StepBroke::Wake(site.clone(), monitor.at_work()))?;
        commit.steps.push(Stepped { site: site.clone(), input: Input::Wake, step });
    }
    Ok(())
}

fn step_caught(monitor: &mut Monitor, now: Timestamp, input: &Input) -> std::thread::Result<Step> {
    catch_unwind(AssertUnwindSafe(|| monitor.step(now, input)))
}

fn dead(delivery: &Delivery, reason: &'static str, sentence: String) -> DeadLetter {
    DeadLetter {
        received_at: delivery.received_at,
        topic: delivery.topic.clone(),
        reason,
        sentence,
        payload: delivery.payload.to_vec(),
    }
}
