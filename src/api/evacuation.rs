//! Evacuation (대피): what is in the way, what the signs show, and the way out of every zone.
//!
//! The answer is computed from rows, by the same code that guides: incidents say what is closed,
//! the signs' rows say which directions are kept.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::ApiState;
use super::local::{Local, Time};
use super::openapi::SiteProblems;
use super::problem::Problem;
use super::request::Path;
use super::routes::{HelpBody, RefugeBody, help_body, refuge_body};
use super::sites::SitePath;
use crate::domain::time::Timestamp;
use crate::domain::{Device, Household, Quantity, Show, Sign, SignId, Site, SiteId, ZoneId};
use crate::evacuate::policy::{Destination, Lifts, Vertical};
use crate::evacuate::{
    Hazards, Margin, Means, Network, Outlook, Plan, Route, Shown, Together, occupancy, zone_of,
};
use crate::store::{self, Db, SignRow};

#[derive(Serialize, ToSchema)]
pub struct Evacuation {
    /// Whether an alarm is unresolved, so that signs are told what to show.
    guiding: bool,
    /// Of the newest direction that a sign was told; 0 before the first.
    epoch: u64,
    asks: AsksBody,
    hazards: Vec<HazardBody>,
    /// Zones that nobody can see into.
    unknown: Vec<HazardBody>,
    signs: Vec<SignBody>,
    /// When the last of those who have a way is out or in a refuge, who follow these signs.
    clearing_s: f64,
    /// No signs would clear it sooner.
    bound_s: f64,
    /// People without any way.
    stranded: f64,
    /// One for every zone.
    routes: Vec<RouteBody>,
    /// Those who cannot leave without help, and where each is brought.
    help: Vec<HelpBody>,
    /// What places are left.
    refuges: Vec<RefugeBody>,
}

/// What the disasters together ask of ways.
#[derive(Serialize, ToSchema)]
pub struct AsksBody {
    /// `free` if nobody is asked to move, `go`, `shelter` (only who is in danger moves) or `hold`.
    #[schema(example = "go")]
    movement: &'static str,
    /// Where people are safe, the best first.
    #[schema(value_type = Vec<String>, example = json!(["outside", "refuge"]))]
    destinations: Vec<Destination>,
    /// `any`, `up-to-ground`, `up` or `down`.
    #[schema(value_type = String, example = "any")]
    vertical: Vertical,
    /// `evacuation` if evacuation lifts may be run, else `none`.
    #[schema(value_type = String, example = "none")]
    lifts: Lifts,
    /// Whether routes may be shown where anyone can read them.
    displays: bool,
    /// Whether devices may be switched.
    switches: bool,
    /// What a person has to decide; everyone holds until then.
    #[schema(example = json!(["flood leads up and air-raid down"]))]
    contradictions: Vec<String>,
}

#[derive(Serialize, ToSchema)]
pub struct HazardBody {
    #[schema(example = "3f-kitchen")]
    zone: String,
    #[schema(example = "fire: fire-heat at heat-3f-kitchen")]
    because: String,
}

#[derive(Serialize, ToSchema)]
pub struct SignBody {
    #[schema(example = "sign-3f-west")]
    sign: String,
    zone: String,
    storey: String,
    /// Where it hangs on the plan, in metres.
    at: [f64; 2],
    /// The bearing in which someone looks who reads it: 0 is up on the plan, 90 to the right.
    facing_deg: f64,
    /// None while it is at rest.
    epoch: Option<u64>,
    #[schema(example = "right")]
    show: &'static str,
    /// The zone it leads into.
    toward: Option<String>,
    /// When it goes back to rest unless it is told again.
    until: Option<Time>,
    because: String,
    /// Whether the sign has answered that it shows this.
    confirmed: bool,
    /// What it is to show by the newest plan, as soon as that is safe.
    planned: &'static str,
}

