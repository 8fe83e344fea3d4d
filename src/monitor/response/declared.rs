//! What people declare (상황 발령): a situation that no sensor has seen. It stands until a person
//! resolves it, and ends with that.

use super::agenda::Hand;
use super::tracks::Tracks;
use crate::domain::{Declaration, Refusal, SiteId};
use crate::incident::IncidentId;
use crate::monitor::told;

impl Tracks {
    /// Opens what a person says is happening, or adds it to what is open there.
    pub fn declare(
        &mut self,
        site: &SiteId,
        declaration: &Declaration,
        actor: &str,
        hand: &mut Hand<'_>,
    ) -> Result<IncidentId, Refusal> {
        let finding = told::declared(hand.configuration, hand.now, actor, declaration)?;
        self.joins(site, &finding, hand);
        let track = self.0.get(&(finding.kind, finding.place));
        let open = track.and_then(|track| track.open.as_ref());
        open.map(|incident| incident.id.clone()).ok_or(Refusal::UnknownPlace)
    }

    /// What only a person has said is over with the person's word.
    pub fn withdraw(&mut self, incident: &IncidentId, hand: &mut Hand<'_>) {
        self.ends(&told::withdrawn(hand.now, incident), hand);
    }
}
