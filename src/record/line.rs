//! Which lines a batch becomes, and whose they are.

use std::sync::Arc;

use jikimi_sim::recording::{Content, Line};
use serde::Serialize;
use serde_json::value::to_raw_value;

use super::Homes;
use super::forget::Forget;
use crate::domain::household::Change;
use crate::domain::time::Timestamp;
use crate::domain::{Action, Command, DeviceId, HomeId, Input, MessageKey, Mounted, SiteId};
use crate::ingest::decode::Reason;
use crate::ingest::{Decoded, Delivery, Heard};
use crate::monitor::{Configuration, Effect};
use crate::store::{Commit, Stepped};

/// What decides about a line.
pub struct Recorded<'a> {
    pub homes: &'a Homes,
    pub configurations: &'a [Arc<Configuration>],
}

/// One of our own inputs, as a replay reads it.
#[derive(Serialize)]
struct Own<'a> {
    site: &'a SiteId,
    input: &'a Input,
}

impl Recorded<'_> {
    /// The lines of a batch, in the order in which they were taken.
    pub fn lines<'d>(
        &self,
        deliveries: impl Iterator<Item = &'d Delivery>,
        commit: &Commit,
    ) -> Vec<Line> {
        let mut messages = deliveries;
        let mut last: Option<&Delivery> = None;
        let mut lines = Vec::new();
        let add = |said: &Delivery, lines: &mut Vec<Line>| {
            if self.is_recorded(said, commit) {
                lines.push(of_message(said));
            }
        };
        for stepped in &commit.steps {
            match &stepped.input {
                Input::Wake => {}
                Input::Message(_) | Input::SignShown { .. } => {
                    // One packet may say something of several devices.
                    if last.is_some_and(|said| is_of(said, stepped)) {
                        continue;
                    }
                    for said in messages.by_ref() {
                        add(said, &mut lines);
                        last = Some(said);
                        if is_of(said, stepped) {
                            break;
                        }
                    }
                }
                _ => lines.extend(self.own(stepped)),
            }
        }
        messages.for_each(|said| add(said, &mut lines));
        lines
    }

    fn is_recorded(&self, said: &Delivery, commit: &Commit) -> bool {
        if let Some(because) = would_move(said, commit) {
            metrics::counter!("jikimi_not_recorded_total", "because" => because).increment(1);
            return false;
        }
        let recorded = self.may_be_seen(said);
        if !recorded {
            metrics::counter!("jikimi_not_recorded_total", "because" => "home").increment(1);
        }
        recorded
    }

    /// Whether it is no home's, or that of a home that is recorded.
    fn may_be_seen(&self, said: &Delivery) -> bool {
        if *self.homes == Homes::All {
            return true;
        }
        let from: Vec<Option<(SiteId, DeviceId)>> = match &said.heard {
            // Signs hang in buildings.
            Ok(Heard::Shown(_)) => return true,
            Ok(Heard::Ignored(_)) => vec![None],
            Ok(heard) => {
                let of = |of: &Decoded| Some((of.site.clone(), of.message.device.clone()));
                heard.messages().iter().map(of).collect()
            }
            Err(_) => vec![of_topic(&said.topic)],
        };
        from.into_iter().all(|from| self.may_be_seen_of(from))
    }

    fn may_be_seen_of(&self, from: Option<(SiteId, DeviceId)>) -> bool {
        let of_site = |site: &SiteId| self.configurations.iter().find(|of| of.site.id == *site);
        let known = from.and_then(|(site, device)| {
            let configuration = of_site(&site)?;
            Some(configuration.site.devices.get(&device).map(|device| home_of(&device.mounted)))
        });
        match known.flatten() {
            Some(home) => home.is_none_or(|home| self.is_named(home)),
            // Whoever it is, nobody who lives here has said it.
            None => self.configurations.iter().all(|of| of.site.homes.is_empty()),
        }
    }

    /// Who moved out in this batch, with what hung in their homes.
    pub fn moved_out(&self, commit: &Commit) -> Vec<Forget> {
        let gone = commit.steps.iter().flat_map(|stepped| {
            let moved_out = stepped.step.effects.iter().filter_map(|effect| match effect {
                Effect::Household { home, change: Change::MoveOut, .. } => Some(home),
                _ => None,
            });
            moved_out.map(|home| (&stepped.site, home, stepped.step.step_at))
        });
        let forget = |(site, home, until): (&SiteId, &HomeId, Timestamp)| {
            let of = self.configurations.iter().find(|of| of.site.id == *site)?;
            let devices = of.site.devices.values().filter(|of| of.home() == Some(home));
            let devices = devices.map(|device| device.id.clone()).collect();
            Some(Forget { site: site.clone(), home: home.clone(), devices, until })
        };
        gone.filter_map(forget).collect()
    }

    fn is_named(&self, home: &HomeId) -> bool {
        match self.homes {
            Homes::All => true,
            Homes::Named(named) => named.contains(home),
        }
    }

    fn own(&self, stepped: &Stepped) -> Option<Line> {
        let Stepped { site, input, step } = stepped;
        let input = without_words(input);
        if !self.concerns_no_other_home(site, &input) {
            metrics::counter!("jikimi_not_recorded_total", "because" => "home").increment(1);
            return None;
        }
        // Our own inputs always serialize; the log holds them in this very form.
        let input = to_raw_value(&Own { site, input: &input }).ok()?;
        Some(Line { received_at: step.step_at, content: Content::Input(input) })
    }

    /// Commands and switched-off detectors name a place, which may be a home.
    fn concerns_no_other_home(&self, site: &SiteId, input: &Input) -> bool {
        let place = match input {
            Input::Command(command) => match (&command.action, command.action.place()) {
                (Action::Household { home, .. }, _) => home.as_str(),
                (_, Some(place)) => place.as_str(),
                (_, None) => return true,
            },
            Input::Undelivered { incident, .. } | Input::Delivered { incident, .. } => {
                incident.place.as_str()
            }
            Input::Quarantined { source, .. } => source.as_str(),
            _ => return true,
        };
        let Some(of) = self.configurations.iter().find(|of| of.site.id == *site) else {
            return false;
        };
        let of_device = DeviceId::new(place).ok().and_then(|id| of.site.devices.get(&id));
        let home = of_device.and_then(|device| home_of(&device.mounted)).cloned();
        let home =
            home.or_else(|| HomeId::new(place).ok().filter(|id| of.site.homes.contains_key(id)));
        home.is_none_or(|home| self.is_named(&home))
    }
}

