//! What one site's monitor runs under: the site, its rules and the situations, under one hash.
//!
//! It has been checked before it comes here: every reference leads somewhere.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::detect::Rule;
use crate::domain::{Class, Input, KindId, Site};
use crate::evacuate::{Asked, Hazards, Movement, Policy, Together};
use crate::incident::{Incident, Ladders};
use crate::situation::Situation;

#[derive(Debug, Clone)]
pub struct Configuration {
    /// 16 hex digits over everything it was read from.
    pub hash: String,
    pub site: Arc<Site>,
    /// By id.
    pub rules: Vec<Arc<Rule>>,
    pub situations: BTreeMap<KindId, Situation>,
    /// Who is told one after the other.
    pub ladders: Arc<Ladders>,
}

impl Configuration {
    /// The input that says it holds from now on.
    #[must_use]
    pub fn activation(&self) -> Input {
        let version = |rule: &Arc<Rule>| (rule.id.clone(), rule.version.clone());
        let rules = self.rules.iter().map(version).collect();
        Input::ConfigurationActivated { hash: self.hash.clone(), rules }
    }

    /// What the unresolved incidents put in the way and ask of ways, and whether they ask anybody
    /// to do anything. The greatest threat comes first.
    #[must_use]
    pub fn hazards(&self, open: &[&Incident]) -> (Hazards, bool) {
        let mut alarms: Vec<&Incident> =
            open.iter().copied().filter(|incident| incident.class == Class::Alarm).collect();
        alarms.sort_by(|one, other| (other.level, &one.id).cmp(&(one.level, &other.id)));
        let mut asked: Vec<Asked> = Vec::new();
        for incident in alarms {
            let asks = self.asked(incident);
            if !asked.contains(&asks) {
                asked.push(asks);
            }
        }
        let mut hazards = Hazards::of(&self.site, &self.rules, open.iter().copied());
        hazards.asks = Together::of(&asked);
        let guides = asked.iter().any(|asked| asked.policy.movement != Movement::Free);
        (hazards, guides)
    }

    /// What one incident asks; a situation that nobody describes asks for the usual.
    fn asked(&self, incident: &Incident) -> Asked {
        let kind = &incident.id.kind;
        let situation = self.situations.get(kind);
        let policy = situation.map_or_else(Policy::usual, |of| {
            // A notice may stand for long after the shaking that it told of.
            let lasts = match of.holds_while.is_empty() {
                true => incident.stands(),
                false => of.holds(incident),
            };
            of.policy.while_it(lasts)
        });
        Asked::new(kind.as_str(), policy)
    }
}