#[derive(Serialize, ToSchema)]
pub struct RouteBody {
    #[schema(example = "3f-office")]
    from: String,
    /// `exit`, `refuge` or `stay`.
    #[schema(example = "exit")]
    goal: &'static str,
    /// The exit, or the zone in which it ends.
    #[schema(example = "exit-back")]
    ends_at: String,
    /// In walking order.
    zones: Vec<String>,
    length_m: f64,
    time_s: f64,
    /// What is closed on the way they would otherwise take.
    avoids: Vec<String>,
    /// What it leads through although nobody can see there.
    unknown: Vec<String>,
    because: String,
    /// `unlimited` if nothing is expected to close before them, `left` for what `margin_s` says,
    /// `unknown` where their way leads through what nobody can see, `no-way` without one.
    #[schema(example = "left")]
    margin: &'static str,
    /// How long the slowest of them may still wait before they set out; below 0 it is too late.
    margin_s: Option<f64>,
    /// The most people who wait in this zone at once, if everyone sets out now.
    queue: f64,
    /// How many are in it now: counted, by its schedule, or as usual.
    people: f64,
    /// When it is expected to close, from now; none if it is not.
    closes_s: Option<f64>,
}

/// What a sign shows by now.
pub(super) struct Displayed {
    pub show: Show,
    pub confirmed: bool,
    toward: Option<ZoneId>,
    told: Option<(u64, Timestamp, String)>,
}

/// A site's ways as its rows have them.
pub(super) struct Look {
    pub network: Network,
    pub hazards: Hazards,
    pub guiding: bool,
    rows: BTreeMap<SignId, SignRow>,
    /// How long ago each closed zone closed.
    closed_ms: BTreeMap<ZoneId, u64>,
    /// Whom sensors have counted.
    counted: BTreeMap<ZoneId, u32>,
    now: Timestamp,
}

impl Look {
    pub async fn at(state: &ApiState, site: &SiteId) -> Result<Self, Problem> {
        let configuration = state.configuration(site)?;
        let open = store::unresolved(&state.db, site).await?;
        let rows = store::signs(&state.db, site).await?;
        let since = store::standing_since(&state.db, site).await?;
        let site = Arc::clone(&configuration.site);
        let now = state.clock.now();
        let (hazards, guiding) = configuration.hazards(&open.iter().collect::<Vec<_>>());
        let counted = counted(&state.db, &site).await?;
        let mut network = Network::of(Arc::clone(&site));
        network.set_people(&occupancy::expected(&site, &counted, now));
        for row in store::households(&state.db, &site.id).await? {
            if row.moved_out_at.is_none() && needs_help(&row.household, now) {
                network.helps(&row.home);
            }
        }
        Ok(Self {
            closed_ms: closed_ms(&site, &since, now),
            hazards,
            guiding,
            network,
            counted,
            rows: rows.into_iter().map(|row| (row.sign.clone(), row)).collect(),
            now,
        })
    }

    pub fn plan(&self) -> Plan<'_> {
        let (mut planned, mut resting) = (Shown::new(), Shown::new());
        for sign in self.network.site().signs.values() {
            let row = self.rows.get(&sign.id).filter(|_| self.guiding);
            let (into, toward) = match row {
                Some(row) => (&mut planned, row.planned.toward.clone()),
                None => (&mut resting, self.network.at_rest(sign).1),
            };
            into.extend(toward.map(|toward| (sign.zone.clone(), toward)));
        }
        self.network.plan_keeping(&self.hazards, &planned, &resting)
    }

    pub fn outlook(&self, plan: &Plan<'_>) -> Outlook {
        plan.outlook(&self.closed_ms)
    }

    /// What else decides where someone goes.
    pub fn means(&self, plan: &Plan<'_>, outlook: &Outlook) -> Means {
        let (closing, overdue) = (Some(outlook.closing.clone()), plan.overdue(outlook));
        Means { lifts_run: false, taken: self.counted.clone(), closing, overdue }
    }

    /// What a sign shows: what it was told, until that has run out.
    pub fn displayed(&self, sign: &Sign) -> Displayed {
        let told = self.rows.get(&sign.id).and_then(|row| Some((row, row.told.as_ref()?)));
        let Some((row, (told, until))) = told.filter(|(_, (_, until))| *until > self.now) else {
            let (show, toward) = self.network.at_rest(sign);
            return Displayed { show, confirmed: false, toward, told: None };
        };
        let answered = (row.shown_epoch, row.shown.as_deref());
        Displayed {
            show: told.show,
            confirmed: answered == (Some(told.epoch), Some(told.show.as_str())),
            toward: told.toward.clone(),
            told: Some((told.epoch, *until, told.because.clone())),
        }
    }
}

