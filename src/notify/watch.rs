//! Notices that reached nobody: told to the monitor until the database says that it has been.

use jiff::SignedDuration;
use tokio::sync::mpsc;

use super::queue::IDLE_FOR;
use crate::clock::wall_now;
use crate::domain::{Input, SiteId};
use crate::incident::Role;
use crate::store::{QueuedNotice, Store, StoreError};

pub(super) async fn run(store: Store, reports: mpsc::Sender<(SiteId, Input)>) {
    loop {
        match round(&store, &reports).await {
            Ok(true) => {}
            Ok(false) | Err(StoreError::Closed) => return,
            Err(error) => tracing::error!(%error, "whether notices arrive cannot be known"),
        }
        tokio::time::sleep(IDLE_FOR / 5).await;
    }
}

/// False once nobody listens any more.
async fn round(store: &Store, reports: &mpsc::Sender<(SiteId, Input)>) -> Result<bool, StoreError> {
    let now = wall_now();
    let oldest = store.oldest_due().await?;
    let age = oldest.map_or(SignedDuration::ZERO, |since| now.duration_since(since));
    metrics::gauge!("jikimi_notice_age_seconds").set(age.as_secs_f64().max(0.0));
    for unreached in store.unreached().await? {
        let because = unreached.because;
        let Some((site, incident, step, role)) = told(unreached.notice) else { continue };
        let input = Input::Undelivered { incident, step, role, because };
        if reports.send((site, input)).await.is_err() {
            return Ok(false);
        }
    }
    for notice in store.arrived_after_all().await? {
        let Some((site, incident, step, role)) = told(notice) else { continue };
        if reports.send((site, Input::Delivered { incident, step, role })).await.is_err() {
            return Ok(false);
        }
    }
    Ok(!reports.is_closed())
}

type Told = (SiteId, crate::incident::IncidentId, String, Role);

fn told(notice: QueuedNotice) -> Option<Told> {
    let role = Role::named(&notice.role)?;
    Some((notice.incident.site.clone(), notice.incident, notice.step, role))
}
