//! What one site's monitor runs under: the site, its rules and the situations, under one hash.
//!
//! It has been checked before it comes here: every reference leads somewhere.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::detect::Rule;
use crate::domain::{Input, KindId, Site};
use crate::incident::Ladders;
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
}