/// Whom the sensors that count people have counted last, by zone.
async fn counted(db: &Db, site: &Site) -> Result<BTreeMap<ZoneId, u32>, Problem> {
    let counts = |device: &&Device| device.reads.contains(&Quantity::Occupancy);
    let mut counted = BTreeMap::new();
    for device in site.devices.values().filter(counts) {
        let Some(zone) = device.zone() else { continue };
        let newest =
            store::views::history(db, &site.id, &device.id, None, COUNTS_LOOK_BACK).await?;
        let said =
            newest.unwrap_or_default().into_iter().find_map(|row| occupancy::counted(&row.message));
        counted.extend(said.map(|people| (zone.clone(), people)));
    }
    Ok(counted)
}

/// Whether somebody is at home who cannot leave without help.
fn needs_help(household: &Household, now: Timestamp) -> bool {
    let away = household.absence.is_some_and(|absence| {
        absence.from <= now && absence.until.is_none_or(|until| now < until)
    });
    household.needs_help_to_leave && !away
}

/// So many of a device's messages are looked through for its last count.
const COUNTS_LOOK_BACK: u32 = 8;

/// How long ago zones began to be in what stands, by the first that stands in each.
fn closed_ms(
    site: &Site,
    since: &BTreeMap<String, Timestamp>,
    now: Timestamp,
) -> BTreeMap<ZoneId, u64> {
    let mut closed = BTreeMap::new();
    for (source, since) in since {
        let Some(zone) = zone_of(site, source) else { continue };
        let ago = now.as_millisecond().saturating_sub(since.as_millisecond());
        let ago = u64::try_from(ago).unwrap_or_default();
        let known = closed.entry(zone.clone()).or_insert(ago);
        *known = ago.max(*known);
    }
    closed
}

/// What is in the way, what the signs show, and the way out of every zone.
#[utoipa::path(get, path = "/api/v1/sites/{site}/evacuation", tag = "evacuation",
    params(SitePath), responses((status = 200, body = Evacuation), SiteProblems))]
pub async fn show(
    State(state): State<ApiState>,
    Path(SitePath { site }): Path<SitePath>,
) -> Result<Json<Evacuation>, Problem> {
    let look = Look::at(&state, &site).await?;
    let local = Local::of(&state, &site);
    let plan = look.plan();
    let outlook = look.outlook(&plan);
    let (network, need) = (&look.network, look.network.need_help());
    let (help, refuges) = network.help(&look.hazards, &need, &look.means(&plan, &outlook));
    let signs: Vec<SignBody> = look
        .network
        .site()
        .signs
        .values()
        .map(|sign| sign_body(&look, &plan, &local, sign))
        .collect();
    Ok(Json(Evacuation {
        guiding: look.guiding,
        epoch: signs.iter().filter_map(|sign| sign.epoch).max().unwrap_or_default(),
        asks: asks_body(&look.hazards.asks),
        hazards: hazard_bodies(&look.hazards.closed),
        unknown: hazard_bodies(&look.hazards.unknown),
        routes: plan.routes().map(|route| route_body(route, &plan, &outlook)).collect(),
        clearing_s: seconds(outlook.clearing_ms),
        bound_s: seconds(outlook.bound_ms),
        stranded: outlook.stranded,
        help: help.into_iter().map(help_body).collect(),
        refuges: refuges.iter().map(refuge_body).collect(),
        signs,
    }))
}

