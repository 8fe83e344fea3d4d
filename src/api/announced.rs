//! What an incident means for people at this moment: on which storeys they are alerted, what they
//! are told, what devices do about it, and how other systems are told (CAP).

use serde::Serialize;
use utoipa::ToSchema;

use super::local::{Local, Time};
use super::situations::{names, word};
use super::words::Names;
use crate::domain::{RuleId, Site, SwitchId, Words};
use crate::incident::State;
use crate::monitor::Configuration;
use crate::situation::{Case, Situation, buildings};
use crate::store::SwitchRow;
use crate::store::views::{IncidentRow, Parts};

#[derive(Default, Serialize, ToSchema)]
pub struct Announced {
    /// Storeys on which people are alerted (경보층), lowest first; none before it is believed.
    #[schema(example = json!(["2f", "3f"]))]
    floors_alerted: Vec<String>,
    /// What its situation has to say at each moment; `now` is the one to say at present.
    messages: Vec<SaidBody>,
    /// What could be switched for it, and what has been.
    actions: Vec<ActionBody>,
    /// Its words of the Common Alerting Protocol 1.2.
    cap: Option<CapBody>,
}

#[derive(Serialize, ToSchema)]
pub struct SaidBody {
    /// `early`, `confirmed`, `hold` or `over`.
    #[schema(example = "confirmed")]
    when: String,
    now: bool,
    text: Names,
}

#[derive(Serialize, ToSchema)]
pub struct ActionBody {
    #[schema(example = "doors")]
    id: String,
    #[schema(example = "release-doors")]
    does: &'static str,
    /// Whether the situation's file lets it happen.
    enabled: bool,
    /// Devices there that the site's file lets us switch so.
    devices: Vec<String>,
    /// What they were told for this incident.
    orders: Vec<OrderBody>,
}

#[derive(Serialize, ToSchema)]
pub struct OrderBody {
    #[schema(example = "door-1f")]
    device: String,
    epoch: u64,
    ordered_at: Time,
    /// After that it is not carried out, unless it is told again.
    until: Time,
    /// What a voice says.
    say: Option<Names>,
    /// When it ceased to hold, and why; none while it holds.
    withdrawn_at: Option<Time>,
    withdrawn_because: Option<Names>,
}

#[derive(Serialize, ToSchema)]
pub struct CapBody {
    #[schema(example = "fire")]
    category: String,
    #[schema(example = "화재")]
    event: String,
    #[schema(example = "immediate")]
    urgency: String,
    #[schema(example = "extreme")]
    severity: String,
    #[schema(example = "observed")]
    certainty: String,
    #[schema(example = "evacuate")]
    response: String,
}

impl Announced {
    /// Nothing, where nothing is configured about such an incident any more.
    #[must_use]
    pub fn of(held: Option<&Configuration>, local: &Local, row: &IncidentRow, of: &Parts) -> Self {
        let Some(held) = held else { return Self::default() };
        let Some(situation) = held.situations.get(&row.id.kind) else { return Self::default() };
        let stands = |rule: &RuleId| of.found.standing.contains(rule);
        let case = Case {
            site: &held.site,
            situation,
            place: &row.id.place,
            alarmed: of.found.alarmed,
            zones: &of.found.zones,
            holds: situation.holds_while.iter().any(stands),
            over: row.state == State::Resolved,
        };
        let because = of.evidence.last().map(|evidence| evidence.because.clone());
        Self {
            floors_alerted: case.alerted().iter().map(ToString::to_string).collect(),
            messages: said(&case, &because.unwrap_or_default()),
            actions: actions(&case, local, &of.orders),
            cap: cap(&case, row),
        }
    }
}

fn said(case: &Case<'_>, because: &Words) -> Vec<SaidBody> {
    let place = case.place_name();
    let (now, messages) = (case.moment(), case.situation.messages.iter());
    messages
        .map(|message| SaidBody {
            when: word(&message.when),
            now: message.when == now,
            text: names(&message.said(&place, because)),
        })
        .collect()
}

fn actions(case: &Case<'_>, local: &Local, orders: &[SwitchRow]) -> Vec<ActionBody> {
    let Case { site, situation, .. } = case;
    let there = |switch: &SwitchId| is_there(site, switch, case);
    let of = |action: &crate::situation::DeviceAction| {
        let devices = site.switches.values().filter(|of| of.does == action.does && there(&of.id));
        let told = orders.iter().filter(|row| row.order.does == action.does);
        ActionBody {
            id: action.id.clone(),
            does: action.does.as_str(),
            enabled: action.enabled,
            devices: devices.map(|of| of.id.to_string()).collect(),
            orders: told.map(|row| order(local, row)).collect(),
        }
    };
    let Situation { actions, .. } = situation;
    actions.iter().map(of).collect()
}

fn is_there(site: &Site, switch: &SwitchId, case: &Case<'_>) -> bool {
    let zone = site.switches.get(switch).and_then(|of| site.zones.get(&of.zone));
    let storey = zone.and_then(|zone| site.storeys.get(&zone.storey));
    storey.is_some_and(|storey| buildings(site, case.place).contains(&&storey.building))
}

fn order(local: &Local, row: &SwitchRow) -> OrderBody {
    let (at, because) = row.withdrawn.as_ref().map(|(at, why)| (*at, names(why))).unzip();
    OrderBody {
        device: row.switch.to_string(),
        epoch: row.order.epoch,
        ordered_at: local.time(row.ordered_at),
        until: local.time(row.order.until),
        say: row.order.say.as_ref().map(names),
        withdrawn_at: at.map(|at| local.time(at)),
        withdrawn_because: because,
    }
}

fn cap(case: &Case<'_>, row: &IncidentRow) -> Option<CapBody> {
    let (of, now) = (case.situation.cap.as_ref()?, case.cap(row.level)?);
    Some(CapBody {
        category: word(&of.category),
        event: of.event.clone(),
        urgency: word(&now.urgency),
        severity: word(&now.severity),
        certainty: word(&now.certainty),
        response: word(&now.response),
    })
}