fn of_message(said: &Delivery) -> Line {
    let retained = match &said.heard {
        Ok(heard) => heard.messages().first().is_some_and(|of| of.message.retained),
        Err(_) => false,
    };
    let (topic, payload) = (said.topic.clone(), said.payload.to_vec());
    Line { received_at: said.received_at, content: Content::Message { topic, payload, retained } }
}

fn is_of(said: &Delivery, stepped: &Stepped) -> bool {
    match (&said.heard, &stepped.input) {
        (Ok(heard), Input::Message(message)) => {
            heard.messages().iter().any(|decoded| decoded.message == *message)
        }
        (Ok(Heard::Shown(shown)), Input::SignShown { sign, epoch, show }) => {
            (&shown.sign, &shown.epoch, &shown.show) == (sign, epoch, show)
        }
        _ => false,
    }
}

/// Why it moved nothing here and would move something in a replay.
fn would_move(said: &Delivery, commit: &Commit) -> Option<&'static str> {
    match &said.heard {
        Err(refused) => match refused.reason {
            reason @ (Reason::StepPanicked | Reason::CommitRefused | Reason::NotItsTopic) => {
                Some(reason.code())
            }
            _ => None,
        },
        Ok(heard) => {
            let mut messages = heard.messages().iter().map(|decoded| &decoded.message);
            let marked = messages
                .any(|message| message.repeated && matches!(message.key, MessageKey::Anonymous(_)));
            let stepped = || commit.steps.iter().any(|stepped| is_of(said, stepped));
            (marked && !stepped()).then_some("repeated")
        }
    }
}

fn home_of(mounted: &Mounted) -> Option<&HomeId> {
    match mounted {
        Mounted::Home(home) => Some(home),
        Mounted::Zone(_) | Mounted::Building(_) => None,
    }
}

/// Who a topic of ours names, whatever is wrong with what was said on it.
fn of_topic(topic: &str) -> Option<(SiteId, DeviceId)> {
    let levels: Vec<&str> = topic.split('/').collect();
    let ["jikimi", "v1", site, device, _] = levels[..] else { return None };
    Some((SiteId::new(site).ok()?, DeviceId::new(device).ok()?))
}

/// A person's note may say anything of anybody, and moves nothing.
fn without_words(input: &Input) -> Input {
    match input {
        Input::Command(command) => {
            let action = command.action.clone().without_words();
            Input::Command(Command { action, ..command.clone() })
        }
        _ => input.clone(),
    }
}