fn asks_body(asks: &Together) -> AsksBody {
    let Together { policy, contradictions } = asks;
    AsksBody {
        movement: policy.movement.as_str(),
        destinations: policy.destinations.clone(),
        vertical: policy.vertical,
        lifts: policy.lifts,
        displays: policy.displays,
        switches: policy.switches,
        contradictions: contradictions.clone(),
    }
}

fn hazard_bodies(zones: &BTreeMap<ZoneId, String>) -> Vec<HazardBody> {
    let body = |(zone, because): (&ZoneId, &String)| HazardBody {
        zone: zone.to_string(),
        because: because.clone(),
    };
    zones.iter().map(body).collect()
}

fn sign_body(look: &Look, plan: &Plan<'_>, local: &Local, sign: &Sign) -> SignBody {
    let storey = look.network.site().zones.get(&sign.zone).map(|zone| zone.storey.to_string());
    let Displayed { show, confirmed, toward, told } = look.displayed(sign);
    let because = || plan.route_from(&sign.zone).map(|route| route.because).unwrap_or_default();
    SignBody {
        sign: sign.id.to_string(),
        zone: sign.zone.to_string(),
        storey: storey.unwrap_or_default(),
        at: [sign.at.x, sign.at.y],
        facing_deg: sign.facing_deg,
        epoch: told.as_ref().map(|(epoch, _, _)| *epoch),
        show: show.as_str(),
        toward: toward.map(|zone| zone.to_string()),
        until: told.as_ref().map(|(_, until, _)| local.time(*until)),
        because: told.map_or_else(because, |(_, _, because)| because),
        confirmed,
        planned: plan.sign(sign).0.as_str(),
    }
}

/// To a tenth.
#[expect(clippy::cast_precision_loss, reason = "times of a building")]
fn seconds(ms: u64) -> f64 {
    (ms as f64 / 100.0).round() / 10.0
}

fn route_body(route: Route, plan: &Plan<'_>, outlook: &Outlook) -> RouteBody {
    let (margin, margin_s) = match plan.margin(outlook, &route.from) {
        Margin::Unlimited => ("unlimited", None),
        Margin::Left(ms) => {
            ("left", Some(seconds(ms.unsigned_abs()) * if ms < 0 { -1.0 } else { 1.0 }))
        }
        Margin::Unknown => ("unknown", None),
        Margin::NoWay => ("no-way", None),
    };
    let queue = plan.queue(outlook, &route.from).peak.round();
    let node = plan.network().node(&route.from);
    let people = node.map_or(0.0, |node| plan.network().graph().nodes()[node].people.round());
    let closes_s = node.and_then(|node| outlook.closing[node]).map(seconds);
    let words = |zones: Vec<ZoneId>| zones.iter().map(ToString::to_string).collect();
    let too_late = match plan.otherwise(outlook, &route.from) {
        None => String::new(),
        Some(0) => "; too late for the slowest on every way: to a refuge, or stay".to_owned(),
        Some(u64::MAX) => "; too late for the slowest, and another way stays open".to_owned(),
        Some(ms) => format!("; too late for the slowest; by another way {} s are left", ms / 1000),
    };
    RouteBody {
        from: route.from.to_string(),
        goal: route.goal.as_str(),
        ends_at: route.ends_at,
        zones: words(route.zones),
        length_m: route.length_m,
        time_s: route.time_s,
        avoids: route.avoids,
        unknown: words(route.unknown),
        because: format!("{}{}", route.because, too_late),
        margin,
        margin_s,
        queue,
        people,
        closes_s,
    }
}
