//! What nobody has taken: reports that did not come, and notices that reached nobody.
//!
//! A carrier that promised a report and sent none has not delivered; the person's next way has its
//! turn. A notice that reached nobody is told to the monitor until the database says that it has
//! been.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;

use super::queue::{IDLE_FOR, PATIENT_FOR};
use crate::clock::wall_now;
use crate::config::Telling;
use crate::domain::{Input, SiteId};
use crate::incident::Role;
use crate::store::{Delivery, QueuedNotice, Store, StoreError};

pub(super) async fn run(
    store: Store,
    telling: Arc<Telling>,
    reports: mpsc::Sender<(SiteId, Input)>,
) {
    loop {
        match round(&store, &telling, &reports).await {
            Ok(true) => {}
            Ok(false) | Err(StoreError::Closed) => return,
            Err(error) => tracing::error!(%error, "whether notices arrive cannot be known"),
        }
        tokio::time::sleep(IDLE_FOR / 5).await;
    }
}

/// False once nobody listens any more.
async fn round(
    store: &Store,
    telling: &Telling,
    reports: &mpsc::Sender<(SiteId, Input)>,
) -> Result<bool, StoreError> {
    let now = wall_now();
    for delivery in store.unreported(now).await? {
        gives_up(store, telling, &delivery, "no report that it has arrived").await?;
    }
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

/// A way has failed at what it had taken: the person's next one has its turn.
pub(super) async fn gives_up(
    store: &Store,
    telling: &Telling,
    delivery: &Delivery,
    error: &str,
) -> Result<(), StoreError> {
    let now = wall_now();
    let person = telling.persons.iter().find(|person| person.id == delivery.person);
    let ways = person.map(|person| person.ways.as_slice()).unwrap_or_default();
    let next = ways.iter().skip_while(|way| **way != delivery.endpoint).nth(1);
    store.give_up(delivery, error, next.map(String::as_str), now).await?;
    let because = format!("{}: {error}", delivery.endpoint);
    let patient: Timestamp = now.saturating_sub(PATIENT_FOR).unwrap_or(now);
    store.note_unreached(&delivery.notice, &because, (now, patient)).await
}
